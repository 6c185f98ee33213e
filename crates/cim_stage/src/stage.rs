//! What the twin has to be told so that it shows what the desk knows.

use crate::{
    OtherTiles, command_of_look,
    layers::{commands_of_changes, density_of},
    marks::drawings_of,
    pace::{Backlog, Rounds, TimeTold},
    sights::FramesTold,
    words::{numbers_command, switch_command, view_command},
    work::command_of_showing,
};
use cim_app::{Desk, wire::LookDto};
use cim_geo::{Enu, Geodetic, LocalFrame};
use cim_model::{Layer, Severity};
use cim_render::{OpenTiles, TwinMessage};
use cim_scene::{DrawingPlan, Label, Move, TwinCommand};
use cim_tiles::{Budget, Catalogue};
use std::path::{Path, PathBuf};

/// Name of the saved view that a city opens with.
const FIRST_VIEW: &str = "overview";

/// The sun is moved when the moment shown has moved so far, milliseconds: a quarter of a degree.
const SUN_STEP_MS: i64 = 60_000;

/// Follows one desk on behalf of one twin.
pub struct Stage {
    desk: Desk,
    /// City and language that the twin shows.
    shown: Option<(PathBuf, String)>,
    /// Revision of the styles of single features that the twin has.
    showing: u64,
    /// Revision of the marks of a case's picture that the twin has.
    marks: Option<u64>,
    /// True while any of them is drawn.
    has_marks: bool,
    /// The look that the twin has, and the step of its sun.
    look: Option<(LookDto, i64)>,
    /// The memory that the twin has for tiles, MiB, once somebody chose.
    budget_mib: Option<u32>,
    /// A tileset in place of the city's own.
    tiles: Option<OtherTiles>,
    /// True when that tileset is to be looked at, wherever the city lies.
    looks_at_tiles: bool,
    /// True when the tileset is shown without a city around it.
    is_alone: bool,
    /// How many times larger than usual names are, until it has been told.
    text_scale: Option<f32>,
    /// The names that alarm, by their place among the labels: new labels lose them.
    label_alarms: Vec<(u32, Severity)>,
    time: TimeTold,
    frames: FramesTold,
    rounds: Rounds,
    /// Whether the hub is gone, as the twin knows it.
    hub_gone: Option<bool>,
    /// The city, or the lack of one, has been told: what lives over it may follow.
    has_begun: bool,
    backlog: Backlog,
}

impl Stage {
    /// A stage for a twin that shows nothing yet.
    pub fn new(desk: Desk) -> Self {
        desk.forget_twin();
        Self {
            desk,
            shown: None,
            showing: 0,
            marks: None,
            has_marks: false,
            look: None,
            budget_mib: None,
            tiles: None,
            looks_at_tiles: false,
            is_alone: false,
            text_scale: None,
            label_alarms: Vec::new(),
            time: TimeTold::default(),
            frames: FramesTold::default(),
            rounds: Rounds::default(),
            hub_gone: None,
            has_begun: false,
            backlog: Backlog::default(),
        }
    }

    /// Shows `tiles` in place of the city's own, and alone while there is no city. Where they lie outside of the city,
    /// they are what is looked at.
    #[must_use]
    pub fn with_tiles(self, tiles: OtherTiles) -> Self {
        Self {
            tiles: Some(tiles),
            ..self
        }
    }

    /// Looks at the tileset of [`Stage::with_tiles`], wherever the city lies.
    #[must_use]
    pub fn looking_at_tiles(self) -> Self {
        Self {
            looks_at_tiles: true,
            ..self
        }
    }

    /// Writes names `scale` times larger than usual: for a wall that is read from afar.
    #[must_use]
    pub fn with_text_scale(self, scale: f32) -> Self {
        Self {
            text_scale: Some(scale),
            ..self
        }
    }

    /// What to send now, in order, for a host that asks every [`FEED_EVERY`](crate::FEED_EVERY): what lives each time, everything
    /// else a few times a second, beginning with the first.
    pub fn feed(&mut self) -> Vec<TwinMessage> {
        self.rounds.pass();
        if self.rounds.is_whole() {
            self.messages()
        } else {
            self.live_messages()
        }
    }

    /// Leaves a round of [`Stage::feed`] out: the twin is busy with what it was told last.
    pub fn pass_round(&mut self) {
        self.rounds.pass();
    }

