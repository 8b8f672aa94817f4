"""Databases, containers and items: what the service keeps, and the rules it keeps them by."""

from __future__ import annotations

import copy
import itertools
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from azure.cosmos.partition_key import PartitionKey

Body = dict[str, Any]
MAX_ITEM_BYTES = 2 * 1024 * 1024
_BAD_ID = re.compile(r"[/\\?#]")
_RIDS = itertools.count(1)


class Refused(Exception):
    """An error answer."""

    def __init__(self, status: int, message: str, substatus: int = 0, retry_after_ms: int = 0) -> None:
        self.status, self.message, self.substatus, self.retry_after_ms = status, message, substatus, retry_after_ms
        super().__init__(message)


@dataclass(frozen=True)
class Range:
    """A physical partition."""

    id: str
    low: str
    high: str
    parents: tuple[str, ...] = ()

    def holds(self, epk: str) -> bool:
        return self.low <= epk < self.high


@dataclass(frozen=True)
class Item:
    """One version of one item. Its `epk` says which physical partition holds it."""

    body: Body
    epk: str
    lsn: int
    stamp: float
    etag: str
    rid: str

    def shown(self, link: str, *, lsn: bool = False) -> Body:
        """As the service answers: with its own fields."""
        system = {
            "_rid": self.rid,
            "_self": f"{link}/docs/{self.rid}/",
            "_etag": f'"{self.etag}"',
            "_attachments": "attachments/",
            "_ts": int(self.stamp),
        }
        return copy.deepcopy(self.body) | system | ({"_lsn": self.lsn} if lsn else {})


@dataclass
class Container:
    """A container with its items, by key and id. `clock` decides what has expired."""

    definition: Body
    clock: Callable[[], float]
    database: str
    rid: str = field(default_factory=lambda: f"rid{next(_RIDS)}")
    items: dict[tuple[str, str], Item] = field(default_factory=dict)
    ranges: list[Range] = field(default_factory=lambda: [Range("0", "", "FF")])
    lsn: int = 0
    topology: int = 1

    def __post_init__(self) -> None:
        key = self.definition.get("partitionKey") or {}
        if not key.get("paths") or any(not re.fullmatch(r"/\w+", path) for path in key["paths"]):
            raise Refused(400, "a container needs the paths of its partition key")
        self.paths: list[str] = [path[1:] for path in key["paths"]]
        self._hash = PartitionKey(key["paths"], kind=key["kind"], version=key["version"])

    @property
    def link(self) -> str:
        return f"dbs/{self.database}/colls/{self.rid}"

    # -- keys

    def epk(self, key: list[Any]) -> str:
        """The effective partition key, by the hash of the client library: both sides must agree on it."""
        return str(self._hash._get_effective_partition_key_string(key))

    def key_of(self, body: Body) -> list[Any]:
        return [body.get(name, {}) for name in self.paths]

    def range_of(self, epk: str) -> Range:
        return next(found for found in self.ranges if found.holds(epk))

    def range_by_id(self, range_id: str) -> Range:
        found = next((found for found in self.ranges if found.id == range_id), None)
        if found is None:
            raise Refused(410, f"partition key range {range_id} is gone", 1002)
        return found

    def split(self) -> None:
        """Split every physical partition in two; the old ones are gone."""
        fresh = itertools.count(max(int(found.id) for found in self.ranges) + 1)
        made: list[Range] = []
        for old in self.ranges:
            middle = _between(old.low, old.high, [item.epk for item in self.items.values() if old.holds(item.epk)])
            made += [
                Range(str(next(fresh)), old.low, middle, (*old.parents, old.id)),
                Range(str(next(fresh)), middle, old.high, (*old.parents, old.id)),
            ]
        self.ranges, self.topology = made, self.topology + 1

    # -- items

    def live(self) -> list[Item]:
        """The items that have not expired, oldest change first."""
        now = self.clock()
        for place, item in list(self.items.items()):
            if self._expired(item, now):
                del self.items[place]
        return sorted(self.items.values(), key=lambda item: item.lsn)

    def read(self, key: list[Any], item_id: str) -> Item:
        found = self.items.get((self.epk(key), item_id))
        if found is None or self._expired(found, self.clock()):
            raise Refused(404, "Resource Not Found")
        return found

    def write(self, kind: str, key: list[Any], body: Body, *, item_id: str | None = None, if_match: str | None = None) -> Item:
        """Create, Replace or Upsert. The LSN is the one of the transaction: see `transaction`."""
        body = _checked(body)
        if self.key_of(body) != key:
            raise Refused(400, "the partition key of the request is not that of the document", 1001)
        if item_id is not None and body["id"] != item_id:
            raise Refused(400, "the id of the document is not that of the address")
        there = self._there(key, body["id"])
        if kind == "Create" and there:
            raise Refused(409, "Entity with the specified id already exists in the system.")
        if kind == "Replace" and not there:
            raise Refused(404, "Resource Not Found")
        _match(there, if_match)
        rid = there.rid if there else f"{self.rid}doc{next(_RIDS)}"
        made = Item(body, self.epk(key), self.lsn, self.clock(), uuid.uuid4().hex, rid)
        self.items[made.epk, body["id"]] = made
        return made

    def delete(self, key: list[Any], item_id: str, if_match: str | None = None) -> None:
        there = self.read(key, item_id)
        _match(there, if_match)
        del self.items[there.epk, item_id]

    def transaction(self, work: Callable[[], Any]) -> Any:
        """Everything that `work` writes has one LSN; nothing of it stays when it raises."""
        items, lsn = dict(self.items), self.lsn
        self.lsn += 1
        try:
            return work()
        except BaseException:
            self.items, self.lsn = items, lsn
            raise

    def _there(self, key: list[Any], item_id: str) -> Item | None:
        found = self.items.get((self.epk(key), item_id))
        return None if found is None or self._expired(found, self.clock()) else found

    def _expired(self, item: Item, now: float) -> bool:
        default = self.definition.get("defaultTtl")
        ttl = item.body.get("ttl", default) if default is not None else None
        return ttl is not None and ttl != -1 and now >= int(item.stamp) + ttl


