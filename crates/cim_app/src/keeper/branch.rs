//! Branches: the past up to where one leaves it, then what somebody assumed.

use super::Keeper;
use cim_model::UtcMillis;
use cim_store::{Branch, Columns, History, Knowledge, Row, StoreError};

/// A branch with what was assumed in it.
#[derive(Clone)]
pub(crate) struct OpenBranch {
    /// The branch.
    pub(crate) branch: Branch,
    /// What was assumed.
    pub(crate) history: History,
}

impl Keeper {
    /// The branch with this identity; `None` when there is none. The one opened last stays open.
    pub(crate) async fn open_branch(&self, id: &str) -> Result<Option<OpenBranch>, StoreError> {
        let mut open = self.branch.lock().await;
        if let Some(open) = open.as_ref().filter(|open| open.branch.id == id) {
            return Ok(Some(open.clone()));
        }
        let branches = self.store.branches().await?;
        let Some(branch) = branches.into_iter().find(|branch| branch.id == id) else {
            return Ok(None);
        };
        let history = self.store.branch_history(id).await?;
        let opened = OpenBranch { branch, history };
        if let Some(before) = open.replace(opened.clone()) {
            before.history.close().await?;
        }
        Ok(Some(opened))
    }

    /// Closes the branch that is open, if there is one.
    pub(crate) async fn close_branch(&self) {
        let open = self.branch.lock().await.take();
        if let Some(open) = open
            && let Err(error) = open.history.close().await
        {
            self.tell(&error);
        }
    }

    /// The state in `open` at `moment`: the past up to where it leaves, and what was assumed by then. `assumed` is a buffer.
    pub(super) async fn branch_state(
        &self,
        open: &OpenBranch,
        moment: UtcMillis,
        knowledge: Knowledge,
        (into, assumed): (&mut Columns, &mut Columns),
    ) -> Result<(), StoreError> {
        let past = moment.min(open.branch.from);
        self.store.state_at(past, knowledge, into).await?;
        open.history
            .latest_at(moment, Knowledge::Now, assumed)
            .await?;
        lay_over(into, assumed);
        Ok(())
    }
}

/// Puts what was assumed over what held.
fn lay_over(into: &mut Columns, assumed: &Columns) {
    for series in 0..assumed.len() as u32 {
        let Some(reading) = assumed.get(series) else {
            continue;
        };
        let known_at = assumed.known_at(series).unwrap_or(reading.happened_at);
        into.set(&Row {
            series,
            quality: reading.quality,
            happened_at: reading.happened_at.0,
            known_at: known_at.0,
            value: reading.value,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_model::Quality;

    #[test]
    fn what_is_assumed_lies_over_what_held_and_the_rest_stays() {
        let row = |series: u32, happened_at: i64, value: f64| Row {
            series,
            quality: Quality::Estimated,
            happened_at,
            known_at: happened_at,
            value,
        };
        let (mut into, mut assumed) = (Columns::new(), Columns::new());
        into.set(&row(1, 50, 1.0));
        into.set(&row(2, 50, 2.0));
        assumed.set(&row(2, 40, 9.0));
        lay_over(&mut into, &assumed);
        let value = |series: u32| into.get(series).map(|reading| reading.value);
        assert_eq!((value(1), value(2)), (Some(1.0), Some(9.0)));
    }
}
