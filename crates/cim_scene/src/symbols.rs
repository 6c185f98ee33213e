//! The live things of the city in columns: sensors, cameras and events, one row each.
//!
//! Rows are [`SymbolKey`]s. A change touches one row and allocates nothing; whoever draws takes the changed rows with
//! [`Symbols::take_dirty`] and reads them as [`SymbolInstance`]s. What a state looks like is the renderer's.

use crate::{
    City, CitySystems, Dirt, DirtyRows, LayerSwitches, LayerSystems, TwinCommand, render_from_enu,
};
use bevy_app::{App, Plugin, Update};
use bevy_ecs::prelude::{IntoScheduleConfigs, MessageReader, Res, ResMut, Resource, SystemSet};
use bytemuck::{Pod, Zeroable};
use cim_geo::Geodetic;
use cim_model::{Layer, Symbol, SymbolKey, SymbolShape, SymbolState};
use std::ops::Range;

/// Keeps [`Symbols`].
pub struct SymbolPlugin;

impl Plugin for SymbolPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Symbols>().add_systems(
            Update,
            keep_symbols
                .in_set(SymbolSystems)
                .after(CitySystems)
                .after(LayerSystems),
        );
    }
}

/// Systems that take in symbols and their changes.
#[derive(SystemSet, Clone, Debug, Hash, PartialEq, Eq)]
pub struct SymbolSystems;

/// Rows beyond this are refused: two million is more than any city has, and bounds what one wrong key can allocate.
pub const MAX_SYMBOLS: u32 = 1 << 21;

/// Shape code of a camera. Codes 0 to 8 are sensors in the order of [`cim_model::SensorKind::ALL`]: 0 traffic, 1 air,
/// 2 water level, 3 noise, 4 parking, 5 gas, 6 manhole, 7 structural, 8 other.
pub const SHAPE_CAMERA: u8 = 16;
/// Shape code of an event.
pub const SHAPE_EVENT: u8 = 17;
/// Shape code of a row that holds nothing; never shown.
pub const SHAPE_NONE: u8 = 255;

/// Lowest bit of the severity (3 bits: 0 normal, 1 low, 2 medium, 3 high, 4 critical) in [`SymbolInstance::packed`].
const SEVERITY_SHIFT: u32 = 8;
/// In the place of the severity: what the symbol stands for is not real, so that it has none.
const UNREAL: u32 = 5;
/// Lowest bit of the freshness (2 bits: 0 fresh, 1 late, 2 missing).
const FRESHNESS_SHIFT: u32 = 11;
/// Set in [`SymbolInstance::packed`] when the symbol is to be drawn: it has something to show and its layer is on.
pub const SHOWN_BIT: u32 = 1 << 13;
/// Set in [`SymbolInstance::packed`] when the symbol is selected.
pub const SELECTED_BIT: u32 = 1 << 14;
/// Set in [`SymbolInstance::packed`] when the pointer is over the symbol.
pub const HOVERED_BIT: u32 = 1 << 15;
/// Only in the column: the row's position is known.
const PLACED_BIT: u32 = 1 << 16;

/// A symbol as the GPU reads it, 32 bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub struct SymbolInstance {
    /// Render space (x east, y up, z south), metres from the city's origin.
    pub position: [f32; 3],
    /// `shape (8 bits) | severity << 8 | freshness << 11 | shown << 13 | selected << 14 | hovered << 15`. In the
    /// severity's place stands 5 for what is not real.
    pub packed: u32,
    /// What a camera sees: azimuth clockwise from north (rad), half the field of view (rad), range (m), 0. Else zeros.
    pub wedge: [f32; 4],
}

/// Every symbol, in columns.
#[derive(Resource, Default)]
pub struct Symbols {
    places: Vec<Geodetic>,
    positions: Vec<[f32; 3]>,
    packed: Vec<u32>,
    wedges: Vec<[f32; 4]>,
    hidden: HiddenLayers,
    selected: Option<SymbolKey>,
    hovered: Option<SymbolKey>,
    dirty: DirtyRows,
    city: u32,
    generation: u32,
    revision: u64,
}

impl Symbols {
    /// How many rows there are, empty ones included.
    pub fn rows(&self) -> u32 {
        self.packed.len() as u32
    }

