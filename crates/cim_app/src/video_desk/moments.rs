//! Clips and detections: queries, lanes of the timeline, imports. Nobody finds moments of a camera that they may not know of.

use super::{
    Look, VideoDesk,
    convert::{refusal, shown_name, words_in},
    lists::count,
};
use crate::wire::{
    LaneDto, LanesDto, LanesQueryDto, MomentImportDto, VideoMomentDto, VideoMomentPageDto,
    VideoMomentQueryDto,
};
use cim_model::{Camera, UtcMillis};
use cim_video::{
    channels::Entry,
    moments::{CLIP, Change, Moment, MomentQuery},
    rights::Action,
    ring::Ring,
};
use std::{collections::BTreeSet, fs, path::Path, sync::atomic::Ordering};

/// The largest file of moments, bytes.
const MOST_BYTES: u64 = 1 << 30;
/// So many moments are answered at once.
const MOST_ROWS: u32 = 500;
/// So many bins of a lane.
const MOST_BINS: u32 = 2_000;
/// Old moments are let go so often, milliseconds.
const RETAIN_MS: i64 = 3_600_000;
/// So many moments are kept; of more, the oldest go.
const MOST_KEPT: usize = 1_000_000;
/// So many lines that were left out are told.
const MOST_REJECTS: usize = 100;

impl VideoDesk {
    /// A window into the moments that answer, newest first.
    pub(crate) fn find_moments(
        &self,
        look: &Look<'_>,
        query: &VideoMomentQueryDto,
    ) -> VideoMomentPageDto {
        let ring = ring_of(&query.area);
        if ring.is_none() && !query.area.is_empty() {
            return VideoMomentPageDto::default();
        }
        let cameras: BTreeSet<String> = query.cameras.iter().cloned().collect();
        let attributes: Vec<(String, String)> = query
            .attributes
            .iter()
            .map(|[name, value]| (name.clone(), value.clone()))
            .collect();
        // Whoever asks for a plate learns whether it was there.
        let asks_private = attributes.iter().any(|(id, _)| {
            let known = self.vocabulary.attribute(id);
            known.is_none_or(|attribute| attribute.is_private)
        });
        let channels = self.channels();
        let may_see = |camera: &str| {
            may_find(look, channels.find(camera), ring.is_some())
                && (!asks_private || may_reveal(look, channels.find(camera)))
        };
        let moments = self.moments();
        let page = moments.query(&MomentQuery {
            from: UtcMillis(query.from.unwrap_or(i64::MIN)),
            to: UtcMillis(query.to.unwrap_or(i64::MAX)),
            ring: ring.as_ref(),
            kinds: &query.kinds,
            cameras: (!cameras.is_empty()).then_some(&cameras),
            attributes: &attributes,
            least_confidence: query.min_confidence.unwrap_or(0.0) as f32,
            may_see: Some(&may_see),
            offset: query.offset as usize,
            limit: query.limit.clamp(1, MOST_ROWS) as usize,
        });
        let rows = page.rows.iter().filter_map(|row| moments.moment(*row));
        VideoMomentPageDto {
            total: count(page.total),
            offset: query.offset,
            rows: rows
                .map(|moment| self.moment_dto(look, &moment, channels.find(&moment.camera)))
                .collect(),
        }
    }

    /// How many moments lie in each stretch of the timeline.
    pub(crate) fn lanes(&self, look: &Look<'_>, query: &LanesQueryDto) -> LanesDto {
        let ring = ring_of(&query.area);
        let mut lanes = LanesDto {
            from: query.from,
            to: query.to,
            lanes: Vec::new(),
        };
        if query.from >= query.to || (ring.is_none() && !query.area.is_empty()) {
            return lanes;
        }
        let cameras: BTreeSet<String> = query.cameras.iter().cloned().collect();
        let channels = self.channels();
        let may_see = |camera: &str| may_find(look, channels.find(camera), ring.is_some());
        let asked = MomentQuery {
            from: UtcMillis(query.from),
            to: UtcMillis(query.to),
            ring: ring.as_ref(),
            kinds: &query.kinds,
            cameras: (!cameras.is_empty()).then_some(&cameras),
            attributes: &[],
            least_confidence: 0.0,
            may_see: Some(&may_see),
            offset: 0,
            limit: 0,
        };
        let found = self
            .moments()
            .lanes(&asked, query.bins.clamp(1, MOST_BINS) as usize);
        lanes.lanes = found
            .into_iter()
            .map(|lane| LaneDto {
                name: self.kind_name(&lane.kind, look),
                kind: lane.kind,
                counts: lane.counts,
            })
            .collect();
        lanes.lanes.sort_by_key(|lane| {
            let many: u64 = lane.counts.iter().map(|count| u64::from(*count)).sum();
            (lane.kind != CLIP, u64::MAX - many)
        });
        lanes
    }

    /// A moment by its identity, when whoever looks may know of it.
    pub(crate) fn moment(&self, look: &Look<'_>, id: &str) -> Option<Moment> {
        let moment = {
            let moments = self.moments();
            moments.moment(moments.row_of(id)?)?
        };
        let channels = self.channels();
        may_find(look, channels.find(&moment.camera), false).then_some(moment)
    }

    /// Takes JSON lines in. Reads a file: not on a task of the runtime.
    pub(crate) fn import_moments(&self, path: &Path, now: UtcMillis) -> MomentImportDto {
        let refused = |what: &str, why: &str| MomentImportDto {
            refused: Some(refusal(what, &path.display().to_string(), why)),
            ..MomentImportDto::default()
        };
        match fs::metadata(path) {
            Ok(about) if about.len() > MOST_BYTES => {
                return refused("too_large", "a file of at most 1 GiB is read");
            }
            Ok(_) => {}
            Err(error) => return refused("unreachable", &error.to_string()),
        }
        match fs::read_to_string(path) {
            Ok(text) => self.take_lines(&text, now, true),
            Err(error) => refused("unreachable", &error.to_string()),
        }
    }

