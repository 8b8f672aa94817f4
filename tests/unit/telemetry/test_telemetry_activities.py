"""What telemetry sees of activities, through the border that all of them have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from opentelemetry.trace import StatusCode

from activities.guard import guarded
from activities.watch import waiting_time
from shared.model import InputError
from shared.telemetry import facts, trace_id
from tests.recorded import Recorded

TRACE = "0af7651916cd43dd8448eb211c80319c"
JOB = {"run_id": "run_1", "project_id": "default", "attempt": 2, "trace": f"00-{TRACE}-b7ad6b7169203331-01"}


@guarded
async def good(job: dict[str, Any]) -> dict[str, Any]:
    return {"trace": trace_id(), "facts": dict(facts()), "outcome": "pass", "cached": True}


@guarded
async def refused(job: dict[str, Any]) -> dict[str, Any]:
    raise InputError("QLF7001", "the brief of Anna")


@guarded
async def broken(job: dict[str, Any]) -> dict[str, Any]:
    raise KeyError("the brief of Anna")


async def test_an_activity_is_a_span_of_the_runs_trace(recorded: Recorded) -> None:
    answer = await good({**JOB, "gate": "unit", "subject": {"name": "backend", "scope": "component"}, "brief": "A clinic for Anna"})
    (made,) = recorded.spans().values()
    assert made.context is not None
    assert made.parent is not None
    assert (made.name, format(made.context.trace_id, "032x"), format(made.parent.span_id, "016x")) == (
        "activity good",
        TRACE,
        "b7ad6b7169203331",
    )
    assert dict(made.attributes or {}) == {
        "qlf.run_id": "run_1", "qlf.project_id": "default", "qlf.attempt": 2, "qlf.activity": "good", "qlf.step": "backend",
        "qlf.gate": "unit", "qlf.outcome": "pass", "qlf.cached": True,
    }  # fmt: skip
    assert (answer["trace"], answer["facts"]["run_id"], answer["facts"]["step"]) == (TRACE, "run_1", "backend")


async def test_it_is_counted_and_timed(recorded: Recorded) -> None:
    await good({**JOB, "sent": (datetime.now(UTC) - timedelta(seconds=5)).isoformat()})
    assert recorded.points("qlf.activity.duration") == [({"activity": "good", "outcome": "ok", "code": ""}, 1)]
    assert recorded.points("qlf.activity.active") == [({"activity": "good"}, 0)]
    assert recorded.points("qlf.activity.queue") == [({"activity": "good"}, 1)]
    assert (recorded.spans()["activity good"].attributes or {})["qlf.queue"] >= 5  # type: ignore[operator]


async def test_failures_tell_their_code_and_no_word_more(recorded: Recorded) -> None:
    assert (await refused(JOB))["error"]["code"] == "QLF7001"
    (made,) = recorded.spans().values()
    assert (made.status.status_code, made.status.description, list(made.events)) == (StatusCode.ERROR, None, [])
    assert (made.attributes or {})["qlf.code"] == "QLF7001"
    assert recorded.points("qlf.activity.duration") == [({"activity": "refused", "outcome": "error", "code": "QLF7001"}, 1)]
    assert "Anna" not in made.to_json()


async def test_a_fault_of_ours_is_one_too(recorded: Recorded) -> None:
    assert (await broken({}))["error"]["code"] == "QLF9000"
    assert recorded.points("qlf.activity.duration") == [({"activity": "broken", "outcome": "error", "code": "QLF9000"}, 1)]
    assert "Anna" not in recorded.spans()["activity broken"].to_json()


@pytest.mark.parametrize(
    "job", [{}, {"trace": "", "sent": ""}, {"trace": 7, "sent": 7}, {"subject": None, "trace": "x", "sent": "yesterday"}]
)
async def test_odd_jobs_are_watched_all_the_same(recorded: Recorded, job: dict[str, Any]) -> None:
    assert (await good(job))["outcome"] == "pass"
    assert recorded.spans()["activity good"].parent is None
    assert recorded.points("qlf.activity.queue") == []


@pytest.mark.parametrize(
    ("sent", "known"), [(None, False), ("", False), ("soon", False), ("2026-01-01T00:00:00", True), ("2026-01-01T00:00:00+02:00", True)]
)
def test_waiting_needs_a_time(sent: object, known: bool) -> None:
    assert (waiting_time(sent) is not None) is known


def test_a_clock_ahead_gives_no_negative_wait() -> None:
    assert waiting_time((datetime.now(UTC) + timedelta(hours=1)).isoformat()) == 0.0
