//! For trials: a PostgreSQL server of one's own, and a probe of how fast the hub's database takes observations in.
//!
//! `cim bench` and the tests use these; a hub in service never does.

use super::{Store, StoreAddress, failed};
use crate::error::HubError;
use crate::sensorthings::NewObservation;
use cim_model::UtcMillis;
use serde_json::Map;
use sqlx::postgres::PgPoolCopyExt;
use sqlx::{PgPool, Postgres};
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Where distributions put the server's programs, newest first; they are rarely in the search path.
const PROGRAMS: [&str; 9] = [
    "/usr/lib/postgresql/18/bin",
    "/usr/lib/postgresql/17/bin",
    "/usr/lib/postgresql/16/bin",
    "/usr/lib/postgresql/15/bin",
    "/usr/pgsql-17/bin",
    "/usr/pgsql-16/bin",
    "/usr/pgsql-15/bin",
    "/opt/homebrew/opt/postgresql@17/bin",
    "/usr/local/pgsql/bin",
];

/// A private PostgreSQL server on a free port of the loopback. Dropping it stops it and removes its folder.
#[derive(Debug)]
pub struct TrialServer {
    folder: PathBuf,
    programs: PathBuf,
    port: u16,
    as_postgres: bool,
}

impl TrialServer {
    /// Starts a server whose files lie in the new folder `folder`. With `durable`, every commit waits for the disk, as
    /// in service; without, it is faster and a power cut would cost it everything.
    ///
    /// # Errors
    /// A sentence: PostgreSQL is not installed, or what its programs said.
    pub fn start(folder: &Path, durable: bool) -> Result<Self, String> {
        let programs = PROGRAMS
            .iter()
            .map(PathBuf::from)
            .find(|programs| programs.join("initdb").exists() && programs.join("pg_ctl").exists())
            .ok_or("PostgreSQL's server is not installed here")?;
        if folder.exists() {
            return Err(format!("the folder is there already: {}", folder.display()));
        }
        std::fs::create_dir_all(folder).map_err(|err| format!("{}: {err}", folder.display()))?;
        let server = Self {
            folder: folder.to_path_buf(),
            programs,
            port: free_port()?,
            as_postgres: is_root(),
        };
        // The server refuses to run as root.
        if server.as_postgres {
            let mut own = Command::new("chown");
            own.arg("postgres").arg(folder);
            answer_of(own)?;
        }
        let data = folder.join("data");
        let mut make = server.program("initdb");
        make.arg("-D").arg(&data);
        make.args([
            "-U",
            "hub",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-locale",
            "--no-sync",
        ]);
        answer_of(make)?;
        let mut options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c max_connections=200",
            server.port,
            folder.display()
        );
        options.push_str(if durable {
            " -c shared_buffers=512MB -c max_wal_size=4GB -c wal_compression=on"
        } else {
            " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        });
        let mut start = server.program("pg_ctl");
        start.arg("-D").arg(&data).arg("-l").arg(folder.join("log"));
        start.args(["-w", "-t", "60", "-o", &options, "start"]);
        answer_of(start)?;
        Ok(server)
    }

    /// The address of a database; `postgres` is there from the start.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://hub@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes an empty database and gives its address.
    ///
    /// # Errors
    /// What the server said.
    pub fn make_database(&self, name: &str) -> Result<String, String> {
        let port = self.port.to_string();
        let mut make = self.program("createdb");
        make.args(["-h", "127.0.0.1", "-p", &port, "-U", "hub", name]);
        answer_of(make)?;
        Ok(self.url(name))
    }

    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        if !self.as_postgres {
            return Command::new(program);
        }
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for TrialServer {
    fn drop(&mut self) {
        let mut stop = self.program("pg_ctl");
        stop.arg("-D").arg(self.folder.join("data"));
        stop.args(["-m", "immediate", "-w", "stop"]);
        if let Err(reason) = answer_of(stop) {
            tracing::warn!(reason, "a trial's PostgreSQL server does not stop");
        }
        if let Err(err) = std::fs::remove_dir_all(&self.folder) {
            tracing::warn!(error = %err, folder = %self.folder.display(), "a trial's folder stays");
        }
    }
}

fn free_port() -> Result<u16, String> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|err| format!("there is no free port: {err}"))
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Runs a program to its end. Its output goes to a file or nowhere: a server started by it would keep a pipe open.
fn answer_of(mut command: Command) -> Result<(), String> {
    let name = command.get_program().display().to_string();
    command.stdin(std::process::Stdio::null());
    command.stdout(std::process::Stdio::null());
    let is_server = command.get_args().any(|argument| argument == "start");
    if is_server {
        command.stderr(std::process::Stdio::null());
    }
    let Output { status, stderr, .. } = command
        .output()
        .map_err(|err| format!("{name} cannot be run: {err}"))?;
    if status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&stderr);
    Err(format!("{name} failed ({status}): {}", said.trim()))
}

