"""Who may use which address: every route's least role, in one place. What is not declared here is closed.

The table holds the whole REST surface of the design, so a route is open to the right people from its first day.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from starlette.routing import compile_path

from api.identity.principal import Role

PREFIX = "/api/v1"
METADATA = f"/.well-known/oauth-protected-resource{PREFIX}"
"""Where RFC 9728 (section 3.1) looks for the metadata of a resource whose address has a path."""


class Door(Enum):
    """Addresses that ask for no role."""

    OPEN = "open"
    SIGNED = "signed"
    """The route checks a signature over the body by itself."""


Access = Role | Door
ACCESS: Mapping[str, Access] = {
    f"GET {METADATA}": Door.OPEN,
    **{f"{method} {PREFIX}/openapi.json": Door.OPEN for method in ("GET", "HEAD")},
    **{
        f"{method} {PREFIX}{path}": role
        for method, path, role in (
            ("GET", "/health", Door.OPEN),
            ("GET", "/health/liveness", Door.OPEN),
            ("GET", "/health/readiness", Door.OPEN),
            ("GET", "/metrics", Role.READER),
            ("GET", "/whoami", Role.NONE),
            ("POST", "/webhooks/{provider}", Door.SIGNED),
            ("GET", "/runs", Role.READER),
            ("POST", "/runs", Role.OPERATOR),
            ("GET", "/runs/{run_id}", Role.READER),
            ("GET", "/runs/{run_id}/events", Role.READER),
            ("GET", "/runs/{run_id}/ledger", Role.READER),
            ("GET", "/runs/{run_id}/ir", Role.READER),
            ("GET", "/runs/{run_id}/plan", Role.READER),
            ("GET", "/runs/{run_id}/steps", Role.READER),
            ("GET", "/runs/{run_id}/artifacts", Role.READER),
            ("GET", "/runs/{run_id}/artifacts/{name:path}/content", Role.READER),
            ("GET", "/runs/{run_id}/verdicts", Role.READER),
            ("GET", "/runs/{run_id}/findings", Role.READER),
            ("GET", "/runs/{run_id}/usage", Role.READER),
            ("POST", "/runs/{run_id}/actions/{command}", Role.OPERATOR),
            ("GET", "/approvals", Role.READER),
            ("GET", "/approvals/{approval_id}", Role.READER),
            ("POST", "/approvals/{approval_id}/decision", Role.APPROVER),
            ("GET", "/capsules", Role.READER),
            ("GET", "/capsules/{capsule_id}", Role.READER),
            ("GET", "/capsules/{capsule_id}/manifest", Role.READER),
            ("GET", "/capsules/{capsule_id}/sbom", Role.READER),
            ("GET", "/capsules/{capsule_id}/download", Role.READER),
            ("GET", "/capsules/{capsule_id}/attestations", Role.READER),
            ("POST", "/capsules/{capsule_id}/actions/verify", Role.READER),
            ("POST", "/capsules/{capsule_id}/deliveries", Role.OPERATOR),
            ("POST", "/capsules/{capsule_id}/previews", Role.OPERATOR),
            ("GET", "/previews", Role.READER),
            ("GET", "/previews/{preview_id}", Role.READER),
            ("GET", "/previews/{preview_id}/logs", Role.READER),
            ("POST", "/previews/{preview_id}/actions/extend", Role.OPERATOR),
            ("POST", "/previews/{preview_id}/actions/destroy", Role.OPERATOR),
            ("POST", "/dead-letters/{subscription}/actions/replay", Role.ADMIN),
            ("GET", "/overlays", Role.READER),
            ("GET", "/overlays/{name}", Role.READER),
            ("POST", "/overlays/suggest", Role.OPERATOR),
            ("POST", "/compile", Role.OPERATOR),
            ("POST", "/verify", Role.READER),
            ("GET", "/projects", Role.READER),
            ("POST", "/projects", Role.ADMIN),
            ("GET", "/projects/{project_id}", Role.READER),
            ("GET", "/projects/{project_id}/budget", Role.READER),
            ("PUT", "/projects/{project_id}/budget", Role.ADMIN),
            ("GET", "/projects/{project_id}/usage", Role.READER),
            ("GET", "/prompts", Role.READER),
            ("GET", "/prompts/{name}", Role.READER),
            ("GET", "/prompts/{name}/versions", Role.READER),
            ("POST", "/prompts/{name}/versions", Role.ADMIN),
            ("POST", "/prompts/{name}/versions/{version}/actions/{action}", Role.ADMIN),
        )
    },
}


@dataclass(frozen=True, slots=True)
class Declared:
    """What the table says of a request. `access` is None where the address takes other methods only: `allowed` names them."""

    access: Access | None
    template: str
    parameters: dict[str, str]
    allowed: tuple[str, ...] = ()


def declared(method: str, path: str) -> Declared | None:
    """The declaration of a request; None for an address that the table does not know. Of several the strictest one counts."""
    found = [(verb, template, match) for verb, template, pattern in _compiled() if (match := pattern.match(path))]
    if not found:
        return None
    mine = [(ACCESS[f"{verb} {template}"], template, match) for verb, template, match in found if verb == method]
    if not mine:
        return Declared(None, found[0][1], {}, tuple(sorted({verb for verb, _, _ in found})))
    access, template, match = max(mine, key=lambda entry: entry[0].value if isinstance(entry[0], Role) else -1)
    return Declared(access, template, match.groupdict())


@functools.cache
def _compiled() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    words = (key.split(" ", 1) for key in ACCESS)
    return tuple((verb, template, compile_path(template)[0]) for verb, template in words)
