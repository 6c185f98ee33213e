//! The alarm desk: what lists, pages and screens of alarms show, and what is done to alarms.

use super::{CaseLikeDto, FreshnessDto, SeverityDto, StandingDto, Target};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How an alarm stands with the people at the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AlarmStateDto {
    /// 未确认: active, nobody has taken note.
    Unacknowledged,
    /// 已确认: active, somebody has taken note.
    Acknowledged,
    /// 已恢复未确认: back, nobody has taken note.
    ReturnedUnacknowledged,
    /// 待复核: back and acknowledged, not confirmed.
    Unconfirmed,
    /// 锁存: back, and held until it is reset.
    Latched,
    /// 搁置: out of the list for a while, by a person.
    Shelved,
    /// 抑制: out of the list because of a cause or a group.
    Suppressed,
    /// 停用: taken out of service.
    OutOfService,
    /// Nothing is asked any more.
    Settled,
}

/// One row of the alarm list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct DeskAlarmDto {
    /// `AlarmId`.
    pub id: String,
    /// What it is about: a device, or an area's rule without one.
    pub target: Option<Target>,
    /// What the device or area is called.
    pub name: String,
    /// `SensorKind::as_str`; empty for an area's rule.
    pub sensor_kind: String,
    /// What the rule is called, in the desk's language; empty for a device's own limits.
    pub rule: String,
    /// How bad it is at its worst so far.
    pub severity: SeverityDto,
    /// How it stands.
    pub state: AlarmStateDto,
    /// Newest value; `None` where the rule has none.
    pub value: Option<f64>,
    /// What was met; `None` where the rule has none.
    pub limit: Option<f64>,
    /// Unit of both.
    pub unit: String,
    /// Since when, UTC milliseconds.
    pub since: i64,
    /// When it came back, UTC milliseconds.
    pub cleared_at: Option<i64>,
    /// Who acknowledged it.
    pub acknowledged_by: Option<String>,
    /// Until when it is shelved, UTC milliseconds; `None` when it is not, or until it is back.
    pub shelved_until: Option<i64>,
    /// The street and grid it lies in; may be empty.
    pub area: String,
    /// How many alarms are suppressed as its consequences.
    pub consequences: u32,
    /// The alarm that it is a consequence of.
    pub cause: Option<String>,
    /// What the suppression groups are called that keep it away, in the desk's language.
    pub groups: Vec<String>,
    /// It comes and goes (ISA-18.2: three times a minute or more).
    pub is_chattering: bool,
    /// It has been active for more than a day.
    pub is_stale: bool,
    /// Unacknowledged and of the top priority: it blinks.
    pub is_blinking: bool,
    /// Whether the newest value is old.
    pub freshness: FreshnessDto,
    /// Whether it is real.
    pub standing: StandingDto,
    /// Comments so far.
    pub comments: u32,
}

/// Which alarms are listed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct AlarmQueryDto {
    /// Words that name, rule or area must have; by Chinese, pinyin or English. Empty for all.
    pub text: String,
    /// Severities; empty for all.
    pub severities: Vec<SeverityDto>,
    /// States; empty for those that ask for attention.
    pub states: Vec<AlarmStateDto>,
    /// `SensorKind::as_str`; empty for all.
    pub kinds: Vec<String>,
    /// Rules' ids; empty for all.
    pub rules: Vec<String>,
    /// Names of areas; empty for all.
    pub areas: Vec<String>,
    /// Only the consequences of this alarm, and itself.
    pub cause: Option<String>,
    /// Only those that are suppressed, as consequences or with their group.
    pub suppressed_by: Option<AlarmSuppressedByDto>,
    /// Only those that this suppression group keeps away, by its id.
    pub group: Option<String>,
    /// Only the members of this line of the grouping.
    pub line: Option<String>,
    /// How the rows are ordered.
    pub order: AlarmOrderDto,
    /// The first row wanted.
    pub offset: u32,
    /// How many rows are wanted; 1 000 at most.
    pub count: u32,
}

/// What suppresses an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AlarmSuppressedByDto {
    /// An alarm that it follows from, whatever else does.
    Cause,
    /// Its group alone.
    Group,
}

/// How alarms are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AlarmOrderDto {
    /// Worst first, of those the newest.
    #[default]
    Worst,
    /// Newest first.
    Newest,
    /// Oldest first.
    Oldest,
    /// By area, then the worst.
    Area,
}

