//! Which observations the hub has and the desk has not. Minutes are compared by their digests; only what differs is
//! fetched; afterwards the comparison is made again.

use super::{Ask, Gap, GapState, MinuteDigest, Told};
use cim_model::{BUCKETS, MINUTE_MS, UtcMillis, minute_of};
use std::collections::{BTreeMap, VecDeque};

/// How the hub is called as a source.
const HUB: &str = "hub";
/// A minute is looked at when it ended this long ago.
const SETTLING_MS: i64 = 15_000;
/// Minutes compared at a time.
const MINUTES_AT_ONCE: i64 = 240;
/// How far back a desk without memory looks, in minutes.
const FIRST_LOOK: i64 = 24 * 60;
/// How far back a desk looks at all, in minutes.
const FARTHEST_LOOK: i64 = 31 * 24 * 60;
/// How far back what was compared is compared again after a break, in minutes.
const AGAIN: i64 = 3 * 60;
/// How far ahead of the hub's clock the comparison can have come, in minutes.
const AHEAD_AT_MOST: i64 = 10;
/// Rows of one fetch.
const MAX_ROWS: u64 = 1_000_000;
/// How often a minute is fetched before it is given up.
const MAX_TRIES: u32 = 3;

/// Compares the hub's history with the desk's.
#[derive(Debug)]
pub(super) struct GapFinder {
    /// Up to here nothing is missing, apart from the gaps told.
    sure: Option<UtcMillis>,
    job: Option<Job>,
}

/// One stretch that is being compared.
#[derive(Debug)]
struct Job {
    from: UtcMillis,
    until: UtcMillis,
    stage: Stage,
    hub: BTreeMap<UtcMillis, MinuteDigest>,
    tries: u32,
}

#[derive(Debug)]
enum Stage {
    /// The hub is to be asked.
    Digests,
    /// The desk was asked what it has.
    Local,
    /// This is to be fetched.
    Fetch(VecDeque<Fetch>),
}

#[derive(Clone, Debug, PartialEq)]
struct Fetch {
    from: UtcMillis,
    until: UtcMillis,
    buckets: u64,
    rows: u64,
    /// How many of them the desk has not.
    missing: u64,
    after: Option<String>,
}

impl GapFinder {
    pub(super) fn new(sure: Option<UtcMillis>) -> Self {
        let sure = sure.map(minute_of);
        Self { sure, job: None }
    }

    /// Where the next stretch ends, when one is due at `now` by the hub's clock.
    fn settled(now: UtcMillis) -> UtcMillis {
        minute_of(UtcMillis(now.0.saturating_sub(SETTLING_MS)))
    }

    /// When the next minute can be compared; `now` when a stretch is being compared.
    pub(super) fn due(&self, now: UtcMillis) -> UtcMillis {
        match (&self.job, self.sure) {
            (Some(_), _) | (None, None) => now,
            (None, Some(sure)) => UtcMillis(sure.0.saturating_add(MINUTE_MS + SETTLING_MS)),
        }
    }

    /// What was compared in a future that is none counts for nothing: the hub's clock was ahead once.
    pub(super) fn mend(&mut self, now: UtcMillis) {
        let settled = Self::settled(now);
        let latest = settled.0.saturating_add(AHEAD_AT_MOST * MINUTE_MS);
        if self.sure.is_some_and(|sure| sure.0 > latest) {
            self.sure = Some(UtcMillis(settled.0.saturating_sub(FIRST_LOOK * MINUTE_MS)));
            self.job = None;
        }
    }

    /// After a break in the connection: what may be missing, and a stretch half compared is compared again.
    pub(super) fn reconnected(&mut self, now: UtcMillis) -> Vec<Told> {
        self.mend(now);
        self.job = None;
        let until = Self::settled(now);
        let from = self.beginning(until);
        let farthest = farthest(until);
        // Late values may have come for minutes that were compared already: they are compared again, and not told as a gap.
        let again = UtcMillis(until.0.saturating_sub(AGAIN * MINUTE_MS));
        self.sure = Some(from.min(again).max(farthest));
        let mut told = Vec::new();
        if from < farthest {
            told.push(gap(from, farthest, GapState::Lost, None));
        }
        if from < until {
            told.push(gap(from.max(farthest), until, GapState::Found, None));
        }
        told
    }

    /// Observations that had arrived were lost on the desk: this stretch is compared again.
    pub(super) fn doubt(&mut self, from: UtcMillis) {
        let from = minute_of(from);
        if self.sure.is_some_and(|sure| sure > from) {
            self.sure = Some(from);
            self.job = None;
        }
    }

    fn beginning(&self, until: UtcMillis) -> UtcMillis {
        let back = |minutes: i64| UtcMillis(until.0.saturating_sub(minutes * MINUTE_MS));
        self.sure.unwrap_or_else(|| back(FIRST_LOOK))
    }

