"""Pages of a project's documents, newest first.

One physical partition answers in order. Where a project spans several, each answers with its newest and the client library appends one
answer to the other; the newest of all are among them, and are picked here.
"""

from __future__ import annotations

from typing import Any

from shared.stores.azure.cosmos.containers import RUNS
from shared.stores.azure.cosmos.database import CosmosDatabase, Document
from shared.stores.cursor import decode_cursor, encode_cursor
from shared.stores.ports import MAX_PAGE, Page

_FIELDS = "c.id, c.schema, c.document, c.seq, c.created_at, c.item_id, c._etag"


async def newest(
    database: CosmosDatabase, kind: str, project_id: str, *, limit: int, cursor: str | None, **equal: str | None
) -> Page[Document]:
    """A page of at most `limit` documents of a kind; `equal` names further fields (`status`, `run_id`), None for any.

    Raises InputError QLF7006 for a foreign cursor.
    """
    size = max(1, min(limit, MAX_PAGE))
    sql, values = _query(kind, project_id, size + 1, cursor, {name: value for name, value in equal.items() if value is not None})
    scope = [project_id, run_id] if (run_id := equal.get("run_id")) else [project_id]
    rows = await database.query(RUNS.name, sql, values, partition_key=scope)
    found = sorted(rows, key=lambda row: (row["created_at"], row["item_id"]), reverse=True)
    last = found[size - 1] if len(found) > size else None
    return Page(found[:size], encode_cursor(last["created_at"], last["item_id"]) if last else None)


def _query(kind: str, project_id: str, top: int, cursor: str | None, equal: dict[str, str]) -> tuple[str, dict[str, Any]]:
    values: dict[str, Any] = {"top": top, "kind": kind, "project_id": project_id, **equal}
    where = ["c.project_id = @project_id", "c.kind = @kind", *(f"c.{name} = @{name}" for name in equal)]
    if cursor is not None:
        values["at"], values["last"] = decode_cursor(cursor, 2)
        where.append("(c.created_at < @at OR (c.created_at = @at AND c.item_id < @last))")
    sql = f"SELECT TOP @top {_FIELDS} FROM c WHERE {' AND '.join(where)} ORDER BY c.created_at DESC, c.item_id DESC"  # noqa: S608
    return sql, values
