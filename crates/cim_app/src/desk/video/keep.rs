//! What the video desk does by itself: takes up the hub's cameras and what detectors saw, closes what a right no longer allows,
//! counts, and writes its files.

use super::Desk;
use crate::{
    desk::Shared,
    error::AppError,
    keeper::told_to_stop,
    video_desk::{MOST_VIEWS, SETTLED},
    wire::{ConnectionDto, VideoBoardDto},
};
use cim_model::UtcMillis;
use std::{
    collections::BTreeSet,
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::{sync::watch, time::MissedTickBehavior};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(1);
/// After so many rounds files are written.
const ROUNDS_TO_KEEP: u32 = 20;
/// After so many, those of a catalogue that has more channels than this: it takes a second, and much of the disk.
const ROUNDS_TO_KEEP_MANY: u32 = 300;
const MANY: usize = 50_000;
/// After so many rounds the hub is asked what detectors saw.
const ROUNDS_TO_ASK: u32 = 15;
/// After so many rounds the hub is asked what cameras told of themselves: as often as devices say that they are there.
const ROUNDS_TO_HEAR: u32 = 60;
/// After so many rounds everything is counted, changed or not: rights change by themselves.
const ROUNDS_TO_COUNT: u32 = 30;
/// Health is kept so often, milliseconds.
const SAMPLE_MS: i64 = 3_600_000;
/// What detectors saw is asked for again from so long before, milliseconds: they tell late.
const LATE_MS: i64 = 120_000;
/// Pictures are masked again by what detectors tell so long after they were kept, milliseconds.
const MASKED_LATE_MS: i64 = 600_000;
/// After a long break so many pages are asked for at once; the rest comes with the next round.
const MOST_PAGES: usize = 64;
const TENDING: &str = "looking after the cameras";

/// What everything is counted again for, however many channels there are.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Basis {
    /// Whoever sits here.
    who: String,
    /// How often rights changed.
    rights: u64,
    /// How many channels the catalogue has, and cameras the hub.
    sizes: [usize; 2],
}

/// What one round leaves for the next.
#[derive(Debug, Default)]
pub(in crate::desk) struct Round {
    number: u32,
    counted: Option<([u64; 4], Basis)>,
    /// Which catalogue the points of the map were made from, and what else.
    placed: Option<(u64, Basis)>,
    asked: Option<UtcMillis>,
    sampled: Option<UtcMillis>,
    /// When rights change by themselves.
    rights_until: Option<UtcMillis>,
}

/// Looks after the video desk until the desk closes or its last handle is gone.
pub(in crate::desk) async fn look_after(shared: Weak<Shared>, mut stop: watch::Receiver<bool>) {
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut round = Round::default();
    loop {
        tokio::select! {
            () = told_to_stop(&mut stop) => break,
            _ = every.tick() => {}
        }
        let Some(shared) = shared.upgrade() else {
            break;
        };
        let desk = Desk { shared };
        if let Err(error) = desk.tend_video(&mut round).await {
            tracing::warn!(%error, "the video desk is not looked after");
        }
    }
}

/// Closes the views whose right has ended, and takes what it drew out of the twin, until the desk closes or its last handle is gone. By itself: a hub that does not answer
/// and a catalogue that is counted keep nobody looking.
async fn end_in_time(shared: Weak<Shared>, mut stop: watch::Receiver<bool>) {
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = told_to_stop(&mut stop) => break,
            _ = every.tick() => {}
        }
        let Some(shared) = shared.upgrade() else {
            break;
        };
        let desk = Desk { shared };
        if let Err(error) = desk.close_what_ended().await {
            tracing::warn!(%error, "a view whose right has ended is not closed");
        }
        desk.video().hide_drawn(&desk.looker().look());
    }
}

impl Desk {
    /// Takes up what the hub told of cameras, if that is new.
    pub(in crate::desk) async fn take_cameras(&self) -> Result<(), AppError> {
        let told = self.shared.keeper.live().state.cameras_generation();
        if self.video().generation() == told {
            return Ok(());
        }
        // An import works on a copy: what changes meanwhile would be lost with it.
        let _alone = self.video().importing.lock().await;
        let cameras = {
            let live = self.shared.keeper.live();
            let generation = live.state.cameras_generation();
            self.video()
                .is_new_generation(generation)
                .then(|| live.state.cameras().to_vec())
        };
        let Some(cameras) = cameras.filter(|cameras| !cameras.is_empty()) else {
            return Ok(());
        };
        self.with_video(TENDING, move |video, looker| {
            video.take_hub_cameras(&cameras, looker.sitting.now);
            video.take_clips(&cameras);
        })
        .await
    }

