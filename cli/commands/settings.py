"""`qlf config`: show and keep settings. Needs no host."""

from __future__ import annotations

import click

from cli.config import SETTINGS
from cli.session import Session
from cli.switches import common


@click.group("config")
def config_command() -> None:
    """Show or change the settings of the command line."""


@config_command.command("show")
@common
@click.pass_obj
def show(session: Session) -> int:
    """Show each setting, its value and where that comes from."""
    rows = {name: session.config.origin(name) for name in SETTINGS}
    session.output.data(f"{'home':<20}{session.home.root}")
    for name, (value, origin) in rows.items():
        session.output.data(f"{name:<20}{value or '-':<24}{origin:<24}{SETTINGS[name].help}")
    settings = {name: {"value": value, "origin": origin} for name, (value, origin) in rows.items()}
    session.output.result("config", 0, config=settings, home=str(session.home.root))
    return 0


@config_command.command("set")
@click.argument("name", metavar="NAME")
@click.argument("value", metavar="VALUE")
@common
@click.pass_obj
def set_value(session: Session, name: str, value: str) -> int:
    """Keep VALUE for setting NAME; an empty VALUE returns to the default."""
    session.config.set(name, value)
    kept, origin = session.config.origin(name)
    session.output.data(f"{name} = {kept or '-'} ({origin})")
    if value and origin != "config.json":
        session.output.say(f"note: {origin} is set and overrides the value that was kept")
    session.output.result("config", 0, config={name: {"value": kept, "origin": origin}})
    return 0
