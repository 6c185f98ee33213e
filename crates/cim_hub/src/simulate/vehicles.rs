//! What moves on the road graph, a second at a time: muck trucks, buses and patrols, and grid workers on foot.
//!
//! They keep to limits, slow down for turns and for rain, wait at signals, at stops and behind each other. Only sums, products
//! and square roots of rounded numbers decide where they go, so the same roads, seed and start give the same trails everywhere.

use super::model::{mix, unit};
use super::plane::distance;
use super::roads::{Edge, RoadGraph};
use super::weather::Air;
use cim_model::UtcMillis;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Vehicles in one process; each needs a route now and then.
pub(crate) const MOST_VEHICLES: usize = 5000;
/// How hard drivers brake, m/s².
const BRAKING: f64 = 2.0;
/// Beyond this a driver rather crosses as the signal turns, m/s².
const HARD_BRAKING: f64 = 4.0;
/// From the front of one vehicle to the front of the next in a queue, metres.
const QUEUE_GAP_M: f64 = 9.0;
/// How far before a signal they wait, metres.
const STOP_LINE_M: f64 = 3.0;
/// A vehicle that has so little left is there, metres.
const THERE_M: f64 = 0.5;
/// How far drivers look ahead, metres.
const LOOK_AHEAD_M: f64 = 150.0;
/// One step, milliseconds.
const STEP_MS: i64 = 1000;
/// A signal's cycle and the green of each direction, seconds.
const CYCLE_S: i64 = 60;
const GREEN_S: i64 = 27;
/// Destinations that are tried before a driver waits a minute.
const TRIES: u64 = 4;
/// How fast people walk, m/s.
const WALKING: f64 = 1.2;
/// A grid worker walks between places that are at most so far from where he began, metres.
const GRID_M: f64 = 600.0;

/// How many people are on foot where so many vehicles drive: one for every ten.
pub(crate) fn people_for(vehicles: usize) -> usize {
    (vehicles.min(MOST_VEHICLES) + 5) / 10
}

/// What a vehicle is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VehicleKind {
    /// Between a building site and a tip.
    MuckTruck,
    /// Round a line of four ends, with stops.
    Bus,
    /// Anywhere.
    Patrol,
    /// On foot, between the places of one grid cell.
    GridWorker,
}

impl VehicleKind {
    /// True for a person on foot.
    pub(crate) fn walks(self) -> bool {
        self == Self::GridWorker
    }

    /// The word in `Thing.properties.vehicle`, or `person` for one who walks.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::MuckTruck => "muck_truck",
            Self::Bus => "bus",
            Self::Patrol => "patrol",
            Self::GridWorker => "grid_worker",
        }
    }

    /// The name in Chinese.
    pub(crate) fn name_zh(self) -> &'static str {
        match self {
            Self::MuckTruck => "渣土车",
            Self::Bus => "公交车",
            Self::Patrol => "巡逻车",
            Self::GridWorker => "网格员",
        }
    }

    /// Its own greatest speed and acceleration, m/s and m/s².
    fn powers(self) -> (f64, f64) {
        match self {
            Self::MuckTruck => (50.0 / 3.6, 0.8),
            Self::Bus => (45.0 / 3.6, 1.0),
            Self::Patrol => (60.0 / 3.6, 1.6),
            Self::GridWorker => (WALKING, WALKING),
        }
    }

    /// How long it stays where it was going, seconds.
    fn stay_s(self) -> i64 {
        match self {
            Self::MuckTruck => 300,
            Self::Bus => 120,
            Self::Patrol => 30,
            Self::GridWorker => 180,
        }
    }
}

#[derive(Clone, Debug)]
struct Vehicle {
    kind: VehicleKind,
    seed: u64,
    /// Crossings that it goes between.
    goals: [usize; 4],
    /// Where it is when it has no route.
    node: usize,
    route: Vec<usize>,
    /// How many stretches of the route lie behind it.
    passed: usize,
    /// How far it is on the present stretch, metres.
    offset_m: f64,
    /// m/s.
    speed: f64,
    waits_until: i64,
    trips: u64,
    /// Metres to the next stop of a bus.
    to_stop_m: f64,
}

