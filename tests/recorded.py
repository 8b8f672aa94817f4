"""Telemetry that is recorded in this process and taken back afterwards: its spans and metrics, as the SDK gives them out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

from opentelemetry import metrics, trace
from opentelemetry.metrics import _internal as meters
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.telemetry import metering
from shared.telemetry.scrub import Addresses


@dataclass
class Recorded:
    """What was recorded so far."""

    memory: InMemorySpanExporter
    reader: InMemoryMetricReader

    def spans(self) -> dict[str, ReadableSpan]:
        """By name, the last one of each."""
        return {span.name: span for span in self.memory.get_finished_spans()}

    def points(self, name: str) -> list[tuple[dict[str, object], float]]:
        """Attributes and value (of a histogram: count) of every series of a metric."""
        data = self.reader.get_metrics_data()
        found = [m for r in (data.resource_metrics if data else []) for s in r.scope_metrics for m in s.metrics if m.name == name]
        return [(dict(p.attributes or {}), getattr(p, "value", getattr(p, "count", 0))) for m in found for p in m.data.data_points]


@contextmanager
def recording() -> Iterator[Recorded]:
    """The SDK in place of nothing."""
    kept = Recorded(InMemorySpanExporter(), InMemoryMetricReader())
    provider = TracerProvider()
    provider.add_span_processor(Addresses())
    provider.add_span_processor(SimpleSpanProcessor(kept.memory))
    meter = MeterProvider([kept.reader])
    with patch.object(trace, "_TRACER_PROVIDER", provider), patch.object(meters, "_METER_PROVIDER", meter):
        assert metrics.get_meter_provider() is meter
        metering.connect()
        yield kept
        metering.disconnect()
    provider.shutdown()
    meter.shutdown()
