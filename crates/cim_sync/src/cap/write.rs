//! Alerts as CAP 1.2 XML, elements in the order of the schema.

use super::{Alert, Area, Category, Info, Pair, Resource, moment, words::status_word};
use crate::markup::escaped;
use cim_geo::Geodetic;
use cim_model::UtcMillis;

/// `alert` as CAP 1.2 in UTF-8. What [`super::read_alert`] makes of it equals `alert` when its texts have no space around
/// them and no characters that XML does not allow, and its moments have whole seconds.
pub fn write_alert(alert: &Alert) -> String {
    let mut out = Writer {
        text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(),
        depth: 0,
    };
    out.begin_with("alert", " xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"");
    out.element("identifier", &alert.identifier);
    out.element("sender", &alert.sender);
    out.element("sent", &moment::text_of(alert.sent));
    out.element("status", status_word(alert.status));
    out.element("msgType", alert.msg_type.as_str());
    out.optional("source", &alert.source);
    out.element("scope", alert.scope.as_str());
    out.optional("restriction", &alert.restriction);
    out.optional("addresses", &quoted_words(&alert.addresses));
    for code in &alert.codes {
        out.optional("code", code);
    }
    out.optional("note", &alert.note);
    let references: Vec<_> = alert
        .references
        .iter()
        .map(|one| {
            format!(
                "{},{},{}",
                one.sender,
                one.identifier,
                moment::text_of(one.sent)
            )
        })
        .collect();
    out.optional("references", &references.join(" "));
    out.optional("incidents", &quoted_words(&alert.incidents));
    for info in &alert.infos {
        write_info(&mut out, info);
    }
    out.end("alert");
    out.text
}

fn write_info(out: &mut Writer, info: &Info) {
    out.begin("info");
    out.optional("language", &info.language);
    if info.categories.is_empty() {
        // Mandatory since CAP 1.1.
        out.element("category", Category::Other.as_str());
    }
    for category in &info.categories {
        out.element("category", category.as_str());
    }
    out.element("event", &info.event);
    for response in &info.response_types {
        out.element("responseType", response.as_str());
    }
    out.element("urgency", info.urgency.as_str());
    out.element("severity", info.severity.as_str());
    out.element("certainty", info.certainty.as_str());
    out.optional("audience", &info.audience);
    out.pairs("eventCode", &info.event_codes);
    out.moment("effective", info.effective);
    out.moment("onset", info.onset);
    out.moment("expires", info.expires);
    out.optional("senderName", &info.sender_name);
    out.optional("headline", &info.headline);
    out.optional("description", &info.description);
    out.optional("instruction", &info.instruction);
    out.optional("web", &info.web);
    out.optional("contact", &info.contact);
    out.pairs("parameter", &info.parameters);
    for resource in &info.resources {
        write_resource(out, resource);
    }
    for area in &info.areas {
        write_area(out, area);
    }
    out.end("info");
}

fn write_resource(out: &mut Writer, resource: &Resource) {
    out.begin("resource");
    out.element("resourceDesc", &resource.description);
    // Mandatory since CAP 1.2; what came without one by CAP 1.1 is some bytes.
    let mime_type = match resource.mime_type.as_str() {
        "" => "application/octet-stream",
        known => known,
    };
    out.element("mimeType", mime_type);
    if let Some(size) = resource.size {
        out.element("size", &size.to_string());
    }
    out.optional("uri", &resource.uri);
    out.optional("derefUri", &resource.deref_uri);
    out.optional("digest", &resource.digest);
    out.end("resource");
}

fn write_area(out: &mut Writer, area: &Area) {
    out.begin("area");
    out.element("areaDesc", &area.desc);
    for ring in &area.polygons {
        let points: Vec<_> = ring.iter().map(pair_of).collect();
        out.element("polygon", &points.join(" "));
    }
    for circle in &area.circles {
        let text = format!("{} {}", pair_of(&circle.center), circle.radius_km);
        out.element("circle", &text);
    }
    out.pairs("geocode", &area.geocodes);
    if let Some(feet) = area.altitude {
        out.element("altitude", &feet.to_string());
    }
    if let Some(feet) = area.ceiling {
        out.element("ceiling", &feet.to_string());
    }
    out.end("area");
}

fn pair_of(point: &Geodetic) -> String {
    format!("{},{}", point.lat_deg, point.lon_deg)
}

/// Words with space between them; those with space inside in quotes.
fn quoted_words(words: &[String]) -> String {
    let quoted: Vec<_> = words
        .iter()
        .map(|word| {
            if word.contains(char::is_whitespace) {
                format!("\"{word}\"")
            } else {
                word.clone()
            }
        })
        .collect();
    quoted.join(" ")
}

struct Writer {
    text: String,
    depth: usize,
}

impl Writer {
    fn begin(&mut self, name: &str) {
        self.begin_with(name, "");
    }

    fn begin_with(&mut self, name: &str, attributes: &str) {
        self.indent();
        let line = format!("<{name}{attributes}>\n");
        self.text.push_str(&line);
        self.depth += 1;
    }

    fn end(&mut self, name: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.indent();
        let line = format!("</{name}>\n");
        self.text.push_str(&line);
    }

    fn element(&mut self, name: &str, text: &str) {
        self.indent();
        let line = format!("<{name}>{}</{name}>\n", escaped(text));
        self.text.push_str(&line);
    }

    fn optional(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.element(name, text);
        }
    }

    fn moment(&mut self, name: &str, moment: Option<UtcMillis>) {
        if let Some(moment) = moment {
            self.element(name, &moment::text_of(moment));
        }
    }

    fn pairs(&mut self, name: &str, pairs: &[Pair]) {
        for pair in pairs {
            self.begin(name);
            self.element("valueName", &pair.name);
            self.element("value", &pair.value);
            self.end(name);
        }
    }

    fn indent(&mut self) {
        for _ in 0..self.depth {
            self.text.push_str("  ");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cap::{
        AlertSeverity, Certainty, Circle, MessageType, Reference, ResponseType, Scope, Urgency,
        read_alert_with_remarks,
    };
    use cim_model::Standing;

    fn full() -> Alert {
        let corner = |lon, lat| Geodetic::new(lon, lat, 0.0);
        let pair = |name: &str, value: &str| Pair {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        Alert {
            identifier: "urn:1".to_owned(),
            sender: "hub@x".to_owned(),
            sent: UtcMillis(1_795_332_600_000),
            status: Standing::Draft,
            msg_type: MessageType::Cancel,
            source: "值班 <1> & \"2\"".to_owned(),
            scope: Scope::Restricted,
            restriction: "演练".to_owned(),
            addresses: vec!["a b".to_owned(), "c".to_owned()],
            codes: vec!["x".to_owned(), "y".to_owned()],
            note: "line\nline\rend".to_owned(),
            references: vec![Reference {
                sender: "hub@x".to_owned(),
                identifier: "urn:0".to_owned(),
                sent: UtcMillis(1000),
            }],
            incidents: vec!["i".to_owned()],
            infos: vec![Info {
                language: "zh-CN".to_owned(),
                categories: vec![Category::Met, Category::Cbrne],
                event: "台风".to_owned(),
                response_types: vec![ResponseType::None, ResponseType::AllClear],
                urgency: Urgency::Past,
                severity: AlertSeverity::Extreme,
                certainty: Certainty::Observed,
                audience: "all".to_owned(),
                event_codes: vec![pair("SAME", "TOR")],
                effective: Some(UtcMillis(2000)),
                onset: Some(UtcMillis(3000)),
                expires: Some(UtcMillis(4000)),
                sender_name: "s".to_owned(),
                headline: "h".to_owned(),
                description: "d".to_owned(),
                instruction: "i".to_owned(),
                web: "http://a/?b=1&c=2".to_owned(),
                contact: "c".to_owned(),
                parameters: vec![pair("p", ""), pair("q", "]]>")],
                resources: vec![Resource {
                    description: "map".to_owned(),
                    mime_type: "image/png".to_owned(),
                    size: Some(17),
                    uri: "http://a/b.png".to_owned(),
                    deref_uri: "AAAA".to_owned(),
                    digest: "00ff".to_owned(),
                }],
                areas: vec![Area {
                    desc: "浦东".to_owned(),
                    polygons: vec![vec![
                        corner(121.1, 31.0),
                        corner(121.2, 31.0),
                        corner(121.2, 31.123456789012345),
                        corner(121.1, 31.0),
                    ]],
                    circles: vec![Circle {
                        center: corner(-0.5, 1e-7),
                        radius_km: 0.25,
                    }],
                    geocodes: vec![pair("adcode", "310115")],
                    altitude: Some(100.5),
                    ceiling: Some(2000.0),
                }],
            }],
        }
    }

    #[test]
    fn what_is_written_is_read_back_equal_and_without_a_remark() {
        let alert = full();
        let text = write_alert(&alert);
        let (read, remarks) = read_alert_with_remarks(text.as_bytes()).expect("valid CAP 1.2");
        assert_eq!(read, alert);
        assert_eq!(remarks, []);
    }
}
