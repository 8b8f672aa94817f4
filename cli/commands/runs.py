"""`qlf runs`, `status`, `events`, `cancel`: looking at runs, and ending one."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from cli.session import Session
from cli.switches import common, remote

if TYPE_CHECKING:
    from cli.client import Api

Run = dict[str, Any]
_NOT_STARTED = "not started"


@click.command("runs")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True, help="How many to show.")
@remote
@common
@click.pass_obj
def runs_command(session: Session, limit: int, endpoint: str | None) -> int:
    """List the runs, newest first."""
    from cli.links import endpoint_of, reading

    address = endpoint_of(session, endpoint)
    with reading(session, address) as api:
        found = api.items("/runs", limit=limit)
    runs = sorted([*found, *([] if address else not_started(session, found))], key=lambda run: str(run["id"]), reverse=True)[:limit]
    for run in runs:
        session.output.data(f"{run['id']}  {run['status']:<11}  {run['phase']:<11}  {str(run['created_at'])[:19]}  {title(run)}".rstrip())
    if not runs:
        session.output.say("no runs yet; start one with: qlf generate BRIEF")
    session.output.result("runs", 0, runs=runs)
    return 0


def title(run: Run) -> str:
    """What a line of the list ends with."""
    error = run.get("error") or {}
    return str(error.get("code") or ((run.get("result") or {}).get("capsule") or {}).get("file_name") or "")


def not_started(session: Session, found: list[Run]) -> list[Run]:
    """Intents that never became a run: `resume` can start them."""
    from cli.intents import Intents

    there = {run["id"] for run in found}
    oldest = min(there, default="")
    return [
        {"id": intent.run_id, "status": _NOT_STARTED, "phase": "-", "created_at": intent.created_at}
        for intent in Intents(session.home).all()
        if intent.state == "open" and intent.run_id not in there and intent.run_id > oldest
    ]


@click.command("status")
@click.argument("run", required=False)
@remote
@common
@click.pass_obj
def status_command(session: Session, run: str | None, endpoint: str | None) -> int:
    """Show RUN (default: the newest one): status, ledger, gates, result."""
    from cli.client import Unreachable
    from cli.links import endpoint_of, passing_host, reading

    address = endpoint_of(session, endpoint)
    try:
        with reading(session, address, run) as api:
            found = look(session, api, run)
    except Unreachable:
        if address:
            raise
        with passing_host(session.home) as api:
            found = look(session, api, run)
    show_run(session, found)
    session.run_id = str(found["id"])
    session.output.result("status", 0, run_id=session.run_id, run=found)
    return 0


def look(session: Session, api: Api, run_id: str | None) -> Run:
    """The run document, or what the intent says of a run that was never started. Raises InputError QLF7001 or QLF8010."""
    from cli.intents import Intents
    from shared.model import InputError, QlfError

    if run_id is None:
        newest = api.items("/runs", limit=1)
        if not newest:
            raise InputError("QLF7001", "there are no runs yet")
        run_id = str(newest[0]["id"])
    try:
        return api.run(run_id)
    except QlfError as error:
        intent = Intents(session.home).find(run_id) if error.code == "QLF7001" else None
        if intent is None:
            raise
        return {"id": run_id, "status": _NOT_STARTED, "phase": "-", "created_at": intent.created_at, "options": intent.options}


def show_run(session: Session, run: Run) -> None:
    from cli import result
    from cli.follow import exit_code, rests

    output = session.output
    if rests(run):
        result.show(output, run, None, exit_code(run))
    else:
        output.data(f"{run['id']}: {run['status']} ({run['phase']})")
        if run["status"] == _NOT_STARTED:
            output.data(f"start it with: qlf resume {run['id']}")
    for name, step in sorted((run.get("steps") or {}).items()):
        output.data(f"  {name:<16}{step.get('status', ''):<11}{step.get('reason', '')}".rstrip())


@click.command("events")
@click.argument("run")
@click.option("-f", "--follow", "following", is_flag=True, help="Wait for more until the run rests.")
@click.option("--after", type=click.IntRange(0), default=0, help="Only events after this number.")
@remote
@common
@click.pass_obj
def events_command(session: Session, run: str, following: bool, after: int, endpoint: str | None) -> int:
    """Print the events of RUN; with --follow as they come."""
    from cli.follow import follow, page
    from cli.links import endpoint_of, reading

    session.run_id = run

    def show(event: dict[str, Any]) -> None:
        session.output.event(event)
        session.output.data(line_of(event))

    with reading(session, endpoint_of(session, endpoint), run) as api:
        if following:
            document = follow(api, run, show, after=after, wanted=lambda: not session.output.closed)
        else:
            after, found = page(api, run, after, 0, show)
            while found and not session.output.closed:
                after, found = page(api, run, after, 0, show)
            document = api.run(run)
    session.output.result("events", 0, run_id=run, status=document.get("status"))
    return 0


def line_of(event: dict[str, Any]) -> str:
    """An event on one line: number, time, type, facts."""
    facts = " ".join(
        f"{name}={value}" for name, value in (event.get("data") or {}).items() if isinstance(value, str | int | float) and value != ""
    )
    return f"{event.get('seq', 0):>5}  {str(event.get('time', ''))[11:23]}  {event.get('type', ''):<24}{facts}".rstrip()


@click.command("cancel")
@click.argument("run")
@remote
@common
@click.pass_obj
def cancel_command(session: Session, run: str, endpoint: str | None) -> int:
    """Cancel RUN, wherever it is driven."""
    from cli.follow import follow
    from cli.links import driver, driving, endpoint_of

    session.run_id = run
    address = endpoint_of(session, endpoint)
    if unstarted(session, run, address):
        return cancelled(session, run, _NOT_STARTED)
    with ExitStack() as stack:
        joined = None if address else driver(session.home, run)
        if joined:
            api = stack.enter_context(joined)
        else:
            if not address:
                session.output.say("no process drives this run; taking it over to cancel it")
            api = stack.enter_context(driving(session, address, run))
        api.post(f"/runs/{run}/actions/cancel")
        ended = follow(api, run, session.output.event)
    return cancelled(session, run, str(ended.get("status")))


def unstarted(session: Session, run_id: str, address: str) -> bool:
    """True for an intent that nobody drives and that has no hub: closing it is all there is to do."""
    from cli.intents import Intents
    from cli.links import hub_of
    from shared.model import InputError

    intent = Intents(session.home).find(run_id)
    if address or hub_of(session.home, run_id).exists():
        return False
    if intent is None:
        raise InputError("QLF7001", f"{run_id} was not started from this data folder")
    return True


def cancelled(session: Session, run_id: str, status: str) -> int:
    """Close the intent, so that `resume` does not pick it up; a run that ended otherwise first is told as it is."""
    from cli.intents import Intents

    intents = Intents(session.home)
    if (intent := intents.find(run_id)) and intent.state == "open" and status in ("cancelled", _NOT_STARTED):
        intents.close(intent, 130)
    told = "cancelled" if status in ("cancelled", _NOT_STARTED) else f"not cancelled: it is {status}"
    session.output.data(f"{run_id}: {told}")
    session.output.result("cancel", 0, run_id=run_id, status=status)
    return 0
