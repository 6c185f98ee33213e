//! Cases that are like another one: those that may be the same, and those of before, with how they ended.

use super::{EventDesk, Tables};
use crate::wire::CaseLikeDto;
use cim_event::{
    Act, Case, CaseState, Fingerprint, Likeness, Link, LinkKind, Place, Stage, similarity,
};
use cim_geo::Geodetic;
use cim_model::{EventId, UtcMillis};

/// So many are told.
const MOST_ALIKE: usize = 10;
/// So many are told of an alarm.
const MOST_LIKE_ALARM: usize = 8;
/// So many cases of the same category are compared by their texts, the nearest first.
const MOST_COMPARED: usize = 300;
/// Cases further apart than this are no likelier for lying near, metres.
const NEAR_M: f64 = 2_000.0;
/// What is less alike than this is not told.
const LEAST_SCORE: f64 = 0.25;
/// How much the text counts; the place has the rest.
const TEXT_WEIGHT: f64 = 0.6;
/// What a case of the same category has without any other likeness.
const CATEGORY_SCORE: f64 = 0.3;

/// Cases that the sieve found, with how they stand.
pub(crate) fn liked(
    desk: &EventDesk,
    found: &[(EventId, Likeness)],
    language: &str,
) -> Vec<CaseLikeDto> {
    found
        .iter()
        .filter_map(|(id, likeness)| {
            let case = desk.cases.get(desk.cases.handled_in(id))?;
            Some(CaseLikeDto {
                score: likeness.score,
                distance_m: likeness.distance_m,
                ..like_dto(case, &desk.tables, language)
            })
        })
        .take(MOST_ALIKE)
        .collect()
}

/// Open cases that may be the same as `case`, the likeliest first.
pub(crate) fn likely_same(
    desk: &mut EventDesk,
    case: &EventId,
    language: &str,
) -> Vec<CaseLikeDto> {
    let Some(state) = desk.case_state(case) else {
        return Vec::new();
    };
    let (standing, is_open) = (state.standing, state.stage.is_open());
    if !is_open {
        return Vec::new();
    }
    let text = format!("{} {}", state.title, state.description);
    let print = Fingerprint::new(
        state.place,
        state.happened_at,
        state.category.as_str(),
        &text,
    );
    let mut found = desk.sieve().matches(&print);
    found.retain(|(id, _)| {
        let handled = desk.cases.handled_in(id);
        handled != case
            && desk
                .case_state(handled)
                .is_some_and(|other| other.standing == standing && other.stage.is_open())
    });
    liked(desk, &found, language)
}

/// Cases before that were like the one called `id`, which stands as `state`: of its category, near, of a like text. Only
/// those that had ended by `moment`.
pub(super) fn similar(
    desk: &EventDesk,
    (id, state): (&EventId, &CaseState),
    moment: UtcMillis,
    language: &str,
) -> Vec<CaseLikeDto> {
    let has_ended = |other: &CaseState| other.closed_at.is_some_and(|closed| closed <= moment);
    let ended = desk.cases.all().filter(|other| {
        other.id() != id && has_ended(other.state()) && other.state().category == state.category
    });
    let mut near: Vec<(Option<f64>, &Case)> = ended
        .map(|other| (apart_m(state.place, other.state().place), other))
        .collect();
    let order = |metres: Option<f64>| metres.unwrap_or(f64::INFINITY);
    near.sort_by(|a, b| {
        order(a.0)
            .total_cmp(&order(b.0))
            .then_with(|| b.1.state().happened_at.cmp(&a.1.state().happened_at))
    });
    near.truncate(MOST_COMPARED);
    let text = format!("{} {}", state.title, state.description);
    let mut found: Vec<CaseLikeDto> = near
        .into_iter()
        .map(|(distance_m, other)| CaseLikeDto {
            score: score_of(&text, other.state(), distance_m),
            distance_m,
            ..like_dto(other, &desk.tables, language)
        })
        .filter(|like| like.score >= LEAST_SCORE)
        .collect();
    found.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then(b.happened_at.cmp(&a.happened_at))
            .then_with(|| a.id.cmp(&b.id))
    });
    found.truncate(MOST_ALIKE);
    found
}

