//! Decoding alone, in memory: pages and messages, beside sonic-rs into the smallest types, a JSON tree, and V8.
//!
//! All of them read the same bytes in turns, in the same run; the median of the turns counts.

use super::{
    MEASURE,
    pages::{self, GroupedPage, Message, OBSERVATIONS, SinglePage},
};
use crate::{
    Failure,
    bench::{at_least, at_most, figure::Figure},
    host::{end_progress, instant, progress},
};
use cim_model::UtcMillis;
use cim_sync::{block::SeriesNames, sensorthings};
use serde_json::json;
use std::{
    hint::black_box,
    io::{ErrorKind, Write},
    process::{Command, Stdio},
};

/// Turns of each reader; the first warms up and is left out.
const TURNS: usize = 10;
/// Readings of the page in a turn.
const READINGS: usize = 40;
/// Observations per second and core that a page must be read with, and should be: V8's `JSON.parse` is about the first.
const MUST: f64 = 2.5e6;
const GOAL: f64 = 5e6;
/// Of the rate of sonic-rs.
const MUST_SHARE: f64 = 0.7;
const GOAL_SHARE: f64 = 0.8;

/// Reads a page once and says how many observations it found.
type Reader<'r> = Box<dyn FnMut(&[u8]) -> Result<usize, Failure> + 'r>;

/// The figures of pages, one by one and in groups.
pub(super) fn of_pages() -> Result<Vec<Figure>, Failure> {
    let mut figures = Vec::new();
    for (form, page) in [
        ("one by one", pages::single()),
        ("dataArray", pages::grouped()),
    ] {
        progress(&format!("decoding pages, {form}"));
        figures.extend(of_page(form, page.as_bytes())?);
    }
    end_progress();
    Ok(figures)
}

fn of_page(form: &str, page: &[u8]) -> Result<Vec<Figure>, Failure> {
    let mut names = SeriesNames::new();
    let ours: Reader<'_> = Box::new(|page: &[u8]| {
        let page = sensorthings::observations_block(page, &mut names).map_err(told)?;
        Ok(black_box(&page.block).len())
    });
    let raw: Reader<'_> = if form == "dataArray" {
        Box::new(|page: &[u8]| {
            let page: GroupedPage<'_> = sonic_rs::from_slice(page)?;
            let groups = black_box(&page.value);
            black_box(groups.iter().map(|group| group.series.id).sum::<u64>());
            black_box(groups.first().map(|group| group.components.len()));
            Ok(groups.iter().map(|group| group.rows.len()).sum())
        })
    } else {
        Box::new(|page: &[u8]| {
            let page: SinglePage<'_> = sonic_rs::from_slice(page)?;
            let rows = black_box(&page.value);
            black_box(rows.last().map(|row| (row.time, row.result, row.series.id)));
            Ok(rows.len())
        })
    };
    let tree: Reader<'_> = Box::new(|page: &[u8]| {
        let page = sensorthings::observations_page(page).map_err(told)?;
        Ok(black_box(&page.items).len())
    });
    let rates = in_turns(page, [ours, raw, tree])?;
    let [ours, raw, tree] = rates;
    let megabytes = |rate: f64| rate / OBSERVATIONS as f64 * page.len() as f64 / 1e6;
    let mut notes = vec![
        ("mb_per_s", json!(megabytes(ours).round())),
        ("bytes_per_observation", json!(page.len() / OBSERVATIONS)),
        ("tree_obs_per_s", json!(tree.round())),
    ];
    match v8(page)? {
        Some(rate) => notes.push(("v8_json_parse_obs_per_s", json!(rate.round()))),
        None => notes.push(("v8_json_parse_obs_per_s", json!("node is not there"))),
    }
    let mut rate = at_least(MEASURE, format!("page decoded, {form}"), ours, MUST, GOAL);
    rate.unit = "obs/s";
    rate.notes = notes;
    let share = Figure {
        measure: MEASURE,
        name: format!("page decoded beside sonic-rs, {form}"),
        value: ours,
        unit: "obs/s",
        peer: Some(("sonic-rs, smallest types".to_owned(), raw)),
        must: Some(MUST_SHARE),
        goal: Some(GOAL_SHARE),
        is_rate: true,
        ..Figure::default()
    };
    Ok(vec![rate, share])
}

