//! Which system calls a helper may make. What only an attacker tries kills it; what a library may try is refused.

use libc::{
    AF_INET, AF_INET6, EPERM, F_DUPFD_CLOEXEC, F_GETFD, F_GETFL, F_SETFD, F_SETFL, FIONBIO,
    O_ACCMODE, O_CREAT, O_RDWR, O_WRONLY, PROT_EXEC, SOCK_STREAM,
};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch, apply_filter,
};
use std::collections::BTreeMap;

/// The part of a socket's type that is not flags.
const SOCKET_TYPE: u64 = 0xf;

/// Calls that are fine with any arguments: memory, time, the runtime's waiting, the pipes, an open socket.
const FREE: &[i64] = &[
    libc::SYS_brk,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_connect,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_getpeername,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_getsockname,
    libc::SYS_getsockopt,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_madvise,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_ppoll,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_restart_syscall,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_sendmsg,
    libc::SYS_sendto,
    libc::SYS_setsockopt,
    libc::SYS_shutdown,
    libc::SYS_sigaltstack,
    libc::SYS_write,
    libc::SYS_writev,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_epoll_wait,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
];

/// Calls that no stream needs and no library of ours tries.
const DEADLY: &[i64] = &[
    libc::SYS_add_key,
    libc::SYS_bpf,
    libc::SYS_chroot,
    libc::SYS_clone,
    libc::SYS_clone3,
    libc::SYS_delete_module,
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_finit_module,
    libc::SYS_init_module,
    libc::SYS_io_uring_setup,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_memfd_create,
    libc::SYS_mount,
    libc::SYS_move_mount,
    libc::SYS_open_by_handle_at,
    libc::SYS_openat2,
    libc::SYS_perf_event_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pivot_root,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_ptrace,
    libc::SYS_request_key,
    libc::SYS_setns,
    libc::SYS_umount2,
    libc::SYS_unshare,
    libc::SYS_userfaultfd,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_creat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_fork,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_vfork,
];

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Puts both filters on the calling thread and all that it starts. The kernel takes the stricter of their answers, so the deadly
/// calls kill although the second filter would only refuse them.
pub(crate) fn filter() -> Result<(), seccompiler::Error> {
    let kill = (SeccompAction::Allow, SeccompAction::KillProcess);
    install(deadly()?, kill)?;
    let refuse = (
        SeccompAction::Errno(EPERM.cast_unsigned()),
        SeccompAction::Allow,
    );
    install(allowed()?, refuse)
}

fn install(
    rules: Rules,
    (otherwise, matched): (SeccompAction, SeccompAction),
) -> Result<(), seccompiler::Error> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH)?;
    let filter = SeccompFilter::new(rules, otherwise, matched, architecture)?;
    let program = BpfProgram::try_from(filter)?;
    apply_filter(&program)
}

fn deadly() -> Result<Rules, BackendError> {
    let mut rules = any_arguments(DEADLY);
    let for_writing = |place: u8| -> Result<Vec<SeccompRule>, BackendError> {
        let is = |mask: i32, flags: i32| masked(place, mask.unsigned_abs().into(), flags);
        Ok(vec![
            is(O_ACCMODE, O_WRONLY)?,
            is(O_ACCMODE, O_RDWR)?,
            is(O_CREAT, O_CREAT)?,
        ])
    };
    rules.insert(libc::SYS_openat, for_writing(2)?);
    #[cfg(target_arch = "x86_64")]
    rules.insert(libc::SYS_open, for_writing(1)?);
    // Memory that can be run is made by no decoder of ours.
    for call in [libc::SYS_mmap, libc::SYS_mprotect] {
        let is_code = masked(2, PROT_EXEC.unsigned_abs().into(), PROT_EXEC)?;
        rules.insert(call, vec![is_code]);
    }
    Ok(rules)
}

fn allowed() -> Result<Rules, BackendError> {
    let mut rules = any_arguments(FREE);
    let stream = |family: i32| {
        SeccompRule::new(vec![
            equal(0, family.unsigned_abs().into())?,
            condition(
                1,
                SeccompCmpOp::MaskedEq(SOCKET_TYPE),
                SOCK_STREAM.unsigned_abs().into(),
            )?,
        ])
    };
    rules.insert(libc::SYS_socket, vec![stream(AF_INET)?, stream(AF_INET6)?]);
    let commands = [F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC];
    let fcntl: Result<Vec<SeccompRule>, BackendError> = commands
        .into_iter()
        .map(|command| SeccompRule::new(vec![equal(1, command.unsigned_abs().into())?]))
        .collect();
    rules.insert(libc::SYS_fcntl, fcntl?);
    let nonblocking = SeccompRule::new(vec![equal(1, FIONBIO)?])?;
    rules.insert(libc::SYS_ioctl, vec![nonblocking]);
    // A helper may end itself, and nobody else.
    let itself = SeccompRule::new(vec![equal(0, u64::from(std::process::id()))?])?;
    rules.insert(libc::SYS_tgkill, vec![itself]);
    Ok(rules)
}

fn any_arguments(calls: &[i64]) -> Rules {
    calls.iter().map(|call| (*call, Vec::new())).collect()
}

fn masked(place: u8, mask: u64, flags: i32) -> Result<SeccompRule, BackendError> {
    let flags = u64::from(flags.unsigned_abs());
    SeccompRule::new(vec![condition(place, SeccompCmpOp::MaskedEq(mask), flags)?])
}

fn equal(place: u8, value: u64) -> Result<SeccompCondition, BackendError> {
    condition(place, SeccompCmpOp::Eq, value)
}

fn condition(
    place: u8,
    operator: SeccompCmpOp,
    value: u64,
) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(place, SeccompCmpArgLen::Dword, operator, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_call_is_both_free_and_deadly() {
        for call in DEADLY {
            assert!(!FREE.contains(call), "{call}");
        }
    }

    #[test]
    fn both_filters_can_be_compiled() {
        let architecture = TargetArch::try_from(std::env::consts::ARCH).expect("a known machine");
        for rules in [deadly().expect("rules"), allowed().expect("rules")] {
            let filter = SeccompFilter::new(
                rules,
                SeccompAction::Errno(1),
                SeccompAction::Allow,
                architecture,
            );
            let program = BpfProgram::try_from(filter.expect("a filter")).expect("a program");
            assert!(program.len() > 50);
        }
    }
}
