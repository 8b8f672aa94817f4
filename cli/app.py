"""The table of commands. A command's module is imported when it is called, so that each call pays for itself only."""

from __future__ import annotations

import importlib
from typing import Any, NamedTuple

import click

from cli import VERSION


class Entry(NamedTuple):
    """Where a command lives, and its line in `qlf --help` (which imports no command)."""

    module: str
    help: str


COMMANDS = {
    "generate": Entry("generate", "Build, verify and package the app that a brief asks for."),
    "compile": Entry("compile", "Show what a brief asks for, and what becomes of each clause."),
    "status": Entry("runs", "Show one run: status, ledger, gates, result."),
    "runs": Entry("runs", "List the runs, newest first."),
    "events": Entry("runs", "Print the events of a run; --follow waits for more."),
    "resume": Entry("resume", "Go on with what was killed or interrupted."),
    "cancel": Entry("runs", "Cancel a run, wherever it is driven."),
    "verify": Entry("capsules", "Check a capsule and its signed bundles, offline."),
    "extract": Entry("capsules", "Unpack a capsule."),
    "preview": Entry("preview", "Run capsules for a while: create, list, status, logs, extend, delete."),
    "deploy": Entry("deploy", "Verify a capsule, then deploy it with docker, az or kubectl."),
    "serve": Entry("serve", "Serve the REST API on loopback."),
    "login": Entry("login", "Sign in with Entra ID for a service."),
    "logout": Entry("login", "Forget the sign-in for a service."),
    "whoami": Entry("login", "Show who a service takes you for."),
    "doctor": Entry("doctor", "Check whether this machine can do the work."),
    "explain": Entry("explain", "Say what an error code means and what to do."),
    "config": Entry("settings", "Show or change settings."),
    "completion": Entry("completion", "Print the completion script of a shell."),
}
HIDDEN = {"_drive": Entry("resume", "Drive a run without a terminal.")}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports them on use. The function of command `x` is named `x_command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        entry = (COMMANDS | HIDDEN).get(cmd_name)
        if entry is None:
            return None
        command: click.Command = getattr(importlib.import_module(f"cli.commands.{entry.module}"), f"{cmd_name.strip('_')}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        ctx.obj.command = args[0] if args and ctx.obj is not None else ""
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="qlf", message="%(prog)s %(version)s")
def root() -> None:
    """Turn a plain-language brief into a verified, signed application.

    \b
    Start with:
      qlf generate "A REST API for a library: members borrow books" --output ./library
    """
