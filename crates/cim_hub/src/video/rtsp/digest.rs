//! Digest access authentication with SHA-256 (RFC 7616), as RTSP borrows it from HTTP.

use crate::video::ticket::hex;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What the name and the password are for.
const REALM: &str = "citymirror";

/// The header that asks who somebody is.
pub(super) fn challenge(nonce: &str) -> String {
    format!("Digest realm=\"{REALM}\", nonce=\"{nonce}\", algorithm=SHA-256, qop=\"auth\"")
}

/// Whether `header` proves that its sender knows the password, for one request.
pub(super) fn is_proof(
    header: &str,
    (user, password): (&str, &str),
    nonce: &str,
    (method, uri): (&str, &str),
) -> bool {
    let Some(fields) = header.strip_prefix("Digest ").map(fields_of) else {
        return false;
    };
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    let is_ours = field("username") == user
        && field("realm") == REALM
        && field("nonce") == nonce
        && field("uri") == uri
        && field("algorithm").eq_ignore_ascii_case("SHA-256");
    let who = hashed(&format!("{user}:{REALM}:{password}"));
    let what = hashed(&format!("{method}:{uri}"));
    let expected = match field("qop") {
        "" => hashed(&format!("{who}:{nonce}:{what}")),
        qop => {
            let (count, own) = (field("nc"), field("cnonce"));
            hashed(&format!("{who}:{nonce}:{count}:{own}:{qop}:{what}"))
        }
    };
    is_ours && expected.eq_ignore_ascii_case(field("response"))
}

/// `name=value` or `name="value"`, between commas. Values with commas are not needed here.
fn fields_of(text: &str) -> BTreeMap<String, String> {
    text.split(',')
        .filter_map(|field| {
            let (name, value) = field.trim().split_once('=')?;
            Some((
                name.to_ascii_lowercase(),
                value.trim_matches('"').to_owned(),
            ))
        })
        .collect()
}

fn hashed(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGIN: (&str, &str) = ("drill", "secret");
    const ASKED: (&str, &str) = ("DESCRIBE", "rtsp://h/c1");

    fn proof(password: &str, nonce: &str) -> String {
        let who = hashed(&format!("drill:{REALM}:{password}"));
        let what = hashed("DESCRIBE:rtsp://h/c1");
        let response = hashed(&format!("{who}:{nonce}:00000001:0a4f:auth:{what}"));
        format!(
            "Digest username=\"drill\", realm=\"{REALM}\", nonce=\"{nonce}\", uri=\"rtsp://h/c1\", algorithm=SHA-256, \
             qop=auth, nc=00000001, cnonce=\"0a4f\", response=\"{response}\""
        )
    }

    #[test]
    fn only_whoever_knows_the_password_is_let_in() {
        assert!(is_proof(&proof("secret", "n1"), LOGIN, "n1", ASKED));
        assert!(!is_proof(&proof("guess", "n1"), LOGIN, "n1", ASKED));
        assert!(
            !is_proof(&proof("secret", "n0"), LOGIN, "n1", ASKED),
            "an old nonce"
        );
        let other = ("DESCRIBE", "rtsp://h/c2");
        assert!(!is_proof(&proof("secret", "n1"), LOGIN, "n1", other));
        assert!(!is_proof("Basic ZHJpbGw6c2VjcmV0", LOGIN, "n1", ASKED));
        assert!(!is_proof("Digest ", LOGIN, "n1", ASKED));
    }

    #[test]
    fn the_example_of_the_standard_comes_out() {
        // RFC 7616, 3.9.1.
        let who = hashed("Mufasa:http-auth@example.org:Circle of Life");
        let what = hashed("GET:/dir/index.html");
        let nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
        let own = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        assert_eq!(
            hashed(&format!("{who}:{nonce}:00000001:{own}:auth:{what}")),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
        );
    }
}
