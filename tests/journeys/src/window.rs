//! The desk's real window: the DOM through WebDriver, the mouse through the X server.
//!
//! WebKitWebDriver starts the desk and speaks for its WebView. What lies outside the DOM, the twin, is seen only by the
//! X server, so clicks into it are made by `xdotool`.

use crate::web::{Web, wait_for_port, wait_until};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use xtask::Outcome;
use xtask::display::{VirtualDisplay, let_root_run_webkit};
use xtask::process::{Running, find_program, free_port, read};

/// WebDriver's name for the Control key.
const CONTROL: &str = "\u{E009}";
/// How long the desk may take to end after its session was closed.
const GONE_WITHIN: Duration = Duration::from_secs(10);

/// A window that is open until it is dropped.
pub struct Window<'a> {
    web: Web,
    /// Address of the session.
    session: String,
    /// The process of the desk.
    app: Option<u32>,
    screen: &'a VirtualDisplay,
    _driver: Running,
}

impl<'a> Window<'a> {
    /// Starts `program` with `arguments` on `screen`.
    pub fn open(
        program: &Path,
        arguments: &[String],
        screen: &'a VirtualDisplay,
        log: &Path,
    ) -> Outcome<Self> {
        let port = free_port(0)?;
        let mut command = Command::new(
            find_program("WebKitWebDriver").ok_or("WebKitWebDriver is not installed")?,
        );
        command
            .arg(format!("--port={port}"))
            .arg("--host=127.0.0.1")
            .env("TAURI_WEBVIEW_AUTOMATION", "true");
        screen.draw_here(&mut command);
        let_root_run_webkit(&mut command);
        let driver = Running::start("WebKitWebDriver", &command, log)?;
        wait_for_port("WebKitWebDriver", port)?;

        let options = json!({ "binary": program, "args": arguments });
        let wanted =
            json!({ "capabilities": { "alwaysMatch": { "webkitgtk:browserOptions": options } } });
        let web = Web::new()?;
        let address = format!("http://127.0.0.1:{port}/session");
        let answer = web
            .post(&address, &wanted)
            .map_err(|err| driver.report(&err))?;
        let Some(id) = answer.body["value"]["sessionId"].as_str() else {
            return Err(driver.report(&format!("opened no session: {}", answer.body)));
        };
        Ok(Self {
            session: format!("{address}/{id}"),
            app: child_of(driver.id()),
            web,
            screen,
            _driver: driver,
        })
    }

    /// What `script`, the body of a function, returns in the page.
    pub fn run(&self, script: &str, arguments: &[Value]) -> Outcome<Value> {
        self.command(
            "execute/sync",
            &json!({ "script": script, "args": arguments }),
        )
    }

    /// The text of the first element that `selector` finds.
    pub fn text(&self, selector: &str) -> Outcome<Option<String>> {
        let found = self.run(
            "return document.querySelector(arguments[0])?.textContent ?? null",
            &[json!(selector)],
        )?;
        Ok(found.as_str().map(|text| text.trim().to_owned()))
    }

    /// An attribute of the first element that `selector` finds.
    pub fn attribute(&self, selector: &str, name: &str) -> Outcome<Option<String>> {
        let script =
            "return document.querySelector(arguments[0])?.getAttribute(arguments[1]) ?? null";
        Ok(self
            .run(script, &[json!(selector), json!(name)])?
            .as_str()
            .map(ToOwned::to_owned))
    }

    /// Types `text` where the focus is.
    pub fn type_text(&self, text: &str) -> Outcome {
        let strokes: Vec<Value> = text
            .chars()
            .flat_map(|key| stroke(&key.to_string()))
            .collect();
        self.keys(&strokes)
    }

    /// Presses and releases one key, such as `\u{E007}` for Enter.
    pub fn press(&self, key: &str) -> Outcome {
        self.keys(&stroke(key))
    }

    /// Presses a key while Control is held.
    pub fn press_with_control(&self, key: &str) -> Outcome {
        let [down, up] = stroke(CONTROL);
        let [key_down, key_up] = stroke(key);
        self.keys(&[down, key_down, key_up, up])
    }

    /// Clicks with the real mouse, px from the middle of the element that `selector` finds.
    pub fn click_in_the_middle_of(&self, selector: &str, right: f64, down: f64) -> Outcome {
        let script = "const r = document.querySelector(arguments[0]).getBoundingClientRect();
            const frame = [window.outerWidth - window.innerWidth, window.outerHeight - window.innerHeight];
            return [window.screenX + frame[0] + r.left + r.width / 2, window.screenY + frame[1] + r.top + r.height / 2];";
        let middle = self.run(script, &[json!(selector)])?;
        let (Some(x), Some(y)) = (middle[0].as_f64(), middle[1].as_f64()) else {
            return Err(format!("{selector} has no place: {middle}"));
        };
        let at = [
            (x + right).round().to_string(),
            (y + down).round().to_string(),
        ];
        let mut mouse = Command::new("xdotool");
        mouse
            .env("DISPLAY", self.screen.name())
            .args(["mousemove", &at[0], &at[1]]);
        // The page sees the pointer come before it sees it pressed, as with a hand.
        read(mouse.args(["sleep", "0.2", "click", "1"])).map(drop)
    }

    /// How many windows of the desk the X server shows.
    pub fn count_on_screen(&self) -> Outcome<usize> {
        let app = self.app.ok_or("nobody knows the process of the desk")?;
        let mut search = Command::new("xdotool");
        search.env("DISPLAY", self.screen.name()).args([
            "search",
            "--onlyvisible",
            "--pid",
            &app.to_string(),
        ]);
        // Finding nothing is a failure to xdotool.
        Ok(read(&mut search).map_or(0, |found| found.lines().count()))
    }

    /// Writes the whole screen, twin and all, as a PNG.
    pub fn take_picture(&self, file: &Path) -> Outcome {
        self.screen.take_picture(file)
    }

    fn keys(&self, strokes: &[Value]) -> Outcome {
        let actions =
            json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": strokes }] });
        self.command("actions", &actions).map(drop)
    }

    fn command(&self, path: &str, body: &Value) -> Outcome<Value> {
        let answer = self.web.post(&format!("{}/{path}", self.session), body)?;
        if answer.status == 200 {
            Ok(answer.body["value"].clone())
        } else {
            Err(format!(
                "the window refused {path}: {}",
                answer.body["value"]
            ))
        }
    }
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        self.web.delete(&self.session).ok();
        let Some(app) = self.app else { return };
        let process = PathBuf::from(format!("/proc/{app}"));
        let gone = || Ok((!process.exists()).then_some(()));
        if wait_until("the desk ends", GONE_WITHIN, gone).is_err() {
            Command::new("sh")
                .args(["-c", &format!("kill -KILL {app}")])
                .status()
                .ok();
        }
    }
}

/// Down and up of one key.
fn stroke(key: &str) -> [Value; 2] {
    [
        json!({ "type": "keyDown", "value": key }),
        json!({ "type": "keyUp", "value": key }),
    ]
}

/// The process that `parent` started, if it started one.
fn child_of(parent: u32) -> Option<u32> {
    let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}
