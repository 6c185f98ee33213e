//! One helper process: started, spoken to, listened to.

use super::ViewsSettings;
use crate::protocol::{BadMessage, Control, Message, Request, Trouble, TroubleKind, unpack};
use bytes::BytesMut;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// A running helper; killed when dropped.
pub(crate) struct Helper {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    buffer: BytesMut,
}

/// Why nothing more can be heard.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Deaf {
    #[error("{0}")]
    Pipe(#[from] io::Error),
    #[error("{0}")]
    Message(#[from] BadMessage),
}

impl Helper {
    /// Starts a helper without environment and hands it its request.
    pub(crate) async fn start(settings: &ViewsSettings, request: &Request) -> io::Result<Self> {
        let mut child = Command::new(&settings.helper)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let no_pipe = || io::Error::other("a helper without pipes");
        let stdin = child.stdin.take().ok_or_else(no_pipe)?;
        let stdout = child.stdout.take().ok_or_else(no_pipe)?;
        let mut helper = Self {
            child,
            stdin,
            stdout,
            buffer: BytesMut::new(),
        };
        helper.write(serde_json::to_vec(request)?).await?;
        Ok(helper)
    }

    /// The process's number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }

    pub(crate) async fn order(&mut self, control: &Control) -> io::Result<()> {
        self.write(serde_json::to_vec(control)?).await
    }

    async fn write(&mut self, mut line: Vec<u8>) -> io::Result<()> {
        line.push(b'\n');
        self.stdin.write_all(&line).await
    }

    /// The next message; `None` when the helper has ended. Nothing is lost when the wait is given up.
    pub(crate) async fn listen(&mut self) -> Result<Option<Message>, Deaf> {
        loop {
            if let Some(message) = unpack(&mut self.buffer)? {
                return Ok(Some(message));
            }
            if self.buffer.capacity() - self.buffer.len() < 4096 {
                self.buffer.reserve(64 * 1024);
            }
            if self.stdout.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// How it ended; it is killed when it has not.
    pub(crate) async fn end(mut self) -> io::Result<ExitStatus> {
        self.child.start_kill().ok();
        self.child.wait().await
    }

    /// How it ended by itself.
    pub(crate) async fn wait(mut self) -> io::Result<ExitStatus> {
        drop(self.stdin);
        self.child.wait().await
    }
}

/// What a process's end says.
pub(crate) fn crash(status: io::Result<ExitStatus>) -> Trouble {
    let words = match status {
        Ok(status) => match (status.signal(), status.code()) {
            (Some(signal), _) => format!("the helper was ended by signal {signal}"),
            (None, Some(code)) => format!("the helper ended with {code}"),
            (None, None) => "the helper has ended".to_owned(),
        },
        Err(error) => error.to_string(),
    };
    Trouble::new(TroubleKind::Crashed, words)
}
