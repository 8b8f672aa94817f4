"""What may leave: values that are numbers, truth values or identifiers. Anything that reads like text is dropped, whoever hands it in."""

from __future__ import annotations

import re

from shared.telemetry.names import FACTS

Value = str | bool | int | float
REMOVED = "[removed]"
_IDENTIFIER = re.compile(r"[A-Za-z0-9_.:/@{}+-]{0,128}", re.ASCII)


def safe(value: object) -> Value:
    """The value, or `[removed]` where it could be text of a user."""
    if isinstance(value, bool | int | float):
        return value
    return value if isinstance(value, str) and _IDENTIFIER.fullmatch(value) else REMOVED


def span_attributes(facts: dict[str, object]) -> dict[str, Value]:
    """Facts as span attributes; None is left out. Raises ValueError for a name that is not in the table."""
    if unknown := facts.keys() - FACTS:
        raise ValueError(f"not a fact that spans may carry: {', '.join(sorted(unknown))}")
    return {f"qlf.{name}": safe(value) for name, value in facts.items() if value is not None}
