//! The card of what is selected: who it is, what it says at the moment shown, who sees it, what else is known.

use crate::{
    city::Feature,
    colouring::unit_of,
    convert::{camera_dto, limit_lines},
    error::AppError,
    live::Live,
    texts::{attribute_label, standing_mark, text},
    wire::{Card, NearCameraDto, NearSightDto, OriginDto, RelatedDto, SeriesDto, Target},
};
use cim_geo::Geodetic;
use cim_model::{Camera, CameraStatus, Event, Thing, UtcMillis};
use cim_tiles::Catalogue;
use cim_video::region_of;

/// How many cameras a card lists.
const MAX_CAMERAS: usize = 4;

/// How far a camera may be to be listed, metres.
const CAMERA_REACH_M: f64 = 400.0;

/// How many attributes a card lists; the rest of a source's tags is left out.
const MAX_ATTRIBUTES: usize = 60;

/// How much of the picture a device deserves when somebody flies there, metres.
const DEVICE_SIZE_M: f64 = 200.0;

/// The same for an event.
const EVENT_SIZE_M: f64 = 300.0;

/// Tags that the card shows in its own words, or that only drew the source's map.
const HIDDEN_TAGS: [&str; 27] = [
    "addr:city",
    "addr:country",
    "addr:housenumber",
    "addr:postcode",
    "addr:street",
    "area",
    "building",
    "building:levels",
    "building:part",
    "collision_rank",
    "height",
    "highway",
    "id",
    "kind",
    "kind_detail",
    "kind_tile_rank",
    "label_placement",
    "landuse_kind",
    "max_zoom",
    "min_height",
    "min_zoom",
    "name",
    "population_rank",
    "scale_rank",
    "sort_rank",
    "source",
    "type",
];

/// How many related features a card lists.
const MAX_RELATED: usize = 30;

/// True for a tag that the card shows in its own words, or that only drew the source's map.
pub(crate) fn is_drawing_tag(key: &str) -> bool {
    HIDDEN_TAGS.contains(&key) || key.starts_with("name:")
}

/// The card of `target` at the moment shown.
pub(crate) fn card(live: &Live, target: &Target, now: UtcMillis) -> Result<Card, AppError> {
    let found = match target {
        Target::Thing { id } => live
            .state
            .thing_row(id)
            .and_then(|row| thing_card(live, row, now)),
        Target::Camera { id } => camera_of(live, id).map(|camera| camera_card(live, camera)),
        Target::Event { id } => event_of(live, id).map(|event| event_card(live, event)),
        Target::Feature { id } => feature_of(live, id).map(|feature| feature_card(live, feature)),
    };
    let (what, id) = match target {
        Target::Thing { id } => ("device", id),
        Target::Camera { id } => ("camera", id),
        Target::Event { id } => ("event", id),
        Target::Feature { id } => ("feature", id),
    };
    found.ok_or_else(|| AppError::NotFound {
        what,
        id: id.clone(),
    })
}

/// Where `target` is, and how much of the picture it deserves, metres.
pub(crate) fn place_of(live: &Live, target: &Target) -> Option<(Geodetic, f64)> {
    match target {
        Target::Thing { id } => Some((thing_of(live, id)?.position, DEVICE_SIZE_M)),
        Target::Camera { id } => Some(place_of_camera(camera_of(live, id)?)),
        Target::Event { id } => Some((event_of(live, id)?.position, EVENT_SIZE_M)),
        Target::Feature { id } => {
            let feature = feature_of(live, id)?;
            let middle_m = feature.height_m.unwrap_or(0.0) / 2.0;
            Some((feature.position_at(middle_m), feature.size_m()))
        }
    }
}

/// Where a camera is, and how much of the picture it deserves, metres.
pub(crate) fn place_of_camera(camera: &Camera) -> (Geodetic, f64) {
    (camera.position, camera.range_m.max(DEVICE_SIZE_M))
}

