"""`qlf deploy --target compose`: what it needs and what it passes on is what the app's own compose.yaml reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from deploy_cases import SECRET, Capsules, Tools
from scripted_service import Qlf

DATABASE = b"services:\n  api:\n    environment:\n"


def test_it_builds_from_the_capsules_sources(qlf: Qlf, capsule: str, env_file: str, tools: Tools) -> None:
    calls = tools("docker")
    called = qlf("deploy", capsule, "--target", "compose", "--env-file", env_file)

    (call,) = calls()
    assert called.code == 0
    assert call["argv"] == ["compose", "--project-name", "clinic", "--env-file", env_file, "up", "--build", "--detach", "--wait"]
    assert {"build.sh", "compose.yaml", "Dockerfile"} <= call["files"].keys()
    assert "the tool speaks" in called.err
    assert "and warns" in called.err
    assert "clinic 0.1.0: deployed to compose" in called.out


@pytest.mark.parametrize(("database", "wanted"), [("postgresql", "POSTGRES_PASSWORD, SECRET_KEY"), ("sqlite", "SECRET_KEY")])
def test_what_compose_would_refuse_to_start_without_is_named(
    qlf: Qlf, capsules: Capsules, *, tools: Tools, tmp_path: Path, database: str, wanted: str
) -> None:
    tools("docker")
    (tmp_path / "a.env").write_text("LOG_LEVEL=INFO\n")
    called = qlf("deploy", capsules(database=database), "--target", "compose", "--env-file", str(tmp_path / "a.env"), "--dry-run", "--json")

    assert (called.code, called.error) == (2, "QLF8073")
    assert called.result["error"]["detail"] == f"missing: {wanted}"


@pytest.mark.parametrize(("line", "wanted"), [
    (b"A: ${TOKEN:?say so}", True), (b"A: ${TOKEN?}", True), (b"A: x-${TOKEN?}-${OTHER:-y}", True),
    (b"A: ${TOKEN:-none}", False), (b"A: ${TOKEN}", False), (b"A: $TOKEN", False), (b"TOKEN:", False),
])  # fmt: skip
def test_only_what_has_no_default_is_wanted(
    qlf: Qlf, capsules: Capsules, env_file: str, tools: Tools, *, line: bytes, wanted: bool
) -> None:
    tools("docker")
    capsule = capsules(files={"compose.yaml": DATABASE + b"      " + line + b"\n"})
    called = qlf("deploy", capsule, "--target", "compose", "--env-file", env_file, "--dry-run", "--json")

    assert called.code == (2 if wanted else 0)
    if wanted:
        assert called.result["error"]["detail"] == "missing: TOKEN"


def test_what_compose_does_not_read_is_said(qlf: Qlf, capsule: str, env_file: str, tools: Tools) -> None:
    tools("docker")
    with Path(env_file).open("a") as file:
        file.write("LOG_LEVEL=DEBUG\nADMIN_PASSWORD=long-enough-1234\n")
    called = qlf("deploy", capsule, "--target", "compose", "--env-file", env_file, "--dry-run")

    said = "compose.yaml does not read DATABASE_URL, LOG_LEVEL: no effect here (it brings its own database)"
    assert said in called.err
    assert SECRET not in called.err


@pytest.mark.parametrize("line", [b"A: ${LOG_LEVEL:-INFO}", b"LOG_LEVEL:", b"A: $LOG_LEVEL"])
def test_what_compose_reads_is_not_said(qlf: Qlf, capsules: Capsules, tools: Tools, *, tmp_path: Path, line: bytes) -> None:
    tools("docker")
    (tmp_path / "a.env").write_text("LOG_LEVEL=DEBUG\n")
    capsule = capsules(files={"compose.yaml": DATABASE + b"      " + line + b"\n"})
    called = qlf("deploy", capsule, "--target", "compose", "--env-file", str(tmp_path / "a.env"), "--dry-run", "--json")

    assert called.result["deployment"]["notes"] == []


def test_a_dollar_that_is_escaped_reads_nothing(qlf: Qlf, capsules: Capsules, tools: Tools, tmp_path: Path) -> None:
    tools("docker")
    (tmp_path / "a.env").write_text("LOG_LEVEL=DEBUG\n")
    capsule = capsules(files={"compose.yaml": DATABASE + b"      - A=$${LOG_LEVEL:?no}\n      - B\n"})
    called = qlf("deploy", capsule, "--target", "compose", "--env-file", str(tmp_path / "a.env"), "--dry-run", "--json")

    assert called.result["deployment"]["notes"] == ["compose.yaml does not read LOG_LEVEL: no effect here"]
