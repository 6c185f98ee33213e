//! Alerts read from bytes: every mandatory element, every closed list, every moment, ring and reference is checked.

use super::tree::{Element, Space, Tree};
use super::words::status_of;
use super::{
    Alert, AlertSeverity, Area, Category, Certainty, Info, MAX_BYTES, MessageType, Pair, Reference,
    Resource, ResponseType, Scope, Urgency, moment, place,
};
use crate::Rejection;
use crate::markup::{decode_strict, shortened};
use cim_model::UtcMillis;

/// So many things that are wrong with one document are told one by one.
const MAX_TOLD: usize = 100;
/// Elements of an alert that come at most once.
const ALERT_ONCE: [&str; 12] = [
    "identifier",
    "sender",
    "sent",
    "status",
    "msgType",
    "source",
    "scope",
    "restriction",
    "addresses",
    "note",
    "references",
    "incidents",
];
/// Elements of an alert that come any number of times; `password` is of CAP 1.0.
const ALERT_MANY: [&str; 3] = ["code", "info", "password"];
const INFO_ONCE: [&str; 15] = [
    "language",
    "event",
    "urgency",
    "severity",
    "certainty",
    "audience",
    "effective",
    "onset",
    "expires",
    "senderName",
    "headline",
    "description",
    "instruction",
    "web",
    "contact",
];
const INFO_MANY: [&str; 6] = [
    "category",
    "responseType",
    "eventCode",
    "parameter",
    "resource",
    "area",
];
const AREA_ONCE: [&str; 3] = ["areaDesc", "altitude", "ceiling"];
const AREA_MANY: [&str; 3] = ["polygon", "circle", "geocode"];
const RESOURCE_ONCE: [&str; 6] = [
    "resourceDesc",
    "mimeType",
    "size",
    "uri",
    "derefUri",
    "digest",
];

/// Reads one alert of CAP 1.2, 1.1 or 1.0. What is wrong with it comes back as element paths with line and column:
/// `alert/info[2]/area/polygon (line 40, column 7)`.
pub fn read_alert(bytes: &[u8]) -> Result<Alert, Vec<Rejection>> {
    read_alert_with_remarks(bytes).map(|(alert, _)| alert)
}

/// Reads one alert, and tells what was passed over or taken against the letter of the standard: signatures, elements of
/// other vocabularies, moments with `Z`.
pub fn read_alert_with_remarks(bytes: &[u8]) -> Result<(Alert, Vec<Rejection>), Vec<Rejection>> {
    let text = text_of(bytes).map_err(|rejection| vec![rejection])?;
    let tree = Tree::read(&text).map_err(|rejection| vec![rejection])?;
    let root = tree.root().filter(|root| root.name() == "alert");
    let Some(root) = root.filter(|root| root.space().is_cap() || root.space() == Space::None)
    else {
        let reason = "the outermost element is no alert of CAP 1.0, 1.1 or 1.2";
        return Err(vec![Rejection::new("line 1, column 1", reason)]);
    };
    let mut notes = Notes::new(&tree);
    if root.space() == Space::None {
        notes.remark("alert", root.at(), "no namespace; read as CAP 1.2");
    }
    match alert_of(root, "alert", &mut notes) {
        Some(alert) => Ok((alert, notes.remarks)),
        None => Err(notes.refused()),
    }
}

/// `bytes` as text, when they are not too many.
pub(super) fn text_of(bytes: &[u8]) -> Result<std::borrow::Cow<'_, str>, Rejection> {
    if bytes.len() > MAX_BYTES {
        let reason = format!("{} bytes are more than {MAX_BYTES}", bytes.len());
        return Err(Rejection::new("line 1, column 1", reason));
    }
    decode_strict(bytes)
}

/// What is wrong with a document, and what is only odd.
pub(super) struct Notes<'a, 't> {
    tree: &'a Tree<'t>,
    refused: Vec<Rejection>,
    untold: usize,
    remarks: Vec<Rejection>,
}

impl<'a, 't> Notes<'a, 't> {
    pub(super) fn new(tree: &'a Tree<'t>) -> Self {
        Self {
            tree,
            refused: Vec::new(),
            untold: 0,
            remarks: Vec::new(),
        }
    }

