//! Fragmented MP4 as one endless answer, over HTTP and in a WebSocket's messages.

use super::fragments::Fragments;
use crate::address::StreamAddress;
use crate::helper::http::{Http, basic};
use crate::helper::net::Target;
use crate::helper::outlet::Outlet;
use crate::protocol::{Trouble, TroubleKind};
use futures_util::StreamExt as _;
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};

/// The largest message of a WebSocket, in bytes.
const MOST_MESSAGE: usize = 32 * 1024 * 1024;
const AGREE: Duration = Duration::from_secs(10);
/// A live stream that is further ahead than this is caught up with.
const AHEAD: Duration = Duration::from_secs(3);

/// Plays the body of one answer.
pub(crate) async fn play_stream(
    address: &StreamAddress,
    mut http: Http,
    outlet: &mut Outlet<'_>,
) -> Result<(), Trouble> {
    outlet.keep_up(AHEAD);
    let mut fragments = Fragments::new(address);
    let url = http.url().clone();
    let mut answer = http.get(&url, None).await?;
    while let Some(bytes) = answer.chunk().await? {
        fragments.feed(&bytes, outlet).await?;
    }
    Ok(())
}

/// Plays the binary messages of a WebSocket.
pub(crate) async fn play_socket(
    address: &StreamAddress,
    target: &Target,
    outlet: &mut Outlet<'_>,
) -> Result<(), Trouble> {
    outlet.keep_up(AHEAD);
    let mut request = target
        .url
        .as_str()
        .into_client_request()
        .map_err(|error| trouble(&error))?;
    if let Some(header) = basic(address).and_then(|header| header.parse().ok()) {
        request.headers_mut().insert("authorization", header);
    }
    let config = WebSocketConfig::default()
        .max_message_size(Some(MOST_MESSAGE))
        .max_frame_size(Some(MOST_MESSAGE));
    let wire = target.connect().await?;
    let agreed = timeout(AGREE, client_async_with_config(request, wire, Some(config))).await;
    let Ok(agreed) = agreed else {
        return Err(Trouble::new(
            TroubleKind::Stalled,
            "the WebSocket does not open",
        ));
    };
    let (mut socket, _) = agreed.map_err(|error| trouble(&error))?;
    let mut fragments = Fragments::new(address);
    while let Some(message) = socket.next().await {
        match message.map_err(|error| trouble(&error))? {
            Message::Binary(bytes) => {
                outlet.shared.throttle(bytes.len()).await;
                fragments.feed(&bytes, outlet).await?;
            }
            Message::Close(_) => break,
            // Players' own words between the pictures; nothing that a picture needs.
            Message::Text(text) => outlet.shared.throttle(text.len()).await,
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
    Ok(())
}

fn trouble(error: &Error) -> Trouble {
    let kind = match error {
        Error::Http(response) => match response.status().as_u16() {
            401 | 403 => TroubleKind::Denied,
            404 | 410 => TroubleKind::NotFound,
            _ => TroubleKind::Protocol,
        },
        Error::Capacity(_) => TroubleKind::TooLarge,
        Error::Url(_) => TroubleKind::Address,
        _ => TroubleKind::Protocol,
    };
    Trouble::new(kind, error.to_string())
}
