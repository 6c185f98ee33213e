//! Scene packs on disk: the one that is built in, those beside the program, and those of the city. Rules of alarms, plans
//! and resources are handed on as text: the desks that work with them read those of all packs together.

use cim_layers::layer::{LayerId, LayerPlan, LayerProblem, PackPlan, read_layers, read_pack};
use cim_tiles::Problem;
use std::{
    io::Read as _,
    path::{Path, PathBuf},
};

/// The folder of packs within a city's folder.
const SCENES: &str = "scenes";
/// More packs are not read.
const MOST_PACKS: usize = 64;
/// More files of a pack are not read.
const MOST_FILES: usize = 256;

/// The pack that every desk has, also one without a folder of packs.
const BUILT_IN: [(&str, &str); 8] = [
    (
        "analysis.toml",
        include_str!("../../../../scenes/city/layers/analysis.toml"),
    ),
    (
        "base.toml",
        include_str!("../../../../scenes/city/layers/base.toml"),
    ),
    (
        "cameras.toml",
        include_str!("../../../../scenes/city/layers/cameras.toml"),
    ),
    (
        "events.toml",
        include_str!("../../../../scenes/city/layers/events.toml"),
    ),
    (
        "moving.toml",
        include_str!("../../../../scenes/city/layers/moving.toml"),
    ),
    (
        "pipes.toml",
        include_str!("../../../../scenes/city/layers/pipes.toml"),
    ),
    (
        "roads.toml",
        include_str!("../../../../scenes/city/layers/roads.toml"),
    ),
    (
        "sensors.toml",
        include_str!("../../../../scenes/city/layers/sensors.toml"),
    ),
];

/// The rules of that pack.
const BUILT_IN_RULES: [(&str, &str); 4] = [
    (
        "groups.toml",
        include_str!("../../../../scenes/city/rules/groups.toml"),
    ),
    (
        "limits.toml",
        include_str!("../../../../scenes/city/rules/limits.toml"),
    ),
    (
        "quality.toml",
        include_str!("../../../../scenes/city/rules/quality.toml"),
    ),
    (
        "together.toml",
        include_str!("../../../../scenes/city/rules/together.toml"),
    ),
];

/// The file of a pack with the teams, stores and vehicles that can be sent.
pub(crate) const RESOURCES: &str = "resources.toml";

/// The file of a pack with its shifts and who is on duty; the shifts that ship are the duty desk's.
const ROSTER: &str = "roster.toml";

/// The file of a pack with who may do what with which camera, instead of the rights that ship.
const RIGHTS: &str = "video/rights.toml";

/// The plans and the resources of the built-in pack.
const BUILT_IN_PLANS: [(&str, &str); 4] = [
    (
        "gas.toml",
        include_str!("../../../../scenes/city/plans/gas.toml"),
    ),
    (
        "municipal.toml",
        include_str!("../../../../scenes/city/plans/municipal.toml"),
    ),
    (
        "water.toml",
        include_str!("../../../../scenes/city/plans/water.toml"),
    ),
    (
        RESOURCES,
        include_str!("../../../../scenes/city/resources.toml"),
    ),
];

/// A file of definitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PackText {
    /// Where it lies.
    pub(crate) file: String,
    /// What stands in it.
    pub(crate) text: String,
}

/// A pack with its layers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pack {
    /// What it says of itself.
    pub(crate) plan: PackPlan,
    /// Its layers, uppermost first.
    pub(crate) layers: Vec<LayerPlan>,
    /// Its files of rules, by their names.
    pub(crate) rules: Vec<PackText>,
    /// Its files of plans by their names, and that of its resources.
    pub(crate) plans: Vec<PackText>,
    /// Its roster, where it has one.
    pub(crate) roster: Option<PackText>,
    /// Its rights about cameras, where it has any.
    pub(crate) rights: Option<PackText>,
    /// Where its files are; `None` for the one that is built in.
    pub(crate) folder: Option<PathBuf>,
}

/// The built-in pack; what is wrong with it is wrong in the program.
pub(crate) fn built_in() -> (Pack, Vec<Problem>) {
    let text = include_str!("../../../../scenes/city/pack.toml");
    let (plan, mut problems) = read_pack(text, "pack.toml");
    let mut layers = Vec::new();
    for (file, text) in BUILT_IN {
        let (read, wrong) = read_layers(text, file);
        layers.extend(read);
        problems.extend(wrong);
    }
    let plan = plan.unwrap_or_default();
    plan.arrange(&mut layers);
    let as_text = |(file, text): (&str, &str)| PackText {
        file: file.to_owned(),
        text: text.to_owned(),
    };
    let pack = Pack {
        plan,
        layers,
        rules: BUILT_IN_RULES.map(as_text).into(),
        plans: BUILT_IN_PLANS.map(as_text).into(),
        roster: None,
        rights: None,
        folder: None,
    };
    (pack, problems.iter().map(told).collect())
}

/// The packs in the folders of `folder`, by their names, and what is wrong with them. None where there is no such
/// folder.
pub(crate) fn read_packs(folder: &Path) -> (Vec<Pack>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut packs = Vec::new();
    for pack in entries(folder, MOST_PACKS) {
        if pack.join("pack.toml").is_file() {
            packs.extend(read_one(&pack, &mut problems));
        }
    }
    (packs, problems)
}

/// The packs within the city in `folder`.
pub(crate) fn read_city_packs(folder: &Path) -> (Vec<Pack>, Vec<Problem>) {
    read_packs(&folder.join(SCENES))
}

