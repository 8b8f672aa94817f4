"""Bodies that are not records of the model: requests, and lists with their cursor."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from shared.model import IR, ArtifactRef, Capsule, Event, Finding, Ledger, Preview, Run, RunOptions, Step, Verdict
from shared.stores import Replay

T = TypeVar("T")
_LONGEST_BRIEF = 64 * 1024
WEEK = 7 * 86400
PROJECT_PATTERN = "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$"
TTL_PATTERN = "^(([1-9][0-9]{0,3}|100[0-7][0-9]|10080)m|([1-9][0-9]?|1[0-5][0-9]|16[0-8])h|[1-7]d)$"
"""One minute to seven days, as `shared.preview.parse_ttl` takes it: a looser pattern would promise what is then refused."""


def _not_yet(value: T) -> T:
    if value:
        raise ValueError("this option is not available yet; leave it out")
    return value


NotYet = Annotated[str | None, AfterValidator(_not_yet), WithJsonSchema({"type": "null", "description": "Not available yet."})]
_EMPTY = {"type": "array", "items": {"type": "string"}, "maxItems": 0, "description": "Not available yet."}
NoneYet = Annotated[list[str], AfterValidator(_not_yet), WithJsonSchema(_EMPTY)]


def _is_number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("Input should be a whole number")
    return value


Seconds = Annotated[int, Field(strict=False, ge=60, le=WEEK), BeforeValidator(_is_number)]
"""60 and 60.0 are one number in JSON, "60" and true are none."""


class Body(BaseModel):
    """A request body: unknown keys are refused, so a misspelt one is never lost in silence."""

    model_config = ConfigDict(extra="forbid", strict=True)


class OptionsBody(Body):
    """What the caller may choose. `ttl` counts seconds."""

    overlays: NoneYet = []
    accept_assumptions: bool = False
    dry_run: bool = False
    deploy: Literal["none", "preview"] = "none"
    ttl: Seconds = 3600
    provider: NotYet = None
    model: NotYet = None

    def options(self) -> RunOptions:
        """As the record that the run keeps."""
        return RunOptions(**self.model_dump())


class CreateRun(Body):
    """A brief (at most 64 kB of UTF-8) and what to do with it. `project` is one of the caller's; default: the installation's."""

    brief: str = Field(min_length=1, max_length=_LONGEST_BRIEF)
    project: str | None = Field(default=None, pattern=PROJECT_PATTERN)
    options: OptionsBody = OptionsBody()


class CompileBrief(Body):
    """A brief (at most 64 kB of UTF-8)."""

    brief: str = Field(min_length=1, max_length=_LONGEST_BRIEF)


class CreatePreview(Body):
    """How long the preview lives: `30m`, `24h`, `3d`, or seconds; from one minute to seven days."""

    ttl: Seconds | Annotated[str, Field(pattern=TTL_PATTERN)] = "1h"


class ReplayOrder(Body):
    """How many dead letters may be sent once more."""

    limit: Annotated[int, Field(strict=False, ge=1, le=100), BeforeValidator(_is_number)] = 100


class Compiled(BaseModel):
    """What a brief asks for, and what became of each clause."""

    ir: IR
    ledger: Ledger


class Items(BaseModel, Generic[T]):
    """A whole list."""

    items: list[T]


class PageOf(BaseModel, Generic[T]):
    """One page, newest first; `next_cursor` is null on the last one."""

    items: list[T]
    next_cursor: str | None


class EventPage(BaseModel):
    """Events in order. `next` is what to send as `after` for those that follow."""

    items: list[Event]
    next: int


class NamedArtifact(ArtifactRef):
    """An artifact of a run, by its name there."""

    name: str


class Attestation(ArtifactRef):
    """A signed bundle beside a capsule, whole."""

    name: str
    bundle: dict[str, Any]


class UsageEntry(BaseModel):
    """One measured use of a model, as the run's event tells it."""

    seq: int
    time: str
    data: dict[str, Any]


class Usage(BaseModel):
    """What a run used of models. Sums of what was measured; null where a use was not measured."""

    run_id: str
    model_calls: int
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    entries: list[UsageEntry]


class Fault(BaseModel):
    """Why a check failed."""

    code: str
    title: str
    detail: str
    advice: str


class Verification(BaseModel):
    """The answer of a check: its report, or the fault that made a report impossible."""

    verified: bool
    report: dict[str, Any] | None = None
    fault: Fault | None = None


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Every store answers."""

    status: Literal["ready"] = "ready"
    checks: dict[str, Literal["ok"]]


class Me(BaseModel):
    """A caller. `role` is null for somebody who has none here."""

    id: str
    kind: Literal["user", "app", "local", "webhook"]
    name: str
    tenant: str | None
    role: str | None
    projects: list[str] | None


class ResourceMetadata(BaseModel):
    """Metadata of a protected resource, RFC 9728, section 2. What starts with `qlf_` is ours: what `qlf login` needs."""

    resource: str
    authorization_servers: list[str] = []
    scopes_supported: list[str] = []
    bearer_methods_supported: list[str]
    qlf_tenant_id: str | None = None
    qlf_client_id: str | None = None


class Delivered(BaseModel):
    """What became of a webhook's delivery: the run it was written to, null when it names none."""

    run_id: str | None
    duplicate: bool = False


RunPage = PageOf[Run]
CapsulePage = PageOf[Capsule]
PreviewPage = PageOf[Preview]
Steps = Items[Step]
Artifacts = Items[NamedArtifact]
Attestations = Items[Attestation]
Replayed = Items[Replay]
Verdicts = Items[Verdict]
Findings = Items[Finding]
