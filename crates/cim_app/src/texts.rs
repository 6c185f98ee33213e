//! Words that Rust makes, from the same files as the UI's: labels of the card, the window's title.

use cim_model::Standing;

/// Names the files to the compiler, so that a changed text rebuilds this crate: the macro that reads them does not.
const LOCALE_FILES: [(&str, &str); 2] = [
    ("zh-CN", include_str!("../../../assets/locales/zh-CN.json")),
    ("en", include_str!("../../../assets/locales/en.json")),
];

/// Every word that this crate asks for by name. Labels of other attributes are looked up as `attribute.<name>` and may
/// be missing: then the source's own word is shown.
#[cfg(test)]
const NEEDED: [&str; 22] = [
    "app.name",
    "attribute.address",
    "attribute.description",
    "attribute.division",
    "attribute.height",
    "attribute.height_source",
    "attribute.kind",
    "attribute.levels",
    "attribute.min_height",
    "attribute.mounting_height",
    "attribute.name_en",
    "attribute.name_zh",
    "attribute.tilt",
    "height_source.default",
    "height_source.levels",
    "height_source.tag",
    "kind.building",
    "layers.legend_other",
    "standing_mark.draft",
    "standing_mark.exercise",
    "standing_mark.system",
    "standing_mark.test",
];

/// The languages that the desk speaks.
pub(crate) fn speaks(language: &str) -> bool {
    LOCALE_FILES.iter().any(|(name, _)| *name == language)
}

/// The text called `key`; `None` when no language has it.
pub(crate) fn text(language: &str, key: &str) -> Option<String> {
    let text = rust_i18n::t!(key, locale = language).to_string();
    (text != key).then_some(text)
}

/// What people call the attribute `name`; the source's own word when there is none.
pub(crate) fn attribute_label(language: &str, name: &str) -> String {
    text(language, &format!("attribute.{name}")).unwrap_or_else(|| name.to_owned())
}

/// What stands before every name of something that is not real: 【演练】, "[Exercise] "; nothing before what is real.
pub(crate) fn standing_mark(language: &str, standing: Standing) -> String {
    if standing.is_real() {
        return String::new();
    }
    let word = standing.as_str();
    // A mark in any language is better than none.
    text(language, &format!("standing_mark.{word}")).unwrap_or_else(|| format!("[{word}] "))
}

/// The window's title: the city, then the product.
pub(crate) fn window_title(language: &str, city: &str) -> String {
    let product = text(language, "app.name").unwrap_or_else(|| "CityMirror".to_owned());
    if city.is_empty() {
        product
    } else {
        format!("{city} · {product}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_that_rust_uses_is_there_in_both_languages() {
        let mut missing = Vec::new();
        for (language, file) in LOCALE_FILES {
            let texts: serde_json::Value = serde_json::from_str(file).expect("a JSON file");
            for key in NEEDED {
                // Flat keys, or nested ones.
                let nested = format!("/{}", key.replace('.', "/"));
                if texts.get(key).or_else(|| texts.pointer(&nested)).is_none() {
                    missing.push(format!("{language}: {key}"));
                }
            }
        }
        assert!(missing.is_empty(), "\n{}\n", missing.join("\n"));
    }

    #[test]
    fn a_text_comes_in_the_language_asked_for() {
        assert_eq!(text("zh-CN", "kind.building").as_deref(), Some("建筑"));
        assert_eq!(text("en", "kind.building").as_deref(), Some("Building"));
        assert_eq!(text("en", "attribute.no_such_word"), None);
        assert_eq!(attribute_label("en", "no_such_word"), "no_such_word");
    }

    #[test]
    fn everything_but_the_actual_is_marked_in_both_languages() {
        for (language, _) in LOCALE_FILES {
            for standing in Standing::ALL {
                let mark = standing_mark(language, standing);
                assert_eq!(
                    mark.is_empty(),
                    standing.is_real(),
                    "{language}: {standing:?}"
                );
            }
        }
        assert_eq!(standing_mark("zh-CN", Standing::Exercise), "【演练】");
        assert_eq!(standing_mark("en", Standing::Test), "[Test] ");
    }

    #[test]
    fn the_title_names_the_city_first() {
        let title = window_title("en", "Lujiazui");
        assert!(title.starts_with("Lujiazui · "), "{title}");
    }
}
