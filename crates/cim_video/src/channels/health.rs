//! How the channels are: online, late, moved, ill; and how many of each division and owner.

use super::Status;
use super::bytes::{Reader, Writer};
use super::entry::{Entry, moment_of, seconds_of};
use super::index::{ChannelIndex, IndexError};
use super::places::apart_m;
use super::tree::Tree;
use cim_model::UtcMillis;
use cim_sync::gb28181::Field;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// A sample of a history has no more keys.
const MAX_KEYS: usize = 4096;
/// A history has no more samples.
const MAX_SAMPLES: usize = 100_000;
/// Marks a kept history; the last byte is its edition.
const HISTORY_MARK: [u8; 8] = *b"CMVHEAL\x01";

/// What ails a picture, as a diagnosis of pictures tells it (视频质量诊断).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// 信号丢失.
    Lost,
    /// 黑屏.
    Black,
    /// 画面冻结.
    Frozen,
    /// 模糊.
    Blurred,
    /// 遮挡.
    Covered,
    /// 场景变换: the camera was turned away.
    Shifted,
    /// 偏色.
    Discoloured,
    /// 雪花, 噪声, 条纹.
    Noisy,
    /// 抖动.
    Shaking,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 9] = [
        Self::Lost,
        Self::Black,
        Self::Frozen,
        Self::Blurred,
        Self::Covered,
        Self::Shifted,
        Self::Discoloured,
        Self::Noisy,
        Self::Shaking,
    ];

    /// Its word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Black => "black",
            Self::Frozen => "frozen",
            Self::Blurred => "blurred",
            Self::Covered => "covered",
            Self::Shifted => "shifted",
            Self::Discoloured => "discoloured",
            Self::Noisy => "noisy",
            Self::Shaking => "shaking",
        }
    }

    /// The fault that `word` means.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.as_str() == word)
    }
}

/// What ails a picture, and since when, seconds since 1970.
pub(crate) type Faults = BTreeMap<Fault, u32>;

/// What is to be repaired, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// It is off or broken.
    Offline,
    /// It is on, but its device was not heard of in time.
    Late,
    /// It delivers, but no picture that is of use.
    ImageFault,
    /// It is not where its catalogue says.
    Moved,
    /// Nobody knows where it is.
    NoPlace,
}

impl Trouble {
    /// Its word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Late => "late",
            Self::ImageFault => "image_fault",
            Self::Moved => "moved",
            Self::NoPlace => "no_place",
        }
    }
}

/// When a channel is late and when it has moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HealthRules {
    /// A device that was not heard of for longer is late, seconds. Three keepalives of a minute, as GB/T 28181 has them.
    pub late_s: f64,
    /// A device that is farther from where its catalogue says has moved, metres.
    pub moved_m: f64,
}

impl Default for HealthRules {
    fn default() -> Self {
        Self {
            late_s: 180.0,
            moved_m: 50.0,
        }
    }
}

/// How a channel is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Condition {
    /// True when it is on.
    pub is_online: bool,
    /// True when its device was not heard of in time. A device that never sends keepalives is not late.
    pub is_late: bool,
    /// How far it is from where its catalogue says, metres, when that is too far. Devices that are made to move may be anywhere.
    pub moved_m: Option<f64>,
    /// What ails its picture, the worst first.
    pub fault: Option<Fault>,
    /// What is to be repaired, the worst first.
    pub trouble: Option<Trouble>,
    /// Since when, as far as it is known.
    pub since: Option<UtcMillis>,
}

impl Condition {
    /// True when it delivers a picture of the place that it should (完好).
    pub fn is_intact(&self) -> bool {
        self.is_online && !self.is_late && self.fault.is_none() && self.moved_m.is_none()
    }
}

/// What rates are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By<'a> {
    /// The divisions below this one, by its key; channels of its own count under itself.
    Division(&'a str),
    /// Who has to repair them.
    Owner,
    /// Where they come from.
    Source,
}

/// How many channels of a division, an owner or a source are well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// The key of the division, or the name of the owner or the source; empty where nobody said.
    pub key: String,
    /// The name of the division; empty where none is known.
    pub name: String,
    /// All of them.
    pub total: u32,
    /// Those that are on.
    pub online: u32,
    /// Those whose device is late.
    pub late: u32,
    /// Those that moved.
    pub moved: u32,
    /// Those with an image fault.
    pub faulty: u32,
    /// Those that deliver what they should.
    pub intact: u32,
}

