"""Every route x every kind of caller. The routes come from the app's own document, so that none can be forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from api_cases import Door, problem_of
from api_entra import Operation, bearer, entra_door, operations, send
from api_furniture import furnish
from loopback_entra import API, APP, OTHER_TENANT, TENANT, USER, Entra, ec_key, jwk, pem, public_pem, rsa_key, serving

from api.identity import ACCESS, Role
from api.identity import Door as Gateway
from shared.model import InputError

OF_NO_PROJECT = {
    "GET /whoami", "POST /compile", "POST /verify", "GET /metrics", "POST /dead-letters/{subscription}/actions/replay",
}  # fmt: skip
NAMES_A_PROJECT = {"GET /runs", "POST /runs", "GET /capsules", "GET /previews"}
ROLES = ["Reader", "Operator", "Approver", "Admin"]


@pytest.fixture(scope="module")
def entra() -> Iterator[Entra]:
    with serving() as made:
        made.more = [jwk("curve", ec_key())]
        yield made


@pytest.fixture(scope="module")
def furnished(entra: Entra, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A home that holds something under every address; tests over it ask who may, not what comes of it."""
    home = tmp_path_factory.mktemp("furnished")

    async def fill() -> dict[str, str]:
        async with entra_door(home, entra) as door:
            return await furnish(door)

    return home, asyncio.run(fill())


Furnished = tuple[Path, dict[str, str]]


def hs256_with_the_public_key(entra: Entra) -> str:
    """What a library that trusts the header would take: the public key as the secret of an HMAC."""
    unsigned = jwt.encode(entra.claims(), "x" * 32, algorithm="HS256", headers={"kid": "one"}).rpartition(".")[0]
    algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    return f"{unsigned}.{jwt.utils.base64url_encode(algorithm.sign(unsigned.encode(), public_pem(rsa_key('one')))).decode()}"


def unsigned(entra: Entra) -> str:
    return jwt.encode(entra.claims(), None, algorithm="none", headers={"kid": "one"})


def altered(entra: Entra) -> str:
    """A reader's token whose claims were replaced by those of an administrator."""
    head, _, signature = entra.token(roles=["Reader"]).split(".")
    return f"{head}.{entra.token().split('.')[1]}.{signature}"


STRANGERS: dict[str, Any] = {
    "no token": lambda entra: None,
    "not a token": lambda entra: "wrong",
    "expired": lambda entra: entra.token(exp=entra.claims()["iat"] - 100),
    "not valid yet": lambda entra: entra.token(nbf=entra.claims()["exp"]),
    "never ends": lambda entra: entra.token(exp=None),
    "wrong audience": lambda entra: entra.token(aud=OTHER_TENANT),
    "of Microsoft Graph": lambda entra: entra.token(aud="00000003-0000-0000-c000-000000000000"),
    "wrong tenant": lambda entra: entra.token(tid=OTHER_TENANT),
    "no tenant": lambda entra: entra.token(tid=None),
    "wrong issuer": lambda entra: entra.token(iss=f"{entra.url}/{OTHER_TENANT}/v2.0"),
    "an issuer of the other version": lambda entra: entra.token(ver="1.0"),
    "HS256 with the public key": hs256_with_the_public_key,
    "ES256": lambda entra: entra.token("curve", key=ec_key(), algorithm="ES256"),
    "ES256 under the id of the RSA key": lambda entra: entra.token("one", key=ec_key(), algorithm="ES256"),
    "PS256": lambda entra: entra.token(algorithm="PS256"),
    "none": unsigned,
    "signed by another key": lambda entra: entra.token("one", key=rsa_key("stranger")),
    "signed by a key that is not published": lambda entra: entra.token("stranger"),
    "altered": altered,
    "an ID token": lambda entra: entra.signed(entra.id_claims()),
    "an ID token of a sign-in without a nonce": lambda entra: entra.signed(entra.id_claims(nonce=None)),
    "an ID token that says user": lambda entra: entra.signed(entra.id_claims(nonce=None, idtyp="user")),
    "an ID token whose subject is the user": lambda entra: entra.signed(entra.id_claims(sub=USER)),
    "a token of version 1 without a scope": lambda entra: entra.token(
        scp=None, ver="1.0", iss=f"https://sts.windows.net/{TENANT}/", aud=f"api://{API}"
    ),
    "an application without a subject": lambda entra: entra.signed(entra.app_claims(sub=None)),
    "no object id": lambda entra: entra.token(oid=None),
}


