"""Reads what operators are told and shown: alert rules, workbook, dashboard, the queries of the page. Tests hold it to what is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.telemetry.names import METRICS

ROOT = Path(__file__).resolve().parents[3]
MONITOR = ROOT / "infra-bicep" / "monitor"
PAGE = ROOT / "docs" / "azure" / "monitoring.md"
KNOWN = {metric.name: metric for metric in METRICS}

APP = {"TimeGenerated", "Type", "Properties", "OperationId", "AppRoleName", "AppRoleInstance"}
COLUMNS: dict[str, set[str]] = {
    "AppMetrics": APP | {"Name", "Sum", "ItemCount", "Max", "Min"},
    "AppRequests": APP | {"Name", "ResultCode", "Success", "DurationMs"},
    "AppDependencies": APP | {"Name", "ResultCode", "Success", "DurationMs", "Target", "Data"},
    "AppExceptions": APP | {"ExceptionType"},
    "AppTraces": APP | {"Message", "SeverityLevel"},
    "AppServiceAuthenticationLogs": {"TimeGenerated", "Type", "StatusCode", "SubStatusCode", "Level", "Message", "Details", "HostName"},
    "ContainerAppSystemLogs": {"TimeGenerated", "Type", "Reason", "Log"},
    "AzureMetrics": {"TimeGenerated", "Type", "ResourceProvider", "MetricName", "Maximum", "Minimum", "Average", "Total", "Count"},
}
"""Tables of the workspace that queries may read, and of their columns those that queries may use.

https://learn.microsoft.com/azure/azure-monitor/reference/tables-index
"""
VALUES = {"Sum", "ItemCount", "Max", "Min"}
EXPORTED: dict[str, dict[str, bool]] = {
    "microsoft.servicebus/namespaces": {
        "AbandonMessage": True, "CompleteMessage": True, "IncomingBytes": True, "IncomingMessages": True, "IncomingRequests": True,
        "OutgoingBytes": True, "OutgoingMessages": True,
        "ActiveConnections": False, "ActiveMessages": False, "DeadletteredMessages": False, "Messages": False, "ScheduledMessages": False,
        "ServerErrors": False, "SuccessfulRequests": False, "ThrottledRequests": False, "UserErrors": False, "Size": False,
    },
    "microsoft.documentdb/databaseaccounts": {"TotalRequestUnits": True, "TotalRequests": True},
    "microsoft.web/sites": {"OnDemandFunctionExecutionCount": True, "AlwaysReadyFunctionExecutionCount": True},
    "microsoft.insights/components": {"requests/count": False, "requests/failed": False},
}  # fmt: skip
"""Platform metrics that boards and rules may name, and whether diagnostic settings bring them into `AzureMetrics` (the column "DS Export").

