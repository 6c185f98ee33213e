//! Plans on paper: the action card as it is written, and a run with what was done.

use super::{
    card::{Contact, Need, Plan, PlanStep, WarnArea},
    moment::text_of,
    run::{MarkKind, PlanRun, StepState},
};
use cim_model::{Outline, Table, UtcMillis};

/// The locale keys of every text that printed plans ask for.
pub const TEXT_KEYS: [&str; 32] = [
    "plan.print.card",
    "plan.print.run",
    "plan.print.source",
    "plan.print.event",
    "plan.print.started",
    "plan.print.stopped",
    "plan.print.progress",
    "plan.print.levels",
    "plan.print.level",
    "plan.print.from",
    "plan.print.by",
    "plan.print.about",
    "plan.print.steps",
    "plan.print.evidence",
    "plan.print.optional",
    "plan.print.within",
    "plan.print.after",
    "plan.print.due",
    "plan.print.overdue",
    "plan.print.skipped",
    "plan.print.needs",
    "plan.print.need",
    "plan.print.count",
    "plan.print.reach",
    "plan.print.messages",
    "plan.print.warn_radius",
    "plan.print.warn_fence",
    "plan.print.responses",
    "plan.print.sent",
    "plan.print.time",
    "plan.print.reason",
    "plan.print.text",
];

/// Gives the text of a locale key.
pub(crate) type Say<'s> = dyn Fn(&str) -> String + 's;

impl Plan {
    /// The action card 处置卡, with boxes to tick by hand. `say` gives the text of a locale key: of [`TEXT_KEYS`], `role.…`,
    /// `response.…`, `level.…` and `channel.…`.
    pub fn outline(&self, language: &str, say: &Say<'_>) -> Outline {
        let mut outline = Outline::new(self.name.in_language(language), language);
        outline.running_head(say("plan.print.card"));
        head(&mut outline, self, language, say);
        levels(&mut outline, self, language, say);
        outline.part(say("plan.print.steps"));
        for step in &self.steps {
            let note = asked(step, language, say);
            outline.to_do(step.text.in_language(language), note);
        }
        needs(&mut outline, &self.needs, language, say);
        messages(&mut outline, self, language, say);
        outline
    }
}

impl PlanRun {
    /// What was done of the plan until `now`. `say` as for [`Plan::outline`].
    pub fn outline(&self, now: UtcMillis, language: &str, say: &Say<'_>) -> Outline {
        let plan = self.plan();
        let mut outline = Outline::new(plan.name.in_language(language), language);
        outline.running_head(say("plan.print.run"));
        outline.meta(say("plan.print.event"), self.event().as_str());
        let moments = [
            ("plan.print.started", self.started()),
            ("plan.print.stopped", self.stopped()),
        ];
        for (key, moment) in moments {
            if let Some((at, by)) = moment {
                outline.meta(say(key), format!("{} {by}", text_of(at)));
            }
        }
        let progress = self.progress(now);
        let ticked = progress.done + progress.skipped;
        outline.meta(
            say("plan.print.progress"),
            format!("{ticked}/{}", progress.steps),
        );
        head(&mut outline, plan, language, say);
        outline.part(say("plan.print.steps"));
        for state in self.steps(now) {
            if state.is_called || state.mark.is_some() {
                ticked_step(&mut outline, &state, language, say);
            }
        }
        self.history(&mut outline, say);
        outline
    }

    /// Response levels and messages, in the order of time.
    fn history(&self, outline: &mut Outline, say: &Say<'_>) {
        if !self.responses().is_empty() {
            let mut table = Table::default()
                .with_column(say("plan.print.time"), 3)
                .with_column(say("plan.print.level"), 2)
                .with_column(say("plan.print.by"), 2)
                .with_column(say("plan.print.reason"), 5);
            for set in self.responses() {
                let level = say(&format!("response.{}", set.response.as_str()));
                table.row([text_of(set.at), level, set.by.clone(), set.reason.clone()]);
            }
            outline.part(say("plan.print.responses")).table(table);
        }
        if !self.messages().is_empty() {
            let mut table = Table::default()
                .with_column(say("plan.print.time"), 3)
                .with_column(say("plan.print.by"), 2)
                .with_column(say("plan.print.text"), 7);
            for sent in self.messages() {
                table.row([text_of(sent.at), sent.by.clone(), sent.text.clone()]);
            }
            outline.part(say("plan.print.sent")).table(table);
        }
    }
}

