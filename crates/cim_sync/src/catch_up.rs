//! Pages the hub in: things with their series, cameras, events, the newest of each series, the observations that were missed.

use crate::{
    Phase, Rejection, SyncError, Update,
    catalogue::cameras_page,
    door::{PAGE_MAX_BYTES, join},
    events::events_page,
    history::{self, Missed},
    hub::Hub,
    paging::Walk,
    sensorthings::{Page, ThingEntry, datastreams_page, identity_in_address, things_page},
    session::Desk,
};
use cim_model::ThingId;
use reqwest::Url;
use std::time::Duration;

/// The steps of catching up are percent: changes until 5, things until 40, cameras until 45, events until 50, the newest of each
/// series until 55, history until 100.
pub(crate) const STEPS: u32 = 100;
const CHANGES_DONE: u32 = 5;
const THINGS_DONE: u32 = 40;
const CAMERAS_DONE: u32 = 45;
const EVENTS_DONE: u32 = 50;
/// Where the history begins.
pub(crate) const LATEST_DONE: u32 = 55;
/// How long the list of things waits for what changed at the hub.
const CHANGES_PATIENCE: Duration = Duration::from_secs(5);
/// How many things are asked for by name at a time.
const THINGS_BY_NAME: usize = 50;
/// When more things changed than this, all are listed.
const MANY_THINGS: usize = 5_000;
/// How many entities a page has.
const PAGE: u32 = 500;
/// The same at our own hub.
const OWN_PAGE: u32 = 5_000;
/// How many pages of cameras or events are asked for; a hub that never ends ends here.
const MAX_PAGES: u32 = 1000;
/// How a thing's series and what they observe are asked for; servers know one or both of the spellings.
const EXPANSIONS: [&str; 2] = [
    "Locations,Datastreams/ObservedProperty",
    "Locations,Datastreams($expand=ObservedProperty)",
];
/// What of it a desk takes, without the links: a third of the bytes. Our own hub knows `$select` everywhere.
const OWN_SELECTION: &str = "$select=id,name,description,properties\
&$expand=Locations($select=encodingType,location),Datastreams($select=id,name,unitOfMeasurement,properties;$expand=ObservedProperty($select=name))";

/// Fetches everything that the desk has not. Errors when the hub is gone; what it merely refuses is told and left out.
pub(crate) async fn catch_up(desk: &mut Desk, hub: &Hub) -> Result<(), SyncError> {
    // Before the newest values come: what was missed lies behind them. A stay that was cut short left its own beginning.
    let missed = *desk
        .missed_from
        .get_or_insert(Missed { after: desk.newest });
    if let Some(talk) = &mut desk.talk {
        // What changed since the last time says what need not be listed again.
        talk.wait_until_read(CHANGES_PATIENCE).await;
    }
    desk.progress(Phase::Things, CHANGES_DONE).await?;
    if !desk.knows_things {
        if let Some(talk) = &mut desk.talk {
            // What changed before the list is begun is in it; what changes meanwhile is listed afterwards.
            talk.forget_changed();
        }
        list_things(desk, hub).await?;
        desk.knows_things = desk.talk.is_some();
    }
    desk.progress(Phase::Cameras, THINGS_DONE).await?;
    let listed = list_cameras(desk, hub).await;
    refused_is_told(desk, "cameras", listed).await?;
    desk.progress(Phase::Events, CAMERAS_DONE).await?;
    let listed = list_events(desk, hub).await;
    refused_is_told(desk, "events", listed).await?;
    desk.progress(Phase::Newest, EVENTS_DONE).await?;
    let fetched = history::fetch_latest(desk, &hub.sensorthings).await;
    refused_is_told(desk, "Datastreams", fetched).await?;
    desk.progress(Phase::History, LATEST_DONE).await?;
    let compares = hub.own.as_ref().is_some_and(|own| own.compares) && desk.talk.is_some();
    if !compares {
        // Otherwise what is missing is found by comparing, and told as a gap until it is there.
        let fetched = history::fetch_missed(desk, &hub.sensorthings, missed).await;
        refused_is_told(desk, "Observations", fetched).await?;
    }
    desk.missed_from = None;
    desk.progress(Phase::History, STEPS).await
}