/// Where a vehicle is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fix {
    /// Longitude.
    pub(crate) lon: f64,
    /// Latitude.
    pub(crate) lat: f64,
    /// km/h.
    pub(crate) speed: f64,
}

/// All vehicles of a simulator.
#[derive(Clone, Debug)]
pub(crate) struct Fleet {
    roads: Arc<RoadGraph>,
    vehicles: Vec<Vehicle>,
    /// Crossings with signals.
    signals: Vec<bool>,
    /// The weather over the middle of the roads.
    air: Option<Air>,
    now: i64,
}

impl Fleet {
    /// Puts vehicles on the roads; `start` is rounded down to a whole second.
    pub(crate) fn new(
        roads: Arc<RoadGraph>,
        count: usize,
        seed: u64,
        start: UtcMillis,
        air: Option<Air>,
    ) -> Self {
        let nodes = roads.nodes.len().max(1) as u64;
        let vehicles = (0..count.min(MOST_VEHICLES) as u64)
            .map(|number| {
                let seed = mix(mix(seed, 0xCA6), number);
                let kind = match number % 5 {
                    0 | 3 => VehicleKind::MuckTruck,
                    1 | 4 => VehicleKind::Bus,
                    _ => VehicleKind::Patrol,
                };
                let goal = |purpose: u64| usize::try_from(mix(seed, purpose) % nodes).unwrap_or(0);
                Vehicle {
                    kind,
                    seed,
                    goals: [goal(1), goal(2), goal(3), goal(4)],
                    node: goal(1),
                    route: Vec::new(),
                    passed: 0,
                    offset_m: 0.0,
                    speed: 0.0,
                    // Not all leave at once.
                    waits_until: start.0 + (unit(mix(seed, 5)) * 20_000.0) as i64,
                    trips: 0,
                    to_stop_m: 200.0,
                }
            })
            .collect();
        Self {
            signals: signals_of(&roads),
            roads,
            vehicles,
            air,
            now: start.0.div_euclid(STEP_MS) * STEP_MS,
        }
    }

    /// The same with so many grid workers on foot; vehicles go as they would without them.
    pub(crate) fn with_people(mut self, count: usize, seed: u64) -> Self {
        let nodes = &self.roads.nodes;
        for number in 0..count as u64 {
            let seed = mix(mix(seed, 0xF007), number);
            let drawn = mix(seed, 1) % nodes.len().max(1) as u64;
            let home = usize::try_from(drawn).unwrap_or(0);
            let Some(middle) = nodes.get(home) else {
                break;
            };
            let near: Vec<usize> = nodes
                .iter()
                .enumerate()
                .filter(|(_, at)| distance(**at, *middle) <= GRID_M)
                .map(|(index, _)| index)
                .collect();
            let goal = |purpose: u64| {
                let drawn = mix(seed, purpose) % near.len().max(1) as u64;
                let goal = usize::try_from(drawn).ok();
                goal.and_then(|goal| near.get(goal).copied())
                    .unwrap_or(home)
            };
            self.vehicles.push(Vehicle {
                kind: VehicleKind::GridWorker,
                seed,
                goals: [home, goal(2), goal(3), goal(4)],
                node: home,
                route: Vec::new(),
                passed: 0,
                offset_m: 0.0,
                speed: 0.0,
                waits_until: self.now + (unit(mix(seed, 5)) * 20_000.0) as i64,
                trips: 0,
                to_stop_m: 0.0,
            });
        }
        self
    }

    /// How many vehicles and people there are.
    pub(crate) fn len(&self) -> usize {
        self.vehicles.len()
    }

    /// What a vehicle is for.
    pub(crate) fn kind(&self, index: usize) -> Option<VehicleKind> {
        self.vehicles.get(index).map(|vehicle| vehicle.kind)
    }

