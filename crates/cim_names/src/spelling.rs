//! How Chinese characters are read: pinyin without tones, every reading of a character.
//!
//! The readings are those of the crate `pinyin` (its data: pinyin-data). Which of several holds in a name is not guessed:
//! 重庆路 answers to `chongqinglu` and to `zhongqinglu`, 银行 to `yinhang` and to `yinxing`.

use crate::fold::fold_letter;
use pinyin::ToPinyinMulti;

/// Letters of the longest syllable: `zhuang`, `chuang`, `shuang`.
pub(crate) const LONGEST: usize = 6;

/// What stands between the readings of one letter in [`spelt`].
const OR: char = ',';
/// What stands between the letters in [`spelt`].
const THEN: char = '|';

/// How `letter` is read, in pinyin without tones, the usual reading first; nothing for what is no Chinese character.
/// `ü` is both `v`, as people type it, and `u`, as signs have it.
pub fn readings(letter: char) -> Vec<String> {
    let Some(all) = letter.to_pinyin_multi() else {
        return Vec::new();
    };
    let mut found: Vec<String> = Vec::new();
    for reading in all {
        for vowel in ["v", "u"] {
            let typed = reading.plain().replace('ü', vowel);
            if is_typed(&typed) && !found.contains(&typed) {
                found.push(typed);
            }
        }
    }
    found
}

/// The letters of `text`, each with everything that it answers to: `重庆 A` is `zhong,chong,tong|qing| |a`. For whoever
/// compares a few texts without a dictionary.
pub fn spelt(text: &str) -> String {
    let mut written = String::new();
    for (place, letter) in text.chars().enumerate() {
        if place > 0 {
            written.push(THEN);
        }
        let readings = readings(letter);
        if readings.is_empty() {
            let folded = fold_letter(letter);
            written.push(if matches!(folded, OR | THEN) {
                ' '
            } else {
                folded
            });
        }
        for (place, reading) in readings.iter().enumerate() {
            if place > 0 {
                written.push(OR);
            }
            written.push_str(reading);
        }
    }
    written
}

/// True for what can be typed as a syllable; a few interjections have readings like `ê` and `hng` with marks.
fn is_typed(reading: &str) -> bool {
    (1..=LONGEST).contains(&reading.len())
        && reading.bytes().all(|letter| letter.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(letter: char, expected: &[&str]) {
        let found = readings(letter);
        for reading in expected {
            assert!(
                found.iter().any(|one| one == reading),
                "{letter}: {found:?}"
            );
        }
        let mut once = found.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), found.len(), "{letter}: {found:?}");
    }

    #[test]
    fn a_character_has_all_its_readings_once_and_without_tones() {
        check('重', &["zhong", "chong"]);
        check('长', &["chang", "zhang"]);
        check('行', &["xing", "hang"]);
        check('厦', &["xia", "sha"]);
        check('绿', &["lv", "lu"]);
        assert_eq!(readings('新'), ["xin"]);
        assert!(readings('a').is_empty() && readings('，').is_empty());
    }

    #[test]
    fn a_text_is_spelt_letter_by_letter() {
        assert_eq!(spelt("新 A|8"), "xin| |a| |8");
        assert!(spelt("重庆").starts_with("zhong,"), "{}", spelt("重庆"));
        assert!(spelt("重庆").ends_with("|qing"), "{}", spelt("重庆"));
        assert_eq!(spelt(""), "");
        for text in ["告警与事件", "F2 图层", "（新）苑"] {
            assert_eq!(
                spelt(text).split('|').count(),
                text.chars().count(),
                "{text}"
            );
        }
    }
}
