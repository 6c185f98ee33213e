//! What a point is and says: the hover card, the list of what lies at a place, and a selection of many.

use super::{
    Layers,
    rows::{Family, Shown},
    sheet::Sheet,
};
use crate::{
    card,
    events::Events,
    live::Live,
    state::State,
    wire::{HereDto, HereItemDto, HoverDto, SelectionDto, Target},
};
use cim_layers::{CLASS_UNREAL, PointState, Why};
use cim_model::{Freshness, PointKey, ThingClass};
use std::collections::BTreeMap;

/// Rows of the list of what lies at a place.
const MOST_HERE: usize = 50;
/// Names of a selection.
const MOST_NAMES: usize = 200;
/// Digits of a value in the hover card.
const DIGITS: usize = 4;

impl Layers {
    /// What the point stands for.
    pub(crate) fn target_of(&self, key: PointKey, live: &Live) -> Option<Target> {
        let (sheet, sent) = self.sent(key)?;
        let of = sent.rows.of.get(key.row as usize).copied()?;
        match sheet.family {
            Family::Things | Family::Movers(_) => Some(Target::Thing {
                id: live.state.thing(of)?.thing.id.to_string(),
            }),
            Family::Cameras => Some(Target::Camera {
                id: match sent.rows.channel(key.row) {
                    Some(channel) => sent.rows.channels.id(channel)?.to_owned(),
                    None => live.state.cameras().get(of as usize)?.id.to_string(),
                },
            }),
            Family::Events => Some(Target::Event {
                id: sent.rows.events.get(key.row as usize)?.to_string(),
            }),
            Family::Shape => None,
        }
    }

    /// The point that stands for `target`, in the uppermost layer that has it; `None` for features, and for what no
    /// layer shows.
    pub(crate) fn key_of(&self, target: &Target, live: &Live) -> Option<PointKey> {
        // Sheets lie lowest first.
        self.sheets.iter().rev().find_map(|sheet| {
            let sent = sheet.sent.as_ref()?;
            let row = match (target, sheet.family) {
                (Target::Thing { id }, Family::Things | Family::Movers(_)) => {
                    sent.rows.of_thing(live.state.thing_row(id)?)?
                }
                (Target::Camera { id }, Family::Cameras) => {
                    sent.rows.of_camera(id, live.state.camera_row(id))?
                }
                (Target::Event { id }, Family::Events) => {
                    let mut events = sent.rows.events.iter();
                    events.position(|event| event.as_str() == id)? as u32
                }
                _ => return None,
            };
            Some(PointKey::new(sheet.plan.number, row))
        })
    }

    /// The state and the newest moment of a point, as old as it is now: the twin ages what it was told by itself.
    fn state_of(&self, key: PointKey, live: &Live) -> Option<(&Sheet, PointState, Option<i64>)> {
        self.state_among(key, (&live.state, live.shown_events()))
    }

    /// The same, of these devices and events.
    pub(super) fn state_among(
        &self,
        key: PointKey,
        (state, events): (&State, &Events),
    ) -> Option<(&Sheet, PointState, Option<i64>)> {
        let (sheet, sent) = self.sent(key)?;
        sent.states.get(key.row as usize)?;
        let shown = Shown {
            state,
            events,
            moment: self.seen.moment?,
            hub_gone: self.seen.hub_gone,
        };
        let now = sent.rows.now(sheet.family, &shown, key.row);
        Some((sheet, now.state, now.seen))
    }
}

/// What the hover card says of a point; `None` when it is no more.
pub(crate) fn hover_of(live: &Live, key: PointKey) -> Option<HoverDto> {
    let (sheet, state, at) = live.layers.state_of(key, live)?;
    let target = live.layers.target_of(key, live)?;
    let has_value = state.value.is_finite();
    let why = why_word(state.freshness(), state.why());
    Some(HoverDto {
        name: card::name_of(live, &target).unwrap_or_default(),
        kind: kind_of(live, &target, sheet.family),
        value: has_value.then(|| digits(f64::from(state.value))),
        unit: live
            .layers
            .unit_of(key, live)
            .filter(|_| has_value)
            .unwrap_or_default(),
        at: at.filter(|_| sheet.family != Family::Cameras),
        why: Some(why.to_owned()),
        severity: severity_word(state.class()).to_owned(),
    })
}

impl Layers {
    fn unit_of(&self, key: PointKey, live: &Live) -> Option<String> {
        let (_, sent) = self.sent(key)?;
        let series = sent.rows.value.get(key.row as usize).copied()?;
        Some(live.state.series_at(series)?.datastream.unit.clone())
    }
}

