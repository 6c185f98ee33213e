//! What the twin has to be told so that it shows what the desk knows.

use crate::{
    OtherTiles, command_of_look,
    words::{switch_command, view_command},
    work::command_of_showing,
};
use cim_app::{Desk, wire::LookDto};
use cim_geo::{Enu, Geodetic, LocalFrame};
use cim_model::Layer;
use cim_render::{OpenTiles, TwinMessage};
use cim_scene::{Label, Move, TwinCommand};
use cim_tiles::{Budget, Catalogue};
use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
};

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
    kept: VecDeque<TwinMessage>,
}

impl Stage {
    /// A stage for a twin that shows nothing yet.
    pub fn new(desk: Desk) -> Self {
        Self {
            desk,
            shown: None,
            showing: 0,
            look: None,
            budget_mib: None,
            tiles: None,
            looks_at_tiles: false,
            is_alone: false,
            kept: VecDeque::new(),
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

    /// What to send now, in order. Ask a few times a second.
    ///
    /// Symbols are taken from the desk only when nothing is kept back, so that a slow twin gets newest states, not a backlog.
    pub fn messages(&mut self) -> Vec<TwinMessage> {
        if !self.kept.is_empty() {
            return self.kept.drain(..).collect();
        }
        let mut messages = Vec::new();
        self.budget(&mut messages);
        self.open_city(&mut messages);
        self.style(&mut messages);
        let changes = self.desk.take_symbol_changes();
        if let Some(symbols) = changes.full {
            messages.push(TwinMessage::Scene(TwinCommand::SetSymbols(symbols)));
        }
        if !changes.changed.is_empty() {
            messages.push(TwinMessage::Scene(TwinCommand::ChangeSymbols(
                changes.changed,
            )));
        }
        messages
    }

    /// Takes back what the twin could not take; [`Stage::messages`] hands it out again, first.
    pub fn keep(&mut self, message: TwinMessage) {
        self.kept.push_back(message);
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
            self.open_ground(&folder, &catalogue, messages);
            for layer in Layer::ALL {
                if !self.desk.shows_layer(layer) {
                    messages.push(TwinMessage::Scene(switch_command(layer, false)));
                }
            }
        }
        if is_new_city || is_new_language {
            let labels = self.desk.labels().into_iter();
            let labels = labels.map(|label| Label {
                text: label.text,
                position: label.position,
                rank: label.rank,
                path: label.path,
            });
            messages.push(TwinMessage::Scene(TwinCommand::SetLabels(labels.collect())));
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
