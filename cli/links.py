"""How a command reaches the API: a service that was named, the process that drives the run, or a host of its own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cli.client import Api
from cli.home import Home
from cli.hostlog import keep_log
from cli.identity import bearer
from cli.session import Session
from shared.model import ConfigError, InternalError, is_id, new_id

ROOT = Path(__file__).resolve().parent.parent
_PATIENCE = 20.0
_PASSING = "tmp_"
_STALE = 86400


def endpoint_of(session: Session, given: str | None) -> str:
    """The service to use: `--endpoint`, else the setting; empty for in-process."""
    from cli.config import check

    return check("endpoint", given) if given else session.config.get("endpoint")


@contextlib.contextmanager
def service(session: Session, endpoint: str) -> Iterator[Api]:
    """A named service. Its token: `QLF_TOKEN`, else the sign-in for it, else on loopback the data folder's."""
    with Api(endpoint, bearer(session.home, endpoint)) as api:
        yield api


@contextlib.contextmanager
def reading(session: Session, endpoint: str, run_id: str | None = None) -> Iterator[Api]:
    """The API for reading, and for what needs no particular hub."""
    with contextlib.ExitStack() as stack:
        if endpoint:
            yield stack.enter_context(service(session, endpoint))
        elif run_id and (api := driver(session.home, run_id)):
            yield stack.enter_context(api)
        else:
            yield stack.enter_context(passing_host(session.home))


@contextlib.contextmanager
def driving(session: Session, endpoint: str, run_id: str) -> Iterator[Api]:
    """The API of the process that drives the run: a named service, whoever holds the hub's lock, or else this process."""
    with contextlib.ExitStack() as stack:
        if endpoint:
            yield stack.enter_context(service(session, endpoint))
        else:
            yield stack.enter_context(take_or_join(session.home, run_id))


@contextlib.contextmanager
def take_or_join(home: Home, run_id: str) -> Iterator[Api]:
    """Drive the hub of a run, or join the process that does. Raises ConfigError QLF8014 when that one does not answer."""
    from funchost import HubLocked

    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            host = start_host(home, hub_of(home, run_id))
            break
        except HubLocked as error:
            if api := driver(home, run_id):
                with api:
                    yield api
                return
            if time.monotonic() > deadline:
                raise ConfigError("QLF8014", f"another process holds {run_id} and does not answer") from error
            time.sleep(0.1)
    with stopping(host), Api(host.url, bearer(home)) as api:
        yield api


@contextlib.contextmanager
def passing_host(home: Home) -> Iterator[Api]:
    """A host on a hub that is thrown away: for commands that only read the stores or start no orchestration to wait for."""
    sweep(home)
    hub = home.hubs / f"{_PASSING}{new_id('run').removeprefix('run_')}"
    try:
        with stopping(start_host(home, hub)) as host, Api(host.url, bearer(home)) as api:
            yield api
    finally:
        shutil.rmtree(hub, ignore_errors=True)


def start_host(home: Home, hub: Path, port: int = 0) -> Any:
    """Start the embedded host on a hub; its warnings go to `logs/host.log`.

    Raises funchost.HubLocked when another process drives it, ConfigError QLF8019 or QLF8016, InternalError QLF9000.
    """
    home.folder("hubs")
    home.token()
    os.environ["QLF_HOME"] = str(home.root)
    from funchost import EmbeddedHost, HostError, HubLocked, ServeError, StoreError

    host = EmbeddedHost(app_dir=ROOT, home=hub, management=False, port=port, log=keep_log(home))
    try:
        host.start()
    except HubLocked:
        raise
    except ServeError as error:
        raise ConfigError("QLF8019", error.message) from error
    except StoreError as error:
        raise ConfigError("QLF8016", error.message) from error
    except HostError as error:
        raise InternalError("QLF9000", error.diagnostics()) from error
    return host


@contextlib.contextmanager
def stopping(host: Any) -> Iterator[Any]:
    try:
        yield host
    finally:
        host.stop()


def hub_of(home: Home, run_id: str) -> Path:
    """The durable store of a run."""
    return home.hubs / run_id


def driver(home: Home, run_id: str) -> Api | None:
    """The API of the process that drives a run now, or None. The token is sent only when that very process is alive."""
    if not is_id("run", run_id):
        return None
    try:
        told = json.loads((hub_of(home, run_id) / "endpoint.json").read_text("utf-8"))
        url, pid = str(told["url"]), int(told["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not url.startswith("http://127.0.0.1:") or not pid_exists(pid):
        return None
    api = Api(url, bearer(home))
    return api if api.alive() else None


def pid_exists(pid: int) -> bool:
    """True while a process of this id is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return False
    return True


def sweep(home: Home) -> None:
    """Remove thrown-away hubs that a killed process left a day ago."""
    for hub in home.hubs.glob(f"{_PASSING}*"):
        with contextlib.suppress(OSError):
            if time.time() - hub.stat().st_mtime > _STALE:
                shutil.rmtree(hub, ignore_errors=True)
