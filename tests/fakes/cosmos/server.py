"""The account: an HTTP server on loopback in a thread of its own, and what a test may do to it."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from tests.fakes.cosmos import access, operations
from tests.fakes.cosmos.faults import Fault
from tests.fakes.cosmos.operations import Answer, Ask
from tests.fakes.cosmos.state import Container, Refused

KEY = "ZmFrZS1jb3Ntb3Mta2V5LWZvci10aGUtdGVzdHMtb24tbG9vcGJhY2s="
VERSIONS = ("2020-07-15",)
LEVELS = ("Eventual", "ConsistentPrefix", "Session", "BoundedStaleness", "Strong")
MAX_REQUEST_BYTES = 2_300_000
_CHARGE = {"GET": 1.0, "POST": 6.0, "PUT": 10.0, "DELETE": 6.0}


@dataclass(frozen=True)
class Seen:
    """A request that came, and what it was answered with."""

    method: str
    path: str
    kind: str
    status: int
    headers: dict[str, str]


class FakeCosmos:
    """An account. `knows` says which bearer tokens it accepts besides its key; `tls` makes it speak https."""

    def __init__(self, clock: Callable[[], float] = time.time, tls: ssl.SSLContext | None = None, consistency: str = "Strong") -> None:
        self.clock = clock
        self.consistency = consistency
        self.knows: Callable[[str], bool] = lambda _: False
        self.faults: list[Fault] = []
        self.seen: list[Seen] = []
        self._tls = tls
        self._guard = threading.RLock()
        self._databases: dict[str, dict[str, Container]] = {}
        self._loop = asyncio.new_event_loop()
        self._runner: web.AppRunner | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="fake-cosmos", daemon=True)
        self.port = 0

    # -- life

    def start(self) -> FakeCosmos:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def stop(self) -> None:
        async def end() -> None:
            if self._runner:
                await self._runner.cleanup()

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def endpoint(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    async def _listen(self) -> None:
        app = web.Application(client_max_size=MAX_REQUEST_BYTES)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls)
        await site.start()
        self.port = self._runner.addresses[0][1]

    # -- what a test may do

    def make(self, database: str, definitions: list[dict[str, Any]]) -> None:
        """A database with containers, as a deployment would make it."""
        with self._guard:
            self._databases[database] = {one["id"]: Container(one, lambda: self.clock(), database) for one in definitions}

    def drop(self, database: str) -> None:
        with self._guard:
            del self._databases[database]

    def container(self, database: str, name: str) -> Container:
        return self._databases[database][name]

    def split(self, database: str, name: str) -> None:
        """Split every physical partition of a container in two."""
        with self._guard:
            self.container(database, name).split()

    def fail(self, fault: Fault) -> Fault:
        with self._guard:
            self.faults.append(fault)
        return fault

    # -- requests

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        kind = _kind(request)
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return self._send(request, kind, Answer(413, {"code": "RequestEntityTooLarge", "message": "Request size is too large"}))
        with self._guard:
            fault = next((one for one in self.faults if one.takes(request.method, request.path, kind)), None)
            if fault and fault.drop == "before":
                return self._hang_up(request)
            answer = self._failed(fault) or self._answer(request, kind, body, fault.batch if fault else 0)
        return self._hang_up(request) if fault and fault.drop == "after" else self._send(request, kind, answer)

    def _answer(self, request: web.Request, kind: str, body: bytes, broken: int) -> Answer:
        try:
            access.check(request.method, request.raw_path, request.headers, key=KEY, knows=self.knows, now=time.time())
            if request.headers.get("x-ms-version") not in VERSIONS:
                raise Refused(400, "x-ms-version is missing or not known")
            return self._route(request.raw_path, Ask(request.method, kind, request.headers, _parsed(body), broken))
        except Refused as error:
            return _refusal(error)

    def _route(self, path: str, ask: Ask) -> Answer:
        parts = [unquote(part) for part in path.partition("?")[0].split("/") if part]
        if not parts:
            return Answer(200, self._account())
        if parts[0] != "dbs":
            raise Refused(404, "no such address")
        if len(parts) < 4 or parts[2] != "colls":
            return self._manage(ask.method, parts, ask.body)
        container = self._find(parts[1], parts[3])
        if LEVELS.index(ask.headers.get("x-ms-consistency-level", self.consistency)) > LEVELS.index(self.consistency):
            raise Refused(400, f"The requested consistency level is stronger than {self.consistency}, the account's own.")
        rid = ask.headers.get("x-ms-cosmos-intended-collection-rid")
        if rid is not None and rid != container.rid:
            raise Refused(400, "the container was made anew", 1024)
        if len(parts) == 4:
            return self._collection(ask.method, parts, container)
        try:
            answer = _items(container, parts[4:], ask)
        except Refused as error:
            answer = _refusal(error)
        answer.headers |= self._session(container, parts, ask.headers)
        return answer

    def _manage(self, method: str, parts: list[str], body: Any) -> Answer:
        """Databases and containers, for who makes them through the library."""
        if method == "POST" and parts == ["dbs"]:
            if body["id"] in self._databases:
                raise Refused(409, "the database is there")
            self._databases[body["id"]] = {}
            return Answer(201, {"id": body["id"], "_rid": body["id"], "_self": f"dbs/{body['id']}/"})
        if parts[1] not in self._databases:
            raise Refused(404, "Owner resource does not exist", 1003)
        if method == "DELETE" and len(parts) == 2:
            del self._databases[parts[1]]
            return Answer(204)
        if method == "GET" and len(parts) == 2:
            return Answer(200, {"id": parts[1], "_rid": parts[1], "_self": f"dbs/{parts[1]}/"})
        if method == "POST" and len(parts) == 3 and parts[2] == "colls":
            if body["id"] in self._databases[parts[1]]:
                raise Refused(409, "the container is there")
            made = self._databases[parts[1]][body["id"]] = Container(body, lambda: self.clock(), parts[1])
            return Answer(201, self._described(parts[1], made))
        raise Refused(405, "not supported")

    def _collection(self, method: str, parts: list[str], container: Container) -> Answer:
        if method == "DELETE":
            del self._databases[parts[1]][parts[3]]
            return Answer(204)
        if method != "GET":
            raise Refused(405, "not supported")
        return Answer(200, self._described(parts[1], container))

    def _find(self, database: str, name: str) -> Container:
        try:
            return self._databases[database][name]
        except KeyError as error:
            raise Refused(404, "Owner resource does not exist", 1003) from error

    @staticmethod
    def _described(database: str, container: Container) -> dict[str, Any]:
        return container.definition | {"_rid": container.rid, "_self": f"dbs/{database}/colls/{container.rid}/", "_docs": "docs/"}

    @staticmethod
    def _session(container: Container, parts: list[str], headers: Mapping[str, str]) -> dict[str, str]:
        """Where the request was served and how far that partition is: the client library keeps to it."""
        range_id = headers.get("x-ms-documentdb-partitionkeyrangeid")
        if range_id is None and "x-ms-documentdb-partitionkey" in headers:
            range_id = container.range_of(container.epk(operations.key_of(container, headers))).id
        if range_id is None:
            return {}
        place = {"x-ms-documentdb-partitionkeyrangeid": range_id, "x-ms-session-token": f"{range_id}:-1#{container.lsn}"}
        return place | {"x-ms-alt-content-path": f"dbs/{parts[1]}/colls/{parts[3]}", "lsn": str(container.lsn)}

    def _account(self) -> dict[str, Any]:
        here = [{"name": "Loopback", "databaseAccountEndpoint": f"{self.endpoint}/"}]
        return {
            "id": "fake", "_rid": "fake.local", "_self": "", "_dbs": "//dbs/", "media": "//media/", "addresses": "//addresses/",
            "writableLocations": here, "readableLocations": here, "enableMultipleWriteLocations": False,
            "userReplicationPolicy": {"maxReplicasetSize": 4}, "userConsistencyPolicy": {"defaultConsistencyLevel": self.consistency},
        }  # fmt: skip

    def _send(self, request: web.Request, kind: str, answer: Answer) -> web.Response:
        self.seen.append(
            Seen(request.method, request.path, kind, answer.status, {name.lower(): value for name, value in request.headers.items()})
        )
        headers = {
            "x-ms-request-charge": str(_CHARGE.get(request.method, 1.0)),
            "x-ms-activity-id": request.headers.get("x-ms-activity-id", uuid.uuid4().hex),
        }
        body = None if answer.body is None or answer.status in (204, 304) else json.dumps(answer.body).encode()
        return web.Response(status=answer.status, body=body, headers=headers | answer.headers, content_type="application/json")

    def _hang_up(self, request: web.Request) -> web.Response:
        if request.transport:
            request.transport.abort()
        return web.Response()

    @staticmethod
    def _failed(fault: Fault | None) -> Answer | None:
        if fault is None or not fault.status:
            return None
        headers = dict(fault.headers) | {"x-ms-retry-after-ms": str(fault.retry_after_ms)}
        if fault.substatus:
            headers["x-ms-substatus"] = str(fault.substatus)
        return Answer(fault.status, {"code": str(fault.status), "message": "on purpose"}, headers)


def _items(container: Container, rest: list[str], ask: Ask) -> Answer:
    if rest == ["pkranges"] and ask.method == "GET":
        return operations.ranges(container, ask.headers)
    if rest[0] != "docs" or len(rest) > 2:
        raise Refused(404, "no such address")
    if len(rest) == 2:
        return operations.item(container, rest[1], ask)
    if ask.method == "GET":
        return operations.changes(container, ask)
    if ask.method != "POST":
        raise Refused(405, f"{ask.method} is not supported")
    if ask.kind == "plan":
        raise Refused(400, "query plans are not made here")
    return {"query": operations.query, "batch": operations.batch}.get(ask.kind, operations.write)(container, ask)


def _refusal(error: Refused) -> Answer:
    headers = {"x-ms-substatus": str(error.substatus)} if error.substatus else {}
    return Answer(error.status, {"code": str(error.status), "message": error.message}, headers)


def _kind(request: web.Request) -> str:
    headers = request.headers
    if headers.get("x-ms-cosmos-is-query-plan-request", "").lower() == "true":
        return "plan"
    if headers.get("x-ms-cosmos-is-batch-request", "").lower() == "true":
        return "batch"
    if headers.get("x-ms-documentdb-isquery", "").lower() == "true":
        return "query"
    if request.method == "GET" and request.path.endswith("/docs"):
        return "changes"
    return "item" if "/docs" in request.path else "other"


def _parsed(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "the body is not JSON") from error
