//! Load for benches: messages as fast as a broker takes them, and a subscriber that does nothing but count.

use crate::error::SimulateError;
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};

/// How many bytes of messages are written at once.
const WRITTEN_AT_ONCE: usize = 256 * 1024;
/// How long nothing may arrive before what is missing counts as lost.
const PATIENCE: Duration = Duration::from_secs(5);

/// Publishes `count` messages with QoS 0 to the broker at `address` (`host:port`), as fast as it takes them. `message` writes the
/// topic of the `n`th message into the first text and its payload into the second.
pub async fn flood(
    address: &str,
    count: u64,
    mut message: impl FnMut(u64, &mut String, &mut String),
) -> Result<Duration, SimulateError> {
    let broken = |reason: std::io::Error| SimulateError::BrokerBroke {
        reason: reason.to_string(),
        url: format!("mqtt://{address}"),
    };
    let mut stream = TcpStream::connect(address).await.map_err(broken)?;
    stream.set_nodelay(true).map_err(broken)?;
    // CONNECT of MQTT 3.1.1 (clause 3.1): clean session, keep-alive 60 s, client id "flood".
    let connect: &[u8] = &[
        0x10, 17, 0, 4, b'M', b'Q', b'T', b'T', 4, 2, 0, 60, 0, 5, b'f', b'l', b'o', b'o', b'd',
    ];
    stream.write_all(connect).await.map_err(broken)?;
    let mut connack = [0_u8; 4];
    stream.read_exact(&mut connack).await.map_err(broken)?;
    let begun = Instant::now();
    let mut buffer: Vec<u8> = Vec::with_capacity(WRITTEN_AT_ONCE + 1024);
    let (mut topic, mut payload) = (String::new(), String::new());
    for n in 0..count {
        topic.clear();
        payload.clear();
        message(n, &mut topic, &mut payload);
        put_publish(&mut buffer, topic.as_bytes(), payload.as_bytes());
        if buffer.len() >= WRITTEN_AT_ONCE {
            stream.write_all(&buffer).await.map_err(broken)?;
            buffer.clear();
        }
    }
    stream.write_all(&buffer).await.map_err(broken)?;
    stream.flush().await.map_err(broken)?;
    let took = begun.elapsed();
    // DISCONNECT (clause 3.14).
    stream.write_all(&[0xe0, 0]).await.map_err(broken)?;
    Ok(took)
}

/// A PUBLISH packet of QoS 0 (clause 3.3).
fn put_publish(buffer: &mut Vec<u8>, topic: &[u8], payload: &[u8]) {
    buffer.push(0x30);
    let mut rest = topic.len() + 2 + payload.len();
    loop {
        let digit = (rest % 128) as u8;
        rest /= 128;
        buffer.push(if rest > 0 { digit | 0x80 } else { digit });
        if rest == 0 {
            break;
        }
    }
    buffer.extend_from_slice(&(topic.len() as u16).to_be_bytes());
    buffer.extend_from_slice(topic);
    buffer.extend_from_slice(payload);
}

/// What a subscriber saw.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    /// Messages.
    pub messages: u64,
    /// From the first message to the last.
    pub took: Duration,
}

/// Subscribes to `filter` with QoS 0, says `ready`, and counts messages until there are `expected` or none comes for five seconds:
/// what a bare client does, and nothing else.
pub async fn count_messages(
    host: &str,
    port: u16,
    filter: &str,
    expected: u64,
    ready: impl FnOnce(),
) -> Result<Counted, SimulateError> {
    let broken = |reason: String| SimulateError::BrokerBroke {
        reason,
        url: format!("mqtt://{host}:{port}"),
    };
    let options = MqttOptions::new("bare", (host, port));
    let (client, mut events) = AsyncClient::builder(options)
        .capacity(16)
        .try_build()
        .map_err(|error| broken(error.to_string()))?;
    client
        .subscribe(filter, QoS::AtMostOnce)
        .await
        .map_err(|error| broken(error.to_string()))?;
    let mut ready = Some(ready);
    let mut first: Option<Instant> = None;
    let mut last = Instant::now();
    let mut messages = 0;
    while messages < expected {
        let Ok(event) = tokio::time::timeout(PATIENCE, events.poll()).await else {
            if messages == 0 {
                continue;
            }
            break;
        };
        match event.map_err(|error| broken(error.to_string()))? {
            Event::Incoming(Packet::SubAck(_)) => {
                if let Some(ready) = ready.take() {
                    ready();
                }
            }
            Event::Incoming(Packet::Publish(_)) => {
                messages += 1;
                if first.is_none() {
                    first = Some(Instant::now());
                }
                if messages.is_multiple_of(1024) || messages == expected {
                    last = Instant::now();
                }
            }
            _ => {}
        }
    }
    Ok(Counted {
        messages,
        took: first.map_or(Duration::ZERO, |first| last.duration_since(first)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_has_its_length_in_as_many_digits_as_it_needs() {
        let mut buffer = Vec::new();
        put_publish(&mut buffer, b"a", b"xyz");
        assert_eq!(buffer, [0x30, 6, 0, 1, b'a', b'x', b'y', b'z']);
        buffer.clear();
        put_publish(&mut buffer, b"a", &[b'x'; 200]);
        assert_eq!(buffer.get(..3), Some(&[0x30, 203 - 128 + 128, 1][..]));
    }
}