fn head(outline: &mut Outline, plan: &Plan, language: &str, say: &Say<'_>) {
    if !plan.source.is_empty() {
        outline.meta(say("plan.print.source"), plan.source.as_str());
    }
    let about = plan.about.in_language(language);
    if !about.is_empty() {
        outline.paragraph(about);
    }
    match &plan.warn {
        Some(WarnArea::RadiusM(radius)) => {
            outline.meta(say("plan.print.warn_radius"), format!("{radius} m"));
        }
        Some(WarnArea::Fence(fence)) => {
            outline.meta(say("plan.print.warn_fence"), fence.as_str());
        }
        None => {}
    }
}

fn levels(outline: &mut Outline, plan: &Plan, language: &str, say: &Say<'_>) {
    if plan.levels.is_empty() {
        return;
    }
    let mut table = Table::default()
        .with_column(say("plan.print.level"), 2)
        .with_column(say("plan.print.from"), 3)
        .with_column(say("plan.print.by"), 3)
        .with_column(say("plan.print.about"), 6);
    for level in &plan.levels {
        table.row([
            say(&format!("response.{}", level.response.as_str())),
            say(&format!("level.{}", level.from.as_str())),
            say(&format!("role.{}", level.by)),
            level.about.in_language(language).to_owned(),
        ]);
    }
    outline.part(say("plan.print.levels")).table(table);
}

/// Who does a step, by when, with what.
fn asked(step: &PlanStep, language: &str, say: &Say<'_>) -> String {
    let mut parts = vec![say(&format!("role.{}", step.role))];
    if let Some(within) = step.within_s {
        parts.push(format!("{} {}", say("plan.print.within"), span(within)));
    }
    if let Some(after) = &step.after {
        parts.push(format!("{} {after}", say("plan.print.after")));
    }
    if step.needs_evidence {
        parts.push(say("plan.print.evidence"));
    }
    if step.is_optional {
        parts.push(say("plan.print.optional"));
    }
    parts.extend(step.contacts.iter().map(|contact| call(contact, language)));
    parts.join(" · ")
}

fn call(contact: &Contact, language: &str) -> String {
    format!("{} {}", contact.name.in_language(language), contact.phone)
}

/// A time that a timer gives: `45 s`, `30 min`, `2 h`, `3 d`.
fn span(seconds: u32) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "min")];
    units
        .into_iter()
        .find(|(size, _)| seconds.is_multiple_of(*size))
        .map_or_else(
            || format!("{seconds} s"),
            |(size, unit)| format!("{} {unit}", seconds / size),
        )
}

fn ticked_step(outline: &mut Outline, state: &StepState<'_>, language: &str, say: &Say<'_>) {
    let text = state.step.text.in_language(language);
    if let Some(mark) = state.mark {
        let mut parts = vec![text_of(mark.at), mark.by.clone()];
        if mark.kind == MarkKind::Skipped {
            parts.push(say("plan.print.skipped"));
        }
        parts.push(mark.note.clone());
        parts.extend(mark.evidence.iter().cloned());
        parts.retain(|part| !part.is_empty());
        let note = parts.join(" · ");
        match mark.kind {
            MarkKind::Done => outline.done(text, note),
            MarkKind::Skipped => outline.to_do(text, note),
        };
        return;
    }
    let mut note = asked(state.step, language, say);
    if let Some(due) = state.due {
        let key = if state.is_overdue {
            "plan.print.overdue"
        } else {
            "plan.print.due"
        };
        note = format!("{} {} · {note}", say(key), text_of(due));
    }
    outline.to_do(text, note);
}

fn needs(outline: &mut Outline, needs: &[Need], language: &str, say: &Say<'_>) {
    if needs.is_empty() {
        return;
    }
    let mut table = Table::default()
        .with_column(say("plan.print.need"), 6)
        .with_number_column(say("plan.print.count"), 2)
        .with_number_column(say("plan.print.reach"), 3);
    for need in needs {
        table.row([
            need.name.in_language(language).to_owned(),
            need.count.to_string(),
            need.within_m.map_or_else(String::new, |m| format!("{m} m")),
        ]);
    }
    outline.part(say("plan.print.needs")).table(table);
}

