//! Lists of cases as the wire has them: of the present, or as they stood at the past moment shown.

use super::{
    clocks::{dues_of, most_urgent},
    place_of,
    rows::row,
    shown_step,
};
use crate::{
    live::Live,
    search::fold,
    wire::{CaseLightDto, CaseOrderDto, CasePageDto, CaseQueryDto},
};
use cim_event::{Case, CaseState, Light, LoopStep, Stage};
use cim_model::{EventId, EventLevel, EventStatus, UtcMillis};
use cim_names::readings;
use cim_store::Knowledge;
use std::{borrow::Cow, cmp::Reverse, collections::BTreeSet};

/// A window has at most so many rows.
const MOST_ROWS: usize = 1_000;
/// So much of what is typed is looked for, characters.
const MOST_TEXT_CHARS: usize = 100;
/// So much of a case's texts is looked through, characters.
const MOST_TOLD_CHARS: usize = 1_000;
/// Levels, the gravest first.
const LEVELS: [EventLevel; 4] = [
    EventLevel::I,
    EventLevel::II,
    EventLevel::III,
    EventLevel::IV,
];

/// One case as lists need it.
pub(crate) struct Listing<'a> {
    pub(super) case: &'a Case,
    state: Cow<'a, CaseState>,
    pub(super) step: LoopStep,
    pub(super) light: Option<Light>,
    due_at: Option<UtcMillis>,
    pub(super) is_closed_at_source: bool,
}

impl Listing<'_> {
    /// How the case stands at the moment shown.
    pub(super) fn state(&self) -> &CaseState {
        &self.state
    }
}

/// The cases of the moment shown, to be asked.
pub(crate) struct CaseLists<'a> {
    live: &'a Live,
    moment: UtcMillis,
    known_by: UtcMillis,
    is_past: bool,
}

/// What a query asks for, made ready.
struct Wanted<'a> {
    query: &'a CaseQueryDto,
    words: Vec<String>,
    steps: BTreeSet<&'static str>,
    stages: BTreeSet<&'static str>,
}

impl<'a> CaseLists<'a> {
    /// The cases of `live`, seen at wall time `now`.
    pub(crate) fn new(live: &'a Live, now: UtcMillis) -> Self {
        let is_past = live.state.shows_past();
        let moment = live.moment(now);
        Self {
            live,
            moment,
            known_by: match live.knowledge {
                Knowledge::Then => moment,
                Knowledge::Now => UtcMillis(i64::MAX),
            },
            is_past,
        }
    }

    /// A window into the cases that `query` answers.
    pub(crate) fn page(&self, query: &CaseQueryDto) -> CasePageDto {
        let mut found = self.found(query);
        sort(&mut found, query.order);
        let mut page = CasePageDto {
            revision: self.live.event_desk.revision() as f64,
            total: u32::try_from(found.len()).unwrap_or(u32::MAX),
            offset: query.offset,
            is_past: self.is_past,
            ..CasePageDto::default()
        };
        for one in &found {
            add(&mut page.by_step, Some(place_of(one.step)));
            add(&mut page.by_light, one.light.map(place_of_light));
            add(&mut page.by_level, Some(rank_of(one.state().level)));
        }
        let count = (query.count as usize).min(MOST_ROWS);
        let window = found.iter().skip(query.offset as usize).take(count);
        page.rows = window.map(|one| row(self, one)).collect();
        page
    }

