//! The helper: reads what is asked, builds its walls, and only then opens the stream.
//!
//! One thread, no files, no second program: everything that it needs of the machine (names, authorities, its own pipes) is taken
//! before the walls stand.

mod http;
mod net;
mod outlet;
mod pace;
mod ring;
mod shared;
mod sources;
mod syscalls;
mod trial;
mod walls;

pub(crate) use trial::ATTEMPTS;

use crate::protocol::{
    Control, LONGEST_LINE, Request, Told, Trial, Trouble, TroubleKind, pack_told,
};
use bytes::BytesMut;
use cim_model::TimeSource;
use net::Target;
use outlet::Outlet;
use shared::Shared;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use walls::Walls;

/// Messages that wait for the desk to read them; the stream waits too when there are more. What waits here is late.
const WAITING: usize = 1;
/// What was told leaves the process before a trial begins.
const BEFORE_A_TRIAL: Duration = Duration::from_millis(50);
/// How long the last words may take.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Runs a helper over this process's stdin and stdout until the stream or the desk ends. Fails only when there is no request to
/// read or nobody to tell; everything else is told.
pub fn run_helper(clock: &dyn TimeSource) -> ExitCode {
    match live(clock) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn live(clock: &dyn TimeSource) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    let (mut lines, stdout) = runtime.block_on(async { pipes() })?;
    let Some(line) = runtime.block_on(lines.next())? else {
        return Ok(());
    };
    let request: Request = serde_json::from_slice(&line)?;
    let target = Target::resolve(&request.address, &request.limits);
    let ports: Vec<u16> = target.iter().map(|target| target.port).collect();
    let walls = walls::build(&request, &ports);
    runtime.block_on(serve(request, target, walls, (lines, stdout), clock))
}

/// This process's own pipes, without a thread that waits for them.
fn pipes() -> io::Result<(Lines, pipe::Sender)> {
    let stdin: OwnedFd = io::stdin().as_fd().try_clone_to_owned()?;
    let stdout: OwnedFd = io::stdout().as_fd().try_clone_to_owned()?;
    let lines = Lines {
        pipe: pipe::Receiver::from_owned_fd(stdin)?,
        buffer: BytesMut::new(),
    };
    Ok((lines, pipe::Sender::from_owned_fd(stdout)?))
}

/// Lines of the desk.
struct Lines {
    pipe: pipe::Receiver,
    buffer: BytesMut,
}

impl Lines {
    /// The next line; `None` when the desk has closed the pipe.
    async fn next(&mut self) -> io::Result<Option<BytesMut>> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                return Ok(Some(self.buffer.split_to(end + 1)));
            }
            if self.buffer.len() > LONGEST_LINE {
                return Err(io::ErrorKind::InvalidData.into());
            }
            if self.pipe.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }
}

async fn serve(
    request: Request,
    target: Result<Target, Trouble>,
    walls: Result<Walls, Trouble>,
    (lines, stdout): (Lines, pipe::Sender),
    clock: &dyn TimeSource,
) -> io::Result<()> {
    let (to_desk, messages) = mpsc::channel(WAITING);
    let writer = tokio::spawn(write(messages, stdout));
    let last = match walls {
        Err(trouble) => Told::Trouble { trouble },
        Ok(walls) => {
            let Walls { enforced, missing } = walls;
            tell(&to_desk, &Told::Ready { enforced, missing }).await?;
            match (&request.trial, target) {
                (Some(Trial { attempt, port }), _) => {
                    // A helper that is killed in the attempt says nothing after: what it said before has to be out.
                    sleep(BEFORE_A_TRIAL).await;
                    let outcome = trial::climb(attempt, *port);
                    Told::Tried { outcome }
                }
                (None, Err(trouble)) => Told::Trouble { trouble },
                (None, Ok(target)) => watch(&request, target, lines, &to_desk, clock).await,
            }
        }
    };
    tell(&to_desk, &last).await?;
    drop(to_desk);
    // A desk that reads no more cannot be told anything.
    timeout(LAST_WORDS, writer).await.ok();
    Ok(())
}

/// Plays the stream until it ends, and says how.
async fn watch(
    request: &Request,
    target: Target,
    lines: Lines,
    to_desk: &mpsc::Sender<Vec<u8>>,
    clock: &dyn TimeSource,
) -> Told {
    let is_live = request.address.is_live;
    let shared = Rc::new(Shared::new(request));
    let mut outlet = Outlet::new(Rc::clone(&shared), clock, to_desk.clone());
    let end = tokio::select! {
        end = sources::play(&request.address, target, &mut outlet) => end,
        trouble = pulse(&shared, to_desk) => Err(trouble),
        () = obey(lines, &shared, to_desk) => Ok(()),
    };
    match end {
        Err(trouble) => Told::Trouble { trouble },
        Ok(()) if is_live => Told::Trouble {
            trouble: Trouble::new(TroubleKind::Protocol, "the stream has ended"),
        },
        Ok(()) => Told::Ended,
    }
}

/// Follows the desk's orders until it closes the pipe.
async fn obey(mut lines: Lines, shared: &Shared, to_desk: &mpsc::Sender<Vec<u8>>) {
    while let Ok(Some(line)) = lines.next().await {
        match serde_json::from_slice(&line) {
            Ok(Control::Want { wanted }) => shared.want(wanted),
            Ok(Control::Clip { id, last_s }) => {
                let clip = shared.clip(id, last_s);
                if to_desk.send(clip).await.is_err() {
                    return;
                }
            }
            // The desk and its helper are built together; another one's orders are not understood.
            Err(_) => return,
        }
    }
}

/// Once a second, how it goes; ends with the reason to give up.
async fn pulse(shared: &Shared, to_desk: &mpsc::Sender<Vec<u8>>) -> Trouble {
    let mut every = tokio::time::interval(Duration::from_secs(1));
    loop {
        every.tick().await;
        let (told, trouble) = shared.beat();
        if tell(to_desk, &told).await.is_err() {
            return Trouble::new(TroubleKind::Killed, "the desk reads no more");
        }
        if let Some(trouble) = trouble {
            return trouble;
        }
    }
}

async fn tell(to_desk: &mpsc::Sender<Vec<u8>>, told: &Told) -> io::Result<()> {
    let message = pack_told(told)?;
    to_desk.send(message).await.map_err(io::Error::other)
}

/// Writes whole messages, one behind the other, so that none is cut off by another.
async fn write(mut messages: mpsc::Receiver<Vec<u8>>, mut stdout: pipe::Sender) {
    while let Some(message) = messages.recv().await {
        if stdout.write_all(&message).await.is_err() {
            return;
        }
    }
}
