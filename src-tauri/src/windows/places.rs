//! Where windows of their own stand: remembered between runs, and only on screens that are there. No toolkit, no files.

use cim_app::wire::PanelDto;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The least that a window is wide and high, logical px.
pub(crate) const LEAST: (f64, f64) = (320.0, 200.0);
/// The most that a window or the whole of all screens is wide or high, logical px.
const MOST: f64 = 32_768.0;
/// How much of a window's head lies on a screen at least, so that a hand can take hold of it, logical px.
const HOLD: f64 = 80.0;
/// Where a window opens when nothing is known of the screens, logical px from the corner.
const CORNER: f64 = 40.0;

/// A rectangle on the desktop, logical px.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// A panel's window as it is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) place: Place,
    pub(crate) is_open: bool,
}

/// A screen: how it is named here, and the part of it that windows may cover.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Screen {
    pub(crate) id: String,
    pub(crate) area: Place,
}

impl Place {
    fn is_sensible(&self) -> bool {
        let has_place = [self.x, self.y].iter().all(|px| px.abs() <= MOST);
        let has_size =
            (LEAST.0..=MOST).contains(&self.width) && (LEAST.1..=MOST).contains(&self.height);
        has_place && has_size
    }

    /// The middle of `other` lies in it.
    pub(crate) fn holds_middle_of(&self, other: &Self) -> bool {
        let (x, y) = (other.x + other.width / 2.0, other.y + other.height / 2.0);
        (self.x..self.x + self.width).contains(&x) && (self.y..self.y + self.height).contains(&y)
    }

    /// Enough of the head of `window` lies in it.
    fn holds_head_of(&self, window: &Self) -> bool {
        let shared = (window.x + window.width).min(self.x + self.width) - window.x.max(self.x);
        let top = self.y..self.y + self.height - HOLD / 2.0;
        shared >= HOLD && top.contains(&window.y)
    }
}

/// Where the window of `panel` opens: on the screen that was asked for, else where it stood last, else on a screen that the main
/// window leaves free, else on the first.
pub(crate) fn opening(
    panel: PanelDto,
    asked: Option<&str>,
    kept: Option<Place>,
    screens: &[Screen],
    main: Option<Place>,
) -> Place {
    let named = asked.and_then(|id| screens.iter().find(|screen| screen.id == id));
    match (named, kept) {
        (Some(screen), Some(kept)) if screen.area.holds_middle_of(&kept) => return kept,
        (Some(screen), _) => return usual(panel, &screen.area),
        (None, Some(kept))
            if screens.is_empty() || screens.iter().any(|one| one.area.holds_head_of(&kept)) =>
        {
            return kept;
        }
        (None, _) => {}
    }
    let is_free = |screen: &&Screen| main.is_none_or(|main| !screen.area.holds_middle_of(&main));
    match screens.iter().find(is_free).or(screens.first()) {
        Some(screen) => usual(panel, &screen.area),
        None => Place {
            x: CORNER,
            y: CORNER,
            width: 960.0,
            height: 640.0,
        },
    }
}

/// The usual place of a panel on a screen: as much of it as the panel can use, in the middle.
fn usual(panel: PanelDto, area: &Place) -> Place {
    let (wide, high) = match panel {
        PanelDto::Alarms | PanelDto::Card => (0.4, 0.9),
        PanelDto::Timeline => (0.9, 0.3),
        PanelDto::Drawer => (0.9, 0.5),
        PanelDto::Events
        | PanelDto::Duty
        | PanelDto::Analysis
        | PanelDto::Plans
        | PanelDto::Video => (0.9, 0.9),
    };
    let width = (area.width * wide).max(LEAST.0).round();
    let height = (area.height * high).max(LEAST.1).round();
    Place {
        x: (area.x + ((area.width - width) / 2.0).max(0.0)).round(),
        y: (area.y + ((area.height - height) / 2.0).max(0.0)).round(),
        width,
        height,
    }
}

