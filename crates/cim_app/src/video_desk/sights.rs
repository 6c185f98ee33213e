//! Who sees what: view volumes of the channels, and the cameras that see a point, a path or an area, best first.

use super::{
    Look, VideoDesk,
    convert::{fault_words, shown_name},
    obstacles::Standing,
};
use crate::{
    card::place_of,
    live::Live,
    wire::{SightDto, SightScoreDto, SightTargetDto, SightsDto, Target, VideoVolumeDto},
};
use cim_geo::{Geodetic, LocalFrame};
use cim_layers::sight::SightEnd;
use cim_sync::gb28181::Field;
use cim_video::{
    channels::{AZIMUTH, ChannelIndex, Entry, HEIGHT, Status, TILT},
    coverage::{
        self, CameraFacts, CameraKind, Clearness, Obstacles, Question, ViewVolume, Viewer, Viewers,
        Weights, azimuth_of_direction, who_sees,
    },
    rights::{Action, Pose, Presence, Preset},
};
use std::{collections::BTreeSet, sync::Arc};

/// So many cameras are told.
const MOST_TOLD: usize = 50;
/// So many are looked through for those that may be told.
const MOST_LOOKED_AT: usize = 1_000;
/// A path or a ring has at most so many corners.
const MOST_CORNERS: usize = 512;
/// A camera that is healthier than this delivers.
const LEAST_HEALTH: f32 = 0.5;
/// A camera farther than this from where it was calibrated was moved since, metres: it sees something else now.
const MOST_MOVED_M: f64 = 100.0;
/// What a grade is worth at most: there are so many.
const GRADES: f32 = 4.0;

/// Obstacles and what sees through them.
#[derive(Default)]
pub(crate) struct Sight {
    standing: Standing,
    viewers: Option<Arc<InSight>>,
    /// Counts up whenever the viewers are forgotten: those that are being made then are none.
    generation: u64,
}

/// The view volumes of all channels that have a place, among the obstacles.
pub(crate) struct InSight {
    pub(crate) obstacles: Arc<Obstacles>,
    pub(crate) viewers: Viewers,
    /// The city's obstacles are among them.
    pub(crate) is_with_obstacles: bool,
}

impl Sight {
    pub(super) fn standing(&self) -> &Standing {
        &self.standing
    }

    pub(super) fn standing_mut(&mut self) -> &mut Standing {
        &mut self.standing
    }

    /// Channels, calibrations or obstacles are others.
    pub(super) fn forget_viewers(&mut self) {
        self.viewers = None;
        self.generation += 1;
    }
}

/// A lens, what it looks at, and how far that goes; all above the ellipsoid.
pub(crate) type LineOf = (Geodetic, Geodetic, SightEnd);

/// What is to be seen, as places on the earth.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SeenTarget {
    /// A point; the height is above the ground, or above the ellipsoid.
    Point(Geodetic, bool),
    /// A path on the ground.
    Path(Vec<Geodetic>),
    /// An area on the ground.
    Area(Vec<Geodetic>),
}

/// The places that the wire names; `Err` holds the code of the refusal and what it is about.
pub(crate) fn target_place(
    live: &Live,
    target: &SightTargetDto,
) -> Result<SeenTarget, (&'static str, String)> {
    let of = |target: Target, id: &str| {
        let found = place_of(live, &target).map(|(place, _)| SeenTarget::Point(place, false));
        found.ok_or_else(|| ("no_place", id.to_owned()))
    };
    match target {
        SightTargetDto::Point {
            lon,
            lat,
            height_m,
            is_absolute,
        } => {
            let place = Geodetic::new(*lon, *lat, height_m.unwrap_or(0.0));
            if !is_on_earth(&place) {
                return Err(("bad_area", format!("{lon} {lat}")));
            }
            Ok(SeenTarget::Point(place, *is_absolute && height_m.is_some()))
        }
        SightTargetDto::Path { path } => places(path, 2)
            .map(SeenTarget::Path)
            .ok_or_else(|| ("bad_path", format!("{} corners", path.len()))),
        SightTargetDto::Area { ring } => places(ring, 3)
            .map(SeenTarget::Area)
            .ok_or_else(|| ("bad_area", format!("{} corners", ring.len()))),
        SightTargetDto::Event { id } => of(Target::Event { id: id.clone() }, id),
        SightTargetDto::Thing { id } => of(Target::Thing { id: id.clone() }, id),
        SightTargetDto::Alarm { id } => {
            let thing = live
                .alarm_thing(id)
                .and_then(|row| live.state.thing(row))
                .map(|row| row.thing.position);
            thing
                .map(|place| SeenTarget::Point(place, false))
                .ok_or_else(|| ("no_place", id.clone()))
        }
    }
}

