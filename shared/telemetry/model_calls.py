"""Calls of a language model: for each one a client span in the trace of its run, its duration and its tokens, and no word of either side.

Names follow the conventions for generative AI: https://opentelemetry.io/docs/specs/semconv/gen-ai/
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.trace import Span

from shared.telemetry import names
from shared.telemetry.facts import safe
from shared.telemetry.metering import record
from shared.telemetry.tracing import span


class ModelCall:
    """A call under way."""

    def __init__(self, made: Span, about: dict[str, str]) -> None:
        self._span, self._about = made, about

    def used(self, input_tokens: int, output_tokens: int) -> None:
        """Tell what the provider counted. Where it counts nothing, nothing is told: a guess is no measurement."""
        for kind, tokens in (("input", input_tokens), ("output", output_tokens)):
            self._span.set_attribute(f"gen_ai.usage.{kind}_tokens", tokens)
            record(names.MODEL_TOKENS, tokens, **self._about, **{"gen_ai.token.type": kind})


@contextmanager
def model_call(operation: str, provider: str, model: str) -> Iterator[ModelCall]:
    """Around one request to a model; `operation` ("chat") and `provider` ("azure.ai.openai", "aws.bedrock") are the conventions' words."""
    about = {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": str(safe(model)),
    }
    began, error = time.perf_counter(), ""
    with span(f"{operation} {about['gen_ai.request.model']}", kind="client") as made:
        made.set_attributes(about)
        try:
            yield ModelCall(made, about)
        except BaseException as caught:
            error = type(caught).__qualname__
            raise
        finally:
            record(names.MODEL_DURATION, time.perf_counter() - began, **about, **{"error.type": error})
