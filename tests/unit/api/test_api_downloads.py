"""Downloads of capsules: the bytes from the machine, or the way to them in Blob Storage."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import azure.functions as func
import httpx2
import pytest
import pytest_asyncio
from api_cases import Door, Ticking, WithHost, open_door, problem_of

from api import create_api
from shared.model import InputError
from shared.stores.azure.blob import BlobArtifactStore
from shared.stores.azure.blobservice import BlobPlace, BlobService
from shared.stores.azure.loop import ClientLoop
from tests.fakes.blob import FakeBlobService, fake_blob_service


@pytest.fixture(scope="module")
def service() -> Iterator[FakeBlobService]:
    with fake_blob_service() as made:
        yield made


@pytest_asyncio.fixture
async def blob_door(tmp_path: Path, service: FakeBlobService) -> AsyncIterator[Door]:
    """The API over documents on this machine and bytes in Blob Storage."""
    door, loop = open_door(tmp_path / "home"), ClientLoop("blob-door")
    place = BlobPlace("artifacts", connection_string=service.connection_string, patience=0.01)
    artifacts = BlobArtifactStore(BlobService(place, loop, Ticking()), loop)
    services = dataclasses.replace(door.services, stores=dataclasses.replace(door.stores, artifacts=artifacts))
    app = WithHost(create_api(services), door.host)
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1/api/v1", headers=door.http.headers
    ) as http:
        yield dataclasses.replace(door, services=services, app=app, http=http)
    await door.http.aclose()
    loop.close()
    door.stores.close()


async def test_with_blobs_a_download_leads_to_the_one_file_for_minutes(blob_door: Door, service: FakeBlobService) -> None:
    capsule = await blob_door.capsule()
    answer = await blob_door.http.get(f"/capsules/{capsule.id}/download")
    where = urlsplit(answer.headers["location"])
    query = {name: values[0] for name, values in parse_qs(where.query).items()}
    assert (answer.status_code, answer.content, answer.headers["cache-control"]) == (302, b"", "no-store")
    assert (where.hostname, where.port) == ("127.0.0.1", service.port)
    assert where.path.endswith(f"/artifacts/{capsule.file.path}")
    assert (query["sp"], query["sr"], query["rscd"]) == ("r", "b", 'attachment; filename="Pet-Clinic-0.1.0.qlcapsule"')
    assert query["rsct"] == "application/gzip"
    assert "sig" in query


async def test_a_known_capsule_needs_no_way_to_it(blob_door: Door) -> None:
    capsule = await blob_door.capsule()
    answer = await blob_door.http.get(f"/capsules/{capsule.id}/download", headers={"If-None-Match": f'"{capsule.file.sha256}"'})
    assert (answer.status_code, "location" in answer.headers) == (304, False)


async def test_no_way_is_shown_to_a_file_that_is_gone(blob_door: Door, service: FakeBlobService) -> None:
    capsule = await blob_door.capsule()
    service.blobs.clear()
    problem_of(await blob_door.http.get(f"/capsules/{capsule.id}/download"), 404, "QLF7004")


async def test_other_documents_of_a_capsule_are_read_from_the_blob(blob_door: Door) -> None:
    capsule = await blob_door.capsule()
    assert (await blob_door.http.get(f"/capsules/{capsule.id}/manifest")).json()["slug"] == "pet-clinic"


async def test_a_large_file_of_this_machine_comes_whole(door: Door) -> None:
    data = os.urandom(9_000_000)
    file = await door.stores.artifacts.put(data)
    capsule = await door.stores.capsules.put((await door.capsule()).model_copy(update={"file": file}))
    answer = await door.http.get(f"/capsules/{capsule.id}/download")
    assert answer.content == data
    assert answer.headers["content-length"] == "9000000"
    assert (await door.http.get(f"/capsules/{capsule.id}/download", headers={"If-None-Match": answer.headers["etag"]})).status_code == 304


@pytest.mark.parametrize("size", [5, 9_000_000])
async def test_a_damaged_file_never_passes_for_a_whole_one(door: Door, size: int) -> None:
    file = await door.stores.artifacts.put(bytes(size))
    capsule = await door.stores.capsules.put((await door.capsule()).model_copy(update={"file": file}))
    (door.home / "artifacts" / file.path).write_bytes(bytes(size - 1) + b"x")
    request = func.HttpRequest(
        method="GET", url=f"http://localhost:7071/api/v1/capsules/{capsule.id}/download", body=b"",
        headers={"Authorization": f"Bearer {(door.home / 'token').read_text()}"},
    )  # fmt: skip
    answering = func.AsgiMiddleware(door.app.app).handle_async(request, None)
    if size < 4 * 1024 * 1024:
        assert b"QLF7005" in (await answering).get_body()
    else:
        with pytest.raises((InputError, RuntimeError)):
            await answering


async def test_a_file_that_is_gone_is_a_problem(door: Door) -> None:
    capsule = await door.capsule()
    (door.home / "artifacts" / capsule.file.path).unlink()
    problem_of(await door.http.get(f"/capsules/{capsule.id}/download"), 404, "QLF7004")
