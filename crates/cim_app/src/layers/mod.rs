//! The layers of the desk: which there are, what a person made of them, and what the twin must change to show them.
//!
//! ```text
//!  packs ─► tree (order, switches, filters) ─► sheets (what the twin draws as one) ─┐
//!  columns of the history ─► changed rows ──────────────────────────────────────────┴─► LayerChanges ─► twin
//!                        └─► samples ─► shapes (heat, areas, flow …), made aside ───────┘
//! ```
//! Devices, cameras, events, vehicles and people each have rows and a generation of their own: a new event remakes no
//! device. A report costs its row; nothing looks at every row each second but a filter that asks for ages, and the
//! counts.

mod areas;
mod columns;
mod counts;
mod faults;
mod feed;
pub(crate) mod fences;
mod forces;
mod grids;
mod ground;
mod heat;
mod hover;
mod kept;
mod lines;
mod offers;
mod packs;
mod panel;
mod pipes;
mod plans;
mod raster_file;
mod roads;
mod rows;
#[cfg(test)]
mod shape_tests;
mod shapes;
mod sheet;
#[cfg(test)]
mod tests;

use crate::{changed::Changed, error::AppError, events::Events, state::State, wire::FenceDto};
use cim_geo::Geodetic;
use cim_layers::{
    layer::{
        LayerCount, LayerId, LayerKind, LayerPlan, LayerSet, LayerSource, LayerTree, PackPlan,
    },
    told::TwinLayer,
};
use cim_model::{Alarm, Layer, PointKey, UtcMillis};
use cim_sync::sources::SourceHealth;
use cim_tiles::Problem;
use counts::{Counted, Counter};
use feed::Tick;
use fences::{FenceBook, FencePlan, FenceRun};
pub(crate) use forces::{Force, Forces};
pub(crate) use grids::{AreaNames, bytes_of};
pub(crate) use hover::{here_dto, hover_of, selection_dto};
pub(crate) use kept::KeptLayers;
use kept::MOST_NAME_CHARS;
pub(crate) use packs::{Pack, PackText, RESOURCES, read_city_packs, read_packs};
pub use panel::LayerInView;
pub use plans::{
    AreaPaintPlan, GroundPlace, LayerChanges, LayerPointsPlan, MovePlan, NameDensity, ShapePlan,
};
pub(crate) use rows::Shown;
use rows::{Family, Mover, ThingTable};
use shapes::Shapes;
pub(crate) use shapes::{Job, Made};
use sheet::{Numbers, Sheet};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Of so many devices nothing is counted twice within [`SLOW_COUNT_S`].
const MANY_THINGS: usize = 20_000;
/// Seconds between two counts of many devices.
const SLOW_COUNT_S: i64 = 3;
/// Seconds between two counts while nothing changes.
const IDLE_COUNT_S: i64 = 10;

/// So many fences can be drawn.
const MOST_DRAWN_FENCES: usize = 200;

/// The layers that the twin has from the city's tiles; the others are drawn from what it is told.
const OF_TILES: [Layer; 5] = [
    Layer::Labels,
    Layer::Buildings,
    Layer::Roads,
    Layer::Water,
    Layer::Green,
];

/// What the desk looks at when the twin asks.
pub(crate) struct Look<'a> {
    /// Devices, cameras and readings.
    pub(crate) state: &'a mut State,
    /// Events of the moment shown.
    pub(crate) events: &'a Events,
    /// Alarms of the moment shown.
    pub(crate) alarms: Vec<&'a Alarm>,
    /// How the sources are.
    pub(crate) sources: &'a BTreeMap<String, SourceHealth>,
    /// The moment shown.
    pub(crate) moment: UtcMillis,
    /// How many of its seconds pass in one.
    pub(crate) rate: f64,
    /// True while the present is shown and the hub does not answer.
    pub(crate) hub_gone: bool,
    /// Wall time.
    pub(crate) now: UtcMillis,
}