/// A window into the alarms that were asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct AlarmPageDto {
    /// The desk's count of changes that the page shows; `DeskUpdate.alarms_revision`.
    pub revision: f64,
    /// How many answer in all.
    pub total: u32,
    /// Of them by severity: critical, high, medium, low.
    pub by_severity: [u32; 4],
    /// The first row's place.
    pub offset: u32,
    /// The rows.
    pub rows: Vec<DeskAlarmDto>,
}

/// Alarms that stand as one line because they belong together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AlarmLineDto {
    /// Identity, for [`AlarmQueryDto::line`].
    pub id: String,
    /// Why they stand together.
    pub why: AlarmLineWhyDto,
    /// What the line is called: the cause's name, an area, a kind.
    pub name: String,
    /// By severity: critical, high, medium, low.
    pub counts: [u32; 4],
    /// The alarm that came first.
    pub first: String,
    /// What the first is called.
    pub first_name: String,
    /// When it came, UTC milliseconds.
    pub since: i64,
    /// How many nobody has acknowledged.
    pub unacknowledged: u32,
}

/// Why alarms stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AlarmLineWhyDto {
    /// One cause and its consequences along a network.
    Cause,
    /// Many of one kind in one area.
    Area,
    /// Many of one kind anywhere.
    Kind,
    /// One that comes and goes.
    Chattering,
    /// Everything that is left.
    Rest,
}

/// What is not in the list, and why: nothing is hidden without a count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AlarmHiddenDto {
    /// Shelved by a person.
    pub shelved: u32,
    /// Consequences of a cause that is listed.
    pub consequences: u32,
    /// Suppressed with their group.
    pub suppressed: u32,
    /// Out of service.
    pub out_of_service: u32,
}

/// How the alarm desk stands; part of every update.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct AlarmBoardDto {
    /// Counts up whenever any alarm changed.
    pub revision: f64,
    /// Raised within the last ten minutes.
    pub in_ten_minutes: u32,
    /// Since when there is a flood (more than ten in ten minutes, ISA-18.2), UTC milliseconds.
    pub flood_since: Option<i64>,
    /// The lines that the alarms stand in while there is a flood; at most 10.
    pub lines: Vec<AlarmLineDto>,
    /// What is not in the list.
    pub hidden: AlarmHiddenDto,
    /// How many suppression groups are on.
    pub groups_on: u32,
    /// The severity that is to be heard; `None` for silence.
    pub audible: Option<SeverityDto>,
    /// Somebody silenced what rang; a worse one rings again.
    pub is_silenced: bool,
}

/// What is done to alarms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum AlarmActDto {
    /// 确认: takes note.
    Acknowledge {
        /// A comment; may be empty.
        comment: String,
    },
    /// 复核: confirms that what had to be done was done.
    Confirm {
        /// A comment; may be empty.
        comment: String,
    },
    /// A comment.
    Comment {
        /// What is said.
        text: String,
    },
    /// 搁置, for a time or until it is back.
    Shelve {
        /// For how long, seconds; `None` until the condition is back (one shot).
        for_s: Option<f64>,
        /// Why; must not be empty.
        reason: String,
    },
    /// Back to the list.
    Unshelve,
    /// Out of service, until somebody returns it.
    OutOfService {
        /// Why; must not be empty.
        reason: String,
    },
    /// In service again.
    InService,
    /// Lets go of a latched alarm.
    Reset,
}

/// What came of an act on many alarms.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct AlarmActedDto {
    /// How many it was done to.
    pub done: u32,
    /// Those that refused it, and why; at most 100.
    pub refused: Vec<AlarmRefusedDto>,
    /// How many refused in all.
    pub refused_count: u32,
    /// The act that takes it back for the same alarms; `None` where nothing does.
    pub undo: Option<AlarmActDto>,
    /// The alarms that it was done to; for the undo. At most 10 000.
    pub ids: Vec<String>,
}

/// An alarm that refused an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AlarmRefusedDto {
    /// `AlarmId`.
    pub id: String,
    /// Why: `alarm_refusal.<word>` in the texts.
    pub reason: String,
}

/// Which alarms an act is for.
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, and only for as long as a call takes"
)]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum AlarmPickDto {
    /// These.
    Ids {
        /// `AlarmId`s.
        ids: Vec<String>,
    },
    /// All that a query answers, whatever its window.
    Query {
        /// The query.
        query: AlarmQueryDto,
    },
}

