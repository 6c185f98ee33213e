//! Locations found by their geometry, where the database has PostGIS.

use super::failed;
use super::postgres::PostgresStore;
use crate::error::HubError;
use serde_json::Value;
use sqlx::{Postgres, Row, postgres::PgRow};

/// How a location's geometry stands to a shape (OGC 18-088, table 12).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Nearness {
    /// `st_within`: it lies inside.
    Within,
    /// `st_intersects`: they share a point.
    Intersects,
    /// `geo.distance(…) lt`: it is nearer than this, in degrees, the unit of the coordinates.
    NearerThan(f64),
}

impl PostgresStore {
    pub(super) async fn locations_matching(
        &self,
        nearness: Nearness,
        shape: &Value,
    ) -> Result<Option<Vec<i64>>, HubError> {
        if !self.has_postgis() {
            return Ok(None);
        }
        // Each test has a form that the GiST index answers.
        let sql = match nearness {
            Nearness::Within => {
                "SELECT id FROM hub_places
                 WHERE ST_Within(geom, ST_SetSRID(ST_GeomFromGeoJSON($1), 4326)) ORDER BY id"
            }
            Nearness::Intersects => {
                "SELECT id FROM hub_places
                 WHERE ST_Intersects(geom, ST_SetSRID(ST_GeomFromGeoJSON($1), 4326)) ORDER BY id"
            }
            Nearness::NearerThan(_) => {
                "SELECT id FROM hub_places
                 WHERE ST_DWithin(geom, ST_SetSRID(ST_GeomFromGeoJSON($1), 4326), $2)
                     AND ST_Distance(geom, ST_SetSRID(ST_GeomFromGeoJSON($1), 4326)) < $2 ORDER BY id"
            }
        };
        let mut query = sqlx::query::<Postgres>(sql).bind(shape.to_string());
        if let Nearness::NearerThan(degrees) = nearness {
            query = query.bind(degrees);
        }
        query
            .try_map(|row: PgRow| row.try_get(0))
            .fetch_all(self.reading())
            .await
            .map(Some)
            .map_err(failed("looking for places"))
    }
}
