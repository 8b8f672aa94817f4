"""On one machine with Docker. What the app is told there is what its compose.yaml reads out of the environment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from cli.deploying.plan import App, Choices, Plan
from cli.deploying.steps import Step

FILE = "compose.yaml"
_REFERENCE = re.compile(r"\$(?:\$|\{?(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<required>:?\?)?)")
"""`$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:?must be set}`; `$$` is a plain `$`:
https://docs.docker.com/reference/compose-file/interpolation/"""


def compose(app: App, choices: Choices) -> Plan:
    """With a database beside it, where the app needs one."""
    read = variables(yaml.safe_load(app.text(FILE)))
    file = choices.need("env_file")
    given = choices.secrets(tuple(sorted(name for name, required in read.items() if required)))
    argv = ["docker", "compose", "--project-name", app.name, "--env-file", file, "up", "--build", "--detach", "--wait"]
    unread = sorted(given.keys() - read.keys())
    note = f"{FILE} does not read {', '.join(unread)}: no effect here" + (
        " (it brings its own database)" if "DATABASE_URL" in unread else ""
    )
    return Plan(
        [Step(argv, "build and start with compose")],
        then="http://127.0.0.1:8000/readyz answers when it is ready",
        notes=(note,) if unread else (),
    )


def variables(document: Any) -> dict[str, bool]:
    """Name -> whether compose refuses to start without it."""
    found: dict[str, bool] = {}
    for text in _texts(document):
        for match in _REFERENCE.finditer(text):
            if match["name"]:
                found[match["name"]] = found.get(match["name"], False) or bool(match["required"])
    for service in ((document or {}).get("services") or {}).values():
        for name in _passed_on(service.get("environment")):
            found.setdefault(name, False)
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _passed_on(environment: Any) -> list[str]:
    """Names without a value take it from where compose runs."""
    if isinstance(environment, dict):
        return [name for name, value in environment.items() if value is None]
    return [entry for entry in environment or [] if "=" not in entry]
