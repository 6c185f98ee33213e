//! How well channels are: rates by division and owner over time, and the work list for repair.

use super::{
    Look, VideoDesk,
    convert::{division_name, fault_words, named, status_dto},
};
use crate::wire::{
    VideoCountDto, VideoHealthByDto, VideoHealthDto, VideoHealthRowDto, VideoRateDto, VideoWorkDto,
    VideoWorkStateDto, VideoWorksDto,
};
use cim_geo::Geodetic;
use cim_model::UtcMillis;
use cim_sync::{CameraNews, gb28181::MobilePosition};
use cim_video::{
    channels::{By, ChannelIndex, Entry, Fault, Rate, Sample, Tree, Trouble, Window, WorkState},
    rights::Presence,
};

/// Under this key the health of all channels is kept.
const ALL: &str = "*";
/// So many divisions or owners are told.
const MOST_RATES: usize = 500;
/// So many hours are told.
const MOST_HOURS: usize = 168;
/// So many works are answered at once.
const MOST_WORKS: u32 = 500;
/// So many works are looked through for those that whoever looks may know of.
const MOST_LOOKED_AT: usize = 100_000;
const DAY_MS: i64 = 24 * 3_600_000;
/// Divisions lie in one another no deeper.
const MOST_DEPTH: usize = 8;

impl VideoDesk {
    /// Takes what cameras told of themselves: that they are there, what ails their pictures, where they are.
    pub(crate) fn take_news(&self, news: &[CameraNews], now: UtcMillis) {
        let mut is_changed = false;
        {
            let mut channels = self.channels_mut();
            for told in news {
                is_changed |= take_one(&mut channels, told, now);
            }
        }
        if is_changed {
            self.catalogue_changed();
            self.unkept.catalogue();
        }
    }

    /// Keeps how well channels are now, for the rates over time.
    pub(crate) fn sample_health(&self, now: UtcMillis) {
        let rates = {
            let channels = self.channels();
            let policy = self.policy();
            // Everybody sees these: those that are not there for some would show in the rates of all.
            let keep = |row: u32| {
                channels.entry(row).is_some_and(|entry| {
                    let policy = &policy.policy;
                    let marks = policy.marks(entry.category(), entry.grade(), entry.is_secret());
                    policy
                        .grade_of(marks)
                        .is_some_and(|grade| grade.shows_denied)
                })
            };
            let mut rates = self.division_rates(&channels, now, &keep);
            rates.extend(channels.rates_where(By::Owner, now, &self.rules, &keep));
            let all = channels.rates_where(By::Division(""), now, &self.rules, &keep);
            rates.insert(0, sum_of(all));
            rates
        };
        self.lock_history().sample(now, &rates);
        self.unkept.health();
    }

    /// Health by division or owner.
    pub(crate) fn health(&self, look: &Look<'_>, by: VideoHealthByDto) -> VideoHealthDto {
        let now = look.sitting.now;
        let channels = self.channels();
        // What is not there for whoever looks neither counts nor names a division or an owner.
        let keep = |row: u32| {
            let entry = channels.entry(row);
            entry.is_some_and(|entry| !look.is_hidden(entry))
        };
        let rates = match by {
            VideoHealthByDto::Division => self.division_rates(&channels, now, &keep),
            VideoHealthByDto::Owner => channels.rates_where(By::Owner, now, &self.rules, &keep),
        };
        let all = sum_of(rates.clone());
        let history = self.lock_history();
        let mut rows: Vec<VideoRateDto> = rates
            .iter()
            .map(|rate| {
                let mut row = rate_dto(rate, &history.series(&rate.key), now);
                if by == VideoHealthByDto::Division {
                    let node = (Tree::Civil, rate.key.as_str());
                    row.name = named(&rate.name, node, look.sitting.is_chinese());
                }
                row
            })
            .collect();
        rows.sort_by(|a, b| {
            let share = |row: &VideoRateDto| f64::from(row.intact) / f64::from(row.channels.max(1));
            share(a)
                .total_cmp(&share(b))
                .then_with(|| b.channels.cmp(&a.channels))
                .then_with(|| a.id.cmp(&b.id))
        });
        rows.truncate(MOST_RATES);
        let told = history.series(ALL);
        let from = told.len().saturating_sub(MOST_HOURS);
        VideoHealthDto {
            rows,
            faults: [
                ("late", all.late),
                ("moved", all.moved),
                ("image_fault", all.faulty),
            ]
            .map(|(word, count)| VideoCountDto {
                word: word.to_owned(),
                count,
            })
            .into(),
            by_hour: told
                .iter()
                .skip(from)
                .map(|sample| [sample.at.0 as f64, share(sample.online, sample.total)])
                .collect(),
            all: (all.total > 0).then(|| rate_dto(&all, &told, now)),
        }
    }