    /// The number of a vehicle among the vehicles, of a person among the people; from 1 on.
    pub(crate) fn number(&self, index: usize) -> usize {
        let walks = self.kind(index).is_some_and(VehicleKind::walks);
        let before = self.vehicles.iter().take(index);
        1 + before.filter(|one| one.kind.walks() == walks).count()
    }

    /// The moment up to which the vehicles have driven.
    pub(crate) fn now(&self) -> UtcMillis {
        UtcMillis(self.now)
    }

    /// Drives until `until`, at most `most_steps` seconds; whether it got there.
    pub(crate) fn drive_until(&mut self, until: UtcMillis, most_steps: usize) -> bool {
        for _ in 0..most_steps {
            if self.now + STEP_MS > until.0 {
                return true;
            }
            self.step();
        }
        self.now + STEP_MS > until.0
    }

    /// Where a vehicle is.
    pub(crate) fn fix(&self, index: usize) -> Option<Fix> {
        let vehicle = self.vehicles.get(index)?;
        let at = match self.edge_of(vehicle) {
            Some(edge) => {
                let (a, b) = (
                    self.roads.nodes.get(edge.from)?,
                    self.roads.nodes.get(edge.to)?,
                );
                let share = (vehicle.offset_m / edge.length_m).clamp(0.0, 1.0);
                [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]
            }
            None => *self.roads.nodes.get(vehicle.node)?,
        };
        let [lon, lat] = self.roads.plane.degrees(at);
        let rounded = |degrees: f64| (degrees * 1e7).round() / 1e7;
        Some(Fix {
            lon: rounded(lon),
            lat: rounded(lat),
            speed: (vehicle.speed * 36.0).round() / 10.0,
        })
    }

    fn edge_of(&self, vehicle: &Vehicle) -> Option<&Edge> {
        self.roads.edges.get(*vehicle.route.get(vehicle.passed)?)
    }

    fn step(&mut self) {
        let occupied = self.occupied();
        let slower = self.air.map_or(1.0, |air| {
            // Rounded, so that the last bit of an exponential doesn't lead anybody elsewhere.
            let rain = (air.rain(self.now) * 10.0).round() / 10.0;
            1.0 - (0.02 * rain).min(0.3)
        });
        let speeds: Vec<f64> = self
            .vehicles
            .iter()
            .enumerate()
            .map(|(index, vehicle)| self.next_speed(index, vehicle, &occupied, slower))
            .collect();
        self.now += STEP_MS;
        let (roads, now) = (Arc::clone(&self.roads), self.now);
        for (vehicle, speed) in self.vehicles.iter_mut().zip(speeds) {
            vehicle.moved(speed, &roads, now);
            if vehicle.route.is_empty() && vehicle.waits_until <= now {
                vehicle.set_out(&roads, now);
            }
        }
    }

    /// Which vehicles are on each stretch, by the place on it; who walks is in nobody's way.
    fn occupied(&self) -> BTreeMap<usize, Vec<(f64, usize)>> {
        let mut occupied: BTreeMap<usize, Vec<(f64, usize)>> = BTreeMap::new();
        let driving = |(_, vehicle): &(usize, &Vehicle)| !vehicle.kind.walks();
        for (index, vehicle) in self.vehicles.iter().enumerate().filter(driving) {
            if let Some(edge) = vehicle.route.get(vehicle.passed) {
                let on = occupied.entry(*edge).or_default();
                on.push((vehicle.offset_m, index));
            }
        }
        for on in occupied.values_mut() {
            on.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        }
        occupied
    }

