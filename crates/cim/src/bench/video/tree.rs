//! A million channels in their trees, and found by what is typed; as the desk asks: with the rights of whoever sits there asked of
//! every channel.

use super::{MEASURE, SEED, VideoBench, median, ms_since, notes};
use crate::{
    Failure,
    bench::{at_most, figure::Figure, quantile},
    dice::Dice,
    host::{MachineClock, end_progress, instant, progress},
    video::POLICY,
};
use cim_geo::Bounds;
use cim_model::TimeSource;
use cim_sync::gb28181::CatalogueItem;
use cim_video::{
    channels::{
        ChannelIndex, Filter, Import, Question, ROOT, Scope, Status, Synthetic, Tree, TreeEntry,
        TreePage, Window,
    },
    rights::{Grants, Person, Policy, Presence, Reach, Target},
};
use serde_json::json;
use std::time::Instant;

const CHANNELS: u32 = 1_000_000;
/// Channels that hang directly under one node.
const LEAVES: u32 = 150_000;
/// That node.
const NODE: &str = "320370";
/// Rows of a page.
const PAGE: usize = 100;
/// Pages that are asked for.
const PAGES: u32 = 1_000;
/// Pages that are asked for with rights.
const PAGES_WITH_RIGHTS: u32 = 50;
/// Each question is asked so often.
const ROUNDS: usize = 7;
const MUST_MS: f64 = 100.0;
const GOAL_MS: f64 = 30.0;

/// What is typed: identities, Chinese, pinyin in full and by initials, addresses, what is everywhere, and what is nowhere.
const TYPED: [&str; 17] = [
    "32030201001310000120",
    "3203030200",
    "中山路",
    "解放大道",
    "人行天桥",
    "路",
    "淮海街42",
    "zhongshanlu",
    "zsl",
    "xxmk",
    "caishichang",
    "heping",
    "x",
    "江苏省徐州市鼓楼区",
    "云龙区复兴巷",
    "ditiezhan 12",
    "不存在的地方",
];

pub(super) fn of_trees(bench: &VideoBench) -> Result<Vec<Figure>, Failure> {
    let (channels, leaves) = (bench.many(CHANNELS), bench.many(LEAVES));
    let index = index(channels, leaves)?;
    progress("pages of trees");
    let [first, any] = pages(&index, leaves)?;
    let with_rights = pages_with_rights(&index, leaves)?;
    end_progress();
    let figure = |name: &str, mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        let mut figure = at_most(
            MEASURE,
            format!("{name}, {channels} channels, p99"),
            quantile(&times, 0.99),
            MUST_MS,
            GOAL_MS,
        );
        figure.unit = "ms";
        figure.notes = notes(&times);
        figure
    };
    Ok(vec![
        figure(&format!("first page of a node with {leaves} leaves"), first),
        figure("any page of any node", any),
        figure(
            &format!("a page of {leaves} leaves with rights asked of each"),
            with_rights,
        ),
    ])
}

/// Milliseconds of the first page of the large node, and of any page of any node.
fn pages(index: &ChannelIndex, leaves: u32) -> Result<[Vec<f64>; 2], Failure> {
    let (mut first, mut any) = (Vec::new(), Vec::new());
    let mut dice = Dice::new(SEED);
    let groups = groups_of(index);
    for number in 0..PAGES {
        let begun = instant();
        let page = index.page(Tree::Civil, NODE, window(0));
        first.push(read(index, page, leaves as usize, begun)?);
        let offset = dice.below(u64::from(leaves)) as usize;
        let begun = instant();
        let page = index.page(Tree::Civil, NODE, window(offset));
        any.push(read(index, page, leaves as usize, begun)?);
        let (tree, key, total) = pick(&groups, number);
        let begun = instant();
        let page = index.page(tree, key, window(0));
        any.push(read(index, page, total, begun)?);
    }
    Ok([first, any])
}

/// The same of the large node, with rights asked of every channel.
fn pages_with_rights(index: &ChannelIndex, leaves: u32) -> Result<Vec<f64>, Failure> {
    let rights = Rights::new()?;
    let reach = rights.reach();
    let keep = |row: u32| presence(index, &reach, row) != Presence::Hidden;
    let mut dice = Dice::new(SEED);
    let mut times = Vec::new();
    for number in 0..PAGES_WITH_RIGHTS {
        // Every other one is the first page.
        let far = dice.below(u64::from(leaves)) as usize;
        let offset = if number.is_multiple_of(2) { 0 } else { far };
        let begun = instant();
        let page = index.page_where(Tree::Civil, NODE, window(offset), &keep);
        times.push(read(index, page, leaves as usize, begun)?);
    }
    Ok(times)
}

