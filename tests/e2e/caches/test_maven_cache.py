"""The cache of Maven: a program of Spring Boot is judged, tested and packed from it, without a network."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from image import Image, image, said, why_not

WHY_NOT = why_not("maven")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(WHY_NOT is not None, reason=WHY_NOT or "")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    with image(tmp_path_factory.mktemp("maven"), "maven") as filled:
        yield filled


def test_a_program_is_judged_tested_and_packed(made: Image) -> None:
    work, before = made.program("program", "pom.xml"), made.holdings()
    outcome = made.run(work, "mvn", "--batch-mode", "verify")
    assert outcome.ok, said(outcome)
    assert "Tests run: 2, Failures: 0, Errors: 0, Skipped: 0" in said(outcome)
    assert (work / "target" / "site" / "jacoco" / "jacoco.csv").is_file()
    assert b"BOOT-INF/lib/postgresql-" in (work / "target" / "runner-cache-1.jar").read_bytes()
    assert made.holdings() == before


def test_what_it_does_not_hold_is_not_fetched(made: Image) -> None:
    work = made.program("stranger", "pom.xml")
    stranger = "<dependency><groupId>commons-cli</groupId><artifactId>commons-cli</artifactId><version>1.9.0</version></dependency>"
    manifest = (work / "pom.xml").read_text()
    (work / "pom.xml").write_text(manifest.replace("  <dependencies>", f"  <dependencies>{stranger}", 1))
    outcome = made.run(work, "mvn", "--batch-mode", "verify")
    assert outcome.exit_code == 1
    assert "in offline mode and the artifact commons-cli:commons-cli:jar:1.9.0 has not been downloaded" in said(outcome)
