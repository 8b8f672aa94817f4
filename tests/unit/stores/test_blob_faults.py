"""Blobs when the service refuses, is silent, breaks off or changes bytes: what is retried, what is told, and under which code."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator

import pytest

from shared.model import ConfigError, InputError, InternalError, QlfError, sha256
from shared.stores import artifact_path
from shared.stores.azure.blob import BlobArtifactStore
from shared.stores.azure.blobservice import BlobPlace, BlobService
from shared.stores.azure.loop import ClientLoop
from tests.fakes.blob import Blob, FakeBlobService, Fault, fake_blob_service

NOW = "2026-01-01T00:00:00.000000Z"
BIG = bytes(range(256)) * 40_000


@pytest.fixture(scope="module")
def service() -> Iterator[FakeBlobService]:
    with fake_blob_service() as made:
        yield made


@pytest.fixture(scope="module")
def loop() -> Iterator[ClientLoop]:
    made = ClientLoop("blob-faults")
    yield made
    made.close()


@pytest.fixture
def store(service: FakeBlobService, loop: ClientLoop) -> BlobArtifactStore:
    service.blobs.clear()
    service.asked.clear()
    service.faults.clear()
    return open_store(service.connection_string, loop)


def open_store(connection_string: str, loop: ClientLoop, container: str = "artifacts") -> BlobArtifactStore:
    place = BlobPlace(container, connection_string=connection_string, patience=0.01, answer_seconds=0.3)
    return BlobArtifactStore(BlobService(place, loop, lambda: NOW), loop)


def at(data: bytes) -> str:
    return f"artifacts/{artifact_path(sha256(data))}"


async def told(work: object) -> QlfError:
    with pytest.raises(QlfError) as caught:
        await work  # type: ignore[misc]
    assert "secret" not in str(caught.value)
    return caught.value


async def test_small_bytes_are_one_request_and_come_back(store: BlobArtifactStore, service: FakeBlobService) -> None:
    ref = await store.put(b"hello")
    assert service.asked == [("PUT", at(b"hello"))]
    assert service.blobs[at(b"hello")].data == b"hello"
    assert await store.get(ref) == b"hello"


async def test_no_bytes_at_all_come_back_as_such(store: BlobArtifactStore) -> None:
    assert await store.get(await store.put(b"")) == b""


async def test_what_is_there_is_not_written_again(store: BlobArtifactStore, service: FakeBlobService) -> None:
    await store.put(b"hello")
    etag = service.blobs[at(b"hello")].etag
    await store.put(b"hello")
    assert service.blobs[at(b"hello")].etag == etag
    assert service.methods() == ["PUT", "PUT", "HEAD"]


async def test_large_bytes_that_are_there_are_not_sent_again(store: BlobArtifactStore, service: FakeBlobService) -> None:
    await store.put(BIG)
    service.asked.clear()
    await store.put(BIG)
    assert service.methods() == ["HEAD"]


async def test_large_bytes_are_read_in_pieces_of_one_version(store: BlobArtifactStore, service: FakeBlobService) -> None:
    ref = await store.put(BIG)
    pieces = [piece async for piece in store.stream(ref)]
    assert b"".join(pieces) == BIG
    assert max(map(len, pieces)) <= 4 * 1024 * 1024
    assert service.methods().count("GET") == 3


@pytest.mark.parametrize("data", [b"hallo", b"hell", b""])
async def test_a_blob_that_somebody_overwrote_is_refused_and_healed_by_the_next_put(
    store: BlobArtifactStore, service: FakeBlobService, data: bytes
) -> None:
    ref = await store.put(b"hello")
    service.blobs[at(b"hello")] = Blob(data, base64.b64encode(b"another").decode())
    assert (await told(store.get(ref))).code == "QLF7005"
    await store.put(b"hello")
    assert await store.get(ref) == b"hello"


async def test_bytes_that_change_on_the_way_are_refused(store: BlobArtifactStore, service: FakeBlobService) -> None:
    ref = await store.put(b"hello")
    service.faults.append(Fault("GET", "change"))
    error = await told(store.get(ref))
    assert (error.code, type(error)) == ("QLF7005", InputError)
    assert await store.get(ref) == b"hello"


async def test_a_stream_of_changed_bytes_never_ends_well(store: BlobArtifactStore, service: FakeBlobService) -> None:
    ref = await store.put(BIG)
    service.faults.append(Fault("GET", "change"))
    seen: list[bytes] = []

    async def read() -> None:
        async for piece in store.stream(ref):
            seen.append(piece)

    assert (await told(read())).code == "QLF7005"
    assert 0 < sum(map(len, seen)) < len(BIG)


@pytest.mark.parametrize(
    "fault", [("drop", 0), ("hang", 0), ("status", 500), ("status", 503), ("status", 408)], ids=lambda fault: f"{fault[0]}{fault[1] or ''}"
)  # fmt: skip
async def test_passing_faults_are_met_with_patience(store: BlobArtifactStore, service: FakeBlobService, fault: tuple[str, int]) -> None:
    kind, status = fault
    service.faults += [Fault("PUT", kind, status)] * 2
    ref = await store.put(b"hello")
    service.faults += [Fault("GET", kind, status)] * 2
    assert await store.get(ref) == b"hello"


async def test_an_answer_that_breaks_off_is_asked_for_again(store: BlobArtifactStore, service: FakeBlobService) -> None:
    ref = await store.put(b"hello" * 1000)
    service.faults.append(Fault("GET", "cut"))
    assert await store.get(ref) == b"hello" * 1000


async def test_an_answer_that_was_lost_is_no_second_blob(store: BlobArtifactStore, service: FakeBlobService) -> None:
    """The service wrote, the answer got lost, the client asks again and meets its own blob."""
    service.blobs[at(b"hello")] = Blob(b"hello", base64.b64encode(bytes.fromhex("5d41402abc4b2a76b9719d911017c592")).decode())
    etag = service.blobs[at(b"hello")].etag
    await store.put(b"hello")
    assert service.blobs[at(b"hello")].etag == etag


@pytest.mark.parametrize("kind", ["status", "drop", "hang"])
async def test_lasting_faults_end_as_one_that_may_be_tried_again(store: BlobArtifactStore, service: FakeBlobService, kind: str) -> None:
    service.faults += [Fault("PUT", kind)] * 20
    error = await told(store.put(b"hello"))
    assert (error.code, type(error), error.retryable, error.http_status) == ("QLF7040", InternalError, True, 503)
    assert 4 <= service.methods().count("PUT") <= 8  # the transport itself repeats a request once whose connection had been open before
    assert service.blobs == {}


REFUSALS = [
    (401, "NoAuthenticationInformation"),
    (403, "AuthorizationPermissionMismatch"),
    (404, "ContainerNotFound"),
    (409, "AccountIsDisabled"),
    (412, "LeaseIdMissing"),
]


@pytest.mark.parametrize(("status", "code"), REFUSALS)
async def test_a_refusal_is_told_and_not_repeated(store: BlobArtifactStore, service: FakeBlobService, status: int, code: str) -> None:
    for method, work in (("PUT", store.put(b"hello")), ("GET", store.get(sha256(b"hello")))):
        service.faults.append(Fault(method, "status", status, code))
        error = await told(work)
        assert (error.code, type(error), code in str(error)) == ("QLF7041", ConfigError, True)
    assert service.methods() == ["PUT", "GET"]


async def test_a_missing_container_is_no_missing_artifact(service: FakeBlobService, loop: ClientLoop) -> None:
    store = open_store(service.connection_string, loop, "elsewhere")
    assert (await told(store.get(sha256(b"x")))).code == "QLF7041"
    assert (await told(store.put(b"x"))).code == "QLF7041"


async def test_nobody_at_the_address_is_told_in_bounded_time(loop: ClientLoop, service: FakeBlobService) -> None:
    store = open_store(service.connection_string.replace(str(service.port), "1"), loop)
    assert (await told(store.put(b"x"))).code == "QLF7040"


async def test_the_last_writer_of_one_blob_finds_it_there(store: BlobArtifactStore, service: FakeBlobService) -> None:
    refs = await asyncio.gather(*(store.put(b"same" * 10_000) for _ in range(8)))
    assert len({ref.path for ref in refs}) == 1
    assert len(service.blobs) == 1


async def test_a_cancelled_read_leaves_the_store_usable(store: BlobArtifactStore, service: FakeBlobService) -> None:
    ref = await store.put(b"hello")
    service.faults.append(Fault("GET", "hang"))
    reading = asyncio.create_task(store.get(ref))
    while "GET" not in service.methods():
        await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert await store.get(ref) == b"hello"


async def test_a_stream_that_is_left_half_way_leaves_the_store_usable(store: BlobArtifactStore) -> None:
    ref = await store.put(BIG)
    async for _ in store.stream(ref):
        break
    assert await store.exists(ref.sha256)


async def test_a_closed_loop_takes_its_client_along_and_a_new_one_is_made(service: FakeBlobService) -> None:
    loop = ClientLoop("blob-again")
    store = open_store(service.connection_string, loop)
    await store.put(b"before")
    loop.close()
    assert await store.get(sha256(b"before")) == b"before"
    loop.close()
