//! What is cut out of the city: section boxes, polygons, and a trench along a line.
//!
//! Holds the cuts in the city's frame; `cim_render` cuts. The desk speaks in longitudes and latitudes ([`ClipPlan`]), which are
//! kept, so that the cuts find their places again when another city opens.

use crate::{City, CitySystems, TwinCommand};
use bevy_app::{App, Plugin, Update};
use bevy_ecs::prelude::{
    DetectChangesMut, IntoScheduleConfigs, Local, MessageReader, Res, ResMut, Resource, SystemSet,
};
use bevy_math::{DVec2, DVec3};
use cim_geo::Geodetic;

/// Keeps [`Clips`].
pub struct ClipPlugin;

impl Plugin for ClipPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Clips>()
            .add_systems(Update, take_clips.in_set(ClipSystems).after(CitySystems));
    }
}

/// Systems that set what is cut out. Run after this set to see the frame's final cuts.
#[derive(SystemSet, Clone, Debug, Hash, PartialEq, Eq)]
pub struct ClipSystems;

/// Cuts at once; those beyond are left out.
pub const MAX_CUTS: usize = 8;
/// Corners of a cut's polygon; a ring with more is left out.
pub const MAX_CUT_CORNERS: usize = 64;
/// Points of a trench's line; those beyond are left out.
pub const MAX_TRENCH_POINTS: usize = 64;
/// Width of a trench that people can work in, metres.
pub const TRENCH_WIDTH_M: f64 = 0.6;

/// What is cut out of the city, in its frame (metres east, north and up).
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Clips {
    /// Counts changes.
    pub revision: u64,
    /// Section boxes and polygons, at most [`MAX_CUTS`].
    pub cuts: Vec<Cut>,
    /// A trench in the ground.
    pub trench: Option<Trench>,
}

/// A body that cuts the city.
#[derive(Clone, Debug, PartialEq)]
pub enum Cut {
    /// An upright box.
    Box {
        /// Its middle, metres east, north and up.
        centre: DVec3,
        /// Half its sides, metres: across, along its heading, up.
        half: DVec3,
        /// Where its second side points, clockwise from north, degrees.
        heading_deg: f64,
        /// What of the city stays.
        keep: Keep,
    },
    /// An upright prism.
    Polygon {
        /// Its corners, metres east and north, 3 to [`MAX_CUT_CORNERS`]; the first is not repeated.
        ring: Vec<DVec2>,
        /// Its lower end, metres up.
        bottom_m: f64,
        /// Its upper end, metres up.
        top_m: f64,
        /// What of the city stays.
        keep: Keep,
    },
}

/// Which side of a cut stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// What is inside the body.
    #[default]
    Inside,
    /// What is outside the body.
    Outside,
}

/// An open trench in the ground.
#[derive(Clone, Debug, PartialEq)]
pub struct Trench {
    /// Its middle line, metres east and north, 2 to [`MAX_TRENCH_POINTS`] points.
    pub line: Vec<DVec2>,
    /// Its width, metres.
    pub width_m: f64,
    /// Its depth below ground, metres.
    pub depth_m: f64,
}

/// What the desk wants cut out; replaces what was cut before. What makes no sense is left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClipPlan {
    /// Section boxes and polygons.
    pub cuts: Vec<PlannedCut>,
    /// A trench.
    pub trench: Option<PlannedTrench>,
}

/// A [`Cut`] in longitudes and latitudes.
#[derive(Clone, Debug, PartialEq)]
pub enum PlannedCut {
    /// An upright box.
    Box {
        /// Its middle, height above ground in metres.
        centre: Geodetic,
        /// Half its sides, metres: across, along its heading, up.
        half_m: [f64; 3],
        /// Where its second side points, clockwise from north, degrees.
        heading_deg: f64,
        /// What of the city stays.
        keep: Keep,
    },
    /// An upright prism.
    Polygon {
        /// Its corners.
        ring: Vec<Geodetic>,
        /// Its lower end, metres up.
        bottom_m: f64,
        /// Its upper end, metres up.
        top_m: f64,
        /// What of the city stays.
        keep: Keep,
    },
}

/// A [`Trench`] in longitudes and latitudes.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedTrench {
    /// Its middle line.
    pub line: Vec<Geodetic>,
    /// Its width, metres; [`TRENCH_WIDTH_M`] is usual.
    pub width_m: f64,
    /// Its depth below ground, metres.
    pub depth_m: f64,
}

impl Clips {
    /// True when something is cut out.
    pub fn is_cutting(&self) -> bool {
        !self.cuts.is_empty() || self.trench.is_some()
    }

    fn of(plan: &ClipPlan, city: &City) -> Self {
        Self {
            revision: 0,
            cuts: plan
                .cuts
                .iter()
                .filter_map(|cut| cut.placed(city))
                .take(MAX_CUTS)
                .collect(),
            trench: plan.trench.as_ref().and_then(|trench| trench.placed(city)),
        }
    }
}

