-- Series of things. `id` is ours and dense, so that a stored value costs little; `uid` is the hub's own identity.
CREATE TABLE datastreams (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  thing TEXT NOT NULL,
  name TEXT NOT NULL,
  observed_property TEXT NOT NULL,
  unit TEXT NOT NULL,
  period_s REAL NOT NULL,
  above_medium REAL,
  above_high REAL,
  above_critical REAL,
  below_medium REAL,
  below_high REAL
) STRICT;
