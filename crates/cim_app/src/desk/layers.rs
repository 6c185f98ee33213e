//! Layers as a person and the twin use them: what to draw, the panel, filters, what lies under the pointer.

use super::Desk;
use crate::{
    actions::Action,
    error::AppError,
    layers::{
        self, GroundPlace, LayerChanges, LayerInView, Look, Shown, here_dto, hover_of, read_packs,
        selection_dto,
    },
    live::Live,
    wire::{
        ConnectionDto, FenceDto, FieldDto, FilterCheckDto, FilterFieldDto, HereDto, HoverDto,
        LayerChangeDto, LayersDto, SelectionDto, Target,
    },
};
use cim_geo::{Geodetic, LocalFrame};
use cim_model::{Alarm, Clock, PointKey, Severity, UtcMillis};
use std::{path::PathBuf, sync::Arc};

/// A name alarms when something so near to its place does, metres.
const NAME_REACH_M: f64 = 150.0;
/// A lesser alarm changes no name.
const LEAST_ALARM: Severity = Severity::High;

impl Desk {
    /// Reads the scene packs in the folders of `folder`; what is wrong with them becomes problems.
    pub async fn open_scenes(&self, folder: PathBuf) -> Result<(), AppError> {
        let read = self.aside("reading scene packs", move || read_packs(&folder));
        let (packs, mut problems) = read.await?;
        let now = self.shared.settings.time.now();
        let mut live = self.shared.keeper.live();
        problems.extend(live.layers.set_own_packs(packs));
        problems.extend(live.take_rules());
        problems.extend(live.take_plans());
        problems.extend(self.shared.keeper.take_rights(&live));
        for problem in problems {
            live.add_problem(now, problem.source, problem.place, problem.reason);
        }
        live.changed = true;
        Ok(())
    }

    /// What the twin must change to show the present state; may be asked with every frame. What takes long is worked out
    /// aside, and told at a later call.
    pub fn take_layer_changes(&self) -> LayerChanges {
        let now = self.shared.settings.time.now();
        let mut live = self.shared.keeper.live();
        let (mut changes, jobs) = changes_of(&mut live, now);
        if live.layers.is_label_look_due(now.0.div_euclid(1_000)) {
            let alarms = live.label_alarms();
            if live.label_alarms_told != alarms {
                live.label_alarms_told.clone_from(&alarms);
                changes.alarms_of_labels = Some(alarms);
            }
        }
        drop(live);
        for job in jobs {
            let keeper = Arc::clone(&self.shared.keeper);
            self.shared.keeper.runtime().spawn_blocking(move || {
                let made = job.run();
                keeper.live().layers.take_made(made);
            });
        }
        changes
    }

    /// The twin begins anew: everything is told once more.
    pub fn forget_twin(&self) {
        let mut live = self.shared.keeper.live();
        live.layers.forget_twin();
        live.label_alarms_told.clear();
    }

    /// What the point stands for.
    pub fn target_of(&self, key: PointKey) -> Option<Target> {
        let live = self.shared.keeper.live();
        live.layers.target_of(key, &live)
    }

    /// The point that stands for `target`; features have none, nor has what no layer shows.
    pub fn key_of(&self, target: &Target) -> Option<PointKey> {
        let live = self.shared.keeper.live();
        live.layers.key_of(target, &live)
    }

    /// What the hover card says of a point.
    pub fn hover_of(&self, key: PointKey) -> Option<HoverDto> {
        hover_of(&self.shared.keeper.live(), key)
    }

    /// What the layers that are drawn at a place say of the ground there.
    pub fn fields_at(&self, ground: &GroundPlace) -> Vec<FieldDto> {
        let live = self.shared.keeper.live();
        live.layers.fields_at(ground, &live)
    }

    /// The list of what lies at one place: `targets`, nearest first, and `more` that were not told.
    pub fn here_dto(&self, targets: &[Target], more: u32) -> HereDto {
        here_dto(&self.shared.keeper.live(), targets, more)
    }

    /// What `total` selected points are together, of which `keys` were told.
    pub fn selection_dto(&self, keys: &[PointKey], total: u32) -> SelectionDto {
        selection_dto(&self.shared.keeper.live(), keys, total)
    }

    /// The layer panel.
    pub fn layers(&self) -> LayersDto {
        let live = self.shared.keeper.live();
        live.layers.dto(&live.language)
    }

