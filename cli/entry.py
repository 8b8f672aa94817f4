"""The border: turns arguments into a command, and every way a command can end into an exit code and one result.

0 ok · 1 a fault of ours · 2 usage · 3 gates failed · 4 not configured or authorised · 5 refused or needs an answer
6 capsule check failed · 130 interrupted or cancelled
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cli import interrupt
from cli.output import Output
from cli.session import Session

if TYPE_CHECKING:
    from shared.model import QlfError

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit code and never raises."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    switches = arguments[: arguments.index("--")] if "--" in arguments else arguments
    session = Session(Output(json="--json" in switches), verbose="--verbose" in switches or "-v" in switches, arguments=arguments)
    try:
        return _run(arguments, session)
    except KeyboardInterrupt:
        return interrupted(session)
    except Exception as error:
        return failed(error, session)


def _run(arguments: list[str], session: Session) -> int:
    import click

    from cli.app import root

    interrupt.listen()
    try:
        answer = root.main(args=arguments, prog_name="qlf", standalone_mode=False, obj=session)
        code = answer if isinstance(answer, int) else 0
    except click.UsageError as error:
        return misused(error, session)
    except click.Abort as error:
        raise KeyboardInterrupt from error
    session.output.result(session.command, code, run_id=session.run_id)
    return code


def misused(error: Any, session: Session) -> int:
    """A command line that click refuses."""
    from shared.model import InputError

    where = f"{error.ctx.command_path.removeprefix('qlf').strip()}: " if error.ctx is not None and error.ctx.parent is not None else ""
    if not session.command and error.ctx is not None:
        session.command = error.ctx.command_path.removeprefix("qlf").strip()
    problem = InputError("QLF8003", f"{where}{error.format_message().rstrip('.')}")
    advice = f"See `{error.ctx.command_path} --help`." if error.ctx is not None else None
    return report(problem, session, advice=advice)


def interrupted(session: Session) -> int:
    """Ctrl-C: say how to go on."""
    resume = f"qlf resume {session.run_id}" if session.resumable and session.run_id else None
    session.output.say(f"\ninterrupted; go on with: {resume}" if resume else "\ninterrupted")
    body = error_body("QLF8015", "interrupted", INTERRUPTED)
    session.output.result(session.command, INTERRUPTED, run_id=session.run_id, error=body, resume=resume)
    return INTERRUPTED


def failed(error: Exception, session: Session) -> int:
    """A coded failure is told as it is; any other one is logged and told as QLF9000."""
    from shared.model import InternalError, QlfError

    if isinstance(error, QlfError):
        return report(error, session)
    from cli.crash import write_log

    log = write_log(error, session)
    text = f"{type(error).__name__}: {error}" + (f" (log: {log})" if log else "")
    if session.verbose:
        import traceback

        session.output.say("".join(traceback.format_exception(error)))
    return report(InternalError("QLF9000", text, **({"log": str(log)} if log else {})), session)


def report(error: QlfError, session: Session, *, advice: str | None = None) -> int:
    """Tell a coded failure on both streams; returns its exit code."""
    code: int = error.context.get("exit", error.exit_code)
    advice = advice or error.advice
    session.output.say(f"qlf: {error.detail} ({error.code})\n     {advice}")
    body = error_body(error.code, error.detail, code, advice=advice, context=error.context)
    session.output.result(session.command, code, run_id=session.run_id, error=body)
    return code


def error_body(
    code: str, detail: str, exit_code: int, *, advice: str | None = None, context: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The `error` of a result line."""
    from shared.model import CATALOGUE

    entry = CATALOGUE.get(code)
    return {
        "code": code, "title": entry.title if entry else code, "detail": detail, "advice": advice or (entry.advice if entry else ""),
        "retryable": bool(entry and entry.retryable), "exit_code": exit_code, "context": context or {},
    }  # fmt: skip
