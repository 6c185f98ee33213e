//! Tiles over HTTP: files below one address, fetched one at a time by threads that may wait.

use crate::{
    SyncError,
    door::{Door, FILE_MAX_BYTES},
};
use reqwest::Url;
use tokio::runtime::Handle;

/// The files of a tileset on an HTTP server.
#[derive(Clone, Debug)]
pub struct RemoteTiles {
    door: Door,
    /// Ends in `/`.
    base: Url,
    /// What every question carries after `?`, for instance a token; empty without one.
    query: String,
    runtime: Handle,
}

impl RemoteTiles {
    /// The server of the tileset at `address` (`http://host/path/tileset.json?token=…`), and the tileset's path there.
    pub fn new(address: &str, runtime: Handle) -> Result<(Self, String), SyncError> {
        let bad = |reason: &str| SyncError::BadAddress {
            reason: reason.to_owned(),
            address: address.to_owned(),
        };
        let mut base = Url::parse(address).map_err(|error| bad(&error.to_string()))?;
        if base.scheme() != "http" || base.host_str().is_none() {
            return Err(bad("http://… is expected"));
        }
        let query = base.query().unwrap_or_default().to_owned();
        base.set_query(None);
        base.set_fragment(None);
        let (folder, file) = base
            .path()
            .rsplit_once('/')
            .map(|(folder, file)| (format!("{folder}/"), file.to_owned()))
            .ok_or_else(|| bad("it has no path"))?;
        base.set_path(&folder);
        let tiles = Self {
            door: Door::new()?,
            base,
            query,
            runtime,
        };
        let file = if file.is_empty() {
            "tileset.json".to_owned()
        } else {
            file
        };
        Ok((tiles, file))
    }

    /// The address without what follows `?`.
    pub fn name(&self) -> String {
        self.base.to_string().trim_end_matches('/').to_owned()
    }

    /// The address of the file at `path`, token included.
    pub fn address_of(&self, path: &str) -> Result<String, SyncError> {
        self.url_of(path).map(|url| url.to_string())
    }

    /// Fetches the file at `path`, relative to the tileset's folder. Waits: never call it from a runtime's own thread.
    pub fn get(&self, path: &str) -> Result<Vec<u8>, SyncError> {
        let url = self.url_of(path)?;
        self.runtime.block_on(self.door.get(&url, FILE_MAX_BYTES))
    }

    fn url_of(&self, path: &str) -> Result<Url, SyncError> {
        let mut url = self
            .base
            .join(path)
            .map_err(|error| SyncError::BadAddress {
                reason: error.to_string(),
                address: path.to_owned(),
            })?;
        if url.origin() != self.base.origin() || !url.path().starts_with(self.base.path()) {
            return Err(SyncError::BadAddress {
                reason: "it leads away from the tileset".to_owned(),
                address: path.to_owned(),
            });
        }
        if !self.query.is_empty() {
            let query = match url.query() {
                Some(own) if !own.is_empty() => format!("{own}&{}", self.query),
                _ => self.query.clone(),
            };
            url.set_query(Some(&query));
        }
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn files_lie_below_the_tileset_and_carry_its_token() {
        let (tiles, file) = RemoteTiles::new(
            "http://127.0.0.1:1/city/tileset.json?token=a",
            Handle::current(),
        )
        .expect("an address");
        assert_eq!(file, "tileset.json");
        assert_eq!(tiles.name(), "http://127.0.0.1:1/city");
        assert_eq!(
            tiles.address_of("tiles/0.glb?v=2").expect("an address"),
            "http://127.0.0.1:1/city/tiles/0.glb?v=2&token=a"
        );
        for path in [
            "../other/0.glb",
            "http://elsewhere/0.glb",
            "//elsewhere/0.glb",
        ] {
            assert!(tiles.address_of(path).is_err(), "{path}");
        }
    }

    #[tokio::test]
    async fn other_schemes_are_refused_by_name() {
        let error =
            RemoteTiles::new("ftp://host/tileset.json", Handle::current()).expect_err("no HTTP");
        assert!(error.to_string().contains("ftp://host"), "{error}");
    }
}
