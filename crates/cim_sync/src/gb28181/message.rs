//! What devices tell beside their catalogue: what they are, how they are, what changed, and where they move.

use super::Field;
use super::document::Document;
use super::item::CatalogueItem;
use crate::{Rejection, iso, json};
use cim_geo::Geodetic;
use cim_model::UtcMillis;

/// Devices write local time without an offset: that of China.
const DEVICE_OFFSET: &str = "+08:00";

/// A message of a device.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// A part of a catalogue. Parts are put together by [`super::CatalogueReader`].
    Catalogue(Vec<CatalogueItem>),
    /// What a device is.
    DeviceInfo(DeviceInfo),
    /// How a device is.
    DeviceStatus(DeviceStatus),
    /// What changed in a catalogue.
    Changes(Vec<CatalogueChange>),
    /// Where a device is now.
    MobilePosition(MobilePosition),
    /// Another message, by its command.
    Other(String),
}

/// The answer to a query of `DeviceInfo`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceInfo {
    /// Its identity.
    pub device_id: String,
    /// Its name.
    pub name: String,
    /// True when the device could answer.
    pub is_ok: bool,
    /// Who made it.
    pub manufacturer: String,
    /// Which model it is.
    pub model: String,
    /// Which firmware it runs.
    pub firmware: String,
    /// How many channels it has.
    pub channels: Option<u32>,
}

/// The answer to a query of `DeviceStatus`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceStatus {
    /// Its identity.
    pub device_id: String,
    /// True when the device could answer.
    pub is_ok: bool,
    /// True when it is online.
    pub is_online: bool,
    /// True when it works as it should.
    pub is_working: bool,
    /// Why it does not.
    pub reason: String,
    /// What time it is there; China's when it does not say which.
    pub device_time: Option<UtcMillis>,
}

/// What happened to an entry of a catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CatalogueEvent {
    /// `ON`: it came online.
    On,
    /// `OFF`: it went offline.
    Off,
    /// `VLOST`: it has no picture any more.
    VideoLost,
    /// `DEFECT`: it broke.
    Defect,
    /// `ADD`: it is new.
    Add,
    /// `DEL`: it is gone.
    Delete,
    /// `UPDATE`: its fields changed.
    Update,
}

impl CatalogueEvent {
    /// What `word` means.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word.to_ascii_uppercase().as_str() {
            "ON" => Self::On,
            "OFF" => Self::Off,
            "VLOST" => Self::VideoLost,
            "DEFECT" => Self::Defect,
            "ADD" => Self::Add,
            "DEL" => Self::Delete,
            "UPDATE" => Self::Update,
            _ => return None,
        })
    }
}

/// A change of a catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueChange {
    /// What happened.
    pub event: CatalogueEvent,
    /// To what; only its identity when it is on, off or gone.
    pub item: CatalogueItem,
}

/// Where a device is now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MobilePosition {
    /// Its identity.
    pub device_id: String,
    /// When it was there.
    pub happened_at: UtcMillis,
    /// Where; height is the altitude that it tells, metres.
    pub position: Geodetic,
    /// How fast, kilometres an hour.
    pub speed_kmh: Option<f64>,
    /// Where to, degrees clockwise from north.
    pub direction_deg: Option<f64>,
}

/// Reads a message of a device, and tells what of it could not be used. An error means that nothing could.
pub fn read_message(bytes: &[u8]) -> Result<(Message, Vec<Rejection>), Rejection> {
    let mut document = Document::read(bytes)?;
    let command = document.head("CmdType").to_ascii_lowercase();
    let is_notice = document.root.eq_ignore_ascii_case("Notify");
    let message = match command.as_str() {
        "catalog" if is_notice => Message::Changes(changes_of(&mut document)),
        "catalog" => Message::Catalogue(std::mem::take(&mut document.items)),
        "deviceinfo" => Message::DeviceInfo(info_of(&document)),
        "devicestatus" => Message::DeviceStatus(status_of(&document)),
        "mobileposition" => Message::MobilePosition(position_of(&document)?),
        "" => {
            let place = format!("{}/CmdType", document.root);
            return Err(Rejection::new(place, "is mandatory and missing"));
        }
        _ => Message::Other(document.head("CmdType").to_owned()),
    };
    Ok((message, document.rejected))
}

fn changes_of(document: &mut Document) -> Vec<CatalogueChange> {
    let mut changes = Vec::new();
    for item in std::mem::take(&mut document.items) {
        if let Some(event) = CatalogueEvent::from_word(item.get(Field::Event)) {
            changes.push(CatalogueChange { event, item });
        } else {
            let told = crate::markup::shortened(item.get(Field::Event));
            let reason = format!("\"{told}\" is no event of a catalogue");
            document.refuse(Rejection::new(format!("Item {}/Event", item.id()), reason));
        }
    }
    changes
}

