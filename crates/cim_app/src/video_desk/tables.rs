//! Everything that the video pages choose from, named in the desk's language.

use super::{
    Look, VideoDesk,
    convert::{name_in, word_dto, words_in},
};
use crate::wire::{VideoAttributeDto, VideoKindDto, VideoTablesDto, VideoWordDto};
use cim_sync::gb28181::Field;
use cim_video::{
    channels::{AZIMUTH, HEIGHT, TILT},
    rights::Action,
};

/// What may be the matter with a channel.
const FAULTS: [&str; 3] = ["late", "moved", "image_fault"];

impl VideoDesk {
    /// The tables; `role_name` says what a role is called.
    pub(crate) fn tables(
        &self,
        look: &Look<'_>,
        role_name: &dyn Fn(&str) -> String,
    ) -> VideoTablesDto {
        let is_chinese = look.sitting.is_chinese();
        let policy = &look.policy.policy;
        let numbered = |row: usize, name: String| word_dto(&(row + 1).to_string(), name);
        let grades = policy.grades().iter();
        let hours = grades.clone().map(|grade| grade.most_grant_hours).max();
        let channels = self.channels();
        VideoTablesDto {
            categories: policy
                .categories()
                .iter()
                .enumerate()
                .map(|(row, one)| numbered(row, words_in(&one.name, is_chinese)))
                .collect(),
            grades: grades
                .enumerate()
                .map(|(row, one)| numbered(row, words_in(&one.name, is_chinese)))
                .collect(),
            ptz_types: self.words_of(Field::PtzType, is_chinese),
            tags: channels.tags().map(|(tag, _)| tag.to_owned()).collect(),
            sources: channels
                .sources()
                .iter()
                .map(|source| source.name.clone())
                .collect(),
            actions: Action::ALL
                .iter()
                .map(|action| word_dto(action.as_str(), action.as_str().to_owned()))
                .collect(),
            purposes: policy
                .purposes()
                .iter()
                .map(|one| word_dto(&one.id, words_in(&one.name, is_chinese)))
                .collect(),
            roles: policy
                .roles()
                .map(|role| word_dto(role, role_name(role)))
                .collect(),
            areas: policy
                .areas()
                .iter()
                .map(|one| word_dto(&one.id, words_in(&one.name, is_chinese)))
                .collect(),
            faults: FAULTS
                .iter()
                .map(|word| word_dto(word, (*word).to_owned()))
                .collect(),
            kinds: self.kinds(is_chinese),
            import_fields: Field::ALL
                .iter()
                .map(|field| field.as_str())
                .chain([HEIGHT, AZIMUTH, TILT])
                .map(|field| word_dto(field, field.to_owned()))
                .collect(),
            max_grant_hours: hours.unwrap_or_default(),
        }
    }

    /// The values of a field of the standard, with their words.
    fn words_of(&self, field: Field, is_chinese: bool) -> Vec<VideoWordDto> {
        let mut fields = self.codes.fields();
        let Some((_, words)) = fields.find(|(name, _)| *name == field.as_str()) else {
            return Vec::new();
        };
        words
            .iter()
            .map(|word| word_dto(&word.value, name_in(&word.name, is_chinese)))
            .collect()
    }

    fn kinds(&self, is_chinese: bool) -> Vec<VideoKindDto> {
        let kinds = self.vocabulary.kinds().iter();
        kinds
            .map(|kind| VideoKindDto {
                code: kind.id.clone(),
                name: words_in(&kind.name, is_chinese),
                attributes: self
                    .vocabulary
                    .attributes(&kind.id)
                    .map(|attribute| VideoAttributeDto {
                        code: attribute.id.clone(),
                        name: words_in(&attribute.name, is_chinese),
                        values: self.values(&attribute.list, is_chinese),
                    })
                    .collect(),
            })
            .collect()
    }

    fn values(&self, list: &str, is_chinese: bool) -> Vec<VideoWordDto> {
        let Some(list) = self.vocabulary.list(list) else {
            return Vec::new();
        };
        let values = list.values.iter();
        values
            .map(|value| {
                let name = if is_chinese { &value.zh } else { &value.en };
                word_dto(&value.code, name.clone())
            })
            .collect()
    }
}