pub(super) fn of_searches(bench: &VideoBench) -> Result<Vec<Figure>, Failure> {
    let channels = bench.many(CHANNELS);
    let index = index(channels, 0)?;
    let rights = Rights::new()?;
    let reach = rights.reach();
    let keep = |row: u32| presence(&index, &reach, row) == Presence::Open;
    let filters = [
        (
            "of a division that are on",
            Filter {
                division: Some("320302".to_owned()),
                status: vec![Status::On],
                ..Filter::default()
            },
        ),
        (
            "within an area, domes",
            Filter {
                bounds: Some(Bounds {
                    west_deg: 117.1,
                    south_deg: 34.1,
                    east_deg: 117.3,
                    north_deg: 34.3,
                }),
                ptz: vec![1],
                ..Filter::default()
            },
        ),
    ];
    let all = Filter::default();
    let mut figures = vec![slowest(&index, "any", &all, None)?];
    figures.push(slowest(&index, "any that may be seen", &all, Some(&keep))?);
    for (name, filter) in &filters {
        figures.push(slowest(&index, name, filter, Some(&keep))?);
    }
    end_progress();
    Ok(figures)
}

/// The slowest of all questions.
fn slowest(
    index: &ChannelIndex,
    name: &str,
    filter: &Filter,
    keep: Option<&(dyn Fn(u32) -> bool + Sync)>,
) -> Result<Figure, Failure> {
    let mut medians = Vec::new();
    for text in TYPED {
        progress(&format!("'{text}', {name}"));
        let question = Question {
            text,
            filter,
            near: Some([117.2, 34.26]),
            window: window(0),
            keep,
        };
        let (mut times, mut total) = (Vec::new(), 0);
        for _ in 0..ROUNDS {
            let begun = instant();
            let found = index.search(&question);
            times.push(ms_since(begun));
            total = found.total;
        }
        medians.push((median(&mut times), text, total));
    }
    let (ms, text, total) = medians
        .iter()
        .copied()
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .ok_or("nothing was asked")?;
    let answered = medians.iter().filter(|(_, _, total)| *total > 0).count();
    let mut figure = at_most(
        MEASURE,
        format!(
            "search among {} channels, {name}: slowest",
            index.channels()
        ),
        ms,
        MUST_MS,
        GOAL_MS,
    );
    let mut sorted: Vec<f64> = medians.iter().map(|(ms, _, _)| *ms).collect();
    figure.unit = "ms";
    figure.notes = vec![
        ("slowest", json!(text)),
        ("found", json!(total)),
        ("p50_ms", json!(median(&mut sorted))),
        ("questions", json!(medians.len())),
        ("answered", json!(answered)),
    ];
    Ok(figure)
}

/// So many channels in two trees, and so many more directly under one node.
fn index(channels: u32, leaves: u32) -> Result<ChannelIndex, Failure> {
    let catalogue = Synthetic {
        channels,
        seed: SEED,
    };
    let mut index = ChannelIndex::default();
    let mut import = Import::begin(&mut index, "bench", 1, Scope::Part, MachineClock.now())?;
    for number in 0..catalogue.entries() {
        if number.is_multiple_of(50_000) {
            progress(&format!("{number} channels"));
        }
        import.item(&catalogue.item(number), "made up");
    }
    for number in 0..leaves {
        import.item(&leaf(number)?, "made up");
    }
    let report = import.finish();
    let expected = u64::from(catalogue.entries()) + u64::from(leaves);
    if report.added != expected {
        return Err(format!("{} of {expected} entries were added", report.added).into());
    }
    Ok(index)
}

/// A channel that hangs directly under [`NODE`].
fn leaf(number: u32) -> Result<CatalogueItem, Failure> {
    let id = format!("{NODE}00001310{number:06}");
    let name = format!("园区{}号门{}", number % 400, number % 7);
    let status = if number.is_multiple_of(11) {
        "OFF"
    } else {
        "ON"
    };
    let pairs = [
        ("DeviceID", id.as_str()),
        ("Name", name.as_str()),
        ("CivilCode", NODE),
        ("Status", status),
    ];
    Ok(CatalogueItem::from_pairs(pairs)?)
}

fn window(offset: usize) -> Window {
    Window {
        offset,
        limit: PAGE,
    }
}

