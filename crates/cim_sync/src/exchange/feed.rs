//! The hub's feed of changes, read strictly in order. Nothing is skipped, and nothing is taken from a page that doesn't
//! prove itself: the check values are computed again here.

use super::digest::next_chain;
use super::wire::fact_of;
use super::{Announcement, Ask, ChangeItem, ChangesPage, Cursor, RemoteFact, Told};
use serde_json::Value;
use std::collections::BTreeSet;

/// How far the feed was read.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) cursor: Cursor,
    /// Whether there is, or may be, more at the hub.
    pub(super) wanted: bool,
    /// While a restored hub's feed is read again: the facts seen in it.
    pub(super) restoring: Option<BTreeSet<String>>,
    /// Whether the desk was asked for what it held before.
    pub(super) asked_for_held: bool,
}

/// What a page brought.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) facts: Vec<RemoteFact>,
    pub(super) told: Vec<Told>,
}

impl Feed {
    pub(super) fn new(cursor: Cursor, restoring: bool) -> Self {
        let cursor = if restoring {
            Cursor::beginning_of(&cursor.epoch)
        } else {
            cursor
        };
        Self {
            cursor,
            wanted: true,
            restoring: restoring.then(BTreeSet::new),
            asked_for_held: false,
        }
    }

    pub(super) fn ask(&self, limit: usize) -> Ask {
        Ask::Changes {
            after: self.cursor.seq,
            chain: self.cursor.chain.clone(),
            limit,
        }
    }

    /// Goes back to the beginning, in the life `epoch` of the hub's database.
    pub(super) fn start_again(&mut self, epoch: &str) {
        self.cursor = Cursor::beginning_of(epoch);
        self.wanted = true;
        self.restoring = Some(BTreeSet::new());
        self.asked_for_held = false;
    }

    /// Reads a page, or says why it cannot be believed. The page must be of the life that the cursor is in.
    pub(super) fn page(&mut self, page: &ChangesPage) -> Result<Read, String> {
        if self.cursor.epoch.is_empty() {
            self.cursor = Cursor::beginning_of(&page.epoch);
        }
        let mut cursor = self.cursor.clone();
        for item in &page.items {
            cursor = next_cursor(&cursor, item)?;
        }
        if page.seq != cursor.seq || page.chain != cursor.chain {
            return Err(format!(
                "the page ends at change {} ({}), its changes at {} ({})",
                page.seq, page.chain, cursor.seq, cursor.chain
            ));
        }
        self.wanted = page.newest > cursor.seq;
        if page.items.is_empty() {
            // A hub that has more and gives nothing would be asked for ever.
            if self.wanted {
                return Err(format!(
                    "no changes after {}, newest {}",
                    cursor.seq, page.newest
                ));
            }
            return Ok(Read::default());
        }
        Ok(self.take(&page.items, cursor))
    }

    /// Takes an announced change when it is the very next one and proves itself; otherwise the feed is to be asked.
    pub(super) fn announced(&mut self, announced: &Announcement) -> Read {
        let old = announced.epoch == self.cursor.epoch && announced.item.seq <= self.cursor.seq;
        if old {
            return Read::default();
        }
        let next = next_cursor(&self.cursor, &announced.item).ok();
        let fits = |cursor: &Cursor| {
            announced.epoch == self.cursor.epoch
                && announced.prev == self.cursor.seq
                && announced.chain == cursor.chain
                && self.restoring.is_none()
        };
        if let Some(cursor) = next.filter(fits) {
            self.take(std::slice::from_ref(&announced.item), cursor)
        } else {
            self.wanted = true;
            Read::default()
        }
    }

    fn take(&mut self, items: &[ChangeItem], cursor: Cursor) -> Read {
        let mut read = Read::default();
        let (mut events, mut cameras, mut things) = (Vec::new(), Vec::new(), Vec::new());
        for item in items {
            let taken = match item.kind.as_str() {
                "fact" => fact_of(item).map(|fact| {
                    if let Some(seen) = &mut self.restoring {
                        seen.insert(fact.fact.id.clone());
                    }
                    read.facts.push(fact);
                }),
                "event" => value_of(item).map(|event| events.push(event)),
                "camera" => value_of(item).map(|camera| cameras.push(camera)),
                "catalogue" => value_of(item).map(|body| {
                    let ids = body.get("things").and_then(Value::as_array);
                    let ids = ids.into_iter().flatten().filter_map(identity);
                    things.extend(ids);
                }),
                // A newer hub's kind. It is covered by the check value, and not for this desk.
                _ => Ok(()),
            };
            if let Err(reason) = taken {
                read.told.push(Told::Trouble {
                    what: "changes",
                    reason: format!("change {} ({} {}): {reason}", item.seq, item.kind, item.id),
                });
            }
        }
        if !read.facts.is_empty() {
            read.told.push(Told::Facts(read.facts.clone()));
        }
        if !events.is_empty() {
            read.told.push(Told::Events(events));
        }
        if !cameras.is_empty() {
            read.told.push(Told::Cameras(cameras));
        }
        if !things.is_empty() {
            read.told.push(Told::CatalogueChanged(things));
        }
        self.cursor = cursor;
        read
    }
}

