"""What can be done with the items of one container: single writes and reads, batches, queries, the change feed."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.cosmos.sql import BadQuery, Query, parse
from tests.fakes.cosmos.state import Body, Container, Item, Refused

MAX_OPERATIONS = 100
_DEFAULT_PAGE = 100
Headers = Mapping[str, str]


@dataclass
class Answer:
    """What goes back."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ask:
    """What a request asks of a container. `broken` is the status that a batch fails with on purpose."""

    method: str
    kind: str
    headers: Headers
    body: Any
    broken: int = 0


def key_of(container: Container, headers: Headers, *, prefix: bool = False) -> list[Any]:
    """The partition key of the request, whole unless a prefix will do. Raises Refused 400."""
    try:
        key = json.loads(headers["x-ms-documentdb-partitionkey"])
    except (KeyError, ValueError) as error:
        raise Refused(400, "PartitionKey extracted from document doesn't match the one specified in the header", 1001) from error
    if not isinstance(key, list) or (len(key) != len(container.paths) and not (prefix and 0 < len(key) < len(container.paths))):
        raise Refused(400, f"the partition key needs {len(container.paths)} values", 1001)
    return key


def write(container: Container, ask: Ask) -> Answer:
    """POST to the feed: create, or upsert when the header says so."""
    key, headers = key_of(container, ask.headers), ask.headers
    kind = "Upsert" if headers.get("x-ms-documentdb-is-upsert", "").lower() == "true" else "Create"
    item = container.transaction(lambda: container.write(kind, key, ask.body, if_match=headers.get("if-match")))
    return _shown(201, item, container.link)


def item(container: Container, item_id: str, ask: Ask) -> Answer:
    """GET, PUT or DELETE of one item."""
    key, if_match = key_of(container, ask.headers), ask.headers.get("if-match")
    if ask.method == "GET":
        found = container.read(key, item_id)
        return Answer(304) if ask.headers.get("if-none-match") == f'"{found.etag}"' else _shown(200, found, container.link)
    if ask.method == "PUT":
        made = container.transaction(lambda: container.write("Replace", key, ask.body, item_id=item_id, if_match=if_match))
        return _shown(200, made, container.link)
    if ask.method == "DELETE":
        container.transaction(lambda: container.delete(key, item_id, if_match))
        return Answer(204)
    raise Refused(405, f"{ask.method} is not supported")


def batch(container: Container, ask: Ask) -> Answer:
    """A transactional batch: 200 when all of it is done, else 207 with the status of the one that failed and 424 for the others."""
    key, headers, operations = key_of(container, ask.headers), ask.headers, ask.body
    if (
        headers.get("x-ms-cosmos-batch-atomic", "").lower() != "true"
        or headers.get("x-ms-cosmos-batch-continue-on-error", "").lower() != "false"
    ):
        raise Refused(400, "only atomic batches that end with the first error")
    if not isinstance(operations, list) or not 0 < len(operations) <= MAX_OPERATIONS:
        raise Refused(400, f"a batch has 1 to {MAX_OPERATIONS} operations")
    done: list[Body] = []

    def work() -> None:
        if ask.broken:
            raise Refused(ask.broken, "on purpose", retry_after_ms=1)
        for operation in operations:
            done.append(_operation(container, key, operation))

    try:
        container.transaction(work)
    except Refused as error:
        results: list[Body] = [{"statusCode": 424, "requestCharge": 0} for _ in operations]
        results[len(done)] = {"statusCode": error.status, "requestCharge": 1, "retryAfterMilliseconds": error.retry_after_ms}
        return Answer(207, results)
    return Answer(200, done)


def query(container: Container, ask: Ask) -> Answer:
    """One page of a query within a partition key, a key prefix's range, or a physical partition."""
    headers, asked = ask.headers, ask.body
    if headers.get("content-type", "").partition(";")[0] != "application/query+json" or not isinstance(asked, dict):
        raise Refused(400, "a query is application/query+json")
    try:
        made = parse(asked.get("query", ""), {value["name"]: value["value"] for value in asked.get("parameters", [])})
    except BadQuery as error:
        raise Refused(400, f"Syntax error: {error}") from error
    _check_indexes(container, made)
    rows = made.run([found.shown(container.link) for found in _scope(container, headers)])
    start, size = _continued(headers, asked), _page_size(headers)
    page = rows[start : start + size]
    more = {"x-ms-continuation": _token(asked, start + size)} if len(rows) > start + size else {}
    return Answer(200, {"_rid": container.rid, "Documents": [made.project(row) for row in page], "_count": len(page)}, more)


