"""The host answers as the published Durable extension does: its recordings, and the SDK's own episodes through the scheduler."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from funchost.durable.protocol import SCHEDULING, EventType, mark_played
from funchost.durable.scheduler import Scheduler
from funchost.durable.sdk import read_reply
from tests.funchost.hosting import CONFORMANCE

EPISODES = json.loads((CONFORMANCE / "episodes.json").read_text())["episodes"]
KINDS = {4: "Name", 7: "Name", 10: "FireAt"}


def test_ninety_two_recordings(recordings: Callable[[], str]) -> None:
    output = recordings()
    assert output.splitlines()[-1] == "92 passed, 0 failed", output


def reply_of(episode: dict[str, Any]) -> Any:
    return read_reply(episode.get("out") or episode["raised"]["state"])


def written_after(history: list[dict[str, Any]], episodes: list[dict[str, Any]], index: int) -> list[dict[str, Any]] | None:
    """What the engine wrote after an episode, read off the next one's input; None when that belongs to another execution."""
    if index + 1 == len(episodes):
        return None
    following = episodes[index + 1]["in"]["history"]
    if following[1].get("OrchestrationInstance") != history[1].get("OrchestrationInstance"):
        return None
    return [e for e in following[len(history) :] if e["EventType"] in SCHEDULING]


@pytest.mark.parametrize(("name", "index"), [(name, n) for name, episodes in EPISODES.items() for n in range(len(episodes))])
def test_recorded_episode_schedules_the_same_tasks_under_the_same_ids(name: str, index: int) -> None:
    episodes = EPISODES[name]
    history = episodes[index]["in"]["history"]
    start = history[1]
    outcome = Scheduler(start["Name"], start["OrchestrationInstance"]["ExecutionId"], reply_of(episodes[index])).decide(history)
    mine = [(int(t.kind), t.task_id, t.name or t.fire_at[:23]) for t in outcome.tasks]
    wanted = written_after(history, episodes, index)
    if wanted is None:
        assert outcome.over
        return
    assert mine == [(e["EventType"], e["EventId"], e[KINDS[e["EventType"]]][:23]) for e in wanted]
    assert not outcome.over


@pytest.mark.parametrize("name", EPISODES)
def test_events_are_marked_played_as_recorded(name: str) -> None:
    for episode in EPISODES[name]:
        history = episode["in"]["history"]
        last = max(n for n, e in enumerate(history) if e["EventType"] == EventType.ORCHESTRATOR_STARTED)
        past = [{**e, "IsPlayed": False} for e in history[:last]]
        mark_played(past)
        assert [e["IsPlayed"] for e in past] == [e["IsPlayed"] for e in history[:last]]
