//! The VFS itself: C functions that hand every call on to the platform's VFS, and ask the watch first for a watched file.
//!
//! ```text
//!  what SQLite allocates for a file:  │ DiskFile: our methods, the watch │ the platform's own file │
//! ```
//! SQLite's shared-memory files are the platform's own affair and do not come by here.

#![expect(
    unsafe_code,
    reason = "an SQLite VFS is a table of C functions over memory that SQLite allocates"
)]

use crate::{
    DiskError,
    watch::{Failure, WatchedFile, watch_of},
};
use libsqlite3_sys as ffi;
use std::{
    ffi::{CStr, c_char, c_int, c_void},
    path::PathBuf,
    ptr, slice,
    sync::OnceLock,
};

/// The VFS's name, as a connection names it.
pub const NAME: &str = "cim_disk";
const C_NAME: &CStr = c"cim_disk";

/// Makes the VFS [`NAME`] known to SQLite; connections then have to ask for it. Calling it again does nothing.
pub fn register() -> Result<(), DiskError> {
    static DONE: OnceLock<Result<(), c_int>> = OnceLock::new();
    let done: &Result<(), c_int> = DONE.get_or_init(add);
    done.map_err(|code| DiskError::Register { code })
}

fn add() -> Result<(), c_int> {
    // SAFETY: a null name asks for the default VFS; SQLite makes itself ready in the call.
    let real = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
    // SAFETY: what SQLite found stays registered and in place; null becomes `None`.
    let Some(platform) = (unsafe { real.as_ref() }) else {
        return Err(ffi::SQLITE_NOTFOUND);
    };
    let ours = ffi::sqlite3_vfs {
        // Version 2: without the system calls of version 3, which are the platform's own.
        iVersion: platform.iVersion.min(2),
        szOsFile: platform.szOsFile + size_of::<DiskFile>() as c_int,
        mxPathname: platform.mxPathname,
        pNext: ptr::null_mut(),
        zName: C_NAME.as_ptr(),
        pAppData: real.cast(),
        xOpen: Some(x_open),
        xDelete: Some(x_delete),
        xAccess: Some(x_access),
        xFullPathname: Some(x_full_pathname),
        xDlOpen: Some(x_dl_open),
        xDlError: Some(x_dl_error),
        xDlSym: Some(x_dl_sym),
        xDlClose: Some(x_dl_close),
        xRandomness: Some(x_randomness),
        xSleep: Some(x_sleep),
        xCurrentTime: Some(x_current_time),
        xGetLastError: Some(x_get_last_error),
        xCurrentTimeInt64: Some(x_current_time_int64),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    };
    // SAFETY: the table is leaked, so it stays where it is for as long as SQLite may use it.
    match unsafe { ffi::sqlite3_vfs_register(Box::leak(Box::new(ours)), 0) } {
        ffi::SQLITE_OK => Ok(()),
        code => Err(code),
    }
}

/// The front of a file, as SQLite sees it; the platform's file follows in the same memory.
#[repr(C)]
struct DiskFile {
    base: ffi::sqlite3_file,
    /// Made by `Box::into_raw`, or null for a file that nobody watches.
    watched: *mut WatchedFile,
}

/// What a method needs of its file.
struct Opened<'f> {
    real: *mut ffi::sqlite3_file,
    methods: &'f ffi::sqlite3_io_methods,
    watched: Option<&'f WatchedFile>,
}

impl Opened<'_> {
    /// # Safety
    /// `file` was made by `x_open`, which gave it methods, and was not closed; the result is not used beyond the call.
    unsafe fn of(file: *mut ffi::sqlite3_file) -> Self {
        let ours = file.cast::<DiskFile>();
        let real = real_file(file);
        // SAFETY: SQLite calls methods only on a file with methods, and `x_open` sets ours only when the real file has its own.
        let methods = unsafe { &*(*real).pMethods };
        // SAFETY: `watched` is null or a box that lives until `x_close`.
        let watched = unsafe { (*ours).watched.as_ref() };
        Self {
            real,
            methods,
            watched,
        }
    }
}