@pytest.mark.parametrize("stranger", STRANGERS)
async def test_no_route_knows_a_stranger(furnished: Furnished, entra: Entra, stranger: str) -> None:
    home, ids = furnished
    async with entra_door(home, entra) as door:
        starts, seq = door.host.starts, (await door.stores.runs.get(ids["run"])).seq
        for operation in await operations(door, ids):
            answer = await send(door, operation, STRANGERS[stranger](entra))
            assert answer.status_code == 401, (operation.name, answer.text)
            problem_of(answer, 401, "QLF7121")
            assert 'resource_metadata="http://127.0.0.1/.well-known/oauth-protected-resource/api/v1"' in answer.headers["www-authenticate"]
        assert (door.host.starts, (await door.stores.runs.get(ids["run"])).seq) == (starts, seq)


@pytest.mark.parametrize("held", [[], ["Factory.Admin"], ["admin"], *([role] for role in ROLES)], ids=str)
async def test_a_role_opens_its_own_routes_and_those_below(furnished: Furnished, entra: Entra, held: list[str]) -> None:
    token = entra.token(roles=held)
    mine = ROLES.index(held[0]) + 1 if held and held[0] in ROLES else 0
    home, ids = furnished
    async with entra_door(home, entra) as door:
        for operation in await operations(door, ids):
            answer = await send(door, operation, token)
            needed = ROLES.index(operation.role) + 1 if operation.role else 0
            if mine >= needed:
                assert answer.status_code < 500, (operation.name, answer.text)
                assert answer.status_code not in (401, 403), (operation.name, answer.text)
                assert answer.status_code != 404 or answer.json()["code"] == "QLF7150", (operation.name, answer.text)
            else:
                problem_of(answer, 403, "QLF7122")
                assert "insufficient_scope" in answer.headers["www-authenticate"]


async def test_what_belongs_to_another_project_is_not_there(tmp_path: Path, entra: Entra) -> None:
    token = entra.token(roles=["Approver"])
    async with entra_door(tmp_path, entra, project_access={USER: ["mine"]}) as door:
        theirs = await furnish(door, "theirs")
        before = await everything_of(door, theirs)
        for operation in await operations(door, theirs):
            if operation.name in OF_NO_PROJECT or operation.role == "Admin":
                continue
            more: dict[str, Any] = {"params": {"project": "theirs"}} if operation.name in NAMES_A_PROJECT else {}
            asked = named(operation) if operation.name == "POST /runs" else operation
            answer = await send(door, asked, token, **more)
            assert answer.status_code == 404, (operation.name, answer.text)
            assert answer.json()["code"] in ("QLF7001", "QLF7007", "QLF7008", "QLF7124"), operation.name
        assert await everything_of(door, theirs) == before


def named(operation: Operation) -> Operation:
    return Operation(operation.method, operation.template, operation.role, operation.url, {**(operation.body or {}), "project": "theirs"})


async def everything_of(door: Door, ids: dict[str, str]) -> tuple[object, ...]:
    return (
        await door.stores.runs.get(ids["run"]),
        await door.stores.runs.events(ids["run"]),
        await door.stores.previews.get(ids["preview"]),
        door.host.starts,
        len(door.host.events),
    )


