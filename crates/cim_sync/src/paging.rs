//! Walks a paged collection: follows its links, steps over a broken page, and never walks in circles.

use crate::{
    Rejection, SyncError,
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
        }
    }

    /// The next page that can be read; `None` at the end. Errors when the hub is gone, or refuses the first page.
    pub(crate) async fn next_page<T, P>(
        &mut self,
        door: &Door,
        out: &Outlet,
        read: P,
    ) -> Result<Option<Page<T>>, SyncError>
    where
        P: Fn(&[u8]) -> Result<Page<T>, Rejection>,
    {
        while let Some(address) = self.next.take() {
            self.seen.insert(address.to_string());
            let rejection = match door.get(&address, PAGE_MAX_BYTES).await {
                Ok(bytes) => match read(&bytes) {
                    Ok(mut page) => {
                        self.go_on(&address, &mut page);
                        out.reject_all(address.as_str(), std::mem::take(&mut page.rejected))
                            .await?;
                        return Ok(Some(page));
                    }
                    Err(rejection) => rejection,
                },
                Err(error @ (SyncError::Refused { .. } | SyncError::TooLarge { .. }))
                    if self.seen.len() > 1 =>
                {
                    Rejection::new("page", error.to_string())
                }
                Err(error) => return Err(error),
            };
            out.reject(address.as_str(), rejection).await?;
            self.step_over();
        }
        Ok(None)
    }

    fn go_on<T>(&mut self, address: &Url, page: &mut Page<T>) {
        self.behind += page.entries;
        self.page_entries = self.page_entries.max(page.entries);
        let Some(link) = &page.next else { return };
        match next_address(address, link, &self.seen) {
            Ok(next) => self.next = Some(next),
            Err(rejection) => page.rejected.push(rejection),
        }
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

/// Where `link` leads from `at`, unless it leaves the host, comes back, or goes on for ever.
fn next_address(at: &Url, link: &str, seen: &BTreeSet<String>) -> Result<Url, Rejection> {
    let refuse = |reason: &str| Rejection::new("$.@iot.nextLink", format!("{reason}: {link}"));
    let next = at.join(link).map_err(|error| refuse(&error.to_string()))?;
    let host = |url: &Url| {
        (
            url.scheme().to_owned(),
            url.host_str().map(str::to_owned),
            url.port_or_known_default(),
        )
    };
    if host(&next) != host(at) {
        Err(refuse("it leaves the host"))
    } else if seen.contains(next.as_str()) {
        Err(refuse("it comes back to a page that was read"))
    } else if seen.len() >= MAX_PAGES {
        Err(refuse("there are too many pages"))
    } else {
        Ok(next)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = "http://hub:8090/v1.1/Things?$top=2";

    #[track_caller]
    fn check_next(link: &str, expected: Result<&str, &str>) {
        let at = Url::parse(AT).expect("an address");
        let seen = BTreeSet::from([AT.to_owned()]);
        match (next_address(&at, link, &seen), expected) {
            (Ok(next), Ok(expected)) => assert_eq!(next.as_str(), expected),
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
            "http://hub:8091/v1.1/Things?$skip=2",
            Err("it leaves the host"),
        );
        check_next(
            "https://hub:8090/v1.1/Things?$skip=2",
            Err("it leaves the host"),
        );
        check_next("//elsewhere/v1.1/Things", Err("it leaves the host"));
        check_next(AT, Err("it comes back"));
        check_next("http://[", Err(""));
    }

    #[test]
    fn a_broken_page_is_stepped_over_by_as_many_entries_as_a_page_has() {
        let first = Url::parse("http://hub/v1.1/Things?$top=2&$skip=0").expect("an address");
        let mut walk = Walk::new(first.clone());
        let mut page: Page<u8> = Page {
            items: vec![],
            rejected: vec![],
            entries: 2,
            count: None,
            next: Some("Things?$top=2&$skip=2".to_owned()),
        };
        walk.go_on(&first, &mut page);
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
}
