//! What a person does with time: moving the clock, stepping, charts, the timeline, moments, and how much of it is kept.

use super::Desk;
use crate::{
    actions::{Action, actions},
    clock::clock_from_dto,
    convert::{knowledge_dto, knowledge_from_dto},
    error::AppError,
    events::MAX_EVENTS,
    exchange::known_gap_dto,
    facts::alarms_from_facts,
    gaps::Steps,
    search,
    steps::{LATE_BY_MS, REACHES_MS, Way, alarm_moments, event_moment},
    trend::{MAX_BINS, MAX_PIXELS, timeline, trend},
    wire::{
        ClockDto, KnowledgeDto, MomentDto, SeriesChoiceDto, StepKindDto, Timeline, Trend,
        ViewPlaceDto,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use cim_model::{Alarm, Clock, DatastreamId, Event, UtcMillis};
use cim_store::{Bucket, Keep, Knowledge, Moment, Store, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many series a chart shows at most.
const MAX_TRENDS: usize = 12;

/// The setting under which the store remembers how much of the past is kept.
const HISTORY_LIMITS: &str = "history_limits";

/// For how many days the past can be kept.
const DAYS_KEPT: std::ops::RangeInclusive<u32> = 1..=3_650;

/// The least that the past can be given on disk, bytes.
const LEAST_BYTES: u64 = 64 << 20;

/// A title is at most so long, characters.
pub(super) const MAX_TITLE_CHARS: usize = 200;

/// At most so many moments are saved.
const MAX_MOMENTS: usize = 1_000;

/// A picture of a moment is at most so large, bytes.
const MAX_THUMBNAIL: usize = 256 << 10;

/// How much of the past is kept, as the store remembers it.
#[derive(Serialize, Deserialize)]
struct Limits {
    days: u32,
    bytes: u64,
}

impl Desk {
    /// Shows another moment, as soon as it is read.
    pub fn set_clock(&self, asked: ClockDto) -> Result<(), AppError> {
        let clock = clock_from_dto(asked, self.shared.settings.time.now())?;
        let mut live = self.shared.keeper.live();
        if let Clock::Branch { id, .. } = &clock
            && !live.branches.contains_key(id.as_ref())
        {
            return Err(AppError::NotFound {
                what: "branch",
                id: id.to_string(),
            });
        }
        live.clock = clock;
        live.changed = true;
        drop(live);
        self.shared.keeper.clock_moved();
        Ok(())
    }

    /// Sees past moments with the knowledge of then, or of now.
    pub fn set_knowledge(&self, knowledge: KnowledgeDto) {
        let mut live = self.shared.keeper.live();
        if knowledge_dto(live.knowledge) != knowledge {
            live.knowledge = knowledge_from_dto(knowledge);
            live.changed = true;
            drop(live);
            self.shared.keeper.clock_moved();
        }
    }

    /// Goes to the next event, alarm or moment, or to the one before; returns where that is. `None`: there is none.
    pub async fn step_to(&self, kind: StepKindDto, forward: bool) -> Result<Option<i64>, AppError> {
        let now = self.shared.settings.time.now();
        let (start, is_live, knowledge) = {
            let live = self.shared.keeper.live();
            (live.clock.moment(now), live.clock.is_live(), live.knowledge)
        };
        if is_live && forward {
            return Ok(None);
        }
        let way = if forward {
            Way::After(start)
        } else {
            Way::Before(start)
        };
        let found = match kind {
            StepKindDto::Event => self.nearest_event(way, knowledge, now).await?,
            StepKindDto::Alarm => self.nearest_alarm(way, knowledge, now).await?,
            StepKindDto::Moment => {
                let moments = self.shared.keeper.store.moments().await?;
                way.nearest(moments.iter().map(|moment| moment.at))
            }
        };
        let found = found.filter(|at| *at <= now);
        if let Some(at) = found {
            self.set_clock(ClockDto::At { time: at.0 })?;
        }
        Ok(found.map(|at| at.0))
    }

    /// Series from `from` to `to` (UTC milliseconds), for a chart `pixels` wide; at most 12.
    pub async fn trends(
        &self,
        ids: Vec<String>,
        from: i64,
        to: i64,
        pixels: u32,
    ) -> Result<Vec<Trend>, AppError> {
        super::check_stretch(from, to)?;
        if ids.len() > MAX_TRENDS {
            return Err(AppError::BadRequest {
                what: "the number of series",
                found: ids.len().to_string(),
                reason: "a chart shows at most 12",
            });
        }
        let pixels = pixels.clamp(1, MAX_PIXELS);
        let mut trends = Vec::with_capacity(ids.len());
        for id in ids {
            trends.push(
                self.trend(
                    &DatastreamId::new(&id),
                    (UtcMillis(from), UtcMillis(to)),
                    pixels,
                )
                .await?,
            );
        }
        Ok(trends)
    }

    async fn trend(
        &self,
        id: &DatastreamId,
        (from, to): (UtcMillis, UtcMillis),
        pixels: u32,
    ) -> Result<Trend, AppError> {
        let (series, name) = {
            let live = self.shared.keeper.live();
            let row = live.state.series_row(id);
            let series = row.and_then(|row| live.state.series_at(row)).cloned();
            (series, row.map(|row| live.state.series_name(row)))
        };
        let (Some(series), Some(name)) = (series, name) else {
            return Err(AppError::NotFound {
                what: "series",
                id: id.to_string(),
            });
        };
        let buckets = self.window(id, (from, to), pixels).await?;
        let width_s = to.seconds_since(from) / f64::from(pixels);
        Ok(trend(&series, name, &buckets, width_s))
    }

    /// The series as history tells it; in a branch, from where that leaves as somebody assumes it.
    async fn window(
        &self,
        id: &DatastreamId,
        (from, to): (UtcMillis, UtcMillis),
        pixels: u32,
    ) -> Result<Vec<Bucket>, AppError> {
        let keeper = &self.shared.keeper;
        let branch = match &keeper.live().clock {
            Clock::Branch { id, .. } => Some(id.clone()),
            _ => None,
        };
        let open = match &branch {
            Some(branch) => keeper.open_branch(branch).await?,
            None => None,
        };
        let (Some(open), Some(number)) = (open, keeper.store.number_of(id)) else {
            return Ok(keeper.store.window(id, from, to, pixels).await?);
        };
        let leaves = open.branch.from.max(from).min(to);
        let share = leaves.seconds_since(from) / to.seconds_since(from);
        let before = ((share * f64::from(pixels)).round() as u32).min(pixels);
        let mut buckets = Vec::new();
        if leaves > from {
            let window = keeper.store.window(id, from, leaves, before.max(1));
            buckets = window.await?;
        }
        if to > leaves {
            let after = pixels.saturating_sub(before).max(1);
            let assumed = open.history.window(number, leaves, to, after);
            buckets.extend(assumed.await?);
        }
        Ok(buckets)
    }

    /// Series whose device or own name answers `text`; at most 20.
    pub fn series_choices(&self, text: &str) -> Vec<SeriesChoiceDto> {
        search::series_choices(text, &self.shared.keeper.live().state)
    }

    /// What happened from `from` to `to` (UTC milliseconds), in `bins` equal stretches.
    pub async fn timeline(&self, from: i64, to: i64, bins: u32) -> Result<Timeline, AppError> {
        super::check_stretch(from, to)?;
        let (from, to) = (UtcMillis(from), UtcMillis(to));
        let bins = bins.clamp(1, MAX_BINS);
        let store = &self.shared.keeper.store;
        let observations = store.activity(from, to, bins).await?;
        let gaps = self.gaps(from, to).await?;
        let facts = store.facts_between(from, to).await?;
        let moments = self.moments().await?;
        let events = self.events_until(to).await?;
        let known_gaps = store.known_gaps(from, to).await?;
        let live = self.shared.keeper.live();
        let mut alarms = alarms_from_facts(&facts);
        let told: BTreeSet<String> = alarms.iter().map(|alarm| alarm.id.to_string()).collect();
        let remembered = live.alarms.all().into_iter();
        alarms.extend(remembered.filter(|alarm| !told.contains(alarm.id.as_str())));
        let drawn = timeline(
            &live.exchanged,
            (from, to),
            observations,
            alarms.iter(),
            events.iter(),
        );
        Ok(Timeline {
            gaps,
            known_gaps: known_gaps.iter().map(known_gap_dto).collect(),
            actions: actions(&live, &facts),
            moments: moments
                .into_iter()
                .filter(|moment| moment.time >= from.0 && moment.time < to.0)
                .collect(),
            ..drawn
        })
    }

    /// Saves the moment `time` (UTC milliseconds) under a title, with a picture of it where the host can draw one.
    pub async fn save_moment(
        &self,
        title: String,
        time: i64,
        view: Option<ViewPlaceDto>,
        thumbnail: Option<Vec<u8>>,
    ) -> Result<MomentDto, AppError> {
        check_title(&title)?;
        let settings = &self.shared.settings;
        let store = &self.shared.keeper.store;
        let known = store.moments().await?;
        if known.len() >= MAX_MOMENTS {
            return Err(AppError::BadRequest {
                what: "the number of moments",
                found: known.len().to_string(),
                reason: "at most 1000 are saved",
            });
        }
        let now = settings.time.now();
        let ids = known.iter().map(|moment| moment.id.as_str());
        let moment = Moment {
            id: free_id('m', now, ids),
            at: UtcMillis(time),
            title,
            author: self.operator(),
            saved_at: now,
            view: view
                .and_then(|view| serde_json::to_string(&view).ok())
                .unwrap_or_default(),
            thumbnail: thumbnail
                .filter(|picture| picture.len() <= MAX_THUMBNAIL)
                .unwrap_or_default(),
        };
        store.save_moment(&moment).await?;
        self.note_action(Action::MomentSaved(&moment.title));
        Ok(moment_dto(&moment))
    }

    /// Gives a moment another title.
    pub async fn rename_moment(&self, id: &str, title: String) -> Result<(), AppError> {
        check_title(&title)?;
        let moment = self.moment(id).await?;
        let renamed = Moment { title, ..moment };
        Ok(self.shared.keeper.store.save_moment(&renamed).await?)
    }

    /// Forgets a moment.
    pub async fn delete_moment(&self, id: &str) -> Result<(), AppError> {
        self.moment(id).await?;
        Ok(self.shared.keeper.store.delete_moment(id).await?)
    }

    /// Every saved moment, in the order of time.
    pub async fn moments(&self) -> Result<Vec<MomentDto>, AppError> {
        let mut moments = self.shared.keeper.store.moments().await?;
        moments.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        Ok(moments.iter().map(moment_dto).collect())
    }

    /// Keeps the past for so many days, and in so many bytes, from now on.
    pub async fn set_history_limits(&self, days: u32, bytes: u64) -> Result<(), AppError> {
        if !DAYS_KEPT.contains(&days) {
            return Err(AppError::BadRequest {
                what: "the days that history is kept",
                found: days.to_string(),
                reason: "they lie between 1 and 3650",
            });
        }
        if bytes < LEAST_BYTES {
            return Err(AppError::BadRequest {
                what: "the size of history",
                found: format!("{bytes} bytes"),
                reason: "it is at least 64 MiB",
            });
        }
        let keeper = &self.shared.keeper;
        // Two numbers: this cannot fail, and an empty text means the usual limits.
        let text = serde_json::to_string(&Limits { days, bytes }).unwrap_or_default();
        keeper.store.put_setting(HISTORY_LIMITS, &text).await?;
        keeper.set_keep(Keep { days, bytes });
        Ok(())
    }

    async fn moment(&self, id: &str) -> Result<Moment, AppError> {
        let moments = self.shared.keeper.store.moments().await?;
        let found = moments.into_iter().find(|moment| moment.id == id);
        found.ok_or_else(|| AppError::NotFound {
            what: "moment",
            id: id.to_owned(),
        })
    }

    /// Gaps in the part of the stretch that history can tell of.
    async fn gaps(&self, from: UtcMillis, to: UtcMillis) -> Result<Vec<[i64; 2]>, AppError> {
        let now = self.shared.settings.time.now();
        let oldest = self.shared.keeper.live().history_from;
        let Some(first) = oldest.map(|oldest| oldest.max(from)) else {
            return Ok(Vec::new());
        };
        let last = to.min(now);
        if last <= first {
            return Ok(Vec::new());
        }
        let steps = Steps::of(first, last);
        let store = &self.shared.keeper.store;
        let counts = store.activity(steps.from, steps.to, steps.count).await?;
        Ok(steps.gaps(&counts, first, last))
    }

    /// Events that happened by `to`, as they are known today.
    async fn events_until(&self, to: UtcMillis) -> Result<Vec<Event>, AppError> {
        {
            let live = self.shared.keeper.live();
            // A table that never overflowed holds every event there is.
            if live.events.rows().len() < MAX_EVENTS {
                return Ok(live.events.rows().to_vec());
            }
        }
        let store = &self.shared.keeper.store;
        Ok(store.events_at(to, Knowledge::Now).await?)
    }

    async fn nearest_event(
        &self,
        way: Way,
        knowledge: Knowledge,
        now: UtcMillis,
    ) -> Result<Option<UtcMillis>, AppError> {
        let events = self.events_until(now).await?;
        Ok(way.nearest(events.iter().map(|event| event_moment(event, knowledge))))
    }

    async fn nearest_alarm(
        &self,
        way: Way,
        knowledge: Knowledge,
        now: UtcMillis,
    ) -> Result<Option<UtcMillis>, AppError> {
        let store = &self.shared.keeper.store;
        for reach_ms in REACHES_MS {
            let (from, to) = way.stretch(reach_ms);
            let facts = store.facts_between(from, to).await?;
            let by_facts = way.nearest(alarm_moments(&facts, knowledge).into_iter());
            let remembered: Vec<Alarm> = {
                let live = self.shared.keeper.live();
                let inside = |alarm: &Alarm| alarm.since >= from && alarm.since < to;
                live.alarms.all().into_iter().filter(inside).collect()
            };
            // Alarms that no fact tells of: the store refused them so far.
            let told: BTreeSet<&str> = facts.iter().map(|fact| fact.subject.as_str()).collect();
            let untold = remembered
                .iter()
                .filter(|alarm| !told.contains(alarm.id.as_str()))
                .map(|alarm| alarm.since);
            let found = way.nearest(by_facts.into_iter().chain(way.nearest(untold)));
            let is_sure = |at: &UtcMillis| match way {
                Way::After(_) => *at < to,
                // What happened before the stretch may have become known within it.
                Way::Before(_) => at.0 >= from.0.saturating_add(LATE_BY_MS),
            };
            if found.as_ref().is_some_and(is_sure) {
                return Ok(found);
            }
            let is_last = REACHES_MS.last() == Some(&reach_ms);
            if is_last || (matches!(way, Way::After(_)) && to > now) {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

/// How much of the past is kept: what was chosen, or the usual.
pub(super) async fn kept_limits(store: &Store) -> Result<Keep, StoreError> {
    let kept = store.setting(HISTORY_LIMITS).await?.unwrap_or_default();
    let limits = serde_json::from_str::<Limits>(&kept).ok();
    Ok(limits.map_or_else(Keep::default, |limits| Keep {
        days: limits.days.clamp(*DAYS_KEPT.start(), *DAYS_KEPT.end()),
        bytes: limits.bytes.max(LEAST_BYTES),
    }))
}

/// An identity that is not among `ids`: a letter and the moment, and a number when that is taken.
pub(super) fn free_id<'a>(
    letter: char,
    now: UtcMillis,
    ids: impl Iterator<Item = &'a str>,
) -> String {
    let taken: BTreeSet<&str> = ids.collect();
    let first = format!("{letter}{}", now.0);
    let mut id = first.clone();
    let mut number = 2_u32;
    while taken.contains(id.as_str()) {
        id = format!("{first}-{number}");
        number += 1;
    }
    id
}

/// Refuses titles that say nothing or too much.
pub(super) fn check_title(title: &str) -> Result<(), AppError> {
    let long = title.chars().count();
    if !title.trim().is_empty() && long <= MAX_TITLE_CHARS {
        return Ok(());
    }
    Err(AppError::BadRequest {
        what: "the title",
        found: title.chars().take(40).collect(),
        reason: "it has 1 to 200 characters",
    })
}

fn moment_dto(moment: &Moment) -> MomentDto {
    MomentDto {
        id: moment.id.clone(),
        time: moment.at.0,
        title: moment.title.clone(),
        author: moment.author.clone(),
        // Another version's view is no reason to lose the moment.
        view: serde_json::from_str(&moment.view).ok(),
        thumbnail: picture_address(&moment.thumbnail),
    }
}

/// A picture as a `data:` address; `None` for what is neither PNG nor JPEG.
fn picture_address(picture: &[u8]) -> Option<String> {
    let kind = if picture.starts_with(b"\x89PNG\r\n\x1a\n") {
        "png"
    } else if picture.starts_with(&[0xff, 0xd8, 0xff]) {
        "jpeg"
    } else {
        return None;
    };
    Some(format!(
        "data:image/{kind};base64,{}",
        STANDARD.encode(picture)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_things_made_in_the_same_millisecond_have_two_names() {
        let now = UtcMillis(7);
        let taken = ["m7", "m7-2"];
        assert_eq!(free_id('m', now, taken.into_iter()), "m7-3");
        assert_eq!(free_id('b', now, taken.into_iter()), "b7");
    }

    #[test]
    fn only_pictures_become_addresses() {
        let png = b"\x89PNG\r\n\x1a\nrest";
        let address = picture_address(png).expect("a picture");
        assert!(
            address.starts_with("data:image/png;base64,iVBORw0KGgp"),
            "{address}"
        );
        assert_eq!(picture_address(b"<svg onload=alert(1)>"), None);
        assert_eq!(picture_address(b""), None);
    }

    #[test]
    fn a_title_says_something_and_not_too_much() {
        assert!(check_title("泵站水位回落").is_ok());
        assert!(check_title("  ").is_err());
        assert!(check_title(&"长".repeat(201)).is_err());
    }
}