async def test_another_project_s_run_looks_like_one_that_never_was(tmp_path: Path, entra: Entra) -> None:
    async with entra_door(tmp_path, entra, project_access={USER: ["mine"]}) as door:
        theirs = await furnish(door, "theirs")
        reader = bearer(entra.token(roles=["Reader"]))
        found = (await door.http.get(f"/runs/{theirs['run']}", headers=reader)).json()
        never = (await door.http.get("/runs/run_01ARZ3NDEKTSV4RRFFQ69G5FAV", headers=reader)).json()
        assert found["detail"].replace(theirs["run"], "X") == never["detail"].replace("run_01ARZ3NDEKTSV4RRFFQ69G5FAV", "X")


async def test_no_key_reaches_another_project_s_preview_or_run(tmp_path: Path, entra: Entra) -> None:
    async with entra_door(tmp_path, entra, project_access={USER: ["mine"]}) as door:
        mine, theirs = await furnish(door, "mine"), await furnish(door, "theirs")
        keyed = await door.http.post(f"/capsules/{theirs['capsule']}/previews", json={}, headers={"Idempotency-Key": "theirs"})
        names = [theirs["preview"], keyed.json()["id"], theirs["run"], theirs["capsule"]]
        before = [await door.stores.previews.get(name) for name in names[:2]], (await everything_of(door, theirs))[:3]
        operator = bearer(entra.token(roles=["Operator"]))
        for key in ["theirs", *(name[4:] for name in names)]:
            answer = await door.http.post(f"/capsules/{mine['capsule']}/previews", json={}, headers={**operator, "Idempotency-Key": key})
            assert (answer.status_code, answer.json()["project_id"], answer.json()["id"] in names) == (202, "mine", False), key
        taken = await door.http.post("/runs", json={"brief": "x"}, headers={**operator, "Idempotency-Key": theirs["run"][4:]})
        assert theirs["run"] not in problem_of(taken, 409, "QLF7003")["detail"]
        for name in names[:2]:
            problem_of(await door.http.post(f"/previews/{name}/actions/destroy", headers=operator), 404, "QLF7008")
        after = [await door.stores.previews.get(name) for name in names[:2]], (await everything_of(door, theirs))[:3]
        assert after == before


async def test_the_caller_s_own_project_is_open_and_the_default_for_lists(tmp_path: Path, entra: Entra) -> None:
    async with entra_door(tmp_path, entra, project_access={USER: ["mine"]}) as door:
        mine, theirs = await furnish(door, "mine"), await furnish(door, "theirs")
        operator = bearer(entra.token(roles=["Operator"]))
        assert (await door.http.get(f"/runs/{mine['run']}/events", headers=operator)).status_code == 200
        for kind, key in (("runs", "run"), ("capsules", "capsule"), ("previews", "preview")):
            listed = [item["id"] for item in (await door.http.get(f"/{kind}", headers=operator)).json()["items"]]
            assert listed == [mine[key]]
        made = (await door.http.post("/runs", json={"brief": "x"}, headers=operator)).json()
        assert made["project_id"] == "mine"
        everything = [item["id"] for item in (await door.http.get("/runs?project=theirs")).json()["items"]]
        assert everything == [theirs["run"]]


async def test_every_route_is_declared_and_says_its_role(tmp_path: Path, entra: Entra) -> None:
    async with entra_door(tmp_path, entra) as door:
        paths = (await door.http.get("/openapi.json")).json()["paths"]
        declared = {key.replace(":path}", "}"): access for key, access in ACCESS.items()}
        for path, methods in paths.items():
            for method, operation in methods.items():
                access = declared[f"{method.upper()} {path}"]
                told = operation.get("x-qlf-role", "open")
                assert told == ("open" if isinstance(access, Gateway) else access.title if access else None), path
        names = {operation.name for operation in await operations(door, dict.fromkeys(("run", "capsule", "preview"), "x"))}
        assert names >= NAMES_A_PROJECT


