"""Previews over HTTP."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta

import httpx2
import pytest
from api_cases import Door, problem_of

from shared.model import InputError, Preview, new_id


async def started(door: Door, ttl: object = "30m", **headers: str) -> Preview:
    capsule = await door.capsule()
    answer = await door.http.post(f"/capsules/{capsule.id}/previews", json={"ttl": ttl}, headers=headers)
    assert answer.status_code == 202, answer.text
    return Preview.model_validate(answer.json())


async def asked(door: Door, capsule_id: str, key: str) -> httpx2.Response:
    return await door.http.post(f"/capsules/{capsule_id}/previews", json={}, headers={"Idempotency-Key": key})


@pytest.mark.parametrize(("ttl", "span"), [("30m", 1800), ("24h", 86400), ("3d", 259200), ("1m", 60), ("7d", 604800), (90, 90), (60, 60)])
async def test_a_preview_is_kept_and_started(door: Door, ttl: object, span: int) -> None:
    preview = await started(door, ttl)
    assert preview.status == "deploying"
    life = datetime.fromisoformat(preview.expires_at) - datetime.fromisoformat(preview.created_at)
    assert life == timedelta(seconds=span)
    assert door.host.instances[preview.id]["name"] == "preview"
    assert door.host.told(preview.id) == {"preview_id": preview.id}
    answer = await door.http.get(f"/previews/{preview.id}")
    assert Preview.model_validate(answer.json()) == preview
    assert answer.headers["etag"] == f'"{preview.etag}"'


@pytest.mark.parametrize(
    "ttl", ["", "30", "30s", "0m", "8d", "169h", "10081m", "1w", "m", "-1m", "1m\n", "９m", 59, 604801, True, None, 1.5]
)
async def test_times_to_live_are_bounded(door: Door, ttl: object) -> None:
    capsule = await door.capsule()
    problem_of(await door.http.post(f"/capsules/{capsule.id}/previews", json={"ttl": ttl}), 422, "QLF7103")
    assert (await door.http.get("/previews")).json()["items"] == []


async def test_a_preview_of_an_unknown_capsule(door: Door) -> None:
    problem_of(await door.http.post(f"/capsules/{new_id('cap')}/previews", json={}), 404, "QLF7007")


KEYS = ["mine", "/", "~" * 128, "01ARZ3NDEKTSV4RRFFQ69G5FAV", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"]


@pytest.mark.parametrize("key", KEYS)
async def test_a_key_makes_one_preview(door: Door, key: str) -> None:
    capsule = await door.capsule()
    answers = [await asked(door, capsule.id, key) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    assert len((await door.http.get("/previews")).json()["items"]) == 1
    assert sum(instance["name"] == "preview" for instance in door.host.instances.values()) == 1
    commands = [event.data["command"] for event in await door.stores.runs.events(capsule.run_id) if event.type == "command.accepted"]
    assert commands == ["preview.create"]
    other = await door.capsule()
    problem_of(await asked(door, other.id, key), 409, "QLF7003")


async def test_requests_with_one_key_at_the_same_moment_are_one_preview(door: Door) -> None:
    capsule = await door.capsule()
    answers = await asyncio.gather(*(asked(door, capsule.id, "mine") for _ in range(10)))
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len((await door.http.get("/previews")).json()["items"]) == 1
    assert sum(instance["name"] == "preview" for instance in door.host.instances.values()) == 1


async def test_without_a_key_each_request_is_a_preview(door: Door) -> None:
    capsule = await door.capsule()
    answers = [await door.http.post(f"/capsules/{capsule.id}/previews", json={}) for _ in range(2)]
    assert len({answer.json()["id"] for answer in answers}) == 2


async def test_a_key_cannot_name_the_preview_that_a_run_makes_itself(door: Door) -> None:
    run, capsule = await door.run(), await door.capsule()
    key = run.id.removeprefix("run_")
    assert (await asked(door, capsule.id, key)).status_code == 202
    with pytest.raises(InputError) as caught:
        await door.stores.previews.get(f"prv_{key}")
    assert caught.value.code == "QLF7008"


async def test_a_key_means_another_preview_in_each_project(door: Door) -> None:
    mine, theirs = await door.capsule("mine"), await door.capsule("theirs")
    answers = [await asked(door, capsule.id, "same") for capsule in (mine, theirs)]
    assert len({answer.json()["id"] for answer in answers}) == 2
    assert [answer.json()["project_id"] for answer in answers] == ["mine", "theirs"]


async def test_previews_are_listed(door: Door) -> None:
    first, second = await started(door), await started(door)
    page = (await door.http.get("/previews", params={"limit": 1})).json()
    assert [item["id"] for item in page["items"]] == [second.id]
    mine = (await door.http.get("/previews", params={"run_id": first.run_id})).json()
    assert [item["id"] for item in mine["items"]] == [first.id]


async def test_logs_are_bounded_text(door: Door) -> None:
    preview = await started(door)
    answer = await door.http.get(f"/previews/{preview.id}/logs")
    assert answer.text == "started\n"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    door.previews.log = b"\xff" * 1_000_000
    assert len((await door.http.get(f"/previews/{preview.id}/logs")).text) == 256 * 1024
    problem_of(await door.http.get(f"/previews/{new_id('prv')}/logs"), 404, "QLF7008")


async def test_extend_counts_from_now_and_is_kept(door: Door) -> None:
    preview = await started(door, "1m")
    answer = await door.http.post(f"/previews/{preview.id}/actions/extend", json={"ttl": "3d"})
    assert answer.status_code == 202
    changed = Preview.model_validate(answer.json())
    assert changed.expires_at > preview.expires_at
    assert changed.etag != preview.etag
    assert await door.stores.previews.get(preview.id) == changed


async def test_destroy_ends_it_for_good(door: Door) -> None:
    preview = await started(door)
    answer = await door.http.post(f"/previews/{preview.id}/actions/destroy")
    assert (answer.status_code, answer.json()["status"]) == (202, "destroyed")
    problem_of(await door.http.post(f"/previews/{preview.id}/actions/destroy"), 409, "QLF7114")
    problem_of(await door.http.post(f"/previews/{preview.id}/actions/extend", json={}), 409, "QLF7114")


async def test_a_preview_that_ended_by_itself_is_written_down(door: Door) -> None:
    preview, other = await started(door), await started(door)
    door.previews.gone |= {preview.id, other.id}
    assert (await door.http.get(f"/previews/{preview.id}")).json()["status"] == "destroyed"
    assert (await door.stores.previews.get(preview.id)).status == "destroyed"
    assert {item["status"] for item in (await door.http.get("/previews")).json()["items"]} == {"destroyed"}
    problem_of(await door.http.post(f"/previews/{other.id}/actions/extend", json={}), 409, "QLF7114")


async def test_a_command_decided_on_an_old_state_is_refused(door: Door) -> None:
    preview = await started(door)
    await door.stores.previews.put(preview.model_copy(update={"status": "ready"}), if_match=preview.etag)
    answer = await door.http.post(f"/previews/{preview.id}/actions/destroy", headers={"If-Match": f'"{preview.etag}"'})
    problem_of(answer, 412, "QLF7111")
    assert (await door.stores.previews.get(preview.id)).status == "ready"


@pytest.mark.parametrize("action", ["extend", "destroy"])
async def test_commands_to_nobody(door: Door, action: str) -> None:
    problem_of(await door.http.post(f"/previews/{new_id('prv')}/actions/{action}", json={}), 404, "QLF7008")


async def test_without_a_durable_host_no_preview_is_made(door: Door) -> None:
    capsule = await door.capsule()
    door.app.host = None
    problem_of(await door.http.post(f"/capsules/{capsule.id}/previews", json={}), 503, "QLF7112")
    assert (await door.http.get("/previews")).json()["items"] == []


async def told(door: Door, run_id: str) -> list[tuple[str, str, str]]:
    """Type, preview and kind of actor of each event of a preview in the run."""
    events = [event for event in await door.stores.runs.events(run_id, limit=1000) if event.type.startswith("preview.")]
    return [(event.type, event.data["preview_id"], event.data["actor"]["kind"]) for event in events]


async def test_the_life_of_a_preview_is_told_to_its_run_with_who_asked(door: Door) -> None:
    preview = await started(door, **{"Idempotency-Key": "again"})
    body = {"json": {"ttl": "30m"}, "headers": {"Idempotency-Key": "again"}}
    assert (await door.http.post(f"/capsules/{preview.capsule_id}/previews", **body)).json()["id"] == preview.id
    await door.http.post(f"/previews/{preview.id}/actions/extend", json={"ttl": "3d"})
    await door.http.post(f"/previews/{preview.id}/actions/destroy")
    await door.http.get(f"/previews/{preview.id}")
    assert await told(door, preview.run_id) == [("preview.deploying", preview.id, "local"), ("preview.destroyed", preview.id, "local")]


@contextmanager
def refusing(door: Door, table: str, kind: str) -> Iterator[None]:
    """The database takes no row of this kind into the table: what comes before it is all that a process has done that dies there."""
    column = "document LIKE" if table == "events" else "kind LIKE"
    with closing(sqlite3.connect(door.home / "state.db")) as connection:
        connection.execute(
            f"CREATE TRIGGER refusing BEFORE INSERT ON {table} WHEN NEW.{column} '%{kind}%' BEGIN SELECT RAISE(ABORT, 'dead'); END"
        )
        yield
        connection.execute("DROP TRIGGER refusing")


async def commands(door: Door, run_id: str) -> list[str]:
    return [event.data["command"] for event in await door.stores.runs.events(run_id) if event.type == "command.accepted"]


async def test_no_preview_is_told_of_that_was_not_made(door: Door) -> None:
    """But the command is, as nothing is done without a record of who asked for it."""
    capsule = await door.capsule()
    with refusing(door, "documents", "preview"):
        assert (await door.http.post(f"/capsules/{capsule.id}/previews", json={})).status_code == 500
    assert (await door.http.get("/previews")).json()["items"] == []
    assert await told(door, capsule.run_id) == []
    assert await commands(door, capsule.run_id) == ["preview.create"]


async def test_a_repeated_key_tells_what_a_dead_process_could_not(door: Door) -> None:
    capsule = await door.capsule()
    with refusing(door, "events", "preview.deploying"):
        assert (await asked(door, capsule.id, "mine")).status_code == 500
    (made,) = (await door.http.get("/previews")).json()["items"]
    assert await told(door, capsule.run_id) == []
    assert made["id"] not in door.host.instances

    for _ in range(2):
        assert (await asked(door, capsule.id, "mine")).json()["id"] == made["id"]
    assert await told(door, capsule.run_id) == [("preview.deploying", made["id"], "local")]
    assert await commands(door, capsule.run_id) == ["preview.create"]
    assert door.host.instances[made["id"]]["name"] == "preview"


async def test_what_a_preview_did_by_itself_is_told_by_whoever_finds_it(door: Door) -> None:
    """As for a local preview, whose supervisor writes into no store."""
    preview = await started(door)
    for status in ("ready", "unhealthy", "ready", "unhealthy"):
        door.previews.found[preview.id] = status
        assert (await door.http.get(f"/previews/{preview.id}")).json()["status"] == status
    door.previews.gone.add(preview.id)
    for _ in range(2):
        await door.http.get("/previews")
    assert await told(door, preview.run_id) == [
        ("preview.deploying", preview.id, "local"),
        ("preview.ready", preview.id, "system"),
        ("preview.unhealthy", preview.id, "system"),
        ("preview.destroyed", preview.id, "system"),
    ]
