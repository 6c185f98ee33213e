//! A small city that is made up, the same on every machine, in a cache of its own.

use cim_geo::Geodetic;
use cim_model::{
    Camera, CameraId, CameraStatus, Clip, Datastream, DatastreamId, Event, EventId, EventLevel,
    EventStatus, Limits, Quality, SensorKind, Standing, Thing, ThingId, UtcMillis,
};
use cim_recording::{About, Scope};
use cim_store::{Fact, Moment, Row, Store};
use std::path::PathBuf;

/// 2024-11-22T22:30:00Z: midnight falls into the stretch.
pub(crate) const FROM: i64 = 1_732_314_600_000;
/// A minute, in milliseconds.
pub(crate) const MINUTE_MS: i64 = 60_000;
const SERIES: u32 = 60;

/// A city in a cache.
pub(crate) struct City {
    pub(crate) store: Store,
    pub(crate) folder: PathBuf,
}

/// The first `minutes` of the city, all series.
pub(crate) fn whole(minutes: i64) -> Scope {
    Scope {
        from: UtcMillis(FROM),
        to: UtcMillis(FROM + minutes * MINUTE_MS),
        series: None,
    }
}

/// What recordings of the city say of themselves.
pub(crate) fn about() -> About {
    About {
        city_zh: "试城".to_owned(),
        city_en: "Test City".to_owned(),
        author: "测试".to_owned(),
        made_at: UtcMillis(FROM + 7_777),
        folder_of_clips: None,
    }
}

/// `n` moments from the first to the last of `scope`, in order.
pub(crate) fn moments(scope: &Scope, n: i64) -> Vec<UtcMillis> {
    let span = scope.to.0 - scope.from.0;
    (0..n)
        .map(|place| UtcMillis(scope.from.0 + span * place / (n - 1)))
        .collect()
}