    fn next_speed(
        &self,
        index: usize,
        vehicle: &Vehicle,
        occupied: &BTreeMap<usize, Vec<(f64, usize)>>,
        slower: f64,
    ) -> f64 {
        let Some(edge) = self.edge_of(vehicle) else {
            return 0.0;
        };
        if vehicle.waits_until > self.now {
            return 0.0;
        }
        if vehicle.kind.walks() {
            return WALKING.min(edge.limit);
        }
        let (own, acceleration) = vehicle.kind.powers();
        let mut target = (edge.limit.min(own) * slower).min(vehicle.speed + acceleration);
        if vehicle.kind == VehicleKind::Bus {
            target = target.min(safe_speed(0.0, vehicle.to_stop_m));
        }
        let mut distance = -vehicle.offset_m;
        let mut is_free = true;
        let rest = vehicle.route.get(vehicle.passed..).unwrap_or_default();
        for (n, edge_index) in rest.iter().enumerate() {
            let Some(edge) = self.roads.edges.get(*edge_index) else {
                break;
            };
            let ahead = |(offset, other): &&(f64, usize)| {
                let before = offset.total_cmp(&vehicle.offset_m).then(index.cmp(other));
                n > 0 || before.is_gt()
            };
            let leader = occupied
                .get(edge_index)
                .and_then(|on| on.iter().find(ahead));
            if let Some((offset, other)) = leader.filter(|_| is_free) {
                is_free = false;
                let gap = (distance + offset - QUEUE_GAP_M).max(0.0);
                let leading = self.vehicles.get(*other).map_or(0.0, |other| other.speed);
                target = target.min(safe_speed(leading, gap));
            }
            distance += edge.length_m;
            let next = rest.get(n + 1).and_then(|next| self.roads.edges.get(*next));
            let at_end = next.map_or(0.0, |next| self.speed_through(edge, next));
            target = target.min(safe_speed(at_end, distance));
            let line = (distance - STOP_LINE_M).max(0.0);
            let can_stop = vehicle.speed * vehicle.speed <= 2.0 * HARD_BRAKING * line.max(0.1)
                || vehicle.speed < 1.0;
            if next.is_some() && can_stop && self.is_red(edge) {
                target = target.min(safe_speed(0.0, line));
            }
            if distance > LOOK_AHEAD_M {
                break;
            }
        }
        target.max(0.0)
    }

    /// How fast the way from one stretch to the next can be taken.
    fn speed_through(&self, edge: &Edge, next: &Edge) -> f64 {
        let place = |node: usize| self.roads.nodes.get(node).copied().unwrap_or_default();
        let (a, b, c) = (place(edge.from), place(edge.to), place(next.to));
        let (in_east, in_north) = (b[0] - a[0], b[1] - a[1]);
        let (out_east, out_north) = (c[0] - b[0], c[1] - b[1]);
        let lengths = (edge.length_m * next.length_m).max(1e-6);
        let straight = (in_east * out_east + in_north * out_north) / lengths;
        let turning = match straight {
            s if s > 0.9 => f64::INFINITY,
            s if s > 0.6 => 7.0,
            s if s > 0.0 => 4.5,
            _ => 2.5,
        };
        next.limit.min(turning)
    }

    /// Whether the signal at the end of a stretch is red. East and west have green together, then north and south.
    fn is_red(&self, edge: &Edge) -> bool {
        if !self.signals.get(edge.to).copied().unwrap_or(false) {
            return false;
        }
        let place = |node: usize| self.roads.nodes.get(node).copied().unwrap_or_default();
        let (a, b) = (place(edge.from), place(edge.to));
        let is_east_west = (b[0] - a[0]).abs() > (b[1] - a[1]).abs();
        let shift = (mix(77, edge.to as u64) % CYCLE_S.unsigned_abs()).cast_signed();
        let second = (self.now / STEP_MS + shift).rem_euclid(CYCLE_S);
        let green = if is_east_west { 0 } else { CYCLE_S / 2 };
        !(green..green + GREEN_S).contains(&second)
    }
}

