"""End a preview whose time is over, unless somebody has moved its end meanwhile."""

from __future__ import annotations

from activities.guard import Job, guarded
from shared.model import PREVIEW_ENDED
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
    await house.stores.previews.put(await house.previews.destroy(preview), if_match=preview.etag)
    return {"until": None}