fn info_of(document: &Document) -> DeviceInfo {
    DeviceInfo {
        device_id: document.head("DeviceID").to_owned(),
        name: document.head("DeviceName").to_owned(),
        is_ok: document.head("Result").eq_ignore_ascii_case("OK"),
        manufacturer: document.head("Manufacturer").to_owned(),
        model: document.head("Model").to_owned(),
        firmware: document.head("Firmware").to_owned(),
        channels: document.head("Channel").parse().ok(),
    }
}

fn status_of(document: &Document) -> DeviceStatus {
    DeviceStatus {
        device_id: document.head("DeviceID").to_owned(),
        is_ok: document.head("Result").eq_ignore_ascii_case("OK"),
        is_online: document.head("Online").eq_ignore_ascii_case("ONLINE"),
        is_working: document.head("Status").eq_ignore_ascii_case("OK"),
        reason: document.head("Reason").to_owned(),
        device_time: device_moment(document.head("DeviceTime")),
    }
}

fn position_of(document: &Document) -> Result<MobilePosition, Rejection> {
    let number = |name: &str| {
        let number = document.head(name).parse::<f64>().ok();
        number.filter(|number| number.is_finite())
    };
    let refuse =
        |name: &str, reason: &str| Rejection::new(format!("{}/{name}", document.root), reason);
    let lon_deg = number("Longitude").ok_or_else(|| refuse("Longitude", "degrees are expected"))?;
    let lat_deg = number("Latitude").ok_or_else(|| refuse("Latitude", "degrees are expected"))?;
    if !json::on_earth(lon_deg, lat_deg) {
        return Err(refuse("Longitude", "not on the earth"));
    }
    let device_id = document.head("DeviceID");
    if device_id.is_empty() {
        return Err(refuse("DeviceID", "is mandatory and missing"));
    }
    Ok(MobilePosition {
        device_id: device_id.to_owned(),
        happened_at: device_moment(document.head("Time"))
            .ok_or_else(|| refuse("Time", "a moment like 2026-01-31T08:15:00 is expected"))?,
        position: Geodetic::new(lon_deg, lat_deg, number("Altitude").unwrap_or(0.0)),
        speed_kmh: number("Speed"),
        direction_deg: number("Direction"),
    })
}

fn device_moment(text: &str) -> Option<UtcMillis> {
    if text.is_empty() {
        return None;
    }
    iso::moment_of(text).or_else(|| iso::moment_of(&format!("{text}{DEVICE_OFFSET}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notify(body: &str) -> String {
        format!("<?xml version=\"1.0\"?><Notify>{body}</Notify>")
    }

    #[test]
    fn changes_of_a_catalogue_are_read_by_their_events() {
        let words = [
            "ON", "OFF", "VLOST", "DEFECT", "ADD", "DEL", "UPDATE", "EXPLODED",
        ];
        let items: Vec<String> = words
            .iter()
            .map(|word| format!("<Item><DeviceID>1</DeviceID><Event>{word}</Event></Item>"))
            .collect();
        let text = notify(&format!(
            "<CmdType>Catalog</CmdType><DeviceList>{}</DeviceList>",
            items.concat()
        ));
        let (message, rejected) = read_message(text.as_bytes()).expect("a message");
        let Message::Changes(changes) = message else {
            panic!("changes are expected");
        };
        assert_eq!(changes.len(), 7);
        assert_eq!(changes[6].event, CatalogueEvent::Update);
        assert!(rejected[0].reason.contains("EXPLODED"), "{rejected:?}");
    }

    #[test]
    fn a_moving_device_tells_its_place_in_local_time() {
        let text = notify(
            "<CmdType>MobilePosition</CmdType><DeviceID>31010100001320000001</DeviceID><Time>1970-01-01T08:00:01</Time>\
            <Longitude>121.5</Longitude><Latitude>31.2</Latitude><Speed>36</Speed><Direction>90</Direction><Altitude>4</Altitude>",
        );
        let (message, _) = read_message(text.as_bytes()).expect("a message");
        let Message::MobilePosition(place) = message else {
            panic!("a position is expected");
        };
        assert_eq!(place.happened_at, UtcMillis(1000));
        assert_eq!(place.position, Geodetic::new(121.5, 31.2, 4.0));
        assert_eq!(
            (place.speed_kmh, place.direction_deg),
            (Some(36.0), Some(90.0))
        );
        let lost = text.replace("121.5", "?");
        let rejection = read_message(lost.as_bytes()).expect_err("no place");
        assert_eq!(rejection.place, "Notify/Longitude");
    }

    #[test]
    fn a_message_without_a_command_is_refused() {
        assert!(read_message(b"<Response><SN>1</SN></Response>").is_err());
        let (message, _) =
            read_message(b"<Notify><CmdType>Keepalive</CmdType></Notify>").expect("a message");
        assert_eq!(message, Message::Other("Keepalive".to_owned()));
    }
}
