//! The two trees over the channels: divisions, also those that only identities imply, and business groups with their virtual
//! organisations. A channel counts once under each node, in however many groups it is.

use super::entry::{Entry, division_key, is_organisation};
use super::ids::Ids;
use super::index::ChannelIndex;
use cim_sync::gb28181::{Field, ItemKind};
use std::collections::BTreeMap;

/// The key of a tree's top.
pub const ROOT: &str = "";
/// The key of the node for channels that belong nowhere.
pub const UNASSIGNED: &str = "-";

/// Groups lie in one another no deeper than this.
const MAX_DEPTH: usize = 64;
/// The number of the top.
const TOP: u32 = 0;

/// Which tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tree {
    /// 行政区划: keys are codes of divisions without the zeros that fill them up.
    Civil,
    /// 业务分组 and 虚拟组织: keys are their identities.
    Organisation,
}

/// Which part of a long list is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// How many come before it.
    pub offset: usize,
    /// How many it has at most.
    pub limit: usize,
}

/// A node of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its key.
    pub key: String,
    /// The entry that describes it, when there is one.
    pub row: Option<u32>,
    /// Its name; empty when only identities imply it.
    pub name: String,
    /// How many channels lie under it, each once.
    pub leaves: u32,
    /// How many of them are on.
    pub online: u32,
    /// How many groups lie in it, one level down.
    pub groups: u32,
}

/// A line of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TreeEntry {
    /// A group.
    Group(Group),
    /// The row of a channel.
    Channel(u32),
}

/// A part of what lies under a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TreePage {
    /// Groups by their keys, then channels by their identities.
    pub entries: Vec<TreeEntry>,
    /// How many there are in all.
    pub total: usize,
}

/// Both trees.
#[derive(Clone, Debug, Default)]
pub(crate) struct Forest {
    civil: Wood,
    organisation: Wood,
}

/// One tree.
#[derive(Clone, Debug)]
struct Wood {
    nodes: Vec<Node>,
    by_key: BTreeMap<Box<str>, u32>,
}

#[derive(Clone, Debug, Default)]
struct Node {
    key: Box<str>,
    /// Its own number at the top.
    parent: u32,
    /// How many groups lie in one another below it, at most.
    height: usize,
    row: Option<u32>,
    groups: Vec<u32>,
    leaves: Vec<u32>,
    total: u32,
    online: u32,
}

impl Default for Wood {
    fn default() -> Self {
        Self {
            nodes: vec![Node::default()],
            by_key: BTreeMap::from([(ROOT.into(), TOP)]),
        }
    }
}

impl Forest {
    /// Adds the node of a division or a group.
    pub(crate) fn add_group(&mut self, entry: &Entry<'_>) {
        let id = entry.id();
        if entry.kind() == ItemKind::Division {
            if let Some(key) = division_key(&id) {
                let node = self.civil.division(key);
                self.civil.describe(node, entry.row());
            }
            return;
        }
        let node = self.organisation.group(&id);
        self.organisation.describe(node, entry.row());
        let business_group = entry.value(Field::BusinessGroupId);
        let mut parents = entry.parents();
        parents.push(&business_group);
        let parent = parents
            .into_iter()
            .find(|parent| is_organisation(parent) && *parent != id);
        if let Some(parent) = parent {
            let parent = self.organisation.group(parent);
            self.organisation.hang(node, parent);
        }
    }

    /// Adds a channel; [`Forest::settle`] puts it in its place.
    pub(crate) fn load(&mut self, row: u32, places: &[Vec<String>; 2], is_on: bool) {
        for tree in [Tree::Civil, Tree::Organisation] {
            let nodes = self.nodes_of(tree, places);
            let wood = self.wood_mut(tree);
            wood.count(&nodes, |node| node.count(is_on));
            for node in nodes {
                if let Some(node) = wood.nodes.get_mut(node as usize) {
                    node.leaves.push(row);
                }
            }
        }
    }

    /// Puts groups and channels in their order.
    pub(crate) fn settle(&mut self, ids: &Ids) {
        for wood in [&mut self.civil, &mut self.organisation] {
            let numbers = wood.by_key.values();
            let ranks: BTreeMap<u32, usize> = numbers.copied().zip(0_usize..).collect();
            for node in &mut wood.nodes {
                node.groups.sort_by_key(|group| ranks.get(group).copied());
                node.leaves.sort_by_cached_key(|row| ids.key(*row));
                node.leaves.shrink_to_fit();
            }
        }
    }

