//! The walls round a helper: limits, no files, one port, and only the system calls that a stream needs.

use super::syscalls;
use crate::protocol::{Request, Trouble, TroubleKind};
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, CompatLevel, Compatible as _, LandlockStatus, NetPort,
    RestrictionStatus, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, RulesetError, Scope,
};
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, Signal, set_dumpable_behavior,
    set_parent_process_death_signal, setpriority_process, setrlimit,
};

/// The most open files: the pipes, the runtime's own, and a few connections.
const MOST_FILES: u64 = 32;
/// What is told of each wall; `README.md` says what it keeps out.
const LIMITS: &str = "limits";
const PRIORITY: &str = "priority";
const FILES: &str = "files";
const PORTS: &str = "ports";
const SIGNALS: &str = "signals";
const CALLS: &str = "calls";

/// What holds and what this machine does not have.
#[derive(Debug, Default)]
pub(crate) struct Walls {
    pub(crate) enforced: Vec<String>,
    pub(crate) missing: Vec<String>,
}

impl Walls {
    fn note(&mut self, name: &str, holds: bool) {
        let list = if holds {
            &mut self.enforced
        } else {
            &mut self.missing
        };
        list.push(name.to_owned());
    }
}

/// Builds the walls; there is no way back. Without limits and without a filter of system calls nothing foreign is read; an older
/// kernel's missing Landlock is told.
pub(crate) fn build(request: &Request, ports: &[u16]) -> Result<Walls, Trouble> {
    let missing = |what: String| Trouble::new(TroubleKind::Spawn, what);
    let mut walls = Walls::default();
    let nice = setpriority_process(None, request.nice.clamp(0, 19));
    walls.note(PRIORITY, nice.is_ok());
    limits(request).map_err(|error| missing(format!("no limits can be set: {error}")))?;
    walls.note(LIMITS, true);
    let abi = restrict(ports).ok().and_then(|status| effective(&status));
    walls.note(FILES, abi.is_some());
    walls.note(PORTS, abi.is_some_and(|abi| abi >= ABI::V4));
    walls.note(SIGNALS, abi.is_some_and(|abi| abi >= ABI::V6));
    syscalls::filter()
        .map_err(|error| missing(format!("system calls cannot be filtered: {error}")))?;
    walls.note(CALLS, true);
    Ok(walls)
}

fn limits(request: &Request) -> rustix::io::Result<()> {
    // The helper dies with the desk, is no target for a debugger, and leaves nothing of a stream on the disk.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    let of = &request.limits;
    let all = [
        (Resource::As, of.memory_bytes),
        (Resource::Cpu, of.cpu_s),
        (Resource::Nofile, MOST_FILES),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
        (Resource::Nproc, 0),
        (Resource::Memlock, 0),
        (Resource::Msgqueue, 0),
    ];
    for (resource, most) in all {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit)?;
    }
    Ok(())
}

/// No file system, no TCP but to `ports`, no signals and no abstract sockets of others: as much of it as the kernel knows.
fn restrict(ports: &[u16]) -> Result<RestrictionStatus, RulesetError> {
    let abi = ABI::V10;
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(AccessNet::from_all(abi))?
        .scope(Scope::from_all(abi))?
        .create()?;
    for port in ports {
        rules = rules.add_rule(NetPort::new(*port, AccessNet::ConnectTcp))?;
    }
    rules.restrict_self()
}

fn effective(status: &RestrictionStatus) -> Option<ABI> {
    match status.landlock {
        LandlockStatus::Available { effective_abi, .. } => Some(effective_abi),
        LandlockStatus::NotEnabled | LandlockStatus::NotImplemented => None,
    }
}