/// What the window-state file says. Panels of another version, places that no screen has and files that are none are passed over.
pub(crate) fn read(text: &str) -> BTreeMap<PanelDto, Kept> {
    let words: BTreeMap<String, Value> = serde_json::from_str(text).unwrap_or_default();
    let known = |panel: PanelDto| {
        let kept: Kept = serde_json::from_value(words.get(panel.as_str())?.clone()).ok()?;
        kept.place.is_sensible().then_some((panel, kept))
    };
    PanelDto::ALL.into_iter().filter_map(known).collect()
}

/// The text of the window-state file.
pub(crate) fn written(kept: &BTreeMap<PanelDto, Kept>) -> String {
    let words: BTreeMap<&str, &Kept> = kept
        .iter()
        .map(|(panel, kept)| (panel.as_str(), kept))
        .collect();
    // Numbers and words can always be written.
    serde_json::to_string_pretty(&words).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEFT: Place = Place {
        x: 0.0,
        y: 0.0,
        width: 1920.0,
        height: 1080.0,
    };
    const RIGHT: Place = Place {
        x: 1920.0,
        y: 0.0,
        width: 2560.0,
        height: 1440.0,
    };
    const AT_RIGHT: Place = Place {
        x: 2000.0,
        y: 100.0,
        width: 800.0,
        height: 900.0,
    };

    fn two_screens() -> Vec<Screen> {
        [("left", LEFT), ("right", RIGHT)]
            .map(|(id, area)| Screen {
                id: id.to_owned(),
                area,
            })
            .to_vec()
    }

    #[track_caller]
    fn check(asked: Option<&str>, kept: Option<Place>, screens: &[Screen], lies_in: Place) {
        let place = opening(PanelDto::Alarms, asked, kept, screens, Some(LEFT));
        assert!(lies_in.holds_middle_of(&place), "{place:?}");
        assert!(place.is_sensible(), "{place:?}");
    }

    #[test]
    fn a_window_opens_where_the_main_window_is_not() {
        check(None, None, &two_screens(), RIGHT);
    }

    #[test]
    fn the_screen_that_was_asked_for_goes_before_where_it_stood() {
        check(Some("left"), Some(AT_RIGHT), &two_screens(), LEFT);
        check(Some("gone"), Some(AT_RIGHT), &two_screens(), AT_RIGHT);
    }

    #[test]
    fn a_window_stands_again_where_it_stood() {
        let place = opening(PanelDto::Duty, None, Some(AT_RIGHT), &two_screens(), None);
        assert_eq!(place, AT_RIGHT);
        let asked = opening(
            PanelDto::Duty,
            Some("right"),
            Some(AT_RIGHT),
            &two_screens(),
            None,
        );
        assert_eq!(asked, AT_RIGHT);
    }

    #[test]
    fn a_window_whose_screen_is_gone_comes_back_into_sight() {
        let left_only: Vec<Screen> = two_screens().into_iter().take(1).collect();
        check(None, Some(AT_RIGHT), &left_only, LEFT);
    }

    #[test]
    fn without_known_screens_a_window_opens_all_the_same() {
        let place = opening(PanelDto::Card, None, None, &[], None);
        assert!(place.is_sensible(), "{place:?}");
        assert_eq!(
            opening(PanelDto::Card, None, Some(AT_RIGHT), &[], None),
            AT_RIGHT
        );
    }

    #[test]
    fn places_are_found_again_and_nonsense_is_passed_over() {
        let kept = BTreeMap::from([(
            PanelDto::Alarms,
            Kept {
                place: AT_RIGHT,
                is_open: true,
            },
        )]);
        assert_eq!(read(&written(&kept)), kept);
        for text in [
            "",
            "[]",
            r#"{"castle":{"place":{"x":0,"y":0,"width":400,"height":300},"is_open":true}}"#,
            r#"{"alarms":{"place":{"x":0,"y":0,"width":1e9,"height":300},"is_open":true}}"#,
            r#"{"alarms":{"place":{"x":1e300,"y":0,"width":400,"height":300},"is_open":true}}"#,
            r#"{"alarms":7}"#,
        ] {
            assert!(read(text).is_empty(), "{text}");
        }
    }
}
