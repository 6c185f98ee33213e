//! Which letters have a place on paper.
//!
//! Texts come from people, hubs and files. What cannot be printed, would break a file or turns the order of what is read (so
//! that a signed line could say something else than it shows) is taken out at this one place.

/// What is printed for `letter`: itself, a plain space for the many kinds of spaces, a line break, or nothing.
pub(crate) fn printable(letter: char) -> Option<char> {
    match letter {
        '\n' | '\u{2028}' | '\u{2029}' => Some('\n'),
        '\t' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' => Some(' '),
        // Invisible marks: soft hyphens, joiners, orders of reading, variants, byte order marks, no characters at all.
        '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{fffe}'
        | '\u{ffff}'
        | '\u{e0000}'..='\u{e0fff}' => None,
        _ if letter.is_control() => None,
        _ => Some(letter),
    }
}

/// Whether nobody but its maker knows what `letter` is: the areas for private use.
pub(crate) fn is_private(letter: char) -> bool {
    matches!(letter, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

/// `text` on one line, at most `most` letters of it, for the properties of a file.
pub(crate) fn on_one_line(text: &str, most: usize) -> String {
    text.chars()
        .filter_map(printable)
        .map(|letter| if letter == '\n' { ' ' } else { letter })
        .filter(|letter| !is_private(*letter))
        .skip_while(|letter| letter.is_whitespace())
        .take(most)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// `text` as it is printed, line by line.
pub(crate) fn printed_lines(text: &str) -> Vec<String> {
    let clean: String = text.chars().filter_map(printable).collect();
    clean.split('\n').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(printed_lines(text), expected);
    }

    #[test]
    fn words_stay_as_they_are() {
        check("爆管 3 处，DN300", &["爆管 3 处，DN300"]);
        check("", &[""]);
    }

    #[test]
    fn what_would_break_a_file_is_taken_out() {
        check("a\u{0}b\u{1b}[31mc\u{ffff}", &["ab[31mc"]);
        check("a\rb\r\nc", &["ab", "c"]);
    }

    #[test]
    fn nothing_turns_the_order_of_reading() {
        check("签收\u{202e}人\u{200f}", &["签收人"]);
    }

    #[test]
    fn the_many_spaces_are_one() {
        check("3\u{a0}km\t到\u{2003}达", &["3 km 到 达"]);
    }

    #[test]
    fn properties_of_a_file_are_short_and_on_one_line() {
        assert_eq!(on_one_line("交接班\n记录 \u{e000}", 5), "交接班 记");
        assert_eq!(on_one_line(" \n ", 5), "");
        assert_eq!(on_one_line("  记录", 1), "记");
    }
}
