//! Which command changes what of the live layers.

use super::{LiveLayer, LiveLayers, MOST_LIVE_LAYERS, TwinLayer};
use crate::{City, FrameStep, TwinCommand};
use bevy_ecs::prelude::{MessageReader, Res, ResMut};
use cim_model::UtcMillis;

/// Takes what the desk says of the live layers, and settles what follows from it.
pub(super) fn take_commands(
    mut commands: MessageReader<'_, '_, TwinCommand>,
    step: Res<'_, FrameStep>,
    city: Res<'_, City>,
    mut live: ResMut<'_, LiveLayers>,
) {
    let live = &mut *live;
    live.clock.advance(step.clamped());
    if live.city != city.generation() {
        live.city = city.generation();
        for layer in &mut live.layers {
            layer.fill(&city, live.clock);
            layer.move_shape(&city);
        }
    }
    let mut is_age_due = false;
    for command in commands.read() {
        live.obey(command, &city, &mut is_age_due);
    }
    let (clock, hub_gone) = (live.clock, live.hub_gone);
    for layer in &mut live.layers {
        layer.age(clock, hub_gone, is_age_due);
        layer.settle(clock);
    }
}

impl LiveLayers {
    fn obey(&mut self, command: &TwinCommand, city: &City, is_age_due: &mut bool) {
        let clock = self.clock;
        match command {
            TwinCommand::SetLayers(plans) => self.set_layers(plans, city),
            TwinCommand::SetPoints { layer, points } => {
                if let Some(layer) = self.get_mut(*layer) {
                    layer.set_points(points, city, clock);
                }
            }
            TwinCommand::ChangePoints { layer, changes } => {
                if let Some(layer) = self.get_mut(*layer) {
                    layer.change(changes);
                }
            }
            TwinCommand::SetSourceLate { layer, rows } => {
                if let Some(layer) = self.get_mut(*layer) {
                    layer.set_source_late(rows);
                }
            }
            TwinCommand::MovePoints { layer, moves } => {
                if let Some(layer) = self.get_mut(*layer) {
                    let now = clock.seconds_since(layer.set.epoch());
                    layer.take_moves(moves, city, now);
                }
            }
            TwinCommand::FilterPoints { layer, taken } => {
                if let Some(layer) = self.get_mut(*layer) {
                    layer.filter(taken.as_ref());
                }
            }
            TwinCommand::SetShape { layer, shape } => {
                if let Some(layer) = self.get_mut(*layer) {
                    layer.set_shape(shape, city);
                }
            }
            TwinCommand::SetWedges(wedges) if self.wedges != *wedges => {
                self.wedges = wedges.clone();
                self.wedges_revision += 1;
                self.revision += 1;
            }
            TwinCommand::SetTime { at, rate } => {
                *is_age_due |= self.set_time(*at, *rate);
            }
            TwinCommand::SetHubGone(hub_gone) => {
                *is_age_due |= self.hub_gone != *hub_gone;
                self.hub_gone = *hub_gone;
            }
            TwinCommand::SetNumbers(numbers) => {
                let before = std::mem::replace(&mut self.numbers, *numbers);
                self.revision += u64::from(before != *numbers);
            }
            _ => {}
        }
    }

    /// Replaces the layers. Those that stay keep what they hold.
    fn set_layers(&mut self, plans: &[TwinLayer], city: &City) {
        let mut before = std::mem::take(&mut self.layers);
        let order: Vec<u16> = before.iter().map(|layer| layer.number).collect();
        let mut is_new = false;
        for plan in plans {
            // The first of two with the same number is the layer.
            if self.layers.len() == MOST_LIVE_LAYERS || self.get(plan.number).is_some() {
                continue;
            }
            let held = before
                .iter()
                .position(|layer| layer.number == plan.number)
                .map(|place| before.swap_remove(place));
            let layer = if let Some(mut layer) = held {
                is_new |= layer.adopt(plan, city, self.clock);
                layer
            } else {
                LiveLayer::new(plan)
            };
            self.layers.push(layer);
        }
        is_new |= !order
            .into_iter()
            .eq(self.layers.iter().map(|layer| layer.number));
        self.dropped.extend(before.iter().map(|layer| layer.number));
        if is_new {
            self.revision += 1;
            self.are_counts_due = true;
        }
    }

    /// Sets the clock; true when it jumped, so that everything has another age.
    fn set_time(&mut self, at: UtcMillis, rate: f64) -> bool {
        let step_s = self
            .told_at
            .map_or(0.0, |told_at| at.seconds_since(told_at));
        self.told_at = Some(at);
        if rate.abs() > 0.0 && rate.is_finite() {
            self.clock_step_s += (step_s / rate).max(0.0);
        }
        self.has_new_time = true;
        let jumped_s = self.clock.set(at, rate, self.goes_on);
        jumped_s.abs() > 1.0
    }
}
