//! The cameras of a catalogue that can be put on a map.

use super::{Catalogue, CatalogueItem, Field, MAX_TOLD};
use crate::{Rejection, json};
use cim_geo::Geodetic;
use cim_model::{Camera, CameraId, CameraStatus};

/// Where a camera looks when its catalogue does not say: level, a usual lens, as far as a street is wide.
const USUAL_FOV_DEG: f64 = 60.0;
const USUAL_RANGE_M: f64 = 80.0;
const USUAL_HEIGHT_M: f64 = 6.0;

/// The cameras of `catalogue`, each once, and which of them have no usable place: the first hundred by name, then their number.
/// Longitude and latitude 0, 0 mean that a device does not know where it is.
pub fn cameras_of(catalogue: &Catalogue) -> (Vec<Camera>, Vec<Rejection>) {
    let mut cameras = Vec::new();
    let mut rejected = Vec::new();
    let mut untold = 0_u64;
    for item in catalogue.items.iter().filter(|item| item.is_channel()) {
        match camera_of(item) {
            Ok(camera) => cameras.push(camera),
            Err(reason) if rejected.len() < MAX_TOLD => {
                rejected.push(Rejection::new(format!("Item {}", item.id()), reason));
            }
            Err(_told_as_a_number) => untold += 1,
        }
    }
    if untold > 0 {
        let reason = format!("{untold} more cameras have no place");
        rejected.push(Rejection::new("DeviceList", reason));
    }
    (cameras, rejected)
}

/// The camera that `item` describes, with usual values where it does not say; an error says why it has no place.
pub fn camera_of(item: &CatalogueItem) -> Result<Camera, &'static str> {
    let place = (item.number(Field::Longitude), item.number(Field::Latitude));
    let (Some(lon_deg), Some(lat_deg)) = place else {
        return Err("Longitude and Latitude: degrees are expected");
    };
    if !json::on_earth(lon_deg, lat_deg) {
        return Err("Longitude and Latitude: not on the earth");
    }
    if lon_deg.abs() < f64::EPSILON && lat_deg.abs() < f64::EPSILON {
        return Err("Longitude and Latitude: 0, 0 is no place");
    }
    let name = match item.get(Field::Name) {
        "" => item.id(),
        name => name,
    };
    let positive = |field: Field| item.number(field).filter(|number| *number > 0.0);
    Ok(Camera {
        id: CameraId::new(item.id()),
        name: name.to_owned(),
        position: Geodetic::new(lon_deg, lat_deg, USUAL_HEIGHT_M),
        azimuth_deg: azimuth_deg(item.get(Field::DirectionType)),
        tilt_deg: 0.0,
        fov_deg: positive(Field::HorizontalFieldAngle)
            .unwrap_or(USUAL_FOV_DEG)
            .clamp(1.0, 360.0),
        range_m: positive(Field::MaxViewDistance).unwrap_or(USUAL_RANGE_M),
        status: status_of(item.get(Field::Status)),
        category: match item.get(Field::PointType) {
            "1" => 1,
            "2" => 2,
            "3" => 3,
            _ => 0,
        },
        clips: Vec::new(),
    })
}

/// Where a camera looks, by its 监视方位; north when it does not say.
fn azimuth_deg(direction: &str) -> f64 {
    match direction {
        "1" => 90.0,
        "2" => 270.0,
        "3" => 180.0,
        "5" => 135.0,
        "6" => 45.0,
        "7" => 225.0,
        "8" => 315.0,
        _ => 0.0,
    }
}

/// `ON` by the standard; devices write `Online`, `OK` and `1` too. A camera that does not say is taken to deliver.
fn status_of(word: &str) -> CameraStatus {
    let is_off = [
        "OFF",
        "OFFLINE",
        "VLOST",
        "DEFECT",
        "DEL",
        "0",
        "FALSE",
        "NOTONLINE",
    ]
    .iter()
    .any(|off| off.eq_ignore_ascii_case(word));
    if is_off {
        CameraStatus::Off
    } else {
        CameraStatus::On
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gb28181::catalogue_xml;

    fn catalogue(items: &str) -> Catalogue {
        let text = format!(
            "<Response><CmdType>Catalog</CmdType><SN>1</SN><SumNum>9</SumNum><DeviceList>{items}</DeviceList></Response>"
        );
        catalogue_xml(text.as_bytes()).expect("a catalogue")
    }

    #[test]
    fn a_camera_looks_where_its_catalogue_says() {
        let (cameras, rejected) = cameras_of(&catalogue(
            "<Item><DeviceID>31010100001320000001</DeviceID><Name>外滩</Name><Status>OFF</Status><Longitude>121.49</Longitude>\
            <Latitude>31.24</Latitude><Info><DirectionType>6</DirectionType><HorizontalFieldAngle>75</HorizontalFieldAngle>\
            <MaxViewDistance>200</MaxViewDistance><PointType>2</PointType></Info></Item>",
        ));
        assert_eq!(rejected, []);
        let camera = &cameras[0];
        assert_eq!(
            (camera.name.as_str(), camera.status, camera.category),
            ("外滩", CameraStatus::Off, 2)
        );
        let looks = [camera.azimuth_deg, camera.fov_deg, camera.range_m];
        assert_eq!(looks.map(|number| number.round() as i32), [45, 75, 200]);
    }

    #[test]
    fn groups_are_no_cameras_and_cameras_without_a_place_are_told() {
        let (cameras, rejected) = cameras_of(&catalogue(
            "<Item><DeviceID>310101</DeviceID><Longitude>1</Longitude><Latitude>1</Latitude></Item>\
            <Item><DeviceID>31010100002150000001</DeviceID></Item>\
            <Item><DeviceID>31010100001310000001</DeviceID><Longitude>0</Longitude><Latitude>0.0</Latitude></Item>\
            <Item><DeviceID>31010100001310000002</DeviceID><Longitude>east</Longitude><Latitude>1</Latitude></Item>\
            <Item><DeviceID>31010100001310000003</DeviceID><Longitude>181</Longitude><Latitude>1</Latitude></Item>",
        ));
        assert_eq!(cameras, []);
        let places: Vec<_> = rejected.iter().map(|one| one.place.as_str()).collect();
        assert_eq!(
            places,
            [
                "Item 31010100001310000001",
                "Item 31010100001310000002",
                "Item 31010100001310000003"
            ]
        );
    }
}
