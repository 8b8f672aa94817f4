"""The door: binds triggers to rooms. No logic, and no import that is not needed to list the functions."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df
import azure.functions as func

import orchestrators

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)  # the API asks for its own token; see api/identity/

Job = dict  # a plain type: on Python >= 3.11 the worker refuses `dict[str, Any]` as an annotation


@app.function_name("api")
@app.route("{*route}", methods=["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
@app.durable_client_input("client")
async def api(req: func.HttpRequest, client: Any, context: func.Context) -> func.HttpResponse:
    """Every HTTP request, with the durable client for the rooms behind it."""
    from api.door import handle

    return await handle(req, client, context)


@app.orchestration_trigger("context")
def run(context: df.DurableOrchestrationContext) -> Any:
    """The way of a brief."""
    return (yield from orchestrators.run(context))


@app.orchestration_trigger("context")
def component(context: df.DurableOrchestrationContext) -> Any:
    """One component of a run: generate, verify, repair."""
    return (yield from orchestrators.component(context))


@app.orchestration_trigger("context")
def preview(context: df.DurableOrchestrationContext) -> Any:
    """A preview of a capsule."""
    return (yield from orchestrators.preview(context))


@app.activity_trigger("job")
async def transition(job: Job) -> Job:
    """The one writer of a run's state and events."""
    from activities.transition import transition as room

    return await room(job)


@app.activity_trigger("job")
async def compile_brief(job: Job) -> Job:
    """Brief -> IR and ledger."""
    from activities.compile_brief import compile_brief as room

    return await room(job)


@app.activity_trigger("job")
async def plan(job: Job) -> Job:
    """IR -> components and the contract they share."""
    from activities.plan import plan as room

    return await room(job)


@app.activity_trigger("job")
async def generate(job: Job) -> Job:
    """One agent writes its component."""
    from activities.generate import generate as room

    return await room(job)


@app.activity_trigger("job")
async def assemble(job: Job) -> Job:
    """Component trees -> one project tree."""
    from activities.assemble import assemble as room

    return await room(job)


@app.activity_trigger("job")
async def run_gate(job: Job) -> Job:
    """One gate judges one tree."""
    from activities.run_gate import run_gate as room

    return await room(job)


@app.activity_trigger("job")
async def repair(job: Job) -> Job:
    """Repairers change a tree that gates found fault with."""
    from activities.repair import repair as room

    return await room(job)


@app.activity_trigger("job")
async def report(job: Job) -> Job:
    """Ledger with proofs, verdicts, score and sources."""
    from activities.report import report as room

    return await room(job)


@app.activity_trigger("job")
async def package(job: Job) -> Job:
    """Tree, ledger and verdicts -> a signed capsule."""
    from activities.package import package as room

    return await room(job)


@app.activity_trigger("job")
async def open_preview(job: Job) -> Job:
    """Take the deployment of a capsule's app one step further."""
    from activities.open_preview import open_preview as room

    return await room(job)


@app.activity_trigger("job")
async def close_preview(job: Job) -> Job:
    """End a preview whose time is over."""
    from activities.close_preview import close_preview as room

    return await room(job)


@app.timer_trigger("timer", schedule="0 */5 * * * *")
async def sweeper(timer: func.TimerRequest) -> None:  # noqa: ARG001  # the binding
    """Every five minutes: end the previews whose time is over, write down which have ended, and which runs have fallen silent."""
    from activities.silence import listen
    from activities.sweep import sweep

    try:
        await sweep()
    finally:
        await listen()


@app.timer_trigger("timer", schedule="*/10 * * * * *")
async def outbox(timer: func.TimerRequest) -> None:  # noqa: ARG001  # the binding
    """Every ten seconds: hand committed events to whoever listens outside."""
    from activities.outbox import relay

    await relay()
