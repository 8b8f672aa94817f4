"""What the tests of the API share: a durable host that records, previews in memory, and a door to the app."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from azure.durable_functions.models.DurableOrchestrationStatus import DurableOrchestrationStatus
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from starlette.types import ASGIApp, Receive, Scope, Send

from api import Services, create_api, durable
from shared.brief import compile_brief
from shared.capsule import CapsuleInputs, SourceFile, attest, build_capsule, load_signer, read_archive, verify_capsule
from shared.model import IR, Capsule, Ledger, Preview, PreviewStatus, Run, Verdict, event_id, new_id
from shared.settings import Settings
from shared.stores import Stores
from shared.stores.embedded import open_embedded


@dataclass
class RecordedHost:
    """A durable client that keeps what it is told. Instances run until a test ends them; no orchestration is executed."""

    instances: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[tuple[str, str, Any]] = field(default_factory=list)
    starts: int = 0
    down: bool = False

    async def start_new(self, orchestration_function_name: str, instance_id: str | None = None, client_input: Any = None) -> str:
        self._require_up()
        known = self.instances.get(instance_id or "")
        if known and known["runtimeStatus"] == "Running":
            raise Exception("409 an instance of this id is running")  # as the SDK does
        self.starts += 1
        self.instances[instance_id or ""] = {
            "name": orchestration_function_name, "instanceId": instance_id, "runtimeStatus": "Running", "input": client_input,
            "createdTime": "2026-01-01T00:00:00Z", "lastUpdatedTime": "2026-01-01T00:00:00Z",
        }  # fmt: skip
        return instance_id or ""

    async def get_status(self, instance_id: str) -> DurableOrchestrationStatus:
        self._require_up()
        return DurableOrchestrationStatus.from_json(self.instances.get(instance_id) or {})

    async def raise_event(self, instance_id: str, event_name: str, event_data: Any = None) -> None:
        self._require_up()
        if self.instances.get(instance_id, {}).get("runtimeStatus") != "Running":
            raise Exception("410 gone")  # as the SDK does
        self.events.append((instance_id, event_name, event_data))

    async def terminate(self, instance_id: str, reason: str) -> None:
        self.end(instance_id, "Terminated")

    def end(self, instance_id: str, status: str = "Completed") -> None:
        self.instances[instance_id]["runtimeStatus"] = status

    def told(self, instance_id: str) -> dict[str, Any]:
        """The input of an instance, without its trace: that is another one in each request."""
        given = dict(self.instances[instance_id]["input"])
        assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]", given.pop("trace"))
        return given

    def _require_up(self) -> None:
        if self.down:
            raise ConnectionError("the host is down")


@dataclass
class MemoryPreviews:
    """Previews that live in a dictionary: `gone` ended by themselves, `found` have another status than their records."""

    gone: set[str] = field(default_factory=set)
    found: dict[str, PreviewStatus] = field(default_factory=dict)
    log: bytes = b"started\n"

    async def refresh(self, preview: Preview) -> Preview:
        if preview.id in self.gone:
            return preview.model_copy(update={"status": "destroyed", "reason": "ended"})
        return preview.model_copy(update={"status": self.found.get(preview.id, preview.status)})

    async def logs(self, preview: Preview, limit: int) -> bytes:
        return self.log[-limit:]

    async def extend(self, preview: Preview, expires_at: str) -> Preview:
        return preview.model_copy(update={"expires_at": expires_at})

    async def destroy(self, preview: Preview) -> Preview:
        return preview.model_copy(update={"status": "destroyed", "url": None})


class Ticking:
    """A clock that goes on by a millisecond each time it is read."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> str:
        self.now += timedelta(milliseconds=1)
        return self.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class WithHost:
    """Serves the app with a durable client, as the HTTP-triggered function does."""

    def __init__(self, app: ASGIApp, host: RecordedHost | None) -> None:
        self.app, self.host = app, host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = durable.set(self.host)
        try:
            await self.app(scope, receive, send)
        finally:
            durable.reset(token)


