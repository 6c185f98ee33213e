//! A proxy that mistreats what passes: TCP from this machine to an address, with faults that change while it runs.
//!
//! For trials of the hub and of its clients. Nothing is decided by the clock or the machine but how fast it goes: where
//! bytes are spoilt, doubled or swapped follows from the settings and a seed.

use cim_sync::backoff::Dice;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// Bytes taken at once.
const CHUNK: usize = 16 * 1024;
/// Chunks of one direction that wait in the proxy: a megabyte at most.
const CHUNKS_WAITING: usize = 64;
/// How long a chunk that is to be swapped waits for the next one.
const SWAP_PATIENCE: Duration = Duration::from_millis(100);

/// What happens to the bytes of one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Way {
    /// Every chunk takes so much longer.
    pub delay: Duration,
    /// And up to so much more, by the dice.
    pub jitter: Duration,
    /// No more bytes a second than this.
    pub bytes_per_second: Option<u64>,
    /// Nothing passes; the connection stays, and what waits passes later.
    pub is_halted: bool,
    /// What arrives is thrown away.
    pub swallows: bool,
    /// Every so many chunks one is sent twice.
    pub doubles_every: Option<u64>,
    /// Every so many chunks one changes places with the next.
    pub swaps_every: Option<u64>,
    /// Every so many bytes one has a bit flipped.
    pub spoils_every: Option<u64>,
}

/// What the proxy's door does with new connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DoorState {
    /// Leads to the target.
    #[default]
    Open,
    /// Closes them at once.
    Refuses,
    /// Takes them and never answers: half open.
    Swallows,
}

/// What the proxy does at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Faults {
    /// From the client to the target.
    pub up: Way,
    /// From the target to the client.
    pub down: Way,
    /// New connections.
    pub door: DoorState,
}

impl Faults {
    /// Nothing passes in either direction; connections stay, new ones get no answer.
    pub fn partition() -> Self {
        let way = Way {
            is_halted: true,
            ..Way::default()
        };
        Self {
            up: way,
            down: way,
            door: DoorState::Swallows,
        }
    }

    /// Everything is taken and nothing is answered, on connections that are there too.
    pub fn half_open() -> Self {
        let way = Way {
            swallows: true,
            ..Way::default()
        };
        Self {
            up: way,
            down: way,
            door: DoorState::Swallows,
        }
    }

    /// No new connection is taken.
    pub fn refusing() -> Self {
        Self {
            door: DoorState::Refuses,
            ..Self::default()
        }
    }

    /// The same in both directions.
    pub fn both(way: Way) -> Self {
        Self {
            up: way,
            down: way,
            door: DoorState::Open,
        }
    }
}

/// Faults one after the other, from a seed.
#[derive(Clone, Debug)]
pub struct FaultPlan {
    dice: Dice,
}

impl FaultPlan {
    /// The plan that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed ^ 0x7072_6f78_7900_0001),
        }
    }

    /// What to do next, and for how long. Every second step does nothing.
    pub fn next_step(&mut self) -> (Duration, Faults) {
        let ms = 200 + self.below(2_000);
        let way = Way::default();
        let faults = match self.below(18) {
            0 => Faults::partition(),
            1 => Faults::half_open(),
            2 => Faults::refusing(),
            3 => Faults::both(Way {
                delay: Duration::from_millis(self.below(400)),
                jitter: Duration::from_millis(self.below(400)),
                ..way
            }),
            4 => Faults::both(Way {
                bytes_per_second: Some(2_000 + self.below(100_000)),
                ..way
            }),
            5 => Faults::both(Way {
                spoils_every: Some(500 + self.below(20_000)),
                ..way
            }),
            6 => Faults::both(Way {
                doubles_every: Some(2 + self.below(20)),
                ..way
            }),
            7 => Faults::both(Way {
                swaps_every: Some(2 + self.below(20)),
                ..way
            }),
            8 => Faults {
                down: Way {
                    is_halted: true,
                    ..way
                },
                ..Faults::default()
            },
            _ => Faults::default(),
        };
        (Duration::from_millis(ms), faults)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.dice.next_number() % end.max(1)
    }
}

/// What a proxy has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProxyCounts {
    /// Connections taken.
    pub connections: u64,
    /// Connections closed at once, because the door refused or the target was not there.
    pub refused: u64,
    /// Connections cut in the middle.
    pub cut: u64,
    /// Bytes passed to the target.
    pub bytes_up: u64,
    /// Bytes passed to the client.
    pub bytes_down: u64,
    /// Bytes thrown away.
    pub swallowed: u64,
    /// Chunks sent twice.
    pub doubled: u64,
    /// Pairs of chunks swapped.
    pub swapped: u64,
    /// Bytes with a flipped bit.
    pub spoilt: u64,
}

