-- Events with both their times: when they happened, and when the hub came to know of them.
CREATE TABLE events (
  id TEXT PRIMARY KEY NOT NULL,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  category TEXT NOT NULL,
  level TEXT NOT NULL,
  status TEXT NOT NULL,
  lon_deg REAL NOT NULL,
  lat_deg REAL NOT NULL,
  height_m REAL NOT NULL,
  happened_at INTEGER NOT NULL,
  known_at INTEGER NOT NULL,
  source TEXT NOT NULL
) STRICT;