    pub(super) fn refuse(&mut self, path: &str, at: usize, reason: impl Into<String>) {
        if self.refused.len() < MAX_TOLD {
            let place = format!("{path} ({})", self.tree.place_of(at));
            self.refused.push(Rejection::new(place, reason));
        } else {
            self.untold += 1;
        }
    }

    fn remark(&mut self, path: &str, at: usize, reason: impl Into<String>) {
        if self.remarks.len() < MAX_TOLD {
            let place = format!("{path} ({})", self.tree.place_of(at));
            self.remarks.push(Rejection::new(place, reason));
        }
    }

    fn count(&self) -> usize {
        self.refused.len() + self.untold
    }

    /// Everything that is wrong; the last one says how much more there is.
    pub(super) fn refused(mut self) -> Vec<Rejection> {
        if self.untold > 0 {
            let reason = format!("{} more things are wrong", self.untold);
            self.refused.push(Rejection::new("document", reason));
        }
        self.refused
    }
}

/// Reads the alert `element`, whose path is `path`; what is wrong goes into `notes`.
pub(super) fn alert_of<'a, 't>(
    element: Element<'a, 't>,
    path: &str,
    notes: &mut Notes<'a, 't>,
) -> Option<Alert> {
    let skipped: Vec<_> = notes.tree.skipped(element.at(), element.until()).collect();
    for (at, name) in skipped {
        let reason = format!(
            "{} is of another vocabulary and passed over",
            shortened(name)
        );
        notes.remark(path, at, reason);
    }
    let before = notes.count();
    let mut fields = Fields::new(element, path, notes);
    fields.check_names(&ALERT_ONCE, &ALERT_MANY);
    let identifier = fields.name("identifier");
    let sender = fields.name("sender");
    let sent = fields.required_moment("sent");
    let status = fields.listed(
        "status",
        status_of,
        "Actual, Exercise, System, Test or Draft",
    );
    let msg_type = fields.listed(
        "msgType",
        MessageType::from_word,
        "Alert, Update, Cancel, Ack or Error",
    );
    let scope = fields.listed("scope", Scope::from_word, "Public, Restricted or Private");
    let references = fields.references();
    if msg_type.is_some_and(|one| one != MessageType::Alert)
        && element.child("references").is_none()
    {
        fields.missing("references");
    }
    let restriction = fields.text("restriction");
    let addresses = words_of(&fields.text("addresses"));
    if scope == Some(Scope::Restricted) && restriction.is_empty() {
        fields.refuse("restriction", "a restricted message says for whom it is");
    }
    if scope == Some(Scope::Private) && addresses.is_empty() {
        fields.refuse("addresses", "a private message says to whom it goes");
    }
    let (source, note) = (fields.text("source"), fields.text("note"));
    let incidents = words_of(&fields.text("incidents"));
    let codes = fields.texts("code");
    let infos = fields.each("info", info_of);
    let alert = Alert {
        identifier: identifier?,
        sender: sender?,
        sent: sent?,
        status: status?,
        msg_type: msg_type?,
        source,
        scope: scope?,
        restriction,
        addresses,
        codes,
        note,
        references,
        incidents,
        infos,
    };
    (notes.count() == before).then_some(alert)
}

