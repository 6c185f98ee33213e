//! The HTTP client: one small set of questions, each with a limit on time and size.

use crate::{Rejection, SyncError};
use reqwest::{Client, Response, Url, redirect::Policy};
use std::time::Duration;

/// How large a page may be.
pub(crate) const PAGE_MAX_BYTES: usize = 64 * 1024 * 1024;
/// How large a file of a city may be.
pub(crate) const FILE_MAX_BYTES: usize = 256 * 1024 * 1024;
/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(1500);
/// How long an answer may pause.
const READ_TIMEOUT: Duration = Duration::from_secs(20);
/// How long an answer to "are you there?" may take. With [`crate::session::HEARTBEAT_EVERY`], a hub that hangs is noticed within 5 s.
const HEARTBEAT_TIMEOUT: Duration = Duration::from_millis(1250);
const MAX_REDIRECTS: usize = 3;

/// The HTTP client. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub(crate) struct Door(Client);

impl Door {
    pub(crate) fn new() -> Result<Self, SyncError> {
        Client::builder()
            .user_agent("CityMirror")
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .redirect(Policy::limited(MAX_REDIRECTS))
            .no_proxy()
            .build()
            .map(Self)
            .map_err(SyncError::NoClient)
    }

    /// What lies at `address`, refused when it is larger than `limit`.
    pub(crate) async fn get(&self, address: &Url, limit: usize) -> Result<Vec<u8>, SyncError> {
        let mut response = self
            .0
            .get(address.clone())
            .send()
            .await
            .map_err(|source| unreachable_at(address, source))?;
        refuse_bad_status(&response, address)?;
        let too_large = || SyncError::TooLarge {
            limit,
            address: address.to_string(),
        };
        if response
            .content_length()
            .is_some_and(|length| length > limit as u64)
        {
            return Err(too_large());
        }
        let mut body = Vec::new();
        while let Some(part) = response
            .chunk()
            .await
            .map_err(|source| unreachable_at(address, source))?
        {
            if body.len() + part.len() > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&part);
        }
        Ok(body)
    }

    /// Asks whether anybody is at `address`. Any answer will do that is not the server's own failure.
    pub(crate) async fn knock(&self, address: &Url) -> Result<(), SyncError> {
        let request = self.0.get(address.clone()).timeout(HEARTBEAT_TIMEOUT);
        let response = request
            .send()
            .await
            .map_err(|source| unreachable_at(address, source))?;
        if response.status().is_server_error() {
            refuse_bad_status(&response, address)
        } else {
            Ok(())
        }
    }
}

fn unreachable_at(address: &Url, source: reqwest::Error) -> SyncError {
    SyncError::Unreachable {
        source: source.without_url(),
        address: address.to_string(),
    }
}

fn refuse_bad_status(response: &Response, address: &Url) -> Result<(), SyncError> {
    if response.status().is_success() {
        return Ok(());
    }
    Err(SyncError::Refused {
        status: response.status().as_u16(),
        address: address.to_string(),
    })
}

/// The address that `text` spells, with a path that ends in `/` so that others can be joined to it.
pub(crate) fn folder_address(text: &str) -> Result<Url, SyncError> {
    let bad = |reason: &str| SyncError::BadAddress {
        reason: reason.to_owned(),
        address: text.to_owned(),
    };
    let mut address = Url::parse(text).map_err(|error| bad(&error.to_string()))?;
    if address.scheme() != "http" || address.host_str().is_none() {
        return Err(bad("http://… is expected"));
    }
    address.set_query(None);
    address.set_fragment(None);
    if !address.path().ends_with('/') {
        let path = format!("{}/", address.path());
        address.set_path(&path);
    }
    Ok(address)
}

/// The address `relative` to `base`; `base` ends in `/`.
pub(crate) fn join(base: &Url, relative: &str) -> Result<Url, SyncError> {
    base.join(relative).map_err(|error| SyncError::BadAddress {
        reason: error.to_string(),
        address: relative.to_owned(),
    })
}

/// A rejection of an answer as an error.
pub(crate) fn not_understood(address: &Url, rejection: Rejection) -> SyncError {
    SyncError::NotUnderstood {
        rejection,
        address: address.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_ends_as_a_folder_whatever_was_typed() {
        for (text, expected) in [
            ("http://127.0.0.1:8090", Some("http://127.0.0.1:8090/")),
            (
                "http://hub/FROST/v1.1?x=1#y",
                Some("http://hub/FROST/v1.1/"),
            ),
            ("https://hub", None),
            ("hub:8090", None),
            ("", None),
        ] {
            let found = folder_address(text).ok().map(|address| address.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