impl Vehicle {
    /// Drives one second at a speed.
    fn moved(&mut self, speed: f64, roads: &RoadGraph, now: i64) {
        self.speed = speed;
        self.offset_m += speed * STEP_MS as f64 / 1000.0;
        if self.kind == VehicleKind::Bus && !self.route.is_empty() {
            self.to_stop_m -= speed * STEP_MS as f64 / 1000.0;
            if self.to_stop_m < THERE_M && self.waits_until <= now {
                let drawn = mix(self.seed, now.cast_unsigned());
                self.to_stop_m = 350.0 + 200.0 * unit(drawn);
                self.waits_until = now + 15_000 + (drawn % 15_000).cast_signed();
            }
        }
        while let Some(edge) = self
            .route
            .get(self.passed)
            .and_then(|index| roads.edges.get(*index))
        {
            let is_last = self.passed + 1 == self.route.len();
            let left = edge.length_m - self.offset_m;
            if left > if is_last { THERE_M } else { 0.0 } {
                // What was begun faster ends at this stretch's limit.
                self.speed = self.speed.min(edge.limit);
                return;
            }
            self.offset_m -= edge.length_m;
            self.passed += 1;
            self.node = edge.to;
            if is_last {
                self.route.clear();
                (self.passed, self.offset_m, self.speed) = (0, 0.0, 0.0);
                self.waits_until = now + 1000 * self.kind.stay_s();
            }
        }
    }

    /// Chooses where to go next.
    fn set_out(&mut self, roads: &RoadGraph, now: i64) {
        for _ in 0..TRIES {
            self.trips += 1;
            let goal = match self.kind {
                VehicleKind::MuckTruck => self.goals.get((self.trips % 2) as usize).copied(),
                VehicleKind::Bus | VehicleKind::GridWorker => {
                    self.goals.get((self.trips % 4) as usize).copied()
                }
                VehicleKind::Patrol => {
                    let nodes = roads.nodes.len().max(1) as u64;
                    usize::try_from(mix(self.seed, 1000 + self.trips) % nodes).ok()
                }
            };
            if let Some(route) = goal.and_then(|goal| roads.route(self.node, goal)) {
                self.route = route;
                return;
            }
        }
        self.waits_until = now + 60_000;
    }
}

/// The speed from which one can still brake to `then` within `distance` metres, with a second to react (Krauß 1998, eq. 3.7).
fn safe_speed(then: f64, distance: f64) -> f64 {
    if then.is_infinite() {
        return then;
    }
    let distance = distance.max(0.0);
    (BRAKING * BRAKING + then * then + 2.0 * BRAKING * distance).sqrt() - BRAKING
}

