//! Why a server and this desk do not come together: said so that a person knows what to change.

use rustls::{AlertDescription, CertificateError};
use std::{error::Error, io, path::PathBuf};

/// Why a server and this desk do not come together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// Plain text would leave this machine.
    #[error(
        "plain text would be readable on the way; use https://, mqtts:// or wss://, or on a network that is protected otherwise \
         allow it (--plain-text, in sources.toml plain = true): {address}"
    )]
    PlainText {
        /// The address, without its password.
        address: String,
    },
    /// A file of the settings cannot be used.
    #[error("the {what} cannot be used ({reason}): {}", path.display())]
    Unusable {
        /// `authority`, `certificate` or `key`.
        what: &'static str,
        /// Why.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// TLS cannot be had on this machine.
    #[error("no TLS on this machine ({0})")]
    NoTls(String),
    /// The server's certificate is not believed.
    #[error("the server's certificate {problem}: {address}")]
    Certificate {
        /// What is wrong with it, as the end of a sentence.
        problem: String,
        /// What was asked for.
        address: String,
    },
    /// The server wants a certificate of this desk, or does not believe the one that it was shown.
    #[error("{problem}: {address}")]
    OwnCertificate {
        /// What the server wants.
        problem: &'static str,
        /// What was asked for.
        address: String,
    },
    /// TLS did not come about for another reason.
    #[error("no encrypted connection ({reason}): {address}")]
    Tls {
        /// Why.
        reason: String,
        /// What was asked for.
        address: String,
    },
    /// HTTP 401.
    #[error(
        "the server does not know this desk (401): set a token or a client certificate that it knows: {address}"
    )]
    Unknown {
        /// What was asked for.
        address: String,
    },
    /// HTTP 403.
    #[error("this desk may not do that (403){reason}: {address}")]
    Forbidden {
        /// What the server says of it, with a comma before it; may be empty.
        reason: String,
        /// What was asked for.
        address: String,
    },
    /// The server sends this desk to another host, where neither its token nor its questions belong.
    #[error("the server leads to another host ({to}), which is not followed: {address}")]
    OtherHost {
        /// Where it leads.
        to: String,
        /// What was asked for.
        address: String,
    },
    /// The answer goes on for too long.
    #[error("the answer is not complete after {seconds} s: {address}")]
    TooSlow {
        /// How long it was waited for.
        seconds: u64,
        /// What was asked for.
        address: String,
    },
    /// The content is not the one that its `Content-Digest` (RFC 9530) speaks of.
    #[error("the answer was changed on the way (its Content-Digest differs): {address}")]
    Digest {
        /// What was asked for.
        address: String,
    },
}

impl AccessError {
    /// What `error`, which kept `address` from answering, has to do with identity; `None` when nothing has.
    pub(crate) fn of(error: &(dyn Error + 'static), address: &str) -> Option<Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref::<Self>() {
                return Some(found.clone());
            }
            if let Some(found) = error.downcast_ref::<rustls::Error>() {
                return Some(Self::of_tls(found, address));
            }
            next = match error
                .downcast_ref::<io::Error>()
                .and_then(io::Error::get_ref)
            {
                // `source` of an I/O error skips the error that it wraps.
                Some(wrapped) => {
                    let wrapped: &(dyn Error + 'static) = wrapped;
                    Some(wrapped)
                }
                None => error.source(),
            };
        }
        None
    }

    fn of_tls(error: &rustls::Error, address: &str) -> Self {
        let address = address.to_owned();
        match error {
            rustls::Error::InvalidCertificate(reason) => Self::Certificate {
                problem: problem_of(reason),
                address,
            },
            rustls::Error::AlertReceived(alert) => match own_problem(*alert) {
                Some(problem) => Self::OwnCertificate { problem, address },
                None => Self::Tls {
                    reason: error.to_string(),
                    address,
                },
            },
            _ => Self::Tls {
                reason: error.to_string(),
                address,
            },
        }
    }
}

fn problem_of(reason: &CertificateError) -> String {
    let text = match reason {
        CertificateError::UnknownIssuer => "is from an authority that this desk does not believe",
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "has expired (or this machine's clock is wrong)"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "is not valid yet (or this machine's clock is wrong)"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "is for another name than the address has"
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "is not meant for servers"
        }
        CertificateError::Revoked => "was revoked",
        CertificateError::BadSignature => {
            "was not signed by the authority trusted here, though that has the same name"
        }
        CertificateError::BadEncoding => "cannot be read",
        // webpki's word for it; it has no variant of its own.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "is that of an authority, not of a server"
        }
        other => return format!("is not believed ({other})"),
    };
    text.to_owned()
}

fn own_problem(alert: AlertDescription) -> Option<&'static str> {
    match alert {
        AlertDescription::CertificateRequired => {
            Some("the server wants a client certificate, and none is set")
        }
        AlertDescription::UnknownCA => {
            Some("the server does not believe the authority of this desk's certificate")
        }
        AlertDescription::CertificateExpired => Some("this desk's certificate has expired"),
        AlertDescription::CertificateRevoked => Some("this desk's certificate was revoked"),
        AlertDescription::BadCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::AccessDenied => {
            Some("the server does not accept this desk's certificate, or wants one")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_found_however_deep_it_lies() {
        let deep = io::Error::other(io::Error::other(rustls::Error::InvalidCertificate(
            CertificateError::UnknownIssuer,
        )));
        let found = AccessError::of(&deep, "https://hub/").expect("a reason");
        assert_eq!(
            found.to_string(),
            "the server's certificate is from an authority that this desk does not believe: https://hub/"
        );
        let wanted = io::Error::other(rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired,
        ));
        let found = AccessError::of(&wanted, "https://hub/").expect("a reason");
        assert!(found.to_string().contains("wants a client certificate"));
        assert_eq!(AccessError::of(&io::Error::other("cut"), "x"), None);
    }
}
