//! A SensorThings server as a source: followed like a hub, its identities prefixed, its connection told as health.

use super::{HealthTracker, SourceConfig, gather::Asked};
use crate::{Connection, HubAddress, Settings, Update};
use cim_model::{
    CameraId, Datastream, DatastreamId, EventId, GbCode, ObservationBlock, SensorKind, Thing,
    ThingId, UtcMillis,
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// How the server of `config` is followed; `None` when it has no address for HTTP.
pub(crate) fn settings_of(config: &SourceConfig, seed: u64) -> Option<Settings> {
    let super::Place::Web(http) = &config.place else {
        return None;
    };
    let address = HubAddress {
        http: http.to_string(),
        mqtt: config.mqtt.clone(),
    };
    Some(Settings {
        history: Duration::try_from_secs_f64(config.history_s).unwrap_or(Duration::from_hours(24)),
        seed,
        access: config.access(),
        ..Settings::new(address)
    })
}

/// The series that the rows of a block name.
type SeriesList = Arc<[DatastreamId]>;

/// Gives the identities of one server its source's prefix.
pub(crate) struct Renamer {
    source: String,
    period_s: f64,
    layer: String,
    kinds: BTreeMap<ThingId, SensorKind>,
    series: BTreeMap<DatastreamId, DatastreamId>,
    /// The list of the block before: blocks of one source share it.
    list: Option<(SeriesList, SeriesList)>,
}

impl Renamer {
    pub(crate) fn new(config: &SourceConfig) -> Self {
        Self {
            source: config.id.clone(),
            period_s: config.period_s,
            layer: config.layer.clone(),
            kinds: BTreeMap::new(),
            series: BTreeMap::new(),
            list: None,
        }
    }

    /// The update as the desk gets it, and what it says of the source's health. `None` when it is for nobody but us.
    pub(crate) fn take(
        &mut self,
        update: Update,
        tracker: &mut HealthTracker,
        now: UtcMillis,
    ) -> Option<Update> {
        match update {
            Update::Connection(connection) => {
                match connection {
                    Connection::Offline { reason, .. } => tracker.failed(reason, now),
                    Connection::Live => tracker.answered(now),
                    _ => {}
                }
                None
            }
            Update::Catalogue {
                mut things,
                mut datastreams,
                mut cameras,
            } => {
                for thing in &mut things {
                    thing.id = ThingId::new(self.prefixed(thing.id.as_str()));
                    self.kinds.insert(thing.id.clone(), thing.kind);
                }
                for series in &mut datastreams {
                    series.id = self.renamed(&series.id);
                    series.thing = ThingId::new(self.prefixed(series.thing.as_str()));
                    let kind = self.kinds.get(&series.thing).copied().unwrap_or_default();
                    tracker.know(&series.id, layer_of(&self.layer, kind), series.period_s);
                }
                for camera in &mut cameras {
                    if GbCode::parse(camera.id.as_str()).is_none() {
                        camera.id = CameraId::new(self.prefixed(camera.id.as_str()));
                    }
                }
                tracker.arrived_plain((things.len() + cameras.len()) as u64, now);
                Some(Update::Catalogue {
                    things,
                    datastreams,
                    cameras,
                })
            }
            Update::Events(mut events) => {
                for event in &mut events {
                    event.id = EventId::new(self.prefixed(event.id.as_str()));
                }
                tracker.arrived_plain(events.len() as u64, now);
                Some(Update::Events(events))
            }
            Update::Observations(mut observations) => {
                for one in &mut observations {
                    one.datastream = self.renamed(&one.datastream);
                    tracker.seen(&one.datastream, one.happened_at);
                }
                let moments = observations.iter().map(|one| one.happened_at);
                tell_moments(moments, tracker, now);
                Some(Update::Observations(observations))
            }
            Update::Block(block) => Some(Update::Block(self.block(block, tracker, now))),
            Update::Rejected {
                source,
                place,
                reason,
            } => {
                tracker.rejected(1);
                Some(Update::Rejected {
                    source: format!("{}: {source}", self.source),
                    place,
                    reason,
                })
            }
            // What is between a desk and its own hub: views, presence, facts, the city.
            _ => None,
        }
    }

    fn block(
        &mut self,
        block: ObservationBlock,
        tracker: &mut HealthTracker,
        now: UtcMillis,
    ) -> ObservationBlock {
        let known = self
            .list
            .as_ref()
            .filter(|(theirs, _)| Arc::ptr_eq(theirs, &block.series))
            .map(|(_, ours)| Arc::clone(ours));
        let series: Arc<[DatastreamId]> = known.unwrap_or_else(|| {
            let ours: Vec<DatastreamId> = block.series.iter().map(|id| self.renamed(id)).collect();
            ours.into()
        });
        self.list = Some((block.series, Arc::clone(&series)));
        for row in &block.rows {
            if let Some(id) = series.get(row.series as usize) {
                tracker.seen(id, row.happened_at);
            }
        }
        tell_moments(block.rows.iter().map(|row| row.happened_at), tracker, now);
        ObservationBlock {
            series,
            rows: block.rows,
        }
    }

    fn renamed(&mut self, id: &DatastreamId) -> DatastreamId {
        if let Some(known) = self.series.get(id) {
            return known.clone();
        }
        let ours = DatastreamId::new(self.prefixed(id.as_str()));
        self.series.insert(id.clone(), ours.clone());
        ours
    }

    fn prefixed(&self, own: &str) -> String {
        let asked = Asked {
            source: &self.source,
            period_s: self.period_s,
            now: UtcMillis(0),
        };
        asked.identity(own)
    }
}

/// The layer that something of `kind` is counted under.
pub(crate) fn layer_of(declared: &str, kind: SensorKind) -> &str {
    if declared.is_empty() {
        kind.as_str()
    } else {
        declared
    }
}

/// Tells `tracker` of values that happened at `moments`.
pub(crate) fn tell_moments(
    moments: impl Iterator<Item = UtcMillis>,
    tracker: &mut HealthTracker,
    now: UtcMillis,
) {
    let mut count = 0;
    let mut span: Option<(UtcMillis, UtcMillis)> = None;
    for moment in moments {
        count += 1;
        let (oldest, newest) = span.unwrap_or((moment, moment));
        span = Some((oldest.min(moment), newest.max(moment)));
    }
    if let Some((oldest, newest)) = span {
        tracker.arrived_many(newest, oldest, count, now);
    }
}

/// Makes the series of `things` known to `tracker`, each under its layer.
pub(crate) fn know_series(
    things: &[Thing],
    datastreams: &[Datastream],
    declared: &str,
    tracker: &mut HealthTracker,
) {
    let kinds: BTreeMap<&ThingId, SensorKind> =
        things.iter().map(|thing| (&thing.id, thing.kind)).collect();
    for series in datastreams {
        let kind = kinds.get(&series.thing).copied().unwrap_or_default();
        tracker.know(&series.id, layer_of(declared, kind), series.period_s);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::read_sources;
    use cim_model::{BlockRow, Observation, Quality};
    use std::path::Path;

    #[test]
    fn identities_of_a_followed_server_get_its_prefix_and_its_connection_becomes_health() {
        let text = "[[source]]\nid = \"f\"\nkind = \"sensorthings\"\naddress = \"http://127.0.0.1:9/v1.1\"\nperiod_s = 1";
        let file = read_sources(text, "s", Path::new("."), &|_| None);
        let config = &file.sources[0];
        assert_eq!(settings_of(config, 1).expect("settings").address.mqtt, None);
        let mut renamer = Renamer::new(config);
        let mut tracker = HealthTracker::new("f", "f", "sensorthings", "", 1.0);
        let now = UtcMillis(1_000_000);
        let block = ObservationBlock {
            series: vec![DatastreamId::new("7")].into(),
            rows: vec![BlockRow {
                series: 0,
                quality: Quality::Good,
                happened_at: now,
                value: 1.0,
            }],
        };
        let Some(Update::Block(first)) =
            renamer.take(Update::Block(block.clone()), &mut tracker, now)
        else {
            panic!("a block is expected");
        };
        assert_eq!(first.series[0].as_str(), "f:7");
        let Some(Update::Block(second)) = renamer.take(Update::Block(block), &mut tracker, now)
        else {
            panic!("a block is expected");
        };
        assert!(
            Arc::ptr_eq(&first.series, &second.series),
            "the list is shared"
        );
        let one = Observation {
            datastream: DatastreamId::new("7"),
            happened_at: now,
            value: 1.0,
            quality: Quality::Good,
        };
        let told = renamer.take(Update::Observations(vec![one]), &mut tracker, now);
        let Some(Update::Observations(told)) = told else {
            panic!("observations are expected");
        };
        assert_eq!(told[0].datastream.as_str(), "f:7");
        assert_eq!(
            renamer.take(Update::Connection(Connection::Live), &mut tracker, now),
            None
        );
        assert_eq!(tracker.look(now).expect("the first").items, 3);
    }
}
