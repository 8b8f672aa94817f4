"""The durable management API, status code for status code as the Durable extension 3.14 answers it."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

from funchost.durable.client import BAD_ARGUMENT, Client, ClientError
from funchost.durable.protocol import FINAL
from funchost.durable.traps import Trap
from funchost.errors import StoreError
from funchost.store import Instance
from funchost.web.binding import links
from funchost.web.messages import Request, Response
from funchost.web.queries import Parameters, read_token, token_after
from funchost.web.starts import Starts
from funchost.web.status import DuplicateTask, history_payload, status_payload

_NOT_FOUND = Response(404)
_LONGEST_ID = 2048


class Management:
    """Answers requests below a base path. `strict` refuses inputs that the SDK cannot read and ids that stores cannot keep."""

    def __init__(self, client: Client, hub: str, strict: bool) -> None:
        self._client, self._hub, self._strict = client, hub, strict
        self._starts = Starts(client)

    async def answer(self, base: str, path: str, request: Request) -> Response:
        """Handle `path`, percent-encoded and relative to `base` (a URL path)."""
        parts = unquote_plus(path).strip("/").split("/")
        try:
            return await self._route(base, parts, request)
        except ClientError as error:
            return _refusal(error)
        except StoreError as error:
            return Response.of_json(503, {"Message": error.message, "Code": error.code, "Advice": error.advice})

    async def _route(self, base: str, parts: list[str], request: Request) -> Response:
        parameters = Parameters(request.parameters())
        match (request.method, parts[0].lower(), *parts[1:]):
            case ("POST", "orchestrators", str(name)) if name:
                return await self._start(base, name, None, request, parameters)
            case ("POST", "orchestrators", str(name), str(instance)) if name and instance:
                return await self._start(base, name, instance, request, parameters)
            case ("GET", "instances"):
                return self._list(request, parameters)
            case ("DELETE", "instances"):
                return self._purge_by(parameters)
            case ("GET", "instances", str(instance)) if instance:
                return self._status(instance, request, parameters)
            case ("DELETE", "instances", str(instance)) if instance:
                return Response.of_json(200, {"instancesDeleted": self._client.purge(instance)})
            case ("POST", "instances", str(instance), str(operation)) if instance:
                return await self._operate(base, instance, operation.lower(), request, parameters)
            case ("POST", "instances", str(instance), str(operation), str(event)) if (
                instance and event and operation.lower() == "raiseevent"
            ):
                return self._raise(instance, event, request)
            case (method, "entities", *rest) if len(rest) <= 2:
                return _entities(method, rest)
        return _NOT_FOUND

    # -- starting -----------------------------------------------------------------------------------------------------

    async def _start(self, base: str, name: str, instance: str | None, request: Request, parameters: Parameters) -> Response:
        text: str | None = None
        if request.body:
            value = _json(request.body)
            text = request.body.decode("utf-8-sig")
            if self._strict and not isinstance(value, dict | str | None):
                raise _trapped(Trap.input_not_object())
        if instance is not None:
            self._check_id(instance)
        started = await self._starts.start(name, instance, text, parameters.text("version"))
        try:
            return await self._started(base, started, request, parameters)
        except ValueError as error:
            raise ClientError(400, str(error)) from error

    def _check_id(self, instance: str) -> None:
        if len(instance) > _LONGEST_ID:
            raise ClientError(400, f"Instance ID lengths must not exceed {_LONGEST_ID} characters.")
        if self._strict and (
            len(instance) > 256 or instance.startswith("@") or any(c in "\\#?" or ord(c) < 32 or 127 <= ord(c) < 160 for c in instance)
        ):
            raise _trapped(Trap.bad_instance_id())

    async def _started(self, base: str, instance: str, request: Request, parameters: Parameters) -> Response:
        timeout, interval = parameters.number("timeout"), parameters.number("pollingInterval")
        if timeout is not None and interval is not None:
            if interval > timeout:
                raise ValueError(f"Total timeout {timeout:g} should be bigger than retry timeout {interval:g}")
            row = await self._wait(instance, timeout, interval)
            if row is not None and row.status == "Completed":
                return Response.of_json(200, status_payload(row)["output"])
            if row is not None:
                return self._status(instance, request, parameters, may_fail=False)
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

    def _status(self, instance: str, request: Request, parameters: Parameters, *, may_fail: bool = True) -> Response:
        row = self._client.get(instance)
        if row is None:
            return _NOT_FOUND
        with_input = parameters.flag("showInput", True)
        payload = status_payload(row, with_input)
        if parameters.flag("showHistory", False) and row.status != "Pending":
            try:
                shown = history_payload(self._client.history(instance), with_input, parameters.flag("showHistoryOutput", False))
            except DuplicateTask as error:
                raise ClientError(400, BAD_ARGUMENT, str(error), "System.ArgumentException") from error
            payload["historyEvents"] = shown
        if row.status in FINAL:
            failed = may_fail and row.status == "Failed" and parameters.flag("returnInternalServerErrorOnFailure", False)
            return Response.of_json(500 if failed else 200, payload)
        return Response.of_json(202, payload, {"location": request.url, "retry-after": "5"})

    def _list(self, request: Request, parameters: Parameters) -> Response:
        query = parameters.query()
        query.after = read_token(request.headers.get("x-ms-continuation-token", ""))
        limit, query.limit = query.limit, query.limit + 1
        rows = self._client.find(query)
        with_input = parameters.flag("showInput", True)
        headers = {"x-ms-continuation-token": token_after(rows[limit - 1]) if len(rows) > limit else ""}
        return Response.of_json(200, [status_payload(row, with_input) for row in rows[:limit]], headers)

    # -- changing -----------------------------------------------------------------------------------------------------

    async def _operate(self, base: str, instance: str, operation: str, request: Request, parameters: Parameters) -> Response:
        if operation == "restart":
            return await self._restart(base, instance, request, parameters)
        operations: dict[str, Callable[[str, str | None], None]] = {
            "terminate": self._client.terminate,
            "suspend": self._client.suspend,
            "resume": self._client.resume,
            "rewind": self._client.rewind,
        }
        if operation not in operations:
            return _NOT_FOUND
        operations[operation](instance, parameters.text("reason"))
        return Response(202)

    async def _restart(self, base: str, instance: str, request: Request, parameters: Parameters) -> Response:
        try:
            fresh = self._client.restart(instance, parameters.flag("restartWithNewInstanceId", True))
            return await self._started(base, fresh, request, parameters)
        except ValueError as error:
            message = "InstanceId does not match a valid orchestration instance."
            raise ClientError(400, message, str(error), "System.ArgumentException") from error

    def _raise(self, instance: str, event: str, request: Request) -> Response:
        row = self._client.get(instance)
        if row is None or row.finished:
            raise ClientError(410 if row else 404, "")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise ClientError(400, "Only application/json request content is supported")
        self._client.raise_event(instance, event, _json(request.body))
        return Response(202)

    def _purge_by(self, parameters: Parameters) -> Response:
        query = parameters.query()
        if query.created_from is None:
            return Response.of_json(400, "Please provide value for 'createdTimeFrom' parameter.")
        if query.created_to is None:
            query.created_to = time.time()
        query.prefix = ""
        query.statuses = tuple(s for s in query.statuses or FINAL if s in FINAL)
        deleted = self._client.purge_by(query) if query.statuses else 0
        return Response.of_json(200, {"instancesDeleted": deleted}) if deleted else _NOT_FOUND


def _entities(method: str, rest: list[str]) -> Response:
    """No entity runs here: lists are empty, none is found, and none can be signalled."""
    if method == "GET":
        return _NOT_FOUND if len(rest) == 2 else Response.of_json(200, [], {"x-ms-continuation-token": ""})
    if method not in ("POST", "DELETE") or not rest:
        return _NOT_FOUND
    message = (
        f"The function '{rest[0].lower()}' doesn't exist, is disabled, or is not an entity function. Additional info: "
        "No entity functions are currently registered!"
    )
    return Response.of_json(400, {"Message": message, "Code": "FH1407", "Advice": Trap.unsupported(7).advice})


def _trapped(trap: Trap) -> ClientError:
    return ClientError(400, str(trap), str(trap))


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
    except RecursionError as error:
        raise ClientError(400, "Invalid JSON content", "nested too deeply", "Newtonsoft.Json.JsonReaderException") from error
