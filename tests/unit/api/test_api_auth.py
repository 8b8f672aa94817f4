"""Who may call: the local token, Entra, Azure, and nobody else."""

from __future__ import annotations

import asyncio
import stat
from collections import defaultdict
from pathlib import Path

import pytest
from api_cases import Door, open_door, problem_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.identity.local import check, local_token
from shared.model import ConfigError
from shared.settings import Settings

TENANT = "11111111-2222-3333-4444-555555555555"
OPEN = ["/health", "/health/liveness", "/health/readiness", "/openapi.json"]


@pytest.mark.parametrize("path", OPEN)
async def test_health_and_the_description_are_open(door: Door, path: str) -> None:
    assert (await door.http.get(path, headers={"Authorization": ""})).status_code == 200


@pytest.mark.parametrize(
    "path", ["/runs", "/capsules", "/previews", "/nowhere", "/health/else", "/healthy", "/runs/", "/openapi.json/", "//health"]
)
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic dXNlcjpwdw==", "bearer \xff", "Bearer " + "x" * 10_000])
async def test_all_else_needs_the_token(door: Door, path: str, header: str) -> None:
    answer = await door.http.get(path, headers={"Authorization": header.encode("latin-1")})
    problem_of(answer, 401, "QLF7106")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_request_without_any_header_is_refused(door: Door) -> None:
    del door.http.headers["Authorization"]
    problem_of(await door.http.post("/runs", json={"brief": "x"}), 401, "QLF7106")
    assert door.host.starts == 0


async def test_the_scheme_is_read_without_case(door: Door) -> None:
    token = (door.home / "token").read_text()
    assert (await door.http.get("/runs", headers={"Authorization": f"bEARER {token}"})).status_code == 200


async def test_every_documented_path_is_closed_but_the_open_ones(door: Door) -> None:
    document = (await door.http.get("/openapi.json")).json()
    for path, methods in document["paths"].items():
        url = f"http://127.0.0.1{path}".format_map(defaultdict(lambda: "x")).replace("/webhooks/x", "/webhooks/ci")
        for method, operation in methods.items():
            answer = await door.http.request(method, url, headers={"Authorization": ""})
            assert answer.status_code == (401 if "security" in operation else 200), path


async def test_a_stranger_s_body_is_not_read(door: Door) -> None:
    async def body() -> object:
        raise AssertionError("the body was read")
        yield b""

    scope = {
        "type": "http", "method": "POST", "path": "/api/v1/runs", "raw_path": b"/api/v1/runs", "query_string": b"", "headers": [],
        "root_path": "", "scheme": "http", "http_version": "1.1", "server": ("127.0.0.1", 80), "client": None,
    }  # fmt: skip
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        raise AssertionError("the body was read")

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    await door.app(scope, receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 401


@pytest.mark.parametrize("closed", [{"entra_tenant_id": TENANT}, {"azure_site_name": "factory"}])
async def test_with_entra_or_in_azure_the_local_token_is_refused(tmp_path: Path, closed: dict[str, str]) -> None:
    local_token(tmp_path)
    door = open_door(tmp_path, Settings(home=tmp_path, **closed))
    answer = await door.http.get("/runs", headers={"Authorization": "Bearer " + (tmp_path / "token").read_text()})
    problem_of(answer, 503, "QLF7107")
    problem_of(await door.http.get("/runs", headers={"Authorization": ""}), 503, "QLF7107")
    assert (await door.http.get("/health")).status_code == 200
    door.stores.close()


async def test_with_entra_no_token_file_is_made(tmp_path: Path) -> None:
    door = open_door(tmp_path / "home", Settings(home=tmp_path / "home", entra_tenant_id=TENANT))
    assert not (tmp_path / "home" / "token").exists()
    door.stores.close()


def test_the_token_is_random_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    first, second = local_token(tmp_path / "a"), local_token(tmp_path / "b")
    assert first != second
    assert len(first) >= 43
    assert stat.S_IMODE((tmp_path / "a" / "token").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700
    assert local_token(tmp_path / "a") == first
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["token"]


async def test_of_many_who_make_the_token_one_wins(tmp_path: Path) -> None:
    tokens = await asyncio.gather(*(asyncio.to_thread(local_token, tmp_path) for _ in range(16)))
    assert len(set(tokens)) == 1


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o606, 0o660])
def test_a_token_that_others_can_read_opens_nothing(tmp_path: Path, mode: int) -> None:
    token = local_token(tmp_path)
    (tmp_path / "token").chmod(mode)
    with pytest.raises(ConfigError) as caught:
        check(tmp_path, token)
    assert caught.value.code == "QLF7118"


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe"])
def test_an_empty_or_odd_token_file_opens_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "token").write_bytes(content)
    (tmp_path / "token").chmod(0o600)
    for header in ("Bearer ", "Bearer", "", "Bearer \n"):
        with pytest.raises(ConfigError) as caught:
            check(tmp_path, header)
        assert caught.value.code == "QLF7118"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=st.text(max_size=200))
def test_no_other_header_opens_the_door(tmp_path: Path, header: str) -> None:
    local_token(tmp_path)
    with pytest.raises(ConfigError) as caught:
        check(tmp_path, header)
    assert caught.value.code == "QLF7106"