/// Everything around one alarm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AlarmDetailDto {
    /// Its row.
    pub row: DeskAlarmDto,
    /// Its position, degrees: longitude, latitude.
    pub position: Option<[f64; 2]>,
    /// The series whose trend is shown; may be empty.
    pub series: String,
    /// What the rule says of itself, in the desk's language; may be empty.
    pub about: String,
    /// What was done and what happened, oldest first; at most 200.
    pub steps: Vec<AlarmStepDto>,
    /// Alarms that are its consequences, worst first; at most 50.
    pub consequences: Vec<AlarmNearDto>,
    /// What is up the network, nearest first; at most 20.
    pub upstream: Vec<AlarmNearDto>,
    /// What is down the network, nearest first; at most 20.
    pub downstream: Vec<AlarmNearDto>,
    /// Devices around, nearest first; at most 12.
    pub neighbours: Vec<AlarmNearDto>,
    /// Cameras around, best first; at most 4.
    pub cameras: Vec<AlarmNearDto>,
    /// People and vehicles around, nearest first; at most 8.
    pub forces: Vec<AlarmNearDto>,
    /// Alarms of the same condition before, newest first; at most 10.
    pub before: Vec<AlarmBeforeDto>,
    /// The category word of an event that is made of it.
    pub event_category: String,
    /// What that category is called, in the desk's language.
    pub event_category_name: String,
    /// The plans that serve such an event.
    pub plans: Vec<AlarmPlanDto>,
    /// The acts that are allowed now: words of [`AlarmActDto`].
    pub allowed: Vec<String>,
    /// The longest that it may be shelved, seconds.
    pub max_shelve_s: f64,
}

/// Something near an alarm, in space or along a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AlarmNearDto {
    /// What it is.
    pub target: Target,
    /// What people call it.
    pub name: String,
    /// Kind word.
    pub kind: String,
    /// How far, metres; along the network where there is one.
    pub distance_m: f64,
    /// Its own worst alarm.
    pub severity: SeverityDto,
    /// Its newest value with unit; may be empty.
    pub value: String,
}

/// One step in the life of an alarm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AlarmStepDto {
    /// When, UTC milliseconds.
    pub at: i64,
    /// What: a fact's verb, `alarm_raised` …
    pub verb: String,
    /// Who: a person, or `rule:…`.
    pub by: String,
    /// Comment, reason; may be empty.
    pub note: String,
    /// The severity from then on, where it says one.
    pub severity: Option<SeverityDto>,
}

/// An earlier alarm of the same condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AlarmBeforeDto {
    /// Since when, UTC milliseconds.
    pub since: i64,
    /// For how long it was active, seconds; `None` while unknown.
    pub for_s: Option<f64>,
    /// How bad.
    pub severity: SeverityDto,
    /// How long nobody acknowledged it, seconds.
    pub acknowledged_after_s: Option<f64>,
    /// What was said last; may be empty.
    pub comment: String,
}

/// A plan that serves the event that an alarm makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AlarmPlanDto {
    /// Identity.
    pub id: String,
    /// What it is called, in the desk's language.
    pub name: String,
    /// What it is for; may be empty.
    pub about: String,
    /// How many steps it has.
    pub steps: u32,
}

/// What was before, within 90 days, that an alarm is like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct AlarmPastDto {
    /// Other alarms of the same device, newest first; at most 12.
    pub alarms: Vec<AlarmPastRowDto>,
    /// Events that were made of its alarms, or of the same category nearby, the likest first; at most 8.
    pub cases: Vec<CaseLikeDto>,
}

/// An alarm that was before, and how it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AlarmPastRowDto {
    /// `AlarmId`.
    pub id: String,
    /// The rule, or what was measured, in the desk's language.
    pub name: String,
    /// How bad.
    pub severity: SeverityDto,
    /// Since when, UTC milliseconds.
    pub since: i64,
    /// For how long it was active, seconds; `None` while it is.
    pub for_s: Option<f64>,
    /// Who acknowledged it.
    pub acknowledged_by: Option<String>,
    /// How long nobody acknowledged it, seconds.
    pub acknowledged_after_s: Option<f64>,
    /// What was said last; may be empty.
    pub comment: String,
}

/// A suppression group: conditions that leave the list together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AlarmGroupDto {
    /// Identity.
    pub id: String,
    /// What it is called, in the desk's language.
    pub name: String,
    /// What it says of itself; may be empty.
    pub about: String,
    /// The scene pack that it comes from.
    pub pack: String,
    /// Its members are suppressed now.
    pub is_on: bool,
    /// How many of its triggers are active.
    pub active_triggers: u32,
    /// Who suppresses it by hand; `None` when nobody does.
    pub hand: Option<AlarmGroupHandDto>,
    /// Until when a maintenance window holds it, UTC milliseconds; `None` when none does.
    pub window_until: Option<i64>,
    /// How many open alarms it keeps away now.
    pub hidden: u32,
    /// The rules whose conditions belong to it, by name.
    pub members: Vec<String>,
    /// The rules whose conditions switch it on, by name.
    pub triggers: Vec<String>,
    /// Its maintenance windows.
    pub windows: Vec<AlarmGroupWindowDto>,
    /// The longest that it may be suppressed by hand, seconds.
    pub by_hand_max_s: f64,
}

