//! What the cases of a time amount to 分析应用: which cases count, how each of them went, and the tables as the wire has them.

use super::said::say;
use crate::{
    live::Live,
    texts::text,
    wire::{
        AnalysisByDto, AnalysisDto, AnalysisQueryDto, AnalysisRowDto, AnalysisTableDto,
        CaseFiguresDto, RepeatPlaceDto,
    },
};
use cim_event::{
    Case, CaseState, GridCode, Light, LinkKind, Place, Stage,
    analysis::{Analysis, By, CaseRow, Figures, RepeatSettings, Report},
    due, kept,
};
use cim_model::UtcMillis;
use std::collections::BTreeMap;

/// So many groups of a kind are told.
const MOST_GROUPS: usize = 400;
/// So many repeated places are told.
const MOST_PLACES: usize = 200;

/// Which cases count.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// What was asked for.
    pub(crate) query: &'a AnalysisQueryDto,
    /// The present moment.
    pub(crate) now: UtcMillis,
}

/// Cases as far as figures are concerned, and what their words mean.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counted {
    /// The cases.
    rows: Vec<CaseRow>,
    /// Categories and departments by their words, in the desk's language.
    pub(crate) names: BTreeMap<String, String>,
}

impl Counted {
    /// Takes those of another look too.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.rows.append(&mut other.rows);
        self.names.append(&mut other.names);
    }

    /// The tables; departments by their names instead of their identities where they are for paper.
    pub(crate) fn report(&self, is_for_paper: bool) -> Report {
        let mut analysis = Analysis::new(RepeatSettings::default());
        for row in &self.rows {
            match self.names.get(&row.department) {
                Some(name) if is_for_paper => analysis.add(&CaseRow {
                    department: name.clone(),
                    ..row.clone()
                }),
                _ => analysis.add(row),
            }
        }
        analysis.finish()
    }
}

/// Those of `cases` that count.
pub(crate) fn cases_in<'c>(
    live: &Live,
    cases: impl IntoIterator<Item = &'c Case>,
    wanted: Wanted<'_>,
) -> Counted {
    let mut counted = Counted::default();
    for case in cases {
        let Some(row) = row_of(live, case, wanted) else {
            continue;
        };
        name(live, case.state(), &row, &mut counted.names);
        counted.rows.push(row);
    }
    counted
}

/// The tables as the wire has them.
pub(crate) fn analysis_dto(
    counted: &Counted,
    query: &AnalysisQueryDto,
    language: &str,
) -> AnalysisDto {
    let report = counted.report(false);
    let tables = report.tables.iter().filter_map(|table| {
        let by = by_dto(table.by)?;
        let rows = table.rows.iter().take(MOST_GROUPS);
        Some(AnalysisTableDto {
            by,
            rows: rows
                .map(|row| AnalysisRowDto {
                    group: row.group.clone(),
                    name: group_name(table.by, &row.group, &counted.names, language),
                    figures: figures_dto(&row.figures),
                })
                .collect(),
            total: number(table.rows.len()),
        })
    });
    let places = report.repeats.iter().take(MOST_PLACES);
    AnalysisDto {
        from: query.from,
        to: query.to,
        total: figures_dto(&report.total()),
        tables: tables.collect(),
        repeats: places
            .map(|place| RepeatPlaceDto {
                category: place.category.clone(),
                name: group_name(By::Category, &place.category, &counted.names, language),
                position: [place.place.lon_deg, place.place.lat_deg],
                cases: number(place.cases),
                first: place.first.0,
                last: place.last.0,
                ids: place.ids.clone(),
            })
            .collect(),
        repeats_total: number(report.repeats.len()),
    }
}

