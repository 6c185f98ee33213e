//! Models of surfaces: faces made clean enough to be triangulated, turned the right way, measured.

use crate::classify::Class;
use crate::feature::{LonLat, Surface, SurfaceRole};
use crate::ledger::Ledger;
use crate::site::Site;
use std::sync::Arc;

/// Corners nearer to each other than this are one corner, metres.
const SAME_CORNER_M: f64 = 0.001;
/// A face that holds less is none, square metres.
const SMALLEST_FACE_M2: f64 = 1.0e-4;
/// Faces that add up to less than this share of their area close around something.
const CLOSED_SHARE: f64 = 0.01;
/// A roof that looks down more steeply than this is turned round.
const ROOF_LOOKS_DOWN: f64 = -0.2;

/// A model of clean faces.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Solid {
    pub(crate) faces: Vec<Face>,
    /// Lowest and highest corner, in the sources' vertical datum.
    pub(crate) low_m: f64,
    pub(crate) high_m: f64,
    /// The middle of its corners.
    pub(crate) at: LonLat,
    /// Square metres that it covers on the map: half of what all its faces cover, roughly.
    pub(crate) ground_area_m2: f64,
}

/// One polygon in space.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Face {
    /// Longitude, latitude, height in the sources' vertical datum; first corners not repeated.
    pub(crate) rings: Vec<Vec<[f64; 3]>>,
    /// East, north, up of the same corners.
    pub(crate) corners: Vec<Vec<[f64; 3]>>,
    /// Texture coordinates of the same corners; empty without an image.
    pub(crate) coordinates: Vec<Vec<[f32; 2]>>,
    /// Outwards, of length 1.
    pub(crate) normal: [f64; 3],
    pub(crate) area_m2: f64,
    pub(crate) role: SurfaceRole,
    pub(crate) colour: Option<[u8; 4]>,
    pub(crate) image: Option<Arc<str>>,
}

/// The solid that `surfaces` make, lifted by `lift_m`; `None` when no face is left.
pub(crate) fn solid_of(
    surfaces: Vec<Surface>,
    class: Class,
    lift_m: f64,
    site: &Site,
    place: &str,
    ledger: &mut Ledger,
) -> Option<Solid> {
    let mut cleaning = Cleaning::default();
    let mut faces: Vec<Face> = surfaces
        .into_iter()
        .filter_map(|surface| face_of(surface, lift_m, site, &mut cleaning))
        .collect();
    if faces.is_empty() {
        return None;
    }
    turn_outwards(&mut faces, class, &mut cleaning);
    for sentence in cleaning.sentences() {
        ledger.repair(sentence, place);
    }
    let (mut low_m, mut high_m) = (f64::INFINITY, f64::NEG_INFINITY);
    let (mut lon, mut lat, mut count) = (0.0, 0.0, 0.0);
    for at in faces.iter().flat_map(|face| &face.rings).flatten() {
        low_m = low_m.min(at[2]);
        high_m = high_m.max(at[2]);
        lon += at[0];
        lat += at[1];
        count += 1.0;
    }
    let covered: f64 = faces
        .iter()
        .map(|face| face.area_m2 * face.normal[2].abs())
        .sum();
    let has_underside = faces.iter().any(|face| face.normal[2] < ROOF_LOOKS_DOWN);
    Some(Solid {
        low_m,
        high_m,
        at: [lon / count, lat / count],
        ground_area_m2: if has_underside {
            covered / 2.0
        } else {
            covered
        },
        faces,
    })
}

/// What it took to clean a model.
#[derive(Clone, Copy, Debug, Default)]
struct Cleaning {
    lost_face: bool,
    lost_hole: bool,
    was_repeated: bool,
    was_inside_out: bool,
    was_roof_down: bool,
}

impl Cleaning {
    fn sentences(self) -> impl Iterator<Item = &'static str> {
        [
            (self.lost_face, "a surface without an area was left out"),
            (self.lost_hole, "a hole without an area was filled"),
            (self.was_repeated, "a surface repeats a corner; taken once"),
            (
                self.was_inside_out,
                "its surfaces look inwards; turned round",
            ),
            (self.was_roof_down, "a roof looks down; turned round"),
        ]
        .into_iter()
        .filter(|(was_done, _)| *was_done)
        .map(|(_, sentence)| sentence)
    }
}

