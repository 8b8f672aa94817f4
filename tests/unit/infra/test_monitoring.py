"""Alerts, workbook and dashboard ask for what the program sends, and get every resource id put in."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.telemetry.names import FACTS, METRICS

ROOT = Path(__file__).resolve().parents[3]
MONITOR = ROOT / "infra-bicep" / "monitor"
KNOWN = {metric.name: metric for metric in METRICS}
RULE = {"name", "title", "advice", "severity", "every", "window", "operator", "threshold", "query"}
MINUTES = {"PT5M": 5, "PT10M": 10, "PT15M": 15, "PT30M": 30, "PT1H": 60}


def alerts() -> list[dict[str, Any]]:
    return json.loads((MONITOR / "alerts.json").read_text())


def workbook() -> dict[str, Any]:
    return json.loads((MONITOR / "workbook.json").read_text())["variables"]["content"]


def dashboard() -> list[dict[str, Any]]:
    return json.loads((MONITOR / "dashboard.json").read_text())


def queries() -> Iterator[tuple[str, str]]:
    """Where a query is, and its text."""
    for rule in alerts():
        yield f"alert {rule['name']}", "\n".join(rule["query"])
    for item in workbook()["items"]:
        if item["type"] == 3:
            yield f"workbook {item['name']}", item["content"]["query"]
    for part in dashboard()[0]["parts"]:
        given = {entry["name"]: entry.get("value") for entry in part["metadata"]["inputs"] if "name" in entry}
        if "Query" in given:
            yield f"dashboard {given['PartTitle']}", given["Query"]


def complaints(query: str) -> list[str]:
    """Metrics and dimensions that the program does not send."""
    names = re.findall(r"'(qlf\.[a-z_.]+)'", re.sub(r"Properties\['[^']+'\]", "", query))
    dimensions = re.findall(r"Properties\['([^']+)'\]", query)
    allowed = {attribute for name in names if name in KNOWN for attribute in KNOWN[name].attributes}
    if not names:
        allowed = {f"qlf.{fact}" for fact in FACTS}
    return [f"no metric {name}" for name in names if name not in KNOWN] + [f"no dimension {d}" for d in dimensions if d not in allowed]


@pytest.mark.parametrize(("place", "query"), list(queries()), ids=lambda value: value if "\n" not in value else "")
def test_every_query_asks_for_what_is_sent(place: str, query: str) -> None:
    assert complaints(query) == []
    table = query.split("\n", maxsplit=1)[0].removeprefix("union ").split(", ")
    assert set(table) <= {"AppMetrics", "AppRequests", "AppDependencies", "AppExceptions", "AzureMetrics", "ContainerAppSystemLogs"}
    if "AppMetrics" in table:
        assert "where Name " in query


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("AppMetrics\n| where Name == 'qlf.run.change'", ["no metric qlf.run.change"]),
        ("AppMetrics\n| where Name == 'qlf.run.changes'\n| summarize sum(Sum) by tostring(Properties['state'])", ["no dimension state"]),
        ("AppRequests\n| project Properties['qlf.brief']", ["no dimension qlf.brief"]),
    ],
)
def test_a_name_that_nobody_sends_is_found(query: str, told: list[str]) -> None:
    assert complaints(query) == told


def test_alert_rules_are_whole() -> None:
    rules = alerts()
    assert len({rule["name"] for rule in rules}) == len(rules) >= 10
    for rule in rules:
        assert set(rule) == RULE, rule["name"]
        assert re.fullmatch(r"[a-z-]{3,40}", rule["name"])
        assert rule["severity"] in range(4)
        assert MINUTES[rule["every"]] <= MINUTES[rule["window"]]
        assert rule["operator"] in {"GreaterThan", "GreaterThanOrEqual", "LessThan"}
        assert rule["query"][-1].startswith("| summarize Value = "), rule["name"]  # the column that the template measures
        assert len(rule["advice"]) > 60, rule["name"]


def test_the_advice_of_alerts_leads_to_pages_and_scripts_that_are_there() -> None:
    for rule in alerts():
        for path in re.findall(r"(?:docs/azure/[a-z]+\.md|scripts/[a-z_]+\.(?:py|sh))", rule["advice"]):
            assert (ROOT / path).is_file(), f"{rule['name']}: {path}"


def test_a_missing_heartbeat_is_noticed_by_a_query_that_answers_when_there_is_nothing() -> None:
    rule = next(rule for rule in alerts() if rule["name"] == "heartbeat-missing")
    assert rule["query"] == ["AppMetrics", "| where Name == 'qlf.heartbeat'", "| summarize Value = count()"]  # one row, also of none
    assert (rule["operator"], rule["threshold"]) == ("LessThan", 1)
    assert MINUTES[rule["window"]] > 2 * 5  # two beats may be late


def test_the_template_puts_every_resource_id_in() -> None:
    boards = (ROOT / "infra-bicep" / "modules" / "boards.bicep").read_text()
    assert set(re.findall(r"__[A-Z]+__", (MONITOR / "dashboard.json").read_text())) == set(re.findall(r"'(__[A-Z_]+__)'", boards))
    (resource,) = json.loads((MONITOR / "workbook.json").read_text())["resources"]
    assert set(re.findall(r"__[A-Z]+__", json.dumps(workbook()))) == set(
        re.findall(r"__[A-Z]+__", resource["properties"]["serializedData"])
    )


def test_no_text_of_the_workbook_is_taken_for_an_expression() -> None:
    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from texts(child)

    assert not [text for text in texts(workbook()) if text.startswith("[")]  # Azure Resource Manager would evaluate it


def test_the_pieces_of_the_dashboard_do_not_overlap() -> None:
    def overlaps(parts: list[dict[str, Any]]) -> bool:
        cells = [
            (x, y)
            for p in (part["position"] for part in parts)
            for x in range(p["x"], p["x"] + p["colSpan"])
            for y in range(p["y"], p["y"] + p["rowSpan"])
        ]
        return len(cells) != len(set(cells))

    parts = dashboard()[0]["parts"]
    assert not overlaps(parts)
    moved = copy.deepcopy(parts)
    moved[1]["position"] = moved[0]["position"]
    assert overlaps(moved)


def test_the_workbook_shows_every_group_of_metrics() -> None:
    text = "\n".join(query for place, query in queries() if place.startswith("workbook"))
    for group in ("qlf.run.", "qlf.gate.", "qlf.activity.", "qlf.repair.", "qlf.capsules", "qlf.previews.", "qlf.http."):
        assert group in text
    assert "Properties['route']" in text  # the portal sees one function, the route tells them apart
