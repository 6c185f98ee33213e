//! What cameras see, in the city: sight lines, their views, how an area is covered, and live pictures.
//!
//! The desk says all of it at once ([`TwinCommand::SetSight`]); pixels follow by themselves ([`TwinCommand::SetPixels`]) and
//! are kept, so that a lost graphics device has them again. Lines become drawings.

mod lines;

use crate::{City, CitySystems, DrawnLine, TwinCommand};
use bevy_app::{App, Plugin, Update};
use bevy_ecs::prelude::{
    IntoScheduleConfigs, Local, MessageReader, Res, ResMut, Resource, SystemSet,
};
use bevy_math::{DVec2, DVec3};
use cim_layers::sight::{
    CoverageSheet, DepthMap, Drape, MOST_PICTURES, PicturePlan, Rgba, SightVolume, Taken,
    VideoStage, ViewPose,
};
use lines::lines_of;
use std::sync::Arc;

/// Keeps [`Sights`].
pub struct SightPlugin;

impl Plugin for SightPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Sights>()
            .init_resource::<SightDrawings>()
            .add_systems(Update, take_sights.in_set(SightSystems).after(CitySystems));
    }
}

/// Systems that take what cameras see. Run after this set to see the frame's final state.
#[derive(SystemSet, Clone, Debug, Hash, PartialEq, Eq)]
pub struct SightSystems;

/// What cameras see, in the city's frame.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Sights {
    /// Counts changes of everything but pixels.
    pub revision: u64,
    /// Counts changes of what is painted onto the city itself: lights and the sheet.
    pub paint_revision: u64,
    /// Views that are lit on what they hit.
    pub lights: Vec<SightLight>,
    /// How an area is covered.
    pub sheet: Option<SightSheet>,
    /// Live pictures.
    pub pictures: Vec<SightPicture>,
}

/// A view's pose in the city's frame: metres east, north and up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlacedPose {
    /// Where the lens is.
    pub lens: DVec3,
    /// Where it looks; a unit vector, as the next two.
    pub forward: DVec3,
    /// To the right in its picture.
    pub right: DVec3,
    /// Upwards in its picture.
    pub up: DVec3,
    /// Half the width and half the height of the picture, metres at one metre before the lens.
    pub half_size: [f64; 2],
    /// How far it is useful, metres from the lens.
    pub range_m: f64,
}

impl PlacedPose {
    /// `None` for a pose that makes no sense, or without a city.
    fn of(pose: &ViewPose, city: &City) -> Option<Self> {
        if !pose.is_sound() {
            return None;
        }
        let lens = city.enu_from_geodetic(pose.lens)?;
        let axes = pose.axes();
        Some(Self {
            lens,
            forward: DVec3::from_array(axes.forward),
            right: DVec3::from_array(axes.right),
            up: DVec3::from_array(axes.up),
            half_size: pose.half_size(),
            range_m: pose.range_m,
        })
    }

    /// Through a point of the picture, from −1 at its left and lower edge to 1 at its right and upper one; as long as what
    /// is one metre before the lens is away.
    pub fn through(&self, [across, above]: [f64; 2]) -> DVec3 {
        let [half_width, half_height] = self.half_size;
        self.forward + self.right * (across * half_width) + self.up * (above * half_height)
    }
}

/// A view that is lit on what it hits.
#[derive(Clone, Debug, PartialEq)]
pub struct SightLight {
    /// How the camera stands.
    pub pose: PlacedPose,
    /// How far it sees.
    pub depth: Arc<DepthMap>,
    /// True for the camera that the person has chosen.
    pub is_selected: bool,
}

/// How an area is covered.
#[derive(Clone, Debug, PartialEq)]
pub struct SightSheet {
    /// South-western corner of the grid, metres east and north.
    pub min: DVec2,
    /// The counts; its own `grid.min` counts from its own origin.
    pub sheet: Arc<CoverageSheet>,
}

/// A live picture in the city.
#[derive(Clone, Debug, PartialEq)]
pub struct SightPicture {
    /// The view that its pixels come from.
    pub view: u32,
    /// How the camera stands.
    pub pose: PlacedPose,
    /// How it lies on what the camera sees, if it does.
    pub drape: Option<Drape>,
    /// True when it hangs above the camera.
    pub is_above: bool,
    /// When it is from.
    pub taken: Taken,
    /// The number of its frame; 0 before the first.
    pub seq: u64,
    /// Its newest pixels.
    pub pixels: Option<Arc<Rgba>>,
}