/// The layers of a desk.
pub(crate) struct Layers {
    city_packs: Vec<Pack>,
    own_packs: Vec<Pack>,
    built_in: Pack,
    /// As the packs define them, lowest first.
    defined: Vec<LayerPlan>,
    tree: LayerTree,
    sets: Vec<LayerSet>,
    density: NameDensity,
    /// True once a person changed something.
    is_touched: bool,
    /// What was chosen of every layer, those included whose packs are not there.
    remembered: KeptLayers,
    /// City layers that no pack has and that are off.
    off: BTreeSet<Layer>,
    table: ThingTable,
    numbers: Numbers,
    sheets: Vec<Sheet>,
    fences: FenceBook,
    drawn_fences: Vec<FencePlan>,
    pack_fences: Vec<FencePlan>,
    origin: Option<Geodetic>,
    counter: Counter,
    newest: BTreeMap<LayerId, i64>,
    in_view: BTreeMap<u16, LayerInView>,
    shapes: Shapes,
    seen: SeenBefore,
    /// Counts what the panel has to show anew.
    revision: u64,
}

/// What was told before.
#[derive(Default)]
struct SeenBefore {
    /// Switches, order and the like as of which the sheets were arranged.
    arranged: Option<u64>,
    layers: Option<Vec<TwinLayer>>,
    moment: Option<UtcMillis>,
    second: Option<i64>,
    counted_second: Option<i64>,
    has_news: bool,
    events: u64,
    late: BTreeSet<String>,
    switches: BTreeMap<Layer, bool>,
    density: Option<NameDensity>,
    fences: u64,
    hub_gone: bool,
}

impl Default for Layers {
    fn default() -> Self {
        let (built_in, problems) = packs::built_in();
        for problem in &problems {
            tracing::error!(%problem, "the built-in layers are broken");
        }
        let mut layers = Self {
            city_packs: Vec::new(),
            own_packs: Vec::new(),
            built_in,
            defined: Vec::new(),
            tree: LayerTree::default(),
            sets: Vec::new(),
            density: NameDensity::default(),
            is_touched: false,
            remembered: KeptLayers::default(),
            off: BTreeSet::new(),
            table: ThingTable::default(),
            numbers: Numbers::default(),
            sheets: Vec::new(),
            fences: FenceBook::default(),
            drawn_fences: Vec::new(),
            pack_fences: Vec::new(),
            origin: None,
            counter: Counter::default(),
            newest: BTreeMap::new(),
            in_view: BTreeMap::new(),
            shapes: Shapes::default(),
            seen: SeenBefore::default(),
            revision: 0,
        };
        layers.rebuild();
        layers
    }
}

impl Layers {
    /// Takes the packs that lie beside the program.
    pub(crate) fn set_own_packs(&mut self, packs: Vec<Pack>) -> Vec<Problem> {
        self.own_packs = packs;
        self.rebuild();
        self.read_fences()
    }

    /// Another city is open: its packs, its origin and its folder.
    pub(crate) fn set_city(
        &mut self,
        packs: Vec<Pack>,
        origin: Geodetic,
        folder: &std::path::Path,
    ) -> Vec<Problem> {
        self.city_packs = packs;
        self.origin = Some(origin);
        self.shapes.open_city(folder);
        for sheet in &mut self.sheets {
            sheet.is_shaped = false;
        }
        self.rebuild();
        self.read_fences()
    }

    /// What a person chose, to be remembered.
    pub(crate) fn kept(&self) -> KeptLayers {
        let kept = KeptLayers::of(&self.tree, &self.defined, &self.sets, self.is_touched);
        let mut kept = kept.with_absent(&self.remembered);
        kept.fences.clone_from(&self.drawn_fences);
        kept.density = self.density;
        kept
    }

    /// Makes what was remembered hold again.
    pub(crate) fn remember(&mut self, kept: &KeptLayers) {
        kept.apply(&mut self.tree);
        self.is_touched |= !kept.is_untouched();
        self.sets = kept.sets();
        self.density = kept.density;
        self.drawn_fences.clone_from(&kept.fences);
        self.drawn_fences.retain(FencePlan::is_sound);
        self.remembered = kept.clone();
        self.place_fences();
        self.revision += 1;
    }

    /// Counts up whenever the panel has something new to show.
    pub(crate) fn revision(&self) -> u64 {
        self.revision.wrapping_add(self.tree.revision())
    }

    /// Names are told in another language from now on.
    pub(crate) fn note_language(&mut self) {
        self.revision += 1;
    }