    /// A window into the work list.
    pub(crate) fn works(&self, look: &Look<'_>, (offset, limit): (u32, u32)) -> VideoWorksDto {
        let channels = self.channels();
        let told = self.told();
        let window = Window {
            offset: 0,
            limit: MOST_LOOKED_AT,
        };
        let page = channels.work_list(&told.works, look.sitting.now, &self.rules, window);
        let seen: Vec<_> = page
            .works
            .iter()
            .filter_map(|work| Some((work, channels.entry(work.row)?)))
            .filter(|(_, entry)| look.presence(*entry) == Presence::Open)
            .collect();
        let rows = seen
            .iter()
            .skip(offset as usize)
            .take(limit.clamp(1, MOST_WORKS) as usize)
            .map(|(work, entry)| {
                let fact = told.works.of(&work.id, work.trouble);
                VideoWorkDto {
                    id: work.id.clone(),
                    name: work.name.clone(),
                    what: work.trouble.as_str().to_owned(),
                    since: work.since.unwrap_or_default().0,
                    times: u32::from(work.times),
                    owner: work.owner.clone(),
                    division: division_name(&channels, *entry, look.sitting.is_chinese()),
                    state: work_state(work.state),
                    by: work.author.clone(),
                    acted_at: fact.map(|fact| fact.at.0),
                    note: work.note.clone(),
                    category: entry.category(),
                    grade: entry.grade(),
                }
            });
        VideoWorksDto {
            rows: rows.collect(),
            total: super::lists::count(seen.len()),
        }
    }

    /// What is wrong with one channel.
    pub(super) fn health_row(
        &self,
        channels: &ChannelIndex,
        entry: Entry<'_>,
        now: UtcMillis,
    ) -> VideoHealthRowDto {
        let condition = channels.condition(entry.row(), now, &self.rules);
        VideoHealthRowDto {
            status: status_dto(entry.status()),
            since: entry.status_since().map(|since| since.0),
            heard_at: entry.seen_at().map(|at| at.0),
            faults: fault_words(condition.as_ref()),
            outages: u32::from(entry.drops()),
            moved_m: condition.and_then(|condition| condition.moved_m),
        }
    }

    /// Rates of the divisions below the lowest one that holds all channels that `keep` keeps.
    fn division_rates(
        &self,
        channels: &ChannelIndex,
        now: UtcMillis,
        keep: &dyn Fn(u32) -> bool,
    ) -> Vec<Rate> {
        let of = |key: &str| channels.rates_where(By::Division(key), now, &self.rules, keep);
        let mut rates = of("");
        for _ in 0..MOST_DEPTH {
            let [only] = rates.as_slice() else {
                break;
            };
            let below = of(&only.key);
            let is_last = below.is_empty() || below.iter().any(|rate| rate.key == only.key);
            if is_last {
                break;
            }
            rates = below;
        }
        rates
    }
}

