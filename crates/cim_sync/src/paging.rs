//! Walks a paged collection: follows its links, steps over a broken page, and never walks in circles.

use crate::{
    Rejection, SyncError,
    block::BlockPage,
    door::{Door, PAGE_MAX_BYTES},
    outlet::Outlet,
    sensorthings::Page,
};
use reqwest::Url;
use std::collections::BTreeSet;

/// How many pages a collection may have; a server that links on for ever ends here.
const MAX_PAGES: usize = 20_000;
/// How many broken pages of one collection are stepped over.
const MAX_BROKEN_PAGES: u32 = 3;
/// How many entries a page has, where a server refuses to make it larger: the usual limit.
const SMALL_PAGE: u32 = 100;
/// How many empty pages in a row may link to a next one.
const MAX_EMPTY_PAGES: u32 = 10;

/// What a walk asks of a page, of whatever it is a page.
pub(crate) trait Paged {
    /// How many entries it had, usable or not.
    fn entries(&self) -> u64;
    /// Where the next one is.
    fn next(&self) -> Option<&str>;
    /// What could not be used; taken out of the page.
    fn take_rejected(&mut self) -> Vec<Rejection>;
    /// What is worth knowing; taken out of the page.
    fn take_notes(&mut self) -> Vec<Rejection>;
}

impl<T> Paged for Page<T> {
    fn entries(&self) -> u64 {
        self.entries
    }

    fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    fn take_rejected(&mut self) -> Vec<Rejection> {
        std::mem::take(&mut self.rejected)
    }

    fn take_notes(&mut self) -> Vec<Rejection> {
        std::mem::take(&mut self.notes)
    }
}

impl Paged for BlockPage {
    fn entries(&self) -> u64 {
        self.entries
    }

    fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    fn take_rejected(&mut self) -> Vec<Rejection> {
        let more = std::mem::take(&mut self.rejected_more);
        if more > 0 {
            self.rejected.push(Rejection::new(
                "page",
                format!("{more} more could not be used"),
            ));
        }
        std::mem::take(&mut self.rejected)
    }

    fn take_notes(&mut self) -> Vec<Rejection> {
        std::mem::take(&mut self.notes)
    }
}

/// A walk through one collection.
#[derive(Debug)]
pub(crate) struct Walk {
    first: Url,
    next: Option<Url>,
    seen: BTreeSet<String>,
    /// Entries that lie behind, those of broken pages included.
    behind: u64,
    /// How many entries the first page had; a broken page is taken to have as many.
    page_entries: u64,
    broken: u32,
    /// Empty pages since the last one that had entries.
    empty: u32,
    /// What was told already; a note is told once.
    told: BTreeSet<String>,
}

impl Walk {
    /// A walk that begins at `first`.
    pub(crate) fn new(first: Url) -> Self {
        Self {
            next: Some(first.clone()),
            first,
            seen: BTreeSet::new(),
            behind: 0,
            page_entries: 0,
            broken: 0,
            empty: 0,
            told: BTreeSet::new(),
        }
    }

    /// The next page that can be read; `None` at the end. Errors when the hub is gone, or refuses the first page.
    pub(crate) async fn next_page<P, R>(
        &mut self,
        door: &Door,
        out: &Outlet,
        mut read: R,
    ) -> Result<Option<P>, SyncError>
    where
        P: Paged,
        R: FnMut(&[u8]) -> Result<P, Rejection>,
    {
        while let Some(address) = self.next.take() {
            self.seen.insert(address.to_string());
            let rejection = match door.get(&address, PAGE_MAX_BYTES).await {
                Ok(bytes) => match read(&bytes) {
                    Ok(mut page) => {
                        let mut told = page.take_rejected();
                        told.extend(self.go_on(&address, &page));
                        told.extend(self.untold(page.take_notes()));
                        out.reject_all(address.as_str(), told).await?;
                        return Ok(Some(page));
                    }
                    Err(rejection) => rejection,
                },
                Err(error @ (SyncError::Refused { .. } | SyncError::TooLarge { .. }))
                    if self.seen.len() > 1 =>
                {
                    Rejection::new("page", error.to_string())
                }
                Err(error) => {
                    self.ask_for_less(error)?;
                    continue;
                }
            };
            out.reject(address.as_str(), rejection).await?;
            self.step_over();
        }
        Ok(None)
    }

    /// Begins again with smaller pages, when that may be what the server minds; otherwise the error stays.
    fn ask_for_less(&mut self, error: SyncError) -> Result<(), SyncError> {
        let is_refused = matches!(
            error,
            SyncError::Refused {
                status: 400..=499,
                ..
            }
        );
        match with_small_pages(&self.first).filter(|_| is_refused) {
            Some(smaller) => {
                self.seen.clear();
                self.first = smaller.clone();
                self.next = Some(smaller);
                Ok(())
            }
            None => Err(error),
        }
    }

