//! Acts, states and refusals in the words of the wire.

use crate::wire::{
    ChannelDto, DeskRefusalDto, DispatchKindDto, DispatchStateDto, DispatchStepDto, MarkDto,
    MarkShapeDto, PartyRefDto, PictureActDto, PlanActDto, ResourceKindDto, ResponseDto,
};
use cim_event::{
    Party, PartyKind, Place,
    dispatch::{
        Area, AreaFault, AssignState, AssignStep, DispatchRefusal, Mark, MarkFault, PictureAct,
        Shape,
    },
    plan::{Channel, PlanAct, PlanRefusal, ResourceKind, Response},
};

/// A place from degrees.
pub(super) fn place_of([lon_deg, lat_deg]: [f64; 2]) -> Place {
    Place { lon_deg, lat_deg }
}

/// Degrees of a place.
pub(super) fn degrees(place: Place) -> [f64; 2] {
    [place.lon_deg, place.lat_deg]
}

/// The area within a ring of degrees.
pub(super) fn area_of(ring: &[[f64; 2]]) -> Result<Area, AreaFault> {
    Area::new(ring.iter().copied().map(place_of).collect())
}

/// The ring of an area, degrees.
pub(super) fn ring_of(area: &Area) -> Vec<[f64; 2]> {
    area.ring().iter().copied().map(degrees).collect()
}

pub(super) fn response_dto(response: Response) -> ResponseDto {
    match response {
        Response::Four => ResponseDto::Four,
        Response::Three => ResponseDto::Three,
        Response::Two => ResponseDto::Two,
        Response::One => ResponseDto::One,
    }
}

fn response_of(response: ResponseDto) -> Response {
    match response {
        ResponseDto::Four => Response::Four,
        ResponseDto::Three => Response::Three,
        ResponseDto::Two => Response::Two,
        ResponseDto::One => Response::One,
    }
}

pub(super) fn kind_dto(kind: ResourceKind) -> ResourceKindDto {
    match kind {
        ResourceKind::Team => ResourceKindDto::Team,
        ResourceKind::Store => ResourceKindDto::Store,
        ResourceKind::Vehicle => ResourceKindDto::Vehicle,
    }
}

pub(super) fn channel_dto(channel: Channel) -> ChannelDto {
    match channel {
        Channel::Sms => ChannelDto::Sms,
        Channel::Phone => ChannelDto::Phone,
        Channel::Broadcast => ChannelDto::Broadcast,
        Channel::Sign => ChannelDto::Sign,
        Channel::App => ChannelDto::App,
    }
}

/// The word of a channel.
pub(super) fn channel_word(channel: ChannelDto) -> &'static str {
    match channel {
        ChannelDto::Sms => Channel::Sms.as_str(),
        ChannelDto::Phone => Channel::Phone.as_str(),
        ChannelDto::Broadcast => Channel::Broadcast.as_str(),
        ChannelDto::Sign => Channel::Sign.as_str(),
        ChannelDto::App => Channel::App.as_str(),
    }
}

/// What is done with a plan.
pub(crate) fn plan_act_of(act: &PlanActDto) -> PlanAct {
    match act.clone() {
        PlanActDto::Start { plan } => PlanAct::Start { plan },
        PlanActDto::Tick {
            step,
            note,
            evidence,
        } => PlanAct::Tick {
            step,
            note,
            evidence,
        },
        PlanActDto::Skip { step, reason } => PlanAct::Skip { step, reason },
        PlanActDto::Untick { step, reason } => PlanAct::Untick { step, reason },
        PlanActDto::Respond { response, reason } => PlanAct::Respond {
            response: response_of(response),
            reason,
        },
        PlanActDto::Send { message, text, to } => PlanAct::Send { message, text, to },
        PlanActDto::Stop { reason } => PlanAct::Stop { reason },
    }
}

pub(super) fn party_dto(party: &Party) -> PartyRefDto {
    PartyRefDto {
        kind: match party.kind {
            PartyKind::Department => DispatchKindDto::Department,
            PartyKind::Team => DispatchKindDto::Team,
            PartyKind::Person => DispatchKindDto::Person,
        },
        id: party.id.clone(),
        name: party.name.clone(),
    }
}

pub(super) fn party_of(party: &PartyRefDto) -> Party {
    Party {
        kind: match party.kind {
            DispatchKindDto::Department => PartyKind::Department,
            DispatchKindDto::Team => PartyKind::Team,
            DispatchKindDto::Person => PartyKind::Person,
        },
        id: party.id.clone(),
        name: party.name.clone(),
    }
}

pub(super) fn state_dto(state: AssignState) -> DispatchStateDto {
    match state {
        AssignState::Sent => DispatchStateDto::Sent,
        AssignState::Acknowledged => DispatchStateDto::Acknowledged,
        AssignState::OnScene => DispatchStateDto::OnScene,
        AssignState::Finished => DispatchStateDto::Finished,
        AssignState::Refused => DispatchStateDto::Refused,
        AssignState::Recalled => DispatchStateDto::Recalled,
    }
}