/// Where main streets cross.
fn signals_of(roads: &RoadGraph) -> Vec<bool> {
    let mut main = vec![0_usize; roads.nodes.len()];
    for edge in roads.edges.iter().filter(|edge| edge.is_main) {
        if let Some(count) = main.get_mut(edge.to) {
            *count += 1;
        }
    }
    let arriving = roads.arriving();
    main.iter()
        .zip(arriving)
        .map(|(main, arriving)| *main >= 2 && arriving >= 3)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::plane::distance_to_line;
    use super::super::roads::tests::{grid, lujiazui};
    use super::*;

    const START: UtcMillis = UtcMillis(1_760_000_000_250);

    fn trails(fleet: &mut Fleet, seconds: i64) -> Vec<Vec<Fix>> {
        let mut trails = vec![Vec::new(); fleet.len()];
        for n in 1..=seconds {
            assert!(fleet.drive_until(START.plus_seconds(n as f64), 10));
            for (index, trail) in trails.iter_mut().enumerate() {
                trail.push(fleet.fix(index).expect("a vehicle"));
            }
        }
        trails
    }

    #[test]
    fn the_same_seed_gives_the_same_trails_and_another_seed_others() {
        let run = |seed: u64| {
            let mut fleet = Fleet::new(Arc::new(grid(8)), 20, seed, START, None);
            trails(&mut fleet, 200)
        };
        assert_eq!(run(3), run(3));
        assert_ne!(run(3), run(4));
    }

    #[test]
    fn vehicles_stay_on_the_roads_keep_to_limits_and_never_jump() {
        let Some(roads) = lujiazui() else { return };
        let roads = Arc::new(roads);
        let mut fleet = Fleet::new(Arc::clone(&roads), 40, 1, START, None);
        let trails = trails(&mut fleet, 600);
        let fastest = roads
            .edges
            .iter()
            .map(|edge| edge.limit)
            .fold(0.0, f64::max);
        for trail in &trails {
            for (before, after) in trail.iter().zip(trail.iter().skip(1)) {
                let a = roads.plane.metres(before.lon, before.lat);
                let b = roads.plane.metres(after.lon, after.lat);
                assert!(
                    distance(a, b) <= fastest + 0.1,
                    "a jump of {} m",
                    distance(a, b)
                );
            }
            for fix in trail.iter().step_by(30) {
                let at = roads.plane.metres(fix.lon, fix.lat);
                let nearest = roads
                    .edges
                    .iter()
                    .map(|edge| distance_to_line(at, roads.nodes[edge.from], roads.nodes[edge.to]))
                    .fold(f64::MAX, f64::min);
                assert!(nearest <= 15.0, "{nearest} m from the nearest road");
            }
        }
        let went = |trail: &Vec<Fix>| trail.iter().any(|fix| fix.speed > 15.0);
        let moving = trails.iter().filter(|trail| went(trail)).count();
        assert!(moving >= 30, "{moving} of 40 have driven");
    }

    #[test]
    fn people_walk_in_their_grid_and_vehicles_go_as_without_them() {
        let fleet = |seed: u64| Fleet::new(Arc::new(grid(8)), 20, seed, START, None);
        let alone = trails(&mut fleet(3), 900);
        let mut together = fleet(3).with_people(people_for(20), 3);
        assert_eq!(
            (together.len(), people_for(3), people_for(5000)),
            (22, 0, 500)
        );
        assert_eq!((together.number(19), together.number(21)), (20, 2));
        assert_eq!(together.kind(20), Some(VehicleKind::GridWorker));
        let told = trails(&mut together, 900);
        assert_eq!(told.get(..20), Some(alone.as_slice()));
        let again = trails(&mut fleet(3).with_people(2, 3), 900);
        assert_eq!(told, again);
        let other = trails(&mut fleet(3).with_people(2, 4), 900);
        assert_ne!(told, other);
        let plane = together.roads.plane;
        for trail in told.iter().skip(20) {
            let place = |fix: &Fix| plane.metres(fix.lon, fix.lat);
            let steps = trail.iter().zip(trail.iter().skip(1));
            let furthest = steps.map(|(a, b)| distance(place(a), place(b)));
            let furthest = furthest.fold(0.0, f64::max);
            // The last half metre of a way is one step with what is before it.
            assert!((1.0..1.8).contains(&furthest), "{furthest} m in a second");
            assert!(trail.iter().all(|fix| fix.speed < 4.5));
        }
    }

    #[test]
    fn every_vehicle_keeps_the_limit_of_its_stretch() {
        let mut fleet = Fleet::new(Arc::new(grid(6)), 60, 5, START, None);
        for n in 1..900 {
            fleet.drive_until(START.plus_seconds(f64::from(n)), 10);
            for vehicle in &fleet.vehicles {
                let Some(edge) = fleet.edge_of(vehicle) else {
                    continue;
                };
                let (own, _) = vehicle.kind.powers();
                assert!(vehicle.speed <= edge.limit.min(own) + 1e-9);
                assert!((0.0..=edge.length_m).contains(&vehicle.offset_m));
            }
        }
    }

    #[test]
    fn vehicles_wait_at_red_and_queue_behind_each_other() {
        let mut fleet = Fleet::new(Arc::new(grid(4)), 60, 2, START, None);
        let (mut waiting, mut queues) = (0, 0);
        for n in 1..900 {
            fleet.drive_until(START.plus_seconds(f64::from(n)), 10);
            for on in fleet.occupied().values() {
                let standing: Vec<f64> = on
                    .iter()
                    .filter(|(_, index)| {
                        let vehicle = &fleet.vehicles[*index];
                        vehicle.speed < 0.1 && vehicle.waits_until < fleet.now
                    })
                    .map(|(offset, _)| *offset)
                    .collect();
                waiting += usize::from(!standing.is_empty());
                queues += usize::from(standing.len() > 1);
            }
        }
        assert!(
            waiting > 20 && queues > 0,
            "{waiting} waits, {queues} queues"
        );
    }
}
