//! What an officer sees of cameras: which of them see an alarm, their live pictures on the card and in the mosaic, and who sees a
//! place that is clicked in the city.

use crate::desk::Desk;
use crate::web::wait_until;
use serde_json::json;
use std::time::Duration;
use xtask::Outcome;

const SEEING: &str = ".card .near-row";
const CARD_PICTURE: &str = ".card .view-canvas";
const GO_THERE: &str = ".card .card-fly";
const PAGE: &str = ".video-page";
const MOSAIC_TAB: &str = "#video-tab-mosaic";
const COVERAGE_TAB: &str = "#video-tab-coverage";
const CAMERAS: &str = ".pick-camera";
const CELL: &str = "#view-cell-0 .view";
const CELL_PICTURE: &str = "#view-cell-0 .view-canvas";
const SEES_ACTS: &str = ".views-bar button";
const FOLDED: &str = ".page.folded";
const TWIN: &str = ".picture";
const SIGHTS: &str = ".sight-scroll tbody tr";

/// How long obstacles may take to be read, or a stream to begin anew.
const PICTURE_WITHIN: Duration = Duration::from_mins(1);
/// How long the twin may fly.
const FLY: Duration = Duration::from_secs(4);

/// True when something more than a flat colour is painted, and how many pictures came so far.
const PAINTED: &str = "const canvas = document.querySelector(arguments[0]);
    if (canvas === null || canvas.width < 16 || canvas.height < 9) { return 0; }
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const colours = new Set(new Uint32Array(data.buffer)).size;
    return colours > 8 ? Number(canvas.dataset.pictures) : 0;";

impl Desk<'_> {
    /// Waits until the open card says that this camera sees what the card is about, with what stands in the way considered.
    pub fn wait_for_camera_that_sees(&self, name: &str) -> Outcome {
        self.says(SEEING, name)?;
        self.says(SEEING, "看得见")
    }

    /// Waits until pictures of that camera follow each other on the card.
    pub fn wait_for_picture_on_card(&self) -> Outcome<u64> {
        self.wait_for_pictures(CARD_PICTURE)
    }

    /// Lets the twin fly to what the card is about.
    pub fn go_to_what_the_card_is_about(&self) -> Outcome {
        self.click(GO_THERE, "定位")?;
        std::thread::sleep(FLY);
        Ok(())
    }

    /// Opens the page of video with its key and takes this camera into the first cell of the mosaic; waits for its pictures.
    pub fn watch_camera(&self, name: &str) -> Outcome<u64> {
        self.window.press("7")?;
        self.says(PAGE, "")?;
        self.click(MOSAIC_TAB, "")?;
        self.click(CAMERAS, name)?;
        self.wait_for_pictures(CELL_PICTURE)
    }

    /// Shows the mosaic again on the open page of video; waits for its pictures.
    pub fn return_to_mosaic(&self) -> Outcome<u64> {
        self.click(MOSAIC_TAB, "")?;
        self.wait_for_pictures(CELL_PICTURE)
    }

    /// Waits until the picture in the first cell stands so: `playing`, `restarting`, `failed` … Returns how.
    pub fn wait_for_watched(&self, states: &[&str]) -> Outcome<String> {
        let state = || {
            let state = self.window.attribute(CELL, "data-state")?;
            Ok(state.filter(|state| states.contains(&state.as_str())))
        };
        wait_until(&format!("the picture is {states:?}"), PICTURE_WITHIN, state)
            .map(|(state, _)| state)
    }

    /// Waits until pictures follow each other in the first cell.
    pub fn wait_for_watched_pictures(&self) -> Outcome<u64> {
        self.wait_for_pictures(CELL_PICTURE)
    }

    /// Asks who sees the place in the middle of the twin, with the mouse; waits until `name` is among the answers.
    pub fn ask_who_sees_the_middle(&self, name: &str) -> Outcome<String> {
        self.click(COVERAGE_TAB, "")?;
        self.click(SEES_ACTS, "点一处")?;
        self.says(FOLDED, "")?;
        // The twin is larger now; its view follows within a frame or two.
        std::thread::sleep(Duration::from_secs(2));
        self.window.click_in_the_middle_of(TWIN, 0.0, 0.0)?;
        let told = "return [...document.querySelectorAll(arguments[0])]
            .map((row) => row.textContent).find((row) => row.includes(arguments[1])) ?? null";
        let seen = || {
            let row = self.window.run(told, &[json!(SIGHTS), json!(name)])?;
            Ok(row.as_str().map(ToOwned::to_owned))
        };
        wait_until(
            &format!("{name} is among those that see it"),
            PICTURE_WITHIN,
            seen,
        )
        .map(|(row, _)| row)
    }

    /// Waits for a picture that is not flat, then for a later one.
    fn wait_for_pictures(&self, canvas: &str) -> Outcome<u64> {
        let count = || {
            let count = self.window.run(PAINTED, &[json!(canvas)])?;
            Ok::<_, String>(count.as_u64().unwrap_or(0))
        };
        let first = || Ok(Some(count()?).filter(|count| *count > 0));
        let (first, _) = wait_until(&format!("a picture in {canvas}"), PICTURE_WITHIN, first)?;
        let later = || Ok(Some(count()?).filter(|count| *count > first));
        wait_until(
            &format!("a later picture in {canvas}"),
            PICTURE_WITHIN,
            later,
        )
        .map(|(count, _)| count)
    }
}