    /// The texts of the rules of all packs with the identity of each pack, lowest pack first: where two have a rule of one
    /// identity, the later one's counts.
    pub(crate) fn rule_texts(&self) -> Vec<(String, PackText)> {
        let packs = self.packs_in_use();
        packs
            .flat_map(|pack| {
                let texts = pack.rules.iter();
                texts.map(|text| (pack.plan.id.clone(), text.clone()))
            })
            .collect()
    }

    /// The texts of the plans and the resources of all packs with the identity of each pack, lowest pack first: where two have
    /// a plan or a resource of one identity, the later one's counts.
    pub(crate) fn plan_texts(&self) -> Vec<(String, PackText)> {
        let packs = self.packs_in_use();
        packs
            .flat_map(|pack| {
                let texts = pack.plans.iter();
                texts.map(|text| (pack.plan.id.clone(), text.clone()))
            })
            .collect()
    }

    /// The rosters of all packs with the identity of each pack, lowest pack first: the last one counts.
    pub(crate) fn roster_texts(&self) -> Vec<(String, PackText)> {
        let packs = self.packs_in_use();
        packs
            .filter_map(|pack| Some((pack.plan.id.clone(), pack.roster.clone()?)))
            .collect()
    }

    /// The rights about cameras of the highest pack that has any.
    pub(crate) fn rights_text(&self) -> Option<PackText> {
        let packs = self.packs_in_use();
        packs.filter_map(|pack| pack.rights.clone()).last()
    }

    /// The name and the ring of the fence with the identity or the name `fence`, degrees; `None` without one, and for one
    /// that runs along a line.
    pub(crate) fn fence_ring(&self, fence: &str) -> Option<(String, Vec<[f64; 2]>)> {
        self.fences.ring(fence)
    }

    /// The identities of the fences, by their numbers.
    pub(crate) fn fence_ids(&self) -> Vec<String> {
        self.fences.ids()
    }

    /// Counts up with every other set of fences.
    pub(crate) fn fence_revision(&self) -> u64 {
        self.fences.revision()
    }

    /// What happened at fences since this was asked last, oldest first.
    pub(crate) fn take_passes(&mut self) -> VecDeque<fences::FencePass> {
        self.fences.take_passes()
    }

    /// What happened at fences, newest first.
    pub(crate) fn notes(&self) -> impl Iterator<Item = &cim_model::Event> {
        self.fences.notes()
    }

    /// Draws one of the layers that every city has, or leaves it out.
    pub(crate) fn switch(&mut self, layer: Layer, on: bool) {
        if on {
            self.off.remove(&layer);
        } else {
            self.off.insert(layer);
        }
        for id in self.ids_of(layer) {
            let is_other = self.tree.plan(&id).is_some_and(|plan| plan.shown != on);
            if is_other {
                self.tree.set_shown(&id, on);
                self.is_touched = true;
            }
        }
    }

    /// True while one of the layers that every city has is drawn.
    pub(crate) fn shows(&self, layer: Layer) -> bool {
        let ids = self.ids_of(layer);
        if ids.is_empty() {
            return !self.off.contains(&layer);
        }
        let is_shown = |id: &LayerId| self.tree.plan(id).is_some_and(|plan| plan.shown);
        ids.iter().any(is_shown)
    }

