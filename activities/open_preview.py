"""Take the deployment of a preview one step further: until the app answers, or has failed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from activities.guard import Job, guarded
from shared.model import PREVIEW_ENDED, ConfigError, InputError, Preview
from shared.stores import move_preview, tell_preview
from shared.telemetry import names, record
from shared.wiring import services

if TYPE_CHECKING:
    from shared.capsule import SourceFile


@guarded
async def open_preview(job: Job) -> Job:
    """`job`: `preview_id` of a record that exists, or `run_id`, `capsule_id` and `ttl` (seconds) for a run's own preview; `progress` of
    the step before.

    Answers `{"preview": {id, status, url, expires_at, reason}, "watched"}` and, while the deployment goes on, `progress` and the `wait`
    in seconds until the next step. A preview that does not get ready is QLF6003.
    """
    house = services()
    before = await house.stores.previews.get(job["preview_id"]) if job.get("preview_id") else await own_preview(job)

    async def sources() -> Mapping[str, SourceFile]:
        return await sources_of(before)

    step = await house.previews.advance(before, sources, job.get("progress"))
    preview = await keep(before, step.preview, orchestrator(job.get("preview_id") or job["run_id"]))
    told = {
        "preview": {name: getattr(preview, name) for name in ("id", "status", "url", "expires_at", "reason")},
        "watched": house.previews.watched,
    }
    if step.progress is not None:
        return {**told, "progress": step.progress, "wait": step.wait}
    measure(preview, house.clock())
    if preview.status != "ready":
        raise ConfigError("QLF6003", preview.reason)
    return told


async def keep(before: Preview, now: Preview, actor: Mapping[str, str]) -> Preview:
    """Write down what a step made of the record. Whoever moved its end or destroyed it meanwhile is not overruled."""
    house = services()
    while True:
        try:
            return await move_preview(house.stores, before, now, actor=actor, time=house.clock())
        except InputError as error:
            if error.code != "QLF7009":
                raise
        before = await house.stores.previews.get(now.id)
        if before.status in PREVIEW_ENDED:
            if now.status == "ready":  # it was ended while this step made more of it
                await house.previews.destroy(before)
            return before
        now = before.model_copy(update={name: getattr(now, name) for name in ("status", "url", "reason", "port", "pid")})


def measure(preview: Preview, now: str) -> None:
    """How long it took, all steps and the waits between them together."""
    taken = datetime.fromisoformat(now) - datetime.fromisoformat(preview.created_at)
    record(names.PREVIEW_DURATION, taken.total_seconds(), status=preview.status)


async def sources_of(preview: Preview) -> Mapping[str, SourceFile]:
    """The app's files out of the preview's capsule, by path below `source/`."""
    from shared.capsule import read_archive

    house = services()
    capsule = await house.stores.capsules.get(preview.capsule_id)
    archive = await asyncio.to_thread(read_archive, await house.stores.artifacts.get(capsule.file))
    return {path.removeprefix("source/"): file for path, file in archive.items() if path.startswith("source/")}


async def own_preview(job: Job) -> Preview:
    """The record of the preview that a run asked for, made once; its id follows from the run's."""
    house = services()
    if job.get("progress"):
        return await house.stores.previews.get(own_id(job))
    now = house.clock()
    preview = Preview(
        id=own_id(job),
        run_id=job["run_id"],
        capsule_id=job["capsule_id"],
        project_id=job["project_id"],
        owner=(await house.stores.runs.get(job["run_id"])).owner,
        created_at=now,
        expires_at=later(now, job["ttl"]),
    )
    preview = await house.stores.previews.create(preview)
    if preview.status == "deploying":
        await tell_preview(house.stores, preview, actor=orchestrator(job["run_id"]), time=now)
    return preview


def orchestrator(instance_id: str) -> dict[str, str]:
    """How events name an orchestration that did something by itself."""
    return {"id": instance_id, "kind": "orchestrator"}


def own_id(job: Job) -> str:
    """A run has one preview of its own."""
    return f"prv_{job['run_id'].removeprefix('run_')}"


def later(now: str, seconds: int) -> str:
    """`now` (RFC 3339 UTC) plus `seconds`, in the same form."""
    moment = datetime.fromisoformat(now).astimezone(UTC) + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
