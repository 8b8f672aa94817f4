"""The durable management API, status code for status code as the Durable extension 3.14 answers it."""

import asyncio
import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from funchost.durable.client import Client, ClientError
from funchost.durable.episode import is_non_deterministic
from funchost.durable.protocol import FINAL
from funchost.durable.traps import Trap
from funchost.errors import StoreError
from funchost.store import Instance, Query
from funchost.web.binding import links
from funchost.web.messages import Request, Response
from funchost.web.status import history_payload, status_payload

_PAGE = 100
_NOT_FOUND = Response(404)


class Management:
    """Answers requests below a base path. `strict` refuses inputs that the SDK cannot read."""

    def __init__(self, client: Client, hub: str, strict: bool) -> None:
        self._client, self._hub, self._strict = client, hub, strict

    async def answer(self, base: str, path: str, request: Request) -> Response:
        """Handle `path`, percent-encoded and relative to `base` (a URL path)."""
        parts = [unquote(part) for part in path.strip("/").split("/")]
        try:
            return await self._route(base, parts, request)
        except ClientError as error:
            return _refusal(error)
        except StoreError as error:
            return Response.of_json(503, {"Message": error.message, "Code": error.code, "Advice": error.advice})

    async def _route(self, base: str, parts: list[str], request: Request) -> Response:
        match (request.method, *parts):
            case ("POST", "orchestrators", name):
                return await self._start(base, name, None, request)
            case ("POST", "orchestrators", name, instance):
                return await self._start(base, name, instance, request)
            case ("GET", "instances") | ("GET", "instances", ""):
                return self._list(request)
            case ("DELETE", "instances") | ("DELETE", "instances", ""):
                return self._purge_by(request)
            case ("GET", "instances", instance):
                return self._status(instance, request)
            case ("DELETE", "instances", instance):
                return Response.of_json(200, {"instancesDeleted": self._client.purge(instance)})
            case ("POST", "instances", instance, operation):
                return await self._operate(base, instance, operation.lower(), request)
            case ("POST", "instances", instance, operation, event) if operation.lower() == "raiseevent":
                return self._raise(instance, event, request)
        return _NOT_FOUND

    # -- starting -----------------------------------------------------------------------------------------------------

    async def _start(self, base: str, name: str, instance: str | None, request: Request) -> Response:
        text: str | None = None
        if request.body:
            value = _json(request.body)
            text = request.body.decode("utf-8-sig").strip()
            if self._strict and not isinstance(value, dict | str | None):
                raise ClientError(400, str(Trap.input_not_object()), str(Trap.input_not_object()))
        parameters = request.parameters()
        started = self._client.start(name, instance or None, text, parameters.get("version"))
        return await self._started(base, started, request, parameters)

    async def _started(self, base: str, instance: str, request: Request, parameters: dict[str, str]) -> Response:
        timeout, interval = _float(parameters.get("timeout")), _float(parameters.get("pollingInterval"))
        if timeout is not None and interval is not None:
            row = await self._wait(instance, timeout, interval)
            if row is not None and row.status == "Completed":
                return Response.of_json(200, status_payload(row)["output"])
            if row is not None:
                return self._status(instance, request)
        urls = links(request.origin + base, instance, self._hub)
        urls.pop("rewindPostUri")
        return Response.of_json(202, urls, {"location": urls["statusQueryGetUri"], "retry-after": "10"})

    async def _wait(self, instance: str, timeout: float, interval: float) -> Instance | None:
        deadline = time.monotonic() + timeout
        while True:
            row = self._client.get(instance)
            if row is not None and row.finished:
                return row
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            await asyncio.sleep(min(max(interval, 0.01), left))

    # -- looking ------------------------------------------------------------------------------------------------------

    def _status(self, instance: str, request: Request) -> Response:
        row = self._client.get(instance)
        if row is None:
            return _NOT_FOUND
        flags = {key.lower(): value.lower() == "true" for key, value in request.parameters().items()}
        with_input = flags.get("showinput", True)
        payload = status_payload(row, with_input)
        if flags.get("showhistory") and row.status != "Pending":
            if is_non_deterministic(row):
                raise ClientError(400, "One or more of the arguments submitted is incorrect", row.output, "System.ArgumentException")
            payload["historyEvents"] = history_payload(self._client.history(instance), with_input, flags.get("showhistoryoutput", False))
        if row.status in FINAL:
            failed = row.status == "Failed" and flags.get("returninternalservererroronfailure")
            return Response.of_json(500 if failed else 200, payload)
        return Response.of_json(202, payload, {"location": request.url, "retry-after": "5"})

    def _list(self, request: Request) -> Response:
        query = _query(request.parameters())
        token = request.headers.get("x-ms-continuation-token", "")
        query.after = _read_token(token)
        limit, query.limit = query.limit, query.limit + 1
        rows = self._client.find(query)
        with_input = request.parameters().get("showInput", "true").lower() == "true"
        headers = {"x-ms-continuation-token": _token(rows[limit - 1]) if len(rows) > limit else ""}
        return Response.of_json(200, [status_payload(row, with_input) for row in rows[:limit]], headers)

    # -- changing -----------------------------------------------------------------------------------------------------

    async def _operate(self, base: str, instance: str, operation: str, request: Request) -> Response:
        parameters = request.parameters()
        if operation == "restart":
            fresh = parameters.get("restartWithNewInstanceId", "true").lower() != "false"
            return await self._started(base, self._client.restart(instance, fresh), request, parameters)
        operations: dict[str, Callable[[str, str | None], None]] = {
            "terminate": self._client.terminate,
            "suspend": self._client.suspend,
            "resume": self._client.resume,
            "rewind": self._client.rewind,
        }
        if operation not in operations:
            return _NOT_FOUND
        operations[operation](instance, parameters.get("reason"))
        return Response(202)

    def _raise(self, instance: str, event: str, request: Request) -> Response:
        row = self._client.get(instance)
        if row is None or row.finished:
            raise ClientError(410 if row else 404, "")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise ClientError(400, "Only application/json request content is supported")
        self._client.raise_event(instance, event, _json(request.body))
        return Response(202)

    def _purge_by(self, request: Request) -> Response:
        parameters = request.parameters()
        query = _query(parameters)
        if query.created_from is None:
            return Response.of_json(400, "Please provide value for 'createdTimeFrom' parameter.")
        if query.created_to is None:
            query.created_to = time.time()
        query.statuses = tuple(s for s in query.statuses or FINAL if s in FINAL)
        deleted = self._client.purge_by(query)
        return Response.of_json(200, {"instancesDeleted": deleted}) if deleted else _NOT_FOUND


