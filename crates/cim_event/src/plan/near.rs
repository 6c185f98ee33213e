//! "Did you mean": the known word that a wrong one is nearest to.

/// Longer words are not compared; nobody mistypes those by a letter.
const LONGEST: usize = 48;

/// The word of `known` that differs from `word` by the fewest letters, if they are few enough to be a slip: one in four, and
/// at least one. Of words equally near, the first.
pub(super) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let letters: Vec<char> = word.chars().take(LONGEST + 1).collect();
    if letters.len() > LONGEST {
        return None;
    }
    let near = |candidate: &&'k str| {
        let steps = distance(&letters, candidate);
        let length = letters.len().max(candidate.chars().count());
        (steps <= (length / 4).max(1) && steps < length).then_some((steps, *candidate))
    };
    known
        .iter()
        .filter_map(near)
        .min_by_key(|(steps, _)| *steps)
        .map(|(_, candidate)| candidate)
}

/// How many letters have to be put in, taken out or changed (Levenshtein).
fn distance(word: &[char], other: &str) -> usize {
    let other: Vec<char> = other.chars().take(2 * LONGEST).collect();
    let mut line: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in word.iter().enumerate() {
        let mut corner = row;
        let mut left = row + 1;
        let mut next = vec![left];
        for (candidate, above) in other.iter().zip(line.iter().skip(1)) {
            let changed = corner + usize::from(letter != candidate);
            left = changed.min(above + 1).min(left + 1);
            corner = *above;
            next.push(left);
        }
        line = next;
    }
    line.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_another_word_does_not() {
        let near = |word| nearest(word, &["within_s", "evidence", "role"]);
        assert_eq!(near("witin_s"), Some("within_s"));
        assert_eq!(near("evidense"), Some("evidence"));
        assert_eq!(near("owner"), None);
        assert_eq!(near(&"a".repeat(1_000)), None);
        assert_eq!(distance(&['水', '位'], "水"), 1);
    }
}
