//! Stretches of history as charts and the timeline need them.

use crate::{
    convert::limit_lines,
    exchange::Exchanged,
    state::{SeriesRow, usable_period_s},
    update::{count_in, event_rows},
    wire::{QualityWordDto, Timeline, Trend},
};
use cim_model::{Alarm, Event, Freshness, QualityWord, UtcMillis};
use cim_store::Bucket;

/// The widest chart that is drawn, pixels.
pub(crate) const MAX_PIXELS: u32 = 4_096;

/// The most bins that a timeline is cut into.
pub(crate) const MAX_BINS: u32 = 2_048;

/// How many promised values may fail to come before a chart shows a gap.
const PERIODS_IN_A_GAP: f64 = 3.0;

/// `buckets` of a series as columns, with an empty bucket where values failed to come. `width_s` is how wide a bucket is.
pub(crate) fn trend(series: &SeriesRow, name: String, buckets: &[Bucket], width_s: f64) -> Trend {
    let many = buckets.len();
    let mut trend = Trend {
        id: series.datastream.id.to_string(),
        name,
        unit: series.datastream.unit.clone(),
        limits: limit_lines(&series.datastream.limits),
        times: Vec::with_capacity(many),
        means: Vec::with_capacity(many),
        mins: Vec::with_capacity(many),
        maxs: Vec::with_capacity(many),
        worst: Vec::with_capacity(many),
    };
    let period_s = usable_period_s(series.datastream.period_s);
    let gap_s = (PERIODS_IN_A_GAP * period_s).max(2.0 * width_s);
    let pauses: Vec<f64> = buckets
        .windows(2)
        .map(|pair| pair[1].end.seconds_since(pair[0].end))
        .collect();
    for (place, bucket) in buckets.iter().enumerate() {
        if let Some(before) = place.checked_sub(1)
            && pauses[before] > gap_s
            && !is_habit(&pauses, before)
        {
            let at = buckets[before].end.plus_seconds(width_s);
            push_gap(&mut trend, at, pauses[before], period_s);
        }
        push(&mut trend, bucket);
    }
    trend
}

/// True when the pause at `place` is about as long as the one before or after it: history that was only ever kept so
/// sparsely lacks nothing there.
fn is_habit(pauses: &[f64], place: usize) -> bool {
    let Some(pause) = pauses.get(place) else {
        return false;
    };
    let neighbours = [place.checked_sub(1), place.checked_add(1)];
    neighbours
        .into_iter()
        .flatten()
        .filter_map(|other| pauses.get(other))
        .any(|other| *pause <= 1.5 * other)
}

/// Empty bins between values that come at long but regular intervals are no gaps: they get a 1.
fn close_habitual_pauses(observations: &mut [u32]) {
    let filled: Vec<usize> = (0..observations.len())
        .filter(|bin| observations[*bin] > 0)
        .collect();
    let pauses: Vec<f64> = filled
        .windows(2)
        .map(|pair| (pair[1] - pair[0]) as f64)
        .collect();
    for (place, pair) in filled.windows(2).enumerate() {
        if is_habit(&pauses, place) {
            observations[pair[0] + 1..pair[1]].fill(1);
        }
    }
}

/// What the timeline draws of `stretch`, in as many bins as `observations` has. Gaps, actions and moments come on top.
pub(crate) fn timeline<'a>(
    exchanged: &Exchanged,
    stretch: (UtcMillis, UtcMillis),
    mut observations: Vec<u32>,
    alarms: impl Iterator<Item = &'a Alarm>,
    events: impl Iterator<Item = &'a Event>,
) -> Timeline {
    close_habitual_pauses(&mut observations);
    let (from, to) = stretch;
    let is_inside = |at: UtcMillis| at >= from && at < to;
    let mut raised = vec![[0_u32; 4]; observations.len()];
    for alarm in alarms.filter(|alarm| is_inside(alarm.since)) {
        let share = alarm.since.seconds_since(from) / to.seconds_since(from);
        let bin = (share * raised.len() as f64) as usize;
        if let Some(counts) = raised.get_mut(bin) {
            count_in(counts, alarm.severity);
        }
    }
    Timeline {
        from: from.0,
        to: to.0,
        alarms: raised,
        observations,
        events: event_rows(
            exchanged,
            events.filter(|event| is_inside(event.happened_at)),
        ),
        gaps: Vec::new(),
        actions: Vec::new(),
        moments: Vec::new(),
        known_gaps: Vec::new(),
    }
}

fn push(trend: &mut Trend, bucket: &Bucket) {
    trend.times.push(bucket.end.0);
    trend.means.push(Some(bucket.mean));
    trend.mins.push(Some(bucket.min));
    trend.maxs.push(Some(bucket.max));
    trend.worst.push(QualityWord::from(bucket.worst).into());
}