    /// Looks where the next page is; what is wrong with it, or worth knowing about it, is told.
    fn go_on<P: Paged>(&mut self, address: &Url, page: &P) -> Option<Rejection> {
        self.behind += page.entries();
        self.page_entries = self.page_entries.max(page.entries());
        self.empty = if page.entries() == 0 {
            self.empty + 1
        } else {
            0
        };
        let link = page.next()?;
        if self.empty > MAX_EMPTY_PAGES {
            return Some(Rejection::new(
                "$.@iot.nextLink",
                format!("{MAX_EMPTY_PAGES} pages in a row are empty: {link}"),
            ));
        }
        match next_address(address, link, &self.seen) {
            Ok((next, origin)) => {
                self.next = Some(next);
                let note = match origin {
                    Origin::Own => None,
                    Origin::Foreign => Some(Rejection::new("$.@iot.nextLink", FOREIGN)),
                };
                self.untold(note).pop()
            }
            Err(rejection) => Some(rejection),
        }
    }

    /// Those of `notes` that were not told before.
    fn untold(&mut self, notes: impl IntoIterator<Item = Rejection>) -> Vec<Rejection> {
        notes
            .into_iter()
            .filter(|note| self.told.insert(note.reason.clone()))
            .collect()
    }

    /// Goes on behind a page that could not be read, as far as it can be guessed where that is.
    fn step_over(&mut self) {
        self.broken += 1;
        if self.page_entries == 0 || self.broken > MAX_BROKEN_PAGES {
            return;
        }
        self.behind += self.page_entries;
        self.next = Some(with_skip(&self.first, self.behind));
    }
}

const FOREIGN: &str =
    "links name another host, as behind a proxy; pages are asked for where the first one was";

/// Whose address a link gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// The one that was asked.
    Own,
    /// Another one, for the same collection.
    Foreign,
}

/// Where `link` leads from `at`, unless it leaves the collection's host, comes back, or goes on for ever.
///
/// Servers behind a proxy often write the address that they have inside. Such a link is followed at the address that was asked,
/// when it names the same collection: nobody else is ever asked, and no token ever leaves for another host.
fn next_address(at: &Url, link: &str, seen: &BTreeSet<String>) -> Result<(Url, Origin), Rejection> {
    let refuse = |reason: &str| Rejection::new("$.@iot.nextLink", format!("{reason}: {link}"));
    let mut next = at.join(link).map_err(|error| refuse(&error.to_string()))?;
    let host = |url: &Url| {
        (
            url.scheme().to_owned(),
            url.host_str().map(str::to_owned),
            url.port_or_known_default(),
        )
    };
    let mut origin = Origin::Own;
    if host(&next) != host(at) {
        if below_service(next.path()) != below_service(at.path()) {
            return Err(refuse("it leaves the host"));
        }
        let mut own = at.clone();
        own.set_query(next.query());
        next = own;
        origin = Origin::Foreign;
    }
    if seen.contains(next.as_str()) {
        Err(refuse("it comes back to a page that was read"))
    } else if seen.len() >= MAX_PAGES {
        Err(refuse("there are too many pages"))
    } else {
        Ok((next, origin))
    }
}

/// The part of a path that is the same whatever a proxy calls the service: from the version on (`/v1.1/Things`).
fn below_service(path: &str) -> &str {
    path.rfind("/v1.")
        .and_then(|begins| path.get(begins..))
        .unwrap_or(path)
}

/// `address` with `$skip` set to `skip`.
fn with_skip(address: &Url, skip: u64) -> Url {
    let is_skip =
        |pair: &&str| pair.starts_with("$skip") || pair.to_ascii_lowercase().starts_with("%24skip");
    let mut kept: Vec<&str> = address
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .collect();
    kept.retain(|pair| !is_skip(pair));
    let own = format!("$skip={skip}");
    kept.push(&own);
    let mut skipped = address.clone();
    skipped.set_query(Some(&kept.join("&")));
    skipped
}