fn info_of<'a, 't>(
    element: Element<'a, 't>,
    path: &str,
    notes: &mut Notes<'a, 't>,
) -> Option<Info> {
    let mut fields = Fields::new(element, path, notes);
    fields.check_names(&INFO_ONCE, &INFO_MANY);
    let categories = fields.list("category", Category::from_word);
    if categories.is_empty() && element.space() != Space::Cap10 {
        fields.missing("category");
    }
    let event = fields.required("event");
    let urgency = fields.listed(
        "urgency",
        Urgency::from_word,
        "Immediate, Expected, Future, Past or Unknown",
    );
    let severity = fields.listed(
        "severity",
        AlertSeverity::from_word,
        "Extreme, Severe, Moderate, Minor or Unknown",
    );
    let certainty = fields.listed(
        "certainty",
        certainty_of,
        "Observed, Likely, Possible, Unlikely or Unknown",
    );
    Some(Info {
        language: fields.text("language"),
        response_types: fields.list("responseType", ResponseType::from_word),
        audience: fields.text("audience"),
        event_codes: fields.each("eventCode", pair_of),
        effective: fields.moment("effective"),
        onset: fields.moment("onset"),
        expires: fields.moment("expires"),
        sender_name: fields.text("senderName"),
        headline: fields.text("headline"),
        description: fields.text("description"),
        instruction: fields.text("instruction"),
        web: fields.text("web"),
        contact: fields.text("contact"),
        parameters: fields.each("parameter", pair_of),
        resources: fields.each("resource", resource_of),
        areas: fields.each("area", area_of),
        categories,
        event: event?,
        urgency: urgency?,
        severity: severity?,
        certainty: certainty?,
    })
}

/// CAP 1.0 had "Very Likely"; CAP 1.1 says that it is to be read as "Likely".
fn certainty_of(word: &str) -> Option<Certainty> {
    if word == "Very Likely" {
        return Some(Certainty::Likely);
    }
    Certainty::from_word(word)
}

fn pair_of<'a, 't>(
    element: Element<'a, 't>,
    path: &str,
    notes: &mut Notes<'a, 't>,
) -> Option<Pair> {
    // CAP 1.0 wrote `SAME=CAE`.
    if element.space() == Space::Cap10
        && let Some((name, value)) = element.text().split_once('=')
        && !name.trim().is_empty()
    {
        return Some(Pair {
            name: name.trim().to_owned(),
            value: value.trim().to_owned(),
        });
    }
    let mut fields = Fields::new(element, path, notes);
    fields.check_names(&["valueName", "value"], &[]);
    let name = fields.required("valueName");
    if element.child("value").is_none() {
        fields.missing("value");
    }
    Some(Pair {
        value: fields.text("value"),
        name: name?,
    })
}

fn resource_of<'a, 't>(
    element: Element<'a, 't>,
    path: &str,
    notes: &mut Notes<'a, 't>,
) -> Option<Resource> {
    let mut fields = Fields::new(element, path, notes);
    fields.check_names(&RESOURCE_ONCE, &[]);
    let description = fields.required("resourceDesc");
    let mime_type = if matches!(element.space(), Space::Cap12 | Space::None) {
        fields.required("mimeType")
    } else {
        Some(fields.text("mimeType"))
    };
    let size = fields.text("size");
    let bytes = size.parse::<u64>().ok();
    if bytes.is_none() && !size.is_empty() {
        fields.refuse("size", "a number of bytes is expected");
    }
    Some(Resource {
        description: description?,
        mime_type: mime_type?,
        size: bytes,
        uri: fields.text("uri"),
        deref_uri: fields.text("derefUri"),
        digest: fields.text("digest"),
    })
}

fn area_of<'a, 't>(
    element: Element<'a, 't>,
    path: &str,
    notes: &mut Notes<'a, 't>,
) -> Option<Area> {
    let mut fields = Fields::new(element, path, notes);
    fields.check_names(&AREA_ONCE, &AREA_MANY);
    let desc = fields.required("areaDesc");
    let altitude = fields.feet("altitude");
    let ceiling = fields.feet("ceiling");
    if ceiling.is_some() && altitude.is_none() {
        fields.refuse("ceiling", "a ceiling comes only with an altitude");
    }
    Some(Area {
        polygons: fields.parsed("polygon", place::ring_of),
        circles: fields.parsed("circle", place::circle_of),
        geocodes: fields.each("geocode", pair_of),
        desc: desc?,
        altitude,
        ceiling,
    })
}

/// Words with space between them; words with space inside stand in quotes (3.2.1 `<addresses>`).
fn words_of(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (word, after) = match rest
            .strip_prefix('"')
            .and_then(|quoted| quoted.split_once('"'))
        {
            Some(quoted) => quoted,
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        if !word.is_empty() {
            words.push(word.to_owned());
        }
        rest = after.trim_start();
    }
    words
}

