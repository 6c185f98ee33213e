//! Pages of channels as platforms hand them out over HTTP: `{"code":0,"data":{"total":n,"list":[…]}}` with names in camel case
//! (WVP and its relatives), and `{"total":n,"items":[…]}` with the names of the standard (our own hub).

use super::item::{CatalogueItem, GrowingItem};
use super::{Catalogue, CatalogueReader, Field, MAX_TOLD};
use crate::{Rejection, json};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// No page is longer, bytes.
const MAX_PAGE_BYTES: usize = 16 << 20;

/// A page of channels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlatformPage {
    /// Its entries, each once, and what could not be used.
    pub catalogue: Catalogue,
    /// How many entries there are on all pages, when the platform says so.
    pub total: Option<u64>,
    /// How many entries the page had, usable or not; none after the last page.
    pub entries: u64,
}

/// Reads a page. A platform's own error (`code` other than 0 and 200) is an error with its words.
pub fn platform_page(bytes: &[u8]) -> Result<PlatformPage, Rejection> {
    if bytes.len() > MAX_PAGE_BYTES {
        let reason = format!("{} bytes are more than {MAX_PAGE_BYTES}", bytes.len());
        return Err(Rejection::new("$", reason));
    }
    let value = json::parse(bytes)?;
    if let Some(code) = value.get("code").and_then(Value::as_i64)
        && !matches!(code, 0 | 200)
    {
        let told = crate::markup::shortened(json::text(&value, "msg"));
        return Err(Rejection::new(
            "$.code",
            format!("the platform says {code}: {told}"),
        ));
    }
    let (inside, path) = match value.get("data") {
        Some(data) => (data, "$.data"),
        None => (&value, "$"),
    };
    let (list, path) = list_of(inside, path)?;
    let total = inside.get("total").and_then(|total| match total {
        Value::String(text) => text.parse().ok(),
        number => number.as_u64(),
    });
    let mut items = Vec::new();
    let mut rejected = Vec::new();
    for (index, entry) in list.iter().enumerate() {
        match item_of(entry) {
            Ok(item) => items.push(item),
            Err(reason) if rejected.len() < MAX_TOLD => {
                rejected.push(Rejection::new(format!("{path}[{index}]"), reason));
            }
            Err(_told_enough) => {}
        }
    }
    let mut catalogue = CatalogueReader::with_items(items).finish();
    catalogue.rejected.splice(0..0, rejected);
    Ok(PlatformPage {
        catalogue,
        total,
        entries: list.len() as u64,
    })
}

fn list_of<'v>(inside: &'v Value, path: &str) -> Result<(&'v [Value], String), Rejection> {
    if let Value::Array(list) = inside {
        return Ok((list, path.to_owned()));
    }
    for name in ["list", "items", "records", "rows"] {
        if let Some(Value::Array(list)) = inside.get(name) {
            return Ok((list, format!("{path}.{name}")));
        }
    }
    Err(Rejection::new(path, "a list of channels is expected"))
}

fn item_of(entry: &Value) -> Result<CatalogueItem, String> {
    let Value::Object(entry) = entry else {
        return Err("an object is expected".to_owned());
    };
    let has_channel_id =
        text_in(entry, "channelId").is_some() || text_in(entry, "gbDeviceId").is_some();
    // The most telling name of each field wins, whatever the order.
    let mut best: BTreeMap<Field, (u8, String)> = BTreeMap::new();
    let mut others = Vec::new();
    for (name, value) in entry {
        let Some(text) = scalar(value) else {
            continue;
        };
        let Some((field, rank)) = known(name, has_channel_id) else {
            others.push((name, text));
            continue;
        };
        let text = match field {
            Field::Status => status_word(&text).to_owned(),
            _ => text,
        };
        let is_better = best.get(&field).is_none_or(|(own, _)| *own < rank);
        if is_better && !text.is_empty() {
            best.insert(field, (rank, text));
        }
    }
    let mut growing = GrowingItem::default();
    for (field, (_, text)) in &best {
        growing.add(field.as_str(), text)?;
    }
    for (name, text) in others {
        growing.add(name, &text)?;
    }
    growing.finish()
}

