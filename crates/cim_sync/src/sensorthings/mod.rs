//! Pages of a SensorThings server (OGC 18-088, versions 1.0 and 1.1) turned into the product's words, and back.
//!
//! Pure: bytes in, entities and rejections out. Identities may be numbers or texts; a broken item is left out and told.
//! Observations have a quick road of their own, [`observations_block`] and its neighbours.

mod blocks;
mod check;
mod cursor;
mod entities;
mod linked;
mod observation;
mod page;
mod query;
mod things;
mod write;

#[cfg(test)]
mod differential_tests;
#[cfg(test)]
mod tests;

pub(crate) use blocks::carries_observations;
pub use blocks::{
    Told, latest_block, observations_block, payload_block, payload_rows, series_block,
};
pub use check::check_entity;
pub use entities::{ThingEntry, USUAL_PERIOD_S};
pub use linked::{
    Actuator, FeatureOfInterest, HistoricalLocation, Link, Location, ObservedProperty, Sensor,
    Task, TaskingCapability, actuators_page, features_of_interest_page, historical_locations_page,
    locations_page, observed_properties_page, sensors_page, tasking_capabilities_page, tasks_page,
};
pub(crate) use observation::identity_in_address;
pub use page::Page;
pub use query::Query;
pub use write::{create_observation, create_observations, create_task};

use crate::{Rejection, json};
use cim_model::{Datastream, Observation, ThingId};

/// Reads a page of `Things?$expand=Locations,Datastreams/ObservedProperty`.
pub fn things_page(bytes: &[u8]) -> Result<Page<ThingEntry>, Rejection> {
    // As most servers write it; what is otherwise is read with patience.
    if let Some(page) = things::page_of(bytes) {
        return Ok(page);
    }
    things_page_by_tree(bytes)
}

/// The same, by way of a JSON tree: slow, kind, and the measure of the fast way.
pub(crate) fn things_page_by_tree(bytes: &[u8]) -> Result<Page<ThingEntry>, Rejection> {
    page::page_of(bytes, |value, place, page| {
        let entry = entities::thing_of(value, place, &mut page.rejected, &mut page.notes)?;
        page.items.push(entry);
        Ok(())
    })
}

/// Reads a page of `Things(…)/Datastreams?$expand=ObservedProperty` of `thing`.
pub fn datastreams_page(bytes: &[u8], thing: &ThingId) -> Result<Page<Datastream>, Rejection> {
    page::page_of(bytes, |value, place, page| {
        page.items
            .push(entities::datastream_of(value, thing, place)?);
        Ok(())
    })
}

/// Reads a page of `Observations`, one by one with their `Datastream` or as `dataArray` groups (clause 12.2).
pub fn observations_page(bytes: &[u8]) -> Result<Page<Observation>, Rejection> {
    page::page_of(bytes, |value, place, page| {
        if value.get("dataArray").is_some() {
            let (observations, rejected) =
                observation::data_array_group(value, place, &mut page.notes)?;
            // The group stood for one entry; its rows are what counts.
            page.entries = page.entries + (observations.len() + rejected.len()) as u64 - 1;
            page.items.extend(observations);
            page.rejected.extend(rejected);
        } else {
            page.items.push(observation::observation_of(
                value,
                None,
                place,
                &mut page.notes,
            )?);
        }
        Ok(())
    })
}

/// Reads a page of `Datastreams?$expand=Observations(…)`: the observations that are listed inside.
pub fn latest_page(bytes: &[u8]) -> Result<Page<Observation>, Rejection> {
    page::page_of(bytes, |value, place, page| {
        let id = observation::identity_of(value, place)?;
        for (index, inner) in json::list(value, "Observations", place)?.iter().enumerate() {
            let place = format!("{place}.Observations[{index}]");
            match observation::observation_of(inner, Some(&id), &place, &mut page.notes) {
                Ok(observation) => page.items.push(observation),
                Err(rejection) => page.rejected.push(rejection),
            }
        }
        Ok(())
    })
}

/// Reads a page of `Datastreams(…)/Observations` of the series `datastream`.
pub fn observations_of_series(
    bytes: &[u8],
    datastream: &str,
) -> Result<Page<Observation>, Rejection> {
    page::page_of(bytes, |value, place, page| {
        page.items.push(observation::observation_of(
            value,
            Some(datastream),
            place,
            &mut page.notes,
        )?);
        Ok(())
    })
}
