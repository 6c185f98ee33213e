//! All layers of a desk: their order, what is switched on, what they count, and the tree that a panel shows.
//!
//! Pure state. The list of layers has one order, uppermost first; the tree shows it by kind or by the systems of the
//! city's plans. A change makes a new [`LayerTree::revision`].

use super::{
    Filter, LayerId, LayerKind, LayerPlan, MOST_GROUPS, PackPlan, Words,
    sets::{LayerSet, SetLayer},
};
use std::collections::BTreeMap;

/// What a layer, or a group of layers, counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LayerCount {
    /// Things that it holds.
    pub all: u32,
    /// Of these, what its filter takes and what stands at the clock's moment.
    pub shown: u32,
    /// Of what is shown: normal, low, medium, high, critical, not real.
    pub by_class: [u32; 6],
    /// Of what is shown: older than its source promised.
    pub late: u32,
    /// Of what is shown: never reported, or long silent.
    pub missing: u32,
}

impl LayerCount {
    /// Both together; a sum that does not fit stays at the largest number.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let mut by_class = self.by_class;
        for (sum, more) in by_class.iter_mut().zip(other.by_class) {
            *sum = sum.saturating_add(more);
        }
        Self {
            all: self.all.saturating_add(other.all),
            shown: self.shown.saturating_add(other.shown),
            by_class,
            late: self.late.saturating_add(other.late),
            missing: self.missing.saturating_add(other.missing),
        }
    }
}

/// How the tree is built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TreeBy {
    /// By what the layers hold: the groups of their definitions.
    #[default]
    Kind,
    /// By the systems of the city's plans, and below these by kind.
    System,
}

/// How much of a branch is switched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HowShown {
    /// Every layer.
    All,
    /// Some layers.
    Some,
    /// No layer.
    None,
}

/// A row of the tree, in the order that a panel shows them: a branch, then everything in it.
#[derive(Clone, Debug, PartialEq)]
pub struct TreeRow {
    /// How deep it lies; 0 at the root.
    pub depth: u16,
    /// A branch's groups from the root; of a layer, those of its branch.
    pub path: Vec<String>,
    /// The layer; nothing for a branch.
    pub layer: Option<LayerId>,
    /// What people call it.
    pub name: Words,
    /// How much of it is switched on.
    pub shown: HowShown,
    /// What it counts, everything below it together.
    pub count: LayerCount,
    /// A layer's opacity; the highest below a branch.
    pub opacity: f32,
}

/// A layer and how it stands now.
#[derive(Clone, Debug, PartialEq)]
struct Standing {
    plan: LayerPlan,
    count: LayerCount,
}

/// All layers of a desk.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayerTree {
    layers: Vec<Standing>,
    names: BTreeMap<String, Words>,
    revision: u64,
}

impl LayerTree {
    /// The layers `plans`, highest drawing order first; of two with the same identity the first stays. Groups and
    /// systems are called as `packs` say; one that no pack names is called by its identity.
    pub fn new(mut plans: Vec<LayerPlan>, packs: &[PackPlan]) -> Self {
        plans.sort_by_key(|plan| std::cmp::Reverse(plan.look.order));
        let mut tree = Self::default();
        for pack in packs {
            for (id, words) in pack.groups.iter().chain(&pack.systems) {
                tree.names
                    .entry(id.clone())
                    .or_insert_with(|| words.clone());
            }
        }
        for plan in plans {
            if tree.plan(&plan.id).is_none() {
                let count = LayerCount::default();
                tree.layers.push(Standing { plan, count });
            }
        }
        tree.number();
        tree
    }

    /// Every layer, uppermost first, as it stands now.
    pub fn plans(&self) -> impl ExactSizeIterator<Item = &LayerPlan> {
        self.layers.iter().map(|standing| &standing.plan)
    }

    /// The layer `id` as it stands now.
    pub fn plan(&self, id: &LayerId) -> Option<&LayerPlan> {
        self.plans().find(|plan| plan.id == *id)
    }

    /// What the layer `id` counts.
    pub fn count(&self, id: &LayerId) -> Option<LayerCount> {
        let found = self.layers.iter().find(|layer| layer.plan.id == *id);
        found.map(|layer| layer.count)
    }

    /// Grows with every change, counts included.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Switches the layer `id` on or off. False when there is none.
    pub fn set_shown(&mut self, id: &LayerId, shown: bool) -> bool {
        self.change(id, |standing| standing.plan.shown = shown)
    }

    /// Switches every layer of the branch `path` on or off, and says how many there are.
    pub fn set_branch_shown(&mut self, by: TreeBy, path: &[String], shown: bool) -> usize {
        let mut found = 0;
        for standing in &mut self.layers {
            if branch_of(&standing.plan, by).starts_with(path) {
                standing.plan.shown = shown;
                found += 1;
            }
        }
        self.revision += u64::from(found > 0);
        found
    }

    /// Draws the layer `id` with `opacity`, 0 to 1. False when there is none, or the number is none.
    pub fn set_opacity(&mut self, id: &LayerId, opacity: f32) -> bool {
        !opacity.is_nan()
            && self.change(id, |standing| {
                standing.plan.look.opacity = opacity.clamp(0.0, 1.0);
            })
    }