/// An empty bucket for values that failed to come for `pause_s`, from a source that promised one every `period_s`.
fn push_gap(trend: &mut Trend, at: UtcMillis, pause_s: f64, period_s: f64) {
    trend.times.push(at.0);
    trend.means.push(None);
    trend.mins.push(None);
    trend.maxs.push(None);
    trend
        .worst
        .push(match Freshness::of_age(pause_s, period_s) {
            Freshness::Fresh | Freshness::Late => QualityWordDto::Late,
            Freshness::Missing => QualityWordDto::Missing,
        });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::tests::event;
    use crate::state::tests::gas_sensor;
    use crate::wire::StandingDto;
    use cim_model::{
        AlarmId, Datastream, DatastreamId, EventLevel, Quality, Severity, Standing, ThingId,
    };

    fn bucket(seconds: i64, mean: f64) -> Bucket {
        Bucket {
            end: UtcMillis(seconds * 1000),
            mean,
            min: mean - 1.0,
            max: mean + 1.0,
            n: 10,
            worst: Quality::Good,
        }
    }

    fn drawn(buckets: &[Bucket], period_s: f64, width_s: f64) -> Trend {
        let series = SeriesRow {
            datastream: Datastream {
                period_s,
                ..gas_sensor(0).1
            },
            thing: None,
        };
        trend(&series, "Chamber 0 · Methane".to_owned(), buckets, width_s)
    }

    #[test]
    fn a_chart_shows_a_gap_where_values_failed_to_come() {
        let buckets = [bucket(10, 1.0), bucket(20, 2.0), bucket(500, 3.0)];
        let trend = drawn(&buckets, 1.0, 10.0);
        assert_eq!(trend.times, [10_000, 20_000, 30_000, 500_000]);
        assert_eq!(trend.means, [Some(1.0), Some(2.0), None, Some(3.0)]);
        assert_eq!(trend.maxs, [Some(2.0), Some(3.0), None, Some(4.0)]);
        assert_eq!(
            trend.worst,
            [
                QualityWordDto::Good,
                QualityWordDto::Good,
                QualityWordDto::Missing,
                QualityWordDto::Good
            ]
        );
        assert_eq!((trend.unit.as_str(), trend.limits.len()), ("%LEL", 1));
    }

    #[test]
    fn a_chart_says_how_far_its_values_can_be_trusted() {
        let doubtful = Bucket {
            worst: Quality::Suspect,
            ..bucket(20, 2.0)
        };
        let trend = drawn(&[bucket(10, 1.0), doubtful, bucket(80, 3.0)], 10.0, 1.0);
        assert_eq!(
            trend.worst,
            [
                QualityWordDto::Good,
                QualityWordDto::Suspect,
                QualityWordDto::Late,
                QualityWordDto::Good
            ]
        );
    }

    #[test]
    fn a_slow_source_has_no_gaps_between_its_own_values() {
        let buckets = [bucket(0, 1.0), bucket(3_600, 2.0), bucket(7_200, 3.0)];
        assert_eq!(drawn(&buckets, 3_600.0, 10.0).times.len(), 3);
    }

    #[test]
    fn history_that_was_kept_sparsely_has_no_gaps_and_an_outage_in_it_has_one() {
        let ends = [0, 900, 1_800, 2_700, 9_000, 9_900, 10_800];
        let buckets: Vec<Bucket> = ends.iter().map(|end| bucket(*end, 1.0)).collect();
        let trend = drawn(&buckets, 5.0, 10.0);
        let gaps: Vec<i64> = (0..trend.times.len())
            .filter(|place| trend.means[*place].is_none())
            .map(|place| trend.times[place])
            .collect();
        assert_eq!(gaps, [2_710_000]);
    }

    #[test]
    fn bins_between_regular_values_are_no_gaps() {
        let mut observations = vec![7, 0, 0, 7, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 7, 9, 0];
        close_habitual_pauses(&mut observations);
        assert_eq!(
            observations,
            [7, 1, 1, 7, 1, 1, 7, 0, 0, 0, 0, 0, 0, 0, 7, 9, 0]
        );
    }

    #[test]
    fn an_exercise_on_the_timeline_says_so_and_raises_nothing() {
        let drill = Event {
            level: EventLevel::I,
            standing: Standing::Exercise,
            ..event(1, 1_500)
        };
        let stretch = (UtcMillis(1_000), UtcMillis(3_000));
        let timeline = timeline(
            &Exchanged::default(),
            stretch,
            vec![1, 1],
            std::iter::empty(),
            [&drill].into_iter(),
        );
        assert_eq!(timeline.alarms, [[0; 4], [0; 4]]);
        let told: Vec<StandingDto> = timeline.events.iter().map(|row| row.standing).collect();
        assert_eq!(told, [StandingDto::Exercise]);
    }

    #[test]
    fn alarms_fall_into_the_bin_in_which_they_were_raised() {
        let alarm = |since: i64, severity: Severity| Alarm {
            id: AlarmId::new(format!("d0@{since}")),
            datastream: DatastreamId::new("d0"),
            thing: ThingId::new("t0"),
            severity,
            limit: 10.0,
            value: 12.0,
            since: UtcMillis(since),
            cleared_at: None,
            acknowledged: None,
        };
        let alarms = [
            alarm(1_000, Severity::Critical),
            alarm(1_999, Severity::Medium),
            alarm(2_000, Severity::High),
            alarm(3_000, Severity::High),
        ];
        let events = [event(1, 1_500), event(2, 500)];
        let stretch = (UtcMillis(1_000), UtcMillis(3_000));
        let timeline = timeline(
            &Exchanged::default(),
            stretch,
            vec![5, 0],
            alarms.iter(),
            events.iter(),
        );
        assert_eq!(timeline.alarms, [[1, 0, 1, 0], [0, 1, 0, 0]]);
        assert_eq!(timeline.observations, [5, 0]);
        assert_eq!(
            timeline
                .events
                .iter()
                .map(|row| row.id.as_str())
                .collect::<Vec<_>>(),
            ["e1"]
        );
    }
}
