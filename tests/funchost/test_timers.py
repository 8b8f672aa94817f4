"""Six-field NCRONTAB and the timer triggers that use it."""

import re
import sqlite3
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funchost.loading import load_app
from funchost.ncrontab import BadSchedule, Schedule
from tests.funchost.hosting import Host, call, write_app

START = datetime(2026, 2, 27, 22, 58, 30)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("0 */5 * * * *", "2026-02-27 23:00:00"),
        ("30 58 22 * * *", "2026-02-28 22:58:30"),
        ("0 0 0 29 2 *", "2028-02-29 00:00:00"),
        ("0 30 9 * * 1-5", "2026-03-02 09:30:00"),
        ("0 0 12 1,15 * *", "2026-03-01 12:00:00"),
        ("*/20 * * * * *", "2026-02-27 22:58:40"),
        ("0 0 9 * Jan,Mar Mon", "2026-03-02 09:00:00"),
        ("0 0 0 13 * Fri", "2026-03-13 00:00:00"),
        ("5/15 * * * * *", "2026-02-27 22:58:35"),
        ("00:02:00", "2026-02-27 23:00:30"),
    ],
)
def test_next(text: str, wanted: str) -> None:
    assert Schedule.parse(text).next(START) == datetime.fromisoformat(wanted)


@pytest.mark.parametrize(
    "text",
    [
        "every day",
        "* * * * *",
        "60 * * * * *",
        "0 0 24 * * *",
        "0 0 0 0 * *",
        "0 0 0 30 2 *",
        "0 0 0 * 13 *",
        "0 0 0 * * 7",
        "0 0 0 5-3 * *",
        "*/0 * * * * *",
        "0 0 0 L * *",
        "",
        "@daily",
        "00:00:00",
    ],
)
def test_what_is_no_schedule(text: str) -> None:
    with pytest.raises(BadSchedule):
        Schedule.parse(text)


@given(st.integers(0, 59), st.integers(0, 23), st.integers(1, 28), st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))
def test_next_is_later_and_matches(minute: int, hour: int, day: int, after: datetime) -> None:
    found = Schedule.parse(f"0 {minute} {hour} {day} * *").next(after)
    assert found is not None
    assert found > after
    assert (found.second, found.minute, found.hour, found.day) == (0, minute, hour, day)
    assert found - after < timedelta(days=62)


def test_a_schedule_may_be_an_app_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = """
    @app.timer_trigger(schedule="%SWEEP_AT%", arg_name="timer")
    def sweep(timer: func.TimerRequest) -> None: ...
    """
    assert load_app(write_app(tmp_path / "unset", source)).warnings[0].startswith("FH1107: function 'sweep': '%SWEEP_AT%' is no NCRONTAB")
    monkeypatch.setenv("SWEEP_AT", "0 */5 * * * *")
    assert load_app(write_app(tmp_path / "set", source)).warnings == ()


APP = """
    runs = {}
    @app.timer_trigger(schedule="* * * * * *", arg_name="timer")
    def tick(timer: func.TimerRequest) -> None:
        runs.setdefault("tick", []).append(timer.past_due)
    @app.timer_trigger(schedule="0 0 0 1 1 *", arg_name="timer", run_on_startup=True)
    async def early(timer: func.TimerRequest) -> None:
        runs.setdefault("early", []).append(timer.past_due)
    @app.timer_trigger(schedule="0 0 0 1 1 *", arg_name="timer")
    def yearly(timer: func.TimerRequest) -> None:
        runs.setdefault("yearly", []).append(timer.past_due)
    @app.queue_trigger(arg_name="message", queue_name="q", connection="C")
    def idle(message: func.QueueMessage) -> None:
        pass
    @app.route(route="runs")
    def show(req: func.HttpRequest) -> func.HttpResponse:
        import json
        return func.HttpResponse(json.dumps(runs))
    """


def seen(host: Host, name: str, count: int = 1) -> list[bool]:
    deadline = time.monotonic() + 20
    while len(runs := (call(f"{host.url}/api/runs")[2] or {}).get(name, [])) < count:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return runs


def test_timer_functions_run_and_catch_up_once(tmp_path: Path) -> None:
    app = write_app(tmp_path / "app", APP)
    with Host(app, tmp_path / "home") as host:
        assert seen(host, "early") == [False]
        assert seen(host, "tick", 2)[1] is False
        assert "yearly" not in call(f"{host.url}/api/runs")[2]
        assert re.search(r"queue\s+idle\s+\(announced but left idle", "".join(host.greeting))
    db = sqlite3.connect(tmp_path / "home" / "hub.db")
    db.execute("UPDATE timer SET last = last - 3 * 366 * 86400 WHERE name = 'yearly'")
    db.commit()
    db.close()
    with Host(app, tmp_path / "home") as host:
        assert seen(host, "yearly") == [True]
