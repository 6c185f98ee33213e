//! Addresses within a tileset made safe: its files may name files below the source's root, nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

/// `uri`, as the file at `base_path` names it, as a path from the source's root; or why it cannot be one.
///
/// Percent signs are decoded, `.` and `..` are gone and a fragment is cut off. A query stays as it was written, since a
/// server may need it; folders and archives cut it themselves ([`without_query`]). A `data:` address stays as it is.
pub fn resolve(base_path: &str, uri: &str) -> Result<String, String> {
    if is_data_uri(uri) {
        return Ok(uri.to_owned());
    }
    let end = uri.find('#').unwrap_or(uri.len());
    let uri = uri.get(..end).unwrap_or_default();
    let (path, query) = match uri.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (uri, None),
    };
    let decoded = percent_decoded(path)?;
    // A colon is a scheme, a Windows drive or a Windows stream; none has a place here.
    if decoded.contains(':') || decoded.starts_with("//") {
        return Err("the content lies on another host or drive".to_owned());
    }
    if decoded.starts_with('/') {
        return Err("the content's path is absolute".to_owned());
    }
    if decoded.contains(|c: char| c == '\\' || c == '?' || c.is_control()) {
        return Err("the content's path holds characters that no path has".to_owned());
    }
    let folder = folder_of(base_path);
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    let mut named_anything = false;
    for step in decoded.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop().ok_or_else(|| {
                    "the content's path leads out of the tileset's folder".to_owned()
                })?;
                named_anything = false;
            }
            name => {
                steps.push(name);
                named_anything = true;
            }
        }
    }
    if !named_anything {
        return Err("the content's path is empty".to_owned());
    }
    let mut whole = steps.join("/");
    if let Some(query) = query.filter(|query| !query.is_empty()) {
        whole.push('?');
        whole.push_str(query);
    }
    Ok(whole)
}

/// `path` without its query: the name of a file.
pub fn without_query(path: &str) -> &str {
    path.split_once('?').map_or(path, |(file, _)| file)
}

/// The bytes of a `data:` address (RFC 2397); `None` for any other address.
pub fn data_uri(uri: &str) -> Option<Result<Vec<u8>, String>> {
    if !is_data_uri(uri) {
        return None;
    }
    let rest = uri.get("data:".len()..).unwrap_or_default();
    let Some((kind, body)) = rest.split_once(',') else {
        return Some(Err("a data address has no comma before its data".to_owned()));
    };
    if kind.to_ascii_lowercase().ends_with(";base64") {
        let tight: Vec<u8> = body
            .bytes()
            .filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=')
            .collect();
        Some(
            STANDARD_NO_PAD
                .decode(&tight)
                .or_else(|_first| STANDARD.decode(body.trim()))
                .map_err(|error| format!("a data address is no base64: {error}")),
        )
    } else {
        Some(percent_decoded_bytes(body))
    }
}

/// Whether the address carries its bytes itself.
pub(crate) fn is_data_uri(uri: &str) -> bool {
    uri.get(..5)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
}

/// Whether `path` is what [`resolve`] makes: relative, with `/`, without `.` and `..`.
pub(crate) fn is_safe_path(path: &str) -> bool {
    !path.is_empty()
        && !path.contains(|c: char| c == '\\' || c == ':' || c.is_control())
        && path
            .split('/')
            .all(|step| !step.is_empty() && step != "." && step != "..")
}

/// How an address is named in messages: `data:` addresses would fill pages.
pub(crate) fn shortened(uri: &str) -> String {
    const LONGEST: usize = 120;
    if uri.len() <= LONGEST {
        return uri.to_owned();
    }
    let mut end = LONGEST;
    while !uri.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", uri.get(..end).unwrap_or_default())
}

/// The folder that holds `path`; empty for the root.
fn folder_of(path: &str) -> &str {
    if is_data_uri(path) {
        return "";
    }
    without_query(path)
        .rsplit_once('/')
        .map_or("", |(folder, _)| folder)
}

fn percent_decoded(text: &str) -> Result<String, String> {
    String::from_utf8(percent_decoded_bytes(text)?).map_err(|error| error.to_string())
}

fn percent_decoded_bytes(text: &str) -> Result<Vec<u8>, String> {
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
    Ok(bytes)
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
            ("a.glb?v=3#top", "a.glb?v=3"),
            ("a.glb?#top", "a.glb"),
            ("a.glb#top?v=3", "a.glb"),
        ];
        for (uri, expected) in cases {
            assert_eq!(
                resolve("tileset.json", uri).as_deref(),
                Ok(expected),
                "{uri}"
            );
        }
    }

    #[test]
    fn a_file_in_a_folder_names_its_neighbours() {
        let cases = [
            ("sub/tileset.json", "a.glb", "sub/a.glb"),
            ("sub/tileset.json?session=1", "../b/a.glb", "b/a.glb"),
            ("a/b/c.json", "../../d.glb", "d.glb"),
            ("", "a.glb", "a.glb"),
        ];
        for (base, uri, expected) in cases {
            assert_eq!(resolve(base, uri).as_deref(), Ok(expected), "{base} {uri}");
        }
        assert!(resolve("sub/tileset.json", "../../a.glb").is_err());
        assert!(resolve("sub/tileset.json", "..").is_err());
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
            "a%3F.glb",
            "a%2",
            "a%zz",
            "a%+1",
            "%ff.glb",
        ];
        for uri in cases {
            assert!(resolve("tileset.json", uri).is_err(), "{uri}");
        }
    }

    #[test]
    fn what_resolve_makes_is_safe_and_nothing_else_is() {
        for path in ["a.glb", "a/b.glb", "楼 A.glb"] {
            assert!(is_safe_path(path), "{path}");
        }
        for path in ["", "/a", "a//b", "../a", "a/..", "./a", "C:a", "a\\b"] {
            assert!(!is_safe_path(path), "{path}");
        }
    }

    #[test]
    fn data_addresses_carry_their_bytes() {
        let bytes = |uri: &str| data_uri(uri).expect("a data address");
        assert_eq!(bytes("data:;base64,aGk="), Ok(b"hi".to_vec()));
        assert_eq!(
            bytes("DATA:application/octet-stream;base64,aG k"),
            Ok(b"hi".to_vec())
        );
        assert_eq!(bytes("data:,a%20b"), Ok(b"a b".to_vec()));
        assert!(bytes("data:;base64,@@@").is_err());
        assert!(bytes("data:nothing").is_err());
        assert!(data_uri("a.glb").is_none());
        assert_eq!(
            resolve("tileset.json", "data:,x#y").as_deref(),
            Ok("data:,x#y")
        );
    }

    #[test]
    fn a_long_address_is_cut_between_letters() {
        let long = "楼".repeat(100);
        let short = shortened(&long);
        assert!(short.len() < 130 && short.ends_with('…'), "{short}");
        assert_eq!(shortened("a.glb"), "a.glb");
    }
}
