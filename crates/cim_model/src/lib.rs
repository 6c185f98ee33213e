//! The product's words as plain data: what a sensor, a camera, an alarm and an event are.
//!
//! No serde, no I/O, no Bevy: formats belong to the doors (`cim_sync`, `cim_hub`, `cim_app`), pictures to `cim_render`.

mod alarm;
mod block;
mod camera;
mod clock;
mod digest;
mod event;
mod layer;
mod observation;
mod outline;
mod point;
mod thing;
mod time;

pub use alarm::{Alarm, AlarmId, Limits};
pub use block::{BlockRow, ObservationBlock};
pub use camera::{Camera, CameraId, CameraStatus, Clip, GbCode};
pub use clock::Clock;
pub use digest::{BUCKETS, DigestSeries, MINUTE_MS, MinuteDigest, minute_of};
pub use event::{Event, EventId, EventLevel, EventStatus, Standing};
pub use layer::Layer;
pub use observation::{Freshness, Observation, Quality, QualityWord, Reading, Severity};
pub use outline::{
    Align, Block, Check, Column, HeadingLevel, ListMarks, Meta, Outline, Picture, Run, Signature,
    Signed, Table, Text, Weight,
};
pub use point::PointKey;
pub use thing::{Datastream, DatastreamId, SensorKind, Thing, ThingClass, ThingId};
pub use time::{TimeSource, UtcMillis};