/// Somebody suppresses a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AlarmGroupHandDto {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Since when, UTC milliseconds.
    pub since: i64,
    /// Until when, UTC milliseconds.
    pub until: i64,
}

/// A stretch of the day in which a group is suppressed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AlarmGroupWindowDto {
    /// The days on which it begins: 1 Monday … 7 Sunday.
    pub days: Vec<u8>,
    /// When it begins, `22:00`.
    pub from: String,
    /// When it ends; on the day after where that is not later.
    pub to: String,
}

/// Load figures of a stretch (EEMUA 191, ISA-18.2).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct AlarmLoadDto {
    /// First moment, UTC milliseconds.
    pub from: i64,
    /// Last moment, UTC milliseconds.
    pub to: i64,
    /// Without any suppression.
    pub before: LoadFiguresDto,
    /// As the officer had it.
    pub after: LoadFiguresDto,
    /// Annunciated alarms of each ten minutes, oldest first; at most 4 320.
    pub ten_minutes: Vec<u32>,
    /// The same without suppression.
    pub ten_minutes_before: Vec<u32>,
    /// Who raises most, most first; at most 10.
    pub top: Vec<LoadTopDto>,
    /// Those that chattered, most first; at most 10.
    pub chattering: Vec<LoadTopDto>,
    /// Those that are active for more than a day; at most 10.
    pub stale: Vec<LoadTopDto>,
}

/// Figures of the load of one position.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct LoadFiguresDto {
    /// Alarms in all.
    pub count: u32,
    /// In ten minutes, on average.
    pub per_ten_minutes: f64,
    /// In the worst ten minutes.
    pub worst_ten_minutes: u32,
    /// In an hour, on average.
    pub per_hour: f64,
    /// In a day, on average.
    pub per_day: f64,
    /// Share of the time in flood, 0 to 1.
    pub flood_share: f64,
    /// How many floods.
    pub floods: u32,
    /// Share of ten-minute stretches with more than ten alarms, 0 to 1.
    pub over_ten_share: f64,
    /// Share by severity: critical, high, medium, low; 0 to 1.
    pub mix: [f64; 4],
    /// Seconds until acknowledged: the median.
    pub acknowledged_p50_s: Option<f64>,
    /// Seconds until acknowledged: 95 of 100 are faster.
    pub acknowledged_p95_s: Option<f64>,
    /// Chattering conditions.
    pub chattering: u32,
    /// Stale alarms at the end.
    pub stale: u32,
}

/// A condition and how often it rang.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LoadTopDto {
    /// What it is about.
    pub target: Option<Target>,
    /// What the device or area is called.
    pub name: String,
    /// What the rule is called; empty for a device's own limits.
    pub rule: String,
    /// How often.
    pub count: u32,
    /// Its share of all, 0 to 1.
    pub share: f64,
}

/// A rule, as the rules' screen lists it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RuleDto {
    /// Identity.
    pub id: String,
    /// What it is called, in the desk's language.
    pub name: String,
    /// What it says of itself; may be empty.
    pub about: String,
    /// The scene pack that it comes from.
    pub pack: String,
    /// Its kind: `limits`, `rate`, `missing` …
    pub kind: String,
    /// How many conditions it makes here.
    pub conditions: u32,
    /// Of them active.
    pub active: u32,
    /// False where somebody switched it off.
    pub is_on: bool,
}

/// What a rule would have done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RuleTrialDto {
    /// The rule.
    pub rule: String,
    /// What it is called.
    pub name: String,
    /// Alarms that it would have raised.
    pub raised: u32,
    /// Of them within the ten minutes with most of them.
    pub in_burst: u32,
    /// When these began, UTC milliseconds.
    pub burst_at: Option<i64>,
    /// Conditions that would have chattered.
    pub chattering: u32,
    /// The first ones: name and moment; at most 50.
    pub examples: Vec<RuleExampleDto>,
}

/// An alarm that a rule would have raised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RuleExampleDto {
    /// What the device is called.
    pub name: String,
    /// When, UTC milliseconds.
    pub at: i64,
    /// The value.
    pub value: f64,
    /// How bad.
    pub severity: SeverityDto,
}

/// A kept filter of the alarm list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AlarmViewDto {
    /// What it is called.
    pub name: String,
    /// The filter.
    pub query: AlarmQueryDto,
}