impl PlannedCut {
    /// The cut in the city's frame; `None` when it makes no sense there.
    fn placed(&self, city: &City) -> Option<Cut> {
        match self {
            Self::Box {
                centre,
                half_m,
                heading_deg,
                keep,
            } => {
                let half = DVec3::from_array(*half_m);
                let is_sound =
                    half.is_finite() && half.min_element() > 0.0 && heading_deg.is_finite();
                is_sound.then_some(Cut::Box {
                    centre: city.enu_from_geodetic(*centre)?,
                    half,
                    heading_deg: *heading_deg,
                    keep: *keep,
                })
            }
            Self::Polygon {
                ring,
                bottom_m,
                top_m,
                keep,
            } => {
                // Asked this way round, a NaN is turned away as well.
                let is_sound = (3..=MAX_CUT_CORNERS).contains(&ring.len()) && top_m > bottom_m;
                is_sound.then_some(Cut::Polygon {
                    ring: level(ring, city)?,
                    bottom_m: *bottom_m,
                    top_m: *top_m,
                    keep: *keep,
                })
            }
        }
    }
}

impl PlannedTrench {
    fn placed(&self, city: &City) -> Option<Trench> {
        let kept = self.line.get(..self.line.len().min(MAX_TRENCH_POINTS))?;
        let is_sound = kept.len() >= 2
            && self.width_m.is_finite()
            && self.depth_m.is_finite()
            && self.width_m > 0.0
            && self.depth_m > 0.0;
        is_sound.then_some(Trench {
            line: level(kept, city)?,
            width_m: self.width_m,
            depth_m: self.depth_m,
        })
    }
}

/// Places as metres east and north; `None` when one of them is nowhere.
fn level(places: &[Geodetic], city: &City) -> Option<Vec<DVec2>> {
    places
        .iter()
        .map(|place| city.enu_from_geodetic(*place).map(DVec3::truncate))
        .collect()
}

/// What was asked for, and which city it was placed in.
#[derive(Default)]
struct Asked {
    plan: ClipPlan,
    city: u32,
}

fn take_clips(
    mut commands: MessageReader<'_, '_, TwinCommand>,
    mut asked: Local<'_, Asked>,
    city: Res<'_, City>,
    mut clips: ResMut<'_, Clips>,
) {
    let mut is_news = std::mem::replace(&mut asked.city, city.generation()) != city.generation();
    for command in commands.read() {
        if let TwinCommand::SetClips(plan) = command {
            is_news |= asked.plan != *plan;
            asked.plan.clone_from(plan);
        }
    }
    if !is_news {
        return;
    }
    let revision = clips.revision;
    // Compared without the revision: writing marks the resource as changed, and that costs a frame.
    let wanted = Clips {
        revision,
        ..Clips::of(&asked.plan, &city)
    };
    if clips.set_if_neq(wanted) {
        clips.revision = revision.wrapping_add(1);
    }
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

    fn app() -> App {
        let mut app = App::new();
        app.add_message::<TwinCommand>()
            .add_plugins((CityPlugin, ClipPlugin));
        app
    }

    fn send(app: &mut App, command: TwinCommand) {
        app.world_mut().write_message(command);
        app.update();
    }

    fn clips(app: &App) -> &Clips {
        app.world().resource::<Clips>()
    }

    fn some_box(half_m: [f64; 3]) -> PlannedCut {
        PlannedCut::Box {
            centre: PLACE,
            half_m,
            heading_deg: 30.0,
            keep: Keep::Inside,
        }
    }

    #[test]
    fn cuts_find_their_place_when_the_city_opens_after_them() {
        let mut app = app();
        let plan = ClipPlan {
            cuts: vec![some_box([10.0, 20.0, 30.0])],
            trench: None,
        };
        send(&mut app, TwinCommand::SetClips(plan));
        assert!(!clips(&app).is_cutting());
        send(
            &mut app,
            TwinCommand::OpenCity {
                origin: PLACE,
                radius_m: 500.0,
            },
        );
        let Some(Cut::Box { centre, half, .. }) = clips(&app).cuts.first() else {
            panic!("no box");
        };
        assert!(centre.length() < 1e-6);
        assert_eq!(*half, DVec3::new(10.0, 20.0, 30.0));
    }

    #[test]
    fn a_cut_that_makes_no_sense_is_left_out() {
        let mut app = app();
        send(
            &mut app,
            TwinCommand::OpenCity {
                origin: PLACE,
                radius_m: 500.0,
            },
        );
        let polygon = |corners: usize, top_m: f64| PlannedCut::Polygon {
            ring: vec![PLACE; corners],
            bottom_m: 0.0,
            top_m,
            keep: Keep::Outside,
        };
        let plan = ClipPlan {
            cuts: vec![
                some_box([10.0, -1.0, 30.0]),
                polygon(2, 10.0),
                polygon(MAX_CUT_CORNERS + 1, 10.0),
                polygon(4, f64::NAN),
                polygon(4, 10.0),
            ],
            trench: Some(PlannedTrench {
                line: vec![PLACE],
                width_m: TRENCH_WIDTH_M,
                depth_m: 2.0,
            }),
        };
        send(&mut app, TwinCommand::SetClips(plan.clone()));
        assert_eq!(clips(&app).cuts.len(), 1);
        assert_eq!(clips(&app).trench, None);
        let revision = clips(&app).revision;
        send(&mut app, TwinCommand::SetClips(plan));
        assert_eq!(clips(&app).revision, revision);
    }
}