fn next_cursor(cursor: &Cursor, item: &ChangeItem) -> Result<Cursor, String> {
    if item.seq != cursor.seq + 1 {
        return Err(format!("change {} follows {}", item.seq, cursor.seq));
    }
    Ok(Cursor {
        epoch: cursor.epoch.clone(),
        seq: item.seq,
        chain: next_chain(&cursor.chain, &item.kind, &item.id, &item.body),
    })
}

fn value_of(item: &ChangeItem) -> Result<Value, String> {
    serde_json::from_str(&item.body).map_err(|err| format!("no JSON: {err}"))
}

fn identity(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(seq: u64, kind: &str, body: &str) -> ChangeItem {
        ChangeItem {
            seq,
            kind: kind.to_owned(),
            id: format!("{kind}-{seq}"),
            body: body.to_owned(),
            ..ChangeItem::default()
        }
    }

    fn page_of(before: &Cursor, items: &[ChangeItem]) -> ChangesPage {
        let end = items.iter().fold(before.clone(), |cursor, item| {
            next_cursor(&cursor, item).expect("in order")
        });
        ChangesPage {
            epoch: before.epoch.clone(),
            items: items.to_vec(),
            seq: end.seq,
            chain: end.chain,
            newest: end.seq,
        }
    }

    fn events() -> Vec<ChangeItem> {
        (1..4)
            .map(|seq| item(seq, "event", r#"{"id":"e"}"#))
            .collect()
    }

    #[test]
    fn a_page_is_taken_whole_and_a_first_page_names_the_hub() {
        let mut feed = Feed::new(Cursor::default(), false);
        let page = page_of(&Cursor::beginning_of("hub-1"), &events());
        let read = feed.page(&page).expect("believed");
        assert!(matches!(&read.told[..], [Told::Events(events)] if events.len() == 3));
        assert_eq!((feed.cursor.seq, feed.wanted), (3, false));
    }

    #[test]
    fn a_hole_a_changed_body_and_a_wrong_end_are_not_believed() {
        let good = page_of(&Cursor::beginning_of("hub-1"), &events());
        let mut hole = good.clone();
        hole.items.remove(1);
        let mut changed = good.clone();
        changed.items[1].body = r#"{"id":"f"}"#.to_owned();
        let mut short = good.clone();
        short.items.pop();
        let mut more = ChangesPage {
            items: Vec::new(),
            ..good.clone()
        };
        more.seq = 0;
        more.chain = "hub-1".to_owned();
        for wrong in [hole, changed, short, more] {
            let mut feed = Feed::new(Cursor::beginning_of("hub-1"), false);
            let problem = feed.page(&wrong).expect_err("not believed");
            assert!(!problem.is_empty());
            assert_eq!(feed.cursor.seq, 0, "nothing was taken");
        }
    }

    #[test]
    fn an_announced_change_is_taken_when_it_is_the_next_one() {
        let mut feed = Feed::new(Cursor::beginning_of("hub-1"), false);
        let items = events();
        let announce = |prev: u64, item: &ChangeItem, chain: &str| Announcement {
            epoch: "hub-1".to_owned(),
            prev,
            chain: chain.to_owned(),
            item: item.clone(),
        };
        let first = page_of(&feed.cursor, &items[..1]).chain;
        feed.wanted = false;
        assert_eq!(feed.announced(&announce(0, &items[0], "wrong")).told, []);
        assert!(feed.wanted, "asked instead");
        assert_eq!(
            feed.announced(&announce(0, &items[0], &first)).told.len(),
            1
        );
        assert_eq!(feed.announced(&announce(0, &items[0], &first)).told, []);
        feed.wanted = false;
        assert_eq!(feed.announced(&announce(2, &items[2], &first)).told, []);
        assert_eq!(
            (feed.cursor.seq, feed.wanted),
            (1, true),
            "a hole is not skipped"
        );
    }

    #[test]
    fn a_change_that_cannot_be_read_is_told_and_does_not_stop_the_feed() {
        let mut feed = Feed::new(Cursor::beginning_of("hub-1"), false);
        let items = [
            item(1, "fact", "{}"),
            item(2, "weather", "{}"),
            item(3, "catalogue", r#"{"things":["a",7]}"#),
        ];
        let page = page_of(&feed.cursor, &items);
        let read = feed.page(&page).expect("believed");
        assert!(
            matches!(&read.told[0], Told::Trouble { reason, .. } if reason.contains("change 1"))
        );
        assert_eq!(
            read.told[1],
            Told::CatalogueChanged(vec!["a".to_owned(), "7".to_owned()])
        );
        assert_eq!(feed.cursor.seq, 3);
    }
}
