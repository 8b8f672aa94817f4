"""`qlf resume`: take over what a killed or interrupted `generate` left, or join the process that drives it."""

from __future__ import annotations

import click

from cli.session import Session
from cli.switches import common


@click.command("resume")
@click.argument("run", required=False)
@click.option("--no-progress", is_flag=True, help="Show no progress.")
@common
@click.pass_obj
def resume_command(session: Session, run: str | None, no_progress: bool) -> int:
    """Go on with RUN (default: the newest unfinished one) and write its result."""
    from cli.commands.generate import progress_mode
    from cli.drive import drive, known

    intent = known(session, run)
    session.output.say(f"resuming {intent.run_id}")
    return drive(session, intent, mode=progress_mode(session, no_progress))


@click.command("_drive", hidden=True)
@click.argument("run")
@common
@click.pass_obj
def drive_command(session: Session, run: str) -> int:
    """Drive RUN without a terminal (started by `generate --async`)."""
    from cli.drive import drive, known

    return drive(session, known(session, run), mode="auto")
