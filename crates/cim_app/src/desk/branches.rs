//! Branches: what would have been, or would be, if other values had held.

use super::{
    Desk,
    time::{check_title, free_id},
};
use crate::{
    error::AppError,
    keeper::OpenBranch,
    wire::{BranchDto, ClockDto},
};
use cim_model::{Clock, DatastreamId, Quality, UtcMillis};
use cim_store::{Branch, Knowledge, Row};

/// At most so many branches are kept.
const MAX_BRANCHES: usize = 100;

impl Desk {
    /// Every branch, in the order in which they were made.
    pub async fn branches(&self) -> Result<Vec<BranchDto>, AppError> {
        let mut branches = self.shared.keeper.store.branches().await?;
        branches.sort_by(|a, b| (a.made_at, &a.id).cmp(&(b.made_at, &b.id)));
        Ok(branches.iter().map(branch_dto).collect())
    }

    /// Makes a branch that leaves the past at `time` (UTC milliseconds).
    pub async fn branch_here(&self, title: String, time: i64) -> Result<BranchDto, AppError> {
        check_title(&title)?;
        let settings = &self.shared.settings;
        let store = &self.shared.keeper.store;
        let known = store.branches().await?;
        if known.len() >= MAX_BRANCHES {
            return Err(AppError::BadRequest {
                what: "the number of branches",
                found: known.len().to_string(),
                reason: "at most 100 are kept",
            });
        }
        let now = settings.time.now();
        let branch = Branch {
            id: free_id('b', now, known.iter().map(|branch| branch.id.as_str())),
            title,
            // Nobody knows the future: a branch leaves what is known.
            from: UtcMillis(time).min(now),
            author: self.operator(),
            made_at: now,
        };
        store.save_branch(&branch).await?;
        let mut live = self.shared.keeper.live();
        live.branches.insert(branch.id.clone(), branch.from);
        Ok(branch_dto(&branch))
    }

    /// Forgets a branch with everything that was assumed in it. Whoever stands in it stands where it left the past.
    pub async fn delete_branch(&self, id: &str) -> Result<(), AppError> {
        let keeper = &self.shared.keeper;
        let open = self.branch(id).await?;
        let stands_in_it =
            matches!(&keeper.live().clock, Clock::Branch { id: here, .. } if here.as_ref() == id);
        if stands_in_it {
            self.set_clock(ClockDto::At {
                time: open.branch.from.0,
            })?;
        }
        keeper.live().branches.remove(id);
        // Its files can only go when nobody has them open.
        drop(open);
        keeper.close_branch().await;
        Ok(keeper.store.delete_branch(id).await?)
    }

    /// Assumes that a series had this value from `time` (UTC milliseconds) on, in a branch.
    pub async fn assume(
        &self,
        branch: &str,
        series: &str,
        value: f64,
        time: i64,
    ) -> Result<(), AppError> {
        let keeper = &self.shared.keeper;
        let open = self.branch(branch).await?;
        if !value.is_finite() {
            return Err(AppError::BadRequest {
                what: "the assumed value",
                found: value.to_string(),
                reason: "it is a number",
            });
        }
        if time < open.branch.from.0 {
            return Err(AppError::BadRequest {
                what: "the moment of the assumption",
                found: time.to_string(),
                reason: "it lies after the branch left the past",
            });
        }
        let number = keeper
            .store
            .number_of(&DatastreamId::new(series))
            .ok_or_else(|| AppError::NotFound {
                what: "series",
                id: series.to_owned(),
            })?;
        let row = Row {
            series: number,
            quality: Quality::Estimated,
            happened_at: self.free_moment(&open, number, time).await?,
            known_at: time,
            value,
        };
        open.history.append(&[row]).await?;
        keeper.live().past.is_stale = true;
        keeper.clock_moved();
        Ok(())
    }

    /// The same moment counts once and the first value stays: who assumes another value there gets the next millisecond.
    async fn free_moment(
        &self,
        open: &OpenBranch,
        number: u32,
        time: i64,
    ) -> Result<i64, AppError> {
        let mut assumed = cim_store::Columns::new();
        let far = UtcMillis(time.saturating_add(1_000));
        open.history
            .latest_at(far, Knowledge::Now, &mut assumed)
            .await?;
        let newest = assumed.get(number).map(|reading| reading.happened_at.0);
        Ok(match newest {
            Some(newest) if newest >= time => newest.saturating_add(1),
            _ => time,
        })
    }

    async fn branch(&self, id: &str) -> Result<OpenBranch, AppError> {
        let open = self.shared.keeper.open_branch(id).await?;
        open.ok_or_else(|| AppError::NotFound {
            what: "branch",
            id: id.to_owned(),
        })
    }
}

fn branch_dto(branch: &Branch) -> BranchDto {
    BranchDto {
        id: branch.id.clone(),
        title: branch.title.clone(),
        from: branch.from.0,
        author: branch.author.clone(),
    }
}
