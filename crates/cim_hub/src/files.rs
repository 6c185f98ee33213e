//! A folder over HTTP on this machine alone: what benchmarks and tests load tiles from.

use axum::serve::{Listener, ListenerExt};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower_http::{cors::CorsLayer, services::ServeDir};

/// A folder that is served on a free port of 127.0.0.1.
#[derive(Debug)]
pub struct FileServer {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
}

/// `listener` with answers that go out at once: a small file would otherwise wait 40 ms for an acknowledgement.
pub(crate) fn at_once(listener: TcpListener) -> impl Listener<Addr = SocketAddr> {
    listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "answers to this client may wait");
        }
    })
}

/// Serves the files of `folder`, whole or in ranges, to this machine.
pub async fn serve_files(folder: &Path) -> io::Result<FileServer> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let files = ServeDir::new(folder).append_index_html_on_directories(false);
    let router = axum::Router::new()
        .fallback_service(files)
        .layer(CorsLayer::permissive());
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        axum::serve(at_once(listener), router)
            .with_graceful_shutdown(async move {
                // A server whose owner is gone stops as well.
                stopped.await.unwrap_or_default();
            })
            .await
    });
    Ok(FileServer {
        address,
        stop,
        task,
    })
}

impl FileServer {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it, without waiting for clients that keep their connections.
    pub async fn stop(self) {
        let Self { stop, task, .. } = self;
        // An error means that it has stopped already.
        stop.send(()).unwrap_or_default();
        task.abort();
        if task.await.is_err() {
            tracing::debug!("the file server was cut short");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn a_file_is_served_and_nothing_above_the_folder() {
        let folder = std::env::temp_dir().join(format!("citymirror-files-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("open")).expect("a folder");
        std::fs::write(folder.join("open/a.txt"), "tile").expect("a file");
        std::fs::write(folder.join("b.txt"), "secret").expect("a file");
        let server = serve_files(&folder.join("open")).await.expect("a server");
        let ask = async |path: &str| {
            let mut stream = tokio::net::TcpStream::connect(server.address())
                .await
                .expect("connected");
            let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await.expect("asked");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.expect("answered");
            answer
        };
        assert!(ask("/a.txt").await.ends_with("tile"));
        assert!(!ask("/../b.txt").await.contains("secret"));
        server.stop().await;
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