/// Corners on the earth, `least` to 512 of them.
pub(super) fn places(corners: &[[f64; 2]], least: usize) -> Option<Vec<Geodetic>> {
    if !(least..=MOST_CORNERS).contains(&corners.len()) {
        return None;
    }
    let places: Vec<Geodetic> = corners
        .iter()
        .map(|[lon, lat]| Geodetic::new(*lon, *lat, 0.0))
        .collect();
    places.iter().all(is_on_earth).then_some(places)
}

fn is_on_earth(place: &Geodetic) -> bool {
    (-180.0..=180.0).contains(&place.lon_deg)
        && (-90.0..=90.0).contains(&place.lat_deg)
        && place.height_m.is_finite()
}

impl VideoDesk {
    /// How the obstacles stand.
    pub(crate) fn obstacles_dto(&self) -> crate::wire::ObstaclesDto {
        self.lock_sight().standing().told()
    }

    /// The view volume of a channel, calibrated where somebody did that; `None` without a place.
    pub(crate) fn volume_of(&self, id: &str) -> Option<(ViewVolume, bool)> {
        let channels = self.channels();
        let entry = channels.find(id)?;
        let told = self.told();
        let calibrated = told.calibration(id);
        let is_calibrated = calibrated.is_some_and(|pose| is_there(entry, pose));
        Some((volume(entry, calibrated)?, is_calibrated))
    }

    /// All volumes among the obstacles; around `near` where no city says what the frame is. Takes a while after a change.
    pub(crate) fn in_sight(&self, look: &Look<'_>, near: Geodetic) -> Arc<InSight> {
        let (known, obstacles, generation) = {
            let sight = self.lock_sight();
            let obstacles = sight.standing().obstacles().cloned();
            (sight.viewers.clone(), obstacles, sight.generation)
        };
        if let Some(known) = known.filter(|known| known.is_with_obstacles || is_near(known, near)) {
            return known;
        }
        let is_with_obstacles = obstacles.is_some();
        let obstacles = obstacles
            .unwrap_or_else(|| Arc::new(Obstacles::none(LocalFrame::new(on_ground(near)))));
        let viewers = Viewers::new(&obstacles, self.all_viewers(look));
        let made = Arc::new(InSight {
            obstacles,
            viewers,
            is_with_obstacles,
        });
        let mut sight = self.lock_sight();
        if sight.generation == generation {
            sight.viewers = Some(Arc::clone(&made));
        }
        made
    }

    /// The volumes among the obstacles as far as they have `min_pixels` on a metre, and only those of cameras that deliver where
    /// that is asked. Only cameras whose place whoever looks may know: what is drawn of them tells where they stand.
    pub(super) fn in_sight_of(
        &self,
        look: &Look<'_>,
        near: Geodetic,
        (min_pixels, is_online_only): (f64, bool),
    ) -> Arc<InSight> {
        let scene = self.in_sight(look, near);
        let mut viewers = self.all_viewers(look);
        {
            let channels = self.channels();
            viewers.retain(|viewer| {
                let entry = channels.entry(viewer.row);
                entry.is_some_and(|entry| look.sees_place(entry))
            });
        }
        if is_online_only {
            viewers.retain(|viewer| viewer.health > LEAST_HEALTH);
        }
        for viewer in &mut viewers {
            viewer.volume.range_m = viewer.volume.reach_m(min_pixels);
        }
        Arc::new(InSight {
            viewers: Viewers::new(&scene.obstacles, viewers),
            obstacles: Arc::clone(&scene.obstacles),
            is_with_obstacles: scene.is_with_obstacles,
        })
    }