    /// Adds a channel in its place.
    pub(crate) fn join(&mut self, row: u32, places: &[Vec<String>; 2], is_on: bool, ids: &Ids) {
        for tree in [Tree::Civil, Tree::Organisation] {
            let nodes = self.nodes_of(tree, places);
            let wood = self.wood_mut(tree);
            wood.count(&nodes, |node| node.count(is_on));
            for node in nodes {
                let Some(node) = wood.nodes.get_mut(node as usize) else {
                    continue;
                };
                let at = node
                    .leaves
                    .partition_point(|one| ids.key(*one) < ids.key(row));
                node.leaves.insert(at, row);
            }
        }
    }

    /// Takes a channel away.
    pub(crate) fn leave(&mut self, row: u32, places: &[Vec<String>; 2], was_on: bool, ids: &Ids) {
        for tree in [Tree::Civil, Tree::Organisation] {
            let nodes = self.nodes_of(tree, places);
            let wood = self.wood_mut(tree);
            wood.count(&nodes, |node| {
                node.total = node.total.saturating_sub(1);
                node.online = node.online.saturating_sub(u32::from(was_on));
            });
            for node in nodes {
                let Some(node) = wood.nodes.get_mut(node as usize) else {
                    continue;
                };
                let at = node
                    .leaves
                    .partition_point(|one| ids.key(*one) < ids.key(row));
                if node.leaves.get(at) == Some(&row) {
                    node.leaves.remove(at);
                }
            }
        }
    }

    /// Counts a channel that came on or went off.
    pub(crate) fn switch(&mut self, places: &[Vec<String>; 2], is_on: bool) {
        for tree in [Tree::Civil, Tree::Organisation] {
            let nodes = self.nodes_of(tree, places);
            self.wood_mut(tree).count(&nodes, |node| {
                node.online = if is_on {
                    node.online.saturating_add(1)
                } else {
                    node.online.saturating_sub(1)
                };
            });
        }
    }

    /// About how much memory it takes, bytes.
    pub(crate) fn bytes(&self) -> usize {
        let nodes = [&self.civil, &self.organisation].into_iter();
        let nodes = nodes.flat_map(|wood| &wood.nodes);
        nodes
            .map(|node| {
                let lists = node.leaves.capacity() + node.groups.capacity();
                size_of::<Node>() + 2 * node.key.len() + lists * size_of::<u32>()
            })
            .sum()
    }

    fn nodes_of(&mut self, tree: Tree, [civil, organisation]: &[Vec<String>; 2]) -> Vec<u32> {
        match tree {
            Tree::Civil => civil.iter().map(|key| self.civil.division(key)).collect(),
            Tree::Organisation => {
                let keys = organisation.iter();
                keys.map(|key| self.organisation.group(key)).collect()
            }
        }
    }

    fn wood(&self, tree: Tree) -> &Wood {
        match tree {
            Tree::Civil => &self.civil,
            Tree::Organisation => &self.organisation,
        }
    }

    fn wood_mut(&mut self, tree: Tree) -> &mut Wood {
        match tree {
            Tree::Civil => &mut self.civil,
            Tree::Organisation => &mut self.organisation,
        }
    }
}

impl Node {
    fn count(&mut self, is_on: bool) {
        self.total += 1;
        self.online += u32::from(is_on);
    }
}

impl Wood {
    /// The node of a division, with those above it.
    fn division(&mut self, key: &str) -> u32 {
        if let Some(node) = self.by_key.get(key) {
            return *node;
        }
        let above = key
            .len()
            .checked_sub(2)
            .and_then(|length| key.get(..length));
        let parent = match above {
            Some(above) if !above.is_empty() => self.division(above),
            _ => TOP,
        };
        self.add(key, parent)
    }

    /// The node of a business group or a virtual organisation, at the top while nothing says where it hangs.
    fn group(&mut self, key: &str) -> u32 {
        match self.by_key.get(key) {
            Some(node) => *node,
            None => self.add(key, TOP),
        }
    }

    fn add(&mut self, key: &str, parent: u32) -> u32 {
        let number = self.nodes.len() as u32;
        self.nodes.push(Node {
            key: key.into(),
            parent,
            ..Node::default()
        });
        self.by_key.insert(key.into(), number);
        let Some(above) = self.nodes.get(parent as usize) else {
            return number;
        };
        let at = above.groups.partition_point(|group| self.key(*group) < key);
        if let Some(above) = self.nodes.get_mut(parent as usize) {
            above.groups.insert(at, number);
        }
        number
    }