/// The lines of what cameras see, for whoever gathers drawings.
#[derive(Resource, Debug, Default)]
pub(crate) struct SightDrawings {
    pub(crate) revision: u64,
    pub(crate) lines: Vec<DrawnLine>,
}

impl Sights {
    /// What the desk asks for, with the pixels that were there `before`.
    fn of(stage: &VideoStage, city: &City, before: &Self) -> Self {
        let lights = stage.volumes.iter();
        let lights: Vec<SightLight> = lights
            .filter_map(|volume| light_of(volume, city))
            .take(MOST_PICTURES)
            .collect();
        let sheet = stage.sheet.as_ref();
        let sheet = sheet.and_then(|sheet| sheet_of(sheet, city));
        let is_repainted = before.lights != lights || before.sheet != sheet;
        let pictures = stage.pictures.iter();
        Self {
            revision: before.revision.wrapping_add(1),
            paint_revision: before.paint_revision.wrapping_add(u64::from(is_repainted)),
            lights,
            sheet,
            pictures: pictures
                .filter_map(|plan| picture_of(plan, city, before))
                .take(MOST_PICTURES)
                .collect(),
        }
    }

    /// True when a picture waits for these pixels.
    fn wants(&self, view: u32, seq: u64) -> bool {
        let mut pictures = self.pictures.iter();
        pictures
            .any(|picture| picture.view == view && (picture.seq != seq || picture.pixels.is_none()))
    }
}

fn light_of(volume: &SightVolume, city: &City) -> Option<SightLight> {
    let depth = volume.depth.as_ref().filter(|depth| depth.is_sound())?;
    Some(SightLight {
        pose: PlacedPose::of(&volume.pose, city)?,
        depth: Arc::clone(depth),
        is_selected: volume.is_selected,
    })
}

fn sheet_of(sheet: &Arc<CoverageSheet>, city: &City) -> Option<SightSheet> {
    if !sheet.is_sound() {
        return None;
    }
    let origin = city.enu_from_geodetic(sheet.origin)?;
    let [east, north] = sheet.grid.min.map(f64::from);
    Some(SightSheet {
        min: origin.truncate() + DVec2::new(east, north),
        sheet: Arc::clone(sheet),
    })
}

fn picture_of(plan: &PicturePlan, city: &City, before: &Sights) -> Option<SightPicture> {
    let held = before
        .pictures
        .iter()
        .find(|picture| picture.view == plan.view);
    let drape = plan.drape.as_ref();
    Some(SightPicture {
        view: plan.view,
        pose: PlacedPose::of(&plan.pose, city)?,
        drape: drape
            .filter(|drape| drape.depth.is_sound() && drape.opacity.is_finite())
            .cloned(),
        is_above: plan.is_above,
        taken: plan.taken,
        seq: held.map_or(0, |held| held.seq),
        pixels: held.and_then(|held| held.pixels.clone()),
    })
}

/// What was asked for, and in which city it was placed.
#[derive(Default)]
struct Asked {
    stage: VideoStage,
    city: u32,
}

fn take_sights(
    mut commands: MessageReader<'_, '_, TwinCommand>,
    mut asked: Local<'_, Asked>,
    city: Res<'_, City>,
    mut sights: ResMut<'_, Sights>,
    mut drawings: ResMut<'_, SightDrawings>,
) {
    let mut is_news = asked.city != city.generation();
    let mut arrived: Vec<(u32, u64, Arc<Rgba>)> = Vec::new();
    for command in commands.read() {
        match command {
            TwinCommand::SetSight(stage) => {
                is_news = true;
                asked.stage.clone_from(stage);
            }
            TwinCommand::SetPixels { view, seq, pixels } if pixels.is_sound() => {
                arrived.push((*view, *seq, Arc::clone(pixels)));
            }
            _ => {}
        }
    }
    if is_news {
        asked.city = city.generation();
        let placed = Sights::of(&asked.stage, &city, &sights);
        *sights = placed;
        let lines = lines_of(&asked.stage, &city);
        if drawings.lines != lines {
            drawings.revision = drawings.revision.wrapping_add(1);
            drawings.lines = lines;
        }
    }
    for (view, seq, pixels) in arrived {
        // Asked first: whatever is changed has to be drawn.
        if !sights.wants(view, seq) {
            continue;
        }
        let pictures = sights.pictures.iter_mut();
        for picture in pictures.filter(|picture| picture.view == view) {
            picture.seq = seq;
            picture.pixels = Some(Arc::clone(&pixels));
        }
    }
}

#[cfg(test)]
mod tests;
