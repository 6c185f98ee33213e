//! The desk's windows: which parts of the desk stand in windows of their own, and what is picked in one and shown in all.

use super::Target;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A part of the desk that can stand in a window of its own, on another screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PanelDto {
    /// 告警: the alarm list.
    Alarms,
    /// 事件看板: the event board.
    Events,
    /// 所选对象: the card, or the page of an alarm or event.
    Card,
    /// 时间轴.
    Timeline,
    /// 抽屉: curves, recordings, sources, layers, alarm load.
    Drawer,
    /// 值班: the duty log and the handover.
    Duty,
    /// 分析: figures of events.
    Analysis,
    /// 预案: the plans.
    Plans,
    /// 视频: cameras, pictures, coverage, rights.
    Video,
}

impl PanelDto {
    /// Every panel, in the order in which they are offered.
    pub const ALL: [Self; 9] = [
        Self::Alarms,
        Self::Events,
        Self::Card,
        Self::Timeline,
        Self::Drawer,
        Self::Duty,
        Self::Analysis,
        Self::Plans,
        Self::Video,
    ];

    /// The word that crosses to the UI; also part of the page's address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alarms => "alarms",
            Self::Events => "events",
            Self::Card => "card",
            Self::Timeline => "timeline",
            Self::Drawer => "drawer",
            Self::Duty => "duty",
            Self::Analysis => "analysis",
            Self::Plans => "plans",
            Self::Video => "video",
        }
    }
}

/// A screen that a window can stand on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ScreenDto {
    /// Names the screen as long as the screens stay as they are.
    pub id: String,
    /// What the maker calls it; empty when it does not say.
    pub name: String,
    /// Physical px.
    pub width: u32,
    /// Physical px.
    pub height: u32,
    /// The one with the system's bar.
    pub is_primary: bool,
    /// The main window, with the twin, stands here.
    pub has_main: bool,
}

/// What is picked at this desk, in whichever of its windows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PickDto {
    /// What is selected.
    pub target: Option<Target>,
    /// The alarm whose page is open: `AlarmId`. An event's page is open while the event is selected.
    pub alarm: Option<String>,
}

/// Something that one window of the desk is told about the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WindowNoteDto {
    /// How the desk is laid out, at first and whenever it changes.
    Layout {
        /// The panels that stand in windows of their own.
        torn: Vec<PanelDto>,
        /// The language that was chosen last.
        language: String,
    },
    /// Another window has picked something, or nothing any more.
    Picked {
        /// What.
        pick: PickDto,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_is_called_the_same_everywhere() {
        for panel in PanelDto::ALL {
            let crosses_as = serde_json::to_value(panel).expect("a word");
            assert_eq!(crosses_as, panel.as_str());
        }
    }
}
