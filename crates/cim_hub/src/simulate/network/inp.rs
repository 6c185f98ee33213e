//! A water network from an EPANET input file (EPANET 2.2 User Manual, appendix C.2): nodes, pipes, pumps, valves, demands.

use super::{Link, Node, Plan};
use crate::error::SimulateError;
use std::collections::BTreeMap;
use std::path::Path;

/// The largest input file, in bytes.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// Nodes, and links, that are used.
const MAX_PARTS: usize = 200_000;
/// The slope of the pressure line at which friction is made linear, metres per metre.
const USUAL_SLOPE: f64 = 0.002;
/// What a pump adds when its curve is not given, metres.
const USUAL_LIFT_M: f64 = 30.0;
const FOOT_M: f64 = 0.3048;
const INCH_M: f64 = 0.0254;

/// The lines of each section, with their numbers.
type Sections<'t> = BTreeMap<String, Vec<(usize, Vec<&'t str>)>>;

/// Metres of a length, of a diameter, and m³/s of a flow in the file's units.
#[derive(Clone, Copy)]
struct Units {
    length: f64,
    diameter: f64,
    flow: f64,
}

/// Reads a network from a file. Lines that name unknown nodes are logged and left out.
pub(super) fn read(path: &Path) -> Result<Plan, SimulateError> {
    let unusable = |reason: String| SimulateError::File {
        what: "water network",
        reason,
        path: path.to_path_buf(),
    };
    let size = std::fs::metadata(path)
        .map_err(|err| unusable(err.to_string()))?
        .len();
    if size > MAX_BYTES {
        return Err(unusable(format!(
            "{size} bytes are too many, at most {MAX_BYTES} are read"
        )));
    }
    let bytes = std::fs::read(path).map_err(|err| unusable(err.to_string()))?;
    plan(&String::from_utf8_lossy(&bytes)).map_err(unusable)
}

fn plan(text: &str) -> Result<Plan, String> {
    let sections = sections_of(text);
    let of = |name: &str| sections.get(name).map(Vec::as_slice).unwrap_or_default();
    let units = units_of(of("OPTIONS"))?;
    let mut plan = Plan::default();
    let mut names = BTreeMap::new();
    for (line, words) in of("JUNCTIONS") {
        let elevation = number(words, 1, *line)? * units.length;
        let demand = words.get(2).map_or(Ok(0.0), |_| number(words, 2, *line))?;
        add(
            &mut plan,
            &mut names,
            words,
            elevation,
            demand.max(0.0) * units.flow,
            None,
        );
    }
    for (line, words) in of("RESERVOIRS") {
        let head = number(words, 1, *line)? * units.length;
        add(&mut plan, &mut names, words, head, 0.0, Some(head));
    }
    for (line, words) in of("TANKS") {
        let elevation = number(words, 1, *line)? * units.length;
        let level = words.get(2).map_or(Ok(0.0), |_| number(words, 2, *line))?;
        let head = elevation + level * units.length;
        add(&mut plan, &mut names, words, elevation, 0.0, Some(head));
    }
    if plan.nodes.len() > MAX_PARTS {
        return Err(format!("it has more than {MAX_PARTS} nodes"));
    }
    demands(of("DEMANDS"), units, &mut plan, &names)?;
    for (_, words) in of("COORDINATES") {
        let place = |n: usize| words.get(n).and_then(|word| word.parse::<f64>().ok());
        let node = words.first().and_then(|name| names.get(*name));
        if let (Some(node), Some(x), Some(y)) = (node, place(1), place(2))
            && let Some(node) = plan.nodes.get_mut(*node)
        {
            node.at = [x, y];
        }
    }
    links(&sections, units, &mut plan, &names)?;
    if plan.links.is_empty() || !plan.nodes.iter().any(|node| node.head_m.is_some()) {
        return Err("it has no pipe, or neither reservoir nor tank".to_owned());
    }
    Ok(plan)
}

fn sections_of(text: &str) -> Sections<'_> {
    let mut sections: Sections<'_> = BTreeMap::new();
    let mut name = String::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.split(';').next().unwrap_or_default().trim();
        if let Some(header) = line.strip_prefix('[') {
            name = header.trim_end_matches(']').to_uppercase();
        } else if !line.is_empty() {
            let words = line.split_whitespace().collect();
            sections
                .entry(name.clone())
                .or_default()
                .push((index + 1, words));
        }
    }
    sections
}

fn units_of(options: &[(usize, Vec<&str>)]) -> Result<Units, String> {
    let word = options.iter().find_map(|(_, words)| {
        let is_units = words.first()?.eq_ignore_ascii_case("units");
        is_units.then(|| words.get(1).copied()).flatten()
    });
    // The manual's default is GPM.
    let word = word.unwrap_or("GPM").to_uppercase();
    let (flow, is_us) = match word.as_str() {
        "CFS" => (0.028_316_847, true),
        "GPM" => (6.309_02e-5, true),
        "MGD" => (0.043_812_64, true),
        "IMGD" => (0.052_616_78, true),
        "AFD" => (0.014_276_41, true),
        "LPS" => (1e-3, false),
        "LPM" => (1e-3 / 60.0, false),
        "MLD" => (1000.0 / 86_400.0, false),
        "CMH" => (1.0 / 3600.0, false),
        "CMD" => (1.0 / 86_400.0, false),
        "CMS" => (1.0, false),
        _ => return Err(format!("[OPTIONS] has unknown units {word:?}")),
    };
    Ok(Units {
        length: if is_us { FOOT_M } else { 1.0 },
        diameter: if is_us { INCH_M } else { 0.001 },
        flow,
    })
}

