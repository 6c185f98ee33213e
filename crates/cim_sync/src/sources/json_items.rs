//! GeoJSON (RFC 7946), pages of OGC API Features (17-069r4), and any other JSON with a list of records in it.

use super::{
    Mapping, Parsed,
    gather::{Asked, Gather},
    mapping::{Cell, Record},
    parsed::is_too_deep,
};
use crate::{Rejection, json};
use cim_model::UtcMillis;
use serde_json::Value;

/// Reads a document with features or other records: `FeatureCollection`, a single `Feature`, a bare list, or a list that the
/// mapping points at. Without a mapping every feature is a device of kind "other".
///
/// `source` prefixes every identity; `period_s` is how often news is promised; `now` is when it arrived.
pub fn read_features(
    bytes: &[u8],
    mapping: &Mapping,
    source: &str,
    period_s: f64,
    now: UtcMillis,
) -> Result<Parsed, Rejection> {
    let asked = Asked {
        source,
        period_s,
        now,
    };
    let value = value_of(bytes, mapping)?;
    let (items, place) = items_of(&value, mapping)?;
    let mut gather = Gather::new(asked, mapping);
    for (index, item) in items.iter().enumerate() {
        if !gather.take(&Item(item), &format!("{place}[{index}]")) {
            break;
        }
    }
    let mut parsed = gather.parsed;
    parsed.next = next_of(&value, mapping);
    Ok(parsed)
}

/// The JSON in `bytes`, in whatever encoding the mapping says, unless it is nested too deeply.
pub(crate) fn value_of(bytes: &[u8], mapping: &Mapping) -> Result<Value, Rejection> {
    if is_too_deep(bytes) {
        return Err(Rejection::new("$", "nested too deeply"));
    }
    json::parse(mapping.encoding.decode(bytes).as_bytes())
}

fn items_of<'v>(value: &'v Value, mapping: &Mapping) -> Result<(&'v [Value], String), Rejection> {
    if !mapping.items.is_empty() {
        let found = value.pointer(&mapping.items);
        let list = found
            .and_then(Value::as_array)
            .ok_or_else(|| Rejection::new(mapping.items.clone(), "a list is expected there"))?;
        return Ok((list.as_slice(), mapping.items.clone()));
    }
    if let Some(features) = value.get("features") {
        let list = features
            .as_array()
            .ok_or_else(|| Rejection::new("$.features", "a list is expected"))?;
        return Ok((list.as_slice(), "$.features".to_owned()));
    }
    if let Value::Array(list) = value {
        return Ok((list.as_slice(), "$".to_owned()));
    }
    if value.is_object() {
        return Ok((std::slice::from_ref(value), "$".to_owned()));
    }
    Err(Rejection::new("$", "features or a list are expected"))
}

/// The address of the next page: where the mapping says, or the link called `next`.
pub(crate) fn next_of(value: &Value, mapping: &Mapping) -> Option<String> {
    if !mapping.next.is_empty() {
        let next = value.pointer(&mapping.next)?.as_str()?;
        return Some(next.to_owned()).filter(|next| !next.is_empty());
    }
    let links = value.get("links")?.as_array()?;
    let next = links
        .iter()
        .find(|link| link.get("rel").and_then(Value::as_str) == Some("next"))?;
    next.get("href").and_then(Value::as_str).map(str::to_owned)
}

/// A JSON record.
pub(crate) struct Item<'v>(pub(crate) &'v Value);

impl Item<'_> {
    fn properties(&self) -> &Value {
        self.0.get("properties").unwrap_or(self.0)
    }
}

impl Record for Item<'_> {
    fn cell(&self, name: &str) -> Option<Cell<'_>> {
        let found = if name.starts_with('/') {
            self.0.pointer(name)
        } else {
            self.properties().get(name).or_else(|| self.0.get(name))
        };
        Cell::of_json(found?)
    }

    fn point(&self) -> Option<[f64; 3]> {
        point_of(self.0.get("geometry")?)
    }

    fn own_id(&self) -> Option<String> {
        json::identity(self.0, "id").or_else(|| json::identity(self.properties(), "id"))
    }

    fn own_name(&self) -> Option<String> {
        let name = json::text(self.properties(), "name");
        (!name.is_empty()).then(|| name.to_owned())
    }

    fn own_lines(&self) -> Vec<(String, String)> {
        let fields = self.0.get("properties").and_then(Value::as_object);
        let line = |(key, value): (&String, &Value)| {
            Some((key.clone(), Cell::of_json(value)?.into_text()?))
        };
        fields
            .map(|fields| fields.iter().filter_map(line).collect())
            .unwrap_or_default()
    }
}

/// A point to stand for a geometry: itself, or the middle of its extent.
fn point_of(geometry: &Value) -> Option<[f64; 3]> {
    let mut extent = Extent::default();
    match geometry.get("geometries").and_then(Value::as_array) {
        Some(parts) => {
            for part in parts {
                extent.add(part.get("coordinates")?);
            }
        }
        None => extent.add(geometry.get("coordinates")?),
    }
    extent.middle()
}

