//! Requests and answers of RTSP 1.0 (RFC 2326), as bytes.

use std::collections::BTreeMap;
use std::fmt::Write;

/// The longest head of a request, bytes.
const MOST_HEAD: usize = 8 * 1024;
/// The longest body of a request, bytes; nothing that is asked here needs one.
const MOST_BODY: usize = 8 * 1024;
/// Between the head and the body.
const EMPTY_LINE: &[u8] = b"\r\n\r\n";
/// The first byte of a packet between the requests (RFC 2326, 10.12).
const INTERLEAVED: u8 = b'$';

/// One request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) uri: String,
    headers: BTreeMap<String, String>,
}

impl Request {
    /// A header by its name in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// What stands at the front of what a client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Front {
    /// Too little to say.
    Incomplete,
    /// A request of so many bytes.
    Request(Request, usize),
    /// A packet of so many bytes: a report of the receiver.
    Packet(usize),
}

/// What is at the front of `bytes`; the error says what is wrong with it.
pub(super) fn front(bytes: &[u8]) -> Result<Front, String> {
    if let [INTERLEAVED, rest @ ..] = bytes {
        let &[_, high, low, ..] = rest else {
            return Ok(Front::Incomplete);
        };
        let length = 4 + usize::from(u16::from_be_bytes([high, low]));
        return Ok(if bytes.len() < length {
            Front::Incomplete
        } else {
            Front::Packet(length)
        });
    }
    let head = bytes
        .windows(EMPTY_LINE.len())
        .take(MOST_HEAD)
        .position(|window| window == EMPTY_LINE);
    let Some(head) = head else {
        return if bytes.len() > MOST_HEAD {
            Err(format!("the head has more than {MOST_HEAD} bytes"))
        } else {
            Ok(Front::Incomplete)
        };
    };
    let text = bytes.get(..head).unwrap_or_default();
    let text = std::str::from_utf8(text).map_err(|error| error.to_string())?;
    let request = request_of(text)?;
    let body = match request.header("content-length") {
        None => 0,
        Some(length) => length
            .parse::<usize>()
            .ok()
            .filter(|length| *length <= MOST_BODY)
            .ok_or_else(|| format!("a body of {length:?} bytes"))?,
    };
    let length = head + EMPTY_LINE.len() + body;
    Ok(if bytes.len() < length {
        Front::Incomplete
    } else {
        Front::Request(request, length)
    })
}

fn request_of(head: &str) -> Result<Request, String> {
    let mut lines = head.split("\r\n");
    let first = lines.next().unwrap_or_default();
    let mut words = first.split(' ');
    let (Some(method), Some(uri), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(format!("{first:?} is no request"));
    };
    if version != "RTSP/1.0" {
        return Err(format!("{version:?} is not spoken here"));
    }
    let headers = lines.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
    });
    Ok(Request {
        method: method.to_owned(),
        uri: uri.to_owned(),
        headers: headers.collect(),
    })
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Answer {
    pub(super) fn new(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: String::new(),
        }
    }

    /// The same with a header.
    #[must_use]
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with a body of a kind.
    #[must_use]
    pub(super) fn of_kind(self, kind: &str, body: String) -> Self {
        let mut answer = self.with("Content-Type", kind);
        answer.body = body;
        answer
    }

    /// As it goes over the wire, to the request with this number.
    pub(super) fn bytes(&self, cseq: &str) -> Vec<u8> {
        let Self {
            status,
            headers,
            body,
        } = self;
        let reason = match status {
            200 => "OK",
            401 => "Unauthorized",
            404 => "Not Found",
            405 => "Method Not Allowed",
            454 => "Session Not Found",
            455 => "Method Not Valid in This State",
            461 => "Unsupported Transport",
            503 => "Service Unavailable",
            _ => "Bad Request",
        };
        let mut text =
            format!("RTSP/1.0 {status} {reason}\r\nCSeq: {cseq}\r\nServer: CityMirror\r\n");
        for (name, value) in headers {
            // Writing to a String cannot fail.
            write!(text, "{name}: {value}\r\n").unwrap_or_default();
        }
        if !body.is_empty() {
            write!(text, "Content-Length: {}\r\n", body.len()).unwrap_or_default();
        }
        text.push_str("\r\n");
        text.push_str(body);
        text.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESCRIBE: &[u8] =
        b"DESCRIBE rtsp://h/c1 RTSP/1.0\r\nCSeq: 2\r\nAccept: application/sdp\r\n\r\n";

    #[test]
    fn requests_and_packets_are_told_apart_however_they_arrive() {
        for end in 0..DESCRIBE.len() {
            assert_eq!(front(&DESCRIBE[..end]), Ok(Front::Incomplete), "{end}");
        }
        let Ok(Front::Request(request, length)) = front(DESCRIBE) else {
            panic!("no request");
        };
        assert_eq!(length, DESCRIBE.len());
        assert_eq!(
            (request.method.as_str(), request.uri.as_str()),
            ("DESCRIBE", "rtsp://h/c1")
        );
        assert_eq!(request.header("cseq"), Some("2"));
        assert_eq!(front(b"$\x01\x00\x02ab"), Ok(Front::Packet(6)));
        assert_eq!(front(b"$\x01\x00\x02a"), Ok(Front::Incomplete));
        assert_eq!(front(b"$"), Ok(Front::Incomplete));
    }

    #[test]
    fn what_nobody_should_send_is_refused() {
        for wrong in [
            "GET / HTTP/1.1\r\n\r\n",
            "OPTIONS\r\n\r\n",
            "OPTIONS * RTSP/1.0\r\nContent-Length: 99999999\r\n\r\n",
            "OPTIONS * RTSP/1.0\r\nContent-Length: -1\r\n\r\n",
        ] {
            assert!(front(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert!(front(&[b'a'; MOST_HEAD + 1]).is_err());
    }

    #[test]
    fn an_answer_carries_the_number_of_its_request() {
        let answer = Answer::new(200)
            .with("Session", "7")
            .of_kind("application/sdp", "v=0\r\n".to_owned());
        let text = String::from_utf8(answer.bytes("5")).expect("text");
        assert_eq!(
            text,
            "RTSP/1.0 200 OK\r\nCSeq: 5\r\nServer: CityMirror\r\nSession: 7\r\n\
             Content-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n"
        );
        assert!(Answer::new(404).bytes("1").ends_with(b"\r\n\r\n"));
    }
}
