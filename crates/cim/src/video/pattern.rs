//! `cim video pattern`: a hub with made-up cameras whose pictures are clocked test pictures, for drills and measurements.

use super::{cameras, door};
use crate::{
    Failure,
    host::{MachineClock, asked_to_stop, print, runtime},
};
use cim_hub::{Hub, HubSettings, Mqtt, VideoSettings, pattern_number};
use clap::Args;
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Where made-up cameras stand.
const MIDDLE: [f64; 2] = [117.2, 34.26];
/// Between two of them, degrees.
const APART_DEG: f64 = 4.0e-4;
/// So many stand in a row.
const IN_A_ROW: u32 = 10;

/// Serve clocked test pictures.
#[derive(Debug, Args)]
pub(crate) struct PatternServer {
    /// How many cameras there are; 16 pictures are made at a time at most.
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    cameras: u32,
    /// The city whose own cameras are served instead.
    #[arg(long, value_name = "DIR", conflicts_with = "cameras")]
    city: Option<PathBuf>,
    /// Pictures a second.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=25))]
    fps: u32,
    /// Address for HTTP; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    http: SocketAddr,
    /// Folder of the hub's database; a temporary one by default, which goes afterwards.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Print one JSON object when it is ready.
    #[arg(long)]
    json: bool,
}

impl PatternServer {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        let scratch =
            std::env::temp_dir().join(format!("citymirror-pattern-{}", std::process::id()));
        let folder = self.dir.clone().unwrap_or_else(|| scratch.clone());
        std::fs::create_dir_all(&folder)?;
        let served = self
            .items()
            .and_then(|items| runtime()?.block_on(self.serve(&folder, &items)));
        if self.dir.is_none() {
            std::fs::remove_dir_all(&scratch).ok();
        }
        served.map(|()| true)
    }

    fn items(&self) -> Result<Vec<Value>, Failure> {
        match &self.city {
            None => Ok(made_up(self.cameras)),
            Some(city) => {
                let cameras = cameras::read(city)?;
                Ok(cameras.into_iter().map(|camera| camera.item).collect())
            }
        }
    }

    async fn serve(&self, folder: &Path, items: &[Value]) -> Result<(), Failure> {
        let settings = HubSettings {
            http: self.http,
            mqtt: Mqtt::BuiltIn(SocketAddr::from(([127, 0, 0, 1], 0))),
            video: Some(VideoSettings {
                fps: self.fps,
                ..VideoSettings::default()
            }),
            ..HubSettings::new(folder)
        };
        let hub = Hub::start(settings, Arc::new(MachineClock)).await?;
        let told = door::tell_cameras(&hub.http_address, items);
        if told.is_ok() {
            self.tell(&hub, items);
            asked_to_stop().await;
        }
        hub.stop().await;
        told
    }

    fn tell(&self, hub: &Hub, items: &[Value]) {
        let ids = items
            .iter()
            .filter_map(|item| item.get("DeviceID")?.as_str());
        if self.json {
            let cameras: Vec<Value> = ids
                .map(|id| json!({"id": id, "number": pattern_number(id)}))
                .collect();
            let ready = json!({
                "ready": true, "http": hub.http_address, "rtsp": hub.rtsp_address, "fps": self.fps, "cameras": cameras,
            });
            print(&ready.to_string());
            return;
        }
        let rtsp = hub.rtsp_address.as_deref().unwrap_or("no RTSP");
        print(&format!(
            "{} and {rtsp}, {} pictures a second",
            hub.http_address, self.fps
        ));
        for id in ids {
            let http = &hub.http_address;
            print(&format!(
                "{id}   {http}/video/{id}/stream.mp4   {http}/video/{id}/live.m3u8   {http}/video/{id}/mjpeg   {rtsp}/{id}"
            ));
        }
    }
}

/// So many cameras side by side, as a hub takes them.
fn made_up(count: u32) -> Vec<Value> {
    let [lon, lat] = MIDDLE;
    let camera = |number: u32| {
        json!({
            "DeviceID": format!("3203000000132{:07}", number + 1),
            "Name": format!("演练{}号机", number + 1),
            "Status": "ON",
            "Longitude": lon + f64::from(number % IN_A_ROW) * APART_DEG,
            "Latitude": lat + f64::from(number / IN_A_ROW) * APART_DEG,
            "Height": 6.0, "Azimuth": f64::from(number * 37 % 360), "Tilt": 12.0, "Fov": 62.0, "Range": 120.0,
            "Category": 2, "PTZType": if number.is_multiple_of(3) { 1 } else { 3 },
        })
    };
    (0..count).map(camera).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_model::GbCode;
    use std::collections::BTreeSet;

    #[test]
    fn made_up_cameras_have_identities_and_numbers_of_their_own() {
        let items = made_up(40);
        let ids: BTreeSet<&str> = items
            .iter()
            .filter_map(|item| item["DeviceID"].as_str())
            .collect();
        assert_eq!(ids.len(), 40);
        let is_camera = |id: &&str| GbCode::parse(id).is_some_and(|code| code.is_camera());
        assert!(ids.iter().all(is_camera));
        let numbers: BTreeSet<u32> = ids.iter().map(|id| pattern_number(id)).collect();
        assert_eq!(numbers.len(), 40);
    }
}
