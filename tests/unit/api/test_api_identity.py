"""Where to sign in, what the document says of it, and the view of the stores that a caller is handed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from api_cases import Door
from api_entra import entra_door
from api_furniture import furnish
from loopback_entra import API, TENANT, Entra, serving
from starlette.types import Message

from api.identity import LOCAL, Principal, Role, scoped
from shared.model import Capsule, InputError, Preview, make_event, new_id
from shared.stores import Stores

D = TypeVar("D", Capsule, Preview)
METADATA = "http://127.0.0.1/.well-known/oauth-protected-resource/api/v1"
CLI = "cccccccc-2222-3333-4444-555555555555"


@pytest.fixture(scope="module")
def entra() -> Iterator[Entra]:
    with serving() as made:
        yield made


async def test_the_metadata_names_tenant_client_and_scope(tmp_path: Path, entra: Entra) -> None:
    async with entra_door(tmp_path, entra, entra_cli_client_id=CLI) as door:
        answer = await door.http.get(METADATA, headers={"Authorization": ""})
        assert answer.json() == {
            "resource": "http://127.0.0.1/api/v1", "authorization_servers": [f"{entra.url}/{TENANT}/v2.0"],
            "scopes_supported": [f"api://{API}/access_as_user"], "bearer_methods_supported": ["header"],
            "qlf_tenant_id": TENANT, "qlf_client_id": CLI,
        }  # fmt: skip


async def test_where_the_local_token_opens_the_metadata_names_no_server(door: Door) -> None:
    answer = await door.http.get(METADATA, headers={"Authorization": ""})
    assert (answer.status_code, answer.json()["authorization_servers"], answer.json()["qlf_client_id"]) == (200, [], None)


@pytest.mark.parametrize("host", ['x", error="none', "a b", "h\\", "<script>", "x;y", "x,Basic"])
async def test_a_hostile_host_adds_nothing_to_the_challenge(tmp_path: Path, entra: Entra, host: str) -> None:
    async with entra_door(tmp_path, entra) as door:
        answer = await door.http.get("/runs", headers={"Authorization": "", "Host": host})
        told = answer.headers["www-authenticate"]
        assert told.count('"') == 6
        assert told.startswith('Bearer realm="qlf", error="invalid_token", resource_metadata="http://')
        assert not set(' \\<>;,"') & set(told.split('resource_metadata="')[1].rstrip('"'))


async def test_the_document_says_how_to_sign_in(tmp_path: Path, entra: Entra, door: Door) -> None:
    local = (await door.http.get("/openapi.json")).json()
    assert local["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert local["paths"]["/api/v1/runs"]["post"]["security"] == [{"token": []}]
    async with entra_door(tmp_path, entra) as other:
        document = (await other.http.get("/openapi.json")).json()
    scope = f"api://{API}/access_as_user"
    flow = document["components"]["securitySchemes"]["entra"]["flows"]["authorizationCode"]
    assert flow == {
        "authorizationUrl": f"{entra.url}/{TENANT}/oauth2/v2.0/authorize", "tokenUrl": f"{entra.url}/{TENANT}/oauth2/v2.0/token",
        "scopes": {scope: "Act for the user."},
    }  # fmt: skip
    run = document["paths"]["/api/v1/runs"]["post"]
    assert (run["security"], run["x-qlf-role"]) == ([{"entra": [scope]}], "Operator")
    hooks = document["paths"]["/api/v1/webhooks/{provider}"]["post"]["security"]
    assert hooks == [{f"webhook_{name}": []} for name in ("github", "gitlab", "ci")]
    assert "security" not in document["paths"]["/api/v1/health"]["get"]


async def test_a_websocket_is_shut(door: Door) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("nothing is read")

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/api/v1/runs", "headers": [], "query_string": b"", "root_path": "", "scheme": "ws"}
    await door.app.app(scope, receive, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]


def reader(*projects: str) -> Principal:
    return Principal(id="me", kind="user", role=Role.OPERATOR, projects=frozenset(projects))


def mine(record: D) -> D:
    """The record as somebody would write it who wants it for the project `mine`."""
    return record.model_copy(update={"project_id": "mine"})


Deed = Callable[[Stores, dict[str, Any]], Awaitable[object]]
DEEDS: dict[str, tuple[str, Deed]] = {
    "run": ("QLF7001", lambda stores, it: stores.runs.get(it["run"].id)),
    "runs": ("QLF7124", lambda stores, it: stores.runs.list("theirs")),
    "create": ("QLF7124", lambda stores, it: stores.runs.create(it["new"], it["event"], None)),
    "commit": ("QLF7001", lambda stores, it: stores.runs.commit(it["run"], [], if_match=it["run"].etag)),
    "commit into": ("QLF7001", lambda stores, it: stores.runs.commit(it["moved"], [], if_match=it["run"].etag)),
    "events": ("QLF7001", lambda stores, it: stores.runs.events(it["run"].id)),
    "wait": ("QLF7001", lambda stores, it: stores.runs.wait(it["run"].id, 0, 1)),
    "capsule": ("QLF7007", lambda stores, it: stores.capsules.get(it["capsule"].id)),
    "capsules": ("QLF7124", lambda stores, it: stores.capsules.list("theirs")),
    "put capsule": ("QLF7124", lambda stores, it: stores.capsules.put(it["capsule"])),
    "preview": ("QLF7008", lambda stores, it: stores.previews.get(it["preview"].id)),
    "previews": ("QLF7124", lambda stores, it: stores.previews.list("theirs")),
    "take capsule": ("QLF7003", lambda stores, it: stores.capsules.put(mine(it["capsule"]))),
    "create preview": ("QLF7124", lambda stores, it: stores.previews.create(it["preview"])),
    "take preview": ("QLF7003", lambda stores, it: stores.previews.create(mine(it["preview"]))),
    "put preview": ("QLF7008", lambda stores, it: stores.previews.put(it["preview"], if_match=it["preview"].etag)),
    "put preview into": ("QLF7008", lambda stores, it: stores.previews.put(mine(it["preview"]), if_match=it["preview"].etag)),
}


INTO = ("commit into", "take capsule", "take preview", "put preview into")
"""What would move a thing to the caller's project; its owner may not do that either."""


