//! Which live layers a snapshot shows, and made-up things for it.

use super::Shot;
use crate::{
    Failure,
    crowd::{CROWD_LAYER, Ground, crowd, crowd_layer},
    host::{MachineClock, say},
};
use cim_app::{
    Desk,
    wire::{LayerChangeDto, LayerRowDto},
};
use cim_geo::Geodetic;
use cim_layers::layer::LayerKind;
use cim_model::{TimeSource, UtcMillis};
use cim_render::TwinMessage;
use cim_scene::TwinCommand;
use cim_stage::Stage;
use clap::Args;

/// How often the stage is asked for more at most, until it has told everything.
const MOST_ROUNDS: u32 = 64;
/// The set that the desk's own layers are kept in meanwhile.
const AS_IT_WAS: &str = "before cim snapshot";
/// How much of the way to the city's corners made-up things may stand: a circle that its corners leave free.
const CROWD_REACH: f64 = 0.75;

/// Layers and made-up things, as options of the command line.
#[derive(Debug, Args)]
pub(crate) struct LayersArgs {
    /// Show these live layers and no others: identities with commas between them, or the name of a saved set. A cache's own choice
    /// stays what it is.
    #[arg(long, value_name = "SET|ID,…")]
    layers: Option<String>,
    /// Put so many made-up live things over the city, some with alarms, some late; they stand as long as the picture takes.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    things: Option<u32>,
    /// The seed that --things come from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// What the stage told the twin.
#[derive(Default)]
struct Told {
    /// Something besides the time.
    is_news: bool,
    has_layers: bool,
    at: Option<UtcMillis>,
    /// The city's origin and how far it reaches from there, metres.
    city: Option<(Geodetic, f64)>,
}

impl LayersArgs {
    /// Shows the asked-for layers. A desk whose cache stays is put back with [`LayersArgs::put_back`].
    pub(super) fn choose(&self, desk: &Desk, is_kept: bool) -> Result<(), Failure> {
        let Some(wanted) = &self.layers else {
            return Ok(());
        };
        let known = desk.layers();
        let names_a_set = known.sets.iter().any(|set| set.name == *wanted);
        let changes = if names_a_set {
            vec![LayerChangeDto::UseSet {
                name: wanted.clone(),
            }]
        } else {
            changes_to_show(wanted, &known.rows)?
        };
        if is_kept {
            desk.change_layer(&LayerChangeDto::SaveSet {
                name: AS_IT_WAS.into(),
            })?;
        }
        for change in changes {
            desk.change_layer(&change)?;
        }
        Ok(())
    }

    /// Shows what the desk showed before [`LayersArgs::choose`]: a picture is no choice of the person who sits there.
    pub(super) fn put_back(&self, desk: &Desk) {
        let is_changed = desk.layers().sets.iter().any(|set| set.name == AS_IT_WAS);
        if self.layers.is_none() || !is_changed {
            return;
        }
        let name = || AS_IT_WAS.to_owned();
        let put_back = desk
            .change_layer(&LayerChangeDto::UseSet { name: name() })
            .and_then(|()| desk.change_layer(&LayerChangeDto::DropSet { name: name() }));
        if let Err(err) = put_back {
            say(&format!("the desk's layers stay as in the picture: {err}"));
        }
    }

    /// Tells the twin all that the stage has for it, and the made-up things; returns the moment that the picture is of.
    pub(super) fn tell(
        &self,
        stage: &mut Stage,
        desk: &Desk,
        shot: &mut Shot,
    ) -> Result<Option<UtcMillis>, Failure> {
        let told = self.hand_on(stage, shot, None);
        let Some(count) = self.things else {
            return Ok(told.at);
        };
        let (origin, radius_m) = told
            .city
            .ok_or("--things needs a city, or a tileset with a place, to stand on")?;
        let at = told.at.unwrap_or_else(|| MachineClock.now());
        let mut send = |command| shot.send(TwinMessage::Scene(command));
        if told.at.is_none() {
            send(TwinCommand::SetTime { at, rate: 0.0 });
        }
        if !told.has_layers {
            send(TwinCommand::SetLayers(vec![crowd_layer()]));
        }
        let labels = desk.labels();
        let streets = labels.iter().filter_map(|label| label.path.as_deref());
        let ground = Ground::new(origin, radius_m * CROWD_REACH, streets);
        send(TwinCommand::SetPoints {
            layer: CROWD_LAYER,
            points: crowd(&ground, count, at, self.seed),
        });
        Ok(Some(at))
    }

    /// Tells the twin what the stage has got for it since; true when it is more than the time, which stays `at`.
    pub(super) fn tell_rest(
        &self,
        stage: &mut Stage,
        shot: &mut Shot,
        at: Option<UtcMillis>,
    ) -> bool {
        self.hand_on(stage, shot, at).is_news
    }

    /// Hands the stage's messages on, until it has no more. The clock is held, at `at` where that is known: a picture takes as
    /// long as it takes, and things would age meanwhile.
    fn hand_on(&self, stage: &mut Stage, shot: &mut Shot, at: Option<UtcMillis>) -> Told {
        let mut told = Told {
            at,
            ..Told::default()
        };
        for _ in 0..MOST_ROUNDS {
            let was_news = std::mem::take(&mut told.is_news);
            for message in stage.messages() {
                shot.send(self.changed(message, &mut told));
            }
            let is_news = told.is_news;
            told.is_news |= was_news;
            if !is_news {
                break;
            }
        }
        told
    }

