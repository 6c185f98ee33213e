//! A plan as the wire has it: the action card.

use super::{
    shelf::Shelved,
    words::{channel_dto, kind_dto, response_dto},
};
use crate::wire::{ContactDto, PlanDto, PlanLevelDto, PlanNeedDto, PlanStepDto, PlanTemplateDto};
use cim_event::plan::{Contact, Need, PlanStep, WarnArea};

/// A plan, whole.
pub(super) fn plan_dto(shelved: &Shelved, language: &str) -> PlanDto {
    let plan = &shelved.plan;
    let levels = plan.levels.iter().map(|level| PlanLevelDto {
        response: response_dto(level.response),
        from_level: level.from.as_str().to_owned(),
        by_role: level.by.clone(),
        about: level.about.in_language(language).to_owned(),
    });
    let messages = plan.messages.iter().map(|message| PlanTemplateDto {
        id: message.id.clone(),
        channel: channel_dto(message.channel),
        name: message.name.in_language(language).to_owned(),
        text: message.text.in_language(language).to_owned(),
    });
    let (warn_radius_m, warn_fence) = match &plan.warn {
        Some(WarnArea::RadiusM(metres)) => (Some(*metres), String::new()),
        Some(WarnArea::Fence(fence)) => (None, fence.clone()),
        None => (None, String::new()),
    };
    PlanDto {
        id: plan.id.clone(),
        name: plan.name.in_language(language).to_owned(),
        about: plan.about.in_language(language).to_owned(),
        source: plan.source.clone(),
        pack: shelved.pack.clone(),
        categories: plan.events.clone(),
        closing_needs_evidence: plan.closing_needs_evidence,
        levels: levels.collect(),
        steps: plan
            .steps
            .iter()
            .map(|step| step_dto(step, language))
            .collect(),
        needs: plan
            .needs
            .iter()
            .map(|need| need_dto(need, language))
            .collect(),
        messages: messages.collect(),
        warn_radius_m,
        warn_fence,
    }
}

/// A step of a plan.
pub(super) fn step_dto(step: &PlanStep, language: &str) -> PlanStepDto {
    let contact = |contact: &Contact| ContactDto {
        name: contact.name.in_language(language).to_owned(),
        phone: contact.phone.clone(),
    };
    PlanStepDto {
        id: step.id.clone(),
        text: step.text.in_language(language).to_owned(),
        role: step.role.clone(),
        within_s: step.within_s,
        after: step.after.clone(),
        from: response_dto(step.from),
        contacts: step.contacts.iter().map(contact).collect(),
        needs_evidence: step.needs_evidence,
        is_optional: step.is_optional,
    }
}

/// A need of a plan.
pub(super) fn need_dto(need: &Need, language: &str) -> PlanNeedDto {
    PlanNeedDto {
        kind: kind_dto(need.kind),
        what: need.what.clone(),
        name: need.name.in_language(language).to_owned(),
        count: need.count,
        within_m: need.within_m,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::shelf::tests::built_in, *};

    #[test]
    fn a_plan_is_told_in_the_language_asked_for() {
        let shelf = built_in();
        let gas = shelf.plan("gas-leak").expect("the plan");
        let zh = plan_dto(gas, "zh-CN");
        let en = plan_dto(gas, "en");
        assert_eq!(
            (zh.name.as_str(), en.name.as_str()),
            ("燃气泄漏处置", "Gas leak")
        );
        assert_eq!((en.warn_radius_m, en.warn_fence.as_str()), (Some(200), ""));
        assert_eq!(en.steps.len(), gas.plan.steps.len());
        assert_eq!(en.steps[0].contacts[0].phone, "119");
    }
}
