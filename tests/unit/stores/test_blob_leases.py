"""Leases on blobs: what is sent, what the service's refusals mean, and what is told when it fails; and the fake's own strictness."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobLeaseClient, BlobServiceClient

from shared.model import ConfigError, InternalError, QlfError, sha256
from shared.stores.azure.blobleases import BlobLeaseStore
from shared.stores.azure.blobservice import BlobPlace, BlobService
from shared.stores.azure.loop import ClientLoop
from tests.fakes.blob import FakeBlobService, Fault, fake_blob_service

AT = f"artifacts/leases/{sha256(b'sweep')}"


@pytest.fixture(scope="module")
def running() -> Iterator[FakeBlobService]:
    with fake_blob_service() as made:
        yield made


@pytest.fixture
def service(running: FakeBlobService) -> FakeBlobService:
    """The service, empty, at noon of its own clock; a test moves `now`."""
    running.blobs.clear()
    running.asked.clear()
    running.faults.clear()
    set_clock(running, 0.0)
    return running


@pytest.fixture(scope="module")
def loop() -> Iterator[ClientLoop]:
    made = ClientLoop("blob-leases")
    yield made
    made.close()


@pytest.fixture
def leases(service: FakeBlobService, loop: ClientLoop) -> BlobLeaseStore:
    return open_leases(service.connection_string, loop)


def open_leases(connection_string: str, loop: ClientLoop, container: str = "artifacts") -> BlobLeaseStore:
    place = BlobPlace(container, connection_string=connection_string, patience=0.01, answer_seconds=0.3)
    return BlobLeaseStore(BlobService(place, loop, lambda: "2026-01-01T00:00:00.000000Z"), loop)


def set_clock(service: FakeBlobService, now: float) -> None:
    service.clock = lambda: now


def by_hand(service: FakeBlobService, lease_id: str | None = None) -> BlobLeaseClient:
    """The lease of `sweep` as an operator or another program has it in hand."""
    account = BlobServiceClient.from_connection_string(service.connection_string, retry_total=0)
    container, _, name = AT.partition("/")
    return BlobLeaseClient(account.get_blob_client(container, name), lease_id)


def refused(error: pytest.ExceptionInfo[HttpResponseError]) -> tuple[int | None, str]:
    return error.value.status_code, str(getattr(error.value.error_code, "value", error.value.error_code))  # type: ignore[attr-defined]


# -- what is sent


async def test_the_first_lease_of_a_name_makes_its_blob_and_the_next_is_one_request(
    leases: BlobLeaseStore, service: FakeBlobService
) -> None:
    assert await leases.acquire("sweep", "me", 60)
    assert service.asked == [("ACQUIRE", AT), ("PUT", AT), ("ACQUIRE", AT)]
    assert service.blobs[AT].data == b""
    service.asked.clear()
    assert not await leases.acquire("sweep", "you", 60)
    assert await leases.renew("sweep", "me")
    await leases.release("sweep", "me")
    assert service.methods() == ["ACQUIRE", "RENEW", "RELEASE"]


async def test_the_id_of_a_lease_follows_from_its_name_and_its_owner(leases: BlobLeaseStore, service: FakeBlobService) -> None:
    ids = []
    for name, owner in (("sweep", "me"), ("sweep", "you"), ("sweepm", "e"), ("sweep", "me")):
        assert await leases.acquire(name, owner, 60)
        ids.append(service.blobs[f"artifacts/leases/{sha256(name.encode())}"].lease.id)
        await leases.release(name, owner)
    assert ids[0] == ids[3]
    assert len({uuid.UUID(one) for one in ids}) == 3


async def test_the_clock_of_the_service_ends_a_lease_and_that_of_the_process_does_not(
    leases: BlobLeaseStore, service: FakeBlobService
) -> None:
    assert await leases.acquire("sweep", "me", 30)
    set_clock(service, 29.9)
    assert not await leases.acquire("sweep", "you", 30)
    set_clock(service, 30.0)
    assert await leases.acquire("sweep", "you", 30)


@pytest.mark.parametrize("answer", [(409, "BlobAlreadyExists"), (412, "LeaseIdMissing"), (412, "ConditionNotMet")])
async def test_who_makes_a_blob_that_another_one_just_made_and_leased_does_not_hold_it(
    leases: BlobLeaseStore, service: FakeBlobService, answer: tuple[int, str]
) -> None:
    assert await leases.acquire("sweep", "you", 60)
    service.faults += [Fault("ACQUIRE", "status", 404, "BlobNotFound"), Fault("PUT", "status", *answer)]
    assert not await leases.acquire("sweep", "me", 60)
    assert service.methods()[3:] == ["ACQUIRE", "PUT", "ACQUIRE"]


async def test_a_blob_that_is_there_is_never_written_again(leases: BlobLeaseStore, service: FakeBlobService) -> None:
    """A write would take from its last holder the lease that expired."""
    assert await leases.acquire("sweep", "me", 60)
    set_clock(service, 60.0)
    service.faults.append(Fault("ACQUIRE", "status", 404, "BlobNotFound"))
    etag = service.blobs[AT].etag
    assert await leases.acquire("sweep", "you", 60)
    assert service.blobs[AT].etag == etag


async def test_of_many_processes_that_find_no_blob_one_gets_the_lease(service: FakeBlobService, loop: ClientLoop) -> None:
    answers = await asyncio.gather(*(open_leases(service.connection_string, loop).acquire("sweep", str(n), 60) for n in range(12)))
    assert sum(answers) == 1


# -- broken by hand


@pytest.mark.parametrize("period", [0, 20])
async def test_a_lease_that_somebody_broke_is_lost_and_free_after_the_break(
    leases: BlobLeaseStore, service: FakeBlobService, period: int
) -> None:
    assert await leases.acquire("sweep", "me", 60)
    assert by_hand(service).break_lease(lease_break_period=period) == period
    assert not await leases.renew("sweep", "me")
    if period:
        assert not await leases.acquire("sweep", "me", 60)
        assert not await leases.acquire("sweep", "you", 60)
    set_clock(service, 20.0)
    assert not await leases.renew("sweep", "me")
    assert await leases.acquire("sweep", "you", 60)
    await leases.release("sweep", "me")
    assert not await leases.acquire("sweep", "me", 60)


async def test_a_lease_without_end_that_somebody_took_by_hand_keeps_everybody_out(leases: BlobLeaseStore, service: FakeBlobService) -> None:
    assert await leases.acquire("sweep", "me", 60)
    await leases.release("sweep", "me")
    held = by_hand(service)
    held.acquire(-1)
    set_clock(service, 1e9)
    assert not await leases.acquire("sweep", "me", 60)
    held.release()
    assert await leases.acquire("sweep", "me", 60)


# -- faults


async def held(leases: BlobLeaseStore) -> None:
    assert await leases.acquire("sweep", "me", 60)
    assert await leases.renew("sweep", "me")
    assert not await leases.acquire("sweep", "you", 60)
    await leases.release("sweep", "me")
    assert await leases.acquire("sweep", "you", 60)


@pytest.mark.parametrize("method", ["ACQUIRE", "PUT", "RENEW", "RELEASE"])
@pytest.mark.parametrize("kind", ["drop", "lose", "hang", "status"])
async def test_what_fails_in_passing_is_done_once(leases: BlobLeaseStore, service: FakeBlobService, method: str, kind: str) -> None:
    """Also when the answer is lost and the same request comes again: an owner meets a lease of its own, or one it gave back already."""
    order = ["ACQUIRE", "PUT", "ACQUIRE", "RENEW", "ACQUIRE", "RELEASE", "ACQUIRE"]
    service.faults.append(Fault(method, kind))
    await held(leases)
    assert not service.faults
    assert [one for one, after in zip(service.methods(), ["", *service.methods()], strict=False) if one != after] == order


@pytest.mark.parametrize("method", ["ACQUIRE", "RENEW", "RELEASE"])
@pytest.mark.parametrize("kind", ["status", "drop", "hang"])
async def test_lasting_faults_end_as_one_that_may_be_tried_again(
    leases: BlobLeaseStore, service: FakeBlobService, method: str, kind: str
) -> None:
    assert await leases.acquire("sweep", "me", 60)
    service.faults += [Fault(method, kind)] * 20
    service.asked.clear()
    with pytest.raises(InternalError) as caught:
        await call(leases, method)
    assert (caught.value.code, caught.value.retryable) == ("QLF7040", True)
    assert 4 <= service.methods().count(method) <= 8


@pytest.mark.parametrize("method", ["ACQUIRE", "RENEW", "RELEASE"])
@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "AuthorizationPermissionMismatch"), (404, "ContainerNotFound"), (409, "AccountIsDisabled"), (412, "ConditionNotMet")],
)
async def test_a_refusal_that_says_nothing_of_a_lease_is_told(
    leases: BlobLeaseStore, service: FakeBlobService, method: str, status: int, code: str
) -> None:
    service.faults.append(Fault(method, "status", status, code))
    with pytest.raises(ConfigError) as caught:
        await call(leases, method)
    assert (caught.value.code, code in str(caught.value), "secret" in str(caught.value)) == ("QLF7041", True, False)
    assert service.methods() == [method]


async def test_a_missing_container_is_no_free_lease(service: FakeBlobService, loop: ClientLoop) -> None:
    with pytest.raises(ConfigError) as caught:
        await open_leases(service.connection_string, loop, "elsewhere").acquire("sweep", "me", 60)
    assert caught.value.code == "QLF7041"


async def test_nobody_at_the_address_is_told_in_bounded_time(service: FakeBlobService, loop: ClientLoop) -> None:
    with pytest.raises(QlfError) as caught:
        await open_leases(service.connection_string.replace(str(service.port), "1"), loop).renew("sweep", "me")
    assert caught.value.code == "QLF7040"


async def call(leases: BlobLeaseStore, method: str) -> object:
    if method == "ACQUIRE":
        return await leases.acquire("sweep", "me", 60)
    return await (leases.renew if method == "RENEW" else leases.release)("sweep", "me")


# -- the fake says what the reference says


async def test_the_fake_refuses_what_is_not_a_lease(leases: BlobLeaseStore, service: FakeBlobService) -> None:
    assert await leases.acquire("sweep", "me", 60)
    for seconds in (0, 14, 61, -2):
        with pytest.raises(HttpResponseError) as caught:
            by_hand(service).acquire(seconds)
        assert refused(caught) == (400, "InvalidHeaderValue")
    with pytest.raises(HttpResponseError) as caught:
        by_hand(service, "not-a-guid").acquire(15)
    assert refused(caught) == (400, "InvalidHeaderValue")


@pytest.mark.parametrize(
    ("case", "answer"),
    [
        (("leased", "acquire", False), (409, "LeaseAlreadyPresent")),
        (("leased", "renew", False), (409, "LeaseIdMismatchWithLeaseOperation")),
        (("leased", "release", False), (409, "LeaseIdMismatchWithLeaseOperation")),
        (("breaking", "acquire", True), (409, "LeaseIsBreakingAndCannotBeAcquired")),
        (("breaking", "acquire", False), (409, "LeaseAlreadyPresent")),
        (("breaking", "renew", True), (409, "LeaseIsBrokenAndCannotBeRenewed")),
        (("broken", "renew", True), (409, "LeaseIsBrokenAndCannotBeRenewed")),
        (("expired", "renew", False), (409, "LeaseIdMismatchWithLeaseOperation")),
        (("expired", "release", False), (409, "LeaseIdMismatchWithLeaseOperation")),
        (("available", "renew", True), (409, "LeaseIdMismatchWithLeaseOperation")),
        (("available", "release", True), (409, "LeaseIdMismatchWithLeaseOperation")),
        (("available", "break_lease", True), (409, "LeaseNotPresentWithLeaseOperation")),
    ],
)
async def test_the_fake_refuses_by_the_state_of_the_lease(
    leases: BlobLeaseStore, service: FakeBlobService, case: tuple[str, str, bool], answer: tuple[int, str]
) -> None:
    state, verb, mine = case
    assert await leases.acquire("sweep", "me", 60)
    if state in ("breaking", "broken"):
        by_hand(service).break_lease(lease_break_period=10 if state == "breaking" else 0)
    if state == "available":
        await leases.release("sweep", "me")
    if state == "expired":
        set_clock(service, 60.0)
    assert service.blobs[AT].lease.state(service.clock()) == state
    client = by_hand(service, service.blobs[AT].lease.id if mine and state != "available" else str(uuid.uuid4()))
    with pytest.raises(HttpResponseError) as caught:
        client.acquire(15) if verb == "acquire" else getattr(client, verb)()
    assert refused(caught) == answer


async def test_the_fake_lets_nobody_write_a_blob_that_is_leased(leases: BlobLeaseStore, service: FakeBlobService) -> None:
    assert await leases.acquire("sweep", "me", 60)
    account = BlobServiceClient.from_connection_string(service.connection_string, retry_total=0)
    with pytest.raises(HttpResponseError) as caught:
        account.get_blob_client("artifacts", AT.partition("/")[2]).upload_blob(b"x", overwrite=True)
    assert refused(caught) == (412, "LeaseIdMissing")
