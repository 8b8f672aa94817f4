"""The API's description: the committed file is what the service serves, and it says what the service does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.resources import RESOURCES
from tests.support.world import World

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT: dict[str, Any] = json.loads((ROOT / "openapi.json").read_text(encoding="utf-8"))
METHODS = ("get", "post", "put", "patch", "delete")
OPERATIONS = [(path, m, item[m]) for path, item in DOCUMENT["paths"].items() for m in METHODS if m in item]


def test_served_document_is_the_committed_file(world: World) -> None:
    assert world.client.get("/openapi.json").json() == DOCUMENT


def test_every_collection_is_described() -> None:
    for resource in RESOURCES.values():
        assert {"get", "post"} <= set(DOCUMENT["paths"][resource.path])


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(ids)) == len(ids)


def test_every_refusal_is_described_as_a_problem() -> None:
    for path, method, operation in OPERATIONS:
        refusals = {status: answer for status, answer in operation["responses"].items() if status[0] in "45"}
        for status, answer in refusals.items():
            assert list(answer["content"]) == ["application/problem+json"], (path, method, status)


def test_every_protected_operation_says_so_and_refuses_anonymous_callers(world: World) -> None:
    protected = [(path, method, op) for path, method, op in OPERATIONS if op.get("security")]
    assert protected
    for path, method, operation in protected:
        assert "401" in operation["responses"], (path, method)
        address = path
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                address = address.replace("{" + parameter["name"] + "}", "00000000-0000-4000-8000-000000000001")
        answer = world.call(method.upper(), address, token="", json={} if "requestBody" in operation else None)
        assert answer.status_code == 401, (path, method, answer.text)
