"""The tables of `state.db`, as the list of steps that lead to them. A step that was shipped is never edited: append one."""

from __future__ import annotations

APPLICATION_ID = 0x514C4631
"""`QLF1`, in the header of the file: another program's database is not taken for ours."""

_FIRST = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY, project_id TEXT NOT NULL, status TEXT NOT NULL, created_at TEXT NOT NULL,
    request TEXT NOT NULL, version INTEGER NOT NULL, seq INTEGER NOT NULL, document TEXT NOT NULL
) STRICT;
CREATE INDEX runs_newest ON runs (project_id, created_at DESC, id DESC);
CREATE INDEX runs_by_status ON runs (project_id, status, created_at DESC, id DESC);
CREATE TABLE keys (
    project_id TEXT NOT NULL, key TEXT NOT NULL, run_id TEXT NOT NULL REFERENCES runs (id), PRIMARY KEY (project_id, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE events (
    run_id TEXT NOT NULL REFERENCES runs (id), seq INTEGER NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (run_id, seq), UNIQUE (run_id, id)
) STRICT;
CREATE TABLE documents (
    kind TEXT NOT NULL, id TEXT NOT NULL, project_id TEXT NOT NULL, run_id TEXT NOT NULL, created_at TEXT NOT NULL,
    version INTEGER NOT NULL, document TEXT NOT NULL, PRIMARY KEY (kind, id)
) STRICT;
CREATE INDEX documents_newest ON documents (kind, project_id, created_at DESC, id DESC);
CREATE INDEX documents_of_run ON documents (kind, project_id, run_id, created_at DESC, id DESC);
CREATE TABLE memos (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE leases (name TEXT PRIMARY KEY, owner TEXT NOT NULL, expires_at TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""

_OUTBOX = """
CREATE TABLE outbox (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"""

_DELIVERIES = """
CREATE TABLE deliveries (
    provider TEXT NOT NULL, id TEXT NOT NULL, digest TEXT NOT NULL, expires_at TEXT NOT NULL, PRIMARY KEY (provider, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_oldest ON deliveries (expires_at);
INSERT INTO deliveries SELECT substr(rest, 1, instr(rest, '/') - 1), substr(rest, instr(rest, '/') + 1), owner, expires_at
    FROM (SELECT substr(name, 9) AS rest, owner, expires_at FROM leases WHERE name GLOB 'webhook/*/*');
DELETE FROM leases WHERE name GLOB 'webhook/*/*';
"""

_SILENT = """
CREATE INDEX runs_silent ON runs (json_extract(document, '$.updated_at')) WHERE status IN ('pending', 'planning', 'planned', 'running');
"""

_LEASE_SECONDS = """
ALTER TABLE leases ADD COLUMN seconds INTEGER NOT NULL DEFAULT 60;
"""

STEPS: tuple[str, ...] = (_FIRST, _OUTBOX, _DELIVERIES, _SILENT, _LEASE_SECONDS)
"""Step n leads from schema version n to n + 1; the version is SQLite's `user_version`."""
