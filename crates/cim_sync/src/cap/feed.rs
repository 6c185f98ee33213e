//! Lists of alerts: Atom (RFC 4287), RSS 2.0, EDXL-DE, and a lone alert as a list of one.

use super::Alert;
use super::moment::feed_moment_of;
use super::read::{Notes, alert_of, text_of};
use super::tree::{Element, Space, Tree};
use crate::Rejection;
use crate::markup::shortened;
use cim_model::UtcMillis;

/// Elements of an Atom feed (RFC 4287, 4.1.1).
const ATOM_FEED: [&str; 12] = [
    "author",
    "category",
    "contributor",
    "entry",
    "generator",
    "icon",
    "id",
    "link",
    "logo",
    "rights",
    "subtitle",
    "title",
];
/// Elements of an Atom entry that a feed does not have, or that both have (4.1.2).
const ATOM_ENTRY: [&str; 12] = [
    "author",
    "category",
    "content",
    "contributor",
    "id",
    "link",
    "published",
    "rights",
    "source",
    "summary",
    "title",
    "updated",
];

/// A list of alerts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Feed {
    /// What it is called.
    pub title: String,
    /// When it was changed last.
    pub updated: Option<UtcMillis>,
    /// Its entries, in its order; an entry without an identity or a link is here too, with empty texts.
    pub entries: Vec<FeedEntry>,
    /// What is wrong with it, its entries and their alerts; a broken entry does not spoil the rest.
    pub rejected: Vec<Rejection>,
}

/// An entry of a [`Feed`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeedEntry {
    /// Its identity.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// When it was changed last.
    pub updated: Option<UtcMillis>,
    /// Where its alert is; empty when it carries the alert itself.
    pub link: String,
    /// Its alert, when it carries one that is valid.
    pub alert: Option<Alert>,
}

/// Reads a feed. An error means that the document is no feed or no XML at all; what is wrong inside is in
/// [`Feed::rejected`], and the rest is there.
pub fn read_feed(bytes: &[u8]) -> Result<Feed, Vec<Rejection>> {
    let text = text_of(bytes).map_err(|rejection| vec![rejection])?;
    let tree = Tree::read(&text).map_err(|rejection| vec![rejection])?;
    let mut notes = Notes::new(&tree);
    let root = tree.root();
    let found = root.and_then(|root| match (root.name(), root.space()) {
        ("feed", Space::Atom) => Some(atom(root, &mut notes)),
        ("rss", _) => Some(rss(root, &mut notes)),
        ("EDXLDistribution", Space::Edxl | Space::None) => Some(distribution(root, &mut notes)),
        ("alert", space) if space.is_cap() || space == Space::None => Some(lone(root, &mut notes)),
        _ => None,
    });
    let Some(mut feed) = found else {
        let reason = "neither an Atom feed, an RSS channel, an EDXL distribution nor an alert";
        return Err(vec![Rejection::new("line 1, column 1", reason)]);
    };
    feed.rejected = notes.refused();
    Ok(feed)
}

fn atom<'a, 't>(root: Element<'a, 't>, notes: &mut Notes<'a, 't>) -> Feed {
    let mut feed = Feed {
        title: required(root, "feed", "title", notes),
        updated: required_moment(root, "feed", "updated", notes),
        ..Feed::default()
    };
    required(root, "feed", "id", notes);
    for child in root.children().filter(|child| child.space() == Space::Atom) {
        let name = child.name();
        if name != "updated" && !ATOM_FEED.contains(&name) {
            let path = format!("feed/{}", shortened(name));
            notes.refuse(&path, child.at(), "is no element of Atom");
        }
    }
    let entries = root
        .children()
        .filter(|child| child.name() == "entry" && child.space() == Space::Atom);
    for (index, entry) in entries.enumerate() {
        let path = format!("feed/entry[{}]", index + 1);
        feed.entries.push(atom_entry(entry, &path, notes));
    }
    feed
}

fn atom_entry<'a, 't>(entry: Element<'a, 't>, path: &str, notes: &mut Notes<'a, 't>) -> FeedEntry {
    for child in entry
        .children()
        .filter(|child| child.space() == Space::Atom)
    {
        if !ATOM_ENTRY.contains(&child.name()) {
            let path = format!("{path}/{}", shortened(child.name()));
            notes.refuse(&path, child.at(), "is no element of Atom");
        }
    }
    let link = atom_link(entry);
    let alerts = entry.alerts();
    let has_content = entry
        .child("content")
        .is_some_and(|one| !one.text().is_empty() || one.attribute("src").is_some());
    if link.is_empty() && alerts.is_empty() && !has_content {
        let path = format!("{path}/link");
        notes.refuse(&path, entry.at(), "no link, no alert and no content");
    }
    FeedEntry {
        id: required(entry, path, "id", notes),
        title: required(entry, path, "title", notes),
        updated: required_moment(entry, path, "updated", notes),
        link,
        alert: first_alert(&alerts, &format!("{path}/content"), notes),
    }
}

