"""The targets by name: how a plan is made for each, and which of the owner's choices it takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cli.deploying.compose import compose
from cli.deploying.container_apps import container_apps
from cli.deploying.kubernetes import kubernetes
from cli.deploying.plan import App, Choices, Plan
from shared.model import InputError

_TARGETS: dict[str, tuple[Callable[[App, Choices], Plan], frozenset[str]]] = {
    "compose": (compose, frozenset()),
    "container-apps": (container_apps, frozenset({"image", "resource_group", "environment", "pull_identity"})),
    "kubernetes": (kubernetes, frozenset({"image", "host", "ingress_class", "issuer"})),
}


def plan_of(target: str, app: App, choices: Choices) -> Plan:
    """What a deployment would do. Raises InputError QLF8072 to QLF8075 where a choice, a value or a file does not do."""
    plan, taken = _TARGETS[target]
    choices.only(target, taken)
    return plan(app, choices)


def read_variables(path: Path | None) -> dict[str, str]:
    """The `NAME=value` lines of a file. Raises InputError QLF8021."""
    if path is None:
        return {}
    from dotenv import dotenv_values

    if not path.is_file():
        raise InputError("QLF8021", f"{path} is not a file")
    return {name: value for name, value in dotenv_values(path, interpolate=False).items() if value}
