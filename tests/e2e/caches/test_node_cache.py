"""The cache of Node.js: a program of Express and React is installed, judged, tested and built from it, without a network."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from image import Image, image, said, why_not

WHY_NOT = why_not("node")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(WHY_NOT is not None, reason=WHY_NOT or "")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    with image(tmp_path_factory.mktemp("node"), "node") as filled:
        yield filled


def test_a_program_is_installed_judged_tested_and_built(made: Image) -> None:
    work, before = made.program("program", "package-lock.json"), made.holdings()
    # A blueprint's lock is the cache's, less what its manifest does not name.
    for words in ("install --package-lock-only", "ci", "run lint", "run types", "run test", "run build"):
        outcome = made.run(work, "npm", *words.split())
        assert outcome.ok, f"npm {words}: {said(outcome)}"
        if words == "run test":
            assert "3 passed" in said(outcome)
    assert "resolved" not in (work / "package-lock.json").read_text()
    assert (work / "dist" / "index.html").is_file()
    assert made.holdings() == before


def test_what_it_does_not_hold_is_not_fetched(made: Image) -> None:
    work = made.program("stranger", "package-lock.json")
    manifest = json.loads((work / "package.json").read_text())
    manifest["dependencies"]["is-number"] = "7.0.0"
    (work / "package.json").write_text(json.dumps(manifest))
    outcome = made.run(work, "npm", "install")
    assert outcome.exit_code == 1
    assert "ENOTCACHED" in said(outcome)
    assert "is-number" in said(outcome)