@dataclass
class Door:
    """The app over an empty home, and a client that knows the token."""

    home: Path
    host: RecordedHost
    previews: MemoryPreviews
    services: Services
    app: WithHost
    http: httpx2.AsyncClient

    @property
    def stores(self) -> Stores:
        return self.services.stores

    async def run(self, brief: str = "A clinic: owners have pets.", project: str | None = None, **options: Any) -> Run:
        """A run made through the API."""
        answer = await self.http.post("/runs", json={"brief": brief, "options": options, "project": project})
        assert answer.status_code == 202, answer.text
        return Run.model_validate(answer.json())

    async def change(self, run: Run, **change: Any) -> Run:
        """The run after a change that its orchestration would have made."""
        current = await self.stores.runs.get(run.id)
        return await self.stores.runs.commit(current.model_copy(update=change), [], if_match=current.etag)

    async def capsule(self, project: str | None = None) -> Capsule:
        """A signed capsule in the store, of a run that is there."""
        run = await self.run(project=project)
        file_name, data, digest, bundles = make_capsule()
        refs = {name: await self.stores.artifacts.put(bundle) for name, bundle in bundles.items()}
        file = await self.stores.artifacts.put(data)
        assert file_name.endswith(".qlcapsule")
        made = Capsule(
            id=new_id("cap"), run_id=run.id, name="Pet Clinic", version="0.1.0", digest=digest, file=file, bundles=refs,
            created_at=self.services.clock(), project_id=run.project_id,
        )  # fmt: skip
        return await self.stores.capsules.put(made)


KEY = load_signer(ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def make_capsule() -> tuple[str, bytes, str, dict[str, bytes]]:
    """File name, bytes, digest and bundles of a small signed capsule."""
    inputs = CapsuleInputs(
        name="Pet Clinic", slug="pet-clinic", version="0.1.0", files={"README.md": SourceFile(b"# Clinic\n", "0644", "documentation")},
        brief=b"A clinic.", ir=IR(name="Pet Clinic", slug="pet-clinic"), ledger=Ledger(clauses=[]), compliance={"controls": []},
        verdicts=[Verdict(gate="unit", outcome="pass", tool="pytest", tool_version="9")], tool_versions={"pytest": "9"},
        blueprint="fastapi", blueprint_version="1", lock_text="alpha==1.0.0 \\\n    --hash=sha256:" + "a" * 64 + "\n",
    )  # fmt: skip
    built = build_capsule(inputs)
    bundles = attest(built, inputs.verdicts, inputs, KEY, started="2026-01-02T03:04:05Z", finished="2026-01-02T03:05:05Z")
    return built.file_name, built.data, built.digest, bundles


def verify(capsule: bytes, bundles: Mapping[str, bytes]) -> dict[str, Any]:
    """Check with the key of `make_capsule`."""
    report = verify_capsule(capsule, bundles, [KEY.public])
    return {"ok": report.ok, "digest": report.digest, "checks": [asdict(check) for check in report.checks]}


def make_services(home: Path, settings: Settings | None = None, previews: MemoryPreviews | None = None) -> Services:
    """The rooms behind the door, over embedded stores in `home`."""
    clock = Ticking()
    return Services(
        settings=settings or Settings(home=home, entra_tenant_id=None, azure_site_name=None),
        clock=clock,
        stores=open_embedded(home, clock),
        compile=compile_brief,
        verify=verify,
        capsule_files=lambda data: {path: file.data for path, file in read_archive(data).items()},
        previews=previews or MemoryPreviews(),
    )


def open_door(home: Path, settings: Settings | None = None) -> Door:
    """The app over a home; `http` sends the home's token."""
    host, previews = RecordedHost(), MemoryPreviews()
    made = make_services(home, settings, previews)
    app = WithHost(create_api(made), host)
    token = (home / "token").read_text() if made.settings.local_auth else "none"
    http = httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1/api/v1", headers={"Authorization": f"Bearer {token}"}
    )
    return Door(home, host, previews, made, app, http)


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def problem_of(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of an answer, after checking its form."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["code"] == code, body
    assert body["status"] == status
    assert body["type"] == f"urn:qlf:error:{code}"
    assert all(body[name] for name in ("title", "detail", "advice"))
    return body


def received_id(run: Run) -> str:
    return event_id(run.id, "run.received", "received")
