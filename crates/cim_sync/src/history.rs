//! The observations that the desk missed: in full while they are few, in samples when they are many, and the newest of each series.

use crate::{
    Phase, SyncError,
    block::BlockPage,
    door::join,
    iso,
    paging::Walk,
    sensorthings::{identity_in_address, latest_page, observations_block, observations_of_series},
    session::Desk,
};
use cim_model::{DatastreamId, Observation, UtcMillis};
use reqwest::Url;
use std::collections::BTreeSet;

/// Where the history ends among the steps of catching up.
const HISTORY_DONE: u32 = 99;
const HISTORY_BEGINS: u32 = 50;
/// How many observations are fetched in full; of a larger backlog, samples.
const MAX_IN_FULL: u64 = 20_000_000;
/// How many samples a backlog that is too large is fetched in, one page each: every quarter of an hour of a day.
const SAMPLES: i64 = 96;
/// How much of such a backlog, at its end, is fetched in full all the same.
const LAST_IN_FULL_S: f64 = 120.0;
/// How many observations a page has.
const PAGE: u32 = 5000;
/// How far fetching reaches back behind the newest observation: sources report with different delays.
const OVERLAP_S: f64 = 60.0;
/// The same while polling, where it is paid every few seconds.
const POLL_OVERLAP_S: f64 = 15.0;
/// How many observations one poll fetches.
const MAX_PER_POLL: u64 = 50_000;
/// How many delivered observations are remembered, so that polls that overlap don't deliver them again.
const MAX_RECENT: usize = 200_000;
/// How many series are asked for their newest value one by one, when the server can't tell all at once.
const MAX_ONE_BY_ONE: usize = 2000;
/// How many series a page of the newest values has.
const SERIES_PAGE: u32 = 500;

/// How a server is asked for observations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    /// `$resultFormat=dataArray`, a tenth of the size; otherwise one by one, each with its datastream.
    is_data_array: bool,
    order: Order,
}

/// By which time observations are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Phenomenon,
    /// For servers that cannot order by `phenomenonTime`.
    Result,
}

impl Order {
    fn property(self) -> &'static str {
        match self {
            Self::Phenomenon => "phenomenonTime",
            Self::Result => "resultTime",
        }
    }
}

impl Form {
    /// What is tried first.
    pub(crate) const FIRST: Self = Self {
        is_data_array: true,
        order: Order::Phenomenon,
    };

    /// What is tried when the server refuses this.
    fn next(self) -> Option<Self> {
        let (is_data_array, order) = match (self.is_data_array, self.order) {
            (true, Order::Phenomenon) => (false, Order::Phenomenon),
            (false, Order::Phenomenon) => (true, Order::Result),
            (true, Order::Result) => (false, Order::Result),
            (false, Order::Result) => return None,
        };
        Some(Self {
            is_data_array,
            order,
        })
    }
}

/// What polls delivered lately.
#[derive(Debug, Default)]
pub(crate) struct Recent(BTreeSet<(UtcMillis, DatastreamId)>);

impl Recent {
    /// Takes out of `observations` what was delivered lately, and remembers the rest.
    fn take_out_known(&mut self, observations: &mut Vec<Observation>) {
        observations.retain(|observation| {
            self.0
                .insert((observation.happened_at, observation.datastream.clone()))
        });
        while self.0.len() > MAX_RECENT {
            self.0.pop_first();
        }
    }

    /// Forgets what polls from `from` on cannot bring again.
    fn forget_before(&mut self, from: UtcMillis) {
        self.0 = self.0.split_off(&(from, DatastreamId::new("")));
    }
}

/// What a desk has not got from a hub.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Missed {
    /// Its newest observation when the hub was reached; `None` when it had none.
    pub(crate) after: Option<UtcMillis>,
}

/// Fetches what was missed, or the whole history for a desk that had none.
pub(crate) async fn fetch_missed(
    desk: &mut Desk,
    root: &Url,
    missed: Missed,
) -> Result<(), SyncError> {
    let now = desk.out.now();
    let earliest = now.plus_seconds(-desk.settings.history.as_secs_f64());
    let from = missed
        .after
        .map_or(earliest, |newest| {
            newest.plus_seconds(-OVERLAP_S).max(earliest)
        })
        .min(now);
    let (mut walk, mut page) = begin(desk, root, from, None).await?;
    if page
        .as_ref()
        .and_then(|page| page.count)
        .is_some_and(|count| count > MAX_IN_FULL)
    {
        return fetch_samples(desk, root, from, now).await;
    }
    let mut fetched = 0;
    while let Some(found) = page {
        fetched += found.entries;
        let reached = found.block.rows.iter().map(|row| row.happened_at).max();
        desk.deliver_block(found.block).await?;
        if fetched > MAX_IN_FULL {
            return fetch_samples(desk, root, reached.unwrap_or(from), now).await;
        }
        tell_progress(desk, from, reached.unwrap_or(from), now).await?;
        page = walk
            .next_page(&desk.door, &desk.out, |bytes: &[u8]| {
                observations_block(bytes, &mut desk.names)
            })
            .await?;
    }
    Ok(())
}

