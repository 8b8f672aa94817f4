"""Capsules over HTTP: read, download, check; and archives that a caller brings."""

from __future__ import annotations

import io
import zipfile

import pytest
from api_cases import Door, make_capsule, problem_of, zipped
from hypothesis import given, settings
from hypothesis import strategies as st

from api.verification import MAX_BUNDLE, MAX_ENTRIES, unzip
from shared.model import Capsule, InputError, new_id

CAPSULE_PATHS = ["", "/manifest", "/sbom", "/download", "/attestations"]


async def test_capsules_are_listed_and_read(door: Door) -> None:
    first, second = await door.capsule(), await door.capsule()
    page = (await door.http.get("/capsules", params={"limit": 1})).json()
    assert [item["id"] for item in page["items"]] == [second.id]
    rest = (await door.http.get("/capsules", params={"cursor": page["next_cursor"]})).json()
    assert [item["id"] for item in rest["items"]] == [first.id]
    mine = (await door.http.get("/capsules", params={"run_id": first.run_id})).json()
    assert [item["id"] for item in mine["items"]] == [first.id]
    answer = await door.http.get(f"/capsules/{first.id}")
    assert Capsule.model_validate(answer.json()) == first
    assert (await door.http.get(f"/capsules/{first.id}", headers={"If-None-Match": answer.headers["etag"]})).status_code == 304


@pytest.mark.parametrize("path", CAPSULE_PATHS)
async def test_an_unknown_capsule(door: Door, path: str) -> None:
    problem_of(await door.http.get(f"/capsules/{new_id('cap')}{path}"), 404, "QLF7007")


async def test_what_lies_in_a_capsule(door: Door) -> None:
    capsule = await door.capsule()
    manifest = await door.http.get(f"/capsules/{capsule.id}/manifest")
    assert manifest.json()["slug"] == "pet-clinic"
    assert (await door.http.get(f"/capsules/{capsule.id}/manifest", headers={"If-None-Match": manifest.headers["etag"]})).status_code == 304
    assert (await door.http.get(f"/capsules/{capsule.id}/sbom")).json()["bomFormat"] == "CycloneDX"
    assert (await door.http.get(f"/capsules/{capsule.id}/sbom", params={"format": "spdx"})).json()["spdxVersion"] == "SPDX-2.3"
    problem_of(await door.http.get(f"/capsules/{capsule.id}/sbom", params={"format": "pdf"}), 422, "QLF7103")


async def test_the_download_is_the_file(door: Door) -> None:
    capsule = await door.capsule()
    answer = await door.http.get(f"/capsules/{capsule.id}/download")
    assert answer.content == await door.stores.artifacts.get(capsule.file)
    assert answer.headers["content-disposition"] == 'attachment; filename="Pet-Clinic-0.1.0.qlcapsule"'
    assert answer.headers["content-type"] == "application/gzip"


async def test_a_hostile_name_makes_a_harmless_file_name(door: Door) -> None:
    capsule = await door.stores.capsules.put((await door.capsule()).model_copy(update={"name": '../"\r\nSet-Cookie: x\u2028é'}))
    answer = await door.http.get(f"/capsules/{capsule.id}/download")
    assert answer.headers["content-disposition"] == 'attachment; filename="..-Set-Cookie-x--0.1.0.qlcapsule"'
    assert "set-cookie" not in answer.headers


async def test_attestations_come_whole(door: Door) -> None:
    capsule = await door.capsule()
    items = (await door.http.get(f"/capsules/{capsule.id}/attestations")).json()["items"]
    assert [item["name"] for item in items] == sorted(capsule.bundles)
    assert all(item["bundle"]["mediaType"].startswith("application/vnd.dev.sigstore.bundle") for item in items)


