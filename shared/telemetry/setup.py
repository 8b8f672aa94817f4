"""Setting telemetry up, once per process: what the settings ask for, and nothing (not even an import of the SDK) when they ask for none."""

from __future__ import annotations

import logging
import threading
import uuid
from typing import TYPE_CHECKING, Any, Protocol

from shared.model import ConfigError
from shared.settings import Settings
from shared.telemetry import metering
from shared.telemetry.logs import APP, AUDIT, EXPORT, CleanCopies

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.trace import SpanProcessor
    from prometheus_client import CollectorRegistry

SERVICE = "quantumlayer-factory"
_lock = threading.Lock()
_registry: CollectorRegistry | None = None
_done = False


class Exporter(Protocol):
    """Sends telemetry somewhere. An adapter; `shared.wiring` chooses it."""

    def install(self, resource: dict[str, str], readers: list[MetricReader], processors: list[SpanProcessor]) -> None:
        """Set the global providers, and let the logger named `EXPORT` send what it gets. Raises ConfigError QLF7151 or QLF7152."""


def configure(settings: Settings, exporter: Exporter | None = None) -> None:
    """Set up what the settings ask for; the second call in a process changes nothing."""
    global _done, _registry  # noqa: PLW0603  # the providers of OpenTelemetry are global too
    with _lock:
        if _done or (exporter is None and not settings.metrics):
            return
        readers: list[MetricReader] = []
        if settings.metrics:
            _registry, reader = _prometheus()
            readers.append(reader)
        if exporter is not None:
            from shared.telemetry.scrub import Addresses

            exporter.install(_resource(settings), readers, [Addresses()])
            _export_logs()
        else:
            _meter_only(readers)
        metering.connect()
        _done = True


def exposition() -> tuple[bytes, str]:
    """The metrics of this process as Prometheus text, and its media type. Raises ConfigError QLF7150 where none are kept."""
    if _registry is None:
        raise ConfigError("QLF7150")
    from prometheus_client import exposition as text

    return text.generate_latest(_registry), text.CONTENT_TYPE_PLAIN_0_0_4


def _prometheus() -> tuple[CollectorRegistry, MetricReader]:
    from opentelemetry.exporter.prometheus import PrometheusMetricReader
    from prometheus_client import CollectorRegistry

    registry = CollectorRegistry()
    reader: Any = PrometheusMetricReader(disable_target_info=True, scope_info_enabled=False, registry=registry)
    return registry, reader


def _meter_only(readers: list[MetricReader]) -> None:
    from opentelemetry.metrics import set_meter_provider
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.resources import Resource

    set_meter_provider(MeterProvider(metric_readers=readers, resource=Resource({"service.name": SERVICE})))


def _resource(settings: Settings) -> dict[str, str]:
    """Who sends. The instance is a number of this process: the default would be the machine's name, often a person's."""
    return {"service.name": SERVICE, "service.instance.id": uuid.uuid4().hex, "deployment.environment.name": settings.environment}


def _export_logs() -> None:
    logging.getLogger(EXPORT).propagate = False
    logging.getLogger(APP).addHandler(CleanCopies(logging.WARNING))
    logging.getLogger(AUDIT).addHandler(CleanCopies(logging.INFO))
