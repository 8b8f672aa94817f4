"""From OpenTelemetry's ended spans and collected metrics to OpenCensus's exporters. Imports both; only the legacy exporter imports it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from opencensus.ext.azure.metrics_exporter import MetricsExporter
from opencensus.ext.azure.trace_exporter import AzureExporter
from opencensus.metrics.export import metric, metric_descriptor, point, time_series, value
from opencensus.metrics.label_key import LabelKey
from opencensus.metrics.label_value import LabelValue
from opencensus.trace import link as links
from opencensus.trace import span_context, span_data, status
from opentelemetry import trace
from opentelemetry.sdk.metrics.export import HistogramDataPoint, MetricExporter, MetricExportResult, MetricsData
from opentelemetry.sdk.metrics.export import Metric as Measured
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

_RENAMED = {"http.request.method": "http.method", "http.response.status_code": "http.status_code", "url.path": "http.path"}
_KINDS = {trace.SpanKind.SERVER: 1, trace.SpanKind.CLIENT: 2}  # what is neither keeps its name only as a step inside the process
_UNKNOWN = 2  # https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto


class Spans(SpanExporter):
    """Ended spans, each as OpenCensus names its parts."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._exporter = AzureExporter(**options)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send; what cannot be sent now is spooled where a spool was given, else dropped."""
        self._exporter.emit([data for span in spans if (data := _span(span)) is not None])
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Stop the exporter's threads."""
        self._exporter._stop(0)


class Metrics(MetricExporter):
    """Collected metrics, one series per set of attributes."""

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__()
        self._exporter = MetricsExporter(**options)

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **_: Any) -> MetricExportResult:  # noqa: ARG002
        """Send all series of all metrics."""
        found = [m for r in metrics_data.resource_metrics for s in r.scope_metrics for m in s.metrics]
        self._exporter.export_metrics([series for one in found for series in _series(one)])
        return MetricExportResult.SUCCESS

    def force_flush(self, timeout_millis: float = 10_000) -> bool:  # noqa: ARG002
        """Nothing is held back."""
        return True

    def shutdown(self, timeout_millis: float = 30_000, **_: Any) -> None:  # noqa: ARG002
        """Stop the exporter's threads."""
        self._exporter.shutdown()


def _span(span: ReadableSpan) -> span_data.SpanData | None:
    if span.context is None:
        return None
    attributes = {_RENAMED.get(name, name): given for name, given in (span.attributes or {}).items()}
    failed = span.status.status_code is trace.StatusCode.ERROR
    return span_data.SpanData(
        name=span.name,
        context=span_context.SpanContext(trace_id=trace.format_trace_id(span.context.trace_id)),
        span_id=trace.format_span_id(span.context.span_id),
        parent_span_id=trace.format_span_id(span.parent.span_id) if span.parent else None,
        attributes=attributes,
        start_time=_moment(span.start_time),
        end_time=_moment(span.end_time),
        child_span_count=None, stack_trace=None, annotations=[], message_events=[],
        links=[links.Link(trace.format_trace_id(x.context.trace_id), trace.format_span_id(x.context.span_id)) for x in span.links],
        status=status.Status(_UNKNOWN if failed else 0),
        same_process_as_parent_span=None,
        span_kind=_KINDS.get(span.kind, 0),
    )  # fmt: skip


def _series(measured: Measured) -> Iterator[metric.Metric]:
    for data in measured.data.data_points:
        labels = {name: str(given) for name, given in sorted((data.attributes or {}).items())}
        at = datetime.fromtimestamp(data.time_unix_nano / 1e9, UTC).replace(tzinfo=None)
        if isinstance(data, HistogramDataPoint):
            yield _one(f"{measured.name}.count", measured, data.count, labels, at)
            yield _one(f"{measured.name}.sum", measured, data.sum, labels, at)
        else:
            yield _one(measured.name, measured, getattr(data, "value", 0), labels, at)


def _one(name: str, measured: Measured, number: float, labels: dict[str, str], at: datetime) -> metric.Metric:
    kind = metric_descriptor.MetricDescriptorType.GAUGE_DOUBLE
    keys = [LabelKey(key, "") for key in labels]
    described = metric_descriptor.MetricDescriptor(name, measured.description or "", measured.unit or "1", kind, keys)
    points = [point.Point(value.ValueDouble(float(number)), at)]
    return metric.Metric(described, [time_series.TimeSeries([LabelValue(text) for text in labels.values()], points, None)])


def _moment(nanoseconds: int | None) -> str:
    return datetime.fromtimestamp((nanoseconds or 0) / 1e9, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
