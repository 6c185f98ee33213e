//! Everything about one channel, in words.

use super::{
    Look, VideoDesk,
    convert::{name_in, node_name, row_dto},
    lists::tree_of,
    sights::volume_dto,
};
use crate::wire::{
    VideoChannelDto, VideoFieldDto, VideoHealthRowDto, VideoPathDto, VideoPresetDto, VideoTreeDto,
};
use cim_model::Camera;
use cim_sync::gb28181::Field;
use cim_video::{
    channels::{ChannelIndex, Entry},
    rights::{Action, Presence, Preset},
};

/// So many clips of a camera are told.
const MOST_CLIPS: usize = 50;
/// Fields that tell where a camera stands and which way it looks.
const OF_THE_PLACE: [Field; 4] = [
    Field::Longitude,
    Field::Latitude,
    Field::DirectionType,
    Field::Address,
];
/// The parts of an identity, by the names of the standard.
const CODE_PARTS: [(&str, &str, &str); 5] = [
    ("region", "中心编码", "Region"),
    ("industry", "行业编码", "Industry"),
    ("type", "类型编码", "Type"),
    ("network", "网络标识", "Network"),
    ("sequence", "设备序号", "Sequence"),
];

impl VideoDesk {
    /// Everything about the channel called `id`, with what the hub says of it; `None` when there is none for whoever looks.
    pub(crate) fn channel(
        &self,
        look: &Look<'_>,
        id: &str,
        camera: Option<&Camera>,
    ) -> Option<VideoChannelDto> {
        let rights = self.rights_of(look, id, None);
        let presets = self
            .told()
            .presets(id)
            .into_iter()
            .map(preset_dto)
            .collect();
        let volume = self.volume_of(id);
        let channels = self.channels();
        let entry = channels.find(id)?;
        let presence = look.presence(entry);
        if presence == Presence::Hidden {
            return None;
        }
        let is_open = presence == Presence::Open;
        let actions = look.actions(entry);
        let sees_place = is_open && actions.has(Action::SeePlace);
        let is_chinese = look.sitting.is_chinese();
        let mut told = VideoChannelDto {
            row: row_dto(&channels, entry, look, (&self.rules, "")),
            code: self.code_fields(entry, is_chinese),
            fields: Vec::new(),
            paths: Vec::new(),
            sources: Vec::new(),
            volume: None,
            presets: Vec::new(),
            rights,
            health: if is_open {
                self.health_row(&channels, entry, look.sitting.now)
            } else {
                VideoHealthRowDto::default()
            },
            has_ptz: is_open && is_steered(entry.ptz()),
            clips: Vec::new(),
        };
        if !is_open {
            return Some(told);
        }
        told.fields = self.fields(entry, (sees_place, is_chinese));
        told.paths = paths(&channels, entry, is_chinese);
        told.sources = vec![entry.source().to_owned()];
        if sees_place {
            told.volume = volume.as_ref().map(volume_dto);
            told.presets = presets;
        }
        if actions.has(Action::Playback) {
            let clips = camera.into_iter().flat_map(|camera| &camera.clips);
            told.clips = clips
                .take(MOST_CLIPS)
                .map(|clip| [clip.from.0, clip.to.0])
                .collect();
        }
        Some(told)
    }

    fn code_fields(&self, entry: Entry<'_>, is_chinese: bool) -> Vec<VideoFieldDto> {
        let Some(code) = entry.code() else {
            return Vec::new();
        };
        let words = self.codes.describe(&code);
        let word = |name: &Option<cim_video::channels::Name>, raw: &str| {
            name.as_ref()
                .map_or_else(|| raw.to_owned(), |name| name_in(name, is_chinese))
        };
        let raw = [
            format!("{:08}", code.centre),
            format!("{:02}", code.industry),
            format!("{:03}", code.kind),
            format!("{}", code.network),
            format!("{:06}", code.sequence),
        ];
        let values = [
            raw[0].clone(),
            word(&words.industry, &raw[1]),
            word(&words.kind, &raw[2]),
            word(&words.network, &raw[3]),
            raw[4].clone(),
        ];
        CODE_PARTS
            .iter()
            .zip(raw.into_iter().zip(values))
            .map(|((field, zh, en), (raw, value))| VideoFieldDto {
                field: (*field).to_owned(),
                label: if is_chinese { *zh } else { *en }.to_owned(),
                raw,
                value,
                is_assumed: false,
            })
            .collect()
    }

    /// The fields that were delivered; without those of the place where that may not be seen.
    fn fields(
        &self,
        entry: Entry<'_>,
        (sees_place, is_chinese): (bool, bool),
    ) -> Vec<VideoFieldDto> {
        let known = entry.fields();
        let known = known
            .iter()
            .filter(|(field, _)| sees_place || !OF_THE_PLACE.contains(field));
        let mut fields: Vec<VideoFieldDto> = known
            .map(|(field, raw)| VideoFieldDto {
                field: field.as_str().to_owned(),
                label: field.as_str().to_owned(),
                raw: raw.to_string(),
                value: self.value_in_words(*field, raw, is_chinese),
                is_assumed: false,
            })
            .collect();
        if sees_place {
            let others = entry.others();
            fields.extend(others.into_iter().map(|(field, raw)| VideoFieldDto {
                field: field.to_owned(),
                label: field.to_owned(),
                raw: raw.to_owned(),
                value: raw.to_owned(),
                is_assumed: false,
            }));
        }
        fields
    }

    /// A value as its table has it; the value itself where no table does.
    pub(super) fn value_in_words(&self, field: Field, raw: &str, is_chinese: bool) -> String {
        let words = self.codes.word(field, raw);
        words.map_or_else(
            || raw.to_owned(),
            |names| {
                let names: Vec<String> =
                    names.iter().map(|name| name_in(name, is_chinese)).collect();
                names.join(if is_chinese { "、" } else { ", " })
            },
        )
    }
}

/// True for the types that turn when they are told (GB/T 28181-2022, `PTZType`): nobody knows of a camera of no type.
pub(crate) fn is_steered(ptz_type: u8) -> bool {
    matches!(ptz_type, 0 | 1 | 4 | 5)
}

fn paths(channels: &ChannelIndex, entry: Entry<'_>, is_chinese: bool) -> Vec<VideoPathDto> {
    let trees = [VideoTreeDto::Civil, VideoTreeDto::Business];
    let each = trees.into_iter().flat_map(|tree| {
        let paths = channels.paths_of(tree_of(tree), entry.row());
        paths.into_iter().map(move |path| (tree, path))
    });
    each.map(|(tree, path)| VideoPathDto {
        tree,
        nodes: path
            .into_iter()
            .map(|key| {
                let name = node_name(channels, (tree_of(tree), &key), is_chinese);
                [key, name]
            })
            .collect(),
    })
    .collect()
}

fn preset_dto(preset: &Preset) -> VideoPresetDto {
    VideoPresetDto {
        number: preset.number,
        name: preset.name.clone(),
        azimuth_deg: preset.azimuth_deg,
        tilt_deg: preset.tilt_deg,
        fov_h_deg: preset.hfov_deg,
    }
}
