"""Records of what a run delivered: the capsule, and the preview that runs it."""

from __future__ import annotations

from typing import Literal

from shared.model.base import Record
from shared.model.refs import ArtifactRef

PreviewStatus = Literal["deploying", "ready", "unhealthy", "destroyed", "failed"]
PREVIEW_ENDED: frozenset[PreviewStatus] = frozenset({"destroyed", "failed"})


class Capsule(Record):
    """A packaged app. `digest` is the SHA-256 of the uncompressed tar and its identity."""

    id: str
    run_id: str
    project_id: str = "default"
    name: str
    version: str
    digest: str
    file: ArtifactRef
    bundles: dict[str, ArtifactRef] = {}
    created_at: str


class Preview(Record):
    """A running capsule. Times are RFC 3339 UTC; `url` is set only once the app answered its readiness probe.

    `owner` is the subject id of who asked for it; `cost` is in the currency of the bill, and null where nothing measured it.
    """

    id: str
    run_id: str
    capsule_id: str
    project_id: str = "default"
    owner: str = ""
    status: PreviewStatus = "deploying"
    url: str | None = None
    port: int | None = None
    pid: int | None = None
    created_at: str
    expires_at: str
    reason: str = ""
    cost: float | None = None
    etag: str = ""
