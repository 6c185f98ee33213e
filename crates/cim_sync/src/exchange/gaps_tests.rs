//! Minutes of two histories, compared, fetched and compared again.

use super::*;

/// The hub's clock: just after the minute 3 has settled.
const NOW: UtcMillis = UtcMillis(4 * MINUTE_MS + SETTLING_MS);

fn minute(index: i64, series: &[&str]) -> MinuteDigest {
    let mut digest = MinuteDigest::empty(UtcMillis(index * MINUTE_MS));
    for series in series {
        digest.add(series, UtcMillis(index * MINUTE_MS + 5));
    }
    digest
}

/// A finder that is sure up to minute 1 and has the hub's digests of minutes 1 to 3.
fn finder(hub: Vec<MinuteDigest>) -> GapFinder {
    let mut finder = GapFinder::new(Some(UtcMillis(MINUTE_MS)));
    let (from, until) = (UtcMillis(MINUTE_MS), UtcMillis(4 * MINUTE_MS));
    assert_eq!(finder.ask(NOW), Some(Ask::Digests { from, until }));
    assert_eq!(
        finder.hub_digests(hub),
        [Told::NeedLocalDigest { from, until }]
    );
    assert!(finder.waits_for_desk());
    finder
}

fn states(told: &[Told]) -> Vec<(i64, GapState, Option<u64>)> {
    told.iter()
        .filter_map(|told| match told {
            Told::Gap(gap) => Some((gap.from.0 / MINUTE_MS, gap.state, gap.missing)),
            _ => None,
        })
        .collect()
}

#[test]
fn equal_histories_need_no_fetch() {
    let all = vec![minute(1, &["1", "2"]), minute(3, &["1"])];
    let mut finder = finder(all.clone());
    let told = finder.local_digests(&all);
    assert_eq!(states(&told), [(1, GapState::Filled, None)]);
    assert_eq!(
        told.last(),
        Some(&Told::SureUntil(UtcMillis(4 * MINUTE_MS)))
    );
    assert_eq!(finder.ask(NOW), None, "nothing more has settled");
}

#[test]
fn only_the_minutes_and_buckets_that_differ_are_fetched() {
    let hub = vec![
        minute(1, &["1"]),
        minute(2, &["1", "42"]),
        minute(3, &["1", "42"]),
    ];
    let mut finder = finder(hub.clone());
    let own = [minute(1, &["1"]), minute(2, &["1"]), minute(3, &["1"])];
    let told = finder.local_digests(&own);
    assert_eq!(states(&told), [(2, GapState::Filling, Some(2))]);
    let expected = Ask::Observations {
        from: UtcMillis(2 * MINUTE_MS),
        until: UtcMillis(4 * MINUTE_MS),
        buckets: 1 << 35,
        after: None,
    };
    assert_eq!(finder.ask(NOW), Some(expected));
    assert_eq!(finder.fetched(Some("page 2".to_owned())), []);
    assert!(
        matches!(finder.ask(NOW), Some(Ask::Observations { after: Some(after), .. }) if after == "page 2")
    );
    assert_eq!(finder.fetched(None).len(), 1, "the desk is asked again");
    assert_eq!(
        states(&finder.local_digests(&hub)),
        [(1, GapState::Filled, None)]
    );
}

#[test]
fn what_cannot_be_filled_is_given_up_after_three_times_and_said() {
    let mut finder = finder(vec![minute(2, &["1", "42"])]);
    for _ in 0..MAX_TRIES {
        let told = finder.local_digests(&[minute(2, &["1"])]);
        assert_eq!(states(&told), [(2, GapState::Filling, Some(1))]);
        assert_eq!(finder.fetched(None).len(), 1);
    }
    let told = finder.local_digests(&[minute(2, &["1"])]);
    assert_eq!(
        states(&told),
        [(1, GapState::Filled, None), (2, GapState::Lost, Some(1))]
    );
}

#[test]
fn a_desk_that_has_more_than_the_hub_after_fetching_lacks_nothing() {
    // Both in bucket 35: the desk has another value than the hub, and later both.
    let hub = minute(2, &["42"]);
    let mut other = MinuteDigest::empty(hub.at);
    other.add("42", UtcMillis(hub.at.0 + 7));
    let mut both = other.clone();
    both.add("42", UtcMillis(hub.at.0 + 5));
    let mut finder = finder(vec![hub]);
    let told = finder.local_digests(&[other]);
    assert_eq!(states(&told), [(2, GapState::Filling, Some(1))]);
    assert_eq!(finder.fetched(None).len(), 1);
    assert_eq!(
        states(&finder.local_digests(&[both])),
        [(1, GapState::Filled, None)]
    );
}

#[test]
fn a_thinned_minute_is_called_a_sample_unless_the_desk_was_there() {
    let mut thinned = minute(2, &["1"]);
    thinned.thinned = true;
    let mut absent = finder(vec![thinned.clone()]);
    assert_eq!(
        states(&absent.local_digests(&[])),
        [(2, GapState::Filling, Some(1))]
    );
    assert_eq!(absent.fetched(None).len(), 1);
    assert_eq!(
        states(&absent.local_digests(&[minute(2, &["1"])])),
        [(1, GapState::Filled, None), (2, GapState::Sampled, None)]
    );
    let mut present = finder(vec![thinned]);
    assert_eq!(
        states(&present.local_digests(&[minute(2, &["1", "42"])])),
        [(1, GapState::Filled, None)]
    );
}

#[test]
fn a_stretch_in_doubt_of_a_plain_server_is_filled_or_given_up() {
    let mut gaps = TimeGaps::new("air", Some(UtcMillis(10)));
    gaps.heard(UtcMillis(20));
    let found = gaps.doubt(UtcMillis(50)).expect("in doubt");
    assert_eq!((found.from, found.until), (UtcMillis(20), UtcMillis(50)));
    gaps.heard(UtcMillis(60));
    assert_eq!(gaps.open(), Some((UtcMillis(20), UtcMillis(50))));
    let grown = gaps.doubt(UtcMillis(70)).expect("a second break");
    assert_eq!((grown.from, grown.until), (UtcMillis(20), UtcMillis(70)));
    let states: Vec<_> = (0..3).filter_map(|_| gaps.failed()).collect();
    let states: Vec<GapState> = states.iter().map(|gap| gap.state).collect();
    assert_eq!(
        states,
        [GapState::Filling, GapState::Filling, GapState::Lost]
    );
    assert_eq!(gaps.filled(), None, "given up");
    assert!(gaps.doubt(UtcMillis(90)).is_some());
    assert_eq!(gaps.filled().map(|gap| gap.state), Some(GapState::Filled));
}
