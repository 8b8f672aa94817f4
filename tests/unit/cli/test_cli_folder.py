"""The output folder: nothing of anybody else's is ever lost, and a process killed at any step can be followed by another one."""

from __future__ import annotations

import json
import shutil
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.folder import MARKER, OutFile, changed, check, read_marker, staging, write
from shared.model import InputError

RUN = "run_01ARZ3NDEKTSV4RRFFQ69G5FAV"
OTHER = "run_01ARZ3NDEKTSV4RRFFQ69G5FAW"
FILES = {"README.md": OutFile(b"one"), "src/app.py": OutFile(b"two"), "run.sh": OutFile(b"#!", True), "dist/a.qlcapsule": OutFile(b"three")}
NEWER = {"README.md": OutFile(b"newer"), "docs/x.md": OutFile(b"x"), "dist/b.qlcapsule": OutFile(b"four")}


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".qlf-run.json"
    }


def content(files: dict[str, OutFile]) -> dict[str, bytes]:
    return {path: file.content for path, file in files.items()}


def refused(target: Path) -> InputError:
    with pytest.raises(InputError) as error:
        check(target)
    return error.value


def test_a_new_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    write(tmp_path / "a/b/c", FILES, RUN)

    assert tree(tmp_path / "a/b/c") == content(FILES)
    assert (tmp_path / "a/b/c/run.sh").stat().st_mode & 0o111
    assert not (tmp_path / "a/b/c/README.md").stat().st_mode & 0o111
    assert [path.name for path in (tmp_path / "a/b").iterdir()] == ["c"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    write(tmp_path / "out", FILES, RUN)

    assert tree(tmp_path / "out") == content(FILES)


def test_our_own_result_is_replaced_whole(tmp_path: Path) -> None:
    write(tmp_path / "out", FILES, RUN)
    write(tmp_path / "out", NEWER, OTHER)

    assert tree(tmp_path / "out") == content(NEWER)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_that_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    assert refused(tmp_path).code == "QLF8005"


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")

    assert refused(tmp_path / "out").code == "QLF8005"


def test_a_link_to_nowhere_is_not_written_through_unseen(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to(tmp_path / "nowhere")

    assert refused(tmp_path / "out").code == "QLF8005"


@pytest.mark.parametrize("name", ["notes.txt", ".git/config", "src/mine.py", "clinic.db", "dist/mine.txt", ".env"])
def test_an_added_file_is_named_and_kept(tmp_path: Path, name: str) -> None:
    write(tmp_path / "out", FILES, RUN)
    (tmp_path / "out" / name).parent.mkdir(exist_ok=True)
    (tmp_path / "out" / name).write_text("mine")
    error = refused(tmp_path / "out")

    assert (error.code, error.context["files"]) == ("QLF8006", [name])
    with pytest.raises(InputError):
        write(tmp_path / "out", NEWER, OTHER)
    assert tree(tmp_path / "out") == content(FILES) | {name: b"mine"}


def test_a_changed_file_is_named(tmp_path: Path) -> None:
    write(tmp_path / "out", FILES, RUN)
    (tmp_path / "out/src/app.py").write_text("improved")

    assert refused(tmp_path / "out").context["files"] == ["src/app.py"]


def test_a_link_in_the_place_of_a_file_or_folder_is_a_change(tmp_path: Path) -> None:
    write(tmp_path / "out", FILES, RUN)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out/link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "out/README.md").unlink()
    (tmp_path / "out/README.md").symlink_to(tmp_path / "elsewhere")

    assert sorted(refused(tmp_path / "out").context["files"]) == ["README.md", "link"]


@pytest.mark.parametrize(
    "name", ["__pycache__/a.pyc", "src/__pycache__/a.pyc", ".venv/bin/python", ".pytest_cache/x", ".coverage", ".mypy_cache/1"]
)
def test_what_running_the_app_leaves_behind_is_no_change(tmp_path: Path, name: str) -> None:
    write(tmp_path / "out", FILES, RUN)
    (tmp_path / "out" / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "out" / name).write_text("cache")

    write(tmp_path / "out", NEWER, OTHER)
    assert tree(tmp_path / "out") == content(NEWER)


def test_a_deleted_file_is_nothing_to_lose(tmp_path: Path) -> None:
    write(tmp_path / "out", FILES, RUN)
    (tmp_path / "out/README.md").unlink()

    check(tmp_path / "out")


@pytest.mark.parametrize("marker", ["", "{}", "[]", '{"version": 2, "files": {}}', '{"version": 1, "files": []}', "\udcff"])
def test_a_damaged_marker_vouches_for_nothing(tmp_path: Path, marker: str) -> None:
    write(tmp_path / "out", FILES, RUN)
    (tmp_path / "out" / MARKER).write_bytes(marker.encode("utf-8", "surrogateescape"))

    assert refused(tmp_path / "out").code == "QLF8005"


def test_the_current_folder_stays_the_one_the_shell_stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path / "out")
    inode = Path.cwd().stat().st_ino
    for files, run in ((FILES, RUN), (NEWER, OTHER)):
        write(Path.cwd(), files, run)
        assert tree(Path.cwd()) == content(files)
    assert (tmp_path / "out").stat().st_ino == inode
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("moved", range(5))
def test_a_half_moved_result_in_the_current_folder_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moved: int) -> None:
    """The state after a kill between two renames: some entries moved in, `dist/` last."""
    out = tmp_path / "out"
    out.mkdir()
    write(tmp_path / "whole", FILES, RUN)
    draft = staging(out, RUN)
    (tmp_path / "whole").rename(draft)
    for entry in sorted(draft.iterdir(), key=lambda path: (path.name == "dist", path.name))[:moved]:
        entry.rename(out / entry.name)
    monkeypatch.chdir(out)

    write(out, FILES, RUN)
    assert tree(out) == content(FILES)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_kill_between_the_two_renames_loses_nothing(tmp_path: Path) -> None:
    write(tmp_path / "out", FILES, RUN)
    (tmp_path / "out").rename(tmp_path / f"{staging(tmp_path / 'out', OTHER).name}.old")

    write(tmp_path / "out", NEWER, OTHER)
    assert tree(tmp_path / "out") == content(NEWER)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_half_written_draft_is_written_again(tmp_path: Path) -> None:
    draft = staging(tmp_path / "out", RUN)
    draft.mkdir()
    (draft / "README.md").write_bytes(b"half")
    (draft / "rubbish").write_bytes(b"x")

    write(tmp_path / "out", FILES, RUN)
    assert tree(tmp_path / "out") == content(FILES)


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "", "a\\b", "a\0b"])
def test_no_path_leaves_the_folder(tmp_path: Path, path: str) -> None:
    with pytest.raises(InputError) as error:
        write(tmp_path / "out", {path: OutFile(b"x")}, RUN)

    assert error.value.code == "QLF8007"
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError) as error:
        write(tmp_path / "file" / "out", FILES, RUN)

    assert error.value.code == "QLF8007"


names = st.text(string.ascii_lowercase, min_size=1, max_size=4)


@settings(max_examples=60)
@given(ours=st.dictionaries(names, st.binary(max_size=8), max_size=4), theirs=st.dictionaries(names, st.binary(max_size=8), max_size=4))
def test_exactly_what_differs_from_what_we_wrote_is_foreign(
    tmp_path_factory: pytest.TempPathFactory, ours: dict[str, bytes], theirs: dict[str, bytes]
) -> None:
    out = tmp_path_factory.mktemp("any") / "out"
    ours.pop("dist", None)
    theirs.pop("dist", None)
    write(out, {name: OutFile(data) for name, data in ours.items()}, RUN)
    for name, data in theirs.items():
        (out / name).write_bytes(data)

    written = read_marker(out)
    assert written is not None
    assert sorted(changed(out, written)) == sorted(name for name, data in theirs.items() if ours.get(name) != data)
    assert json.loads((out / MARKER).read_text())["run_id"] == RUN
    shutil.rmtree(out.parent)