/// Reads an element with its path.
type ReadElement<'a, 't, T> = fn(Element<'a, 't>, &str, &mut Notes<'a, 't>) -> Option<T>;

/// The elements directly in one element, by name.
struct Fields<'n, 'a, 't> {
    element: Element<'a, 't>,
    path: &'n str,
    notes: &'n mut Notes<'a, 't>,
}

impl<'n, 'a, 't> Fields<'n, 'a, 't> {
    fn new(element: Element<'a, 't>, path: &'n str, notes: &'n mut Notes<'a, 't>) -> Self {
        Self {
            element,
            path,
            notes,
        }
    }

    /// Refuses elements that come twice and may not, and tells those that CAP does not know.
    fn check_names(&mut self, once: &[&str], many: &[&str]) {
        let mut seen: Vec<&str> = Vec::new();
        for child in self.element.children() {
            let name = child.name();
            if once.contains(&name) {
                if seen.contains(&name) {
                    let path = format!("{}/{name}", self.path);
                    self.notes.refuse(&path, child.at(), "comes more than once");
                } else {
                    seen.push(name);
                }
            } else if !many.contains(&name) {
                let path = format!("{}/{}", self.path, shortened(name));
                self.notes
                    .remark(&path, child.at(), "not an element of CAP; passed over");
            }
        }
    }

    fn refuse(&mut self, name: &str, reason: impl Into<String>) {
        let at = self.element.child(name).unwrap_or(self.element).at();
        self.notes
            .refuse(&format!("{}/{name}", self.path), at, reason);
    }

    fn missing(&mut self, name: &str) {
        self.refuse(name, "is mandatory and missing");
    }

    /// The text of `name`; empty when there is none.
    fn text(&self, name: &str) -> String {
        self.element
            .child(name)
            .map_or_else(String::new, |child| child.text().to_owned())
    }

    fn texts(&self, name: &str) -> Vec<String> {
        called(self.element, name)
            .map(|child| child.text().to_owned())
            .filter(|text| !text.is_empty())
            .collect()
    }

    fn required(&mut self, name: &str) -> Option<String> {
        match self.element.child(name) {
            None => self.missing(name),
            Some(child) if child.text().is_empty() => self.refuse(name, "is mandatory and empty"),
            Some(child) => return Some(child.text().to_owned()),
        }
        None
    }

    /// An identity: no spaces, commas, `<` or `&` (3.2.1 `<identifier>`, `<sender>`).
    fn name(&mut self, name: &str) -> Option<String> {
        let text = self.required(name)?;
        if text.contains(|c: char| c.is_whitespace() || matches!(c, ',' | '<' | '&')) {
            self.refuse(name, "has a space, a comma, < or & in it");
            return None;
        }
        Some(text)
    }

    fn listed<T>(&mut self, name: &str, parse: fn(&str) -> Option<T>, words: &str) -> Option<T> {
        let text = self.required(name)?;
        let found = parse(&text);
        if found.is_none() {
            let reason = format!("\"{}\" is none of {words}", shortened(&text));
            self.refuse(name, reason);
        }
        found
    }

    fn list<T>(&mut self, name: &str, parse: fn(&str) -> Option<T>) -> Vec<T> {
        self.parsed(name, |word| {
            parse(word)
                .ok_or_else(|| format!("\"{}\" is not in the standard's list", shortened(word)))
        })
    }

    fn required_moment(&mut self, name: &str) -> Option<UtcMillis> {
        self.required(name)?;
        self.moment(name)
    }

    fn moment(&mut self, name: &str) -> Option<UtcMillis> {
        let child = self
            .element
            .child(name)
            .filter(|child| !child.text().is_empty())?;
        let Some(found) = moment::moment_of(child.text()) else {
            self.refuse(name, moment::EXPECTED);
            return None;
        };
        if !found.remark.is_empty() {
            self.notes
                .remark(&format!("{}/{name}", self.path), child.at(), found.remark);
        }
        Some(found.at)
    }

    fn feet(&mut self, name: &str) -> Option<f64> {
        let child = self
            .element
            .child(name)
            .filter(|child| !child.text().is_empty())?;
        let found = child
            .text()
            .parse::<f64>()
            .ok()
            .filter(|feet| feet.is_finite());
        if found.is_none() {
            self.refuse(name, "a height in feet is expected");
        }
        found
    }

