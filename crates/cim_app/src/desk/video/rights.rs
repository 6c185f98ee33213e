//! Rights, temporary grants, the audit.

use super::{Desk, refused};
use crate::{
    error::AppError,
    video_desk::{refusal, right_dto},
    wire::{
        RightsMatrixDto, VideoActedDto, VideoAuditPageDto, VideoAuditQueryDto, VideoGrantDraftDto,
        VideoGrantDto, VideoRightDto,
    },
};
use cim_video::rights::{Action, Revoked, VideoAct, subject_of_grant};
use std::collections::BTreeSet;

impl Desk {
    /// The matrix of rights as it holds at this desk.
    pub fn rights_matrix(&self) -> RightsMatrixDto {
        let looker = self.looker();
        self.video().matrix(&looker.look())
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
        let grant = match self.video().grant_of(&looker.look(), draft, id) {
            Ok(grant) => grant,
            Err(why) => return Ok(refused(why)),
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
        let looker = self.looker();
        let is_synced = |id: &str| has_hub && !unsynced.contains(id);
        Ok(self.video().audit(&looker.look(), query, &is_synced))
    }
}