    fn describe(&mut self, node: u32, row: u32) {
        if let Some(node) = self.nodes.get_mut(node as usize) {
            node.row = Some(row);
        }
    }

    /// Hangs `node` under `parent`, unless that lies under it or too deep.
    fn hang(&mut self, node: u32, parent: u32) {
        let above = self.above(parent);
        let Some(own) = self.nodes.get(node as usize) else {
            return;
        };
        let (before, height) = (own.parent, own.height);
        let is_too_deep = above.len() + height >= MAX_DEPTH;
        if above.contains(&node) || is_too_deep || before == parent {
            return;
        }
        if let Some(before) = self.nodes.get_mut(before as usize) {
            before.groups.retain(|group| *group != node);
        }
        if let Some(parent) = self.nodes.get_mut(parent as usize) {
            parent.groups.push(node);
        }
        if let Some(node) = self.nodes.get_mut(node as usize) {
            node.parent = parent;
        }
        for (below, number) in (height + 1..).zip(above) {
            if let Some(node) = self.nodes.get_mut(number as usize) {
                node.height = node.height.max(below);
            }
        }
    }

    /// `node` and everything above it, up to the top.
    fn above(&self, node: u32) -> Vec<u32> {
        let mut above = vec![node];
        let mut at = node;
        while at != TOP && above.len() <= MAX_DEPTH + 1 {
            let Some(node) = self.nodes.get(at as usize) else {
                break;
            };
            at = node.parent;
            above.push(at);
        }
        above
    }

    /// Changes each node above `nodes` once.
    fn count(&mut self, nodes: &[u32], mut change: impl FnMut(&mut Node)) {
        let mut above: Vec<u32> = nodes.iter().flat_map(|node| self.above(*node)).collect();
        if nodes.len() > 1 {
            above.sort_unstable();
            above.dedup();
        }
        for number in above {
            if let Some(node) = self.nodes.get_mut(number as usize) {
                change(node);
            }
        }
    }

    fn node(&self, key: &str) -> Option<&Node> {
        self.nodes.get(*self.by_key.get(key)? as usize)
    }

    fn key(&self, number: u32) -> &str {
        let node = self.nodes.get(number as usize);
        node.map_or("", |node| &*node.key)
    }

    fn groups_of<'a>(&'a self, node: &'a Node) -> impl Iterator<Item = &'a Node> {
        let groups = node.groups.iter();
        groups.filter_map(|group| self.nodes.get(*group as usize))
    }

    /// Every channel under `node`, each once, in the order of rows.
    fn rows_under(&self, node: &Node) -> Vec<u32> {
        let mut rows = Vec::with_capacity(node.total as usize);
        let mut waiting = vec![node];
        while let Some(node) = waiting.pop() {
            rows.extend_from_slice(&node.leaves);
            waiting.extend(self.groups_of(node));
        }
        rows.sort_unstable();
        rows.dedup();
        rows
    }
}

impl ChannelIndex {
    /// A part of what lies under the node `key`; `None` when there is no such node.
    pub fn page(&self, tree: Tree, key: &str, window: Window) -> Option<TreePage> {
        let wood = self.forest.wood(tree);
        let node = wood.node(key)?;
        let groups: Vec<&Node> = wood
            .groups_of(node)
            .filter(|group| self.is_shown(wood, group))
            .collect();
        let total = groups.len() + node.leaves.len();
        let of_leaves = window.offset.saturating_sub(groups.len());
        let shown = groups.iter().skip(window.offset).take(window.limit);
        let mut entries: Vec<TreeEntry> = shown
            .map(|group| TreeEntry::Group(self.described(wood, group)))
            .collect();
        let room = window.limit - entries.len();
        let leaves = node.leaves.iter().skip(of_leaves).take(room);
        entries.extend(leaves.map(|row| TreeEntry::Channel(*row)));
        Some(TreePage { entries, total })
    }