/// Every step of an assignment.
pub(super) const STEPS: [AssignStep; 5] = [
    AssignStep::Acknowledge,
    AssignStep::Refuse,
    AssignStep::Arrive,
    AssignStep::Finish,
    AssignStep::Recall,
];

pub(super) fn assign_step_dto(step: AssignStep) -> DispatchStepDto {
    match step {
        AssignStep::Acknowledge => DispatchStepDto::Acknowledge,
        AssignStep::Refuse => DispatchStepDto::Refuse,
        AssignStep::Arrive => DispatchStepDto::Arrive,
        AssignStep::Finish => DispatchStepDto::Finish,
        AssignStep::Recall => DispatchStepDto::Recall,
    }
}

/// What happens to an assignment.
pub(super) fn step_of(step: DispatchStepDto) -> AssignStep {
    match step {
        DispatchStepDto::Acknowledge => AssignStep::Acknowledge,
        DispatchStepDto::Refuse => AssignStep::Refuse,
        DispatchStepDto::Arrive => AssignStep::Arrive,
        DispatchStepDto::Finish => AssignStep::Finish,
        DispatchStepDto::Recall => AssignStep::Recall,
    }
}

/// A mark as the wire has it.
pub(super) fn mark_dto(mark: &Mark) -> MarkDto {
    MarkDto {
        id: mark.id.clone(),
        shape: match &mark.shape {
            Shape::Point { at, symbol } => MarkShapeDto::Point {
                at: degrees(*at),
                symbol: symbol.clone(),
            },
            Shape::Line { points, is_arrow } => MarkShapeDto::Line {
                points: points.iter().copied().map(degrees).collect(),
                is_arrow: *is_arrow,
            },
            Shape::Area { ring } => MarkShapeDto::Area {
                ring: ring_of(ring),
            },
            Shape::Text { at } => MarkShapeDto::Text { at: degrees(*at) },
        },
        label: mark.label.clone(),
        colour: mark.colour.clone(),
    }
}

fn mark_of(mark: &MarkDto) -> Result<Mark, DeskRefusalDto> {
    let shape = match &mark.shape {
        MarkShapeDto::Point { at, symbol } => Shape::Point {
            at: place_of(*at),
            symbol: symbol.clone(),
        },
        MarkShapeDto::Line { points, is_arrow } => Shape::Line {
            points: points.iter().copied().map(place_of).collect(),
            is_arrow: *is_arrow,
        },
        MarkShapeDto::Area { ring } => Shape::Area {
            ring: area_of(ring).map_err(|fault| of_area("picture", &fault))?,
        },
        MarkShapeDto::Text { at } => Shape::Text { at: place_of(*at) },
    };
    let mark = Mark {
        id: mark.id.clone(),
        shape,
        label: mark.label.clone(),
        colour: mark.colour.clone(),
    };
    match mark.fault() {
        None => Ok(mark),
        Some(fault) => Err(of_mark(&fault)),
    }
}

/// What is done with a picture, or why it cannot be.
pub(crate) fn picture_act_of(act: &PictureActDto) -> Result<PictureAct, DeskRefusalDto> {
    Ok(match act {
        PictureActDto::Put { mark } => PictureAct::Put {
            mark: mark_of(mark)?,
        },
        PictureActDto::Remove { mark } => PictureAct::Remove { mark: mark.clone() },
    })
}

/// A refusal with nothing to say but its reason.
pub(super) fn refusal(code: &str, message: impl Into<String>) -> DeskRefusalDto {
    DeskRefusalDto {
        code: code.to_owned(),
        message: message.into(),
        ..DeskRefusalDto::default()
    }
}

/// The words of a list of roles.
fn roles_in(list: &str) -> Vec<String> {
    list.split(", ").map(str::to_owned).collect()
}

/// Why an act on a plan was refused.
pub(super) fn of_plan(refused: &PlanRefusal) -> DeskRefusalDto {
    let plain = |code| refusal(code, refused.to_string());
    let about = |code, what: &str| DeskRefusalDto {
        what: what.to_owned(),
        ..plain(code)
    };
    match refused {
        PlanRefusal::NotRunning => plain("plan.not_running"),
        PlanRefusal::Running => plain("plan.running"),
        PlanRefusal::OtherPlan { plan } => about("plan.other_plan", plan),
        PlanRefusal::NoStep { step } => about("plan.no_step", step),
        PlanRefusal::Marked { step, by } => DeskRefusalDto {
            by: by.clone(),
            ..about("plan.marked", step)
        },
        PlanRefusal::NotMarked { step } => about("plan.not_marked", step),
        PlanRefusal::NeedsEvidence { step } => about("plan.needs_evidence", step),
        PlanRefusal::NeedsReason => plain("plan.needs_reason"),
        PlanRefusal::NotYours { role } => DeskRefusalDto {
            roles: roles_in(role),
            ..plain("plan.not_yours")
        },
        PlanRefusal::NoResponse { response } => about("plan.no_response", response.as_str()),
        PlanRefusal::NoMessage { message } => about("plan.no_message", message),
        PlanRefusal::TooMuch => plain("plan.too_much"),
    }
}

