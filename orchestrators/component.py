"""One component of the plan: generate, then its own gates and repair loop."""

from __future__ import annotations

from azure.durable_functions import DurableOrchestrationContext

from orchestrators.control import Control, Job, Steps, Stopped, input_of
from orchestrators.settle import settle


def component(context: DurableOrchestrationContext) -> Steps:
    """Sub-orchestration `component`. Input: run and project id, `component`, `agent`, `plan` (what `plan` answered).

    Answers `{"component", "tree", "traces", "verdicts", "blocked", "rounds"}` or `{"error"}`.
    """
    job = input_of(context)
    control = Control(context, job)
    name = job["component"]
    try:
        return (yield from build(control, job, name))
    except Stopped as stop:
        yield context.call_activity(
            "transition",
            control.job(
                {
                    "key": f"{name}/failed",
                    "step": {"name": name, "status": "failed", "reason": stop.error["code"]},
                    "events": [["task.failed", {"component": name, "code": stop.error["code"]}]],
                }
            ),
        )
        return {"error": stop.error}


def build(control: Control, job: Job, name: str) -> Steps:
    plan = job["plan"]
    yield from control.move(
        f"{name}/started",
        step={"name": name, "status": "running", "agent": job["agent"]},
        events=[["task.started", {"component": name, "agent": job["agent"]}]],
    )
    made = yield from control.call("generate", component=name, agent=job["agent"], ir=plan["ir"], contract=plan["contract"])
    subject = {
        "name": name,
        "scope": "component",
        "stages": plan["component_stages"],
        "max_rounds": plan["max_rounds"],
        "ir": plan["ir"],
        "contract": plan["contract"],
        "components": {name: {"agent": job["agent"], "tree": made["tree"]}},
    }
    settled = yield from settle(control, subject, made["tree"])
    status = "needs_qa" if settled["blocked"] else "completed"
    data = {"component": name, "files": made["files"], "mode": made["mode"], "rounds": settled["rounds"], "cached": made["cached"]}
    yield from control.move(
        f"{name}/done",
        step={"name": name, "status": status},
        events=[["task.completed", data], ["artifact.created", {"component": name, "tree": settled["tree"]}]],
    )
    return {
        "component": name,
        "agent": job["agent"],
        "tree": settled["tree"],
        "traces": made["traces"],
        "blocked": settled["blocked"],
        "rounds": settled["rounds"],
        "verdicts": settled["verdicts"],
    }
