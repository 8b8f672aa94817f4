"""App Service authentication: its headers are believed where the platform is in front, and nowhere else."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_cases import Door, problem_of
from api_entra import bearer, entra_door
from hypothesis import given
from hypothesis import strategies as st
from loopback_entra import OTHER_TENANT, TENANT, USER, Entra, serving
from starlette.datastructures import Headers

from api.identity.local import local_token
from api.identity.platform import platform_claims
from shared.model import ConfigError

IN_FRONT = {"azure_site_name": "factory", "azure_auth_enabled": True}
OID = "http://schemas.microsoft.com/identity/claims/objectidentifier"
TID = "http://schemas.microsoft.com/identity/claims/tenantid"
ROLE = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
SUB = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"
SCP = "http://schemas.microsoft.com/identity/claims/scope"
GOOD = [(OID, USER), (TID, TENANT), ("roles", "Operator"), (SCP, "access_as_user"), ("name", "Ada")]

SIGNED_IN = [claim for claim in GOOD if claim[0] != SCP]
"""What App Service says of a browser that signed in at `/.auth/login`: the claims of an ID token."""


def principal(said: list[tuple[str, str]] | None = None, **change: Any) -> str:
    """The header as the platform writes it."""
    entries = [{"typ": kind, "val": value} for kind, value in (GOOD if said is None else said)]
    document = {"auth_typ": "aad", "name_typ": "name", "role_typ": "roles", "claims": entries} | change
    return base64.b64encode(json.dumps(document).encode()).decode()


@pytest.fixture(scope="module")
def entra() -> Iterator[Entra]:
    with serving() as made:
        yield made


async def whoami(door: Door, header: str | None, **more: str) -> Any:
    headers = {"Authorization": "", **more} | ({"X-MS-CLIENT-PRINCIPAL": header} if header is not None else {})
    return await door.http.get("/whoami", headers=headers)


async def test_the_platform_s_word_is_taken_where_it_is_in_front(tmp_path: Path, entra: Entra) -> None:
    async with entra_door(tmp_path, entra, **IN_FRONT) as door:
        answer = await whoami(door, principal())
        assert answer.json() == {
            "id": USER, "kind": "user", "name": "Ada", "tenant": TENANT, "role": "Operator", "projects": ["default"],
        }  # fmt: skip


@pytest.mark.parametrize(
    "elsewhere",
    [{"azure_auth_enabled": True}, {"azure_site_name": "factory"}, {"azure_site_name": "factory", "azure_auth_enabled": False}, {}],
    ids=str,
)
async def test_elsewhere_the_header_opens_nothing(tmp_path: Path, entra: Entra, elsewhere: dict[str, Any]) -> None:
    async with entra_door(tmp_path, entra, **elsewhere) as door:
        problem_of(await whoami(door, principal()), 401, "QLF7121")
        token = entra.token(roles=["Reader"])
        raised = await door.http.get("/whoami", headers=bearer(token) | {"X-MS-CLIENT-PRINCIPAL": principal([*GOOD, ("roles", "Admin")])})
        assert raised.json()["role"] == "Reader"


async def test_on_a_laptop_the_header_opens_nothing(tmp_path: Path, entra: Entra) -> None:
    async with entra_door(tmp_path, entra, entra_tenant_id=None, azure_auth_enabled=True) as door:
        problem_of(await whoami(door, principal()), 401, "QLF7106")
        assert (await door.http.get("/whoami", headers=bearer(local_token(tmp_path)))).json()["id"] == "local"


BAD = {
    "another tenant": principal([*[claim for claim in GOOD if claim[0] != TID], (TID, OTHER_TENANT)]),
    "no tenant": principal([claim for claim in GOOD if claim[0] != TID]),
    "another provider": principal(auth_typ="google"),
    "no object id": principal([claim for claim in GOOD if claim[0] != OID]),
    "an ID token": principal([*SIGNED_IN, (SUB, "pairwise"), ("nonce", "n-0S6")]),
    "an ID token under short names": principal([("oid", USER), ("tid", TENANT), ("roles", "Admin"), ("sub", "pairwise"), ("nonce", "n")]),
    "an ID token of a sign-in without a nonce": principal([*SIGNED_IN, (SUB, "pairwise")]),
    "an ID token without a subject": principal(SIGNED_IN),
    "an ID token whose subject is the user": principal([*SIGNED_IN, (SUB, USER), ("nonce", "n-0S6")]),
    "no object id in the claims and no scope": principal([claim for claim in SIGNED_IN if claim[0] != OID]),
    "not base64": "{}",
    "not JSON": base64.b64encode(b"<x>").decode(),
    "a list": base64.b64encode(b"[]").decode(),
    "two in one": f"{principal()},{principal()}",
    "deep": base64.b64encode(b"[" * 40_000).decode(),
    "huge": base64.b64encode(b" " * 60_000).decode(),
    "claims that are none": principal(**{"claims": [1, None, {"typ": 1, "val": 2}, "x"]}),
    "empty": "",
}


@pytest.mark.parametrize("bad", BAD)
async def test_a_principal_that_does_not_hold_is_refused(tmp_path: Path, entra: Entra, bad: str) -> None:
    async with entra_door(tmp_path, entra, **IN_FRONT) as door:
        problem_of(await whoami(door, BAD[bad]), 401, "QLF7121")


async def test_the_header_twice_is_refused(tmp_path: Path, entra: Entra) -> None:
    async with entra_door(tmp_path, entra, **IN_FRONT) as door:
        twice = [("Authorization", ""), ("X-MS-CLIENT-PRINCIPAL", principal()), ("X-MS-CLIENT-PRINCIPAL", principal())]
        problem_of(await door.http.get("/whoami", headers=twice), 401, "QLF7121")


async def test_behind_the_platform_a_token_is_checked_here_where_the_platform_says_nothing(tmp_path: Path, entra: Entra) -> None:
    async with entra_door(tmp_path, entra, **IN_FRONT) as door:
        assert (await door.http.get("/whoami")).json()["role"] == "Admin"
        problem_of(await whoami(door, None), 401, "QLF7121")


async def test_the_platform_alone_is_enough(tmp_path: Path, entra: Entra) -> None:
    async with entra_door(tmp_path, entra, entra_tenant_id=None, entra_client_id=None, **IN_FRONT) as door:
        assert (await whoami(door, principal())).json()["role"] == "Operator"
        problem_of(await whoami(door, None, Authorization=f"Bearer {entra.token()}"), 401, "QLF7121")


@pytest.mark.parametrize("missing", [{"entra_client_id": None}, {"entra_tenant_id": None, "azure_site_name": "factory"}], ids=str)
async def test_where_no_way_in_is_set_up_nobody_comes_in(tmp_path: Path, entra: Entra, missing: dict[str, Any]) -> None:
    async with entra_door(tmp_path, entra, **missing) as door:
        problem_of(await whoami(door, principal(), Authorization=f"Bearer {entra.token()}"), 503, "QLF7107")
        assert (await door.http.get("/health")).status_code == 200


@pytest.mark.parametrize(
    ("claims", "role", "kind"),
    [
        ([("oid", USER), ("tid", TENANT), ("roles", "Admin"), ("scp", "access_as_user")], "Admin", "user"),
        ([("oid", USER), ("sub", USER), ("tid", TENANT), ("roles", "Operator")], "Operator", "app"),
        ([(OID, USER), (SUB, USER), (TID, TENANT), ("roles", "Operator")], "Operator", "app"),
        ([(OID, USER), (SUB, "else"), ("idtyp", "app"), (TID, TENANT), ("roles", "Operator")], "Operator", "app"),
        ([(OID, USER), (TID, TENANT), (ROLE, "Approver"), ("scp", "access_as_user openid")], "Approver", "user"),
        ([(OID, USER), (TID, TENANT), ("roles", "Reader"), ("roles", "Operator"), (SCP, "access_as_user")], "Operator", "user"),
        ([(OID, USER), (TID, TENANT), ("roles", "Admin"), (SCP, "User.Read")], None, "user"),
        ([(OID, USER), (TID, TENANT), ("r", "Admin"), (SCP, "access_as_user")], None, "user"),
    ],
    ids=str,
)
async def test_claims_under_either_of_their_names(tmp_path: Path, entra: Entra, claims: list[Any], role: str | None, kind: str) -> None:
    async with entra_door(tmp_path, entra, **IN_FRONT) as door:
        answer = (await whoami(door, principal(claims))).json()
        assert (answer["role"], answer["kind"], answer["id"]) == (role, kind, USER)


async def test_roles_under_the_name_that_the_platform_gives(tmp_path: Path, entra: Entra) -> None:
    async with entra_door(tmp_path, entra, **IN_FRONT) as door:
        header = principal([(OID, USER), (TID, TENANT), (SCP, "access_as_user"), ("r", "Approver")], role_typ="r")
        assert (await whoami(door, header)).json()["role"] == "Approver"


@given(st.text(st.characters(codec="latin-1"), max_size=300) | st.binary(max_size=300).map(lambda data: base64.b64encode(data).decode()))
def test_no_other_header_makes_a_principal(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        platform_claims(Headers({"X-MS-CLIENT-PRINCIPAL": text}), TENANT)
    assert caught.value.code == "QLF7121"