def test_what_changes_something_asks_for_more_than_reading() -> None:
    harmless = {"POST /api/v1/verify", "POST /api/v1/capsules/{capsule_id}/actions/verify"}
    for key, access in ACCESS.items():
        if not key.startswith(("GET ", "HEAD ")) and key not in harmless:
            assert access is Gateway.SIGNED or (isinstance(access, Role) and access >= Role.OPERATOR), key


@pytest.mark.parametrize("path", ["/api/v1/secrets", "/secrets", "/api/v1/runs/summary"])
async def test_a_route_that_nobody_declared_is_refused(tmp_path: Path, entra: Entra, path: str) -> None:
    async with entra_door(tmp_path, entra) as door:
        called: list[str] = []
        route = door.app.app.router.routes.pop  # the newest route is asked first
        door.app.app.add_api_route(path, lambda: called.append(path))
        door.app.app.router.routes.insert(0, route())
        answer = await door.http.get(f"http://127.0.0.1{path}")
        problem_of(answer, 403, "QLF7126")
        assert called == []


async def test_another_method_on_a_declared_path_is_refused(tmp_path: Path, entra: Entra) -> None:
    async with entra_door(tmp_path, entra) as door:
        door.app.app.add_api_route("/api/v1/runs", lambda: None, methods=["DELETE"])
        answer = await door.http.delete("/runs")
        problem_of(answer, 405, "QLF7102")
        assert answer.headers["allow"] == "GET, POST"


async def test_the_key_never_appears_in_what_a_stranger_reads(tmp_path: Path, entra: Entra) -> None:
    async with entra_door(tmp_path, entra) as door:
        answer = await door.http.get("/runs", headers=bearer(hs256_with_the_public_key(entra)))
        assert pem(rsa_key("one"))[30:90] not in answer.text
        with pytest.raises(InputError):
            await door.stores.runs.get("run_01ARZ3NDEKTSV4RRFFQ69G5FAV")


@pytest.mark.parametrize(
    ("change", "role"),
    [
        ({"aud": f"api://{API}"}, "Admin"),
        ({"ver": "1.0", "iss": f"https://sts.windows.net/{TENANT}/", "aud": f"api://{API}"}, "Admin"),
        ({"scp": "openid profile access_as_user"}, "Admin"),
        ({"scp": "Reader"}, "Reader"),
        ({"scp": "Admin", "roles": ["Operator"]}, "Operator"),
        ({"scp": "User.Read"}, None),
        ({"scp": ""}, None),
        ({"roles": "Admin"}, "Admin"),
        ({"roles": ["Reader", "Approver", "x"]}, "Approver"),
        ({"roles": {"Admin": 1}}, None),
        ({"tid": TENANT.upper()}, "Admin"),
    ],
    ids=str,
)
async def test_what_a_good_token_says(tmp_path: Path, entra: Entra, change: dict[str, Any], role: str | None) -> None:
    async with entra_door(tmp_path, entra) as door:
        answer = await door.http.get("/whoami", headers=bearer(entra.token(**change)))
        assert answer.status_code == 200, answer.text
        projects = None if role == "Admin" else ["default"]
        assert answer.json() == {
            "id": USER, "kind": "user", "name": "ada@example.com", "tenant": TENANT, "role": role, "projects": projects,
        }  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"idtyp": "app"},
        {"idtyp": "app", "sub": None},
        {"ver": "1.0", "iss": f"https://sts.windows.net/{TENANT}/", "aud": f"api://{API}"},
    ],
    ids=str,
)
async def test_an_application_s_own_token_gives_its_roles(tmp_path: Path, entra: Entra, change: dict[str, Any]) -> None:
    async with entra_door(tmp_path, entra) as door:
        token = entra.signed(entra.app_claims(roles=["Operator"], **change))
        answer = await door.http.get("/whoami", headers=bearer(token))
        assert answer.json() == {
            "id": APP, "kind": "app", "name": "", "tenant": TENANT, "role": "Operator", "projects": ["default"],
        }  # fmt: skip
