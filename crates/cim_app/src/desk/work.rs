//! What a person does with the twin: finding, colouring, isolating, the look and its sun, comparing, bookmarks, the small map.

use super::Desk;
use crate::{
    actions::Action,
    choices::{LEAST_BUDGET_MIB, MOST_BUDGET_MIB},
    city::City,
    colouring,
    error::AppError,
    find::Question,
    live::Live,
    showing::Showing,
    wire::{
        AttributeDto, BookmarkDto, CityChoiceDto, ColourByDto, FindDto, FindPageDto, LayerDto,
        LegendDto, LookDto, MinimapDto, ShowDto, SunDto,
    },
};
use cim_geo::{Geodetic, sun_position, sun_times};
use cim_model::UtcMillis;
use cim_tiles::{Catalogue, FeatureClass};
use std::path::Path;

/// Classes of a city that have a switch of their own, beyond the layers that every city has.
const CLASS_LAYERS: [FeatureClass; 6] = [
    FeatureClass::Ground,
    FeatureClass::Bridge,
    FeatureClass::Tunnel,
    FeatureClass::Pipe,
    FeatureClass::Tree,
    FeatureClass::Furniture,
];

/// Under this name, with the city's after it, the store remembers a city's bookmarks.
const BOOKMARKS: &str = "bookmarks/";
/// A city has at most so many bookmarks.
const MAX_BOOKMARKS: usize = 200;
/// Title and note of a bookmark are at most so long, characters.
const MAX_BOOKMARK_CHARS: usize = 2_000;
/// So many folders beside the city's are looked at.
const MAX_CHOICES: usize = 100;
/// Colour of what was found, when somebody wants it coloured: that of a selection.
const FOUND_COLOUR: [u8; 3] = [0x4d, 0xa3, 0xff];

impl Desk {
    /// Everything that answers `ask`, a page at a time.
    pub async fn find(&self, ask: FindDto) -> Result<FindPageDto, AppError> {
        let (question, city) = {
            let live = self.shared.keeper.live();
            (Question::new(&live, &ask), live.city.clone())
        };
        self.aside("finding", move || question.page(city.as_deref(), &ask))
            .await
    }

    /// Isolates, colours, fades or hides all features that answer `ask`; returns how many those are.
    pub async fn show_found(&self, ask: FindDto, how: ShowDto) -> Result<u32, AppError> {
        let (question, city) = {
            let live = self.shared.keeper.live();
            (Question::new(&live, &ask), live.city.clone())
        };
        let Some(city) = city else {
            return Ok(0);
        };
        let found = self
            .aside("finding", move || question.features(&city))
            .await?;
        let count = found.len() as u32;
        // Isolating nothing would leave an empty city behind.
        if count > 0 {
            self.show_features(found, how);
        }
        Ok(count)
    }

    /// Isolates, colours, fades or hides features by their ids.
    pub fn show_features(&self, ids: Vec<String>, how: ShowDto) {
        let mut live = self.shared.keeper.live();
        match how {
            ShowDto::Isolate => live.showing.isolate(ids),
            ShowDto::Ghost => live.showing.ghost(ids),
            ShowDto::Hide => live.showing.hide(ids),
            ShowDto::Colour => live
                .showing
                .colour(ids.into_iter().map(|id| (id, FOUND_COLOUR)).collect()),
        }
    }

    /// Takes back what was isolated, faded and hidden.
    pub fn show_all(&self) {
        self.shared.keeper.live().showing.show_all();
    }

    /// Draws a class of the city, or leaves it out: `bridge`, `pipe` …
    pub fn switch_class(&self, class: &str, on: bool) -> Result<(), AppError> {
        let is_known = CLASS_LAYERS.iter().any(|known| known.as_str() == class);
        if !is_known {
            return Err(AppError::NotFound {
                what: "layer",
                id: class.to_owned(),
            });
        }
        self.shared.keeper.live().showing.switch_class(class, on);
        self.note_action(if on {
            Action::LayerOn(class)
        } else {
            Action::LayerOff(class)
        });
        Ok(())
    }

    /// The attributes by which features of `class` can be coloured.
    pub async fn attributes(&self, class: String) -> Result<Vec<AttributeDto>, AppError> {
        let language = self.language();
        let listed = self.on_city("listing attributes", move |city| {
            colouring::attributes(city, &language, &class)
        });
        Ok(listed.await?.unwrap_or_default())
    }