    /// Who sees `target`, as whoever looks may know.
    pub(crate) fn who_sees(
        &self,
        look: &Look<'_>,
        target: &SeenTarget,
    ) -> (SightsDto, Vec<LineOf>) {
        let Some(near) = first_of(target) else {
            return (SightsDto::default(), Vec::new());
        };
        let scene = self.in_sight(look, near);
        let (asked, place) = asked_of(&scene.obstacles, target);
        let question = Question {
            limit: MOST_LOOKED_AT,
            weights: Weights::default(),
            ..Question::default()
        };
        let sights = who_sees(&scene.obstacles, &scene.viewers, &asked, &question);
        let channels = self.channels();
        let told = self.told();
        let mut lines = Vec::new();
        let mut found = SightsDto {
            is_with_obstacles: scene.is_with_obstacles && is_known(&scene.obstacles, target),
            place: place.map(|place| [place.lon_deg, place.lat_deg, place.height_m]),
            ..SightsDto::default()
        };
        for sight in &sights {
            let Some(entry) = channels.entry(sight.row) else {
                continue;
            };
            let is_clear = !matches!(sight.clear, Clearness::Blocked(_));
            if !look.sees_place(entry) {
                // How many see it is no secret where the camera's being there is none.
                let counts = is_clear && look.presence(entry) != Presence::Hidden;
                found.denied += u32::from(counts);
                continue;
            }
            if is_clear {
                found.clear += 1;
            } else {
                found.blocked += 1;
            }
            if found.rows.len() < MOST_TOLD {
                let presets = told.presets(&entry.id());
                let row = self.sight_dto((&channels, &scene.obstacles), entry, sight, look);
                lines.push((sight.at, sight.target, end_of(sight)));
                found.rows.push(SightDto {
                    preset: preset_for(sight, &presets, row.bearing_deg),
                    ..row
                });
            }
        }
        (found, lines)
    }

    /// The cameras that see `target` as they stand, nothing being in the way, and whose place whoever looks may know: all of
    /// them.
    pub(crate) fn clear_cameras(&self, look: &Look<'_>, target: &SeenTarget) -> BTreeSet<String> {
        let Some(near) = first_of(target) else {
            return BTreeSet::new();
        };
        let scene = self.in_sight(look, near);
        let (asked, _) = asked_of(&scene.obstacles, target);
        let question = Question {
            limit: usize::MAX,
            with_blocked: false,
            with_turning: false,
            ..Question::default()
        };
        let sights = who_sees(&scene.obstacles, &scene.viewers, &asked, &question);
        let channels = self.channels();
        sights
            .iter()
            .filter_map(|sight| channels.entry(sight.row))
            .filter(|entry| look.sees_place(*entry))
            .map(|entry| entry.id())
            .collect()
    }

    fn sight_dto(
        &self,
        (channels, obstacles): (&ChannelIndex, &Obstacles),
        entry: Entry<'_>,
        sight: &coverage::Sight,
        look: &Look<'_>,
    ) -> SightDto {
        let actions = look.actions(entry);
        let condition = channels.condition(entry.row(), look.sitting.now, &self.rules);
        let block = match &sight.clear {
            Clearness::Blocked(block) => Some(block),
            Clearness::Clear | Clearness::Unknown => None,
        };
        let feature = block.and_then(|block| obstacles.features().get(block.feature as usize));
        SightDto {
            id: entry.id(),
            name: shown_name(entry),
            is_clear: block.is_none(),
            share: f64::from(sight.share),
            distance_m: f64::from(sight.distance_m),
            pixels: f64::from(sight.pixels),
            incidence_deg: f64::from(sight.down_deg),
            bearing_deg: bearing_deg(sight.at, sight.target),
            blocked_by: feature
                .map(|feature| feature.id.clone())
                .unwrap_or_default(),
            blocked_by_name: feature
                .map(|feature| feature.name.clone())
                .unwrap_or_default(),
            blocked_at: block.map(|block| [block.at.lon_deg, block.at.lat_deg, block.at.height_m]),
            preset: None,
            score: f64::from(sight.score),
            parts: parts_of(sight),
            is_assumed: sight.assumed.any(),
            is_healthy: entry.status() == Status::On && fault_words(condition.as_ref()).is_empty(),
            can_look: actions.has(Action::Live),
            can_play_back: actions.has(Action::Playback),
            category: entry.category(),
            grade: entry.grade(),
        }
    }

