"""The catalogue of codes is whole: every code that the sources use is in it, none is there twice, and the page shows them all."""

from __future__ import annotations

import re
import runpy
from collections import Counter
from pathlib import Path

import pytest

from shared.model import CATALOGUE
from shared.model import codes as rooms

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    path
    for folder in ("cli", "shared", "api", "activities", "orchestrators", "scripts")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "__pycache__" not in path.parts
]
TEXT_SOURCES = [ROOT / "qlf", ROOT / "scripts" / "find_python.sh"]


def codes_in(text: str) -> set[str]:
    return set(re.findall(r"\bQLF\d{4}\b", text))


@pytest.mark.parametrize("path", [*SOURCES, *TEXT_SOURCES], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_code_that_a_source_names_is_in_the_catalogue(path: Path) -> None:
    assert codes_in(path.read_text("utf-8")) <= CATALOGUE.keys()


def test_no_code_is_given_twice() -> None:
    given = [entry.code for room in vars(rooms).values() for entry in getattr(room, "CODES", ())]

    assert [code for code, count in Counter(given).items() if count > 1] == []
    assert set(given) == CATALOGUE.keys()


def test_every_entry_says_what_happened_and_what_to_do() -> None:
    for entry in CATALOGUE.values():
        assert entry.title.strip()
        assert entry.advice.strip()
        assert 400 <= entry.http_status <= 599


def test_the_page_is_current() -> None:
    page = runpy.run_path(str(ROOT / "scripts" / "write_errors.py"))["page"]()

    assert (ROOT / "docs" / "errors.md").read_text("utf-8") == page, "run `make docs`"


def test_every_code_of_the_command_line_is_used() -> None:
    used = set().union(*(codes_in(path.read_text("utf-8")) for path in [*SOURCES, *TEXT_SOURCES] if "codes" not in path.parts))
    unused = CATALOGUE.keys() - used

    assert sorted(code for code in unused if code.startswith("QLF8")) == []
