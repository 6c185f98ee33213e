//! Where lines end.
//!
//! Chinese text may be cut between any two letters, words of other scripts only at spaces. GB/T 15834-2011, 5.1, says which
//! marks begin or end no line; what would stand wrongly takes its neighbour with it to the next line.

use crate::font::{Letter, width_em};
use std::ops::Range;

/// Marks that never stand first in a line: what closes, stops or belongs to a number before it.
const NEVER_FIRST: &str = "，。、；：？！）］｝】〗〕》〉」』”’…·—～／,.;:?!)]}%‰℃°′″";
/// Marks that never stand last in a line: what opens, or belongs to a number behind it.
const NEVER_LAST: &str = "（［｛【〖〔《〈「『“‘￥＄([{$￡£¥#＃／";
/// What sums of widths may be off by.
const TOLERANCE_EM: f32 = 1e-3;

/// Cuts `letters` into lines that are at most `width_em` wide, and at every `\n`. Spaces at a line's end belong to it but
/// take no room. A word that is wider than a line is cut where it must be; a line always has at least one letter.
pub(crate) fn lines(letters: &[Letter], width_em: f32) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for stretch in letters.split(|letter| letter.meant == '\n') {
        let end = start + stretch.len();
        let mut at = start;
        loop {
            let rest = letters.get(at..end).unwrap_or_default();
            let next = at + first_line(rest, width_em);
            found.push(at..next);
            at = next;
            if at >= end {
                break;
            }
        }
        start = end + 1;
    }
    found
}

/// The width of a line without the spaces at its end, in heights of the letters.
pub(crate) fn inked_width_em(line: &[Letter]) -> f32 {
    let spaces = line
        .iter()
        .rev()
        .take_while(|letter| letter.meant == ' ')
        .count();
    width_em(line.get(..line.len() - spaces).unwrap_or_default())
}

/// How many of `letters` the first line takes.
fn first_line(letters: &[Letter], width_em: f32) -> usize {
    let mut used_em = 0.0;
    let mut last_end = None;
    let mut before = None;
    for (at, letter) in letters.iter().enumerate() {
        if before.is_some_and(|before| may_end_between(before, letter.meant)) {
            last_end = Some(at);
        }
        used_em += letter.glyph.advance_em;
        if used_em > width_em + TOLERANCE_EM && letter.meant != ' ' {
            return last_end.unwrap_or_else(|| forced_end(letters, at));
        }
        before = Some(letter.meant);
    }
    letters.len()
}

/// Where a line without any good end is cut: before `at` if that stands well, else a little earlier.
fn forced_end(letters: &[Letter], at: usize) -> usize {
    (1..=at)
        .rev()
        .find(|end| {
            let before = letters.get(end - 1).map(|letter| letter.meant);
            let after = letters.get(*end).map(|letter| letter.meant);
            before.is_some_and(|before| !NEVER_LAST.contains(before))
                && after.is_some_and(|after| !NEVER_FIRST.contains(after))
        })
        .unwrap_or(at)
        .max(1)
}

fn may_end_between(before: char, after: char) -> bool {
    if after == ' ' || NEVER_FIRST.contains(after) || NEVER_LAST.contains(before) {
        return false;
    }
    before == ' ' || is_wide(before) || is_wide(after)
}