async def held(door: Door) -> dict[str, Any]:
    """Everything that the other project holds, and what one could try to do with it."""
    ids = await furnish(door, "theirs")
    run = await door.stores.runs.get(ids["run"])
    new = run.model_copy(update={"id": new_id("run")})
    return {
        "run": run, "new": new, "event": make_event(new, "run.received", "received", {}, run.created_at),
        "moved": run.model_copy(update={"project_id": "mine"}), "capsule": await door.stores.capsules.get(ids["capsule"]),
        "preview": await door.stores.previews.get(ids["preview"]),
    }  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS)
async def test_no_deed_of_the_stores_reaches_another_project(door: Door, deed: str) -> None:
    code, do = DEEDS[deed]
    it = await held(door)
    with pytest.raises(InputError) as caught:
        await do(scoped(door.stores, reader("mine")), it)
    assert caught.value.code == code
    assert await door.stores.capsules.get(it["capsule"].id) == it["capsule"]
    assert await door.stores.previews.get(it["preview"].id) == it["preview"]
    if deed not in INTO:
        await do(scoped(door.stores, reader("theirs")), it)
        assert scoped(door.stores, LOCAL) is door.stores


async def test_a_run_cannot_be_moved_out_of_its_project(door: Door) -> None:
    it = await held(door)
    with pytest.raises(InputError) as caught:
        await scoped(door.stores, reader("theirs")).runs.commit(it["moved"], [], if_match=it["run"].etag)
    assert caught.value.code == "QLF7124"


async def test_silent_runs_are_those_of_the_callers_projects(door: Door) -> None:
    it = await held(door)
    new = it["new"].model_copy(update={"status": "running"})
    await door.stores.runs.create(new, make_event(new, "run.received", "received", {}, new.created_at), None)
    late = "9999-01-01T00:00:00.000000Z"
    assert new.id in {run.id for run in await scoped(door.stores, reader("theirs")).runs.silent(late)}
    assert await scoped(door.stores, reader("mine")).runs.silent(late) == []
