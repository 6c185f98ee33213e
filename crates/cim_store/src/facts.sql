-- What people did, appended and never changed: when it happened, when it became known, by whom.
CREATE TABLE facts (
  id TEXT PRIMARY KEY NOT NULL,
  happened_at INTEGER NOT NULL,
  known_at INTEGER NOT NULL,
  author TEXT NOT NULL,
  subject TEXT NOT NULL,
  verb TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE INDEX facts_by_known_at ON facts (known_at);