/// Fetches the observations from `from` on, before `until` when it is given; about [`MAX_IN_FULL`] at most.
pub(crate) async fn fetch_stretch(
    desk: &mut Desk,
    root: &Url,
    from: UtcMillis,
    until: Option<UtcMillis>,
) -> Result<(), SyncError> {
    let (mut walk, mut page) = begin(desk, root, from, until).await?;
    let mut fetched = 0;
    while let Some(found) = page {
        fetched += found.entries;
        desk.deliver_block(found.block).await?;
        if fetched > MAX_IN_FULL {
            break;
        }
        page = walk
            .next_page(&desk.door, &desk.out, |bytes: &[u8]| {
                observations_block(bytes, &mut desk.names)
            })
            .await?;
    }
    Ok(())
}

/// Fetches one page at the beginning of each of [`SAMPLES`] equal stretches, then the last minutes in full.
async fn fetch_samples(
    desk: &mut Desk,
    root: &Url,
    from: UtcMillis,
    now: UtcMillis,
) -> Result<(), SyncError> {
    let stretch = ((now.0 - from.0) / SAMPLES).max(1);
    for sample in 0..SAMPLES {
        let begins = UtcMillis(from.0 + sample * stretch);
        let (_, page) = begin(desk, root, begins, Some(UtcMillis(begins.0 + stretch))).await?;
        if let Some(page) = page {
            desk.deliver_block(page.block).await?;
        }
        tell_progress(desk, from, begins, now).await?;
    }
    fetch_stretch(desk, root, now.plus_seconds(-LAST_IN_FULL_S), None).await
}

async fn tell_progress(
    desk: &mut Desk,
    from: UtcMillis,
    reached: UtcMillis,
    now: UtcMillis,
) -> Result<(), SyncError> {
    let done = reached.seconds_since(from) / now.seconds_since(from).max(1.0);
    let steps = f64::from(HISTORY_DONE - HISTORY_BEGINS) * done.clamp(0.0, 1.0);
    desk.progress(Phase::History, HISTORY_BEGINS + steps as u32)
        .await
}

/// Fetches what came since shortly before the newest observation, and delivers what is new of it.
pub(crate) async fn poll(desk: &mut Desk, root: &Url) -> Result<(), SyncError> {
    let from = desk
        .newest
        .unwrap_or_else(|| desk.out.now())
        .plus_seconds(-POLL_OVERLAP_S);
    desk.recent.forget_before(from);
    let (mut walk, mut page) = begin(desk, root, from, None).await?;
    let mut fetched = 0;
    while let Some(found) = page {
        fetched += found.entries;
        let mut observations = found.block.iter().collect();
        desk.recent.take_out_known(&mut observations);
        desk.deliver(observations).await?;
        if fetched > MAX_PER_POLL {
            break;
        }
        page = walk
            .next_page(&desk.door, &desk.out, |bytes: &[u8]| {
                observations_block(bytes, &mut desk.names)
            })
            .await?;
    }
    Ok(())
}

/// Asks for the first page from `from` on, in the form that the server knows.
async fn begin(
    desk: &mut Desk,
    root: &Url,
    from: UtcMillis,
    until: Option<UtcMillis>,
) -> Result<(Walk, Option<BlockPage>), SyncError> {
    loop {
        let form = desk.form;
        let mut walk = Walk::new(observations_address(root, form, from, until)?);
        let outcome = walk
            .next_page(&desk.door, &desk.out, |bytes: &[u8]| {
                observations_block(bytes, &mut desk.names)
            })
            .await;
        let is_refused = match &outcome {
            Err(SyncError::Refused { .. }) => true,
            // A server that takes the wish for nothing answers one by one, without the series.
            Ok(Some(page)) => form.is_data_array && page.block.is_empty() && page.entries > 0,
            _ => false,
        };
        if !is_refused {
            return Ok((walk, outcome?));
        }
        if let Some(next) = form.next() {
            desk.form = next;
        } else {
            desk.form = Form::FIRST;
            return Ok((walk, outcome?));
        }
    }
}

fn observations_address(
    root: &Url,
    form: Form,
    from: UtcMillis,
    until: Option<UtcMillis>,
) -> Result<Url, SyncError> {
    let mut address = join(root, "Observations")?;
    let until = until
        .map(|until| format!(" and phenomenonTime lt {}", iso::text_of(until)))
        .unwrap_or_default();
    let order = form.order.property();
    let form = if form.is_data_array {
        "$resultFormat=dataArray&$select=phenomenonTime,result,resultQuality"
    } else {
        "$expand=Datastream($select=id)"
    };
    let from = iso::text_of(from);
    let query = format!(
        "$filter=phenomenonTime ge {from}{until}&$orderby={order} asc&$top={PAGE}&$count=true&{form}"
    );
    address.set_query(Some(&query));
    Ok(address)
}