fn face_of(surface: Surface, lift_m: f64, site: &Site, cleaning: &mut Cleaning) -> Option<Face> {
    let texture = surface.texture;
    let mut face = Face {
        rings: Vec::with_capacity(surface.rings.len()),
        corners: Vec::with_capacity(surface.rings.len()),
        coordinates: Vec::new(),
        normal: [0.0; 3],
        area_m2: 0.0,
        role: surface.role,
        colour: surface.colour,
        image: texture.as_ref().map(|texture| Arc::clone(&texture.image)),
    };
    for (row, mut ring) in surface.rings.into_iter().enumerate() {
        for at in &mut ring {
            at[2] += lift_m;
        }
        let pairs = texture
            .as_ref()
            .and_then(|texture| texture.coordinates.get(row))
            .filter(|pairs| pairs.len() + 1 >= ring.len());
        let clean = CleanRing::of(&ring, pairs.map(Vec::as_slice), site);
        cleaning.was_repeated |= clean.is_changed;
        let twice_area = newell(&clean.corners);
        let is_area = clean.corners.len() >= 3 && length(twice_area) / 2.0 >= SMALLEST_FACE_M2;
        if row == 0 && !is_area {
            cleaning.lost_face = true;
            return None;
        }
        if !is_area {
            cleaning.lost_hole = true;
            continue;
        }
        // Without coordinates for one of its rings the whole face is drawn without its image.
        if pairs.is_none() {
            face.image = None;
        }
        face.rings.push(clean.places);
        face.corners.push(clean.corners);
        face.coordinates.push(clean.pairs);
    }
    if face.image.is_none() {
        face.coordinates.clear();
    }
    let around = face.corners.first().map(|ring| newell(ring))?;
    let size = length(around);
    face.normal = around.map(|part| part / size);
    let holes: f64 = face
        .corners
        .iter()
        .skip(1)
        .map(|ring| length(newell(ring)) / 2.0)
        .sum();
    face.area_m2 = (size / 2.0 - holes).max(0.0);
    Some(face)
}

struct CleanRing {
    places: Vec<[f64; 3]>,
    corners: Vec<[f64; 3]>,
    pairs: Vec<[f32; 2]>,
    /// True when corners were left out, the closing one aside.
    is_changed: bool,
}

impl CleanRing {
    fn of(ring: &[[f64; 3]], pairs: Option<&[[f32; 2]]>, site: &Site) -> Self {
        let mut clean = Self {
            places: Vec::with_capacity(ring.len()),
            corners: Vec::with_capacity(ring.len()),
            pairs: Vec::new(),
            is_changed: false,
        };
        for (row, place) in ring.iter().enumerate() {
            let corner = site.in_space(*place);
            if clean
                .corners
                .last()
                .is_some_and(|last| is_same(*last, corner))
            {
                clean.is_changed = true;
                continue;
            }
            clean.places.push(*place);
            clean.corners.push(corner);
            if let Some(pairs) = pairs {
                // The closing corner may come without a pair of its own.
                let pair = pairs.get(row).or_else(|| pairs.first());
                clean.pairs.push(pair.copied().unwrap_or_default());
            }
        }
        if clean.corners.len() > 1
            && clean
                .corners
                .first()
                .zip(clean.corners.last())
                .is_some_and(|(first, last)| is_same(*first, *last))
        {
            clean.places.pop();
            clean.corners.pop();
            clean.pairs.pop();
        }
        clean
    }
}

fn is_same(a: [f64; 3], b: [f64; 3]) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() < SAME_CORNER_M)
}

/// Twice the ring's area as a vector along its normal (Newell), from its first corner so that digits are kept.
fn newell(ring: &[[f64; 3]]) -> [f64; 3] {
    let Some(first) = ring.first() else {
        return [0.0; 3];
    };
    let away = |at: &[f64; 3]| [at[0] - first[0], at[1] - first[1], at[2] - first[2]];
    let mut sum = [0.0; 3];
    for (a, b) in ring.iter().zip(ring.iter().skip(1)) {
        let piece = cross(away(a), away(b));
        sum = [sum[0] + piece[0], sum[1] + piece[1], sum[2] + piece[2]];
    }
    sum
}

/// Turns round what looks the wrong way: relief and roofs that look down, and closed models that look inwards.
fn turn_outwards(faces: &mut [Face], class: Class, cleaning: &mut Cleaning) {
    if class == Class::Ground {
        for face in faces.iter_mut().filter(|face| face.normal[2] < 0.0) {
            face.turn();
        }
        return;
    }
    if is_inside_out(faces) {
        cleaning.was_inside_out = true;
        faces.iter_mut().for_each(Face::turn);
    }
    for face in faces.iter_mut() {
        if face.role == SurfaceRole::Roof && face.normal[2] < ROOF_LOOKS_DOWN {
            cleaning.was_roof_down = true;
            face.turn();
        }
    }
}

/// True for faces that close around something and hold a negative volume of it.
fn is_inside_out(faces: &[Face]) -> bool {
    let Some(origin) = faces
        .first()
        .and_then(|face| face.corners.first()?.first().copied())
    else {
        return false;
    };
    let (mut sum, mut total, mut volume) = ([0.0; 3], 0.0, 0.0);
    for face in faces {
        let Some(corner) = face.corners.first().and_then(|ring| ring.first()) else {
            continue;
        };
        for ((sum, normal), (corner, origin)) in sum
            .iter_mut()
            .zip(face.normal)
            .zip(corner.iter().zip(origin))
        {
            *sum += normal * face.area_m2;
            volume += (corner - origin) * normal * face.area_m2;
        }
        total += face.area_m2;
    }
    length(sum) < CLOSED_SHARE * total && volume < 0.0
}

