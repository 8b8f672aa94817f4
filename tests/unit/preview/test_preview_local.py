"""A preview from its start to each of its ends, with a real app behind it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from shared.capsule import SourceFile
from shared.model import InputError, Preview
from shared.preview import LocalPreviews, Swept

Sources = Callable[..., Mapping[str, SourceFile]]
Fresh = Callable[..., Preview]


def get(url: str, data: bytes | None = None) -> bytes:
    with urllib.request.urlopen(url, data=data, timeout=10) as answer:
        body: bytes = answer.read()
    return body


async def until(previews: LocalPreviews, preview: Preview, *statuses: str, seconds: float = 30) -> Preview:
    """The record once it has one of the statuses."""
    deadline = time.monotonic() + seconds
    while (now := await previews.refresh(preview)).status not in statuses:
        assert time.monotonic() < deadline, now
        await asyncio.sleep(0.05)
    return now


def free_of(work: str) -> bool:
    """True when no process of the preview is left and its folder is gone."""
    named = [p for p in psutil.process_iter(["cmdline"]) if any(work in word for word in p.info["cmdline"] or [])]
    return not named and not Path(work).exists()


def work_of(previews: LocalPreviews, preview: Preview) -> str:
    state = next(state for state in previews.known() if state.id == preview.id)
    assert state.launch is not None
    return state.launch.work


async def test_a_preview_answers_and_ends_on_request(
    previews: LocalPreviews, sources: Sources, fresh: Fresh, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("CALLERS_SECRET", "hush")
    preview = await previews.create(fresh(), sources())
    assert preview.status == "ready"
    assert preview.url == f"http://127.0.0.1:{preview.port}"
    seen = json.loads(await asyncio.to_thread(get, f"{preview.url}/"))
    assert "CALLERS_SECRET" not in seen["env"]
    login = previews.login(preview.id)
    assert (seen["env"]["ADMIN_EMAIL"], seen["env"]["ADMIN_PASSWORD"]) == (login.email, login.password)
    assert len(seen["env"]["SECRET_KEY"]) >= 32
    assert seen["env"]["DATABASE_URL"].startswith("sqlite:////")
    body = os.urandom(300_000)
    assert await asyncio.to_thread(get, f"{preview.url}/echo", body) == body
    assert b"started" in await previews.logs(preview, 10_000)
    assert await previews.refresh(preview) == preview
    assert await previews.running() == {preview.id: preview.expires_at}
    folder = tmp_path / "home" / "previews" / preview.id
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "login.json").stat().st_mode & 0o077 == 0

    work = work_of(previews, preview)
    ended = await previews.destroy(preview)
    assert (ended.status, ended.url, ended.port, ended.pid) == ("destroyed", None, None, None)
    assert free_of(work)
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", preview.port or 0), timeout=2):
        pass
    assert b"started" in await previews.logs(preview, 10_000)
    assert await previews.running() == {}
    assert (await previews.refresh(preview)).status == "destroyed"
    assert (await previews.destroy(preview)).status == "destroyed"


async def test_a_deployment_that_was_lost_before_it_began_has_failed(previews: LocalPreviews, fresh: Fresh) -> None:
    """Whoever was to make it is gone, and no supervisor knows of it."""
    assert (await previews.refresh(fresh(seconds=-590))).status == "deploying"
    lost = await previews.refresh(fresh(seconds=-610))
    assert (lost.status, lost.reason[:8]) == ("failed", "QLF6031:")


async def test_a_preview_ends_at_its_time(previews: LocalPreviews, sources: Sources, fresh: Fresh) -> None:
    preview = await previews.create(fresh(seconds=6), sources())
    assert preview.status == "ready"
    work = work_of(previews, preview)
    ended = await until(previews, preview, "destroyed")
    assert ended.reason == "its time was over"
    assert datetime.now(UTC) >= datetime.fromisoformat(preview.expires_at)
    assert free_of(work)


async def test_a_preview_can_live_longer_or_shorter(previews: LocalPreviews, sources: Sources, fresh: Fresh) -> None:
    preview = await previews.create(fresh(seconds=30), sources())
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert (await previews.extend(preview, later)).expires_at == later
    deadline = time.monotonic() + 10
    while (await previews.refresh(preview)).expires_at != later:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    assert (await previews.extend(preview, soon)).expires_at == soon
    await until(previews, preview, "destroyed")
    with pytest.raises(InputError, match="QLF6004"):
        await previews.extend(preview, later)


async def test_a_preview_outlives_whoever_made_it(previews: LocalPreviews, sources: Sources, fresh: Fresh) -> None:
    preview = await previews.create(fresh(), sources())
    supervisor = psutil.Process(preview.pid or 0)
    assert os.getsid(supervisor.pid) != os.getsid(0)
    assert supervisor.ppid() != os.getpid()
    assert not any(name in supervisor.environ() for name in ("HOME", "PYTEST_CURRENT_TEST"))


async def test_a_crash_is_unhealthy_and_nothing_restarts_it(previews: LocalPreviews, sources: Sources, fresh: Fresh) -> None:
    preview = await previews.create(fresh(), sources())
    with pytest.raises((urllib.error.URLError, OSError)):
        await asyncio.to_thread(get, f"{preview.url}/die")
    sick = await until(previews, preview, "unhealthy")
    assert "exit code 9" in sick.reason
    assert "dying of hunger" in sick.reason
    with pytest.raises((urllib.error.URLError, OSError)):
        await asyncio.to_thread(get, f"{preview.url}/")
    assert (await previews.destroy(preview)).status == "destroyed"


async def test_a_killed_supervisor_takes_the_app_along_and_is_written_down(previews: LocalPreviews, sources: Sources, fresh: Fresh) -> None:
    preview = await previews.create(fresh(), sources())
    work = work_of(previews, preview)
    members = psutil.Process(preview.pid or 0).children(recursive=True)
    assert members
    os.kill(preview.pid or 0, signal.SIGKILL)
    assert not psutil.wait_procs(members, timeout=10)[1]
    deadline = time.monotonic() + 10
    while not (swept := await previews.sweep()).ended:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    assert swept == Swept([preview.id])
    assert await previews.sweep() == Swept([])
    ended = await previews.refresh(preview)
    assert (ended.status, ended.reason) == ("destroyed", "its supervisor is gone")
    assert free_of(work)


async def test_a_terminated_supervisor_cleans_up(previews: LocalPreviews, sources: Sources, fresh: Fresh) -> None:
    preview = await previews.create(fresh(), sources())
    work = work_of(previews, preview)
    os.kill(preview.pid or 0, signal.SIGTERM)
    await until(previews, preview, "destroyed")
    assert free_of(work)


async def test_creating_it_again_gives_the_same_preview(previews: LocalPreviews, sources: Sources, fresh: Fresh) -> None:
    wanted = fresh()
    first, second = await asyncio.gather(previews.create(wanted, sources()), previews.create(wanted, sources()))
    assert first == second
    assert first.status == "ready"
    assert (await previews.create(wanted, sources())).pid == first.pid


async def test_two_previews_run_side_by_side(previews: LocalPreviews, sources: Sources, fresh: Fresh) -> None:
    first, second = await asyncio.gather(*(previews.create(fresh(), sources()) for _ in range(2)))
    assert first.port != second.port
    secrets = [json.loads(await asyncio.to_thread(get, f"{p.url}/"))["env"]["SECRET_KEY"] for p in (first, second)]
    assert secrets[0] != secrets[1]
    await previews.destroy(first)
    assert (await previews.refresh(second)).status == "ready"
    assert [state.status for state in previews.known()] == ["destroyed", "ready"]


async def test_the_app_cannot_reach_this_machine(previews: LocalPreviews, sources: Sources, fresh: Fresh) -> None:
    preview = await previews.create(fresh(), sources())
    state = previews.known()[0]
    with socket.create_server(("127.0.0.1", 0)) as mine:
        answer = await asyncio.to_thread(get, f"{preview.url}/reach?{mine.getsockname()[1]}")
    assert answer == b"walled" or "network" in state.unenforced


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"src/tiny/main.py": "raise SystemExit('no luck')\n"}, "no luck"),
        ({"src/tiny/main.py": "def (:\n"}, "SyntaxError: invalid syntax"),
        (
            {"alembic.ini": "", "src/alembic/__init__.py": "", "src/alembic/__main__.py": "raise SystemExit('bad revision')\n"},
            "migrations failed: bad revision",
        ),
    ],
    ids=["exit", "syntax", "migration"],
)
async def test_an_app_that_does_not_start_fails_with_its_reason(
    more: dict[str, str], words: str, previews: LocalPreviews, sources: Sources, fresh: Fresh
) -> None:
    preview = await previews.create(fresh(), sources(**more))
    assert (preview.status, preview.url) == ("failed", None)
    assert words in preview.reason
    assert (await previews.create(preview, sources())).status == "failed"


async def test_migrations_run_before_the_app(previews: LocalPreviews, sources: Sources, fresh: Fresh) -> None:
    migrating = {
        "alembic.ini": "",
        "src/alembic/__init__.py": "",
        "src/alembic/__main__.py": "import sys; print('migrating', sys.argv[1:])\n",
    }
    preview = await previews.create(fresh(), sources(**migrating))
    assert preview.status == "ready"
    log = (await previews.logs(preview, 10_000)).decode()
    assert log.index("migrating ['upgrade', 'head']") < log.index("started")


@pytest.mark.parametrize(
    "files",
    [{}, {"requirements.txt": ""}, {"src/a/main.py": ""}, {"requirements.txt": "", "src/a/main.py": "", "src/b/main.py": ""}],
    ids=["nothing", "no app", "no lock", "two apps"],
)
async def test_what_cannot_be_started_fails_at_once(files: dict[str, str], previews: LocalPreviews, fresh: Fresh) -> None:
    preview = await previews.create(fresh(), {path: SourceFile(text.encode()) for path, text in files.items()})
    assert preview.status == "failed"
    assert "QLF6002" in preview.reason


async def test_a_lock_that_cannot_be_installed_fails_with_its_code(previews: LocalPreviews, fresh: Fresh) -> None:
    files = {"requirements.txt": SourceFile(b"uvicorn==1 # no hash\n"), "src/a/main.py": SourceFile(b"")}
    preview = await previews.create(fresh(), files)
    assert preview.status == "failed"
    assert "QLF30" in preview.reason


async def test_what_is_not_known_here(previews: LocalPreviews, fresh: Fresh, tmp_path: Path) -> None:
    stranger = fresh()
    with pytest.raises(InputError, match="QLF6006"):
        previews.login(stranger.id)
    with pytest.raises(InputError, match="QLF6004"):
        await previews.extend(stranger, stranger.expires_at)
    assert await previews.logs(stranger, 100) == b""
    assert (await previews.refresh(stranger)).status == "deploying"
    running = stranger.model_copy(update={"status": "ready", "url": "http://127.0.0.1:1"})
    gone = await previews.refresh(running)
    assert (gone.status, gone.url) == ("destroyed", None)
    assert (await previews.destroy(running)).status == "destroyed"
    for bad in ("../../etc", "prv_", "run_" + stranger.id[4:], ""):
        with pytest.raises(InputError, match="QLF6006"):
            await previews.logs(stranger.model_copy(update={"id": bad}), 100)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("when", ["", "tomorrow", "2026-01-01T00:00:00", "9" * 500])
async def test_a_time_without_zone_is_refused(when: str, previews: LocalPreviews, sources: Sources, fresh: Fresh) -> None:
    with pytest.raises(InputError, match="QLF6001"):
        await previews.create(fresh().model_copy(update={"expires_at": when}), sources())


async def test_a_creation_that_broke_off_is_done_again(previews: LocalPreviews, sources: Sources, fresh: Fresh, tmp_path: Path) -> None:
    wanted = fresh()
    folder = tmp_path / "home" / "previews" / wanted.id
    folder.mkdir(parents=True)
    (folder / "state.json").write_text(json.dumps({"id": wanted.id, "expires_at": wanted.expires_at}))
    preview = await previews.create(wanted, sources())
    assert preview.status == "ready"


async def test_a_creation_that_broke_off_is_written_down(previews: LocalPreviews, fresh: Fresh, tmp_path: Path) -> None:
    wanted = fresh()
    folder = tmp_path / "home" / "previews" / wanted.id
    folder.mkdir(parents=True)
    (folder / "state.json").write_text(json.dumps({"id": wanted.id, "expires_at": wanted.expires_at}))
    assert (await previews.refresh(wanted)).status == "failed"


@pytest.mark.parametrize("trick", ["link", "pipe", "folder", "hard link"])
async def test_a_log_that_the_app_swapped_is_not_followed(
    trick: str, previews: LocalPreviews, sources: Sources, fresh: Fresh, tmp_path: Path
) -> None:
    preview = await previews.create(fresh(), sources())
    log = Path(work_of(previews, preview)) / "app.log"
    log.unlink()
    secret = log.parent.parent / f"secret-{preview.id}"
    secret.write_text("secret")
    try:
        {
            "link": lambda: log.symlink_to(secret),
            "pipe": lambda: os.mkfifo(log),
            "folder": log.mkdir,
            "hard link": lambda: log.hardlink_to(secret),
        }[trick]()
        assert await previews.logs(preview, 100) == b""
        work = work_of(previews, preview)
        assert (await previews.destroy(preview)).reason == "ended on request"
        assert free_of(work)
        assert secret.read_text() == "secret"
    finally:
        secret.unlink()