    /// What the twin must change, and what is to be worked out aside for it.
    pub(crate) fn changes(&mut self, look: Look<'_>) -> (LayerChanges, Vec<Job>) {
        let waiting_since = look.state.take_waiting_since();
        let mut out = LayerChanges {
            waited_ms: waiting_since.map(|since| look.now.0.saturating_sub(since.0).max(0)),
            clock: (look.moment, look.rate),
            hub_gone: look.hub_gone,
            ..LayerChanges::default()
        };
        let changed = look.state.take_changed();
        let moved = look.state.take_moved();
        let shown = Shown {
            state: &*look.state,
            events: look.events,
            moment: look.moment,
            hub_gone: look.hub_gone,
        };
        let has_new_fields = self.table.learn(shown.state);
        let is_other_list = self.seen.arranged != Some(self.tree.revision());
        if has_new_fields || is_other_list {
            self.arrange(&mut out);
        }
        let second = look.now.0.div_euclid(1_000);
        let late = rows::late_sources(look.sources);
        let fences_changed = self.seen.fences != self.fences.revision();
        let last = self.seen.moment.replace(look.moment);
        self.seen.hub_gone = look.hub_gone;
        let tick = Tick {
            shown: &shown,
            table: &self.table,
            changed: &changed,
            moved: &moved,
            now: look.now,
            is_new_second: self.seen.second.replace(second) != Some(second),
            events_changed: std::mem::replace(&mut self.seen.events, look.events.generation())
                != look.events.generation(),
            jumped: last.is_some_and(|last| Tick::is_jump(last, look.moment)),
            late_changed: self.seen.late != late,
            late: &late,
            fences: &self.fences,
            fences_changed,
        };
        let is_quiet = matches!(&changed, Changed::Rows(rows) if rows.is_empty());
        let has_news = !is_quiet || tick.events_changed || tick.jumped || fences_changed;
        self.seen.has_news |= has_news;
        // Another filter makes another heat map, also while the time stands still.
        self.shapes.note_news(has_news || is_other_list);
        if tick.jumped {
            self.shapes.forget_ages();
        }
        for sheet in &mut self.sheets {
            sheet.feed(&tick, &mut out);
            if is_other_list || has_new_fields {
                sheet.filter_anew(&tick, &mut out);
            }
        }
        let (is_new_second, jumped) = (tick.is_new_second, tick.jumped);
        self.seen.late = late;
        self.watch_fences(&shown, (&changed, &moved), look.rate, jumped);
        if is_new_second {
            self.count(&shown, second);
        }
        self.tell_switches(&mut out);
        let mut alarms = look.alarms;
        // Those that came back wait for somebody to see them, and are none in the picture.
        alarms.retain(|alarm| alarm.cleared_at.is_none());
        let jobs = self.shape(&shown, &alarms, second, &mut out);
        (out, jobs)
    }

    /// Takes what was worked out aside.
    pub(crate) fn take_made(&mut self, made: Made) {
        let number = self.shapes.take(made);
        self.revision += 1;
        let mut sheets = self.sheets.iter();
        let sheet = sheets.find(|sheet| Some(sheet.plan.number) == number);
        let Some((sheet, member)) = sheet.and_then(|sheet| Some((sheet, sheet.members.first()?)))
        else {
            return;
        };
        // What is made of rows counts these.
        if counts::has_rows(&member.source) {
            return;
        }
        let reading = self.shapes.reading(sheet.plan.number);
        let counted = Counted {
            id: member.id.clone(),
            count: reading.map_or_else(LayerCount::default, |reading| reading.count),
            newest: reading.and_then(|reading| reading.newest),
        };
        self.note_counts(vec![counted]);
    }

    /// The twin begins anew: everything is told once more.
    pub(crate) fn forget_twin(&mut self) {
        self.seen = SeenBefore {
            has_news: true,
            ..SeenBefore::default()
        };
        for sheet in &mut self.sheets {
            sheet.sent = None;
            sheet.is_shaped = false;
        }
        self.shapes.forget_twin();
    }

    /// What was drawn here, oldest first.
    pub(crate) fn drawn_fences(&self) -> Vec<FenceDto> {
        let drawn = self.drawn_fences.iter().filter_map(|plan| {
            let FenceRun::Polygon { rings } = &plan.run else {
                return None;
            };
            Some(FenceDto {
                name: plan.name.clone(),
                ring: rings.first()?.clone(),
                dwell_s: plan.dwell_s,
            })
        });
        drawn.collect()
    }

    /// Watches an area from now on; one of the same name gives way.
    pub(crate) fn draw_fence(&mut self, fence: &FenceDto) -> Result<(), AppError> {
        let (name, ring) = (fence.name.as_str(), fence.ring.clone());
        let plan = FencePlan {
            id: name.to_owned(),
            name: name.to_owned(),
            run: FenceRun::Polygon { rings: vec![ring] },
            dwell_s: fence.dwell_s.filter(|dwell_s| *dwell_s > 0.0),
        };
        let is_named = (1..=MOST_NAME_CHARS).contains(&name.chars().count());
        let others = self.drawn_fences.iter().filter(|known| known.name != name);
        if !is_named || !plan.is_sound() || others.count() >= MOST_DRAWN_FENCES {
            return Err(AppError::BadRequest {
                what: "the fence",
                found: name.chars().take(80).collect(),
                reason: "a name of at most 40 characters and at least three places on the map are needed; at most 200 are kept",
            });
        }
        self.drawn_fences.retain(|known| known.name != name);
        self.drawn_fences.push(plan);
        self.place_fences();
        Ok(())
    }

