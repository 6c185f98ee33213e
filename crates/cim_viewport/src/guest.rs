//! What the loop asks of the app that it runs.

use bevy::app::App;
use std::time::Duration;

/// An app that lives in a viewport.
pub trait Guest: Send + 'static {
    /// What the host sends it.
    type Message: Send + 'static;

    /// Adds plugins and systems; rendering is there already.
    fn build(&mut self, app: &mut App);

    /// Takes one message of the host's.
    fn apply(&mut self, app: &mut App, message: Self::Message);

    /// Called after the messages of a pass were applied: so long had the oldest of them waited. Not called without one.
    fn waited(&mut self, _app: &mut App, _longest: Duration) {}

    /// The picture has a new size.
    fn resize(&mut self, app: &mut App, size: Size);

    /// Called before the app's systems run, `seconds` after the last time.
    fn begin(&mut self, app: &mut App, seconds: f64);

    /// Called after the app's systems ran: is there something new to draw?
    fn wants_frame(&mut self, app: &mut App) -> bool;

    /// Called after the frame was drawn, or left out: when to run again without being asked.
    fn end(&mut self, app: &mut App) -> Wake;
}

/// When the app's systems run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// As soon as the frame rate allows: something moves.
    NextFrame,
    /// After this time, or when a message comes.
    After(Duration),
    /// When a message comes.
    WhenAsked,
}

/// Size of the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// Width, physical px.
    pub width: u32,
    /// Height, physical px.
    pub height: u32,
    /// Physical px per CSS px.
    pub scale: f32,
}

impl Size {
    /// Sizes beyond this are not a screen's, px.
    const LARGEST: u32 = 16_384;

    /// The nearest size that a surface can have.
    #[must_use]
    pub(crate) fn possible(self) -> Self {
        let scale = if self.scale.is_finite() && self.scale > 0.0 {
            self.scale.clamp(0.25, 8.0)
        } else {
            1.0
        };
        Self {
            width: self.width.clamp(1, Self::LARGEST),
            height: self.height.clamp(1, Self::LARGEST),
            scale,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wild_size_becomes_a_possible_one() {
        let size = Size {
            width: 0,
            height: 9_000_000,
            scale: f32::NAN,
        }
        .possible();
        assert_eq!(
            size,
            Size {
                width: 1,
                height: 16_384,
                scale: 1.0
            }
        );
    }
}
