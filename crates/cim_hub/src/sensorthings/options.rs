//! Query options of SensorThings requests (OGC 18-088, clause 9.3): `$filter $expand $select $orderby $top $skip $count
//! $resultFormat`, also nested inside `$expand`.

use super::filter::{self, Expr};
use super::path::percent_decoded;
use std::collections::BTreeSet;

/// How many entities a page holds when the request doesn't say.
pub(crate) const DEFAULT_TOP: usize = 100;
/// The largest page; a larger `$top` is cut to it, and the rest follows by `@iot.nextLink`.
pub(crate) const MAX_TOP: usize = 5000;
/// How deep `$expand` may nest.
const MAX_EXPAND_DEPTH: usize = 5;

/// What a request asks of a set.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Query {
    /// Only entities for which it holds.
    pub(crate) filter: Option<Expr>,
    /// Sort keys, first counts most.
    pub(crate) order: Vec<OrderKey>,
    /// Properties to keep; empty keeps all.
    pub(crate) select: Vec<String>,
    /// Related entities to put inside.
    pub(crate) expand: Vec<Expand>,
    /// Page size as asked for.
    pub(crate) top: Option<usize>,
    /// Entities to leave out from the start.
    pub(crate) skip: usize,
    /// Whether to count all matches.
    pub(crate) count: bool,
    /// Where the page before ended; only links of this hub carry it.
    pub(crate) after: Option<After>,
    /// `$resultFormat=dataArray`.
    pub(crate) as_data_array: bool,
    /// The options as they came, without those that say where a page begins: links to further pages repeat them.
    pub(crate) repeated: Vec<(String, String)>,
}

impl Query {
    /// The page size that holds.
    pub(crate) fn page(&self) -> usize {
        self.top.unwrap_or(DEFAULT_TOP).min(MAX_TOP)
    }
}

/// One sort key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OrderKey {
    /// The property, step by step.
    pub(crate) path: Vec<String>,
    /// Largest first.
    pub(crate) descending: bool,
}

/// One related set or entity to put inside.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expand {
    /// The relation's name.
    pub(crate) relation: String,
    /// What is asked of it.
    pub(crate) query: Query,
}

/// The last observation of the page before: the next page goes on behind it, however deep it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct After {
    /// Its `phenomenonTime` in milliseconds.
    pub(crate) time: i64,
    /// Its id.
    pub(crate) id: i64,
}

/// A query option that cannot be read; the message names the option and the position in its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{option} at character {at}: {reason}")]
pub(crate) struct OptionError {
    /// The option, for instance `$filter`.
    pub(crate) option: String,
    /// Characters from the start of its value, counted from 0.
    pub(crate) at: usize,
    /// What is wrong.
    pub(crate) reason: String,
}

/// Reads the part of an address behind `?`.
pub(crate) fn parse(query: &str) -> Result<Query, OptionError> {
    let mut parsed = Query::default();
    let mut seen = BTreeSet::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let plain = |text: &str| percent_decoded(&text.replace('+', "%20"));
        let (Some(name), Some(value)) = (plain(name), plain(value)) else {
            return Err(wrong(pair, 0, "the percent encoding is broken"));
        };
        apply(&mut parsed, &name, &value, 0)?;
        if seen.contains(&name) {
            return Err(wrong(&name, 0, "given twice"));
        }
        seen.insert(name);
    }
    Ok(parsed)
}

