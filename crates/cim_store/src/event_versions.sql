-- Every version of every event that the desk has heard of. `known_at` tells when the hub knew it so.
CREATE TABLE event_versions (
  id TEXT NOT NULL,
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
  source TEXT NOT NULL,
  PRIMARY KEY (id, known_at, status)
) STRICT;

CREATE INDEX event_versions_by_known_at ON event_versions (known_at, id);

-- What there is becomes each event's first version.
INSERT INTO event_versions (id, title, description, category, level, status, lon_deg, lat_deg, height_m, happened_at, known_at, source)
SELECT id, title, description, category, level, status, lon_deg, lat_deg, height_m, happened_at, known_at, source FROM events;