    /// Counts full replacements: all rows, and perhaps their number, are new.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Counts everything that may change the picture.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// One row as the GPU reads it; a row that doesn't exist is empty.
    pub fn instance(&self, row: u32) -> SymbolInstance {
        let index = row as usize;
        let (Some(position), Some(wedge)) = (self.positions.get(index), self.wedges.get(index))
        else {
            return SymbolInstance {
                packed: u32::from(SHAPE_NONE),
                ..SymbolInstance::default()
            };
        };
        let mut packed = self.packed_at(row) & !(PLACED_BIT | SHOWN_BIT);
        if self.is_visible(row) {
            packed |= SHOWN_BIT;
        }
        SymbolInstance {
            position: *position,
            packed,
            wedge: *wedge,
        }
    }

    /// Rows as the GPU reads them; a range beyond the end is cut off.
    pub fn instances(&self, rows: Range<u32>) -> impl Iterator<Item = SymbolInstance> {
        (rows.start..rows.end.min(self.rows())).map(move |row| self.instance(row))
    }

    /// True when the row is drawn and can be picked: it has something to show, is placed, and its layer is on.
    pub fn is_visible(&self, row: u32) -> bool {
        let packed = self.packed_at(row);
        let is_there = packed & (SHOWN_BIT | PLACED_BIT) == SHOWN_BIT | PLACED_BIT;
        is_there && layer_of(shape_of(packed)).is_some_and(|layer| self.hidden.is_shown(layer))
    }

    /// Where the row is in render space, metres; `None` for a row that doesn't exist.
    pub fn position(&self, row: u32) -> Option<[f32; 3]> {
        self.positions.get(row as usize).copied()
    }

    /// The row's shape code; [`SHAPE_NONE`] for a row that doesn't exist.
    pub fn shape(&self, row: u32) -> u8 {
        shape_of(self.packed_at(row))
    }

    /// Tells what changed since the last call, writes the rows into `ranges` and forgets them. One caller only: who draws.
    pub fn take_dirty(&mut self, ranges: &mut Vec<Range<u32>>) -> Dirt {
        self.dirty.take(ranges)
    }

    /// Marks the selected and the hovered row and no other.
    pub(crate) fn mark_rows(&mut self, selected: Option<SymbolKey>, hovered: Option<SymbolKey>) {
        if self.selected != selected {
            let before = std::mem::replace(&mut self.selected, selected);
            self.write_row(before, |packed| packed & !SELECTED_BIT);
            self.write_row(selected, |packed| packed | SELECTED_BIT);
        }
        if self.hovered != hovered {
            let before = std::mem::replace(&mut self.hovered, hovered);
            self.write_row(before, |packed| packed & !HOVERED_BIT);
            self.write_row(hovered, |packed| packed | HOVERED_BIT);
        }
    }

    fn packed_at(&self, row: u32) -> u32 {
        self.packed
            .get(row as usize)
            .copied()
            .unwrap_or(u32::from(SHAPE_NONE))
    }

    /// Rewrites one row's bits; no key, and a key without a row, are ignored.
    fn write_row(&mut self, key: Option<SymbolKey>, rewrite: fn(u32) -> u32) {
        if let Some(SymbolKey(row)) = key
            && let Some(packed) = self.packed.get_mut(row as usize)
        {
            *packed = rewrite(*packed);
            self.dirty.mark(row);
            self.revision += 1;
        }
    }

    fn replace(&mut self, symbols: &[Symbol], city: &City) {
        let keys = symbols
            .iter()
            .map(|symbol| symbol.key.0)
            .filter(|key| *key < MAX_SYMBOLS);
        let rows = keys.max().map_or(0, |last| last as usize + 1);
        self.places.clear();
        self.places.resize(rows, Geodetic::default());
        self.positions.clear();
        self.positions.resize(rows, [0.0; 3]);
        self.packed.clear();
        self.packed.resize(rows, u32::from(SHAPE_NONE));
        self.wedges.clear();
        self.wedges.resize(rows, [0.0; 4]);
        for symbol in symbols {
            let index = symbol.key.0 as usize;
            if index >= rows {
                continue;
            }
            self.places[index] = symbol.position;
            self.packed[index] = u32::from(shape_code(&symbol.shape)) | state_bits(symbol.state);
            self.wedges[index] = wedge_of(&symbol.shape);
        }
        self.place(city);
        self.write_row(self.selected, |packed| packed | SELECTED_BIT);
        self.write_row(self.hovered, |packed| packed | HOVERED_BIT);
        self.dirty.reset(rows as u32);
        self.generation = self.generation.wrapping_add(1);
        self.revision += 1;
    }

