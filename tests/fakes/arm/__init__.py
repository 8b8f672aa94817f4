"""Azure on loopback, over TLS: Resource Manager for Container Apps and registry builds, a registry, Log Analytics, and the apps.

Request bodies are held against the SDK's models, every request needs a bearer token (the registry by its own exchange), and faults are
played as asked. What it cannot show: that the real service takes the same bodies. docs/azure/verify.md says how to see that.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import ssl
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from azure.mgmt.appcontainers import models as app_models
from azure.mgmt.containerregistrytasks import models as task_models

from tests.fakes.arm.models import faults, wanting
from tests.fakes.tls import Certificate

SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/previews/providers"
APPS = f"{GROUP}/Microsoft.App/containerApps"
REGISTRY = f"{GROUP}/Microsoft.ContainerRegistry/registries/reg"
DIGEST = f"sha256:{'ab' * 32}"
TOKEN = "arm-token"


@dataclass
class Fault:
    """Answer the next `times` requests of this method whose path ends so with a status, headers and an error code."""

    method: str
    ends: str
    status: int
    code: str = "Trouble"
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1


@dataclass
class Azure:
    """What there is, what was asked, and how the slow things go."""

    url: str = ""
    apps: dict[str, dict[str, Any]] = field(default_factory=dict)
    secrets: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    images: dict[str, dict[str, str]] = field(default_factory=dict)
    pushed: dict[str, str] = field(default_factory=dict)
    builds: dict[str, dict[str, Any]] = field(default_factory=dict)
    uploads: list[bytes] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    build_looks: int = 1
    build_ends: str = "Succeeded"
    start_looks: int = 1
    start_ends: str = "Succeeded"
    revision_says: str = ""
    app_answers: int = 200
    log: list[str] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    kill: Callable[[], None] | None = None
    kill_at: int = 0
    clock: Callable[[], str] = lambda: "2026-01-01T00:00:00.0000000Z"

    def push(self, image: str) -> None:
        """An image of the registry, as a build leaves it."""
        repository, _, tag = image.partition(":")
        self.images.setdefault(repository, {})[tag] = DIGEST
        self.pushed[repository] = self.clock()

    def finish(self, build: str) -> None:
        """Let a build come to its end, whether or not somebody looks."""
        if self.builds[build]["status"] == "Running":
            self.builds[build]["status"] = self.build_ends
            if self.build_ends == "Succeeded":
                self.push(self.builds[build]["image"])

    def count(self, method: str, ends: str = "") -> int:
        return sum(1 for asked, path in self.asked if asked == method and path.endswith(ends))


@contextmanager
def azure_in_a_thread(certificate: Certificate) -> Iterator[Azure]:
    """The services on a loop of their own, for tests whose client is another process."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="loopback-azure", daemon=True)
    thread.start()
    context = loopback_azure(certificate)
    made = asyncio.run_coroutine_threadsafe(context.__aenter__(), loop).result(30)
    try:
        yield made
    finally:
        asyncio.run_coroutine_threadsafe(context.__aexit__(None, None, None), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


AZURE = web.AppKey("azure", Azure)


@asynccontextmanager
async def loopback_azure(certificate: Certificate) -> AsyncIterator[Azure]:
    """The services of one test."""
    azure = Azure()
    app = web.Application(client_max_size=1 << 26)
    app[AZURE] = azure
    app.middlewares.append(_door)
    app.add_routes([
        web.get(APPS, _list), web.get(f"{APPS}/{{name}}", _read), web.put(f"{APPS}/{{name}}", _write),
        web.patch(f"{APPS}/{{name}}", _patch), web.delete(f"{APPS}/{{name}}", _delete), web.post(f"{APPS}/{{name}}/listSecrets", _secrets),
        web.get(f"{APPS}/{{name}}/revisions", _revisions),
        web.post(f"{REGISTRY}/listBuildSourceUploadUrl", _upload_url), web.put("/account/upload/{name}", _upload),
        web.post(f"{REGISTRY}/scheduleRun", _schedule), web.get(f"{REGISTRY}/runs/{{id}}", _run),
        web.post(f"{REGISTRY}/runs/{{id}}/cancel", _cancel), web.get("/acr/v1/_catalog", _catalog),
        web.post("/oauth2/exchange", _exchange), web.post("/oauth2/token", _access),
        web.get(r"/acr/v1/{name:.+}/_tags/{tag}", _tag), web.get(r"/acr/v1/{name:.+}", _repository),
        web.delete(r"/acr/v1/{name:.+}", _remove_images),
        web.post("/v1/workspaces/{id}/query", _query), web.get("/readyz", _ready),
    ])  # fmt: skip
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate.cert, certificate.key)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    azure.url = f"https://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield azure
    finally:
        await runner.cleanup()


