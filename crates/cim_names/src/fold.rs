//! How texts are compared: lower case, full width as half width, one letter for one letter.

/// `text` as it is compared. It has as many letters as before, so that a place in one is a place in the other.
pub fn fold(text: &str) -> String {
    text.chars().map(fold_letter).collect()
}

/// `letter` as it is compared.
pub(crate) fn fold_letter(letter: char) -> char {
    /// How far the full-width forms of ASCII lie behind ASCII (Unicode block FF00, Halfwidth and Fullwidth Forms).
    const FULL_WIDTH: u32 = 0xfee0;
    let narrow = match letter {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - FULL_WIDTH).unwrap_or(letter),
        other => other,
    };
    if narrow.is_ascii() {
        return narrow.to_ascii_lowercase();
    }
    // A few letters become two in lower case; the first of them is enough to find them by.
    narrow.to_lowercase().next().unwrap_or(narrow)
}

/// True for a Chinese character.
pub(crate) fn is_han(letter: char) -> bool {
    matches!(
        letter,
        '\u{3007}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_width_do_not_count_and_letters_stay_as_many() {
        assert_eq!(fold("ＣＢＤ　Tower 8号"), "cbd tower 8号");
        for text in ["İstanbul", "Straße", "云龙湖Ａ座", ""] {
            assert_eq!(fold(text).chars().count(), text.chars().count(), "{text}");
        }
    }

    #[test]
    fn chinese_characters_are_told_from_other_letters() {
        assert!("〇新㐀𠀀".chars().all(is_han));
        assert!(!"a8，é・ア".chars().any(is_han));
    }
}