impl Rate {
    /// 在线率, 0 to 1; `None` of nothing.
    pub fn online_rate(&self) -> Option<f64> {
        (self.total > 0).then(|| f64::from(self.online) / f64::from(self.total))
    }

    /// 完好率, 0 to 1; `None` of nothing.
    pub fn intact_rate(&self) -> Option<f64> {
        (self.total > 0).then(|| f64::from(self.intact) / f64::from(self.total))
    }

    fn count(&mut self, condition: &Condition) {
        self.total += 1;
        self.online += u32::from(condition.is_online);
        self.late += u32::from(condition.is_late);
        self.moved += u32::from(condition.moved_m.is_some());
        self.faulty += u32::from(condition.fault.is_some());
        self.intact += u32::from(condition.is_intact());
    }
}

impl ChannelIndex {
    /// How the channel of `row` is at `now`; `None` when there is no such channel.
    pub fn condition(&self, row: u32, now: UtcMillis, rules: &HealthRules) -> Option<Condition> {
        let entry = self.entry(row).filter(Entry::is_channel)?;
        let line = self.line(row)?;
        let is_online = line.status.is_on();
        let heard_s = self.heard_s(&entry);
        let late_since = heard_s
            .and_then(moment_of)
            .filter(|heard| is_online && now.seconds_since(*heard) > rules.late_s);
        let moved_m = moved_m(&entry, line.place, rules);
        let noted = self.faults.get(&row).and_then(BTreeMap::first_key_value);
        let fault = if line.status == Status::VideoLost {
            Some((Fault::Lost, line.since_s))
        } else {
            noted.map(|(fault, since_s)| (*fault, *since_s))
        };
        let status_since = moment_of(line.since_s);
        let troubles = [
            matches!(line.status, Status::Off | Status::Defect)
                .then_some((Trouble::Offline, status_since)),
            late_since.map(|since| (Trouble::Late, Some(since))),
            fault.map(|(_, since_s)| (Trouble::ImageFault, moment_of(since_s))),
            moved_m.map(|_| (Trouble::Moved, entry.live().map(|live| live.at))),
            entry.place().is_none().then_some((Trouble::NoPlace, None)),
        ];
        let worst = troubles.into_iter().flatten().next();
        Some(Condition {
            is_online,
            is_late: late_since.is_some(),
            moved_m,
            fault: fault.map(|(fault, _)| fault),
            trouble: worst.map(|(trouble, _)| trouble),
            since: worst.and_then(|(_, since)| since),
        })
    }

    /// How many channels are well, by division, owner or source; in the order of their keys.
    pub fn rates(&self, by: By<'_>, now: UtcMillis, rules: &HealthRules) -> Vec<Rate> {
        self.rates_where(by, now, rules, &|_| true)
    }

    /// The same of only the channels that `keep` keeps.
    pub fn rates_where(
        &self,
        by: By<'_>,
        now: UtcMillis,
        rules: &HealthRules,
        keep: &dyn Fn(u32) -> bool,
    ) -> Vec<Rate> {
        let mut rates: BTreeMap<String, Rate> = BTreeMap::new();
        let mut count = |row: u32, key: &str, name: &str| {
            let Some(condition) = self.condition(row, now, rules).filter(|_| keep(row)) else {
                return;
            };
            if let Some(rate) = rates.get_mut(key) {
                rate.count(&condition);
                return;
            }
            let mut rate = Rate {
                key: key.to_owned(),
                name: name.to_owned(),
                ..Rate::default()
            };
            rate.count(&condition);
            rates.insert(key.to_owned(), rate);
        };
        match by {
            By::Division(key) => self.each_of_division(key, &mut count),
            By::Owner => {
                for entry in self.channel_rows().filter_map(|row| self.entry(row)) {
                    count(entry.row(), entry.owner(), "");
                }
            }
            By::Source => {
                for entry in self.channel_rows().filter_map(|row| self.entry(row)) {
                    count(entry.row(), entry.source(), "");
                }
            }
        }
        rates.into_values().collect()
    }

