//! What an officer does at the desk during a shift: opens an alarm, makes an event of it, makes its steps in one role and
//! another, reads the duty log, hands the desk over, and puts a panel into a window of its own.

use crate::desk::Desk;
use crate::web::wait_until;
use serde_json::{Value, json};
use std::time::Duration;
use xtask::Outcome;

const ALARM_NAMES: &str = ".alarm-rows .row-what";
const ALARM_FACTS: &str = ".card .card-facts";
const ALARM_ACTS: &str = ".alarm-card-acts button";
const TREND: &str = ".card .trend-plot canvas";
const TREND_TROUBLE: &str = ".card .trend-words";
const REPORT_PLACE: &str = ".report-where [role='status']";
const REPORT_FIELDS: &str = ".report-form input";
const REPORT_ACTS: &str = ".report-acts button";
const STAGE: &str = ".case-state strong";
const STEPS: &str = ".case-moves > .tool-acts button";
const STEP_FORM: &str = ".case-moves .move-form";
const STEP_SEND: &str = ".case-moves .move-send";
const STEP_TEXT: &str = ".case-moves .move-form textarea";
const STEP_CHOICES: &str = ".case-moves .move-form .choices button";
const PARTY: &str = ".case-moves .move-form [role='combobox']";
const PARTIES: &str = ".case-moves .move-form [role='option']";
const PARTY_CHOSEN: &str = ".case-moves .move-form .pick-chosen";
const CASE_TABS: &str = ".case-tabs [role='tab']";
const CASE_FILE: &str = ".case-add input[type='file']";
const CASE_FILES: &str = "#case-tab-panel";
const CASE_ENTRIES: &str = ".case-entries";
const ACTOR: &str = ".actor-button";
const ACTOR_ROLE: &str = ".actor-button .actor-role";
const ACTOR_CHOICES: &str = ".actor-popover select";
const OFFICER: &str = ".actor-button .topbar-operator";
const EVENT_DOORS: &str = ".event-search button";
const EVENT_FILTERS: &str = ".event-filters select";
const EVENT_NAMES: &str = ".event-rows .row-what";
const DUTY: &str = ".duty-page";
const DUTY_VIEWS: &str = ".duty-views button";
const LOG: &str = ".log-table tbody";
const OPEN_ITEMS: &str = ".handover-items";
const MARK_ALL: &str = ".handover-kind button";
const INCOMING: &str = ".handover-names input";
const SHEET_TEXTS: &str = ".handover-side textarea";
const SHEET_ACTS: &str = ".handover-side button";
const SIGNING: &str = ".handover-signing";
const SIGNING_NAME: &str = ".handover-signing input";
const HANDED_OVER: &str = ".handover-done";
const HANDOVERS: &str = ".handover-list tbody";
const TEAR_OFF: &str = ".lists .tear-off";
const TORN_NOTICE: &str = ".lists .torn-notice";
const TORN_ACTS: &str = ".lists .torn-notice button";
const NOTICE: &str = ".notice";
const CARD: &str = ".card";

/// How long the desk may take to follow what was done: a step goes to the host and its disk, and the twin is drawn in software.
const FOLLOW_WITHIN: Duration = Duration::from_secs(30);
/// More kinds of open items than there are.
const MOST_KINDS: usize = 8;
/// So much of a panel stands in a report of what went wrong, characters.
const MOST_TOLD: usize = 400;

/// Finds the first element of `place` that can be seen and used and whose words (label or text) begin with `words`.
const FIND: &str = "const [place, words, given] = arguments;
    const said = (one) =>
        (one.getAttribute('aria-label') ?? one.closest('label')?.textContent ?? one.textContent).trim();
    const found = [...document.querySelectorAll(place)].find((one) =>
        one.getClientRects().length > 0 && one.disabled !== true && said(one).startsWith(words));
    if (found === undefined) { return false; }
";
const CLICK: &str = "found.click(); return true;";
const WRITE: &str = "found.value = given;
    found.dispatchEvent(new InputEvent('input', { bubbles: true })); return true;";
const CHOOSE: &str = "const option = [...found.options].find((one) => one.textContent.trim().startsWith(given));
    if (option === undefined) { return false; }
    found.value = option.value; found.dispatchEvent(new Event('change', { bubbles: true })); return true;";
const ATTACH: &str = "const data = new DataTransfer();
    data.items.add(new File(['as it looks now'], given, { type: 'text/plain' }));
    found.files = data.files; found.dispatchEvent(new Event('change', { bubbles: true })); return true;";