/// The box around coordinates, longitude and latitude, and the first height.
#[derive(Default)]
struct Extent {
    bounds: Option<[f64; 4]>,
    height_m: Option<f64>,
}

impl Extent {
    /// Adds coordinates, nested as deeply as the document allows.
    fn add(&mut self, coordinates: &Value) {
        let Some(list) = coordinates.as_array() else {
            return;
        };
        let at = |index: usize| list.get(index).and_then(Value::as_f64);
        if let (Some(lon), Some(lat)) = (at(0), at(1)) {
            self.height_m = self.height_m.or_else(|| at(2));
            let [west, south, east, north] = self.bounds.unwrap_or([lon, lat, lon, lat]);
            self.bounds = Some([west.min(lon), south.min(lat), east.max(lon), north.max(lat)]);
            return;
        }
        for inner in list {
            self.add(inner);
        }
    }

    fn middle(&self) -> Option<[f64; 3]> {
        let [west, south, east, north] = self.bounds?;
        Some([
            f64::midpoint(west, east),
            f64::midpoint(south, north),
            self.height_m.unwrap_or_default(),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::read_mapping;

    const NOW: UtcMillis = UtcMillis(1_767_225_600_000);

    const TWO: &str = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","id":9007199254740993,"geometry":{"type":"Point","coordinates":[121.5,31.24,4]},
         "properties":{"name":"泵站","level":"1.25","ts":1767225540,"city":{"a":1}}},
        {"type":"Feature","id":"b","geometry":{"type":"Polygon","coordinates":[[[1,2],[3,2],[3,6],[1,6],[1,2]]]},
         "properties":{"level":"wet"}},
        {"type":"Feature","properties":{}},
        {"type":"Feature","id":"c","geometry":{"type":"Point","coordinates":[500,0]},"properties":null}],
        "links":[{"rel":"self","href":"x"},{"rel":"next","href":"/items?offset=4"}]}"#;

    fn read(text: &str, mapping: &Mapping) -> Parsed {
        read_features(text.as_bytes(), mapping, "src", 60.0, NOW).expect("readable")
    }

    #[test]
    fn features_without_a_mapping_are_devices_and_broken_ones_are_named() {
        let parsed = read(TWO, &Mapping::default());
        let things: Vec<(&str, &str)> = parsed
            .things
            .iter()
            .map(|thing| (thing.id.as_str(), thing.name.as_str()))
            .collect();
        assert_eq!(things, [("src:9007199254740993", "泵站"), ("src:b", "b")]);
        let middle = parsed.things[1].position;
        assert!((middle.lon_deg - 2.0).abs() < 1e-12 && (middle.lat_deg - 4.0).abs() < 1e-12);
        assert!((parsed.things[0].position.height_m - 4.0).abs() < 1e-12);
        let places: Vec<&str> = parsed.rejected.iter().map(|r| r.place.as_str()).collect();
        assert_eq!(places, ["$.features[2] id", "$.features[3] position"]);
        assert_eq!(parsed.next.as_deref(), Some("/items?offset=4"));
    }

    #[test]
    fn values_are_taken_by_the_mapping_and_what_is_no_number_is_rejected() {
        let text = "[[series]]\nproperty = \"level\"\nvalue = \"/properties/level\"\ntime = \"/properties/ts\"\ntime_format = \"unix_s\"\nscale = 100";
        let mapping = read_mapping(text, "m").expect("a mapping");
        let parsed = read(TWO, &mapping);
        assert_eq!(parsed.observations.len(), 1);
        let one = &parsed.observations[0];
        assert_eq!(one.datastream.as_str(), "src:9007199254740993:level");
        assert_eq!(one.happened_at, UtcMillis(1_767_225_540_000));
        assert!((one.value - 125.0).abs() < 1e-9);
        assert!(
            parsed
                .rejected
                .iter()
                .any(|r| r.place == "$.features[1] level")
        );
    }

    #[test]
    fn coordinates_of_web_maps_are_turned_back_at_the_edge() {
        let text = r#"[{"id":1,"geometry":{"type":"Point","coordinates":[121.5,31.24]}}]"#;
        let shifted = Mapping {
            frame: crate::sources::Frame::Gcj02,
            ..Mapping::default()
        };
        let east_m = (read(text, &Mapping::default()).things[0].position.lon_deg
            - read(text, &shifted).things[0].position.lon_deg)
            * 95_000.0;
        assert!((300.0..600.0).contains(&east_m), "{east_m}");
    }

    #[test]
    fn a_document_that_is_nested_too_deeply_is_refused() {
        let text = "[".repeat(100_000);
        let rejection = read_features(text.as_bytes(), &Mapping::default(), "s", 1.0, NOW)
            .expect_err("too deep");
        assert_eq!(rejection.reason, "nested too deeply");
    }
}
