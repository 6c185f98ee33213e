//! A layer's identity, and words in both languages.

use std::{fmt, sync::Arc};

/// A layer's identity: `sensors`, `cameras`, or a scene pack's own, `air-quality`. Unique in a city.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayerId(pub Arc<str>);

impl LayerId {
    /// The identity spelt `text`.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(Arc::from(text.as_ref()))
    }

    /// As it is spelt in files.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LayerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The same words in both languages of the desk.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Words {
    /// Chinese, as an officer says it.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Words {
    /// `zh` in Chinese, `en` in English.
    pub fn new(zh: &str, en: &str) -> Self {
        Self {
            zh: zh.to_owned(),
            en: en.to_owned(),
        }
    }

    /// True when neither language says anything.
    pub fn is_empty(&self) -> bool {
        self.zh.is_empty() && self.en.is_empty()
    }

    /// The words for a language tag such as `zh-CN` or `en`; the other language's where this one has none.
    pub fn in_language(&self, tag: &str) -> &str {
        let (first, second) = if tag.starts_with("en") {
            (&self.en, &self.zh)
        } else {
            (&self.zh, &self.en)
        };
        if first.is_empty() { second } else { first }
    }
}
