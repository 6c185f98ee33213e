-- An exercise is told from the real thing by the word of CAP 1.2 <status>.
ALTER TABLE events ADD COLUMN standing TEXT NOT NULL DEFAULT 'actual';
ALTER TABLE event_versions ADD COLUMN standing TEXT NOT NULL DEFAULT 'actual';

-- What became of facts of this desk that the hub is to have.
CREATE TABLE outbox (
  id TEXT PRIMARY KEY NOT NULL,
  place INTEGER NOT NULL,
  state TEXT NOT NULL,
  base INTEGER,
  tries INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  changed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX outbox_by_place ON outbox (place);
CREATE INDEX outbox_by_state ON outbox (state, place);

-- The facts that the hub has, ours and those of others: what it can be given back when it lost them.
CREATE TABLE hub_facts (
  id TEXT PRIMARY KEY NOT NULL,
  seq INTEGER NOT NULL,
  desk TEXT NOT NULL,
  holds INTEGER NOT NULL,
  -- The facts that it is in conflict with, as a JSON list of the hub's identities.
  conflict_with TEXT NOT NULL DEFAULT '[]'
) STRICT;

CREATE INDEX hub_facts_by_seq ON hub_facts (seq);

-- Two people changed the same: both facts, and whether somebody looked at it.
CREATE TABLE conflicts (
  mine TEXT NOT NULL,
  theirs TEXT NOT NULL,
  holds TEXT NOT NULL,
  at INTEGER NOT NULL,
  seen INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (mine, theirs)
) STRICT;

-- Stretches of history that miss something, or did.
CREATE TABLE gaps (
  source TEXT NOT NULL,
  from_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL,
  state TEXT NOT NULL,
  missing INTEGER,
  PRIMARY KEY (source, from_ms)
) STRICT;