    fn each_of_division(&self, key: &str, count: &mut dyn FnMut(u32, &str, &str)) {
        for group in self.groups_under(Tree::Civil, key) {
            for row in self.rows_under(Tree::Civil, &group.key) {
                count(row, &group.key, &group.name);
            }
        }
        let name = self.group(Tree::Civil, key);
        let name = name.map(|group| group.name).unwrap_or_default();
        for row in self.leaves_of(Tree::Civil, key) {
            count(*row, key, &name);
        }
    }

    /// When an entry or what it belongs to was heard of last, seconds since 1970.
    fn heard_s(&self, entry: &Entry<'_>) -> Option<u32> {
        if self.heard.is_empty() {
            return None;
        }
        let own = self.heard.get(entry.id().as_str());
        let parents = entry.parents().into_iter();
        let of_parents = parents.filter_map(|parent| self.heard.get(parent));
        of_parents.chain(own).copied().max()
    }
}

/// How far an entry is from where its catalogue has it, where that is further than is usual.
fn moved_m(entry: &Entry<'_>, place: [i32; 2], rules: &HealthRules) -> Option<f64> {
    let live = entry.live()?;
    if !entry.value(Field::MobileDeviceType).is_empty() {
        return None;
    }
    apart_m(live.catalogued_e7, place).filter(|metres| *metres > rules.moved_m)
}

/// Rates at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When.
    pub at: UtcMillis,
    /// All of them.
    pub total: u32,
    /// Those that were on.
    pub online: u32,
    /// Those that delivered what they should.
    pub intact: u32,
}

/// Of each division or owner: all, online, intact.
type Counts = BTreeMap<Box<str>, [u32; 3]>;

/// Rates over time; the oldest sample makes room for the latest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HealthHistory {
    max_samples: usize,
    samples: VecDeque<(u32, Counts)>,
}

impl HealthHistory {
    /// A history of `max_samples` moments, of 100 000 at most. A sample every ten minutes keeps a month in 4 464.
    pub fn new(max_samples: usize) -> Self {
        Self {
            max_samples: max_samples.min(MAX_SAMPLES),
            samples: VecDeque::new(),
        }
    }

    /// Keeps `rates` as they are at `now`: the first 4096 of them.
    pub fn sample(&mut self, now: UtcMillis, rates: &[Rate]) {
        let rates = rates.iter().take(MAX_KEYS).map(|rate| {
            let counts = [rate.total, rate.online, rate.intact];
            (Box::<str>::from(rate.key.as_str()), counts)
        });
        self.samples.push_back((seconds_of(now), rates.collect()));
        while self.samples.len() > self.max_samples {
            self.samples.pop_front();
        }
    }

    /// What was kept of `key`, the oldest first.
    pub fn series(&self, key: &str) -> Vec<Sample> {
        let samples = self.samples.iter();
        let kept = samples.filter_map(|(at, rates)| {
            let [total, online, intact] = *rates.get(key)?;
            Some(Sample {
                at: moment_of(*at)?,
                total,
                online,
                intact,
            })
        });
        kept.collect()
    }

    /// The history as bytes, with a checksum.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new(HISTORY_MARK);
        writer.number(self.max_samples as u64);
        writer.number(self.samples.len() as u64);
        for (at, rates) in &self.samples {
            writer.number(u64::from(*at));
            writer.number(rates.len() as u64);
            for (key, counts) in rates {
                writer.text(key);
                for count in counts {
                    writer.number(u64::from(*count));
                }
            }
        }
        writer.finish()
    }

    /// A history that was kept.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IndexError> {
        let mut reader = Reader::new(bytes, HISTORY_MARK)?;
        let mut history = Self::new(reader.number()? as usize);
        for _ in 0..reader.count(MAX_SAMPLES)? {
            let at = reader.small()?;
            let mut rates = BTreeMap::new();
            for _ in 0..reader.count(MAX_KEYS)? {
                let key = reader.text()?;
                let counts = [reader.small()?, reader.small()?, reader.small()?];
                rates.insert(key.into(), counts);
            }
            history.samples.push_back((at, rates));
        }
        Ok(history)
    }
}