    /// Colours features by an attribute, or as they are again. Returns what the colours mean.
    pub async fn colour_by(&self, ask: Option<ColourByDto>) -> Result<Option<LegendDto>, AppError> {
        let Some(ask) = ask else {
            let mut live = self.shared.keeper.live();
            live.showing.colour(std::collections::BTreeMap::new());
            return Ok(None);
        };
        let language = self.language();
        let made = self
            .on_city("colouring", move |city| {
                colouring::colour_by(city, &language, &ask)
            })
            .await?;
        let Some(made) = made else {
            return Ok(None);
        };
        let made = made?;
        self.shared.keeper.live().showing.colour(made.colours);
        Ok(Some(made.legend))
    }

    /// How single features differ from their class in the picture.
    pub fn showing(&self) -> Showing {
        self.shared.keeper.live().showing.clone()
    }

    /// How the twin is to look; `None` until somebody chose.
    pub fn look(&self) -> Option<LookDto> {
        self.shared.keeper.live().look
    }

    /// Chooses how the twin looks; returns the sun that shines then.
    pub fn set_look(&self, look: LookDto) -> SunDto {
        self.shared.keeper.live().look = Some(look);
        self.sun(look.time)
    }

    /// What the city model may take, MiB; `None` until somebody chose.
    pub fn budget_mib(&self) -> Option<u32> {
        self.shared.keeper.live().budget_mib
    }

    /// Chooses what the city model may take, MiB.
    pub fn set_budget_mib(&self, mib: u32) -> Result<(), AppError> {
        if !(LEAST_BUDGET_MIB..=MOST_BUDGET_MIB).contains(&mib) {
            return Err(AppError::BadRequest {
                what: "the memory of the city model",
                found: format!("{mib} MiB"),
                reason: "it lies between 256 and 65536 MiB",
            });
        }
        self.shared.keeper.live().budget_mib = Some(mib);
        Ok(())
    }

    /// The sun over the city at `time` (UTC milliseconds), or at the moment shown.
    pub fn sun(&self, time: Option<i64>) -> SunDto {
        let now = self.shared.settings.time.now();
        let (UtcMillis(moment), origin) = {
            let live = self.shared.keeper.live();
            let origin = live
                .city
                .as_ref()
                .map(|city| Geodetic::from(city.catalogue().origin));
            (live.moment(now), origin.unwrap_or_default())
        };
        let time = time.unwrap_or(moment);
        let stands = sun_position(time, origin);
        let day = sun_times(time, origin);
        SunDto {
            time,
            azimuth_deg: stands.azimuth_deg,
            altitude_deg: stands.altitude_deg,
            rise_and_set: day.rise_and_set_ms.map(|(rise, set)| [rise, set]),
            noon: day.noon_ms,
        }
    }

    /// Cities in folders beside the open one: other epochs and plans.
    pub async fn compare_choices(&self) -> Result<Vec<CityChoiceDto>, AppError> {
        self.on_city("looking for cities", |city| choices_beside(city.folder()))
            .await
            .map(Option::unwrap_or_default)
    }

    /// What the city in `folder` says of itself; an error when there is none.
    pub async fn city_at(&self, folder: String) -> Result<CityChoiceDto, AppError> {
        let read = self.aside("reading a city", move || choice(Path::new(&folder)));
        Ok(read.await??)
    }

    /// The bookmarks of the open city, in their order.
    pub async fn bookmarks(&self) -> Result<Vec<BookmarkDto>, AppError> {
        let kept = self
            .shared
            .keeper
            .store
            .setting(&self.bookmarks_key())
            .await?;
        let kept = kept.unwrap_or_default();
        if kept.is_empty() {
            return Ok(Vec::new());
        }
        serde_json::from_str(&kept).or_else(|error| {
            // Another version's words: they stay in the store until somebody keeps new ones.
            self.note_problem("cache", "bookmarks", &error.to_string());
            Ok(Vec::new())
        })
    }

    /// Keeps these bookmarks instead of those before. They are on disk when this returns.
    pub async fn save_bookmarks(&self, bookmarks: Vec<BookmarkDto>) -> Result<(), AppError> {
        check_bookmarks(&bookmarks)?;
        let text = serde_json::to_string(&bookmarks).map_err(|error| AppError::BadRequest {
            what: "the bookmarks",
            found: error.to_string(),
            reason: "finite numbers",
        })?;
        self.shared
            .keeper
            .store
            .put_setting(&self.bookmarks_key(), &text)
            .await?;
        Ok(())
    }