    /// Triples `sender,identifier,sent` with space between (3.2.1 `<references>`).
    fn references(&mut self) -> Vec<Reference> {
        let Some(child) = self.element.child("references") else {
            return Vec::new();
        };
        let path = format!("{}/references", self.path);
        let mut references = Vec::new();
        for triple in child.text().split_whitespace() {
            if let Some(reference) = reference_of(triple) {
                references.push(reference);
            } else {
                let reason = format!("\"{}\" is no sender,identifier,sent", shortened(triple));
                self.notes.refuse(&path, child.at(), reason);
            }
        }
        if child.text().is_empty() {
            self.refuse("references", "is there and refers to nothing");
        }
        references
    }

    /// Everything called `name` that `parse` understands; the rest is refused.
    fn parsed<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        let mut found = Vec::new();
        for (index, child) in called(self.element, name).enumerate() {
            match parse(child.text()) {
                Ok(one) => found.push(one),
                Err(reason) => {
                    let path = self.path_of(name, index);
                    self.notes.refuse(&path, child.at(), reason);
                }
            }
        }
        found
    }

    /// Everything called `name` that `read` understands.
    fn each<T>(&mut self, name: &str, read: ReadElement<'a, 't, T>) -> Vec<T> {
        let mut found = Vec::new();
        for (index, child) in called(self.element, name).enumerate() {
            let path = self.path_of(name, index);
            found.extend(read(child, &path, self.notes));
        }
        found
    }

    /// `area` when it is the only one, else `area[2]`.
    fn path_of(&self, name: &str, index: usize) -> String {
        if called(self.element, name).nth(1).is_none() {
            format!("{}/{name}", self.path)
        } else {
            format!("{}/{name}[{}]", self.path, index + 1)
        }
    }
}

/// The elements called `name` directly in `element`.
fn called<'a, 't, 'x>(
    element: Element<'a, 't>,
    name: &'x str,
) -> impl Iterator<Item = Element<'a, 't>> + use<'a, 't, 'x> {
    element.children().filter(move |child| child.name() == name)
}

