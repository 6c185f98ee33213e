//! What people do to alarms, in the words of the wire.

use crate::{error::AppError, wire::AlarmActDto};
use cim_alarm::{Act, ShelveKind};

/// The act that the UI asks for, on something that may be shelved for `max_shelve_s` seconds at most.
pub(crate) fn act_of(asked: &AlarmActDto, max_shelve_s: u32) -> Result<Act, AppError> {
    Ok(match asked {
        AlarmActDto::Acknowledge { comment } => Act::Acknowledge {
            comment: trimmed(comment),
        },
        AlarmActDto::Confirm { comment } => Act::Confirm {
            comment: trimmed(comment),
        },
        AlarmActDto::Comment { text } => Act::Comment {
            text: trimmed(text),
        },
        AlarmActDto::Shelve { for_s, reason } => {
            let (kind, duration_s) = match *for_s {
                // Until it is back, and at most for as long as its policy allows.
                None => (ShelveKind::OneShot, max_shelve_s),
                Some(for_s) => (ShelveKind::Timed, whole_seconds(for_s)?),
            };
            Act::Shelve {
                kind,
                duration_s,
                reason: trimmed(reason),
            }
        }
        AlarmActDto::Unshelve => Act::Unshelve,
        AlarmActDto::OutOfService { reason } => Act::TakeOutOfService {
            reason: trimmed(reason),
        },
        AlarmActDto::InService => Act::PlaceInService,
        AlarmActDto::Reset => Act::Reset {
            comment: String::new(),
        },
    })
}

/// The act that takes `done` back; `None` where nothing does.
pub(crate) fn undo_of(done: &AlarmActDto) -> Option<AlarmActDto> {
    match done {
        AlarmActDto::Shelve { .. } => Some(AlarmActDto::Unshelve),
        AlarmActDto::OutOfService { .. } => Some(AlarmActDto::InService),
        _ => None,
    }
}

/// Every act by its word on the wire, with texts where one is needed: what is allowed is asked with these.
pub(super) fn every_act(max_shelve_s: u32) -> [(&'static str, Act); 8] {
    let text = || "…".to_owned();
    [
        ("acknowledge", Act::Acknowledge { comment: text() }),
        ("confirm", Act::Confirm { comment: text() }),
        ("comment", Act::Comment { text: text() }),
        (
            "shelve",
            Act::Shelve {
                kind: ShelveKind::Timed,
                duration_s: max_shelve_s.min(1),
                reason: text(),
            },
        ),
        ("unshelve", Act::Unshelve),
        ("out_of_service", Act::TakeOutOfService { reason: text() }),
        ("in_service", Act::PlaceInService),
        ("reset", Act::Reset { comment: text() }),
    ]
}

fn trimmed(text: &str) -> String {
    text.trim().to_owned()
}

fn whole_seconds(seconds: f64) -> Result<u32, AppError> {
    if (1.0..=f64::from(u32::MAX)).contains(&seconds) {
        return Ok(seconds as u32);
    }
    Err(AppError::BadRequest {
        what: "the time on the shelf",
        found: format!("{seconds} s"),
        reason: "it is a second or more",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shelf_without_a_time_is_until_it_is_back() {
        let shelve = |for_s: Option<f64>| AlarmActDto::Shelve {
            for_s,
            reason: " works ".to_owned(),
        };
        let act = act_of(&shelve(None), 600).expect("an act");
        assert_eq!(
            act,
            Act::Shelve {
                kind: ShelveKind::OneShot,
                duration_s: 600,
                reason: "works".to_owned()
            }
        );
        assert!(act_of(&shelve(Some(60.0)), 600).is_ok());
        for wrong in [0.0, -1.0, f64::NAN, 1e12] {
            assert!(act_of(&shelve(Some(wrong)), 600).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_can_be_taken_back_says_how() {
        let reason = String::new();
        let out = AlarmActDto::OutOfService { reason };
        assert_eq!(undo_of(&out), Some(AlarmActDto::InService));
        let comment = String::new();
        assert_eq!(undo_of(&AlarmActDto::Acknowledge { comment }), None);
    }

    #[test]
    fn the_words_of_acts_are_those_of_the_wire() {
        for (word, act) in every_act(600) {
            let asked: AlarmActDto = serde_json::from_value(serde_json::json!({
                "act": word, "comment": "", "text": "t", "reason": "r", "for_s": 1.0
            }))
            .expect(word);
            let read = act_of(&asked, 600).expect(word);
            assert_eq!(read.verb(), act.verb());
        }
    }
}