    /// Everything to send now, in order. Looks at more than changes with every frame: ask a few times a second.
    ///
    /// What lives is taken from the desk only when nothing is kept back, so that a slow twin gets newest states, not a backlog.
    /// Layers of very many rows are handed out in portions, one a call: frames come in between.
    pub fn messages(&mut self) -> Vec<TwinMessage> {
        if self.backlog.is_empty() {
            let mut messages = Vec::new();
            self.budget(&mut messages);
            self.open_city(&mut messages);
            self.style(&mut messages);
            self.draw_marks(&mut messages);
            if let Some(scale) = self.text_scale.take() {
                messages.push(TwinMessage::Scene(TwinCommand::SetTextScale(scale)));
            }
            self.has_begun = true;
            self.live(&mut messages);
            self.backlog.add(messages);
        }
        self.backlog.portion()
    }

    /// What to send now of what lives over the city, in order; nothing before [`Stage::messages`] was asked once. May be asked
    /// thirty times a second: a report is to be seen at once, and asking costs little when nothing came.
    pub fn live_messages(&mut self) -> Vec<TwinMessage> {
        if self.backlog.is_empty() && self.has_begun && self.shows_the_city() {
            let mut messages = Vec::new();
            self.live(&mut messages);
            self.backlog.add(messages);
        }
        self.backlog.portion()
    }

    /// Takes back what the twin could not take; it is handed out again, first.
    pub fn keep(&mut self, message: TwinMessage) {
        self.backlog.give_back(message);
    }

    /// False until the twin knows the city that the desk has opened: what lives there has no place before.
    fn shows_the_city(&self) -> bool {
        let shown = self.shown.as_ref().map(|(folder, _)| folder.as_path());
        self.desk.city_folder().as_deref() == shown
    }

    /// Layers, their rows, the time.
    fn live(&mut self, messages: &mut Vec<TwinMessage>) {
        let mut changes = self.desk.take_layer_changes();
        let mut commands = Vec::new();
        let (at, rate) = changes.clock;
        // First: rows age against it.
        if self.time.is_due(at, rate) {
            commands.push(TwinCommand::SetTime { at, rate });
        }
        let hub_gone = changes.hub_gone;
        if self.hub_gone.replace(hub_gone) != Some(hub_gone) {
            commands.push(TwinCommand::SetHubGone(hub_gone));
        }
        for (layer, on) in changes.switches.drain(..) {
            commands.push(switch_command(layer, on));
        }
        if let Some(density) = changes.density.take() {
            commands.push(TwinCommand::SetLabelDensity(density_of(density)));
        }
        if let Some(alarms) = changes.alarms_of_labels.take() {
            self.label_alarms.clone_from(&alarms);
            commands.push(TwinCommand::SetLabelAlarms(alarms));
        }
        let (waited_ms, before) = (changes.waited_ms, commands.len());
        commands_of_changes(changes, &mut commands);
        // A reading that changes nothing in the picture waited for nothing.
        if let Some(waited_ms) = waited_ms.filter(|_| commands.len() > before) {
            commands.push(TwinCommand::NoteWait(waited_ms as f32));
        }
        self.sights(&mut commands);
        messages.extend(commands.into_iter().map(TwinMessage::Scene));
    }

    /// What cameras see, and the newest frames of live pictures: those that the twin missed are never sent.
    fn sights(&mut self, commands: &mut Vec<TwinCommand>) {
        if let Some(stage) = self.desk.video_stage(self.frames.revision()) {
            let views = stage.pictures.iter().map(|picture| picture.view);
            self.frames.show(stage.revision, views);
            commands.push(TwinCommand::SetSight(stage));
        }
        for (view, newest) in self.frames.shown_mut() {
            if let Some((seq, pixels)) = self.desk.video_pixels(view, *newest) {
                *newest = seq;
                commands.push(TwinCommand::SetPixels { view, seq, pixels });
            }
        }
    }

    fn budget(&mut self, messages: &mut Vec<TwinMessage>) {
        let Some(mib) = self.desk.budget_mib() else {
            return;
        };
        if self.budget_mib.replace(mib) != Some(mib) {
            messages.push(TwinMessage::SetTileBudget(Budget {
                max_bytes: (mib as usize) << 20,
            }));
        }
    }

    fn style(&mut self, messages: &mut Vec<TwinMessage>) {
        let showing = self.desk.showing();
        if showing.revision != self.showing {
            self.showing = showing.revision;
            messages.push(TwinMessage::Scene(command_of_showing(&showing)));
        }
        let Some(look) = self.desk.look() else {
            return;
        };
        let sun = self.desk.sun(look.time);
        let wanted = Some((look, sun.time.div_euclid(SUN_STEP_MS)));
        if wanted != self.look {
            self.look = wanted;
            messages.push(TwinMessage::Scene(command_of_look(look, sun)));
        }
    }

