"""Telemetry: traces, metrics and log lines that say what happened where, and hold no brief, no prompt and no person.

`configure` sets it up from the settings. Everything else may be called before, or without, and then costs next to nothing.
"""

from shared.telemetry import names
from shared.telemetry.logs import JsonLines
from shared.telemetry.metering import record
from shared.telemetry.model_calls import ModelCall, model_call
from shared.telemetry.setup import Exporter, configure, exposition
from shared.telemetry.tracing import continued, correlated, facts, failed, note, recording, span, trace_id, traceparent

__all__ = [
    "Exporter",
    "JsonLines",
    "ModelCall",
    "configure",
    "continued",
    "correlated",
    "exposition",
    "facts",
    "failed",
    "model_call",
    "names",
    "note",
    "record",
    "recording",
    "span",
    "trace_id",
    "traceparent",
]
