"""The stores as one caller sees them: what belongs to projects of others is not there.

Routes get nothing but this view, so that none of them can forget to ask: another project's run is as unknown as one that never was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from api.identity.principal import Principal
from shared.model import Capsule, Event, InputError, Preview, Run, RunStatus
from shared.stores import MAX_LIVE, MAX_PAGE, CapsuleStore, Page, PreviewStore, RunStore, Stores

Events = list[Event]
Runs = list[Run]
Previews = list[Preview]


def scoped(stores: Stores, caller: Principal) -> Stores:
    """The stores for this caller; the very same ones for somebody who sees every project."""
    if caller.projects is None:
        return stores
    return replace(
        stores,
        runs=ScopedRuns(stores.runs, caller),
        capsules=ScopedCapsules(stores.capsules, caller),
        previews=ScopedPreviews(stores.previews, caller),
    )


class ScopedRuns:
    """The runs of the caller's projects."""

    def __init__(self, inner: RunStore, caller: Principal) -> None:
        self._inner = inner
        self._caller = caller
        self._seen: set[str] = set()

    async def create(self, run: Run, event: Event, idempotency_key: str | None) -> tuple[Run, bool]:
        """Keep a new run in one of the caller's projects."""
        _require(self._caller, run.project_id)
        return await self._inner.create(run, event, idempotency_key)

    async def get(self, run_id: str) -> Run:
        """The run. Raises InputError QLF7001 for one of another project, too."""
        run = await self._inner.get(run_id)
        if not self._caller.sees(run.project_id):
            raise InputError("QLF7001", f"no run {run_id!a}")
        self._seen.add(run_id)
        return run

    async def list(self, project_id: str, *, status: RunStatus | None = None, limit: int = 20, cursor: str | None = None) -> Page[Run]:
        """A page of runs of one of the caller's projects."""
        _require(self._caller, project_id)
        return await self._inner.list(project_id, status=status, limit=limit, cursor=cursor)

    async def commit(self, run: Run, events: Sequence[Event], *, if_match: str) -> Run:
        """Replace the run."""
        await self._check(run.id)
        _require(self._caller, run.project_id)
        return await self._inner.commit(run, events, if_match=if_match)

    async def events(self, run_id: str, *, after: int = 0, limit: int = 100) -> Events:
        """The events of the run."""
        await self._check(run_id)
        return await self._inner.events(run_id, after=after, limit=limit)

    async def silent(self, before: str, limit: int = MAX_PAGE) -> Runs:
        """Those of the caller's projects among the silent runs."""
        return [run for run in await self._inner.silent(before, limit) if self._caller.sees(run.project_id)]

    async def wait(self, run_id: str, after: int, timeout: float) -> bool:
        """Wait for an event of the run."""
        await self._check(run_id)
        return await self._inner.wait(run_id, after, timeout)

    async def _check(self, run_id: str) -> None:
        if run_id not in self._seen:
            await self.get(run_id)


class ScopedCapsules:
    """The capsules of the caller's projects."""

    def __init__(self, inner: CapsuleStore, caller: Principal) -> None:
        self._inner = inner
        self._caller = caller

    async def put(self, capsule: Capsule) -> Capsule:
        """Keep the record. Raises InputError QLF7003 where the id is one of another project: the store lets no record move."""
        _require(self._caller, capsule.project_id)
        return await self._inner.put(capsule)

    async def get(self, capsule_id: str) -> Capsule:
        """The record. Raises InputError QLF7007 for one of another project, too."""
        capsule = await self._inner.get(capsule_id)
        if not self._caller.sees(capsule.project_id):
            raise InputError("QLF7007", f"no capsule {capsule_id!a}")
        return capsule

    async def list(self, project_id: str, *, run_id: str | None = None, limit: int = 20, cursor: str | None = None) -> Page[Capsule]:
        """A page of capsules of one of the caller's projects."""
        _require(self._caller, project_id)
        return await self._inner.list(project_id, run_id=run_id, limit=limit, cursor=cursor)


class ScopedPreviews:
    """The previews of the caller's projects."""

    def __init__(self, inner: PreviewStore, caller: Principal) -> None:
        self._inner = inner
        self._caller = caller

    async def create(self, preview: Preview) -> Preview:
        """Keep a new record in one of the caller's projects. Raises InputError QLF7003 where the id is one of another project."""
        _require(self._caller, preview.project_id)
        return await self._inner.create(preview)

    async def put(self, preview: Preview, *, if_match: str) -> Preview:
        """Replace the record. Raises InputError QLF7008 where the one that is kept is of another project."""
        await self.get(preview.id)
        _require(self._caller, preview.project_id)
        return await self._inner.put(preview, if_match=if_match)

    async def get(self, preview_id: str) -> Preview:
        """The record. Raises InputError QLF7008 for one of another project, too."""
        preview = await self._inner.get(preview_id)
        if not self._caller.sees(preview.project_id):
            raise InputError("QLF7008", f"no preview {preview_id!a}")
        return preview

    async def live(self, limit: int = MAX_LIVE) -> Previews:
        """Those of the caller's projects among the live previews."""
        return [preview for preview in await self._inner.live(limit) if self._caller.sees(preview.project_id)]

    async def list(self, project_id: str, *, run_id: str | None = None, limit: int = 20, cursor: str | None = None) -> Page[Preview]:
        """A page of previews of one of the caller's projects."""
        _require(self._caller, project_id)
        return await self._inner.list(project_id, run_id=run_id, limit=limit, cursor=cursor)


def _require(caller: Principal, project: str) -> None:
    if not caller.sees(project):
        raise InputError("QLF7124", f"no project {project!a}")