What is False there is read as a metric only: by a rule on metrics, a metric tile of the workbook, a metric chart of the dashboard.
https://learn.microsoft.com/azure/azure-monitor/reference/metrics-index
"""


@dataclass(frozen=True)
class Query:
    """Where a query is, and its text."""

    place: str
    text: str

    def tables(self) -> set[str]:
        """The tables that it reads: the first word, or those of the union that it begins with."""
        return set(re.findall(r"(?:^|\bunion |\n +\(|, )([A-Z]\w+)", re.split(r"\n\| | \| (?!where .*\))", self.text)[0]))

    def metrics(self) -> list[str]:
        """The metrics of ours that it names."""
        return re.findall(r"'((?:qlf|gen_ai)\.[a-z_.]+)'", re.sub(r"Properties\['[^']+'\]", "", self.text))

    def properties(self) -> list[str]:
        return re.findall(r"Properties\['([^']+)'\]", self.text)

    def columns(self) -> set[str]:
        """The columns that it reads: capitalised words outside texts that it does not name itself."""
        bare = re.sub(r"'[^']*'", "''", self.text)
        own = set(re.findall(r"\b([A-Z]\w*) = ", bare))
        return set(re.findall(r"\b[A-Z]\w*\b", bare)) - own - self.tables()


def alerts() -> list[dict[str, Any]]:
    """The rules on logs."""
    return json.loads((MONITOR / "alerts.json").read_text())


def metric_alerts() -> list[dict[str, Any]]:
    """The rules on platform metrics, as resources."""
    return json.loads((MONITOR / "metric-alerts.json").read_text())["resources"]


def workbook() -> dict[str, Any]:
    return json.loads((MONITOR / "workbook.json").read_text())["variables"]["content"]


def dashboard() -> list[dict[str, Any]]:
    return json.loads((MONITOR / "dashboard.json").read_text())


def queries() -> list[Query]:
    """Those of the rules, the workbook, the dashboard and the page."""
    return [*_of_alerts(), *workbook_queries(), *_of_dashboard(), *_of_page()]


def workbook_queries() -> list[Query]:
    return [Query(f"workbook {item['name']}", item["content"]["query"]) for item in workbook()["items"] if item["type"] == 3]


def board_queries() -> list[Query]:
    """What is shown without asking."""
    return [*workbook_queries(), *_of_dashboard()]


def tiles() -> Iterator[tuple[str, str, str]]:
    """Platform metrics that are read as metrics: place, kind of resource, metric."""
    for item in workbook()["items"]:
        for metric in item["content"]["metrics"] if item["type"] == 10 else ():
            yield f"workbook {item['name']}", metric["namespace"], metric["metric"].removeprefix(f"{metric['namespace']}--")
    for part in dashboard()[0]["parts"]:
        options = part["metadata"].get("settings", {}).get("content", {}).get("options", {})
        for metric in options.get("chart", {}).get("metrics", []):
            yield f"dashboard {options['chart']['title']}", metric["namespace"], metric["name"]
    for rule in metric_alerts():
        for criterion in rule["properties"]["criteria"]["allOf"]:
            yield f"alert {rule['name']}", criterion["metricNamespace"].lower(), criterion["metricName"]


def groups() -> dict[str, list[str]]:
    """The groups of `docs/metrics.md` and the metrics of each."""
    found: dict[str, list[str]] = {}
    section = (ROOT / "docs" / "metrics.md").read_text().partition("## Metrics\n")[2].partition("\n## ")[0]
    for part in section.split("\n### ")[1:]:
        title, _, body = part.partition("\n")
        found[title] = re.findall(r"^\| `([a-z_.]+)`", body, re.M)
    return found


def not_shown() -> dict[str, str]:
    """Metrics that no board shows, and why, as `docs/metrics.md` says."""
    return dict(re.findall(r"^- No board shows `([a-z_.]+)`: (.+)$", (ROOT / "docs" / "metrics.md").read_text(), re.M))


def complaints(query: Query, sent: Mapping[str, set[str]]) -> list[str]:
    """Tables, columns, metrics and dimensions that are not there. `sent`: of a metric the value columns, of a table its properties."""
    tables, metrics = query.tables(), query.metrics()
    found = [f"no table {name}" for name in sorted(tables - COLUMNS.keys())]
    columns = set().union(*(COLUMNS[name] for name in tables & COLUMNS.keys()))
    found += [f"no column {name}" for name in sorted(query.columns() - columns)]
    found += [f"no metric {name}" for name in metrics if name not in KNOWN]
    if "AppMetrics" in tables:
        if not metrics:
            found.append("a query on AppMetrics names its metrics")
        known = [KNOWN[name] for name in metrics if name in KNOWN]
        allowed = {attribute for metric in known for attribute in metric.attributes}
        for column in sorted(query.columns() & VALUES):
            found += [f"a {metric.kind} such as {metric.name} has no {column}" for metric in known if column not in sent[metric.name]]
    else:
        allowed = set().union(*(sent.get(name, set()) for name in tables))
    found += [f"no dimension {name}" for name in query.properties() if name not in allowed]
    return found + [f"{name} does not come into AzureMetrics" for name in _unexported(query)]


def _unexported(query: Query) -> list[str]:
    wanted = re.findall(r"MetricName (?:==|in) \(?((?:'\w+'(?:, )?)+)", query.text)
    names = [name for found in wanted for name in re.findall(r"'(\w+)'", found)]
    return [name for name in names if not any(metrics.get(name) for metrics in EXPORTED.values())]


def _of_alerts() -> list[Query]:
    return [Query(f"alert {rule['name']}", "\n".join(rule["query"])) for rule in alerts()]


def _of_dashboard() -> list[Query]:
    found = []
    for part in dashboard()[0]["parts"]:
        given = {entry["name"]: entry.get("value") for entry in part["metadata"]["inputs"] if "name" in entry}
        if "Query" in given:
            found.append(Query(f"dashboard {given['PartTitle']}", given["Query"]))
    return found


def _of_page() -> list[Query]:
    """The third column of the table of questions; a pipe within a table is escaped."""
    rows = re.findall(r"^\| ([^|]+\?) \| `((?:[^`\\]|\\\|)+)` \|$", PAGE.read_text(), re.M)
    return [Query(f"page {question}", text.replace("\\|", "|")) for question, text in rows]
