//! `sources.toml`: which sources there are, where, and how they are met.
//!
//! One broken entry never hides the others: [`SourcesFile`] holds what is good beside everything that is wrong. A token is
//! never written into the file itself, only where it is to be found.

use super::{
    Mapping, SourceHealth, SourceState,
    keys::{Keys, Origin},
    mapping_file::{mapping_of, read_mapping},
};
use crate::{access::Access, json};
use cim_geo::Geodetic;
use cim_model::UtcMillis;
use reqwest::Url;
use std::{
    cell::RefCell,
    collections::BTreeSet,
    fmt,
    path::{Path, PathBuf},
};
use toml::de::DeTable;

/// How many sources a file may declare.
const MAX_SOURCES: usize = 1_000;

/// What speaks at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceKind {
    /// OGC SensorThings 1.0 or 1.1, with MQTT when there is a broker.
    SensorThings,
    /// Messages of an MQTT broker, by a mapping.
    Mqtt,
    /// OGC API Features 1 (17-069r4).
    OgcFeatures,
    /// A GeoJSON document, or other JSON by a mapping.
    GeoJson,
    /// A table of separated values, by a mapping.
    Csv,
    /// CAP 1.2 alerts: one, or a feed of them.
    Cap,
    /// A GB/T 28181 catalogue: a platform's HTTP interface, or XML.
    Gb28181,
    /// OGC Moving Features JSON (19-045r3).
    MfJson,
    /// A 3D Tiles tileset.
    Tiles3d,
}

impl SourceKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::SensorThings,
        Self::Mqtt,
        Self::OgcFeatures,
        Self::GeoJson,
        Self::Csv,
        Self::Cap,
        Self::Gb28181,
        Self::MfJson,
        Self::Tiles3d,
    ];

    /// The word used in `sources.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SensorThings => "sensorthings",
            Self::Mqtt => "mqtt",
            Self::OgcFeatures => "ogc-features",
            Self::GeoJson => "geojson",
            Self::Csv => "csv",
            Self::Cap => "cap",
            Self::Gb28181 => "gb28181",
            Self::MfJson => "mf-json",
            Self::Tiles3d => "3d-tiles",
        }
    }

    /// The kind spelt `word`.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// How often it is asked when the file does not say, seconds.
    fn usual_period_s(self) -> f64 {
        match self {
            Self::Tiles3d => 3600.0,
            Self::Gb28181 => 300.0,
            _ => 60.0,
        }
    }

    fn needs_mapping(self) -> bool {
        matches!(self, Self::Mqtt | Self::Csv)
    }
}

/// Where a source is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An address for HTTP.
    Web(Url),
    /// An address of an MQTT broker.
    Broker(String),
    /// A file.
    File(PathBuf),
}

/// A secret. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// The secret itself.
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// One source, as its file declares it.
#[derive(Clone, Debug)]
pub struct SourceConfig {
    /// Identity; the prefix of everything that it brings.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What speaks there.
    pub kind: SourceKind,
    /// Where it is, as the file spells it; without a password.
    pub address: String,
    /// Where it is.
    pub place: Place,
    /// False when it is to be left alone.
    pub enabled: bool,
    /// How often news is promised, and asked for, seconds.
    pub period_s: f64,
    /// How far back history is asked for at first, seconds.
    pub history_s: f64,
    /// What proves who we are.
    pub token: Option<Token>,
    /// The authority that its certificate must come from, PEM.
    pub authority: Option<PathBuf>,
    /// Our certificate, PEM.
    pub certificate: Option<PathBuf>,
    /// Its key, PEM.
    pub key: Option<PathBuf>,
    /// True when plain text is accepted beyond this machine.
    pub plain: bool,
    /// The layer that it is counted under; by what each device senses when empty.
    pub layer: String,
    /// What its records mean.
    pub mapping: Option<Mapping>,
    /// The broker of a SensorThings server.
    pub mqtt: Option<String>,
    /// The topic filters of a broker.
    pub topics: Vec<String>,
    /// The collections of an OGC API; all of them when empty.
    pub collections: Vec<String>,
    /// West, south, east and north, degrees: nothing beyond is asked for.
    pub bbox: Option<[f64; 4]>,
    /// How many records a page is asked to have.
    pub page: u32,
    /// Where an alert is put that names its place only in words or codes; without it such an alert is rejected.
    pub elsewhere: Option<Geodetic>,
}

