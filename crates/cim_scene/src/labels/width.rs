//! How wide a text will be, about: the advances of the bundled faces, without a face. Pure.
//!
//! `cim_render` shapes texts; here it is enough that no text turns out wider than was thought.

/// Advances of Noto Sans SC, regular, from the space to the tilde, thousandths of an em.
const REGULAR: [u16; 95] = [
    224, 323, 474, 555, 555, 921, 680, 278, 338, 338, 467, 555, 278, 347, 278, 392, 555, 555, 555,
    555, 555, 555, 555, 555, 555, 555, 278, 278, 555, 555, 555, 474, 946, 608, 657, 638, 688, 589,
    552, 689, 728, 293, 535, 646, 543, 812, 723, 742, 633, 742, 635, 596, 599, 721, 575, 878, 573,
    531, 603, 338, 392, 338, 555, 559, 606, 563, 618, 510, 620, 554, 325, 564, 607, 275, 275, 552,
    284, 926, 610, 606, 620, 620, 388, 468, 377, 607, 521, 802, 498, 521, 475, 338, 270, 338, 555,
];
/// The same, bold.
const BOLD: [u16; 95] = [
    227, 370, 574, 590, 590, 963, 740, 325, 378, 378, 507, 590, 325, 370, 325, 387, 590, 590, 590,
    590, 590, 590, 590, 590, 590, 590, 325, 325, 590, 590, 590, 514, 1007, 641, 681, 656, 714, 615,
    585, 717, 757, 330, 568, 686, 578, 853, 749, 770, 667, 770, 682, 624, 625, 748, 619, 915, 627,
    580, 613, 378, 387, 378, 590, 567, 626, 591, 644, 527, 644, 581, 372, 597, 640, 304, 306, 604,
    315, 964, 641, 626, 644, 644, 436, 495, 421, 637, 576, 863, 562, 574, 511, 378, 296, 378, 590,
];

/// Width of a text of this rank, em.
pub(super) fn width_em(text: &str, rank: u8) -> f32 {
    text.chars().map(|letter| letter_em(letter, rank)).sum()
}

/// Width of a letter in a text of this rank, em: districts are written in bold.
pub(super) fn letter_em(letter: char, rank: u8) -> f32 {
    let face = if rank == 0 { &BOLD } else { &REGULAR };
    let ascii = u32::from(letter).checked_sub(u32::from(' '));
    if let Some(advance) = ascii.and_then(|row| face.get(row as usize)) {
        return f32::from(*advance) / 1000.0;
    }
    match letter {
        // Combining marks stand above or below other letters.
        '\u{300}'..='\u{36f}' => 0.0,
        // Letters of Latin, Greek and Cyrillic; signs among them are as wide as 汉字.
        '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2af}' => 0.7,
        '\u{370}'..='\u{3ff}' => 0.82,
        '\u{400}'..='\u{52f}' => 1.02,
        _ => 1.0,
    }
}

/// True for a text of 汉字 and their like alone, which may be written from top to bottom.
pub(super) fn is_han(text: &str) -> bool {
    text.chars().all(|letter| letter >= '\u{2e80}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hanzi_are_wider_than_letters() {
        assert!((width_em("陆家嘴", 1) - 3.0).abs() < 1e-6);
        assert!((width_em("ab", 1) - 1.181).abs() < 1e-6);
        assert!(width_em("Tower", 0) > width_em("Tower", 1));
        assert!(
            letter_em('\n', 1) > 0.0,
            "what cannot be written is a space or a box"
        );
    }

    #[test]
    fn only_hanzi_stand_one_below_the_other() {
        assert!(is_han("南京路"));
        assert!(!is_han("G15 高速"));
    }
}