    /// `message` as this picture wants it.
    fn changed(&self, message: TwinMessage, told: &mut Told) -> TwinMessage {
        let TwinMessage::Scene(command) = message else {
            told.is_news = true;
            return message;
        };
        told.is_news |= !matches!(command, TwinCommand::SetTime { .. });
        TwinMessage::Scene(match command {
            TwinCommand::SetTime { at, .. } => {
                // The first moment is the one that made-up things are made for.
                let at = *told.at.get_or_insert(at);
                TwinCommand::SetTime { at, rate: 0.0 }
            }
            TwinCommand::OpenCity { origin, radius_m } => {
                told.city = Some((origin, radius_m));
                TwinCommand::OpenCity { origin, radius_m }
            }
            TwinCommand::SetLayers(mut layers) => {
                told.has_layers = true;
                if self.things.is_some() {
                    layers.push(crowd_layer());
                }
                TwinCommand::SetLayers(layers)
            }
            other => other,
        })
    }
}

/// Shows the live layers that `wanted` names and no others; names and what the city's tiles are made of stay.
fn changes_to_show(wanted: &str, rows: &[LayerRowDto]) -> Result<Vec<LayerChangeDto>, Failure> {
    let ids = wanted.split(',').map(str::trim).filter(|id| !id.is_empty());
    let ids: Vec<&str> = ids.collect();
    if let Some(id) = ids.iter().find(|id| rows.iter().all(|row| row.id != **id)) {
        let known: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        return Err(format!(
            "--layers {wanted}: there is no layer '{id}' and no such set; the layers are {}",
            known.join(", ")
        )
        .into());
    }
    let stays = [LayerKind::City, LayerKind::Labels].map(LayerKind::as_str);
    let changes = rows.iter().filter_map(|row| {
        let on = ids.contains(&row.id.as_str());
        let is_changed = row.shown != on && (on || !stays.contains(&row.kind.as_str()));
        is_changed.then(|| LayerChangeDto::Show {
            id: row.id.clone(),
            on,
        })
    });
    Ok(changes.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_scene::TwinLayer;

    fn arguments(things: Option<u32>) -> LayersArgs {
        LayersArgs {
            layers: None,
            things,
            seed: 1,
        }
    }

    fn row(id: &str, kind: LayerKind, shown: bool) -> LayerRowDto {
        let text = serde_json::json!({
            "id": id, "number": 16, "name": id, "path": [], "system": "", "kind": kind.as_str(),
            "shown": shown, "opacity": 1.0, "count": 0.0, "in_view": null, "drawn": null,
            "by_class": [0.0, 0.0, 0.0, 0.0, 0.0, 0.0], "late": 0.0, "missing": 0.0, "newest_at": null,
            "filter": null, "filter_error": null, "can_style": true, "style": null, "stand": "on", "gather": "each",
            "legend": { "title": "", "unit": "", "is_by_state": true, "steps": [], "ramp": null },
            "about": "", "problem": null,
        });
        serde_json::from_value(text).expect("a row")
    }

    #[test]
    fn only_the_named_live_layers_are_shown_and_the_city_stays() {
        let rows = [
            row("sensors-gas", LayerKind::Points, true),
            row("alarm-heat", LayerKind::Heat, false),
            row("cameras", LayerKind::Points, false),
            row("city-buildings", LayerKind::City, true),
        ];
        let show = |id: &str, on| LayerChangeDto::Show { id: id.into(), on };
        assert_eq!(
            changes_to_show("alarm-heat", &rows).expect("a known layer"),
            [show("sensors-gas", false), show("alarm-heat", true)]
        );
        let refused = changes_to_show("alarm-heat, smoke", &rows).expect_err("no such layer");
        assert!(refused.to_string().contains("'smoke'"), "{refused}");
    }

    #[test]
    fn a_picture_holds_the_clock_and_counts_it_as_no_news() {
        let mut told = Told::default();
        let time = |ms| {
            TwinMessage::Scene(TwinCommand::SetTime {
                at: UtcMillis(ms),
                rate: 1.0,
            })
        };
        for ms in [1_000, 3_000] {
            let message = arguments(None).changed(time(ms), &mut told);
            assert!(matches!(
                message,
                TwinMessage::Scene(TwinCommand::SetTime { at: UtcMillis(1_000), rate }) if rate == 0.0
            ));
        }
        assert!(!told.is_news);
    }

    #[test]
    fn made_up_things_lie_over_all_other_layers() {
        let mut told = Told::default();
        let message = TwinMessage::Scene(TwinCommand::SetLayers(vec![TwinLayer {
            number: 0,
            ..crowd_layer()
        }]));
        let message = arguments(Some(10)).changed(message, &mut told);
        let TwinMessage::Scene(TwinCommand::SetLayers(layers)) = message else {
            panic!("layers stay layers");
        };
        let numbers: Vec<u16> = layers.iter().map(|layer| layer.number).collect();
        assert_eq!(numbers.last(), Some(&CROWD_LAYER));
        assert!(told.is_news && told.has_layers);
    }
}
