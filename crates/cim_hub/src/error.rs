//! What can keep the hub or the simulator from starting. Broken messages are not here: they are refused or counted.

use std::net::SocketAddr;
use std::path::PathBuf;

/// What keeps a hub from starting or running.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The HTTP or MQTT address cannot be had, most often because another program has it.
    #[error("the {door} door cannot be opened ({reason}): {address}")]
    Address {
        /// `HTTP` or `MQTT`.
        door: &'static str,
        /// What the system said.
        reason: String,
        /// The address asked for.
        address: SocketAddr,
    },
    /// The address is reachable from other machines, and nobody said that this is wanted.
    #[error(
        "the {door} door would be open to other machines; use a loopback address, or TLS and a file of tokens, or set `open_to_others`: {address}"
    )]
    OpenToOthers {
        /// `HTTP` or `MQTT`.
        door: &'static str,
        /// The address asked for.
        address: SocketAddr,
    },
    /// A certificate, a key or the file of tokens cannot be used.
    #[error("the file cannot be used ({reason}): {}", path.display())]
    AccessFile {
        /// What is wrong with it, and where.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// An outside broker's address cannot be read, or would send plain text to another machine.
    #[error(
        "the broker's address is not of the form mqtts://[user:password@]host:port; mqtt:// is for this machine only: {url}"
    )]
    BrokerUrl {
        /// The address as given.
        url: String,
    },
    /// The broker did not answer in time.
    #[error("the MQTT broker does not answer ({reason}): {url}")]
    Broker {
        /// What went wrong last.
        reason: String,
        /// The broker's address.
        url: String,
    },
    /// A folder cannot be made or read.
    #[error("the folder cannot be used ({reason}): {}", path.display())]
    Folder {
        /// What the system said.
        reason: String,
        /// The folder.
        path: PathBuf,
    },
    /// The hub's database cannot be opened or used.
    #[error("the hub's database fails while {doing}")]
    Database {
        /// What the hub was doing.
        doing: &'static str,
        /// What SQLite said.
        #[source]
        source: sqlx::Error,
    },
    /// A thread or task of the hub could not be started or ended badly.
    #[error("the hub's {part} failed: {reason}")]
    Part {
        /// Which part.
        part: &'static str,
        /// What went wrong.
        reason: String,
    },
}

/// What keeps the simulator from starting or running.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The hub does not answer, or refuses.
    #[error("the hub does not accept {what} ({reason}): {url}")]
    Hub {
        /// What was asked of it.
        what: &'static str,
        /// Why it failed.
        reason: String,
        /// The address asked.
        url: String,
    },
    /// A file of the city folder cannot be read.
    #[error("the city cannot be read ({reason}): {}", path.display())]
    City {
        /// Why it failed, with the line where there is one.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A file beside the city cannot be used: roads, a water network, a token, an authority, the ground truth.
    #[error("the {what} cannot be used ({reason}): {}", path.display())]
    File {
        /// What the file is for.
        what: &'static str,
        /// Why it failed, with the line where there is one.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A setting asks for something that is not there.
    #[error("the setting {name} cannot be used: {reason}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What is wrong with it, and what would do.
        reason: String,
    },
    /// The city folder holds nothing to place a sensor on.
    #[error("the city has no feature to place a sensor on: {}", path.display())]
    EmptyCity {
        /// The file of features.
        path: PathBuf,
    },
    /// The connection to a broker broke, or never was.
    #[error("the broker cannot be used ({reason}): {url}")]
    BrokerBroke {
        /// Why.
        reason: String,
        /// The address.
        url: String,
    },
    /// The hub's MQTT address is missing or malformed.
    #[error("the hub names no usable MQTT address: {url}")]
    BrokerUrl {
        /// What the hub said.
        url: String,
    },
}
