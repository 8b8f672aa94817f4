"""What the README says is run, exactly as it stands there; a block that is not run says why."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "docs" / "quickstart.md"]
FENCE = re.compile(r"^```(?P<tags>\w[^\n]*)\n(?P<body>.*?)^```$", re.M | re.S)


class Block(NamedTuple):
    page: str
    tags: list[str]
    body: str
    before: str


def blocks() -> list[Block]:
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        for match in FENCE.finditer(text):
            before = text[: match.start()].rstrip().rpartition("\n")[2]
            found.append(Block(page.name, match["tags"].split(), match["body"], before))
    return found


def run(page: Path, folder: Path, home: Path, *, slow: bool) -> None:
    """Run the blocks of the README in order, in one folder that holds a link to `qlf`."""
    (folder / "qlf").symlink_to(ROOT / "qlf")
    for block in blocks():
        if block.page == page.name and "run" in block.tags and (slow or "slow" not in block.tags):
            environment = {**os.environ, "QLF_HOME": str(home)}
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", block.body], cwd=folder, env=environment, capture_output=True, text=True, timeout=900
            )
            assert done.returncode == 0, f"{block.body}\n{done.stdout}\n{done.stderr}"


def test_every_block_is_run_or_says_why_not() -> None:
    found = blocks()

    assert [block.body for block in found if "run" not in block.tags and not re.match(r"<!-- not run: .+ -->$", block.before)] == []
    assert len([block for block in found if "run" in block.tags]) >= 3


def test_the_quick_blocks_of_the_readme(tmp_path: Path) -> None:
    run(ROOT / "README.md", tmp_path, tmp_path / "home", slow=False)


@pytest.mark.slow
def test_all_blocks_of_the_readme(tmp_path: Path) -> None:
    run(ROOT / "README.md", tmp_path, tmp_path / "home", slow=True)


def test_links_between_pages_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} -> {target}"
