//! The tables, in both engines. A newer program adds tables, columns and indexes, and never changes what is there, so
//! that an older program can still open the file.

/// Version of the tables that this program makes.
pub(super) const VERSION: i64 = 2;

/// What every SQLite file has, whatever its age.
pub(super) const SQLITE: &str = "
CREATE TABLE IF NOT EXISTS entities (
    kind TEXT NOT NULL,
    id INTEGER NOT NULL,
    body TEXT NOT NULL,
    links TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (kind, id)
);
CREATE TABLE IF NOT EXISTS observations (
    id INTEGER PRIMARY KEY,
    ds INTEGER NOT NULL,
    t INTEGER NOT NULL,
    value REAL,
    result TEXT,
    detail TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS observation_once ON observations (ds, t, value);
CREATE INDEX IF NOT EXISTS observation_by_time ON observations (t);
CREATE TABLE IF NOT EXISTS cameras (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS events (
    id TEXT PRIMARY KEY,
    known_at INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS event_by_known ON events (known_at);
CREATE TABLE IF NOT EXISTS settings (
    key TEXT PRIMARY KEY,
    value INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS id_runs (
    kind TEXT PRIMARY KEY,
    last INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    known_at INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
);
CREATE TABLE IF NOT EXISTS ledger_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch TEXT NOT NULL,
    seq INTEGER NOT NULL,
    chain TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS changes (
    seq INTEGER PRIMARY KEY,
    chain TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    known_at INTEGER NOT NULL,
    body TEXT NOT NULL,
    meta TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS facts (
    id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    desk TEXT NOT NULL,
    object TEXT NOT NULL,
    ordered_at INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS fact_by_object ON facts (object);
INSERT OR IGNORE INTO ledger_head (one, epoch, seq, chain)
    SELECT 1, made.epoch, 0, made.epoch FROM (SELECT lower(hex(randomblob(8))) AS epoch LIMIT 1) AS made;
";

/// Brings a file of version 1 to version 2: texts are stored once too, and closed events are known without reading
/// them.
pub(super) const SQLITE_TO_2: &str = "
BEGIN IMMEDIATE;
DELETE FROM observations WHERE value IS NULL AND id NOT IN (
    SELECT min(id) FROM observations WHERE value IS NULL GROUP BY ds, t, coalesce(result, '')
);
CREATE UNIQUE INDEX observation_text_once ON observations (ds, t, coalesce(result, '')) WHERE value IS NULL;
ALTER TABLE events ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;
UPDATE events SET closed = 1 WHERE body ->> 'status' = 'closed';
PRAGMA user_version = 2;
COMMIT;
";

/// The tables of PostgreSQL. Run inside a transaction that holds the lock of [`LOCK`].
///
/// `observation_once` serves the questions about one series, `observation_by_time` those about a stretch of time, and
/// `observation_by_id` is a small summary: ids rise with the order of arrival. A result that is no number is hashed,
/// since an index entry has a limit.
pub(super) const POSTGRES: &str = "
CREATE TABLE IF NOT EXISTS schema_versions (
    version bigint PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS entities (
    kind text NOT NULL,
    id bigint NOT NULL,
    body text NOT NULL,
    links text NOT NULL DEFAULT '{}',
    PRIMARY KEY (kind, id)
);
CREATE SEQUENCE IF NOT EXISTS observation_ids CACHE 1024;
CREATE TABLE IF NOT EXISTS observations (
    id bigint NOT NULL DEFAULT nextval('observation_ids'),
    ds bigint NOT NULL,
    t bigint NOT NULL,
    value double precision,
    result text,
    detail text
) PARTITION BY RANGE (t);
CREATE UNIQUE INDEX IF NOT EXISTS observation_once ON observations (ds, t, value);
CREATE UNIQUE INDEX IF NOT EXISTS observation_text_once
    ON observations (ds, t, md5(coalesce(result, ''))) WHERE value IS NULL;
CREATE INDEX IF NOT EXISTS observation_by_time ON observations (t);
CREATE INDEX IF NOT EXISTS observation_by_id ON observations USING brin (id) WITH (pages_per_range = 16);
CREATE TABLE IF NOT EXISTS observations_rest PARTITION OF observations DEFAULT;
CREATE TABLE IF NOT EXISTS cameras (
    id text PRIMARY KEY,
    body text NOT NULL
);
CREATE TABLE IF NOT EXISTS events (
    id text PRIMARY KEY,
    known_at bigint NOT NULL,
    body text NOT NULL,
    closed bigint NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS event_by_known ON events (known_at);
CREATE TABLE IF NOT EXISTS settings (
    key text PRIMARY KEY,
    value bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS id_runs (
    kind text PRIMARY KEY,
    last bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS documents (
    kind text NOT NULL,
    key text NOT NULL,
    body text NOT NULL,
    known_at bigint NOT NULL,
    PRIMARY KEY (kind, key)
);
CREATE TABLE IF NOT EXISTS ledger_head (
    one bigint PRIMARY KEY CHECK (one = 1),
    epoch text NOT NULL,
    seq bigint NOT NULL,
    chain text NOT NULL
);
CREATE TABLE IF NOT EXISTS changes (
    seq bigint PRIMARY KEY,
    chain text NOT NULL,
    kind text NOT NULL,
    id text NOT NULL,
    known_at bigint NOT NULL,
    body text NOT NULL,
    meta text NOT NULL
);
CREATE TABLE IF NOT EXISTS facts (
    id text PRIMARY KEY,
    seq bigint NOT NULL,
    desk text NOT NULL,
    object text NOT NULL,
    ordered_at bigint NOT NULL,
    body text NOT NULL
);
CREATE INDEX IF NOT EXISTS fact_by_object ON facts (object);
INSERT INTO ledger_head (one, epoch, seq, chain)
    SELECT 1, made.epoch, 0, made.epoch FROM (SELECT left(md5(gen_random_uuid()::text), 16) AS epoch OFFSET 0) AS made
    ON CONFLICT DO NOTHING;
INSERT INTO schema_versions (version) VALUES (2) ON CONFLICT DO NOTHING;
";

/// Holds the geometry of locations, kept by a trigger; a location whose GeoJSON PostGIS refuses has none. Other
/// programs (QGIS) can show this table.
pub(super) const POSTGIS: &str = "
CREATE OR REPLACE FUNCTION hub_geometry(body text) RETURNS geometry LANGUAGE plpgsql IMMUTABLE AS $hub$
DECLARE place json;
BEGIN
    place := body::json -> 'location';
    IF place ->> 'type' = 'Feature' THEN
        place := place -> 'geometry';
    END IF;
    RETURN ST_Force2D(ST_SetSRID(ST_GeomFromGeoJSON(place::text), 4326));
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END
$hub$;
CREATE TABLE IF NOT EXISTS hub_places (
    id bigint PRIMARY KEY,
    geom geometry(Geometry, 4326)
);
CREATE INDEX IF NOT EXISTS hub_place_by_geometry ON hub_places USING gist (geom);
CREATE OR REPLACE FUNCTION hub_keep_place() RETURNS trigger LANGUAGE plpgsql AS $hub$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM hub_places WHERE id = OLD.id AND OLD.kind = 'Locations';
        RETURN NULL;
    END IF;
    IF NEW.kind = 'Locations' THEN
        INSERT INTO hub_places (id, geom) VALUES (NEW.id, hub_geometry(NEW.body))
            ON CONFLICT (id) DO UPDATE SET geom = excluded.geom;
    END IF;
    RETURN NULL;
END
$hub$;
DROP TRIGGER IF EXISTS hub_places_follow ON entities;
CREATE TRIGGER hub_places_follow AFTER INSERT OR UPDATE OR DELETE ON entities
    FOR EACH ROW EXECUTE FUNCTION hub_keep_place();
INSERT INTO hub_places (id, geom) SELECT id, hub_geometry(body) FROM entities WHERE kind = 'Locations'
    ON CONFLICT (id) DO NOTHING;
";

/// The advisory lock under which tables are made.
pub(super) const LOCK: i64 = 0x6369_6d5f_6875_6201;
/// The advisory lock under which partitions are made and dropped.
pub(super) const PARTITION_LOCK: i64 = 0x6369_6d5f_6875_6202;
/// The advisory lock under which one process at a time thins.
pub(super) const THIN_LOCK: i64 = 0x6369_6d5f_6875_6203;
