//! `cim video sees`: which cameras see a place, the best first, with the reasons.

use super::{
    check,
    sitting::{Asking, Sitting},
};
use crate::{Failure, host::print};
use cim_app::wire::{SightDto, SightTargetDto, SightsDto};
use clap::Args;
use std::path::PathBuf;

/// Say which cameras see a place.
#[derive(Debug, Args)]
pub(crate) struct Sees {
    /// The place, degrees.
    #[arg(value_name = "LON,LAT", allow_hyphen_values = true, value_parser = super::place)]
    place: [f64; 2],
    /// The city whose buildings and ground are in the way.
    #[arg(long, value_name = "DIR")]
    city: PathBuf,
    /// The cache whose cameras are asked about; the city's own cameras without it.
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// How high above the ground it is, metres; 1 by default.
    #[arg(long, value_name = "METRES")]
    height: Option<f64>,
    #[command(flatten)]
    asking: Asking,
}

impl Sees {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        let [lon, lat] = self.place;
        let target = SightTargetDto::Point {
            lon,
            lat,
            height_m: self.height,
            is_absolute: false,
        };
        let sitting = Sitting::in_sight(self.cache.as_deref(), &self.city, &self.asking)?;
        let sights = sitting.ask(|sitting| Ok(sitting.wait(sitting.desk.who_sees(&target))?))?;
        check(sights.refused.as_ref())?;
        if self.asking.json {
            print(&serde_json::to_string(&sights)?);
            return Ok(true);
        }
        for line in lines_of(&sights) {
            print(&line);
        }
        Ok(true)
    }
}

/// The answer for a person.
fn lines_of(sights: &SightsDto) -> Vec<String> {
    let mut lines = vec![format!(
        "{} cameras see it, {} would without what stands in the way, {} may not be told of   {:.0} ms",
        sights.clear, sights.blocked, sights.denied, sights.took_ms
    )];
    if !sights.is_with_obstacles {
        lines.push("what stands in the way is not known".to_owned());
    }
    let rows = sights.rows.iter().zip(1_usize..);
    lines.extend(rows.map(|(sight, rank)| line_of(rank, sight)));
    lines
}

fn line_of(rank: usize, sight: &SightDto) -> String {
    let how = if sight.is_clear {
        match sight.preset {
            None => "sees it".to_owned(),
            Some(0) => "sees it when turned".to_owned(),
            Some(preset) => format!("sees it from preset {preset}"),
        }
    } else if sight.blocked_by_name.is_empty() {
        format!("blocked by {}", sight.blocked_by)
    } else {
        format!("blocked by {} {}", sight.blocked_by_name, sight.blocked_by)
    };
    let parts: Vec<String> = sight
        .parts
        .iter()
        .map(|part| format!("{} {:.2}×{:.2}", part.part, part.value, part.weight))
        .collect();
    let mut marks = String::new();
    for (is_so, mark) in [
        (sight.is_assumed, " (view partly assumed)"),
        (!sight.is_healthy, " (not well)"),
        (!sight.can_look, " (no right to look)"),
    ] {
        marks.push_str(if is_so { mark } else { "" });
    }
    format!(
        "{rank:3} {:20} {}   {how}   {:.0} m, {:.0} px/m, {:.0}° down   score {:.2} = {}{marks}",
        sight.id,
        sight.name,
        sight.distance_m,
        sight.pixels,
        sight.incidence_deg,
        sight.score,
        parts.join(" + ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_app::wire::SightScoreDto;

    fn sight() -> SightDto {
        SightDto {
            id: "c1".to_owned(),
            name: "北门".to_owned(),
            is_clear: true,
            share: 1.0,
            distance_m: 31.6,
            pixels: 120.0,
            incidence_deg: 14.0,
            bearing_deg: 90.0,
            blocked_by: String::new(),
            blocked_by_name: String::new(),
            blocked_at: None,
            preset: None,
            score: 0.734,
            parts: vec![SightScoreDto {
                part: "pixels".to_owned(),
                value: 0.8,
                weight: 0.5,
            }],
            is_assumed: true,
            is_healthy: true,
            can_look: true,
            can_play_back: true,
            category: 1,
            grade: 2,
        }
    }

    #[test]
    fn a_sight_tells_why_it_ranks_where_it_ranks() {
        let told = line_of(1, &sight());
        assert!(told.contains("sees it   32 m, 120 px/m"), "{told}");
        assert!(told.contains("score 0.73 = pixels 0.80×0.50"), "{told}");
        assert!(told.ends_with("(view partly assumed)"), "{told}");
        let turned = SightDto {
            preset: Some(0),
            ..sight()
        };
        assert!(line_of(1, &turned).contains("sees it when turned"));
    }

    #[test]
    fn what_stands_in_the_way_is_named() {
        let blocked = SightDto {
            is_clear: false,
            blocked_by: "b17".to_owned(),
            blocked_by_name: "市政府".to_owned(),
            ..sight()
        };
        assert!(line_of(2, &blocked).contains("blocked by 市政府 b17"));
        let told = lines_of(&SightsDto {
            blocked: 1,
            rows: vec![blocked],
            ..SightsDto::default()
        });
        assert!(told[1].contains("not known"), "{told:?}");
    }
}