impl SourceConfig {
    /// As whom it is met.
    pub(crate) fn access(&self) -> Access {
        Access {
            token: self.token.as_ref().map(|token| token.0.clone()),
            authority: self.authority.clone(),
            certificate: self.certificate.clone(),
            key: self.key.clone(),
            plain_ok: self.plain,
        }
    }
}

/// Something wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceProblem {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The source that it belongs to; empty when that is unknown.
    pub source_id: String,
    /// The key, with the tables that it lies in.
    pub key: String,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for SourceProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if !self.source_id.is_empty() {
            write!(f, "source {}: ", self.source_id)?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.reason)
    }
}

impl std::error::Error for SourceProblem {}

/// What a file declares, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct SourcesFile {
    /// The sources that can be used, in their order.
    pub sources: Vec<SourceConfig>,
    /// Everything that is wrong. A source with a mistake is not among the others.
    pub problems: Vec<SourceProblem>,
}

impl SourcesFile {
    /// The sources that cannot be used, as the board shows them: failing, with the mistake as the reason.
    pub fn broken(&self, now: UtcMillis) -> Vec<SourceHealth> {
        let mut broken: Vec<SourceHealth> = Vec::new();
        for problem in &self.problems {
            let is_new = broken.iter().all(|known| known.id != problem.source_id);
            if is_new && !problem.source_id.is_empty() {
                broken.push(SourceHealth {
                    state: SourceState::Failing,
                    reason: problem.to_string(),
                    ..SourceHealth::new(&problem.source_id, &problem.source_id, "", "", 0.0, now)
                });
            }
        }
        broken
    }
}

/// Reads the file at `path`. `env` gives what an environment variable holds; hosts pass it down.
pub fn read_sources_file(path: &Path, env: &dyn Fn(&str) -> Option<String>) -> SourcesFile {
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let folder = path.parent().unwrap_or(Path::new("."));
            read_sources(&text, &path.display().to_string(), folder, env)
        }
        Err(error) => SourcesFile {
            sources: Vec::new(),
            problems: vec![SourceProblem {
                file: path.display().to_string(),
                line: 0,
                source_id: String::new(),
                key: "file".to_owned(),
                reason: error.to_string(),
            }],
        },
    }
}

/// Reads the text of a file called `file`, for messages; paths in it are relative to `folder`.
pub fn read_sources(
    text: &str,
    file: &str,
    folder: &Path,
    env: &dyn Fn(&str) -> Option<String>,
) -> SourcesFile {
    let problems = RefCell::default();
    let origin = Origin {
        file,
        text,
        problems: &problems,
    };
    let mut sources = Vec::new();
    match DeTable::parse(text) {
        Ok(table) => {
            let mut keys = Keys::new(origin, "", "", table.get_ref(), 0);
            let reader = Reader {
                folder,
                env,
                problems: &problems,
            };
            let mut ids = BTreeSet::new();
            for source in keys.tables("source").into_iter().take(MAX_SOURCES) {
                sources.extend(reader.source_of(source, &mut ids));
            }
            keys.finish();
        }
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            origin.tell("", at, "", format!("not TOML: {}", error.message()));
        }
    }
    SourcesFile {
        sources,
        problems: problems.into_inner(),
    }
}

struct Reader<'d> {
    folder: &'d Path,
    env: &'d dyn Fn(&str) -> Option<String>,
    problems: &'d RefCell<Vec<SourceProblem>>,
}