fn row_of(live: &Live, case: &Case, wanted: Wanted<'_>) -> Option<CaseRow> {
    let (state, query) = (case.state(), wanted.query);
    let is_case = !matches!(
        state.stage,
        Stage::Unreported | Stage::Merged | Stage::Cancelled
    );
    let within = UtcMillis(query.from)..UtcMillis(query.to);
    let department = department_of(state);
    let is_wanted = is_case
        && within.contains(&state.happened_at)
        && (query.has_exercises || state.standing.is_real())
        && has(&query.categories, &state.category)
        && has(&query.levels, state.level.as_str())
        && has(&query.departments, &department);
    if !is_wanted {
        return None;
    }
    let answered = state.first_received_at.into_iter().chain(state.arrived_at);
    let [grid, community] = cell_of(live, state);
    Some(CaseRow {
        id: case.id().to_string(),
        category: state.category.clone(),
        level: state.level,
        place: state.place,
        grid,
        community,
        department,
        happened_at: state.happened_at,
        reported_at: state.reported_at.unwrap_or(state.happened_at),
        responded_at: answered.min(),
        closed_at: closed_at(live, case),
        is_overdue: is_overdue(live, case, wanted.now),
        reopenings: state.reopenings,
    })
}

fn has(wanted: &[String], word: &str) -> bool {
    wanted.is_empty() || wanted.iter().any(|one| one == word)
}

/// The department that has the case; a team or a person counts for theirs.
fn department_of(state: &CaseState) -> String {
    let party = state
        .assignment
        .as_ref()
        .map(|given| given.party.id.as_str());
    let department = party.and_then(|id| id.split('/').next());
    department.unwrap_or_default().to_owned()
}

/// When it was closed; by the hub's word where only the hub knows.
fn closed_at(live: &Live, case: &Case) -> Option<UtcMillis> {
    let state = case.state();
    if matches!(state.stage, Stage::Closed | Stage::Archived) {
        return state.closed_at;
    }
    live.event_desk.closed_at_source(case)
}

fn is_overdue(live: &Live, case: &Case, now: UtcMillis) -> bool {
    let tables = &live.event_desk.tables;
    let Some(calendar) = &tables.calendar else {
        return false;
    };
    let state = case.state();
    if kept(state, &tables.deadlines, calendar)
        .iter()
        .any(|kept| kept.is_late)
    {
        return true;
    }
    // What the hub closed owes nothing here.
    closed_at(live, case).is_none()
        && due(state, &tables.deadlines, calendar, now)
            .iter()
            .any(|due| due.light >= Light::Red)
}

/// The grid cell that the case is tied to and its community, or the area that it lies in.
fn cell_of(live: &Live, state: &CaseState) -> [String; 2] {
    let places = state
        .links
        .iter()
        .filter(|link| link.kind == LinkKind::Place);
    let mut cells = places.filter_map(|link| link.target.parse::<GridCode>().ok());
    if let Some(cell) = cells.next() {
        return [cell.as_str().to_owned(), cell.community().to_owned()];
    }
    let at = state.place.filter(|place| place.is_usable());
    let [zh, en] = at
        .map(Place::geodetic)
        .map(|at| live.alarms.area_at(at))
        .unwrap_or_default();
    let area = if live.language == "en" { en } else { zh };
    [String::new(), area]
}

/// Learns what the words of a row mean.
fn name(live: &Live, state: &CaseState, row: &CaseRow, names: &mut BTreeMap<String, String>) {
    let language = live.language.as_str();
    if !row.category.is_empty() {
        names.entry(row.category.clone()).or_insert_with(|| {
            let known = live.event_desk.category_name(&row.category, language);
            // A word that no table has may still have a text.
            let other = text(language, &format!("category.{}", row.category));
            other.filter(|_| known == row.category).unwrap_or(known)
        });
    }
    if row.department.is_empty() {
        return;
    }
    names.entry(row.department.clone()).or_insert_with(|| {
        let mut parties = live.event_desk.parties(language).into_iter();
        let known = parties.find(|party| party.id == row.department);
        let given = state.assignment.as_ref().map(|given| &given.party);
        let own = given.filter(|party| party.id == row.department);
        known
            .or_else(|| own.cloned())
            .map_or_else(|| row.department.clone(), |party| party.name)
    });
}

fn group_name(by: By, word: &str, names: &BTreeMap<String, String>, language: &str) -> String {
    match by {
        By::All => say(language, "analysis.by.all"),
        _ if word.is_empty() => say(language, "analysis.unknown"),
        By::Level => say(language, &format!("level.{word}")),
        // The desk's texts count from Sunday.
        By::Weekday if word == "7" => say(language, "weekday.0"),
        By::Weekday => say(language, &format!("weekday.{word}")),
        By::Category | By::Department => {
            names.get(word).cloned().unwrap_or_else(|| word.to_owned())
        }
        By::Community | By::Grid | By::Hour | By::Day => word.to_owned(),
    }
}