def changes(container: Container, ask: Ask) -> Answer:
    """One page of the change feed of a physical partition or a part of it: the latest version of each item, by LSN; 304 for none."""
    headers = ask.headers
    if headers.get("a-im", "").lower() != "incremental feed":
        raise Refused(400, "only the incremental feed")
    since = headers.get("if-none-match", "").strip('"')
    after = container.lsn if since == "*" else int(since) if since.isdigit() else 0 if not since else _bad_place(since)
    found = [one for one in _scope(container, headers) if one.lsn > after]
    page = found[: _page_size(headers)]
    page += [one for one in found[len(page) :] if page and one.lsn == page[-1].lsn]  # a transaction is never cut in two
    reached = {"etag": f'"{page[-1].lsn if page else max(after, container.lsn)}"'}
    if not page:
        return Answer(304, None, reached)
    return Answer(
        200, {"_rid": container.rid, "Documents": [one.shown(container.link, lsn=True) for one in page], "_count": len(page)}, reached
    )


def ranges(container: Container, headers: Headers) -> Answer:
    """The physical partitions; 304 for who knows the current ones."""
    etag = f'"{container.topology}"'
    if headers.get("if-none-match") == etag:
        return Answer(304, None, {"etag": etag})
    rows = [
        {"id": one.id, "minInclusive": one.low, "maxExclusive": one.high, "parents": list(one.parents), "status": "online"}
        for one in container.ranges
    ]
    return Answer(200, {"_rid": container.rid, "PartitionKeyRanges": rows, "_count": len(rows)}, {"etag": etag})


def _operation(container: Container, key: list[Any], operation: Body) -> Body:
    kind, body, if_match = operation.get("operationType"), operation.get("resourceBody"), operation.get("ifMatch")
    if kind == "Delete":
        container.delete(key, operation["id"], if_match)
        return {"statusCode": 204, "requestCharge": 1}
    if kind == "Read":
        found = container.read(key, operation["id"])
    elif kind in ("Create", "Upsert", "Replace"):
        found = container.write(kind, key, body, item_id=operation.get("id"), if_match=if_match)
    else:
        raise Refused(400, f"no operation {kind}")
    status = 200 if kind in ("Read", "Replace") else 201
    return {"statusCode": status, "requestCharge": 1, "eTag": f'"{found.etag}"', "resourceBody": found.shown(container.link)}


def _scope(container: Container, headers: Headers) -> list[Item]:
    """The items a feed request is for, oldest change first."""
    if (range_id := headers.get("x-ms-documentdb-partitionkeyrangeid")) is not None:
        place = container.range_by_id(range_id)
        low, high = headers.get("x-ms-start-epk", place.low), headers.get("x-ms-end-epk", place.high)
        if low < place.low or high > place.high:
            raise Refused(410, "the range is not within one partition", 1002)
        return [found for found in container.live() if low <= found.epk < high]
    if "x-ms-documentdb-partitionkey" not in headers:
        raise Refused(400, "Cross partition query is required but disabled", 1004)
    epk = container.epk(key_of(container, headers))
    return [found for found in container.live() if found.epk == epk]


def _check_indexes(container: Container, made: Query) -> None:
    """A query that would scan is refused, and so is an order that no composite index gives."""
    policy = container.definition.get("indexingPolicy") or {"includedPaths": [{"path": "/*"}]}
    included = {path["path"] for path in policy.get("includedPaths", [])}
    for name in made.used:
        if "/*" not in included and f"/{name}/?" not in included:
            raise Refused(400, f"c.{name} is not indexed")
    if len(made.order) > 1:
        wanted = [(f"/{name}", "descending" if down else "ascending") for name, down in made.order]
        composites = [[(path["path"], path["order"]) for path in one] for one in policy.get("compositeIndexes", [])]
        if wanted not in composites:
            raise Refused(400, "The order by query does not have a corresponding composite index that it can be served from.")


def _page_size(headers: Headers) -> int:
    asked = headers.get("x-ms-max-item-count", str(_DEFAULT_PAGE))
    return int(asked) if asked.isdigit() and int(asked) > 0 else _DEFAULT_PAGE


def _continued(headers: Headers, asked: Body) -> int:
    """Where the page starts; a token of another query is refused."""
    token = headers.get("x-ms-continuation")
    if not token:
        return 0
    try:
        query, start = json.loads(base64.b64decode(token, validate=True))
    except ValueError as error:
        raise Refused(400, "Invalid Continuation Token") from error
    if query != asked.get("query"):
        raise Refused(400, "Invalid Continuation Token")
    return int(start)


def _token(asked: Body, start: int) -> str:
    return base64.b64encode(json.dumps([asked["query"], start]).encode()).decode()


def _bad_place(since: str) -> int:
    raise Refused(400, f"no place {since!r} in the change feed")


def _shown(status: int, found: Item, link: str) -> Answer:
    return Answer(status, found.shown(link), {"etag": f'"{found.etag}"'})
