"""What goes wrong with the file goes wrong loudly, and loses nothing."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from funchost import EmbeddedHost, HubLocked, StoreError
from funchost.durable.client import Client, ClientError
from funchost.errors import StoreFull
from funchost.settings import Settings
from funchost.store import Query, Store
from tests.funchost.hosting import ROOT, Host, write_app

APP = """
    @app.orchestration_trigger(context_name="context")
    def forever(context):
        left = context.get_input()
        got = yield context.call_activity("echo", "x" * 2000)
        if left:
            context.continue_as_new(left - 1)
        return len(got)

    @app.orchestration_trigger(context_name="context")
    def big(context):
        got = yield context.task_all([context.call_activity("echo", "y" * 20000) for n in range(40)])
        return sum(len(g) for g in got)

    @app.orchestration_trigger(context_name="context")
    def waits(context):
        return (yield context.wait_for_external_event("go"))

    @app.activity_trigger(input_name="value")
    def echo(value):
        return value
    """


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_app(tmp_path_factory.mktemp("store") / "app", APP)


def refusal(app: Path, home: Path) -> str:
    result = subprocess.run(
        [sys.executable, "-m", "funchost", str(app), "--port", "0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={**os.environ, "FUNCHOST_HOME": str(home)},
    )
    assert result.returncode == 1
    return result.stderr


def test_a_held_home_is_refused(app: Path, tmp_path: Path) -> None:
    with Host(app, tmp_path / "home"):
        assert "FH1201" in refusal(app, tmp_path / "home")
        with pytest.raises(HubLocked):
            EmbeddedHost(app, tmp_path / "home").start()
    with Host(app, tmp_path / "home"):
        pass


def test_a_newer_database_is_refused_and_left_alone(app: Path, tmp_path: Path) -> None:
    with Host(app, tmp_path / "home") as host:
        host.begin("waits", "w")
        host.until("w", "Running")
    db = sqlite3.connect(tmp_path / "home" / "hub.db")
    db.execute("PRAGMA user_version=99")
    db.close()
    assert "FH1202" in refusal(app, tmp_path / "home")
    db = sqlite3.connect(tmp_path / "home" / "hub.db")
    db.execute("PRAGMA user_version=2")
    db.close()
    with Host(app, tmp_path / "home") as host:
        assert host.status("w")["runtimeStatus"] == "Running"


def test_a_corrupted_database_is_refused(app: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "hub.db").write_bytes(b"this is no database" * 1000)
    assert "FH1203" in refusal(app, home)
    assert (home / "hub.db").read_bytes().startswith(b"this is no database")


def test_a_damaged_page_is_found_at_start(app: Path, tmp_path: Path) -> None:
    with Host(app, tmp_path / "home") as host:
        host.begin("big", "b")
        host.until("b")
    path = tmp_path / "home" / "hub.db"
    raw = bytearray(path.read_bytes())
    raw[4096:12288] = b"\xa5" * 8192
    path.write_bytes(raw)
    assert "FH1203" in refusal(app, tmp_path / "home")


def test_another_programs_database_is_refused(app: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    db = sqlite3.connect(home / "hub.db")
    db.execute("CREATE TABLE theirs (x)")
    db.commit()
    db.close()
    assert "FH1203" in refusal(app, home)


def test_a_locked_file_delays_and_loses_nothing(app: Path, tmp_path: Path) -> None:
    with Host(app, tmp_path / "home", "--quiet") as host:
        host.begin("waits", "w")
        host.until("w", "Running")
        intruder = sqlite3.connect(tmp_path / "home" / "hub.db", isolation_level=None)
        intruder.execute("BEGIN IMMEDIATE")
        status, _, body = host.api("instances/w/raiseEvent/go", "POST", "1")
        assert (status, body["Code"]) == (503, "FH1204")
        assert host.status("w")["runtimeStatus"] == "Running"
        intruder.execute("COMMIT")
        intruder.close()
        assert host.api("instances/w/raiseEvent/go", "POST", "1")[0] == 202
        assert host.until("w")["output"] == "1"


def test_what_came_of_activities_outlives_a_locked_file(tmp_path: Path) -> None:
    app = write_app(
        tmp_path / "app",
        """
        import os, time
        @app.orchestration_trigger(context_name="context")
        def three(context):
            return (yield context.task_all([context.call_activity("held", n) for n in range(3)]))
        @app.activity_trigger(input_name="n")
        def held(n):
            while os.path.exists(os.environ["SLOW"]):
                time.sleep(0.01)
            with open(os.environ["RAN"], "a") as out:
                out.write(f"{n}\\n")
            return n
        """,
    )
    slow, ran = tmp_path / "slow", tmp_path / "ran"
    slow.touch()
    with Host(app, tmp_path / "home", "--quiet", env={"SLOW": str(slow), "RAN": str(ran)}) as host:
        host.begin("three", "t")
        host.until("t", "Running")
        intruder = sqlite3.connect(tmp_path / "home" / "hub.db", isolation_level=None)
        intruder.execute("BEGIN IMMEDIATE")
        slow.unlink()
        deadline = time.monotonic() + 20
        while not any(e["code"] == "FH1204" for e in host.entries("store")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        intruder.execute("COMMIT")
        intruder.close()
        assert host.until("t")["output"] == [0, 1, 2]
    assert sorted(ran.read_text().split()) == ["0", "1", "2"]


def test_a_full_store_delays_and_loses_nothing(app: Path, tmp_path: Path) -> None:
    with Host(app, tmp_path / "home", "--quiet", env={"FUNCHOST_STORE_LIMIT": "600000"}) as host:
        host.begin("waits", "w")
        host.begin("big", "b")
        deadline = time.monotonic() + 20
        while not any(e["code"] == "FH1205" for e in host.entries("store")):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert host.status("b")["runtimeStatus"] in ("Running", "Pending")
    with Host(app, tmp_path / "home", "--quiet") as host:
        assert host.until("b")["output"] == 800_000
        assert host.api("instances/w/raiseEvent/go", "POST", "1")[0] == 202
        assert host.until("w")["output"] == "1"


@pytest.mark.parametrize("limit", [0, 100, 5000, 20_000])
def test_no_room_at_start_is_a_clear_error(app: Path, tmp_path: Path, limit: int) -> None:
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2); "
        "from funchost.cli import main; sys.exit(main(sys.argv[2:]))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, str(limit), str(app), "--port", "0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "FUNCHOST_HOME": str(tmp_path / "home")},
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert "FH1205" in result.stderr
    assert "Traceback" not in result.stderr
    with Host(app, tmp_path / "home"):
        pass


def test_continue_as_new_keeps_the_store_bounded(app: Path, tmp_path: Path) -> None:
    with Host(app, tmp_path / "home", "--quiet") as host:
        host.begin("forever", "short", 20)
        host.until("short")
        before = sum(p.stat().st_size for p in (tmp_path / "home").glob("hub.db*"))
        host.begin("forever", "long", 800)
        host.until("long")
    assert (tmp_path / "home" / "hub.db").stat().st_size < before + 300_000
    store = Store(tmp_path / "home" / "hub.db")
    assert len(store.history("long")) < 12
    store.close()


def test_purge_by_id_and_by_time_and_status(app: Path, tmp_path: Path) -> None:
    with Host(app, tmp_path / "home", "--quiet") as host:
        for name in ("a1", "a2", "a3"):
            host.begin("forever", name, 0)
            host.until(name)
        host.begin("waits", "w")
        host.until("w", "Running")
        assert host.api("instances/a1", "DELETE")[2] == {"instancesDeleted": 1}
        assert host.api("instances/?runtimeStatus=Failed&createdTimeFrom=2000-01-01T00:00:00Z", "DELETE")[0] == 404
        assert host.api("instances/?runtimeStatus=Completed", "DELETE")[0] == 400
        assert host.api("instances/?createdTimeFrom=2000-01-01T00:00:00Z&createdTimeTo=2001-01-01T00:00:00Z", "DELETE")[0] == 404
        assert host.api("instances/?createdTimeFrom=2000-01-01T00:00:00Z", "DELETE")[2] == {"instancesDeleted": 2}
        assert [s["instanceId"] for s in host.status("")] == ["w"]
    store = Store(tmp_path / "home" / "hub.db")
    assert store.orphans() == 0
    store.close()


def test_timers_survive_a_restart(tmp_path: Path) -> None:
    app = write_app(
        tmp_path / "app",
        """
        from datetime import timedelta
        @app.orchestration_trigger(context_name="context")
        def later(context):
            before = context.current_utc_datetime
            yield context.create_timer(before + timedelta(seconds=2))
            return (context.current_utc_datetime - before).total_seconds() >= 2
        """,
    )
    host = Host(app, tmp_path / "home").start()
    host.begin("later", "t")
    host.until("t", "Running")
    host.kill()
    with host:
        assert host.until("t")["output"] is True


def test_what_came_of_an_activity_is_kept_when_the_host_stops_before_the_next_episode(tmp_path: Path) -> None:
    app = write_app(
        tmp_path / "app",
        """
        import os, time
        @app.orchestration_trigger(context_name="context")
        def many(context):
            until = time.monotonic() + 0.3  # a slow replay, so that results wait for the next one
            while time.monotonic() < until:
                pass
            got = yield context.task_all([context.call_activity("quick", n) for n in range(20)] + [context.call_activity("slow", 20)])
            return sum(got)
        @app.activity_trigger(input_name="n")
        def quick(n):
            with open(os.environ["RAN"], "a") as out:
                out.write(f"{n}\\n")
            return n
        @app.activity_trigger(input_name="n")
        def slow(n):
            while os.path.exists(os.environ["SLOW"]):
                time.sleep(0.01)
            return n
        """,
    )
    slow, ran = tmp_path / "slow", tmp_path / "ran"
    slow.touch()
    host = Host(app, tmp_path / "home", env={"SLOW": str(slow), "RAN": str(ran)}).start()
    host.begin("many", "m")
    deadline = time.monotonic() + 20
    while len(host.entries("activity")) < 20:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert host.stop() == 0
    slow.unlink()
    with host:
        assert host.until("m")["output"] == 210
    assert sorted(map(int, ran.read_text().split())) == list(range(20))


def test_an_episode_that_does_not_fit_holds_up_no_other(app: Path, tmp_path: Path) -> None:
    """Whether or not they are first tried in one transaction."""
    with Host(app, tmp_path / "home", "--quiet", env={"FUNCHOST_STORE_LIMIT": "400000"}) as host:
        host.begin("big", "b")
        for n in range(5):
            host.begin("forever", f"small-{n}", 0)
        for n in range(5):
            assert host.until(f"small-{n}")["output"] == 2000
        assert host.status("b")["runtimeStatus"] in ("Running", "Pending")
    with Host(app, tmp_path / "home", "--quiet") as host:
        assert host.until("b")["output"] == 800_000


def test_of_starts_that_are_written_together_one_that_does_not_fit_fails_alone(tmp_path: Path) -> None:
    store, woken = Store(tmp_path / "hub.db", 200_000), []
    client = Client(store, Settings(), woken.append)
    drafts = [client.draft("f", "small", "1"), client.draft("f", "large", json.dumps("x" * 400_000)), client.draft("f", "small", "2")]
    first, large, second = client.start_all(drafts)
    assert first == "small"
    assert isinstance(large, StoreFull)
    assert isinstance(second, ClientError)
    assert (second.status, str(second)) == (409, "An orchestration with id 'small' already exists. It is in state Pending")
    assert woken == ["small"]
    assert [(row.id, row.input) for row in store.find(Query())] == [("small", "1")]
    store.close()


@pytest.mark.parametrize(
    ("prefix", "wanted"),
    [
        ("", ["a", "a\U0010ffff", "a_", "ab", "b", "é", "ée"]),
        ("a", ["a", "a\U0010ffff", "a_", "ab"]),
        ("A", []),
        ("a_", ["a_"]),
        ("a%", []),
        ("é", ["é", "ée"]),
        ("\u00c3", []),
    ],
)
def test_a_prefix_is_taken_character_by_character(tmp_path: Path, prefix: str, wanted: list[str]) -> None:
    store = Store(tmp_path / "hub.db")
    client = Client(store, Settings(), [].append)
    client.start_all([client.draft("f", name, None) for name in ["a", "a\U0010ffff", "a_", "ab", "b", "é", "ée"]])
    found = sorted(row.id for row in store.find(Query(prefix=prefix)))
    assert found == sorted(wanted)
    store.close()


def test_an_unwritable_home_is_a_clear_error(app: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file"):
        EmbeddedHost(app, tmp_path / "file" / "home").start()


def test_a_copy_of_a_home_is_a_home(app: Path, tmp_path: Path) -> None:
    host = Host(app, tmp_path / "home").start()
    host.begin("waits", "w")
    host.until("w", "Running")
    host.kill()
    shutil.copytree(tmp_path / "home", tmp_path / "copy")
    with Host(app, tmp_path / "copy") as copy:
        assert copy.api("instances/w/raiseEvent/go", "POST", "2")[0] == 202
        assert copy.until("w")["output"] == "2"
        assert json.loads((tmp_path / "copy" / "endpoint.json").read_text())["pid"] == copy.process.pid
    assert not (tmp_path / "copy" / "endpoint.json").exists()


VERSION_1 = """
    CREATE TABLE inst (id TEXT PRIMARY KEY, exec TEXT NOT NULL, name TEXT NOT NULL, version TEXT, input TEXT, output TEXT, custom TEXT,
        status TEXT NOT NULL, created REAL NOT NULL, updated REAL NOT NULL, parent TEXT, parent_exec TEXT, parent_task INTEGER,
        deaths INTEGER NOT NULL DEFAULT 0, death_mark INTEGER NOT NULL DEFAULT -1) WITHOUT ROWID;
    CREATE INDEX inst_by_created ON inst (created, id);
    CREATE INDEX inst_by_parent ON inst (parent) WHERE parent IS NOT NULL;
    CREATE TABLE hist (id TEXT NOT NULL, seq INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (id, seq)) WITHOUT ROWID;
    CREATE TABLE inbox (n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, exec TEXT, visible_at REAL NOT NULL, json TEXT NOT NULL);
    CREATE INDEX inbox_by_id ON inbox (id, visible_at, n);
    CREATE TABLE act (n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, exec TEXT NOT NULL, task INTEGER NOT NULL,
        name TEXT NOT NULL, input TEXT);
    CREATE INDEX act_by_id ON act (id);
    CREATE TABLE timer (name TEXT PRIMARY KEY, last REAL NOT NULL) WITHOUT ROWID;
    INSERT INTO inst VALUES ('w', 'e', 'waits', NULL, NULL, NULL, NULL, 'Running', 1.5, 1.5, NULL, NULL, NULL, 0, -1);
    INSERT INTO hist VALUES ('w', 0, '{"EventType":12,"EventId":-1,"IsPlayed":false,"Timestamp":"2026-01-01T00:00:00.000000Z"}');
    INSERT INTO hist VALUES ('w', 1, '{"EventType":0,"EventId":-1,"IsPlayed":false,"Timestamp":"2026-01-01T00:00:00.000000Z",
        "Name":"waits","Version":null,"Input":null,"OrchestrationInstance":{"InstanceId":"w","ExecutionId":"e"}}');
    INSERT INTO hist VALUES ('w', 2, '{"EventType":13,"EventId":-1,"IsPlayed":false,"Timestamp":"2026-01-01T00:00:00.000000Z"}');
    INSERT INTO inbox VALUES (7, 'w', NULL, 2.5, '{"EventType":15,"EventId":-1,"IsPlayed":false,
        "Timestamp":"2026-01-01T00:00:01.000000Z","Name":"go","Input":"\\"kept\\""}');
    INSERT INTO act VALUES (9, 'w', 'e', 4, 'ghost', '1');
    PRAGMA application_id=1179144019;
    PRAGMA user_version=1;
"""


def test_a_database_of_the_first_version_is_taken_over(app: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    path = tmp_path / "home" / "hub.db"
    db = sqlite3.connect(path)
    db.executescript(VERSION_1)
    db.close()
    shutil.copy(path, tmp_path / "copy.db")
    store = Store(tmp_path / "copy.db")
    assert [e["EventType"] for e in store.history("w")] == [12, 0, 13]
    assert [(a.n, a.task, a.name) for a in store.activities()] == [(9, 4, "ghost")]
    assert [(m.key, m.event["Name"]) for m in store.due("w", 3.0)] == [((2.5, 7), "go")]
    assert store.wakeups() == [("w", 2.5)]
    store.close()
    Store(tmp_path / "copy.db").close()
    with Host(app, tmp_path / "home", "--quiet") as host:
        assert host.until("w")["output"] == "kept"