    /// The city from above; empty without a city.
    pub async fn minimap(&self) -> Result<MinimapDto, AppError> {
        let made = self.on_city("drawing the small map", |city| city.minimap().clone());
        Ok(made.await?.unwrap_or_default())
    }

    fn bookmarks_key(&self) -> String {
        let live = self.shared.keeper.live();
        let name = live
            .city
            .as_ref()
            .map(|city| city.catalogue().name.zh.clone())
            .unwrap_or_default();
        format!("{BOOKMARKS}{name}")
    }

    /// Works with the open city where waiting harms nobody; `None` without a city.
    async fn on_city<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce(&City) -> T + Send + 'static,
    ) -> Result<Option<T>, AppError> {
        let city = self.shared.keeper.live().city.clone();
        let Some(city) = city else {
            return Ok(None);
        };
        self.aside(what, move || work(&city)).await.map(Some)
    }

    /// Does `work` where waiting harms nobody.
    pub(super) async fn aside<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AppError> {
        self.shared
            .keeper
            .runtime()
            .spawn_blocking(work)
            .await
            .map_err(|cause| AppError::Unfinished { what, cause })
    }
}

/// The classes that the city has and that are no layers of their own.
pub(super) fn class_layers(live: &Live) -> Vec<LayerDto> {
    let Some(city) = &live.city else {
        return Vec::new();
    };
    let layers = CLASS_LAYERS.iter().map(|class| {
        let name = class.as_str();
        LayerDto {
            name: name.to_owned(),
            on: !live.showing.hidden_classes.contains(name),
            count: city.class_count(name),
        }
    });
    layers.filter(|layer| layer.count > 0).collect()
}

fn choices_beside(folder: &Path) -> Vec<CityChoiceDto> {
    let beside = folder.parent().and_then(|parent| parent.read_dir().ok());
    let mut folders: Vec<_> = beside
        .into_iter()
        .flatten()
        .take(MAX_CHOICES)
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path != folder && path.join("catalogue.json").is_file())
        .collect();
    folders.sort();
    folders
        .iter()
        .filter_map(|path| choice(path).ok())
        .collect()
}

fn choice(folder: &Path) -> Result<CityChoiceDto, cim_tiles::TileError> {
    let catalogue = Catalogue::read(folder)?;
    Ok(CityChoiceDto {
        folder: folder.display().to_string(),
        name_zh: catalogue.name.zh,
        name_en: catalogue.name.en,
        epoch: catalogue.epoch,
    })
}

fn check_bookmarks(bookmarks: &[BookmarkDto]) -> Result<(), AppError> {
    if bookmarks.len() > MAX_BOOKMARKS {
        return Err(AppError::BadRequest {
            what: "the number of bookmarks",
            found: bookmarks.len().to_string(),
            reason: "at most 200 are kept",
        });
    }
    let is_long = |text: &str| text.chars().count() > MAX_BOOKMARK_CHARS;
    if let Some(long) = bookmarks
        .iter()
        .find(|one| is_long(&one.title) || is_long(&one.note))
    {
        return Err(AppError::BadRequest {
            what: "a bookmark's note",
            found: long.note.chars().take(40).collect(),
            reason: "at most 2000 characters are kept",
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ViewPlaceDto;

    fn bookmark(note: String) -> BookmarkDto {
        BookmarkDto {
            id: "b1".to_owned(),
            title: "泵站".to_owned(),
            note,
            kept_at: 0,
            view: ViewPlaceDto {
                target: [121.5, 31.24, 0.0],
                distance_m: 800.0,
                heading_deg: 0.0,
                pitch_deg: 45.0,
            },
        }
    }

    #[test]
    fn too_many_bookmarks_and_too_long_notes_are_refused() {
        assert!(check_bookmarks(&[bookmark("夜间巡查从这里开始".to_owned())]).is_ok());
        assert!(check_bookmarks(&[bookmark("长".repeat(2_001))]).is_err());
        let many = vec![bookmark(String::new()); MAX_BOOKMARKS + 1];
        assert!(check_bookmarks(&many).is_err());
    }

    #[test]
    fn a_folder_without_a_city_is_no_choice() {
        assert!(choice(Path::new("no/such/city")).is_err());
        assert!(choices_beside(Path::new("no/such/city")).is_empty());
    }
}
