"""Environments are made once per lock, from hashed wheels only, however many ask for them."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.model import ConfigError
from shared.runner import Environments

ROOT = Path(__file__).parents[3]


def one_package(name: str = "iniconfig") -> str:
    """The lock of one small pure package, cut out of ours."""
    lines = (ROOT / "shared" / "gates" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"{name}=="))
    rest = next(i for i in range(start + 1, len(lines)) if not lines[i].lstrip().startswith("--hash"))
    return "\n".join(lines[start:rest]).rstrip("\\ ") + "\n"


@pytest.fixture
def environments(tmp_path: Path) -> Environments:
    return Environments(tmp_path / "envs", os.environ)


def imports(env: Path, name: str) -> bool:
    return subprocess.run([str(env / "bin" / "python"), "-I", "-c", f"import {name}"], capture_output=True, check=False).returncode == 0


def test_an_environment_holds_what_its_lock_names_and_nothing_of_ours(environments: Environments) -> None:
    env = environments.ensure(one_package())
    assert imports(env, "iniconfig")
    assert not imports(env, "pydantic")


def test_the_second_time_nothing_is_installed(environments: Environments) -> None:
    first = environments.ensure(one_package())
    stamp = (first / ".qlf-complete").stat().st_mtime_ns
    unreachable = Environments(first.parent, {"UV_OFFLINE": "1", "UV_INDEX_URL": "http://127.0.0.1:9/none"})
    assert unreachable.ensure(one_package()) == first
    assert (first / ".qlf-complete").stat().st_mtime_ns == stamp


def test_another_lock_is_another_environment(environments: Environments) -> None:
    assert environments.ensure(one_package()) != environments.ensure("# nothing\n")


def test_an_interrupted_installation_is_done_again(environments: Environments) -> None:
    env = environments.ensure(one_package())
    (env / ".qlf-complete").unlink()
    (env / "half.txt").write_text("left by the one that was killed")
    again = environments.ensure(one_package())
    assert again == env
    assert not (env / "half.txt").exists()
    assert imports(again, "iniconfig")


def test_many_at_once_share_one(environments: Environments) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: environments.ensure(one_package()), range(8)))
    assert len(made) == 1
    assert imports(made.pop(), "iniconfig")


def test_other_users_may_read_it(environments: Environments) -> None:
    before = os.umask(0o077)
    try:
        env = environments.ensure(one_package())
    finally:
        os.umask(before)
    closed = [
        path for path in env.rglob("*") if path.name != ".qlf-complete" and not path.is_symlink() and path.stat().st_mode & 0o044 != 0o044
    ]
    assert closed == []
    assert env.stat().st_mode & 0o055 == 0o055


@pytest.mark.parametrize(
    "lock",
    [
        "iniconfig==2.3.1\n",
        "iniconfig\n",
        "-e .\n",
        "git+https://example.com/x.git\n",
        "https://example.com/x-1.0-py3-none-any.whl --hash=sha256:" + "0" * 64 + "\n",
        "--index-url https://example.com/simple\n" + "iniconfig==2.3.1 --hash=sha256:" + "0" * 64 + "\n",
        "--extra-index-url=https://example.com/simple\n",
        "-r /etc/passwd\n",
        "iniconfig==2.3.1 --hash=md5:" + "0" * 32 + "\n",
        "iniconfig==2.3.1 --hash=sha256:" + "0" * 64 + " --config-setting=x\n",
        "../x\n",
        "\x00",
        "x" * 3_000_000,
    ],
)
def test_a_lock_that_is_not_pinned_and_hashed_is_refused_before_anything_is_asked(tmp_path: Path, lock: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Environments(tmp_path / "envs", {}).ensure(lock)
    assert caught.value.code == "QLF3012"
    assert not caught.value.retryable
    assert not (tmp_path / "envs").exists()


def test_a_wrong_hash_is_refused(environments: Environments, tmp_path: Path) -> None:
    head = one_package().split(" ")[0]
    with pytest.raises(ConfigError) as caught:
        environments.ensure(f"{head} --hash=sha256:{'0' * 64}\n")
    assert caught.value.code == "QLF3012"
    assert [path.name for path in (tmp_path / "envs").iterdir() if (path / "bin").exists()] == []


def test_an_index_that_cannot_be_reached_can_be_tried_again(tmp_path: Path) -> None:
    nowhere = Environments(tmp_path / "envs", {"UV_INDEX_URL": "http://127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0", "UV_NO_CONFIG": "1"})
    with pytest.raises(ConfigError) as caught:
        nowhere.ensure(one_package())
    assert caught.value.code == "QLF3010"
    assert caught.value.retryable
    assert "index" in caught.value.advice


def test_a_python_that_is_none(environments: Environments) -> None:
    with pytest.raises(ConfigError, match="QLF3010"):
        environments.ensure(one_package(), "/bin/false")


def test_a_python_can_be_named(environments: Environments) -> None:
    env = environments.ensure(one_package(), os.path.realpath(sys.executable))
    assert imports(env, "iniconfig")
