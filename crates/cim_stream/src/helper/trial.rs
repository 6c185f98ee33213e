//! Attempts to climb the walls, from inside: what code that took a decoder over would try first.

use crate::protocol::Outcome;
use rustix::process::{Pid, Resource, Rlimit, setpriority_process, setrlimit, test_kill_process};
use std::fs;
use std::io;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::{PermissionsExt as _, chown, chroot, symlink};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::process::Command;
use std::thread;

/// All attempts by name.
pub(crate) const ATTEMPTS: &[&str] = &[
    "read_file",
    "read_own_memory",
    "read_another_environment",
    "list_folder",
    "look_at_file",
    "read_link",
    "write_file",
    "append_to_file",
    "make_folder",
    "remove_folder",
    "remove_file",
    "rename_file",
    "link_file",
    "link_by_name",
    "change_mode",
    "change_owner",
    "change_folder",
    "change_root",
    "run_program",
    "start_thread",
    "listen",
    "connect_elsewhere",
    "send_datagram",
    "unix_socket",
    "unix_stream",
    "raise_limits",
    "take_memory",
    "be_less_nice",
    "signal_another",
];

/// A file that nobody misses.
const VICTIM: &str = "/tmp/cim-stream-trial";
const GIBIBYTE: usize = 1024 * 1024 * 1024;

/// Tries `attempt`. `port` is one of this machine that the helper has no business with. A helper that is killed for it does not
/// come back from here.
pub(crate) fn climb(attempt: &str, port: u16) -> Outcome {
    let tried = match attempt {
        "listen" | "connect_elsewhere" | "send_datagram" | "unix_socket" | "unix_stream" => {
            speak(attempt, port)
        }
        "run_program" | "start_thread" | "raise_limits" | "take_memory" | "be_less_nice"
        | "signal_another" => grow(attempt),
        _ => touch(attempt),
    };
    if tried.is_ok() {
        Outcome::Escaped
    } else {
        Outcome::Refused
    }
}

fn touch(attempt: &str) -> io::Result<()> {
    match attempt {
        "read_file" => fs::read("/etc/passwd").map(drop),
        "read_own_memory" => fs::File::open("/proc/self/mem").map(drop),
        "read_another_environment" => fs::read("/proc/1/environ").map(drop),
        "list_folder" => fs::read_dir("/").map(drop),
        "look_at_file" => fs::metadata("/etc/passwd").map(drop),
        "read_link" => fs::read_link("/proc/self/exe").map(drop),
        "write_file" => fs::write(VICTIM, b"escaped"),
        "append_to_file" => fs::OpenOptions::new()
            .append(true)
            .open("/etc/hosts")
            .map(drop),
        "make_folder" => fs::create_dir("/tmp/cim-stream-trial-folder"),
        "remove_folder" => fs::remove_dir(VICTIM).or_else(only_if_missing),
        "remove_file" => fs::remove_file(VICTIM).or_else(only_if_missing),
        "rename_file" => fs::rename(VICTIM, "/tmp/cim-stream-trial-2").or_else(only_if_missing),
        "link_file" => fs::hard_link("/etc/hosts", "/tmp/cim-stream-trial-3"),
        "link_by_name" => symlink("/etc/hosts", "/tmp/cim-stream-trial-4"),
        "change_mode" => fs::set_permissions("/tmp", fs::Permissions::from_mode(0o1777)),
        "change_owner" => chown("/tmp", Some(0), None),
        "change_folder" => std::env::set_current_dir("/tmp"),
        "change_root" => chroot("/"),
        // An attempt that nobody knows counts as one that worked: it must not look like a wall.
        _ => Ok(()),
    }
}

/// That there is nothing to remove is something that only who gets through is told.
fn only_if_missing(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(()),
        _ => Err(error),
    }
}

fn speak(attempt: &str, port: u16) -> io::Result<()> {
    match attempt {
        "listen" => TcpListener::bind("127.0.0.1:0").map(drop),
        "connect_elsewhere" => TcpStream::connect(("127.0.0.1", port)).map(drop),
        "send_datagram" => UdpSocket::bind("127.0.0.1:0")?
            .send_to(b"escaped", ("127.0.0.1", port))
            .map(drop),
        "unix_socket" => UnixDatagram::unbound().map(drop),
        _ => UnixStream::pair().map(drop),
    }
}

fn grow(attempt: &str) -> io::Result<()> {
    match attempt {
        "run_program" => Command::new("/bin/true").status().map(drop),
        "start_thread" => thread::Builder::new().spawn(|| ()).map(drop),
        "raise_limits" => {
            let more = Rlimit {
                current: Some(1024),
                maximum: Some(1024),
            };
            setrlimit(Resource::Nofile, more).map_err(io::Error::from)
        }
        "take_memory" => {
            let mut memory: Vec<u8> = Vec::new();
            memory
                .try_reserve_exact(4 * GIBIBYTE)
                .map_err(io::Error::other)
        }
        "be_less_nice" => setpriority_process(None, -5).map_err(io::Error::from),
        _ => test_kill_process(Pid::INIT).map_err(io::Error::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_that_nobody_knows_does_not_look_like_a_wall() {
        assert_eq!(climb("dig a hole", 1), Outcome::Escaped);
    }

    #[test]
    fn without_walls_attempts_work() {
        for attempt in ["read_file", "list_folder", "start_thread", "unix_socket"] {
            assert_eq!(climb(attempt, 1), Outcome::Escaped, "{attempt}");
        }
    }
}
