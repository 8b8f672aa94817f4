"""Replaying dead letters over HTTP."""

from __future__ import annotations

import dataclasses

import httpx2
import pytest
from api_cases import Door, WithHost, problem_of

from api import create_api
from shared.model import InputError, new_id
from shared.stores import Replay

PATH = "/dead-letters/audit/actions/replay"


class Letters:
    """Dead letters of one subscription, `audit`."""

    def __init__(self, *letters: Replay) -> None:
        self.letters = list(letters)
        self.asked: list[tuple[str, int]] = []

    async def replay(self, subscription: str, limit: int) -> list[Replay]:
        self.asked.append((subscription, limit))
        if subscription != "audit":
            raise InputError("QLF7052", f"no subscription {subscription!a}")
        sent, self.letters = self.letters[:limit], self.letters[limit:]
        return sent


def letter(run_id: str, number: int) -> Replay:
    made = f"evt_{number}/replay-1"
    return Replay(message_id=made, subject="run.completed", run_id=run_id, attempt=1, reason="Broken", description="cannot read it")


def with_letters(door: Door, letters: Letters) -> Door:
    services = dataclasses.replace(door.services, dead_letters=letters)
    app = WithHost(create_api(services), door.host)
    http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1/api/v1", headers=door.http.headers)
    return dataclasses.replace(door, services=services, app=app, http=http)


async def test_what_was_sent_is_listed_and_written_into_its_runs_with_the_actor(door: Door) -> None:
    run, unknown = await door.run(), new_id("run")
    letters = Letters(letter(run.id, 1), letter(unknown, 2), letter(run.id, 3))
    answer = await with_letters(door, letters).http.post(PATH, json={"limit": 50})
    assert answer.status_code == 200
    assert [item["message_id"] for item in answer.json()["items"]] == ["evt_1/replay-1", "evt_2/replay-1", "evt_3/replay-1"]
    assert (answer.json()["items"][0]["reason"], letters.asked) == ("Broken", [("audit", 50)])
    told = [event for event in await door.stores.runs.events(run.id) if event.data.get("command") == "replay"]
    assert [(event.type, event.data["subscription"], event.data["message_ids"]) for event in told] == [
        ("command.accepted", "audit", ["evt_1/replay-1", "evt_3/replay-1"])
    ]
    assert told[0].data["actor"]


async def test_a_whole_number_may_be_written_as_a_fraction(door: Door) -> None:
    letters = Letters()
    await with_letters(door, letters).http.post(PATH, json={"limit": 48.0})
    assert letters.asked == [("audit", 48)]


async def test_a_body_may_be_empty_and_then_means_a_hundred(door: Door) -> None:
    letters = Letters()
    assert (await with_letters(door, letters).http.post(PATH, json={})).json() == {"items": []}
    assert letters.asked == [("audit", 100)]


@pytest.mark.parametrize("body", [{"limit": 0}, {"limit": 101}, {"limit": "5"}, {"limt": 5}, []])
async def test_other_orders_are_refused_and_nothing_is_sent(door: Door, body: object) -> None:
    letters = Letters()
    problem_of(await with_letters(door, letters).http.post(PATH, json=body), 422, "QLF7103")
    assert letters.asked == []


async def test_an_unknown_subscription_is_not_there(door: Door) -> None:
    problem_of(await with_letters(door, Letters()).http.post(PATH.replace("audit", "nobody"), json={}), 404, "QLF7052")


async def test_where_no_events_are_sent_there_is_nothing_to_replay(door: Door) -> None:
    problem_of(await door.http.post(PATH, json={}), 409, "QLF7053")
