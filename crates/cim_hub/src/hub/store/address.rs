//! Where the hub's database is. An address that is printed never shows its password.

use std::fmt;
use std::path::PathBuf;

/// Where the hub's database is.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreAddress {
    /// One SQLite file, `hub.db`, in this folder; both are made when they are not there.
    Folder(PathBuf),
    /// A PostgreSQL database: `postgres://user:password@host:port/database?sslmode=verify-full&sslrootcert=FILE`.
    Postgres(String),
}

impl StoreAddress {
    /// The address in `url`; `None` when it is not `postgres://…`.
    pub fn from_url(url: &str) -> Option<Self> {
        let is_known = url.starts_with("postgres://") || url.starts_with("postgresql://");
        is_known.then(|| Self::Postgres(url.to_owned()))
    }
}

impl fmt::Display for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "{}", folder.display()),
            Self::Postgres(url) => f.write_str(&without_secrets(url)),
        }
    }
}

impl fmt::Debug for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreAddress({self})")
    }
}

/// The address without its password and without its query, which may hold one too.
fn without_secrets(url: &str) -> String {
    let (bare, _) = url.split_once('?').unwrap_or((url, ""));
    let Some((scheme, rest)) = bare.split_once("://") else {
        return "postgres://…".to_owned();
    };
    let Some((user, place)) = rest.rsplit_once('@') else {
        return bare.to_owned();
    };
    match user.split_once(':') {
        Some((name, _)) => format!("{scheme}://{name}:…@{place}"),
        None => format!("{scheme}://{user}@{place}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_address_shows_no_password() {
        let address = StoreAddress::from_url(
            "postgres://hub:p@ssword@db.example:5432/city?password=hidden&sslmode=require",
        )
        .expect("is known");
        for printed in [format!("{address}"), format!("{address:?}")] {
            assert!(!printed.contains("ssw"), "{printed}");
            assert!(!printed.contains("hidden"), "{printed}");
        }
        let address =
            StoreAddress::from_url("postgres://hub:secret@[::1]:5432/city").expect("is known");
        assert_eq!(address.to_string(), "postgres://hub:…@[::1]:5432/city");
        assert_eq!(StoreAddress::from_url("mysql://x/y"), None);
    }
}