#[derive(Debug, Default)]
struct Counts {
    connections: AtomicU64,
    refused: AtomicU64,
    cut: AtomicU64,
    bytes_up: AtomicU64,
    bytes_down: AtomicU64,
    swallowed: AtomicU64,
    doubled: AtomicU64,
    swapped: AtomicU64,
    spoilt: AtomicU64,
}

/// A proxy on a free port of this machine. Dropping it ends it roughly; [`FaultProxy::stop`] ends it in order.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    target: Mutex<SocketAddr>,
    faults: watch::Sender<Faults>,
    /// Rises when all connections are to be cut.
    cuts: watch::Sender<u64>,
    counts: Counts,
    seed: u64,
}

impl FaultProxy {
    /// Opens a door on a free port of 127.0.0.1 that leads to `target`. `seed` decides jitter.
    pub async fn start(target: SocketAddr, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            target: Mutex::new(target),
            faults: watch::Sender::new(Faults::default()),
            cuts: watch::Sender::new(0),
            counts: Counts::default(),
            seed,
        });
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(accept(listener, Arc::clone(&shared), stopped));
        Ok(Self {
            address,
            shared,
            stop,
            task,
        })
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// New connections lead to `target` from now on.
    pub fn lead_to(&self, target: SocketAddr) {
        *self.shared.target() = target;
    }

    /// Does this from now on.
    pub fn set(&self, faults: Faults) {
        self.shared.faults.send_replace(faults);
    }

    /// Mistreats nothing any more.
    pub fn heal(&self) {
        self.set(Faults::default());
    }

    /// Cuts all connections at once: both sides see a reset.
    pub fn cut(&self) {
        self.shared.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// What it has done so far.
    pub fn counts(&self) -> ProxyCounts {
        let counts = &self.shared.counts;
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        ProxyCounts {
            connections: of(&counts.connections),
            refused: of(&counts.refused),
            cut: of(&counts.cut),
            bytes_up: of(&counts.bytes_up),
            bytes_down: of(&counts.bytes_down),
            swallowed: of(&counts.swallowed),
            doubled: of(&counts.doubled),
            swapped: of(&counts.swapped),
            spoilt: of(&counts.spoilt),
        }
    }

    /// Closes the door, cuts every connection, and waits until all has ended.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the proxy did not end as it should");
        }
    }
}

impl Shared {
    fn target(&self) -> MutexGuard<'_, SocketAddr> {
        self.target.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Ordering::Relaxed);
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, mut stopped: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    let mut number = 0_u64;
    loop {
        let accepted = tokio::select! {
            () = until_stopped(&mut stopped) => break,
            accepted = listener.accept() => accepted,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((client, _)) => {
                number += 1;
                count(&shared.counts.connections, 1);
                connections.spawn(connection(client, Arc::clone(&shared), number));
            }
            // For instance too many open files: a moment later there may be room.
            Err(_full) => sleep(SWAP_PATIENCE).await,
        }
    }
    connections.shutdown().await;
}

async fn until_stopped(stopped: &mut watch::Receiver<bool>) {
    // An error means that the owner is gone: that ends the proxy as well.
    stopped.wait_for(|stop| *stop).await.map(|_| ()).ok();
}

async fn connection(client: TcpStream, shared: Arc<Shared>, number: u64) {
    let mut cuts = shared.cuts.subscribe();
    let door = shared.faults.borrow().door;
    match door {
        DoorState::Refuses => {
            count(&shared.counts.refused, 1);
            reset(&client);
            return;
        }
        DoorState::Swallows => {
            let swallowed = swallow(client, &shared);
            tokio::select! {
                () = swallowed => {}
                _changed = cuts.changed() => count(&shared.counts.cut, 1),
            }
            return;
        }
        DoorState::Open => {}
    }
    let target = *shared.target();
    let Ok(server) = TcpStream::connect(target).await else {
        count(&shared.counts.refused, 1);
        reset(&client);
        return;
    };
    // Small pieces are the point; an error only means that the other side is gone.
    client.set_nodelay(true).ok();
    server.set_nodelay(true).ok();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let up = Direction::new(&shared, true, number);
    let down = Direction::new(&shared, false, number);
    let both = async {
        tokio::join!(
            up.carry(&mut from_client, &mut to_server),
            down.carry(&mut from_server, &mut to_client)
        )
    };
    let is_cut = tokio::select! {
        _ended = both => false,
        _changed = cuts.changed() => true,
    };
    if is_cut {
        count(&shared.counts.cut, 1);
        reset(to_client.as_ref());
        reset(to_server.as_ref());
    }
}

/// Closing this connection tells the other side that it broke.
fn reset(stream: &TcpStream) {
    // An error only means that it is closed already.
    stream.set_zero_linger().ok();
}

async fn swallow(mut client: TcpStream, shared: &Shared) {
    let mut buffer = vec![0_u8; CHUNK];
    while let Ok(length) = client.read(&mut buffer).await {
        if length == 0 {
            return;
        }
        count(&shared.counts.swallowed, length as u64);
    }
}

/// Bytes that wait to be passed on.
struct Chunk {
    due: Instant,
    bytes: Vec<u8>,
}

