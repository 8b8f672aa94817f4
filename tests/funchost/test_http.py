"""HTTP triggers and the durable client as a stranger's app uses them."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.funchost.hosting import Host, call, write_app

APP = """
    import asyncio, time
    from fastapi import FastAPI
    from fastapi.responses import JSONResponse

    @app.route(route="hello/{name:alpha}/{count:int?}", methods=["GET"])
    def hello(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse(f"{req.route_params['name']} {req.route_params.get('count', '-')} {req.params.get('q')}")

    @app.route(route="hello/literal", methods=["GET"])
    def literal(req: func.HttpRequest) -> str:
        return "literal"

    @app.route(route="locked", auth_level=func.AuthLevel.FUNCTION)
    def locked(req: func.HttpRequest) -> str:
        return "open"

    @app.route(route="files/{*path}")
    def files(req: func.HttpRequest) -> func.HttpResponse:
        body = req.get_body()
        return func.HttpResponse(body or b"\\x00\\xff", mimetype="application/octet-stream", headers={"X-Path": req.route_params["path"]})

    @app.route(route="mirror", methods=["POST"])
    def mirror(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse(req.get_body(), mimetype="application/octet-stream")

    @app.route(route="cookies")
    def cookies(req: func.HttpRequest) -> func.HttpResponse:
        answer = func.HttpResponse("c")
        answer.headers.add("Set-Cookie", "a=1; Path=/")
        answer.headers.add("Set-Cookie", "b=2; Path=/")
        answer.headers.add("X-Many", "1")
        answer.headers.add("X-Many", "2")
        return answer

    @app.route(route="boom")
    def boom(req: func.HttpRequest) -> func.HttpResponse:
        raise RuntimeError("kaput")

    @app.route(route="exit")
    def leave(req: func.HttpRequest) -> func.HttpResponse:
        raise SystemExit(3)

    @app.route(route="leave-async")
    async def leave_async(req: func.HttpRequest) -> func.HttpResponse:
        raise SystemExit(4)

    @app.route(route="cancelled")
    async def cancelled(req: func.HttpRequest) -> func.HttpResponse:
        raise asyncio.CancelledError

    bodies = []

    @app.route(route="keep")
    def keep(req: func.HttpRequest) -> func.HttpResponse:
        bodies.append(len(req.get_body()))
        return func.HttpResponse(str(bodies))

    @app.activity_trigger(input_name="x")
    async def quits(x):
        raise SystemExit(5)

    @app.orchestration_trigger(context_name="context")
    def quitting(context):
        yield context.call_activity("quits", 1)

    @app.route(route="nothing")
    def nothing(req: func.HttpRequest) -> func.HttpResponse:
        return None

    @app.route(route="number")
    def number(req: func.HttpRequest):
        return 7

    @app.route(route="slow")
    async def slow(req: func.HttpRequest) -> func.HttpResponse:
        await asyncio.sleep(3)
        return func.HttpResponse("slow")

    @app.route(route="context")
    def with_context(req: func.HttpRequest, context: func.Context) -> str:
        return f"{context.function_name} {len(context.invocation_id)}"

    api = FastAPI()

    @api.get("/api/fast/{item}")
    async def item(item: int, q: str = ""):
        return {"item": item, "q": q}

    @api.post("/api/fast/echo")
    async def echo(body: dict):
        return JSONResponse(body, status_code=201, headers={"x-own": "1"})

    @app.route(route="fast/{*rest}", methods=["GET", "POST"])
    async def fast(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
        return await func.AsgiMiddleware(api).handle_async(req, context)

    @app.route(route="start/{name}")
    @app.durable_client_input(client_name="client")
    async def start(req: func.HttpRequest, client) -> func.HttpResponse:
        instance = await client.start_new(req.route_params["name"], client_input={"n": 2})
        answer = await client.wait_for_completion_or_create_check_status_response(req, instance, 10000, 50)
        return answer

    @app.route(route="manage/{id}")
    @app.durable_client_input(client_name="client")
    async def manage(req: func.HttpRequest, client) -> func.HttpResponse:
        id = req.route_params["id"]
        await client.start_new("waits", id)
        seen = []
        while not (status := await client.get_status(id)).custom_status:
            await asyncio.sleep(0.02)
        await client.suspend(id, "s")
        while (status := await client.get_status(id)).runtime_status is not df.OrchestrationRuntimeStatus.Suspended:
            await asyncio.sleep(0.02)
        await client.resume(id, "r")
        while (status := await client.get_status(id)).runtime_status is not df.OrchestrationRuntimeStatus.Running:
            await asyncio.sleep(0.02)
        await client.raise_event(id, "go", {"x": [1]})
        while (status := await client.get_status(id, show_history=True)).output is None:
            await asyncio.sleep(0.02)
        every = await client.get_status_by(runtime_status=[df.OrchestrationRuntimeStatus.Completed])
        purged = await client.purge_instance_history(id)
        gone = await client.get_status(id)
        return func.HttpResponse(str([status.output, id in [s.instance_id for s in every], purged.instances_deleted, bool(gone)]))

    @app.orchestration_trigger(context_name="context")
    def waits(context):
        context.set_custom_status("ready")
        return (yield context.wait_for_external_event("go"))

    @app.orchestration_trigger(context_name="context")
    def doubles(context):
        return (yield context.call_activity("double", context.get_input()["n"]))

    @app.activity_trigger(input_name="n")
    def double(n: int) -> int:
        return 2 * n

    @app.orchestration_trigger(context_name="context")
    def side_by_side(context):
        yield context.task_all([context.call_activity("nap", 0.4) for n in range(8)])

    @app.activity_trigger(input_name="seconds")
    def nap(seconds: float):
        time.sleep(seconds)
    """


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    base = tmp_path_factory.mktemp("http")
    with Host(write_app(base / "app", APP), base / "home", "--body-limit", "200000") as running:
        yield running


def test_routes_have_constraints_optional_parts_and_literals_first(host: Host) -> None:
    assert call(f"{host.url}/api/hello/ann/7?q=x&q=y")[2] == b"ann 7 x,y"
    assert call(f"{host.url}/api/hello/ann")[2] == b"ann - None"
    assert call(f"{host.url}/api/hello/literal")[2] == b"literal"
    assert call(f"{host.url}/api/hello/4nn")[0] == 404
    assert call(f"{host.url}/api/hello/ann/seven")[0] == 404
    assert call(f"{host.url}/api/hello/ann", "POST", {})[0] == 404
    assert call(f"{host.url}/hello/ann")[0] == 404


def test_function_keys_are_not_enforced(host: Host) -> None:
    assert call(f"{host.url}/api/locked")[::2] == (200, b"open")
    assert call(f"{host.url}/api/locked?code=wrong", headers={"x-functions-key": "wrong"})[0] == 200


def test_catch_all_and_binary_bodies(host: Host) -> None:
    status, headers, body = call(f"{host.url}/api/files/a/b%20c.bin", "POST", b"\x00\x01\xfe")
    assert (status, body, headers["x-path"]) == (200, b"\x00\x01\xfe", "a/b c.bin")
    assert headers["content-type"] == "application/octet-stream"
    assert call(f"{host.url}/api/files/x")[2] == b"\x00\xff"


def test_repeated_headers_and_cookies(host: Host) -> None:
    headers = call(f"{host.url}/api/cookies")[1]
    assert headers.get_all("set-cookie") == ["a=1; Path=/", "b=2; Path=/"]
    assert headers.get_all("x-many") == ["1", "2"]


def test_an_exception_is_an_empty_500_and_a_log_line(host: Host) -> None:
    assert call(f"{host.url}/api/boom")[::2] == (500, None)
    assert call(f"{host.url}/api/number")[0] == 500
    assert call(f"{host.url}/api/exit")[0] == 500
    assert call(f"{host.url}/api/leave-async")[0] == 500
    assert call(f"{host.url}/api/cancelled")[0] == 500
    errors = {e["function"]: e["error"] for e in host.entries("http") if e["level"] == "error"}
    assert errors["boom"] == "RuntimeError: kaput"
    assert errors["leave"] == "RuntimeError: SystemExit: 3"


def test_an_activity_that_exits_fails_alone(host: Host) -> None:
    host.begin("quitting", "quit")
    assert "SystemExit: 5" in host.until("quit")["output"]


def test_half_a_body_is_not_handed_on(host: Host) -> None:
    connection = http.client.HTTPConnection(host.url.removeprefix("http://"))
    connection.putrequest("POST", "/api/keep")
    connection.putheader("Content-Length", "1000")
    connection.endheaders(b"x" * 10)
    connection.close()
    time.sleep(0.2)
    assert call(f"{host.url}/api/keep", "POST", b"12")[2] == [2]


def test_nothing_is_204_and_context_is_given(host: Host) -> None:
    assert call(f"{host.url}/api/nothing")[::2] == (204, None)
    assert call(f"{host.url}/api/context")[2] == b"with_context 36"


def exchange(host: Host, *requests: bytes) -> list[bytes]:
    """What each single read gives after a request."""
    address = host.url.removeprefix("http://").split(":")
    with socket.create_connection((address[0], int(address[1])), timeout=20) as wire:
        answers = []
        for request in requests:
            wire.sendall(request)
            answers.append(wire.recv(1 << 20))
        return answers


def test_a_short_answer_comes_in_one_piece_and_the_connection_stays(host: Host) -> None:
    request = b"GET /api/hello/literal HTTP/1.1\r\nHost: x\r\n\r\n"
    first, second = exchange(host, request, request)
    for answer in (first, second):
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        assert body == b"literal"


def test_the_last_answer_of_a_connection_is_whole(host: Host) -> None:
    (answer,) = exchange(host, b"GET /api/hello/literal HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.endswith(b"\r\n\r\nliteral")


def test_a_head_request_has_no_body(host: Host) -> None:
    (answer,) = exchange(host, b"HEAD /api/locked HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 200_000])
def test_bodies_of_any_size_come_back_whole(host: Host, size: int) -> None:
    body = bytes(n % 251 for n in range(size))
    status, headers, answer = call(f"{host.url}/api/mirror", "POST", body, {"Content-Type": "application/octet-stream"})
    assert (status, headers["content-length"]) == (200, str(size))
    assert (answer or b"") == body


def test_body_above_the_limit_is_413(host: Host) -> None:
    assert call(f"{host.url}/api/files/x", "POST", b"x" * 200_000)[0] == 200
    connection = http.client.HTTPConnection(host.url.removeprefix("http://"))
    connection.request("POST", "/api/files/x", headers={"Content-Length": "200001"})
    assert connection.getresponse().status == 413
    connection.close()
    connection = http.client.HTTPConnection(host.url.removeprefix("http://"))
    connection.request("POST", "/api/files/x", iter([b"x" * 150_000] * 40), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
    assert connection.getresponse().status == 413
    connection.close()


def test_fastapi_behind_the_asgi_middleware(host: Host) -> None:
    assert call(f"{host.url}/api/fast/5?q=z")[2] == {"item": 5, "q": "z"}
    status, headers, body = call(f"{host.url}/api/fast/echo", "POST", {"a": "ü"})
    assert (status, headers["x-own"], body) == (201, "1", {"a": "ü"})
    assert call(f"{host.url}/api/fast/x")[0] == 422


def test_a_long_poll_does_not_block_others(host: Host) -> None:
    with ThreadPoolExecutor(9) as pool:
        slow = [pool.submit(call, f"{host.url}/api/slow") for _ in range(8)]
        quick = call(f"{host.url}/api/nothing")
        assert not any(s.done() for s in slow)
        assert quick[0] == 204
        assert all(s.result()[2] == b"slow" for s in slow)


def test_durable_client_in_an_http_function(host: Host) -> None:
    assert call(f"{host.url}/api/start/doubles")[2] == 4
    assert call(f"{host.url}/api/manage/m1")[2] == b"""['{"x": [1]}', True, 1, False]"""


def test_sync_activities_overlap(host: Host) -> None:
    started = time.monotonic()
    host.begin("side_by_side", "sbs")
    host.until("sbs")
    assert time.monotonic() - started < 8 * 0.4


def test_reserved_paths_are_the_hosts(host: Host) -> None:
    assert call(f"{host.url}/admin/functions")[0] == 404
    assert call(f"{host.url}/runtime/webhooks/other")[0] == 404


def test_route_prefix_and_root_catch_all(tmp_path: Path) -> None:
    app = write_app(
        tmp_path / "app",
        """
        @app.route(route="{*route}")
        def everything(req: func.HttpRequest) -> str:
            return req.method + " " + req.url.partition("//")[2].partition("/")[2] + " " + req.route_params.get("route", "")
        """,
        {"version": "2.0", "extensions": {"http": {"routePrefix": ""}}},
    )
    with Host(app, tmp_path / "home") as host:
        assert call(f"{host.url}/")[2] == b"GET  "
        assert call(f"{host.url}/a/b?c=d", "PUT", {})[2] == b"PUT a/b?c=d a/b"
        assert call(f"{host.url}/runtime/webhooks/durabletask/instances")[2] == []
        greeting = "".join(host.greeting)
    assert "/{*route}" in greeting
    assert json.loads((tmp_path / "home.log").read_text().splitlines()[-1])["event"] == "http"
