"""Start a capsule's app as a preview, and wait until it answers or has failed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from activities.guard import Job, guarded
from shared.model import ConfigError, Preview
from shared.wiring import services


@guarded
async def open_preview(job: Job) -> Job:
    """`job`: `preview_id` of a record that exists, or `run_id`, `capsule_id` and `ttl` (seconds) for a run's own preview.

    Answers `{"preview": {id, status, url, expires_at, reason}}`; a preview that does not get ready is QLF6003.
    """
    from shared.capsule import read_archive

    house = services()
    preview = await house.stores.previews.get(job["preview_id"]) if job.get("preview_id") else await own_preview(job)
    capsule = await house.stores.capsules.get(preview.capsule_id)
    archive = await asyncio.to_thread(read_archive, await house.stores.artifacts.get(capsule.file))
    sources = {path.removeprefix("source/"): file for path, file in archive.items() if path.startswith("source/")}
    preview = await house.stores.previews.put(await house.previews.create(preview, sources))
    if preview.status != "ready":
        raise ConfigError("QLF6003", preview.reason)
    return {"preview": {name: getattr(preview, name) for name in ("id", "status", "url", "expires_at", "reason")}}


async def own_preview(job: Job) -> Preview:
    """The record of the preview that a run asked for; its id follows from the run's."""
    house = services()
    now = house.clock()
    preview = Preview(
        id=f"prv_{job['run_id'].removeprefix('run_')}",
        run_id=job["run_id"],
        capsule_id=job["capsule_id"],
        project_id=job["project_id"],
        created_at=now,
        expires_at=later(now, job["ttl"]),
    )
    return await house.stores.previews.put(preview)


def later(now: str, seconds: int) -> str:
    """`now` (RFC 3339 UTC) plus `seconds`, in the same form."""
    moment = datetime.fromisoformat(now).astimezone(UTC) + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
