"""The cache of Go: a program of Gin is judged and tested from it, without a network."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from image import Image, image, said, why_not

WHY_NOT = why_not("go")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(WHY_NOT is not None, reason=WHY_NOT or "")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    with image(tmp_path_factory.mktemp("go"), "go") as filled:
        yield filled


def test_a_program_is_judged_and_tested(made: Image) -> None:
    work, before = made.program("program", "go.mod", "go.sum"), made.holdings()
    # A blueprint's lock is the cache's, less what its program does not use.
    for words in ("mod tidy", "vet ./...", "test -v ./...", "list -deps honnef.co/go/tools/cmd/staticcheck"):
        outcome = made.run(work, "go", *words.split(), GOCACHE=str(work / ".cache"), CGO_ENABLED="0")
        assert outcome.ok, f"go {words}: {said(outcome)}"
        if words.startswith("test"):
            assert said(outcome).count("--- PASS") == 2
    assert made.holdings() == before


def test_what_it_does_not_hold_is_not_fetched(made: Image) -> None:
    work = made.program("stranger", "go.mod", "go.sum")
    (work / "more.go").write_text('package tiny\n\nimport _ "github.com/google/uuid"\n')
    outcome = made.run(work, "go", "mod", "tidy", GOCACHE=str(work / ".cache"))
    assert outcome.exit_code == 1
    assert "github.com/google/uuid: module lookup disabled by GOPROXY=off" in said(outcome)