    /// What people drew on the picture of the case that is shown.
    fn draw_marks(&mut self, messages: &mut Vec<TwinMessage>) {
        let revision = self.desk.marks_revision();
        let Some(catalogue) = self.desk.catalogue() else {
            return;
        };
        if self.marks.replace(revision) == Some(revision) {
            return;
        }
        let plan = drawings_of(&self.desk.marks(), catalogue.origin.into());
        let is_drawn = plan != DrawingPlan::default();
        // Most of what changes is no drawing.
        if std::mem::replace(&mut self.has_marks, is_drawn) || is_drawn {
            messages.push(TwinMessage::Scene(TwinCommand::SetDrawings(plan)));
        }
    }

    fn open_city(&mut self, messages: &mut Vec<TwinMessage>) {
        let (Some(folder), Some(catalogue)) = (self.desk.city_folder(), self.desk.catalogue())
        else {
            self.open_tiles_alone(messages);
            return;
        };
        let language = self.desk.language();
        let is_new_city = self
            .shown
            .as_ref()
            .is_none_or(|(shown, _)| *shown != folder);
        let is_new_language = self
            .shown
            .as_ref()
            .is_none_or(|(_, shown)| *shown != language);
        if is_new_city {
            // What is drawn lies on the ground of its city.
            self.marks = None;
            self.open_ground(&folder, &catalogue, messages);
            for layer in Layer::ALL {
                if !self.desk.shows_layer(layer) {
                    messages.push(TwinMessage::Scene(switch_command(layer, false)));
                }
            }
        }
        if is_new_language {
            messages.push(TwinMessage::Scene(numbers_command(&language)));
        }
        if is_new_city || is_new_language {
            let labels = self.desk.labels().into_iter();
            let labels = labels.map(|label| Label {
                text: label.text,
                position: label.position,
                rank: label.rank,
                path: label.path,
                feature: label.feature,
            });
            messages.push(TwinMessage::Scene(TwinCommand::SetLabels(labels.collect())));
            if is_new_city {
                // Another city's names alarm elsewhere; the desk says where.
                self.label_alarms.clear();
            } else if !self.label_alarms.is_empty() {
                let alarms = self.label_alarms.clone();
                messages.push(TwinMessage::Scene(TwinCommand::SetLabelAlarms(alarms)));
            }
            self.shown = Some((folder, language));
        }
    }

    /// The frame of the city, its tiles or those in their place, and the first view.
    fn open_ground(&self, folder: &Path, catalogue: &Catalogue, messages: &mut Vec<TwinMessage>) {
        let (origin, radius_m) = extent(catalogue);
        let other = self.tiles.as_ref();
        if let Some(tiles) = other
            && (self.looks_at_tiles || !tiles.lies_within(origin, radius_m))
        {
            messages.extend(tiles.messages(origin));
            return;
        }
        messages.push(TwinMessage::Scene(TwinCommand::OpenCity {
            origin,
            radius_m,
        }));
        messages.push(TwinMessage::OpenTiles(match other {
            Some(tiles) => tiles.request(origin),
            None => OpenTiles::city(folder),
        }));
        let views = self.desk.views();
        if let Some(view) = views.iter().find(|view| view.name == FIRST_VIEW) {
            messages.push(TwinMessage::Scene(view_command(view, Move::Jump)));
        }
    }

    fn open_tiles_alone(&mut self, messages: &mut Vec<TwinMessage>) {
        if let Some(tiles) = &self.tiles
            && !self.is_alone
        {
            self.is_alone = true;
            messages.extend(tiles.messages(OtherTiles::NOWHERE));
        }
    }
}

/// Where the city's frame has its zero, and how far the city reaches from there, metres.
fn extent(catalogue: &Catalogue) -> (Geodetic, f64) {
    let origin = Geodetic::from(catalogue.origin);
    let bounds = catalogue.bounds;
    let frame = LocalFrame::new(origin);
    let distance = |lon_deg, lat_deg| {
        let Enu {
            east_m, north_m, ..
        } = frame.enu_from_geodetic(Geodetic {
            lon_deg,
            lat_deg,
            height_m: 0.0,
        });
        east_m.hypot(north_m)
    };
    let radius_m = distance(bounds.west_deg, bounds.south_deg)
        .max(distance(bounds.east_deg, bounds.north_deg));
    (origin, radius_m)
}
