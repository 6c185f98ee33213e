//! A child window of the host's window as a surface. With `cim_disk`, which no product path uses, the only `unsafe`; and every platform switch.
//!
//! X11 is tried and working; the Win32 and AppKit handles compile there and are experimental.

#![expect(unsafe_code, reason = "raw window handles cannot be made without it")]

use raw_window_handle as rwh;
use std::ptr::NonNull;

/// A native child window that the host made for the picture. The host keeps it alive until the twin has stopped.
pub struct ChildSurface {
    platform: Platform,
}

#[cfg(all(unix, not(target_os = "macos")))]
struct Platform {
    /// A connection of our own, so that no thread shares the toolkit's.
    connection: x11rb::xcb_ffi::XCBConnection,
    screen: i32,
    window: u32,
    visual: u32,
}

/// Why a child window cannot be drawn into.
#[derive(Debug, thiserror::Error)]
pub enum SurfaceError {
    /// There is no display to connect to.
    #[error("the display does not answer: {0}")]
    NoDisplay(String),
    /// The window is not there, or not ours.
    #[error("window {window:#x} cannot be used: {reason}")]
    BadWindow {
        /// The window's number.
        window: u64,
        /// What the display said.
        reason: String,
    },
}

#[cfg(all(unix, not(target_os = "macos")))]
impl ChildSurface {
    /// The X11 window numbered `window`. Its creator must have flushed its own connection, else it is not known here yet.
    pub fn x11(window: u32) -> Result<Self, SurfaceError> {
        use x11rb::{protocol::xproto::ConnectionExt, xcb_ffi::XCBConnection};
        let (connection, screen) =
            XCBConnection::connect(None).map_err(|err| SurfaceError::NoDisplay(err.to_string()))?;
        let bad = |reason: String| SurfaceError::BadWindow {
            window: u64::from(window),
            reason,
        };
        let visual = connection
            .get_window_attributes(window)
            .map_err(|err| bad(err.to_string()))?
            .reply()
            .map_err(|err| bad(err.to_string()))?
            .visual;
        let screen =
            i32::try_from(screen).map_err(|err| SurfaceError::NoDisplay(err.to_string()))?;
        Ok(Self {
            platform: Platform {
                connection,
                screen,
                window,
                visual,
            },
        })
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
impl rwh::HasWindowHandle for ChildSurface {
    fn window_handle(&self) -> Result<rwh::WindowHandle<'_>, rwh::HandleError> {
        let window =
            std::num::NonZeroU32::new(self.platform.window).ok_or(rwh::HandleError::Unavailable)?;
        let mut handle = rwh::XcbWindowHandle::new(window);
        handle.visual_id = std::num::NonZeroU32::new(self.platform.visual);
        // SAFETY: the host keeps the window until the twin, and with it this surface, is gone.
        Ok(unsafe { rwh::WindowHandle::borrow_raw(handle.into()) })
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
impl rwh::HasDisplayHandle for ChildSurface {
    fn display_handle(&self) -> Result<rwh::DisplayHandle<'_>, rwh::HandleError> {
        let connection = NonNull::new(self.platform.connection.get_raw_xcb_connection());
        let handle = rwh::XcbDisplayHandle::new(connection, self.platform.screen);
        // SAFETY: the connection is owned by `self` and outlives the borrow.
        Ok(unsafe { rwh::DisplayHandle::borrow_raw(handle.into()) })
    }
}

#[cfg(windows)]
struct Platform {
    window: std::num::NonZeroIsize,
}

#[cfg(windows)]
impl ChildSurface {
    /// The child window with this `HWND`. Experimental.
    pub fn win32(window: std::num::NonZeroIsize) -> Self {
        Self {
            platform: Platform { window },
        }
    }
}

#[cfg(windows)]
impl rwh::HasWindowHandle for ChildSurface {
    fn window_handle(&self) -> Result<rwh::WindowHandle<'_>, rwh::HandleError> {
        let handle = rwh::Win32WindowHandle::new(self.platform.window);
        // SAFETY: the host keeps the window until the twin, and with it this surface, is gone.
        Ok(unsafe { rwh::WindowHandle::borrow_raw(handle.into()) })
    }
}

#[cfg(windows)]
impl rwh::HasDisplayHandle for ChildSurface {
    fn display_handle(&self) -> Result<rwh::DisplayHandle<'_>, rwh::HandleError> {
        Ok(rwh::DisplayHandle::windows())
    }
}

#[cfg(target_os = "macos")]
struct Platform {
    view: NonNull<std::ffi::c_void>,
}

#[cfg(target_os = "macos")]
// SAFETY: the pointer is only handed on; AppKit is touched on the main thread by the host alone.
unsafe impl Send for Platform {}
#[cfg(target_os = "macos")]
// SAFETY: as above.
unsafe impl Sync for Platform {}

#[cfg(target_os = "macos")]
impl ChildSurface {
    /// The `NSView` at this address. Experimental.
    pub fn appkit(view: NonNull<std::ffi::c_void>) -> Self {
        Self {
            platform: Platform { view },
        }
    }
}

#[cfg(target_os = "macos")]
impl rwh::HasWindowHandle for ChildSurface {
    fn window_handle(&self) -> Result<rwh::WindowHandle<'_>, rwh::HandleError> {
        let handle = rwh::AppKitWindowHandle::new(self.platform.view);
        // SAFETY: the host keeps the view until the twin, and with it this surface, is gone.
        Ok(unsafe { rwh::WindowHandle::borrow_raw(handle.into()) })
    }
}

#[cfg(target_os = "macos")]
impl rwh::HasDisplayHandle for ChildSurface {
    fn display_handle(&self) -> Result<rwh::DisplayHandle<'_>, rwh::HandleError> {
        Ok(rwh::DisplayHandle::appkit())
    }
}