    /// Writes down what is left, and lets go of what is open: the desk closes.
    pub(in crate::desk) async fn leave_video(&self) {
        self.video().stop_obstacles();
        if let Err(error) = self.close_views().await {
            tracing::warn!(%error, "the views are not written down");
        }
        if let Err(error) = self.keep_video().await {
            tracing::warn!(%error, "the video desk is not written down");
        }
    }

    async fn tend_video(&self, round: &mut Round) -> Result<(), AppError> {
        if self.video().importing.try_lock().is_ok() {
            self.take_cameras().await?;
        }
        let now = self.shared.settings.time.now();
        if round.number.is_multiple_of(ROUNDS_TO_ASK) {
            self.ask_for_moments(round, now).await;
        }
        if round.number.is_multiple_of(ROUNDS_TO_HEAR) {
            self.ask_for_news(now).await;
        }
        let is_due = round
            .sampled
            .is_none_or(|sampled| now.0 - sampled.0 >= SAMPLE_MS);
        if is_due && !self.video().channels().is_empty() {
            round.sampled = Some(now);
            self.with_video(TENDING, move |video, _| video.sample_health(now))
                .await?;
        }
        self.count_video(round).await?;
        round.number = round.number.wrapping_add(1);
        let is_large = self.video().channels().len() > MANY;
        let rounds = if is_large {
            ROUNDS_TO_KEEP_MANY
        } else {
            ROUNDS_TO_KEEP
        };
        if round.number.is_multiple_of(rounds) {
            self.keep_video().await?;
        }
        Ok(())
    }

    /// Writes files and settings that differ from what is known.
    async fn keep_video(&self) -> Result<(), AppError> {
        let settled = self.video().told_mut().settled_text();
        if let Some(text) = settled {
            let put = self.shared.keeper.store.put_setting(SETTLED, &text);
            if let Err(error) = put.await {
                self.video().told_mut().not_remembered();
                return Err(error.into());
            }
        }
        if !self.video().unkept.any() {
            return Ok(());
        }
        let kept = self.with_video(TENDING, |video, _| video.keep());
        for problem in kept.await? {
            self.note_problem("cache", "video", &problem);
        }
        Ok(())
    }

    /// Counts what whoever sits here may list, when anything changed.
    async fn count_video(&self, round: &mut Round) -> Result<(), AppError> {
        let now = self.shared.settings.time.now();
        let has_turned = round.rights_until.is_some_and(|until| until <= now);
        if has_turned {
            round.rights_until = None;
            self.video().rights_changed();
        }
        let revisions = self.video().revisions();
        let who = {
            let actor = self.shared.keeper.live().event_desk.actor();
            format!(
                "{}/{}/{}",
                actor.name,
                actor.role,
                actor.party.unwrap_or_default()
            )
        };
        let rights = self.video().rights_revision();
        let listed = self.video().channels().channels();
        let of_hub = self.shared.keeper.live().state.cameras().len();
        let sizes = [listed, of_hub];
        let basis = Basis { who, rights, sizes };
        let counted = Some((revisions, basis.clone()));
        let is_round = round.number.is_multiple_of(ROUNDS_TO_COUNT);
        // Of very many channels, one or another always changes.
        let is_other = round.counted.as_ref().map(|(_, known)| known) != Some(&basis);
        let is_few = self.video().channels().len() <= MANY;
        let is_old = is_round || has_turned || is_other || (is_few && round.counted != counted);
        let (channels, online) = if is_old {
            round.counted = counted;
            round.rights_until = self.hide_cameras().await?;
            let [catalogue, ..] = revisions;
            self.place_channels(round, (catalogue, basis)).await?;
            self.with_video(TENDING, |video, looker| video.counts(&looker.look()))
                .await?
        } else {
            let live = self.shared.keeper.live();
            (live.video.channels, live.video.online)
        };
        let [catalogue, desk, views, moments] = revisions.map(|revision| revision as f64);
        let (open, has_helper) = {
            let views = self.video().lock_views();
            (views.len(), views.streams().is_some())
        };
        let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
        let board = VideoBoardDto {
            catalogue_revision: catalogue,
            desk_revision: desk,
            views_revision: views,
            moments_revision: moments,
            channels,
            online,
            views: count(open),
            max_views: count(MOST_VIEWS),
            moments: count(self.video().moments().len()),
            obstacles: self.video().obstacles_dto(),
            has_helper,
        };
        let mut live = self.shared.keeper.live();
        if live.video != board {
            live.video = board;
            live.changed = true;
        }
        Ok(())
    }

