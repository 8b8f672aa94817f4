"""Commands: handed over as external events, refused where they are illegal."""

from __future__ import annotations

from typing import get_args

import pytest
from api_cases import Door, problem_of
from ulid import ULID

from api.routers.commands import Command
from shared.model import TERMINAL, Run, RunStatus, new_id

LEGAL: dict[str, set[str]] = {
    "start": {"pending"},
    "pause": {"pending", "planning", "planned", "running"},
    "resume": {"paused", "blocked"},
    "cancel": {"pending", "planning", "planned", "running", "paused", "blocked"},
    "retry": set(),
    "rerun": set(get_args(RunStatus)),
}


async def act(door: Door, run: Run, command: str, **headers: str) -> tuple[int, dict[str, object]]:
    answer = await door.http.post(f"/runs/{run.id}/actions/{command}", headers=headers)
    return answer.status_code, answer.json()


@pytest.mark.parametrize("status", get_args(RunStatus))
@pytest.mark.parametrize("command", get_args(Command))
async def test_what_each_status_takes_while_its_orchestration_runs(door: Door, command: str, status: RunStatus) -> None:
    run = await door.change(await door.run(), status=status)
    code, body = await act(door, run, command)
    legal = status in LEGAL[command]
    assert code == (202 if legal else 409), body
    rejected = [event for event in await door.stores.runs.events(run.id) if event.type == "command.rejected"]
    assert len(rejected) == (0 if legal else 1)
    if not legal:
        assert body["code"] == "QLF7108"
        assert rejected[0].data["command"] == command
    assert (await door.stores.runs.get(run.id)).status == status


@pytest.mark.parametrize("command", ["pause", "resume", "cancel"])
async def test_commands_go_by_the_name_that_the_orchestration_waits_for(door: Door, command: str) -> None:
    run = await door.run()
    run = await door.change(run, status="paused" if command == "resume" else "running")
    await act(door, run, command)
    await door.change(run, signals={command: f"{command}-7"})
    await act(door, run, command)
    assert [(instance, name) for instance, name, _ in door.host.events] == [(run.id, f"{command}-1"), (run.id, f"{command}-7")]
    assert all(set(data) == {"id"} for _, _, data in door.host.events)


async def test_a_repeated_illegal_command_is_written_once(door: Door) -> None:
    run = await door.change(await door.run(), status="completed")
    for _ in range(3):
        await act(door, run, "cancel")
    await act(door, run, "pause")
    events = await door.stores.runs.events(run.id)
    assert [event.data.get("command") for event in events if event.type == "command.rejected"] == ["cancel", "pause"]


async def test_a_repeated_key_leaves_the_etag_that_others_have_read(door: Door) -> None:
    run = await door.change(await door.run(), status="running")
    first = {"Idempotency-Key": "mine"}
    assert (await act(door, run, "pause", **first))[0] == 202
    read = await door.stores.runs.get(run.id)
    assert (await act(door, run, "pause", **first))[0] == 202
    assert (await act(door, run, "cancel", **{"If-Match": f'"{read.etag}"'}))[0] == 202


async def test_start_is_idempotent_and_starts_what_is_missing(door: Door) -> None:
    run = await door.run()
    assert (await act(door, run, "start"))[0] == 202
    assert door.host.starts == 1
    door.host.instances.clear()
    assert (await act(door, run, "start"))[0] == 202
    assert door.host.told(run.id) == {"run_id": run.id, "project_id": "default"}


async def test_a_blocked_run_that_has_ended_can_be_retried(door: Door) -> None:
    run = await door.change(await door.run(), status="blocked")
    door.host.end(run.id)
    run = await door.stores.runs.get(run.id)
    assert (await act(door, run, "resume"))[0] == 409
    assert (await act(door, run, "retry"))[0] == 202
    run = await door.stores.runs.get(run.id)
    assert door.host.starts == 2
    assert door.host.told(run.id) == {"run_id": run.id, "project_id": "default", "attempt": run.seq}
    assert (await act(door, run, "retry"))[0] == 409
    assert door.host.starts == 2


@pytest.mark.parametrize("lost", [True, False])
async def test_cancel_reaches_a_run_whose_orchestration_is_gone(door: Door, lost: bool) -> None:
    run = await door.change(await door.run(), status="blocked")
    if lost:
        door.host.instances.clear()
    else:
        door.host.end(run.id)
    assert (await act(door, run, "cancel"))[0] == 202
    assert door.host.instances[run.id]["runtimeStatus"] == "Running"
    assert [name for _, name, _ in door.host.events] == ["cancel-1"]


async def test_rerun_makes_a_child_with_the_same_brief_and_options(door: Door) -> None:
    run = await door.change(await door.run(dry_run=True), status="failed")
    answer = await door.http.post(f"/runs/{run.id}/actions/rerun")
    child = Run.model_validate(answer.json())
    assert answer.headers["location"] == f"/api/v1/runs/{child.id}"
    assert (child.parent_run_id, child.brief, child.options, child.status) == (run.id, run.brief, run.options, "pending")
    assert child.id != run.id
    assert door.host.instances[child.id]["name"] == "run"


async def test_rerun_with_a_key_makes_one_child(door: Door) -> None:
    run, key = await door.run(), str(ULID())
    children = [await act(door, run, "rerun", **{"Idempotency-Key": key}) for _ in range(2)]
    assert children[0][1]["id"] == children[1][1]["id"] == f"run_{key}"


async def test_a_command_decided_on_an_old_state_is_refused(door: Door) -> None:
    run = await door.run()
    await door.change(run, status="running")
    answer = await door.http.post(f"/runs/{run.id}/actions/cancel", headers={"If-Match": f'"{run.etag}"'})
    problem_of(answer, 412, "QLF7111")
    assert door.host.events == []
    current = await door.stores.runs.get(run.id)
    assert (await act(door, run, "cancel", **{"If-Match": f'"{current.etag}"'}))[0] == 202


async def test_commands_to_nobody(door: Door) -> None:
    problem_of(await door.http.post(f"/runs/{new_id('run')}/actions/cancel"), 404, "QLF7001")
    run = await door.run()
    problem_of(await door.http.post(f"/runs/{run.id}/actions/explode"), 422, "QLF7103")


async def test_commands_without_a_durable_host(door: Door) -> None:
    run = await door.run()
    door.host.down = True
    problem_of(await door.http.post(f"/runs/{run.id}/actions/cancel"), 503, "QLF7112")
    door.app.host = None
    problem_of(await door.http.post(f"/runs/{run.id}/actions/cancel"), 503, "QLF7112")


def test_terminal_states_take_nothing_but_rerun() -> None:
    for command, statuses in LEGAL.items():
        assert command == "rerun" or not statuses & TERMINAL