/// The same question for [`SMALL_PAGE`] entries a page; `None` when it asks for no more than that already.
fn with_small_pages(address: &Url) -> Option<Url> {
    let query = address.query()?;
    let mut is_smaller = false;
    let parts: Vec<String> = query
        .split('&')
        .map(|part| {
            let top = part
                .strip_prefix("$top=")
                .and_then(|top| top.parse::<u32>().ok());
            if top.is_some_and(|top| top > SMALL_PAGE) {
                is_smaller = true;
                format!("$top={SMALL_PAGE}")
            } else {
                part.to_owned()
            }
        })
        .collect();
    let mut smaller = address.clone();
    smaller.set_query(Some(&parts.join("&")));
    is_smaller.then_some(smaller)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = "http://hub:8090/v1.1/Things?$top=2";

    #[track_caller]
    fn check_next(link: &str, expected: Result<&str, &str>) {
        let at = Url::parse(AT).expect("an address");
        let seen = BTreeSet::from([AT.to_owned()]);
        match (next_address(&at, link, &seen), expected) {
            (Ok((next, _)), Ok(expected)) => assert_eq!(next.as_str(), expected),
            (Err(rejection), Err(reason)) => {
                assert!(rejection.reason.starts_with(reason), "{}", rejection.reason);
            }
            (found, expected) => panic!("{found:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn a_link_may_be_absolute_or_relative_but_neither_leaves_the_host_nor_comes_back() {
        let next = "http://hub:8090/v1.1/Things?$top=2&$skip=2";
        check_next(next, Ok(next));
        check_next("Things?$top=2&$skip=2", Ok(next));
        check_next("/v1.1/Things?$top=2&$skip=2", Ok(next));
        check_next("?$top=2&$skip=2", Ok(next));
        check_next(
            "http://hub:8091/v1.1/Sensors?$skip=2",
            Err("it leaves the host"),
        );
        check_next("//elsewhere/Things?$skip=2", Err("it leaves the host"));
        check_next(AT, Err("it comes back"));
        check_next("http://[", Err(""));
    }

    #[test]
    fn a_link_to_the_same_collection_elsewhere_is_followed_where_the_first_page_was() {
        let next = Ok("http://hub:8090/v1.1/Things?$top=2&$skip=2");
        for inside in [
            "http://frost:8080/FROST-Server/v1.1/Things?$top=2&$skip=2",
            "https://hub:8090/v1.1/Things?$top=2&$skip=2",
            "//elsewhere/v1.1/Things?$top=2&$skip=2",
        ] {
            check_next(inside, next);
        }
        check_next("http://elsewhere/v1.1/Things?$top=2", Err("it comes back"));
        let at = Url::parse(AT).expect("an address");
        let mut walk = Walk::new(at.clone());
        let page = page(2, Some("http://frost/v1.1/Things?$skip=2"));
        assert_eq!(
            walk.go_on(&at, &page).map(|note| note.reason),
            Some(FOREIGN.to_owned())
        );
        assert_eq!(walk.go_on(&at, &page), None, "told once");
    }

    #[test]
    fn empty_pages_that_link_on_come_to_an_end() {
        let at = Url::parse(AT).expect("an address");
        let mut walk = Walk::new(at.clone());
        for number in 0..MAX_EMPTY_PAGES {
            let empty = page(0, Some(&format!("?$skip={number}")));
            assert_eq!(walk.go_on(&at, &empty), None);
        }
        walk.next = None;
        let told = walk
            .go_on(&at, &page(0, Some("?$skip=99")))
            .expect("a word");
        assert!(told.reason.contains("empty"), "{}", told.reason);
        assert_eq!(walk.next, None);
    }

    fn page(entries: u64, next: Option<&str>) -> Page<u8> {
        Page {
            items: vec![],
            rejected: vec![],
            notes: vec![],
            entries,
            count: None,
            next: next.map(str::to_owned),
        }
    }

    #[test]
    fn a_broken_page_is_stepped_over_by_as_many_entries_as_a_page_has() {
        let first = Url::parse("http://hub/v1.1/Things?$top=2&$skip=0").expect("an address");
        let mut walk = Walk::new(first.clone());
        assert_eq!(
            walk.go_on(&first, &page(2, Some("Things?$top=2&$skip=2"))),
            None
        );
        walk.next = None;
        walk.step_over();
        assert_eq!(
            walk.next.as_ref().map(Url::as_str),
            Some("http://hub/v1.1/Things?$top=2&$skip=4")
        );
        for _ in 0..MAX_BROKEN_PAGES {
            walk.next = None;
            walk.step_over();
        }
        assert_eq!(walk.next, None, "enough is enough");
    }

    #[test]
    fn a_server_that_refuses_a_large_page_is_asked_for_a_small_one_once() {
        let refused = |status| SyncError::Refused {
            status,
            address: String::new(),
        };
        let first = Url::parse("http://hub/v1.1/Things?$expand=Locations&$top=500&$count=true")
            .expect("an address");
        let mut walk = Walk::new(first);
        walk.next = None;
        assert!(walk.ask_for_less(refused(500)).is_err());
        walk.ask_for_less(refused(422)).expect("less may do");
        assert_eq!(
            walk.next.as_ref().map(Url::as_str),
            Some("http://hub/v1.1/Things?$expand=Locations&$top=100&$count=true")
        );
        assert!(walk.ask_for_less(refused(422)).is_err(), "once");
    }
}