impl Desk<'_> {
    /// Opens the alarm of the device called `name` from the list, and waits for its page with its trend. Returns its facts.
    pub fn open_alarm(&self, name: &str) -> Outcome<String> {
        self.click(ALARM_NAMES, name)?;
        let card = || Ok(self.card()?.filter(|(shown, _)| shown == name).map(drop));
        self.until(&format!("the page of {name}"), card)?;
        self.says(ALARM_FACTS, "")?;
        self.says(TREND, "")?;
        self.is_gone(TREND_TROUBLE)?;
        Ok(self.window.text(ALARM_FACTS)?.unwrap_or_default())
    }

    /// Makes an event called `title` of the alarm whose page is open, where its device stands: `place` as it is written.
    pub fn make_event_of_alarm(&self, title: &str, place: &str) -> Outcome {
        self.click(ALARM_ACTS, "转为事件")?;
        self.says(REPORT_PLACE, place)?;
        self.write(REPORT_FIELDS, "发生了什么", title)?;
        self.click(REPORT_ACTS, "提交")
    }

    /// Waits until the event whose page is open is at this stage: 待立案, 待交办 …
    pub fn wait_for_stage(&self, words: &str) -> Outcome {
        self.says(STAGE, words)
    }

    /// Makes the step called `name`, saying `text` where it is not empty.
    pub fn make_step(&self, name: &str, text: &str) -> Outcome {
        self.click(STEPS, name)?;
        self.send_step(text)
    }

    /// Gives the event to the party called `party`.
    pub fn assign(&self, party: &str, text: &str) -> Outcome {
        self.click(STEPS, "交办")?;
        self.write(PARTY, "承办单位", party)?;
        self.click(PARTIES, party)?;
        self.says(PARTY_CHOSEN, party)?;
        self.send_step(text)
    }

    /// Rates how the event was handled: 满意, 一般 …
    pub fn rate(&self, score: &str) -> Outcome {
        self.click(STEPS, "评价")?;
        self.click(STEP_CHOICES, score)?;
        self.send_step("")
    }

    /// Puts a file with the event that shows what was done.
    pub fn attach_evidence(&self, name: &str) -> Outcome {
        self.click(CASE_TABS, "附件")?;
        self.soon(ATTACH, CASE_FILE, "加附件", name)?;
        self.says(CASE_FILES, name)
    }

    /// Waits until the event's page tells all of these of what was done.
    pub fn wait_for_entries(&self, words: &[&str]) -> Outcome {
        self.click(CASE_TABS, "经过")?;
        words
            .iter()
            .try_for_each(|one| self.says(CASE_ENTRIES, one))
    }

    /// Acts in this role from now on: for `party`, or for the desk itself.
    pub fn act_as(&self, role: &str, party: Option<&str>) -> Outcome {
        self.click(ACTOR, "")?;
        self.choose(ACTOR_CHOICES, "岗位", role)?;
        // The party goes with the role that the desk knows.
        self.says(ACTOR_ROLE, role)?;
        self.choose(ACTOR_CHOICES, "代表单位", party.unwrap_or("本席"))?;
        let taken = || {
            let shown = self.window.text(ACTOR_ROLE)?.unwrap_or_default();
            let is_taken = party.map_or(shown == role, |party| shown.contains(party));
            Ok(is_taken.then_some(()))
        };
        self.until(&format!("the officer acts as {role}"), taken)?;
        self.click(ACTOR, "")?;
        self.is_gone(ACTOR_CHOICES)
    }

    /// Waits until the top bar says that `name` sits here.
    pub fn wait_for_officer(&self, name: &str) -> Outcome {
        self.says(OFFICER, name)
    }

    /// Opens the duty page with its key, which shows the log.
    pub fn open_duty(&self) -> Outcome {
        self.window.press("4")?;
        self.says(DUTY, "")
    }

    /// Waits until the duty log tells all of these.
    pub fn wait_for_log(&self, words: &[String]) -> Outcome {
        words.iter().try_for_each(|one| self.says(LOG, one))
    }

    /// Turns the duty page to the handover and waits until `item` is among what is open; takes note of everything.
    pub fn take_note_of_open_items(&self, item: &str) -> Outcome {
        self.click(DUTY_VIEWS, "交接班")?;
        self.says(OPEN_ITEMS, item)?;
        self.click_all(MARK_ALL, "都已知悉")
    }

    /// Writes the handover to `incoming` with a note and a matter that goes on.
    pub fn write_handover(&self, incoming: &str, note: &str, matter: &str) -> Outcome {
        self.write(INCOMING, "接班人姓名", incoming)?;
        self.write(SHEET_TEXTS, "要让接班人知道的情况", note)?;
        self.write(SHEET_TEXTS, "还要继续办的事", matter)?;
        self.click(SHEET_ACTS, "加入")?;
        self.click(SHEET_ACTS, "生成交班单")
    }

    /// The outgoing officer signs.
    pub fn sign_out(&self, outgoing: &str) -> Outcome {
        self.click(SHEET_ACTS, &format!("{outgoing} 签字交班"))
    }

    /// The incoming officer has seen all that is open, and signs.
    pub fn sign_in(&self, incoming: &str) -> Outcome {
        self.says(SIGNING, "")?;
        self.click_all(MARK_ALL, "都已看过")?;
        self.write(SIGNING_NAME, "接班人在此写自己的姓名", incoming)?;
        self.click(SHEET_ACTS, "签字接班")
    }

    /// The desk changes hands.
    pub fn complete_handover(&self, outgoing: &str, incoming: &str) -> Outcome {
        self.click(SHEET_ACTS, &format!("换班，{incoming} 当班"))?;
        self.says(HANDED_OVER, &format!("{outgoing} → {incoming}"))
    }

    /// Finds the closed event called `title` in the list of events, and opens it.
    pub fn open_closed_event(&self, title: &str) -> Outcome {
        self.window.press("2")?;
        self.click(EVENT_DOORS, "筛选")?;
        self.choose(EVENT_FILTERS, "状态", "已结案")?;
        self.click(EVENT_NAMES, title)
    }

    /// Turns the duty page to the handovers of earlier, and waits until they tell all of these.
    pub fn wait_for_handovers(&self, words: &[&str]) -> Outcome {
        self.click(DUTY_VIEWS, "历次交接")?;
        words.iter().try_for_each(|one| self.says(HANDOVERS, one))
    }

    /// Puts the list of alarms into a window of its own, and waits until the X server shows one window more.
    pub fn tear_off_alarms(&self) -> Outcome {
        let before = self.window.count_on_screen()?;
        if before == 0 {
            return Err("the X server shows no window of the desk".to_owned());
        }
        self.window.press("1")?;
        self.click(TEAR_OFF, "告警列表")?;
        self.says(TORN_NOTICE, "告警列表在独立窗口里")?;
        let more = || Ok((self.window.count_on_screen()? > before).then_some(()));
        self.until("a second window", more)
    }

    /// Brings the list of alarms back, and waits until one window less is shown and `name` is in the list again.
    pub fn bring_alarms_back(&self, name: &str) -> Outcome {
        let before = self.window.count_on_screen()?;
        self.click(TORN_ACTS, "收回")?;
        self.is_gone(TORN_NOTICE)?;
        self.says(ALARM_NAMES, name)?;
        let fewer = || Ok((self.window.count_on_screen()? < before).then_some(()));
        self.until("the second window closes", fewer)
    }

    /// Fills in the text that the open form asks for, and sends it; waits until the host has taken it.
    fn send_step(&self, text: &str) -> Outcome {
        if !text.is_empty() {
            self.write(STEP_TEXT, "", text)?;
        }
        self.click(STEP_SEND, "")?;
        self.is_gone(STEP_FORM)
    }

    /// Clicks on the first of `place` that begins with `words`, as soon as it can be used.
    pub(crate) fn click(&self, place: &str, words: &str) -> Outcome {
        self.soon(CLICK, place, words, "")
    }

    /// Clicks on each of `place` that begins with `words`; each goes away when it is clicked.
    fn click_all(&self, place: &str, words: &str) -> Outcome {
        for _ in 0..MOST_KINDS {
            if !self.done(CLICK, place, words, "")? {
                return Ok(());
            }
        }
        Err(format!("{words} stays after {MOST_KINDS} clicks"))
    }

    /// Fills in a field.
    fn write(&self, place: &str, label: &str, text: &str) -> Outcome {
        self.soon(WRITE, place, label, text)
    }

    /// Chooses an option of a field.
    fn choose(&self, place: &str, label: &str, option: &str) -> Outcome {
        self.soon(CHOOSE, place, label, option)
    }

    fn soon(&self, act: &str, place: &str, words: &str, given: &str) -> Outcome {
        let did = || Ok(self.done(act, place, words, given)?.then_some(()));
        self.until(&format!("{place} {words:?} {given:?} can be used"), did)
    }

    /// True when it was there and was done.
    fn done(&self, act: &str, place: &str, words: &str, given: &str) -> Outcome<bool> {
        let script = [FIND, act].concat();
        let done = self
            .window
            .run(&script, &[json!(place), json!(words), json!(given)])?;
        Ok(done == Value::Bool(true))
    }

    /// Waits until the first of `place` is there and contains `words`.
    pub(crate) fn says(&self, place: &str, words: &str) -> Outcome {
        let said = || {
            let text = self.window.text(place)?;
            Ok(text.filter(|text| text.contains(words)).map(drop))
        };
        self.until(&format!("{place} says {words:?}"), said)
    }

    /// Waits until there is no `place`.
    fn is_gone(&self, place: &str) -> Outcome {
        let gone = || Ok(self.window.text(place)?.is_none().then_some(()));
        self.until(&format!("{place} goes away"), gone)
    }

    /// Waits; whoever waits in vain reads what the desk says instead.
    fn until(&self, what: &str, look: impl FnMut() -> Outcome<Option<()>>) -> Outcome {
        let waited = wait_until(what, FOLLOW_WITHIN, look).map(drop);
        waited.map_err(|trouble| {
            let told = |place: &str| {
                let text = self.window.text(place).ok().flatten().unwrap_or_default();
                text.chars().take(MOST_TOLD).collect::<String>()
            };
            format!(
                "{trouble}; told: {:?}; card: {:?}",
                told(NOTICE),
                told(CARD)
            )
        })
    }
}