/// An alarm that cases of before are compared with.
pub(crate) struct AlarmAsked<'a> {
    /// Its condition.
    pub(crate) condition: &'a str,
    /// Its device; may be empty.
    pub(crate) thing: &'a str,
    /// The category of the event that it makes.
    pub(crate) category: &'a str,
    /// Where it is.
    pub(crate) place: Option<Geodetic>,
}

impl AlarmAsked<'_> {
    /// How like the alarm a case is; 0 for not at all. What was made of the same condition or device is likest.
    fn score(&self, state: &CaseState, distance_m: Option<f64>) -> f64 {
        let is_its = |link: &Link| match link.kind {
            LinkKind::Alarm => {
                let condition = link.target.rsplit_once('@');
                condition.is_some_and(|(condition, _)| condition == self.condition)
            }
            LinkKind::Thing => !self.thing.is_empty() && link.target == self.thing,
            _ => false,
        };
        if state.links.iter().any(is_its) {
            return 1.0;
        }
        let near = distance_m.filter(|metres| *metres <= NEAR_M);
        let is_alike = state.category.as_str() == self.category;
        near.filter(|_| is_alike).map_or(0.0, |metres| {
            CATEGORY_SCORE + (1.0 - CATEGORY_SCORE) * (1.0 - metres / NEAR_M)
        })
    }
}

/// Cases that ended between two moments and are like an alarm, the likest first.
pub(crate) fn cases_like(
    desk: &EventDesk,
    asked: &AlarmAsked<'_>,
    (since, moment): (UtcMillis, UtcMillis),
    language: &str,
) -> Vec<CaseLikeDto> {
    let place = asked.place.map(|at| Place {
        lon_deg: at.lon_deg,
        lat_deg: at.lat_deg,
    });
    let ended = desk.cases.all().filter(|case| {
        let closed = case.state().closed_at;
        closed.is_some_and(|closed| closed >= since && closed <= moment)
    });
    let mut found: Vec<CaseLikeDto> = ended
        .filter_map(|case| {
            let distance_m = apart_m(place, case.state().place);
            let score = asked.score(case.state(), distance_m);
            (score >= LEAST_SCORE).then(|| CaseLikeDto {
                score,
                distance_m,
                ..like_dto(case, &desk.tables, language)
            })
        })
        .collect();
    found.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then(b.happened_at.cmp(&a.happened_at))
            .then_with(|| a.id.cmp(&b.id))
    });
    found.truncate(MOST_LIKE_ALARM);
    found
}

fn score_of(text: &str, other: &CaseState, distance_m: Option<f64>) -> f64 {
    let there = format!("{} {}", other.title, other.description);
    let of_text = similarity(text, &there).unwrap_or(0.0);
    let of_place = distance_m.map_or(0.0, |metres| (1.0 - metres / NEAR_M).max(0.0));
    let likeness = TEXT_WEIGHT * of_text + (1.0 - TEXT_WEIGHT) * of_place;
    CATEGORY_SCORE + (1.0 - CATEGORY_SCORE) * likeness
}

fn apart_m(a: Option<Place>, b: Option<Place>) -> Option<f64> {
    Some(a?.distance_m(b?))
}

fn like_dto(case: &Case, tables: &Tables, language: &str) -> CaseLikeDto {
    let state = case.state();
    CaseLikeDto {
        id: case.id().to_string(),
        title: state.title.clone(),
        category_name: tables.category_name(&state.category, language),
        level: state.level.as_str().to_owned(),
        stage: state.stage.into(),
        score: 0.0,
        distance_m: None,
        happened_at: state.happened_at.0,
        closed_at: state.closed_at.map(|at| at.0),
        took_s: took_s(state),
        outcome: outcome(case),
    }
}

fn took_s(state: &CaseState) -> Option<f64> {
    Some(state.closed_at?.seconds_since(state.reported_at?))
}

/// How a case ended: what was done, else what was said in closing it.
fn outcome(case: &Case) -> String {
    let state = case.state();
    if let Some(handling) = &state.handling
        && state.stage != Stage::Cancelled
        && !handling.text.is_empty()
    {
        return handling.text.clone();
    }
    let mut said = case.entries().iter().rev().filter(|entry| entry.has_effect);
    let last = said.find_map(|entry| match &entry.step.body.act {
        Act::Close { text } if !text.is_empty() => Some(text),
        Act::Cancel { reason } => Some(reason),
        _ => None,
    });
    last.cloned().unwrap_or_default()
}