/// One direction of a connection.
struct Direction<'s> {
    shared: &'s Shared,
    is_up: bool,
    seed: u64,
}

impl<'s> Direction<'s> {
    fn new(shared: &'s Shared, is_up: bool, number: u64) -> Self {
        let own = number.wrapping_mul(2).wrapping_add(u64::from(is_up));
        Self {
            shared,
            is_up,
            seed: shared.seed ^ own.wrapping_mul(0x9e37_79b9_7f4a_7c15),
        }
    }

    fn way(&self) -> Way {
        let faults = *self.shared.faults.borrow();
        if self.is_up { faults.up } else { faults.down }
    }

    /// Carries until one side has no more, or is gone.
    async fn carry(&self, from: &mut OwnedReadHalf, to: &mut OwnedWriteHalf) {
        let (chunks, waiting) = mpsc::channel(CHUNKS_WAITING);
        tokio::join!(self.take(from, chunks), self.give(waiting, to));
    }

    async fn take(&self, from: &mut OwnedReadHalf, chunks: mpsc::Sender<Chunk>) {
        let mut dice = Dice::new(self.seed);
        let mut buffer = vec![0_u8; CHUNK];
        loop {
            let read = tokio::select! {
                read = from.read(&mut buffer) => read,
                // The other side is gone: nothing can be given any more.
                () = chunks.closed() => return,
            };
            let length = match read {
                Ok(length) if length > 0 => length,
                _ => return,
            };
            let way = self.way();
            if way.swallows {
                count(&self.shared.counts.swallowed, length as u64);
                continue;
            }
            let delay = way.delay + way.jitter.mul_f64(dice.fraction());
            let bytes = buffer.get(..length).unwrap_or_default().to_vec();
            let due = Instant::now() + delay;
            if chunks.send(Chunk { due, bytes }).await.is_err() {
                return;
            }
        }
    }

    async fn give(&self, mut waiting: mpsc::Receiver<Chunk>, to: &mut OwnedWriteHalf) {
        let mut faults = self.shared.faults.subscribe();
        let (mut number, mut passed) = (0_u64, 0_u64);
        while let Some(chunk) = waiting.recv().await {
            sleep_until(chunk.due).await;
            let is_halted = |faults: &Faults| {
                let way = if self.is_up { &faults.up } else { &faults.down };
                way.is_halted
            };
            if faults.wait_for(|faults| !is_halted(faults)).await.is_err() {
                return;
            }
            number += 1;
            let way = self.way();
            let mut bytes = chunk.bytes;
            if is_turn(way.swaps_every, number)
                && let Ok(Some(next)) = timeout(SWAP_PATIENCE, waiting.recv()).await
            {
                count(&self.shared.counts.swapped, 1);
                number += 1;
                let mut turned = next.bytes;
                turned.append(&mut bytes);
                bytes = turned;
            }
            if is_turn(way.doubles_every, number) {
                count(&self.shared.counts.doubled, 1);
                bytes.extend_from_within(..);
            }
            self.spoil(way, passed, &mut bytes);
            passed += bytes.len() as u64;
            if self.write(way, &bytes, to).await.is_err() {
                return;
            }
        }
        // The sender has no more; the receiver learns it, and may still answer.
        to.shutdown().await.ok();
    }

    /// Flips a bit of every so many bytes; `passed` have gone before these.
    fn spoil(&self, way: Way, passed: u64, bytes: &mut [u8]) {
        let Some(every) = way.spoils_every.filter(|every| *every > 0) else {
            return;
        };
        for (byte, place) in bytes.iter_mut().zip(passed + 1..) {
            if place.is_multiple_of(every) {
                *byte ^= 1_u8 << (place / every % 8);
                count(&self.shared.counts.spoilt, 1);
            }
        }
    }

    async fn write(&self, way: Way, bytes: &[u8], to: &mut OwnedWriteHalf) -> io::Result<()> {
        let counter = if self.is_up {
            &self.shared.counts.bytes_up
        } else {
            &self.shared.counts.bytes_down
        };
        let Some(rate) = way.bytes_per_second.filter(|rate| *rate > 0) else {
            to.write_all(bytes).await?;
            count(counter, bytes.len() as u64);
            return Ok(());
        };
        // In pieces of about a tenth of a second, so that the rate is even.
        let piece = usize::try_from(rate / 10).unwrap_or(CHUNK).clamp(1, CHUNK);
        for piece in bytes.chunks(piece) {
            to.write_all(piece).await?;
            count(counter, piece.len() as u64);
            let seconds = piece.len() as f64 / rate as f64;
            sleep(Duration::from_secs_f64(seconds)).await;
        }
        Ok(())
    }
}

fn is_turn(every: Option<u64>, number: u64) -> bool {
    every.is_some_and(|every| every > 0 && number.is_multiple_of(every))
}

#[cfg(test)]
#[path = "proxy_tests.rs"]
mod tests;
