//! Asks one source for its pages, one after the other: files, addresses, collections, links.
//!
//! ```text
//!  begin ──► waiting: addresses ──next_page──► read by kind ──► page
//!                 ▲                                │
//!                 └── next page, items, alerts ◄───┘
//! ```
//! What has not changed is not read again. Pages of one round are bounded in number, size and time.

use super::{
    Mapping, Parsed, Place, SourceConfig, SourceKind,
    alerts::Alerts,
    csv_table::read_csv,
    gather::Asked,
    json_items::{read_features, value_of},
    moving::read_moving,
    platform::read_catalogue,
    tileset::{TilesetFacts, read_tileset},
};
use crate::{Rejection, SyncError, access::AccessError, door::Door, iso, json};
use bytes::Bytes;
use cim_model::UtcMillis;
use reqwest::Url;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{io::AsyncReadExt, time::timeout};

/// How large an answer may be.
pub(crate) const MAX_BYTES: usize = 64 * 1024 * 1024;
/// How many pages a round may have.
const MAX_PAGES: usize = 1_000;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many alerts of a feed are remembered as read.
const MAX_LINKS: usize = 10_000;
/// How many versions of documents are remembered.
const MAX_VERSIONS: usize = 1_000;

/// Why a round broke off.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// The address does not answer as it should.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// The file cannot be read.
    #[error("the file cannot be read ({reason}): {}", path.display())]
    File {
        /// Why.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The answer is not what its kind should be.
    #[error("the answer cannot be understood ({} at {}): {address}", .rejection.reason, .rejection.place)]
    NotUnderstood {
        /// Where and why.
        rejection: Rejection,
        /// What was asked for.
        address: String,
    },
    /// Nothing within the time that an answer may take.
    #[error("no whole answer within {} s: {address}", PATIENCE.as_secs())]
    TooSlow {
        /// What was asked for.
        address: String,
    },
    /// More pages than a round may have.
    #[error("more than {} pages; the rest is left out: {address}", MAX_PAGES)]
    TooManyPages {
        /// The first address that was left out.
        address: String,
    },
}

impl SourceError {
    /// True when asking for another page would fail in the same way.
    fn ends_the_round(&self) -> bool {
        match self {
            Self::Sync(SyncError::Unreachable { .. })
            | Self::TooSlow { .. }
            | Self::TooManyPages { .. } => true,
            Self::Sync(SyncError::Access(error)) => !matches!(
                error,
                AccessError::Forbidden { .. }
                    | AccessError::OtherHost { .. }
                    | AccessError::Digest { .. }
            ),
            Self::Sync(_) | Self::File { .. } | Self::NotUnderstood { .. } => false,
        }
    }

    /// True when the server wants to know who we are, or may not tell us.
    pub(crate) fn is_about_identity(&self) -> bool {
        matches!(
            self,
            Self::Sync(SyncError::Access(
                AccessError::Unknown { .. }
                    | AccessError::Forbidden { .. }
                    | AccessError::OwnCertificate { .. }
            ))
        )
    }
}

/// A page of a source.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// What it amounts to.
    pub(crate) parsed: Parsed,
    /// Its size; 0 when it had not changed.
    pub(crate) bytes: usize,
    /// Where it is from.
    pub(crate) address: String,
    /// True when it had not changed and was not read again.
    pub(crate) is_unchanged: bool,
    /// What a tileset says of itself.
    pub(crate) tileset: Option<TilesetFacts>,
}

/// What to ask for next.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    /// Records, alerts, cameras or a tileset at an address.
    Web(Url),
    /// The same in a file.
    File(PathBuf),
    /// The list of collections of an OGC API.
    Collections(Url),
}

/// The version of a document, and where its next page was.
#[derive(Clone, Debug)]
struct Version {
    etag: String,
    next: Option<String>,
}