impl Reader<'_> {
    /// The source in `keys`; `None` when anything is wrong with it.
    fn source_of(&self, mut keys: Keys<'_>, ids: &mut BTreeSet<String>) -> Option<SourceConfig> {
        let before = self.problems.borrow().len();
        let id = keys.required_text("id").unwrap_or_default().to_owned();
        keys.source.clone_from(&id);
        check_id(&keys, &id, ids);
        let kind = kind_of(&mut keys);
        let address = keys.required_text("address").unwrap_or_default().to_owned();
        let place = kind.and_then(|kind| self.place_of(&keys, kind, &address));
        let period_s = positive(&mut keys, "period_s");
        let history_s = positive(&mut keys, "history_s");
        let token = self.token_of(&mut keys);
        let mapping = self.mapping(&mut keys);
        let source = SourceConfig {
            name: keys.text("name").unwrap_or(&id).to_owned(),
            kind: kind.unwrap_or(SourceKind::GeoJson),
            address: without_password(&address),
            place: place.clone().unwrap_or(Place::File(PathBuf::new())),
            enabled: keys.flag("enabled", true),
            period_s: period_s.unwrap_or_else(|| kind.map_or(60.0, SourceKind::usual_period_s)),
            history_s: history_s.unwrap_or(24.0 * 3600.0),
            token,
            authority: self.existing_file(&mut keys, "authority"),
            certificate: self.existing_file(&mut keys, "certificate"),
            key: self.existing_file(&mut keys, "key"),
            plain: keys.flag("plain", false),
            layer: keys.text("layer").unwrap_or_default().to_owned(),
            mapping,
            mqtt: keys.text("mqtt").map(str::to_owned),
            topics: keys.texts("topics"),
            collections: keys.texts("collections"),
            bbox: bbox_of(&mut keys),
            page: positive(&mut keys, "page").map_or(1_000, |page| page as u32),
            elsewhere: elsewhere_of(&mut keys),
            id,
        };
        check_together(&keys, kind, &source);
        keys.finish();
        let is_good = self.problems.borrow().len() == before;
        (is_good && place.is_some()).then_some(source)
    }

    fn place_of(&self, keys: &Keys<'_>, kind: SourceKind, address: &str) -> Option<Place> {
        if address.is_empty() {
            return None;
        }
        let scheme = address.split_once("://").map(|(scheme, _)| scheme);
        let place = match (scheme, kind) {
            (Some("mqtt" | "mqtts" | "ws" | "wss"), SourceKind::Mqtt) => {
                Url::parse(address).map(|_| Place::Broker(address.to_owned()))
            }
            (_, SourceKind::Mqtt) => {
                keys.wrong("address", "mqtt://, mqtts://, ws:// or wss:// is expected");
                return None;
            }
            (Some("http" | "https"), _) => Url::parse(address).map(Place::Web),
            (_, SourceKind::SensorThings | SourceKind::OgcFeatures) => {
                keys.wrong("address", "http:// or https:// is expected");
                return None;
            }
            (Some("file"), _) => {
                let path = Url::parse(address)
                    .ok()
                    .and_then(|url| url.to_file_path().ok());
                if path.is_none() {
                    keys.wrong("address", "not the address of a file");
                }
                return path.map(Place::File);
            }
            (Some(other), _) => {
                keys.wrong("address", format!("{other}:// is not known here"));
                return None;
            }
            (None, _) => Ok(Place::File(self.folder.join(address))),
        };
        match place {
            Ok(Place::Web(url)) if url.host_str().is_none_or(str::is_empty) => {
                keys.wrong("address", "has no host");
                None
            }
            Ok(place) => Some(place),
            Err(error) => {
                keys.wrong("address", format!("not an address: {error}"));
                None
            }
        }
    }

    fn token_of(&self, keys: &mut Keys<'_>) -> Option<Token> {
        if keys.value("token").is_some() {
            keys.wrong(
                "token",
                "a token is never written here; use token_env or token_file",
            );
        }
        if let Some(name) = keys.text("token_env") {
            let found = (self.env)(name).filter(|token| !token.is_empty());
            if found.is_none() {
                keys.wrong("token_env", format!("the environment has no {name}"));
            }
            return found.map(Token);
        }
        let path = self.existing_file(keys, "token_file")?;
        match std::fs::read_to_string(&path) {
            Ok(text) => Some(Token(text.trim().to_owned())),
            Err(error) => {
                keys.wrong("token_file", format!("{error}: {}", path.display()));
                None
            }
        }
    }

    fn existing_file(&self, keys: &mut Keys<'_>, key: &'static str) -> Option<PathBuf> {
        let path = self.folder.join(keys.text(key)?);
        if path.is_file() {
            return Some(path);
        }
        keys.wrong(key, format!("there is no such file: {}", path.display()));
        None
    }

    /// The mapping: a table right here, or a file of its own.
    fn mapping(&self, keys: &mut Keys<'_>) -> Option<Mapping> {
        if keys.value("mapping")?.get_ref().as_table().is_some() {
            return keys.table("mapping").map(mapping_of);
        }
        let path = self.existing_file(keys, "mapping")?;
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                keys.wrong("mapping", format!("{error}: {}", path.display()));
                return None;
            }
        };
        match read_mapping(&text, &path.display().to_string()) {
            Ok(mapping) => Some(mapping),
            Err(found) => {
                self.problems
                    .borrow_mut()
                    .extend(found.into_iter().map(|problem| SourceProblem {
                        source_id: keys.source.clone(),
                        ..problem
                    }));
                None
            }
        }
    }
}

