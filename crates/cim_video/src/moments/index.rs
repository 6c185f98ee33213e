//! Moments as they come and go, and the index that keeps them.

use super::{
    columns::Columns,
    strings::Strings,
    vocabulary::{CLIP, Vocabulary},
};
use crate::ring::is_on_earth;
use cim_model::UtcMillis;

/// How many moments one index keeps.
const MOST_MOMENTS: u32 = 20_000_000;
/// The longest identity, name of a camera, a source or an attribute, bytes.
const MOST_NAME_BYTES: usize = 200;
/// The longest value of an attribute, bytes.
const MOST_VALUE_BYTES: usize = 512;
/// The longest address of a clip or picture, bytes.
const MOST_MEDIA_BYTES: usize = 2_048;
/// How many attributes one moment has.
const MOST_ATTRIBUTES: usize = 64;

/// A rectangle in a picture, as shares of its width and height, from the upper left corner.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FrameBox {
    /// Left side, 0 to 1.
    pub x: f32,
    /// Upper side, 0 to 1.
    pub y: f32,
    /// Width, 0 to 1.
    pub w: f32,
    /// Height, 0 to 1.
    pub h: f32,
}

impl FrameBox {
    /// True when it lies within the picture and is not empty.
    pub fn is_usable(self) -> bool {
        let is_share = |share: f32| (0.0..=1.0).contains(&share);
        is_share(self.x)
            && is_share(self.y)
            && self.w > 0.0
            && self.h > 0.0
            && self.x + self.w <= 1.001
            && self.y + self.h <= 1.001
    }

    /// Its upper third.
    #[must_use]
    pub fn head(self) -> Self {
        Self {
            h: self.h / 3.0,
            ..self
        }
    }
}

/// A stretch of video, or something that was detected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moment {
    /// Identity; the same moment told twice is kept once, as it was told last.
    pub id: String,
    /// The camera's identity.
    pub camera: String,
    /// A word of the vocabulary's kinds.
    pub kind: String,
    /// Its first moment.
    pub from: UtcMillis,
    /// Its last moment.
    pub to: UtcMillis,
    /// Where it was: longitude and latitude, degrees, to a centimetre.
    pub place: Option<[f64; 2]>,
    /// Where it is in the picture.
    pub frame_box: Option<FrameBox>,
    /// What of it is masked in a kept picture: a face, a plate.
    pub mask: Option<FrameBox>,
    /// How sure the detector was, 0 to 1, to a ten-thousandth.
    pub confidence: Option<f32>,
    /// Who detected it.
    pub source: String,
    /// Where the clip or picture is.
    pub media: String,
    /// Attributes by their names, each once.
    pub attributes: Vec<(String, String)>,
}

/// What came of a moment that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was not there before.
    Added,
    /// It was there and is another now.
    Changed,
    /// It was there.
    Same,
}

