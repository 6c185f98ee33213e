//! A file at an address: fetched once into a file on disk, in no more bytes than whoever asks allows, and what comes after a page.
//!
//! It is asked for as nobody in particular: the hub's token stays here. Names and passwords in an address are refused, and what
//! follows its `?` is never shown.

use crate::{
    SyncError,
    access::{Access, AccessError, shown},
    door::{Door, failed, is_http},
    gb28181::PlatformPage,
};
use reqwest::Url;
use std::{
    io,
    path::{Path, PathBuf},
};
use tokio::{
    fs::File,
    io::{AsyncWriteExt, BufWriter},
};

/// How an address begins.
const BEGINS: [&str; 2] = ["http://", "https://"];

/// Why a file at an address was not had. Addresses are told without what follows `?`.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// It is no address.
    #[error("not an address: {0}")]
    BadAddress(String),
    /// It carries a name or a password.
    #[error("a name or a password in an address is readable wherever it is written: leave it out")]
    Credentials,
    /// The server sends whoever asks to another host or by another scheme.
    #[error("the server leads elsewhere ({to}), which is not followed: {address}")]
    Elsewhere {
        /// Where it leads, as far as that is known.
        to: String,
        /// What was asked for.
        address: String,
    },
    /// The server refuses.
    #[error("the server answers {status}: {address}")]
    Status {
        /// HTTP status.
        status: u16,
        /// What was asked for.
        address: String,
    },
    /// It is larger than allowed.
    #[error("it has more than {most_bytes} bytes: {address}")]
    TooLarge {
        /// What is allowed.
        most_bytes: u64,
        /// What was asked for.
        address: String,
    },
    /// The disk does not take it.
    #[error("it cannot be written ({source}): {}", path.display())]
    Unwritable {
        /// What the system says.
        source: io::Error,
        /// The file that it was to become.
        path: PathBuf,
    },
    /// There is no answer, it broke off, or the way there is not safe.
    #[error(transparent)]
    Sync(SyncError),
}

/// A file at an `http://` or `https://` address.
#[derive(Clone, Debug)]
pub struct WebFile {
    door: Door,
    address: Url,
}

impl WebFile {
    /// Whether `text` is meant as an address and not as the path of a file.
    pub fn is_address(text: &str) -> bool {
        let text = text.trim_start();
        BEGINS.iter().any(|scheme| {
            let begin = text.get(..scheme.len());
            begin.is_some_and(|begin| begin.eq_ignore_ascii_case(scheme))
        })
    }

    /// The file at `address`, for whoever believes the servers that `access` believes. Nothing is asked yet.
    pub fn new(address: &str, access: &Access) -> Result<Self, FetchError> {
        let bad = |reason: &str| FetchError::BadAddress(reason.to_owned());
        let mut address = Url::parse(address.trim()).map_err(|error| bad(&error.to_string()))?;
        if !is_http(&address) {
            return Err(bad("http://… or https://… is expected"));
        }
        if !address.username().is_empty() || address.password().is_some() {
            return Err(FetchError::Credentials);
        }
        address.set_fragment(None);
        let door = Door::with_access(&access.without_token()).map_err(FetchError::Sync)?;
        Ok(Self { door, address })
    }

    /// The host, as people write it.
    pub fn host(&self) -> String {
        let host = self.address.host_str().unwrap_or_default();
        host.trim_matches(['[', ']']).to_owned()
    }

    /// The address without what follows `?`.
    pub fn shown(&self) -> String {
        shown(&self.address)
    }

    /// The address of the page after `page`, which was here; `had` entries were had with it. `None` when that is all, when the
    /// platform does not say how much there is, and when the address asks for no page: `page` and `count`, or `offset` and `limit`.
    pub fn next_page(&self, page: &PlatformPage, had: u64) -> Option<Self> {
        if page.entries == 0 || had >= page.total? {
            return None;
        }
        let number = |key: &str| {
            let found = self.address.query_pairs().find(|(name, _)| name == key)?;
            found.1.parse::<u64>().ok()
        };
        let (key, value) = if let (Some(page), Some(_)) = (number("page"), number("count")) {
            ("page", page.checked_add(1)?)
        } else {
            let (offset, _) = (number("offset")?, number("limit")?);
            ("offset", offset.checked_add(page.entries)?)
        };
        Some(Self {
            door: self.door.clone(),
            address: with_number(&self.address, key, value),
        })
    }