    fn all_viewers(&self, look: &Look<'_>) -> Vec<Viewer> {
        let channels = self.channels();
        let told = self.told();
        let calibrated: std::collections::BTreeMap<&str, &Pose> = told.calibrated().collect();
        let entries = channels
            .channel_rows()
            .filter_map(|row| channels.entry(row));
        entries
            .filter_map(|entry| {
                let known = if calibrated.is_empty() {
                    None
                } else {
                    calibrated.get(entry.id().as_str()).copied()
                };
                let volume = volume(entry, known)?;
                let condition = channels.condition(entry.row(), look.sitting.now, &self.rules);
                let is_faulty = !fault_words(condition.as_ref()).is_empty();
                Some(Viewer {
                    row: entry.row(),
                    volume,
                    grade: (f32::from(entry.grade()) / GRADES).min(1.0),
                    health: match (entry.status(), is_faulty) {
                        (Status::On, false) => 1.0,
                        (Status::On, true) => 0.6,
                        (Status::Unknown, _) => 0.5,
                        _ => 0.0,
                    },
                })
            })
            .collect()
    }
}

/// True when the city's obstacles reach as far as the target.
fn is_known(obstacles: &Obstacles, target: &SeenTarget) -> bool {
    match target {
        SeenTarget::Point(place, _) => obstacles.covers(*place),
        SeenTarget::Path(places) | SeenTarget::Area(places) => covers_all(obstacles, places),
    }
}

/// True when the city's obstacles reach as far as all these places.
pub(super) fn covers_all(obstacles: &Obstacles, places: &[Geodetic]) -> bool {
    places.iter().all(|place| obstacles.covers(*place))
}

/// How far the line to what a camera sees goes.
fn end_of(sight: &coverage::Sight) -> SightEnd {
    match &sight.clear {
        Clearness::Blocked(block) => SightEnd::Blocked(block.at),
        Clearness::Clear => SightEnd::Clear,
        Clearness::Unknown => SightEnd::Unknown,
    }
}

/// The preset from which a camera sees what it does not see as it stands; 0 when it has to be turned and no preset looks there.
fn preset_for(sight: &coverage::Sight, presets: &[&Preset], bearing_deg: f64) -> Option<u32> {
    if matches!(sight.clear, Clearness::Blocked(_)) {
        return None;
    }
    let towards = preset_towards(presets, bearing_deg);
    if sight.by_turning {
        Some(towards.unwrap_or_default())
    } else {
        towards.filter(|_| sight.assumed.azimuth)
    }
}

/// The target as the coverage asks for it, and where it is (above the ellipsoid), where it is one point.
fn asked_of(obstacles: &Obstacles, target: &SeenTarget) -> (coverage::Target, Option<Geodetic>) {
    match target {
        SeenTarget::Point(place, is_absolute) => {
            let ground_m = obstacles.ground_m(*place);
            let above_m = if *is_absolute {
                let enu = obstacles.frame().enu_from_geodetic(*place);
                (enu.up_m - ground_m).max(0.0)
            } else {
                place.height_m
            };
            let above = Geodetic {
                height_m: above_m,
                ..*place
            };
            let shown = obstacles.geodetic_of(obstacles.enu_of(above));
            (coverage::Target::Point(above), Some(shown))
        }
        SeenTarget::Path(path) => (coverage::Target::Path(path.clone()), None),
        SeenTarget::Area(ring) => (coverage::Target::Area(ring.clone()), None),
    }
}

