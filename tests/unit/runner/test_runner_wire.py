"""Archives between the factory and a runner: they arrive whole, and nothing in them leaves its folder."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.model import InputError
from shared.runner import Profile
from shared.runner.wire import JOB, WORK, Job, Task, environment_mark, files_below, fill, fill_bytes, pack, unpack

NAME = st.text("abcXYZ019 ._-é", min_size=1, max_size=12).filter(lambda name: name.strip(". ") == name)
JOB_OF_ONE = Job(tasks=[Task(program="python", cwd=WORK)], profile=Profile())
RELAXED = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@RELAXED
@given(st.dictionaries(NAME, st.binary(max_size=2000), max_size=6))
def test_files_arrive_as_they_were(tmp_path: Path, files: dict[str, bytes]) -> None:
    there, here = tmp_path / "there", tmp_path / "here"
    for folder in (there, here):
        _empty(folder)
    for name, data in files.items():
        (there / name).write_bytes(data)
    job = unpack(JOB, Job, pack(JOB, JOB_OF_ONE, there, files_below(there), folders=True), here)
    assert job == JOB_OF_ONE
    assert {name: (here / name).read_bytes() for name in files_below(here)} == files


@RELAXED
@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(InputError, match="QLF3027"):
        unpack(JOB, Job, data, tmp_path)


@RELAXED
@given(st.data())
def test_a_damaged_archive_is_refused_or_whole(tmp_path: Path, data: st.DataObject) -> None:
    whole = bytearray(pack(JOB, JOB_OF_ONE, tmp_path, []))
    at = data.draw(st.integers(10, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    found: Job | str
    try:
        found = unpack(JOB, Job, bytes(whole), tmp_path)
    except InputError as error:
        found = error.code
    assert found in (JOB_OF_ONE, "QLF3027")


@pytest.mark.parametrize(
    ("name", "kind", "target"),
    [
        ("work/../up.txt", tarfile.REGTYPE, ""),
        ("work//etc/up.txt", tarfile.REGTYPE, ""),
        ("/work/up.txt", tarfile.REGTYPE, ""),
        ("up.txt", tarfile.REGTYPE, ""),
        ("work/link", tarfile.SYMTYPE, "/etc"),
        ("work/link", tarfile.LNKTYPE, "job.json"),
        ("work/pipe", tarfile.FIFOTYPE, ""),
        ("work/mine", tarfile.REGTYPE, ""),
    ],
)
def test_entries_that_do_not_belong_are_refused(tmp_path: Path, name: str, kind: bytes, target: str) -> None:
    root = tmp_path / "root"
    (root / "mine").mkdir(parents=True)
    text = JOB_OF_ONE.model_dump_json().encode()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        first, second = tarfile.TarInfo(JOB), tarfile.TarInfo(name)
        first.size, second.type, second.linkname = len(text), kind, target
        tar.addfile(first, io.BytesIO(text))
        tar.addfile(second)
    with pytest.raises(InputError, match="QLF3027"):
        unpack(JOB, Job, out.getvalue(), root)
    assert not (tmp_path / "up.txt").exists()


def test_an_archive_that_grows_without_end_is_stopped(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        entry = tarfile.TarInfo("work/zeros")
        entry.size = 600 * 1024 * 1024
        tar.addfile(entry, _Zeros())  # type: ignore[arg-type]
    assert len(out.getvalue()) < 1_000_000
    with pytest.raises(InputError, match="QLF3027"):
        unpack(JOB, Job, out.getvalue(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_longest_path_is_filled_first() -> None:
    paths = {"/a/work": WORK, "/a/work/envs/1": environment_mark(0)}
    text = "--python=/a/work/envs/1/bin/python /a/work/x"
    marked = fill(text, paths)
    assert marked == f"--python={environment_mark(0)}/bin/python {WORK}/x"
    assert fill(marked, {mark: path for path, mark in paths.items()}) == text
    assert fill_bytes(text.encode(), paths) == marked.encode()


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60))
def test_filling_and_back_is_the_same_text(text: str) -> None:
    paths = {"/w": WORK, "/w/e": environment_mark(3)}
    back = {mark: path for path, mark in paths.items()}
    assert fill(fill(text, paths), back) == text


class _Zeros:
    def read(self, size: int) -> bytes:
        return bytes(size)


def _empty(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
