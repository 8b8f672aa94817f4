"""What host.json says, reduced to what this host honours. Unknown keys are left alone, as the real host does."""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from funchost.errors import LoadFailed

BODY_LIMIT = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """Defaults are those of the Durable extension 3.14 and of the Functions host 4."""

    route_prefix: str = "api"
    hub: str = "TestHubName"
    default_version: str | None = None
    match: str = "CurrentOrOlder"
    on_mismatch: str = "Reject"
    max_actions: int = 100_000
    max_activities: int | None = None
    overridable: str = "NonRunningStates"
    body_limit: int = BODY_LIMIT

    @classmethod
    def read(cls, app_dir: Path) -> "Settings":
        """Read `app_dir/host.json`; raise `LoadFailed` if it is no JSON object."""
        path = app_dir / "host.json"
        if not path.is_file():
            return cls()
        try:
            host = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise LoadFailed(f"host.json is not valid JSON: {error}", str(path)) from error
        if not isinstance(host, dict):
            raise LoadFailed("host.json must hold an object", str(path))
        extensions = _section(host, "extensions")
        return cls._from(_section(extensions, "http"), _section(extensions, "durableTask"))

    @classmethod
    def _from(cls, http: dict[str, Any], durable: dict[str, Any]) -> "Settings":
        version = durable.get("defaultVersion")
        return cls(
            route_prefix=str(http.get("routePrefix", "api")).strip("/"),
            hub=str(durable.get("hubName") or "TestHubName"),
            default_version=None if version is None else str(version),
            match=str(durable.get("versionMatchStrategy") or "CurrentOrOlder"),
            on_mismatch=str(durable.get("versionFailureStrategy") or "Reject"),
            max_actions=int(durable.get("maxOrchestrationActions") or 100_000),
            max_activities=durable.get("maxConcurrentActivityFunctions"),
            overridable=str(durable.get("overridableExistingInstanceStates") or "NonRunningStates"),
            body_limit=int(http.get("maxRequestBodySize") or BODY_LIMIT),
        )


def _section(parent: dict[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


def resolve(text: str) -> str:
    """Fill in app settings: `%NAME%` becomes the value of the environment variable; one that is not set stays as it is."""
    return re.sub("%([^%]+)%", lambda found: os.environ.get(found[1], found[0]), text)