/// A place of the target.
pub(super) fn first_of(target: &SeenTarget) -> Option<Geodetic> {
    match target {
        SeenTarget::Point(place, _) => Some(*place),
        SeenTarget::Path(places) | SeenTarget::Area(places) => places.first().copied(),
    }
}

fn on_ground(place: Geodetic) -> Geodetic {
    Geodetic {
        height_m: 0.0,
        ..place
    }
}

/// True when a frame that was made up lies where it is asked for: it bends away from the earth.
fn is_near(known: &InSight, place: Geodetic) -> bool {
    const REACH_M: f64 = 20_000.0;
    let enu = known.obstacles.frame().enu_from_geodetic(on_ground(place));
    enu.east_m.hypot(enu.north_m) < REACH_M
}

/// From where it stands to what it sees, degrees clockwise from north.
fn bearing_deg(from: Geodetic, to: Geodetic) -> f64 {
    let enu = LocalFrame::new(from).enu_from_geodetic(to);
    enu.east_m.atan2(enu.north_m).to_degrees().rem_euclid(360.0)
}

/// The preset that looks most nearly there, when the target lies within its view.
fn preset_towards(presets: &[&Preset], bearing_deg: f64) -> Option<u32> {
    let off_deg = |preset: &Preset| {
        let off = (preset.azimuth_deg - bearing_deg).rem_euclid(360.0);
        off.min(360.0 - off)
    };
    presets
        .iter()
        .filter(|preset| off_deg(preset) <= preset.hfov_deg / 2.0)
        .min_by(|a, b| off_deg(a).total_cmp(&off_deg(b)))
        .map(|preset| preset.number)
}

fn parts_of(sight: &coverage::Sight) -> Vec<SightScoreDto> {
    let (parts, weights) = (&sight.parts, Weights::default());
    [
        ("pixels", parts.pixels, weights.pixels),
        ("angle", parts.angle, weights.angle),
        ("grade", parts.grade, weights.grade),
        ("health", parts.health, weights.health),
        ("certainty", parts.certainty, weights.certainty),
    ]
    .map(|(part, value, weight)| SightScoreDto {
        part: part.to_owned(),
        value: f64::from(value),
        weight: f64::from(weight),
    })
    .into()
}

/// The view volume of a channel: what is known of it, and its calibration.
pub(super) fn volume(entry: Entry<'_>, calibrated: Option<&Pose>) -> Option<ViewVolume> {
    let mut facts = facts_of(entry)?;
    if let Some(known) = calibrated.filter(|pose| is_there(entry, pose)) {
        let ([pan, nod], wider) = match (known.told, told_pose(entry)) {
            (Some(then), Some(now)) => ([now[0] - then[0], now[1] - then[1]], now[2] / then[2]),
            _ => ([0.0; 2], 1.0),
        };
        facts = CameraFacts {
            at: Geodetic::new(known.lon_deg, known.lat_deg, 0.0),
            height_m: Some(known.height_m),
            azimuth_deg: Some((known.azimuth_deg + pan).rem_euclid(360.0)),
            tilt_deg: Some((known.tilt_deg + nod).clamp(-90.0, 90.0)),
            roll_deg: known.roll_deg,
            h_fov_deg: Some(known.hfov_deg * wider),
            v_fov_deg: Some(known.vfov_deg * wider),
            ..facts
        };
    }
    ViewVolume::of(&facts)
}

/// Azimuth, tilt and horizontal field of view as the catalogue tells them, of a camera that can be turned.
pub(super) fn told_pose(entry: Entry<'_>) -> Option<[f64; 3]> {
    let facts = facts_of(entry).filter(|_| super::is_steered(entry.ptz()))?;
    Some([facts.azimuth_deg?, facts.tilt_deg?, facts.h_fov_deg?])
}

