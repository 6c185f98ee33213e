//! `cim hub`: a city hub on this machine.

use crate::{
    Failure,
    host::{MachineClock, asked_to_stop, print, runtime},
};
use cim_hub::{Hub, HubSettings, Mqtt, TelemetrySettings, TlsFiles, VideoSettings};
use clap::{Args, Subcommand};
use serde_json::json;
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

/// Serve a city hub on this machine, or back up and restore one.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct HubCommand {
    #[command(subcommand)]
    action: Option<HubAction>,
    /// The city folder to serve under /city/.
    #[arg(long, value_name = "DIR")]
    city: Option<PathBuf>,
    /// Folder of the hub's database.
    #[arg(long, value_name = "DIR", required_unless_present = "database_url")]
    data: Option<PathBuf>,
    /// A PostgreSQL database instead of the one in --data, for instance postgres://hub@127.0.0.1/hub.
    #[arg(long, value_name = "URL", conflicts_with = "data")]
    database_url: Option<String>,
    /// Address for HTTP, IPv4 or IPv6 as `[::1]:8090`; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
    http: SocketAddr,
    /// Port of the built-in MQTT broker; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 1884)]
    mqtt_port: u16,
    /// Use this MQTT broker instead of the built-in one, for instance mqtts://user:password@broker:8883.
    #[arg(long, value_name = "URL", conflicts_with = "mqtt_port")]
    mqtt: Option<String>,
    /// Authority of that broker's certificate, PEM.
    #[arg(long, value_name = "FILE", requires = "mqtt")]
    mqtt_authority: Option<PathBuf>,
    /// Certificate of the HTTP door, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// Its key, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Authority of client certificates, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    client_authority: Option<PathBuf>,
    /// File of tokens and their roles, TOML.
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,
    /// Allow addresses that other machines reach without TLS and tokens; only for closed networks.
    #[arg(long)]
    open_to_others: bool,
    /// Hours for which observations stay as they came; of older minutes the lowest, highest and last value is kept.
    #[arg(long, value_name = "HOURS", default_value_t = 12)]
    raw_hours: u32,
    /// Hours for which observations and closed events are kept.
    #[arg(long, value_name = "HOURS", default_value_t = 26)]
    retention_hours: u32,
    /// OpenTelemetry collector for metrics and traces (OTLP/HTTP, JSON), for instance http://127.0.0.1:4318.
    #[arg(long, value_name = "URL", conflicts_with = "telemetry_file")]
    otlp: Option<String>,
    /// File for metrics and traces as OTLP JSON lines.
    #[arg(long, value_name = "FILE")]
    telemetry_file: Option<PathBuf>,
    /// Folder of clips to serve under /clips/.
    #[arg(long, value_name = "DIR")]
    clips: Option<PathBuf>,
    /// Give no test pictures: this hub's cameras are real.
    #[arg(long)]
    no_pictures: bool,
    /// Port of RTSP on 127.0.0.1 for the test pictures; 0 takes a free one.
    #[arg(
        long,
        value_name = "PORT",
        default_value_t = 0,
        conflicts_with = "no_pictures"
    )]
    rtsp_port: u16,
    /// Test pictures a second, 1 to 25.
    #[arg(
        long,
        value_name = "FPS",
        default_value_t = 10,
        conflicts_with = "no_pictures"
    )]
    pictures: u32,
    /// What the hub is called.
    #[arg(long, default_value = "城市中枢")]
    name: String,
}

/// What else can be done with a hub's database in a folder; one in PostgreSQL has pg_dump.
#[derive(Debug, Subcommand)]
enum HubAction {
    /// Copy the database to a file; the hub may run meanwhile.
    Backup {
        /// Folder of the hub's database.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Put a copy in place of the database; the hub may not run meanwhile.
    Restore {
        /// The file that a backup wrote.
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
        /// Folder of the hub's database.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
}

impl HubCommand {
    pub(crate) fn run(mut self) -> Result<bool, Failure> {
        let action = self.action.take();
        runtime()?.block_on(async {
            match action {
                Some(HubAction::Backup { data, to }) => cim_hub::back_up(&data, &to).await?,
                Some(HubAction::Restore { from, data }) => cim_hub::restore(&from, &data).await?,
                None => self.serve().await?,
            }
            Ok(true)
        })
    }

    async fn serve(self) -> Result<(), Failure> {
        let hub = Hub::start(self.settings(), Arc::new(MachineClock)).await?;
        let ready = json!({
            "ready": true,
            "http": hub.http_address,
            "mqtt": hub.mqtt_address,
            "rtsp": hub.rtsp_address
        });
        print(&ready.to_string());
        asked_to_stop().await;
        hub.stop().await;
        Ok(())
    }

    fn settings(self) -> HubSettings {
        let mqtt = match self.mqtt {
            Some(url) => Mqtt::Outside(url),
            // The built-in broker has no login: it goes where others reach it only when that is wanted.
            None if self.open_to_others || self.http.ip().is_loopback() => {
                Mqtt::BuiltIn(SocketAddr::new(self.http.ip(), self.mqtt_port))
            }
            None => Mqtt::BuiltIn(SocketAddr::from((Ipv4Addr::LOCALHOST, self.mqtt_port))),
        };
        let tls = match (self.tls_certificate, self.tls_key) {
            (Some(certificate), Some(key)) => Some(TlsFiles {
                certificate,
                key,
                client_authority: self.client_authority,
            }),
            _ => None,
        };
        let video = (!self.no_pictures).then(|| VideoSettings {
            rtsp: Some(self.rtsp_port),
            fps: self.pictures,
            ..VideoSettings::default()
        });
        let hours = |hours: u32| Duration::from_secs(u64::from(hours) * 3600);
        HubSettings {
            http: self.http,
            mqtt,
            mqtt_authority: self.mqtt_authority,
            city: self.city,
            clips: self.clips,
            name: self.name,
            database_url: self.database_url,
            raw: hours(self.raw_hours),
            retention: hours(self.retention_hours),
            tls,
            tokens: self.tokens,
            open_to_others: self.open_to_others,
            video,
            telemetry: TelemetrySettings {
                otlp: self.otlp,
                file: self.telemetry_file,
            },
            ..HubSettings::new(self.data.unwrap_or_default())
        }
    }
}
