"""`qlf deploy` whatever the target: the check comes first, nothing secret is seen, nothing that is said is dropped, and failures end it."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from deploy_cases import OPTIONS, SECRET, Tools
from scripted_service import Qlf

TOOLS = ("docker", "kubectl", "az")


@pytest.mark.parametrize("target", sorted(OPTIONS))
def test_a_dry_run_shows_the_calls_and_makes_none(qlf: Qlf, capsule: str, env_file: str, tools: Tools, target: str) -> None:
    calls = tools(*TOOLS)
    called = qlf("deploy", capsule, "--target", target, "--env-file", env_file, "--dry-run", "--json", *OPTIONS[target])

    deployment = called.result["deployment"]
    assert calls() == []
    assert (called.code, deployment["target"], deployment["dry_run"]) == (0, target, True)
    for step in deployment["steps"]:
        words = shlex.split(step["command"].partition("=$(")[2] or step["command"], comments=True)
        assert words[0] in TOOLS


@pytest.mark.parametrize("target", sorted(OPTIONS))
def test_a_dry_run_can_be_read_as_a_script(qlf: Qlf, capsule: str, env_file: str, tools: Tools, target: str) -> None:
    tools()
    called = qlf("deploy", capsule, "--target", target, "--env-file", env_file, "--dry-run", *OPTIONS[target])
    made = qlf("deploy", capsule, "--target", target, "--env-file", env_file, "--dry-run", "--json", *OPTIONS[target])

    deployment = made.result["deployment"]
    files = [f"#   {line}" for text in deployment["files"].values() for line in text.splitlines()]
    lines = called.out.splitlines()
    assert [line for line in lines if line.startswith("#   ")] == files
    assert [line for line in lines if line[0] != "#"] == [
        *(step["command"] for step in deployment["steps"]), f"next: {deployment['next']}",
    ]  # fmt: skip
    assert all(note in called.err for note in deployment["notes"])


@pytest.mark.parametrize("target", sorted(OPTIONS))
@pytest.mark.parametrize("dry", [[], ["--dry-run"], ["--json"]])
def test_no_secret_is_said_or_stands_on_a_command_line(
    qlf: Qlf, capsule: str, *, env_file: str, tools: Tools, target: str, dry: list[str]
) -> None:
    calls = tools(*TOOLS)
    called = qlf("deploy", capsule, "--target", target, "--env-file", env_file, *OPTIONS[target], *dry)

    assert called.code == 0
    assert SECRET not in called.out + called.err
    assert not [call for call in calls() if any(SECRET in word for word in call["argv"])]
    assert not [call for call in calls() if any(SECRET in text for text in call["files"].values())]


@pytest.mark.parametrize("target", sorted(OPTIONS))
def test_tools_see_the_capsules_own_bytes(qlf: Qlf, capsule: str, *, env_file: str, tools: Tools, tmp_path: Path, target: str) -> None:
    calls = tools(*TOOLS)
    qlf("deploy", capsule, "--target", target, "--env-file", env_file, *OPTIONS[target])
    beside = qlf("deploy", capsule, "--target", target, "--env-file", env_file, "--json", *OPTIONS[target]).result["deployment"]["files"]
    qlf("extract", capsule, str(tmp_path / "out"))

    source = tmp_path / "out" / "source"
    mine = {str(path.relative_to(source)): path.read_text() for path in source.rglob("*") if path.is_file()}
    assert calls()
    assert all(call["files"] == mine | beside for call in calls())
    assert not mine.keys() & beside.keys()
    assert not [call for call in calls() if Path(call["cwd"]).exists()]


@pytest.mark.parametrize("target", sorted(OPTIONS))
@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_a_capsule_that_does_not_verify_is_not_deployed(
    qlf: Qlf, capsule: str, *, env_file: str, tools: Tools, target: str, dry: list[str]
) -> None:
    calls = tools(*TOOLS)
    data = bytearray(Path(capsule).read_bytes())
    data[len(data) // 2] ^= 1
    Path(capsule).write_bytes(bytes(data))
    called = qlf("deploy", capsule, "--target", target, "--env-file", env_file, *OPTIONS[target], "--json", *dry)

    assert called.code == 6
    assert called.error.startswith("QLF5")
    assert calls() == []


def test_a_capsule_of_an_unknown_signer_is_not_deployed(qlf: Qlf, capsule: str, env_file: str, tools: Tools, home: Path) -> None:
    calls = tools("docker")
    for key in home.rglob("*.pub*"):
        key.unlink()
    for bundle in Path(capsule).parent.glob("*.provenance.sigstore.json"):
        bundle.unlink()
    called = qlf("deploy", capsule, "--target", "compose", "--env-file", env_file)

    assert called.code == 6
    assert calls() == []


def test_a_missing_tool_is_told_before_anything_happens(qlf: Qlf, capsule: str, env_file: str, tools: Tools) -> None:
    tools()
    called = qlf("deploy", capsule, "--target", "compose", "--env-file", env_file, "--json")

    assert (called.code, called.error) == (4, "QLF8070")


def test_a_step_that_fails_ends_the_deployment_there(qlf: Qlf, capsule: str, env_file: str, tools: Tools) -> None:
    calls = tools("kubectl", code=3)
    called = qlf("deploy", capsule, "--target", "kubernetes", "--env-file", env_file, *OPTIONS["kubernetes"], "--json")

    assert (called.code, called.error) == (4, "QLF8071")
    assert len(calls()) == 1
    assert "the tool speaks" in called.err


@pytest.mark.parametrize(("target", "options"), [
    ("compose", []), ("kubernetes", []), ("kubernetes", ["--image", "name"]), ("kubernetes", ["--image", "host:5000/name"]),
    ("container-apps", ["--image", "name:1"]), ("container-apps", ["--image", "r.io/n@sha256:00"]),
    ("container-apps", ["--image", "r.io/n"]), ("container-apps", ["--image", "r.io/n:1"]),
])  # fmt: skip
def test_what_is_missing_is_named(qlf: Qlf, capsule: str, *, env_file: str, tools: Tools, target: str, options: list[str]) -> None:
    tools(*TOOLS)
    more = ["--env-file", env_file] if options or target == "kubernetes" else []
    called = qlf("deploy", capsule, "--target", target, *options, *more, "--json")

    assert (called.code, called.error) == (2, "QLF8072")


@pytest.mark.parametrize(("target", "option"), [
    ("compose", "--image"), ("compose", "--host"), ("compose", "--resource-group"), ("container-apps", "--host"),
    ("container-apps", "--issuer"), ("kubernetes", "--environment"), ("kubernetes", "--pull-identity"),
])  # fmt: skip
def test_an_option_that_means_nothing_to_a_target_is_not_dropped(
    qlf: Qlf, capsule: str, *, env_file: str, tools: Tools, target: str, option: str
) -> None:
    tools(*TOOLS)
    called = qlf("deploy", capsule, "--target", target, "--env-file", env_file, *OPTIONS[target], option, "x", "--json", "--dry-run")

    assert (called.code, called.error) == (2, "QLF8072")
    assert option in called.result["error"]["detail"]


@pytest.mark.parametrize("target", sorted(OPTIONS))
@pytest.mark.parametrize("text", ["", "SECRET_KEY=\n", "DATABASE_URL=sqlite:///x\n", "no equals sign here\n\x01=\n"])
def test_a_value_that_the_app_cannot_do_without_is_named(
    qlf: Qlf, capsule: str, *, tools: Tools, tmp_path: Path, target: str, text: str
) -> None:
    tools(*TOOLS)
    file = tmp_path / "empty.env"
    file.write_text(text)
    called = qlf("deploy", capsule, "--target", target, "--env-file", str(file), *OPTIONS[target], "--json", "--dry-run")

    assert (called.code, called.error) == (2, "QLF8073")
    assert "SECRET_KEY" in called.result["error"]["detail"]