/// True while a camera stands about where it was calibrated.
fn is_there(entry: Entry<'_>, pose: &Pose) -> bool {
    let frame = LocalFrame::new(Geodetic::new(pose.lon_deg, pose.lat_deg, 0.0));
    entry.place().is_some_and(|[lon, lat]| {
        let enu = frame.enu_from_geodetic(Geodetic::new(lon, lat, 0.0));
        enu.east_m.hypot(enu.north_m) <= MOST_MOVED_M
    })
}

/// What the catalogue tells of how a camera sees.
fn facts_of(entry: Entry<'_>) -> Option<CameraFacts> {
    let [lon, lat] = entry.place()?;
    let number = |field: Field| {
        let text = entry.value(field);
        text.trim()
            .parse::<f64>()
            .ok()
            .filter(|number| *number > 0.0)
    };
    let others = entry.others();
    let other = |name: &str| {
        let found = others.iter().find(|(known, _)| *known == name)?;
        let bare = found.1.trim().trim_end_matches(['°', '度', 'm', '米', ' ']);
        bare.parse::<f64>().ok().filter(|number| number.is_finite())
    };
    let direction = entry.value(Field::DirectionType).trim().parse::<u8>().ok();
    Some(CameraFacts {
        at: Geodetic::new(lon, lat, 0.0),
        height_m: other(HEIGHT),
        azimuth_deg: other(AZIMUTH).or_else(|| direction.and_then(azimuth_of_direction)),
        tilt_deg: other(TILT),
        roll_deg: 0.0,
        h_fov_deg: number(Field::HorizontalFieldAngle),
        v_fov_deg: number(Field::VerticalFieldAngle),
        range_m: number(Field::MaxViewDistance),
        pixels: pixels_of(&entry.value(Field::Resolution)),
        kind: CameraKind::from_ptz_type(entry.ptz()),
    })
}

/// The largest picture that a camera delivers: the codes of GB/T 28181-2016, A.2.1.2, or width and height as many devices write
/// them.
fn pixels_of(text: &str) -> Option<[u32; 2]> {
    let each = text.split('/').filter_map(|word| {
        let word = word.trim();
        let sides = match word {
            "1" => [176, 144],
            "2" => [352, 288],
            "3" => [704, 576],
            "4" => [704, 480],
            "5" => [1_280, 720],
            "6" => [1_920, 1_080],
            _ => {
                let (width, height) = word.split_once(['x', 'X', '*', '×'])?;
                [width.trim().parse().ok()?, height.trim().parse().ok()?]
            }
        };
        Some(sides)
    });
    each.max_by_key(|[width, height]: &[u32; 2]| width.saturating_mul(*height))
}

