//! Whether the walls hold on this machine: each attempt to climb them with a helper of its own.

use super::ViewsSettings;
use super::helper::Helper;
use super::state::{OpenError, WallTrial};
use crate::address::{SourceKind, StreamAddress, Wanted};
use crate::helper::ATTEMPTS;
use crate::protocol::{Message, Outcome, Request, Told, Trial};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);
/// The attempt that needs a wall which older kernels do not have, and that wall's name.
const ELSEWHERE: (&str, &str) = ("connect_elsewhere", "ports");

pub(crate) async fn try_all(settings: &ViewsSettings) -> Result<Vec<WallTrial>, OpenError> {
    if !settings.helper.is_file() {
        return Err(OpenError::NoHelper(settings.helper.clone()));
    }
    // One door that the helper may use and one that it may not.
    let (asked, other) = (
        TcpListener::bind("127.0.0.1:0").await?,
        TcpListener::bind("127.0.0.1:0").await?,
    );
    let url = format!("http://{}/", asked.local_addr()?);
    let port = other.local_addr()?.port();
    let mut trials = Vec::new();
    for attempt in ATTEMPTS {
        let request = Request {
            address: StreamAddress::new(SourceKind::Fmp4, url.as_str(), true),
            wanted: Wanted::default(),
            limits: settings.limits,
            nice: settings.nice,
            trial: Some(Trial {
                attempt: (*attempt).to_owned(),
                port,
            }),
        };
        let helper = Helper::start(settings, &request).await?;
        let outcome = timeout(PATIENCE, outcome(helper, attempt)).await;
        trials.push(WallTrial {
            attempt: (*attempt).to_owned(),
            // One that is silent has not said that it was held back.
            outcome: outcome.unwrap_or(Outcome::Escaped),
        });
    }
    Ok(trials)
}

async fn outcome(mut helper: Helper, attempt: &str) -> Outcome {
    let mut is_ready = false;
    let mut has_ports = true;
    while let Ok(Some(message)) = helper.listen().await {
        match message {
            Message::Told(Told::Ready { missing, .. }) => {
                is_ready = true;
                has_ports = !missing.iter().any(|wall| wall == ELSEWHERE.1);
            }
            Message::Told(Told::Tried { outcome }) => {
                let is_open = attempt == ELSEWHERE.0 && !has_ports;
                return match outcome {
                    Outcome::Escaped if is_open => Outcome::NotEnforced,
                    outcome => outcome,
                };
            }
            _ => {}
        }
    }
    // Gone without a word after the walls stood: killed at the attempt.
    if is_ready {
        Outcome::Killed
    } else {
        Outcome::Escaped
    }
}
