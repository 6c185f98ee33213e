//! Conditions on observations in the SQL of PostgreSQL. They are written with SQLite's words (`?`, 1 and 0 for true and
//! false, `json_extract`); texts never stand in them, so words can be exchanged without reading quotes, except for the
//! paths of `json_extract`.

/// `sql` with PostgreSQL's words and with its placeholders numbered from `first`.
pub(super) fn for_postgres(sql: &str, first: usize) -> String {
    let sql = sql.replace(
        "SELECT value FROM json_each(?)",
        "SELECT listed.id::bigint FROM json_array_elements_text(?::json) AS listed(id)",
    );
    let sql = with_json_paths(&sql);
    let mut out = String::with_capacity(sql.len() + 16);
    let mut number = first;
    let mut is_quoted = false;
    let words = Words::of(&sql);
    for (index, word) in words.0.iter().enumerate() {
        if *word == "'" {
            is_quoted = !is_quoted;
        }
        match *word {
            _ if is_quoted => out.push_str(word),
            "?" => {
                out.push('$');
                out.push_str(&number.to_string());
                number += 1;
            }
            "1" if words.is_truth(index) => out.push_str("TRUE"),
            "0" if words.is_truth(index) => out.push_str("FALSE"),
            word => out.push_str(word),
        }
    }
    out
}

/// `json_extract(detail, '$.name')` as `(detail::json ->> 'name')`.
fn with_json_paths(sql: &str) -> String {
    const CALL: &str = "json_extract(detail, '$.";
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some((before, after)) = rest.split_once(CALL) {
        out.push_str(before);
        let Some((name, behind)) = after.split_once("')") else {
            out.push_str(CALL);
            rest = after;
            continue;
        };
        out.push_str("(detail::json ->> '");
        out.push_str(name);
        out.push_str("')");
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// The text cut into words, spaces and single signs.
struct Words<'a>(Vec<&'a str>);

impl<'a> Words<'a> {
    fn of(sql: &'a str) -> Self {
        let mut words = Vec::new();
        let mut rest = sql;
        while let Some(first) = rest.chars().next() {
            let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
            let length = if is_word(first) {
                rest.find(|letter| !is_word(letter)).unwrap_or(rest.len())
            } else {
                first.len_utf8()
            };
            let Some((word, later)) = rest.split_at_checked(length) else {
                break;
            };
            words.push(word);
            rest = later;
        }
        Self(words)
    }

    /// True where a number stands for true or false: alone between words that join conditions, or as what `coalesce`
    /// falls back to.
    fn is_truth(&self, index: usize) -> bool {
        let before = self.0.get(..index).unwrap_or_default();
        let before = before.iter().rev().find(|word| **word != " ").copied();
        let after = self.0.get(index + 1..).unwrap_or_default();
        let after = after.iter().find(|word| **word != " ").copied();
        let begins = matches!(before, None | Some("(" | "," | "AND" | "OR" | "NOT"));
        let ends = matches!(after, None | Some(")" | "AND" | "OR"));
        // `f(x, 1)` is a number, `coalesce(x, 0)` around a condition is not: only the latter follows `NOT`.
        let is_call = before == Some(",");
        begins && ends && (!is_call || self.0.contains(&"coalesce"))
    }
}

#[cfg(test)]
mod tests {
    use super::for_postgres;

    #[test]
    fn conditions_are_said_in_the_words_of_postgresql() {
        let cases = [
            ("1", "TRUE"),
            ("0 AND value > ?", "FALSE AND value > $1"),
            (
                "ds = ? AND NOT coalesce((value < ? OR t >= ?), 0) AND (t, id) > (?, ?)",
                "ds = $1 AND NOT coalesce((value < $2 OR t >= $3), FALSE) AND (t, id) > ($4, $5)",
            ),
            (
                "1 AND json_extract(detail, '$.resultQuality') = ?",
                "TRUE AND (detail::json ->> 'resultQuality') = $1",
            ),
            (
                "ds IN (SELECT value FROM json_each(?)) AND (value = ? OR 1)",
                "ds IN (SELECT listed.id::bigint FROM json_array_elements_text($1::json) AS listed(id)) \
                 AND (value = $2 OR TRUE)",
            ),
            ("value > 1.0 AND id = 10", "value > 1.0 AND id = 10"),
        ];
        for (sqlite, postgres) in cases {
            assert_eq!(for_postgres(sqlite, 1), postgres);
        }
        assert_eq!(for_postgres("t >= ?", 4), "t >= $4");
    }
}