/// Letters and signs that stand for themselves, so that a line may end beside them.
fn is_wide(letter: char) -> bool {
    matches!(
        letter,
        '\u{2014}'
            | '\u{2026}'
            | '\u{2100}'..='\u{27bf}'
            | '\u{2e80}'..='\u{9fff}'
            | '\u{a000}'..='\u{a4cf}'
            | '\u{ac00}'..='\u{d7af}'
            | '\u{f900}'..='\u{faff}'
            | '\u{fe30}'..='\u{fe4f}'
            | '\u{ff00}'..='\u{ffef}'
            | '\u{20000}'..='\u{3ffff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use cim_model::Weight;

    fn cut(text: &str, width_em: f32) -> Vec<String> {
        let fonts = samples::fonts();
        let mut setter = fonts.setter().expect("fonts");
        let letters = setter.set_plain(text, Weight::Regular);
        lines(&letters, width_em)
            .into_iter()
            .map(|line| letters[line].iter().map(|letter| letter.meant).collect())
            .collect()
    }

    #[track_caller]
    fn check(text: &str, width_em: f32, expected: &[&str]) {
        assert_eq!(cut(text, width_em), expected);
    }

    #[test]
    fn chinese_text_is_cut_between_any_two_letters() {
        check("人民路供水主管爆裂", 4.0, &["人民路供", "水主管爆", "裂"]);
        check("人民路", 4.0, &["人民路"]);
        check("", 4.0, &[""]);
    }

    #[test]
    fn no_line_begins_with_a_mark_that_closes() {
        check("人民路爆，裂。", 4.0, &["人民路", "爆，裂。"]);
        check("（一）（二）", 4.0, &["（一）", "（二）"]);
        check("爆管！？", 3.0, &["爆", "管！？"]);
    }

    #[test]
    fn no_line_ends_with_a_mark_that_opens() {
        check("通知《预案》", 3.0, &["通知", "《预", "案》"]);
        check("预算￥500", 3.5, &["预算", "￥500"]);
    }

    #[test]
    fn dashes_and_dots_that_belong_together_stay_together() {
        check("值班——交接", 3.0, &["值", "班——", "交接"]);
        check("处理中……完", 3.0, &["处理", "中……", "完"]);
    }

    #[test]
    fn words_and_numbers_are_not_cut() {
        check("valve closed", 5.0, &["valve ", "closed"]);
        check("压力 0.35 MPa 正常", 4.5, &["压力 0.35 ", "MPa 正常"]);
        check("2026-03-01夜班", 6.0, &["2026-03-01", "夜班"]);
    }

    #[test]
    fn a_word_without_end_is_cut_where_it_must_be() {
        let digest = "0123456789abcdef";
        let found = cut(digest, 3.0);
        assert!(found.len() > 2 && found.iter().all(|line| line.len() <= 6));
        assert_eq!(found.concat(), digest);
    }

    #[test]
    fn a_line_break_in_the_text_is_kept() {
        check("一\n\n二", 10.0, &["一", "", "二"]);
        check("一\n", 10.0, &["一", ""]);
    }

    #[test]
    fn a_column_without_width_still_takes_every_letter() {
        for width_em in [0.0, -5.0, f32::NAN] {
            let found = cut("宽，“度”abc 不足", width_em);
            assert_eq!(found.concat(), "宽，“度”abc 不足", "{width_em}");
            assert!(found.iter().all(|line| !line.is_empty()));
        }
    }

    #[test]
    fn no_width_brings_a_mark_into_the_wrong_place() {
        let text = "据“城市运行”监测，人民路（南段）DN300 供水主管于03:12爆裂，影响约1,200户；已通知水务、交通。";
        for tenths in 40..400 {
            let found = cut(text, tenths as f32 / 10.0);
            assert_eq!(found.concat(), text);
            for line in &found {
                let first = line.chars().next();
                let last = line.trim_end().chars().next_back();
                assert!(
                    first.is_none_or(|mark| !NEVER_FIRST.contains(mark)),
                    "{line}"
                );
                assert!(last.is_none_or(|mark| !NEVER_LAST.contains(mark)), "{line}");
            }
        }
    }

    #[test]
    fn spaces_at_the_end_of_a_line_take_no_room() {
        let fonts = samples::fonts();
        let mut setter = fonts.setter().expect("fonts");
        let letters = setter.set_plain("管网   ", Weight::Regular);
        assert!((inked_width_em(&letters) - 2.0).abs() < 1e-3);
        assert_eq!(lines(&letters, 2.0).len(), 1);
    }
}
