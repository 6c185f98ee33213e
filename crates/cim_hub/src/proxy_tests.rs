//! Each fault does what it says, in front of a server that sends back what it gets.

use super::*;

/// No answer is waited for longer than this.
const PATIENCE: Duration = Duration::from_secs(20);
/// Nothing within this time counts as nothing.
const NOTHING: Duration = Duration::from_millis(400);

/// A server that sends back what it gets.
struct Echo {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Echo {
    async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("an address");
        let task = tokio::spawn(async move {
            let mut answering = JoinSet::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                answering.spawn(async move {
                    let (mut read, mut write) = stream.split();
                    tokio::io::copy(&mut read, &mut write).await.ok();
                });
            }
        });
        Self { address, task }
    }
}

async fn proxied() -> (Echo, FaultProxy) {
    let echo = Echo::start().await;
    let proxy = FaultProxy::start(echo.address, 1).await;
    (echo, proxy.expect("a free port"))
}

async fn client(proxy: &FaultProxy) -> TcpStream {
    TcpStream::connect(proxy.address()).await.expect("connects")
}

/// The next `count` bytes.
async fn next(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    timeout(PATIENCE, stream.read_exact(&mut bytes))
        .await
        .expect("in time")
        .expect("bytes");
    bytes
}

async fn echoed(stream: &mut TcpStream, bytes: &[u8]) -> Vec<u8> {
    stream.write_all(bytes).await.expect("sent");
    next(stream, bytes.len()).await
}

async fn is_silent(stream: &mut TcpStream) -> bool {
    timeout(NOTHING, stream.read_u8()).await.is_err()
}

async fn end(echo: Echo, proxy: FaultProxy) {
    echo.task.abort();
    timeout(PATIENCE, proxy.stop()).await.expect("stops");
}

#[tokio::test]
async fn without_faults_everything_passes_and_ends_in_order() {
    let (echo, proxy) = proxied().await;
    let mut stream = client(&proxy).await;
    let bytes: Vec<u8> = (0..100_000_u32).map(|n| n as u8).collect();
    let (mut read, mut write) = stream.split();
    let sent = async {
        write.write_all(&bytes).await.expect("sent");
        write.shutdown().await.expect("ended");
    };
    let mut back = Vec::new();
    let (received, ()) = tokio::join!(timeout(PATIENCE, read.read_to_end(&mut back)), sent);
    received.expect("in time").expect("whole");
    assert_eq!(back, bytes);
    let counts = proxy.counts();
    assert_eq!((counts.bytes_up, counts.bytes_down), (100_000, 100_000));
    end(echo, proxy).await;
}

#[tokio::test]
async fn a_delay_is_waited_for() {
    let (echo, proxy) = proxied().await;
    let mut stream = client(&proxy).await;
    assert_eq!(echoed(&mut stream, b"at once").await, b"at once");
    proxy.set(Faults::both(Way {
        delay: Duration::from_millis(300),
        ..Way::default()
    }));
    let began = Instant::now();
    assert_eq!(echoed(&mut stream, b"later").await, b"later");
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(600), "{took:?} both ways");
    end(echo, proxy).await;
}

#[tokio::test]
async fn no_more_bytes_a_second_pass_than_allowed() {
    let (echo, proxy) = proxied().await;
    let mut stream = client(&proxy).await;
    proxy.set(Faults {
        down: Way {
            bytes_per_second: Some(20_000),
            ..Way::default()
        },
        ..Faults::default()
    });
    let began = Instant::now();
    assert_eq!(echoed(&mut stream, &vec![7; 20_000]).await.len(), 20_000);
    let took = began.elapsed();
    assert!(
        took >= Duration::from_millis(800),
        "{took:?} for a second's worth"
    );
    end(echo, proxy).await;
}

#[tokio::test]
async fn a_partition_stops_both_directions_and_loses_nothing() {
    let (echo, proxy) = proxied().await;
    let mut stream = client(&proxy).await;
    assert_eq!(echoed(&mut stream, b"before").await, b"before");
    proxy.set(Faults::partition());
    stream.write_all(b"meanwhile").await.expect("taken");
    assert!(is_silent(&mut stream).await);
    proxy.heal();
    assert_eq!(next(&mut stream, 9).await, b"meanwhile");
    end(echo, proxy).await;
}

#[tokio::test]
async fn half_open_connections_take_everything_and_answer_nothing() {
    let (echo, proxy) = proxied().await;
    let mut former = client(&proxy).await;
    assert_eq!(echoed(&mut former, b"before").await, b"before");
    proxy.set(Faults::half_open());
    let mut new = client(&proxy).await;
    for stream in [&mut former, &mut new] {
        stream.write_all(b"hello?").await.expect("taken");
        assert!(is_silent(stream).await);
    }
    proxy.heal();
    assert!(is_silent(&mut former).await, "what was swallowed is gone");
    assert_eq!(proxy.counts().swallowed, 12);
    assert_eq!(echoed(&mut former, b"again").await, b"again");
    end(echo, proxy).await;
}

