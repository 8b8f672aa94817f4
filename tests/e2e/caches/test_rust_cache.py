"""The cache of Rust: a program of Axum is judged and tested from it, without a network."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from image import PLACE, Image, image, said, why_not

WHY_NOT = why_not("rust")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(WHY_NOT is not None, reason=WHY_NOT or "")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    with image(tmp_path_factory.mktemp("rust"), "rust") as filled:
        yield filled


def test_a_program_is_judged_and_tested(made: Image) -> None:
    work, before = made.program("program"), made.holdings()
    # The cache is the only source, and holds one version of what is named: the lock that cargo makes is the cache's, less what is not used.
    for words in ("test", "fmt --check", "clippy --locked -- --deny warnings"):
        outcome = made.run(work, "cargo", *words.split())
        assert outcome.ok, f"cargo {words}: {said(outcome)}"
        if words == "test":
            assert "test it_checks_a_body ... ok" in said(outcome)
    locked = (PLACE / "caches" / "rust" / "Cargo.lock").read_text().split("[[package]]")
    own = (work / "Cargo.lock").read_text().split("[[package]]")
    assert {_name(entry) for entry in own[1:]} - {_name(entry) for entry in locked} == {'name = "tiny"\nversion = "0.1.0"'}
    assert made.holdings() == before


def test_it_holds_all_that_its_manifest_names(made: Image) -> None:
    """Also what the program leaves out, since it takes minutes to compile."""
    work = made.program("manifest", "Cargo.toml", "Cargo.lock")
    outcome = made.run(work, "cargo", "tree", "--locked", "--prefix", "none")
    assert outcome.ok, said(outcome)
    assert "sqlx-postgres v" in said(outcome)


def test_what_it_does_not_hold_is_not_fetched(made: Image) -> None:
    work = made.program("stranger")
    manifest = (work / "Cargo.toml").read_text()
    (work / "Cargo.toml").write_text(manifest.replace("[dependencies]", '[dependencies]\nclap = "4"'))
    outcome = made.run(work, "cargo", "build")
    assert outcome.exit_code == 101
    assert "no matching package" in said(outcome)
    assert "`clap`" in said(outcome)


def _name(entry: str) -> str:
    return "\n".join(entry.strip().splitlines()[:2])