    /// Asks the hub what its cameras told of themselves.
    async fn ask_for_news(&self, now: UtcMillis) {
        let is_live = matches!(self.shared.keeper.live().connection, ConnectionDto::Live);
        let Some(hub) = self.hub_video().ok().filter(|_| is_live) else {
            return;
        };
        let news = match hub.camera_news().await {
            Ok(news) => news,
            Err(error) => {
                tracing::debug!(%error, "the hub tells nothing of its cameras");
                return;
            }
        };
        // What changes during an import would be lost with its copy; the hub tells it again in a minute.
        let Ok(_alone) = self.video().importing.try_lock() else {
            return;
        };
        let taken = self.with_video(TENDING, move |video, _| video.take_news(&news, now));
        if let Err(error) = taken.await {
            tracing::warn!(%error, "what cameras told is not taken up");
        }
    }

    /// Takes cameras of the hub whose place whoever sits here may not know out of everything that the desk shows: it shows them
    /// where they stand. When that is to be asked again.
    async fn hide_cameras(&self) -> Result<Option<UtcMillis>, AppError> {
        let ids: Vec<String> = {
            let live = self.shared.keeper.live();
            let cameras = live.state.cameras().iter();
            cameras.map(|camera| camera.id.to_string()).collect()
        };
        let asked = self.with_video(TENDING, move |video, looker| {
            let look = looker.look();
            let channels = video.channels();
            let is_hidden = |id: &String| {
                let entry = channels.find(id);
                entry.is_some_and(|entry| !look.sees_place(entry))
            };
            let rows = (0_u32..).zip(&ids).filter(|one| is_hidden(one.1));
            let rows: BTreeSet<u32> = rows.map(|(row, _)| row).collect();
            (rows, look.until())
        });
        let (rows, until) = asked.await?;
        let mut live = self.shared.keeper.live();
        let is_other = live.state.hide_cameras(rows);
        live.changed |= is_other;
        Ok(until)
    }

    /// Puts the channels that only the catalogue has onto the map, unless they were made from the same before.
    async fn place_channels(
        &self,
        round: &mut Round,
        made_from: (u64, Basis),
    ) -> Result<(), AppError> {
        if round.placed.as_ref() == Some(&made_from) {
            return Ok(());
        }
        let (of_hub, known) = {
            let live = self.shared.keeper.live();
            let cameras = live.state.cameras().iter();
            let of_hub: Vec<String> = cameras.map(|camera| camera.id.to_string()).collect();
            (of_hub, Arc::clone(live.state.channel_points()))
        };
        let placed = self.with_video(TENDING, move |video, looker| {
            let points = video.channel_points(&looker.look(), &of_hub);
            (points != *known).then(|| Arc::new(points))
        });
        if let Some(points) = placed.await? {
            let mut live = self.shared.keeper.live();
            live.state.place_channels(points);
            live.changed = true;
        }
        round.placed = Some(made_from);
        Ok(())
    }

    /// Asks the hub what detectors saw since it was asked last. A hub without such a door is none the worse.
    async fn ask_for_moments(&self, round: &mut Round, now: UtcMillis) {
        let is_live = matches!(self.shared.keeper.live().connection, ConnectionDto::Live);
        let Ok(hub) = self.hub_video() else {
            return;
        };
        if !is_live {
            return;
        }
        // After a start it goes on where it ended.
        let known = || Some(self.video().moments().detected_until()?.min(now));
        let begun = round.asked.or_else(known);
        let mut since = begun.map(|begun| UtcMillis(begun.0 - LATE_MS));
        // As far back as was asked: after a start and after a break, what comes may be about all that is kept.
        let asked = round.asked.map(|asked| asked.0 - LATE_MS);
        let not_before = asked.map_or(i64::MIN, |asked| asked.saturating_sub(MASKED_LATE_MS));
        for _ in 0..MOST_PAGES {
            let (lines, next) = match hub.moments(since).await {
                Ok(page) => page,
                Err(error) => {
                    tracing::debug!(%error, "the hub tells no moments");
                    return;
                }
            };
            let leads_on = |next: UtcMillis| next < now && since.is_none_or(|since| next > since);
            let is_last = lines.is_empty() || !next.is_some_and(leads_on);
            let taken = self.with_video(TENDING, move |video, _| {
                video.take_moment_lines(&lines, now);
                video.mask_late(UtcMillis(not_before));
            });
            if let Err(error) = taken.await {
                tracing::warn!(%error, "what detectors saw is not taken up");
                return;
            }
            // Where the hub stopped, not where the clock is.
            let told = next.map_or(now, |next| next.min(now));
            round.asked = round.asked.max(Some(told));
            if is_last {
                return;
            }
            since = next;
        }
    }
}

/// Begins to look after the video desk.
pub(in crate::desk) fn begin(shared: &Arc<Shared>) {
    let stop = shared.stop.subscribe();
    let runtime = shared.keeper.runtime();
    runtime.spawn(look_after(Arc::downgrade(shared), stop));
    runtime.spawn(end_in_time(Arc::downgrade(shared), shared.stop.subscribe()));
}
