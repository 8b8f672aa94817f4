"""The last look at spans that libraries make: an address keeps its path where that is one of ours, and never its query."""

from __future__ import annotations

import re

from opentelemetry.context import Context
from opentelemetry.sdk.trace import Span, SpanProcessor

from shared.telemetry.facts import REMOVED

_PATH = re.compile(r"/[A-Za-z0-9_./-]{0,200}", re.ASCII)


class Addresses(SpanProcessor):
    """Runs when a span starts, before anything is exported."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002
        """Overwrite what could hold words of a caller."""
        given = span.attributes or {}
        if "url.query" in given:
            span.set_attribute("url.query", REMOVED)
        path = given.get("url.path")
        if path is not None and not _PATH.fullmatch(str(path)):
            span.set_attribute("url.path", REMOVED)
        method = given.get("http.request.method_original")
        if method is not None:
            span.set_attribute("http.request.method_original", REMOVED)