/// Fetches the newest observation of each series, at once where the server can.
pub(crate) async fn fetch_latest(desk: &mut Desk, root: &Url) -> Result<(), SyncError> {
    let at_once = match latest_at_once(desk, root, Order::Phenomenon).await {
        Err(SyncError::Refused { .. }) => latest_at_once(desk, root, Order::Result).await,
        outcome => outcome,
    };
    match at_once {
        Err(SyncError::Refused { .. }) => {}
        outcome => return outcome,
    }
    match latest_one_by_one(desk, root, Order::Phenomenon).await {
        Err(SyncError::Refused { .. }) => latest_one_by_one(desk, root, Order::Result).await,
        outcome => outcome,
    }
}

async fn latest_at_once(desk: &mut Desk, root: &Url, order: Order) -> Result<(), SyncError> {
    let mut address = join(root, "Datastreams")?;
    let order = order.property();
    let query = format!("$top={SERIES_PAGE}&$expand=Observations($orderby={order} desc;$top=1)");
    address.set_query(Some(&query));
    let mut walk = Walk::new(address);
    while let Some(mut found) = walk.next_page(&desk.door, &desk.out, latest_page).await? {
        desk.recent.take_out_known(&mut found.items);
        desk.deliver(found.items).await?;
    }
    Ok(())
}

async fn latest_one_by_one(desk: &mut Desk, root: &Url, order: Order) -> Result<(), SyncError> {
    let series: Vec<DatastreamId> = desk.known.iter().take(MAX_ONE_BY_ONE).cloned().collect();
    let order = order.property();
    for id in series {
        let mut address = join(
            root,
            &format!(
                "Datastreams({})/Observations",
                identity_in_address(id.as_str())
            ),
        )?;
        address.set_query(Some(&format!("$orderby={order} desc&$top=1")));
        let mut walk = Walk::new(address);
        let read = |bytes: &[u8]| observations_of_series(bytes, id.as_str());
        let page = walk.next_page(&desk.door, &desk.out, read).await?;
        // Only the newest: the link to the rest is not followed.
        if let Some(mut found) = page {
            desk.recent.take_out_known(&mut found.items);
            desk.deliver(found.items).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_model::Quality;

    fn read(t: i64) -> Observation {
        Observation {
            datastream: DatastreamId::new("1"),
            happened_at: UtcMillis(t),
            value: 1.0,
            quality: Quality::Good,
        }
    }

    #[test]
    fn polls_that_overlap_deliver_an_observation_once() {
        let mut recent = Recent::default();
        let mut first = vec![read(1000), read(2000)];
        recent.take_out_known(&mut first);
        let mut second = vec![read(2000), read(3000), read(3000)];
        recent.take_out_known(&mut second);
        assert_eq!((first.len(), second), (2, vec![read(3000)]));
        recent.forget_before(UtcMillis(3000));
        assert_eq!(recent.0.len(), 1);
    }

    #[test]
    fn the_question_is_spelt_as_servers_want_it() {
        let root = Url::parse("http://hub/v1.1/").expect("an address");
        let asked = |form, until| {
            observations_address(&root, form, UtcMillis(1000), until)
                .expect("an address")
                .to_string()
        };
        let single = Form {
            is_data_array: false,
            order: Order::Phenomenon,
        };
        assert_eq!(
            asked(single, None),
            "http://hub/v1.1/Observations?$filter=phenomenonTime%20ge%201970-01-01T00:00:01Z&$orderby=phenomenonTime%20asc\
             &$top=5000&$count=true&$expand=Datastream($select=id)"
        );
        let sampled = asked(Form::FIRST, Some(UtcMillis(2000)));
        assert!(
            sampled.contains("%20and%20phenomenonTime%20lt%201970-01-01T00:00:02Z&"),
            "{sampled}"
        );
        assert!(sampled.contains("&$resultFormat=dataArray&"), "{sampled}");
    }

    #[test]
    fn every_form_is_tried_once() {
        let mut form = Form::FIRST;
        let mut tried = vec![form];
        while let Some(next) = form.next() {
            form = next;
            assert!(!tried.contains(&form), "{form:?}");
            tried.push(form);
        }
        assert_eq!(tried.len(), 4);
        let root = Url::parse("http://hub/v1.1/").expect("an address");
        let asked = observations_address(&root, form, UtcMillis(1000), None).expect("an address");
        assert!(
            asked.as_str().contains("&$orderby=resultTime%20asc&"),
            "{asked}"
        );
    }
}