/// Why a moment is not kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MomentFault {
    /// A text is missing or too long.
    #[error("{0} is missing or too long")]
    Text(&'static str),
    /// The vocabulary does not have such a kind.
    #[error("`{0}` is no kind of moments")]
    Kind(String),
    /// It ends before it begins, or lasts longer than seven weeks.
    #[error("it ends before it begins, or lasts longer than seven weeks")]
    Time,
    /// It was nowhere on the earth.
    #[error("the place is nowhere on the earth")]
    Place,
    /// A rectangle does not lie within the picture.
    #[error("{0} does not lie within the picture")]
    Box(&'static str),
    /// The confidence is no share.
    #[error("the confidence is not between 0 and 1")]
    Confidence,
    /// It has too many attributes.
    #[error("it has {0} attributes; at most {MOST_ATTRIBUTES} are kept")]
    Attributes(usize),
    /// There is no more room.
    #[error("the index is full")]
    Full,
}

/// Moments of a city. Queries see what was there when [`MomentIndex::settle`] was called last.
#[derive(Clone, Debug, Default)]
pub struct MomentIndex {
    /// Words of the kinds, by row.
    pub(super) kinds: Vec<String>,
    /// Identities; the number of an identity is the row of its moment.
    pub(super) ids: Strings,
    pub(super) cameras: Strings,
    pub(super) sources: Strings,
    pub(super) media: Strings,
    pub(super) keys: Strings,
    pub(super) values: Strings,
    pub(super) columns: Columns,
}

impl MomentIndex {
    /// An index without moments, for the kinds of a vocabulary.
    pub fn new(vocabulary: &Vocabulary) -> Self {
        let mut index = Self::default();
        index.learn(vocabulary);
        index
    }

    /// Takes in kinds that it does not know.
    pub(super) fn learn(&mut self, vocabulary: &Vocabulary) {
        for kind in vocabulary.kinds() {
            if !self.kinds.contains(&kind.id) {
                self.kinds.push(kind.id.clone());
            }
        }
        self.kinds.truncate(usize::from(u8::MAX));
    }

    /// How many moments there are.
    pub fn len(&self) -> usize {
        self.columns.from.len()
    }

    /// The end of the newest detection; clips are none.
    pub fn detected_until(&self) -> Option<UtcMillis> {
        let rows = 0..self.len() as u32;
        let detections = rows.filter(|row| {
            let kind = self.columns.kind.get(*row as usize).copied();
            self.kind_word(kind.unwrap_or_default()) != CLIP
        });
        detections.map(|row| UtcMillis(self.columns.to(row))).max()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.columns.from.is_empty()
    }

    /// The row of a moment.
    pub fn row_of(&self, id: &str) -> Option<u32> {
        self.ids.find(id)
    }

    /// The moment in a row.
    pub fn moment(&self, row: u32) -> Option<Moment> {
        let columns = &self.columns;
        let at = row as usize;
        let from = *columns.from.get(at)?;
        let attributes = columns.pairs_of(row).iter();
        Some(Moment {
            id: self.ids.get(row).to_owned(),
            camera: self.cameras.get(*columns.camera.get(at)?).to_owned(),
            kind: self
                .kinds
                .get(usize::from(*columns.kind.get(at)?))
                .cloned()
                .unwrap_or_default(),
            from: UtcMillis(from),
            to: UtcMillis(columns.to(row)),
            place: columns.place(row),
            frame_box: columns.frame_box.get(at).and_then(|cells| box_of(*cells)),
            mask: columns.mask.get(at).and_then(|cells| box_of(*cells)),
            confidence: columns.confidence(row),
            source: self.sources.get(*columns.source.get(at)?).to_owned(),
            media: self.media.get(*columns.media.get(at)?).to_owned(),
            attributes: attributes
                .map(|(key, value)| {
                    let key = self.keys.get(*key).to_owned();
                    (key, self.values.get(*value).to_owned())
                })
                .collect(),
        })
    }

    /// Keeps a moment. One with a known identity takes the place of the one that was kept.
    pub fn add(&mut self, moment: &Moment) -> Result<Change, MomentFault> {
        let kind = self.check(moment)?;
        let mut attributes = moment.attributes.clone();
        attributes.sort();
        attributes.dedup_by(|later, first| later.0 == first.0);
        let (known, is_full) = (self.row_of(&moment.id), self.ids.len() >= MOST_MOMENTS);
        if known.is_none() && is_full {
            return Err(MomentFault::Full);
        }
        let neat = Moment {
            place: moment.place.map(|place| degrees_of(cells_of_place(place))),
            frame_box: moment
                .frame_box
                .and_then(|frame| box_of(cells_of_box(frame))),
            mask: moment.mask.and_then(|frame| box_of(cells_of_box(frame))),
            confidence: moment
                .confidence
                .map(|share| share_of(cell_of_share(share))),
            attributes,
            ..moment.clone()
        };
        if let Some(row) = known
            && self.moment(row).as_ref() == Some(&neat)
        {
            return Ok(Change::Same);
        }
        self.write(&neat, kind).ok_or(MomentFault::Full)?;
        Ok(if known.is_some() {
            Change::Changed
        } else {
            Change::Added
        })
    }

    /// Sorts what came since the last time, so that queries see it.
    pub fn settle(&mut self) {
        self.columns.settle();
    }

    /// Writes a moment into its row. `None` when there is no more room for its texts.
    fn write(&mut self, moment: &Moment, kind: u8) -> Option<()> {
        let camera = self.cameras.put(&moment.camera)?;
        let source = self.sources.put(&moment.source)?;
        let media = self.media.put(&moment.media)?;
        let mut pairs = Vec::with_capacity(moment.attributes.len());
        for (key, value) in &moment.attributes {
            pairs.push((self.keys.put(key)?, self.values.put(value)?));
        }
        let lasts_ms = u32::try_from(moment.to.0.checked_sub(moment.from.0)?).ok()?;
        let row = self.ids.put(&moment.id)?;
        let columns = &mut self.columns;
        columns.reserve_row(row);
        columns.set_time(row, moment.from.0, lasts_ms);
        columns.set_names(row, [camera, source, media], kind);
        let place = moment.place.map(cells_of_place);
        columns.set_place(row, place);
        let boxes = [moment.frame_box, moment.mask].map(|frame| frame.map(cells_of_box));
        columns.set_boxes(row, boxes.map(Option::unwrap_or_default));
        columns.set_confidence(row, moment.confidence.map(cell_of_share));
        columns.set_pairs(row, &pairs)
    }

    /// The row of its kind, or what is wrong with a moment.
    fn check(&self, moment: &Moment) -> Result<u8, MomentFault> {
        let needed = [("the identity", &moment.id), ("the camera", &moment.camera)];
        let is_wrong = |text: &str| text.is_empty() || text.len() > MOST_NAME_BYTES;
        if let Some((field, _)) = needed.into_iter().find(|(_, text)| is_wrong(text)) {
            return Err(MomentFault::Text(field));
        }
        if moment.source.len() > MOST_NAME_BYTES || moment.media.len() > MOST_MEDIA_BYTES {
            return Err(MomentFault::Text("the source or the address of the clip"));
        }
        let kind = self.kinds.iter().position(|kind| *kind == moment.kind);
        let kind = kind
            .and_then(|row| u8::try_from(row).ok())
            .ok_or_else(|| MomentFault::Kind(moment.kind.chars().take(80).collect()))?;
        let lasts = moment.to.0.checked_sub(moment.from.0);
        if lasts.is_none_or(|lasts| u32::try_from(lasts).is_err()) {
            return Err(MomentFault::Time);
        }
        if moment.place.is_some_and(|place| !is_on_earth(place)) {
            return Err(MomentFault::Place);
        }
        for (field, frame) in [("the box", moment.frame_box), ("the mask", moment.mask)] {
            if frame.is_some_and(|frame| !frame.is_usable()) {
                return Err(MomentFault::Box(field));
            }
        }
        let is_share = |share: f32| (0.0..=1.0).contains(&share);
        if moment.confidence.is_some_and(|share| !is_share(share)) {
            return Err(MomentFault::Confidence);
        }
        if moment.attributes.len() > MOST_ATTRIBUTES {
            return Err(MomentFault::Attributes(moment.attributes.len()));
        }
        let is_strange = |(key, value): &(String, String)| {
            is_wrong(key) || value.is_empty() || value.len() > MOST_VALUE_BYTES
        };
        if moment.attributes.iter().any(is_strange) {
            return Err(MomentFault::Text("an attribute"));
        }
        Ok(kind)
    }
}

/// Ten-millionths of a degree.
fn cells_of_place(place: [f64; 2]) -> [i32; 2] {
    place.map(|degrees| (degrees * 1e7).round() as i32)
}

/// Degrees.
pub(super) fn degrees_of(cells: [i32; 2]) -> [f64; 2] {
    cells.map(|cell| f64::from(cell) / 1e7)
}

fn cells_of_box(frame: FrameBox) -> [u16; 4] {
    let cell = |share: f32| (share.clamp(0.0, 1.0) * 65_535.0).round() as u16;
    [
        cell(frame.x),
        cell(frame.y),
        cell(frame.w).max(1),
        cell(frame.h).max(1),
    ]
}

/// The rectangle of four cells; `None` for an empty one.
pub(super) fn box_of([x, y, w, h]: [u16; 4]) -> Option<FrameBox> {
    let share = |cell: u16| f32::from(cell) / 65_535.0;
    (w > 0 && h > 0).then(|| FrameBox {
        x: share(x),
        y: share(y),
        w: share(w),
        h: share(h),
    })
}

fn cell_of_share(share: f32) -> u16 {
    (share.clamp(0.0, 1.0) * 10_000.0).round() as u16
}

/// The share of a cell.
pub(super) fn share_of(cell: u16) -> f32 {
    f32::from(cell) / 10_000.0
}

#[cfg(test)]
#[path = "index_tests.rs"]
pub(super) mod tests;
