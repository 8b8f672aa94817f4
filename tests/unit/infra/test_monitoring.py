"""Alerts, workbook and dashboard: whole rules, texts that say what the rules do, every resource id put in, every group of metrics shown."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from monitor_reader import (
    EXPORTED,
    MONITOR,
    ROOT,
    alerts,
    board_queries,
    dashboard,
    groups,
    metric_alerts,
    not_shown,
    tiles,
    workbook,
    workbook_queries,
)

from shared.telemetry.names import METRICS

RULE = {"name", "title", "advice", "severity", "every", "window", "operator", "threshold", "query"}
MINUTES = {"PT5M": 5, "PT10M": 10, "PT15M": 15, "PT30M": 30, "PT1H": 60}
SAID = {"ten minutes": 10, "fifteen minutes": 15, "half an hour": 30, "half hour": 30}


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


def misspoken(rules: list[dict[str, Any]]) -> list[str]:
    """Rules whose text speaks of another time than their window."""
    found = []
    for rule in rules:
        for words in re.findall("|".join(SAID), rule["advice"].partition(". Run ")[0].replace(rule["title"], "")):
            if SAID[words] != MINUTES[rule["window"]]:
                found.append(f"{rule['name']}: {words} in a window of {rule['window']}")
    return found


def test_the_text_of_a_rule_speaks_of_its_window() -> None:
    rules = alerts()
    assert misspoken(rules) == []
    next(rule for rule in rules if rule["name"] == "heartbeat-missing")["window"] = "PT30M"
    assert misspoken(rules) == ["heartbeat-missing: ten minutes in a window of PT30M"]


def test_a_missing_heartbeat_is_noticed_by_a_query_that_answers_when_there_is_nothing() -> None:
    rule = next(rule for rule in alerts() if rule["name"] == "heartbeat-missing")
    assert rule["query"] == ["AppMetrics", "| where Name == 'qlf.heartbeat'", "| summarize Value = count()"]  # one row, also of none
    assert (rule["operator"], rule["threshold"]) == ("LessThan", 1)
    beat = 10 / 60 + 1  # a timer of ten seconds, counted up and sent every minute
    assert MINUTES[rule["window"]] > 5 * beat  # some may get lost, and some minutes pass until the workspace has one


def test_a_run_that_hangs_is_noticed() -> None:
    rule = next(rule for rule in alerts() if rule["name"] == "runs-silent")
    assert rule["query"] == ["AppMetrics", "| where Name == 'qlf.runs.silent'", "| summarize Value = max(Sum)"]
    assert (rule["operator"], rule["threshold"]) == ("GreaterThan", 0)
    assert MINUTES[rule["window"]] >= 2 * 5  # the gauge is set every five minutes


def test_refusals_are_counted_in_front_of_the_app_and_in_it() -> None:
    rule = next(rule for rule in alerts() if rule["name"] == "refused-sign-ins")
    (table,) = re.findall(
        r"AppService\w+", (MONITOR.parent / "modules" / "functionapp.bicep").read_text().partition("diagnosticSettings@")[2]
    )
    assert [name for name in (table, "AppRequests") if name not in "\n".join(rule["query"])] == []
    assert rule["query"][0] == "union isfuzzy=true"  # a table without a row yet may not be there


METRIC_RULE = {"description", "severity", "enabled", "scopes", "evaluationFrequency", "windowSize", "autoMitigate", "criteria", "actions"}


def test_rules_on_metrics_are_whole() -> None:
    (rule,) = metric_alerts()
    properties = rule["properties"]
    assert (rule["type"], rule["location"]) == ("Microsoft.Insights/metricAlerts", "global")
    assert set(properties) == METRIC_RULE
    assert MINUTES[properties["evaluationFrequency"]] <= MINUTES[properties["windowSize"]]
    (criterion,) = properties["criteria"]["allOf"]
    assert properties["criteria"]["odata.type"] == "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria"
    assert (criterion["criterionType"], criterion["metricName"]) == ("StaticThresholdCriterion", "DeadletteredMessages")
    assert criterion["dimensions"] == [{"name": "EntityName", "operator": "Include", "values": ["*"]}]
    assert (criterion["timeAggregation"], criterion["operator"], criterion["threshold"]) == ("Maximum", "GreaterThan", 0)
    assert not {one["name"] for one in alerts()} & {rule["name"]}
    for path in re.findall(r"docs/azure/[a-z]+\.md", properties["description"]):
        assert (ROOT / path).is_file()


def test_platform_metrics_are_known_by_their_names() -> None:
    found = list(tiles())
    assert {place.partition(" ")[0] for place, _, _ in found} == {"alert", "workbook", "dashboard"}
    assert [one for one in found if one[2] not in EXPORTED.get(one[1], {})] == []
    assert {place for place, _, metric in found if metric == "DeadletteredMessages"} >= {"alert dead-letters", "workbook dead-letters"}


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


def sections() -> dict[str, set[str]]:
    """The headings of the workbook and the metrics that the panels below each show."""
    found: dict[str, set[str]] = {}
    shown = {query.place: set(query.metrics()) for query in workbook_queries()}
    title = ""
    for item in workbook()["items"]:
        if item["type"] == 1:
            title = item["content"]["json"].removeprefix("## ")
        found[title] = found.get(title, set()) | shown.get(f"workbook {item['name']}", set())
    return found


def unseen(sections: Mapping[str, set[str]], reasons: Mapping[str, str]) -> list[str]:
    """Groups without a section of their own that shows something of them, and metrics that are neither shown nor explained."""
    everywhere = set().union(*sections.values(), *(query.metrics() for query in board_queries()))
    found = [f"no section shows {title}" for title, metrics in groups().items() if not sections.get(title, set()) & set(metrics)]
    for metric in (name for metrics in groups().values() for name in metrics):
        if (metric in everywhere) == (metric in reasons):
            found.append(f"{metric} is shown, and said not to be" if metric in reasons else f"{metric} is not shown")
    return found


def test_the_groups_of_the_page_are_those_that_operators_ask_for() -> None:
    assert {"Generation", "Model", "Packaging", "Deployment", "Verification", "Host"} <= set(groups())
    assert [name for metrics in groups().values() for name in metrics] == [metric.name for metric in METRICS]


def test_the_workbook_shows_every_group_of_metrics() -> None:
    assert unseen(sections(), not_shown()) == []
    assert "Properties['route']" in "\n".join(query.text for query in workbook_queries())  # the portal sees one function


@pytest.mark.parametrize("group", sorted(groups()))
def test_a_section_that_is_missing_is_found(group: str) -> None:
    left = {title: metrics for title, metrics in sections().items() if title != group}
    assert f"no section shows {group}" in unseen(left, not_shown())


def test_a_metric_that_no_board_shows_needs_a_reason() -> None:
    assert unseen(sections(), {}) == ["qlf.heartbeat is not shown"]
    assert unseen(sections(), {**not_shown(), "qlf.capsules": "why not"}) == ["qlf.capsules is shown, and said not to be"]
