//! Features as bytes, for the import's working files. Private to one version of the program: never read by another.

use crate::classify::{Class, Verdict};
use crate::feature::{
    Area, Hint, LonLat, ModelKind, PlacedModel, Shape, SourceFeature, Surface, SurfaceRole,
    SurfaceTexture, Tags, Tube,
};
use cim_tiles::CimLevel;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A feature with what was decided about it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Decided {
    pub(crate) feature: SourceFeature,
    pub(crate) verdict: Verdict,
    /// True when heights count from the ground and not from the source's datum.
    pub(crate) is_from_ground: bool,
}

/// Writes `decided` behind what `out` holds already.
pub(crate) fn encode(decided: &Decided, out: &mut Vec<u8>) {
    let Decided {
        feature, verdict, ..
    } = decided;
    put_text(out, &feature.id);
    put_text(out, &feature.place);
    put_count(out, feature.tags.0.len());
    for (key, value) in &feature.tags.0 {
        put_text(out, key);
        put_text(out, value);
    }
    out.push(feature.hint as u8);
    out.push(feature.level.map_or(0, |level| level as u8 + 1));
    put_text(out, feature.parent.as_deref().unwrap_or_default());
    out.push(verdict.class as u8);
    put_text(out, &verdict.kind);
    out.push(u8::from(verdict.is_drawn));
    put_shape(out, &feature.shape);
}

/// The feature that `bytes` hold; `None` when they are not what [`encode`] wrote. What its heights count from is known only
/// once its source was read to its end, and is not in them.
pub(crate) fn decode(bytes: &[u8], is_from_ground: bool) -> Option<Decided> {
    let mut at = Bytes(bytes);
    let id = at.text()?;
    let place = at.text()?;
    let mut tags = BTreeMap::new();
    for _ in 0..at.count(8)? {
        tags.insert(at.text()?, at.text()?);
    }
    let hint = *Hint::ALL.get(usize::from(at.byte()?))?;
    let level = match at.byte()? {
        0 => None,
        number => Some(*CimLevel::ALL.get(usize::from(number) - 1)?),
    };
    let parent = Some(at.text()?).filter(|parent| !parent.is_empty());
    let class = *Class::ALL.get(usize::from(at.byte()?))?;
    let kind = at.text()?;
    let is_drawn = at.byte()? != 0;
    let shape = at.shape()?;
    Some(Decided {
        feature: SourceFeature {
            id,
            place,
            tags: Tags(tags),
            shape,
            hint,
            level,
            parent,
        },
        verdict: Verdict {
            class,
            kind,
            is_drawn,
        },
        is_from_ground,
    })
}

/// What of a feature's bytes changes its tile: everything but the place in its source, which shifts when others come before
/// it.
pub(crate) fn telling_bytes(bytes: &[u8]) -> Option<[&[u8]; 2]> {
    let mut at = Bytes(bytes);
    at.text_bytes()?;
    let id = bytes.get(..bytes.len() - at.0.len())?;
    at.text_bytes()?;
    Some([id, bytes.get(bytes.len() - at.0.len()..)?])
}