/// The field that a platform means by `name`, and how surely.
fn known(name: &str, has_channel_id: bool) -> Option<(Field, u8)> {
    let special = match name {
        "gbDeviceId" => (Field::DeviceId, 9),
        "channelId" => (Field::DeviceId, 8),
        // Beside an identity of the channel, this is the device that the channel belongs to.
        "deviceId" if has_channel_id => (Field::ParentId, 1),
        "longitudeWgs84" | "gbLongitudeWgs84" => (Field::Longitude, 9),
        "latitudeWgs84" | "gbLatitudeWgs84" => (Field::Latitude, 9),
        "manufacture" => (Field::Manufacturer, 2),
        "online" | "status" => (Field::Status, if name == "online" { 1 } else { 2 }),
        "parentDeviceId" => (Field::ParentId, 2),
        _ => (Field::Other, 0),
    };
    if special.0 != Field::Other {
        return Some(special);
    }
    if let Some(own) = name.strip_prefix("gb") {
        let field = Field::from_name(own);
        if field != Field::Other {
            return Some((field, 5));
        }
    }
    match Field::from_name(name) {
        Field::Other => None,
        field => Some((field, 4)),
    }
}

fn text_in(entry: &Map<String, Value>, name: &str) -> Option<String> {
    entry
        .get(name)
        .and_then(scalar)
        .filter(|text| !text.is_empty())
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is_so) => Some(is_so.to_string()),
        _ => None,
    }
}

/// `ON` or `OFF` for what platforms write.
fn status_word(text: &str) -> &str {
    match text {
        "true" | "1" => "ON",
        "false" | "0" => "OFF",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gb28181::cameras_of;
    use cim_model::CameraStatus;

    #[test]
    fn a_page_in_camel_case_is_read() {
        let page = platform_page(
            r#"{"code":0,"msg":"成功","data":{"total":"12","list":[
            {"id":5,"deviceId":"31010100001110000001","channelId":"31010100001320000007","name":"一号门","manufacture":"海康",
             "ptzType":1,"status":true,"longitude":0.0,"latitude":0.0,"longitudeWgs84":121.49,"latitudeWgs84":31.24,
             "civilCode":"310101","businessGroupId":"31010100002150000001","password":"secret","hasAudio":false,"tags":["x"]},
            {"gbDeviceId":"31010100001320000008","gbName":"二号门","name":"ch2","gbLongitude":121.5,"gbLatitude":31.2,"status":"OFF"},
            {"name":"nobody"}, 7]}}"#
                .as_bytes(),
        )
        .expect("a page");
        assert_eq!((page.total, page.entries), (Some(12), 4));
        let items = &page.catalogue.items;
        assert_eq!(items.len(), 2);
        assert_eq!(items[0].get(Field::Manufacturer), "海康");
        assert_eq!(items[0].parents(), ["31010100001110000001"]);
        assert_eq!(items[1].get(Field::Name), "二号门");
        assert!(!format!("{items:?}").contains("secret"));
        let places: Vec<_> = page
            .catalogue
            .rejected
            .iter()
            .map(|one| one.place.as_str())
            .collect();
        assert_eq!(places, ["$.data.list[2]", "$.data.list[3]"]);
        let (cameras, rejected) = cameras_of(&page.catalogue);
        assert_eq!((cameras.len(), rejected.len()), (2, 0));
        assert_eq!(cameras[1].status, CameraStatus::Off);
        assert!((cameras[0].position.lon_deg - 121.49).abs() < 1e-9);
    }

    #[test]
    fn a_page_with_the_names_of_the_standard_is_read() {
        let text = r#"{"total":1,"items":[{"DeviceID":"31010100001320000007","Name":"a","Longitude":121.5,"Latitude":31.2,"Status":"ON"}]}"#;
        let page = platform_page(text.as_bytes()).expect("a page");
        assert_eq!((page.total, page.catalogue.channels()), (Some(1), 1));
    }

    #[test]
    fn a_platform_that_refuses_is_heard() {
        let rejection =
            platform_page(br#"{"code":401,"msg":"log in first"}"#).expect_err("refused");
        assert!(
            rejection.reason.contains("401: log in first"),
            "{rejection:?}"
        );
        assert!(platform_page(b"{}").is_err());
        assert!(platform_page(b"<html>").is_err());
    }
}
