"""The app starts from nothing, answers its probes, and refuses to run in production on a default secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from shared.gates import layout, serve
from shared.gates.bench import Bench, tail
from shared.gates.records import Judgement
from shared.model import Finding

if TYPE_CHECKING:
    from shared.runner import Outcome, ServiceOutcome

_PRODUCTION_SECONDS = 15.0
_PRODUCTION_PORT = "8001"


def judge(bench: Bench) -> Judgement:
    """Migrate, start, probe, and start once more as production, with nothing installed but what is deployed."""
    bench.app_lock = layout.RUN_LOCK
    migrated, findings = serve.migrate(bench)
    if findings:
        return Judgement(findings, report=migrated.stdout + migrated.stderr)
    script = bench.write("boot_client.py", serve.driver("boot_client"))
    client = bench.command(bench.python, script, serve.BASE).model_copy(update={"stdin": json.dumps(_questions(bench)).encode()})
    ran = bench.serve(serve.service(bench), client)
    report = b"\n".join([migrated.stderr, ran.server.stdout, ran.server.stderr, *(c.stdout + c.stderr for c in ran.clients)])
    if not ran.ready or not ran.clients:
        return Judgement([serve.not_ready("boot", ran.server)], report=report)
    return Judgement(_findings(ran.clients[0]), _metrics(ran), report=report)


def _questions(bench: Bench) -> dict[str, Any]:
    env = {k: v for k, v in serve.environment(bench).items() if k != "SECRET_KEY"} | {"ENVIRONMENT": "production", "PATH": "/usr/bin:/bin"}
    argv = [bench.python, *layout.server(layout.package(bench.tree), _PRODUCTION_PORT)]
    return {
        "probes": list(layout.PROBES),
        "production": {"argv": argv, "env": env, "seconds": _PRODUCTION_SECONDS},
    }


def _metrics(ran: ServiceOutcome) -> dict[str, float | int | str | None]:
    return {"ready_seconds": ran.ready_after}


def _findings(client: Outcome) -> list[Finding]:
    try:
        answers = json.loads(client.stdout)
        probes, production = answers["probes"], answers["production"]
    except (ValueError, KeyError, TypeError):
        return [
            Finding(code="boot.client", message=f"the probe ended with {client.exit_code}: {tail(client.stderr, 600)}", severity="blocker")
        ]
    found = [
        Finding(
            code="boot.probe",
            message=f"{path} answered {answer['status']}",
            severity="blocker",
            replay=f"curl -i http://127.0.0.1:8000{path}",
        )
        for path, answer in probes.items()
        if answer["status"] != 200 or (path == layout.PROBES[-1] and "json" not in answer["type"])
    ]
    return found + _secret_findings(production)


def _secret_findings(production: dict[str, Any]) -> list[Finding]:
    """It must end by itself, with an error that names the secret: a crash for another reason proves nothing."""
    replay = "env -u SECRET_KEY ENVIRONMENT=production uvicorn --app-dir src --factory PACKAGE.main:create_app"
    if production["exit_code"] in (None, 0):
        message = "starts in production although SECRET_KEY was not set"
    elif "secret" not in production["output"].lower():
        message = f"does not start in production, but for another reason: {production['output'][-600:]}"
    else:
        return []
    return [
        Finding(
            code="boot.default-secret",
            message=message,
            severity="blocker",
            advice="Refuse to start outside development on a default secret.",
            replay=replay,
        )
    ]
