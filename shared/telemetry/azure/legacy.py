"""Azure Monitor through `opencensus-ext-azure`, which has been out of support since September 2024: for installations that must stay on it.

Recording is OpenTelemetry's all the same; only the last step, from ended spans, collected metrics and log records to the wire, is
OpenCensus. It knows no histograms: of each, the count and the sum are sent.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.telemetry.azure.quiet import keep_quiet, missing, refused
from shared.telemetry.logs import EXPORT
from shared.telemetry.tracing import span_id, trace_id

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.trace import SpanProcessor

_INTERVAL = 60.0


class OpenCensus:
    """Sends traces, metrics and logs the old way. `credential` signs in; without it the connection string's key does."""

    def __init__(self, connection_string: str, *, credential: Any = None, spool: Path | None = None) -> None:
        options = {"connection_string": connection_string, "credential": credential, "enable_standard_metrics": False}
        spooled = {"enable_local_storage": spool is not None} | ({"storage_path": str(spool)} if spool else {})
        self._options: dict[str, Any] = {**options, **spooled}

    def install(self, resource: dict[str, str], readers: list[MetricReader], processors: list[SpanProcessor]) -> None:
        """Set the global providers. Raises ConfigError QLF7151 without the package, QLF7152 for a bad connection string."""
        keep_quiet()
        try:
            from opencensus.ext.azure.common import utils
            from opencensus.ext.azure.log_exporter import AzureLogHandler
        except ModuleNotFoundError as error:
            raise missing("opencensus-ext-azure") from error
        from opentelemetry import metrics, trace
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        from shared.telemetry.azure.bridge import Metrics, Spans

        instance = resource["service.instance.id"]
        utils.azure_monitor_context.update(
            {"ai.cloud.role": resource["service.name"], "ai.cloud.roleInstance": instance, "ai.device.id": instance}
        )
        try:
            handler = AzureLogHandler(**self._options)
            spans, measures = Spans(self._options), Metrics(self._options)
        except ValueError as error:
            raise refused(error) from None
        described = Resource(resource)
        tracing = TracerProvider(resource=described)
        for processor in [*processors, BatchSpanProcessor(spans)]:
            tracing.add_span_processor(processor)
        trace.set_tracer_provider(tracing)
        periodic = PeriodicExportingMetricReader(measures, export_interval_millis=_INTERVAL * 1000)
        metrics.set_meter_provider(MeterProvider([*readers, periodic], resource=described))
        logging.Handler.createLock(handler)  # it makes itself none, and Python 3.13 no longer takes that
        handler.addFilter(_dimensions)
        logging.getLogger(EXPORT).addHandler(handler)


def _dimensions(record: logging.LogRecord) -> bool:
    """Give the handler the record's facts and its place in the trace under the names that it reads."""
    record.custom_dimensions = {name: value for name, value in vars(record).items() if name.startswith("qlf.")}
    if known := trace_id():
        record.traceId, record.spanId = known, span_id()
    return True