/// What people call `target`; `None` when it has no name or is not there. The name of an event that is not real says
/// so.
pub(crate) fn name_of(live: &Live, target: &Target) -> Option<String> {
    let name = match target {
        Target::Thing { id } => thing_of(live, id)?.name.as_str(),
        Target::Camera { id } => match camera_of(live, id) {
            Some(camera) => camera.name.as_str(),
            None => live.state.channel_points().name_of(id)?,
        },
        Target::Event { id } => {
            let event = event_of(live, id)?;
            let mark = standing_mark(&live.language, event.standing);
            let name = format!("{mark}{}", event.title);
            return (!name.is_empty()).then_some(name);
        }
        Target::Feature { id } => feature_of(live, id)?.name_in(&live.language),
    };
    (!name.is_empty()).then(|| name.to_owned())
}

fn thing_of<'a>(live: &'a Live, id: &str) -> Option<&'a Thing> {
    Some(&live.state.thing(live.state.thing_row(id)?)?.thing)
}

fn camera_of<'a>(live: &'a Live, id: &str) -> Option<&'a Camera> {
    live.state
        .cameras()
        .get(live.state.camera_row(id)? as usize)
}

/// The event as it was at the moment shown; as it is, when that moment does not know it.
fn event_of<'a>(live: &'a Live, id: &str) -> Option<&'a Event> {
    let then = live
        .shown_events()
        .get(id)
        .filter(|event| live.shown_events().shows(&event.id));
    then.or_else(|| live.events.get(id))
        .or_else(|| live.shown_events().get(id))
}

/// Whether the camera delivers at the moment shown.
fn status_of(live: &Live, camera: &Camera) -> CameraStatus {
    live.state
        .camera_row(camera.id.as_str())
        .map_or(camera.status, |row| live.state.camera_status(row as usize))
}

fn feature_of<'a>(live: &'a Live, id: &str) -> Option<&'a Feature> {
    live.city.as_ref()?.feature(id)
}

fn thing_card(live: &Live, row: u32, now: UtcMillis) -> Option<Card> {
    let known = live.state.thing(row)?;
    let thing = &known.thing;
    let code = thing.properties.iter().find(|(key, _)| key == "code");
    let mut attributes = Attributes::new(&live.language);
    attributes.add("description", &thing.description);
    attributes.add_metres("mounting_height", Some(thing.position.height_m));
    for (key, value) in thing
        .properties
        .iter()
        .filter(|(key, _)| key != "code" && key != "kind")
    {
        attributes.add(key, value);
    }
    Some(Card {
        target: Target::Thing {
            id: thing.id.to_string(),
        },
        name: thing.name.clone(),
        kind: thing.kind.as_str().to_owned(),
        code: code.map_or_else(|| thing.id.to_string(), |(_, code)| code.clone()),
        series: known
            .series
            .iter()
            .filter_map(|series| series_dto(live, *series, now))
            .collect(),
        attributes: attributes.rows,
        ..bare_card(live, thing.position, "")
    })
}

/// The card of a camera.
pub(crate) fn camera_card(live: &Live, camera: &Camera) -> Card {
    let mut attributes = Attributes::new(&live.language);
    attributes.add("division", &region_of(&camera.id).unwrap_or_default());
    attributes.add_metres("mounting_height", Some(camera.position.height_m));
    attributes.add("tilt", &format!("{}°", digits(camera.tilt_deg)));
    Card {
        target: Target::Camera {
            id: camera.id.to_string(),
        },
        name: camera.name.clone(),
        kind: "camera".to_owned(),
        code: camera.id.to_string(),
        camera: Some(camera_dto(
            camera,
            status_of(live, camera),
            live.hub_url.as_deref(),
        )),
        attributes: attributes.rows,
        ..bare_card(live, camera.position, camera.id.as_str())
    }
}

fn event_card(live: &Live, event: &Event) -> Card {
    let mut attributes = Attributes::new(&live.language);
    attributes.add("description", &event.description);
    Card {
        target: Target::Event {
            id: event.id.to_string(),
        },
        name: event.title.clone(),
        kind: "event".to_owned(),
        code: event.id.to_string(),
        event: Some(crate::update::event_row(&live.exchanged, event)),
        attributes: attributes.rows,
        ..bare_card(live, event.position, "")
    }
}

