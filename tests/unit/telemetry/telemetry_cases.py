"""What telemetry's tests look at: the spans and metrics that a process recorded."""

from __future__ import annotations

from dataclasses import dataclass

from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


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