fn put_count(out: &mut Vec<u8>, count: usize) {
    out.extend_from_slice(&(count as u32).to_le_bytes());
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_count(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

fn put_numbers<const N: usize>(out: &mut Vec<u8>, numbers: &[f64; N]) {
    for number in numbers {
        out.extend_from_slice(&number.to_le_bytes());
    }
}

fn put_line<const N: usize>(out: &mut Vec<u8>, line: &[[f64; N]]) {
    put_count(out, line.len());
    for at in line {
        put_numbers(out, at);
    }
}

fn put_lines<const N: usize>(out: &mut Vec<u8>, lines: &[Vec<[f64; N]>]) {
    put_count(out, lines.len());
    for line in lines {
        put_line(out, line);
    }
}

fn put_shape(out: &mut Vec<u8>, shape: &Shape) {
    match shape {
        Shape::Points(points) => {
            out.push(0);
            put_line(out, points);
        }
        Shape::Lines(lines) => {
            out.push(1);
            put_lines(out, lines);
        }
        Shape::Areas(areas) => {
            out.push(2);
            put_count(out, areas.len());
            for area in areas {
                put_line(out, &area.outer);
                put_lines(out, &area.inner);
            }
        }
        Shape::Surfaces(surfaces) => {
            out.push(3);
            put_count(out, surfaces.len());
            for surface in surfaces {
                put_surface(out, surface);
            }
        }
        Shape::Tubes(tubes) => {
            out.push(4);
            put_count(out, tubes.len());
            for tube in tubes {
                put_line(out, &tube.line);
                put_numbers(out, &[tube.diameter_m]);
            }
        }
        Shape::Placed(models) => {
            out.push(5);
            put_count(out, models.len());
            for model in models {
                put_numbers(out, &model.at);
                put_numbers(out, &[model.heading_deg, model.scale]);
                out.push(model.model as u8);
            }
        }
    }
}

fn put_surface(out: &mut Vec<u8>, surface: &Surface) {
    put_lines(out, &surface.rings);
    out.push(surface.role as u8);
    out.push(u8::from(surface.colour.is_some()));
    out.extend_from_slice(&surface.colour.unwrap_or_default());
    match &surface.texture {
        None => out.push(0),
        Some(texture) => {
            out.push(1);
            put_text(out, &texture.image);
            put_count(out, texture.coordinates.len());
            for ring in &texture.coordinates {
                put_count(out, ring.len());
                for pair in ring {
                    out.extend_from_slice(&pair[0].to_le_bytes());
                    out.extend_from_slice(&pair[1].to_le_bytes());
                }
            }
        }
    }
}

/// What is left to read.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take(&mut self, count: usize) -> Option<&[u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// How many items of at least `size` bytes follow; no more than there is room for.
    fn count(&mut self, size: usize) -> Option<usize> {
        let count = u32::from_le_bytes(self.take(4)?.try_into().ok()?) as usize;
        (count.checked_mul(size)? <= self.0.len()).then_some(count)
    }

    fn text_bytes(&mut self) -> Option<&[u8]> {
        let length = self.count(1)?;
        self.take(length)
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.text_bytes()?.to_vec()).ok()
    }

    fn number(&mut self) -> Option<f64> {
        Some(f64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn small_number(&mut self) -> Option<f32> {
        Some(f32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn numbers<const N: usize>(&mut self) -> Option<[f64; N]> {
        let mut numbers = [0.0; N];
        for number in &mut numbers {
            *number = self.number()?;
        }
        Some(numbers)
    }

    fn line<const N: usize>(&mut self) -> Option<Vec<[f64; N]>> {
        let count = self.count(8 * N)?;
        (0..count).map(|_| self.numbers()).collect()
    }

    fn lines<const N: usize>(&mut self) -> Option<Vec<Vec<[f64; N]>>> {
        let count = self.count(4)?;
        (0..count).map(|_| self.line()).collect()
    }

    fn shape(&mut self) -> Option<Shape> {
        let kind = self.byte()?;
        let shape = match kind {
            0 => Shape::Points(self.line()?),
            1 => Shape::Lines(self.lines()?),
            2 => {
                let count = self.count(8)?;
                Shape::Areas((0..count).map(|_| self.area()).collect::<Option<_>>()?)
            }
            3 => {
                let count = self.count(11)?;
                Shape::Surfaces((0..count).map(|_| self.surface()).collect::<Option<_>>()?)
            }
            4 => {
                let count = self.count(12)?;
                Shape::Tubes((0..count).map(|_| self.tube()).collect::<Option<_>>()?)
            }
            5 => {
                let count = self.count(41)?;
                Shape::Placed((0..count).map(|_| self.model()).collect::<Option<_>>()?)
            }
            _ => return None,
        };
        Some(shape)
    }

    fn area(&mut self) -> Option<Area> {
        let outer: Vec<LonLat> = self.line()?;
        Some(Area {
            outer,
            inner: self.lines()?,
        })
    }

    fn tube(&mut self) -> Option<Tube> {
        Some(Tube {
            line: self.line()?,
            diameter_m: self.number()?,
        })
    }

    fn model(&mut self) -> Option<PlacedModel> {
        Some(PlacedModel {
            at: self.numbers()?,
            heading_deg: self.number()?,
            scale: self.number()?,
            model: *ModelKind::ALL.get(usize::from(self.byte()?))?,
        })
    }

    fn surface(&mut self) -> Option<Surface> {
        let rings = self.lines()?;
        let role = match self.byte()? {
            0 => SurfaceRole::Roof,
            1 => SurfaceRole::Wall,
            2 => SurfaceRole::Ground,
            3 => SurfaceRole::Closure,
            4 => SurfaceRole::Other,
            _ => return None,
        };
        let is_coloured = self.byte()? != 0;
        let colour: [u8; 4] = self.take(4)?.try_into().ok()?;
        let texture = match self.byte()? {
            0 => None,
            _ => Some(self.texture()?),
        };
        Some(Surface {
            rings,
            role,
            colour: is_coloured.then_some(colour),
            texture,
        })
    }

    fn texture(&mut self) -> Option<SurfaceTexture> {
        let image: Arc<str> = self.text()?.into();
        let mut coordinates = Vec::new();
        for _ in 0..self.count(4)? {
            let count = self.count(8)?;
            let ring: Option<Vec<[f32; 2]>> = (0..count)
                .map(|_| Some([self.small_number()?, self.small_number()?]))
                .collect();
            coordinates.push(ring?);
        }
        Some(SurfaceTexture { image, coordinates })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(shape: Shape) -> Decided {
        Decided {
            feature: SourceFeature {
                id: "w1".into(),
                place: "上海.geojson, feature 3".into(),
                tags: Tags::of(&[("building", "yes"), ("name", "塔楼")]),
                shape,
                hint: Hint::Buildings,
                level: Some(CimLevel::Cim3),
                parent: Some("w0".into()),
            },
            verdict: Verdict {
                class: Class::Building,
                kind: "building".into(),
                is_drawn: true,
            },
            is_from_ground: true,
        }
    }

    fn shapes() -> Vec<Shape> {
        vec![
            Shape::Points(vec![[121.5, 31.24]]),
            Shape::Lines(vec![vec![[1.0, 2.0], [3.0, 4.0]], vec![]]),
            Shape::Areas(vec![Area {
                outer: vec![[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]],
                inner: vec![vec![[0.2, 0.2]]],
            }]),
            Shape::Surfaces(vec![Surface {
                rings: vec![vec![[0.0, 0.0, 5.0], [1.0, 0.0, 6.0], [1.0, 1.0, 7.0]]],
                role: SurfaceRole::Wall,
                colour: Some([1, 2, 3, 4]),
                texture: Some(SurfaceTexture {
                    image: "facade.jpg".into(),
                    coordinates: vec![vec![[0.0, 0.25], [1.0, 0.5], [0.5, 1.0]]],
                }),
            }]),
            Shape::Tubes(vec![Tube {
                line: vec![[0.0, 0.0, -1.5], [0.1, 0.0, -1.6]],
                diameter_m: 0.3,
            }]),
            Shape::Placed(vec![PlacedModel {
                at: [1.0, 2.0, 3.0],
                heading_deg: 90.0,
                scale: 1.2,
                model: ModelKind::Hydrant,
            }]),
        ]
    }

    #[test]
    fn every_shape_comes_back_and_no_cut_record_is_taken_for_a_whole_one() {
        for shape in shapes() {
            let decided = decided(shape);
            let mut bytes = Vec::new();
            encode(&decided, &mut bytes);
            assert_eq!(decode(&bytes, true).as_ref(), Some(&decided));
            for length in 0..bytes.len() {
                assert_eq!(decode(&bytes[..length], true), None, "{length}");
            }
        }
    }

    #[test]
    fn the_place_in_the_source_tells_nothing_of_a_tile() {
        let bytes_of = |place: &str, name: &str| {
            let mut decided = decided(Shape::Points(vec![[1.0, 2.0]]));
            decided.feature.place = place.into();
            decided.feature.tags.set("name", name);
            let mut bytes = Vec::new();
            encode(&decided, &mut bytes);
            bytes
        };
        let (here, there) = (
            bytes_of("a, feature 1", "x"),
            bytes_of("a, feature 22", "x"),
        );
        let renamed = bytes_of("a, feature 1", "y");
        assert_eq!(telling_bytes(&here), telling_bytes(&there));
        assert_ne!(telling_bytes(&here), telling_bytes(&renamed));
        assert_eq!(telling_bytes(&here[..9]), None);
    }
}
