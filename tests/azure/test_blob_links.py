"""Addresses that open one blob for minutes, against Azurite; and bytes kept by a managed identity, as in Azure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import pytest_asyncio
from azure.storage.blob import BlobServiceClient

from shared.stores.azure.blob import BlobArtifactStore
from shared.stores.azure.blobservice import BlobPlace, BlobService
from shared.stores.azure.loop import ClientLoop
from tests.fakes.identity import OBJECT, TENANT, FakeIdentity, fake_identity
from tests.fakes.tls import Certificate, certificate
from tests.peers.azurite import Azurite, azurite, why_not

pytestmark = [pytest.mark.azure, pytest.mark.skipif(why_not() is not None, reason=str(why_not()))]
ROOT = Path(__file__).resolve().parents[2]
CLIENT = "33333333-3333-3333-3333-333333333333"
NAME = {"filename": "clinic-0.1.0.qlcapsule", "media_type": "application/gzip"}


@pytest.fixture(scope="module")
def peer() -> Iterator[Azurite]:
    with azurite() as made:
        with BlobServiceClient.from_connection_string(made.connection_string) as client:
            client.create_container("links")
        yield made


@pytest_asyncio.fixture
async def store(peer: Azurite) -> AsyncIterator[BlobArtifactStore]:
    with_now = ClientLoop("links")
    yield open_store(peer, with_now, datetime.now(UTC))
    with_now.close()


def open_store(peer: Azurite, loop: ClientLoop, now: datetime) -> BlobArtifactStore:
    place = BlobPlace("links", connection_string=peer.connection_string)
    return BlobArtifactStore(BlobService(place, loop, lambda: now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")), loop)


def fetch(url: str, method: str = "GET", **more: str) -> httpx2.Response:
    return httpx2.request(method, url, trust_env=False, headers=more)


async def test_a_link_gives_the_bytes_under_their_name(store: BlobArtifactStore) -> None:
    ref = await store.put(b"a capsule")
    answer = fetch(str(await store.download_url(ref, **NAME)))
    assert (answer.status_code, answer.content) == (200, b"a capsule")
    assert answer.headers["content-disposition"] == 'attachment; filename="clinic-0.1.0.qlcapsule"'
    assert answer.headers["content-type"] == "application/gzip"


async def test_a_link_opens_nothing_else(store: BlobArtifactStore) -> None:
    ref, other = await store.put(b"a capsule"), await store.put(b"another")
    url = str(await store.download_url(ref, **NAME))
    assert fetch(url.replace(ref.path, other.path)).status_code == 403
    assert fetch(url, "DELETE").status_code == 403
    assert fetch(url, "PUT", **{"x-ms-blob-type": "BlockBlob"}).status_code == 403
    assert fetch(url.partition("?")[0]).status_code in (403, 404)
    assert await store.get(ref) == b"a capsule"


async def test_a_link_ends(peer: Azurite) -> None:
    loop = ClientLoop("links-past")
    past = open_store(peer, loop, datetime.now(UTC) - timedelta(minutes=5, seconds=2))
    assert fetch(str(await past.download_url(await past.put(b"old"), **NAME))).status_code == 403
    almost = open_store(peer, loop, datetime.now(UTC) - timedelta(minutes=4))
    assert fetch(str(await almost.download_url(await almost.put(b"old"), **NAME))).status_code == 200
    loop.close()


SCRIPT = """
import asyncio, json
from shared.wiring import services
async def main():
    artifacts = services().stores.artifacts
    ref = await artifacts.put(b"kept by an identity")
    again = await artifacts.put(b"kept by an identity")
    assert ref == again and await artifacts.get(ref) == b"kept by an identity"
    urls = [await artifacts.download_url(ref, filename="x.qlcapsule", media_type="application/gzip") for _ in range(2)]
    print(json.dumps(urls))
asyncio.run(main())
services().stores.close()
"""


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def secure(trusted: Certificate) -> Iterator[Azurite]:
    """Azurite that takes tokens, which it does with TLS only."""
    with azurite("--oauth", "basic", "--cert", str(trusted.cert), "--key", str(trusted.key)) as made:
        with BlobServiceClient.from_connection_string(made.connection_string, connection_verify=str(trusted.cert)) as client:
            client.create_container("artifacts")
        yield made


@pytest.fixture
def identity() -> Iterator[FakeIdentity]:
    with fake_identity() as made:
        yield made


def as_in_azure(secure: Azurite, trusted: Certificate, identity: FakeIdentity, home: Path) -> list[str]:
    """What the script prints in a process whose environment is that of an app in Azure: an identity, and no key."""
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "QLF_HOME": str(home), "QLF_BLOB_URL": secure.url,
        "AZURE_CLIENT_ID": CLIENT, "WEBSITE_SITE_NAME": "app", "SSL_CERT_FILE": str(trusted.cert), **identity.environment,
    }  # fmt: skip
    ran = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    found: list[str] = json.loads(ran.stdout)
    return found


def test_an_identity_keeps_bytes_and_signs_links_without_any_key(
    secure: Azurite, trusted: Certificate, identity: FakeIdentity, tmp_path: Path
) -> None:
    urls = as_in_azure(secure, trusted, identity, tmp_path)
    query = {name: values[0] for name, values in parse_qs(urlsplit(urls[0]).query).items()}
    assert (query["skoid"], query["sktid"], query["sks"], query["spr"], query["sp"], query["sr"]) == (
        OBJECT,
        TENANT,
        "b",
        "https",
        "r",
        "b",
    )
    ends = datetime.fromisoformat(query["se"])
    assert timedelta(0) < ends - datetime.now(UTC) <= timedelta(minutes=5)
    assert ends < datetime.fromisoformat(query["ske"])
    assert {(resource.rstrip("/"), client) for resource, client in identity.asked} == {("https://storage.azure.com", CLIENT)}