fn apply(query: &mut Query, name: &str, value: &str, depth: usize) -> Result<(), OptionError> {
    match name {
        "$filter" => {
            let parsed =
                filter::parse(value).map_err(|err| wrong("$filter", err.at, &err.reason))?;
            query.filter = Some(parsed);
        }
        "$orderby" => query.order = order_keys(value)?,
        "$select" => {
            query.select = value
                .split(',')
                .map(|word| word.trim().to_owned())
                .filter(|word| !word.is_empty())
                .collect();
        }
        "$expand" => query.expand = expands(value, depth)?,
        "$top" => query.top = Some(count_of("$top", value)?),
        "$skip" => query.skip = count_of("$skip", value)?,
        "$count" => {
            query.count = match value {
                "true" => true,
                "false" => false,
                _ => return Err(wrong("$count", 0, "true or false is expected")),
            }
        }
        "$resultFormat" => {
            query.as_data_array = match value {
                "dataArray" => true,
                _ => return Err(wrong("$resultFormat", 0, "this hub knows dataArray only")),
            }
        }
        "$skiptoken" => query.after = Some(after(value)?),
        _ => return Err(wrong(name, 0, "this hub doesn't know this option")),
    }
    if !matches!(name, "$skip" | "$skiptoken") {
        query.repeated.push((name.to_owned(), value.to_owned()));
    }
    Ok(())
}

fn after(value: &str) -> Result<After, OptionError> {
    let parts = value
        .split_once(',')
        .and_then(|(time, id)| Some((time.parse().ok()?, id.parse().ok()?)));
    let (time, id) = parts.ok_or_else(|| wrong("$skiptoken", 0, "not a token of this hub"))?;
    Ok(After { time, id })
}

fn count_of(option: &str, value: &str) -> Result<usize, OptionError> {
    value
        .trim()
        .parse()
        .map_err(|_not_a_count| wrong(option, 0, "a whole number from 0 on is expected"))
}

fn order_keys(value: &str) -> Result<Vec<OrderKey>, OptionError> {
    let mut keys = Vec::new();
    let mut at = 0;
    for part in value.split(',') {
        let mut words = part.split_whitespace();
        let path = words
            .next()
            .ok_or_else(|| wrong("$orderby", at, "a property is expected"))?;
        if !path.starts_with(|first: char| first.is_alphabetic() || "@_".contains(first))
            || matches!(path, "null" | "true" | "false")
        {
            return Err(wrong("$orderby", at, "a property is expected"));
        }
        // Some clients write the direction in capitals.
        let direction = words.next().map(str::to_ascii_lowercase);
        let descending = match direction.as_deref() {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(_) => {
                return Err(wrong(
                    "$orderby",
                    at,
                    "asc or desc is expected after the property",
                ));
            }
        };
        if words.next().is_some() {
            return Err(wrong(
                "$orderby",
                at,
                "a comma is expected between properties",
            ));
        }
        keys.push(OrderKey {
            path: path.split('/').map(str::to_owned).collect(),
            descending,
        });
        at += part.chars().count() + 1;
    }
    Ok(keys)
}

/// Splits at `mark` outside of parentheses and texts; each part comes with its position.
fn split_outside(text: &str, mark: char) -> Vec<(usize, String)> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let (mut start, mut depth, mut in_text) = (0, 0_usize, false);
    for (at, letter) in text.chars().enumerate() {
        match letter {
            '\'' => in_text = !in_text,
            '(' if !in_text => depth += 1,
            ')' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if letter == mark && depth == 0 && !in_text {
            parts.push((start, std::mem::take(&mut part)));
            start = at + 1;
        } else {
            part.push(letter);
        }
    }
    parts.push((start, part));
    parts
}

fn expands(value: &str, depth: usize) -> Result<Vec<Expand>, OptionError> {
    if depth >= MAX_EXPAND_DEPTH {
        return Err(wrong("$expand", 0, "nested too deeply"));
    }
    let mut expands: Vec<Expand> = Vec::new();
    for (at, part) in split_outside(value, ',') {
        let found = expand(part.trim(), at, depth)?;
        expands.push(found);
    }
    Ok(expands)
}

