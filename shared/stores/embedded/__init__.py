"""The stores of one machine: SQLite and a folder. Several processes may use one home at once. Imported by wiring alone."""

from __future__ import annotations

from pathlib import Path

from shared.stores.bus import InProcessBus
from shared.stores.embedded.artifacts import FolderArtifactStore
from shared.stores.embedded.database import Database
from shared.stores.embedded.deliveries import SqliteDeliveryStore
from shared.stores.embedded.documents import SqliteCapsuleStore, SqlitePreviewStore
from shared.stores.embedded.keyed import SqliteLeaseStore, SqliteMemoStore
from shared.stores.embedded.outbox import SqliteOutbox
from shared.stores.embedded.runs import SqliteRunStore
from shared.stores.ports import Clock, Stores


def open_embedded(home: Path, clock: Clock) -> Stores:
    """Open (and on first use create, owner-only) the stores under `home`.

    Raises ConfigError: QLF7010 when a newer version wrote them, QLF7011 when the folder cannot be used, QLF7013 when they are damaged.
    """
    database = Database(home / "state.db")
    bus, leases = InProcessBus(), SqliteLeaseStore(database, clock)
    return Stores(
        artifacts=FolderArtifactStore(home / "artifacts"),
        runs=SqliteRunStore(database, bus),
        capsules=SqliteCapsuleStore(database),
        previews=SqlitePreviewStore(database),
        memos=SqliteMemoStore(database),
        leases=leases,
        deliveries=SqliteDeliveryStore(database, clock),
        bus=bus,
        close=database.close,
        outbox=SqliteOutbox(database, leases),
    )


__all__ = ["open_embedded"]
