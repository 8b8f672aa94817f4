"""`qlf doctor`: can this machine do the work? Each line says what to do about it."""

from __future__ import annotations

from dataclasses import asdict

import click

from cli.session import Session
from cli.switches import common


@click.command("doctor")
@click.option("--port", type=click.IntRange(1, 65535), default=7071, show_default=True, help="The port that `serve` shall use.")
@common
@click.pass_obj
def doctor_command(session: Session, port: int) -> int:
    """Check Python, tools, disk, sandbox, port and data folder; exit code 4 when something is missing."""
    from cli.checkup import checks
    from cli.entry import error_body

    found = list(checks(session.home, port))
    for check in found:
        session.output.data(f"{check.outcome:<5} {check.name:<12} {check.detail}")
        if check.advice:
            session.output.data(f"{'':<18} {check.advice}")
    failed = [check.name for check in found if check.outcome == "fail"]
    code = 4 if failed else 0
    error = error_body("QLF8022", f"failed: {', '.join(failed)}", code) if failed else None
    session.output.result("doctor", code, checks=[asdict(check) for check in found], error=error)
    return code