    /// Watches an area that was drawn here no more.
    pub(crate) fn drop_fence(&mut self, name: &str) -> Result<(), AppError> {
        let before = self.drawn_fences.len();
        self.drawn_fences.retain(|known| known.name != name);
        if self.drawn_fences.len() == before {
            return Err(AppError::NotFound {
                what: "fence",
                id: name.to_owned(),
            });
        }
        self.place_fences();
        Ok(())
    }

    /// The point that `key` stands for: which sheet and row.
    fn sent(&self, key: PointKey) -> Option<(&Sheet, &sheet::Sent)> {
        let mut sheets = self.sheets.iter();
        let sheet = sheets.find(|sheet| sheet.plan.number == key.layer)?;
        Some((sheet, sheet.sent.as_ref()?))
    }

    fn arrange(&mut self, out: &mut LayerChanges) {
        self.seen.arranged = Some(self.tree.revision());
        let before = std::mem::take(&mut self.sheets);
        self.sheets = sheet::arrange(
            self.tree.plans(),
            &self.defined,
            &self.table,
            &mut self.numbers,
            before,
        );
        let plans: Vec<TwinLayer> = self.sheets.iter().map(|sheet| sheet.plan.clone()).collect();
        if self.seen.layers.as_ref() != Some(&plans) {
            self.seen.layers = Some(plans.clone());
            out.layers = Some(plans);
        }
        self.revision += 1;
    }

    /// Follows every device that moves through the fences, by its place in the state: what is drawn does not matter. Only in
    /// the present, or the same way would be walked twice; after a break nobody saw how they came to where they are.
    fn watch_fences(
        &mut self,
        shown: &Shown<'_>,
        (changed, moved): (&Changed, &[u32]),
        rate: f64,
        jumped: bool,
    ) {
        let Self { fences, table, .. } = self;
        let is_present = !shown.state.shows_past() && rate > 0.0;
        if jumped || !is_present {
            fences.lose_sight();
        }
        if !is_present || !fences.is_watching() {
            return;
        }
        if fences.begins_to_follow() {
            for mover in table.movers() {
                if let Some((place, at)) = mover.place(shown) {
                    fences.stands(mover.thing, place, at);
                }
            }
            return;
        }
        let mut tell = |mover: &Mover| {
            let known = shown.state.thing(mover.thing);
            if let (Some(known), Some((place, at))) = (known, mover.place(shown)) {
                fences.moved(mover.thing, &known.thing.name, place, at);
            }
        };
        match changed {
            Changed::All => table
                .movers()
                .iter()
                .filter(|mover| mover.reports())
                .for_each(&mut tell),
            Changed::Rows(rows) => rows
                .iter()
                .filter_map(|thing| table.mover(*thing))
                .filter(|mover| mover.reports())
                .for_each(&mut tell),
        }
        // Those that only the catalogue places.
        moved
            .iter()
            .filter_map(|thing| table.mover(*thing))
            .filter(|mover| !mover.reports())
            .for_each(tell);
    }

    fn count(&mut self, shown: &Shown<'_>, second: i64) {
        let passed_s = self
            .seen
            .counted_second
            .map_or(i64::MAX, |last| second.saturating_sub(last).abs());
        let channels = shown.state.channel_points().count() as usize;
        let is_many = shown.state.things().len() + channels > MANY_THINGS;
        let least_s = match (self.seen.has_news, is_many) {
            (false, _) => IDLE_COUNT_S,
            (true, true) => SLOW_COUNT_S,
            (true, false) => 1,
        };
        if passed_s < least_s {
            return;
        }
        self.seen.counted_second = Some(second);
        self.seen.has_news = false;
        let counted = self
            .counter
            .count(self.tree.plans(), shown, &self.table, &self.fences);
        self.note_counts(counted);
    }

    fn note_counts(&mut self, counted: Vec<Counted>) {
        let before = self.tree.revision();
        for one in counted {
            self.tree.set_count(&one.id, one.count);
            match one.newest {
                Some(newest) => self.newest.insert(one.id, newest),
                None => self.newest.remove(&one.id),
            };
        }
        // Counts make no other sheets.
        if self.seen.arranged == Some(before) {
            self.seen.arranged = Some(self.tree.revision());
        }
    }

