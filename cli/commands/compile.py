"""`qlf compile`: brief -> IR and ledger, in this process, without a host and without a data folder."""

from __future__ import annotations

import click

from cli.session import Session
from cli.switches import common


@click.command("compile")
@click.argument("brief", required=False)
@common
@click.pass_obj
def compile_command(session: Session, brief: str | None) -> int:
    """Show what BRIEF (`-` or nothing reads stdin) asks for: the IR, and what becomes of each clause."""
    from cli.briefs import read_brief
    from shared.agents import refuse_unbuilt, unbuilt
    from shared.brief import compile_brief

    compiled = compile_brief(read_brief(brief))
    ledger = refuse_unbuilt(compiled.ledger, unbuilt(compiled.ir))
    if session.output.json:
        session.output.result("compile", 0, ir=compiled.ir.to_json(), ledger=ledger.to_json())
        return 0
    from cli.ledger import show_compilation

    show_compilation(session.output, compiled.ir, ledger)
    return 0
