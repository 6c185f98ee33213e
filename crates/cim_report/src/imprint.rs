//! What is known of a printing beside the document: when, by whom, with what.

use crate::ReportError;
use cim_model::UtcMillis;
use jiff::Timestamp;

/// What is known of a printing beside the document. Goes into the file's properties and the foot of each page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imprint {
    /// When the document is printed.
    pub created_at: UtcMillis,
    /// Who answers for it: a person or a unit; empty for nobody.
    pub author: String,
    /// The program, with its version.
    pub made_with: String,
    /// The foot of each page, with `%{page}` for its number and `%{pages}` for how many there are.
    pub page_label: String,
}

/// A piece of the page label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LabelPart<'a> {
    /// Letters as they are.
    Words(&'a str),
    /// The number of the page.
    Page,
    /// The number of all pages.
    Pages,
}

impl Imprint {
    /// When the document is printed, to the second.
    pub(crate) fn moment(&self) -> Result<Timestamp, ReportError> {
        let second = self.created_at.0.div_euclid(1000);
        Ok(Timestamp::from_second(second)?)
    }

    /// The page label in its pieces.
    pub(crate) fn label_parts(&self) -> Vec<LabelPart<'_>> {
        let mut parts = Vec::new();
        let mut rest = self.page_label.as_str();
        while let Some((words, after)) = rest.split_once("%{") {
            let named = [("page}", LabelPart::Page), ("pages}", LabelPart::Pages)]
                .into_iter()
                .find_map(|(name, part)| Some((part, after.strip_prefix(name)?)));
            let Some((part, behind)) = named else {
                break;
            };
            parts.push(LabelPart::Words(words));
            parts.push(part);
            rest = behind;
        }
        parts.push(LabelPart::Words(rest));
        parts.retain(|part| *part != LabelPart::Words(""));
        parts
    }

    /// The page label of page `page` of `pages`.
    pub(crate) fn label(&self, page: usize, pages: usize) -> String {
        self.label_parts()
            .into_iter()
            .map(|part| match part {
                LabelPart::Words(words) => words.to_owned(),
                LabelPart::Page => page.to_string(),
                LabelPart::Pages => pages.to_string(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::samples;

    #[track_caller]
    fn check_label(template: &str, expected: &str) {
        let mut imprint = samples::imprint();
        imprint.page_label = template.to_owned();
        assert_eq!(imprint.label(2, 13), expected);
    }

    #[test]
    fn the_foot_of_a_page_tells_its_number() {
        check_label("第 %{page} 页，共 %{pages} 页", "第 2 页，共 13 页");
        check_label("%{page}/%{pages}", "2/13");
        check_label("内部资料", "内部资料");
        check_label("", "");
    }

    #[test]
    fn a_foot_with_a_mistake_is_printed_as_it_is() {
        check_label("%{page of %{pages}", "%{page of %{pages}");
        check_label("100 %", "100 %");
    }

    #[test]
    fn a_time_beyond_the_calendar_is_refused() {
        let mut imprint = samples::imprint();
        imprint.created_at.0 = i64::MAX;
        assert!(imprint.moment().is_err());
    }

    #[test]
    fn times_before_1970_are_cut_to_the_second_before() {
        let mut imprint = samples::imprint();
        imprint.created_at.0 = -1;
        let moment = imprint.moment().expect("a moment");
        assert_eq!(moment.to_string(), "1969-12-31T23:59:59Z");
    }
}