    /// Changes layers as a person asked for.
    pub fn change_layer(&self, change: &LayerChangeDto) -> Result<(), AppError> {
        let mut live = self.shared.keeper.live();
        let settled = live.layers.settled(change, &live.state);
        live.layers.change(&settled)?;
        live.changed = true;
        drop(live);
        if let LayerChangeDto::Show { id, on } = change {
            self.note_action(if *on {
                Action::LayerOn(id)
            } else {
                Action::LayerOff(id)
            });
        }
        Ok(())
    }

    /// Whether `text` could be the filter of `layer`.
    pub fn check_filter(&self, layer: &str, text: &str) -> FilterCheckDto {
        let now = self.shared.settings.time.now();
        let live = self.shared.keeper.live();
        let shown = Shown {
            state: &live.state,
            events: live.shown_events(),
            moment: live.moment(now),
            hub_gone: is_hub_gone(&live),
        };
        live.layers
            .check_filter(layer, text, &shown, &live.language)
    }

    /// The fields that filters may ask for.
    pub fn filter_fields(&self) -> Vec<FilterFieldDto> {
        let live = self.shared.keeper.live();
        live.layers.fields(&live.language)
    }

    /// Notes how much of each layer the picture holds.
    pub fn note_layers(&self, counts: &[LayerInView]) {
        self.shared.keeper.live().layers.note_in_view(counts);
    }

    /// The areas that were drawn here, oldest first.
    pub fn fences(&self) -> Vec<FenceDto> {
        self.shared.keeper.live().layers.drawn_fences()
    }

    /// Watches an area from now on; one of the same name gives way.
    pub fn draw_fence(&self, fence: &FenceDto) -> Result<(), AppError> {
        self.shared.keeper.live().layers.draw_fence(fence)
    }

    /// Watches the area of this name no more.
    pub fn drop_fence(&self, name: &str) -> Result<(), AppError> {
        self.shared.keeper.live().layers.drop_fence(name)
    }
}

fn changes_of(live: &mut Live, now: UtcMillis) -> (LayerChanges, Vec<layers::Job>) {
    let moment = live.moment(now);
    let hub_gone = is_hub_gone(live);
    let rate = match &live.clock {
        Clock::Live => 1.0,
        Clock::Playing { rate, .. } => *rate,
        Clock::At(_) | Clock::Branch { .. } => 0.0,
    };
    let shows_past = live.state.shows_past();
    let Live {
        layers,
        state,
        events,
        past,
        alarms,
        exchanged,
        ..
    } = live;
    let alarms: Vec<&Alarm> = if shows_past {
        past.alarms.iter().collect()
    } else {
        alarms.attention().iter().collect()
    };
    let events = past
        .events
        .as_ref()
        .filter(|_| shows_past)
        .unwrap_or(events);
    layers.changes(Look {
        state,
        events,
        alarms,
        sources: &exchanged.sources,
        moment,
        rate,
        hub_gone,
        now,
    })
}

fn is_hub_gone(live: &Live) -> bool {
    matches!(live.connection, ConnectionDto::Offline { .. }) && !live.state.shows_past()
}

impl Live {
    /// The names near which something alarms, by their place in the city's labels.
    fn label_alarms(&self) -> Vec<(u32, Severity)> {
        let Some(city) = &self.city else {
            return Vec::new();
        };
        let frame = LocalFrame::new(city.catalogue().origin.into());
        let flat = |place: Geodetic| {
            let at = frame.enu_from_geodetic(place);
            [at.east_m, at.north_m]
        };
        let shown: Vec<&Alarm> = if self.state.shows_past() {
            self.past.alarms.iter().collect()
        } else {
            self.alarms.attention().iter().collect()
        };
        let alarms: Vec<([f64; 2], Severity)> = shown
            .into_iter()
            .filter(|alarm| alarm.cleared_at.is_none() && alarm.severity >= LEAST_ALARM)
            .filter_map(|alarm| {
                let thing = self
                    .state
                    .thing(self.state.thing_row(alarm.thing.as_str())?)?;
                Some((flat(thing.thing.position), alarm.severity))
            })
            .collect();
        if alarms.is_empty() {
            return Vec::new();
        }
        // Which names there are, and where, depends on no language.
        let labels = city.labels("zh-CN").into_iter().zip(0_u32..);
        labels
            .filter_map(|(label, index)| {
                let [east, north] = flat(label.position);
                let near = alarms
                    .iter()
                    .filter(|([e, n], _)| (e - east).hypot(n - north) <= NAME_REACH_M);
                Some((index, near.map(|(_, severity)| *severity).max()?))
            })
            .collect()
    }
}
