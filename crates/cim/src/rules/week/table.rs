//! The load of days as tables: against the targets of EEMUA 191 and ISA-18.2, by shift, by hour.

use super::story::{Story, Told};
use crate::{Failure, host::print, stretch::iso};
use cim_alarm::{
    load::{Figures, Measure, PRIORITY_MIX_PERCENT, TARGETS, Verdict},
    noise::Flood,
};
use cim_model::UtcMillis;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What the columns count: every alarm, those that follow from no other, and lines that belong together.
const COLUMNS: [&str; 3] = ["raised", "announced", "lines"];
const HOUR_MS: i64 = 3_600_000;
/// Shifts are 12 hours long, as the product's are without a roster.
const SHIFT_HOURS: i64 = 12;
/// Of the most frequent sources so many are told.
const TOP: usize = 10;

/// One column of the tables.
pub(super) struct Column {
    pub(super) figures: Figures,
    /// How many came in each hour of the day, local time, in all days together.
    pub(super) by_hour: [u32; 24],
}

/// One shift.
pub(super) struct Shift {
    begins: UtcMillis,
    /// How many came, by column.
    pub(super) raised: [u32; 3],
    /// The most in any ten minutes, by column.
    most: [u32; 3],
}

/// Everything that is told of the days.
pub(super) struct Figured {
    from: UtcMillis,
    to: UtcMillis,
    devices: usize,
    rules: usize,
    pub(super) values: u64,
    pub(super) columns: [Column; 3],
    pub(super) shifts: Vec<Shift>,
    /// Alarms that are hidden as consequences of others.
    pub(super) consequences: u32,
}

impl Figured {
    /// Counts the days; `zone_ms` is local time minus UTC.
    pub(super) fn of(story: &Story, zone_ms: i64, rules: usize) -> Result<Self, Failure> {
        let grouping = story.grouped();
        let without_consequences = story.consequences(&grouping);
        let joined = story.joined(&grouping);
        let suppressed = story.load(&without_consequences)?;
        let in_lines = story.load(&joined)?;
        let nothing = BTreeSet::new();
        let hidden = [&nothing, &without_consequences, &joined];
        let of = |figures: Figures, hidden: &BTreeSet<u32>| Column {
            figures,
            by_hour: by_hour(&story.alarms, hidden, zone_ms),
        };
        Ok(Self {
            from: story.from,
            to: story.to,
            devices: story.devices,
            rules,
            values: story.values,
            columns: [
                of(suppressed.all, &nothing),
                of(suppressed.announced, &without_consequences),
                of(in_lines.announced, &joined),
            ],
            shifts: shifts(story, hidden),
            consequences: suppressed.hidden.suppressed,
        })
    }

    /// Prints it, as one JSON object or as tables for people.
    pub(super) fn tell(&self, as_json: bool) {
        if as_json {
            print(&self.to_json().to_string());
            return;
        }
        print(&format!(
            "{} to {}: {} values of {} devices, {} rules and the devices' own limits",
            iso(self.from),
            iso(self.to),
            self.values,
            self.devices,
            self.rules
        ));
        let [all, announced, lines] = &self.columns;
        print(&format!(
            "{} alarms; {} of them follow from others and {} are announced, in {} lines",
            all.figures.raised, self.consequences, announced.figures.raised, lines.figures.raised
        ));
        self.tell_targets();
        self.tell_shifts();
        self.tell_hours();
    }

    fn tell_targets(&self) {
        print(&format!(
            "\n{:34}{:>12}{:>12}{:>12}{:>9}{:>9}",
            "EEMUA 191, ISA-18.2", "raised", "announced", "in lines", "target", "limit"
        ));
        for target in &TARGETS {
            let cells = self.columns.each_ref().map(|column| {
                let figure = column.figures.figure(target.measure);
                format!("{figure:.1}{}", mark_of(target.verdict(figure)))
            });
            let [all, announced, lines] = cells;
            print(&format!(
                "{:34}{all:>12}{announced:>12}{lines:>12}{:>9}{:>9}",
                name_of(target.measure),
                target.target,
                target.limit
            ));
        }
        let mix = |shares: [f64; 4]| shares.map(|share| format!("{share:.0}")).join("/");
        let [all, announced, lines] = self
            .columns
            .each_ref()
            .map(|column| mix(column.figures.mix_percent()));
        print(&format!(
            "{:34}{all:>12}{announced:>12}{lines:>12}{:>12}",
            "low/medium/high/critical, %",
            mix(PRIORITY_MIX_PERCENT)
        ));
        print("  ! beyond the target   !! beyond the limit");
    }

    fn tell_shifts(&self) {
        print(&format!(
            "\n{:26}{:>9}{:>11}{:>10}   most in ten minutes",
            "shift from", "raised", "announced", "in lines"
        ));
        for shift in &self.shifts {
            let [all, announced, lines] = shift.raised;
            let most = shift.most.map(|most| most.to_string()).join(" / ");
            print(&format!(
                "{:26}{all:>9}{announced:>11}{lines:>10}   {most}",
                iso(shift.begins)
            ));
        }
    }