/// Asks one source, round by round.
pub(crate) struct Feed {
    config: SourceConfig,
    mapping: Mapping,
    door: Door,
    waiting: VecDeque<Target>,
    /// Addresses of this round.
    seen: BTreeSet<String>,
    pages: usize,
    versions: BTreeMap<String, Version>,
    alerts: Alerts,
    /// Alerts that were read; they never change.
    read_links: BTreeSet<String>,
    /// The newest moment that was told, for questions that go on from there.
    newest: Option<UtcMillis>,
}

impl Feed {
    pub(crate) fn new(config: SourceConfig) -> Result<Self, SyncError> {
        let door = Door::with_access(&config.access())?;
        let door = match &config.place {
            Place::Web(home) => door.at_home(home),
            Place::Broker(_) | Place::File(_) => door,
        };
        Ok(Self {
            mapping: config.mapping.clone().unwrap_or_default(),
            alerts: Alerts::new(config.elsewhere),
            config,
            door,
            waiting: VecDeque::new(),
            seen: BTreeSet::new(),
            pages: 0,
            versions: BTreeMap::new(),
            read_links: BTreeSet::new(),
            newest: None,
        })
    }

    /// Begins a round.
    pub(crate) fn begin(&mut self, now: UtcMillis) {
        self.waiting.clear();
        self.seen.clear();
        self.pages = 0;
        let first = match &self.config.place {
            Place::Web(address) => match self.config.kind {
                SourceKind::OgcFeatures => self.first_of_ogc(address, now),
                SourceKind::Gb28181 => {
                    vec![Target::Web(with_page(address, 1, self.config.page))]
                }
                _ => vec![Target::Web(address.clone())],
            },
            Place::File(path) => vec![Target::File(path.clone())],
            Place::Broker(_) => Vec::new(),
        };
        self.waiting.extend(first);
    }

    /// The next page of the round; `None` at its end.
    pub(crate) async fn next_page(&mut self, now: UtcMillis) -> Result<Option<Page>, SourceError> {
        let Some(target) = self.waiting.pop_front() else {
            return Ok(None);
        };
        let name = name_of(&target);
        self.pages += 1;
        if self.pages > MAX_PAGES {
            return Err(SourceError::TooManyPages { address: name });
        }
        match self.page_at(&target, name.clone(), now).await {
            Ok(mut page) => {
                page.parsed.events.extend(self.alerts.take_expired(now));
                Ok(Some(page))
            }
            // One broken page behind the first does not hide the others; a server that is gone does.
            Err(error) if self.pages > 1 && !error.ends_the_round() => {
                let mut page = Page::default();
                page.parsed
                    .reject(Rejection::new("page", error.to_string()));
                page.address = name;
                Ok(Some(page))
            }
            Err(error) => Err(error),
        }
    }

    async fn page_at(
        &mut self,
        target: &Target,
        name: String,
        now: UtcMillis,
    ) -> Result<Page, SourceError> {
        let outcome = timeout(PATIENCE, self.ask(target)).await;
        let answer = outcome.map_err(|_elapsed| SourceError::TooSlow {
            address: name.clone(),
        })??;
        let Some((bytes, etag)) = answer else {
            return Ok(self.unchanged(target, name));
        };
        let read = self.read(target, &bytes, now);
        let mut page = read.map_err(|rejection| SourceError::NotUnderstood {
            rejection,
            address: name.clone(),
        })?;
        page.bytes = bytes.len();
        page.address.clone_from(&name);
        if self.config.kind == SourceKind::Cap && self.pages > 1 {
            self.remember_link(&name);
        }
        if let Some(etag) = etag {
            self.remember(name, etag, page.parsed.next.clone());
        }
        self.go_on(target, &mut page.parsed);
        let values = page.parsed.observations.iter().map(|one| one.happened_at);
        let events = page.parsed.events.iter().map(|event| event.happened_at);
        // A moment in the future must not keep later questions from finding anything.
        self.newest = self
            .newest
            .max(values.chain(events).max().map(|newest| newest.min(now)));
        Ok(page)
    }

    /// After a round that broke off everything is asked for again.
    pub(crate) fn forget_versions(&mut self) {
        self.versions.clear();
    }