    /// Writes the file to `path`, over what is there, and says how many bytes it has. What was written before an error stays. The
    /// server may pause for 20 s; whoever asks bounds the whole time.
    pub async fn save(&self, path: &Path, most_bytes: u64) -> Result<u64, FetchError> {
        let opened = self.door.open(&self.address).await;
        let mut response = opened.map_err(|error| self.told(error))?;
        if response.url().scheme() != self.address.scheme() {
            return Err(FetchError::Elsewhere {
                to: shown(response.url()),
                address: self.shown(),
            });
        }
        let too_large = || FetchError::TooLarge {
            most_bytes,
            address: self.shown(),
        };
        let announced = response.content_length();
        if announced.is_some_and(|length| length > most_bytes) {
            return Err(too_large());
        }
        let unwritable = |source: io::Error| FetchError::Unwritable {
            source,
            path: path.to_owned(),
        };
        let mut file = BufWriter::new(File::create(path).await.map_err(unwritable)?);
        let mut written = 0;
        loop {
            let part = response.chunk().await;
            let part = part.map_err(|source| self.told(failed(&self.address, source)))?;
            let Some(part) = part else {
                break;
            };
            written += part.len() as u64;
            if written > most_bytes {
                return Err(too_large());
            }
            file.write_all(&part).await.map_err(unwritable)?;
        }
        file.flush().await.map_err(unwritable)?;
        Ok(written)
    }

    /// `error` in the words of this module, without what follows `?`.
    fn told(&self, error: SyncError) -> FetchError {
        let address = self.shown();
        match error {
            SyncError::Refused { status, .. } => FetchError::Status { status, address },
            SyncError::Access(AccessError::OtherHost { to, .. }) => {
                FetchError::Elsewhere { to, address }
            }
            // A scheme that is not HTTP, or too many steps.
            SyncError::Unreachable { source, .. }
                if source.is_redirect() || source.is_builder() =>
            {
                let to = "…".to_owned();
                FetchError::Elsewhere { to, address }
            }
            SyncError::Unreachable { source, .. } => {
                FetchError::Sync(SyncError::Unreachable { source, address })
            }
            other => FetchError::Sync(other),
        }
    }
}

