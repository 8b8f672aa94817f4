"""The real orchestrations over scripted activities: what each answers stands in a file that the test wrote.

`SCRIPT_DIR/<run id>.json` maps an activity (`run_gate` by `run_gate/<gate>`) to the answers it gives one after another; the last one
is repeated. `SCRIPT_DIR/<run id>.log` receives one JSON line per call.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))

import azure.durable_functions as df
import azure.functions as func

import orchestrators

HERE = Path(os.environ["SCRIPT_DIR"])
app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
REF = {"path": "sha256/00/00", "sha256": "00", "size": 0}
DEFAULTS: dict[str, Any] = {
    "transition": {
        "status": "running", "brief": REF,
        "options": {"accept_assumptions": False, "dry_run": False, "deploy": "none", "ttl": 60},
    },
    "compile_brief": {"ir": REF, "ledger": REF, "facts": {}, "blocking": None, "cached": False},
    "plan": {
        "ir": REF, "plan": REF, "contract": REF, "ledger": REF, "not_built": 0, "summary": {}, "max_rounds": 3, "cached": False,
        "components": [{"name": "backend", "agent": "rules"}, {"name": "database", "agent": "rules"}],
        "component_stages": [["lint"]], "project_stages": [["static"], ["unit"]],
    },
    "generate": {"tree": {"tree": 0}, "traces": REF, "files": 3, "mode": "rules", "cached": False},
    "assemble": {"tree": {"tree": "whole"}},
    "repair": {"tree": {"tree": "repaired"}, "changed": ["a.py"], "repairer": "ruff"},
    "run_gate": {
        "outcome": "pass", "blocks": False, "findings": 0, "cached": False, "seconds": 0.1, "metrics": {}, "reason": "", "verdict": REF,
    },
    "report": {"artifacts": {"ledger": REF}, "result": {"gates": []}, "blocked_by": None},
    "package": {"capsule": {"id": "cap_1", "file_name": "x", "digest": "d", "size": 1}, "artifacts": {}, "bundles": ["a"]},
    "open_preview": {"preview": {"id": "prv_1", "url": "http://127.0.0.1:1", "expires_at": "2020-01-01T00:00:00Z"}, "watched": False},
    "close_preview": {"until": None},
}  # fmt: skip


async def play(activity: str, job: dict[str, Any]) -> dict[str, Any]:
    """Log the call and give the next scripted answer."""
    name = f"run_gate/{job['gate']}" if activity == "run_gate" else activity
    run = job["run_id"]
    with (HERE / f"{run}.log").open("a+") as log:
        fcntl.flock(log, fcntl.LOCK_EX)
        log.seek(0)
        before = sum(json.loads(line)["name"] == name for line in log)
        log.write(json.dumps({"name": name, "job": job}) + "\n")
    script = json.loads((HERE / f"{run}.json").read_text())
    await asyncio.sleep(script.get("sleep", {}).get(name, 0))
    answers = script.get(name, [{}])
    answer = {**DEFAULTS[activity], **answers[min(before, len(answers) - 1)]}
    return {"gate": job["gate"], **answer} if activity == "run_gate" else answer


def bind(name: str) -> None:
    """Register one scripted activity."""

    async def scripted(job: dict) -> dict:  # type: ignore[type-arg]
        return await play(name, job)

    scripted.__name__ = name
    app.activity_trigger("job")(scripted)


for _name in DEFAULTS:
    bind(_name)


@app.orchestration_trigger("context")
def run(context: df.DurableOrchestrationContext) -> Any:
    """The real one."""
    return (yield from orchestrators.run(context))


@app.orchestration_trigger("context")
def preview(context: df.DurableOrchestrationContext) -> Any:
    """The real one."""
    return (yield from orchestrators.preview(context))


@app.orchestration_trigger("context")
def component(context: df.DurableOrchestrationContext) -> Any:
    """The real one."""
    return (yield from orchestrators.component(context))
