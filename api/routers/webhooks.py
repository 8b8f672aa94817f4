"""What other systems tell of a run: signed deliveries become `ci.signal_received` events."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request

from api.auditing import record
from api.parameters import Caller, Unscoped
from api.problems import documented
from api.schemas import Delivered
from api.services import Services
from api.signatures import Delivery, Provider, checked, require_signed, secret_of
from shared.model import InputError, sha256

router = APIRouter(tags=["webhooks"])
_JSON = {"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}}
_RUN = re.compile(r"run_[0-7][0-9A-HJKMNP-TV-Z]{25}(?![0-9A-Za-z])", re.IGNORECASE)
# Where a delivery names the branch it is about (`qlf/run_…`), or the run itself.
_PLACES = (
    ("run_id",), ("ref",), ("workflow_run", "head_branch"), ("check_suite", "head_branch"), ("check_run", "check_suite", "head_branch"),
    ("pull_request", "head", "ref"), ("deployment", "ref"), ("object_attributes", "ref"), ("object_attributes", "source_branch"),
    ("merge_request", "source_branch"),
)  # fmt: skip
_OUTCOMES = (
    ("status",), ("conclusion",), ("action",), ("state",), ("workflow_run", "conclusion"), ("check_suite", "conclusion"),
    ("check_run", "conclusion"), ("object_attributes", "status"), ("object_attributes", "state"), ("build_status",),
)  # fmt: skip


@router.post(
    "/webhooks/{provider}",
    status_code=202,
    response_model=Delivered,
    responses=documented("QLF7001", "QLF7104", "QLF7127", "QLF7128", "QLF7129", "QLF7130"),
    openapi_extra=_JSON,
)
async def receive(request: Request, provider: Provider, house: Unscoped, caller: Caller) -> Delivered:
    """Take a signed delivery. It is written to the run that it names, once; `run_id` is null when it names none."""
    require_signed(provider, request.headers)
    secret = secret_of(house.settings, provider)
    delivery = checked(provider, secret, request.headers, await request.body(), house.clock())
    document = _document(delivery.body)
    run_id = _run_named(document)
    if run_id is None:
        return Delivered(run_id=None)
    run = await house.stores.runs.get(run_id)
    digest = sha256(delivery.body)
    await _require_new(house, delivery, digest)
    data = {"provider": provider, "event": delivery.kind, "delivery": delivery.id, "outcomes": dict(_outcomes(document))}
    # The id of a delivery is not always signed, its body is: the event is that of the body, however often and under whatever id it comes.
    after = await record(house, run, caller, kind="ci.signal_received", key=f"{provider}/{digest}", data=data)
    return Delivered(run_id=run.id, duplicate=after.seq == run.seq)


async def _require_new(house: Services, delivery: Delivery, digest: str) -> None:
    """Bind the id to the body. Raises InputError QLF7129 when it was another body's."""
    if not await house.stores.deliveries.bind(delivery.provider, delivery.id, digest):
        raise InputError("QLF7129", "this delivery id belongs to another body")


def _document(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise InputError("QLF7130", "the body is not JSON") from None
    if not isinstance(found, dict):
        raise InputError("QLF7130", "the body is not a JSON object")
    return found


def _run_named(document: dict[str, Any]) -> str | None:
    for place in _PLACES:
        if match := _RUN.search(_text(document, place)[:512]):
            return f"run_{match.group()[4:].upper()}"
    return None


def _outcomes(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The words that tell how it went, by where they stand; anything longer than a word is left out."""
    for place in _OUTCOMES:
        if re.fullmatch("[A-Za-z_-]{1,32}", word := _text(document, place)):
            yield ".".join(place), word


def _text(document: Any, place: tuple[str, ...]) -> str:
    for name in place:
        document = document.get(name) if isinstance(document, dict) else None
    return document if isinstance(document, str) else ""
