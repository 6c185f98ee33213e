//! What moves: where vehicles are, were, and look.

use super::*;

#[test]
fn a_vehicle_moves_when_both_parts_of_its_place_are_there() {
    let mut bench = Bench::told(0);
    let (thing, series) = vehicle();
    bench.state.apply_catalogue(vec![thing], series, Vec::new());
    let first = bench.look(NOW);
    assert_eq!(rows_of(&first, PointKey::VEHICLES), Some(1));
    report(&mut bench, "speed", NOW.0 + 1_000, 36.0);
    report(&mut bench, "lon", NOW.0 + 1_000, 121.51);
    assert_eq!(bench.look(NOW).moves, Vec::new(), "half a place is none");
    report(&mut bench, "lat", NOW.0 + 1_000, 31.21);
    let changes = bench.look(NOW);
    let (number, moves) = changes.moves.first().expect("a move");
    let moved = moves.first().expect("a row");
    assert_eq!((*number, moved.row), (PointKey::VEHICLES, 0));
    assert_eq!((moved.place.lon_deg, moved.place.lat_deg), (121.51, 31.21));
    assert!(
        moved
            .speed_mps
            .is_some_and(|speed| (speed - 10.0).abs() < 1e-3)
    );
    assert!(moves.len() == 1 && bench.look(NOW).moves.is_empty());
}

#[test]
fn a_past_that_knows_less_puts_a_vehicle_back() {
    let mut bench = Bench::told(0);
    let (thing, series) = vehicle();
    bench.state.apply_catalogue(vec![thing], series, Vec::new());
    number(&mut bench.state);
    bench.look(NOW);
    let place = |lon: f64, millis: i64| [said("lon", millis, lon), said("lat", millis, 31.2)];
    let shown = |changes: &LayerChanges| {
        let mut points = changes.points.iter();
        let (_, told) = points.find(|(number, _)| *number == PointKey::VEHICLES)?;
        told.places.first().map(|place| place.lon_deg)
    };
    show_past(&mut bench.state, &place(121.52, 95_000));
    let late = bench.look(NOW);
    let moved = late.moves.first().and_then(|(_, moves)| moves.first());
    assert!(
        shown(&late) == Some(121.52) || moved.is_some_and(|one| one.place.lon_deg > 121.519),
        "what was told late is known now"
    );
    show_past(&mut bench.state, &place(121.51, 90_000));
    let then = bench.look(NOW);
    assert_eq!(shown(&then), Some(121.51), "then it was not");
}

#[test]
fn a_heading_goes_with_the_place_that_it_was_told_with() {
    let mut bench = Bench::told(0);
    let (thing, mut series) = vehicle();
    // As sources of moving features name what they tell.
    series.push(Datastream {
        id: DatastreamId::new("heading"),
        name: "Bus 7 heading".to_owned(),
        observed_property: "heading".to_owned(),
        unit: "°".to_owned(),
        ..series[0].clone()
    });
    bench.state.apply_catalogue(vec![thing], series, Vec::new());
    let first = bench.look(NOW);
    let mut points = first.points.iter();
    let vehicles = points.find(|(number, _)| *number == PointKey::VEHICLES);
    assert_eq!(vehicles.map(|(_, told)| told.things.clone()), Some(vec![0]));
    let heading = |changes: &LayerChanges| {
        let (_, moves) = changes.moves.first().expect("a move");
        moves.first().expect("a row").heading_deg
    };
    let west = said("heading", NOW.0 + 1_000, 270.0);
    bench.state.take_known(&west, NOW, NOW);
    drive(&mut bench, NOW.0 + 1_000, 0.001);
    assert_eq!(heading(&bench.look(NOW)), Some(270.0));
    drive(&mut bench, NOW.0 + 9_000, 0.002);
    assert_eq!(heading(&bench.look(NOW)), None, "that was elsewhere");
}
