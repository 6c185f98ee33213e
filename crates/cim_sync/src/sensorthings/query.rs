//! The question that is asked of a collection, spelt as an address wants it (OGC 18-088, clause 9.3).

use std::fmt::Write;

/// The options of a request. Texts are plain, as the standard writes them; encoding happens in [`Query::text`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// `$filter`, as in `phenomenonTime ge 2026-01-31T08:15:00Z`.
    pub filter: Option<String>,
    /// `$expand`, as in `Locations,Datastreams/ObservedProperty`.
    pub expand: Option<String>,
    /// `$select`, as in `phenomenonTime,result`.
    pub select: Option<String>,
    /// `$orderby`, as in `phenomenonTime asc`.
    pub orderby: Option<String>,
    /// `$top`: how many entries a page has at most.
    pub top: Option<u32>,
    /// `$skip`: how many entries are passed over.
    pub skip: Option<u64>,
    /// `$count`: whether the server counts the collection.
    pub count: Option<bool>,
    /// `$resultFormat=dataArray` (clause 12.2).
    pub is_data_array: bool,
}

impl Query {
    /// What follows the question mark of an address; empty without options.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut put = |name: &str, value: &str| {
            if !text.is_empty() {
                text.push('&');
            }
            text.push('$');
            text.push_str(name);
            text.push('=');
            push_encoded(&mut text, value);
        };
        let texts = [
            ("filter", &self.filter),
            ("expand", &self.expand),
            ("select", &self.select),
            ("orderby", &self.orderby),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                put(name, value);
            }
        }
        if let Some(top) = self.top {
            put("top", &top.to_string());
        }
        if let Some(skip) = self.skip {
            put("skip", &skip.to_string());
        }
        if let Some(count) = self.count {
            put("count", if count { "true" } else { "false" });
        }
        if self.is_data_array {
            put("resultFormat", "dataArray");
        }
        text
    }

    /// `text` as a literal of a `$filter`: in quotes, with quotes inside doubled.
    pub fn literal(text: &str) -> String {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// Appends `value` with everything encoded that has a meaning in an address, or that is not ASCII (RFC 3986, clause 3.4).
fn push_encoded(text: &mut String, value: &str) {
    for byte in value.bytes() {
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~$,;:/()'@*!".contains(&byte);
        if is_plain {
            text.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            write!(text, "%{byte:02X}").unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_in_addresses_is_encoded() {
        let query = Query {
            filter: Some(format!(
                "name eq {} and result gt 5+1",
                Query::literal("水位 & o'hara #1?=100%")
            )),
            expand: Some("Datastreams($select=id;$top=1)".to_owned()),
            top: Some(5),
            skip: Some(10),
            count: Some(true),
            is_data_array: true,
            ..Query::default()
        };
        assert_eq!(
            query.text(),
            "$filter=name%20eq%20'%E6%B0%B4%E4%BD%8D%20%26%20o''hara%20%231%3F%3D100%25'%20and%20result%20gt%205%2B1\
             &$expand=Datastreams($select%3Did;$top%3D1)&$top=5&$skip=10&$count=true&$resultFormat=dataArray"
        );
        assert_eq!(Query::default().text(), "");
    }

    #[test]
    fn a_question_survives_the_way_through_an_address() {
        let filter = "description eq 'a&b=c+d e/f?g#h%i\u{6c34}'";
        let query = Query {
            filter: Some(filter.to_owned()),
            select: Some("id,result".to_owned()),
            orderby: Some("phenomenonTime desc".to_owned()),
            ..Query::default()
        };
        let mut address = reqwest::Url::parse("http://hub/v1.1/Things").expect("an address");
        address.set_query(Some(&query.text()));
        // In forms a plus is a space; the query encodes both, so that either reading gives the same.
        let pairs: Vec<(String, String)> = address.query_pairs().into_owned().collect();
        let expected = [
            ("$filter", filter),
            ("$select", "id,result"),
            ("$orderby", "phenomenonTime desc"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(pairs, expected);
    }
}