fn reference_of(triple: &str) -> Option<Reference> {
    let mut parts = triple.splitn(3, ',');
    let sender = parts.next().filter(|sender| !sender.is_empty())?;
    let identifier = parts.next().filter(|identifier| !identifier.is_empty())?;
    Some(Reference {
        sender: sender.to_owned(),
        identifier: identifier.to_owned(),
        sent: moment::moment_of(parts.next()?)?.at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_model::Standing;

    const GOOD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>1</identifier><sender>s@x</sender><sent>2026-01-31T08:15:00+08:00</sent><status>Exercise</status>
  <msgType>Update</msgType><scope>Private</scope><addresses>one "two and a half" three</addresses>
  <references>a,b,2026-01-31T08:15:00+08:00 c,d,2026-01-31T08:15:01+08:00</references>
  <info><category>Met</category><category>Env</category><event>暴雨</event><urgency>Expected</urgency><severity>Severe</severity>
    <certainty>Likely</certainty><parameter><valueName>colour</valueName><value/></parameter>
    <area><areaDesc>浦东</areaDesc><polygon>31,121 31,122 32,122 31,121</polygon><circle>31,121 2.5</circle><altitude>10</altitude><ceiling>20</ceiling></area>
  </info>
</alert>"#;

    #[track_caller]
    fn check_refused(from: &str, to: &str, places: &[&str]) {
        let text = GOOD.replace(from, to);
        assert_ne!(text, GOOD, "{from} is in the message");
        let refused = read_alert(text.as_bytes()).expect_err("refused");
        let found: Vec<_> = refused
            .iter()
            .map(|one| one.place.split(" (").next().unwrap_or_default())
            .collect();
        assert_eq!(found, places, "{refused:?}");
    }

    #[test]
    fn an_alert_is_read_with_everything_in_it() {
        let (alert, remarks) = read_alert_with_remarks(GOOD.as_bytes()).expect("valid");
        assert_eq!(remarks, []);
        assert_eq!(alert.status, Standing::Exercise);
        assert_eq!(alert.addresses, ["one", "two and a half", "three"]);
        assert_eq!(alert.references[1].identifier, "d");
        let info = &alert.infos[0];
        assert_eq!(info.categories, [Category::Met, Category::Env]);
        assert_eq!(info.parameters[0].name, "colour");
        assert_eq!(info.areas[0].polygons[0].len(), 4);
        assert_eq!(info.areas[0].ceiling, Some(20.0));
    }

    #[test]
    fn what_is_wrong_is_named_by_its_path() {
        check_refused("<identifier>1</identifier>", "", &["alert/identifier"]);
        check_refused("<identifier>1<", "<identifier>1, 2<", &["alert/identifier"]);
        check_refused("<sender>s@x</sender>", "<sender/>", &["alert/sender"]);
        check_refused("08:15:00+08:00</sent>", "08:15:00</sent>", &["alert/sent"]);
        check_refused(">Exercise<", ">exercise<", &["alert/status"]);
        check_refused(">Update<", ">Upgrade<", &["alert/msgType"]);
        check_refused("<scope>Private</scope>", "", &["alert/scope"]);
        check_refused("Private", "Restricted", &["alert/restriction"]);
        check_refused("one \"two and a half\" three", "", &["alert/addresses"]);
        check_refused(" c,d,2026", " c;d,2026", &["alert/references"]);
        check_refused(
            "<category>Met</category><category>Env</category>",
            "",
            &["alert/info/category"],
        );
        check_refused(">Env<", ">Zoo<", &["alert/info/category[2]"]);
        check_refused("<urgency>Expected</urgency>", "", &["alert/info/urgency"]);
        check_refused(">Severe<", "><", &["alert/info/severity"]);
        check_refused(
            "<valueName>colour</valueName>",
            "",
            &["alert/info/parameter/valueName"],
        );
        check_refused(
            "<areaDesc>浦东</areaDesc>",
            "",
            &["alert/info/area/areaDesc"],
        );
        check_refused(
            "32,122 31,121<",
            "32,122 31,122<",
            &["alert/info/area/polygon"],
        );
        check_refused("31,121 2.5", "31,121 -2.5", &["alert/info/area/circle"]);
        check_refused("<altitude>10</altitude>", "", &["alert/info/area/ceiling"]);
        check_refused("<sender>", "<sender>a</sender><sender>", &["alert/sender"]);
    }

    #[test]
    fn line_and_column_are_told() {
        let refused = read_alert(GOOD.replace("Severe", "Grim").as_bytes()).expect_err("refused");
        assert_eq!(refused[0].place, "alert/info/severity (line 6, column 101)");
    }

    #[test]
    fn other_vocabularies_and_odd_moments_are_taken_with_a_remark() {
        let text = GOOD
            .replace("08:15:00+08:00</sent>", "00:15:00Z</sent>")
            .replace("</alert>", "<Signature xmlns='http://www.w3.org/2000/09/xmldsig#'><X/></Signature><extra/></alert>");
        let (alert, remarks) = read_alert_with_remarks(text.as_bytes()).expect("valid");
        assert_eq!(alert.sent, read_alert(GOOD.as_bytes()).expect("valid").sent);
        let reasons: Vec<_> = remarks.iter().map(|one| one.reason.as_str()).collect();
        assert_eq!(reasons.len(), 3, "{reasons:?}");
        assert!(reasons[0].starts_with("Signature"), "{reasons:?}");
    }

    #[test]
    fn what_is_too_long_or_no_alert_is_refused() {
        assert!(read_alert(&vec![b' '; MAX_BYTES + 1]).is_err());
        assert!(read_alert(b"<note/>").is_err());
        assert!(read_alert(b"").is_err());
        let many = GOOD.replace(
            "<event>",
            &format!("{}<event>", "<category>Zoo</category>".repeat(500)),
        );
        let refused = read_alert(many.as_bytes()).expect_err("refused");
        assert_eq!(refused.len(), MAX_TOLD + 1);
    }
}