fn check_id(keys: &Keys<'_>, id: &str, ids: &mut BTreeSet<String>) {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !id.chars().all(is_word) || id.len() > 64 {
        keys.wrong("id", "letters, digits, - _ and . are expected, at most 64");
    } else if !id.is_empty() && !ids.insert(id.to_owned()) {
        keys.wrong("id", format!("another source is called {id} already"));
    }
}

fn kind_of(keys: &mut Keys<'_>) -> Option<SourceKind> {
    let word = keys.required_text("kind")?;
    let kind = SourceKind::from_word(word);
    if kind.is_none() {
        let known = SourceKind::ALL.map(SourceKind::as_str).join(", ");
        keys.wrong("kind", format!("one of {known} is expected, not {word}"));
    }
    kind
}

fn check_together(keys: &Keys<'_>, kind: Option<SourceKind>, source: &SourceConfig) {
    if kind.is_some_and(SourceKind::needs_mapping) && source.mapping.is_none() {
        keys.wrong("mapping", "this kind needs a mapping");
    }
    if kind == Some(SourceKind::Mqtt) && source.topics.is_empty() {
        keys.wrong("topics", "this kind needs topics");
    }
    if kind.is_some_and(|kind| kind != SourceKind::Cap) && source.elsewhere.is_some() {
        keys.wrong("place", "only alerts (cap) may need one");
    }
    if source.key.is_some() && source.certificate.is_none() {
        keys.wrong("key", "a key goes with a certificate");
    }
}

fn positive(keys: &mut Keys<'_>, key: &'static str) -> Option<f64> {
    let number = keys.number(key)?;
    if number <= 0.0 {
        keys.wrong(key, "more than 0 is expected");
    }
    Some(number)
}

fn bbox_of(keys: &mut Keys<'_>) -> Option<[f64; 4]> {
    let numbers = keys.numbers("bbox")?;
    let bbox: Option<[f64; 4]> = numbers.try_into().ok();
    let bbox = bbox.filter(|[west, south, east, north]| west < east && south < north);
    if bbox.is_none() {
        keys.wrong("bbox", "west, south, east and north are expected");
    }
    bbox
}

/// The longitude and latitude under `place`.
fn elsewhere_of(keys: &mut Keys<'_>) -> Option<Geodetic> {
    let numbers = keys.numbers("place")?;
    let place = match numbers.as_slice() {
        [lon, lat] if json::on_earth(*lon, *lat) => Some(Geodetic::new(*lon, *lat, 0.0)),
        _ => None,
    };
    if place.is_none() {
        keys.wrong(
            "place",
            "a longitude and a latitude, in degrees, are expected",
        );
    }
    place
}