    /// Works out where every row is in the city's frame.
    fn place(&mut self, city: &City) {
        self.city = city.generation();
        for ((place, position), packed) in self
            .places
            .iter()
            .zip(&mut self.positions)
            .zip(&mut self.packed)
        {
            *packed &= !PLACED_BIT;
            if let Some(enu) = city.enu_from_geodetic(*place) {
                *position = render_from_enu(enu).as_vec3().to_array();
                *packed |= PLACED_BIT;
            }
        }
        self.dirty.mark_all();
        self.revision += 1;
    }

    /// Changes one row's state; a row that doesn't exist or holds nothing, and a state that is no news, are ignored.
    fn change(&mut self, key: SymbolKey, state: SymbolState) {
        let Some(packed) = self.packed.get_mut(key.0 as usize) else {
            return;
        };
        if shape_of(*packed) == SHAPE_NONE {
            return;
        }
        let wanted = (*packed & !STATE_BITS) | state_bits(state);
        if *packed != wanted {
            *packed = wanted;
            self.dirty.mark(key.0);
            self.revision += 1;
        }
    }

    fn hide_layers(&mut self, hidden: HiddenLayers) {
        if self.hidden == hidden {
            return;
        }
        for (row, packed) in (0_u32..).zip(&self.packed) {
            let layer = layer_of(shape_of(*packed));
            if layer.is_some_and(|layer| self.hidden.is_shown(layer) != hidden.is_shown(layer)) {
                self.dirty.mark(row);
            }
        }
        self.hidden = hidden;
        self.revision += 1;
    }
}

/// Which of the symbols' layers are hidden.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct HiddenLayers {
    sensors: bool,
    cameras: bool,
    events: bool,
}

impl HiddenLayers {
    fn of(switches: &LayerSwitches) -> Self {
        Self {
            sensors: !switches.is_shown(Layer::Sensors),
            cameras: !switches.is_shown(Layer::Cameras),
            events: !switches.is_shown(Layer::Events),
        }
    }

    fn is_shown(self, layer: Layer) -> bool {
        match layer {
            Layer::Sensors => !self.sensors,
            Layer::Cameras => !self.cameras,
            Layer::Events => !self.events,
            _ => true,
        }
    }
}

/// The bits of `packed` that [`state_bits`] sets.
const STATE_BITS: u32 = (7 << SEVERITY_SHIFT) | (3 << FRESHNESS_SHIFT) | SHOWN_BIT;

fn state_bits(state: SymbolState) -> u32 {
    let shown = if state.shown { SHOWN_BIT } else { 0 };
    let severity = if state.unreal {
        UNREAL
    } else {
        state.severity as u32
    };
    (severity << SEVERITY_SHIFT) | ((state.freshness as u32) << FRESHNESS_SHIFT) | shown
}

fn shape_of(packed: u32) -> u8 {
    (packed & 0xff) as u8
}

fn shape_code(shape: &SymbolShape) -> u8 {
    match shape {
        SymbolShape::Sensor(kind) => *kind as u8,
        SymbolShape::Camera { .. } => SHAPE_CAMERA,
        SymbolShape::Event => SHAPE_EVENT,
    }
}

/// The layer that a shape belongs to; `None` for an empty row.
fn layer_of(shape: u8) -> Option<Layer> {
    match shape {
        0..SHAPE_CAMERA => Some(Layer::Sensors),
        SHAPE_CAMERA => Some(Layer::Cameras),
        SHAPE_EVENT => Some(Layer::Events),
        _ => None,
    }
}

fn wedge_of(shape: &SymbolShape) -> [f32; 4] {
    match shape {
        SymbolShape::Camera {
            azimuth_deg,
            fov_deg,
            range_m,
        } => {
            let wedge = [
                azimuth_deg.to_radians(),
                fov_deg.to_radians() * 0.5,
                range_m.max(0.0),
                0.0,
            ];
            if wedge.iter().all(|number| number.is_finite()) {
                wedge
            } else {
                [0.0; 4]
            }
        }
        SymbolShape::Sensor(_) | SymbolShape::Event => [0.0; 4],
    }
}