/// The platform's file, which lies behind ours.
fn real_file(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // No bounds to prove: `wrapping_add` computes the place, whoever uses it says why it is a file.
    file.cast::<DiskFile>().wrapping_add(1).cast()
}

/// Methods for a main database: with shared memory, and memory-mapped reading.
static WITH_SHARED_MEMORY: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 3,
    xShmMap: Some(x_shm_map),
    xShmLock: Some(x_shm_lock),
    xShmBarrier: Some(x_shm_barrier),
    xShmUnmap: Some(x_shm_unmap),
    xFetch: Some(x_fetch),
    xUnfetch: Some(x_unfetch),
    ..PLAIN
};

/// Methods for every other file.
const PLAIN: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 1,
    xClose: Some(x_close),
    xRead: Some(x_read),
    xWrite: Some(x_write),
    xTruncate: Some(x_truncate),
    xSync: Some(x_sync),
    xFileSize: Some(x_file_size),
    xLock: Some(x_lock),
    xUnlock: Some(x_unlock),
    xCheckReservedLock: Some(x_check_reserved_lock),
    xFileControl: Some(x_file_control),
    xSectorSize: Some(x_sector_size),
    xDeviceCharacteristics: Some(x_device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

static WITHOUT_SHARED_MEMORY: ffi::sqlite3_io_methods = PLAIN;

// ---- The VFS ----

/// The platform's VFS below ours.
///
/// # Safety
/// `vfs` is the table that `add` registered.
unsafe fn platform_of<'v>(
    vfs: *mut ffi::sqlite3_vfs,
) -> (*mut ffi::sqlite3_vfs, &'v ffi::sqlite3_vfs) {
    // SAFETY: `add` put a pointer to a registered VFS there, which is never taken away.
    unsafe {
        let real = (*vfs).pAppData.cast::<ffi::sqlite3_vfs>();
        (real, &*real)
    }
}

/// SQLite's name of a file as a path; none for a nameless file, and for one that is not UTF-8.
///
/// # Safety
/// `name` is null or a text that ends with a zero.
unsafe fn path_of(name: *const c_char) -> Option<PathBuf> {
    if name.is_null() {
        return None;
    }
    // SAFETY: the caller says so.
    let text = unsafe { CStr::from_ptr(name) };
    text.to_str().ok().map(PathBuf::from)
}

unsafe extern "C" fn x_open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let ours = file.cast::<DiskFile>();
    let real = real_file(file);
    // SAFETY: SQLite hands over `szOsFile` bytes, aligned for any file: ours, and the real one behind it. A file whose
    // methods are null is not closed.
    unsafe {
        ours.write(DiskFile {
            base: ffi::sqlite3_file {
                pMethods: ptr::null(),
            },
            watched: ptr::null_mut(),
        });
        (*real).pMethods = ptr::null();
    }
    // SAFETY: SQLite calls this with our table.
    let (platform, methods) = unsafe { platform_of(vfs) };
    let Some(open) = methods.xOpen else {
        return ffi::SQLITE_CANTOPEN;
    };
    // SAFETY: the platform gets its own table, the memory that it asked for, and the name as SQLite made it.
    let open = |flags| unsafe { open(platform, name, real, flags, out_flags) };
    // SAFETY: a file's name is null or ends with a zero.
    let path = unsafe { path_of(name) };
    let is_temporary = flags & ffi::SQLITE_OPEN_DELETEONCLOSE != 0;
    let watch = path
        .filter(|_| !is_temporary)
        .and_then(|path| Some((watch_of(&path)?, path)));
    let (code, watched) = match watch {
        Some((watch, path)) => {
            let (code, watched) = watch.open(&path, flags, open);
            (code, Some(watched))
        }
        None => (open(flags), None),
    };
    // SAFETY: the platform set the methods of its file, or left them null; ours is written to by nobody else.
    unsafe {
        if let Some(methods) = (*real).pMethods.as_ref() {
            (*ours).base.pMethods = if methods.iVersion >= 3 && methods.xShmMap.is_some() {
                &raw const WITH_SHARED_MEMORY
            } else {
                &raw const WITHOUT_SHARED_MEMORY
            };
            (*ours).watched =
                watched.map_or(ptr::null_mut(), |watched| Box::into_raw(Box::new(watched)));
        }
    }
    code
}

