-- How many observations of all datastreams fell into each minute; `t` is the minute's start, UTC milliseconds.
CREATE TABLE activity (
  t INTEGER PRIMARY KEY,
  n INTEGER NOT NULL
) STRICT;
