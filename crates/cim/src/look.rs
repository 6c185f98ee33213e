//! How a snapshot looks, as options of the command line.

use crate::Failure;
use cim_geo::{Geodetic, sun_position};
use cim_scene::{
    ClipPlan, Keep, PlannedCut, PlannedTrench, Quality, Style, Sun, TRENCH_WIDTH_M, TwinCommand,
    Underground,
};
use clap::{Args, ValueEnum};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum StyleArg {
    Night,
    Day,
    White,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum QualityArg {
    Soft,
    Standard,
    High,
}

/// Style, sun, and what is cut open.
#[derive(Debug, Args)]
pub(crate) struct LookArgs {
    /// Colours and light.
    #[arg(long, value_enum, default_value_t = StyleArg::Night)]
    style: StyleArg,
    /// What the picture may cost.
    #[arg(long, value_enum, default_value_t = QualityArg::High)]
    quality: QualityArg,
    /// The moment that the sun stands at, ISO 8601. By day a morning in spring by default, at night none.
    #[arg(long, value_name = "TIME")]
    sun: Option<String>,
    /// Look below ground; the share of the ground that stays, 0 to 1.
    #[arg(long, value_name = "OPACITY", num_args = 0..=1, default_missing_value = "0.25")]
    underground: Option<f32>,
    /// Open a trench along these points: lon,lat;lon,lat…
    #[arg(long, value_name = "POINTS")]
    trench: Option<String>,
    /// How wide the trench is, metres.
    #[arg(long, value_name = "METRES", default_value_t = TRENCH_WIDTH_M)]
    trench_width: f64,
    /// How deep the trench is, metres.
    #[arg(long, value_name = "METRES", default_value_t = 3.0)]
    trench_depth: f64,
    /// Show only what lies within this polygon: lon,lat;lon,lat;lon,lat…
    #[arg(long, value_name = "POINTS")]
    clip: Option<String>,
}

impl LookArgs {
    /// What the twin has to be told, for a view of `place`.
    pub(crate) fn commands(&self, place: Geodetic) -> Result<Vec<TwinCommand>, Failure> {
        let style = match self.style {
            StyleArg::Night => Style::Night,
            StyleArg::Day => Style::Day,
            StyleArg::White => Style::White,
        };
        let quality = match self.quality {
            QualityArg::Soft => Quality::Soft,
            QualityArg::Standard => Quality::Standard,
            QualityArg::High => Quality::High,
        };
        let mut commands = vec![TwinCommand::SetLook {
            style,
            quality,
            sun: self.sun_at(place)?,
        }];
        if let Some(opacity) = self.underground {
            commands.push(TwinCommand::SetUnderground(Underground {
                on: true,
                opacity,
            }));
        }
        let plan = self.clips()?;
        if plan != ClipPlan::default() {
            commands.push(TwinCommand::SetClips(plan));
        }
        Ok(commands)
    }

    fn clips(&self) -> Result<ClipPlan, Failure> {
        let mut plan = ClipPlan::default();
        if let Some(text) = &self.trench {
            plan.trench = Some(PlannedTrench {
                line: points(text)?,
                width_m: self.trench_width,
                depth_m: self.trench_depth,
            });
        }
        if let Some(text) = &self.clip {
            plan.cuts.push(PlannedCut::Polygon {
                ring: points(text)?,
                bottom_m: -1_000.0,
                top_m: 2_000.0,
                keep: Keep::Inside,
            });
        }
        Ok(plan)
    }

    fn sun_at(&self, place: Geodetic) -> Result<Sun, Failure> {
        if let Some(text) = &self.sun {
            let time: jiff::Timestamp = text
                .parse()
                .map_err(|err| format!("--sun {text} is not a moment: {err}"))?;
            let position = sun_position(time.as_millisecond(), place);
            return Ok(Sun {
                azimuth_deg: position.azimuth_deg,
                altitude_deg: position.altitude_deg,
            });
        }
        Ok(match self.style {
            StyleArg::Night => Sun {
                azimuth_deg: 315.0,
                altitude_deg: -18.0,
            },
            StyleArg::Day | StyleArg::White => Sun {
                azimuth_deg: 122.0,
                altitude_deg: 38.0,
            },
        })
    }
}

/// Reads `lon,lat;lon,lat…`.
fn points(text: &str) -> Result<Vec<Geodetic>, Failure> {
    text.split(';')
        .map(|pair| {
            let numbers = pair.split_once(',').and_then(|(lon, lat)| {
                Some(Geodetic {
                    lon_deg: lon.trim().parse().ok()?,
                    lat_deg: lat.trim().parse().ok()?,
                    height_m: 0.0,
                })
            });
            numbers.ok_or_else(|| format!("'{pair}' is not longitude,latitude").into())
        })
        .collect()
}
