//! A lost device: what was in the picture is in it again, and what came meanwhile as well.

use super::{
    Scene, at, is_near,
    live::{CRITICAL, LAYER, count, free, points},
};
use cim_layers::{PointChange, PointState, points::sensor_shape};
use cim_model::SensorKind;
use cim_render::{DeviceBytes, DeviceWatch, TwinMessage};
use cim_scene::TwinCommand;
use cim_viewport::Picture;

fn gas(class: u8) -> PointState {
    PointState::new(sensor_shape(SensorKind::Gas), class)
}

/// The share of pixels that differ by more than rounding.
fn difference(one: &Picture, other: &Picture) -> f64 {
    assert_eq!((one.width, one.height), (other.width, other.height));
    let pixels = one.rgba.chunks_exact(4).zip(other.rgba.chunks_exact(4));
    let differing = pixels
        .filter(|(one, other)| one.iter().zip(*other).any(|(a, b)| a.abs_diff(*b) > 2))
        .count();
    differing as f64 / f64::from(one.width * one.height)
}

impl Scene {
    pub(super) fn lose_device(&mut self) {
        self.twin.send(TwinMessage::LoseDevice);
        for _ in 0..6 {
            self.twin.frame(0.1);
        }
        self.settle();
    }

    fn lost(&self) -> u32 {
        let watch = self.twin.app().world().resource::<DeviceWatch>();
        assert!(!watch.is_recovering(), "no other device draws");
        watch.lost()
    }
}

#[test]
fn after_the_loss_of_a_device_the_picture_is_the_same() {
    let Some(mut scene) = Scene::open("loss") else {
        return;
    };
    let things = [(free(-20.0, 0.0), gas(0)), (free(20.0, 0.0), gas(4))];
    scene.show_points(points(), &things);
    let before = scene.picture();
    let red = count(&before, scene.pixel_of(things[1].0), 14, CRITICAL, 40);
    assert!(red > 40, "only {red} pixels before the loss");
    let bytes = *scene.twin.app().world().resource::<DeviceBytes>();
    for times in 1..=3 {
        scene.lose_device();
        assert_eq!(scene.lost(), times);
        let after = scene.picture();
        let share = difference(&before, &after);
        assert!(share < 0.002, "{share} of the pixels differ, loss {times}");
    }
    let now = *scene.twin.app().world().resource::<DeviceBytes>();
    assert_eq!((now.tiles, now.live), (bytes.tiles, bytes.live));
}

#[test]
fn what_is_told_while_there_is_no_device_is_seen_afterwards() {
    let Some(mut scene) = Scene::open("told") else {
        return;
    };
    let place = free(0.0, 0.0);
    scene.show_points(points(), &[(place, gas(0)), (free(20.0, 0.0), gas(0))]);
    scene.twin.send(TwinMessage::LoseDevice);
    scene.tell(TwinCommand::ChangePoints {
        layer: LAYER,
        changes: vec![PointChange {
            row: 0,
            state: gas(4),
            seen: 200.0,
            period: 10.0,
        }],
    });
    for _ in 0..6 {
        scene.twin.frame(0.1);
    }
    scene.settle();
    assert_eq!(scene.lost(), 1);
    let picture = scene.picture();
    let px = scene.pixel_of(place);
    let red = count(&picture, px, 14, CRITICAL, 40);
    assert!(
        red > 40,
        "only {red} pixels of the alarm, {:?}",
        at(&picture, px)
    );
    assert!(
        !is_near(at(&picture, [2, 2]), [0, 0, 0], 1),
        "nothing else is drawn"
    );
}