@web.middleware
async def _door(request: web.Request, handler: Any) -> web.StreamResponse:
    azure: Azure = request.app[AZURE]
    azure.asked.append((request.method, request.path))
    if azure.kill and request.method == "DELETE" and "containerApps" in request.path and azure.count("DELETE", "") >= azure.kill_at:
        azure.kill()
    for fault in azure.faults:
        if fault.times and request.method == fault.method and request.path.endswith(fault.ends):
            fault.times -= 1
            body = {"error": {"code": fault.code, "message": f"played {fault.status}"}}
            return web.json_response(body, status=fault.status, headers=fault.headers)
    if request.path.startswith("/subscriptions"):
        if not _known(request.headers.get("Authorization", "").removeprefix("Bearer "), azure.url):
            return _error(401, "AuthenticationFailed")
        if "api-version" not in request.query:
            return _error(400, "MissingApiVersionParameter")
    if request.path.startswith("/acr") and request.headers.get("Authorization") != "Bearer acr-access":
        scope = "registry:catalog:*" if request.path == "/acr/v1/_catalog" else "repository:previews:*"
        challenge = f'Bearer realm="{azure.url}/oauth2/token",service="reg",scope="{scope}"'
        return web.json_response({"errors": [{"code": "UNAUTHORIZED"}]}, status=401, headers={"WWW-Authenticate": challenge})
    answer: web.StreamResponse = await handler(request)
    return answer


def _known(token: str, audience: str) -> bool:
    """The token of the unit tests, or one that the managed identity's endpoint made for this audience."""
    parts = token.split(".")
    if len(parts) != 3:
        return token == TOKEN
    claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
    return bool(claims["aud"].rstrip("/") == audience)