/// An address as it may be shown.
fn without_password(address: &str) -> String {
    match Url::parse(address) {
        Ok(mut url) if url.password().is_some() => {
            // An address that cannot have a password has none to hide.
            url.set_password(Some("…")).unwrap_or_default();
            url.to_string()
        }
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> SourcesFile {
        let env = |name: &str| (name == "GOOD").then(|| "s3cret".to_owned());
        read_sources(text, "sources.toml", Path::new("/nowhere"), &env)
    }

    const GOOD: &str =
        "[[source]]\nid = \"pois\"\nkind = \"geojson\"\naddress = \"pois.geojson\"\n";

    #[test]
    fn a_good_source_is_read_with_usual_values() {
        let file = read(GOOD);
        assert_eq!(file.problems, []);
        let source = &file.sources[0];
        assert_eq!(
            source.place,
            Place::File(PathBuf::from("/nowhere/pois.geojson"))
        );
        assert!((source.period_s - 60.0).abs() < 1e-9);
        assert!(source.enabled);
    }

    #[test]
    fn a_token_comes_from_the_environment_and_is_never_shown() {
        let file = read(&format!("{GOOD}token_env = \"GOOD\"\n"));
        let token = file.sources[0].token.as_ref().expect("a token");
        assert_eq!(token.secret(), "s3cret");
        assert!(!format!("{file:?}").contains("s3cret"));
    }

    #[track_caller]
    fn check_problem(line: &str, at: u32, key: &str, word: &str) {
        let broken = GOOD.replace("pois", "broken");
        let file = read(&format!("{broken}{line}\n{GOOD}"));
        let ids: Vec<&str> = file.sources.iter().map(|s| s.id.as_str()).collect();
        assert_eq!(ids, ["pois"], "the other one stays: {:?}", file.problems);
        let problem = &file.problems[0];
        assert_eq!((problem.line, problem.key.as_str()), (at, key), "{problem}");
        assert_eq!(problem.source_id, "broken");
        assert!(problem.to_string().contains(word), "{problem}");
        assert_eq!(file.broken(UtcMillis(0)).len(), 1);
    }

    #[test]
    fn one_bad_source_is_told_by_line_and_key_and_the_others_stay() {
        check_problem("perod_s = 5", 5, "source[0].perod_s", "unknown");
        check_problem("period_s = 0", 5, "source[0].period_s", "more than 0");
        check_problem("token = \"x\"", 5, "source[0].token", "never");
        check_problem("token_env = \"BAD\"", 5, "source[0].token_env", "BAD");
        check_problem(
            "mapping = \"m.toml\"",
            5,
            "source[0].mapping",
            "no such file",
        );
        check_problem(
            "authority = \"ca.pem\"",
            5,
            "source[0].authority",
            "no such file",
        );
        check_problem(
            "mapping = { thing = { idd = \"a\" } }",
            5,
            "source[0].mapping.thing.idd",
            "unknown",
        );
        check_problem("bbox = [1, 2, 0, 3]", 5, "source[0].bbox", "west");
        check_problem("place = [121.5]", 5, "source[0].place", "longitude");
        check_problem("place = [31.2, 121.5]", 5, "source[0].place", "longitude");
        check_problem("place = [121.5, 31.2]", 5, "source[0].place", "only alerts");
        check_problem("enabled = 1", 5, "source[0].enabled", "true or false");
    }

    #[test]
    fn addresses_fit_their_kind() {
        for (kind, address, is_good) in [
            ("mqtt", "http://hub", false),
            ("ogc-features", "features.json", false),
            ("ogc-features", "https://[::1]:8443/ogc", true),
            ("geojson", "gopher://x", false),
            ("geojson", "http://", false),
            ("cap", "https://alerts/feed.xml", true),
            ("gb28181", "file:///tmp/catalogue.xml", true),
            ("sensorthing", "http://hub", false),
        ] {
            let text =
                format!("[[source]]\nid = \"a\"\nkind = \"{kind}\"\naddress = \"{address}\"");
            let file = read(&text);
            assert_eq!(
                file.problems.is_empty(),
                is_good,
                "{address}: {:?}",
                file.problems
            );
        }
    }

    #[test]
    fn alerts_may_have_a_place_for_those_that_name_none() {
        let text = "[[source]]\nid = \"cma\"\nkind = \"cap\"\naddress = \"feed.xml\"\nplace = [117.2, 34]\n";
        let file = read(text);
        assert_eq!(file.problems, []);
        assert_eq!(
            file.sources[0].elsewhere,
            Some(Geodetic::new(117.2, 34.0, 0.0))
        );
    }

    #[test]
    fn two_sources_of_one_name_are_told() {
        let file = read(&format!("{GOOD}{GOOD}"));
        assert_eq!(file.sources.len(), 1);
        assert!(file.problems[0].reason.contains("already"));
    }

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        assert_eq!(without_password("mqtt://a:b@c:1"), "mqtt://a:%E2%80%A6@c:1");
    }

    #[test]
    fn a_file_that_is_no_toml_is_told_with_its_line() {
        let file = read("[[source]]\nid = \n");
        assert_eq!(file.problems[0].line, 2);
    }
}