/// A refusal leaves the stay alive; everything else ends it.
async fn refused_is_told(
    desk: &Desk,
    what: &str,
    outcome: Result<(), SyncError>,
) -> Result<(), SyncError> {
    match outcome {
        Err(
            SyncError::Refused { .. }
            | SyncError::TooLarge { .. }
            | SyncError::NotUnderstood { .. },
        ) => desk.survive(what, outcome).await,
        other => other,
    }
}

/// Lists every thing with its series, page by page.
pub(crate) async fn list_things(desk: &mut Desk, hub: &Hub) -> Result<(), SyncError> {
    let (mut walk, mut page) = first_page_of_things(desk, hub).await?;
    let mut listed = 0;
    let mut total = None;
    while let Some(found) = page {
        listed += found.entries;
        total = total.or(found.count);
        pass_on(desk, found.items, &hub.sensorthings).await?;
        if let Some(total) = total.filter(|total| *total > 0) {
            desk.progress(
                Phase::Things,
                CHANGES_DONE
                    + (listed.min(total) * u64::from(THINGS_DONE - CHANGES_DONE) / total) as u32,
            )
            .await?;
        }
        page = walk.next_page(&desk.door, &desk.out, things_page).await?;
    }
    Ok(())
}

/// Lists the things called so, and their series; all things when they are very many or nobody says which.
pub(crate) async fn list_changed(
    desk: &mut Desk,
    hub: &Hub,
    things: Vec<String>,
) -> Result<(), SyncError> {
    if things.is_empty() || things.len() > MANY_THINGS {
        return list_things(desk, hub).await;
    }
    for named in things.chunks(THINGS_BY_NAME) {
        let terms: Vec<String> = named.iter().map(|id| term(id)).collect();
        let mut address = join(&hub.sensorthings, "Things")?;
        let [expansion, _] = EXPANSIONS;
        address
            .query_pairs_mut()
            .append_pair("$expand", expansion)
            .append_pair("$filter", &terms.join(" or "));
        let mut walk = Walk::new(address);
        while let Some(page) = walk.next_page(&desk.door, &desk.out, things_page).await? {
            pass_on(desk, page.items, &hub.sensorthings).await?;
        }
    }
    Ok(())
}

/// The condition that a thing is this one: identities are numbers, or texts in quotes whose own quotes are doubled.
fn term(id: &str) -> String {
    if !id.is_empty() && id.len() < 19 && id.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("id eq {id}")
    } else {
        format!("id eq '{}'", id.replace('\'', "''"))
    }
}

async fn first_page_of_things(
    desk: &Desk,
    hub: &Hub,
) -> Result<(Walk, Option<Page<ThingEntry>>), SyncError> {
    let [first, second] = EXPANSIONS;
    let mut walk = if hub.own.is_some() {
        own_things_walk(hub)?
    } else {
        things_walk(hub, first)?
    };
    match walk.next_page(&desk.door, &desk.out, things_page).await {
        Err(SyncError::Refused { .. }) => {
            let mut walk = things_walk(hub, second)?;
            let page = walk.next_page(&desk.door, &desk.out, things_page).await?;
            Ok((walk, page))
        }
        outcome => Ok((walk, outcome?)),
    }
}

fn things_walk(hub: &Hub, expansion: &str) -> Result<Walk, SyncError> {
    let mut address = join(&hub.sensorthings, "Things")?;
    address.set_query(Some(&format!(
        "$expand={expansion}&$top={PAGE}&$count=true"
    )));
    Ok(Walk::new(address))
}

fn own_things_walk(hub: &Hub) -> Result<Walk, SyncError> {
    let mut address = join(&hub.sensorthings, "Things")?;
    address.set_query(Some(&format!(
        "{OWN_SELECTION}&$top={OWN_PAGE}&$count=true"
    )));
    Ok(Walk::new(address))
}

