"""Who we are to Cosmos DB: a managed identity over TLS, a key only for a peer on this machine, and nothing of either in what is said."""

from __future__ import annotations

import base64
import json
import logging
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from cosmos_world import World, make_event

from activities import outbox as outbox_room
from shared.model import ConfigError
from shared.settings import Settings
from shared.stores.azure.cosmos import connector
from shared.wiring import Services, open_stores, services, utc_now
from tests.fakes.cosmos import KEY, FakeCosmos, definitions
from tests.fakes.identity import FakeIdentity
from tests.fakes.tls import certificate

ROOT = Path(__file__).resolve().parents[3]
CLIENT = "11111111-2222-3333-4444-555555555555"


@pytest.mark.parametrize(
    ("endpoint", "key", "in_azure", "code"),
    [
        ("https://factory.documents.azure.com", KEY, False, "QLF7042"),
        ("http://10.0.0.4:8081", KEY, False, "QLF7042"),
        ("https://127.0.0.1.example.com", KEY, False, "QLF7042"),
        ("http://127.0.0.1:8081", KEY, True, "QLF7042"),
        ("http://factory.documents.azure.com", None, False, "QLF7023"),
        ("http://127.0.0.1:8081", None, False, "QLF7023"),
        ("http://127.0.0.1:8081", None, True, "QLF7023"),
    ],
)
def test_a_key_or_an_open_way_is_refused_where_it_does_not_belong(endpoint: str, key: str | None, in_azure: bool, code: str) -> None:
    with pytest.raises(ConfigError) as caught:
        connector(endpoint, key=key, client_id=None, in_azure=in_azure)
    assert caught.value.code == code
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:8081", "https://localhost:8081", "http://[::1]:8081"])
def test_a_key_is_for_a_peer_on_this_machine(endpoint: str) -> None:
    assert connector(endpoint, key=KEY, client_id=None, in_azure=False)


def test_an_account_with_an_identity_needs_no_key() -> None:
    assert connector("https://factory.documents.azure.com", key=None, client_id=CLIENT, in_azure=True)


@pytest.fixture
def over_tls(tmp_path: Path) -> Iterator[FakeCosmos]:
    made, context = certificate(tmp_path), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.cert, made.key)
    fake = FakeCosmos(tls=context).start()
    fake.make("factory", definitions())
    yield fake
    fake.stop()


def audience(token: str) -> str:
    """Whom the token is for."""
    part = token.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["aud"])


def settings_for(fake: FakeCosmos, home: Path, **change: object) -> Settings:
    return Settings(home=home, cosmos_endpoint=fake.endpoint, blob_url="https://acct.blob.core.windows.net", **change)  # type: ignore[arg-type]


async def test_a_managed_identity_opens_the_account(over_tls: FakeCosmos, identity: FakeIdentity, tmp_path: Path) -> None:
    over_tls.knows = lambda token: audience(token) == "https://127.0.0.1"
    stores = open_stores(settings_for(over_tls, tmp_path, azure_client_id=CLIENT, azure_site_name="factory"), utc_now)
    try:
        await stores.memos.put("k", {"a": 1})
        assert await stores.memos.get("k") == {"a": 1}
    finally:
        stores.close()
    assert identity.asked == [("https://127.0.0.1", CLIENT)], "the token is kept until it ends"


