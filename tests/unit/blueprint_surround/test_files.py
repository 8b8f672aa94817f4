"""What surrounds an application: complete, the same each time, plain text, and clean before any tool has touched it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from surround import IRS, ROOT, SURROUND, entity, f, files_of, ir, made, written

from shared.model import IR, ComponentName

RELOCK = ROOT / "scripts" / "relock_blueprints.py"
RUFF = Path(sys.executable).parent / "ruff"
LOCKS = ROOT / "blueprints" / "fastapi" / "locks"


@pytest.fixture(params=IRS)
def brief(request: pytest.FixtureRequest) -> IR:
    return IRS[request.param]


def test_everything_that_is_promised_is_there(brief: IR) -> None:
    paths = {file.path for component in SURROUND for file in made(component, brief).files}
    assert paths >= {
        ".dockerignore",
        ".editorconfig",
        ".env.example",
        ".github/dependabot.yml",
        ".github/workflows/ci.yml",
        ".gitignore",
        "Dockerfile",
        "Makefile",
        "README.md",
        "build.sh",
        "compose.yaml",
        "docs/api.md",
        "docs/architecture.md",
        "docs/operations.md",
        "pyproject.toml",
        "requirements.txt",
        "requirements-dev.txt",
        "tests/conftest.py",
        "tests/resources.py",
        "tests/test_accounts.py",
        "tests/test_health.py",
        "tests/test_logs.py",
        "tests/test_middleware.py",
        "tests/test_migrations.py",
        "tests/test_openapi.py",
        "tests/test_paging.py",
        "tests/test_permissions.py",
        "tests/test_properties.py",
        "tests/test_security.py",
        "tests/test_settings.py",
    }


def test_two_agents_never_write_the_same_file(brief: IR) -> None:
    paths = [file.path for component in SURROUND for file in made(component, brief).files]
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize("component", SURROUND)
def test_same_brief_gives_the_same_bytes(brief: IR, component: ComponentName) -> None:
    again = IR.model_validate(json.loads(json.dumps(brief.to_json())))
    assert made(component, brief) == made(component, again)


@pytest.mark.parametrize("component", SURROUND)
def test_files_are_plain_text_that_ends_in_one_line_feed(brief: IR, component: ComponentName) -> None:
    for path, content in files_of(component, brief).items():
        assert "\r" not in content, path
        assert content.isascii(), path
        assert content.endswith("\n"), path
        assert not content.endswith("\n\n"), path
        assert not re.search(r"[ \t]+$", content, re.M), path


@pytest.mark.parametrize("component", SURROUND)
def test_no_template_mark_and_no_unfinished_word_is_left(brief: IR, component: ComponentName) -> None:
    for path, content in files_of(component, brief).items():
        text = content.replace("${{ matrix.python }}", "")
        assert (
            not re.search(r"\{\{|\{%|%\}|__package__|TODO|FIXME|NotImplemented", text.replace("7 * 7", "")) or "{{ 7 * 7 }}" in content
        ), path


def test_only_scripts_are_executable(brief: IR) -> None:
    modes = {file.path: file.mode for component in SURROUND for file in made(component, brief).files}
    assert [path for path, mode in modes.items() if mode == "0755"] == ["build.sh"]


def test_locks_are_handed_over_byte_for_byte(brief: IR) -> None:
    files = files_of("devops", brief)
    for name in ("requirements.txt", "requirements-dev.txt", "requirements.in", "requirements-dev.in"):
        assert files[name] == (LOCKS / name).read_text()


def test_every_locked_package_has_a_version_and_hashes_and_no_address() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (LOCKS / name).read_text()
        blocks = re.findall(r"^[a-z0-9].*(?:\n    --hash=sha256:[0-9a-f]{64}(?: \\)?)+", text, re.M)
        assert len(blocks) == len(re.findall(r"^[a-z0-9]", text, re.M)) > 20
        assert all("==" in block.partition("\\")[0] for block in blocks)
        assert not re.search(r"https?:|index-url|find-links", text)


def test_development_lock_holds_the_run_time_lock() -> None:
    texts = [(LOCKS / name).read_text() for name in ("requirements.txt", "requirements-dev.txt")]
    pins = [set(re.findall(r"^([a-z0-9-]+(?:\[\w+\])?==\S+)", text, re.M)) for text in texts]
    assert pins[0] < pins[1]


def test_compose_starts_on_postgresql_and_refuses_without_secrets() -> None:
    compose = yaml.safe_load(files_of("devops", IRS["clinic"])["compose.yaml"])
    database, api = compose["services"]["database"], compose["services"]["api"]
    assert database["healthcheck"]["test"][1] == "pg_isready"
    assert database["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")
    assert api["environment"]["SECRET_KEY"].startswith("${SECRET_KEY:?")
    assert api["environment"]["ENVIRONMENT"] == "production"
    assert api["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert (api["read_only"], api["cap_drop"]) == (True, ["ALL"])


def test_sqlite_brief_is_composed_without_a_database_server() -> None:
    brief = IRS["clinic"].model_copy(update={"stack": IRS["clinic"].stack.model_copy(update={"database": "sqlite"})})
    files = files_of("devops", brief)
    compose = yaml.safe_load(files["compose.yaml"])
    assert set(compose["services"]) == {"migrate", "api"}
    assert compose["services"]["api"]["environment"]["DATABASE_URL"] == "sqlite:////data/service.db"
    assert "POSTGRES" not in files["compose.yaml"] + files[".env.example"]


def test_image_is_built_by_the_script_and_runs_without_rights(brief: IR) -> None:
    dockerfile = files_of("devops", brief)["Dockerfile"]
    assert dockerfile.count("\nFROM ") == 2
    assert "RUN sh build.sh" in dockerfile
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", dockerfile, re.M)
    assert re.search(r"^HEALTHCHECK .*\n    CMD .*/livez", dockerfile, re.M)
    assert "@sha256" not in dockerfile


def test_script_installs_by_hash_only(brief: IR) -> None:
    script = files_of("devops", brief)["build.sh"]
    assert "--require-hashes --only-binary :all:" in script
    assert subprocess.run(["sh", "-n"], input=script, text=True, check=False).returncode == 0


def test_nothing_that_must_not_leave_the_machine_is_shipped(brief: IR) -> None:
    files = files_of("devops", brief)
    assert {"dist/", ".env", ".venv/"} <= set(files[".gitignore"].split("\n"))
    assert {"*", "dist/", "!src", "!build.sh"} <= set(files[".dockerignore"].split("\n"))
    assert all(line.endswith("=") or line.startswith("#") or not line for line in files[".env.example"].split("\n"))


def test_ci_checks_three_pythons_and_a_real_database(brief: IR) -> None:
    files = files_of("devops", brief)
    jobs = yaml.safe_load(files[".github/workflows/ci.yml"])["jobs"]
    assert jobs["check"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    assert jobs["migrations"]["services"]["database"]["image"].startswith("postgres:")
    steps = [step for job in jobs.values() for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"]) for step in steps)
    watched = {update["package-ecosystem"] for update in yaml.safe_load(files[".github/dependabot.yml"])["updates"]}
    assert watched == {"github-actions", "docker", "pip"}


def test_project_file_asks_for_what_is_promised(brief: IR) -> None:
    project = tomllib.loads(files_of("devops", brief)["pyproject.toml"])
    tool = project["tool"]
    assert project["project"]["requires-python"] == ">=3.11"
    assert set(tool["ruff"]["lint"]["select"]) == {"E", "W", "F", "I", "B", "C4", "UP", "ARG", "T20", "S"}
    assert tool["mypy"]["strict"] is True
    assert tool["pytest"]["ini_options"]["filterwarnings"] == ["error"]
    assert (tool["coverage"]["run"]["branch"], tool["coverage"]["report"]["fail_under"]) == (True, 95)


def test_generated_tests_are_clean_before_any_tool_has_touched_them(brief: IR, tmp_path: Path) -> None:
    written(tmp_path, [made("test", brief), made("devops", brief)])
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run([RUFF, *command, "--no-cache", "tests"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_longest_names_stay_clean(tmp_path: Path) -> None:
    long = "an_extraordinarily_long_name_that_goes_on_and_on_and_never_seems_to_end"
    pascal = "".join(word.capitalize() for word in long.split("_"))
    states = {"field": long, "initial": long, "transitions": [{"from": long, "to": f"{long}_2", "by": [long]}]}
    brief = ir(
        long.replace("_", " "),
        [
            entity(pascal, long, f(long, "enum", enum=[long, f"{long}_2"]), f(f"{long}_too", unique=True), states=states),
            entity(f"{pascal}B", f"{long}_b", f(long)),
        ],
        [
            {"from": pascal, "to": f"{pascal}B", "kind": "one_to_many", "required": True},
            {"from": pascal, "to": f"{pascal}B", "kind": "many_to_many"},
        ],
        [{"name": long, "permissions": [{"entity": pascal, "operations": ["create", "read"], "scope": "own"}]}],
    )
    test_generated_tests_are_clean_before_any_tool_has_touched_them(brief, tmp_path)


def test_what_is_asked_for_with_extras_is_locked_with_them() -> None:
    """Else a pip before 23.3 takes the newest release for `name[extra]` and refuses it: the lock ages within days."""
    lock = (LOCKS / "requirements-dev.txt").read_text()
    assert "\ncoverage[toml]==" in lock  # pytest-cov asks for it so
    assert "\npsycopg[binary]==" in lock
    assert "\npsycopg[binary]==" in (LOCKS / "requirements.txt").read_text()
    assert all("--no-strip-extras" in text for text in (files_of("devops", IRS["clinic"])["Makefile"], RELOCK.read_text()))
