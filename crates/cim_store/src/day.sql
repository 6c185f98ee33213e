-- One UTC day of history. Times are UTC milliseconds; blobs are checksummed by whoever encodes them.

-- Frames of observations as they came, until they are in chunks.
CREATE TABLE log (
  seq INTEGER PRIMARY KEY,
  rows BLOB NOT NULL
) STRICT;

-- Column chunks: the values of a group of series in [t0, t1). A rowid table, because blobs of tens of kilobytes in the leaves of an
-- index would make every seek walk through them.
CREATE TABLE chunk (
  grp INTEGER NOT NULL,
  t0 INTEGER NOT NULL,
  t1 INTEGER NOT NULL,
  n INTEGER NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX chunk_key ON chunk (grp, t0);
-- Spans without touching a blob.
CREATE INDEX chunk_span ON chunk (grp, t0, t1);

-- One-minute aggregates of a group in an hour. Derived: an absent row is made again.
CREATE TABLE minute (
  grp INTEGER NOT NULL,
  hour INTEGER NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX minute_key ON minute (grp, hour);

-- How many observations of all series fell into each minute; t is the minute's start.
CREATE TABLE activity (
  t INTEGER PRIMARY KEY,
  n INTEGER NOT NULL
) STRICT;

-- Chunks that could not be read, as they were found, with the reason.
CREATE TABLE damaged (
  grp INTEGER NOT NULL,
  t0 INTEGER NOT NULL,
  t1 INTEGER NOT NULL,
  n INTEGER NOT NULL,
  why TEXT NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
