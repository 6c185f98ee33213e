//! The sections of an `.inp` file, in SI units.

use crate::networks::{LinkKind, LinkStatus, NodeKind};
use std::collections::BTreeMap;

const FOOT_M: f64 = 0.3048;
const INCH_M: f64 = 0.0254;
/// More problems than this are not listed.
const MAX_PROBLEMS: usize = 10_000;

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct Inp {
    /// The first line of its title.
    pub(super) title: String,
    pub(super) nodes: BTreeMap<String, Node>,
    pub(super) links: Vec<Link>,
    /// True when roughness is the coefficient of Hazen and Williams.
    pub(super) is_hazen_williams: bool,
    pub(super) problems: Vec<LineProblem>,
}

/// A line that could not be used as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LineProblem {
    pub(super) line: usize,
    pub(super) reason: &'static str,
    pub(super) what: String,
}

/// A junction, reservoir or tank.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) kind: NodeKind,
    pub(super) elevation_m: Option<f64>,
    pub(super) demand_m3_s: Option<f64>,
    /// Of a tank.
    pub(super) diameter_m: Option<f64>,
    /// In the file's own coordinates.
    pub(super) at: Option<[f64; 2]>,
}

/// A pipe, pump or valve.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Link {
    pub(super) id: String,
    pub(super) line: usize,
    pub(super) kind: LinkKind,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) length_m: f64,
    pub(super) diameter_m: f64,
    pub(super) roughness: Option<f64>,
    pub(super) status: LinkStatus,
    /// Type of a valve, curve or power of a pump; as the file has it.
    pub(super) detail: String,
    pub(super) vertices: Vec<[f64; 2]>,
}

/// What the numbers of a file count, told by its flow units.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Units {
    /// Metres in a unit of length and elevation.
    length_m: f64,
    /// Metres in a unit of a pipe's diameter.
    diameter_m: f64,
    /// Cubic metres a second in a unit of flow.
    flow_m3_s: f64,
}

impl Units {
    /// The units of a file in this flow unit; gallons a minute for an unknown one, as EPANET takes it.
    fn of(word: &str) -> Self {
        let us = |flow_m3_s| Self {
            length_m: FOOT_M,
            diameter_m: INCH_M,
            flow_m3_s,
        };
        let si = |flow_m3_s| Self {
            length_m: 1.0,
            diameter_m: 0.001,
            flow_m3_s,
        };
        match word.to_ascii_uppercase().as_str() {
            "CFS" => us(0.028_316_846_592),
            "MGD" => us(0.043_812_636_389),
            "IMGD" => us(0.052_616_782_407),
            "AFD" => us(0.014_276_410_157),
            "LPS" => si(0.001),
            "LPM" => si(0.001 / 60.0),
            "MLD" => si(1_000.0 / 86_400.0),
            "CMH" => si(1.0 / 3_600.0),
            "CMD" => si(1.0 / 86_400.0),
            "CMS" => si(1.0),
            _ => us(6.309_019_64e-5),
        }
    }
}

/// Reads a file's text. Lines that cannot be used become problems.
pub(super) fn parse(text: &str) -> Inp {
    let (units, is_hazen_williams) = options_of(text);
    let mut reading = Reading {
        units,
        inp: Inp {
            is_hazen_williams,
            ..Inp::default()
        },
        rows: BTreeMap::new(),
    };
    // Nodes and links come first, whatever the order of the sections: the others speak of them.
    for_lines(text, |section, line, words, raw| {
        reading.take_first(section, line, words, raw);
    });
    for (row, link) in reading.inp.links.iter().enumerate() {
        reading.rows.insert(link.id.clone(), row);
    }
    for_lines(text, |section, line, words, _| {
        reading.take_second(section, line, words);
    });
    reading.inp
}

/// Calls `take` with each line that says something: its section in capitals, its number, its words, and all of it.
fn for_lines(text: &str, mut take: impl FnMut(&str, usize, &[&str], &str)) {
    let mut section = String::new();
    for (number, raw) in text.lines().enumerate() {
        let told = raw.split(';').next().unwrap_or_default().trim();
        if told.is_empty() {
            continue;
        }
        if let Some(name) = told.strip_prefix('[') {
            section = name.trim_end_matches(']').trim().to_ascii_uppercase();
            if section == "END" {
                return;
            }
            continue;
        }
        let words: Vec<&str> = told.split_whitespace().collect();
        take(&section, number + 1, &words, told);
    }
}

fn options_of(text: &str) -> (Units, bool) {
    let (mut units, mut is_hazen_williams) = (Units::of("GPM"), true);
    for_lines(text, |section, _, words, _| {
        let [key, value, ..] = words else { return };
        if section.starts_with("OPTION") && key.eq_ignore_ascii_case("units") {
            units = Units::of(value);
        } else if section.starts_with("OPTION") && key.eq_ignore_ascii_case("headloss") {
            is_hazen_williams = value.eq_ignore_ascii_case("h-w");
        }
    });
    (units, is_hazen_williams)
}

struct Reading {
    units: Units,
    inp: Inp,
    /// Rows of links by their id.
    rows: BTreeMap<String, usize>,
}

