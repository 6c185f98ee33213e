//! A screen to draw on: the person's own, or a virtual one; and pictures of it.

use crate::Outcome;
use crate::process::{self, Running};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::str::FromStr;
use std::time::Duration;

/// How long a virtual display may take to come up.
const DISPLAY_WITHIN: Duration = Duration::from_secs(30);

/// Width and height of a window, px.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Px.
    pub width: u32,
    /// Px.
    pub height: u32,
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("a size is written as 1920x1080, not as {text:?}");
        let (width, height) = text.split_once('x').ok_or_else(wrong)?;
        let size = |number: &str| {
            number
                .parse()
                .ok()
                .filter(|n| (200..=16_384).contains(n))
                .ok_or_else(wrong)
        };
        Ok(Self {
            width: size(width)?,
            height: size(height)?,
        })
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// A virtual display, there until it is dropped.
pub struct VirtualDisplay {
    name: String,
    _server: Running,
}

impl VirtualDisplay {
    /// Starts one of `size` on a number that nobody uses.
    pub fn start(size: Size, log: &Path) -> Outcome<Self> {
        let mut command = Command::new("Xvfb");
        command.args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            &format!("{size}x24"),
            "-nolisten",
            "tcp",
            "-noreset",
        ]);
        let mut server = Running::start("Xvfb", &command, log)?;
        let number = server.line(DISPLAY_WITHIN)?;
        Ok(Self {
            name: format!(":{}", number.trim()),
            _server: server,
        })
    }

    /// What goes into `DISPLAY`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Makes `command` draw here, in software.
    pub fn draw_here(&self, command: &mut Command) {
        command
            .env("DISPLAY", &self.name)
            .env_remove("WAYLAND_DISPLAY")
            .env("GDK_BACKEND", "x11");
        command
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
            .env("NO_AT_BRIDGE", "1");
    }

    /// Writes the whole screen as a PNG.
    pub fn take_picture(&self, file: &Path) -> Outcome {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)
                .map_err(|err| format!("cannot make the picture's folder: {err}"))?;
        }
        let mut command = Command::new(image_magick()?);
        command
            .env("DISPLAY", &self.name)
            .args(["-silent", "-window", "root", "-depth", "8"]);
        process::run(command.arg(format!("png:{}", file.display())))
    }
}

/// WebKit's own sandbox cannot start as root in a container, where the demo is also shown; elsewhere it stays on.
pub fn let_root_run_webkit(command: &mut Command) {
    if process::is_root() {
        command.env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1");
    }
}

/// ImageMagick's `import`; other programs of that name exist.
fn image_magick() -> Outcome<&'static str> {
    let program = "/usr/bin/import";
    let answer = process::read(Command::new(program).arg("-version")).unwrap_or_default();
    if answer.contains("ImageMagick") {
        Ok(program)
    } else {
        Err("pictures need ImageMagick (Debian: imagemagick)".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_read_and_written_back() {
        let size: Size = "1366x768".parse().expect("a size");
        assert_eq!(
            (size.width, size.height, size.to_string()),
            (1366, 768, "1366x768".to_owned())
        );
    }

    #[test]
    fn a_size_that_no_screen_has_is_refused() {
        for text in ["", "1920", "1920x", "0x0", "1920*1080", "99999x10"] {
            assert!(text.parse::<Size>().is_err(), "{text:?} was taken");
        }
    }
}
