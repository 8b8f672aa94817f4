"""The one ASGI application: management API under its paths, everything else to the functions."""

from funchost.errors import StoreError
from funchost.logs import Log
from funchost.web.binding import PUBLIC
from funchost.web.http_functions import HttpFunctions
from funchost.web.management import Management
from funchost.web.messages import BodyTooLarge, Disconnected, Receive, Request, Response, Scope, Send, read_body, read_request


class HostApp:
    """ASGI entry point. `private` is the path at which the app's own durable client finds the engine."""

    def __init__(
        self, functions: HttpFunctions, management: Management, log: Log, *, origin: str, private: str, public: bool, body_limit: int
    ) -> None:
        self._functions, self._management, self._log = functions, management, log
        self._origin, self._body_limit = origin, body_limit
        self._bases = ((private,), (private, PUBLIC))[public]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; whatever happens, it gets an answer."""
        if scope["type"] != "http":
            return
        request = read_request(scope, self._origin)
        try:
            response = await self._answer(request, receive)
        except Disconnected:
            return
        except BodyTooLarge:
            refusal = {"Message": f"The request body is above the limit of {self._body_limit} bytes."}
            await Response.of_json(413, refusal, {"connection": "close"}).send(send, unread=receive)
            return
        except StoreError as error:
            response = Response.of_json(503, {"Message": error.message, "Code": error.code, "Advice": error.advice})
        except Exception as error:
            self._log("error", "http", method=request.method, path=request.path, status=500, error=f"{type(error).__name__}: {error}")
            response = Response(500)
        await response.send(send, request.method == "HEAD")

    async def _answer(self, request: Request, receive: Receive) -> Response:
        for base in self._bases:
            if request.path == base or request.path.startswith(base + "/"):
                request.body = await read_body(receive, request.headers, self._body_limit)
                return await self._management.answer(PUBLIC if PUBLIC in self._bases else base, request.path[len(base) :], request)
        if request.path.startswith(("/runtime/", "/admin/")):
            return Response(404)
        found = self._functions.find(request.method, request.path)
        if found is None:
            return Response(404)
        request.body = await read_body(receive, request.headers, self._body_limit)
        return await self._functions.call(*found, request)
