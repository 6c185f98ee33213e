//! What a tile is kept under: its address without whatever differs from person to person and from day to day.

/// Query parameters that are access, not content; compared without regard to case.
const SECRETS: [&str; 19] = [
    "access_token",
    "accesstoken",
    "ak",
    "api_key",
    "apikey",
    "auth",
    "authorization",
    "expires",
    "jwt",
    "key",
    "key-pair-id",
    "policy",
    "session",
    "sessionid",
    "sig",
    "sign",
    "signature",
    "tk",
    "token",
];
/// Signed requests of Amazon's and Google's stores.
const SECRET_PREFIXES: [&str; 2] = ["x-amz-", "x-goog-"];
/// Further parameters of Azure's shared access signatures, which only count beside `sig`: elsewhere they are content.
const AZURE_PARTS: [&str; 13] = [
    "se", "sip", "ske", "skoid", "sks", "skt", "sktid", "skv", "sp", "spr", "sr", "st", "sv",
];

/// The key of an address in the cache: scheme and host in lower case, without user and password, without fragment, and
/// with its query sorted and freed of tokens.
///
/// Left out are `access_token`, `ak`, `api_key`, `auth`, `expires`, `jwt`, `key`, `key-pair-id`, `policy`, `session`,
/// `sig`, `sign`, `signature`, `tk`, `token` and their spellings, `X-Amz-*`, `X-Goog-*`, and beside `sig` the parts of a
/// shared access signature. Everything else stays, also `v`: another version is another tile.
pub fn cache_key(url: &str) -> String {
    let url = url.split_once('#').map_or(url, |(before, _)| before);
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let mut key = place_of(place);
    let is_azure = parts_of(query).any(|part| name_of(part).eq_ignore_ascii_case("sig"));
    let mut kept: Vec<&str> = parts_of(query)
        .filter(|part| !is_secret(name_of(part), is_azure))
        .collect();
    kept.sort_unstable();
    for (nth, part) in kept.iter().enumerate() {
        key.push(if nth == 0 { '?' } else { '&' });
        key.push_str(part);
    }
    key
}

fn parts_of(query: &str) -> impl Iterator<Item = &str> {
    query.split('&').filter(|part| !part.is_empty())
}

fn name_of(part: &str) -> &str {
    part.split_once('=').map_or(part, |(name, _)| name)
}

fn is_secret(name: &str, is_azure: bool) -> bool {
    let name = name.to_ascii_lowercase();
    SECRETS.contains(&name.as_str())
        || SECRET_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix))
        || (is_azure && AZURE_PARTS.contains(&name.as_str()))
}

/// Scheme, host and path.
fn place_of(place: &str) -> String {
    let Some((scheme, rest)) = place.split_once("://") else {
        return place.to_owned();
    };
    let (host, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!(
        "{}://{}{path}",
        scheme.to_ascii_lowercase(),
        host.to_ascii_lowercase()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_key(url: &str, expected: &str) {
        assert_eq!(cache_key(url), expected, "{url}");
    }

    #[test]
    fn tokens_do_not_make_another_tile() {
        let plain = "https://tiles.example/a/b.glb?v=2";
        for url in [
            "https://tiles.example/a/b.glb?v=2&access_token=abc",
            "https://tiles.example/a/b.glb?Token=x&v=2#top",
            "HTTPS://user:secret@Tiles.Example/a/b.glb?session=1&v=2&key=k",
            "https://tiles.example/a/b.glb?X-Amz-Signature=1&X-Amz-Date=2&v=2",
            "https://tiles.example/a/b.glb?v=2&sig=abc&se=2026-01-01&sp=r",
        ] {
            check_key(url, plain);
        }
    }

    #[test]
    fn everything_else_does() {
        check_key("http://h/a.glb?v=3", "http://h/a.glb?v=3");
        check_key("http://h/a.glb?y=2&x=1", "http://h/a.glb?x=1&y=2");
        check_key("http://h/a.glb?sp=7", "http://h/a.glb?sp=7");
        check_key("http://h/A.glb", "http://h/A.glb");
        check_key("http://h", "http://h/");
        check_key("/city/a.glb?", "/city/a.glb");
    }
}
