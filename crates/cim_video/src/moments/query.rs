//! Questions to an index: by area, time, kind and attributes, as pages, as lanes of a timeline, around cameras.

use super::{
    index::{FrameBox, MomentIndex, box_of},
    vocabulary::{CLIP, Masks, Vocabulary},
};
use crate::ring::Ring;
use cim_model::UtcMillis;
use std::collections::{BTreeMap, BTreeSet};

/// How many rows one page may have.
pub const MOST_PAGE: usize = 1_000;
/// How many bins a lane may have.
pub const MOST_BINS: usize = 4_096;
const DAY_MS: i64 = 86_400_000;

/// What is asked. Empty lists and `None` ask nothing.
#[derive(Clone, Copy, Default)]
pub struct MomentQuery<'a> {
    /// Not over before.
    pub from: UtcMillis,
    /// Not begun after.
    pub to: UtcMillis,
    /// Where; what has no place is not inside.
    pub ring: Option<&'a Ring>,
    /// Words of kinds.
    pub kinds: &'a [String],
    /// Identities of cameras.
    pub cameras: Option<&'a BTreeSet<String>>,
    /// Attributes that all must be there. An empty value asks for any, one that ends with `*` for what begins so.
    pub attributes: &'a [(String, String)],
    /// No less sure than this; what does not say how sure it is passes.
    pub least_confidence: f32,
    /// Cameras whose recordings the person may see; asked once for each camera.
    pub may_see: Option<&'a dyn Fn(&str) -> bool>,
    /// So many are passed over.
    pub offset: usize,
    /// So many are given; at most [`MOST_PAGE`].
    pub limit: usize,
}

/// A page of moments, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MomentPage {
    /// Rows of the index.
    pub rows: Vec<u32>,
    /// How many there are in all.
    pub total: usize,
}

/// How many moments of one kind there are over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// The kind's word.
    pub kind: String,
    /// How many there are in each bin; one that lasts counts in every bin that it touches.
    pub counts: Vec<u32>,
}

/// What one camera has at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Around {
    /// The camera's identity.
    pub camera: String,
    /// The clip that covers the moment: of several the one that began last.
    pub clip: Option<u32>,
    /// The detection that is nearest in time.
    pub nearest: Option<u32>,
    /// How many detections there are near the moment.
    pub count: usize,
}

/// What an attribute has to be.
enum Wanted {
    Any,
    Exactly(u32),
    Begins(String),
}

/// A question, made ready for a million rows.
struct Sieve<'a> {
    index: &'a MomentIndex,
    kinds: Vec<bool>,
    cameras: Vec<bool>,
    ring: Option<&'a Ring>,
    attributes: Vec<(u32, Wanted)>,
    least_confidence: f32,
}

impl MomentIndex {
    /// The moments that answer `query`.
    pub fn query(&self, query: &MomentQuery<'_>) -> MomentPage {
        let mut page = MomentPage::default();
        let end = query.offset.saturating_add(query.limit.min(MOST_PAGE));
        let Some(sieve) = self.sieve(query) else {
            return page;
        };
        for row in self.columns.newest(query.from.0, query.to.0) {
            if !sieve.keeps(row) {
                continue;
            }
            if (query.offset..end).contains(&page.total) {
                page.rows.push(row);
            }
            page.total += 1;
        }
        page
    }

    /// How many moments answer `query` over its time, cut into `bins`; a lane for each kind that has any. Pages are not asked.
    pub fn lanes(&self, query: &MomentQuery<'_>, bins: usize) -> Vec<Lane> {
        let bins = bins.clamp(1, MOST_BINS);
        let Some(sieve) = self.sieve(query) else {
            return Vec::new();
        };
        let (from, to) = (query.from.0, query.to.0);
        let span = i128::from(to.saturating_sub(from).max(1));
        let bin_of = |moment: i64| {
            let passed = i128::from(moment.clamp(from, to.max(from))) - i128::from(from);
            let bin = passed * bins as i128 / span;
            usize::try_from(bin).unwrap_or_default().min(bins - 1)
        };
        // One more where moments begin, one less behind where they end: sums of it are the counts.
        let mut steps: BTreeMap<u8, Vec<i32>> = BTreeMap::new();
        for row in self.columns.newest(from, to) {
            if !sieve.keeps(row) {
                continue;
            }
            let kind = self.columns.kind.get(row as usize).copied();
            let lane = steps
                .entry(kind.unwrap_or_default())
                .or_insert_with(|| vec![0; bins + 1]);
            let ends = [
                (bin_of(self.columns.begin_of(row)), 1),
                (bin_of(self.columns.to(row)) + 1, -1),
            ];
            for (bin, step) in ends {
                if let Some(cell) = lane.get_mut(bin) {
                    *cell += step;
                }
            }
        }
        let lanes = steps.into_iter().map(|(kind, steps)| Lane {
            kind: self.kind_word(kind).to_owned(),
            counts: sums(&steps, bins),
        });
        lanes.collect()
    }

