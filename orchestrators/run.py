"""The way of a brief: compile, plan, fan out, verify and repair, package, deliver."""

from __future__ import annotations

from azure.durable_functions import DurableOrchestrationContext

from orchestrators.control import Cancelled, Control, Job, Steps, Stopped, input_of
from orchestrators.preview import deploy
from orchestrators.settle import settle


def run(context: DurableOrchestrationContext) -> Steps:
    """Orchestration `run`, instance id = run id. Answers the run's result or error.

    Input: `run_id`, `project_id`, `attempt` (a retry counts it up).
    """
    control = Control(context, input_of(context), commands=True)
    try:
        return (yield from way_of_a_brief(control))
    except Cancelled:
        control.cancel = None
        yield from control.move("cancelled", status="cancelled", phase="done", events=[["run.cancelled", {}]])
        return {"status": "cancelled"}
    except Stopped as stop:
        control.cancel = None
        return (yield from stopped(control, stop.error))


def way_of_a_brief(control: Control) -> Steps:
    began = yield from control.move("begin", status="planning", phase="compiling", signals=None)
    options = began["options"]
    compiled = yield from control.call("compile_brief", brief=began["brief"])
    yield from control.move(
        "compiled", artifacts={"ir": compiled["ir"], "ledger": compiled["ledger"]}, events=[["ir.compiled", compiled["facts"]]]
    )
    if compiled["blocking"] and not options["accept_assumptions"]:
        yield from control.wait_for_resume("blocked", error=compiled["blocking"])
    yield from control.checkpoint()

    yield from control.move("plan", phase="planning")
    plan = yield from control.call("plan", ir=compiled["ir"], ledger=compiled["ledger"])
    ready = [["plan.ready", {"components": [c["name"] for c in plan["components"]], "not_built": plan["not_built"]}]]
    artifacts = {"plan": plan["plan"], "contract": plan["contract"], "ledger": plan["ledger"]}
    yield from control.move("planned", status="planned", artifacts=artifacts, steps=[c["name"] for c in plan["components"]], events=ready)
    if options["dry_run"]:
        yield from control.move("dry-run", status="running", phase="done")
        return (yield from completed(control, {"dry_run": True, **plan["summary"]}, {}))
    yield from control.checkpoint()

    yield from control.move("generate", status="running", phase="generating")
    made = yield from generate(control, plan)
    yield from control.checkpoint()
    whole = yield from verify(control, plan, made)
    yield from control.checkpoint()
    return (yield from package(control, plan, made, whole, options))


def generate(control: Control, plan: Job) -> Steps:
    """All components at once; a component that could not be generated stops the run."""
    jobs = [{"component": c["name"], "agent": c["agent"], "plan": plan} for c in plan["components"]]
    return (yield from control.children("component", jobs))


def verify(control: Control, plan: Job, made: list[Job]) -> Steps:
    """Whole-project gates and their repair loop."""
    assembled = yield from control.call("assemble", trees={part["component"]: part["tree"] for part in made})
    yield from control.move("verify", phase="verifying", artifacts={"tree": assembled["tree"]})
    subject = {
        "name": "project",
        "scope": "project",
        "stages": plan["project_stages"],
        "max_rounds": plan["max_rounds"],
        "ir": plan["ir"],
        "contract": plan["contract"],
        "components": {part["component"]: {"agent": part["agent"], "tree": part["tree"]} for part in made},
    }
    return (yield from settle(control, subject, assembled["tree"]))


def package(control: Control, plan: Job, made: list[Job], whole: Job, options: Job) -> Steps:
    """Ledger, reports and sources in any case; a capsule only when no gate blocks."""
    yield from control.move("package", phase="packaging")
    work = {
        "ir": plan["ir"],
        "ledger": plan["ledger"],
        "tree": whole["tree"],
        "verdicts": whole["verdicts"],
        "rounds": whole["rounds"],
        "components": [{k: part[k] for k in ("component", "traces", "verdicts", "rounds")} for part in made],
    }
    report = yield from control.call("report", **work)
    yield from control.move("reported", artifacts=report["artifacts"], result=report["result"])
    if report["blocked_by"]:
        raise Stopped(report["blocked_by"])
    packed = yield from control.call("package", **work, settled_ledger=report["artifacts"]["ledger"])
    events = [
        ["capsule.built", packed["capsule"]],
        ["capsule.signed", {"capsule": packed["capsule"]["id"], "bundles": len(packed["bundles"])}],
    ]
    yield from control.move("packaged", artifacts=packed["artifacts"], events=events)
    result = {**report["result"], "capsule": packed["capsule"]}
    if options["deploy"] == "preview":
        yield from control.move("preview", phase="previewing")
        asked = {"capsule_id": packed["capsule"]["id"], "ttl": options["ttl"], "preview_id": ""}
        preview = yield from deploy(lambda job: control.call("open_preview", **job), control.sleep, asked)
        result["preview"] = preview["preview"]
    return (yield from completed(control, result, {}))


def completed(control: Control, result: Job, artifacts: Job) -> Steps:
    yield from control.move(
        "completed", status="completed", phase="done", result=result, artifacts=artifacts, events=[["run.completed", {}]]
    )
    return {"status": "completed", "result": result}


def stopped(control: Control, error: Job) -> Steps:
    """A failed gate or an open question leaves the run blocked, so that it can be retried; all else has failed."""
    status = "blocked" if error["exit_code"] == 3 else "failed"
    events = [["run.failed", {"code": error["code"]}]] if status == "failed" else []
    yield from control.move(f"stopped/{error['code']}", status=status, phase="done", error=error, events=events)
    return {"status": status, "error": error}