fn messages(outline: &mut Outline, plan: &Plan, language: &str, say: &Say<'_>) {
    if plan.messages.is_empty() {
        return;
    }
    outline.part(say("plan.print.messages"));
    for message in &plan.messages {
        let channel = say(&format!("channel.{}", message.channel.as_str()));
        let name = message.name.in_language(language);
        outline.point(format!("{name} ({channel})"));
        outline.paragraph(message.text.in_language(language));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Known, PlanAct, Stamp, read_plans};
    use cim_model::{Block, EventId};
    use std::{cell::RefCell, collections::BTreeSet, sync::Arc};

    const CARD: &str = r#"
[[plan]]
id = "leak"
name = { zh = "燃气泄漏", en = "Gas leak" }
about = { zh = "先人后物", en = "People first" }
events = ["gas_leak"]
source = "GB 55009"
warn = { radius_m = 200 }
level = [{ response = "four", from = "IV", by = "shift_leader" }]
need = [{ kind = "team", what = "gas_crew", name = { zh = "抢修队", en = "Crew" }, count = 2, within_m = 5000 }]
message = [{ id = "a", channel = "sms", name = { zh = "短信", en = "SMS" }, text = { zh = "{place}", en = "{place}" } }]

[[plan.step]]
id = "close"
text = { zh = "关阀", en = "Close the valve" }
role = "team"
within_s = 1800
evidence = true
contacts = [{ name = { zh = "调度", en = "Control" }, phone = "96777" }]

[[plan.step]]
id = "air"
text = { zh = "通风", en = "Let air in" }
role = "team"
within_s = 90
after = "close"
optional = true
"#;

    fn plan() -> Plan {
        let (plans, problems) = read_plans(CARD, "p.toml", &Known::default());
        assert_eq!(problems, []);
        plans.into_iter().next().expect("one plan")
    }

    fn checks(outline: &Outline) -> Vec<(bool, String, String)> {
        let checks = outline.blocks.iter().filter_map(|block| match block {
            Block::Check(check) => Some((check.is_done, check.text.plain(), check.note.clone())),
            _ => None,
        });
        checks.collect()
    }

    #[test]
    fn a_card_has_a_box_for_every_step_and_asks_only_for_known_texts() {
        let asked = RefCell::new(BTreeSet::new());
        let say = |key: &str| {
            asked.borrow_mut().insert(key.to_owned());
            format!("<{key}>")
        };
        let outline = plan().outline("zh-CN", &say);
        assert_eq!(outline.title, "燃气泄漏");
        assert_eq!(
            checks(&outline)[0],
            (
                false,
                "关阀".to_owned(),
                "<role.team> · <plan.print.within> 30 min · <plan.print.evidence> · 调度 96777"
                    .to_owned()
            )
        );
        let mut run = PlanRun::new(Arc::new(plan()), EventId::new("e1"));
        let acts = [
            r#"{"act":"start","plan":"leak"}"#,
            r#"{"act":"tick","step":"close","evidence":["p1"]}"#,
            r#"{"act":"skip","step":"air","reason":"x"}"#,
            r#"{"act":"respond","response":"four","reason":"r"}"#,
            r#"{"act":"send","message":"a","text":"t","to":[]}"#,
            r#"{"act":"stop","reason":"r"}"#,
        ];
        for (index, act) in acts.iter().enumerate() {
            let act: PlanAct = serde_json::from_str(act).expect("is an act");
            let stamp = Stamp::new(index.to_string(), UtcMillis(index as i64 * 60_000), "li");
            run.apply(&stamp, act);
            run.outline(UtcMillis(10_000_000), "en", &say);
        }
        let last = run.outline(UtcMillis(10_000_000), "en", &say);
        assert_eq!(
            checks(&last),
            [
                (
                    true,
                    "Close the valve".to_owned(),
                    "1970-01-01 08:01 · li · p1".to_owned()
                ),
                (
                    false,
                    "Let air in".to_owned(),
                    "1970-01-01 08:02 · li · <plan.print.skipped> · x".to_owned()
                ),
            ]
        );
        let asked = asked.into_inner();
        for key in asked.iter().filter(|key| key.starts_with("plan.")) {
            assert!(TEXT_KEYS.contains(&key.as_str()), "{key}");
        }
    }

    #[test]
    fn times_are_said_in_their_largest_whole_unit() {
        for (seconds, expected) in [
            (45, "45 s"),
            (1_800, "30 min"),
            (7_200, "2 h"),
            (259_200, "3 d"),
        ] {
            assert_eq!(span(seconds), expected);
        }
    }
}