/// The next number of a fixed sequence (Numerical Recipes' linear congruence), its upper bits.
fn roll(state: &mut u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

fn datastream(number: u32) -> Datastream {
    Datastream {
        id: DatastreamId::new(format!("ds-{number:02}")),
        thing: ThingId::new(format!("thing-{}", number % 4)),
        name: format!("=序列 {number}, \"外环\""),
        observed_property: "PM2.5".to_owned(),
        unit: "µg/m³".to_owned(),
        period_s: 1.0,
        limits: Limits {
            above_high: Some(75.1),
            ..Limits::default()
        },
    }
}

impl City {
    /// A cache with nothing in it.
    pub(crate) async fn empty(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!(
            "citymirror-recording-{}-{name}",
            std::process::id()
        ));
        if folder.exists() {
            std::fs::remove_dir_all(&folder).expect("the last run's folder goes");
        }
        std::fs::create_dir_all(&folder).expect("a folder");
        let (store, notes) = Store::open(&folder.join("cache")).await.expect("a cache");
        assert_eq!(notes, Vec::<String>::new());
        Self { store, folder }
    }

    /// Makes the series known in another order, so that they get other numbers.
    pub(crate) async fn learn_series_backwards(&self) {
        let datastreams: Vec<Datastream> = (0..SERIES).rev().map(datastream).collect();
        self.store
            .save_catalogue(&[], &datastreams, &[], UtcMillis(FROM))
            .await
            .expect("a catalogue");
    }

    async fn with_catalogue(name: &str) -> Self {
        let city = Self::empty(name).await;
        let position = Geodetic {
            lon_deg: 120.585_294_1,
            lat_deg: 31.299_758_8,
            height_m: 0.1 + 0.2,
        };
        let things: Vec<Thing> = (0..4)
            .map(|number| Thing {
                id: ThingId::new(format!("thing-{number}")),
                name: format!("站点 {number}"),
                description: String::new(),
                kind: SensorKind::Air,
                position,
                properties: vec![("maker".to_owned(), "nobody".to_owned())],
            })
            .collect();
        let datastreams: Vec<Datastream> = (0..SERIES).map(datastream).collect();
        let cameras = [Camera {
            id: CameraId::new("32050000001320000001"),
            name: "东门".to_owned(),
            position,
            azimuth_deg: 33.3,
            tilt_deg: 5.0,
            fov_deg: 60.0,
            range_m: 80.0,
            status: CameraStatus::On,
            category: 1,
            clips: vec![Clip {
                path: "cam-1/a.mp4".to_owned(),
                from: UtcMillis(FROM + MINUTE_MS),
                to: UtcMillis(FROM + 2 * MINUTE_MS),
            }],
        }];
        city.store
            .save_catalogue(&things, &datastreams, &cameras, UtcMillis(FROM))
            .await
            .expect("a catalogue");
        city
    }

    /// A city with periods of 1 to 60 s, gaps, doubts, late values, facts, events and a marked moment.
    pub(crate) async fn lively(name: &str, minutes: i64) -> Self {
        let city = Self::with_catalogue(name).await;
        let mut dice = 20_241_122;
        let mut rows = Vec::new();
        let end = FROM + (minutes + 5) * MINUTE_MS;
        for series in 0..SERIES {
            let period = 1_000 * i64::from(1 + series);
            // The last two series only spoke long before the stretch, or never.
            if series + 1 == SERIES {
                continue;
            }
            let mut t = FROM - 90 * MINUTE_MS + i64::from(series) * 37;
            let last = if series + 2 == SERIES {
                FROM - MINUTE_MS
            } else {
                end
            };
            let mut value = 20.0;
            while t < last {
                value += roll(&mut dice) as f64 % 101.0 / 10.0 - 5.0;
                let late = roll(&mut dice).is_multiple_of(50);
                let delay = if late { 4 * MINUTE_MS } else { 0 };
                let is_silent = (30..40).contains(&(t / MINUTE_MS % 60)) && series % 3 == 0;
                if !is_silent {
                    rows.push(Row {
                        series: city.number(series),
                        quality: match roll(&mut dice) % 20 {
                            0 => Quality::Suspect,
                            1 => Quality::Estimated,
                            _ => Quality::Good,
                        },
                        happened_at: t,
                        known_at: t + delay,
                        value: (value * 10.0).round() / 10.0,
                    });
                }
                t += period + (roll(&mut dice) % 90) as i64;
            }
        }
        city.append(&mut rows).await;
        city.tell().await;
        city
    }

    /// A city where every series speaks every second.
    pub(crate) async fn steady(name: &str, minutes: i64) -> Self {
        let city = Self::with_catalogue(name).await;
        let mut dice = 7;
        let mut rows = Vec::new();
        for second in 0..minutes * 60 {
            for series in 0..SERIES {
                let t = FROM + second * 1_000 + i64::from(series);
                rows.push(Row {
                    series: city.number(series),
                    quality: Quality::Good,
                    happened_at: t,
                    known_at: t,
                    value: roll(&mut dice) as f64 / 1_000.0,
                });
            }
        }
        city.append(&mut rows).await;
        city
    }

    fn number(&self, series: u32) -> u32 {
        self.store
            .number_of(&datastream(series).id)
            .expect("a known series")
    }

    async fn append(&self, rows: &mut [Row]) {
        rows.sort_by_key(|row| (row.known_at, row.series));
        for batch in rows.chunks(20_000) {
            self.store.append_rows(batch).await.expect("appended");
        }
        let now = rows.last().map_or(FROM, |row| row.known_at);
        self.store
            .history()
            .seal(UtcMillis(now), true)
            .await
            .expect("sealed");
    }

    /// What people did and what happened.
    async fn tell(&self) {
        for (place, minute) in [-600, 0, 1].into_iter().enumerate() {
            let fact = Fact {
                id: format!("fact-{place}"),
                happened_at: UtcMillis(FROM + minute * MINUTE_MS),
                known_at: UtcMillis(FROM + (minute + 2) * MINUTE_MS),
                author: "值班员".to_owned(),
                subject: "alarm-1".to_owned(),
                verb: "acknowledge".to_owned(),
                body: "{}".to_owned(),
                cause: "alarm-1".to_owned(),
            };
            self.store.save_fact(&fact).await.expect("a fact");
        }
        let reported = Event {
            id: EventId::new("event-1"),
            title: "路面塌陷".to_owned(),
            description: String::new(),
            category: "road_damage".to_owned(),
            level: EventLevel::II,
            status: EventStatus::Reported,
            position: Geodetic {
                lon_deg: 120.6,
                lat_deg: 31.3,
                height_m: 0.0,
            },
            happened_at: UtcMillis(FROM - MINUTE_MS),
            known_at: UtcMillis(FROM - MINUTE_MS / 2),
            source: "hotline".to_owned(),
            standing: Standing::Actual,
        };
        let handled = Event {
            status: EventStatus::Handling,
            known_at: UtcMillis(FROM + MINUTE_MS / 2),
            ..reported.clone()
        };
        for event in [reported, handled] {
            self.store.save_events(&[event]).await.expect("an event");
        }
        let moment = Moment {
            id: "moment-1".to_owned(),
            at: UtcMillis(FROM + MINUTE_MS),
            title: "高峰".to_owned(),
            author: "值班员".to_owned(),
            saved_at: UtcMillis(FROM + 9 * MINUTE_MS),
            view: "{\"zoom\":3}".to_owned(),
            thumbnail: vec![0x89, b'P', b'N', b'G', 0, 255],
        };
        self.store.save_moment(&moment).await.expect("a moment");
    }

    /// Closes the cache and removes its folder.
    pub(crate) async fn close(self) {
        self.store.close().await;
        std::fs::remove_dir_all(&self.folder).expect("removed");
    }
}
