"""What the template decides about cost, read from the files that decide it: sizes, tiers, how many of what.

Not a Bicep compiler: it reads the dialect that the files keep to (docs/azure/deploy.md), ternaries on one line. A value that it cannot
read is left out, and a formula that needs it fails by name.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from scripts.costing import Failed
from scripts.costing.meters import Fact

Scope = Mapping[str, str]
_TERNARY = re.compile(r"(.+?) \? (.+?) : (.+)")
_CRON = re.compile(r"(?:\*/(\d+) \*|0 \*/(\d+)) \* \* \* \*")
_MONTH = 730 * 3600


def facts(root: Path, environment: str, private: bool | None = None) -> dict[str, Fact]:
    """`module.parameter` -> value, for what main.bicep hands to its modules in an environment, and counts of things in other files.

    `private` decides over privateNetworking; None leaves it to the environment.
    """
    infra = root / "infra-bicep"
    main = read(infra / "main.bicep")
    scope = {**defaults(main), **given(infra / "env" / f"{environment}.parameters.json")}
    if private is not None:
        scope["privateNetworking"] = str(private).lower()
    found = dict(_handed(main, scope))
    found["privateNetworking"] = _needed(scope, "privateNetworking")
    return found | _counts(root, main) | _timers(read(root / "function_app.py"))


def location(root: Path, environment: str) -> str:
    """The region of an environment."""
    place = given(root / "infra-bicep" / "env" / f"{environment}.parameters.json").get("location", "")
    return place.strip("'")


def read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise Failed(f"{path} cannot be read: {error.strerror}") from error


def defaults(main: str) -> dict[str, str]:
    """Name -> expression, of the parameters that have a default and of the variables."""
    return dict(re.findall(r"^param (\w+) \w+ = (.+)$", main, re.M)) | dict(re.findall(r"^var (\w+) = (.+)$", main, re.M))


def given(path: Path) -> dict[str, str]:
    """Name -> literal, as Bicep would write it, of a parameters file."""
    values = {name: body["value"] for name, body in json.loads(read(path))["parameters"].items()}
    return {name: f"'{value}'" if isinstance(value, str) else json.dumps(value) for name, value in values.items()}


def value(expression: str, scope: Scope, depth: int = 0) -> Fact | None:
    """What an expression comes to, or None when it is none of those that are read."""
    text = expression.strip()
    if depth > 20:
        return None
    if ternary := _TERNARY.fullmatch(text):
        chosen = value(ternary[1], scope, depth + 1)
        return value(ternary[2 if chosen else 3], scope, depth + 1) if isinstance(chosen, bool) else None
    if compared := re.fullmatch(r"(\w+) == ('[^']*')", text):
        said = value(compared[1], scope, depth + 1)
        return None if said is None else said == compared[2][1:-1]
    if asked := re.fullmatch(r"empty\((\w+)\)", text):
        said = value(asked[1], scope, depth + 1)
        return said == "" if isinstance(said, str) else None
    if text.startswith("!"):
        denied = value(text[1:], scope, depth + 1)
        return not denied if isinstance(denied, bool) else None
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"\d+", text):
        return Decimal(text)
    if re.fullmatch(r"'[^'$]*'", text):
        return text[1:-1]
    return value(scope[text], scope, depth + 1) if text in scope else None


def _handed(main: str, scope: Scope) -> Iterator[tuple[str, Fact]]:
    for module, body in re.findall(r"^module \w+ 'modules/([\w/]+)\.bicep' = [^{]*\{\n(.*?)^\}", main, re.M | re.S):
        for name, expression in re.findall(r"^    (\w+): (.+)$", body, re.M):
            found = value(expression, scope)
            if found is not None:
                yield f"{module}.{name}", found


def _needed(scope: Scope, name: str) -> Fact:
    found = value(name, scope)
    if found is None:
        raise Failed(f"main.bicep gives {name} no default that can be read")
    return found


def _counts(root: Path, main: str) -> dict[str, Fact]:
    infra = root / "infra-bicep"
    zones = json.loads(read(infra / "network" / "private-dns.json"))["variables"]["zones"]
    doors = re.findall(
        r"^module \w+ '../network/registry-dns.json'", read(infra / "modules" / "previews.bicep"), re.M
    )  # an endpoint, a zone
    rules = Counter(rule["every"] for rule in json.loads(read(infra / "monitor" / "alerts.json")))
    if strange := sorted(set(rules) - {"PT5M", "PT15M"}):
        raise Failed(f"monitor/alerts.json has rules that look every {', '.join(strange)}: meters.json has no meter for them")
    sessions = re.findall(r"^ +cpu: (\d+)$", read(infra / "modules" / "sessions.bicep"), re.M)
    if len(sessions) != 1:
        raise Failed("modules/sessions.bicep does not say how many cores a session has")
    metrics = [
        one
        for rule in json.loads(read(infra / "monitor" / "metric-alerts.json"))["resources"]
        for one in rule["properties"]["criteria"]["allOf"]
    ]
    return {
        "alerts.metrics": Decimal(len(metrics)),
        "alerts.rules_5": Decimal(rules["PT5M"]),
        "alerts.rules_15": Decimal(rules["PT15M"]),
        "cosmos.containers": Decimal(len(re.findall(r"/sqlDatabases/containers@", read(infra / "modules" / "cosmos.bicep")))),
        "network.endpoints": Decimal(len(re.findall(r"^ +group: '", main, re.M)) + len(doors)),
        "network.zones": Decimal(len(zones) + len(doors)),
        "sessions.cpu": Decimal(sessions[0]),
    }


def _timers(program: str) -> dict[str, Fact]:
    schedules = re.findall(r'timer_trigger\(.*schedule="([^"]+)"', program)
    calls = Decimal(0)
    for schedule in schedules:
        every = _CRON.fullmatch(schedule)
        if every is None:
            raise Failed(f"function_app.py has a timer whose schedule is not understood: {schedule}")
        calls += Decimal(_MONTH) / (int(every[1]) if every[1] else 60 * int(every[2]))
    return {"app.timers": Decimal(len(schedules)), "app.timer_calls": calls}
