"""A migrated database and a started app with an administrator: what the boot and contract gates share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from shared.gates import layout
from shared.gates.bench import Bench, tail
from shared.model import Finding
from shared.runner import Service

if TYPE_CHECKING:
    from shared.runner import Outcome

SECRET, PASSWORD = "s" * 24 + "0123456789abcdefghij", "Gate-pass-phrase-0"
BASE = "http://127.0.0.1:{port}"
READY_SECONDS = 60.0


def environment(bench: Bench) -> dict[str, str]:
    """The settings that the app and its migrations run with."""
    return layout.settings(bench.root / "app.db", SECRET, PASSWORD)


def migrate(bench: Bench) -> tuple[Outcome, list[Finding]]:
    """`alembic upgrade head` on the empty database."""
    outcome = bench.run(bench.python, "-m", "alembic", "upgrade", "head", env=environment(bench))
    if outcome.ok:
        return outcome, []
    message = f"`alembic upgrade head` ended with {outcome.exit_code}: {tail(outcome.stderr, 600)}"
    return outcome, [Finding(code="boot.migrate", message=message, severity="blocker", file="migrations", replay="alembic upgrade head")]


def service(bench: Bench) -> Service:
    """The app under uvicorn, as its README starts it."""
    argv = [bench.python, *layout.server(layout.package(bench.tree))]
    return Service(command=bench.command(*argv, env=environment(bench)), path="/readyz", ready_seconds=READY_SECONDS)


def not_ready(gate: str, server: Outcome) -> Finding:
    """The finding for a server that never answered."""
    ended = f"ended with {server.exit_code}" if server.exit_code is not None else "did not end"
    message = f"/readyz did not answer; the server {ended}: {tail(server.stderr + server.stdout, 900)}"
    return Finding(
        code=f"{gate}.start", message=message, severity="blocker", replay="uvicorn --app-dir src --factory PACKAGE.main:create_app"
    )


def driver(name: str) -> str:
    """The source of a driver, to be put on the bench: the sandbox need not see the factory's own folders."""
    return (Path(__file__).with_name("drivers") / f"{name}.py").read_text(encoding="utf-8")
