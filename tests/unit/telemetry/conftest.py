"""Telemetry that is recorded in this process and taken back afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry import metrics, trace
from opentelemetry.metrics import _internal as meters
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from telemetry_cases import Recorded

from shared.telemetry import metering
from shared.telemetry.scrub import Addresses


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorded]:
    """The SDK in place of nothing."""
    kept = Recorded(InMemorySpanExporter(), InMemoryMetricReader())
    provider = TracerProvider()
    provider.add_span_processor(Addresses())
    provider.add_span_processor(SimpleSpanProcessor(kept.memory))
    meter = MeterProvider([kept.reader])
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    monkeypatch.setattr(meters, "_METER_PROVIDER", meter)
    assert metrics.get_meter_provider() is meter
    metering.connect()
    yield kept
    metering.disconnect()
    provider.shutdown()
    meter.shutdown()