unsafe extern "C" fn x_delete(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    syncs_folder: c_int,
) -> c_int {
    // SAFETY: SQLite calls this with our table.
    let (platform, methods) = unsafe { platform_of(vfs) };
    let Some(delete) = methods.xDelete else {
        return ffi::SQLITE_IOERR_DELETE;
    };
    // SAFETY: the platform gets its own table, and the name as it came.
    let delete = || unsafe { delete(platform, name, syncs_folder) };
    // SAFETY: a file's name is null or ends with a zero.
    let path = unsafe { path_of(name) };
    match path.and_then(|path| Some((watch_of(&path)?, path))) {
        Some((watch, path)) => watch.delete(&path, syncs_folder != 0, delete),
        None => delete(),
    }
}

/// A function of the VFS that goes straight to the platform's.
macro_rules! pass_vfs {
    ($name:ident => $method:ident($($arg:ident: $kind:ty),*) -> $out:ty, or $absent:expr) => {
        unsafe extern "C" fn $name(vfs: *mut ffi::sqlite3_vfs, $($arg: $kind),*) -> $out {
            // SAFETY: SQLite calls this with our table.
            let (platform, methods) = unsafe { platform_of(vfs) };
            let Some(method) = methods.$method else {
                return $absent;
            };
            // SAFETY: the platform gets its own table; the arguments are handed on as they came.
            unsafe { method(platform, $($arg),*) }
        }
    };
}

pass_vfs!(x_access => xAccess(name: *const c_char, flags: c_int, out: *mut c_int) -> c_int, or ffi::SQLITE_IOERR_ACCESS);
pass_vfs!(x_full_pathname => xFullPathname(name: *const c_char, len: c_int, out: *mut c_char) -> c_int, or ffi::SQLITE_CANTOPEN);
pass_vfs!(x_dl_open => xDlOpen(name: *const c_char) -> *mut c_void, or ptr::null_mut());
pass_vfs!(x_randomness => xRandomness(len: c_int, out: *mut c_char) -> c_int, or 0);
pass_vfs!(x_sleep => xSleep(micros: c_int) -> c_int, or 0);
pass_vfs!(x_current_time => xCurrentTime(out: *mut f64) -> c_int, or ffi::SQLITE_ERROR);
pass_vfs!(x_get_last_error => xGetLastError(len: c_int, out: *mut c_char) -> c_int, or 0);
pass_vfs!(x_current_time_int64 => xCurrentTimeInt64(out: *mut ffi::sqlite3_int64) -> c_int, or ffi::SQLITE_ERROR);

/// A function that a loaded extension exports, as SQLite sees it.
type Symbol = Option<unsafe extern "C" fn(*mut ffi::sqlite3_vfs, *mut c_void, *const c_char)>;

unsafe extern "C" fn x_dl_sym(
    vfs: *mut ffi::sqlite3_vfs,
    library: *mut c_void,
    symbol: *const c_char,
) -> Symbol {
    // SAFETY: SQLite calls this with our table.
    let (platform, methods) = unsafe { platform_of(vfs) };
    let method = methods.xDlSym?;
    // SAFETY: the platform gets its own table; the arguments are handed on as they came.
    unsafe { method(platform, library, symbol) }
}

unsafe extern "C" fn x_dl_error(vfs: *mut ffi::sqlite3_vfs, len: c_int, out: *mut c_char) {
    // SAFETY: SQLite calls this with our table.
    let (platform, methods) = unsafe { platform_of(vfs) };
    if let Some(method) = methods.xDlError {
        // SAFETY: the platform gets its own table; the arguments are handed on as they came.
        unsafe { method(platform, len, out) }
    }
}

unsafe extern "C" fn x_dl_close(vfs: *mut ffi::sqlite3_vfs, library: *mut c_void) {
    // SAFETY: SQLite calls this with our table.
    let (platform, methods) = unsafe { platform_of(vfs) };
    if let Some(method) = methods.xDlClose {
        // SAFETY: the platform gets its own table, and a library that it opened.
        unsafe { method(platform, library) }
    }
}

