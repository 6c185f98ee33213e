-- Cameras of the unified catalogue; angles in degrees, distances in metres.
CREATE TABLE cameras (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  lon_deg REAL NOT NULL,
  lat_deg REAL NOT NULL,
  height_m REAL NOT NULL,
  azimuth_deg REAL NOT NULL,
  tilt_deg REAL NOT NULL,
  fov_deg REAL NOT NULL,
  range_m REAL NOT NULL,
  is_on INTEGER NOT NULL,
  category INTEGER NOT NULL
) STRICT;

-- Recorded clips of a camera, newest first by `rank`.
CREATE TABLE clips (
  camera TEXT NOT NULL,
  rank INTEGER NOT NULL,
  path TEXT NOT NULL,
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  PRIMARY KEY (camera, rank)
) STRICT, WITHOUT ROWID;
