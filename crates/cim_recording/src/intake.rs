//! What every reader of a recording takes in first: the stretch that it tells of, and the catalogue.

use crate::{
    Summary,
    json::{ClipText, Entity},
    sink::{FORMAT_VERSION, Texts},
};
use cim_model::{Camera, CameraId, Clip, Datastream, DatastreamId, Thing, UtcMillis};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// So many numbers of series may be missing in a row, where messages of the catalogue were lost.
const MAX_GAP: usize = 1_024;

/// The catalogue, as its messages bring it.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    /// Sensing devices, in the order of the file.
    pub things: Vec<Thing>,
    /// Their series, in the order of the file.
    pub datastreams: Vec<Datastream>,
    /// Cameras with their clips.
    pub cameras: BTreeMap<CameraId, Camera>,
    /// The identity of each series, by its number in the recording; `None` where its message was lost.
    pub series: Vec<Option<DatastreamId>>,
}

impl Intake {
    /// Takes a message of `catalogue`. The error says why not.
    pub(crate) fn take_entity(&mut self, data: &[u8], summary: &mut Summary) -> Result<(), String> {
        match text_of(data, "the catalogue")? {
            Entity::Thing(text) => {
                self.things.push(text.into());
                summary.things += 1;
            }
            Entity::Datastream(text) => {
                let number = text.number as usize;
                let next = self.series.len();
                if number < next || number > next + MAX_GAP {
                    return Err(format!(
                        "a series has the number {number}, but {next} is the next"
                    ));
                }
                let datastream = Datastream::from(text);
                self.series.resize(number, None);
                self.series.push(Some(datastream.id.clone()));
                self.datastreams.push(datastream);
            }
            Entity::Camera(text) => {
                let camera = Camera::from(text);
                self.cameras.insert(camera.id.clone(), camera);
                summary.cameras += 1;
            }
        }
        Ok(())
    }

    /// Takes a message of `clips`. The error says why not.
    pub(crate) fn take_clip(
        &mut self,
        data: &[u8],
        summary: &mut Summary,
    ) -> Result<ClipText, String> {
        let text: ClipText = text_of(data, "a clip")?;
        let Some(camera) = self.cameras.get_mut(&CameraId::new(&text.camera)) else {
            return Err(format!(
                "the clip `{}` belongs to the unknown camera `{}`",
                text.path, text.camera
            ));
        };
        camera.clips.push(Clip::from(&text));
        summary.clips += 1;
        Ok(text)
    }

    /// How many series the recording has.
    pub(crate) fn count(&self) -> u32 {
        self.series.len() as u32
    }
}

/// A JSON message about `what`. The error says where it breaks.
pub(crate) fn text_of<T: DeserializeOwned>(data: &[u8], what: &str) -> Result<T, String> {
    serde_json::from_slice(data).map_err(|error| format!("a message about {what}: {error}"))
}

/// Takes the stretch from the `recording` metadata. The error says why not.
pub(crate) fn take_head(texts: &Texts, summary: &mut Summary) -> Result<(), String> {
    let version = texts.get("format_version").map_or("", String::as_str);
    if version != FORMAT_VERSION {
        return Err(format!(
            "the recording has the format version `{version}`, this program reads `{FORMAT_VERSION}`"
        ));
    }
    let moment = |name: &str| {
        let text = texts.get(name).map_or("", String::as_str);
        text.parse()
            .map(UtcMillis)
            .map_err(|error| format!("the recording's `{name}` is `{text}` ({error})"))
    };
    summary.from = moment("from")?;
    summary.to = moment("to")?;
    Ok(())
}

/// The counts of `summary` as the `contents` metadata keeps them, with how often the whole state was written.
pub(crate) fn contents_of(summary: &Summary, series: u64, states: u64) -> Texts {
    [
        ("observations", summary.observations),
        ("facts", summary.facts),
        ("events", summary.events),
        ("things", summary.things),
        ("datastreams", series),
        ("cameras", summary.cameras),
        ("clips", summary.clips),
        ("states", states),
    ]
    .into_iter()
    .map(|(name, n)| (name.to_owned(), n.to_string()))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_far_ahead_is_refused_and_reserves_nothing() {
        let mut intake = Intake::default();
        let data = br#"{"datastream":{"number":4000000000,"id":"a","thing":"t","name":"","observed_property":"",
            "unit":"","period_s":1.0}}"#;
        let error = intake
            .take_entity(data, &mut Summary::default())
            .expect_err("far ahead");
        assert!(error.contains("4000000000"), "{error}");
        assert!(intake.series.is_empty());
    }

    #[test]
    fn a_newer_format_is_named() {
        let texts = Texts::from([("format_version".to_owned(), "2".to_owned())]);
        let error = take_head(&texts, &mut Summary::default()).expect_err("version 2");
        assert!(error.contains("`2`"), "{error}");
    }
}
