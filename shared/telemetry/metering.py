"""Recording of metrics. Free of cost until a meter is set up: then each metric of the table becomes an instrument."""

from __future__ import annotations

from collections.abc import Callable

from opentelemetry import metrics

from shared.telemetry.facts import safe
from shared.telemetry.names import METRICS, Metric
from shared.telemetry.tracing import SCOPE

Record = Callable[[float, dict[str, str]], None]
_records: dict[str, Record] = {}


def record(metric: Metric, value: float = 1, **attributes: object) -> None:
    """Count `value`, or put it into the histogram. Raises ValueError where the attributes are not exactly those of the table."""
    if attributes.keys() != set(metric.attributes):
        raise ValueError(f"{metric.name} takes {metric.attributes}, not {tuple(attributes)}")
    if found := _records.get(metric.name):
        found(value, {name: _text(given) for name, given in attributes.items()})


def connect() -> None:
    """Make the instruments with the meter provider that is set up now."""
    meter = metrics.get_meter_provider().get_meter(SCOPE)
    _records.update({metric.name: _instrument(meter, metric) for metric in METRICS})


def disconnect() -> None:
    """Record nothing any more."""
    _records.clear()


def _instrument(meter: metrics.Meter, metric: Metric) -> Record:
    if metric.kind == "histogram":
        return meter.create_histogram(metric.name, metric.unit, metric.about, explicit_bucket_boundaries_advisory=metric.buckets).record
    if metric.kind == "gauge":
        return meter.create_gauge(metric.name, metric.unit, metric.about).set
    if metric.kind == "counter":
        return meter.create_counter(metric.name, metric.unit, metric.about).add
    return meter.create_up_down_counter(metric.name, metric.unit, metric.about).add


def _text(value: object) -> str:
    """Dimensions are text everywhere: truth values are `true` and `false`."""
    known = safe(value)
    return str(known).lower() if isinstance(known, bool) else str(known)
