"""Every query of alerts, boards and the page reads tables, columns, metrics and attributes that arrive: all that can be sent is sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from monitor_reader import COLUMNS, EXPORTED, KNOWN, VALUES, Query, complaints, queries

from tests.unit.telemetry.ingestion import Ingestion, ingestion, python

SEND = """
import logging
from shared.wiring import services
services()
from shared.telemetry import names, record, span
for metric in names.METRICS:
    for value in (2, 5):
        record(metric, value, **dict.fromkeys(metric.attributes, "x"))
with span("request", kind="consumer", **dict.fromkeys(names.FACTS, "x")), span("call", kind="client", **dict.fromkeys(names.FACTS, "x")):
    try:
        raise ValueError("x")
    except ValueError:
        logging.getLogger("qlf.activities").exception("activity failed")
"""
TABLES = {
    "AppRequests": "RequestData",
    "AppDependencies": "RemoteDependencyData",
    "AppTraces": "MessageData",
    "AppExceptions": "ExceptionData",
}
"""Which envelopes become rows of which table."""


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Ingestion:
    """What the exporter of Azure Monitor sends when everything that is known is recorded twice."""
    with ingestion() as taken:
        env = {"QLF_TELEMETRY_EXPORTER": "azure-monitor", "APPLICATIONINSIGHTS_CONNECTION_STRING": taken.connection_string}
        done = python(SEND, tmp_path_factory.mktemp("send") / "home", **env)
    assert done.returncode == 0, done.stderr
    return taken


@pytest.fixture(scope="module")
def sent(endpoint: Ingestion) -> dict[str, set[str]]:
    """Of each metric the columns of `AppMetrics` that mean something, of each table the names in `Properties`.

    https://learn.microsoft.com/azure/azure-monitor/reference/tables/appmetrics: `Sum`, `ItemCount`, `Max`, `Min` are the point's value,
    count, max and min. A count that is not that of the measurements means nothing.
    """
    found: dict[str, set[str]] = {}
    for name in KNOWN:
        (point,) = endpoint.metrics()[name]
        filled = {"Sum": "value" in point, "ItemCount": point["count"] == 2, "Max": "max" in point, "Min": "min" in point}
        found[name] = {column for column, there in filled.items() if there}
    for table, kind in TABLES.items():
        found[table] = {name for envelope in endpoint.of(kind) for name in envelope["data"]["baseData"]["properties"]}
    return found


def test_each_kind_of_metric_fills_its_own_columns(sent: dict[str, set[str]], endpoint: Ingestion) -> None:
    assert KNOWN.keys() <= sent.keys()
    for metric in KNOWN.values():
        assert sent[metric.name] == (VALUES if metric.kind == "histogram" else {"Sum"}), metric.name
        (point,) = endpoint.metrics()[metric.name]
        assert point["properties"].keys() == set(metric.attributes)
        assert point["value"] == (5 if metric.kind == "gauge" else 7)


def test_exceptions_arrive_as_traces_with_their_type_and_places(sent: dict[str, set[str]]) -> None:
    assert sent["AppExceptions"] == set()
    assert {"qlf.exception", "qlf.frames", "qlf.run_id"} <= sent["AppTraces"]


def blind(found: list[Query]) -> list[str]:
    """Where only the exceptions of the host are looked at."""
    return [query.place for query in found if "AppExceptions" in query.tables() and "AppTraces" not in query.tables()]


def test_boards_show_exceptions_of_the_app_too() -> None:
    shown = [query.place.partition(" ")[0] for query in queries() if "AppExceptions" in query.tables()]
    assert {"workbook", "dashboard"} <= set(shown)
    assert blind(queries()) == []
    assert blind([Query("planted", "AppExceptions\n| summarize count() by ExceptionType")]) == ["planted"]


@pytest.mark.parametrize("query", queries(), ids=lambda query: query.place)
def test_every_query_asks_for_what_is_sent(sent: dict[str, set[str]], query: Query) -> None:
    assert query.tables()
    assert complaints(query, sent) == []


def test_no_place_is_without_queries() -> None:
    assert {query.place.partition(" ")[0] for query in queries()} == {"alert", "workbook", "dashboard", "page"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("AppMetrics\n| where Name == 'qlf.run.change'", "no metric qlf.run.change"),
        ("AppMetrics\n| where Name == 'gen_ai.client.tokens'", "no metric gen_ai.client.tokens"),
        ("AppMetrics\n| summarize sum(Sum)", "a query on AppMetrics names its metrics"),
        ("AppMetrics\n| where Name == 'qlf.run.changes'\n| summarize sum(Sum) by tostring(Properties['state'])", "no dimension state"),
        ("AppMetrics\n| where Name == 'qlf.capsules'\n| summarize sum(ItemCount)", "a counter such as qlf.capsules has no ItemCount"),
        ("AppMetrics\n| where Name == 'qlf.previews.live'\n| summarize max(Max)", "a gauge such as qlf.previews.live has no Max"),
        ("AppMetrics\n| where Name == 'qlf.run.duration'\n| summarize max(ValueMax)", "no column ValueMax"),
        ("AppRequests\n| project Properties['qlf.brief']", "no dimension qlf.brief"),
        ("AppDependencies\n| project Properties['error.type']", "no dimension error.type"),
        ("AppExceptions\n| summarize count() by tostring(Properties['qlf.exception'])", "no dimension qlf.exception"),
        ("union AppRequests, AppEvents\n| count", "no table AppEvents"),
        ("AppServiceAuthenticationLogs\n| where ScStatus == 401", "no column ScStatus"),
        (
            "AzureMetrics\n| where MetricName == 'DeadletteredMessages'\n| summarize max(Maximum)",
            "DeadletteredMessages does not come into AzureMetrics",
        ),
        ("AzureMetrics\n| where MetricName in ('IncomingMessages', 'Size')", "Size does not come into AzureMetrics"),
    ],
)
def test_what_nobody_sends_is_found(sent: dict[str, set[str]], text: str, told: str) -> None:
    assert complaints(Query("planted", text), sent) == [told]


def test_what_comes_into_the_workspace_may_be_read_there(sent: dict[str, set[str]]) -> None:
    exported = [name for metrics in EXPORTED.values() for name, known in metrics.items() if known]
    for name in exported:
        assert complaints(Query("good", f"AzureMetrics\n| where MetricName == '{name}'\n| summarize sum(Total)"), sent) == []


def test_the_page_of_the_exporters_has_no_query_left_unread() -> None:
    page = [query for query in queries() if query.place.startswith("page")]
    text = (Path(__file__).resolve().parents[3] / "docs" / "azure" / "monitoring.md").read_text()
    assert len(page) == text.count("? | `")
    assert all(query.tables() <= COLUMNS.keys() for query in page)
