//! MQTT messages of observations (OGC 18-088, clause 14): one observation each, or groups on `CreateObservations`.

use super::{Decoder, Shape, Told};
use crate::{
    Rejection,
    block::{BlockPage, Rejected, SeriesNames},
    json,
    sensorthings::{
        cursor::{Odd, Read},
        observation::{self, identity_in_link},
        page::Notes,
    },
};
use cim_model::{BlockRow, ObservationBlock, UtcMillis};

/// Reads an MQTT message of observations (clause 14) that came on `topic` at `received`, as a page of its own.
pub fn payload_block(
    topic: &str,
    payload: &[u8],
    received: UtcMillis,
    names: &mut SeriesNames,
) -> Result<BlockPage, Rejection> {
    let mut rows = Vec::new();
    let told = payload_rows(topic, payload, received, names, &mut rows)?;
    Ok(BlockPage {
        block: ObservationBlock {
            series: names.snapshot(),
            rows,
        },
        rejected: told.rejected,
        rejected_more: told.rejected_more,
        notes: told.notes,
        entries: told.entries,
        ..BlockPage::default()
    })
}

/// The same, behind the rows that `rows` has already: many messages become one block without an allocation for each.
pub fn payload_rows(
    topic: &str,
    payload: &[u8],
    received: UtcMillis,
    names: &mut SeriesNames,
    rows: &mut Vec<BlockRow>,
) -> Result<Told, Rejection> {
    let begins = rows.len();
    let mut decoder = Decoder::new("", names, std::mem::take(rows));
    let outcome = decoder.payload(topic, payload, received, begins);
    let (told, filled) = decoder.into_told();
    *rows = filled;
    outcome.map(|()| told)
}

/// True for topics that carry observations.
pub(crate) fn carries_observations(topic: &str) -> bool {
    topic.ends_with("/Observations") || topic.ends_with("/CreateObservations")
}

impl Decoder<'_, '_> {
    /// Reads a message; rows before `begins` are older ones.
    fn payload(
        &mut self,
        topic: &str,
        payload: &[u8],
        received: UtcMillis,
        begins: usize,
    ) -> Result<(), Rejection> {
        if !carries_observations(topic) {
            return Err(Rejection::new("topic", "not a topic of observations"));
        }
        let is_list = topic.ends_with("CreateObservations");
        if let Ok(text) = std::str::from_utf8(payload) {
            let mut quick = Decoder::new(text, self.names, std::mem::take(&mut self.rows));
            let read = if is_list {
                quick.created()
            } else {
                quick.published(topic, received)
            };
            if read.is_ok() {
                quick.note_zoneless(|| "$".to_owned());
                let (told, rows) = quick.into_told();
                self.rows = rows;
                self.entries = told.entries;
                self.notes = Notes(told.notes);
                self.rejected = Rejected {
                    told: told.rejected,
                    more: told.rejected_more,
                };
                return Ok(());
            }
            self.rows = quick.rows;
            self.rows.truncate(begins);
        }
        self.slow_payload(topic, payload, received, is_list)
    }

    fn created(&mut self) -> Read<()> {
        self.cursor.skip_space();
        if self.cursor.opens(b'[', b']')? {
            let mut index = 0_u64;
            loop {
                let mark = self.mark();
                let place = || format!("$[{index}]");
                if self.group(place).is_err() {
                    self.back_to(mark);
                    let value = self.tree()?;
                    self.slow_group(&value, &place());
                }
                index += 1;
                if !self.cursor.goes_on(b']')? {
                    break;
                }
            }
        }
        if self.cursor.is_at_end() {
            Ok(())
        } else {
            Err(Odd)
        }
    }

    fn published(&mut self, topic: &str, received: UtcMillis) -> Read<()> {
        let series = self.series_of_topic(topic);
        self.cursor.skip_space();
        self.entries = 1;
        let is_whole = self.entry(series, Some(received.0)) == Ok(Shape::Single);
        if is_whole && self.cursor.is_at_end() {
            Ok(())
        } else {
            Err(Odd)
        }
    }

    fn series_of_topic(&mut self, topic: &str) -> Option<u32> {
        let inside = topic
            .strip_suffix(")/Observations")
            .and_then(|rest| rest.rsplit_once('('))
            .filter(|(before, inside)| before.ends_with("Datastreams") && !inside.contains('\''));
        match inside {
            Some((_, id)) if !id.is_empty() => self.names.place_of(id),
            _ => self.names.place_of(&identity_in_link(topic)?),
        }
    }

    #[cold]
    fn slow_payload(
        &mut self,
        topic: &str,
        payload: &[u8],
        received: UtcMillis,
        is_list: bool,
    ) -> Result<(), Rejection> {
        let value = json::parse(payload)?;
        if is_list {
            let groups = value
                .as_array()
                .ok_or_else(|| Rejection::new("$", "a list of groups is expected"))?;
            for (index, group) in groups.iter().enumerate() {
                self.slow_group(group, &format!("$[{index}]"));
            }
            return Ok(());
        }
        let datastream = identity_in_link(topic);
        let observation = observation::published(
            &value,
            datastream.as_deref(),
            received,
            "$",
            &mut self.notes,
        )?;
        self.entries = 1;
        self.push_slow(&observation);
        Ok(())
    }
}
