"""Which orchestration versions this host may run, after DurableTask.Core's VersioningSettings."""

import re

from funchost.settings import Settings

_DOTTED = re.compile(r"\d+(\.\d+){1,3}")


def compare(left: str | None, right: str | None) -> int:
    """Negative, zero or positive; none is the oldest, dotted numbers go by number, anything else by text without case."""
    left, right = (left or "").strip(), (right or "").strip()
    if not left or not right:
        return bool(left) - bool(right)
    if _DOTTED.fullmatch(left) and _DOTTED.fullmatch(right):
        a, b = _numbers(left), _numbers(right)
    else:
        a, b = [left.upper()], [right.upper()]  # the order of .NET's OrdinalIgnoreCase
    return (a > b) - (a < b)


def _numbers(text: str) -> list[int | str]:
    return [int(part) for part in text.split(".")]


def may_run(version: str | None, settings: Settings) -> bool:
    """Whether an instance of `version` may run under host.json's match strategy."""
    strategy = settings.match.lower()
    if strategy == "none":
        return True
    if strategy == "strict":
        return (version or "") == (settings.default_version or "")
    return compare(version, settings.default_version) <= 0
