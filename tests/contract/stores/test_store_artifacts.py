"""Bytes named by their digest."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_cases import WITH_BYTES

from shared.model import ArtifactRef, InputError, sha256
from shared.stores import Stores, artifact_path, digest_of

PIECE = 4 * 1024 * 1024


@pytest.fixture(params=WITH_BYTES)
def adapter(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_put_names_bytes_by_their_digest(stores: Stores) -> None:
    ref = await stores.artifacts.put(b"hello")
    assert ref == ArtifactRef(path=f"sha256/2c/{sha256(b'hello')}", sha256=sha256(b"hello"), size=5)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=5000))
def test_what_was_put_is_what_comes_back(stores: Stores, data: bytes) -> None:
    async def way() -> None:
        ref = await stores.artifacts.put(data)
        assert await stores.artifacts.get(ref) == data
        assert await stores.artifacts.get(ref.sha256) == data
        assert await stores.artifacts.get(ref.path) == data
        assert await stores.artifacts.exists(ref.sha256)

    asyncio.run(way())


async def test_putting_twice_changes_nothing(stores: Stores) -> None:
    assert await stores.artifacts.put(b"x") == await stores.artifacts.put(b"x")
    assert await stores.artifacts.get(sha256(b"x")) == b"x"


async def test_the_same_bytes_from_many_tasks(stores: Stores) -> None:
    data = b"y" * 200_000
    refs = await asyncio.gather(*(stores.artifacts.put(data) for _ in range(20)))
    assert len({ref.path for ref in refs}) == 1
    assert await stores.artifacts.get(refs[0]) == data


async def read(stores: Stores, ref: ArtifactRef | str) -> list[bytes]:
    return [piece async for piece in stores.artifacts.stream(ref)]


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
async def test_a_stream_gives_the_same_bytes_in_bounded_pieces(stores: Stores, size: int) -> None:
    data = bytes(range(251)) * (size // 251) + bytes(size % 251)
    pieces = await read(stores, await stores.artifacts.put(data))
    assert b"".join(pieces) == data
    assert all(0 < len(piece) <= PIECE for piece in pieces)


async def test_a_stream_that_is_left_early_leaves_the_store_usable(stores: Stores) -> None:
    ref = await stores.artifacts.put(b"z" * (PIECE + 1))
    async for _ in stores.artifacts.stream(ref):
        break
    assert len(b"".join(await read(stores, ref))) == PIECE + 1


async def test_missing_bytes_are_an_input_error(stores: Stores) -> None:
    missing = sha256(b"never put")
    url = stores.artifacts.download_url(missing, filename="x.bin", media_type="text/plain")
    for work in (stores.artifacts.get(missing), read(stores, missing), url):
        with pytest.raises(InputError) as caught:
            await work
        assert caught.value.code == "QLF7004"
    assert not await stores.artifacts.exists(sha256(b"never put"))


def in_loops(jobs: list[Coroutine[Any, Any, Any]]) -> list[Any]:
    """Each job in a thread and a loop of its own, all at once."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(asyncio.run, jobs))


def test_the_same_large_bytes_on_many_loops_are_whole(stores: Stores) -> None:
    data = bytes(range(256)) * 40_000
    refs = in_loops([stores.artifacts.put(data) for _ in range(6)])
    assert len({ref.sha256 for ref in refs}) == 1
    assert all(found == data for found in in_loops([stores.artifacts.get(refs[0]) for _ in range(6)]))


@pytest.mark.parametrize(
    "bad",
    ["", "x", "../../etc/passwd", "A" * 64, "g" * 64, "sha256/00/" + "1" * 64, "/sha256/11/" + "1" * 64, "1" * 63, "1" * 64 + "\n"],
)  # fmt: skip
async def test_malformed_names_are_refused(stores: Stores, bad: str) -> None:
    url = stores.artifacts.download_url(bad, filename="x.bin", media_type="text/plain")
    for work in (stores.artifacts.get(bad), read(stores, bad), url):
        with pytest.raises(InputError) as caught:
            await work
        assert caught.value.code == "QLF7014"


async def test_a_reference_whose_path_belongs_to_other_bytes_is_refused(stores: Stores) -> None:
    ref = await stores.artifacts.put(b"one")
    with pytest.raises(InputError) as caught:
        await stores.artifacts.get(ref.model_copy(update={"path": artifact_path(sha256(b"two"))}))
    assert caught.value.code == "QLF7014"


async def test_exists_refuses_what_is_no_digest(stores: Stores) -> None:
    with pytest.raises(InputError) as caught:
        await stores.artifacts.exists("sha256/../x")
    assert caught.value.code == "QLF7014"


@given(text=st.text(max_size=100))
def test_no_other_text_names_bytes(text: str) -> None:
    with pytest.raises(InputError) as caught:
        digest_of(text)
    assert caught.value.code == "QLF7014"


@given(data=st.binary(max_size=10))
def test_digests_and_their_paths_name_bytes(data: bytes) -> None:
    assert digest_of(sha256(data)) == digest_of(artifact_path(sha256(data))) == sha256(data)
