-- The embedded graph. Times are microseconds since 1970, UTC; `position` is the ledger position that last touched a row.

CREATE TABLE community (
    id TEXT PRIMARY KEY CHECK (id = 'community'),
    read_to INTEGER NOT NULL,
    standing INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    interests REAL,
    wants REAL,
    affinity REAL,
    ties REAL
) STRICT;

CREATE TABLE nodes (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    organisation TEXT,
    label TEXT,
    title TEXT,
    starts_at INTEGER,
    ends_at INTEGER,
    place TEXT,
    position INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX nodes_by_position ON nodes (position);

CREATE TABLE weights (
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    target TEXT NOT NULL,
    weight REAL NOT NULL,
    updated_at INTEGER NOT NULL,
    count INTEGER NOT NULL,
    why TEXT,
    position INTEGER NOT NULL,
    PRIMARY KEY (kind, source, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX weights_by_target ON weights (kind, target);
CREATE INDEX weights_by_position ON weights (position);

CREATE TABLE facts (
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    target TEXT NOT NULL,
    at INTEGER,
    role TEXT,
    weight REAL,
    outcome TEXT,
    position INTEGER NOT NULL,
    PRIMARY KEY (kind, source, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX facts_by_target ON facts (kind, target);
CREATE INDEX facts_by_position ON facts (position);

-- Tombstones: what changes_since lists as dropped.
CREATE TABLE dropped_nodes (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX dropped_nodes_by_position ON dropped_nodes (position);

CREATE TABLE dropped_edges (
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    target TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (kind, source, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX dropped_edges_by_position ON dropped_edges (position);

CREATE TABLE remaps (
    kind TEXT NOT NULL,
    old TEXT NOT NULL,
    new TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (kind, old)
) STRICT, WITHOUT ROWID;
CREATE INDEX remaps_by_position ON remaps (position);
