//! Looks at a run after everything was mended.

use super::DrillReport;
use super::desk::Desk;
use super::hub::{HubDisk, SharedHub};
use super::plan::Plan;
use cim_model::{UtcMillis, minute_of};
use cim_sync::exchange::{Gap, GapState};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A desk compares a minute that ended so long ago, in milliseconds.
const SETTLING_MS: i64 = 15_000;
/// So many of one sort are named in a report.
const MAX_NAMED: usize = 5;

/// The end of the minutes that a desk is to have compared when the right time is `now`.
pub(super) fn settled(now: UtcMillis) -> UtcMillis {
    minute_of(UtcMillis(now.0 - SETTLING_MS))
}

/// Whether all desks and the hub have the same facts and events, and know it.
pub(super) fn are_in_step(hub: &SharedHub, desks: &[Rc<RefCell<Desk>>]) -> bool {
    let disk = hub.disk();
    let newest = disk.memory.head().1;
    let knows = |desk: &Rc<RefCell<Desk>>| {
        let desk = desk.borrow();
        desk.acts.is_empty() && desk.drill.exchange.in_step() && desk.drill.seen() == newest
    };
    if !desks.iter().all(knows) {
        return false;
    }
    let hash = disk.memory.state_hash();
    let has_the_same = |desk: &Rc<RefCell<Desk>>| desk.borrow().drill.state_hash() == hash;
    desks.iter().all(has_the_same)
}

/// Whether all desks have compared their history up to `settled`.
pub(super) fn have_compared(desks: &[Rc<RefCell<Desk>>], settled: UtcMillis) -> bool {
    desks.iter().all(|desk| {
        let compared = desk.borrow().drill.compared();
        compared.is_some_and(|compared| compared >= settled)
    })
}

/// Puts into the report what is lost, doubled or wrong.
pub(super) fn look(
    report: &mut DrillReport,
    hub: &SharedHub,
    desks: &[Rc<RefCell<Desk>>],
    plan: &Plan,
    settled: UtcMillis,
) -> turmoil::Result {
    let disk = hub.disk();
    report.observations = disk.ever.len() as u64;
    look_at_facts(report, &disk, desks, plan)?;
    let hash = disk.memory.state_hash();
    for desk in desks {
        let desk = desk.borrow();
        look_at_state(report, &desk, &hash, disk.memory.head().1);
        look_at_history(report, &disk, &desk, settled);
    }
    Ok(())
}

fn look_at_facts(
    report: &mut DrillReport,
    disk: &HubDisk,
    desks: &[Rc<RefCell<Desk>>],
    plan: &Plan,
) -> turmoil::Result {
    let mut acted: BTreeSet<String> = BTreeSet::new();
    for (desk, planned) in desks.iter().zip(&plan.acts) {
        let desk = desk.borrow();
        acted.extend(desk.acted.iter().cloned());
        if desk.acted.len() != planned.len() {
            let name = desk.drill.name();
            report
                .wrong
                .push(format!("{name} did not do all that was planned"));
        }
    }
    report.facts = acted.len() as u64;
    acted.remove(&plan.poison);
    let here: BTreeSet<String> = disk.memory.fact_ids().into_iter().collect();
    let missing = acted.difference(&here);
    report
        .lost
        .extend(missing.map(|id| format!("fact {id} is not at the hub")));
    let strange = here.difference(&acted);
    report
        .wrong
        .extend(strange.map(|id| format!("fact {id} is at the hub")));
    for (id, times) in times_in_feed(disk)? {
        if times > 1 {
            report
                .doubled
                .push(format!("fact {id} is {times} times in the feed"));
        }
    }
    let mut poison_told = false;
    for desk in desks {
        let desk = desk.borrow();
        for outcome in &desk.drill.refused {
            if outcome.id == plan.poison {
                poison_told = true;
            } else {
                let (name, id, reason) = (desk.drill.name(), &outcome.id, &outcome.reason);
                let words = format!("{name} was told that {id} is refused: {reason}");
                report.lost.push(words);
            }
        }
    }
    if !poison_told {
        let words = format!("nobody was told that {} is refused", plan.poison);
        report.wrong.push(words);
    }
    Ok(())
}

/// How often each fact stands in the hub's feed.
fn times_in_feed(disk: &HubDisk) -> turmoil::Result<BTreeMap<String, u32>> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let target = "/api/changes?after=0&limit=5000&kinds=fact";
    let reply = runtime.block_on(disk.memory.ask("GET", target, None, b""));
    let page: Value = serde_json::from_str(&reply.body)?;
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    let items = page.get("items").and_then(Value::as_array);
    for item in items.into_iter().flatten() {
        if let Some(id) = item.get("id").and_then(Value::as_str) {
            *times.entry(id.to_owned()).or_default() += 1;
        }
    }
    Ok(times)
}

fn look_at_state(report: &mut DrillReport, desk: &Desk, hash: &str, newest: u64) {
    let (name, drill) = (desk.drill.name(), &desk.drill);
    if !drill.exchange.in_step() || drill.seen() != newest {
        report.wrong.push(format!(
            "{name} is not in step: it has read {} of {newest} changes and queues {} facts",
            drill.seen(),
            drill.exchange.queued()
        ));
    } else if drill.state_hash() != hash {
        report
            .wrong
            .push(format!("{name} has not the same as the hub"));
    }
}

fn look_at_history(report: &mut DrillReport, disk: &HubDisk, desk: &Desk, settled: UtcMillis) {
    let name = desk.drill.name();
    let compared = desk.drill.compared();
    if compared.is_none_or(|compared| compared < settled) {
        let words = format!("{name} has compared up to {compared:?}, not {settled}");
        report.wrong.push(words);
        return;
    }
    let admits = |moment: UtcMillis| {
        // The last word about a moment counts.
        let about = |gap: &&Gap| gap.from <= moment && moment < gap.until;
        let last = desk.drill.gaps.iter().rev().find(about);
        disk.was_restored && last.is_some_and(|gap| gap.state == GapState::Lost)
    };
    let mut missing = Vec::new();
    for ((moment, series), value) in &disk.history {
        if *moment < settled
            && desk.drill.observed(series, *moment) != Some(*value)
            && !admits(*moment)
        {
            missing.push(format!("{series} at {}", moment.0));
        }
    }
    if !missing.is_empty() {
        let count = missing.len();
        missing.truncate(MAX_NAMED);
        let some = missing.join(", ");
        report
            .lost
            .push(format!("{name} lacks {count} observations: {some}"));
    }
    let strange = desk.drill.observations().filter(|(series, moment, value)| {
        let key = (*moment, (*series).to_owned());
        disk.ever.get(&key) != Some(value)
    });
    let strange = strange.count();
    if strange > 0 {
        let words = format!("{name} has {strange} observations that nobody reported");
        report.wrong.push(words);
    }
}