async def test_a_stored_capsule_is_checked(door: Door) -> None:
    capsule = await door.capsule()
    good = (await door.http.post(f"/capsules/{capsule.id}/actions/verify")).json()
    assert good["verified"]
    assert good["report"]["digest"] == capsule.digest
    await door.stores.capsules.put(capsule.model_copy(update={"bundles": {}}))
    bad = (await door.http.post(f"/capsules/{capsule.id}/actions/verify")).json()
    assert not bad["verified"]


async def test_a_damaged_capsule_has_no_manifest(door: Door) -> None:
    capsule = await door.capsule()
    junk = await door.stores.artifacts.put(b"not a capsule")
    await door.stores.capsules.put(capsule.model_copy(update={"file": junk}))
    answer = await door.http.get(f"/capsules/{capsule.id}/manifest")
    assert answer.status_code == 422
    assert answer.json()["exit_code"] == 6
    assert not (await door.http.post(f"/capsules/{capsule.id}/actions/verify")).json()["verified"]


async def upload(door: Door, content: bytes, kind: str = "application/zip") -> dict[str, object]:
    answer = await door.http.post("/verify", content=content, headers={"Content-Type": kind})
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


@pytest.mark.parametrize("kind", ["application/zip", "application/octet-stream"])
async def test_a_good_archive_is_verified(door: Door, kind: str) -> None:
    name, data, digest, bundles = make_capsule()
    answer = await upload(door, zipped({name: data, **bundles}), kind)
    assert answer["verified"]
    assert answer["report"]["digest"] == digest  # type: ignore[index]
    assert answer["fault"] is None


async def test_any_changed_byte_is_seen(door: Door) -> None:
    name, data, _, bundles = make_capsule()
    for position in range(0, len(data), max(1, len(data) // 7)):
        changed = data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]
        assert not (await upload(door, zipped({name: changed, **bundles})))["verified"]


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"a.sigstore.json": b"{}"},
        {"a.qlcapsule": b"", "b.qlcapsule": b""},
        {"folder/a.qlcapsule": b""},
        {"..\\a.qlcapsule": b""},
        {"a.qlcapsule": b"", "readme.txt": b""},
        {"a.qlcapsule": b""} | {f"{number}.sigstore.json": b"" for number in range(MAX_ENTRIES)},
        {"a.qlcapsule": b"", "big.sigstore.json": b"0" * (MAX_BUNDLE + 1)},
    ],
)
async def test_archives_of_another_form_are_answered_with_the_fault(door: Door, files: dict[str, bytes]) -> None:
    answer = await upload(door, zipped(files))
    assert not answer["verified"]
    assert answer["fault"]["code"] == "QLF7115"  # type: ignore[index]


async def test_an_archive_with_a_name_twice_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.qlcapsule", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.qlcapsule", b"2")
    with pytest.raises(InputError):
        unzip(out.getvalue())


async def test_a_request_without_a_body_is_no_archive(door: Door) -> None:
    problem_of(await door.http.post("/verify"), 400, "QLF7110")


async def test_an_archive_above_the_bound_is_refused_unread(door: Door) -> None:
    answer = await door.http.post(
        "/verify", content=b"", headers={"Content-Length": str(64 * 1024 * 1024 + 1), "Content-Type": "application/zip"}
    )
    problem_of(answer, 413, "QLF7104")


@settings(max_examples=150)
@given(data=st.binary(max_size=300), position=st.integers(0, 2000), junk=st.binary(min_size=1, max_size=4))
def test_no_bytes_crash_the_reader(data: bytes, position: int, junk: bytes) -> None:
    good = zipped({"a.qlcapsule": b"x" * 50, "b.sigstore.json": b"{}"})
    at = position % len(good)
    for attempt in (data, good[:at] + junk + good[at + len(junk) :], good[:at]):
        try:
            capsule, bundles = unzip(attempt)
        except InputError as error:
            found = error.code
        else:
            found = "read" if isinstance(capsule, bytes) and isinstance(bundles, dict) else "?"
        assert found in ("QLF7115", "read")