/// The address of an entry's alert: the link that says so by its type, else the alternate one, else the first.
fn atom_link(entry: Element<'_, '_>) -> String {
    let links: Vec<_> = entry
        .children()
        .filter(|child| child.name() == "link")
        .collect();
    let has = |link: &&Element<'_, '_>, name: &str, value: &str| {
        link.attribute(name).is_some_and(|found| found == value)
    };
    let is_cap = |link: &&Element<'_, '_>| has(link, "type", "application/cap+xml");
    let is_alternate =
        |link: &&Element<'_, '_>| link.attribute("rel").is_none() || has(link, "rel", "alternate");
    let chosen = links
        .iter()
        .find(is_cap)
        .or_else(|| links.iter().find(is_alternate))
        .or_else(|| links.first());
    chosen
        .and_then(|link| link.attribute("href"))
        .unwrap_or_default()
}

fn rss<'a, 't>(root: Element<'a, 't>, notes: &mut Notes<'a, 't>) -> Feed {
    let Some(channel) = root.child("channel") else {
        notes.refuse("rss/channel", root.at(), "is mandatory and missing");
        return Feed::default();
    };
    let path = "rss/channel";
    for name in ["link", "description"] {
        required(channel, path, name, notes);
    }
    let updated = optional_moment(channel, path, "lastBuildDate", notes);
    let mut feed = Feed {
        title: required(channel, path, "title", notes),
        updated: updated.or_else(|| optional_moment(channel, path, "pubDate", notes)),
        ..Feed::default()
    };
    let items = channel.children().filter(|child| child.name() == "item");
    for (index, item) in items.enumerate() {
        let path = format!("rss/channel/item[{}]", index + 1);
        feed.entries.push(rss_item(item, &path, notes));
    }
    feed
}

fn rss_item<'a, 't>(item: Element<'a, 't>, path: &str, notes: &mut Notes<'a, 't>) -> FeedEntry {
    let text = |name: &str| item.child(name).map_or("", Element::text).to_owned();
    let alerts = item.alerts();
    let (link, guid) = (text("link"), text("guid"));
    if link.is_empty() && alerts.is_empty() {
        let path = format!("{path}/link");
        notes.refuse(&path, item.at(), "no link and no alert");
    }
    let title = match text("title") {
        // RSS wants a title or a description.
        empty if empty.is_empty() => text("description"),
        title => title,
    };
    if title.is_empty() {
        notes.refuse(
            &format!("{path}/title"),
            item.at(),
            "is mandatory and missing",
        );
    }
    FeedEntry {
        id: if guid.is_empty() { link.clone() } else { guid },
        title,
        updated: optional_moment(item, path, "pubDate", notes),
        link,
        alert: first_alert(&alerts, path, notes),
    }
}

fn distribution<'a, 't>(root: Element<'a, 't>, notes: &mut Notes<'a, 't>) -> Feed {
    let top = "EDXLDistribution";
    let mut feed = Feed {
        title: required(root, top, "distributionID", notes),
        updated: required_moment(root, top, "dateTimeSent", notes),
        ..Feed::default()
    };
    let objects = root
        .children()
        .filter(|child| child.name() == "contentObject");
    for (index, object) in objects.enumerate() {
        let path = format!("{top}/contentObject[{}]", index + 1);
        for element in object.alerts() {
            let alert = alert_of(element, &format!("{path}/alert"), notes);
            let title = object.child("contentDescription").map_or("", Element::text);
            feed.entries.push(entry_of(alert, element, title));
        }
    }
    feed
}

fn lone<'a, 't>(root: Element<'a, 't>, notes: &mut Notes<'a, 't>) -> Feed {
    let alert = alert_of(root, "alert", notes);
    let entry = entry_of(alert, root, "");
    Feed {
        title: entry.title.clone(),
        updated: entry.updated,
        entries: vec![entry],
        rejected: Vec::new(),
    }
}

