//! A real Mosquitto, and its command-line clients.

use crate::web::wait_for_port;
use std::path::Path;
use std::process::Command;
use xtask::Outcome;
use xtask::process::{Running, find_program, free_port, read};

/// How long a subscriber waits for its messages, seconds.
const PATIENCE_S: &str = "30";

/// A Mosquitto on a free port of this machine, there until it is dropped.
pub struct Broker {
    /// An ordinary client of it.
    pub client: Client,
    _running: Running,
}

impl Broker {
    /// Starts one and waits until it listens.
    pub fn start(log: &Path) -> Outcome<Self> {
        let port = free_port(0)?;
        let mut command =
            Command::new(find_program("mosquitto").ok_or("mosquitto is not installed")?);
        // Without a configuration it listens on the loopback addresses only.
        command.args(["-v", "-p", &port.to_string()]);
        let running = Running::start("mosquitto", &command, log)?;
        wait_for_port("mosquitto", port)?;
        Ok(Self {
            client: Client { port },
            _running: running,
        })
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.client.port)
    }
}

/// Mosquitto's command-line clients.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    port: u16,
}

impl Client {
    /// The next `count` messages on `topic`, as topic and payload.
    pub fn hear(self, topic: &str, count: usize) -> Outcome<Vec<(String, String)>> {
        let mut command = self.command("mosquitto_sub");
        let count = count.to_string();
        let lines =
            read(command.args(["-t", topic, "-C", &count, "-W", PATIENCE_S, "-F", "%t %p"]))?;
        let message = |line: &str| {
            line.split_once(' ')
                .map(|(topic, payload)| (topic.to_owned(), payload.to_owned()))
        };
        Ok(lines.lines().filter_map(message).collect())
    }

    /// Publishes one message.
    pub fn say(self, topic: &str, payload: &str) -> Outcome {
        read(
            self.command("mosquitto_pub")
                .args(["-q", "1", "-t", topic, "-m", payload]),
        )
        .map(drop)
    }

    fn command(self, name: &str) -> Command {
        let mut command = Command::new(name);
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        command
    }
}