/// A view volume on the wire.
pub(super) fn volume_dto((volume, is_calibrated): &(ViewVolume, bool)) -> VideoVolumeDto {
    let [width_px, height_px] = volume.pixels;
    VideoVolumeDto {
        lens: [volume.at.lon_deg, volume.at.lat_deg, volume.height_m],
        azimuth_deg: volume.azimuth_deg,
        tilt_deg: volume.tilt_deg,
        roll_deg: volume.roll_deg,
        fov_h_deg: volume.h_fov_deg,
        fov_v_deg: volume.v_fov_deg,
        range_m: volume.range_m,
        width_px,
        height_px,
        assumed: volume.assumed.names().map(str::to_owned).collect(),
        is_calibrated: *is_calibrated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_model::UtcMillis;
    use cim_sync::gb28181::CatalogueItem;
    use cim_video::channels::{ChannelIndex, Import, Scope};

    #[test]
    fn the_largest_picture_counts_in_codes_and_in_numbers() {
        assert_eq!(pixels_of("6/5/2"), Some([1_920, 1_080]));
        assert_eq!(pixels_of("1280x720/3840*2160"), Some([3_840, 2_160]));
        assert_eq!(pixels_of("sharp"), None);
    }

    #[test]
    fn a_ring_has_its_corners_on_the_earth() {
        assert!(places(&[[121.0, 31.0], [121.1, 31.0], [121.1, 31.1]], 3).is_some());
        assert!(places(&[[121.0, 31.0], [121.1, 31.0]], 3).is_none());
        assert!(places(&[[121.0, 91.0], [121.1, 31.0]], 2).is_none());
        assert!(places(&[[f64::NAN, 31.0], [121.1, 31.0]], 2).is_none());
        assert!(places(&vec![[121.0, 31.0]; MOST_CORNERS + 1], 2).is_none());
    }

    #[test]
    fn a_calibrated_dome_looks_as_much_elsewhere_as_it_was_turned() {
        const DOME: &str = "31010100001320000001";
        let told = |azimuth: &str| {
            CatalogueItem::from_pairs([
                ("DeviceID", DOME),
                ("PTZType", "1"),
                ("Longitude", "121.5"),
                ("Latitude", "31.2"),
                ("HorizontalFieldAngle", "60"),
                (HEIGHT, "6"),
                (AZIMUTH, azimuth),
                (TILT, "10"),
            ])
            .expect("an entry")
        };
        let mut index = ChannelIndex::default();
        let mut bring = |azimuth: &str| {
            let at = UtcMillis(1_700_000_000_000);
            let begun = Import::begin(&mut index, "hub", 1, Scope::Whole, at);
            let mut import = begun.expect("room for a source");
            import.item(&told(azimuth), "here");
            import.finish();
            index.clone()
        };
        let pose = Pose {
            lon_deg: 121.5,
            lat_deg: 31.2,
            height_m: 6.0,
            azimuth_deg: 355.0,
            tilt_deg: 12.0,
            hfov_deg: 58.0,
            vfov_deg: 34.0,
            told: Some([350.0, 10.0, 60.0]),
            ..Pose::default()
        };
        let looks = |index: &ChannelIndex, pose: &Pose| {
            let entry = index.find(DOME).expect("the dome");
            volume(entry, Some(pose)).map(|volume| volume.azimuth_deg.round())
        };
        let (before, after) = (bring("350"), bring("80"));
        assert_eq!(looks(&before, &pose), Some(355.0));
        assert_eq!(looks(&after, &pose), Some(85.0));
        let older = Pose { told: None, ..pose };
        assert_eq!(looks(&after, &older), Some(355.0));
    }

    #[test]
    fn a_preset_is_named_when_the_target_lies_in_its_view() {
        let preset = |number: u32, azimuth_deg: f64| Preset {
            number,
            name: String::new(),
            azimuth_deg,
            tilt_deg: 0.0,
            hfov_deg: 60.0,
            is_deleted: false,
        };
        let (north, east) = (preset(1, 350.0), preset(2, 90.0));
        assert_eq!(preset_towards(&[&north, &east], 10.0), Some(1));
        assert_eq!(preset_towards(&[&north, &east], 75.0), Some(2));
        assert_eq!(preset_towards(&[&north, &east], 180.0), None);
        let sight = |by_turning: bool, clear: Clearness| coverage::Sight {
            row: 0,
            at: Geodetic::default(),
            target: Geodetic::default(),
            distance_m: 50.0,
            pixels: 30.0,
            pixels_per_m: 30.0,
            level: coverage::Level::Detect,
            off_axis_deg: 0.0,
            down_deg: 5.0,
            facing_deg: None,
            share: 1.0,
            by_turning,
            clear,
            parts: coverage::Parts::default(),
            score: 0.5,
            assumed: coverage::Assumed::default(),
        };
        let blocked = Clearness::Blocked(coverage::Block {
            feature: 0,
            at: Geodetic::default(),
            distance_m: 10.0,
        });
        let told = |by_turning: bool, clear: Clearness, bearing_deg: f64| {
            preset_for(&sight(by_turning, clear), &[&north, &east], bearing_deg)
        };
        assert_eq!(told(true, Clearness::Clear, 10.0), Some(1));
        assert_eq!(told(true, Clearness::Clear, 180.0), Some(0));
        assert_eq!(told(false, Clearness::Clear, 10.0), None);
        assert_eq!(told(true, blocked, 10.0), None);
    }
}
