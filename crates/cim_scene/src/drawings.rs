//! Lines, areas and texts that are drawn over the city: geofences, measured ways, what a tool is drawing.
//!
//! The desk's drawings come in longitudes and latitudes; the tool and what cameras see add their own in the city's frame. All
//! are shown together.

use crate::{City, CitySystems, TwinCommand, sight::SightDrawings};
use bevy_app::{App, Plugin, Update};
use bevy_ecs::prelude::{
    IntoScheduleConfigs, Local, MessageReader, Res, ResMut, Resource, SystemSet,
};
use bevy_math::DVec3;
use cim_geo::Geodetic;

/// Keeps [`Drawings`].
pub struct DrawingPlugin;

impl Plugin for DrawingPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Drawings>()
            .init_resource::<ToolDrawings>()
            .init_resource::<SightDrawings>()
            .add_systems(
                Update,
                gather_drawings.in_set(DrawingSystems).after(CitySystems),
            );
    }
}

/// Systems that gather what is drawn over the city. Run after this set to see the frame's final drawings.
#[derive(SystemSet, Clone, Debug, Hash, PartialEq, Eq)]
pub struct DrawingSystems;

/// Points of all drawings of the desk together; what comes after them is left out.
pub const MAX_DRAWN_POINTS: usize = 100_000;

/// What is drawn over the city.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Drawings {
    /// Counts changes.
    pub revision: u64,
    /// Lines.
    pub lines: Vec<DrawnLine>,
    /// Filled areas.
    pub areas: Vec<DrawnArea>,
    /// Texts.
    pub texts: Vec<DrawnText>,
}

/// What a drawing means; decides its colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum DrawRole {
    /// What the person chose or is drawing now.
    Select,
    /// The past, and what wants attention.
    Amber,
    /// A plan that is only tried out.
    Teal,
    /// A drill.
    Magenta,
    /// Everything else.
    #[default]
    Neutral,
    /// What a person coloured by hand, sRGB.
    Own([u8; 3]),
}

/// A line of even width. Points are metres east, north and up, or places ([`DrawingPlan`]).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DrawnLine<P = DVec3> {
    /// Its points.
    pub points: Vec<P>,
    /// What it means.
    pub role: DrawRole,
    /// Its width, CSS px.
    pub width_px: f32,
    /// True for a broken line.
    pub is_dashed: bool,
    /// True when the last point is joined with the first.
    pub is_closed: bool,
}

/// A filled area; its ring is nearly level.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DrawnArea<P = DVec3> {
    /// Its corners; the first is not repeated.
    pub ring: Vec<P>,
    /// What it means.
    pub role: DrawRole,
}

/// A text at a point.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DrawnText<P = DVec3> {
    /// Where its middle is.
    pub at: P,
    /// What it says.
    pub text: String,
    /// What it means.
    pub role: DrawRole,
}

/// What the desk wants drawn; replaces what it had drawn before. What is nowhere is left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DrawingPlan {
    /// Lines.
    pub lines: Vec<DrawnLine<Geodetic>>,
    /// Filled areas.
    pub areas: Vec<DrawnArea<Geodetic>>,
    /// Texts.
    pub texts: Vec<DrawnText<Geodetic>>,
}

/// What the tool draws by itself, in the city's frame.
#[derive(Resource, Debug, Default)]
pub(crate) struct ToolDrawings {
    pub(crate) revision: u64,
    pub(crate) lines: Vec<DrawnLine>,
    pub(crate) areas: Vec<DrawnArea>,
    pub(crate) texts: Vec<DrawnText>,
    /// How many points the tool held when it drew this.
    pub(crate) points: usize,
}

/// Counts the points that may still be drawn.
struct Room(usize);

impl Room {
    fn take(&mut self, points: usize) -> bool {
        let fits = points <= self.0;
        if fits {
            self.0 -= points;
        }
        fits
    }
}