// ---- Files ----

unsafe extern "C" fn x_close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite calls methods only on an open file of ours.
    let opened = unsafe { Opened::of(file) };
    let code = opened.methods.xClose.map_or(ffi::SQLITE_OK, |close| {
        // SAFETY: the real method gets the real file, for the last time.
        unsafe { close(opened.real) }
    });
    let ours = file.cast::<DiskFile>();
    // SAFETY: the box was made in `x_open`; the pointer is emptied, so it is taken back once.
    unsafe {
        let watched = std::mem::replace(&mut (*ours).watched, ptr::null_mut());
        if !watched.is_null() {
            drop(Box::from_raw(watched));
        }
    }
    code
}

unsafe extern "C" fn x_read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    amount: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite calls methods only on an open file of ours.
    let opened = unsafe { Opened::of(file) };
    let failure = opened.watched.and_then(WatchedFile::read);
    if failure.is_some_and(|failure| failure != Failure::ShortRead) {
        return ffi::SQLITE_IOERR_READ;
    }
    let Some(read) = opened.methods.xRead else {
        return ffi::SQLITE_IOERR_READ;
    };
    // SAFETY: the real method gets the real file; the arguments are handed on as they came.
    let code = unsafe { read(opened.real, into, amount, offset) };
    if code != ffi::SQLITE_OK || failure.is_none() {
        return code;
    }
    let len = usize::try_from(amount).unwrap_or(0);
    // SAFETY: `into` has room for `amount` bytes, which the read has just filled.
    let filled = unsafe { slice::from_raw_parts_mut(into.cast::<u8>(), len) };
    let (_, lost) = filled.split_at_mut(len / 2);
    lost.fill(0);
    ffi::SQLITE_IOERR_SHORT_READ
}

unsafe extern "C" fn x_write(
    file: *mut ffi::sqlite3_file,
    data: *const c_void,
    amount: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite calls methods only on an open file of ours.
    let opened = unsafe { Opened::of(file) };
    let Some(write) = opened.methods.xWrite else {
        return ffi::SQLITE_IOERR_WRITE;
    };
    // SAFETY: the real method gets the real file, and at most the bytes that SQLite handed over.
    let write = |amount: c_int| unsafe { write(opened.real, data, amount, offset) };
    let Some(watched) = opened.watched else {
        return write(amount);
    };
    let len = usize::try_from(amount).unwrap_or(0);
    // SAFETY: SQLite hands over `amount` bytes at `data`, and nobody changes them during the call.
    let bytes = unsafe { slice::from_raw_parts(data.cast::<u8>(), len) };
    let size = || {
        let mut size = 0;
        if let Some(file_size) = opened.methods.xFileSize {
            // SAFETY: the real method gets the real file, and a place for its answer.
            unsafe { file_size(opened.real, &raw mut size) };
        }
        u64::try_from(size).unwrap_or(0)
    };
    watched.write(offset, bytes, size, |arriving| {
        write(c_int::try_from(arriving).unwrap_or(amount))
    })
}

unsafe extern "C" fn x_truncate(file: *mut ffi::sqlite3_file, len: ffi::sqlite3_int64) -> c_int {
    // SAFETY: SQLite calls methods only on an open file of ours.
    let opened = unsafe { Opened::of(file) };
    let Some(truncate) = opened.methods.xTruncate else {
        return ffi::SQLITE_IOERR_TRUNCATE;
    };
    // SAFETY: the real method gets the real file.
    let truncate = || unsafe { truncate(opened.real, len) };
    match opened.watched {
        Some(watched) => watched.truncate(len, truncate),
        None => truncate(),
    }
}

unsafe extern "C" fn x_sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: SQLite calls methods only on an open file of ours.
    let opened = unsafe { Opened::of(file) };
    let Some(sync) = opened.methods.xSync else {
        return ffi::SQLITE_IOERR_FSYNC;
    };
    // SAFETY: the real method gets the real file.
    let sync = || unsafe { sync(opened.real, flags) };
    match opened.watched {
        Some(watched) => watched.sync(sync),
        None => sync(),
    }
}

