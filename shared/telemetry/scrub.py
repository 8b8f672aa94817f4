"""The last look at spans that libraries make: of an address only the route's template stays. Paths name apps, queries hold anything."""

from __future__ import annotations

from opentelemetry.context import Context
from opentelemetry.sdk.trace import Span, SpanProcessor

from shared.telemetry.facts import REMOVED

_WORDS_OF_A_CALLER = ("url.path", "url.query", "http.request.method_original")


class Addresses(SpanProcessor):
    """Runs when a span starts, before anything is exported."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002
        """Overwrite what could hold words of a caller."""
        given = span.attributes or {}
        span.set_attributes({name: REMOVED for name in _WORDS_OF_A_CALLER if name in given})
