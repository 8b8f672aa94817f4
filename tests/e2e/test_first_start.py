"""The first start on a fresh machine: many at once set one environment up, in a folder whose name has spaces."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STARTS = 20


@pytest.mark.slow
def test_twenty_first_starts_at_once(tmp_path: Path) -> None:
    project = tmp_path / "a folder with spaces"
    project.mkdir()
    for name in ("qlf", "requirements-local.txt", "requirements-dev.txt"):
        shutil.copy2(ROOT / name, project / name)
    for name in ("scripts", "cli", "shared"):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    elsewhere = tmp_path / "link to qlf"
    elsewhere.symlink_to(project / "qlf")

    environment = {**os.environ, "PYTHONPATH": "/nonexistent", "QLF_HOME": str(tmp_path / "home")}
    command = [str(elsewhere), "explain", "QLF8001"]
    starts = [
        subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(STARTS)
    ]
    ends = [(process.communicate(timeout=600), process.returncode) for process in starts]

    assert [code for _, code in ends] == [0] * STARTS, ends[0][0][1]
    assert {out.splitlines()[0] for (out, _), _ in ends} == {"QLF8001  Python 3.11 or newer was not found"}
    assert sum("installing uv" in err for (_, err), _ in ends) == 1


def test_no_python_is_told_with_a_code(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    shutil.copy2(ROOT / "qlf", tmp_path / "qlf")
    shutil.copy2(ROOT / "scripts" / "find_python.sh", tmp_path / "scripts" / "find_python.sh")
    done = subprocess.run(
        [str(tmp_path / "qlf"), "--version"], env={**os.environ, "PYTHON": "/nonexistent"}, capture_output=True, text=True
    )

    assert done.returncode == 4
    assert "QLF8001" in done.stderr