fn keep_symbols(
    mut commands: MessageReader<'_, '_, TwinCommand>,
    city: Res<'_, City>,
    switches: Res<'_, LayerSwitches>,
    mut symbols: ResMut<'_, Symbols>,
) {
    for command in commands.read() {
        match command {
            TwinCommand::SetSymbols(all) => symbols.replace(all, &city),
            TwinCommand::ChangeSymbols(changes) => {
                for (key, state) in changes {
                    symbols.change(*key, *state);
                }
            }
            _ => {}
        }
    }
    if symbols.city != city.generation() {
        symbols.place(&city);
    }
    symbols.hide_layers(HiddenLayers::of(&switches));
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_model::{Freshness, SensorKind, Severity};

    fn sensor(row: u32, kind: SensorKind) -> Symbol {
        Symbol {
            key: SymbolKey(row),
            shape: SymbolShape::Sensor(kind),
            position: Geodetic::default(),
            state: SymbolState {
                shown: true,
                ..SymbolState::default()
            },
        }
    }

    fn filled(rows: u32) -> Symbols {
        let all: Vec<Symbol> = (0..rows).map(|row| sensor(row, SensorKind::Gas)).collect();
        let mut symbols = Symbols::default();
        symbols.replace(&all, &City::default());
        assert_eq!(symbols.take_dirty(&mut Vec::new()), Dirt::All);
        symbols
    }

    #[test]
    fn an_instance_is_thirty_two_bytes() {
        assert_eq!(size_of::<SymbolInstance>(), 32);
    }

    #[test]
    fn shape_codes_follow_the_order_of_the_kinds() {
        for (code, kind) in (0_u8..).zip(SensorKind::ALL) {
            assert_eq!(shape_code(&SymbolShape::Sensor(kind)), code);
        }
    }

    #[test]
    fn a_change_marks_its_row_and_no_other() {
        let mut symbols = filled(1000);
        let worse = SymbolState {
            severity: Severity::Critical,
            freshness: Freshness::Late,
            shown: true,
            unreal: false,
        };
        symbols.change(SymbolKey(7), worse);
        let mut ranges = Vec::new();
        assert_eq!(symbols.take_dirty(&mut ranges), Dirt::Rows);
        assert_eq!(ranges.as_slice(), std::slice::from_ref(&(7..8)));
        assert_eq!(
            symbols.instance(7).packed & 0x1fff,
            5 | (4 << 8) | (1 << 11)
        );
        symbols.change(SymbolKey(7), worse);
        assert_eq!(symbols.take_dirty(&mut ranges), Dirt::Clean);
    }

    #[test]
    fn what_is_not_real_has_no_severity_however_grave_it_would_be() {
        let mut symbols = filled(1);
        for severity in Severity::ALARMING {
            let drill = SymbolState {
                severity,
                unreal: true,
                shown: true,
                ..SymbolState::default()
            };
            symbols.change(SymbolKey(0), drill);
            assert_eq!((symbols.instance(0).packed >> SEVERITY_SHIFT) & 7, UNREAL);
        }
        let real = SymbolState {
            severity: Severity::Critical,
            shown: true,
            ..SymbolState::default()
        };
        symbols.change(SymbolKey(0), real);
        assert_eq!((symbols.instance(0).packed >> SEVERITY_SHIFT) & 7, 4);
    }

    #[test]
    fn keys_out_of_range_are_harmless() {
        let mut symbols = filled(3);
        symbols.change(SymbolKey(u32::MAX), SymbolState::default());
        symbols.mark_rows(Some(SymbolKey(99)), Some(SymbolKey(u32::MAX)));
        assert_eq!(symbols.take_dirty(&mut Vec::new()), Dirt::Clean);
        assert_eq!(symbols.instance(99).packed, u32::from(SHAPE_NONE));
        symbols.replace(
            &[
                sensor(u32::MAX, SensorKind::Air),
                sensor(1, SensorKind::Air),
            ],
            &City::default(),
        );
        assert_eq!(symbols.rows(), 2);
        assert_eq!(symbols.shape(0), SHAPE_NONE);
    }

    #[test]
    fn without_a_city_nothing_is_placed() {
        let symbols = filled(1);
        assert!(!symbols.is_visible(0));
        assert_eq!(symbols.instance(0).packed & SHOWN_BIT, 0);
    }

    #[test]
    fn the_selection_survives_a_replacement() {
        let mut symbols = filled(2);
        symbols.mark_rows(Some(SymbolKey(1)), None);
        symbols.replace(
            &[sensor(0, SensorKind::Air), sensor(1, SensorKind::Air)],
            &City::default(),
        );
        assert_eq!(symbols.instance(1).packed & SELECTED_BIT, SELECTED_BIT);
        assert_eq!(symbols.instance(0).packed & SELECTED_BIT, 0);
    }
}
