-- Moments that somebody marked, with the view that they had; never pruned.
CREATE TABLE moments (
  id TEXT PRIMARY KEY NOT NULL,
  at INTEGER NOT NULL,
  title TEXT NOT NULL,
  author TEXT NOT NULL,
  saved_at INTEGER NOT NULL,
  view TEXT NOT NULL, -- JSON; may be empty
  thumbnail BLOB NOT NULL -- PNG or JPEG; may be empty
) STRICT;
