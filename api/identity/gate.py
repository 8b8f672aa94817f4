"""The gate before all routes: who calls, may they, and what is written down of it. No body is read for a stranger.

Somebody is known by one of: the platform in front (App Service authentication), an Entra token that is checked here, or the token of
this home on a laptop. Each is believed only where the settings say that it can be.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus

from starlette.datastructures import URL, Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.identity.access import METADATA, Declared, Door, declared
from api.identity.local import check
from api.identity.platform import in_front, platform_claims
from api.identity.principal import LOCAL, Principal, Role, principal_of
from api.identity.tokens import EntraTokens
from api.problems import problem
from shared.model import ConfigError, InputError, QlfError
from shared.settings import Settings

CALLER, DECLARED = "qlf.caller", "qlf.declared"
_SAFE = ("GET", "HEAD", "OPTIONS")
_RECORDED = ("run_id", "capsule_id", "preview_id", "approval_id", "project_id", "command", "action", "provider")
audit = logging.getLogger("qlf.audit")
audit.setLevel(logging.INFO)


class Identity:
    """Finds out who calls, by the means that this installation has."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tokens = _tokens(settings)

    async def caller(self, headers: Headers) -> Principal:
        """The principal behind a request. Raises the ConfigError that says why there is none."""
        settings = self._settings
        if settings.local_auth:
            check(settings.home, _bearer(headers))
            return LOCAL
        claims = platform_claims(headers, settings.entra_tenant_id) if in_front(settings) else None
        if claims is None:
            if self._tokens is None:
                raise ConfigError("QLF7121" if in_front(settings) else "QLF7107")
            claims = await self._tokens.claims(_bearer(headers))
        return principal_of(claims, settings.project_access, settings.project)


class Gate:
    """Lets a request pass when the table of access says so, and logs every request that may change something."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._identity = Identity(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        found = declared(scope["method"], scope["path"])
        sender = _Audited(scope, found, send)
        try:
            scope[CALLER] = await self._admit(scope, found)
            scope[DECLARED] = found
        except QlfError as error:
            await problem(error, headers=self._headers(scope, error))(scope, receive, sender)
            return
        await self._app(scope, receive, sender)

    async def _admit(self, scope: Scope, found: Declared | None) -> Principal | None:
        """The caller, when the request may go on. Raises QLF7101, QLF7102 or QLF7122 for somebody who is known."""
        if found is not None and found.access is Door.OPEN:
            return None
        if found is not None and found.access is Door.SIGNED:
            return Principal(id=found.parameters.get("provider", ""), kind="webhook", role=Role.NONE, projects=None)
        caller = await self._identity.caller(Headers(scope=scope))
        scope[CALLER] = caller
        if found is None:
            raise InputError("QLF7126" if _is_served(scope) else "QLF7101")
        if not isinstance(found.access, Role):
            raise InputError("QLF7102", allowed=", ".join(found.allowed))
        if caller.role < found.access:
            raise ConfigError("QLF7122", f"this needs the role {found.access.title}; the caller is {caller.role.title}")
        return caller

    def _headers(self, scope: Scope, error: QlfError) -> Mapping[str, str]:
        if error.http_status == HTTPStatus.METHOD_NOT_ALLOWED:
            return {"Allow": str(error.context["allowed"])}
        return challenge(self._settings, scope, error)


def challenge(settings: Settings, scope: Scope, error: QlfError) -> Mapping[str, str]:
    """`WWW-Authenticate` of a refusal: RFC 6750, section 3, with the address of RFC 9728's metadata where Entra is the way in."""
    if settings.local_auth or error.http_status not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return {}
    fault = "insufficient_scope" if error.http_status == HTTPStatus.FORBIDDEN else "invalid_token"
    where = f', resource_metadata="{origin(scope)}{METADATA}"'
    return {"WWW-Authenticate": f'Bearer realm="qlf", error="{fault}"{where}'}


def origin(scope: Scope) -> str:
    """Scheme and host that the caller used. A host that is none comes back escaped, never as header syntax."""
    url = URL(scope=scope)
    host = "".join(letter for letter in url.netloc if letter.isalnum() or letter in ".:-[]")
    return f"{url.scheme}://{host}"


def _tokens(settings: Settings) -> EntraTokens | None:
    if settings.entra_tenant_id is None or settings.entra_client_id is None:
        return None
    return EntraTokens(settings.entra_tenant_id, settings.entra_client_id, settings.entra_authority)


def _bearer(headers: Headers) -> str:
    """The one bearer token of a request; empty for none."""
    given = headers.getlist("authorization")
    scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    return token.strip() if scheme.lower() == "bearer" else ""


def _is_served(scope: Scope) -> bool:
    """True when a route would take the request that the table does not know."""
    return any(route.matches(scope)[0].value == 2 for route in scope["app"].router.routes)


class _Audited:
    """Logs a request that may change something, with who asked and what came of it: ids only, nothing that the caller wrote."""

    def __init__(self, scope: Scope, found: Declared | None, send: Send) -> None:
        self._scope = scope
        self._found = found
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and self._scope["method"] not in _SAFE:
            self._log(message["status"])
        await self._send(message)

    def _log(self, status: int) -> None:
        caller: Principal | None = self._scope.get(CALLER)
        actor = caller.actor() if caller else {"id": "", "kind": "unknown"}
        template = self._found.template if self._found else "-"
        given = self._found.parameters if self._found else {}
        subject = "/".join(f"{name}:{given[name][:64]}" for name in _RECORDED if name in given)
        audit.info("%s %s: %d for %s %s %s", self._scope["method"], template, status, actor["kind"], actor["id"][:64], subject)
