//! The catalogue as lists: trees, searches, points of the map. Everybody sees only what they may.

use super::{
    Look, VideoDesk,
    convert::{named, node_name, row_dto, shown_name, status_of},
};
use crate::wire::{
    VideoNodeDto, VideoNodeKindDto, VideoPageDto, VideoPointDto, VideoPointsDto, VideoQueryDto,
    VideoTreeDto, VideoTreePageDto,
};
use cim_geo::Bounds;
use cim_names::Query;
use cim_sync::gb28181::{Field, ItemKind};
use cim_video::{
    channels::{
        ChannelIndex, Entry, Filter, Group, NO_PLACE, Question, Status, Tree, TreeEntry, Window,
    },
    rights::Presence,
};
use std::collections::BTreeMap;

/// So many rows are answered at once.
const MOST_ROWS: u32 = 500;
/// So many points of the map are answered.
const MOST_POINTS: u32 = 20_000;
/// So many channels that words find are put on the map.
const MOST_FOUND: usize = 200_000;
/// 10⁻⁷ degrees in a degree.
const E7: f64 = 1e7;

/// The tree that the wire names.
pub(super) fn tree_of(tree: VideoTreeDto) -> Tree {
    match tree {
        VideoTreeDto::Civil => Tree::Civil,
        VideoTreeDto::Business => Tree::Organisation,
    }
}

impl VideoDesk {
    /// A window into the lines of a node; `None` when there is no such node.
    pub(crate) fn tree(
        &self,
        look: &Look<'_>,
        (tree, node): (VideoTreeDto, &str),
        (offset, limit): (u32, u32),
    ) -> Option<VideoTreePageDto> {
        let channels = self.channels();
        let keep = |row: u32| {
            channels
                .entry(row)
                .is_some_and(|entry| !look.is_hidden(entry))
        };
        let is_chinese = look.sitting.is_chinese();
        let window = window_of(offset, limit);
        let page = channels.page_where(tree_of(tree), node, window, &keep)?;
        let rows = page.entries.iter().filter_map(|line| match line {
            TreeEntry::Group(group) => {
                Some(group_dto(&channels, (tree_of(tree), group), is_chinese))
            }
            TreeEntry::Channel(row) => {
                let entry = channels.entry(*row)?;
                Some(self.channel_line(&channels, entry, look))
            }
        });
        let above = channels.path(tree_of(tree), node).into_iter();
        Some(VideoTreePageDto {
            node: node.to_owned(),
            above: above
                .map(|key| {
                    let name = node_name(&channels, (tree_of(tree), &key), is_chinese);
                    [key, name]
                })
                .collect(),
            total: count(page.total),
            offset,
            rows: rows.collect(),
        })
    }

    /// A window into the channels that answer a query.
    pub(crate) fn search(&self, look: &Look<'_>, query: &VideoQueryDto) -> VideoPageDto {
        let channels = self.channels();
        let (filter, rest) = filter_of(query);
        let text = query.text.trim();
        let words: Vec<Query> = text.split_whitespace().filter_map(Query::new).collect();
        let keep = |row: u32| {
            channels.entry(row).is_some_and(|entry| {
                rest.passes(entry)
                    && is_findable(look, entry, (&filter, &rest))
                    && is_found_by_name(look, entry, &words)
            })
        };
        let found = channels.search(&Question {
            text,
            filter: &filter,
            near: None,
            window: window_of(query.offset, query.limit),
            keep: Some(&keep),
        });
        let rows: Vec<_> = found
            .rows
            .iter()
            .filter_map(|row| channels.entry(*row))
            .map(|entry| row_dto(&channels, entry, look, (&self.rules, text)))
            .collect();
        let [revision, ..] = self.revisions();
        VideoPageDto {
            total: count(found.total),
            is_total_exact: found.is_total_exact,
            offset: query.offset,
            rows,
            revision: revision as f64,
        }
    }

