"""One trace from an HTTP request through the orchestration to its activities.

The trace context travels as W3C `traceparent` text (https://www.w3.org/TR/trace-context/): in the input of an orchestration and in the
`job` of each activity, because the embedded host hands none over. It works without the SDK too: then nothing is recorded, but log lines
carry the ids. Only the OpenTelemetry API is imported here.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Literal

from opentelemetry import context as otel
from opentelemetry import trace
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.telemetry.facts import Value, safe, span_attributes

SCOPE = "quantumlayer.factory"
_PROPAGATOR = TraceContextTextMapPropagator()
_bound: ContextVar[Mapping[str, Value]] = ContextVar("bound", default=MappingProxyType({}))


def traceparent() -> str:
    """The current trace context as text; empty when there is none."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent", "")


def trace_id() -> str:
    """The current trace's id, 32 hexadecimal digits; empty when there is none."""
    found = trace.get_current_span().get_span_context()
    return trace.format_trace_id(found.trace_id) if found.is_valid else ""


def span_id() -> str:
    """The current span's id, 16 hexadecimal digits; empty when there is none."""
    found = trace.get_current_span().get_span_context()
    return trace.format_span_id(found.span_id) if found.is_valid else ""


def facts() -> Mapping[str, Value]:
    """What the spans around this line of code say: run, step, activity and so on. For log lines."""
    return _bound.get()


@contextmanager
def continued(given: str) -> Iterator[None]:
    """Go on in the trace that `given` (a traceparent, or anything) names; in the current one when it names none."""
    found = _parse(given)
    if found is None:
        yield
        return
    token = otel.attach(trace.set_span_in_context(NonRecordingSpan(found)))
    try:
        yield
    finally:
        otel.detach(token)


@contextmanager
def correlated(given: str) -> Iterator[str]:
    """For the time of a request: the host's trace, else the caller's (`given`), else a new one. Yields the traceparent to go on with.

    A new one is left to the SDK where that records traces: it decides about sampling, and the text is empty.
    """
    if text := traceparent():
        yield text
    elif _parse(given) is not None:
        with continued(given):
            yield given
    elif recording():
        yield ""
    else:
        token = otel.attach(trace.set_span_in_context(NonRecordingSpan(_fresh())))
        try:
            yield traceparent()
        finally:
            otel.detach(token)


def recording() -> bool:
    """True when a tracer provider is set up."""
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider | trace.NoOpTracerProvider)


@contextmanager
def span(name: str, *, parent: str = "", kind: Literal["internal", "consumer", "client"] = "internal", **about: object) -> Iterator[Span]:
    """A span that carries facts, and binds them for the log lines inside. An exception marks it by its type, never by its text.

    `parent` is a traceparent. The current context is the closer parent when it belongs to the same trace (the host made it from the
    same request); one of another trace is linked.
    """
    attributes = span_attributes(about)
    context, links = _lineage(parent)
    tracer = trace.get_tracer_provider().get_tracer(SCOPE)
    made = tracer.start_span(name, context=context, kind=SpanKind[kind.upper()], attributes=attributes, links=links)
    bound = _bound.set({**_bound.get(), **{name.removeprefix("qlf."): value for name, value in attributes.items()}})
    token = otel.attach(trace.set_span_in_context(made))
    try:
        yield made
    except BaseException as error:
        failed(made, type(error).__qualname__)
        raise
    finally:
        otel.detach(token)
        _bound.reset(bound)
        made.end()


def failed(made: Span, code: str) -> None:
    """Mark a span as failed, by an error code or the name of an exception's type."""
    made.set_attributes({"error.type": safe(code), "qlf.code": safe(code)})  # Azure Monitor keeps only the second
    made.set_status(Status(StatusCode.ERROR))


def note(made: Span, **about: object) -> None:
    """Add facts to a span that were not known when it began."""
    made.set_attributes(span_attributes(about))


def _lineage(parent: str) -> tuple[otel.Context | None, list[Link]]:
    """The context to start in (None: the current one) and what to link."""
    given, here = _parse(parent), trace.get_current_span().get_span_context()
    if given is None or (here.is_valid and here.trace_id == given.trace_id):
        return None, []
    return trace.set_span_in_context(NonRecordingSpan(given)), [Link(here)] if here.is_valid else []


def _parse(given: object) -> SpanContext | None:
    if not isinstance(given, str) or not given:
        return None
    found = trace.get_current_span(_PROPAGATOR.extract({"traceparent": given}, otel.Context())).get_span_context()
    return found if found.is_valid else None


def _fresh() -> SpanContext:
    return SpanContext(secrets.randbits(128) | 1, secrets.randbits(64) | 1, is_remote=False, trace_flags=TraceFlags(0))
