"""Bytes named by their digest."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.model import ArtifactRef, InputError, sha256
from shared.stores import Stores, artifact_path, digest_of


async def test_put_names_bytes_by_their_digest(stores: Stores) -> None:
    ref = await stores.artifacts.put(b"hello")
    assert ref == ArtifactRef(path=f"sha256/2c/{sha256(b'hello')}", sha256=sha256(b"hello"), size=5)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


async def test_missing_bytes_are_an_input_error(stores: Stores) -> None:
    with pytest.raises(InputError) as caught:
        await stores.artifacts.get(sha256(b"never put"))
    assert caught.value.code == "QLF7004"
    assert not await stores.artifacts.exists(sha256(b"never put"))


@pytest.mark.parametrize(
    "bad",
    ["", "x", "../../etc/passwd", "A" * 64, "g" * 64, "sha256/00/" + "1" * 64, "/sha256/11/" + "1" * 64, "1" * 63, "1" * 64 + "\n"],
)  # fmt: skip
async def test_malformed_names_are_refused(stores: Stores, bad: str) -> None:
    with pytest.raises(InputError) as caught:
        await stores.artifacts.get(bad)
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
