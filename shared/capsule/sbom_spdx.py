"""The bill of materials in SPDX 2.3 JSON (ISO/IEC 5962 with amendments), without a clock."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from spdx_tools.spdx.model.actor import Actor, ActorType
from spdx_tools.spdx.model.checksum import Checksum, ChecksumAlgorithm
from spdx_tools.spdx.model.document import CreationInfo, Document
from spdx_tools.spdx.model.package import ExternalPackageRef, ExternalPackageRefCategory, Package, PackagePurpose
from spdx_tools.spdx.model.relationship import Relationship, RelationshipType
from spdx_tools.spdx.model.spdx_no_assertion import SpdxNoAssertion
from spdx_tools.spdx.writer.json.json_writer import write_document_to_stream

from shared.capsule.lock import Locked

_DOCUMENT = "SPDXRef-DOCUMENT"
_ROOT = "SPDXRef-app"


def spdx_sbom(name: str, version: str, serial: UUID, packages: Sequence[Locked]) -> bytes:
    """SPDX 2.3 JSON of the app `name` and the packages it locks; `serial` makes the document's namespace unique."""
    info = CreationInfo(
        spdx_version="SPDX-2.3",
        spdx_id=_DOCUMENT,
        name=f"{name}-{version}",
        document_namespace=f"urn:uuid:{serial}",
        creators=[Actor(ActorType.TOOL, "quantumlayer-factory")],
        created=datetime.fromtimestamp(0, UTC).replace(tzinfo=None),
    )
    root = Package(
        _ROOT, name, SpdxNoAssertion(), version=version, files_analyzed=False, primary_package_purpose=PackagePurpose.APPLICATION
    )
    listed = [_package(index, package) for index, package in enumerate(packages)]
    relations = [Relationship(_DOCUMENT, RelationshipType.DESCRIBES, _ROOT)]
    relations += [Relationship(_ROOT, RelationshipType.DEPENDS_ON, package.spdx_id) for package in listed]
    out = io.StringIO()
    write_document_to_stream(Document(info, packages=[root, *listed], relationships=relations), out, validate=False, drop_duplicates=False)
    return out.getvalue().encode() + b"\n"


def _package(index: int, package: Locked) -> Package:
    purl = package.purl.to_string()
    return Package(
        f"SPDXRef-package-{index:04d}",
        package.name,
        SpdxNoAssertion(),
        version=package.version,
        files_analyzed=False,
        checksums=[Checksum(ChecksumAlgorithm.SHA256, digest) for digest in package.hashes],
        external_references=[ExternalPackageRef(ExternalPackageRefCategory.PACKAGE_MANAGER, "purl", purl)],
        comment=f"installed where {package.marker}" if package.marker else None,
    )
