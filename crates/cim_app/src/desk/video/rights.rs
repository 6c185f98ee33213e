//! Rights, temporary grants, the audit.

use super::{Desk, refused};
use crate::{
    error::AppError,
    video_desk::{VideoDesk, refusal, right_dto},
    wire::{
        RightsMatrixDto, VideoActedDto, VideoAuditPageDto, VideoAuditQueryDto, VideoGrantDraftDto,
        VideoGrantDto, VideoRefusalDto, VideoRightDto,
    },
};
use cim_model::UtcMillis;
use cim_video::rights::{Action, Denied, Revoked, VideoAct, subject_of_camera, subject_of_grant};
use std::collections::BTreeSet;

/// What a policy calls a grant of what the giver may not do.
const NOT_YOURS: &str = "not_yours";
/// A grant that is refused is written down for so many of its cameras.
const MOST_REFUSED: usize = 50;

impl Desk {
    /// The matrix of rights as it holds at this desk.
    pub fn rights_matrix(&self) -> RightsMatrixDto {
        let looker = self.looker();
        VideoDesk::matrix(&looker.look())
    }

    /// Whether whoever sits here may do something with a camera. Nothing is written down: nothing was looked at.
    pub fn ask_right(
        &self,
        id: &str,
        action: &str,
        purpose: &str,
    ) -> Result<VideoRightDto, AppError> {
        let action = Action::from_word(action).ok_or_else(|| AppError::NotFound {
            what: "action",
            id: action.chars().take(40).collect(),
        })?;
        let looker = self.looker();
        let asked = Some(purpose).filter(|purpose| !purpose.is_empty());
        let verdict = self
            .video()
            .verdict(&looker.look(), id, (action, asked))
            .ok_or_else(|| super::no_camera(id))?;
        Ok(right_dto(action, &verdict))
    }

    /// Every temporary grant, newest first.
    pub fn video_grants(&self) -> Vec<VideoGrantDto> {
        let looker = self.looker();
        self.video().grants(&looker.look())
    }

    /// Gives a right for a while, when whoever sits here has it and may give it.
    pub async fn give_grant(&self, draft: &VideoGrantDraftDto) -> Result<VideoActedDto, AppError> {
        let now = match self.video_present() {
            Ok(now) => now,
            Err(why) => return Ok(refused(why)),
        };
        let looker = self.looker();
        let id = {
            let live = self.shared.keeper.live();
            format!(
                "{}-{}-{}",
                live.exchanged.desk,
                now.0,
                self.video().next_number()
            )
        };
        let asked = self.video().grant_of(&looker.look(), draft, id);
        let grant = match asked {
            Ok(grant) => grant,
            Err(why) => {
                self.tell_refused_grant(draft, &why, now).await?;
                return Ok(refused(why));
            }
        };
        let subject = subject_of_grant(&grant.id);
        self.acted(vec![(subject, VideoAct::GrantGiven(Box::new(grant)))], now)
            .await
    }

    /// Takes a grant back, with the reason. What it opened is closed.
    pub async fn revoke_grant(&self, id: &str, reason: &str) -> Result<VideoActedDto, AppError> {
        let now = match self.video_present() {
            Ok(now) => now,
            Err(why) => return Ok(refused(why)),
        };
        if reason.trim().is_empty() {
            return Ok(refused(refusal("no_reason", "", "a reason is needed")));
        }
        let looker = self.looker();
        match self.video().check_revoke(&looker.look(), id) {
            Ok(()) => {}
            Err(Some(why)) => return Ok(refused(why)),
            Err(None) => {
                return Err(AppError::NotFound {
                    what: "grant",
                    id: id.chars().take(80).collect(),
                });
            }
        }
        let revoked = VideoAct::GrantRevoked(Revoked {
            reason: reason.trim().to_owned(),
        });
        let acted = self
            .acted(vec![(subject_of_grant(id), revoked)], now)
            .await?;
        self.close_what_ended().await?;
        Ok(acted)
    }

    /// A window into who looked at what, when and why; newest first.
    pub async fn video_audit(
        &self,
        query: &VideoAuditQueryDto,
    ) -> Result<VideoAuditPageDto, AppError> {
        let waiting = self.shared.keeper.store.waiting_facts().await?;
        let mut unsynced: BTreeSet<String> =
            waiting.into_iter().map(|waiting| waiting.fact.id).collect();
        let own = self.shared.keeper.live().facts_on_their_way();
        unsynced.extend(own.into_iter().map(|fact| fact.id));
        let has_hub = self.shared.settings.hub.is_some();
        let camera = query.camera.as_deref().unwrap_or_default();
        let kept = if camera.is_empty() {
            Vec::new()
        } else {
            let subject = subject_of_camera(camera);
            let end = format!("{subject}\u{0}");
            let since = UtcMillis(query.from.unwrap_or_default());
            let store = &self.shared.keeper.store;
            store.facts_about_since(&subject, &end, since).await?
        };
        let looker = self.looker();
        let is_synced = |id: &str| has_hub && !unsynced.contains(id);
        let asked = (query, kept.as_slice());
        Ok(self.video().audit(&looker.look(), asked, &is_synced))
    }

    /// Writes down that whoever sits here would have given what they may not give.
    async fn tell_refused_grant(
        &self,
        draft: &VideoGrantDraftDto,
        why: &VideoRefusalDto,
        now: UtcMillis,
    ) -> Result<(), AppError> {
        if why.what != NOT_YOURS {
            return Ok(());
        }
        let cameras: Vec<String> = if draft.cameras.is_empty() {
            let looker = self.looker();
            self.video()
                .ids_in(&looker.look(), &draft.area, MOST_REFUSED)
        } else {
            draft.cameras.iter().take(MOST_REFUSED).cloned().collect()
        };
        let tellings: Vec<_> = cameras
            .iter()
            .map(|camera| {
                let denied = VideoAct::Denied(Denied {
                    action: Action::Grant,
                    why: "no_right".to_owned(),
                    purpose: draft.purpose.clone(),
                });
                (subject_of_camera(camera), denied)
            })
            .collect();
        if !tellings.is_empty() {
            self.tell_video(tellings, now).await?;
        }
        Ok(())
    }
}
