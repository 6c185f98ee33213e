//! The desk as a person sees and handles it: what its panels say, and how one picks something.
//!
//! With `shift.rs` and `video.rs` the only place that knows how the UI's elements are called.

use crate::place::program;
use crate::web::wait_until;
use crate::window::Window;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use xtask::Outcome;
use xtask::display::{Size, VirtualDisplay};

const CITY: &str = ".topbar-city";
const CONNECTION: &str = ".topbar-connection";
const THINGS: &str = ".health-button .num";
const SEARCH: &str = ".palette input";
const FIRST_FOUND: &str = ".palette-row.current";
const PICTURE: &str = ".picture";
const CARD_NAME: &str = ".card-title h2";
const CARD_VALUE: &str = ".reading-value";
const WORST_SOURCE: &str = ".topbar-connection .source-worst";
const SOURCE_BOARD: &str = "[data-drawer='sources'] .source-list";
const SOURCE_DETAILS: &str = "[data-drawer='sources'] .source-details";

/// WebDriver's names for keys.
const ENTER: &str = "\u{E007}";
const ESCAPE: &str = "\u{E00C}";

/// How long desk and twin may take until they are complete, drawn in software.
const COMPLETE_WITHIN: Duration = Duration::from_mins(3);
/// How long panels may take to follow what was done.
const FOLLOW_WITHIN: Duration = Duration::from_secs(20);
/// Where the symbol of a place may be, px to the right of and below the place itself: symbols above ground have a stem.
const NEAR_THE_PLACE: [(f64, f64); 9] = [
    (0.0, 0.0),
    (0.0, -8.0),
    (0.0, -16.0),
    (0.0, -24.0),
    (0.0, 8.0),
    (-8.0, 0.0),
    (8.0, 0.0),
    (-8.0, -16.0),
    (8.0, -16.0),
];

/// A row of the source board, in the words on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRow {
    /// What the source is called.
    pub name: String,
    /// How it is: 正常, 迟到 …
    pub state: String,
    /// What a screen reader says of it.
    pub spoken: String,
}

/// An open desk.
pub struct Desk<'a> {
    pub(crate) window: Window<'a>,
    /// What the desk wrote about its start into its ready file.
    pub start: Value,
    /// From the command to panels and twin being complete.
    pub complete_after: Duration,
}

impl<'a> Desk<'a> {
    /// Opens a desk for the hub at `hub_url`, with its cache and logs below `folder`, and waits until it is complete.
    pub fn open(
        hub_url: &str,
        folder: &Path,
        screen: &'a VirtualDisplay,
        size: Size,
    ) -> Outcome<Self> {
        Self::open_with(hub_url, folder, screen, size, &[])
    }

