"""Metrics: the table, its page, its feeders, and what Prometheus reads."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from ingestion import python
from prometheus_client.parser import text_string_to_metric_families

from shared.model import ConfigError
from shared.telemetry import exposition, names, record
from tests.recorded import Recorded

ROOT = Path(__file__).resolve().parents[3]
SUFFIX = {"s": "_seconds", "By": "_bytes"}


def prometheus_name(metric: names.Metric) -> str:
    """https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/."""
    return metric.name.replace(".", "_") + SUFFIX.get(metric.unit, "")


def test_names_are_unique_and_in_order() -> None:
    assert len({metric.name for metric in names.METRICS}) == len(names.METRICS)
    assert all(metric.name.startswith(("qlf.", "gen_ai.client.")) for metric in names.METRICS)
    assert all(bool(metric.buckets) == (metric.kind == "histogram") for metric in names.METRICS)


def test_the_page_lists_every_metric_and_no_other() -> None:
    rows = [line for line in (ROOT / "docs" / "metrics.md").read_text().splitlines() if line.startswith("| `")]
    expected = []
    for metric in names.METRICS:
        dimensions = ", ".join(f"`{name}`" for name in metric.attributes) or "none"
        expected.append(
            f"| `{metric.name}` | `{prometheus_name(metric)}` | {metric.kind} | {metric.unit} | {dimensions} | {metric.about} |"
        )
    assert rows == expected


def test_the_page_lists_every_fact() -> None:
    text = (ROOT / "docs" / "metrics.md").read_text()
    assert {name for name in names.FACTS if f"`qlf.{name}`" not in text} == set()


def test_every_metric_has_a_feeder() -> None:
    """Each constant of the table is handed to `record` somewhere in the product."""
    constants = {name for name in vars(names) if isinstance(getattr(names, name), names.Metric)}
    fed = set()
    for path in (p for room in ("activities", "api", "shared") for p in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "record" and node.args:
                fed |= {leaf.attr for leaf in ast.walk(node.args[0]) if isinstance(leaf, ast.Attribute)}
    assert constants - fed == set()
    assert {getattr(names, name) for name in constants} == set(names.METRICS)


def test_before_a_set_up_recording_costs_nothing_and_keeps_nothing() -> None:
    record(names.HEARTBEAT)
    with pytest.raises(ConfigError, match="QLF7150"):
        exposition()


@pytest.mark.parametrize("attributes", [{}, {"status": "completed", "brief": "A clinic."}, {"state": "completed"}])
def test_dimensions_are_those_of_the_table(attributes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"qlf\.run\.changes"):
        record(names.RUN_CHANGES, 1, **attributes)


def test_each_kind_adds_up_in_its_way(recorded: Recorded) -> None:
    for value in (1, 2):
        record(names.GATE_FINDINGS, value, gate="unit", scope="project")
        record(names.PREVIEWS_LIVE, value)
        record(names.ACTIVITY_ACTIVE, value, activity="plan")
        record(names.CAPSULE_SIZE, value)
    record(names.ACTIVITY_ACTIVE, -1, activity="plan")
    assert recorded.points("qlf.gate.findings") == [({"gate": "unit", "scope": "project"}, 3)]
    assert recorded.points("qlf.previews.live") == [({}, 2)]
    assert recorded.points("qlf.activity.active") == [({"activity": "plan"}, 2)]
    assert recorded.points("qlf.capsule.size") == [({}, 2)]


def test_a_dimension_is_never_text_of_a_user(recorded: Recorded) -> None:
    record(names.GATE_FINDINGS, 1, gate="a clinic for Anna", scope=True)
    assert recorded.points("qlf.gate.findings") == [({"gate": "[removed]", "scope": "true"}, 1)]


EXPOSE = """
from shared.wiring import services
services()
from shared.telemetry import exposition, names, record
for metric in names.METRICS:
    record(metric, 1, **dict.fromkeys(metric.attributes, "x"))
text, media_type = exposition()
print(media_type)
print(text.decode())
"""


def test_prometheus_reads_every_metric(tmp_path: Path) -> None:
    done = python(EXPOSE, tmp_path, QLF_METRICS="1")
    assert done.returncode == 0, done.stderr
    media_type, _, text = done.stdout.partition("\n")
    assert media_type == "text/plain; version=0.0.4; charset=utf-8"
    families = {family.name: family for family in text_string_to_metric_families(text)}
    kinds = {"counter": "counter", "histogram": "histogram", "up-down counter": "gauge", "gauge": "gauge"}
    for metric in names.METRICS:
        family = families.pop(prometheus_name(metric))
        assert (family.type, family.documentation) == (kinds[metric.kind], metric.about)
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        assert labels == {name.replace(".", "_") for name in metric.attributes}
        if metric.kind == "histogram":
            bounds = [float(s.labels["le"]) for s in family.samples if s.name.endswith("_bucket")]
            assert bounds == [*metric.buckets, float("inf")]
    assert families == {}
