"""The canonical archive: what goes in comes out, and what a hostile author makes does not get in."""

from __future__ import annotations

import io
import os
import struct
import sys
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.capsule import Limits, SourceFile, canonical_tar, extract, gzip_member, read_archive, read_tar
from shared.model import CapsuleError, InputError, sha256

PARTS = st.text(st.characters(codec="ascii", categories=["Ll", "Nd"]), min_size=1, max_size=12)
WIDE = st.sampled_from(["größe", "данные", "値", "a" * 120, "ein leerer raum", "-", "~x", "%00", "x" * 100, "é" * 60])
PATHS = st.lists(PARTS | WIDE, min_size=1, max_size=4).map("/".join)
FILES = st.builds(SourceFile, st.binary(max_size=1500), st.sampled_from(["0644", "0755"]))


def apart(files: dict[str, SourceFile]) -> dict[str, SourceFile]:
    """Without files that lie below another file."""
    return {p: f for p, f in files.items() if not any(o != p and p.startswith(o + "/") for o in files)}


TREES = st.dictionaries(PATHS, FILES, max_size=8).map(apart)


def hostile(*members: tarfile.TarInfo | tuple[tarfile.TarInfo, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    """A capsule file around a tar that the standard library wrote without any care."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for member in members:
            info, data = member if isinstance(member, tuple) else (member, b"")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return gzip_member(out.getvalue())


def entry(name: str, **fields: Any) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def refusal(data: bytes, **options: Any) -> str:
    with pytest.raises(CapsuleError) as raised:
        read_archive(data, **options)
    assert raised.value.exit_code == 6
    assert raised.value.advice
    return raised.value.code


@settings(max_examples=150)
@given(files=TREES)
def test_a_tree_comes_back_as_it_went_in(files: dict[str, SourceFile]) -> None:
    tar = canonical_tar(files)
    assert read_tar(tar) == files
    assert read_archive(gzip_member(tar)) == files
    assert canonical_tar(dict(reversed(files.items()))) == tar


@settings(max_examples=60)
@given(files=TREES)
def test_the_standard_library_reads_what_we_write(files: dict[str, SourceFile]) -> None:
    with tarfile.open(fileobj=io.BytesIO(gzip_member(canonical_tar(files))), mode="r:gz") as tar:
        members = tar.getmembers()
        assert [m.name for m in members] == sorted(files, key=str.encode)
        assert {(m.mtime, m.uid, m.gid, m.uname, m.gname) for m in members} <= {(0, 0, 0, "", "")}
        assert {m.name: f"{m.mode:04o}" for m in members} == {path: file.mode for path, file in files.items()}
        assert all(tar.extractfile(m).read() == files[m.name].data for m in members)  # type: ignore[union-attr]


@settings(max_examples=300)
@given(data=st.data())
def test_no_byte_of_a_tar_can_change_in_silence(data: st.DataObject) -> None:
    files = {"a/ä.txt": SourceFile(b"one"), "b.sh": SourceFile(b"two" * 300, "0755"), "empty": SourceFile(b"")}
    tar = canonical_tar(files)
    offset = data.draw(st.integers(0, len(tar) - 1))
    byte = data.draw(st.integers(0, 255))
    changed = tar[:offset] + bytes([byte]) + tar[offset + 1 :]
    try:
        assert (read_tar(changed) == files) == (changed == tar)
    except CapsuleError:
        assert changed != tar


@settings(max_examples=300)
@given(data=st.binary(max_size=2000))
def test_arbitrary_bytes_are_never_more_than_a_refusal(data: bytes) -> None:
    for archive in (data, gzip_member(data)):
        with pytest.raises(CapsuleError):
            read_archive(archive)


def test_the_digest_of_a_known_tree_never_changes() -> None:
    files = {"src/größe.py": SourceFile(b"x = 1\n"), "build.sh": SourceFile(b"#!/bin/sh\n", "0755"), "d" * 150: SourceFile(b"")}
    assert sha256(canonical_tar(files)) == "71778901b0d30918c94f52f21c2f8a896ca325c1d0b7359f7aec630e159658ed"
    assert sha256(canonical_tar({})) == sha256(b"\0" * 10240)
    assert gzip_member(b"")[:10] == bytes.fromhex("1f8b08000000000000ff")


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../x",
        "a/../b",
        "a/./b",
        "./a",
        "a//b",
        "a/",
        "",
        "..",
        "C:/x",
        "a\\b",
        "a\0b",
        "a\nb",
        "a\x7f",
        "e\u0301.py",
        "\ud800",
    ],
)
def test_unsafe_paths_are_neither_written_nor_read(path: str, tmp_path: Path) -> None:
    with pytest.raises(CapsuleError, match="QLF5005"):
        canonical_tar({path: SourceFile(b"")})
    if path and "\0" not in path and path != "\ud800":
        info = entry(path)
        assert refusal(hostile((info, b"evil"))) in ("QLF5005", "QLF5008")
        with pytest.raises(CapsuleError):
            extract(hostile((entry(path), b"evil")), tmp_path / "target")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["a" * 256, "a/" * 40 + "b", "/".join(["x" * 200] * 3)])
def test_long_and_deep_paths_are_refused(path: str) -> None:
    with pytest.raises(CapsuleError, match="QLF5005"):
        canonical_tar({path: SourceFile(b"")})
    assert refusal(hostile(entry(path))) == "QLF5005"


def test_a_path_of_the_longest_kind_is_fine(tmp_path: Path) -> None:
    path = "/".join(["y" * 127] * 4)
    assert extract(gzip_member(canonical_tar({path: SourceFile(b"1")})), tmp_path / "t") == [tmp_path / "t" / path]


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["a", "a"], "QLF5007"),
        (["README", "readme"], "QLF5007"),
        (["A/x", "a/y"], "QLF5007"),
        (["a", "a/b"], "QLF5007"),
        (["straße", "STRASSE"], "QLF5007"),
        (["b", "a"], "QLF5008"),
    ],
)
def test_colliding_and_unsorted_paths_are_refused(names: list[str], code: str) -> None:
    assert refusal(hostile(*(entry(name) for name in names))) == code
    if code == "QLF5007" and len(set(names)) == 2:
        with pytest.raises(CapsuleError, match=code):
            canonical_tar({name: SourceFile(b"") for name in names})


@pytest.mark.parametrize(
    "kind",
    [
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.CHRTYPE,
        tarfile.BLKTYPE,
        tarfile.FIFOTYPE,
        tarfile.DIRTYPE,
        tarfile.CONTTYPE,
        b"S",
        b"g",
        b"\0",
    ],
)
def test_anything_but_a_regular_file_is_refused(kind: bytes, tmp_path: Path) -> None:
    data = hostile(entry("x", type=kind, linkname="/etc/passwd"))
    assert refusal(data) == "QLF5006"
    with pytest.raises(CapsuleError):
        extract(data, tmp_path / "t")
    assert list(tmp_path.iterdir()) == []


def test_a_link_and_then_a_file_through_it_writes_nothing_outside(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    data = hostile(entry("l", type=tarfile.SYMTYPE, linkname=str(outside)), (entry("l/evil"), b"x"))
    with pytest.raises(CapsuleError, match="QLF5006"):
        extract(data, tmp_path / "t")
    assert list(outside.iterdir()) == []
    assert not (tmp_path / "t").exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"mtime": 1},
        {"mtime": 1.5},
        {"uid": 1000},
        {"gid": 5},
        {"uname": "root"},
        {"gname": "x"},
        {"mode": 0o600},
        {"mode": 0o4755},
        {"pax_headers": {"comment": "hi"}},
    ],
)
def test_another_header_is_not_canonical(fields: dict[str, Any]) -> None:
    assert refusal(hostile((entry("a", **fields), b"1"))) == "QLF5008"


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_other_tar_forms_are_refused_where_they_differ(form: int) -> None:
    long = "d" * 60 + "/" + "e" * 60
    assert refusal(hostile(entry(long), form=form)) in ("QLF5006", "QLF5008")


def test_endings_and_sizes_that_lie_are_refused() -> None:
    tar = canonical_tar({"a": SourceFile(b"1234")})
    for changed in (tar + b"\0" * 512, tar[:-512], tar + b"x", tar[:1024], tar[:700], b"", tar[:1536] + b"x" + tar[1537:]):
        assert refusal(gzip_member(changed)) in ("QLF5003", "QLF5008")
    for size in (b"77777777777\0", b"-0000000004\0", b"00000000009\0", b"\x80" + b"\0" * 10 + b"\4", b"           4"):
        assert refusal(gzip_member(tar[:124] + size + tar[136:])) in ("QLF5003", "QLF5008")


def test_a_bomb_is_stopped_while_it_expands() -> None:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = b"".join(deflate.compress(b"\0" * 2**20) for _ in range(300)) + deflate.flush()
    bomb = bytes.fromhex("1f8b08000000000000ff") + body + struct.pack("<II", 0, 300 * 2**20)
    assert len(bomb) < 400_000
    assert refusal(bomb) == "QLF5004"


@pytest.mark.skipif(sys.platform == "win32", reason="resource is for POSIX")
def test_a_bomb_costs_no_more_memory_than_the_limit() -> None:
    import tracemalloc

    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = gzip_member(b"")[:10] + b"".join(deflate.compress(b"\0" * 2**20) for _ in range(64)) + deflate.flush()
    tracemalloc.start()
    try:
        assert refusal(bomb, limits=Limits(tar_bytes=2**20)) == "QLF5004"
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()


def test_files_and_bytes_are_counted() -> None:
    data = gzip_member(canonical_tar({f"f{i}": SourceFile(os.urandom(512)) for i in range(20)}))
    assert len(read_archive(data, Limits(files=20))) == 20
    assert refusal(data, limits=Limits(files=19)) == "QLF5004"
    assert refusal(data, limits=Limits(tar_bytes=10_000)) == "QLF5004"
    assert refusal(data, limits=Limits(file_bytes=1_000)) == "QLF5004"


@pytest.mark.parametrize(
    "damage",
    [lambda d: d[:-1], lambda d: d[:-8], lambda d: d[:40], lambda d: d[:-8] + b"\0" * 8, lambda d: d[:10] + b"\xff" * 40, lambda d: d[:10]],
)
def test_a_damaged_stream_is_refused(damage: Callable[[bytes], bytes]) -> None:
    assert refusal(damage(gzip_member(canonical_tar({"a": SourceFile(b"1" * 300)})))) == "QLF5003"


def test_other_gzip_headers_are_refused() -> None:
    import gzip

    tar = canonical_tar({"a": SourceFile(b"1")})
    assert refusal(gzip.compress(tar, mtime=5)) == "QLF5001"
    named = io.BytesIO()
    with gzip.GzipFile("name", "wb", fileobj=named, mtime=0) as out:
        out.write(tar)
    assert refusal(named.getvalue()) == "QLF5001"
    assert refusal(tar) == "QLF5001"
    assert refusal(gzip_member(tar) + gzip_member(tar)) == "QLF5002"


def test_extract_writes_beside_and_renames(tmp_path: Path) -> None:
    data = gzip_member(
        canonical_tar({"source/src/a.py": SourceFile(b"1"), "source/run.sh": SourceFile(b"2", "0755"), "m.json": SourceFile(b"3")})
    )
    target = tmp_path / "deep" / "target"
    assert extract(data, target) == [target / "m.json", target / "source/run.sh", target / "source/src/a.py"]
    assert (target / "source/run.sh").stat().st_mode & 0o7777 == 0o755
    assert (target / "m.json").stat().st_mode & 0o7777 == 0o644
    assert (target / "source/src/a.py").read_bytes() == b"1"
    assert os.listdir(tmp_path / "deep") == ["target"]
    only = tmp_path / "only"
    only.mkdir()
    assert extract(data, only, only="source/") == [only / "run.sh", only / "src/a.py"]
    assert not (only / "m.json").exists()
    with pytest.raises(CapsuleError, match="QLF5042"):
        extract(data, tmp_path / "none", only="nothing/")
    assert not (tmp_path / "none").exists()


def test_extract_never_touches_what_is_there(tmp_path: Path) -> None:
    data = gzip_member(canonical_tar({"a": SourceFile(b"1")}))
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine").write_text("keep")
    (tmp_path / "file").write_text("keep")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("full", "file", "link"):
        with pytest.raises(InputError, match="QLF5040"):
            extract(data, tmp_path / name)
    assert (full / "mine").read_text() == "keep"
    assert not (tmp_path / "elsewhere").exists()
    with pytest.raises(InputError, match="QLF5041"):
        extract(data, tmp_path / "file" / "below")
    assert sorted(os.listdir(tmp_path)) == ["file", "full", "link"]