/// Milliseconds since `begun` with the page's lines read; an error when it is not the page that was asked for.
fn read(
    index: &ChannelIndex,
    page: Option<TreePage>,
    total: usize,
    begun: Instant,
) -> Result<f64, Failure> {
    let page = page.ok_or("a node is not there")?;
    let mut letters = 0;
    for line in &page.entries {
        letters += match line {
            TreeEntry::Group(group) => group.key.len() + group.name.len(),
            TreeEntry::Channel(row) => index
                .entry(*row)
                .map_or(0, |entry| entry.id().len() + entry.name().len()),
        };
    }
    let ms = ms_since(begun);
    if page.total != total || (letters == 0 && total > 0) {
        return Err(format!("a page is of {} lines, not of {total}", page.total).into());
    }
    Ok(ms)
}

/// Nodes of both trees, down to what hangs under the top's groups, with their numbers of lines.
fn groups_of(index: &ChannelIndex) -> Vec<(Tree, String, usize)> {
    let mut found = Vec::new();
    for tree in [Tree::Civil, Tree::Organisation] {
        let mut keys = vec![ROOT.to_owned()];
        while let Some(key) = keys.pop() {
            let Some(page) = index.page(tree, &key, window(0)) else {
                continue;
            };
            keys.extend(page.entries.iter().filter_map(|line| match line {
                TreeEntry::Group(group) => Some(group.key.clone()),
                TreeEntry::Channel(_) => None,
            }));
            found.push((tree, key, page.total));
        }
    }
    found
}

/// One group after the other.
fn pick(groups: &[(Tree, String, usize)], number: u32) -> (Tree, &str, usize) {
    let at = number as usize % groups.len().max(1);
    groups
        .get(at)
        .map_or((Tree::Civil, ROOT, 0), |(tree, key, total)| {
            (*tree, key.as_str(), *total)
        })
}

/// The policy that ships, and somebody to whom it applies.
struct Rights {
    policy: Policy,
    person: Person,
    grants: Grants,
}

impl Rights {
    fn new() -> Result<Self, Failure> {
        let (policy, faults) = Policy::read(POLICY.0, POLICY.1);
        if let Some(fault) = faults.first() {
            return Err(fault.to_string().into());
        }
        Ok(Self {
            policy,
            person: Person {
                name: "bench".to_owned(),
                role: "duty_officer".to_owned(),
                party: None,
                divisions: vec!["320302".to_owned()],
            },
            grants: Grants::default(),
        })
    }

    fn reach(&self) -> (&Policy, Reach<'_>) {
        let now = MachineClock.now();
        let reach = self.policy.reach(&self.person, None, now, &self.grants);
        (&self.policy, reach)
    }
}

/// Whether a channel is there for somebody.
fn presence(index: &ChannelIndex, (policy, reach): &(&Policy, Reach<'_>), row: u32) -> Presence {
    let Some(entry) = index.entry(row) else {
        return Presence::Hidden;
    };
    let (id, division) = (entry.id(), entry.division());
    reach.presence(&Target {
        id: &id,
        marks: policy.marks(entry.category(), entry.grade(), entry.is_secret()),
        division: &division,
        owner: entry.owner(),
        place: entry.place(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_hang_directly_under_their_node_and_every_node_is_found() {
        let index = index(2_000, 300).expect("an index");
        let page = index.page(Tree::Civil, NODE, window(0)).expect("the node");
        assert_eq!(page.total, 300);
        let groups = groups_of(&index);
        assert!(groups.iter().any(|(_, key, _)| key == NODE));
        assert!(groups.iter().any(|(tree, ..)| *tree == Tree::Organisation));
        assert!(read(&index, Some(page), 300, instant()).is_ok());
        assert!(read(&index, None, 300, instant()).is_err());
    }

    #[test]
    fn every_question_but_one_has_an_answer() {
        let index = index(40_000, 0).expect("an index");
        for text in TYPED {
            let question = Question {
                text,
                filter: &Filter::default(),
                near: None,
                window: window(0),
                keep: None,
            };
            let found = index.search(&question);
            assert_eq!(found.total == 0, text == "不存在的地方", "{text}");
        }
    }

    #[test]
    fn some_channels_are_not_there_for_a_duty_officer() {
        let index = index(5_000, 0).expect("an index");
        let rights = Rights::new().expect("the policy");
        let reach = rights.reach();
        let rows: Vec<u32> = index.channel_rows().collect();
        let hidden = rows
            .iter()
            .filter(|row| presence(&index, &reach, **row) == Presence::Hidden);
        let hidden = hidden.count();
        assert!(hidden > 0 && hidden < rows.len() / 20, "{hidden}");
    }
}