/// The figures of MQTT messages of one observation, without a broker.
pub(super) fn of_messages() -> Result<Vec<Figure>, Failure> {
    let messages = pages::messages();
    let bytes: usize = messages.iter().map(|(_, payload)| payload.len()).sum();
    let mut names = SeriesNames::new();
    let mut rows = Vec::with_capacity(OBSERVATIONS);
    let ours: Reader<'_> = Box::new(|_page: &[u8]| {
        rows.clear();
        for (topic, payload) in &messages {
            let received = UtcMillis(0);
            sensorthings::payload_rows(topic, payload.as_bytes(), received, &mut names, &mut rows)
                .map_err(told)?;
        }
        Ok(black_box(&rows).len())
    });
    let raw: Reader<'_> = Box::new(|_page: &[u8]| {
        for (_, payload) in &messages {
            let message: Message<'_> = sonic_rs::from_slice(payload.as_bytes())?;
            black_box((message.result, message.time));
        }
        Ok(OBSERVATIONS)
    });
    let [ours, raw] = in_turns(&[], [ours, raw])?;
    let mut each = at_most(
        MEASURE,
        "MQTT message of one observation decoded".into(),
        1e9 / ours,
        1e9 / MUST,
        1e9 / GOAL,
    );
    each.unit = "ns";
    each.notes = vec![
        ("payload_bytes", json!(bytes / OBSERVATIONS)),
        ("sonic_rs_smallest_types_ns", json!((1e9 / raw).round())),
    ];
    Ok(vec![each])
}

/// Observations per second of each reader: the median of its turns.
fn in_turns<const N: usize>(
    page: &[u8],
    mut readers: [Reader<'_>; N],
) -> Result<[f64; N], Failure> {
    let mut turns: [Vec<f64>; N] = std::array::from_fn(|_| Vec::with_capacity(TURNS));
    for turn in 0..TURNS {
        for (reader, taken) in readers.iter_mut().zip(&mut turns) {
            let begun = instant();
            let mut found = 0;
            for _ in 0..READINGS {
                found += reader(black_box(page))?;
            }
            let took = begun.elapsed().as_secs_f64().max(1e-9);
            if found != READINGS * OBSERVATIONS {
                return Err(format!("{found} observations found in {READINGS} pages").into());
            }
            if turn > 0 {
                taken.push(found as f64 / took);
            }
        }
    }
    Ok(turns.map(|mut taken| {
        taken.sort_by(f64::total_cmp);
        crate::bench::quantile(&taken, 0.5)
    }))
}

fn told(rejection: cim_sync::Rejection) -> Failure {
    format!("{}: {}", rejection.place, rejection.reason).into()
}

/// Observations per second of V8's `JSON.parse` on the same page; `None` without Node.
fn v8(page: &[u8]) -> Result<Option<f64>, Failure> {
    let script = format!(
        "const t=require('fs').readFileSync(0,'utf8'),all=[];\
         for(let turn=0;turn<{TURNS};turn++){{const b=process.hrtime.bigint();\
         for(let i=0;i<{READINGS};i++)if(!JSON.parse(t).value)throw 0;\
         all.push(Number(process.hrtime.bigint()-b))}}\
         all.shift();all.sort((a,b)=>a-b);\
         console.log({READINGS}*{OBSERVATIONS}*1e9/all[all.length>>1])"
    );
    let started = Command::new("node")
        .args(["-e", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn();
    let mut node = match started {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        started => started?,
    };
    if let Some(mut input) = node.stdin.take() {
        input.write_all(page)?;
    }
    let output = node.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.trim().parse().ok())
}