def _refusal(error: ClientError) -> Response:
    if not error.message:
        return Response(error.status)
    if error.detail is None:
        return Response.of_json(error.status, {"Message": error.message} if error.status in (400, 409) else error.message)
    return Response.of_json(
        error.status, {"Message": error.message, "ExceptionMessage": error.detail, "ExceptionType": error.kind, "StackTrace": ""}
    )


def _json(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"))
    except ValueError as error:
        raise ClientError(400, "Invalid JSON content", str(error), "Newtonsoft.Json.JsonReaderException") from error


def _float(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def _time(text: str | None) -> float | None:
    try:
        moment = datetime.fromisoformat((text or "").replace(" ", "+"))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _query(parameters: dict[str, str]) -> Query:
    top = parameters.get("top", "")
    return Query(
        parameters.get("instanceIdPrefix", ""),
        _time(parameters.get("createdTimeFrom")),
        _time(parameters.get("createdTimeTo")),
        tuple(s.strip() for s in parameters.get("runtimeStatus", "").split(",") if s.strip()),
        min(int(top), 10_000) if top.isdecimal() and int(top) else _PAGE,
    )


def _token(row: Instance) -> str:
    return base64.urlsafe_b64encode(json.dumps([row.created, row.id]).encode()).decode()


def _read_token(token: str) -> tuple[float, str] | None:
    if not token:
        return None
    try:
        created, instance = json.loads(base64.urlsafe_b64decode(token))
        return float(created), str(instance)
    except ValueError as error:
        raise ClientError(
            400, "One or more of the arguments submitted is incorrect", f"Invalid continuation token: {error}", "System.ArgumentException"
        ) from error