fn feature_card(live: &Live, feature: &Feature) -> Card {
    let language = live.language.as_str();
    let mut attributes = Attributes::new(language);
    // The name in the other language; the card's title has it in this one.
    if language == "en" {
        attributes.add("name_zh", &feature.name);
    } else {
        attributes.add("name_en", &feature.name_en);
    }
    let kind =
        text(language, &format!("kind.{}", feature.kind)).unwrap_or_else(|| feature.kind.clone());
    attributes.add("kind", &kind);
    attributes.add_metres("height", feature.height_m);
    if let Some(source) = text(
        language,
        &format!("height_source.{}", feature.height_source),
    ) {
        attributes.add("height_source", &source);
    }
    attributes.add("levels", &feature.levels.map(digits).unwrap_or_default());
    attributes.add_metres(
        "min_height",
        feature.min_height_m.filter(|height| *height > 0.0),
    );
    let tag = |key: &str| feature.tags.get(key).map_or("", String::as_str);
    let address = format!(
        "{} {} {}",
        tag("addr:city"),
        tag("addr:street"),
        tag("addr:housenumber")
    );
    attributes.add("address", address.trim());
    for (key, value) in feature.tags.iter().filter(|(key, _)| !is_drawing_tag(key)) {
        attributes.add_with_unit(key, value);
    }
    Card {
        target: Target::Feature {
            id: feature.id.clone(),
        },
        name: feature.name_in(language).to_owned(),
        kind: feature.class.clone(),
        code: feature.id.clone(),
        attributes: attributes.rows,
        origin: live.city.as_ref().map(|city| origin_of(city.catalogue())),
        related: related_to(live, feature),
        ..bare_card(live, feature.position_at(0.0), "")
    }
}

/// Where what is known of the city's features comes from.
fn origin_of(catalogue: &Catalogue) -> OriginDto {
    OriginDto {
        source: catalogue.source.clone(),
        licence: catalogue.licence.clone(),
        epoch: catalogue.epoch.clone(),
        cim_level: catalogue.cim_level.as_str().to_owned(),
        crs: catalogue.crs.clone(),
        is_synthetic: catalogue.is_synthetic,
    }
}

/// The whole that `feature` is a part of, then its own parts.
fn related_to(live: &Live, feature: &Feature) -> Vec<RelatedDto> {
    let Some(city) = &live.city else {
        return Vec::new();
    };
    let related = |other: &Feature, is_whole: bool| RelatedDto {
        target: Target::Feature {
            id: other.id.clone(),
        },
        name: other.name_in(&live.language).to_owned(),
        kind: other.kind.clone(),
        is_whole,
    };
    let whole = city.feature(&feature.parent);
    let parts = city.parts_of(&feature.id);
    whole
        .map(|whole| related(whole, true))
        .into_iter()
        .chain(parts.map(|part| related(part, false)))
        .take(MAX_RELATED)
        .collect()
}

/// A card that knows only where it is, and which cameras but `itself` are near.
fn bare_card(live: &Live, position: Geodetic, itself: &str) -> Card {
    Card {
        target: Target::Feature { id: String::new() },
        name: String::new(),
        kind: String::new(),
        code: String::new(),
        lon: position.lon_deg,
        lat: position.lat_deg,
        series: Vec::new(),
        camera: None,
        event: None,
        cameras: near_cameras(live, position, itself),
        attributes: Vec::new(),
        origin: None,
        related: Vec::new(),
    }
}

fn series_dto(live: &Live, row: u32, now: UtcMillis) -> Option<SeriesDto> {
    let series = &live.state.series_at(row)?.datastream;
    let readings = live.state.readings();
    let reading = readings.get(row);
    let moment = live.moment(now);
    Some(SeriesDto {
        id: series.id.to_string(),
        name: series.name.clone(),
        unit: series.unit.clone(),
        value: reading.map(|reading| reading.value),
        happened_at: reading.map(|reading| reading.happened_at.0),
        freshness: live.state.freshness(readings, row, moment).into(),
        severity: live.state.severity(readings, row).into(),
        limits: limit_lines(&series.limits),
        quality: live.state.word(readings, row, moment).into(),
        known_at: readings.known_at(row).map(|at| at.0),
    })
}

/// What else is known, as label and value in the desk's language.
struct Attributes<'a> {
    language: &'a str,
    rows: Vec<[String; 2]>,
}

