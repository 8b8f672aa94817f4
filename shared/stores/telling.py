"""Events that do not move their run: the one way to append them, and those that a preview leaves in the run that it came from."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from shared.model import PREVIEW_ENDED, PREVIEW_EVENTS, Event, InputError, Preview, Run, event_id, make_event
from shared.stores.ports import MAX_EVENTS, RunStore, Stores

_ETAG_CONFLICT, _NO_RUN = "QLF7002", "QLF7001"
_TRIES = 20
_log = logging.getLogger("qlf.previews")


async def append(runs: RunStore, run: Run, event: Event, *, unless: str = "") -> Run:
    """Append the event, whatever state the run is in by then; the run as it is afterwards. An event that is there changes nothing.

    `unless` is the id of an event after which this one comes too late. It is looked for in the very state that the commit replaces.
    """
    for left in reversed(range(_TRIES)):
        if unless and await _has(runs, run, unless):
            return run
        try:
            return await runs.commit(run, [event], if_match=run.etag)
        except InputError as error:
            if error.code != _ETAG_CONFLICT or not left:
                raise
        run = await runs.get(run.id)
    raise AssertionError("unreachable")


async def _has(runs: RunStore, run: Run, event: str) -> bool:
    for seen in range(0, run.seq, MAX_EVENTS):
        if any(one.id == event for one in await runs.events(run.id, after=seen, limit=MAX_EVENTS)):
            return True
    return False


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
    """Append the event of the preview's status, once in its life and none after its end. `actor` is `{id, kind}`.

    Where its run is lost nobody is told.
    """
    kind = PREVIEW_EVENTS[preview.status]
    try:
        run = await stores.runs.get(preview.run_id)
    except InputError as error:
        if error.code != _NO_RUN:
            raise
        _log.warning("preview %s has no run that %s could be written to", preview.id, kind)
        return
    key, end = f"preview/{preview.id}", PREVIEW_EVENTS["destroyed"]
    facts = {"preview_id": preview.id, **{name: getattr(preview, name) for name in ("capsule_id", "status", "url", "expires_at", "reason")}}
    event = make_event(run, kind, key, {**facts, "actor": dict(actor)}, time)
    await append(stores.runs, run, event, unless="" if kind == end else event_id(run.id, end, key))
