//! Catalogues at an address: fetched once into a folder of the cache, page by page where a platform has pages, and read like files
//! from then on.

use super::{
    convert::refusal,
    imports::{Format, format_of, source_of},
};
use crate::wire::VideoRefusalDto;
use cim_sync::{
    FetchError, SyncError, WebFile,
    access::{Access, AccessError},
    gb28181::platform_page,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{runtime::Handle, time::timeout};

/// The folder of what was fetched, inside that of the video desk.
const FETCHED: &str = "fetched";
/// All pages of a catalogue together have at most so many bytes.
const MOST_BYTES: u64 = 1 << 30;
/// All of them are there by then, or none is taken.
const WITHIN: Duration = Duration::from_mins(10);
/// A platform that links on for ever ends here.
const MOST_PAGES: usize = 20_000;
/// What is longer is no page of a platform, bytes.
const MOST_PAGE_BYTES: u64 = 16 << 20;

/// The files of a catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CatalogueFiles {
    /// The only file, or the first page.
    pub(super) first: PathBuf,
    /// The other pages.
    pub(super) more: Vec<PathBuf>,
    /// What its source is called where nobody calls it otherwise.
    pub(super) source: String,
    /// The address that it was fetched from; empty for a file of a person's own.
    address: String,
}

impl CatalogueFiles {
    /// A file of a person's own.
    pub(crate) fn of_file(path: &str) -> Self {
        let first = PathBuf::from(path);
        Self {
            source: source_of(&first),
            first,
            more: Vec::new(),
            address: String::new(),
        }
    }

    /// Whether it was fetched from `address`.
    pub(crate) fn is_from(&self, address: &str) -> bool {
        !self.address.is_empty() && self.address == address.trim()
    }
}

/// What is to be fetched, by whom, and how much of it.
pub(crate) struct Fetching {
    address: String,
    access: Access,
    runtime: Handle,
    folder: PathBuf,
    most_bytes: u64,
    within: Duration,
}

impl Fetching {
    /// The catalogue at `address`, into the video desk's folder.
    pub(crate) fn new(address: &str, access: &Access, runtime: &Handle, folder: &Path) -> Self {
        Self {
            address: address.trim().to_owned(),
            access: access.clone(),
            runtime: runtime.clone(),
            folder: folder.join(FETCHED),
            most_bytes: MOST_BYTES,
            within: WITHIN,
        }
    }
}

/// Takes what was fetched away. `folder` is that of the video desk.
pub(crate) fn clear_fetched(folder: &Path) -> io::Result<()> {
    empty(&folder.join(FETCHED))
}