    /// The same, with `further` arguments of the desktop.
    pub fn open_with(
        hub_url: &str,
        folder: &Path,
        screen: &'a VirtualDisplay,
        size: Size,
        further: &[String],
    ) -> Outcome<Self> {
        let ready = folder.join("desk-ready.json");
        fs::remove_file(&ready).ok();
        let path = |path: PathBuf| path.to_string_lossy().into_owned();
        let arguments = [
            ["--hub".to_owned(), hub_url.to_owned()],
            ["--cache".to_owned(), path(folder.join("desk"))],
            ["--mode".to_owned(), "desk".to_owned()],
            ["--lang".to_owned(), "zh-CN".to_owned()],
            ["--size".to_owned(), size.to_string()],
            ["--ready-file".to_owned(), path(ready.clone())],
        ];
        let begun = Instant::now();
        let window = Window::open(
            &program("citymirror")?,
            &[arguments.concat().as_slice(), further].concat(),
            screen,
            &folder.join("desk.log"),
        )?;
        let complete = || Ok(fs::read_to_string(&ready).ok());
        let (text, _) = wait_until("desk and twin are complete", COMPLETE_WITHIN, complete)?;
        let start = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Self {
            window,
            start,
            complete_after: begun.elapsed(),
        })
    }

    /// What the city is called.
    pub fn city(&self) -> Outcome<String> {
        self.shown(CITY)
    }

    /// How the desk stands with its hub, in words: 在线, 离线 …
    pub fn connection(&self) -> Outcome<String> {
        self.shown(CONNECTION)
    }

    /// Waits until the words about the hub contain `word`; returns how long it took.
    pub fn wait_for_connection(&self, word: &str, within: Duration) -> Outcome<Duration> {
        let seen = || Ok(self.connection()?.contains(word).then_some(()));
        wait_until(&format!("the desk says {word}"), within, seen).map(|((), took)| took)
    }

    /// How many things the desk knows.
    pub fn things(&self) -> Outcome<u64> {
        let words = self.shown(THINGS)?;
        let digits: String = words.chars().filter(char::is_ascii_digit).collect();
        digits
            .parse()
            .map_err(|err| format!("no number of things in {words:?}: {err}"))
    }

    /// Waits until the desk knows at least `count` things.
    pub fn wait_for_things(&self, count: u64) -> Outcome<u64> {
        let enough = || Ok(Some(self.things()?).filter(|known| *known >= count));
        wait_until(
            &format!("the desk knows {count} things"),
            FOLLOW_WITHIN,
            enough,
        )
        .map(|(known, _)| known)
    }

    /// Name and value on the card, if something is selected.
    pub fn card(&self) -> Outcome<Option<(String, String)>> {
        let Some(name) = self.window.text(CARD_NAME)? else {
            return Ok(None);
        };
        Ok(Some((
            name,
            self.window.text(CARD_VALUE)?.unwrap_or_default(),
        )))
    }

    /// The value on the card; fails when nothing is selected.
    pub fn value(&self) -> Outcome<String> {
        self.card()?
            .map(|(_, value)| value)
            .ok_or_else(|| "nothing is selected".to_owned())
    }

    /// Finds `name` with the keyboard, goes there and waits for its card.
    pub fn search(&self, name: &str) -> Outcome {
        self.window.press_with_control("k")?;
        let open = || {
            Ok(self
                .window
                .run(
                    &format!("return document.activeElement?.matches('{SEARCH}') === true"),
                    &[],
                )?
                .as_bool()
                .filter(|focused| *focused))
        };
        wait_until("Ctrl+K opens the search", FOLLOW_WITHIN, open)?;
        self.window.type_text(name)?;
        let found = || {
            Ok(self
                .window
                .text(FIRST_FOUND)?
                .filter(|row| row.starts_with(name)))
        };
        wait_until(&format!("the search finds {name}"), FOLLOW_WITHIN, found)?;
        self.window.press(ENTER)?;
        let card = || Ok(self.card()?.filter(|(shown, _)| shown == name));
        wait_until(&format!("the card of {name}"), FOLLOW_WITHIN, card).map(drop)
    }

    /// Clears the selection with the keyboard.
    pub fn clear_selection(&self) -> Outcome {
        self.window.press(ESCAPE)?;
        let empty = || Ok(self.card()?.is_none().then_some(()));
        wait_until("Esc clears the selection", FOLLOW_WITHIN, empty).map(drop)
    }

    /// Clicks with the real mouse on and around the middle of the picture, until a card opens whose name `is_meant`.
    /// Returns that name.
    pub fn click_the_symbol_in_the_middle(
        &self,
        is_meant: impl Fn(&str) -> bool,
    ) -> Outcome<String> {
        let mut met = Vec::new();
        for (right, down) in NEAR_THE_PLACE {
            self.window.click_in_the_middle_of(PICTURE, right, down)?;
            let card = || Ok(self.card()?.filter(|(name, _)| !met.contains(name)));
            let Ok(((name, _), _)) = wait_until("a card", Duration::from_secs(3), card) else {
                continue;
            };
            if is_meant(&name) {
                return Ok(name);
            }
            met.push(name);
        }
        Err(format!(
            "no click in the middle of the picture met a sensor; it met {met:?}"
        ))
    }

    /// Opens the source board with its key.
    pub fn open_sources(&self) -> Outcome {
        self.window.press("d")?;
        let open = || Ok(self.window.text(SOURCE_BOARD)?.map(drop));
        wait_until("D opens the source board", FOLLOW_WITHIN, open).map(drop)
    }

    /// The rows of the source board, from the top; none while it is not open.
    pub fn sources(&self) -> Outcome<Vec<SourceRow>> {
        let script =
            "const text = (row, part) => row.querySelector(part)?.textContent.trim() ?? '';
            return [...document.querySelectorAll(arguments[0] + ' .source')].map((row) => [
                text(row, '.source-name .ellipsis'), text(row, '.source-state'),
                row.querySelector('button')?.getAttribute('aria-label') ?? '']);";
        let rows = self.window.run(script, &[Value::from(SOURCE_BOARD)])?;
        let word = |row: &Value, place: usize| row[place].as_str().unwrap_or_default().to_owned();
        let row = |row: &Value| SourceRow {
            name: word(row, 0),
            state: word(row, 1),
            spoken: word(row, 2),
        };
        Ok(rows.as_array().into_iter().flatten().map(row).collect())
    }

    /// Waits until the source board says `state` of the source called `name`.
    pub fn wait_for_source(&self, name: &str, state: &str, within: Duration) -> Outcome<Duration> {
        let said = || {
            let rows = self.sources()?;
            Ok(rows
                .iter()
                .any(|row| row.name == name && row.state == state)
                .then_some(()))
        };
        wait_until(&format!("{name} is {state}"), within, said)
            .map(|((), took)| took)
            .map_err(|trouble| format!("{trouble}; the board says {:?}", self.sources()))
    }

    /// Opens the first row of the source board; returns all that it says then.
    pub fn open_first_source(&self) -> Outcome<String> {
        let script = "document.querySelector(arguments[0] + ' .source-row').click();";
        self.window.run(script, &[Value::from(SOURCE_BOARD)])?;
        let open = || self.window.text(SOURCE_DETAILS);
        wait_until("a source says more", FOLLOW_WITHIN, open).map(|(text, _)| text)
    }

    /// What the top bar says of the worst sources, if it says anything.
    pub fn worst_source(&self) -> Outcome<Option<String>> {
        self.window.text(WORST_SOURCE)
    }

    /// Writes the whole screen as a PNG.
    pub fn take_picture(&self, file: &Path) -> Outcome {
        self.window.take_picture(file)
    }

    fn shown(&self, selector: &str) -> Outcome<String> {
        self.window
            .text(selector)?
            .ok_or_else(|| format!("the desk shows no {selector}"))
    }
}