def _match(there: Item | None, if_match: str | None) -> None:
    if if_match is not None and there is not None and if_match not in ("*", f'"{there.etag}"'):
        raise Refused(412, "One of the specified pre-condition is not met.")


def _checked(body: Any) -> Body:
    if not isinstance(body, dict):
        raise Refused(400, "a document is an object")
    item_id = body.get("id")
    if not isinstance(item_id, str) or not item_id or len(item_id.encode()) > 1023 or _BAD_ID.search(item_id) or item_id.endswith(" "):
        raise Refused(400, "the id is not valid")
    ttl = body.get("ttl")
    if ttl is not None and (not isinstance(ttl, int) or isinstance(ttl, bool) or (ttl < 1 and ttl != -1) or ttl > 2**31 - 1):
        raise Refused(400, "the ttl is not valid")
    if len(json.dumps(body, ensure_ascii=False).encode()) > MAX_ITEM_BYTES:
        raise Refused(413, "Request size is too large")
    return _doubled({name: value for name, value in body.items() if name not in ("_rid", "_self", "_etag", "_attachments", "_ts", "_lsn")})


def _doubled(value: Any) -> Any:
    """Numbers as the service keeps them: doubles, written without a fraction when they have none."""
    if isinstance(value, dict):
        return {name: _doubled(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_doubled(inner) for inner in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    number = float(value)
    return int(number) if number.is_integer() and abs(number) < 2**63 else number


def _between(low: str, high: str, epks: list[str]) -> str:
    """A key that splits the range, in the middle of what is there."""
    if len(epks) > 1 and (middle := sorted(set(epks))[len(set(epks)) // 2]) > low:
        return middle
    width = max(len(low), len(high), 32)
    return f"{(int(low.ljust(width, '0'), 16) + int(high.ljust(width, '0'), 16)) // 2:0{width}X}"
