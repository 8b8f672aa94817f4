"""The host inside another program: what `qlf` relies on."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from funchost import EmbeddedHost, LintFailed, LoadFailed
from tests.funchost.hosting import ROOT, WEBHOOK, call, write_app

APP = """
    @app.route(route="run/{n}")
    @app.durable_client_input(client_name="client")
    async def run(req: func.HttpRequest, client) -> func.HttpResponse:
        instance = await client.start_new("twice", client_input={"n": int(req.route_params["n"])})
        return await client.wait_for_completion_or_create_check_status_response(req, instance, 10000, 20)
    @app.route(route="urls")
    @app.durable_client_input(client_name="client")
    async def urls(req: func.HttpRequest, client) -> func.HttpResponse:
        return client.create_check_status_response(req, "some-id")
    @app.orchestration_trigger(context_name="context")
    def twice(context):
        return (yield context.call_activity("double", context.get_input()["n"]))
    @app.activity_trigger(input_name="n")
    async def double(n: int) -> int:
        return 2 * n
    @app.route(route="boom")
    def boom(req: func.HttpRequest) -> str:
        raise ValueError("b")
    """


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_app(tmp_path_factory.mktemp("embedded") / "app", APP)


def test_serves_and_lets_go(app: Path, tmp_path: Path) -> None:
    host = EmbeddedHost(app, tmp_path / "home")
    host.start()
    assert host.url.startswith("http://127.0.0.1:")
    endpoint = json.loads((tmp_path / "home" / "endpoint.json").read_text())
    assert (endpoint["url"], endpoint["pid"]) == (host.url, os.getpid())
    assert call(f"{host.url}/api/run/4")[2] == 8
    assert call(f"{host.url}{WEBHOOK}/instances")[0] == 404
    host.stop()
    host.stop()
    assert not (tmp_path / "home" / "endpoint.json").exists()


def test_starts_again_in_the_same_process_and_home(app: Path, tmp_path: Path) -> None:
    for n in range(3):
        with EmbeddedHost(app, tmp_path / "home", management=True) as host:
            assert call(f"{host.url}/api/run/{n}")[2] == 2 * n
            assert len(call(f"{host.url}{WEBHOOK}/instances")[2]) == n + 1


def test_links_do_not_give_the_private_path_away(app: Path, tmp_path: Path) -> None:
    with EmbeddedHost(app, tmp_path / "home") as host:
        links = call(f"{host.url}/api/urls")[2]
    assert all(WEBHOOK in link for name, link in links.items() if name != "id")


def test_starts_off_the_main_thread(app: Path, tmp_path: Path) -> None:
    seen: list[Any] = []

    def work() -> None:
        with EmbeddedHost(app, tmp_path / "home") as host:
            seen.append(call(f"{host.url}/api/run/1")[2])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(20)
    assert seen == [2]


def test_log_entries_reach_the_callers_sink(app: Path, tmp_path: Path) -> None:
    entries: list[dict[str, Any]] = []
    with EmbeddedHost(app, tmp_path / "home", log=entries.append) as host:
        call(f"{host.url}/api/run/1")
        call(f"{host.url}/api/boom")
    assert {"http", "orchestrator", "activity"} <= {e["event"] for e in entries}
    (failed,) = [e for e in entries if e["level"] == "error"]
    assert failed["error"] == "ValueError: b"


def test_strict_refuses_and_leaves_nothing(tmp_path: Path) -> None:
    app = write_app(
        tmp_path / "app",
        """
        @app.orchestration_trigger(context_name="context")
        def main(context):
            yield context.call_activity("nobody", 1)
        """,
    )
    with pytest.raises(LintFailed, match="FH1108"):
        EmbeddedHost(app, tmp_path / "home").start()
    with EmbeddedHost(app, tmp_path / "home", strict=False):
        pass


def test_a_missing_app_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadFailed):
        EmbeddedHost(tmp_path, tmp_path / "home").start()


def test_an_idle_host_sleeps(app: Path, tmp_path: Path) -> None:
    with EmbeddedHost(app, tmp_path / "home"):
        before = time.process_time()
        time.sleep(2)
        assert time.process_time() - before < 0.2


def test_the_http_client_of_the_sdk_is_loaded_when_it_is_used(app: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from funchost.loading import load_app; load_app(Path(sys.argv[1]))\n"
        "assert 'aiohttp' not in sys.modules\n"
        "from azure.durable_functions.models.utils import http_utils\n"
        "import asyncio; asyncio.run(http_utils._handle_request_error())\n"
        "assert http_utils.aiohttp.ClientError.__module__.startswith('aiohttp') and 'aiohttp.client' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script, str(app)], cwd=ROOT, check=True, timeout=60)