fn expand(part: &str, at: usize, depth: usize) -> Result<Expand, OptionError> {
    let (path, inner) = match part.split_once('(') {
        None => (part, None),
        Some((path, tail)) => {
            let inner = tail
                .strip_suffix(')')
                .ok_or_else(|| wrong("$expand", at, "the parenthesis is not closed"))?;
            (path, Some((at + path.chars().count() + 1, inner)))
        }
    };
    let mut query = Query::default();
    if let Some((inner_at, inner)) = inner {
        for (offset, pair) in split_outside(inner, ';') {
            let at = inner_at + offset;
            let (name, value) = pair
                .split_once('=')
                .ok_or_else(|| wrong("$expand", at, "an option is expected, as in $top=1"))?;
            let value_at = at + name.chars().count() + 1;
            apply(&mut query, name.trim(), value, depth + 1).map_err(|err| {
                wrong(
                    "$expand",
                    value_at + err.at,
                    &format!("in {}: {}", err.option, err.reason),
                )
            })?;
        }
    }
    // `Datastreams/Sensor` is the short form of `Datastreams($expand=Sensor)`; options belong to the last step.
    let mut steps: Vec<&str> = path.split('/').map(str::trim).collect();
    let innermost = steps.pop().filter(|step| !step.is_empty());
    let innermost = innermost.ok_or_else(|| wrong("$expand", at, "a relation is expected"))?;
    if depth + steps.len() >= MAX_EXPAND_DEPTH {
        return Err(wrong("$expand", at, "nested too deeply"));
    }
    let mut expand = Expand {
        relation: innermost.to_owned(),
        query,
    };
    for step in steps.into_iter().rev() {
        expand = Expand {
            relation: step.to_owned(),
            query: Query {
                expand: vec![expand],
                ..Query::default()
            },
        };
    }
    Ok(expand)
}

fn wrong(option: &str, at: usize, reason: &str) -> OptionError {
    OptionError {
        option: option.to_owned(),
        at,
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_of_a_page_are_read() {
        let query = parse(
            "$top=9999&$skip=20&$count=true&$select=name,id&$orderby=phenomenonTime%20desc,id",
        )
        .expect("options");
        assert_eq!((query.page(), query.skip, query.count), (MAX_TOP, 20, true));
        assert_eq!(query.select, ["name", "id"]);
        let keys: Vec<(String, bool)> = query
            .order
            .iter()
            .map(|key| (key.path.join("/"), key.descending))
            .collect();
        assert_eq!(
            keys,
            [
                ("phenomenonTime".to_owned(), true),
                ("id".to_owned(), false)
            ]
        );
    }

    #[test]
    fn expands_nest_with_their_own_options() {
        let query = parse("$expand=Datastreams($select=name;$expand=Observations($top=1;$orderby=phenomenonTime desc);$filter=name eq 'a;b,c)'),Locations")
            .expect("options");
        assert_eq!(query.expand.len(), 2);
        let streams = &query.expand[0];
        assert_eq!(streams.relation, "Datastreams");
        assert_eq!(streams.query.select, ["name"]);
        assert!(streams.query.filter.is_some());
        assert_eq!(streams.query.expand[0].query.top, Some(1));
        assert_eq!(query.expand[1].relation, "Locations");
    }

    #[test]
    fn a_path_in_expand_is_nested_expands() {
        let query = parse("$expand=Datastreams/Sensor").expect("options");
        assert_eq!(query.expand[0].query.expand[0].relation, "Sensor");
    }

    #[test]
    fn a_wrong_option_is_named_with_its_position() {
        for (text, option, at) in [
            ("$filter=name%20eq", "$filter", 7),
            ("$top=ten", "$top", 0),
            ("$orderby=a,b%20up", "$orderby", 2),
            ("$expand=Datastreams($filter=name%20qq%201)", "$expand", 25),
            ("$expand=Datastreams($top=1", "$expand", 0),
            ("$colour=red", "$colour", 0),
            ("$count=maybe", "$count", 0),
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(
                (error.option.as_str(), error.at),
                (option, at),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn endless_expands_are_refused() {
        let path = ["Things"; 50].join("/");
        assert!(parse(&format!("$expand={path}")).is_err());
    }
}
