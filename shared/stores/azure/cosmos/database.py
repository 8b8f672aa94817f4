"""One database of one account, as the stores use it: point reads, writes on a condition, transactional batches, queries, the change feed.

Every call is bounded in time, and answers with plain data or a coded error. Writes that met another writer answer None instead of
raising: what that means is known only to the store that wrote.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError
from azure.cosmos.aio import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosBatchOperationError,
    CosmosHttpResponseError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)

from shared.model import InternalError
from shared.stores.azure.cosmos.faults import coded, container_is_missing, retry_after
from shared.stores.azure.loop import ClientLoop

T = TypeVar("T")
Document = dict[str, Any]
Key = str | list[str]
Work = Callable[[ContainerProxy], Coroutine[Any, Any, T]]

DEADLINE_SECONDS = 30.0
"""No call lasts longer, however often the service asks to come back later."""
_SHORTEST_WAIT = 0.01
_LOOKS = 20
_PAUSE_SECONDS = 0.05
MAX_OPERATIONS = 100
MAX_DOCUMENT_BYTES = 2_000_000
"""The service takes 2 MB for an item and for the body of a batch; what is measured here leaves room for the envelope of the batch."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A batch that changed nothing: the status of the operation at `index`."""

    index: int
    status: int


class CosmosDatabase:
    """The containers of one database, over one client per process that lives on a loop of its own."""

    def __init__(self, connect: Callable[[], CosmosClient], database: str, deadline: float = DEADLINE_SECONDS) -> None:
        self._connect = connect
        self._name = database
        self._deadline = deadline
        self._loop = ClientLoop("cosmos")
        self._client: CosmosClient | None = None
        self._opening: asyncio.Lock | None = None

    async def read(self, container: str, item: str, key: Key) -> Document | None:
        """The document, or None."""

        async def work(place: ContainerProxy) -> Document | None:
            try:
                return dict(await place.read_item(item, partition_key=key))
            except CosmosResourceNotFoundError as error:
                _check_container(error)
                return None

        return await self._run(container, work)

    async def create(self, container: str, body: Document) -> Document | None:
        """The document as it is kept now, or None when its id is taken."""

        async def work(place: ContainerProxy) -> Document | None:
            try:
                return dict(await place.create_item(body))
            except CosmosResourceExistsError:
                return None

        _check_size([body])
        return await self._run(container, work)

    async def create_or_read(self, container: str, body: Document, key: Key) -> tuple[Document, bool]:
        """The document that holds the id, and True when it is this one. Raises InternalError QLF7020 as `read_taken` does."""
        if made := await self.create(container, body):
            return made, True
        return await self.read_taken(container, body["id"], key), False

    async def read_taken(self, container: str, item: str, key: Key) -> Document:
        """A document that is there, as a write that it refused has told; QLF7020 when the replica that answers has not heard of it."""
        for _ in range(_LOOKS):
            if found := await self.read(container, item, key):
                return found
            await asyncio.sleep(_PAUSE_SECONDS)
        raise InternalError("QLF7020", f"{item} is taken and cannot be read")

    async def replace(self, container: str, body: Document, etag: str) -> Document | None:
        """The document as it is kept now, or None when it is not the one with `etag` any more."""

        async def work(place: ContainerProxy) -> Document | None:
            try:
                return dict(await place.replace_item(body["id"], body, etag=etag, match_condition=MatchConditions.IfNotModified))
            except CosmosAccessConditionFailedError:
                return None
            except CosmosResourceNotFoundError as error:
                _check_container(error)
                return None

        _check_size([body])
        return await self._run(container, work)

    async def upsert(self, container: str, body: Document) -> Document:
        """Keep the document, whatever was there."""

        async def work(place: ContainerProxy) -> Document:
            return dict(await place.upsert_item(body))

        _check_size([body])
        return await self._run(container, work)

    async def delete(self, container: str, item: str, key: Key, etag: str | None = None) -> bool:
        """True when the document was there, with `etag` when one is given, and is gone now."""

        async def work(place: ContainerProxy) -> bool:
            condition: Any = {} if etag is None else {"etag": etag, "match_condition": MatchConditions.IfNotModified}
            try:
                await place.delete_item(item, partition_key=key, **condition)
            except CosmosAccessConditionFailedError:
                return False
            except CosmosResourceNotFoundError as error:
                _check_container(error)
                return False
            return True

        return await self._run(container, work)

    async def batch(self, container: str, key: Key, operations: Sequence[tuple[Any, ...]]) -> list[Document] | Failed:
        """All operations or none: the documents as they are kept now, or the first operation that cannot be done (404, 409 or 412)."""

        async def work(place: ContainerProxy) -> list[Document] | Failed:
            try:
                answers = await place.execute_item_batch(batch_operations=list(operations), partition_key=key)
            except CosmosBatchOperationError as error:
                if error.status_code in (404, 409, 412):
                    return Failed(error.error_index or 0, error.status_code)
                raise
            return [dict(answer.get("resourceBody") or {}) for answer in answers]

        if len(operations) > MAX_OPERATIONS:
            raise InternalError("QLF7027", f"{len(operations)} operations in one transaction; {MAX_OPERATIONS} are possible")
        _check_size([part for operation in operations for part in operation[1] if isinstance(part, dict)])
        return await self._run(container, work)

    async def query(self, container: str, sql: str, parameters: dict[str, Any], **scope: Any) -> list[Document]:
        """Every answer to a query that bounds itself; `scope` is a `partition_key`, its first values, or a `feed_range`.

        Under first values and in a range, TOP and ORDER BY hold for each physical partition that has a part of it.
        """

        async def work(place: ContainerProxy) -> list[Document]:
            values = [{"name": f"@{name}", "value": value} for name, value in parameters.items()]
            return [row async for row in place.query_items(sql, parameters=values, **scope)]

        return await self._run(container, work)

    async def feed_ranges(self, container: str) -> list[Document]:
        """The ranges of partition keys that physical partitions hold now. Opaque."""

        async def work(place: ContainerProxy) -> list[Document]:
            return [dict(found) async for found in place.read_feed_ranges(force_refresh=True)]

        return await self._run(container, work)

    async def covered(self, container: str, feed_range: Document, ranges: Sequence[Document]) -> list[Document]:
        """Those of `ranges` that lie within `feed_range`."""

        async def work(place: ContainerProxy) -> list[Document]:
            return [one for one in ranges if await place.is_feed_range_subset(feed_range, one)]

        return await self._run(container, work)

    async def changes(
        self, container: str, feed_range: Document, continuation: str | None, limit: int
    ) -> tuple[list[Document], str | None, bool]:
        """About `limit` changes after `continuation` (from the beginning without one), and where to go on; no changes, no new place.

        True says that `continuation` could not be read, so these are changes from the beginning: the container was made anew (restored,
        say), or another version of the client library wrote it.
        """

        async def page(place: ContainerProxy, since: str | None) -> tuple[list[Document], str | None]:
            start: Document = {"continuation": since} if since else {"feed_range": feed_range, "start_time": "Beginning"}
            pages: Any = place.query_items_change_feed(max_item_count=limit, **start).by_page()
            async for found in pages:
                return [dict(change) async for change in found], pages.continuation_token
            return [], since

        async def work(place: ContainerProxy) -> tuple[list[Document], str | None, bool]:
            try:
                return *await page(place, continuation), False
            except ValueError:
                if continuation is None:
                    raise
                return *await page(place, None), True

        return await self._run(container, work)

    def close(self) -> None:
        """Close the client and end its loop."""
        self._loop.close()

    async def _close_client(self) -> None:
        client, self._client, self._opening = self._client, None, None
        if client is not None:
            await client.close()

    async def _run(self, container: str, work: Work[T]) -> T:
        with coded():
            return await self._loop.run(self._bounded(container, work))

    async def _bounded(self, container: str, work: Work[T]) -> T:
        throttled: HttpResponseError | None = None
        try:
            async with asyncio.timeout(self._deadline) as bound:
                place = (await self._opened()).get_database_client(self._name).get_container_client(container)
                while True:
                    try:
                        return await work(place)
                    except HttpResponseError as error:
                        wait = retry_after(error)
                        if wait is None or asyncio.get_running_loop().time() + wait >= (bound.when() or 0):
                            raise
                        throttled = error
                    await asyncio.sleep(max(wait, _SHORTEST_WAIT))
        except TimeoutError:
            raise throttled or TimeoutError from None  # what the service said is worth more than that time is up

    async def _opened(self) -> CosmosClient:
        """The client, connected on first use; a connection that failed is tried again by the next call."""
        self._opening = self._opening or asyncio.Lock()
        async with self._opening:
            if self._client is None:
                client = self._connect()
                try:
                    await client.__aenter__()
                except BaseException:
                    await client.close()
                    raise
                self._client = client
                self._loop.at_close(self._close_client)
            return self._client


def _check_size(bodies: Sequence[Document]) -> None:
    size = sum(len(json.dumps(body, ensure_ascii=False).encode()) for body in bodies)
    if size > MAX_DOCUMENT_BYTES:
        raise InternalError("QLF7027", f"{size} bytes in one transaction; {MAX_DOCUMENT_BYTES} are possible")


def _check_container(error: CosmosHttpResponseError) -> None:
    if container_is_missing(error):
        raise error