/// Takes observations in as a hub does, and by bare `COPY`, so that one can be measured beside the other.
#[derive(Debug)]
pub struct IngestProbe {
    store: Store,
    bare: Option<PgPool>,
}

impl IngestProbe {
    /// Opens a database as a hub does. It should be an empty one.
    ///
    /// # Errors
    /// When the database cannot be opened.
    pub async fn open(address: &StoreAddress) -> Result<Self, HubError> {
        let store = Store::open(address).await?;
        let bare = match address {
            StoreAddress::Folder(_) => None,
            StoreAddress::Postgres(url) => {
                let pool = PgPool::connect(url).await.map_err(failed("opening it"))?;
                sqlx::raw_sql(
                    "DROP TABLE IF EXISTS bare_copy;
                     CREATE TABLE bare_copy (ds bigint, t bigint, value double precision)",
                )
                .execute(&pool)
                .await
                .map_err(failed("making a bare table"))?;
                Some(pool)
            }
        };
        Ok(Self { store, bare })
    }

    /// Stores rows of (datastream, UTC milliseconds, value) as the hub stores a batch; when this returns they are as
    /// safe as the database makes them. Gives how many were new.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn append(&self, rows: &[(i64, i64, f64)]) -> Result<u64, HubError> {
        let batch: Vec<NewObservation> = rows
            .iter()
            .map(|(datastream, time, value)| NewObservation {
                datastream: *datastream,
                time: UtcMillis(*time),
                value: Some(*value),
                result: None,
                detail: Map::new(),
            })
            .collect();
        self.store.append(&batch).await
    }

    /// Copies the same rows, as text, into a table without any index: what the server takes at most. `None` where
    /// there is no `COPY`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn copy_bare(&self, rows: &[(i64, i64, f64)]) -> Result<Option<u64>, HubError> {
        let Some(pool) = &self.bare else {
            return Ok(None);
        };
        let mut text = String::with_capacity(rows.len() * 32);
        for (datastream, time, value) in rows {
            // Writing to a text cannot fail.
            let _written = writeln!(text, "{datastream}\t{time}\t{value}");
        }
        let doing = "copying into a bare table";
        let mut copy = pool
            .copy_in_raw("COPY bare_copy (ds, t, value) FROM STDIN")
            .await
            .map_err(failed(doing))?;
        copy.send(text.into_bytes()).await.map_err(failed(doing))?;
        copy.finish().await.map(Some).map_err(failed(doing))
    }

    /// How many numeric observations lie between two moments, by reading them page by page as desks do.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read_all(&self, from: UtcMillis, until: UtcMillis) -> Result<u64, HubError> {
        let mut read = 0;
        let mut after = None;
        loop {
            let page = self
                .store
                .observation_block(from, until, None, after, 200_000)
                .await?;
            read += page.rows.len() as u64;
            after = page.next;
            if after.is_none() {
                return Ok(read);
            }
        }
    }

    /// Removes what the probe made beside the hub's own tables, and closes the database.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close(self) -> Result<(), HubError> {
        if let Some(pool) = self.bare {
            sqlx::query::<Postgres>("DROP TABLE IF EXISTS bare_copy")
                .execute(&pool)
                .await
                .map_err(failed("removing a bare table"))?;
            pool.close().await;
        }
        self.store.close().await;
        Ok(())
    }
}