    /// What each of `cameras` has at `at`: its clip, and detections at most `slack_ms` away. In the order of the set, also those
    /// that have nothing.
    pub fn around(&self, cameras: &BTreeSet<String>, at: UtcMillis, slack_ms: i64) -> Vec<Around> {
        let slack = slack_ms.max(0);
        let mut found: BTreeMap<u32, Around> = BTreeMap::new();
        let query = MomentQuery {
            from: UtcMillis(at.0.saturating_sub(slack)),
            to: UtcMillis(at.0.saturating_add(slack)),
            cameras: Some(cameras),
            ..MomentQuery::default()
        };
        if let Some(sieve) = self.sieve(&query) {
            for row in self.columns.newest(query.from.0, query.to.0) {
                if sieve.keeps(row) {
                    self.note(row, at.0, &mut found);
                }
            }
        }
        let of = |camera: &String| {
            let number = self.cameras.find(camera);
            number
                .and_then(|number| found.get(&number).cloned())
                .unwrap_or_else(|| nothing_at(camera))
        };
        cameras.iter().map(of).collect()
    }

    /// What has to be masked in a picture that a camera took at `at`: what was detected at most `slack_ms` away.
    pub fn private_boxes(
        &self,
        camera: &str,
        at: UtcMillis,
        slack_ms: i64,
        vocabulary: &Vocabulary,
    ) -> Vec<FrameBox> {
        let slack = slack_ms.max(0);
        let (from, to) = (at.0.saturating_sub(slack), at.0.saturating_add(slack));
        let Some(number) = self.cameras.find(camera) else {
            return Vec::new();
        };
        let rows = self
            .columns
            .newest(from, to)
            .filter(|row| self.columns.camera.get(*row as usize) == Some(&number));
        rows.filter_map(|row| {
            let of = |cells: Option<&[u16; 4]>| cells.and_then(|cells| box_of(*cells));
            if let Some(mask) = of(self.columns.mask.get(row as usize)) {
                return Some(mask);
            }
            let whole = of(self.columns.frame_box.get(row as usize))?;
            let kind = self.columns.kind.get(row as usize).copied()?;
            match vocabulary.kind(self.kind_word(kind))?.masks {
                Masks::None => None,
                Masks::Head => Some(whole.head()),
                Masks::Whole => Some(whole),
            }
        })
        .collect()
    }

    /// Drops what is older than its kind is kept, and the oldest beyond `most_rows`. How many were dropped. What is left has
    /// new rows.
    pub fn retain(&mut self, vocabulary: &Vocabulary, now: UtcMillis, most_rows: usize) -> usize {
        self.settle();
        let keep_ms: Vec<Option<i64>> = self
            .kinds
            .iter()
            .map(|word| {
                let days = vocabulary.kind(word).map_or(0, |kind| kind.keep_days);
                (days > 0).then(|| i64::from(days) * DAY_MS)
            })
            .collect();
        let is_kept = |row: &u32| {
            let kind = self.columns.kind.get(*row as usize).copied();
            let keep = keep_ms.get(usize::from(kind.unwrap_or_default()));
            keep.copied()
                .flatten()
                .is_none_or(|keep| self.columns.to(*row) >= now.0.saturating_sub(keep))
        };
        let newest = self.columns.newest(i64::MIN, i64::MAX).filter(is_kept);
        let mut kept: Vec<u32> = newest.take(most_rows).collect();
        let dropped = self.len().saturating_sub(kept.len());
        if dropped == 0 {
            return 0;
        }
        kept.sort_unstable();
        let mut left = Self {
            kinds: self.kinds.clone(),
            ..Self::default()
        };
        for moment in kept.iter().filter_map(|row| self.moment(*row)) {
            // What was kept once is kept again: it was checked when it came.
            left.add(&moment).ok();
        }
        left.settle();
        *self = left;
        dropped
    }

