//! "Did you mean": the known word that a wrong one is nearest to.

/// Longer words are not compared; nobody mistypes those by a letter.
const LONGEST: usize = 48;

/// The word of `known` that differs from `word` by the fewest letters, if it is few enough to be a slip: one in four,
/// and at least one. Of words equally near, the first.
pub(crate) fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let letters: Vec<char> = word.chars().take(LONGEST + 1).collect();
    if letters.len() > LONGEST {
        return None;
    }
    known
        .map(|candidate| (distance(&letters, candidate), candidate))
        .filter(|(steps, candidate)| {
            let length = letters.len().max(candidate.chars().count());
            *steps <= (length / 4).max(1) && *steps < length
        })
        .min_by_key(|(steps, _)| *steps)
        .map(|(_, candidate)| candidate)
}

/// How many letters have to be put in, taken out, changed or swapped with their neighbour (optimal string alignment).
/// Lower and upper case of ASCII are the same letter.
fn distance(word: &[char], other: &str) -> usize {
    let other: Vec<char> = other.chars().take(2 * LONGEST).collect();
    let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX - 1);
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    let mut letter_before: Option<char> = None;
    for (row, letter) in word.iter().enumerate() {
        let mut now = Vec::with_capacity(last.len());
        now.push(row + 1);
        let mut other_before: Option<char> = None;
        for (column, candidate) in other.iter().enumerate() {
            let is_same = letter.eq_ignore_ascii_case(candidate);
            let changed = at(&last, column) + usize::from(!is_same);
            let mut steps = changed
                .min(at(&last, column + 1) + 1)
                .min(at(&now, column) + 1);
            let is_swapped = letter_before == Some(*candidate) && other_before == Some(*letter);
            if is_swapped && column > 0 {
                steps = steps.min(at(&before_last, column - 1) + 1);
            }
            now.push(steps);
            other_before = Some(*candidate);
        }
        before_last = std::mem::replace(&mut last, now);
        letter_before = Some(*letter);
    }
    last.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_another_word_does_not() {
        let known = ["severity", "value", "age", "kind"];
        let near = |word: &str| nearest(word, known.into_iter());
        assert_eq!(near("severty"), Some("severity"));
        assert_eq!(near("vlaue"), Some("value"));
        assert_eq!(near("Kind"), Some("kind"));
        assert_eq!(near("agee"), Some("age"));
        assert_eq!(near("owner"), None);
        assert_eq!(near(""), None);
        assert_eq!(near(&"a".repeat(10_000)), None);
    }

    #[test]
    fn steps_are_counted_as_a_person_would() {
        let steps = |a: &str, b: &str| distance(&a.chars().collect::<Vec<_>>(), b);
        assert_eq!(steps("kitten", "sitting"), 3);
        assert_eq!(steps("ab", "ba"), 1);
        assert_eq!(steps("", "abc"), 3);
        assert_eq!(steps("水位", "水"), 1);
    }
}
