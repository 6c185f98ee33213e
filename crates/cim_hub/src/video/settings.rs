//! What the hub's pictures for drills need to know.

use super::maker::Pace;
use std::fmt;

/// Pictures of more cameras are never made at a time, whatever the settings say.
const MOST_ENCODERS: usize = 16;
/// The most pictures a second.
const MOST_FPS: u32 = 25;

/// How a hub makes test pictures for its cameras.
#[derive(Clone, PartialEq, Eq)]
pub struct VideoSettings {
    /// The port of RTSP on 127.0.0.1; 0 takes a free one, `None` opens no such door.
    pub rtsp: Option<u16>,
    /// The name and the password that RTSP asks for (digest with SHA-256, RFC 7616); without them it asks for none.
    pub rtsp_login: Option<(String, String)>,
    /// Pictures a second, 1 to 25.
    pub fps: u32,
    /// Thousand bits a second of a stream.
    pub kbit_per_s: u32,
    /// Streams that are made at a time, 1 to 16; another one is refused with 503.
    pub most_encoders: usize,
}

impl Default for VideoSettings {
    fn default() -> Self {
        Self {
            rtsp: Some(0),
            rtsp_login: None,
            fps: 10,
            kbit_per_s: 900,
            most_encoders: MOST_ENCODERS,
        }
    }
}

impl fmt::Debug for VideoSettings {
    /// Without the password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("VideoSettings")
            .field("rtsp", &self.rtsp)
            .field("fps", &self.fps)
            .field("kbit_per_s", &self.kbit_per_s)
            .field("most_encoders", &self.most_encoders)
            .finish_non_exhaustive()
    }
}

impl VideoSettings {
    /// Pictures a second and bits, within what makes sense.
    pub(crate) fn pace(&self) -> Pace {
        Pace {
            fps: self.fps.clamp(1, MOST_FPS),
            kbit_per_s: self.kbit_per_s.clamp(50, 8_000),
        }
    }

    /// Streams at a time, within what makes sense.
    pub(crate) fn most(&self) -> usize {
        self.most_encoders.clamp(1, MOST_ENCODERS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_can_ask_for_too_much_and_the_password_is_never_shown() {
        let settings = VideoSettings {
            rtsp_login: Some(("drill".to_owned(), "secret".to_owned())),
            fps: 1_000,
            kbit_per_s: 0,
            most_encoders: 99,
            ..VideoSettings::default()
        };
        assert_eq!((settings.pace().fps, settings.pace().kbit_per_s), (25, 50));
        assert_eq!(settings.most(), 16);
        assert!(!format!("{settings:?}").contains("secret"));
    }
}
