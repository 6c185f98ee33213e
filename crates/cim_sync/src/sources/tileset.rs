//! What a `tileset.json` (OGC 3D Tiles 1.0 and 1.1) says of itself. Drawing it is `cim_tiles`' business.

use super::parsed::is_too_deep;
use crate::{Rejection, json};
use serde_json::Value;

/// How many tiles are looked through.
const MAX_TILES: usize = 1_000_000;

/// What a tileset says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TilesetFacts {
    /// Version of the format.
    pub version: String,
    /// Version of the content, when it says.
    pub edition: String,
    /// Tiles in this document; those of implicit and nested tilesets are not among them.
    pub tiles: u64,
    /// Addresses of content, relative to the document.
    pub contents: u64,
    /// The first of them.
    pub first_content: Option<String>,
    /// Error of the whole when nothing is drawn, metres.
    pub geometric_error_m: f64,
}

/// Reads the document `bytes`.
pub fn read_tileset(bytes: &[u8]) -> Result<TilesetFacts, Rejection> {
    // Two brackets a level: some thirty levels of tiles, more than a tileset from the house down to the brick has.
    if is_too_deep(bytes) {
        return Err(Rejection::new("$.root", "nested too deeply"));
    }
    let value = json::parse(bytes)?;
    let asset = value.get("asset").unwrap_or(&Value::Null);
    let version = json::required_text(asset, "version", "$.asset")?;
    if !matches!(version, "0.0" | "1.0" | "1.1") {
        return Err(Rejection::new(
            "$.asset.version",
            format!("1.0 or 1.1 is expected, not {version}"),
        ));
    }
    let root = value
        .get("root")
        .filter(|root| root.is_object())
        .ok_or_else(|| Rejection::new("$.root", "a tile is expected"))?;
    let mut facts = TilesetFacts {
        version: version.to_owned(),
        edition: json::text(asset, "tilesetVersion").to_owned(),
        geometric_error_m: json::number(&value, "geometricError")
            .ok_or_else(|| Rejection::new("$.geometricError", "a number of metres is expected"))?,
        ..TilesetFacts::default()
    };
    let mut waiting = vec![root];
    while let Some(tile) = waiting.pop() {
        facts.tiles += 1;
        let many = tile.get("contents").and_then(Value::as_array);
        for content in tile
            .get("content")
            .into_iter()
            .chain(many.into_iter().flatten())
        {
            let uri = json::text(content, "uri");
            let uri = if uri.is_empty() {
                json::text(content, "url")
            } else {
                uri
            };
            facts.contents += 1;
            if facts.first_content.is_none() && !uri.is_empty() {
                facts.first_content = Some(uri.to_owned());
            }
        }
        let children = tile.get("children").and_then(Value::as_array);
        waiting.extend(children.into_iter().flatten());
        if waiting.len() > MAX_TILES {
            return Err(Rejection::new(
                "$.root",
                "more tiles than are looked through",
            ));
        }
    }
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tileset_is_counted() {
        let text = r#"{"asset":{"version":"1.1","tilesetVersion":"e7"},"geometricError":500,
            "root":{"content":{"uri":"a.glb"},"children":[{"contents":[{"uri":"b.glb"},{"uri":"c.glb"}]},{}]}}"#;
        let facts = read_tileset(text.as_bytes()).expect("a tileset");
        assert_eq!((facts.tiles, facts.contents), (3, 3));
        assert_eq!(facts.first_content.as_deref(), Some("a.glb"));
        assert_eq!(
            (facts.version.as_str(), facts.edition.as_str()),
            ("1.1", "e7")
        );
    }

    #[test]
    fn what_is_no_tileset_is_named() {
        for (text, place) in [
            ("{}", "$.asset.version"),
            (r#"{"asset":{"version":"9"}}"#, "$.asset.version"),
            (
                r#"{"asset":{"version":"1.0"},"geometricError":1}"#,
                "$.root",
            ),
            (
                r#"{"asset":{"version":"1.0"},"root":{}}"#,
                "$.geometricError",
            ),
        ] {
            assert_eq!(
                read_tileset(text.as_bytes()).expect_err("none").place,
                place
            );
        }
    }
}