fn by_dto(by: By) -> Option<AnalysisByDto> {
    Some(match by {
        // It is the total.
        By::All => return None,
        By::Category => AnalysisByDto::Category,
        By::Level => AnalysisByDto::Level,
        By::Department => AnalysisByDto::Department,
        By::Community => AnalysisByDto::Community,
        By::Grid => AnalysisByDto::Grid,
        By::Hour => AnalysisByDto::Hour,
        By::Weekday => AnalysisByDto::Weekday,
        By::Day => AnalysisByDto::Day,
    })
}

fn figures_dto(figures: &Figures) -> CaseFiguresDto {
    let count = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    CaseFiguresDto {
        cases: count(figures.cases),
        closed: count(figures.closed),
        overdue: count(figures.overdue),
        overdue_share: figures.overdue_share(),
        reopened: count(figures.reopened),
        response_p50_s: figures.response_p50_s,
        response_p90_s: figures.response_p90_s,
        closing_p50_s: figures.closing_p50_s,
        closing_p90_s: figures.closing_p90_s,
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{events::tests::event, wire::ConnectionDto};
    use cim_model::{Event, Standing};

    /// Noon in Shanghai on a working day.
    const NOON: i64 = 1_763_352_000_000;

    fn live() -> Live {
        let mut live = Live::new("en".to_owned(), ConnectionDto::NoHub, None);
        let events = (0..4_u32).map(|n| Event {
            standing: if n == 3 {
                Standing::Exercise
            } else {
                Standing::Actual
            },
            category: if n == 0 { "gas_leak" } else { "garbage" }.to_owned(),
            ..event(n, NOON + i64::from(n) * 3_600_000)
        });
        let events: Vec<Event> = events.collect();
        live.event_desk
            .take_events(&events, UtcMillis(NOON + 4 * 3_600_000));
        live
    }

    #[track_caller]
    fn check(query: AnalysisQueryDto, expected: u32) {
        let live = live();
        let wanted = Wanted {
            query: &query,
            now: UtcMillis(NOON + 90_000_000),
        };
        let counted = cases_in(&live, live.event_desk.cases().all(), wanted);
        let dto = analysis_dto(&counted, &query, "en");
        assert_eq!(dto.total.cases, expected);
        for table in &dto.tables {
            let sum: u32 = table.rows.iter().map(|row| row.figures.cases).sum();
            assert_eq!(sum, expected, "{:?}", table.by);
        }
    }

    fn query() -> AnalysisQueryDto {
        AnalysisQueryDto {
            from: NOON,
            to: NOON + 86_400_000,
            ..AnalysisQueryDto::default()
        }
    }

    #[test]
    fn only_what_was_asked_for_counts() {
        check(query(), 3);
        check(
            AnalysisQueryDto {
                has_exercises: true,
                ..query()
            },
            4,
        );
        check(
            AnalysisQueryDto {
                to: NOON + 1,
                ..query()
            },
            1,
        );
        check(
            AnalysisQueryDto {
                categories: vec!["garbage".to_owned()],
                ..query()
            },
            2,
        );
        check(
            AnalysisQueryDto {
                departments: vec!["water".to_owned()],
                ..query()
            },
            0,
        );
    }

    #[test]
    fn groups_are_called_what_people_call_them() {
        let live = live();
        let query = query();
        let wanted = Wanted {
            query: &query,
            now: UtcMillis(NOON),
        };
        let counted = cases_in(&live, live.event_desk.cases().all(), wanted);
        let dto = analysis_dto(&counted, &query, "en");
        let first = dto.tables.first().expect("categories");
        assert_eq!(first.by, AnalysisByDto::Category);
        let worst = first.rows.first().expect("garbage");
        assert_eq!((worst.group.as_str(), worst.figures.cases), ("garbage", 2));
        assert_ne!(worst.name, "garbage");
        let weekday = dto
            .tables
            .iter()
            .find(|table| table.by == AnalysisByDto::Weekday)
            .and_then(|table| table.rows.first())
            .expect("a day");
        assert!(!weekday.name.starts_with("weekday."), "{}", weekday.name);
    }
}