    /// Shows only what `filter` takes of the layer `id`; everything where there is none. False when there is no such
    /// layer.
    pub fn set_filter(&mut self, id: &LayerId, filter: Option<Filter>) -> bool {
        self.change(id, |standing| standing.plan.filter = filter)
    }

    /// Puts `plan` in the place of the layer with its identity; a new one goes on top.
    pub fn put(&mut self, plan: LayerPlan) {
        self.revision += 1;
        if let Some(standing) = self.layers.iter_mut().find(|old| old.plan.id == plan.id) {
            standing.plan = plan;
        } else {
            let count = LayerCount::default();
            self.layers.insert(0, Standing { plan, count });
        }
        self.number();
    }

    /// Takes the layer `id` away. False when there is none.
    pub fn remove(&mut self, id: &LayerId) -> bool {
        let before = self.layers.len();
        self.layers.retain(|standing| standing.plan.id != *id);
        let is_gone = self.layers.len() < before;
        self.revision += u64::from(is_gone);
        self.number();
        is_gone
    }

    /// Puts the layer `id` directly above the layer `before`, or lowest of all when there is none. False, and nothing
    /// is moved, when one of them does not exist or both are the same.
    pub fn move_before(&mut self, id: &LayerId, before: Option<&LayerId>) -> bool {
        let Some(from) = self.place(id) else {
            return false;
        };
        let target = match before {
            None => Some(self.layers.len()),
            Some(before) if before == id => None,
            Some(before) => self.place(before),
        };
        let Some(target) = target else {
            return false;
        };
        let standing = self.layers.remove(from);
        let target = if from < target { target - 1 } else { target };
        self.layers.insert(target.min(self.layers.len()), standing);
        self.number();
        self.revision += 1;
        true
    }

    /// What the layer `id` counts now. False when there is none.
    pub fn set_count(&mut self, id: &LayerId, count: LayerCount) -> bool {
        let is_new = self.count(id) != Some(count);
        if is_new {
            return self.change(id, |standing| standing.count = count);
        }
        true
    }

    /// The rows of the tree: branches where their first layer stands, with everything in them.
    pub fn rows(&self, by: TreeBy) -> Vec<TreeRow> {
        let mut branches: Vec<(Vec<String>, Vec<&Standing>)> = Vec::new();
        for standing in &self.layers {
            let path = branch_of(&standing.plan, by);
            match branches.iter_mut().find(|(known, _)| *known == path) {
                Some((_, layers)) => layers.push(standing),
                None => branches.push((path, vec![standing])),
            }
        }
        // Branches that begin alike have to stand together, and stay where the first of them is.
        let mut rows = Vec::new();
        self.rows_below(&[], &branches, &mut rows);
        rows
    }

    /// The layers that `text` finds, best first: every word of it is in the identity, a name, the sentence about it, a
    /// group or the system. An empty text finds all.
    pub fn search(&self, text: &str) -> Vec<LayerId> {
        let text = text.to_lowercase();
        let words: Vec<&str> = text.split_whitespace().collect();
        let mut found: Vec<(u8, &LayerId)> = self
            .plans()
            .filter_map(|plan| Some((self.rank(plan, &words)?, &plan.id)))
            .collect();
        // Stable: of equals, the uppermost first.
        found.sort_by_key(|(rank, _)| *rank);
        found.into_iter().map(|(_, id)| id.clone()).collect()
    }

    /// How everything stands, to be kept under `name`.
    pub fn save(&self, name: &str) -> LayerSet {
        let layers = self.plans().map(|plan| {
            let look = &plan.look;
            let is_styled = look.kind == LayerKind::Points;
            SetLayer {
                id: plan.id.clone(),
                shown: plan.shown,
                opacity: look.opacity,
                filter: plan.filter.clone(),
                stand: Some(look.stand),
                gather: Some(look.gather),
                paint: is_styled.then(|| look.paint.clone()),
                size: is_styled.then_some(look.size),
            }
        });
        LayerSet {
            name: name.to_owned(),
            layers: layers.collect(),
        }
    }

    /// Brings everything to how it stood when `set` was saved. Layers that it does not know are switched off and go
    /// below its own. Says which of its layers do not exist any more.
    pub fn apply(&mut self, set: &LayerSet) -> Vec<LayerId> {
        let mut gone = Vec::new();
        for standing in &mut self.layers {
            standing.plan.shown = false;
        }
        for kept in &set.layers {
            if !self.restore(kept) {
                gone.push(kept.id.clone());
            }
        }
        self.layers.sort_by_key(|standing| {
            let place = set
                .layers
                .iter()
                .position(|kept| kept.id == standing.plan.id);
            place.unwrap_or(usize::MAX)
        });
        self.number();
        self.revision += 1;
        gone
    }