unsafe extern "C" fn x_file_control(
    file: *mut ffi::sqlite3_file,
    op: c_int,
    arg: *mut c_void,
) -> c_int {
    // SAFETY: SQLite calls methods only on an open file of ours.
    let opened = unsafe { Opened::of(file) };
    // Both would let the platform grow the file without a write that the record sees. They are hints: nothing depends on them.
    let grows_unseen = matches!(
        op,
        ffi::SQLITE_FCNTL_SIZE_HINT | ffi::SQLITE_FCNTL_CHUNK_SIZE
    );
    if opened.watched.is_some() && grows_unseen {
        return ffi::SQLITE_OK;
    }
    let Some(control) = opened.methods.xFileControl else {
        return ffi::SQLITE_NOTFOUND;
    };
    // SAFETY: the real method gets the real file; the arguments are handed on as they came.
    unsafe { control(opened.real, op, arg) }
}

unsafe extern "C" fn x_fetch(
    file: *mut ffi::sqlite3_file,
    offset: ffi::sqlite3_int64,
    amount: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: SQLite calls methods only on an open file of ours.
    let opened = unsafe { Opened::of(file) };
    // Null sends SQLite to `x_read`, where a failure can be met.
    // SAFETY: `out` is a place for the answer.
    unsafe { out.write(ptr::null_mut()) };
    let Some(fetch) = opened.methods.xFetch else {
        return ffi::SQLITE_OK;
    };
    if opened.watched.is_some() {
        return ffi::SQLITE_OK;
    }
    // SAFETY: the real method gets the real file; the arguments are handed on as they came.
    unsafe { fetch(opened.real, offset, amount, out) }
}

unsafe extern "C" fn x_shm_barrier(file: *mut ffi::sqlite3_file) {
    // SAFETY: SQLite calls methods only on an open file of ours.
    let opened = unsafe { Opened::of(file) };
    if let Some(barrier) = opened.methods.xShmBarrier {
        // SAFETY: the real method gets the real file.
        unsafe { barrier(opened.real) }
    }
}

/// A method that goes straight to the platform's.
macro_rules! pass {
    ($name:ident => $method:ident($($arg:ident: $kind:ty),*), or $absent:expr) => {
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file, $($arg: $kind),*) -> c_int {
            // SAFETY: SQLite calls methods only on an open file of ours.
            let opened = unsafe { Opened::of(file) };
            let Some(method) = opened.methods.$method else {
                return $absent;
            };
            // SAFETY: the real method gets the real file; the arguments are handed on as they came.
            unsafe { method(opened.real, $($arg),*) }
        }
    };
}

pass!(x_file_size => xFileSize(out: *mut ffi::sqlite3_int64), or ffi::SQLITE_IOERR_FSTAT);
pass!(x_lock => xLock(level: c_int), or ffi::SQLITE_IOERR_LOCK);
pass!(x_unlock => xUnlock(level: c_int), or ffi::SQLITE_IOERR_UNLOCK);
pass!(x_check_reserved_lock => xCheckReservedLock(out: *mut c_int), or ffi::SQLITE_IOERR_CHECKRESERVEDLOCK);
pass!(x_sector_size => xSectorSize(), or 4096);
pass!(x_device_characteristics => xDeviceCharacteristics(), or 0);
pass!(x_shm_map => xShmMap(page: c_int, len: c_int, extends: c_int, out: *mut *mut c_void), or ffi::SQLITE_IOERR_SHMMAP);
pass!(x_shm_lock => xShmLock(offset: c_int, count: c_int, flags: c_int), or ffi::SQLITE_IOERR_SHMLOCK);
pass!(x_shm_unmap => xShmUnmap(deletes: c_int), or ffi::SQLITE_OK);
pass!(x_unfetch => xUnfetch(offset: ffi::sqlite3_int64, page: *mut c_void), or ffi::SQLITE_OK);
