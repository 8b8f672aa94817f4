"""Azure Monitor through Microsoft's OpenTelemetry distribution: https://learn.microsoft.com/azure/azure-monitor/app/opentelemetry-enable."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.telemetry.azure.quiet import keep_quiet, missing, refused
from shared.telemetry.logs import EXPORT

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.trace import SpanProcessor

_OFF = ("django", "fastapi", "flask", "psycopg2", "requests", "urllib", "urllib3", "httpx", "httpx2")
"""Instrumentations that would double ours (FastAPI traces by itself) or record addresses with their queries."""
_SAMPLING = {"OTEL_TRACES_SAMPLER": "microsoft.fixed_percentage", "OTEL_TRACES_SAMPLER_ARG": "1.0"}
"""Whole traces, decided by the trace's id and so alike in every process. The default drops single spans above five a second."""


class AzureMonitor:
    """Sends traces, metrics and logs. `credential` (azure-core's TokenCredential) signs in; without it the connection string's key does."""

    def __init__(self, connection_string: str, *, credential: Any = None, spool: Path | None = None) -> None:
        self._connection_string, self._credential, self._spool = connection_string, credential, spool

    def install(self, resource: dict[str, str], readers: list[MetricReader], processors: list[SpanProcessor]) -> None:
        """Set the global providers. Raises ConfigError QLF7151 without the package, QLF7152 for a bad connection string."""
        keep_quiet(**_SAMPLING)
        try:
            from azure.monitor.opentelemetry import configure_azure_monitor
        except ModuleNotFoundError as error:
            raise missing("azure-monitor-opentelemetry") from error
        from opentelemetry.sdk.resources import Resource

        options: dict[str, Any] = {"storage_directory": str(self._spool)} if self._spool else {"disable_offline_storage": True}
        if self._credential is not None:
            options["credential"] = self._credential
        try:
            configure_azure_monitor(
                connection_string=self._connection_string,
                resource=Resource({**resource, "device.id": resource["service.instance.id"]}),
                logger_name=EXPORT,
                metric_readers=readers,
                span_processors=processors,
                enable_live_metrics=False,
                enable_performance_counters=False,
                instrumentation_options={name: {"enabled": False} for name in _OFF},
                **options,
            )
        except ValueError as error:
            raise refused(error) from None
