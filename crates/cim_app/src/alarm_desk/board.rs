//! How the alarm desk stands: flood, lines, what is not in the list, what is to be heard.

use super::{Alarms, noise::FloodLine};
use crate::{
    facts::{rule_of, subject_of},
    state::State,
    texts::text,
    wire::{AlarmBoardDto, AlarmHiddenDto, AlarmLineDto, AlarmLineWhyDto},
};
use cim_alarm::SoundOf;
use cim_model::AlarmId;

impl Alarms {
    /// How the desk stands now.
    pub(crate) fn board(&self, state: &State, language: &str) -> AlarmBoardDto {
        let hidden = self.desk.tallies(SoundOf::Real).hidden;
        let (consequences, with_group) = self.suppressed_counts();
        let lines = self.noise.lines().iter();
        AlarmBoardDto {
            revision: self.revision() as f64,
            in_ten_minutes: self.noise.in_ten_minutes(),
            flood_since: self.noise.flood_since().map(|at| at.0),
            lines: lines.map(|line| self.line(line, state, language)).collect(),
            hidden: AlarmHiddenDto {
                shelved: hidden.shelved,
                consequences,
                suppressed: with_group.saturating_add(hidden.disabled),
                out_of_service: hidden.out_of_service,
            },
            groups_on: u32::try_from(self.groups.on()).unwrap_or(u32::MAX),
            audible: self.desk.audible(SoundOf::Real).map(Into::into),
            is_silenced: self.desk.silenced_up_to(SoundOf::Real).is_some(),
        }
    }

    fn line(&self, line: &FloodLine, state: &State, language: &str) -> AlarmLineDto {
        let first_name = self.device_name(&line.first, state);
        let is_one = line.members.len() == 1;
        let name = match line.why {
            AlarmLineWhyDto::Rest => String::new(),
            AlarmLineWhyDto::Kind if !is_one => self.kind_name(&line.first, language),
            AlarmLineWhyDto::Area => {
                let row = self.desk.row(&line.first);
                let area = row.and_then(|row| row.about.area.as_deref());
                let area = self.area_name(area.unwrap_or_default(), language);
                format!("{area} {}", self.kind_name(&line.first, language))
            }
            _ => self.device_name(&line.named, state),
        };
        AlarmLineDto {
            id: line.first.to_string(),
            why: line.why,
            name,
            counts: line.counts,
            first: line.first.to_string(),
            first_name,
            since: line.since.0,
            unacknowledged: line.unacknowledged,
        }
    }

    /// What the device or area of an alarm is called.
    fn device_name(&self, alarm: &AlarmId, state: &State) -> String {
        let row = self.desk.row(alarm);
        let id = row.and_then(|row| row.about.thing.as_ref());
        let thing = id.and_then(|id| state.thing(state.thing_row(id.as_str())?));
        thing.map_or_else(
            || subject_of(alarm.as_str()).to_owned(),
            |row| row.thing.name.clone(),
        )
    }

    /// What kind of alarm it is: its rule, or what its device measures.
    fn kind_name(&self, alarm: &AlarmId, language: &str) -> String {
        if rule_of(alarm.as_str()).is_some() {
            return self.rule_name(alarm.as_str(), language);
        }
        let row = self.desk.row(alarm);
        let kind = row.map_or("", |row| &*row.about.kind);
        text(language, &format!("kind.{kind}")).unwrap_or_else(|| kind.to_owned())
    }
}
