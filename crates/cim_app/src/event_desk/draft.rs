//! What a person tells of something that happened, as it goes to the case engine.

use super::acts::{level_of, link_of};
use crate::{
    error::AppError,
    wire::{CaseDraftDto, StandingDto},
};
use cim_event::{Incoming, Place, Report, SourceKind};
use cim_geo::Geodetic;
use cim_model::{Alarm, Standing, UtcMillis};

/// So long may a draft's happening lie ahead of the clock, milliseconds: somebody's watch is fast.
const MOST_AHEAD_MS: i64 = 5 * 60 * 1000;

/// Where and when a draft is written.
pub(crate) struct Asked<'a> {
    /// The desk's own name: what makes its numbers its own.
    pub(crate) desk: &'a str,
    /// Now.
    pub(crate) at: UtcMillis,
    /// The alarm that it is made of, what its device is called, and where that is.
    pub(crate) alarm: Option<(&'a Alarm, &'a str, Option<Geodetic>)>,
}

/// A draft made ready to be taken in.
pub(crate) fn incoming_of(draft: &CaseDraftDto, asked: &Asked<'_>) -> Result<Incoming, AppError> {
    let happened_at = draft.happened_at.map_or(asked.at, UtcMillis);
    if happened_at.0 > asked.at.0.saturating_add(MOST_AHEAD_MS) {
        return Err(bad(
            "when it happened",
            &happened_at.0.to_string(),
            "not in the future",
        ));
    }
    let mut incoming = match asked.alarm {
        Some((alarm, device, place)) => Incoming::of_alarm(
            alarm,
            device,
            draft.category.trim(),
            place,
            Standing::Actual,
        ),
        None => told(draft, asked, happened_at)?,
    };
    take_words(&mut incoming.report, draft)?;
    Ok(incoming)
}

fn told(
    draft: &CaseDraftDto,
    asked: &Asked<'_>,
    happened_at: UtcMillis,
) -> Result<Incoming, AppError> {
    let word = draft.source.trim();
    let source = if word.is_empty() {
        Some(SourceKind::Officer)
    } else {
        SourceKind::from_word(word).filter(|kind| *kind != SourceKind::Alarm)
    };
    let source = source.ok_or_else(|| {
        bad(
            "where a report comes from",
            word,
            "officer, hotline, grid_worker, cap or other",
        )
    })?;
    if draft.title.trim().is_empty() {
        return Err(bad(
            "the title",
            "empty",
            "it says in one line what happened",
        ));
    }
    let number = draft.number.trim();
    let number = if number.is_empty() {
        // Nobody else gives this number.
        format!("{}-{}", asked.desk, asked.at.0)
    } else {
        number.to_owned()
    };
    Ok(Incoming::told(source, number, &draft.title, happened_at))
}

/// What the draft says counts more than what an alarm says of itself.
fn take_words(report: &mut Report, draft: &CaseDraftDto) -> Result<(), AppError> {
    let title = draft.title.trim();
    if !title.is_empty() {
        title.clone_into(&mut report.title);
    }
    draft.text.trim().clone_into(&mut report.text);
    draft.reporter.trim().clone_into(&mut report.reporter);
    draft.category.trim().clone_into(&mut report.category);
    if !draft.level.is_empty() {
        report.level = level_of(&draft.level)?;
    }
    if let Some([lon_deg, lat_deg]) = draft.place {
        let place = Place { lon_deg, lat_deg };
        if !place.is_usable() {
            return Err(bad(
                "the place",
                &format!("{lon_deg}, {lat_deg}"),
                "on the earth",
            ));
        }
        report.place = Some(place);
    }
    report.standing = standing_of(draft.standing);
    for tie in &draft.links {
        let link = link_of(&tie.kind, &tie.target)?;
        if !report.links.contains(&link) {
            report.links.push(link);
        }
    }
    Ok(())
}

fn standing_of(told: StandingDto) -> Standing {
    match told {
        StandingDto::Actual => Standing::Actual,
        StandingDto::Exercise => Standing::Exercise,
        StandingDto::System => Standing::System,
        StandingDto::Test => Standing::Test,
        StandingDto::Draft => Standing::Draft,
    }
}

fn bad(what: &'static str, found: &str, reason: &'static str) -> AppError {
    AppError::BadRequest {
        what,
        found: found.chars().take(80).collect(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{facts::tests::alarm, wire::CaseTieDto};
    use cim_event::LinkKind;
    use cim_model::EventLevel;

    const NOW: UtcMillis = UtcMillis(1_700_000_000_000);

    fn asked() -> Asked<'static> {
        Asked {
            desk: "desk-1",
            at: NOW,
            alarm: None,
        }
    }

    fn draft() -> CaseDraftDto {
        CaseDraftDto {
            title: "路面塌陷".to_owned(),
            level: "II".to_owned(),
            place: Some([121.5, 31.2]),
            ..CaseDraftDto::default()
        }
    }

    #[test]
    fn a_draft_has_a_number_of_its_own_unless_its_source_gave_one() {
        let own = incoming_of(&draft(), &asked()).expect("a report").report;
        assert_eq!(own.external_id, "desk-1-1700000000000");
        assert_eq!(
            (own.source.as_str(), own.level, own.happened_at),
            ("officer", EventLevel::II, NOW)
        );
        let hotline = CaseDraftDto {
            source: "hotline".to_owned(),
            number: "12345-77".to_owned(),
            ..draft()
        };
        let told = incoming_of(&hotline, &asked()).expect("a report").report;
        assert_eq!(
            (told.source.as_str(), told.external_id.as_str()),
            ("hotline", "12345-77")
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let check = |broken: CaseDraftDto| assert!(incoming_of(&broken, &asked()).is_err());
        check(CaseDraftDto {
            title: " ".to_owned(),
            ..draft()
        });
        check(CaseDraftDto {
            source: "alarm".to_owned(),
            ..draft()
        });
        check(CaseDraftDto {
            level: "V".to_owned(),
            ..draft()
        });
        check(CaseDraftDto {
            place: Some([500.0, 0.0]),
            ..draft()
        });
        check(CaseDraftDto {
            happened_at: Some(NOW.0 + 3_600_000),
            ..draft()
        });
        let tie = CaseTieDto {
            kind: "castle".to_owned(),
            target: "x".to_owned(),
        };
        check(CaseDraftDto {
            links: vec![tie],
            ..draft()
        });
    }

    #[test]
    fn an_event_made_of_an_alarm_is_tied_to_it() {
        let alarm = alarm();
        let of_alarm = Asked {
            alarm: Some((&alarm, "Chamber 1", None)),
            ..asked()
        };
        let bare = CaseDraftDto {
            title: String::new(),
            level: String::new(),
            ..draft()
        };
        let report = incoming_of(&bare, &of_alarm).expect("a report").report;
        assert_eq!(
            (report.title.as_str(), report.external_id.as_str()),
            ("Chamber 1", "d0@5000")
        );
        assert!(report.links.iter().any(|link| link.kind == LinkKind::Alarm));
        assert!(report.place.is_some());
    }
}
