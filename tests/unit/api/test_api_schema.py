"""The OpenAPI document, and a fuzzer that holds the API to it over real HTTP."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from api_cases import Door, open_door
from api_furniture import furnish

from shared.model import CATALOGUE

# A refused brief is an answer that its schema cannot foretell; a long poll would only make the fuzzer wait.
RULES = """
[parameters]
"query.wait" = 0
"path.capsule_id" = "{capsule}"
"path.preview_id" = "{preview}"

[[operations]]
include-name = "POST /api/v1/compile"
checks.positive_data_acceptance.enabled = false
"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, str, dict[str, str]]]:
    """The app behind a real HTTP server: address, token, and the ids of what the home holds."""
    door = open_door(tmp_path / "home")
    ids = asyncio.run(furnish(door))
    server = uvicorn.Server(uvicorn.Config(door.app, host="127.0.0.1", port=0, log_level="critical", lifespan="off"))
    socket = server.config.bind_socket()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{socket.getsockname()[1]}", (door.home / "token").read_text(), ids
    server.should_exit = True
    thread.join(30)
    socket.close()
    door.stores.close()


def fuzz(served: tuple[str, str, dict[str, str]], folder: Path, *arguments: str) -> None:
    """Run schemathesis with all its checks; it must find nothing."""
    address, token, ids = served
    rules = folder / "rules.toml"
    rules.write_text(RULES.format(**ids))
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(rules), "run", f"{address}/api/v1/openapi.json",
        "-H", f"Authorization: Bearer {token}", "--continue-on-failure", *arguments,
    ]  # fmt: skip
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=1500, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


def test_the_api_keeps_what_its_document_says(served: tuple[str, str, dict[str, str]], tmp_path: Path) -> None:
    fuzz(served, tmp_path, "--phases", "coverage", "--seed", "1")


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["1"])
def test_the_api_keeps_what_its_document_says_in_depth(served: tuple[str, str, dict[str, str]], tmp_path: Path, seed: str) -> None:
    fuzz(served, tmp_path, "--max-examples", "10", "--seed", seed)


async def document(door: Door) -> dict[str, Any]:
    answer: dict[str, Any] = (await door.http.get("/openapi.json")).json()
    return answer


async def test_every_failure_is_documented_as_a_problem(door: Door) -> None:
    paths = (await document(door))["paths"]
    for path, methods in paths.items():
        for method, operation in methods.items():
            failures = {status: response for status, response in operation["responses"].items() if int(status) >= 400}
            assert {"401", "422", "500", "503"} <= set(failures) or "security" not in operation, (method, path)
            for response in failures.values():
                assert list(response["content"]) == ["application/problem+json"]
                assert response["description"].startswith("QLF")


async def test_the_codes_in_the_document_are_in_the_catalogue(door: Door) -> None:
    text = json.dumps(await document(door))
    named = {word for word in text.replace(":", " ").replace('"', " ").split() if word.startswith("QLF") and word[3:].isdigit()}
    assert len(named) > 20
    assert named <= set(CATALOGUE)


async def test_the_document_is_the_same_each_time_and_names_no_host(door: Door) -> None:
    first, second = await document(door), await document(door)
    assert first == second
    assert "servers" not in first
    assert "127.0.0.1" not in json.dumps(first)


async def test_operations_have_readable_unique_names(door: Door) -> None:
    names = [operation["operationId"] for methods in (await document(door))["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names))
    assert {"runs_create", "runs_read", "events_read", "commands_act", "capsule_files_manifest", "verifying_verify"} <= set(names)


async def test_links_name_operations_that_exist(door: Door) -> None:
    paths = (await document(door))["paths"]
    names = {operation["operationId"] for methods in paths.values() for operation in methods.values()}
    links = [
        link["operationId"]
        for methods in paths.values()
        for operation in methods.values()
        for response in operation["responses"].values()
        for link in response.get("links", {}).values()
    ]
    assert links
    assert set(links) <= names


async def test_all_but_the_probes_ask_for_the_token(door: Door) -> None:
    for path, methods in (await document(door))["paths"].items():
        for operation in methods.values():
            assert ("security" in operation) != path.startswith(("/api/v1/health", "/.well-known/")), path
