"""End a preview whose time is over, unless somebody has moved its end meanwhile."""

from __future__ import annotations

from activities.guard import Job, guarded
from activities.open_preview import orchestrator
from shared.model import PREVIEW_ENDED
from shared.stores import move_preview
from shared.wiring import services


@guarded
async def close_preview(job: Job) -> Job:
    """`job`: `preview_id`. Answers `{"until"}`: when to come again (RFC 3339 UTC), or null once the preview has ended."""
    house = services()
    preview = await house.stores.previews.get(job["preview_id"])
    if preview.status in PREVIEW_ENDED:
        return {"until": None}
    if preview.expires_at > house.clock():
        return {"until": preview.expires_at}
    ended = await house.previews.destroy(preview)
    await move_preview(house.stores, preview, ended, actor=orchestrator(preview.id), time=house.clock())
    return {"until": None}
