"""The bill of materials in CycloneDX 1.6 JSON (ECMA-424), without a clock and without a random serial number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6

from shared.capsule.lock import Locked

_EPOCH = datetime.fromtimestamp(0, UTC)


def cyclonedx_sbom(name: str, version: str, serial: UUID, packages: Sequence[Locked]) -> bytes:
    """CycloneDX 1.6 JSON of the app `name` and the packages it locks; `serial` is derived from the content."""
    root = Component(name=name, version=version, type=ComponentType.APPLICATION, bom_ref=f"app:{name}@{version}")
    bom = Bom(serial_number=serial, metadata=BomMetaData(component=root, timestamp=_EPOCH))
    for package in packages:
        bom.components.add(_component(package))
    bom.register_dependency(root, sorted(bom.components))
    return JsonV1Dot6(bom).output_as_string(indent=2).encode() + b"\n"


def _component(package: Locked) -> Component:
    purl = package.purl
    return Component(
        name=package.name,
        version=package.version,
        bom_ref=purl.to_string(),
        purl=purl,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in package.hashes],
        properties=[Property(name="quantumlayer:marker", value=package.marker)] if package.marker else [],
    )