    /// Takes JSON lines in, as a detector or the hub tells them. What is too old goes once an hour: that makes the index anew.
    pub(crate) fn take_moment_lines(&self, text: &str, now: UtcMillis) -> MomentImportDto {
        let since = now.0 - self.retained.load(Ordering::Relaxed);
        self.take_lines(text, now, !(0..RETAIN_MS).contains(&since))
    }

    fn take_lines(&self, text: &str, now: UtcMillis, is_due: bool) -> MomentImportDto {
        let (report, forgotten) = {
            let mut moments = self.moments_mut();
            let report = moments.import(text, &self.vocabulary);
            let forgotten = if is_due || moments.len() > MOST_KEPT + MOST_KEPT / 10 {
                self.retained.store(now.0, Ordering::Relaxed);
                moments.retain(&self.vocabulary, now, MOST_KEPT)
            } else {
                0
            };
            (report, forgotten)
        };
        if report.added + report.changed > 0 || forgotten > 0 {
            self.moments_changed();
            self.unkept.moments();
        }
        let many = |many: u64| u32::try_from(many).unwrap_or(u32::MAX);
        MomentImportDto {
            read: many(report.read),
            added: many(report.added),
            changed: many(report.changed),
            same: many(report.same),
            rejected: many(report.rejected_total),
            rejects: report
                .rejected
                .iter()
                .take(MOST_REJECTS)
                .map(|reject| [reject.line.to_string(), reject.reason.clone()])
                .collect(),
            forgotten: count(forgotten),
            refused: None,
        }
    }

    /// Takes the clips of the hub's cameras as moments.
    pub(crate) fn take_clips(&self, cameras: &[Camera]) {
        let mut is_changed = false;
        let mut moments = self.moments_mut();
        for camera in cameras {
            for clip in &camera.clips {
                let moment = Moment {
                    id: format!("clip:{}:{}", camera.id, clip.from.0),
                    camera: camera.id.to_string(),
                    kind: CLIP.to_owned(),
                    from: clip.from,
                    to: clip.to,
                    place: Some([camera.position.lon_deg, camera.position.lat_deg]),
                    frame_box: None,
                    mask: None,
                    confidence: None,
                    source: super::imports::HUB.to_owned(),
                    media: clip.path.clone(),
                    attributes: Vec::new(),
                };
                let added = moments.add(&moment);
                is_changed |= added.is_ok_and(|change| change != Change::Same);
            }
        }
        if is_changed {
            moments.settle();
            drop(moments);
            self.moments_changed();
            self.unkept.moments();
        }
    }

    fn kind_name(&self, kind: &str, look: &Look<'_>) -> String {
        self.vocabulary.kind(kind).map_or_else(
            || kind.to_owned(),
            |kind| words_in(&kind.name, look.sitting.is_chinese()),
        )
    }

    /// A moment on the wire; `entry` is its camera's.
    fn moment_dto(
        &self,
        look: &Look<'_>,
        moment: &Moment,
        entry: Option<Entry<'_>>,
    ) -> VideoMomentDto {
        let is_chinese = look.sitting.is_chinese();
        let actions = entry.map(|entry| look.actions(entry)).unwrap_or_default();
        let may_reveal = may_reveal(look, entry);
        let attributes = moment.attributes.iter().filter_map(|(id, code)| {
            let known = self.vocabulary.attribute(id);
            // What names a person or a vehicle is shown to those who may reveal it.
            let is_private = known.is_some_and(|attribute| attribute.is_private);
            if is_private && !may_reveal {
                return None;
            }
            let name = known.map_or_else(
                || id.clone(),
                |attribute| words_in(&attribute.name, is_chinese),
            );
            let value = self.vocabulary.value_of(id, code).map_or_else(
                || code.clone(),
                |value| if is_chinese { &value.zh } else { &value.en }.clone(),
            );
            Some([name, value])
        });
        VideoMomentDto {
            id: moment.id.clone(),
            camera: moment.camera.clone(),
            name: entry.map(shown_name).unwrap_or_default(),
            kind: moment.kind.clone(),
            kind_name: self.kind_name(&moment.kind, look),
            from: moment.from.0,
            to: moment.to.0,
            place: moment.place.filter(|_| actions.has(Action::SeePlace)),
            attributes: attributes.collect(),
            area: moment.frame_box.map(|frame| {
                let side = |at: f32| f64::from(at);
                [
                    side(frame.x),
                    side(frame.y),
                    side(frame.x + frame.w),
                    side(frame.y + frame.h),
                ]
            }),
            confidence: moment.confidence.map(f64::from),
            source: moment.source.clone(),
            can_look: actions.has(Action::Playback),
        }
    }
}

/// True when whoever looks may find what a camera recorded: also by where it was, when that is asked.
fn may_find(look: &Look<'_>, entry: Option<Entry<'_>>, by_place: bool) -> bool {
    entry.is_some_and(|entry| {
        if by_place {
            look.sees_place(entry)
        } else {
            look.lists(entry)
        }
    })
}

/// True when whoever looks may read what names a person or a vehicle. In a list nobody says what for: a right that asks for a
/// purpose does not hold here.
fn may_reveal(look: &Look<'_>, entry: Option<Entry<'_>>) -> bool {
    entry.is_some_and(|entry| look.plain_actions(entry).has(Action::Reveal))
}

fn ring_of(area: &[[f64; 2]]) -> Option<Ring> {
    if area.is_empty() {
        return None;
    }
    Ring::new(area.to_vec()).ok()
}