    /// The same with only the channels that `keep` keeps: others are not there and do not count, and a group with nothing but
    /// others is not there either.
    pub fn page_where(
        &self,
        tree: Tree,
        key: &str,
        window: Window,
        keep: &dyn Fn(u32) -> bool,
    ) -> Option<TreePage> {
        let wood = self.forest.wood(tree);
        let node = wood.node(key)?;
        let groups = wood.groups_of(node).filter_map(|group| {
            let mut described = self.described(wood, group);
            let is_bare = described.leaves == 0;
            (described.leaves, described.online) = (0, 0);
            for row in wood.rows_under(group).into_iter().filter(|row| keep(*row)) {
                described.leaves += 1;
                described.online += u32::from(self.is_on(row));
            }
            let below = wood.groups_of(group);
            let below = below.filter(|group| self.has_any(wood, group, keep));
            described.groups = below.count() as u32;
            let is_there = described.leaves > 0 || (is_bare && self.is_shown(wood, group));
            is_there.then_some(TreeEntry::Group(described))
        });
        let leaves = node.leaves.iter().filter(|row| keep(**row));
        let mut page = TreePage::default();
        for entry in groups.chain(leaves.map(|row| TreeEntry::Channel(*row))) {
            let is_wanted = page.total >= window.offset && page.entries.len() < window.limit;
            if is_wanted {
                page.entries.push(entry);
            }
            page.total += 1;
        }
        Some(page)
    }

    /// The node `key`.
    pub fn group(&self, tree: Tree, key: &str) -> Option<Group> {
        let wood = self.forest.wood(tree);
        Some(self.described(wood, wood.node(key)?))
    }

    /// The keys from the node below the top to `key`; empty for the top, and for a node that is not there.
    pub fn path(&self, tree: Tree, key: &str) -> Vec<String> {
        let wood = self.forest.wood(tree);
        let Some(node) = wood.by_key.get(key) else {
            return Vec::new();
        };
        let mut keys: Vec<String> = wood
            .above(*node)
            .into_iter()
            .filter(|number| *number != TOP)
            .map(|number| wood.key(number).to_owned())
            .collect();
        keys.reverse();
        keys
    }

    /// The ways from the top to a channel: one for its division, one for each of its groups.
    pub fn paths_of(&self, tree: Tree, row: u32) -> Vec<Vec<String>> {
        let line = self
            .line(row)
            .filter(|line| line.is_alive && line.is_channel);
        let Some(line) = line else {
            return Vec::new();
        };
        let [civil, organisation] = self.places_in_trees(row, &line);
        let keys = match tree {
            Tree::Civil => civil,
            Tree::Organisation => organisation,
        };
        keys.iter().map(|key| self.path(tree, key)).collect()
    }

    /// The rows of all channels under the node `key`, each once, in order.
    pub fn rows_under(&self, tree: Tree, key: &str) -> Vec<u32> {
        let wood = self.forest.wood(tree);
        wood.node(key)
            .map_or_else(Vec::new, |node| wood.rows_under(node))
    }

    /// The channels that hang under `key` itself, by their identities.
    pub(crate) fn leaves_of(&self, tree: Tree, key: &str) -> &[u32] {
        let node = self.forest.wood(tree).node(key);
        node.map_or(&[], |node| node.leaves.as_slice())
    }

    /// The nodes one level below `key`.
    pub(crate) fn groups_under(&self, tree: Tree, key: &str) -> Vec<Group> {
        let wood = self.forest.wood(tree);
        let Some(node) = wood.node(key) else {
            return Vec::new();
        };
        wood.groups_of(node)
            .filter(|group| self.is_shown(wood, group))
            .map(|group| self.described(wood, group))
            .collect()
    }

    /// True while something is in a node or describes it: what is gone leaves empty nodes behind.
    fn is_shown(&self, wood: &Wood, node: &Node) -> bool {
        node.total > 0
            || node.row.is_some_and(|row| self.is_alive(row))
            || wood.groups_of(node).any(|group| self.is_shown(wood, group))
    }

    /// True while something that `keep` keeps is in a node, or it is bare and something describes it.
    fn has_any(&self, wood: &Wood, node: &Node, keep: &dyn Fn(u32) -> bool) -> bool {
        if node.total == 0 {
            return self.is_shown(wood, node);
        }
        let mut waiting = vec![node];
        while let Some(node) = waiting.pop() {
            if node.leaves.iter().any(|row| keep(*row)) {
                return true;
            }
            waiting.extend(wood.groups_of(node));
        }
        false
    }

    fn is_on(&self, row: u32) -> bool {
        let status = self.columns().status.get(row as usize);
        status.is_some_and(|status| status.is_on())
    }

    fn described(&self, wood: &Wood, node: &Node) -> Group {
        let groups = wood.groups_of(node);
        let groups = groups.filter(|group| self.is_shown(wood, group)).count();
        let entry = node.row.and_then(|row| self.entry(row));
        Group {
            key: node.key.to_string(),
            row: entry.as_ref().map(Entry::row),
            name: entry.map_or_else(String::new, |entry| entry.name().to_owned()),
            leaves: node.total,
            online: node.online,
            groups: groups as u32,
        }
    }
}
