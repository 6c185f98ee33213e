//! Load for benches: messages as fast as a broker takes them, a subscriber that does nothing but count, devices by the thousand.

use crate::error::SimulateError;
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::Instant,
};

/// How many devices are made at the same time.
const AT_ONCE: usize = 8;

/// How many bytes of messages are written at once.
const WRITTEN_AT_ONCE: usize = 256 * 1024;
/// How long a paced publisher waits between two writes, and how many messages it writes at once.
const PACE: Duration = Duration::from_millis(2);
const PACED_AT_ONCE: u64 = 2_000;
/// How long nothing may arrive before what is missing counts as lost.
const PATIENCE: Duration = Duration::from_secs(5);

/// Publishes `count` messages with QoS 0 to the broker at `address` (`host:port`), as fast as it takes them. `message` writes the
/// topic of the `n`th message into the first text and its payload into the second.
pub async fn flood(
    address: &str,
    count: u64,
    mut message: impl FnMut(u64, &mut String, &mut String),
) -> Result<Duration, SimulateError> {
    let broken = |reason: std::io::Error| broker_broke(address, &reason);
    let mut stream = connect(address).await.map_err(broken)?;
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

/// Publishes `per_s` messages a second with QoS 0 to the broker at `address` (`host:port`) until `goes_on` says no, and says how
/// many. `message` writes the topic of the `n`th message and its payload at the moment at which it goes to the socket. What the
/// broker does not take in time is made up for afterwards.
pub async fn publish_at(
    address: &str,
    per_s: f64,
    mut goes_on: impl FnMut() -> bool,
    mut message: impl FnMut(u64, &mut String, &mut String),
) -> Result<u64, SimulateError> {
    let broken = |reason: std::io::Error| broker_broke(address, &reason);
    let mut stream = connect(address).await.map_err(broken)?;
    let begun = Instant::now();
    let mut buffer: Vec<u8> = Vec::new();
    let (mut topic, mut payload) = (String::new(), String::new());
    let mut sent = 0;
    while goes_on() {
        let due = (begun.elapsed().as_secs_f64() * per_s) as u64;
        let until = due.min(sent + PACED_AT_ONCE);
        for n in sent..until {
            topic.clear();
            payload.clear();
            message(n, &mut topic, &mut payload);
            put_publish(&mut buffer, topic.as_bytes(), payload.as_bytes());
        }
        sent = until;
        stream.write_all(&buffer).await.map_err(broken)?;
        buffer.clear();
        tokio::time::sleep(PACE).await;
    }
    stream.flush().await.map_err(broken)?;
    // DISCONNECT (clause 3.14).
    stream.write_all(&[0xe0, 0]).await.map_err(broken)?;
    Ok(sent)
}

/// A connection to a broker that has taken us.
async fn connect(address: &str) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    // CONNECT of MQTT 3.1.1 (clause 3.1): clean session, keep-alive 60 s, client id "flood".
    let connect: &[u8] = &[
        0x10, 17, 0, 4, b'M', b'Q', b'T', b'T', 4, 2, 0, 60, 0, 5, b'f', b'l', b'o', b'o', b'd',
    ];
    stream.write_all(connect).await?;
    let mut connack = [0_u8; 4];
    stream.read_exact(&mut connack).await?;
    Ok(stream)
}

fn broker_broke(address: &str, reason: &std::io::Error) -> SimulateError {
    SimulateError::BrokerBroke {
        reason: reason.to_string(),
        url: format!("mqtt://{address}"),
    }
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

/// Makes `things` devices with `series` series each at the hub `base` (`http://host:port`), as any client would: one deep insert
/// (18-088 clause 10.2.1.2) for each device, a few at the same time. `told` hears how many there are.
pub async fn make_things(
    base: &str,
    things: u32,
    series: u32,
    told: impl FnMut(u32),
) -> Result<(), SimulateError> {
    make(base, things, AT_ONCE, |n| thing_body(n, series), told).await
}

/// Makes `things` devices at an empty hub, one after the other, so that the hub numbers them and their series in this order, from
/// 1. `body` is the deep insert of the `n`th, from 0; its series name sensor 1 and observed property 1.
pub async fn make_things_in_order(
    base: &str,
    things: u32,
    body: impl Fn(u32) -> Value,
    told: impl FnMut(u32),
) -> Result<(), SimulateError> {
    make(base, things, 1, body, told).await
}

async fn make(
    base: &str,
    things: u32,
    at_once: usize,
    body: impl Fn(u32) -> Value,
    mut told: impl FnMut(u32),
) -> Result<(), SimulateError> {
    let client = reqwest::Client::builder()
        .build()
        .map_err(|error| refused(base, &error))?;
    let root = format!("{base}/v1.1");
    create(
        &client,
        &format!("{root}/Sensors"),
        &json!({"name": "probe", "description": "probe", "encodingType": "application/pdf", "metadata": "none"}),
    )
    .await?;
    create(
        &client,
        &format!("{root}/ObservedProperties"),
        &json!({"name": "level", "definition": "https://example.org/level", "description": "level"}),
    )
    .await?;
    let mut asked = JoinSet::new();
    for thing in 0..things {
        if asked.len() >= at_once
            && let Some(Ok(made)) = asked.join_next().await
        {
            made?;
        }
        let (client, address) = (client.clone(), format!("{root}/Things"));
        let body = body(thing);
        asked.spawn(async move { create(&client, &address, &body).await });
        if thing.is_multiple_of(1_000) {
            told(thing);
        }
    }
    while let Some(made) = asked.join_next().await {
        if let Ok(made) = made {
            made?;
        }
    }
    Ok(())
}

fn thing_body(thing: u32, series: u32) -> Value {
    let (lon, lat) = (
        121.4 + f64::from(thing % 1_000) * 2e-4,
        31.1 + f64::from(thing / 1_000) * 2e-4,
    );
    let streams: Vec<Value> = (0..series)
        .map(|n| {
            json!({
                "name": format!("level {n}"), "description": "level",
                "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
                "unitOfMeasurement": {"name": "metre", "symbol": "m", "definition": "ucum:m"},
                "properties": {"period_s": 10},
                "Sensor": {"@iot.id": 1}, "ObservedProperty": {"@iot.id": 1}
            })
        })
        .collect();
    json!({
        "name": format!("probe {thing}"), "description": "probe", "properties": {"kind": "water_level"},
        "Locations": [{"name": "here", "description": "here", "encodingType": "application/geo+json",
            "location": {"type": "Point", "coordinates": [lon, lat]}}],
        "Datastreams": streams
    })
}

async fn create(
    client: &reqwest::Client,
    address: &str,
    body: &Value,
) -> Result<(), SimulateError> {
    let answer = client
        .post(address)
        .json(body)
        .send()
        .await
        .map_err(|error| refused(address, &error))?;
    if answer.status().is_success() {
        return Ok(());
    }
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    Err(SimulateError::Hub {
        what: "an entity",
        reason: format!("{status}: {text}"),
        url: address.to_owned(),
    })
}

fn refused(address: &str, error: &reqwest::Error) -> SimulateError {
    SimulateError::Hub {
        what: "an entity",
        reason: error.to_string(),
        url: address.to_owned(),
    }
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
