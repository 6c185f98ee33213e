//! Finding channels: by what people type, by what they are, by where they are.

use super::entry::division_key;
use super::index::ChannelIndex;
use super::places::{degrees_of, is_inside};
use super::rows::RowSet;
use super::tree::{Tree, Window};
use super::{NO_PLACE, Status};
use cim_geo::Bounds;
use cim_names::{Query, Wanted};

/// Answers are counted up to here, and further where somebody has paged further.
const MOST_NAMES: usize = 512;

/// Which channels are looked for. The default is all of them; empty lists ask for nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Within a rectangle.
    pub bounds: Option<Bounds>,
    /// Within a ring of longitudes and latitudes, degrees.
    pub polygon: Vec<[f64; 2]>,
    /// In a division, by its code, with all below it.
    pub division: Option<String>,
    /// In a business group or a virtual organisation, with all below it.
    pub group: Option<String>,
    /// With a tag.
    pub tag: Option<String>,
    /// With one of these.
    pub status: Vec<Status>,
    /// With one of these 摄像机类型; 0 where nobody said.
    pub ptz: Vec<u8>,
    /// Of a category.
    pub category: Option<u8>,
    /// Of a grade.
    pub grade: Option<u8>,
    /// With a place, or without one.
    pub has_place: Option<bool>,
    /// Of a source.
    pub source: Option<String>,
}

/// What is asked.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// What was typed: identity, name, pinyin, address. Empty: everything that passes the filter, in the order of rows.
    pub text: &'a str,
    /// What channels have to be.
    pub filter: &'a Filter,
    /// Where somebody looks: longitude and latitude, degrees. Of two that answer alike the nearer one comes first.
    pub near: Option<[f64; 2]>,
    /// Which part of the answers is wanted.
    pub window: Window,
    /// Rows that it refuses are not found and do not count.
    pub keep: Option<&'a (dyn Fn(u32) -> bool + Sync)>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The rows in the window, the best first.
    pub rows: Vec<u32>,
    /// How many there are in all, at least.
    pub total: usize,
    /// True when there are just so many.
    pub is_total_exact: bool,
}

/// A filter, ready for very many rows.
struct Sieve<'a> {
    filter: &'a Filter,
    /// Only these rows, when a tree or a tag is asked for: in each of the sets.
    sets: Vec<RowSet>,
    source: Option<usize>,
    is_hopeless: bool,
}

impl ChannelIndex {
    /// The channels that answer `question`.
    pub fn search(&self, question: &Question<'_>) -> Found {
        let sieve = self.sieve(question.filter);
        let passes = |row: u32| self.passes(&sieve, row);
        let is_kept = |row: u32| question.keep.is_none_or(|keep| keep(row));
        let Window { offset, limit } = question.window;
        let Some(query) = Query::new(question.text) else {
            let rows: Vec<u32> = self
                .channel_rows()
                .filter(|row| passes(*row) && is_kept(*row))
                .collect();
            return Found {
                total: rows.len(),
                rows: rows.into_iter().skip(offset).take(limit).collect(),
                is_total_exact: true,
            };
        };
        let most = MOST_NAMES.max(offset.saturating_add(limit).saturating_add(1));
        let wanted = Wanted {
            near: question.near,
            alarmed: &[],
            most,
        };
        let may = |name: u32| self.row_of_name(name).is_some_and(passes);
        let keep = |name: u32| self.row_of_name(name).is_some_and(is_kept);
        let hits = self.names.search_where(&query, &wanted, may, keep);
        let rows = hits.iter().filter_map(|hit| self.row_of_name(hit.entry));
        Found {
            total: hits.len(),
            rows: rows.skip(offset).take(limit).collect(),
            is_total_exact: hits.len() < most,
        }
    }

    /// The rows of all channels that pass `filter`, in order.
    pub fn matching(&self, filter: &Filter) -> Vec<u32> {
        let sieve = self.sieve(filter);
        self.channel_rows()
            .filter(|row| self.passes(&sieve, *row))
            .collect()
    }

    /// The row that a name stands for; `None` when it has another name by now.
    fn row_of_name(&self, name: u32) -> Option<u32> {
        let row = *self.named_rows.get(name as usize)?;
        (self.row_names.get(row as usize) == Some(&name)).then_some(row)
    }

    fn sieve<'a>(&self, filter: &'a Filter) -> Sieve<'a> {
        let mut sets: Vec<RowSet> = Vec::new();
        if let Some(division) = &filter.division {
            let key = division_key(division).unwrap_or(division);
            sets.push(self.rows_under(Tree::Civil, key).into_iter().collect());
        }
        if let Some(group) = &filter.group {
            let rows = self.rows_under(Tree::Organisation, group);
            sets.push(rows.into_iter().collect());
        }
        if let Some(tag) = &filter.tag {
            let rows = self.tags.get(tag.as_str()).into_iter().flatten();
            sets.push(rows.copied().collect());
        }
        let source = filter.source.as_deref().map(|name| {
            let number = self.sources.iter().position(|source| source.name == name);
            number.unwrap_or(usize::MAX)
        });
        Sieve {
            filter,
            sets,
            source,
            is_hopeless: source == Some(usize::MAX),
        }
    }

    /// True when `row` is a channel that a filter lets through: what is quick to see comes first.
    fn passes(&self, sieve: &Sieve<'_>, row: u32) -> bool {
        let (columns, at) = (self.columns(), row as usize);
        let filter = sieve.filter;
        let is_channel = columns.is_channel.get(at).copied().unwrap_or_default();
        if !is_channel || sieve.is_hopeless {
            return false;
        }
        let byte = |column: &[u8]| column.get(at).copied().unwrap_or_default();
        let status = columns.status.get(at).copied().unwrap_or_default();
        let lon_e7 = columns.lon_e7.get(at).copied().unwrap_or(NO_PLACE);
        let lat_e7 = columns.lat_e7.get(at).copied().unwrap_or_default();
        let is_kind = (filter.status.is_empty() || filter.status.contains(&status))
            && (filter.ptz.is_empty() || filter.ptz.contains(&byte(columns.ptz)))
            && filter
                .category
                .is_none_or(|category| category == byte(columns.category))
            && filter
                .grade
                .is_none_or(|grade| grade == byte(columns.grade))
            && filter
                .has_place
                .is_none_or(|has_place| has_place == (lon_e7 != NO_PLACE));
        is_kind
            && sieve.sets.iter().all(|set| set.contains(row))
            && sieve.source.is_none_or(|source| {
                let line = self.line(row);
                line.is_some_and(|line| usize::from(line.source) == source)
            })
            && is_in_area(filter, [lon_e7, lat_e7])
    }
}

fn is_in_area(filter: &Filter, place: [i32; 2]) -> bool {
    if filter.bounds.is_none() && filter.polygon.is_empty() {
        return true;
    }
    let Some([lon, lat]) = degrees_of(place) else {
        return false;
    };
    filter.bounds.is_none_or(|bounds| bounds.contains(lon, lat))
        && (filter.polygon.is_empty() || is_inside(&filter.polygon, [lon, lat]))
}