    /// What to ask the hub next, if anything is due.
    pub(super) fn ask(&mut self, now: UtcMillis) -> Option<Ask> {
        if self.job.is_none() {
            let settled = Self::settled(now);
            let from = self.beginning(settled).max(farthest(settled));
            if from >= settled {
                return None;
            }
            let until = settled.0.min(from.0 + MINUTES_AT_ONCE * MINUTE_MS);
            self.job = Some(Job {
                from,
                until: UtcMillis(until),
                stage: Stage::Digests,
                hub: BTreeMap::new(),
                tries: 0,
            });
        }
        self.job.as_ref().and_then(|job| match &job.stage {
            Stage::Digests => Some(Ask::Digests {
                from: job.from,
                until: job.until,
            }),
            Stage::Local => None,
            Stage::Fetch(fetches) => fetches.front().map(|fetch| Ask::Observations {
                from: fetch.from,
                until: fetch.until,
                buckets: fetch.buckets,
                after: fetch.after.clone(),
            }),
        })
    }

    /// Whether an answer of the desk itself is waited for.
    pub(super) fn waits_for_desk(&self) -> bool {
        let stage = self.job.as_ref().map(|job| &job.stage);
        matches!(stage, Some(Stage::Local))
    }

    /// The hub's digests of the stretch asked for.
    pub(super) fn hub_digests(&mut self, minutes: Vec<MinuteDigest>) -> Vec<Told> {
        let Some(job) = &mut self.job else {
            return Vec::new();
        };
        if !matches!(job.stage, Stage::Digests) {
            return Vec::new();
        }
        let (from, until) = (job.from, job.until);
        let inside = |minute: &MinuteDigest| {
            (from..until).contains(&minute.at) && minute_of(minute.at) == minute.at
        };
        job.hub = minutes
            .into_iter()
            .filter(inside)
            .map(|minute| (minute.at, minute))
            .collect();
        job.stage = Stage::Local;
        vec![Told::NeedLocalDigest { from, until }]
    }

    /// A page of observations arrived and is in the desk's history.
    pub(super) fn fetched(&mut self, next: Option<String>) -> Vec<Told> {
        let Some(job) = &mut self.job else {
            return Vec::new();
        };
        let Stage::Fetch(fetches) = &mut job.stage else {
            return Vec::new();
        };
        if let Some(fetch) = fetches.front_mut() {
            // A hub that names the same place again would be asked for ever.
            let goes_on = next.is_some() && next != fetch.after;
            fetch.after = next;
            if goes_on {
                return Vec::new();
            }
        }
        fetches.pop_front();
        if !fetches.is_empty() {
            return Vec::new();
        }
        job.stage = Stage::Local;
        vec![Told::NeedLocalDigest {
            from: job.from,
            until: job.until,
        }]
    }

    /// What the desk's own history amounts to in the stretch that was asked for.
    pub(super) fn local_digests(&mut self, minutes: &[MinuteDigest]) -> Vec<Told> {
        let Some(mut job) = self.job.take() else {
            return Vec::new();
        };
        if !matches!(job.stage, Stage::Local) {
            self.job = Some(job);
            return Vec::new();
        }
        let local: BTreeMap<UtcMillis, &MinuteDigest> =
            minutes.iter().map(|minute| (minute.at, minute)).collect();
        let lacking = lacking(&job, &local);
        if lacking.is_empty() || job.tries >= MAX_TRIES {
            return self.finish(&job, &local, &lacking);
        }
        let fetches = fetches(&lacking);
        let told = fetches
            .iter()
            .map(|fetch| {
                gap(
                    fetch.from,
                    fetch.until,
                    GapState::Filling,
                    Some(fetch.missing),
                )
            })
            .collect();
        job.tries += 1;
        job.stage = Stage::Fetch(fetches);
        self.job = Some(job);
        told
    }

    fn finish(
        &mut self,
        job: &Job,
        local: &BTreeMap<UtcMillis, &MinuteDigest>,
        lacking: &[Lacking],
    ) -> Vec<Told> {
        let mut told = vec![gap(job.from, job.until, GapState::Filled, None)];
        for lacking in lacking {
            let until = UtcMillis(lacking.at.0 + MINUTE_MS);
            let missing = Some(lacking.missing);
            told.push(gap(lacking.at, until, GapState::Lost, missing));
        }
        for (at, hub) in job.hub.iter().filter(|(_, hub)| hub.thinned) {
            let lost = lacking.iter().any(|lacking| lacking.at == *at);
            let have = local.get(at).map_or(0, |minute| minute.count());
            // Whoever has more than the sample was there when it happened.
            if !lost && have <= hub.count() {
                let until = UtcMillis(at.0 + MINUTE_MS);
                told.push(gap(*at, until, GapState::Sampled, None));
            }
        }
        self.sure = Some(job.until);
        told.push(Told::SureUntil(job.until));
        told
    }
}

/// The earliest moment that is looked at, when the settled minutes end at `until`.
fn farthest(until: UtcMillis) -> UtcMillis {
    UtcMillis(until.0.saturating_sub(FARTHEST_LOOK * MINUTE_MS))
}