impl Face {
    fn turn(&mut self) {
        self.rings.iter_mut().for_each(|ring| ring.reverse());
        self.corners.iter_mut().for_each(|ring| ring.reverse());
        self.coordinates.iter_mut().for_each(|ring| ring.reverse());
        self.normal = self.normal.map(|part| -part);
    }
}

pub(crate) fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

pub(crate) fn length(a: [f64; 3]) -> f64 {
    (a[0] * a[0] + a[1] * a[1] + a[2] * a[2]).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_geo::{Enu, Geodetic};

    fn site() -> Site {
        Site::new(Geodetic::new(8.54, 47.37, 400.0))
    }

    fn place(corner: [f64; 3]) -> [f64; 3] {
        let g = site()
            .frame()
            .geodetic_from_enu(Enu::new(corner[0], corner[1], corner[2]));
        [g.lon_deg, g.lat_deg, g.height_m]
    }

    fn surface(role: SurfaceRole, corners: &[[f64; 3]]) -> Surface {
        let mut ring: Vec<[f64; 3]> = corners.iter().map(|corner| place(*corner)).collect();
        ring.extend(ring.first().copied());
        Surface {
            rings: vec![ring],
            role,
            ..Surface::default()
        }
    }

    /// A box of 10 × 20 × 5 m that looks outwards.
    fn house() -> Vec<Surface> {
        let p = |x: f64, y: f64, z: f64| [10.0 * x, 20.0 * y, 5.0 * z];
        let quad = |role, corners: [[f64; 3]; 4]| surface(role, &corners);
        vec![
            quad(
                SurfaceRole::Ground,
                [p(0., 0., 0.), p(0., 1., 0.), p(1., 1., 0.), p(1., 0., 0.)],
            ),
            quad(
                SurfaceRole::Roof,
                [p(0., 0., 1.), p(1., 0., 1.), p(1., 1., 1.), p(0., 1., 1.)],
            ),
            quad(
                SurfaceRole::Wall,
                [p(0., 0., 0.), p(1., 0., 0.), p(1., 0., 1.), p(0., 0., 1.)],
            ),
            quad(
                SurfaceRole::Wall,
                [p(1., 0., 0.), p(1., 1., 0.), p(1., 1., 1.), p(1., 0., 1.)],
            ),
            quad(
                SurfaceRole::Wall,
                [p(1., 1., 0.), p(0., 1., 0.), p(0., 1., 1.), p(1., 1., 1.)],
            ),
            quad(
                SurfaceRole::Wall,
                [p(0., 1., 0.), p(0., 0., 0.), p(0., 0., 1.), p(0., 1., 1.)],
            ),
        ]
    }

    fn solid(surfaces: Vec<Surface>, ledger: &mut Ledger) -> Option<Solid> {
        solid_of(surfaces, Class::Building, 0.0, &site(), "here", ledger)
    }

    #[test]
    fn a_house_is_measured() {
        let mut ledger = Ledger::default();
        let house = solid(house(), &mut ledger).expect("a house");
        assert_eq!((house.faces.len(), ledger.counts.repaired), (6, 0));
        assert!((house.high_m - house.low_m - 5.0).abs() < 0.001);
        assert!((house.ground_area_m2 - 200.0).abs() < 0.1);
        assert!(house.faces[1].normal[2] > 0.99);
    }

    #[test]
    fn a_house_that_looks_inwards_is_turned_round() {
        let mut surfaces = house();
        for surface in &mut surfaces {
            surface.rings[0].reverse();
        }
        let mut ledger = Ledger::default();
        let house = solid(surfaces, &mut ledger).expect("a house");
        assert!(house.faces[1].normal[2] > 0.99);
        assert_eq!(
            ledger.repaired()[0].reason,
            "its surfaces look inwards; turned round"
        );
    }

    #[test]
    fn a_single_roof_that_looks_down_is_turned_and_a_sliver_left_out() {
        let mut roof = house().swap_remove(1);
        roof.rings[0].reverse();
        let sliver = surface(
            SurfaceRole::Wall,
            &[[0.0, 0.0, 0.0], [5.0, 0.0, 0.0], [9.0, 0.0, 0.0]],
        );
        let mut ledger = Ledger::default();
        let model = solid(vec![roof, sliver], &mut ledger).expect("a roof");
        assert_eq!(model.faces.len(), 1);
        assert!(model.faces[0].normal[2] > 0.99);
        assert_eq!(ledger.counts.repaired, 2);
        assert_eq!(solid(Vec::new(), &mut ledger), None);
    }
}