impl Drawings {
    /// The desk's drawings and the tool's.
    fn of(plan: &DrawingPlan, tool: &ToolDrawings, city: &City) -> Self {
        let mut room = Room(MAX_DRAWN_POINTS);
        let place = |places: &[Geodetic]| -> Option<Vec<DVec3>> {
            let place = |place: &Geodetic| city.enu_from_geodetic(*place);
            places.iter().map(place).collect()
        };
        let mut drawings = Self::default();
        for line in &plan.lines {
            let is_sound = line.width_px.is_finite() && line.points.len() >= 2;
            if let Some(points) = place(&line.points)
                && is_sound
                && room.take(points.len())
            {
                drawings.lines.push(DrawnLine {
                    points,
                    role: line.role,
                    width_px: line.width_px.clamp(0.5, 32.0),
                    is_dashed: line.is_dashed,
                    is_closed: line.is_closed,
                });
            }
        }
        for area in &plan.areas {
            if let Some(ring) = place(&area.ring)
                && ring.len() >= 3
                && room.take(ring.len())
            {
                drawings.areas.push(DrawnArea {
                    ring,
                    role: area.role,
                });
            }
        }
        for text in &plan.texts {
            if let Some(at) = city.enu_from_geodetic(text.at)
                && room.take(1)
            {
                drawings.texts.push(DrawnText {
                    at,
                    text: text.text.clone(),
                    role: text.role,
                });
            }
        }
        drawings.lines.extend(tool.lines.iter().cloned());
        drawings.areas.extend(tool.areas.iter().cloned());
        drawings.texts.extend(tool.texts.iter().cloned());
        drawings
    }
}

/// What was asked for, and what it was gathered from.
#[derive(Default)]
struct Asked {
    plan: DrawingPlan,
    city: u32,
    tool: u64,
    sights: u64,
}

fn gather_drawings(
    mut commands: MessageReader<'_, '_, TwinCommand>,
    mut asked: Local<'_, Asked>,
    city: Res<'_, City>,
    (tool, sights): (Res<'_, ToolDrawings>, Res<'_, SightDrawings>),
    mut drawings: ResMut<'_, Drawings>,
) {
    let mut is_news = asked.city != city.generation()
        || asked.tool != tool.revision
        || asked.sights != sights.revision;
    for command in commands.read() {
        if let TwinCommand::SetDrawings(plan) = command {
            is_news |= asked.plan != *plan;
            asked.plan.clone_from(plan);
        }
    }
    if !is_news {
        return;
    }
    asked.city = city.generation();
    asked.tool = tool.revision;
    asked.sights = sights.revision;
    let revision = drawings.revision;
    let mut gathered = Drawings::of(&asked.plan, &tool, &city);
    gathered.lines.extend(sights.lines.iter().cloned());
    *drawings = Drawings {
        revision: revision.wrapping_add(1),
        ..gathered
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CityPlugin;

    const PLACE: Geodetic = Geodetic {
        lon_deg: 121.5,
        lat_deg: 31.24,
        height_m: 0.0,
    };

    #[test]
    fn drawings_of_desk_and_tool_are_shown_together() {
        let mut app = App::new();
        app.add_message::<TwinCommand>()
            .add_plugins((CityPlugin, DrawingPlugin));
        app.world_mut().write_message(TwinCommand::OpenCity {
            origin: PLACE,
            radius_m: 500.0,
        });
        let east = Geodetic {
            lon_deg: 121.501,
            ..PLACE
        };
        let nowhere = Geodetic {
            lon_deg: f64::NAN,
            ..PLACE
        };
        let line = |points: Vec<Geodetic>| DrawnLine {
            points,
            width_px: 2.0,
            ..DrawnLine::default()
        };
        app.world_mut()
            .write_message(TwinCommand::SetDrawings(DrawingPlan {
                lines: vec![line(vec![PLACE, east]), line(vec![PLACE, nowhere])],
                areas: Vec::new(),
                texts: vec![DrawnText {
                    at: east,
                    text: "围栏".into(),
                    role: DrawRole::Amber,
                }],
            }));
        app.update();
        let drawings = app.world().resource::<Drawings>();
        assert_eq!((drawings.lines.len(), drawings.texts.len()), (1, 1));
        assert!((drawings.lines[0].points[1].x - 95.2).abs() < 0.5);
        let before = drawings.revision;

        let mut tool = app.world_mut().resource_mut::<ToolDrawings>();
        tool.revision += 1;
        tool.lines.push(DrawnLine {
            points: vec![DVec3::ZERO, DVec3::X],
            ..DrawnLine::default()
        });
        app.update();
        let drawings = app.world().resource::<Drawings>();
        assert_eq!(drawings.lines.len(), 2);
        assert_eq!(drawings.revision, before + 1);
        app.update();
        assert_eq!(app.world().resource::<Drawings>().revision, before + 1);
    }
}