    fn tell_switches(&mut self, out: &mut LayerChanges) {
        for layer in OF_TILES {
            let is_on = self.shows(layer);
            let before = self.seen.switches.insert(layer, is_on);
            // A twin begins with everything drawn.
            if before.unwrap_or(true) != is_on {
                out.switches.push((layer, is_on));
            }
        }
        if self.seen.density.replace(self.density).unwrap_or_default() != self.density {
            out.density = Some(self.density);
        }
    }

    fn rebuild(&mut self) {
        let packs = self.packs();
        let defined = packs::stacked(&packs);
        let plans: Vec<PackPlan> = packs.iter().map(|pack| pack.plan.clone()).collect();
        let stood = self.tree.save("");
        let before = self.tree.revision();
        if self.is_touched {
            // The order that was chosen since, and whatever else.
            self.remembered = self.kept();
        }
        self.tree = LayerTree::new(defined.clone(), &plans);
        // Those before stay as they stood, new ones are as remembered, or as their pack wants them.
        self.remembered.apply(&mut self.tree);
        if self.is_touched {
            for mut layer in stood.layers {
                let mut defined = self.defined.iter();
                let Some(was) = defined.find(|plan| plan.id == layer.id) else {
                    continue;
                };
                // A style that nobody changed is as the pack has it now.
                layer.stand = layer.stand.filter(|stand| *stand != was.look.stand);
                layer.gather = layer.gather.filter(|gather| *gather != was.look.gather);
                layer.paint = layer.paint.filter(|paint| *paint != was.look.paint);
                layer.size = layer.size.filter(|size| *size != was.look.size);
                self.tree.restore(&layer);
            }
        }
        self.defined = defined;
        self.seen.arranged = None;
        self.seen.counted_second = None;
        // A number that never stands still tells that something changed.
        self.revision = self.revision.wrapping_add(before).wrapping_add(1);
    }

    /// The built-in pack lowest, then those of the program, then those of the city; of two with one identity the later.
    fn packs(&self) -> Vec<Pack> {
        self.packs_in_use().cloned().collect()
    }

    fn packs_in_use(&self) -> impl Iterator<Item = &Pack> {
        let mut packs: Vec<&Pack> = Vec::new();
        let later = self.own_packs.iter().chain(&self.city_packs);
        for pack in std::iter::once(&self.built_in).chain(later) {
            match packs.iter_mut().find(|known| known.plan.id == pack.plan.id) {
                Some(known) => *known = pack,
                None => packs.push(pack),
            }
        }
        packs.into_iter()
    }

    fn read_fences(&mut self) -> Vec<Problem> {
        let (mut fences, mut problems) = (Vec::new(), Vec::new());
        for pack in self.packs() {
            if let Some(folder) = &pack.folder {
                let (read, wrong) = fences::read_fences(folder);
                fences.extend(read);
                problems.extend(wrong);
            }
        }
        self.pack_fences = fences;
        self.place_fences();
        problems
    }

    fn place_fences(&mut self) {
        let all = self.drawn_fences.iter().chain(&self.pack_fences);
        self.fences.set(all.cloned().collect(), self.origin);
    }

    /// The layers of the tree that stand for one of those that every city has.
    fn ids_of(&self, layer: Layer) -> Vec<LayerId> {
        let plans = self.tree.plans().filter(|plan| stands_for(plan, layer));
        plans.map(|plan| plan.id.clone()).collect()
    }
}

fn stands_for(plan: &LayerPlan, layer: Layer) -> bool {
    let kind = plan.look.kind;
    let of_city = |word: &str| {
        kind == LayerKind::City
            && matches!(&plan.source, LayerSource::City { classes }
                if classes.iter().any(|class| class == word))
    };
    let points = kind == LayerKind::Points;
    match layer {
        Layer::Sensors => points && sheet::family_of(&plan.source, kind) == Family::Things,
        Layer::Cameras => points && plan.source == LayerSource::Cameras,
        Layer::Events => points && matches!(plan.source, LayerSource::Events { .. }),
        Layer::Labels => kind == LayerKind::Labels,
        Layer::Buildings | Layer::Roads | Layer::Water | Layer::Green => of_city(layer.as_str()),
    }
}
