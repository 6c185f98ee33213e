//! From the product's words to the wire's words.

use crate::wire::{
    CameraDto, ClipDto, ConnectionDto, EventRow, FreshnessDto, GapStateDto, KnowledgeDto, LimitDto,
    PhaseDto, QualityWordDto, SeverityDto, StandingDto,
};
use cim_model::{Camera, CameraStatus, Event, Freshness, Limits, QualityWord, Severity, Standing};
use cim_store::Knowledge;
use cim_sync::{Connection, Phase, exchange::GapState};

impl From<Severity> for SeverityDto {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Normal => Self::Normal,
            Severity::Low => Self::Low,
            Severity::Medium => Self::Medium,
            Severity::High => Self::High,
            Severity::Critical => Self::Critical,
        }
    }
}

impl From<Freshness> for FreshnessDto {
    fn from(freshness: Freshness) -> Self {
        match freshness {
            Freshness::Fresh => Self::Fresh,
            Freshness::Late => Self::Late,
            Freshness::Missing => Self::Missing,
        }
    }
}

impl From<QualityWord> for QualityWordDto {
    fn from(word: QualityWord) -> Self {
        match word {
            QualityWord::Good => Self::Good,
            QualityWord::Estimated => Self::Estimated,
            QualityWord::Late => Self::Late,
            QualityWord::Suspect => Self::Suspect,
            QualityWord::Missing => Self::Missing,
        }
    }
}

/// Which knowledge, for the UI.
pub(crate) fn knowledge_dto(knowledge: Knowledge) -> KnowledgeDto {
    match knowledge {
        Knowledge::Then => KnowledgeDto::Then,
        Knowledge::Now => KnowledgeDto::Now,
    }
}

/// Which knowledge the UI asks for.
pub(crate) fn knowledge_from_dto(asked: KnowledgeDto) -> Knowledge {
    match asked {
        KnowledgeDto::Then => Knowledge::Then,
        KnowledgeDto::Now => Knowledge::Now,
    }
}

impl From<Standing> for StandingDto {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Actual => Self::Actual,
            Standing::Exercise => Self::Exercise,
            Standing::System => Self::System,
            Standing::Test => Self::Test,
            Standing::Draft => Self::Draft,
        }
    }
}

impl From<Phase> for PhaseDto {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Changes => Self::Changes,
            Phase::Things => Self::Things,
            Phase::Cameras => Self::Cameras,
            Phase::Events => Self::Events,
            Phase::History => Self::History,
            Phase::Newest => Self::Newest,
        }
    }
}

impl From<GapState> for GapStateDto {
    fn from(state: GapState) -> Self {
        match state {
            GapState::Found => Self::Found,
            GapState::Filling => Self::Filling,
            GapState::Filled => Self::Filled,
            GapState::Sampled => Self::Sampled,
            GapState::Lost => Self::Lost,
        }
    }
}

impl From<&Event> for EventRow {
    fn from(event: &Event) -> Self {
        Self {
            id: event.id.to_string(),
            title: event.title.clone(),
            category: event.category.clone(),
            level: event.level.as_str().to_owned(),
            severity: event.level.shown_as().into(),
            status: event.status.as_str().to_owned(),
            happened_at: event.happened_at.0,
            source: event.source.clone(),
            standing: event.standing.into(),
            unsynced: false,
        }
    }
}

impl From<Connection> for ConnectionDto {
    fn from(connection: Connection) -> Self {
        match connection {
            Connection::Connecting => Self::Connecting,
            Connection::CatchingUp { done, total, phase } => Self::CatchingUp {
                done,
                total,
                phase: phase.into(),
            },
            Connection::Live => Self::Live,
            Connection::Offline {
                since,
                reason,
                next_try,
            } => Self::Offline {
                since: since.0,
                reason,
                next_try: next_try.0,
            },
        }
    }
}

/// The limit lines of a chart, most urgent first.
pub(crate) fn limit_lines(limits: &Limits) -> Vec<LimitDto> {
    [
        (Severity::Critical, limits.above_critical),
        (Severity::High, limits.above_high),
        (Severity::High, limits.below_high),
        (Severity::Medium, limits.above_medium),
        (Severity::Medium, limits.below_medium),
    ]
    .into_iter()
    .filter_map(|(severity, limit)| {
        Some(LimitDto {
            value: limit?,
            severity: severity.into(),
        })
    })
    .collect()
}

/// A camera that is in this state, with its clips at absolute addresses; without a hub there is nothing to play them from.
pub(crate) fn camera_dto(
    camera: &Camera,
    status: CameraStatus,
    hub_url: Option<&str>,
) -> CameraDto {
    let clips = camera.clips.iter().filter_map(|clip| {
        let url = absolute_url(&clip.path, hub_url)?;
        Some(ClipDto {
            url,
            from: clip.from.0,
            to: clip.to.0,
        })
    });
    CameraDto {
        on: status == CameraStatus::On,
        azimuth_deg: camera.azimuth_deg,
        fov_deg: camera.fov_deg,
        range_m: camera.range_m,
        category: camera.category,
        clips: clips.collect(),
    }
}

fn absolute_url(path: &str, hub_url: Option<&str>) -> Option<String> {
    if path.starts_with("http://") || path.starts_with("https://") {
        return Some(path.to_owned());
    }
    let hub = hub_url?.trim_end_matches('/');
    Some(format!("{hub}/{}", path.trim_start_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clips_play_from_the_hub_unless_they_say_otherwise() {
        let hub = Some("http://127.0.0.1:8090/");
        assert_eq!(
            absolute_url("/clips/a.webm", hub).as_deref(),
            Some("http://127.0.0.1:8090/clips/a.webm")
        );
        assert_eq!(
            absolute_url("https://v/a.webm", None).as_deref(),
            Some("https://v/a.webm")
        );
        assert_eq!(absolute_url("/clips/a.webm", None), None);
    }

    #[test]
    fn a_chart_draws_only_the_limits_that_exist() {
        let limits = Limits {
            above_high: Some(25.0),
            below_medium: Some(1.0),
            ..Limits::default()
        };
        let lines: Vec<(f64, SeverityDto)> = limit_lines(&limits)
            .into_iter()
            .map(|line| (line.value, line.severity))
            .collect();
        assert_eq!(
            lines,
            vec![(25.0, SeverityDto::High), (1.0, SeverityDto::Medium)]
        );
    }
}