/// Takes what one camera told; true when it is another than before. That it is there is no change.
fn take_one(channels: &mut ChannelIndex, told: &CameraNews, now: UtcMillis) -> bool {
    let Some(row) = channels.row(&told.id) else {
        return false;
    };
    let mut is_changed = false;
    if let Some(seen_at) = told.seen_at {
        channels.note_seen(&told.id, seen_at);
    }
    if let Some(word) = &told.fault {
        let fault = Fault::from_word(word);
        for other in Fault::ALL {
            if fault != Some(other) {
                is_changed |= channels.clear_fault(row, other);
            }
        }
        is_changed |= fault.is_some_and(|fault| channels.note_fault(row, fault, now));
    }
    if let Some(([lon_deg, lat_deg], happened_at)) = told.place {
        let before = channels.entry(row).and_then(|entry| entry.place());
        let is_taken = channels.apply_position(&MobilePosition {
            device_id: told.id.clone(),
            happened_at,
            position: Geodetic::new(lon_deg, lat_deg, 0.0),
            speed_kmh: None,
            direction_deg: None,
        });
        is_changed |= is_taken && channels.entry(row).and_then(|entry| entry.place()) != before;
    }
    is_changed
}

/// The trouble that the wire names.
pub(crate) fn trouble_of(word: &str) -> Option<Trouble> {
    [
        Trouble::Offline,
        Trouble::Late,
        Trouble::ImageFault,
        Trouble::Moved,
        Trouble::NoPlace,
    ]
    .into_iter()
    .find(|trouble| trouble.as_str() == word)
}

fn work_state(state: Option<WorkState>) -> VideoWorkStateDto {
    match state {
        None => VideoWorkStateDto::Found,
        Some(WorkState::Opened | WorkState::Assigned | WorkState::Repaired) => {
            VideoWorkStateDto::Opened
        }
        Some(WorkState::Closed) => VideoWorkStateDto::Closed,
    }
}

fn sum_of(rates: Vec<Rate>) -> Rate {
    let first = Rate {
        key: ALL.to_owned(),
        ..Rate::default()
    };
    rates.into_iter().fold(first, |sum, rate| Rate {
        total: sum.total + rate.total,
        online: sum.online + rate.online,
        late: sum.late + rate.late,
        moved: sum.moved + rate.moved,
        faulty: sum.faulty + rate.faulty,
        intact: sum.intact + rate.intact,
        ..sum
    })
}

fn rate_dto(rate: &Rate, samples: &[Sample], now: UtcMillis) -> VideoRateDto {
    let day = samples
        .iter()
        .filter(|sample| now.0 - sample.at.0 <= DAY_MS);
    let day: Vec<&Sample> = day.collect();
    let mean = |part: &dyn Fn(&Sample) -> u32, present: Option<f64>| {
        let total: u64 = day.iter().map(|sample| u64::from(sample.total)).sum();
        let held: u64 = day.iter().map(|sample| u64::from(part(sample))).sum();
        if total == 0 {
            present
        } else {
            Some(held as f64 / total as f64)
        }
    };
    VideoRateDto {
        id: rate.key.clone(),
        name: if rate.name.is_empty() {
            rate.key.clone()
        } else {
            rate.name.clone()
        },
        channels: rate.total,
        online: rate.online,
        intact: rate.intact,
        online_rate: mean(&|sample: &Sample| sample.online, rate.online_rate()),
        intact_rate: mean(&|sample: &Sample| sample.intact, rate.intact_rate()),
    }
}

fn share(part: u32, of: u32) -> f64 {
    if of == 0 {
        0.0
    } else {
        f64::from(part) / f64::from(of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_that_of_the_last_day_and_of_now_where_nothing_older_is_known() {
        let rate = Rate {
            total: 10,
            online: 5,
            intact: 4,
            ..Rate::default()
        };
        let now = UtcMillis(3 * DAY_MS);
        let sample = |at: i64, online: u32| Sample {
            at: UtcMillis(at),
            total: 10,
            online,
            intact: 0,
        };
        assert_eq!(rate_dto(&rate, &[], now).online_rate, Some(0.5));
        let samples = [sample(0, 0), sample(now.0 - 2_000, 10), sample(now.0, 8)];
        assert_eq!(rate_dto(&rate, &samples, now).online_rate, Some(0.9));
    }

    #[test]
    fn every_trouble_is_found_by_its_word() {
        assert_eq!(trouble_of("offline"), Some(Trouble::Offline));
        assert_eq!(
            trouble_of(Trouble::NoPlace.as_str()),
            Some(Trouble::NoPlace)
        );
        assert_eq!(trouble_of("tired"), None);
    }
}