/// The list of `targets`, which lie at one place, nearest first; `more` lie there too.
pub(crate) fn here_dto(live: &Live, targets: &[Target], more: u32) -> HereDto {
    let shown = targets.iter().take(MOST_HERE);
    let cut = targets.len().saturating_sub(MOST_HERE) as u32;
    HereDto {
        items: shown.map(|target| item_of(live, target)).collect(),
        more: f64::from(more.saturating_add(cut)),
        fields: Vec::new(),
    }
}

/// What the points `keys` are together; `total` were selected.
pub(crate) fn selection_dto(live: &Live, keys: &[PointKey], total: u32) -> SelectionDto {
    let mut by_kind: BTreeMap<String, u32> = BTreeMap::new();
    let mut by_class = [0.0; 6];
    let mut late = 0_u32;
    let mut found: Vec<(u8, Target)> = Vec::new();
    for key in keys {
        let Some((sheet, state, _)) = live.layers.state_of(*key, live) else {
            continue;
        };
        let Some(target) = live.layers.target_of(*key, live) else {
            continue;
        };
        *by_kind
            .entry(kind_of(live, &target, sheet.family))
            .or_default() += 1;
        if let Some(count) = by_class.get_mut(usize::from(state.class())) {
            *count += 1.0;
        }
        late += u32::from(state.freshness() != Freshness::Fresh);
        found.push((urgency(state.class()), target));
    }
    // Stable: of equally bad ones those that were told first.
    found.sort_by_key(|(urgency, _)| std::cmp::Reverse(*urgency));
    let mut by_kind: Vec<(String, f64)> = by_kind
        .into_iter()
        .map(|(kind, count)| (kind, f64::from(count)))
        .collect();
    by_kind.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    SelectionDto {
        total: f64::from(total),
        by_kind,
        by_class,
        late: f64::from(late),
        names: found
            .iter()
            .take(MOST_NAMES)
            .map(|(_, target)| item_of(live, target))
            .collect(),
    }
}

/// What is not real comes last.
fn urgency(class: u8) -> u8 {
    if class == CLASS_UNREAL { 0 } else { class + 1 }
}

fn item_of(live: &Live, target: &Target) -> HereItemDto {
    let known = live
        .layers
        .key_of(target, live)
        .and_then(|key| live.layers.state_of(key, live));
    let family = known.map_or(Family::Shape, |(sheet, ..)| sheet.family);
    HereItemDto {
        target: target.clone(),
        name: card::name_of(live, target).unwrap_or_default(),
        kind: kind_of(live, target, family),
        severity: known.map(|(_, state, _)| severity_word(state.class()).to_owned()),
        // A camera that is on is seen at every moment.
        at: known
            .filter(|(sheet, ..)| sheet.family != Family::Cameras)
            .and_then(|(_, _, at)| at),
    }
}

fn kind_of(live: &Live, target: &Target, family: Family) -> String {
    let kind = match (target, family) {
        (_, Family::Movers(ThingClass::Person)) => "person",
        (_, Family::Movers(_)) => "vehicle",
        (Target::Thing { id }, _) => {
            let row = live
                .state
                .thing_row(id)
                .and_then(|row| live.state.thing(row));
            row.map(|row| row.thing.kind).unwrap_or_default().as_str()
        }
        (Target::Camera { .. }, _) => "camera",
        (Target::Event { .. }, _) => "event",
        (Target::Feature { id }, _) => {
            let feature = live.city.as_ref().and_then(|city| city.feature(id));
            return feature.map_or_else(String::new, |feature| feature.class.clone());
        }
    };
    kind.to_owned()
}

/// Why something is as old as it is.
pub(super) fn why_word(freshness: Freshness, why: Why) -> &'static str {
    match (freshness, why) {
        (Freshness::Fresh, _) | (_, Why::NotAged) => "fresh",
        (_, Why::SourceLate) => "source_late",
        (_, Why::DeviceSilent) => "device_silent",
        (_, Why::HubGone) => "hub_gone",
    }
}

pub(super) fn severity_word(class: u8) -> &'static str {
    match class {
        0 => "normal",
        1 => "low",
        2 => "medium",
        3 => "high",
        4 => "critical",
        _ => "unreal",
    }
}

/// A number with as many digits as can be read at a glance.
pub(super) fn digits(value: f64) -> String {
    let whole = value.abs().log10().floor().clamp(-3.0, 9.0) as i32 + 1;
    let decimals = DIGITS.saturating_sub(whole.max(1) as usize);
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        let text = text.trim_end_matches('0').trim_end_matches('.');
        return text.to_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_as_many_digits_as_can_be_read_at_a_glance() {
        for (value, text) in [
            (0.0, "0"),
            (12.3456, "12.35"),
            (1234.56, "1235"),
            (0.5, "0.5"),
            (-3.25168, "-3.252"),
            (1_234_567.0, "1234567"),
        ] {
            assert_eq!(digits(value), text);
        }
    }
}
