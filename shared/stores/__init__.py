"""Where runs, bytes and small documents are kept: the ports. Adapters live beside them and are imported by wiring alone."""

from shared.stores.cursor import decode_cursor, encode_cursor
from shared.stores.digests import artifact_path, digest_of
from shared.stores.ports import (
    MAX_EVENTS,
    MAX_PAGE,
    MAX_REPLAYS,
    ArtifactStore,
    CapsuleStore,
    Clock,
    DeadLetters,
    EventBus,
    LeaseStore,
    MemoStore,
    Outbox,
    Page,
    PreviewStore,
    Publisher,
    Replay,
    RunStore,
    Stores,
)

__all__ = [
    "MAX_EVENTS",
    "MAX_PAGE",
    "MAX_REPLAYS",
    "ArtifactStore",
    "CapsuleStore",
    "Clock",
    "DeadLetters",
    "EventBus",
    "LeaseStore",
    "MemoStore",
    "Outbox",
    "Page",
    "PreviewStore",
    "Publisher",
    "Replay",
    "RunStore",
    "Stores",
    "artifact_path",
    "decode_cursor",
    "digest_of",
    "encode_cursor",
]