    /// The word of a kind.
    pub(super) fn kind_word(&self, row: u8) -> &str {
        self.kinds.get(usize::from(row)).map_or("", String::as_str)
    }

    /// Notes a row for what its camera has at `at`.
    fn note(&self, row: u32, at: i64, found: &mut BTreeMap<u32, Around>) {
        let camera = self.columns.camera.get(row as usize).copied();
        let camera = camera.unwrap_or_default();
        let around = found
            .entry(camera)
            .or_insert_with(|| nothing_at(self.cameras.get(camera)));
        let kind = self.columns.kind.get(row as usize).copied();
        let away = |row: u32| {
            let (from, to) = (self.columns.begin_of(row), self.columns.to(row));
            from.saturating_sub(at).max(at.saturating_sub(to)).max(0)
        };
        if self.kind_word(kind.unwrap_or_default()) == CLIP {
            // Rows come newest first.
            if around.clip.is_none() && away(row) == 0 {
                around.clip = Some(row);
            }
            return;
        }
        around.count += 1;
        if around.nearest.is_none_or(|near| away(row) < away(near)) {
            around.nearest = Some(row);
        }
    }

    /// The question made ready. `None` when nothing can answer it.
    fn sieve<'a>(&'a self, query: &MomentQuery<'a>) -> Option<Sieve<'a>> {
        let is_wanted = |word: &String| query.kinds.is_empty() || query.kinds.contains(word);
        let is_seen = |camera: &str| {
            query.cameras.is_none_or(|set| set.contains(camera))
                && query.may_see.is_none_or(|may_see| may_see(camera))
        };
        let mut attributes = Vec::with_capacity(query.attributes.len());
        for (key, value) in query.attributes {
            let wanted = if value.is_empty() {
                Wanted::Any
            } else if let Some(begin) = value.strip_suffix('*') {
                Wanted::Begins(begin.to_owned())
            } else {
                Wanted::Exactly(self.values.find(value)?)
            };
            attributes.push((self.keys.find(key)?, wanted));
        }
        Some(Sieve {
            index: self,
            kinds: self.kinds.iter().map(is_wanted).collect(),
            cameras: (0..self.cameras.len())
                .map(|row| is_seen(self.cameras.get(row)))
                .collect(),
            ring: query.ring,
            attributes,
            least_confidence: query.least_confidence,
        })
    }
}

impl Sieve<'_> {
    /// True when a row answers everything but the time.
    fn keeps(&self, row: u32) -> bool {
        let columns = &self.index.columns;
        let at = row as usize;
        let is_in = |list: &[bool], row: usize| list.get(row).copied().unwrap_or_default();
        let kind = columns.kind.get(at).copied().unwrap_or_default();
        let camera = columns.camera.get(at).copied().unwrap_or_default();
        is_in(&self.kinds, usize::from(kind))
            && is_in(&self.cameras, camera as usize)
            && columns
                .confidence(row)
                .is_none_or(|share| share >= self.least_confidence)
            && self.ring.is_none_or(|ring| {
                let place = columns.place(row);
                place.is_some_and(|[lon_deg, lat_deg]| ring.contains(lon_deg, lat_deg))
            })
            && self.has_attributes(row)
    }

    fn has_attributes(&self, row: u32) -> bool {
        if self.attributes.is_empty() {
            return true;
        }
        let pairs = self.index.columns.pairs_of(row);
        self.attributes.iter().all(|(key, wanted)| {
            let found = pairs.iter().find(|(one, _)| one == key);
            found.is_some_and(|(_, value)| match wanted {
                Wanted::Any => true,
                Wanted::Exactly(number) => value == number,
                Wanted::Begins(begin) => self.index.values.get(*value).starts_with(begin),
            })
        })
    }
}

fn nothing_at(camera: &str) -> Around {
    Around {
        camera: camera.to_owned(),
        clip: None,
        nearest: None,
        count: 0,
    }
}

/// The first `bins` running sums of `steps`.
fn sums(steps: &[i32], bins: usize) -> Vec<u32> {
    let running = steps.iter().scan(0_i32, |sum, step| {
        *sum += step;
        Some(u32::try_from(*sum).unwrap_or_default())
    });
    running.take(bins).collect()
}
