"""docs/azure: links lead somewhere, and numbers that the template decides are those of the template."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from bicep_reader import Bicep, said

from cli.app import root

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted((ROOT / "docs" / "azure").glob("*.md"))
MAIN = Bicep(ROOT / "infra-bicep" / "main.bicep")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_names_of_files_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (page.parent / target).exists(), target
    for path in re.findall(r"`((?:scripts|infra-bicep|tests|shared|\.github)/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path


def test_the_overview_leads_to_every_page() -> None:
    overview = (ROOT / "docs" / "azure" / "README.md").read_text()
    assert {page.name for page in PAGES} - {"README.md"} <= set(re.findall(r"\]\(([\w-]+\.md)\)", overview))


@pytest.mark.parametrize(
    ("expression", "rows"),
    [
        (r"maxSessions: prod \? 50 : 10", ["at most 10, none waiting", "`maxConcurrentSessions`: 10 in dev, 50 in prod"]),
        (r"readySessions: prod \? 2 : 0", ["at most 50, 2 waiting"]),
        (r"maximumInstanceCount: prod \? 100 : 40", ["2 GB instances, at most 40", "4 GB, at most 100"]),
        (r"alwaysReadyDurable: prod \? 2 : 1", ["1 always ready for the hub", "2 always ready, zone-redundant"]),
        (r"instanceMemoryMB: prod \? 4096 : 2048", ["2 GB instances, at most 40", "4 GB, at most 100"]),
        (r"capacityUnits: prod \? 3 : 1", ["Dedicated, 3 units"]),
        (r"retentionDays: prod \? 90 : 30", ["30 days, 1 GB a day at most", "90 days, 10 GB a day at most"]),
        (r"deletedDays: prod \? 30 : 7", ["kept 7 days (dev) or 30 (prod)"]),
        (r"maxThroughput: 1000", ["autoscale to 1,000 RU/s per container"]),
    ],
)
def test_what_the_pages_say_of_sizes_is_what_the_template_sets(expression: str, rows: list[str]) -> None:
    assert re.search(expression, said(MAIN.root)), expression
    pages = "\n".join(page.read_text() for page in PAGES)
    for row in rows:
        assert row in pages, row


def test_the_arithmetic_of_the_scale_page_is_right() -> None:
    text = (ROOT / "docs" / "azure" / "scale.md").read_text()
    activities = [int(n) for n in re.findall(r"61: (\d+) `transition`, (\d+) `run_gate`, (\d+) `generate`", text)[0]]
    assert sum(activities) + 5 == 61
    actions = 61 * 2 + 6 * 2 + 1
    assert f"**{actions} for the run**" in text
    assert f"500 / {actions} = {500 / actions:.1f} such runs a second, or {round(500 / actions * 3600, -2):,.0f} an hour" in text
    assert f"50 / (19 x 10) = {50 / 190:.2f} runs a\n  second, about {round(50 / 190 * 3600, -1):.0f} an hour" in text


VERIFY = (ROOT / "docs" / "azure" / "verify.md").read_text()
STEPS = [int(number) for number in re.findall(r"^(\d+)\. ", VERIFY, re.M)]


def test_the_steps_of_verify_are_numbered_without_a_gap_and_take_ten_minutes() -> None:
    assert list(range(1, len(STEPS) + 1)) == STEPS
    assert sum(int(minutes) for minutes in re.findall(r"^## .*\((\d+) minutes?\)$", VERIFY, re.M)) == 10


def test_every_adapter_of_azure_has_its_steps() -> None:
    rows = dict(re.findall(r"^\| (.+) \| ([\d, ]+) \|$", VERIFY, re.M))
    assert {int(number) for numbers in rows.values() for number in numbers.split(", ")} <= set(STEPS)
    named = {path for row in rows for path in re.findall(r"`([\w./-]+)`", row)}
    folders = [ROOT / "shared" / "stores" / "azure", ROOT / "shared" / "preview", ROOT / "shared" / "telemetry"]
    found = {path.relative_to(ROOT).as_posix() for path in folders[0].glob("*.py")} - {
        f"shared/stores/azure/{helper}.py" for helper in ("__init__", "access", "loop", "blobservice", "busservice")
    }
    found |= {
        f"{path.parent.relative_to(ROOT).as_posix()}/"
        for folder in folders
        for path in folder.glob("*/__init__.py")
        if "azure" in path.parts
    }
    found |= {"shared/runner/sessions.py", "api/identity/", "cli/identity/"}
    assert found <= named


def test_shell_of_verify_can_be_read() -> None:
    block = re.findall(r"```sh\n(.*?)```", VERIFY, re.S)[0]
    commands = re.findall(r"`((?:curl|az|for|link|run|capsule|logs|\./qlf|\.venv)[^`]+)`", VERIFY)
    assert len(commands) > 15
    for text in [block, *(command.replace("…", "x") for command in commands)]:
        done = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, check=False)
        assert done.returncode == 0, (text, done.stderr)


def test_every_option_of_a_script_that_the_pages_name_is_one() -> None:
    for page in PAGES:
        for script, call in re.findall(r"\.venv/bin/python (scripts/\w+\.py)([^`\n]*)", page.read_text()):
            help_ = subprocess.run([sys.executable, script, "--help"], cwd=ROOT, text=True, capture_output=True, check=True).stdout
            assert set(re.findall(r"--[a-z-]+", call)) <= set(re.findall(r"--[a-z-]+", help_)), (page.name, call)


def test_every_option_of_qlf_that_verify_names_is_one() -> None:
    for command in re.findall(r"`\./qlf ([^`]+)`", VERIFY):
        found: click.Command = root
        for word in command.split():
            if isinstance(found, click.Group):
                named = found.get_command(click.Context(found), word)
                assert named is not None, command
                found = named
        options = set(re.findall(r"--[a-z-]+", command))
        assert options <= {name for parameter in found.params for name in parameter.opts}, command