    async fn ask(&self, target: &Target) -> Result<Option<(Bytes, Option<String>)>, SourceError> {
        let known = self.versions.get(&name_of(target));
        let etag = known.map(|version| version.etag.as_str());
        match target {
            Target::Web(address) => Ok(self.door.get_if_changed(address, etag, MAX_BYTES).await?),
            // What the list leads to is asked for in every round.
            Target::Collections(address) => {
                Ok(self.door.get_if_changed(address, None, MAX_BYTES).await?)
            }
            Target::File(path) => read_file(path, etag).await,
        }
    }

    fn unchanged(&mut self, target: &Target, name: String) -> Page {
        let next = self
            .versions
            .get(&name)
            .and_then(|version| version.next.clone());
        let mut parsed = Parsed {
            next,
            ..Parsed::default()
        };
        self.go_on(target, &mut parsed);
        Page {
            parsed,
            address: name,
            is_unchanged: true,
            ..Page::default()
        }
    }

    fn remember(&mut self, name: String, etag: String, next: Option<String>) {
        if self.versions.len() >= MAX_VERSIONS {
            self.versions.pop_first();
        }
        self.versions.insert(name, Version { etag, next });
    }

    fn read(&mut self, target: &Target, bytes: &[u8], now: UtcMillis) -> Result<Page, Rejection> {
        let asked = Asked {
            source: &self.config.id,
            period_s: self.config.period_s,
            now,
        };
        let (id, period_s, mapping) = (&self.config.id, self.config.period_s, &self.mapping);
        if let Target::Collections(address) = target {
            let (items, parsed) = collections_of(bytes, address, mapping)?;
            let items: Vec<Target> = items.iter().map(|url| self.items_of(url, now)).collect();
            self.waiting.extend(items);
            return Ok(page_of(parsed));
        }
        let parsed = match self.config.kind {
            SourceKind::Csv => read_csv(bytes, mapping, id, period_s, now)?,
            SourceKind::MfJson => read_moving(bytes, mapping, id, period_s, now)?,
            SourceKind::Cap => self.alerts.read(bytes, asked),
            SourceKind::Gb28181 => {
                let mut page = read_catalogue(bytes, asked)?;
                if let Target::Web(address) = target {
                    page.parsed.next = next_of_platform(address, page.total, page.parsed.records);
                }
                page.parsed
            }
            SourceKind::Tiles3d => {
                let facts = read_tileset(bytes)?;
                return Ok(Page {
                    parsed: Parsed {
                        records: facts.tiles,
                        ..Parsed::default()
                    },
                    tileset: Some(facts),
                    ..Page::default()
                });
            }
            SourceKind::GeoJson
            | SourceKind::OgcFeatures
            | SourceKind::SensorThings
            | SourceKind::Mqtt => read_features(bytes, mapping, id, period_s, now)?,
        };
        Ok(page_of(parsed))
    }

    /// Puts what a page leads to among the addresses that wait.
    fn go_on(&mut self, from: &Target, parsed: &mut Parsed) {
        let Target::Web(at) = from else { return };
        self.seen.insert(at.to_string());
        let next = parsed.next.take();
        let links = std::mem::take(&mut parsed.links);
        for (is_alert, link) in next
            .into_iter()
            .map(|link| (false, link))
            .chain(links.into_iter().map(|link| (true, link)))
        {
            match same_origin(at, &link) {
                Ok(address) if is_alert && self.read_links.contains(address.as_str()) => {}
                Ok(address) if self.seen.contains(address.as_str()) => {
                    if !is_alert {
                        parsed.reject(Rejection::new("next", format!("leads back: {link}")));
                    }
                }
                Ok(address) => self.waiting.push_back(Target::Web(address)),
                Err(reason) => parsed.reject(Rejection::new("next", format!("{reason}: {link}"))),
            }
        }
    }

    fn remember_link(&mut self, address: &str) {
        if self.read_links.len() >= MAX_LINKS {
            self.read_links.pop_first();
        }
        self.read_links.insert(address.to_owned());
    }

