//! The parts of `multipart/x-mixed-replace` (RFC 2046, 5.1): one JPEG each.

use crate::protocol::{Trouble, TroubleKind};
use bytes::{Bytes, BytesMut};

const MOST_HEAD: usize = 8 * 1024;
const MOST_PICTURE: usize = 16 * 1024 * 1024;

/// One picture and what its head says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) file: Bytes,
    /// `X-Timestamp`, in milliseconds since 1970.
    pub(crate) millis: Option<i64>,
}

/// Parts out of bytes that come in any portions.
#[derive(Debug)]
pub(crate) struct Parts {
    boundary: Vec<u8>,
    buffer: BytesMut,
}

impl Parts {
    /// Parts between the boundaries that `content_type` names; `None` when it is no multipart.
    pub(crate) fn of(content_type: &str) -> Option<Self> {
        let (kind, rest) = content_type.split_once(';')?;
        if !kind.trim().to_ascii_lowercase().starts_with("multipart/") {
            return None;
        }
        let boundary = rest.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let is_boundary = name.trim().eq_ignore_ascii_case("boundary");
            is_boundary.then(|| value.trim().trim_matches('"'))
        })?;
        // Some cameras write the dashes into the parameter too.
        let boundary = format!("--{}", boundary.trim_start_matches("--"));
        (3..=200).contains(&boundary.len()).then(|| Self {
            boundary: boundary.into_bytes(),
            buffer: BytesMut::new(),
        })
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole part; `None` when more bytes are needed.
    pub(crate) fn take_part(&mut self) -> Result<Option<Part>, Trouble> {
        let too_large = |what: &str| Trouble::new(TroubleKind::TooLarge, what.to_owned());
        let Some(begin) = find(&self.buffer, &self.boundary) else {
            if self.buffer.len() > MOST_HEAD {
                return Err(Trouble::new(TroubleKind::Protocol, "no part begins"));
            }
            return Ok(None);
        };
        let after = self.buffer.get(begin..).unwrap_or_default();
        let Some(head_end) = find(after, b"\r\n\r\n") else {
            if after.len() > MOST_HEAD {
                return Err(too_large("a part whose head does not end"));
            }
            return Ok(None);
        };
        let head = String::from_utf8_lossy(after.get(..head_end).unwrap_or_default()).into_owned();
        let body_at = begin + head_end + 4;
        let body = self.buffer.get(body_at..).unwrap_or_default();
        let length = match header(&head, "content-length").map(str::parse::<usize>) {
            Some(Ok(length)) => Some(length),
            _ => find(body, &self.boundary).map(|end| without_line_end(body, end)),
        };
        if length.unwrap_or(body.len()) > MOST_PICTURE {
            return Err(too_large("a picture of more than 16 MiB"));
        }
        let Some(length) = length.filter(|length| *length <= body.len()) else {
            return Ok(None);
        };
        let seconds = header(&head, "x-timestamp").and_then(|text| text.parse::<f64>().ok());
        let mut part = self.buffer.split_to(body_at + length);
        Ok(Some(Part {
            file: part.split_off(body_at).freeze(),
            millis: seconds
                .filter(|seconds| seconds.is_finite() && *seconds > 0.0)
                .map(|seconds| (seconds * 1000.0).round() as i64),
        }))
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

/// `end` without the line end before it.
fn without_line_end(body: &[u8], end: usize) -> usize {
    let before = body.get(..end).unwrap_or_default();
    let before = before.strip_suffix(b"\n").unwrap_or(before);
    before.strip_suffix(b"\r").unwrap_or(before).len()
}

fn header<'a>(head: &'a str, wanted: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim()
            .eq_ignore_ascii_case(wanted)
            .then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(content_type: &str, bytes: &[u8], portion: usize) -> Vec<Part> {
        let mut parts = Parts::of(content_type).expect("a multipart");
        let mut found = Vec::new();
        for some in bytes.chunks(portion) {
            parts.push(some);
            while let Some(part) = parts.take_part().expect("sound parts") {
                found.push(part);
            }
        }
        found
    }

    #[test]
    fn parts_are_found_with_and_without_their_length() {
        let bytes = b"--cam\r\nContent-Type: image/jpeg\r\nX-Timestamp: 1.25\r\n\r\nONE\r\n\
            --cam\r\nContent-Length: 3\r\n\r\nTWO\r\n--cam\r\n";
        for portion in [1, 7, 500] {
            let found = files("multipart/x-mixed-replace; boundary=cam", bytes, portion);
            let names: Vec<&[u8]> = found.iter().map(|part| &part.file[..]).collect();
            assert_eq!(names, [b"ONE", b"TWO"], "portions of {portion}");
            assert_eq!((found[0].millis, found[1].millis), (Some(1250), None));
        }
    }

    #[test]
    fn boundaries_are_written_in_many_ways() {
        for kind in [
            "multipart/x-mixed-replace;boundary=\"cam\"",
            "Multipart/X-Mixed-Replace; Boundary=--cam",
        ] {
            assert_eq!(
                files(kind, b"--cam\r\n\r\nA\r\n--cam", 3).len(),
                1,
                "{kind}"
            );
        }
        assert!(Parts::of("image/jpeg").is_none());
        assert!(Parts::of("multipart/x-mixed-replace; boundary=").is_none());
    }

    #[test]
    fn heads_and_pictures_without_an_end_are_refused() {
        let refused = |bytes: &[u8]| {
            let mut parts = Parts::of("multipart/x-mixed-replace; boundary=cam").expect("parts");
            parts.push(bytes);
            parts.take_part().is_err()
        };
        assert!(refused(&[b'x'; MOST_HEAD + 1]));
        assert!(refused(
            &[&b"--cam\r\n"[..], &[b'x'; MOST_HEAD + 1]].concat()
        ));
        assert!(refused(b"--cam\r\nContent-Length: 99999999999\r\n\r\n"));
    }
}
