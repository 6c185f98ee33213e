//! The ground below a measured way, asked for point by point.

use super::collect::places;
use crate::{
    City, MeasureKind, PickFeature, PickPurpose, Quantity, TwinOutput,
    measure::{direct_length_m, points_along},
};
use bevy_math::DVec3;

/// Distance between the points where the ground is asked for, metres.
const STEP_M: f64 = 5.0;
/// Points asked for at most; a longer way has them farther apart.
const MOST_POINTS: usize = 128;
/// From where the ground is looked down upon, metres up.
const LOOKOUT_M: f64 = 3_000.0;
/// Updates after which missing answers are no longer waited for.
const GIVE_UP_AFTER: u32 = 30;

/// A measured way, and the ground below it.
#[derive(Debug)]
pub(super) struct Profile {
    way: Vec<DVec3>,
    probes: Vec<Probe>,
    updates: u32,
}

/// A point where the ground is asked for; up is 0, the ground plane, until the answer is there.
#[derive(Debug)]
struct Probe {
    question: u32,
    at: DVec3,
    is_answered: bool,
}

impl Profile {
    /// The ground below a way, not known yet. `number` gives each question its number.
    pub(super) fn below(way: &[DVec3], mut number: impl FnMut() -> u32) -> Self {
        let probes = points_along(way, STEP_M, MOST_POINTS)
            .into_iter()
            .map(|at| Probe {
                question: number(),
                at: at.extend(0.0),
                is_answered: false,
            })
            .collect();
        Self {
            way: way.to_vec(),
            probes,
            updates: 0,
        }
    }

    /// The rays to ask about.
    pub(super) fn questions(&self) -> impl Iterator<Item = PickFeature> + '_ {
        self.probes.iter().map(|probe| PickFeature {
            question: probe.question,
            origin: probe.at + DVec3::Z * LOOKOUT_M,
            dir: -DVec3::Z,
            purpose: PickPurpose::Ground,
        })
    }

    /// Takes an answer, if it is to one of its questions.
    pub(super) fn take(&mut self, question: u32, ground: Option<DVec3>) {
        let asked = self
            .probes
            .iter_mut()
            .find(|probe| probe.question == question);
        if let Some(probe) = asked {
            probe.is_answered = true;
            probe.at.z = ground.map_or(0.0, |ground| ground.z);
        }
    }

    /// True when every answer is there, or has been waited for long enough. Ask once an update.
    pub(super) fn is_complete(&mut self) -> bool {
        self.updates += 1;
        self.updates > GIVE_UP_AFTER || self.probes.iter().all(|probe| probe.is_answered)
    }

    /// What was measured, the ground included.
    pub(super) fn measured(&self, city: &City) -> Option<TwinOutput> {
        let ground: Vec<DVec3> = self.probes.iter().map(|probe| probe.at).collect();
        let kind = MeasureKind::Distance;
        let mut values = kind.measure(&self.way);
        values.push((Quantity::Ground, direct_length_m(&ground)));
        Some(TwinOutput::Measured {
            kind,
            values,
            points: places(&self.way, city)?,
            is_final: true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile() -> Profile {
        let mut number = 0;
        let way = [DVec3::new(0.0, 0.0, 9.0), DVec3::new(30.0, 0.0, 9.0)];
        Profile::below(&way, || {
            number += 1;
            number
        })
    }

    #[test]
    fn a_way_over_a_hill_is_longer_on_the_ground() {
        let mut profile = profile();
        assert_eq!(profile.questions().count(), 7);
        assert!(!profile.is_complete());
        let asked: Vec<PickFeature> = profile.questions().collect();
        for question in asked {
            // A ridge of 20 m half way.
            let height = 20.0 * (1.0 - (question.origin.x - 15.0).abs() / 15.0);
            let ground = DVec3::new(question.origin.x, question.origin.y, height);
            profile.take(question.question, Some(ground));
        }
        assert!(profile.is_complete());
        let ground: Vec<DVec3> = profile.probes.iter().map(|probe| probe.at).collect();
        assert!((direct_length_m(&ground) - 50.0).abs() < 1e-9);
    }

    #[test]
    fn ground_that_nobody_tells_of_is_not_waited_for_for_ever() {
        let mut profile = profile();
        let updates = (0..100).take_while(|_| !profile.is_complete()).count();
        assert_eq!(updates, GIVE_UP_AFTER as usize);
    }
}