    /// The channels that answer a query as points of a map, thinned to a grid.
    pub(crate) fn points(
        &self,
        look: &Look<'_>,
        query: &VideoQueryDto,
        (columns, rows): (u32, u32),
    ) -> VideoPointsDto {
        let Some(bounds) = query.bounds.filter(|bounds| is_box(*bounds)) else {
            return VideoPointsDto::default();
        };
        let channels = self.channels();
        let (filter, rest) = filter_of(query);
        let text = query.text.trim();
        let found = if text.is_empty() {
            channels.matching(&filter)
        } else {
            let window = Window {
                offset: 0,
                limit: MOST_FOUND,
            };
            let question = Question {
                text,
                filter: &filter,
                near: None,
                window,
                keep: None,
            };
            channels.search(&question).rows
        };
        let seen = found.into_iter().filter(|row| {
            channels
                .entry(*row)
                .is_some_and(|entry| rest.passes(entry) && look.sees_place(entry))
        });
        thinned(&channels, seen, bounds, (columns, rows))
    }

    /// How many channels whoever looks may list, and how many of them are online.
    pub(crate) fn counts(&self, look: &Look<'_>) -> (u32, u32) {
        let channels = self.channels();
        let mut counts = (0, 0);
        for entry in channels
            .channel_rows()
            .filter_map(|row| channels.entry(row))
        {
            if look.lists(entry) {
                counts.0 += 1;
                counts.1 += u32::from(entry.status() == Status::On);
            }
        }
        counts
    }

    fn channel_line(
        &self,
        channels: &ChannelIndex,
        entry: Entry<'_>,
        look: &Look<'_>,
    ) -> VideoNodeDto {
        VideoNodeDto {
            id: entry.id(),
            name: shown_name(entry),
            kind: VideoNodeKindDto::Channel,
            children: 0,
            channels: 1,
            online: u32::from(look.lists(entry) && entry.status() == Status::On),
            is_implied: false,
            channel: Some(row_dto(channels, entry, look, (&self.rules, ""))),
        }
    }
}

/// What of a query the index cannot ask by itself: more than one of a kind.
struct Rest {
    tags: Vec<String>,
    categories: Vec<u8>,
    grades: Vec<u8>,
    sources: Vec<String>,
}

impl Rest {
    /// True when it asks nothing.
    fn is_empty(&self) -> bool {
        self.tags.is_empty()
            && self.categories.is_empty()
            && self.grades.is_empty()
            && self.sources.is_empty()
    }

    fn passes(&self, entry: Entry<'_>) -> bool {
        let is_any = |words: &[String], has: &dyn Fn(&str) -> bool| {
            words.is_empty() || words.iter().any(|word| has(word))
        };
        let is_one = |numbers: &[u8], number: u8| numbers.is_empty() || numbers.contains(&number);
        is_one(&self.categories, entry.category())
            && is_one(&self.grades, entry.grade())
            && is_any(&self.sources, &|name: &str| entry.source() == name)
            && is_any(&self.tags, &|tag: &str| entry.tags().contains(&tag))
    }
}

/// A query in the words of the index, and what it has none for.
fn filter_of(query: &VideoQueryDto) -> (Filter, Rest) {
    let node = query.node.clone().filter(|node| !node.is_empty());
    let is_civil = query.tree == VideoTreeDto::Civil;
    let only = |words: &[String]| match words {
        [word] => Some(word.clone()),
        _ => None,
    };
    let filter = Filter {
        bounds: query.bounds.filter(|bounds| is_box(*bounds)).map(
            |[west_deg, south_deg, east_deg, north_deg]| Bounds {
                west_deg,
                south_deg,
                east_deg,
                north_deg,
            },
        ),
        polygon: query.area.clone(),
        division: node.clone().filter(|_| is_civil),
        group: node.filter(|_| !is_civil),
        tag: only(&query.tags),
        status: query.statuses.iter().copied().map(status_of).collect(),
        ptz: query.ptz_types.clone(),
        has_place: query.has_place,
        source: only(&query.sources),
        ..Filter::default()
    };
    let rest = Rest {
        tags: query.tags.clone(),
        categories: query.categories.clone(),
        grades: query.grades.clone(),
        sources: query.sources.clone(),
    };
    (filter, rest)
}

/// True when a channel may be found by such a filter: nobody learns by asking what they may not see in a row.
fn is_findable(look: &Look<'_>, entry: Entry<'_>, (filter, rest): (&Filter, &Rest)) -> bool {
    let asks_for_place = filter.bounds.is_some() || !filter.polygon.is_empty();
    match look.presence(entry) {
        Presence::Hidden => false,
        Presence::Open => !asks_for_place || look.sees_place(entry),
        // Its name is all that is told of it.
        Presence::Denied => *filter == Filter::default() && rest.is_empty(),
    }
}

