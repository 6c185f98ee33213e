//! Drills: scripted emergencies that move sensors, report events and warn by CAP. Everything says that it is an exercise.
//!
//! A drill is a timeline from its start; place and values depend on the city and the seed only.

use super::client::HubClient;
use super::kinds::{Quantity, sheet};
use super::model::{Sample, mix, rounded};
use super::plane::{Plane, distance};
use super::setup::Device;
use crate::error::SimulateError;
use crate::iso::iso_from_millis;
use cim_model::{Quality, TimeSource, UtcMillis};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

const MINUTE: f64 = 60.0;
/// How often is looked whether a step is due.
const TICK: Duration = Duration::from_millis(500);

/// A value that a drill moves, in a circle and for some time.
#[derive(Clone, Copy, Debug)]
struct Effect {
    quantity: Quantity,
    radius_m: f64,
    /// After the start, seconds.
    begins_s: f64,
    /// How long it rises, stays and falls, seconds.
    rise_s: f64,
    stay_s: f64,
    fall_s: f64,
    /// The value in the middle of the circle, when risen.
    peak: f64,
}

/// A step of the timeline.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// After the start, seconds.
    at_s: f64,
    what: What,
}

#[derive(Clone, Copy, Debug)]
enum What {
    /// The event with a number is reported: category, level, title.
    Event(u32, &'static str, &'static str, &'static str),
    /// The event goes on: its number and status.
    Status(u32, &'static str),
    /// A public warning: CAP category, event and instruction.
    Warning(&'static str, &'static str, &'static str),
}

struct Script {
    name: &'static str,
    says: &'static str,
    /// Where it happens: at a device of this quantity.
    at: Quantity,
    radius_m: f64,
    effects: &'static [Effect],
    steps: &'static [Step],
}

const fn effect(
    quantity: Quantity,
    radius_m: f64,
    begins_s: f64,
    stay_s: f64,
    peak: f64,
) -> Effect {
    Effect {
        quantity,
        radius_m,
        begins_s,
        rise_s: 3.0 * MINUTE,
        stay_s,
        fall_s: 8.0 * MINUTE,
        peak,
    }
}

const fn step(at_s: f64, what: What) -> Step {
    Step { at_s, what }
}

static SCRIPTS: [Script; 5] = [
    Script {
        name: "gas_leak",
        says: "methane rises in chambers of one street; the street is closed",
        at: Quantity::Methane,
        radius_m: 400.0,
        effects: &[
            effect(Quantity::Methane, 400.0, 0.0, 20.0 * MINUTE, 58.0),
            effect(Quantity::Speed, 600.0, 6.0 * MINUTE, 18.0 * MINUTE, 15.0),
        ],
        steps: &[
            step(2.0 * MINUTE, What::Event(1, "gas_leak", "I", "燃气泄漏")),
            step(4.0 * MINUTE, What::Status(1, "handling")),
            step(
                5.0 * MINUTE,
                What::Warning("Safety", "燃气泄漏", "请勿使用明火，绕行事发路段。"),
            ),
            step(30.0 * MINUTE, What::Status(1, "closed")),
        ],
    },
    Script {
        name: "water_burst",
        says: "a main bursts; pressure falls around it until valves are closed, an underpass fills",
        at: Quantity::WaterPressure,
        radius_m: 500.0,
        effects: &[
            effect(Quantity::WaterPressure, 500.0, 0.0, 25.0 * MINUTE, 0.08),
            effect(
                Quantity::UnderpassDepth,
                900.0,
                4.0 * MINUTE,
                20.0 * MINUTE,
                24.0,
            ),
        ],
        steps: &[
            step(
                3.0 * MINUTE,
                What::Event(1, "road_flooding", "II", "供水管爆裂"),
            ),
            step(6.0 * MINUTE, What::Status(1, "handling")),
            step(
                8.0 * MINUTE,
                What::Warning("Infra", "停水", "抢修期间请储备生活用水。"),
            ),
            step(40.0 * MINUTE, What::Status(1, "closed")),
        ],
    },
    Script {
        name: "flooding_rain",
        says: "heavy rain fills underpasses and drains and slows the traffic",
        at: Quantity::UnderpassDepth,
        radius_m: 2500.0,
        effects: &[
            effect(Quantity::Rain, 4000.0, 0.0, 30.0 * MINUTE, 62.0),
            effect(
                Quantity::UnderpassDepth,
                2500.0,
                5.0 * MINUTE,
                40.0 * MINUTE,
                29.0,
            ),
            effect(
                Quantity::DrainLevel,
                2500.0,
                4.0 * MINUTE,
                35.0 * MINUTE,
                96.0,
            ),
            effect(
                Quantity::RiverLevel,
                4000.0,
                12.0 * MINUTE,
                45.0 * MINUTE,
                3.3,
            ),
            effect(Quantity::Speed, 2500.0, 3.0 * MINUTE, 35.0 * MINUTE, 16.0),
        ],
        steps: &[
            step(
                1.0 * MINUTE,
                What::Warning("Met", "暴雨红色预警", "请勿进入地下空间和下穿通道。"),
            ),
            step(
                8.0 * MINUTE,
                What::Event(1, "road_flooding", "I", "下穿通道积水"),
            ),
            step(
                11.0 * MINUTE,
                What::Event(2, "traffic_jam", "III", "积水导致拥堵"),
            ),
            step(12.0 * MINUTE, What::Status(1, "handling")),
            step(50.0 * MINUTE, What::Status(2, "closed")),
            step(60.0 * MINUTE, What::Status(1, "closed")),
        ],
    },
    Script {
        name: "chlorine_release",
        says: "chlorine escapes; people stay inside, traffic is led around",
        at: Quantity::Pm25,
        radius_m: 1200.0,
        effects: &[
            effect(Quantity::Pm25, 1200.0, 0.0, 20.0 * MINUTE, 140.0),
            effect(Quantity::Speed, 1200.0, 8.0 * MINUTE, 25.0 * MINUTE, 14.5),
            effect(Quantity::Sound, 500.0, 5.0 * MINUTE, 10.0 * MINUTE, 79.0),
        ],
        steps: &[
            step(1.0 * MINUTE, What::Event(1, "other", "I", "氯气泄漏")),
            step(
                2.0 * MINUTE,
                What::Warning("CBRNE", "氯气泄漏", "请关闭门窗，向上风方向撤离。"),
            ),
            step(3.0 * MINUTE, What::Status(1, "handling")),
            step(45.0 * MINUTE, What::Status(1, "closed")),
        ],
    },
    Script {
        name: "blackout",
        says: "a district loses power: lamps and pumps stop, drains rise, car parks and signals fail",
        at: Quantity::Speed,
        radius_m: 1500.0,
        effects: &[
            effect(Quantity::LampPower, 1500.0, 0.0, 30.0 * MINUTE, 0.0),
            effect(Quantity::PumpLoad, 1500.0, 0.0, 30.0 * MINUTE, 0.0),
            effect(
                Quantity::DrainLevel,
                1500.0,
                6.0 * MINUTE,
                30.0 * MINUTE,
                80.0,
            ),
            effect(Quantity::Speed, 1500.0, 2.0 * MINUTE, 28.0 * MINUTE, 14.0),
        ],
        steps: &[
            step(
                1.0 * MINUTE,
                What::Event(1, "facility_damage", "II", "片区停电"),
            ),
            step(
                2.0 * MINUTE,
                What::Event(2, "street_light", "III", "路灯熄灭"),
            ),
            step(
                4.0 * MINUTE,
                What::Warning("Infra", "片区停电", "路口信号灯停用，请减速慢行。"),
            ),
            step(5.0 * MINUTE, What::Status(1, "handling")),
            step(38.0 * MINUTE, What::Status(2, "closed")),
            step(40.0 * MINUTE, What::Status(1, "closed")),
        ],
    },
];

/// The drills that there are, with a sentence each.
pub(crate) static NAMES: [(&str, &str); 5] = [
    (SCRIPTS[0].name, SCRIPTS[0].says),
    (SCRIPTS[1].name, SCRIPTS[1].says),
    (SCRIPTS[2].name, SCRIPTS[2].says),
    (SCRIPTS[3].name, SCRIPTS[3].says),
    (SCRIPTS[4].name, SCRIPTS[4].says),
];

/// A drill at its place and time.
#[derive(Clone, Copy)]
pub(crate) struct Drill {
    script: &'static Script,
    /// When it starts.
    pub(crate) starts: UtcMillis,
    plane: Plane,
    centre: [f64; 2],
}

/// What a drill sends to the hub, and to which door.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Message {
    /// Events for `/api/events`.
    Event(Value),
    /// A CAP 1.2 document for `/api/cap`.
    Alert(String),
}

impl Drill {
    /// A drill by its name, at a device that measures what it is about.
    pub(crate) fn named(
        name: &str,
        devices: &[Device],
        plane: Plane,
        starts: UtcMillis,
        seed: u64,
    ) -> Result<Self, SimulateError> {
        let script = SCRIPTS.iter().find(|script| script.name == name);
        let script = script.ok_or_else(|| {
            let known: Vec<&str> = SCRIPTS.iter().map(|script| script.name).collect();
            SimulateError::Setting {
                name: "drill",
                reason: format!("there is no drill {name}; there are: {}", known.join(", ")),
            }
        })?;
        let fits = |device: &&Device| device.model.quantity == script.at;
        let place = devices
            .iter()
            .filter(fits)
            .min_by_key(|device| (device.model.gauge.is_none(), mix(seed, device.model.seed)))
            .or(devices.first());
        let place = place.ok_or_else(|| SimulateError::Setting {
            name: "drill",
            reason: "there is no device near which it could happen".to_owned(),
        })?;
        Ok(Self {
            script,
            starts,
            plane,
            centre: plane.metres(place.place[0], place.place[1]),
        })
    }

    /// Moves a device's value as far as the drill reaches it. The second is whether it does.
    pub(crate) fn moved(
        &self,
        device: &Device,
        moment: UtcMillis,
        sample: Sample,
    ) -> (Sample, bool) {
        let after_s = moment.seconds_since(self.starts);
        let apart = distance(
            self.centre,
            self.plane.metres(device.place[0], device.place[1]),
        );
        let mut value = sample.value;
        let mut is_moved = false;
        for effect in self.script.effects {
            // A gauge on a network shows what the burst does there.
            if effect.quantity != device.model.quantity || device.model.gauge.is_some() {
                continue;
            }
            let share = effect.strength(after_s) * (1.0 - apart / effect.radius_m).max(0.0).sqrt();
            if share > 0.0 {
                value += share * (effect.peak - value);
                is_moved = true;
            }
        }
        let value = rounded(value, sheet(device.model.quantity));
        let moved = Sample {
            value,
            quality: if is_moved {
                Quality::Good
            } else {
                sample.quality
            },
        };
        if is_moved {
            (moved, true)
        } else {
            (sample, false)
        }
    }

    /// When the network's main bursts and when its valves are closed, in a drill that is about that.
    pub(crate) fn burst(&self) -> Option<(UtcMillis, UtcMillis)> {
        let is_burst = self.script.name == "water_burst";
        is_burst.then(|| (self.starts, self.starts.plus_seconds(25.0 * MINUTE)))
    }

    /// Where it happens, metres on its map.
    pub(crate) fn centre(&self) -> [f64; 2] {
        self.centre
    }

    /// How many steps the timeline has.
    pub(crate) fn len(&self) -> usize {
        self.script.steps.len()
    }

    /// When a step is due, and what it sends.
    pub(crate) fn step(&self, index: usize) -> Option<(UtcMillis, Message)> {
        let step = self.script.steps.get(index)?;
        let at = self.starts.plus_seconds(step.at_s);
        let message = match step.what {
            What::Event(number, category, level, title) => {
                Message::Event(self.event(number, category, level, title, at))
            }
            What::Status(number, status) => Message::Event(
                json!({"id": self.id(number), "status": status, "standing": "exercise"}),
            ),
            What::Warning(category, event, instruction) => {
                Message::Alert(self.alert(index, category, event, instruction, at))
            }
        };
        Some((at, message))
    }

    fn id(&self, number: u32) -> String {
        format!("drill-{}-{}-{number}", self.script.name, self.starts.0)
    }

    fn event(&self, number: u32, category: &str, level: &str, title: &str, at: UtcMillis) -> Value {
        // Events of one drill do not lie on each other.
        let shifted = [
            self.centre[0] + 60.0 * f64::from(number - 1),
            self.centre[1],
        ];
        let [lon, lat] = self.plane.degrees(shifted);
        json!({
            "id": self.id(number),
            "title": format!("【演练】{title}"),
            "description": format!("演练 Exercise: {}", self.script.says),
            "category": category,
            "level": level,
            "status": "reported",
            "lon": lon,
            "lat": lat,
            "happened_at": iso_from_millis(at),
            "source": "drill",
            "standing": "exercise"
        })
    }

    /// An alert of CAP 1.2 (OASIS, 1 July 2010, section 3.2), with status Exercise.
    fn alert(
        &self,
        index: usize,
        category: &str,
        event: &str,
        instruction: &str,
        at: UtcMillis,
    ) -> String {
        let [lon, lat] = self.plane.degrees(self.centre);
        // CAP wants an offset instead of Z, and no fractions (section 3.3.2).
        let sent = cap_moment(at);
        let expires = cap_moment(at.plus_seconds(3600.0));
        let radius_km = self.script.radius_m / 1000.0;
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">\n\
             <identifier>drill-{name}-{start}-warning-{index}</identifier>\n\
             <sender>drill@citymirror</sender><sent>{sent}</sent>\n\
             <status>Exercise</status><msgType>Alert</msgType><scope>Public</scope>\n\
             <note>演练 Exercise: {says}</note>\n\
             <info><language>zh-CN</language><category>{category}</category><event>{event}</event>\n\
             <urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty>\n\
             <expires>{expires}</expires><headline>【演练】{event}</headline>\n\
             <instruction>{instruction}</instruction>\n\
             <area><areaDesc>演练区域</areaDesc><circle>{lat:.6},{lon:.6} {radius_km}</circle></area></info>\n\
             </alert>\n",
            name = self.script.name,
            start = self.starts.0,
            says = self.script.says,
        )
    }
}

/// Tells the hub each step when it is due, until stopped. A hub that refuses one is logged; the drill goes on.
pub(crate) async fn carry_out(
    hub: &HubClient,
    drill: Option<Drill>,
    time: Arc<dyn TimeSource>,
    mut stop: watch::Receiver<bool>,
) {
    let Some(drill) = drill else { return };
    let mut next = 0;
    while next < drill.len() {
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        while let Some((at, message)) = drill.step(next)
            && at <= time.now()
        {
            next += 1;
            let told = match &message {
                Message::Event(event) => {
                    let body = json!({"items": [event]});
                    hub.post("/api/events", &body, "an event of the drill")
                        .await
                        .map(|_answer| ())
                }
                Message::Alert(xml) => {
                    hub.post_text(
                        "/api/cap",
                        xml,
                        "application/cap+xml",
                        "an alert of the drill",
                    )
                    .await
                }
            };
            if let Err(err) = told {
                tracing::warn!(
                    error = &err as &dyn std::error::Error,
                    "a step of the drill is not told"
                );
            }
        }
    }
}

fn cap_moment(moment: UtcMillis) -> String {
    let text = iso_from_millis(moment);
    format!("{}-00:00", text.get(..19).unwrap_or(&text))
}

impl Effect {
    /// How far it has risen, 0 to 1.
    fn strength(&self, after_s: f64) -> f64 {
        let since = after_s - self.begins_s;
        let falls = since - self.rise_s - self.stay_s;
        let rising = (since / self.rise_s).clamp(0.0, 1.0);
        let falling = (1.0 - falls / self.fall_s).clamp(0.0, 1.0);
        rising * falling
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::Model;
    use super::*;
    use cim_model::Standing;

    const START: UtcMillis = UtcMillis(1_760_000_000_000);

    fn devices() -> Vec<Device> {
        let of = |(number, quantity): (i64, Quantity)| Device {
            place: [121.48 + 0.001 * number as f64, 31.24],
            ..Device::at(
                number,
                Model::new(quantity, mix(4, number.cast_unsigned()), 1, 0),
            )
        };
        let quantities = [
            Quantity::Methane,
            Quantity::Speed,
            Quantity::UnderpassDepth,
            Quantity::Pm25,
        ];
        (0..8).zip(quantities.into_iter().cycle()).map(of).collect()
    }

    fn drill(name: &str) -> Drill {
        let plane = Plane::around(121.5, 31.2);
        Drill::named(name, &devices(), plane, START, 1).expect("a drill")
    }

    #[test]
    fn every_event_and_alert_of_every_drill_is_an_exercise() {
        for (name, _) in NAMES {
            let drill = drill(name);
            let mut last = START;
            let mut alerts = 0;
            for index in 0..drill.len() {
                let (at, message) = drill.step(index).expect("a step");
                assert!(at >= last, "{name} runs forward");
                last = at;
                match message {
                    Message::Event(event) => assert_eq!(event["standing"], "exercise", "{name}"),
                    Message::Alert(xml) => {
                        alerts += 1;
                        let alert = cim_sync::cap::read_alert(xml.as_bytes()).expect("CAP 1.2");
                        let events = cim_sync::cap::events_of(&alert, START);
                        assert!(!events.is_empty());
                        assert!(
                            events
                                .iter()
                                .all(|event| event.standing == Standing::Exercise)
                        );
                    }
                }
            }
            assert!(alerts >= 1, "{name} warns");
        }
    }

    #[test]
    fn a_drill_moves_near_sensors_and_lets_them_go_again() {
        let drill = drill("gas_leak");
        let devices = devices();
        let normal = Sample {
            value: 2.0,
            quality: Quality::Good,
        };
        let highest = |after_s: f64| {
            devices
                .iter()
                .filter(|device| device.model.quantity == Quantity::Methane)
                .map(|device| {
                    drill
                        .moved(device, START.plus_seconds(after_s), normal)
                        .0
                        .value
                })
                .fold(0.0, f64::max)
        };
        assert!(highest(600.0) > 50.0, "beyond the last limit");
        assert!((highest(-10.0) - 2.0).abs() < 1e-9 && (highest(7200.0) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_drill_is_the_same_each_time_and_an_unknown_one_is_refused_with_the_known_ones() {
        for index in 0..drill("blackout").len() {
            assert_eq!(drill("blackout").step(index), drill("blackout").step(index));
        }
        let plane = Plane::around(121.5, 31.2);
        let error = Drill::named("comet", &devices(), plane, START, 1)
            .map(|_| ())
            .expect_err("unknown");
        assert!(error.to_string().contains("gas_leak"), "{error}");
    }
}
