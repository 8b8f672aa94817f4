"""`qlf completion`: the script that makes a shell complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from cli.session import Session

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_obj
def completion_command(session: Session, shell: str) -> int:
    """Print the completion script for SHELL; for example: eval "$(qlf completion bash)"."""
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    root = click.get_current_context().find_root().command
    session.output.raw(kind(root, {}, "qlf", "_QLF_COMPLETE").source())
    return 0
