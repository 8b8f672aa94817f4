"""One intent, from the request to the written result: what `generate`, `resume` and the detached driver have in common."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from cli import result as view
from cli.client import Api, Unreachable
from cli.follow import exit_code, follow
from cli.hostlog import log_file
from cli.intents import Intent, Intents
from cli.links import driving
from cli.materialise import Delivered, materialise
from cli.progress import progress
from cli.session import Session
from shared.model import CATALOGUE, ConfigError, InputError

Run = dict[str, Any]
_RECONNECTS = 3
RESULT_FIELDS = ("ledger", "gates", "score", "capsule", "refused", "assumed", "mode", "preview")


def drive(session: Session, intent: Intent, *, mode: str) -> int:
    """Bring the run to rest, write its result, close the intent, show and return the exit code."""
    session.run_id, session.resumable = intent.run_id, True
    if intent.key_file:
        os.environ["QLF_SIGNING_KEY"] = intent.key_file
    run, delivered, ir = reconnecting(session, intent, mode)
    code = exit_code(run)
    session.resumable = False
    view.show(session.output, run, delivered, code)
    if code == 1 and not intent.endpoint:
        session.output.say(f"log: {log_file(session.home)}")
    finish(session, run, delivered, ir, code)
    return code


def reconnecting(session: Session, intent: Intent, mode: str) -> tuple[Run, Delivered | None, Any]:
    """`attend`, again when the process that was joined went away: then its hub is free and this process takes over."""
    seen: set[int] = set()
    for left in range(_RECONNECTS, -1, -1):
        try:
            return attend(session, intent, mode, seen)
        except Unreachable as error:
            if intent.endpoint:
                raise
            if not left:
                raise ConfigError("QLF8025", error.detail) from error
            session.output.say("the process that drove the run went away; taking over")
            time.sleep(0.5)
    raise AssertionError


def attend(session: Session, intent: Intent, mode: str, seen: set[int]) -> tuple[Run, Delivered | None, Any]:
    """Start or join the run, follow it until it rests and fetch what it made."""
    with progress(session.output, mode, verbose=session.verbose) as display, driving(session, intent.endpoint, intent.run_id) as api:
        create(session, api, intent)

        def on_event(event: dict[str, Any]) -> None:
            if event.get("seq") not in seen:
                seen.add(int(event.get("seq") or 0))
                session.output.event(event)
                display(event)

        run = follow(api, intent.run_id, on_event)
        ir = api.get(f"/runs/{intent.run_id}/ir") if session.output.json and "ir" in (run.get("artifacts") or {}) else None
        delivered = settle(session, api, intent, run)
    return run, delivered, ir


def create(session: Session, api: Api, intent: Intent) -> None:
    """POST the run; a repeated one answers with the run that is there. A refused request closes the intent: it would be refused again."""
    try:
        api.post("/runs", {"brief": intent.brief, "options": intent.options}, key=intent.key)
    except Unreachable:
        raise
    except Exception as error:
        if getattr(error, "retryable", True) is False and getattr(error, "exit_code", 1) in (2, 5):
            Intents(session.home).close(intent, error.exit_code)  # type: ignore[attr-defined]
            session.resumable = False
        raise


def settle(session: Session, api: Api, intent: Intent, run: Run) -> Delivered | None:
    """Write the result once, whoever of several followers comes first, and close the intent."""
    from filelock import FileLock

    intents = Intents(session.home)
    lock = intents.lock_file(intent.run_id)
    with FileLock(lock):
        target = Path(intent.output) if intent.output else None
        delivered = materialise(api, run, target) if target and not intent.options.get("dry_run") else None
        intents.close(intent, exit_code(run))
    lock.unlink(missing_ok=True)
    return delivered


def finish(session: Session, run: Run, delivered: Delivered | None, ir: Any, code: int) -> None:
    """The result line of a run that rests."""
    from cli.entry import error_body

    error = run.get("error")
    body = None
    if isinstance(error, dict) and error.get("code"):
        body = error_body(str(error["code"]), str(error.get("detail") or ""), code, context=error.get("context"))
    elif code == 130:
        body = error_body("QLF8024", CATALOGUE["QLF8024"].title, code)
    result = run.get("result") or {}
    session.output.result(
        session.command,
        code,
        run_id=session.run_id,
        ir=ir,
        status=run.get("status"),
        headline=view.headline(run, code),
        error=body,
        paths=delivered.to_json() if delivered else None,
        **{name: result.get(name) for name in RESULT_FIELDS},
    )


def known(session: Session, run_id: str | None) -> Intent:
    """The intent to resume: a named one, or the newest that is open. Raises InputError QLF8010."""
    intents = Intents(session.home)
    if run_id is None:
        return intents.newest_open()
    intent = intents.find(run_id)
    if intent is None:
        raise InputError("QLF8010", f"{run_id} was not started from this data folder")
    return intent
