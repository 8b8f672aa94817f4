"""The switches that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def common(function: F) -> F:
    """`--json` and `--verbose`. The border reads both from the command line itself, so they hold for usage errors too."""
    function = click.option(
        "--json", "_json", is_flag=True, expose_value=False, help="Print one JSON object per line; the last one is the result."
    )(function)
    return click.option("-v", "--verbose", is_flag=True, expose_value=False, help="Say more; show the traceback of a fault.")(function)


def remote(function: F) -> F:
    """`--endpoint`: talk to a running service instead of an in-process host."""
    text = "Use a running service; its token comes from QLF_TOKEN, `qlf login`, or on loopback the data folder."
    return click.option("--endpoint", metavar="URL", help=text)(function)
