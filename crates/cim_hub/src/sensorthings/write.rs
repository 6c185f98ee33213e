//! Pages of entities written straight as text: what desks list by the hundred thousand is not built as a tree first.
//!
//! Only what takes no more than writing down is written here; for everything else `read` builds the tree. Both say the same.

use super::SetName;
use super::options::Query;
use super::read::Reader;
use super::registry::{Entity, Related};
use std::io::Write;

/// Nested deeper than this, `read` decides.
const MOST_DEPTH: u32 = 4;

impl Reader<'_> {
    /// The page of `ids` as JSON text; `None` when it takes a condition, an order, observations, or a further page inside.
    pub(super) fn page_text(
        &self,
        set: SetName,
        ids: &[i64],
        query: &Query,
        path: &str,
    ) -> Option<Vec<u8>> {
        // An address comes from the request; one that JSON would have to escape is nothing that a client is called by.
        let is_odd = |letter: char| letter.is_control() || matches!(letter, '"' | '\\');
        if set == SetName::FeaturesOfInterest || !is_plain(query) || self.base.contains(is_odd) {
            return None;
        }
        let mut out = Vec::new();
        out.push(b'{');
        if query.count {
            write!(out, "\"@iot.count\":{},", ids.len()).ok()?;
        }
        let end = query.skip.saturating_add(query.page()).min(ids.len());
        if end < ids.len() && query.page() > 0 {
            let link = self.link(path, query, "$skip", &end.to_string());
            out.extend_from_slice(b"\"@iot.nextLink\":");
            serde_json::to_writer(&mut out, &link).ok()?;
            out.push(b',');
        }
        out.extend_from_slice(b"\"value\":[");
        let shown = ids.iter().skip(query.skip).take(query.page());
        let entities = shown.filter_map(|id| self.registry.entity(set, *id));
        for (place, entity) in entities.enumerate() {
            if place > 0 {
                out.push(b',');
            }
            self.put_entity(&mut out, set, &entity, query, 0)?;
        }
        out.extend_from_slice(b"]}");
        Some(out)
    }

    fn put_entity(
        &self,
        out: &mut Vec<u8>,
        set: SetName,
        entity: &Entity,
        query: &Query,
        depth: u32,
    ) -> Option<()> {
        if depth > MOST_DEPTH {
            return None;
        }
        out.push(b'{');
        let first = out.len();
        let address = (self.base, set.as_str(), entity.id);
        if is_wanted(query, "id") || is_wanted(query, "@iot.id") {
            write!(out, "\"@iot.id\":{}", entity.id).ok()?;
        }
        if is_wanted(query, "@iot.selfLink") {
            comma(out, first);
            let (base, set, id) = address;
            write!(out, "\"@iot.selfLink\":\"{base}/{set}({id})\"").ok()?;
        }
        for relation in set.relations().iter().filter(|name| is_wanted(query, name)) {
            comma(out, first);
            let (base, set, id) = address;
            write!(
                out,
                "\"{relation}@iot.navigationLink\":\"{base}/{set}({id})/{relation}\""
            )
            .ok()?;
        }
        let expands = |name: &str| query.expand.iter().any(|expand| expand.relation == name);
        for (name, value) in &entity.body {
            // A property of a relation's name would be written over by what is put inside.
            if is_wanted(query, name) && !expands(name) {
                comma(out, first);
                serde_json::to_writer(&mut *out, name).ok()?;
                out.push(b':');
                serde_json::to_writer(&mut *out, value).ok()?;
            }
        }
        for expand in &query.expand {
            comma(out, first);
            write!(out, "\"{}\":", expand.relation).ok()?;
            let related = self.registry.related(set, entity, &expand.relation)?;
            self.put_related(out, related, &expand.query, depth + 1)?;
        }
        out.push(b'}');
        Some(())
    }

    fn put_related(
        &self,
        out: &mut Vec<u8>,
        related: Related,
        query: &Query,
        depth: u32,
    ) -> Option<()> {
        match related {
            Related::One(set, id) => {
                if let Some(entity) = id.and_then(|id| self.registry.entity(set, id)) {
                    self.put_entity(out, set, &entity, query, depth)
                } else {
                    out.extend_from_slice(b"null");
                    Some(())
                }
            }
            Related::Many(set, ids) if ids.len() <= query.page() && query.skip == 0 => {
                out.push(b'[');
                let entities = ids.iter().filter_map(|id| self.registry.entity(set, *id));
                for (place, entity) in entities.enumerate() {
                    if place > 0 {
                        out.push(b',');
                    }
                    self.put_entity(out, set, &entity, query, depth)?;
                }
                out.push(b']');
                Some(())
            }
            Related::Many(..) | Related::Observations(_) | Related::ObservedAt(_) => None,
        }
    }
}

/// Whether a page so asked for takes no more than writing it down.
fn is_plain(query: &Query) -> bool {
    let inside = |query: &Query| is_plain(query) && !query.count;
    query.filter.is_none()
        && query.order.is_empty()
        && query.after.is_none()
        && !query.as_data_array
        && query.expand.iter().all(|expand| inside(&expand.query))
        && are_different(query)
}

/// A relation that is expanded twice has the second expansion only: that is for the tree.
fn are_different(query: &Query) -> bool {
    let all = &query.expand;
    all.iter().enumerate().all(|(place, one)| {
        all.iter()
            .skip(place + 1)
            .all(|two| one.relation != two.relation)
    })
}

/// Whether a property stays by `$select`.
fn is_wanted(query: &Query, name: &str) -> bool {
    query.select.is_empty()
        || query
            .select
            .iter()
            .any(|wanted| wanted.split('/').next().unwrap_or_default() == name)
}

/// A comma, unless nothing was written since `first`.
fn comma(out: &mut Vec<u8>, first: usize) {
    if out.len() > first {
        out.push(b',');
    }
}