def _error(status: int, code: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": code}}, status=status)


async def _body(request: web.Request, model: type, models: Any) -> dict[str, Any]:
    """The body. One with a fault is answered with 400, and every fault is noted: the test reads `bad` at its end."""
    body: dict[str, Any] = await request.json()
    found = faults(model, body, models)
    if request.method != "PATCH":  # a merge patch names what changes
        found += wanting(model, body)
    if found:
        request.app[AZURE].bad += [f"{request.method} {request.path} {fault}" for fault in found]
        error = {"error": {"code": "InvalidRequestContent", "message": "; ".join(found)}}
        raise web.HTTPBadRequest(text=json.dumps(error), content_type="application/json")
    return body


async def _list(request: web.Request) -> web.Response:
    """Two apps a page."""
    azure: Azure = request.app[AZURE]
    start = int(request.query.get("skip", "0"))
    found = [azure.apps[name] for name in sorted(azure.apps)][start : start + 2]
    more = {"nextLink": f"{azure.url}{APPS}?api-version=x&skip={start + 2}"} if start + 2 < len(azure.apps) else {}
    return web.json_response({"value": found, **more})


async def _read(request: web.Request) -> web.Response:
    azure: Azure = request.app[AZURE]
    app = azure.apps.get(request.match_info["name"])
    if app is None:
        return _error(404, "ResourceNotFound")
    facts = app["properties"]
    if facts.get("provisioningState") == "InProgress":
        facts["looks"] -= 1
        if facts["looks"] < 0:
            facts["provisioningState"] = azure.start_ends
            facts["configuration"]["ingress"]["fqdn"] = azure.url.removeprefix("https://")
    return web.json_response(app)


async def _write(request: web.Request) -> web.Response:
    azure: Azure = request.app[AZURE]
    name = request.match_info["name"]
    body = await _body(request, app_models.ContainerApp, app_models)
    azure.secrets[name] = body["properties"]["configuration"].pop("secrets", [])
    body["properties"] |= {"provisioningState": "InProgress", "looks": azure.start_looks}
    azure.apps[name] = {"id": f"{APPS}/{name}", "name": name, "type": "Microsoft.App/containerApps", **body}
    return web.json_response(azure.apps[name], status=201, headers={"Azure-AsyncOperation": f"{azure.url}/never"})


async def _patch(request: web.Request) -> web.Response:
    azure: Azure = request.app[AZURE]
    app = azure.apps.get(request.match_info["name"])
    if app is None:
        return _error(404, "ResourceNotFound")
    body = await _body(request, app_models.ContainerApp, app_models)
    app["tags"] = body["tags"]
    return web.json_response(app)


async def _delete(request: web.Request) -> web.Response:
    azure: Azure = request.app[AZURE]
    gone = azure.apps.pop(request.match_info["name"], None)
    return web.Response(status=202 if gone else 204, headers={"Location": f"{azure.url}/never"} if gone else {})


async def _secrets(request: web.Request) -> web.Response:
    return web.json_response({"value": request.app[AZURE].secrets[request.match_info["name"]]})


async def _revisions(request: web.Request) -> web.Response:
    azure: Azure = request.app[AZURE]
    if request.match_info["name"] not in azure.apps:
        return _error(404, "ResourceNotFound")
    facts = {"active": True, "provisioningError": azure.revision_says, "runningState": "Failed"}
    return web.json_response({"value": [{"name": "r1", "properties": facts}]})


async def _upload_url(request: web.Request) -> web.Response:
    url = f"{request.app[AZURE].url}/account/upload/source.tar.gz?sv=2025-01-01&sr=b&sig=s&sp=cw"
    return web.json_response({"uploadUrl": url, "relativePath": "source/source.tar.gz"})


async def _upload(request: web.Request) -> web.Response:
    azure: Azure = request.app[AZURE]
    if request.headers.get("x-ms-blob-type") != "BlockBlob" or "sig" not in request.query:
        return web.Response(status=403)
    azure.uploads.append(await request.read())
    return web.Response(status=201, headers={"ETag": '"1"', "x-ms-request-id": "1"})


async def _schedule(request: web.Request) -> web.Response:
    azure: Azure = request.app[AZURE]
    body = await _body(request, task_models.DockerBuildRequest, task_models)
    identity = f"b{len(azure.builds) + 1}"
    gzip.decompress(azure.uploads[-1])
    azure.builds[identity] = {
        "image": body["imageNames"][0],
        "arguments": body["arguments"],
        "looks": azure.build_looks,
        "status": "Running",
    }
    return web.json_response({"properties": {"runId": identity, "status": "Queued"}})


async def _run(request: web.Request) -> web.Response:
    azure: Azure = request.app[AZURE]
    build = azure.builds[request.match_info["id"]]
    build["looks"] -= 1
    if build["looks"] < 0:
        azure.finish(request.match_info["id"])
    repository, _, tag = build["image"].partition(":")
    facts: dict[str, Any] = {"runId": request.match_info["id"], "status": build["status"]}
    if build["status"] == "Running":
        return web.json_response({"properties": facts})
    if build["status"] == "Succeeded":
        facts["outputImages"] = [{"registry": "reg", "repository": repository, "tag": tag, "digest": DIGEST}]
    else:
        facts["runErrorMessage"] = "no space left"
    return web.json_response({"properties": facts})


async def _cancel(request: web.Request) -> web.Response:
    """A run that has ended cannot be cancelled."""
    build = request.app[AZURE].builds[request.match_info["id"]]
    if build["status"] != "Running":
        return _error(409, "RunAlreadyCompleted")
    build["status"] = "Canceled"
    return web.Response(status=200)


async def _catalog(request: web.Request) -> web.Response:
    """Two repositories a page."""
    azure: Azure = request.app[AZURE]
    left = [name for name in sorted(azure.images) if name > request.query.get("last", "")]
    more = {"Link": f'</acr/v1/_catalog?last={left[1]}&n=2>; rel="next"'} if len(left) > 2 else {}
    return web.json_response({"repositories": left[:2]}, headers=more)


async def _repository(request: web.Request) -> web.Response:
    azure: Azure = request.app[AZURE]
    name = request.match_info["name"]
    if name not in azure.images:
        return web.json_response({"errors": [{"code": "NAME_UNKNOWN"}]}, status=404)
    pushed = azure.pushed.get(name, azure.clock())
    rights = {"deleteEnabled": True, "writeEnabled": True, "readEnabled": True, "listEnabled": True}
    facts = {"imageName": name, "createdTime": pushed, "lastUpdateTime": pushed, "manifestCount": 1, "tagCount": 1}
    return web.json_response({"registry": "reg", **facts, "changeableAttributes": rights})


async def _exchange(request: web.Request) -> web.Response:
    if not _known(str((await request.post()).get("access_token")), "https://containerregistry.azure.net"):
        return web.json_response({"errors": [{"code": "UNAUTHORIZED"}]}, status=401)
    part = base64.urlsafe_b64encode(json.dumps({"exp": int(time.time()) + 3600}).encode()).decode().rstrip("=")
    return web.json_response({"refresh_token": f"e30.{part}.e30"})


async def _access(request: web.Request) -> web.Response:
    return web.json_response({"access_token": "acr-access"})


async def _tag(request: web.Request) -> web.Response:
    azure: Azure = request.app[AZURE]
    name, tag = request.match_info["name"], request.match_info["tag"]
    digest = azure.images.get(name, {}).get(tag)
    if digest is None:
        return web.json_response({"errors": [{"code": "TAG_UNKNOWN"}]}, status=404)
    now = "2026-01-01T00:00:00.0000000Z"
    rights = {"deleteEnabled": True, "writeEnabled": True, "readEnabled": True, "listEnabled": True}
    facts = {"name": tag, "digest": digest, "createdTime": now, "lastUpdateTime": now, "signed": False, "changeableAttributes": rights}
    return web.json_response({"registry": "reg", "imageName": name, "tag": facts})


async def _remove_images(request: web.Request) -> web.Response:
    gone = request.app[AZURE].images.pop(request.match_info["name"], None)
    return web.json_response({"manifestsDeleted": [], "tagsDeleted": []}, status=202 if gone else 404)


async def _query(request: web.Request) -> web.Response:
    azure: Azure = request.app[AZURE]
    azure.queries.append((await request.json())["query"])
    rows = [[line] for line in azure.log]
    return web.json_response({"tables": [{"name": "PrimaryResult", "columns": [{"name": "Log_s", "type": "string"}], "rows": rows}]})


async def _ready(request: web.Request) -> web.Response:
    return web.Response(status=request.app[AZURE].app_answers)
