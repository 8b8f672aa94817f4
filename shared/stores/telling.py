"""Events that do not move their run: the one way to append them, and those that a preview leaves in the run that it came from."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from shared.model import PREVIEW_ENDED, PREVIEW_EVENTS, Event, InputError, Preview, Run, make_event
from shared.stores.ports import RunStore, Stores

_ETAG_CONFLICT, _NO_RUN = "QLF7002", "QLF7001"
_TRIES = 20
_log = logging.getLogger("qlf.previews")


async def append(runs: RunStore, run: Run, event: Event) -> Run:
    """Append the event, whatever state the run is in by then; the run as it is afterwards. An event that is there changes nothing."""
    for left in reversed(range(_TRIES)):
        try:
            return await runs.commit(run, [event], if_match=run.etag)
        except InputError as error:
            if error.code != _ETAG_CONFLICT or not left:
                raise
        run = await runs.get(run.id)
    raise AssertionError("unreachable")


async def move_preview(stores: Stores, before: Preview, now: Preview, *, actor: Mapping[str, str], time: str) -> Preview:
    """Replace the record and tell its new status to the run; the record with its new etag. Raises as `PreviewStore.put` does.

    An end is told first: nobody looks again at a record that says so. What comes before the end is told afterwards, so that nobody
    hears of a preview that was destroyed in the same moment.
    """
    if now.status in PREVIEW_ENDED and before.status not in PREVIEW_ENDED:
        await tell_preview(stores, now, actor=actor, time=time)
    kept = await stores.previews.put(now, if_match=before.etag)
    if kept.status in ("ready", "unhealthy"):
        await tell_preview(stores, kept, actor=actor, time=time)
    return kept


async def tell_preview(stores: Stores, preview: Preview, *, actor: Mapping[str, str], time: str) -> None:
    """Append the event of the preview's status, once in its life. `actor` is `{id, kind}`. Where its run is lost nobody is told."""
    kind = PREVIEW_EVENTS[preview.status]
    try:
        run = await stores.runs.get(preview.run_id)
    except InputError as error:
        if error.code != _NO_RUN:
            raise
        _log.warning("preview %s has no run that %s could be written to", preview.id, kind)
        return
    facts = {"preview_id": preview.id, **{name: getattr(preview, name) for name in ("capsule_id", "status", "url", "expires_at", "reason")}}
    await append(stores.runs, run, make_event(run, kind, f"preview/{preview.id}", {**facts, "actor": dict(actor)}, time))
