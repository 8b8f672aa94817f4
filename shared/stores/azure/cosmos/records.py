"""The envelope around every record: what queries need beside the record itself, which is kept as text, exactly as it was written.

As text, because the service reads every number as a double: 2**60 and 1.0 would come back as other numbers, and digests would change.
"""

from __future__ import annotations

from typing import TypeVar

from pydantic import ValidationError

from shared.model import ConfigError, InternalError, Record
from shared.stores.azure.cosmos.database import Document

R = TypeVar("R", bound=Record)
SCHEMA = 1
"""Goes up with a change that older versions cannot read; they refuse the document instead of misreading it."""


def envelope(item: str, kind: str, **fields: object) -> Document:
    """A document of this version."""
    return {"id": item, "kind": kind, "schema": SCHEMA, **fields}


def text_of(document: Document, field: str = "document") -> str:
    """The record's text. Raises ConfigError QLF7025 for a newer version's document, InternalError QLF7026 for one without the field."""
    if document.get("schema") != SCHEMA:
        raise ConfigError("QLF7025", f"{document.get('id')!a} has schema {document.get('schema')!a}; this version knows {SCHEMA}")
    text = document.get(field)
    if not isinstance(text, str):
        raise InternalError("QLF7026", f"{document.get('id')!a} has no {field}")
    return text


def record_of(model: type[R], document: Document, field: str = "document") -> R:
    """The record in a document. Unknown fields beside it are left alone. Raises as `text_of` does."""
    try:
        return model.model_validate_json(text_of(document, field))
    except ValidationError as error:
        raise InternalError("QLF7026", f"{document.get('id')!a}: {error.error_count()} fields are not valid") from error


def etag_of(document: Document) -> str:
    """The etag without the quotes it has on the wire, as callers and HTTP headers of ours carry it."""
    return str(document["_etag"]).strip('"')


def quoted(etag: str) -> str:
    """The etag as the service wants it."""
    return f'"{etag}"'