    /// The case of this name at the moment shown; `None` where it was not reported by then.
    pub(crate) fn get(&self, id: &str) -> Option<Listing<'a>> {
        let case = self.live.event_desk.cases().get(&EventId::new(id))?;
        let one = self.listing(case);
        (one.state().stage != Stage::Unreported).then_some(one)
    }

    /// A case at the moment shown.
    pub(super) fn listing(&self, case: &'a Case) -> Listing<'a> {
        let desk = &self.live.event_desk;
        if !self.is_past {
            let is_closed = desk.is_closed_at_source(case.id(), case.state().stage);
            let clocked = desk.clocks.of(case.id()).filter(|_| !is_closed);
            return Listing {
                case,
                state: Cow::Borrowed(case.state()),
                step: shown_step(case.state(), is_closed),
                light: clocked.map(|one| one.light),
                due_at: clocked.and_then(|one| one.due_at),
                is_closed_at_source: is_closed,
            };
        }
        let state = case.state_at(self.moment, self.known_by);
        let at_hub = self.live.shown_events().find(case.id());
        let is_closed = state.stage == Stage::Collected
            && at_hub.is_some_and(|event| event.status == EventStatus::Closed);
        let dues = if is_closed {
            Vec::new()
        } else {
            dues_of(&state, &desk.tables, self.moment)
        };
        let clocked = most_urgent(&dues);
        Listing {
            case,
            step: shown_step(&state, is_closed),
            state: Cow::Owned(state),
            light: clocked.map(|one| one.light),
            due_at: clocked.and_then(|one| one.due_at),
            is_closed_at_source: is_closed,
        }
    }

    /// What the lists are of.
    pub(super) fn live(&self) -> &'a Live {
        self.live
    }

    /// The moment shown.
    pub(super) fn moment(&self) -> UtcMillis {
        self.moment
    }

    /// By when something must have become known to count.
    pub(super) fn known_by(&self) -> UtcMillis {
        self.known_by
    }

    /// True while the past is shown.
    pub(super) fn is_past(&self) -> bool {
        self.is_past
    }

    /// The language that the desk speaks.
    pub(super) fn language(&self) -> &'a str {
        &self.live.language
    }

    fn found(&self, query: &CaseQueryDto) -> Vec<Listing<'a>> {
        let wanted = Wanted::new(query);
        let cases = self.live.event_desk.cases();
        let all = cases.all().map(|case| self.listing(case));
        all.filter(|one| one.state().stage != Stage::Unreported && wanted.takes(one, self))
            .collect()
    }

    /// What a case is found by: its texts, folded, and the pinyin of its title.
    fn told(&self, one: &Listing<'_>) -> String {
        let state = one.state();
        let desk = &self.live.event_desk;
        let holder = state
            .assignment
            .as_ref()
            .map_or("", |assignment| assignment.party.name.as_str());
        let text: String = format!(
            "{}\n{}\n{}\n{}\n{holder}\n{}",
            one.case.id(),
            state.title,
            desk.category_name(&state.category, "zh-CN"),
            desk.category_name(&state.category, "en"),
            state.description,
        )
        .chars()
        .take(MOST_TOLD_CHARS)
        .collect();
        format!("{}\n{}", fold(&text), pinyin_of(&state.title))
    }
}

impl<'a> Wanted<'a> {
    fn new(query: &'a CaseQueryDto) -> Self {
        let text: String = query.text.chars().take(MOST_TEXT_CHARS).collect();
        let steps = LoopStep::ALL.iter();
        let stages = Stage::ALL.iter();
        Self {
            query,
            words: fold(&text).split_whitespace().map(str::to_owned).collect(),
            steps: steps
                .filter(|step| query.steps.contains(&(**step).into()))
                .map(|step| step.as_str())
                .collect(),
            stages: stages
                .filter(|stage| query.stages.contains(&(**stage).into()))
                .map(|stage| stage.as_str())
                .collect(),
        }
    }

    fn takes(&self, one: &Listing<'_>, lists: &CaseLists<'_>) -> bool {
        self.takes_stage(one)
            && self.takes_words_of(one)
            && self.takes_place(one)
            && self.takes_family(one)
            && (self.words.is_empty() || self.has_words(one, lists))
    }

    /// Without steps and stages: what is open. All that is part of one case is shown whole.
    fn takes_stage(&self, one: &Listing<'_>) -> bool {
        if self.steps.is_empty() && self.stages.is_empty() {
            return one.is_open() || self.query.within.is_some();
        }
        (self.steps.is_empty() || self.steps.contains(one.step.as_str()))
            && (self.stages.is_empty() || self.stages.contains(one.stage().as_str()))
    }

    fn takes_words_of(&self, one: &Listing<'_>) -> bool {
        let (query, state) = (self.query, one.state());
        let is_asked =
            |list: &[String], word: &str| list.is_empty() || list.iter().any(|asked| asked == word);
        let light = one.light.map(CaseLightDto::from);
        is_asked(&query.levels, state.level.as_str())
            && is_asked(&query.categories, &state.category)
            && is_asked(&query.sources, &state.source)
            && (query.standings.is_empty() || query.standings.contains(&state.standing.into()))
            && (query.lights.is_empty() || light.is_some_and(|light| query.lights.contains(&light)))
            && self.takes_holder(state)
            && self.takes_moment(state)
    }

