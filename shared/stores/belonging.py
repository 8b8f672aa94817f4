"""What a capsule or preview belongs to, which never changes: an id that is known, guessed or met by chance gives no right to the record."""

from __future__ import annotations

from shared.model import Capsule, InputError, Preview


def require_same(kept: Capsule | Preview, given: Capsule | Preview) -> None:
    """Raises InputError QLF7003 unless both belong to the same project, run and capsule."""
    if _owners(kept) != _owners(given):
        raise taken(given.id)


def taken(document_id: str) -> InputError:
    """The refusal of an id whose record belongs to another project, run or capsule. It does not tell which."""
    return InputError("QLF7003", f"{document_id} belongs to another project, run or capsule")


def _owners(document: Capsule | Preview) -> tuple[str, str, str]:
    return document.project_id, document.run_id, document.capsule_id if isinstance(document, Preview) else document.id
