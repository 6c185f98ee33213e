//! The plans and the resources of all scene packs.

use crate::layers::{PackText, RESOURCES};
use cim_event::{
    dispatch::{Resource, read_resources},
    plan::{FileProblem, Known, Plan, read_plans},
};
use cim_tiles::Problem;
use std::{collections::BTreeMap, path::Path, sync::Arc};

/// A plan, and where it is from.
#[derive(Clone, Debug)]
pub(super) struct Shelved {
    /// The plan.
    pub(super) plan: Arc<Plan>,
    /// The identity of its pack.
    pub(super) pack: String,
}

/// Everything that the packs say of plans and resources, by identity.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    plans: BTreeMap<String, Shelved>,
    resources: BTreeMap<String, Resource>,
}

impl Shelf {
    /// What stands in `texts`, each with the identity of its pack, lowest pack first; and what is wrong there. Of two of one
    /// identity the later counts. `roles` are those that steps may name.
    pub(super) fn read(texts: &[(String, PackText)], roles: &[&str]) -> (Self, Vec<Problem>) {
        let mut shelf = Self::default();
        let mut problems = Vec::new();
        // A pack may serve categories that only another hub has: they are held against nothing.
        let known = Known {
            roles,
            categories: &[],
        };
        for (pack, PackText { file, text }) in texts {
            let wrong = if is_resources(file) {
                let (read, wrong) = read_resources(text, file);
                let read = read.into_iter().map(|one| (one.id.clone(), one));
                shelf.resources.extend(read);
                wrong
            } else {
                let (read, wrong) = read_plans(text, file, &known);
                for plan in read {
                    let shelved = Shelved {
                        plan: Arc::new(plan),
                        pack: pack.clone(),
                    };
                    shelf.plans.insert(shelved.plan.id.clone(), shelved);
                }
                wrong
            };
            problems.extend(wrong.iter().map(told));
        }
        (shelf, problems)
    }

    /// Every plan, by identity.
    pub(super) fn plans(&self) -> impl Iterator<Item = &Shelved> {
        self.plans.values()
    }

    /// The plan called `id`.
    pub(super) fn plan(&self, id: &str) -> Option<&Shelved> {
        self.plans.get(id)
    }

    /// The plans that serve events of `category`.
    pub(super) fn serving<'s>(&'s self, category: &'s str) -> impl Iterator<Item = &'s Shelved> {
        self.plans().filter(move |one| one.plan.serves(category))
    }

    /// Every resource, by identity.
    pub(super) fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.resources.values()
    }
}

fn is_resources(file: &str) -> bool {
    Path::new(file)
        .file_name()
        .is_some_and(|name| name == RESOURCES)
}

fn told(problem: &FileProblem) -> Problem {
    let mut place = format!("line {}", problem.line);
    for part in [&problem.item, &problem.key] {
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::layers::Layers;

    /// The shelf of the built-in pack.
    pub(in crate::event_desk::plans) fn built_in() -> Shelf {
        let (shelf, problems) = Shelf::read(&Layers::default().plan_texts(), &[]);
        assert_eq!(problems, Vec::new());
        shelf
    }

    #[test]
    fn the_built_in_pack_has_what_its_plans_need() {
        let shelf = built_in();
        assert!(shelf.serving("gas_leak").any(|one| one.pack == "city"));
        for shelved in shelf.plans() {
            for need in &shelved.plan.needs {
                let has =
                    |one: &Resource| one.kind == need.kind && one.capabilities.contains(&need.what);
                assert!(shelf.resources().any(has), "{}", need.what);
            }
        }
    }

    #[test]
    fn a_later_pack_replaces_a_plan_and_a_mistake_is_told_with_its_line() {
        let text = |pack: &str, zh: &str| {
            let text = format!(
                "[[plan]]\nid = \"own\"\nname = {{ zh = \"{zh}\", en = \"{zh}\" }}\nevents = [\"flood\"]\n\
                 [[plan.step]]\nid = \"a\"\ntext = {{ zh = \"做\", en = \"do\" }}\nrole = \"team\"\n"
            );
            let file = format!("{pack}/plans/own.toml");
            (pack.to_owned(), PackText { file, text })
        };
        let mut texts = vec![text("low", "甲"), text("high", "乙")];
        let (shelf, problems) = Shelf::read(&texts, &["team"]);
        assert_eq!(problems, Vec::new());
        let own = shelf.plan("own").expect("a plan");
        assert_eq!(
            (own.plan.name.zh.as_str(), own.pack.as_str()),
            ("乙", "high")
        );
        texts[1].1.text = texts[1].1.text.replace("\"team\"", "\"tem\"");
        let (shelf, problems) = Shelf::read(&texts, &["team"]);
        assert_eq!(shelf.plan("own").expect("the other").pack, "low");
        assert!(
            problems
                .iter()
                .any(|problem| problem.place.starts_with("line "))
        );
    }
}