    fn takes_holder(&self, state: &CaseState) -> bool {
        let holder = state
            .assignment
            .as_ref()
            .map_or("", |assignment| assignment.party.id.as_str());
        let is_of = |asked: &String| {
            holder == asked
                || (!asked.is_empty()
                    && holder
                        .strip_prefix(asked.as_str())
                        .is_some_and(|rest| rest.starts_with('/')))
        };
        self.query.holders.is_empty() || self.query.holders.iter().any(is_of)
    }

    fn takes_moment(&self, state: &CaseState) -> bool {
        let at = state.reported_at.unwrap_or_default().0;
        self.query.from.is_none_or(|from| at >= from) && self.query.to.is_none_or(|to| at < to)
    }

    fn takes_place(&self, one: &Listing<'_>) -> bool {
        let Some([west, south, east, north]) = self.query.bounds else {
            return true;
        };
        one.state().place.is_some_and(|place| {
            (west..=east).contains(&place.lon_deg) && (south..=north).contains(&place.lat_deg)
        })
    }

    fn takes_family(&self, one: &Listing<'_>) -> bool {
        let Some(whole) = &self.query.within else {
            return true;
        };
        let state = one.state();
        let is_whole =
            |id: &Option<EventId>| id.as_ref().is_some_and(|id| id.as_str() == whole.as_str());
        is_whole(&state.parent) || is_whole(&state.merged_into)
    }

    fn has_words(&self, one: &Listing<'_>, lists: &CaseLists<'_>) -> bool {
        let has = |told: &str| self.words.iter().all(|word| told.contains(word.as_str()));
        if lists.is_past() {
            return has(&lists.told(one));
        }
        let desk = &lists.live().event_desk;
        has(desk.words_of(one.case.id(), || lists.told(one)))
    }
}

/// Puts cases in order.
fn sort(found: &mut [Listing<'_>], order: CaseOrderDto) {
    let late = UtcMillis(i64::MAX);
    let newest = |one: &Listing<'_>| Reverse(one.state().reported_at);
    match order {
        CaseOrderDto::Urgency => found.sort_by_key(|one| {
            (
                Reverse(one.light >= Some(Light::Red)),
                rank_of(one.state().level),
                one.due_at.unwrap_or(late),
                newest(one),
            )
        }),
        CaseOrderDto::Newest => found.sort_by_key(newest),
        CaseOrderDto::Oldest => found.sort_by_key(|one| one.state().reported_at),
        CaseOrderDto::Due => {
            found.sort_by_key(|one| (one.due_at.unwrap_or(late), newest(one)));
        }
        CaseOrderDto::Level => {
            found.sort_by_key(|one| (rank_of(one.state().level), newest(one)));
        }
    }
}

/// A text by its usual readings, then by their first letters.
fn pinyin_of(text: &str) -> String {
    let mut whole = String::new();
    let mut first = String::new();
    for letter in text.chars() {
        if let Some(reading) = readings(letter).into_iter().next() {
            first.extend(reading.chars().next());
            whole.push_str(&reading);
        } else {
            let folded = fold(letter.encode_utf8(&mut [0; 4]));
            whole.push_str(&folded);
            first.push_str(&folded);
        }
    }
    format!("{whole}\n{first}")
}

/// The place of a level in counts and orders: the gravest first.
fn rank_of(level: EventLevel) -> usize {
    let mut levels = LEVELS.iter();
    levels.position(|known| *known == level).unwrap_or_default()
}

fn place_of_light(light: Light) -> usize {
    let mut lights = Light::ALL.iter();
    lights.position(|known| *known == light).unwrap_or_default()
}

fn add<const N: usize>(counts: &mut [u32; N], place: Option<usize>) {
    if let Some(count) = place.and_then(|place| counts.get_mut(place)) {
        *count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_found_by_its_pinyin_and_by_its_first_letters() {
        let told = pinyin_of("燃气泄漏 A3");
        assert!(told.contains("ranqixielou"), "{told}");
        assert!(told.contains("rqxl"), "{told}");
        assert!(told.contains("a3"), "{told}");
    }

    #[test]
    fn the_gravest_level_and_the_worst_light_have_their_places() {
        assert_eq!((rank_of(EventLevel::I), rank_of(EventLevel::IV)), (0, 3));
        assert_eq!(place_of_light(Light::Stopped), 0);
        assert_eq!(place_of_light(Light::Escalated), 4);
    }
}