fn number(words: &[&str], n: usize, line: usize) -> Result<f64, String> {
    let word = words.get(n).copied().unwrap_or_default();
    word.parse::<f64>()
        .ok()
        .filter(|number| number.is_finite())
        .ok_or_else(|| format!("line {line}: {word:?} is no number"))
}

fn add<'t>(
    plan: &mut Plan,
    names: &mut BTreeMap<&'t str, usize>,
    words: &[&'t str],
    elevation_m: f64,
    demand: f64,
    head_m: Option<f64>,
) {
    let Some(name) = words.first() else { return };
    names.insert(*name, plan.nodes.len());
    plan.nodes.push(Node {
        name: (*name).to_owned(),
        elevation_m,
        demand,
        head_m,
        at: [0.0, 0.0],
    });
}

/// `[DEMANDS]` replace what `[JUNCTIONS]` says; several lines of one node add up.
fn demands(
    lines: &[(usize, Vec<&str>)],
    units: Units,
    plan: &mut Plan,
    names: &BTreeMap<&str, usize>,
) -> Result<(), String> {
    let mut sums: BTreeMap<usize, f64> = BTreeMap::new();
    for (line, words) in lines {
        let demand = number(words, 1, *line)?.max(0.0) * units.flow;
        if let Some(node) = words.first().and_then(|name| names.get(name)) {
            *sums.entry(*node).or_insert(0.0) += demand;
        }
    }
    for (node, demand) in sums {
        if let Some(node) = plan.nodes.get_mut(node) {
            node.demand = demand;
        }
    }
    Ok(())
}

fn links(
    sections: &Sections<'_>,
    units: Units,
    plan: &mut Plan,
    names: &BTreeMap<&str, usize>,
) -> Result<(), String> {
    let of = |name: &str| sections.get(name).map(Vec::as_slice).unwrap_or_default();
    let lifts = lifts_of(of("CURVES"), units);
    let mut unknown = 0_usize;
    for kind in ["PIPES", "PUMPS", "VALVES"] {
        for (line, words) in of(kind) {
            let end = |n: usize| words.get(n).and_then(|name| names.get(name)).copied();
            let (Some(name), Some(from), Some(to)) = (words.first(), end(1), end(2)) else {
                unknown += 1;
                continue;
            };
            let (conductance, lift_m) = match kind {
                "PIPES" => (pipe(words, units, *line)?, 0.0),
                "PUMPS" => (super::MOST_CONDUCTANCE, lift_of(words, &lifts)),
                _ => (super::MOST_CONDUCTANCE, 0.0),
            };
            let is_closed = words
                .iter()
                .skip(3)
                .any(|word| word.eq_ignore_ascii_case("closed"));
            if !is_closed {
                plan.links.push(Link {
                    name: (*name).to_owned(),
                    from,
                    to,
                    conductance,
                    lift_m,
                });
            }
        }
    }
    if plan.links.len() > MAX_PARTS {
        return Err(format!("it has more than {MAX_PARTS} links"));
    }
    if unknown > 0 {
        tracing::warn!(unknown, "links of nodes that are not there are left out");
    }
    Ok(())
}

/// A pipe's m³/s per metre of head lost: Hazen-Williams, made linear at a usual slope.
fn pipe(words: &[&str], units: Units, line: usize) -> Result<f64, String> {
    let length = number(words, 3, line)? * units.length;
    let diameter = number(words, 4, line)? * units.diameter;
    let roughness = words.get(5).map_or(Ok(130.0), |_| number(words, 5, line))?;
    Ok(super::conductance(length, diameter, roughness, USUAL_SLOPE))
}

/// The head of the first point of each curve, metres.
fn lifts_of(lines: &[(usize, Vec<&str>)], units: Units) -> BTreeMap<String, f64> {
    let mut lifts = BTreeMap::new();
    for (_, words) in lines {
        let head = words.get(2).and_then(|word| word.parse::<f64>().ok());
        if let (Some(name), Some(head)) = (words.first(), head) {
            lifts
                .entry((*name).to_owned())
                .or_insert(head * units.length);
        }
    }
    lifts
}

fn lift_of(words: &[&str], lifts: &BTreeMap<String, f64>) -> f64 {
    let at = words
        .iter()
        .position(|word| word.eq_ignore_ascii_case("head"));
    at.and_then(|at| lifts.get(*words.get(at + 1)?))
        .copied()
        .filter(|lift| lift.is_finite())
        .map_or(USUAL_LIFT_M, |lift| lift.clamp(0.0, 200.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_networks_are_read_with_all_their_parts() {
        for (file, nodes, links) in [("Net3.inp", 97, 119), ("Net6.inp", 3356, 3892)] {
            let path = Path::new("../../../shared/data/networks").join(file);
            if !path.exists() {
                println!("skipped: {} is not here", path.display());
                return;
            }
            let plan = read(&path).expect("a network");
            assert_eq!(plan.nodes.len(), nodes, "{file}");
            // Closed links carry nothing and are left out.
            assert!(
                plan.links.len() <= links && plan.links.len() + 60 > links,
                "{file}"
            );
            assert!(plan.nodes.iter().any(|node| node.at[0].abs() > 0.1));
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let error = plan("[JUNCTIONS]\n a ten\n").expect_err("no number");
        assert!(error.contains("line 2") && error.contains("ten"), "{error}");
        let error = plan("[OPTIONS]\nUnits barrels\n").expect_err("units");
        assert!(error.contains("BARRELS"), "{error}");
        assert!(
            plan("[JUNCTIONS]\na 1\n")
                .expect_err("no pipes")
                .contains("pipe")
        );
        assert!(plan("").is_err());
    }
}
