//! Content addresses made safe: a tileset may name files beside and below itself, nothing else.

/// `uri` as a path relative to the tileset's folder, without `.` and `..`; or why it cannot be one.
///
/// Percent signs are decoded; a query or fragment is cut off.
pub(super) fn safe_relative(uri: &str) -> Result<String, String> {
    let end = uri.find(['?', '#']).unwrap_or(uri.len());
    let decoded = percent_decoded(uri.get(..end).unwrap_or_default())?;
    // A colon is a scheme, a Windows drive or a Windows stream; none has a place here.
    if decoded.contains(':') || decoded.starts_with("//") {
        return Err("the content lies on another host or drive".to_owned());
    }
    if decoded.starts_with('/') {
        return Err("the content's path is absolute".to_owned());
    }
    if decoded.contains(|c: char| c == '\\' || c.is_control()) {
        return Err("the content's path holds characters that no path has".to_owned());
    }
    let mut steps: Vec<&str> = Vec::new();
    for step in decoded.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop().ok_or_else(|| {
                    "the content's path leads out of the tileset's folder".to_owned()
                })?;
            }
            name => steps.push(name),
        }
    }
    if steps.is_empty() {
        Err("the content's path is empty".to_owned())
    } else {
        Ok(steps.join("/"))
    }
}

fn percent_decoded(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let code = after
                .get(..2)
                .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
                .and_then(|digits| std::str::from_utf8(digits).ok())
                .and_then(|digits| u8::from_str_radix(digits, 16).ok())
                .ok_or_else(|| "a percent sign is not followed by two digits".to_owned())?;
            bytes.push(code);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_beside_and_below_are_found() {
        let cases = [
            ("tiles/0_0_0.glb", "tiles/0_0_0.glb"),
            ("./tiles//a.glb", "tiles/a.glb"),
            ("tiles/../b.glb", "b.glb"),
            ("%E6%A5%BC%20A.glb", "楼 A.glb"),
            ("a.glb?v=3#top", "a.glb"),
        ];
        for (uri, expected) in cases {
            assert_eq!(safe_relative(uri).as_deref(), Ok(expected), "{uri}");
        }
    }

    #[test]
    fn nothing_else_can_be_named() {
        let cases = [
            "",
            ".",
            "?v=1",
            "/etc/passwd",
            "//host/a.glb",
            "../a.glb",
            "a/../../b.glb",
            "%2e%2e/a.glb",
            "%2Fetc/passwd",
            "http://host/a.glb",
            "file:///etc/passwd",
            "C:/a.glb",
            "a.glb:stream",
            "..\\a.glb",
            "a%00.glb",
            "a%2",
            "a%zz",
            "a%+1",
            "%ff.glb",
            "data:application/octet-stream;base64,AAAA",
        ];
        for uri in cases {
            assert!(safe_relative(uri).is_err(), "{uri}");
        }
    }
}