impl<'a> Attributes<'a> {
    fn new(language: &'a str) -> Self {
        Self {
            language,
            rows: Vec::new(),
        }
    }

    /// Adds a row, unless there is nothing to say or the card is full.
    fn add(&mut self, name: &str, value: &str) {
        if !value.is_empty() && self.rows.len() < MAX_ATTRIBUTES {
            self.rows
                .push([attribute_label(self.language, name), value.to_owned()]);
        }
    }

    /// Adds a row whose unit the attribute's name states.
    fn add_with_unit(&mut self, name: &str, value: &str) {
        let unit = unit_of(name);
        if unit.is_empty() || value.parse::<f64>().is_err() {
            self.add(name, value);
        } else {
            self.add(name, &format!("{value} {unit}"));
        }
    }

    fn add_metres(&mut self, name: &str, metres: Option<f64>) {
        if let Some(metres) = metres.filter(|metres| metres.is_finite()) {
            self.add(name, &format!("{} m", digits(metres)));
        }
    }
}

/// At most one digit after the point, and none that says nothing.
fn digits(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// The cameras near `place` but `itself`, those that see it first.
fn near_cameras(live: &Live, place: Geodetic, itself: &str) -> Vec<NearCameraDto> {
    // One more than are listed: the camera itself may be among them.
    let near = live
        .state
        .cameras_near(place, MAX_CAMERAS + 1, CAMERA_REACH_M);
    near.into_iter()
        .filter(|near| near.camera.id.as_str() != itself)
        .take(MAX_CAMERAS)
        .map(|near| NearCameraDto {
            id: near.camera.id.to_string(),
            name: near.camera.name.clone(),
            distance_m: near.distance_m,
            in_view: near.in_view,
            sight: NearSightDto::Unknown,
            can_look: false,
            camera: camera_dto(
                near.camera,
                status_of(live, near.camera),
                live.hub_url.as_deref(),
            ),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        city::tests::{city_of, feature},
        events::tests::event,
        state::tests::{gas_sensor, number, observed, show_past},
        wire::{ConnectionDto, FreshnessDto, QualityWordDto, SeverityDto},
    };
    use cim_model::{CameraId, Standing};
    use std::sync::Arc;

    const NOW: UtcMillis = UtcMillis(1_000_000);

    /// A camera about `north_m` metres north of the sensor, looking south at it.
    fn camera(n: u32, north_m: f64) -> Camera {
        let (thing, _) = gas_sensor(0);
        Camera {
            id: CameraId::new(format!("3201150000132000{n:04}")),
            name: format!("Camera {n}"),
            position: Geodetic {
                lat_deg: thing.position.lat_deg + north_m / 111_000.0,
                height_m: 6.0,
                ..thing.position
            },
            azimuth_deg: 180.0,
            tilt_deg: 12.5,
            fov_deg: 60.0,
            range_m: 150.0,
            status: CameraStatus::On,
            category: 2,
            clips: Vec::new(),
        }
    }

    fn live() -> Live {
        let mut live = Live::new("en".to_owned(), ConnectionDto::NoHub, None);
        let (mut thing, datastream) = gas_sensor(0);
        thing.properties = vec![
            ("code".to_owned(), "RQ-0001".to_owned()),
            ("survey_ref".to_owned(), "K-17".to_owned()),
        ];
        let cameras = vec![camera(1, 300.0), camera(2, 50.0), camera(3, 900.0)];
        live.apply_catalogue(vec![thing], vec![datastream], cameras);
        number(&mut live.state);
        live.apply_observations(vec![observed(0, 999_000, 12.0)], NOW);
        live.apply_events(vec![event(1, 900_000)]);
        live
    }

    fn attribute<'a>(card: &'a Card, label: &str) -> Option<&'a str> {
        card.attributes
            .iter()
            .find(|row| row[0] == label)
            .map(|row| row[1].as_str())
    }

    #[test]
    fn a_device_says_its_value_its_age_and_how_bad_it_is() {
        let card = card(
            &live(),
            &Target::Thing {
                id: "t0".to_owned(),
            },
            NOW,
        )
        .expect("the device");
        assert_eq!((card.code.as_str(), card.kind.as_str()), ("RQ-0001", "gas"));
        let series = card.series.first().expect("its series");
        assert_eq!(
            (series.value, series.happened_at),
            (Some(12.0), Some(999_000))
        );
        assert_eq!(
            (series.freshness, series.severity),
            (FreshnessDto::Fresh, SeverityDto::Medium)
        );
        assert_eq!(series.limits.len(), 1);
        assert_eq!(series.quality, QualityWordDto::Good);
        assert_eq!(attribute(&card, "survey_ref"), Some("K-17"));
    }

    #[test]
    fn a_device_says_what_it_said_at_the_moment_shown() {
        let mut live = live();
        live.past.moment = UtcMillis(500_000);
        show_past(&mut live.state, &[observed(0, 499_000, 3.0)]);
        let card = card(
            &live,
            &Target::Thing {
                id: "t0".to_owned(),
            },
            NOW,
        )
        .expect("the device");
        assert_eq!(
            card.series.first().and_then(|series| series.value),
            Some(3.0)
        );
        assert_eq!(
            card.series.first().map(|series| series.freshness),
            Some(FreshnessDto::Fresh)
        );
    }

    #[test]
    fn the_cameras_that_may_see_it_are_listed_and_far_ones_are_not() {
        let card = card(
            &live(),
            &Target::Event {
                id: "e1".to_owned(),
            },
            NOW,
        )
        .expect("the event");
        let near: Vec<(&str, bool)> = card
            .cameras
            .iter()
            .map(|camera| (camera.name.as_str(), camera.in_view))
            .collect();
        assert_eq!(near, [("Camera 2", true), ("Camera 1", false)]);
        assert!(
            card.cameras
                .iter()
                .all(|camera| camera.distance_m <= CAMERA_REACH_M)
        );
    }

    #[test]
    fn the_name_of_an_exercise_says_that_it_is_one_and_a_real_name_stays_as_it_is() {
        let mut live = live();
        let drill = Event {
            standing: Standing::Exercise,
            ..event(7, NOW.0)
        };
        live.apply_events(vec![drill, event(8, NOW.0)]);
        let name = |live: &Live, id: &str| name_of(live, &Target::Event { id: id.to_owned() });
        assert_eq!(name(&live, "e8").as_deref(), Some("Road damage 8"));
        live.language = "en".to_owned();
        assert_eq!(
            name(&live, "e7").as_deref(),
            Some("[Exercise] Road damage 7")
        );
        live.language = "zh-CN".to_owned();
        assert_eq!(name(&live, "e7").as_deref(), Some("【演练】Road damage 7"));
    }

    #[test]
    fn a_camera_is_not_near_itself() {
        let id = camera(2, 50.0).id.to_string();
        let card = card(&live(), &Target::Camera { id: id.clone() }, NOW).expect("the camera");
        assert!(card.cameras.iter().all(|camera| camera.id != id));
        assert!(card.camera.is_some_and(|camera| camera.on));
    }

    #[test]
    fn a_building_has_its_name_in_the_language_of_the_desk() {
        let mut live = live();
        let mut tower = feature("w1", "building", "上海中心大厦", "Shanghai Tower");
        tower.height_m = Some(632.0);
        tower
            .tags
            .insert("operator".to_owned(), "上海中心".to_owned());
        tower.tags.insert("min_zoom".to_owned(), "14".to_owned());
        live.city = Some(Arc::new(city_of(vec![tower])));
        let target = Target::Feature {
            id: "w1".to_owned(),
        };
        let english = card(&live, &target, NOW).expect("the tower");
        assert_eq!(english.name, "Shanghai Tower");
        assert!(english.attributes.iter().any(|row| row[1] == "632 m"));
        assert!(english.attributes.iter().any(|row| row[1] == "上海中心"));
        assert!(!english.attributes.iter().any(|row| row[0] == "min_zoom"));
        live.language = "zh-CN".to_owned();
        assert_eq!(name_of(&live, &target).as_deref(), Some("上海中心大厦"));
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        let gone = card(&live(), &Target::Camera { id: "1".to_owned() }, NOW);
        assert!(matches!(
            gone,
            Err(AppError::NotFound { what: "camera", .. })
        ));
    }
}
