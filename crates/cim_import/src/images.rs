//! Image files that sources name, read as they are.

use crate::glb::ImageFile;
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// An image larger than this is not embedded.
const MAX_IMAGE_BYTES: u64 = 32 << 20;

/// Finds image files.
#[derive(Clone, Debug)]
pub(crate) struct Images {
    /// The folder that paths count from.
    base: PathBuf,
}

impl Images {
    /// Images whose paths count from the folder of `source`, or from `source` when it is a folder.
    pub(crate) fn beside(source: Option<&Path>) -> Self {
        let base = match source {
            Some(source) if source.is_dir() => source.to_path_buf(),
            Some(source) => source.parent().unwrap_or(Path::new("")).to_path_buf(),
            None => PathBuf::new(),
        };
        Self { base }
    }

    /// The file at `path`, or why it is not drawn. Only PNG, JPEG and WebP are, whatever the file is called.
    pub(crate) fn read(&self, path: &str) -> Result<ImageFile, &'static str> {
        let own = PathBuf::from(path.replace('\\', "/"));
        // A source may lie beside its images but has no business above its own folder.
        let climbs = own.components().any(|part| part == Component::ParentDir);
        if climbs && own.is_relative() {
            return Err("an image lies outside of its source's folder; drawn without it");
        }
        let file = File::open(self.base.join(own))
            .map_err(|_error| "an image cannot be opened; drawn without it")?;
        let mut bytes = Vec::new();
        file.take(MAX_IMAGE_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|_error| "an image cannot be read; drawn without it")?;
        if bytes.len() as u64 > MAX_IMAGE_BYTES {
            return Err("an image is larger than 32 MiB; drawn without it");
        }
        let mime = mime_of(&bytes).ok_or("an image is no PNG, JPEG or WebP; drawn without it")?;
        Ok(ImageFile { bytes, mime })
    }
}

/// What the first bytes say.
fn mime_of(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        Some("image/jpeg")
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some("image/webp")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_known_by_its_first_bytes_and_sought_below_its_source() {
        let dir = std::env::temp_dir().join(format!("cim_images_{}", std::process::id()));
        std::fs::create_dir_all(dir.join("appearance")).expect("a test folder can be made");
        std::fs::write(dir.join("appearance/a.jpg"), b"\xff\xd8\xff\xe0rest").expect("written");
        std::fs::write(dir.join("b.png"), b"plain text").expect("written");
        let images = Images::beside(Some(&dir.join("city.gml")));
        let image = images.read("appearance\\a.jpg").expect("an image");
        assert_eq!(image.mime, "image/jpeg");
        for path in ["b.png", "c.png", "../x/b.png"] {
            assert!(images.read(path).is_err(), "{path}");
        }
        assert_eq!(mime_of(b"RIFF\x00\x00\x00\x00WEBPVP8 "), Some("image/webp"));
        std::fs::remove_dir_all(dir).ok();
    }
}
