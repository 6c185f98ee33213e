//! The clocked test picture: what cameras of a drill show, and how it is delivered. Pure; the server is the hub's.
//!
//! A picture says which camera it is and when it was drawn, for people (large digits) and for programs (a strip of black and
//! white fields that survives scaling, JPEG and H.264): how late a picture is can be measured where it is shown.

mod deliver;
mod digits;
mod encode;
mod picture;
pub mod rtp;
mod strip;

pub use crate::boxes::write::{
    Sample, Track, fragment, init_segment, length_prefixed, progressive_mp4,
};
pub use deliver::{Segment, hls_playlist, mjpeg_content_type, mjpeg_part};
pub use encode::{EncodedFrame, PatternEncoder, PatternError};
pub use picture::{HEIGHT, Pattern, WIDTH};
pub use strip::read_pattern;
