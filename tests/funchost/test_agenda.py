"""The agenda alone: what is handed out, together with what, and what waits."""

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funchost.durable.agenda import Agenda, Ready
from funchost.durable.protocol import EventType, event, iso
from funchost.store import Activity, Answer


def activity(n: int, instance: str = "i") -> Activity:
    return Activity(n, instance, "e", n, "a", None)


def answer(n: int, instance: str = "i") -> Answer:
    return Answer(activity(n, instance), 1.0, event(EventType.TASK_COMPLETED, iso(1.0), TaskScheduledId=n, Result="1"))


def expecting(*activities: Activity) -> Agenda:
    agenda = Agenda()
    agenda.expect(list(activities))
    return agenda


def test_an_answer_comes_with_its_instance_and_needs_no_look_into_the_inbox() -> None:
    agenda = expecting(activity(1))
    agenda.answer(answer(1))
    assert agenda.take() == ([Ready("i", False, [answer(1)])], [])


def test_a_message_and_an_answer_are_one_visit() -> None:
    agenda = expecting(activity(1))
    agenda.answer(answer(1))
    agenda.wake("i")
    agenda.wake("other")
    assert agenda.take() == ([Ready("i", True, [answer(1)]), Ready("other", True, [])], [])


def test_answers_for_an_instance_that_rests_are_handed_out_without_it_until_the_last() -> None:
    agenda = expecting(activity(1), activity(2))
    agenda.rest("i", 1000.0, finished=False)
    agenda.answer(answer(1))
    assert agenda.take() == ([], [answer(1)])
    agenda.answer(answer(2))
    assert agenda.take() == ([Ready("i", True, [answer(2)])], [])  # answer 1 has been posted meanwhile


def test_an_answer_in_the_middle_of_the_visit_that_ended_a_rest_needs_no_other_reminder() -> None:
    agenda = expecting(*(activity(n) for n in range(3)))
    agenda.rest("i", 0.05, finished=False)
    agenda.answer(answer(0))
    assert agenda.take() == ([], [answer(0)])
    assert agenda.take() == ([Ready("i", True, [])], [])
    agenda.answer(answer(1))
    agenda.rest("i", 1000.0, finished=False)
    assert agenda.take() == ([Ready("i", False, [answer(1)])], [])


def test_a_rest_ends_by_itself_with_a_look_into_the_inbox() -> None:
    agenda = expecting(*(activity(n) for n in range(3)))
    agenda.rest("i", 0.05, finished=False)
    for n in range(2):
        agenda.answer(answer(n))
    assert agenda.take() == ([], [answer(0), answer(1)])
    assert agenda.take() == ([Ready("i", True, [])], [])


def test_what_is_put_back_comes_again_before_what_is_newer() -> None:
    agenda = expecting(activity(1), activity(2))
    agenda.put_back("i", [answer(1)], 3600.0)
    agenda.answer(answer(2))
    assert agenda.take() == ([Ready("i", False, [answer(1), answer(2)])], [])


def test_what_is_put_back_comes_again_after_the_pause() -> None:
    agenda, began = Agenda(), time.time()
    agenda.put_back("i", [answer(1)], 0.05)
    assert agenda.take() == ([Ready("i", True, [answer(1)])], [])
    assert time.time() >= began + 0.05


def test_not_everything_is_handed_out_at_once() -> None:
    agenda = expecting(activity(1, "n099"))
    names = [f"n{n:03}" for n in range(100)]
    for name in names:
        agenda.wake(name)
    agenda.answer(answer(1, "n099"))
    first, loose = agenda.take()
    second, _ = agenda.take()
    assert [one.instance for one in first + second] == names
    assert len(first) < len(names)
    assert (loose, second[-1].answers) == ([], [answer(1, "n099")])


def test_a_closed_agenda_gives_out_answers_only() -> None:
    agenda = expecting(activity(1), activity(2))
    agenda.put_back("i", [answer(1)], 0.0)
    agenda.answer(answer(2))
    agenda.close()
    assert agenda.take() == ([], [answer(1), answer(2)])


@pytest.mark.parametrize("end", ["wake", "close"])
def test_whoever_takes_sleeps_until_there_is_something(end: str) -> None:
    agenda, taken = Agenda(), []
    thread = threading.Thread(target=lambda: taken.append(agenda.take()))
    thread.start()
    if end == "wake":
        agenda.wake("i")
    else:
        agenda.close()
    thread.join(20)
    assert taken == [([Ready("i", True, [])] if end == "wake" else [], [])]


class Engine:
    """What the real one does with an agenda, step by step and by a clock of its own: `seen` are the answers that an episode has read."""

    def __init__(self, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.waiting = 1000.0, list(range(size))
        monkeypatch.setattr("funchost.durable.agenda.time.time", lambda: self.now)
        self.agenda = expecting(*(activity(n) for n in self.waiting))
        self.inbox: set[int] = set()
        self.seen: set[int] = set()
        self.visiting = False

    def answer(self) -> None:
        if self.waiting:
            self.agenda.answer(answer(self.waiting.pop()))

    def take(self) -> None:
        if self.visiting:
            return
        self.agenda.wake("another")  # so that nobody sleeps
        ready, loose = self.agenda.take()
        for one in ready:
            if one.instance == "i":
                read = {a.activity.n for a in one.answers} | (self.inbox if one.inbox else set())
                self.visiting, self.seen, self.inbox = bool(read), self.seen | read, self.inbox - read
        self.inbox |= {a.activity.n for a in loose}

    def write(self, replay_seconds: float) -> None:
        if self.visiting:
            self.agenda.rest("i", replay_seconds, finished=False)
            self.visiting = False

    def pass_time(self, seconds: float) -> None:
        self.now += seconds


@given(steps=st.lists(st.sampled_from(["answer", "take", "write", "tick", "long"]), min_size=20, max_size=60))
def test_no_answer_is_forgotten_whatever_comes_when(steps: list[str]) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        engine = Engine(20, monkeypatch)
        for step in steps:
            {
                "answer": engine.answer,
                "take": engine.take,
                "write": lambda: engine.write(0.01),
                "tick": lambda: engine.pass_time(0.015),
                "long": lambda: engine.pass_time(1.0),
            }[step]()
        answered = set(range(20)) - set(engine.waiting)
        for _ in range(3):
            engine.write(0.01)
            engine.pass_time(1.0)
            engine.take()
        assert engine.seen == answered