/// `address` with another value of `key`, which it has.
fn with_number(address: &Url, key: &str, value: u64) -> Url {
    let mut address = address.clone();
    let pairs: Vec<(String, String)> = address
        .query_pairs()
        .map(|(name, own)| {
            let value = if name == key {
                value.to_string()
            } else {
                own.into_owned()
            };
            (name.into_owned(), value)
        })
        .collect();
    address.query_pairs_mut().clear().extend_pairs(pairs);
    address
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{io::AsyncReadExt, net::TcpListener};

    fn at(address: &str) -> WebFile {
        WebFile::new(address, &Access::default()).expect("an address")
    }

    fn page(entries: u64, total: Option<u64>) -> PlatformPage {
        PlatformPage {
            total,
            entries,
            ..PlatformPage::default()
        }
    }

    /// A server that gives `answer` to whoever asks.
    async fn server(answer: &str) -> WebFile {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let answer = answer.replace("HERE", &address.to_string());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut asked = vec![0; 65_536];
                if stream.read(&mut asked).await.unwrap_or(0) == 0 {
                    continue;
                }
                stream
                    .write_all(answer.as_bytes())
                    .await
                    .unwrap_or_default();
                stream.shutdown().await.unwrap_or_default();
                // What is left unread would reset the connection.
                while stream.read(&mut asked).await.is_ok_and(|count| count > 0) {}
            }
        });
        at(&format!("http://{address}/cameras.xml?token=secret"))
    }

    /// A file of this test.
    fn file(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("citymirror-fetch-{name}-{}", std::process::id()))
    }

    #[track_caller]
    fn check_next(address: &str, page: &PlatformPage, had: u64, expected: Option<&str>) {
        let next = at(address).next_page(page, had);
        let next = next.map(|next| next.address.to_string());
        assert_eq!(next.as_deref(), expected, "{address}");
    }

    #[test]
    fn an_address_is_told_from_a_path() {
        for address in ["http://h/a.xml", " https://h", "HTTP://h"] {
            assert!(WebFile::is_address(address), "{address}");
        }
        for path in [
            "/data/a.xml",
            "http",
            "httpx://h",
            "C:\\http://",
            "摄像机.csv",
        ] {
            assert!(!WebFile::is_address(path), "{path}");
        }
    }

    #[test]
    fn a_name_or_password_is_refused_and_not_repeated() {
        for address in ["http://li:secret@h/a", "https://secret@h/a"] {
            let refused = WebFile::new(address, &Access::default()).expect_err("refused");
            assert!(matches!(refused, FetchError::Credentials), "{refused}");
            assert!(!format!("{refused} {refused:?}").contains("secret"));
        }
        assert!(WebFile::new("https://", &Access::default()).is_err());
        assert_eq!(
            at("https://cam.example:8443/a?token=x").host(),
            "cam.example"
        );
        assert_eq!(at("http://[::1]:80/a").host(), "::1");
        assert_eq!(at("http://h/a?token=x#y").shown(), "http://h/a");
    }

    #[test]
    fn the_next_page_is_asked_for_as_long_as_there_is_more() {
        let half = page(100, Some(150));
        check_next(
            "http://h/c?page=1&count=100&x=a%20b",
            &half,
            100,
            Some("http://h/c?page=2&count=100&x=a+b"),
        );
        check_next(
            "http://h/c?offset=0&limit=500",
            &half,
            100,
            Some("http://h/c?offset=100&limit=500"),
        );
        check_next("http://h/c?page=2&count=100", &half, 150, None);
        check_next("http://h/c", &half, 100, None);
        check_next("http://h/c?page=1", &half, 100, None);
        check_next("http://h/c?page=1&count=9", &page(9, None), 9, None);
        check_next("http://h/c?page=9&count=9", &page(0, Some(99)), 9, None);
    }

    #[tokio::test]
    async fn a_file_is_written_as_it_came_and_no_larger_than_allowed() {
        let path = file("whole");
        let whole = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\n<a/>\n";
        let web = server(whole).await;
        assert_eq!(web.save(&path, 5).await.expect("fetched"), 5);
        assert_eq!(std::fs::read(&path).expect("written"), b"<a/>\n");
        let refused = web.save(&path, 4).await.expect_err("too large");
        assert!(matches!(
            refused,
            FetchError::TooLarge { most_bytes: 4, .. }
        ));
        // The same where the server does not say how much it is.
        let open = server("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n<a/>\n").await;
        assert_eq!(open.save(&path, 5).await.expect("fetched"), 5);
        let refused = open.save(&path, 4).await.expect_err("too large");
        assert!(matches!(refused, FetchError::TooLarge { .. }), "{refused}");
        std::fs::remove_file(&path).expect("removed");
    }

    #[tokio::test]
    async fn what_the_server_refuses_is_told_with_its_number_and_without_the_query() {
        let path = file("refused");
        for status in [401, 403, 404, 500] {
            let answer =
                format!("HTTP/1.1 {status} -\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let refused = server(&answer).await.save(&path, 5).await;
            let refused = refused.expect_err("refused").to_string();
            assert!(refused.contains(&status.to_string()), "{refused}");
            assert!(!refused.contains("secret"), "{refused}");
        }
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn another_host_or_scheme_is_not_followed() {
        let path = file("elsewhere");
        for location in [
            "http://localhost:1/",
            "https://other.example/cameras.xml",
            "ftp://HERE/cameras.xml",
        ] {
            let answer = format!(
                "HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            let refused = server(&answer).await.save(&path, 5).await;
            let refused = refused.expect_err("not followed");
            assert!(
                matches!(refused, FetchError::Elsewhere { .. }),
                "{refused:?}"
            );
        }
        assert!(!path.exists());
    }
}