    fn first_of_ogc(&self, address: &Url, now: UtcMillis) -> Vec<Target> {
        let path = address.path().trim_end_matches('/');
        if path.ends_with("/items") {
            return vec![self.items_of(address, now)];
        }
        if self.config.collections.is_empty() {
            let list = if path.ends_with("/collections") {
                address.clone()
            } else {
                below(address, &["collections"])
            };
            return vec![Target::Collections(list)];
        }
        let base = if path.ends_with("/collections") {
            address.clone()
        } else {
            below(address, &["collections"])
        };
        let items = |id: &String| self.items_of(&below(&base, &[id, "items"]), now);
        self.config.collections.iter().map(items).collect()
    }

    /// The question for the items at `address`: within the box, and from where the last round ended.
    fn items_of(&self, address: &Url, now: UtcMillis) -> Target {
        let mut address = address.clone();
        {
            let mut query = address.query_pairs_mut();
            query.append_pair("limit", &self.config.page.to_string());
            if let Some([west, south, east, north]) = self.config.bbox {
                query.append_pair("bbox", &format!("{west},{south},{east},{north}"));
            }
            let has_moments = self
                .mapping
                .series
                .iter()
                .any(|series| series.time.is_some())
                || self
                    .mapping
                    .event
                    .as_ref()
                    .is_some_and(|event| event.time.is_some());
            if has_moments {
                let from = self
                    .newest
                    .unwrap_or_else(|| now.plus_seconds(-self.config.history_s));
                query.append_pair("datetime", &format!("{}/..", iso::text_of(from)));
            }
        }
        Target::Web(address)
    }
}

fn page_of(parsed: Parsed) -> Page {
    Page {
        parsed,
        ..Page::default()
    }
}

fn name_of(target: &Target) -> String {
    match target {
        Target::Web(address) | Target::Collections(address) => address.to_string(),
        Target::File(path) => path.display().to_string(),
    }
}

