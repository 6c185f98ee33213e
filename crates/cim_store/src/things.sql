-- Sensing devices as the hub last listed them; positions WGS 84 degrees and metres above ground.
CREATE TABLE things (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  kind TEXT NOT NULL,
  lon_deg REAL NOT NULL,
  lat_deg REAL NOT NULL,
  height_m REAL NOT NULL,
  properties TEXT NOT NULL -- JSON: [["key", "value"], …]
) STRICT;
