//! A request to a hub on this machine, over plain HTTP.

use crate::Failure;
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(20);
/// No answer is read further, bytes.
const MOST_BYTES: u64 = 1 << 20;
/// Cameras in one request.
const AT_ONCE: usize = 100;

/// Tells a hub of cameras.
pub(crate) fn tell_cameras(address: &str, cameras: &[Value]) -> Result<(), Failure> {
    for some in cameras.chunks(AT_ONCE) {
        post(address, "/api/cameras", &json!({"items": some}))?;
    }
    Ok(())
}

fn post(address: &str, path: &str, body: &Value) -> Result<(), Failure> {
    let host = address
        .strip_prefix("http://")
        .ok_or_else(|| format!("{address} is not a plain HTTP address"))?
        .trim_end_matches('/');
    let body = body.to_string();
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
        Connection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = Vec::new();
    stream.take(MOST_BYTES).read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    match status_of(&answer) {
        Some(200..=299) => Ok(()),
        _ => Err(format!("{host}{path} refused: {}", told(&answer)).into()),
    }
}

fn status_of(answer: &str) -> Option<u16> {
    answer.split_whitespace().nth(1)?.parse().ok()
}

/// The first line of an answer and the beginning of its body.
fn told(answer: &str) -> String {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let first = head.lines().next().unwrap_or("no answer");
    let body: String = body.chars().take(200).collect();
    format!("{first} {body}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_a_status_and_a_reason() {
        let answer = "HTTP/1.1 400 Bad Request\r\ncontent-length: 9\r\n\r\nno camera";
        assert_eq!(status_of(answer), Some(400));
        assert_eq!(told(answer), "HTTP/1.1 400 Bad Request no camera");
        assert_eq!(status_of(""), None);
    }

    #[test]
    fn only_plain_addresses_are_spoken_to() {
        let refused = post("https://127.0.0.1:1", "/", &json!({})).expect_err("TLS");
        assert!(refused.to_string().contains("plain HTTP"), "{refused}");
    }
}
