"""Reads the generated app's lock: the source of both SBOMs.

The form is what `uv pip compile --generate-hashes` writes: `name==version ; marker \\` and one `--hash=sha256:…` per artefact.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from packageurl import PackageURL
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from shared.model import InternalError

_COMMENT = re.compile(r"(^|\s)#.*$", re.MULTILINE)
_HASH = re.compile(r"\s--hash=sha256:([0-9a-f]{64})(?=\s|$)")


class Locked(NamedTuple):
    """A pinned package: normalised name, version, SHA-256 of each artefact (sorted), environment marker or ``""``."""

    name: str
    version: str
    hashes: tuple[str, ...]
    marker: str

    @property
    def purl(self) -> PackageURL:
        """The package URL, as `pkg:pypi/name@version`."""
        return PackageURL("pypi", None, self.name, self.version)


def read_lock(text: str) -> list[Locked]:
    """The packages of a hashed lock, sorted by name and version. Raises `InternalError` QLF5051 for any other line."""
    lines = _COMMENT.sub("", text).replace("\\\n", " ").splitlines()
    packages = {(p.name, p.version): p for p in (_package(line.strip()) for line in lines if line.strip())}
    if len(packages) != sum(bool(line.strip()) for line in lines):
        raise InternalError("QLF5051", "the lock names a package twice")
    return [packages[key] for key in sorted(packages)]


def _package(line: str) -> Locked:
    hashes = tuple(sorted(set(_HASH.findall(line))))
    try:
        requirement = Requirement(_HASH.sub("", line))
    except InvalidRequirement as error:
        raise InternalError("QLF5051", f"cannot read {line[:80]!r}") from error
    pins = [s.version for s in requirement.specifier if s.operator == "==" and not s.version.endswith("*")]
    if len(pins) != 1 or len(requirement.specifier) != 1 or requirement.url or not hashes:
        raise InternalError("QLF5051", f"{requirement.name[:80]!r} is not pinned with `==` and hashes")
    return Locked(canonicalize_name(requirement.name), pins[0], hashes, str(requirement.marker or ""))