/// What a file holds and its version, or `None` when it is still the version `etag`.
async fn read_file(
    path: &Path,
    etag: Option<&str>,
) -> Result<Option<(Bytes, Option<String>)>, SourceError> {
    let failed = |reason: String| SourceError::File {
        reason,
        path: path.to_owned(),
    };
    let file = tokio::fs::File::open(path)
        .await
        .map_err(|error| failed(error.to_string()))?;
    let facts = file
        .metadata()
        .await
        .map_err(|error| failed(error.to_string()))?;
    if facts.len() > MAX_BYTES as u64 {
        return Err(failed(format!("more than {MAX_BYTES} bytes")));
    }
    let changed = facts
        .modified()
        .ok()
        .map(|moment| format!("{moment:?} {}", facts.len()));
    if changed.is_some() && changed.as_deref() == etag {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    // The file may grow while it is read.
    file.take(MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .await
        .map_err(|error| failed(error.to_string()))?;
    Ok(Some((bytes.into(), changed)))
}

/// The addresses of the items of the collections that `bytes` lists (17-069r4, clause 7.13), and what is wrong with others.
fn collections_of(
    bytes: &[u8],
    at: &Url,
    mapping: &Mapping,
) -> Result<(Vec<Url>, Parsed), Rejection> {
    let value = value_of(bytes, mapping)?;
    let mut parsed = Parsed::default();
    let mut items = Vec::new();
    for (index, collection) in json::list(&value, "collections", "$")?.iter().enumerate() {
        let place = format!("$.collections[{index}]");
        let kind = json::text(collection, "itemType");
        if !kind.is_empty() && kind != "feature" {
            continue;
        }
        let Some(id) = json::identity(collection, "id") else {
            parsed.reject(Rejection::new(
                format!("{place}.id"),
                "an identity is expected",
            ));
            continue;
        };
        match items_link(collection).map(|link| same_origin(at, link)) {
            None => items.push(below(at, &[&id, "items"])),
            Some(Ok(address)) => items.push(address),
            Some(Err(reason)) => parsed.reject(Rejection::new(format!("{place}.links"), reason)),
        }
    }
    Ok((items, parsed))
}

fn items_link(collection: &Value) -> Option<&str> {
    let links = collection.get("links")?.as_array()?;
    let text = |link: &Value, key: &str| json::text(link, key).to_owned();
    let is_items = |link: &&Value| {
        let kind = text(link, "type");
        text(link, "rel") == "items" && (kind.is_empty() || kind.contains("json"))
    };
    links.iter().find(is_items)?.get("href")?.as_str()
}

/// `address` with more levels of path.
fn below(address: &Url, levels: &[&str]) -> Url {
    let mut address = address.clone();
    if let Ok(mut path) = address.path_segments_mut() {
        path.pop_if_empty().extend(levels);
    }
    address
}

/// Where `link` leads from `at`. Another host is not followed to: it was not declared.
fn same_origin(at: &Url, link: &str) -> Result<Url, String> {
    let next = at.join(link).map_err(|error| error.to_string())?;
    if next.origin() == at.origin() {
        Ok(next)
    } else {
        Err("leads to another host".to_owned())
    }
}

/// `address` asking for page `number` of `count` items.
fn with_page(address: &Url, number: u64, count: u32) -> Url {
    let mut address = address.clone();
    let kept: Vec<(String, String)> = address
        .query_pairs()
        .filter(|(key, _)| key != "page" && key != "count")
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    address
        .query_pairs_mut()
        .clear()
        .extend_pairs(kept)
        .append_pair("page", &number.to_string())
        .append_pair("count", &count.to_string());
    address
}

/// The next page of a platform, as long as there is more than was had.
fn next_of_platform(at: &Url, total: Option<u64>, had: u64) -> Option<String> {
    let number = |key: &str| {
        let found = at.query_pairs().find(|(name, _)| name == key)?;
        found.1.parse::<u64>().ok()
    };
    let (page, count) = (number("page")?, number("count")?);
    let more = had > 0 && page.saturating_mul(count) < total?;
    more.then(|| with_page(at, page + 1, u32::try_from(count).unwrap_or(u32::MAX)).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    #[test]
    fn a_platform_is_asked_page_by_page_until_all_is_there() {
        let first = with_page(&url("http://wvp/api/channels?online=true&page=9"), 1, 100);
        assert_eq!(
            first.as_str(),
            "http://wvp/api/channels?online=true&page=1&count=100"
        );
        let second = next_of_platform(&first, Some(150), 100).expect("more");
        assert_eq!(
            second,
            "http://wvp/api/channels?online=true&page=2&count=100"
        );
        assert_eq!(next_of_platform(&url(&second), Some(150), 50), None);
        assert_eq!(next_of_platform(&first, None, 100), None);
        assert_eq!(next_of_platform(&first, Some(150), 0), None);
    }

    #[test]
    fn collections_lead_to_their_items_and_never_to_another_host() {
        let text = r#"{"collections":[
            {"id":"roads","links":[{"rel":"items","type":"text/html","href":"/r.html"},{"rel":"items","type":"application/geo+json","href":"roads/all"}]},
            {"id":"水","itemType":"feature"},
            {"id":"grid","itemType":"coverage"},
            {"id":"evil","links":[{"rel":"items","href":"http://evil/x"}]},{}]}"#;
        let at = url("http://h/ogc/collections");
        let (items, parsed) =
            collections_of(text.as_bytes(), &at, &Mapping::default()).expect("readable");
        let items: Vec<&str> = items.iter().map(Url::as_str).collect();
        assert_eq!(
            items,
            [
                "http://h/ogc/roads/all",
                "http://h/ogc/collections/%E6%B0%B4/items"
            ]
        );
        let places: Vec<&str> = parsed.rejected.iter().map(|r| r.place.as_str()).collect();
        assert_eq!(places, ["$.collections[3].links", "$.collections[4].id"]);
    }
}