#[tokio::test]
async fn a_closed_door_and_a_cut_are_seen_by_the_client() {
    let (echo, proxy) = proxied().await;
    let mut stream = client(&proxy).await;
    assert_eq!(echoed(&mut stream, b"before").await, b"before");
    proxy.cut();
    let seen = timeout(PATIENCE, stream.read_u8()).await.expect("in time");
    // What had been sent decides whether the system says "reset" or "end".
    let kind = seen.expect_err("cut").kind();
    let is_end = matches!(
        kind,
        io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof
    );
    assert!(is_end, "{kind:?}");
    proxy.set(Faults::refusing());
    // The connection is taken by the system, then closed.
    if let Ok(mut refused) = TcpStream::connect(proxy.address()).await {
        let seen = timeout(PATIENCE, refused.read_u8()).await.expect("in time");
        assert!(seen.is_err(), "closed");
    }
    let counts = proxy.counts();
    assert_eq!((counts.cut, counts.refused), (1, 1));
    end(echo, proxy).await;
}

#[tokio::test]
async fn a_chunk_comes_twice() {
    let (echo, proxy) = proxied().await;
    let mut stream = client(&proxy).await;
    proxy.set(Faults {
        up: Way {
            doubles_every: Some(2),
            ..Way::default()
        },
        ..Faults::default()
    });
    assert_eq!(echoed(&mut stream, b"one").await, b"one");
    stream.write_all(b"two").await.expect("sent");
    assert_eq!(next(&mut stream, 6).await, b"twotwo");
    assert_eq!(proxy.counts().doubled, 1);
    end(echo, proxy).await;
}

#[tokio::test]
async fn two_chunks_change_places() {
    let (echo, proxy) = proxied().await;
    let mut stream = client(&proxy).await;
    proxy.set(Faults {
        up: Way {
            swaps_every: Some(1),
            // Both wait together, so that they surely are two chunks.
            delay: Duration::from_millis(300),
            ..Way::default()
        },
        ..Faults::default()
    });
    stream.write_all(b"first ").await.expect("sent");
    sleep(Duration::from_millis(100)).await;
    stream.write_all(b"second ").await.expect("sent");
    assert_eq!(next(&mut stream, 13).await, b"second first ");
    assert_eq!(proxy.counts().swapped, 1);
    end(echo, proxy).await;
}

#[tokio::test]
async fn one_byte_of_so_many_is_spoilt() {
    let (echo, proxy) = proxied().await;
    let mut stream = client(&proxy).await;
    proxy.set(Faults {
        up: Way {
            spoils_every: Some(100),
            ..Way::default()
        },
        ..Faults::default()
    });
    let back = echoed(&mut stream, &[0; 1_000]).await;
    let spoilt: Vec<usize> = (0..back.len()).filter(|place| back[*place] != 0).collect();
    let expected: Vec<usize> = (1..=10).map(|n| n * 100 - 1).collect();
    assert_eq!(spoilt, expected);
    assert_eq!(proxy.counts().spoilt, 10);
    end(echo, proxy).await;
}

#[tokio::test]
async fn the_target_may_move() {
    let (echo, proxy) = proxied().await;
    let other = Echo::start().await;
    proxy.lead_to(other.address);
    echo.task.abort();
    let mut stream = client(&proxy).await;
    assert_eq!(echoed(&mut stream, b"moved").await, b"moved");
    end(other, proxy).await;
}

#[test]
fn a_plan_is_the_same_for_the_same_seed_and_does_every_fault() {
    let steps = |seed| {
        let mut plan = FaultPlan::new(seed);
        (0..400).map(|_| plan.next_step()).collect::<Vec<_>>()
    };
    assert_eq!(steps(1), steps(1));
    assert_ne!(steps(1), steps(2));
    let all = steps(1);
    let some = |test: fn(&Faults) -> bool| all.iter().any(|(_, faults)| test(faults));
    assert!(some(|faults| faults.up.is_halted && faults.down.is_halted));
    assert!(some(|faults| faults.up.swallows));
    assert!(some(|faults| faults.door == DoorState::Refuses));
    assert!(some(|faults| faults.up.spoils_every.is_some()));
    assert!(some(|faults| faults.up.doubles_every.is_some()));
    assert!(some(|faults| faults.up.swaps_every.is_some()));
    assert!(some(|faults| faults.up.bytes_per_second.is_some()));
    assert!(some(|faults| *faults == Faults::default()));
}