/// Passes a page of things on, after the rest of their series was fetched where the server pages those too.
async fn pass_on(desk: &mut Desk, entries: Vec<ThingEntry>, root: &Url) -> Result<(), SyncError> {
    let mut things = Vec::with_capacity(entries.len());
    let mut datastreams = Vec::with_capacity(entries.len());
    for entry in entries {
        datastreams.extend(entry.datastreams);
        if let Some(link) = entry.more_datastreams {
            let id: &ThingId = &entry.thing.id;
            // The link must lead to this server; what it leads to is paged like any collection.
            let mut walk = match root.join(&link) {
                // Some servers page what is expanded by paging the whole: the rest is asked for at the thing itself.
                Ok(address) if !address.path().ends_with("/Datastreams") => {
                    Walk::new(datastreams_address(root, id)?)
                }
                Ok(address)
                    if address.host_str() == root.host_str() && address.port() == root.port() =>
                {
                    Walk::new(address)
                }
                _ => {
                    desk.out
                        .reject(
                            root.as_str(),
                            Rejection::new(
                                format!("Things({id})"),
                                format!("it leaves the host: {link}"),
                            ),
                        )
                        .await?;
                    things.push(entry.thing);
                    continue;
                }
            };
            while let Some(page) = walk
                .next_page(&desk.door, &desk.out, |bytes: &[u8]| {
                    datastreams_page(bytes, id)
                })
                .await?
            {
                datastreams.extend(page.items);
            }
        }
        things.push(entry.thing);
    }
    desk.known
        .extend(datastreams.iter().map(|datastream| datastream.id.clone()));
    if things.is_empty() {
        return Ok(());
    }
    desk.out
        .send(Update::Catalogue {
            things,
            datastreams,
            cameras: Vec::new(),
        })
        .await
}

/// The series of a thing with what they observe.
fn datastreams_address(root: &Url, thing: &ThingId) -> Result<Url, SyncError> {
    let identity = identity_in_address(thing.as_str());
    let mut address = join(root, &format!("Things({identity})/Datastreams"))?;
    address.set_query(Some(&format!("$expand=ObservedProperty&$top={PAGE}")));
    Ok(address)
}

async fn list_cameras(desk: &mut Desk, hub: &Hub) -> Result<(), SyncError> {
    let Some(cameras) = &hub.cameras else {
        return Ok(());
    };
    let mut offset = 0;
    for _ in 0..MAX_PAGES {
        let mut address = cameras.clone();
        address.set_query(Some(&format!("offset={offset}&limit={PAGE}")));
        let bytes = desk.door.get(&address, PAGE_MAX_BYTES).await?;
        let page = match cameras_page(&bytes) {
            Ok(page) => page,
            Err(rejection) => return desk.out.reject(address.as_str(), rejection).await,
        };
        desk.out.reject_all(address.as_str(), page.rejected).await?;
        if !page.cameras.is_empty() {
            let update = Update::Catalogue {
                things: Vec::new(),
                datastreams: Vec::new(),
                cameras: page.cameras,
            };
            desk.out.send(update).await?;
        }
        offset += page.items;
        if page.items == 0 || page.total.is_none_or(|total| offset >= total) {
            break;
        }
    }
    Ok(())
}

/// Lists the events that became known since this was asked last, or within the history.
pub(crate) async fn list_events(desk: &mut Desk, hub: &Hub) -> Result<(), SyncError> {
    let Some(events) = &hub.events else {
        return Ok(());
    };
    for _ in 0..MAX_PAGES {
        let earliest = desk
            .out
            .now()
            .plus_seconds(-desk.settings.history.as_secs_f64());
        let since = desk.events_cursor.unwrap_or(earliest.0);
        let mut address = events.clone();
        address.set_query(Some(&format!("since={since}")));
        let bytes = desk.door.get(&address, PAGE_MAX_BYTES).await?;
        let page = match events_page(&bytes) {
            Ok(page) => page,
            Err(rejection) => return desk.out.reject(address.as_str(), rejection).await,
        };
        desk.out.reject_all(address.as_str(), page.rejected).await?;
        let is_empty = page.events.is_empty();
        if !is_empty {
            desk.out.send(Update::Events(page.events)).await?;
        }
        // A cursor that does not move on means that this was all.
        let next = page.cursor.filter(|cursor| *cursor > since);
        desk.events_cursor = next.or(desk.events_cursor);
        if is_empty || next.is_none() {
            break;
        }
    }
    Ok(())
}
