-- What-if branches: from which moment each goes its own way; never pruned. Its values lie in a folder of its own.
CREATE TABLE branches (
  id TEXT PRIMARY KEY NOT NULL,
  title TEXT NOT NULL,
  from_ms INTEGER NOT NULL,
  author TEXT NOT NULL,
  made_at INTEGER NOT NULL
) STRICT;
