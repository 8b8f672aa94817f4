"""Webhooks: only what is signed is heard, once, and it becomes an event of the run that it names."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from api_cases import Door, open_door, problem_of
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from api.bodies import DELIVERY_BODY
from api.signatures import TOLERANCE, checked
from shared.model import Event, QlfError, Run
from shared.settings import Settings

SECRET = "a-secret-of-some-length"
PROVIDERS = ["github", "gitlab", "ci"]


@pytest_asyncio.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    secrets: dict[str, Any] = {f"webhook_{name}_secret": SECRET for name in PROVIDERS}
    made = open_door(tmp_path, Settings(home=tmp_path, entra_tenant_id=None, azure_site_name=None, **secrets))
    async with made.http:
        yield made
    made.stores.close()


def signed(provider: str, body: bytes, *, secret: str = SECRET, delivery: str = "d-1", at: float | None = None) -> dict[str, str]:
    """The headers that the provider would send."""
    if provider == "github":
        mac = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return {"X-Hub-Signature-256": f"sha256={mac}", "X-GitHub-Delivery": delivery, "X-GitHub-Event": "workflow_run"}
    if provider == "gitlab":
        return {"X-Gitlab-Token": secret, "X-Gitlab-Event-UUID": delivery, "X-Gitlab-Event": "Pipeline Hook"}
    stamp = str(int(at if at is not None else datetime.fromisoformat("2026-01-01T00:00:00+00:00").timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    mac = hmac.new(key, f"{delivery}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {"webhook-id": delivery, "webhook-timestamp": stamp, "webhook-signature": f"v1,{base64.b64encode(mac).decode()}"}


async def deliver(door: Door, provider: str, body: bytes | dict[str, Any], headers: dict[str, str] | None = None) -> httpx2.Response:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await door.http.post(
        f"/webhooks/{provider}", content=data, headers={"Authorization": "", **(signed(provider, data) if headers is None else headers)}
    )


async def signals(door: Door, run: Run) -> list[Event]:
    return [event for event in await door.stores.runs.events(run.id) if event.type == "ci.signal_received"]


def about(run: Run, **more: Any) -> dict[str, Any]:
    return {"run_id": run.id, "status": "success"} | more


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_signed_delivery_becomes_an_event_of_the_run(door: Door, provider: str) -> None:
    run = await door.run()
    answer = await deliver(door, provider, about(run))
    assert (answer.status_code, answer.json()) == (202, {"run_id": run.id, "duplicate": False})
    (event,) = await signals(door, run)
    assert event.data["provider"] == provider
    assert event.data["delivery"] == "d-1"
    assert event.data["outcomes"] == {"status": "success"}
    assert event.data["actor"] == {"id": provider, "kind": "webhook"}


@pytest.mark.parametrize(
    "body",
    [
        {"ref": "refs/heads/qlf/{run}"},
        {"workflow_run": {"head_branch": "qlf/{run}", "conclusion": "failure"}},
        {"check_run": {"check_suite": {"head_branch": "qlf/{run}-2"}}},
        {"pull_request": {"head": {"ref": "qlf-{run}"}}},
        {"object_attributes": {"ref": "qlf/{run}", "status": "failed"}},
        {"run_id": "{lower}"},
    ],
    ids=str,
)
async def test_the_run_is_found_where_the_provider_names_the_branch(door: Door, body: dict[str, Any]) -> None:
    run = await door.run()
    text = json.dumps(body).replace("{run}", run.id).replace("{lower}", run.id.lower())
    assert (await deliver(door, "github", text.encode())).json()["run_id"] == run.id


@pytest.mark.parametrize("body", [{}, {"zen": "Keep it simple."}, {"ref": 1}, {"ref": "run_short"}, {"workflow_run": None}], ids=str)
async def test_a_delivery_that_names_no_run_is_taken_and_changes_nothing(door: Door, body: dict[str, Any]) -> None:
    answer = await deliver(door, "github", body)
    assert (answer.status_code, answer.json()) == (202, {"run_id": None, "duplicate": False})


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_an_unknown_run_is_told(door: Door, provider: str) -> None:
    problem_of(await deliver(door, provider, {"run_id": "run_01ARZ3NDEKTSV4RRFFQ69G5FAV"}), 404, "QLF7001")


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("flaw", ["none", "empty", "other secret", "other body", "other provider", "local token"])
async def test_what_is_not_signed_is_not_heard(door: Door, provider: str, flaw: str) -> None:
    run = await door.run()
    body = json.dumps(about(run)).encode()
    good = signed(provider, body)
    headers = {
        "none": {},
        "empty": dict.fromkeys(good, ""),
        "other secret": signed(provider, body, secret="another-secret-of-length"),
        "other body": signed(provider, body + b" "),
        "other provider": signed("gitlab" if provider != "gitlab" else "github", body),
        "local token": {"Authorization": f"Bearer {(door.home / 'token').read_text()}"},
    }[flaw]
    if flaw == "other body" and provider == "gitlab":
        headers = {**good, "X-Gitlab-Token": SECRET[:-1]}  # GitLab's token says nothing of the body
    answer = await deliver(door, provider, body, headers)
    problem_of(answer, 401, "QLF7127")
    assert answer.headers["www-authenticate"] == "Signature"
    assert SECRET not in answer.text
    assert await signals(door, run) == []


SAME = [
    b'{ "status" : "success", "run_id":"RUN" }',
    b'{"run_id": "RUN", "status": "succ\\u0065ss"}\n',
    b'\n{"status":"failed","status":"success","run_id":"RUN"}',
]


@pytest.mark.parametrize("form", SAME, ids=["spaces", "escapes", "a name twice"])
@pytest.mark.parametrize("provider", ["github", "ci"])
async def test_the_signature_is_of_the_bytes_and_not_of_what_they_mean(door: Door, provider: str, form: bytes) -> None:
    run = await door.run()
    body = form.replace(b"RUN", run.id.encode())
    again = json.dumps(json.loads(body)).encode()
    assert again != body
    problem_of(await deliver(door, provider, again, signed(provider, body)), 401, "QLF7127")
    assert await signals(door, run) == []
    assert (await deliver(door, provider, body, signed(provider, body))).json() == {"run_id": run.id, "duplicate": False}


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_delivery_sent_again_is_one_event(door: Door, provider: str) -> None:
    run = await door.run()
    answers = await asyncio.gather(*(deliver(door, provider, about(run)) for _ in range(8)))
    assert [answer.status_code for answer in answers] == [202] * 8
    assert (await deliver(door, provider, about(run))).json()["duplicate"] is True
    assert len(await signals(door, run)) == 1


async def test_a_captured_delivery_under_a_new_id_is_the_same_event(door: Door) -> None:
    run = await door.run()
    body = json.dumps(about(run)).encode()
    for n in range(3):
        await deliver(door, "github", body, signed("github", body, delivery=f"made-up-{n}"))
    assert len(await signals(door, run)) == 1


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_an_id_that_was_used_does_not_carry_another_body(door: Door, provider: str) -> None:
    run = await door.run()
    await deliver(door, provider, about(run))
    problem_of(await deliver(door, provider, about(run, status="failed")), 409, "QLF7129")
    assert [event.data["outcomes"] for event in await signals(door, run)] == [{"status": "success"}]


@pytest.mark.parametrize("off", [-TOLERANCE - 5, TOLERANCE + 5])
async def test_a_delivery_out_of_its_time_is_refused(door: Door, off: int) -> None:
    run = await door.run()
    body = json.dumps(about(run)).encode()
    now = datetime.fromisoformat(door.services.clock()).timestamp()
    problem_of(await deliver(door, "ci", body, signed("ci", body, at=now + off)), 409, "QLF7129")
    assert (await deliver(door, "ci", body, signed("ci", body, at=now + off / 2))).status_code == 202


@pytest.mark.parametrize("stamp", ["", "now", "-1", "1e9", "9" * 40, "٣"])
async def test_an_odd_timestamp_is_refused(door: Door, stamp: str) -> None:
    mac = hmac.new(SECRET.encode(), f"d.{stamp}.{{}}".encode("latin-1", "replace"), hashlib.sha256).digest()
    headers = {"webhook-id": "d", "webhook-timestamp": stamp, "webhook-signature": f"v1,{base64.b64encode(mac).decode()}"}
    answer = await deliver(door, "ci", b"{}", {key: value.encode("latin-1", "replace").decode("latin-1") for key, value in headers.items()})
    problem_of(answer, 409, "QLF7129")


async def test_while_a_secret_is_changed_either_signature_does(door: Door) -> None:
    body = b"{}"
    old, new = signed("ci", body, secret="the-old-secret-of-length"), signed("ci", body)
    both = new | {"webhook-signature": f"{old['webhook-signature']} {new['webhook-signature']}"}
    assert (await deliver(door, "ci", body, both)).status_code == 202


async def test_a_secret_in_the_form_of_standard_webhooks(tmp_path: Path) -> None:
    secret = "whsec_" + base64.b64encode(b"k" * 24).decode()
    made = open_door(tmp_path, Settings(home=tmp_path, webhook_ci_secret=secret))  # type: ignore[arg-type]
    assert (await deliver(made, "ci", b"{}", signed("ci", b"{}", secret=secret))).status_code == 202
    made.stores.close()


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_without_a_secret_nothing_is_heard(tmp_path: Path, provider: str) -> None:
    made = open_door(tmp_path)
    empty = await deliver(made, provider, b"{}", signed(provider, b"{}", secret=""))
    assert (empty.status_code, empty.json()["code"]) in ((401, "QLF7127"), (404, "QLF7128"))
    problem_of(await deliver(made, provider, b"{}"), 404, "QLF7128")
    made.stores.close()


async def test_an_unknown_provider(door: Door) -> None:
    problem_of(await deliver(door, "bitbucket", b"{}", {}), 422, "QLF7103")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b'"x"', b"\xff", b"[" * 100_000], ids=lambda body: body[:8])
async def test_a_signed_body_that_cannot_be_read(door: Door, body: bytes) -> None:
    problem_of(await deliver(door, "github", body), 400, "QLF7130")


@pytest.mark.parametrize("delivery", ["", "a b", "x" * 129, "../up"])
async def test_a_delivery_without_a_usable_id(door: Door, delivery: str) -> None:
    problem_of(await deliver(door, "github", b"{}", signed("github", b"{}", delivery=delivery)), 400, "QLF7130")


async def test_a_body_is_bounded(door: Door) -> None:
    body = b"{" + b" " * DELIVERY_BODY + b"}"
    problem_of(await deliver(door, "github", body), 413, "QLF7104")
    assert (await deliver(door, "github", b"{" + b" " * (DELIVERY_BODY - 2) + b"}")).status_code == 202


async def test_the_event_keeps_words_only(door: Door) -> None:
    run = await door.run()
    body = about(run, status="x" * 5000, action="<script>", state={"deep": 1}, conclusion="timed_out", sender={"email": "ada@example.com"})
    await deliver(door, "github", body, signed("github", json.dumps(body).encode()) | {"X-GitHub-Event": "e" * 500})
    (event,) = await signals(door, run)
    assert event.data["outcomes"] == {"conclusion": "timed_out"}
    assert event.data["event"] == ""
    assert "ada@example.com" not in event.model_dump_json()


@pytest.mark.parametrize("provider", PROVIDERS)
@given(noise=st.text(st.characters(codec="latin-1"), max_size=120))
def test_no_other_signature_holds(provider: Any, noise: str) -> None:
    sent = signed(provider, b"{}")
    headers = {name: noise if "signature" in name.lower() or "token" in name.lower() else value for name, value in sent.items()}
    with pytest.raises(QlfError) as caught:
        checked(provider, SECRET, Headers(headers), b"{}", "2026-01-01T00:00:00.000000Z")
    assert caught.value.code == "QLF7127"
