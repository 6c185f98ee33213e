//! Why an attempt to follow a hub ended.

use crate::{BadStep, Rejection, access::AccessError};

/// Why an attempt to follow a hub ended. Each is told as the reason of [`crate::Connection::Offline`].
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// There is no answer, or it broke off.
    #[error("no answer ({}): {address}", why(.source))]
    Unreachable {
        /// What went wrong on the way.
        source: reqwest::Error,
        /// What was asked for.
        address: String,
    },
    /// The server refuses.
    #[error("the server answers {status}: {address}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// What was asked for.
        address: String,
    },
    /// The answer is larger than anything that belongs here.
    #[error("the answer has more than {limit} bytes: {address}")]
    TooLarge {
        /// The limit.
        limit: usize,
        /// What was asked for.
        address: String,
    },
    /// The answer is not what it should be.
    #[error("the answer cannot be understood ({} at {}): {address}", .rejection.reason, .rejection.place)]
    NotUnderstood {
        /// Where and why.
        rejection: Rejection,
        /// What was asked for.
        address: String,
    },
    /// The hub was there and stopped answering.
    #[error("the hub stopped answering: {address}")]
    Silent {
        /// What was asked for, again and again.
        address: String,
    },
    /// The setting is no address.
    #[error("not an address ({reason}): {address}")]
    BadAddress {
        /// What is wrong with it.
        reason: String,
        /// The setting.
        address: String,
    },
    /// The HTTP client cannot be made on this machine.
    #[error("no HTTP client on this machine ({0})")]
    NoClient(#[source] reqwest::Error),
    /// The server and this desk do not believe each other, or the way there is not safe.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A step that the life of a connection does not have: a mistake in this crate.
    #[error(transparent)]
    BadStep(#[from] BadStep),
    /// Nobody listens to the updates any more.
    #[error("nobody listens any more")]
    Unheard,
}

/// The deepest reason; reqwest's own text only repeats the address.
fn why(error: &reqwest::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}
