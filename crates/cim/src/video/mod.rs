//! `cim video`: the video index without a window: catalogues, who sees a place, blind spots, rights, the walls round foreign
//! video, a server of test pictures.

mod area;
mod blind;
pub(crate) mod cameras;
pub(crate) mod door;
mod import;
mod list;
mod map;
mod pattern;
mod rights;
mod sees;
pub(crate) mod sitting;
mod walls;

pub(crate) use area::{place, ring};
pub(crate) use rights::POLICY;
pub(crate) use walls::helper;

use crate::Failure;
use cim_app::wire::VideoRefusalDto;
use clap::{Args, Subcommand};

/// Cameras: their catalogue, what they see, who may look.
#[derive(Debug, Args)]
pub(crate) struct VideoCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Take a catalogue into a cache: GB/T 28181 XML (UTF-8 or GB18030, one packet or many), JSON pages or a table
    /// (CSV), from a file or an address; as a shift leader unless --role says otherwise.
    Import(import::ImportCatalogue),
    /// List a node of the catalogue's trees.
    Tree(list::TreeList),
    /// Find channels by identity, name, pinyin or address.
    Search(list::Search),
    /// Say which cameras see a place, with the city's buildings and ground in the way.
    Sees(sees::Sees),
    /// Draw how an area is covered, and what no camera sees.
    Blind(blind::Blind),
    /// Print who may do what with which cameras.
    Rights(rights::RightsTable),
    /// Try on this machine whether the walls round foreign video hold.
    Walls(walls::Walls),
    /// Serve clocked test pictures of made-up cameras.
    Pattern(pattern::PatternServer),
}

impl VideoCommand {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        match self.what {
            What::Import(command) => command.run(),
            What::Tree(command) => command.run(),
            What::Search(command) => command.run(),
            What::Sees(command) => command.run(),
            What::Blind(command) => command.run(),
            What::Rights(command) => command.run(),
            What::Walls(command) => command.run(),
            What::Pattern(command) => command.run(),
        }
    }
}

/// What the desk refused, as a failure; nothing when it refused nothing.
pub(crate) fn check(refused: Option<&VideoRefusalDto>) -> Result<(), Failure> {
    let Some(VideoRefusalDto {
        code,
        what,
        message,
        ..
    }) = refused
    else {
        return Ok(());
    };
    let about = if what.is_empty() {
        String::new()
    } else {
        format!(" {what}")
    };
    Err(format!("refused ({code}{about}): {message}").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        command: VideoCommand,
    }

    #[track_caller]
    fn check_line(line: &str, is_good: bool) {
        let words = std::iter::once("video").chain(line.split_whitespace());
        let parsed = Line::try_parse_from(words);
        assert_eq!(parsed.is_ok(), is_good, "{line}: {parsed:?}");
    }

    #[test]
    fn command_lines_are_read_and_wrong_ones_refused() {
        for good in [
            "import cameras.xml --cache c",
            "import cameras.csv --cache c --mapping m.json --dry-run --json",
            "import https://cam.example/api/channels?page=1&count=100 --cache c --propose",
            "import http://10.1.2.3/cameras.xml --cache c --plain-text --dry-run",
            "import cameras.xml --cache c --role leader_on_duty",
            "tree --cache c",
            "tree --cache c --tree business --node 3203 --offset 100 --limit 20",
            "search zhongshanlu --cache c --status off --limit 5",
            "sees 117.4,34.07 --city d",
            "sees -3.70,40.42 --city d --cache c --height 1.5 --json",
            "blind --city d --area 117.40,34.05,117.41,34.06 --out map.png --cell 2",
            "rights --role duty_officer",
            "walls --json",
            "pattern --cameras 9 --fps 25 --http 127.0.0.1:8095",
        ] {
            check_line(good, true);
        }
        for bad in [
            "",
            "import cameras.xml",
            "tree",
            "sees 117.4 --city d",
            "sees 117.4,95 --city d",
            "sees 117.4,34.07",
            "blind --city d --area 1,2,3,4",
            "blind --city d --area 1,2,3,4 --out map.png --cell 0.1",
            "pattern --cameras 0",
            "pattern --fps 60",
        ] {
            check_line(bad, false);
        }
    }

    #[test]
    fn a_refusal_is_told_with_its_code() {
        assert!(check(None).is_ok());
        let refused = VideoRefusalDto {
            code: "bad_area".to_owned(),
            what: "ring".to_owned(),
            message: "3 corners are needed".to_owned(),
            ..VideoRefusalDto::default()
        };
        let told = check(Some(&refused)).expect_err("refused").to_string();
        assert_eq!(told, "refused (bad_area ring): 3 corners are needed");
    }
}
