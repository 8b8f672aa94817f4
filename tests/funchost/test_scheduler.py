"""The scheduler alone: what an execution hands on, how retries are timed, and what a suspension holds back."""

from typing import Any

import pytest

from funchost.durable.outcomes import Outcome, Reply
from funchost.durable.protocol import ActionType, Event, EventType, event, execution_started
from funchost.durable.scheduler import Scheduler

T = "2026-01-01T00:00:{:02d}.000000Z"
ACTIVITY = {"actionType": ActionType.CALL_ACTIVITY, "functionName": "a", "input": "1"}
AGAIN = {"actionType": ActionType.CONTINUE_AS_NEW, "input": "2"}


def started(second: int = 0) -> list[Event]:
    first = execution_started(T.format(second), name="x", text=None, version=None, instance="i", execution="e")
    return [event(EventType.ORCHESTRATOR_STARTED, T.format(second)), first]


def scheduled(number: int, name: str = "a") -> Event:
    return event(EventType.TASK_SCHEDULED, T.format(0), number, Name=name, Version="")


def ended(number: int, kind: EventType = EventType.TASK_COMPLETED) -> Event:
    return event(kind, T.format(1), TaskScheduledId=number, Result="1")


def raised(name: str) -> Event:
    return event(EventType.EVENT_RAISED, T.format(1), Name=name, Input="1")


def decide(actions: list[dict[str, Any]], events: list[Event], *, done: bool = False) -> Outcome:
    return Scheduler("x", "e", Reply(done, actions)).decide(events)


def test_events_after_continue_as_new_go_to_the_next_execution() -> None:
    history = [*started(), scheduled(0), raised("before"), ended(0), raised("after"), raised("later")]
    outcome = decide([ACTIVITY, AGAIN], history, done=True)
    assert outcome.status == "ContinuedAsNew"
    assert [e["Name"] for e in outcome.carried] == ["after", "later"]
    assert [t.code for t in outcome.traps] == ["FH1406"]


def test_nothing_is_carried_without_continue_as_new() -> None:
    outcome = decide([ACTIVITY], [*started(), scheduled(0), ended(0), raised("after")], done=True)
    assert (outcome.status, outcome.carried) == ("Completed", [])


@pytest.mark.parametrize(
    ("options", "attempt", "wanted"),
    [
        ({"firstRetryIntervalInMilliseconds": 2000}, 1, 3),
        ({"firstRetryIntervalInMilliseconds": 2000}, 3, 3),
        ({"firstRetryIntervalInMilliseconds": 2000, "backoffCoefficient": 3.0}, 2, 7),
        ({"firstRetryIntervalInMilliseconds": 2000, "backoffCoefficient": 3.0, "maxRetryIntervalInMilliseconds": 5000}, 2, 6),
        ({"firstRetryIntervalInMilliseconds": 2000}, 4, 1),
    ],
)
def test_when_a_retry_is_due(options: dict[str, Any], attempt: int, wanted: int) -> None:
    action = {**ACTIVITY, "actionType": ActionType.CALL_ACTIVITY_WITH_RETRY, "retryOptions": {**options, "maxNumberOfAttempts": 4}}
    history, number = started(), 0
    for n in range(attempt):
        if n:
            timer = event(EventType.TIMER_CREATED, T.format(0), number, FireAt=T.format(0))
            history += [timer, event(EventType.TIMER_FIRED, T.format(1), TimerId=number)]
            number += 1
        history += [scheduled(number), event(EventType.ORCHESTRATOR_STARTED, T.format(1)), ended(number, EventType.TASK_FAILED)]
        number += 1
    (timer,) = decide([action], history).tasks
    assert (timer.task_id, timer.fire_at) == (number, T.format(wanted))


def test_a_retry_timeout_ends_the_attempts_without_another_timer() -> None:
    options = {"firstRetryIntervalInMilliseconds": 100, "maxNumberOfAttempts": 9, "retryTimeoutInMilliseconds": 500}
    action = {**ACTIVITY, "actionType": ActionType.CALL_ACTIVITY_WITH_RETRY, "retryOptions": options}
    late = event(EventType.ORCHESTRATOR_STARTED, T.format(1))
    outcome = decide([action, ACTIVITY], [*started(), scheduled(0), late, ended(0, EventType.TASK_FAILED)])
    assert [(int(t.kind), t.task_id) for t in outcome.tasks] == [(4, 1)]


def test_a_suspension_holds_new_tasks_until_the_resumption() -> None:
    two = [ACTIVITY, {**ACTIVITY, "functionName": "b"}]
    suspended = event(EventType.EXECUTION_SUSPENDED, T.format(1), Reason=None)
    history = [*started(), scheduled(0), ended(0), suspended]
    held = decide(two, history)
    assert (held.status, held.tasks) == ("Suspended", [])
    resumed = decide(two, [*history, event(EventType.EXECUTION_RESUMED, T.format(2), Reason=None)])
    assert (resumed.status, [t.name for t in resumed.tasks]) == ("Running", ["b"])


def test_too_many_actions_are_refused() -> None:
    outcome = Scheduler("x", "e", Reply(False, [ACTIVITY] * 4), limit=3).decide(started())
    assert outcome.result == (
        "Orchestrator function 'x' failed: Maximum amount of orchestration actions (3) has been reached. "
        "This value can be configured in host.json file as MaxOrchestrationActions."
    )