/// False where words may have been found in an address that whoever looks may not know.
fn is_found_by_name(look: &Look<'_>, entry: Entry<'_>, words: &[Query]) -> bool {
    if words.is_empty() || entry.value(Field::Address).is_empty() || look.sees_place(entry) {
        return true;
    }
    let id = entry.id();
    let is_in = |text: &str, word: &Query| !word.ranges(text).is_empty();
    words
        .iter()
        .all(|word| is_in(entry.name(), word) || is_in(&id, word))
}

fn group_dto(
    channels: &ChannelIndex,
    (tree, group): (Tree, &Group),
    is_chinese: bool,
) -> VideoNodeDto {
    let entry = group.row.and_then(|row| channels.entry(row));
    let kind = match (entry.map(|entry| entry.kind()), tree) {
        (Some(ItemKind::BusinessGroup), _) => VideoNodeKindDto::Business,
        (Some(ItemKind::Server | ItemKind::User | ItemKind::Other), _) => VideoNodeKindDto::System,
        (Some(ItemKind::Division), _) | (None, Tree::Civil) => VideoNodeKindDto::Division,
        (Some(ItemKind::VirtualOrganisation), _) | (None, Tree::Organisation) => {
            VideoNodeKindDto::Organisation
        }
        (Some(_), _) => VideoNodeKindDto::Device,
    };
    VideoNodeDto {
        id: group.key.clone(),
        name: named(&group.name, (tree, &group.key), is_chinese),
        kind,
        children: if group.groups > 0 {
            group.groups
        } else {
            group.leaves
        },
        channels: group.leaves,
        online: group.online,
        is_implied: group.row.is_none(),
        channel: None,
    }
}

fn window_of(offset: u32, limit: u32) -> Window {
    Window {
        offset: offset as usize,
        limit: limit.clamp(1, MOST_ROWS) as usize,
    }
}

pub(super) fn count(many: usize) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX)
}

fn is_box([west, south, east, north]: [f64; 4]) -> bool {
    // Comparisons with what is no number are false.
    west < east && south < north
}

/// One point a cell that has channels.
fn thinned(
    channels: &ChannelIndex,
    rows: impl Iterator<Item = u32>,
    bounds: [f64; 4],
    (across, upright): (u32, u32),
) -> VideoPointsDto {
    struct Cell {
        row: u32,
        count: u32,
        online: u32,
        lon: f64,
        lat: f64,
    }
    let [west, south, east, north] = bounds;
    let across = across.clamp(1, MOST_POINTS);
    let upright = upright.clamp(1, (MOST_POINTS / across).max(1));
    let columns = channels.columns();
    let mut cells: BTreeMap<(u32, u32), Cell> = BTreeMap::new();
    let mut total = 0;
    for row in rows {
        let at = row as usize;
        let (Some(lon_e7), Some(lat_e7)) = (columns.lon_e7.get(at), columns.lat_e7.get(at)) else {
            continue;
        };
        if *lon_e7 == NO_PLACE {
            continue;
        }
        let (lon, lat) = (f64::from(*lon_e7) / E7, f64::from(*lat_e7) / E7);
        let x = (lon - west) / (east - west);
        let y = (lat - south) / (north - south);
        if !((0.0..1.0).contains(&x) && (0.0..1.0).contains(&y)) {
            continue;
        }
        total += 1;
        let key = (
            (x * f64::from(across)) as u32,
            (y * f64::from(upright)) as u32,
        );
        let cell = cells.entry(key).or_insert(Cell {
            row,
            count: 0,
            online: 0,
            lon: 0.0,
            lat: 0.0,
        });
        cell.count += 1;
        cell.online += u32::from(columns.status.get(at) == Some(&Status::On));
        cell.lon += lon;
        cell.lat += lat;
    }
    let points = cells.into_values().map(|cell| VideoPointDto {
        lon: cell.lon / f64::from(cell.count),
        lat: cell.lat / f64::from(cell.count),
        count: cell.count,
        online: cell.online,
        id: (cell.count == 1)
            .then(|| channels.entry(cell.row).map(|entry| entry.id()))
            .flatten(),
    });
    VideoPointsDto {
        bounds,
        total,
        points: points.collect(),
    }
}