fn read_one(folder: &Path, problems: &mut Vec<Problem>) -> Option<Pack> {
    let file = folder.join("pack.toml");
    let text = text_of(&file, problems)?;
    let (plan, wrong) = read_pack(&text, &file.display().to_string());
    problems.extend(wrong.iter().map(told));
    let plan = plan?;
    let mut layers: Vec<LayerPlan> = Vec::new();
    for PackText { file, text } in definitions(&folder.join("layers"), problems) {
        let (read, wrong) = read_layers(&text, &file);
        problems.extend(wrong.iter().map(told));
        for plan in read {
            if layers.iter().any(|known| known.id == plan.id) {
                problems.push(Problem {
                    source: file.clone(),
                    place: format!("layer {}", plan.id),
                    reason: "the pack has a layer of this identity already".to_owned(),
                });
            } else {
                layers.push(plan);
            }
        }
    }
    plan.arrange(&mut layers);
    let mut plans = definitions(&folder.join("plans"), problems);
    plans.extend(single(&folder.join(RESOURCES), problems));
    Some(Pack {
        plan,
        layers,
        rules: definitions(&folder.join("rules"), problems),
        plans,
        roster: single(&folder.join(ROSTER), problems),
        rights: single(&folder.join(RIGHTS), problems),
        folder: Some(folder.to_owned()),
    })
}

/// One file of definitions; a pack need not have it.
fn single(path: &Path, problems: &mut Vec<Problem>) -> Option<PackText> {
    if !path.is_file() {
        return None;
    }
    Some(PackText {
        file: path.display().to_string(),
        text: text_of(path, problems)?,
    })
}

/// The TOML files of `folder` with what stands in them, by their names.
fn definitions(folder: &Path, problems: &mut Vec<Problem>) -> Vec<PackText> {
    let mut found = Vec::new();
    for file in entries(folder, MOST_FILES) {
        if file.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        if let Some(text) = text_of(&file, problems) {
            let file = file.display().to_string();
            found.push(PackText { file, text });
        }
    }
    found
}

/// What lies in `folder`, by name; at most so much.
fn entries(folder: &Path, most: usize) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = folder
        .read_dir()
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    found.sort();
    found.truncate(most);
    found
}

/// The text of a file that is short enough to be a definition.
fn text_of(path: &Path, problems: &mut Vec<Problem>) -> Option<String> {
    let most = cim_layers::layer::MOST_FILE_BYTES as u64;
    let mut text = String::new();
    let read = std::fs::File::open(path)
        .and_then(|file| file.take(most + 1).read_to_string(&mut text).map(drop));
    if let Err(error) = read {
        problems.push(Problem {
            source: path.display().to_string(),
            place: String::new(),
            reason: error.to_string(),
        });
        return None;
    }
    Some(text)
}

fn told(problem: &LayerProblem) -> Problem {
    let mut place = format!("line {}", problem.line);
    for part in [&problem.layer, &problem.key] {
        if !part.is_empty() {
            place.push_str(": ");
            place.push_str(part);
        }
    }
    Problem {
        source: problem.file.clone(),
        place,
        reason: problem.reason.clone(),
    }
}

/// The layers of all `packs`, later packs above earlier ones; of two with the same identity the later one counts.
pub(crate) fn stacked(packs: &[Pack]) -> Vec<LayerPlan> {
    let mut all: Vec<LayerPlan> = Vec::new();
    for pack in packs {
        let mut layers = pack.layers.clone();
        layers.reverse();
        for plan in layers {
            match all.iter_mut().find(|known| known.id == plan.id) {
                Some(known) => *known = plan,
                None => all.push(plan),
            }
        }
    }
    for (plan, order) in all.iter_mut().zip(1..=i16::MAX) {
        plan.look.order = order;
    }
    all
}

/// The folder of the pack that the layer is from.
pub(crate) fn folder_of<'a>(packs: &'a [Pack], layer: &LayerId) -> Option<&'a Path> {
    let mut packs = packs.iter().rev();
    let pack = packs.find(|pack| pack.layers.iter().any(|plan| plan.id == *layer))?;
    pack.folder.as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_pack_has_no_mistakes_and_shows_what_alarms() {
        let (pack, problems) = built_in();
        assert_eq!(problems, Vec::new());
        assert_eq!(pack.plan.id, "city");
        for id in [
            "sensors-gas",
            "cameras",
            "events",
            "vehicles",
            "pipes-gas",
            "roads-traffic",
        ] {
            assert!(
                pack.layers.iter().any(|plan| plan.id.as_str() == id),
                "{id}"
            );
        }
    }

    #[test]
    fn a_later_pack_lies_above_and_replaces_layers_of_the_same_identity() {
        let (city, _) = built_in();
        let mut own = city.clone();
        own.layers.retain(|plan| plan.id.as_str() == "cameras");
        for plan in &mut own.layers {
            plan.shown = false;
        }
        let mut extra = own.layers.clone();
        for plan in &mut extra {
            plan.id = LayerId::new("extra");
        }
        own.layers.extend(extra);
        let all = stacked(&[city.clone(), own]);
        assert_eq!(all.len(), city.layers.len() + 1);
        let cameras = all.iter().find(|plan| plan.id.as_str() == "cameras");
        assert_eq!(cameras.map(|plan| plan.shown), Some(false));
        let highest = all.iter().max_by_key(|plan| plan.look.order);
        assert_eq!(
            highest.map(|plan| plan.id.as_str().to_owned()),
            Some("extra".to_owned())
        );
    }

    #[test]
    fn a_folder_without_packs_has_none() {
        assert_eq!(
            read_packs(Path::new("no/such/folder")),
            (Vec::new(), Vec::new())
        );
    }
}
