"""References to bytes. Durable history, events and records carry these; the bytes lie in the artifact store."""

from __future__ import annotations

from typing import Literal

from shared.model.base import Record, digest

Mode = Literal["0644", "0755"]


class ArtifactRef(Record):
    """Where bytes are, and how to know that they are the right ones."""

    path: str
    sha256: str
    size: int


class TreeFile(Record):
    """One file of a source tree: its bytes by digest, its mode and who wrote it (an agent's or repairer's name)."""

    sha256: str
    size: int
    mode: Mode = "0644"
    producer: str


class Tree(Record):
    """A source tree: relative POSIX path -> file. Its digest names the tree."""

    files: dict[str, TreeFile]

    def digest(self) -> str:
        """SHA-256 over paths, bytes and modes; who produced a file does not change the tree."""
        return digest({path: [f.sha256, f.mode] for path, f in self.files.items()})