/// The entry of an alert that stands in no entry of its own.
fn entry_of(alert: Option<Alert>, element: Element<'_, '_>, title: &str) -> FeedEntry {
    let identifier = element.child("identifier").map_or("", Element::text);
    let headline = alert
        .as_ref()
        .and_then(|alert| alert.infos.first())
        .map_or("", |info| info.headline.as_str());
    FeedEntry {
        id: identifier.to_owned(),
        title: if title.is_empty() { headline } else { title }.to_owned(),
        updated: alert.as_ref().map(|alert| alert.sent),
        link: String::new(),
        alert,
    }
}

/// The first of `alerts`; an entry has one, so the others are told and left out.
fn first_alert<'a, 't>(
    alerts: &[Element<'a, 't>],
    path: &str,
    notes: &mut Notes<'a, 't>,
) -> Option<Alert> {
    let (first, others) = alerts.split_first()?;
    for other in others {
        notes.refuse(
            &format!("{path}/alert"),
            other.at(),
            "an entry has one alert",
        );
    }
    alert_of(*first, &format!("{path}/alert"), notes)
}

fn required<'a, 't>(
    element: Element<'a, 't>,
    path: &str,
    name: &str,
    notes: &mut Notes<'a, 't>,
) -> String {
    let text = element.child(name).map_or("", Element::text);
    if text.is_empty() {
        let path = format!("{path}/{name}");
        notes.refuse(&path, element.at(), "is mandatory and missing");
    }
    text.to_owned()
}

fn required_moment<'a, 't>(
    element: Element<'a, 't>,
    path: &str,
    name: &str,
    notes: &mut Notes<'a, 't>,
) -> Option<UtcMillis> {
    if required(element, path, name, notes).is_empty() {
        return None;
    }
    optional_moment(element, path, name, notes)
}

fn optional_moment<'a, 't>(
    element: Element<'a, 't>,
    path: &str,
    name: &str,
    notes: &mut Notes<'a, 't>,
) -> Option<UtcMillis> {
    let child = element
        .child(name)
        .filter(|child| !child.text().is_empty())?;
    let found = feed_moment_of(child.text());
    if found.is_none() {
        let path = format!("{path}/{name}");
        notes.refuse(&path, child.at(), "a moment is expected");
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALERT: &str = "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'><identifier>1</identifier><sender>s</sender>\
        <sent>2026-01-31T08:15:00+08:00</sent><status>Test</status><msgType>Alert</msgType><scope>Public</scope></alert>";

    fn atom_with(content: &str) -> String {
        format!(
            "<feed xmlns='http://www.w3.org/2005/Atom'><id>f</id><title>F</title><updated>2026-01-31T00:15:00Z</updated>\
            <entry><id>e</id><title>E</title><updated>2026-01-31T00:15:00Z</updated>{content}</entry></feed>"
        )
    }

    #[test]
    fn an_entry_carries_an_alert_or_a_link_to_one() {
        let text = atom_with(&format!("<content type='text/xml'>{ALERT}</content>"));
        let feed = read_feed(text.as_bytes()).expect("a feed");
        assert_eq!(feed.rejected, []);
        let alert = feed.entries[0].alert.as_ref().expect("an alert");
        assert_eq!(alert.status, cim_model::Standing::Test);

        let links = "<link rel='self' href='http://a/0'/><link type='application/cap+xml' rel='related' href='http://a/1?b&amp;c'/>";
        let feed = read_feed(atom_with(links).as_bytes()).expect("a feed");
        assert_eq!(feed.entries[0].link, "http://a/1?b&c");
        assert_eq!((feed.title.as_str(), feed.rejected.len()), ("F", 0));
    }

    #[test]
    fn a_broken_alert_leaves_its_entry_and_the_others() {
        let text = atom_with(&ALERT.replace("<scope>Public</scope>", ""));
        let feed = read_feed(text.as_bytes()).expect("a feed");
        assert_eq!(feed.entries.len(), 1);
        assert_eq!(feed.entries[0].alert, None);
        let place = &feed.rejected[0].place;
        assert!(
            place.starts_with("feed/entry[1]/content/alert/scope ("),
            "{place}"
        );
    }

    #[test]
    fn a_lone_alert_is_a_list_of_one() {
        let feed = read_feed(ALERT.as_bytes()).expect("a feed");
        assert_eq!((feed.entries.len(), feed.entries[0].id.as_str()), (1, "1"));
        assert!(read_feed(b"<html/>").is_err());
        assert!(read_feed(b"{}").is_err());
    }
}