fn empty(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Fetches a catalogue, in the place of the one before. Takes long: never on a task of the runtime.
pub(crate) fn fetch_catalogue(asked: &Fetching) -> Result<CatalogueFiles, VideoRefusalDto> {
    let web = WebFile::new(&asked.address, &asked.access).map_err(|error| refusal_of(&error))?;
    let unwritable = |error: io::Error| refusal("unwritable", "", &error.to_string());
    empty(&asked.folder).map_err(unwritable)?;
    fs::create_dir_all(&asked.folder).map_err(unwritable)?;
    let source = web.host();
    let fetched = asked.runtime.block_on(in_time(asked, web));
    if fetched.is_err() {
        empty(&asked.folder).map_err(unwritable)?;
    }
    let (first, more) = fetched?;
    Ok(CatalogueFiles {
        first,
        more,
        source,
        address: asked.address.clone(),
    })
}

/// The files of all pages, unless that takes too long.
async fn in_time(
    asked: &Fetching,
    web: WebFile,
) -> Result<(PathBuf, Vec<PathBuf>), VideoRefusalDto> {
    let shown = web.shown();
    let fetched = timeout(asked.within, pages(asked, web)).await;
    fetched.unwrap_or_else(|_elapsed| {
        let seconds = asked.within.as_secs();
        let why = format!("it is not there after {seconds} s: {shown}");
        Err(refusal("too_slow", "", &why))
    })
}

/// The files of all pages, the first one by itself.
async fn pages(asked: &Fetching, web: WebFile) -> Result<(PathBuf, Vec<PathBuf>), VideoRefusalDto> {
    let file_of = |number: usize| asked.folder.join(format!("{number:05}"));
    let first = file_of(0);
    let mut more = Vec::new();
    let (mut left, mut had) = (asked.most_bytes, 0);
    let mut next = saved(&web, &first, &mut left, &mut had).await?;
    while let Some(web) = next {
        if more.len() + 1 >= MOST_PAGES {
            let why = format!("more than {MOST_PAGES} pages: {}", web.shown());
            return Err(refusal("too_large", "", &why));
        }
        let file = file_of(more.len() + 1);
        next = saved(&web, &file, &mut left, &mut had).await?;
        more.push(file);
    }
    Ok((first, more))
}

/// Fetches a page; the one after it, where it says that there is one.
async fn saved(
    web: &WebFile,
    file: &Path,
    left: &mut u64,
    had: &mut u64,
) -> Result<Option<WebFile>, VideoRefusalDto> {
    let saved = web.save(file, *left).await;
    let bytes = saved.map_err(|error| refusal_of(&error))?;
    *left = left.saturating_sub(bytes);
    if bytes > MOST_PAGE_BYTES {
        return Ok(None);
    }
    let read = fs::read(file).map_err(|error| refusal("unwritable", "", &error.to_string()))?;
    if format_of(&read) != Format::Page {
        return Ok(None);
    }
    // What is wrong with a page is told when it is taken in.
    let Ok(page) = platform_page(&read) else {
        return Ok(None);
    };
    *had += page.entries;
    Ok(web.next_page(&page, *had))
}

fn refusal_of(error: &FetchError) -> VideoRefusalDto {
    let (code, what) = match error {
        FetchError::BadAddress(_) => ("bad_address", String::new()),
        FetchError::Credentials => ("credentials", String::new()),
        FetchError::Elsewhere { to, .. } => ("elsewhere", to.clone()),
        FetchError::Status { status, .. } => ("status", status.to_string()),
        FetchError::TooLarge { .. } => ("too_large", String::new()),
        FetchError::Unwritable { .. } => ("unwritable", String::new()),
        FetchError::Sync(SyncError::Access(AccessError::PlainText { .. })) => {
            ("plain_text", String::new())
        }
        FetchError::Sync(SyncError::Access(_)) => ("no_tls", String::new()),
        FetchError::Sync(_) => ("unreachable", String::new()),
    };
    refusal(code, &what, &error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    /// A server that gives `body` to whoever asks, or nothing at all.
    async fn server(body: Option<&'static str>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut asked = vec![0; 65_536];
                if stream.read(&mut asked).await.unwrap_or(0) == 0 {
                    continue;
                }
                let Some(body) = body else {
                    std::future::pending::<()>().await;
                    return;
                };
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                stream
                    .write_all(answer.as_bytes())
                    .await
                    .unwrap_or_default();
                stream.shutdown().await.unwrap_or_default();
            }
        });
        format!("http://{address}/api/channels?page=1&count=1")
    }

    /// What comes of fetching at most `most_bytes` from `address`, and whether the folder is there afterwards.
    async fn fetched(
        name: &str,
        address: &str,
        most_bytes: u64,
    ) -> (Result<CatalogueFiles, VideoRefusalDto>, bool) {
        let folder = std::env::temp_dir().join(format!("cim_app-{name}-{}", std::process::id()));
        let asked = Fetching {
            most_bytes,
            within: Duration::from_secs(2),
            ..Fetching::new(address, &Access::default(), &Handle::current(), &folder)
        };
        let fetching = tokio::task::spawn_blocking(move || fetch_catalogue(&asked)).await;
        let is_there = folder.join(FETCHED).is_dir();
        empty(&folder).expect("it goes");
        (fetching.expect("it does not panic"), is_there)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_too_large_is_refused_and_leaves_nothing_behind() {
        let address = server(Some("<?xml version=\"1.0\"?><Response/>")).await;
        let (all, is_there) = fetched("fetched-whole", &address, 100).await;
        let all = all.expect("it fits");
        assert!(is_there && all.more.is_empty());
        assert_eq!(all.source, "127.0.0.1");
        assert!(all.is_from(&address) && !all.is_from("http://127.0.0.1/"));
        let (refused, is_there) = fetched("fetched-large", &address, 10).await;
        assert_eq!(refused.expect_err("too large").code, "too_large");
        assert!(!is_there);
        // Pages count together.
        let page = r#"{"total":9,"items":[{"DeviceID":"31010100001320000007","Name":"a"}]}"#;
        let address = server(Some(page)).await;
        let (refused, _) = fetched("fetched-pages", &address, 150).await;
        assert_eq!(refused.expect_err("too large").code, "too_large");
        let (all, _) = fetched("fetched-more", &address, 10_000).await;
        assert_eq!(all.expect("it fits").more.len(), 8);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_server_that_says_nothing_is_given_up() {
        let address = server(None).await;
        let (refused, is_there) = fetched("fetched-silent", &address, 100).await;
        assert_eq!(refused.expect_err("nothing came").code, "too_slow");
        assert!(!is_there);
    }

    #[test]
    fn a_file_of_ones_own_comes_from_no_address() {
        let own = CatalogueFiles::of_file("/data/police.xml");
        assert_eq!(own.source, "police");
        assert!(!own.is_from(""));
    }
}