impl Reading {
    fn take_first(&mut self, section: &str, line: usize, words: &[&str], raw: &str) {
        match section {
            "TITLE" if self.inp.title.is_empty() => raw.clone_into(&mut self.inp.title),
            "JUNCTIONS" => self.node(line, words, NodeKind::Junction),
            "RESERVOIRS" => self.node(line, words, NodeKind::Reservoir),
            "TANKS" => self.node(line, words, NodeKind::Tank),
            "PIPES" => self.link(line, words, LinkKind::Pipe),
            "PUMPS" => self.link(line, words, LinkKind::Pump),
            "VALVES" => self.link(line, words, LinkKind::Valve),
            _ => {}
        }
    }

    fn take_second(&mut self, section: &str, line: usize, words: &[&str]) {
        match section {
            "COORDINATES" => {
                let at = place(words);
                let node = words.first().and_then(|id| self.inp.nodes.get_mut(*id));
                match (node, at) {
                    (Some(node), Some(at)) => node.at = Some(at),
                    (None, _) => {
                        self.problem(line, "coordinates of a node that is not there", words);
                    }
                    (_, None) => self.problem(line, "a coordinate is not a number", words),
                }
            }
            "VERTICES" => {
                let row = words.first().and_then(|id| self.rows.get(*id)).copied();
                let link = row.and_then(|row| self.inp.links.get_mut(row));
                match (link, place(words)) {
                    (Some(link), Some(at)) => link.vertices.push(at),
                    (None, _) => self.problem(line, "a vertex of a link that is not there", words),
                    (_, None) => self.problem(line, "a coordinate is not a number", words),
                }
            }
            "STATUS" => {
                let row = words.first().and_then(|id| self.rows.get(*id)).copied();
                let status = words.get(1).map(|word| word.to_ascii_uppercase());
                if let Some(link) = row.and_then(|row| self.inp.links.get_mut(row)) {
                    match status.as_deref() {
                        Some("CLOSED") => link.status = LinkStatus::Closed,
                        Some("OPEN") => link.status = LinkStatus::Open,
                        // A speed or a setting.
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    fn problem(&mut self, line: usize, reason: &'static str, words: &[&str]) {
        if self.inp.problems.len() < MAX_PROBLEMS {
            self.inp.problems.push(LineProblem {
                line,
                reason,
                what: words.iter().take(3).copied().collect::<Vec<_>>().join(" "),
            });
        }
    }

    fn node(&mut self, line: usize, words: &[&str], kind: NodeKind) {
        let Some(id) = words.first() else { return };
        let metres = self.units.length_m;
        let node = Node {
            line,
            kind,
            elevation_m: number(words, 1).map(|value| value * metres),
            demand_m3_s: (kind == NodeKind::Junction)
                .then(|| number(words, 2))
                .flatten()
                .map(|value| value * self.units.flow_m3_s),
            diameter_m: (kind == NodeKind::Tank)
                .then(|| number(words, 5))
                .flatten()
                .map(|value| value * metres),
            at: None,
        };
        if self.inp.nodes.insert((*id).to_owned(), node).is_some() {
            self.problem(
                line,
                "a second node with the same id; the last one counts",
                words,
            );
        }
    }

    fn link(&mut self, line: usize, words: &[&str], kind: LinkKind) {
        let [id, from, to, rest @ ..] = words else {
            self.problem(line, "a link without two nodes", words);
            return;
        };
        let mut link = Link {
            id: (*id).to_owned(),
            line,
            kind,
            from: (*from).to_owned(),
            to: (*to).to_owned(),
            ..Link::default()
        };
        match kind {
            LinkKind::Pipe => {
                link.length_m = number(rest, 0).unwrap_or(0.0).max(0.0) * self.units.length_m;
                link.diameter_m = number(rest, 1).unwrap_or(0.0).max(0.0) * self.units.diameter_m;
                link.roughness = number(rest, 2);
                // The minor loss may be left out before the status.
                let word = rest
                    .iter()
                    .skip(3)
                    .find(|word| word.parse::<f64>().is_err());
                link.status = match word.map(|word| word.to_ascii_uppercase()).as_deref() {
                    Some("CLOSED") => LinkStatus::Closed,
                    Some("CV") => LinkStatus::CheckValve,
                    _ => LinkStatus::Open,
                };
            }
            LinkKind::Pump => link.detail = rest.join(" "),
            LinkKind::Valve => {
                link.diameter_m = number(rest, 0).unwrap_or(0.0).max(0.0) * self.units.diameter_m;
                let detail = rest.get(1).copied().unwrap_or_default();
                detail.clone_into(&mut link.detail);
            }
        }
        self.inp.links.push(link);
    }
}

fn number(words: &[&str], at: usize) -> Option<f64> {
    words
        .get(at)?
        .parse::<f64>()
        .ok()
        .filter(|value| value.is_finite())
}

fn place(words: &[&str]) -> Option<[f64; 2]> {
    Some([number(words, 1)?, number(words, 2)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_may_come_in_any_order_and_broken_lines_are_named() {
        let inp = parse(
            "[COORDINATES]\nA 1 2\nB x 2\nC 1 1\n[PIPES]\nP A B 10 200 100 Closed\nQ A\n[JUNCTIONS]\nA 5\nB 6\nA 7\n\
             [OPTIONS]\nUNITS CMH\nHEADLOSS D-W\n",
        );
        assert!(!inp.is_hazen_williams);
        assert_eq!(inp.nodes["A"].at, Some([1.0, 2.0]));
        assert_eq!(inp.links[0].status, LinkStatus::Closed);
        assert!((inp.links[0].diameter_m - 0.2).abs() < 1e-12);
        let lines: Vec<usize> = inp.problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [7, 11, 3, 4]);
    }
}
