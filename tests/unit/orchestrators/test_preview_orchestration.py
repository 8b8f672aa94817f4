"""A preview's way: looks until it has settled, a wait until its end, and an end that comes whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from orchestration_cases import Played

Play = Callable[..., Played]
PREVIEW = {"id": "prv_1", "url": "https://one", "expires_at": "2020-01-01T00:00:00Z"}
BUSY = {"progress": {"stage": "build"}, "wait": 0}
ERROR = {"error": {"code": "QLF6007", "detail": "", "exit_code": 1, "context": {}}}


def soon(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_a_local_preview_is_over_once_it_answers(play: Play) -> None:
    played = play(orchestrator="preview")

    assert played.answer()["preview"]["id"] == "prv_1"
    assert [call["name"] for call in played.calls()] == ["open_preview"]


def test_each_look_is_told_where_the_last_one_stood(play: Play) -> None:
    stages = [{"progress": {"stage": stage}, "wait": 0.01} for stage in ("begin", "build", "build", "start")]
    played = play(orchestrator="preview", open_preview=[*stages, {"preview": PREVIEW}])

    assert "progress" not in played.answer()
    assert [(call.get("progress") or {}).get("stage") for call in played.calls("open_preview")] == [
        None,
        "begin",
        "build",
        "build",
        "start",
    ]


@pytest.mark.parametrize("after", [0, 2])
def test_a_failure_ends_it(play: Play, after: int) -> None:
    played = play(orchestrator="preview", open_preview=[*[BUSY] * after, ERROR])

    assert played.answer()["error"]["code"] == "QLF6007"
    assert played.calls("close_preview") == []


def test_a_watched_preview_is_closed_at_its_end(play: Play) -> None:
    played = play(orchestrator="preview", open_preview=[{"watched": True, "preview": {**PREVIEW, "expires_at": soon(0.5)}}])

    assert played.answer()["preview"]["id"] == "prv_1"
    assert [call["name"] for call in played.calls()] == ["open_preview", "close_preview"]


def test_an_end_that_moved_is_waited_for_again(play: Play) -> None:
    closes: list[dict[str, Any]] = [{"until": soon(0.5)}, {"until": soon(1)}, {"until": None}]
    played = play(orchestrator="preview", open_preview=[{"watched": True}], close_preview=closes)

    played.answer()
    assert len(played.calls("close_preview")) == 3


def test_a_run_waits_for_its_preview_and_tells_of_it(play: Play) -> None:
    options = {"accept_assumptions": False, "dry_run": False, "deploy": "preview", "ttl": 60}
    played = play(transition=[{"options": options}], open_preview=[BUSY, BUSY, {"preview": PREVIEW}])

    assert played.answer()["result"]["preview"] == PREVIEW
    assert len(played.calls("open_preview")) == 3


def test_a_run_can_be_cancelled_while_its_preview_is_built(play: Play) -> None:
    options = {"accept_assumptions": False, "dry_run": False, "deploy": "preview", "ttl": 60}
    played = play(transition=[{"options": options}], open_preview=[{**BUSY, "wait": 3600}])
    played.wait_for_call("open_preview")
    played.tell("cancel-1")

    assert played.answer() == {"status": "cancelled"}