/// Why a dispatch was refused.
pub(super) fn of_dispatch(refused: &DispatchRefusal) -> DeskRefusalDto {
    let plain = |code| refusal(code, refused.to_string());
    match refused {
        DispatchRefusal::Unknown(id) => DeskRefusalDto {
            what: id.clone(),
            ..plain("dispatch.unknown")
        },
        DispatchRefusal::Twice(id) => DeskRefusalDto {
            what: id.clone(),
            ..plain("dispatch.twice")
        },
        DispatchRefusal::BadStep { .. } => plain("dispatch.bad_step"),
        DispatchRefusal::NotYours(roles) => DeskRefusalDto {
            roles: roles_in(roles),
            ..plain("dispatch.not_yours")
        },
        DispatchRefusal::NeedsText => plain("dispatch.needs_text"),
        DispatchRefusal::TooMuch => plain("dispatch.too_much"),
    }
}

/// Why a ring is no area, in the words of `desk`: `picture` or `broadcast`.
pub(super) fn of_area(desk: &str, fault: &AreaFault) -> DeskRefusalDto {
    let word = match fault {
        AreaFault::TooFew(_) => "too_few",
        AreaFault::TooMany(_) => "too_many",
        AreaFault::NoPlace(_) => "no_place",
    };
    refusal(&format!("{desk}.{word}"), fault.to_string())
}

/// Why a mark cannot be drawn.
fn of_mark(fault: &MarkFault) -> DeskRefusalDto {
    let code = match fault {
        MarkFault::NoIdentity => "picture.no_identity",
        MarkFault::Points(points) if *points < 2 => "picture.too_few",
        MarkFault::Points(_) => "picture.too_many",
        MarkFault::NoPlace(_) => "picture.no_place",
        MarkFault::TooLong => "picture.too_long",
        MarkFault::NoWords => "picture.no_words",
    };
    refusal(code, fault.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(shape: MarkShapeDto, label: &str) -> MarkDto {
        MarkDto {
            id: "m".to_owned(),
            shape,
            label: label.to_owned(),
            colour: "red".to_owned(),
        }
    }

    #[test]
    fn a_mark_comes_back_as_it_was_drawn() {
        let at = [117.2, 34.26];
        let shapes = [
            MarkShapeDto::Point {
                at,
                symbol: "fire".to_owned(),
            },
            MarkShapeDto::Line {
                points: vec![at, [117.3, 34.3]],
                is_arrow: true,
            },
            MarkShapeDto::Area {
                ring: vec![at, [117.3, 34.26], [117.3, 34.3]],
            },
            MarkShapeDto::Text { at },
        ];
        for shape in shapes {
            let drawn = mark(shape, "指挥部");
            let put = PictureActDto::Put {
                mark: drawn.clone(),
            };
            let Ok(PictureAct::Put { mark }) = picture_act_of(&put) else {
                panic!("{drawn:?} is refused");
            };
            assert_eq!(mark_dto(&mark), drawn);
        }
    }

    #[track_caller]
    fn check(shape: MarkShapeDto, code: &str) {
        let put = PictureActDto::Put {
            mark: mark(shape, ""),
        };
        let refused = picture_act_of(&put).map_err(|refused| refused.code);
        assert_eq!(refused, Err(code.to_owned()));
    }

    #[test]
    fn what_cannot_be_drawn_says_why() {
        let at = [117.2, 34.26];
        check(MarkShapeDto::Text { at }, "picture.no_words");
        check(MarkShapeDto::Area { ring: vec![at] }, "picture.too_few");
        check(
            MarkShapeDto::Line {
                points: vec![at],
                is_arrow: false,
            },
            "picture.too_few",
        );
        check(
            MarkShapeDto::Point {
                at: [f64::NAN, 0.0],
                symbol: String::new(),
            },
            "picture.no_place",
        );
    }

    #[test]
    fn a_refusal_names_the_roles_that_may() {
        let refused = of_plan(&PlanRefusal::NotYours {
            role: "shift_leader, leader_on_duty".to_owned(),
        });
        assert_eq!(refused.roles, ["shift_leader", "leader_on_duty"]);
        assert_eq!(refused.code, "plan.not_yours");
        let refused = of_plan(&PlanRefusal::Marked {
            step: "alert".to_owned(),
            by: "Wang".to_owned(),
        });
        assert_eq!(
            (refused.what.as_str(), refused.by.as_str()),
            ("alert", "Wang")
        );
    }
}