    fn tell_hours(&self) {
        print(&format!(
            "\n{:26}{:>9}{:>11}{:>10}",
            "hour of the day, per day", "raised", "announced", "in lines"
        ));
        let days = self.to.seconds_since(self.from) / 86_400.0;
        for hour in 0..24 {
            let per_day = self.columns.each_ref().map(|column| {
                let count = column.by_hour.get(hour).copied().unwrap_or_default();
                f64::from(count) / days
            });
            let [all, announced, lines] = per_day;
            print(&format!(
                "{hour:02}:00{:21}{all:>9.1}{announced:>11.1}{lines:>10.1}",
                ""
            ));
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let columns: serde_json::Map<String, Value> = COLUMNS
            .iter()
            .zip(&self.columns)
            .map(|(name, column)| ((*name).to_owned(), column_json(column)))
            .collect();
        let shifts: Vec<Value> = self
            .shifts
            .iter()
            .map(|shift| {
                json!({
                    "from": iso(shift.begins),
                    "raised": shift.raised,
                    "most_in_ten_minutes": shift.most,
                })
            })
            .collect();
        json!({
            "from": iso(self.from),
            "to": iso(self.to),
            "devices": self.devices,
            "rules": self.rules,
            "values": self.values,
            "consequences": self.consequences,
            "columns": columns,
            "shifts": shifts,
            "targets": targets_json(),
        })
    }
}

fn column_json(column: &Column) -> Value {
    let figures = &column.figures;
    let measured: serde_json::Map<String, Value> = TARGETS
        .iter()
        .map(|target| {
            let figure = figures.figure(target.measure);
            let told = json!({"value": figure, "verdict": word_of(target.verdict(figure))});
            (key_of(target.measure).to_owned(), told)
        })
        .collect();
    let top: Vec<Value> = figures
        .top
        .iter()
        .take(TOP)
        .map(|(condition, count)| json!({"condition": condition.as_str(), "raised": count}))
        .collect();
    json!({
        "raised": figures.raised,
        "floods": figures.floods,
        "measures": measured,
        "mix_percent": figures.mix_percent(),
        "top": top,
        "by_hour": column.by_hour,
    })
}

fn targets_json() -> Value {
    let targets: Vec<Value> = TARGETS
        .iter()
        .map(|target| {
            json!({
                "measure": key_of(target.measure),
                "target": target.target,
                "limit": target.limit,
                "source": target.source,
            })
        })
        .collect();
    Value::Array(targets)
}

/// How many of the alarms that are not hidden came in each hour of the day.
fn by_hour(alarms: &[Told], hidden: &BTreeSet<u32>, zone_ms: i64) -> [u32; 24] {
    let mut hours = [0; 24];
    for (place, alarm) in (0_u32..).zip(alarms) {
        let hour = (alarm.since.0 + zone_ms).div_euclid(HOUR_MS).rem_euclid(24);
        if let Some(count) = hours.get_mut(hour as usize)
            && !hidden.contains(&place)
        {
            *count += 1;
        }
    }
    hours
}

/// The shifts of the days; the first begins with them.
fn shifts(story: &Story, hidden: [&BTreeSet<u32>; 3]) -> Vec<Shift> {
    let length_ms = SHIFT_HOURS * HOUR_MS;
    let whole_ms = story.to.0.saturating_sub(story.from.0).max(0);
    let count = whole_ms.unsigned_abs().div_ceil(length_ms.unsigned_abs());
    let mut shifts: Vec<Shift> = (0..count.cast_signed())
        .map(|number| Shift {
            begins: UtcMillis(story.from.0 + number * length_ms),
            raised: [0; 3],
            most: [0; 3],
        })
        .collect();
    let mut ordered: Vec<(u32, UtcMillis)> = (0_u32..)
        .zip(&story.alarms)
        .map(|(place, alarm)| (place, alarm.since))
        .collect();
    ordered.sort_by_key(|(place, since)| (*since, *place));
    for (column, hidden) in hidden.into_iter().enumerate() {
        let mut flood = Flood::default();
        for (place, since) in &ordered {
            let number = since.0.saturating_sub(story.from.0).div_euclid(length_ms);
            let shift = usize::try_from(number)
                .ok()
                .and_then(|number| shifts.get_mut(number));
            let Some(shift) = shift.filter(|_| !hidden.contains(place)) else {
                continue;
            };
            flood.raise(*since);
            if let (Some(raised), Some(most)) =
                (shift.raised.get_mut(column), shift.most.get_mut(column))
            {
                *raised += 1;
                *most = flood.count().max(*most);
            }
        }
    }
    shifts
}

fn name_of(measure: Measure) -> &'static str {
    match measure {
        Measure::PerTenMinutes => "alarms in ten minutes, average",
        Measure::PerHour => "alarms in an hour, average",
        Measure::PerDay => "alarms in a day, average",
        Measure::MostInTenMinutes => "most in any ten minutes",
        Measure::BusyPeriodsPercent => "ten minutes with more than ten, %",
        Measure::FloodPercent => "time in flood, %",
        Measure::TopTenPercent => "ten most frequent sources, %",
        Measure::Chattering => "chattering conditions",
        Measure::Stale => "most stale on a day",
    }
}

fn key_of(measure: Measure) -> &'static str {
    match measure {
        Measure::PerTenMinutes => "per_ten_minutes",
        Measure::PerHour => "per_hour",
        Measure::PerDay => "per_day",
        Measure::MostInTenMinutes => "most_in_ten_minutes",
        Measure::BusyPeriodsPercent => "busy_periods_percent",
        Measure::FloodPercent => "flood_percent",
        Measure::TopTenPercent => "top_ten_percent",
        Measure::Chattering => "chattering",
        Measure::Stale => "stale",
    }
}

fn word_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Good => "good",
        Verdict::Strained => "strained",
        Verdict::TooMuch => "too_much",
    }
}

fn mark_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Good => "  ",
        Verdict::Strained => " !",
        Verdict::TooMuch => "!!",
    }
}
