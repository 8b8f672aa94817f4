"""`qlf explain`: what a code means and what to do. Needs no host and no data folder."""

from __future__ import annotations

import difflib
import textwrap

import click

from cli.session import Session
from cli.switches import common
from shared.model import CATALOGUE, CodeEntry, InputError


@click.command("explain")
@click.argument("code", required=False)
@click.option("--all", "every", is_flag=True, help="List every code.")
@common
@click.pass_obj
def explain_command(session: Session, code: str | None, every: bool) -> int:
    """Say what an error CODE means and what to do about it."""
    if every:
        return show_all(session)
    if code is None:
        raise click.UsageError("name a code, or pass --all", click.get_current_context())
    entry = find(code)
    session.output.data(f"{entry.code}  {entry.title}")
    session.output.data(textwrap.fill(entry.advice, 100, initial_indent="         ", subsequent_indent="         "))
    session.output.data(f"         HTTP status {entry.http_status}{'; trying again can help' if entry.retryable else ''}")
    session.output.result("explain", 0, entry=entry._asdict())
    return 0


def show_all(session: Session) -> int:
    entries = sorted(CATALOGUE.values())
    for entry in entries:
        session.output.data(f"{entry.code}  {entry.title}")
    session.output.result("explain", 0, entries=[entry._asdict() for entry in entries])
    return 0


def find(code: str) -> CodeEntry:
    """The entry of a code, upper or lower case, with or without `QLF`. Raises InputError QLF8018 with the nearest ones."""
    wanted = code.strip().upper()
    wanted = wanted if wanted.startswith("QLF") else f"QLF{wanted}"
    if entry := CATALOGUE.get(wanted):
        return entry
    near = difflib.get_close_matches(wanted, CATALOGUE, n=3)
    raise InputError("QLF8018", f"there is no code {code!r}" + (f"; did you mean {', '.join(near)}?" if near else ""))
