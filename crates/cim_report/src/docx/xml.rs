//! XML as text: names and attributes are ours, words are escaped.

use quick_xml::escape::escape;

/// A document of XML that grows. What is opened is closed in the right order, at the latest at the end.
pub(super) struct Xml {
    text: String,
    open: Vec<&'static str>,
}

impl Xml {
    pub(super) fn new() -> Self {
        Self {
            text: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"),
            open: Vec::new(),
        }
    }

    /// Begins an element.
    pub(super) fn open(&mut self, name: &'static str, attributes: &[(&str, &str)]) -> &mut Self {
        self.tag(name, attributes);
        self.text.push('>');
        self.open.push(name);
        self
    }

    /// Ends the element that was begun last.
    pub(super) fn close(&mut self) -> &mut Self {
        if let Some(name) = self.open.pop() {
            self.text.push_str("</");
            self.text.push_str(name);
            self.text.push('>');
        }
        self
    }

    /// An element with nothing in it.
    pub(super) fn leaf(&mut self, name: &'static str, attributes: &[(&str, &str)]) -> &mut Self {
        self.tag(name, attributes);
        self.text.push_str("/>");
        self
    }

    /// Words in the element that was begun last.
    pub(super) fn words(&mut self, words: &str) -> &mut Self {
        self.text.push_str(&escape(words));
        self
    }

    /// The text, with everything closed.
    pub(super) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.text
    }

    fn tag(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.text.push('<');
        self.text.push_str(name);
        for (key, value) in attributes {
            self.text.push(' ');
            self.text.push_str(key);
            self.text.push_str("=\"");
            self.text.push_str(&escape(*value));
            self.text.push('"');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_attributes_are_escaped_and_everything_is_closed() {
        let mut xml = Xml::new();
        xml.open("a", &[("b", "\"<")])
            .leaf("c", &[])
            .words("1 < 2 & 3");
        xml.open("d", &[]).close().open("e", &[]);
        let text = xml.finish();
        let body = text.split_once('\n').map(|(_, body)| body);
        assert_eq!(
            body,
            Some("<a b=\"&quot;&lt;\"><c/>1 &lt; 2 &amp; 3<d></d><e></e></a>")
        );
    }
}