    /// Brings one layer to how it stood; its place stays. False when there is none.
    pub fn restore(&mut self, kept: &SetLayer) -> bool {
        self.change(&kept.id, |standing| {
            let plan = &mut standing.plan;
            plan.shown = kept.shown;
            plan.filter.clone_from(&kept.filter);
            if kept.opacity.is_finite() {
                plan.look.opacity = kept.opacity.clamp(0.0, 1.0);
            }
            plan.look.stand = kept.stand.unwrap_or(plan.look.stand);
            plan.look.gather = kept.gather.unwrap_or(plan.look.gather);
            plan.look.size = kept.size.unwrap_or(plan.look.size);
            if let Some(paint) = &kept.paint {
                plan.look.paint.clone_from(paint);
            }
        })
    }

    fn place(&self, id: &LayerId) -> Option<usize> {
        self.plans().position(|plan| plan.id == *id)
    }

    fn change(&mut self, id: &LayerId, how: impl FnOnce(&mut Standing)) -> bool {
        let Some(standing) = self.layers.iter_mut().find(|layer| layer.plan.id == *id) else {
            return false;
        };
        how(standing);
        self.revision += 1;
        true
    }

    /// Numbers the drawing order after the list: the uppermost has the highest.
    fn number(&mut self) {
        let count = i16::try_from(self.layers.len()).unwrap_or(i16::MAX);
        let orders = (1..=count).rev();
        for (standing, order) in self.layers.iter_mut().zip(orders) {
            standing.plan.look.order = order;
        }
    }

    fn name_of(&self, id: &str) -> Words {
        let named = self.names.get(id).cloned();
        named.unwrap_or_else(|| Words::new(id, id))
    }

    /// Appends the rows of `path` and all below it. [`MOST_GROUPS`] bounds how deep they lie.
    fn rows_below(
        &self,
        path: &[String],
        branches: &[(Vec<String>, Vec<&Standing>)],
        rows: &mut Vec<TreeRow>,
    ) {
        let depth = u16::try_from(path.len()).unwrap_or(u16::MAX);
        let mut told: Vec<&String> = Vec::new();
        for (known, layers) in branches {
            let Some(rest) = known.strip_prefix(path) else {
                continue;
            };
            match rest.first() {
                None => rows.extend(layers.iter().map(|standing| layer_row(standing, path))),
                Some(next) if !told.contains(&next) => {
                    told.push(next);
                    let mut below = path.to_vec();
                    below.push(next.clone());
                    let begin = rows.len();
                    self.rows_below(&below, branches, rows);
                    let inner = rows.get(begin..).unwrap_or_default();
                    let branch = branch_row(self.name_of(next), below, depth, inner);
                    rows.insert(begin, branch);
                }
                Some(_) => {}
            }
        }
    }

    /// How well `plan` is found by `words`, 0 best; nothing when a word is not in it.
    fn rank(&self, plan: &LayerPlan, words: &[&str]) -> Option<u8> {
        let names = [
            plan.id.as_str(),
            plan.name.zh.as_str(),
            plan.name.en.as_str(),
        ]
        .map(str::to_lowercase);
        let groups = plan.group.iter().chain([&plan.system]);
        let groups: Vec<Words> = groups.map(|group| self.name_of(group)).collect();
        let more = groups
            .iter()
            .chain([&plan.about])
            .flat_map(|words| [words.zh.to_lowercase(), words.en.to_lowercase()]);
        let texts: Vec<String> = names.iter().cloned().chain(more).collect();
        let mut rank = 0;
        for word in words {
            let found = texts.iter().position(|text| text.contains(word))?;
            let step = match found {
                place if place >= names.len() => 3,
                _ if names.iter().any(|name| name == word) => 0,
                _ if names.iter().any(|name| name.starts_with(word)) => 1,
                _ => 2,
            };
            rank = rank.max(step);
        }
        Some(rank)
    }
}

/// The groups from the root that the layer lies in.
fn branch_of(plan: &LayerPlan, by: TreeBy) -> Vec<String> {
    let system = (by == TreeBy::System && !plan.system.is_empty()).then_some(&plan.system);
    let groups = plan.group.iter().take(MOST_GROUPS);
    system.into_iter().chain(groups).cloned().collect()
}

fn layer_row(standing: &Standing, path: &[String]) -> TreeRow {
    let plan = &standing.plan;
    TreeRow {
        depth: u16::try_from(path.len()).unwrap_or(u16::MAX),
        path: path.to_vec(),
        layer: Some(plan.id.clone()),
        name: plan.name.clone(),
        shown: if plan.shown {
            HowShown::All
        } else {
            HowShown::None
        },
        count: standing.count,
        opacity: plan.look.opacity,
    }
}

/// The branch above the rows `inner`.
fn branch_row(name: Words, path: Vec<String>, depth: u16, inner: &[TreeRow]) -> TreeRow {
    let layers = || inner.iter().filter(|row| row.layer.is_some());
    let is_shown = |row: &TreeRow| row.shown == HowShown::All;
    let shown = if layers().all(is_shown) {
        HowShown::All
    } else if layers().any(is_shown) {
        HowShown::Some
    } else {
        HowShown::None
    };
    TreeRow {
        depth,
        path,
        layer: None,
        name,
        shown,
        count: layers().fold(LayerCount::default(), |sum, row| sum.plus(row.count)),
        opacity: layers().map(|row| row.opacity).fold(0.0, f32::max),
    }
}