async def test_an_identity_that_the_account_does_not_know_is_a_coded_error(
    over_tls: FakeCosmos, identity: FakeIdentity, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []
    over_tls.knows = lambda token: bool(seen.append(token))
    stores = open_stores(settings_for(over_tls, tmp_path, azure_client_id=CLIENT), utc_now)
    with caplog.at_level(logging.DEBUG), pytest.raises(ConfigError) as caught:
        await stores.memos.get("k")
    stores.close()
    assert caught.value.code == "QLF7022"
    assert seen
    assert seen[0] not in str(caught.value)
    assert seen[0] not in caplog.text


async def test_an_identity_that_is_not_there_is_a_coded_error(
    over_tls: FakeCosmos, identity: FakeIdentity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_HEADER", "another")
    stores = open_stores(settings_for(over_tls, tmp_path, azure_client_id=CLIENT), utc_now)
    with pytest.raises(ConfigError) as caught:
        await stores.memos.get("k")
    stores.close()
    assert caught.value.code == "QLF7022"


# -- wiring


@pytest.fixture
def wired(cosmos: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """The services of a process whose environment names the account."""
    for name, value in {
        "QLF_HOME": str(tmp_path), "COSMOS_ENDPOINT": cosmos.fake.endpoint, "COSMOS_KEY": KEY, "QLF_COSMOS_DATABASE": cosmos.database,
        "QLF_BLOB_CONNECTION_STRING": cosmos.blobs.connection_string,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    services.cache_clear()
    yield services()
    services().stores.close()
    services.cache_clear()


async def test_the_settings_choose_the_account(wired: Services, cosmos: World, tmp_path: Path) -> None:
    run = await cosmos.run()
    assert await wired.stores.runs.get(run.id) == run
    assert not (tmp_path / "state.db").exists()


def test_documents_in_the_account_need_the_blob_service_beside_it(cosmos: World, tmp_path: Path) -> None:
    alone = Settings(home=tmp_path, cosmos_endpoint=cosmos.fake.endpoint, cosmos_key=KEY)  # type: ignore[arg-type]
    with pytest.raises(ConfigError) as caught:
        open_stores(alone, utc_now)
    assert caught.value.code == "QLF7045"
    assert "QLF_BLOB_URL" in caught.value.advice
    assert list(tmp_path.iterdir()) == []


async def test_leases_and_bytes_are_in_the_blob_service(wired: Services, cosmos: World) -> None:
    assert await wired.stores.leases.acquire("sweep", "me", 60)
    assert not await cosmos.stores.leases.acquire("sweep", "you", 60)
    ref = await wired.stores.artifacts.put(b"x")
    assert [path.split("/")[1] for path in cosmos.blobs.blobs] == ["leases", "sha256"]
    assert f"artifacts/{ref.path}" in cosmos.blobs.blobs
    assert cosmos.documents("lease", "leases") == []


async def test_the_outbox_has_nothing_to_do_while_nobody_listens(wired: Services, cosmos: World) -> None:
    await cosmos.run()
    before = len(cosmos.fake.seen)
    assert wired.publisher is None
    assert await outbox_room.relay() == 0
    assert len(cosmos.fake.seen) == before


async def test_the_timer_hands_events_to_the_publisher(wired: Services, cosmos: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Topic:
        ids: ClassVar[list[str]] = []

        async def publish(self, events: object) -> None:
            self.ids.extend(event.id for event in events)  # type: ignore[attr-defined]

    run = await cosmos.run()
    run = await cosmos.stores.runs.commit(run, [make_event(run, "a")], if_match=run.etag)
    with_topic = Services(settings=wired.settings, clock=wired.clock, stores=wired.stores, publisher=Topic())
    monkeypatch.setattr(outbox_room, "services", lambda: with_topic)
    assert await outbox_room.relay() == 2
    assert Topic.ids == [event.id for event in await cosmos.stores.runs.events(run.id)]


@pytest.mark.parametrize("modules", ["azure.cosmos", "azure.identity"])
def test_a_laptop_never_loads_the_sdk(tmp_path: Path, modules: str) -> None:
    code = f"import sys; from shared.wiring import services; services(); print({modules!r} in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={"QLF_HOME": str(tmp_path), "PATH": ""}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_without_the_sdk_the_file_to_install_is_named(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['azure.cosmos'] = None\n"
        "from shared.model import ConfigError\nfrom shared.wiring import services\n"
        "try:\n    services()\nexcept ConfigError as error:\n    print(error.code, error.advice)"
    )
    env = {"QLF_HOME": str(tmp_path), "COSMOS_ENDPOINT": "https://factory.documents.azure.com", "PATH": ""}
    env["QLF_BLOB_URL"] = "https://acct.blob.core.windows.net"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("QLF7043")
    assert "requirements.txt" in done.stdout