/// What is missing of one minute.
#[derive(Clone, Debug, PartialEq)]
struct Lacking {
    at: UtcMillis,
    buckets: u64,
    /// Rows of those buckets at the hub.
    rows: u64,
    /// How many are missing at least.
    missing: u64,
}

/// The minutes and buckets in which the hub has something that the desk has not.
fn lacking(job: &Job, local: &BTreeMap<UtcMillis, &MinuteDigest>) -> Vec<Lacking> {
    let mut found = Vec::new();
    for (at, hub) in &job.hub {
        let nothing = MinuteDigest::empty(*at);
        let own = local.get(at).copied().unwrap_or(&nothing);
        let mut lacking = Lacking {
            at: *at,
            buckets: 0,
            rows: 0,
            missing: 0,
        };
        let theirs = hub.n.iter().zip(&hub.x);
        let ours = own.n.iter().zip(&own.x);
        for (bucket, ((n, x), (own_n, own_x))) in theirs.zip(ours).enumerate().take(BUCKETS) {
            let same = n == own_n && x == own_x;
            // Once everything that the hub has was fetched, having more is no lack: a source may have told the desk alone.
            // A sample is part of what a desk has that was there.
            let more = own_n >= n && (job.tries > 0 || hub.thinned);
            if same || more || *n == 0 {
                continue;
            }
            lacking.buckets |= 1 << bucket;
            lacking.rows += u64::from(*n);
            // As many, but not the same: at least one is missing.
            lacking.missing += u64::from(n.saturating_sub(*own_n)).max(1);
        }
        if lacking.buckets != 0 {
            found.push(lacking);
        }
    }
    found
}

/// Neighbouring minutes are fetched together, as long as a fetch stays small.
fn fetches(lacking: &[Lacking]) -> VecDeque<Fetch> {
    let mut fetches: VecDeque<Fetch> = VecDeque::new();
    for lacking in lacking {
        let until = UtcMillis(lacking.at.0 + MINUTE_MS);
        match fetches.back_mut() {
            Some(last)
                if last.until == lacking.at
                    && last.buckets == lacking.buckets
                    && last.rows + lacking.rows <= MAX_ROWS =>
            {
                last.until = until;
                last.rows += lacking.rows;
                last.missing += lacking.missing;
            }
            _ => fetches.push_back(Fetch {
                from: lacking.at,
                until,
                buckets: lacking.buckets,
                rows: lacking.rows,
                missing: lacking.missing,
                after: None,
            }),
        }
    }
    fetches
}

fn gap(from: UtcMillis, until: UtcMillis, state: GapState, missing: Option<u64>) -> Told {
    Told::Gap(Gap {
        source: HUB.to_owned(),
        from,
        until,
        state,
        missing,
    })
}

/// Gaps of a source that has no digests: what lies between the last sure moment and the present one is in doubt after
/// every break, until it was fetched.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeGaps {
    source: String,
    sure: Option<UtcMillis>,
    open: Option<(UtcMillis, UtcMillis)>,
    tries: u32,
}

impl TimeGaps {
    /// Of `source`, of which everything up to `sure` is there.
    pub fn new(source: &str, sure: Option<UtcMillis>) -> Self {
        Self {
            source: source.to_owned(),
            sure,
            open: None,
            tries: 0,
        }
    }

    /// While nothing is in doubt: the source was heard at `now`, and nothing was lost on the way.
    pub fn heard(&mut self, now: UtcMillis) {
        if self.open.is_none() {
            self.sure = self.sure.max(Some(now));
        }
    }

    /// The connection is back, or a queue ran over: what is in doubt, to be fetched. `None` when nothing was ever sure.
    pub fn doubt(&mut self, now: UtcMillis) -> Option<Gap> {
        let from = self.open.map(|(from, _)| from).or(self.sure);
        let Some(from) = from.filter(|from| *from < now) else {
            self.sure = self.sure.max(Some(now));
            return None;
        };
        self.open = Some((from, now));
        self.tries = 0;
        Some(self.gap(from, now, GapState::Found))
    }

    /// What is to be fetched.
    pub fn open(&self) -> Option<(UtcMillis, UtcMillis)> {
        self.open
    }

    /// Everything that the source has of the open stretch is in the history now.
    pub fn filled(&mut self) -> Option<Gap> {
        let (from, until) = self.open.take()?;
        self.sure = Some(until);
        Some(self.gap(from, until, GapState::Filled))
    }

    /// Fetching failed. After three times the stretch is given up and drawn as a gap.
    pub fn failed(&mut self) -> Option<Gap> {
        let (from, until) = self.open?;
        self.tries += 1;
        if self.tries < MAX_TRIES {
            return Some(self.gap(from, until, GapState::Filling));
        }
        self.open = None;
        self.sure = Some(until);
        Some(self.gap(from, until, GapState::Lost))
    }

    fn gap(&self, from: UtcMillis, until: UtcMillis, state: GapState) -> Gap {
        Gap {
            source: self.source.clone(),
            from,
            until,
            state,
            missing: None,
        }
    }
}

#[cfg(test)]
#[path = "gaps_tests.rs"]
mod tests;
