//! The twin's thread: a guest in a native child window, drawn when there is something new and never when there is not.

use crate::{
    app::{camera_for, finish, new_app, step},
    guest::{Guest, Size, Wake},
    headless::Picture,
    native::ChildSurface,
    stats::FrameStats,
};
use bevy::{
    app::App,
    camera::RenderTarget,
    ecs::{entity::Entity, observer::On},
    render::{
        render_resource::TextureFormat,
        view::screenshot::{Screenshot, ScreenshotCaptured},
    },
    window::{
        PresentMode, PrimaryWindow, RawHandleWrapper, RawHandleWrapperHolder, Window, WindowRef,
        WindowResized, WindowResolution, WindowWrapper,
    },
};
use std::{
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// Messages that may wait for the twin. A host that sends more has the newest refused; see [`TwinInput::send`].
const MAX_WAITING: usize = 1024;
/// The shortest time between two frames.
const FRAME: Duration = Duration::from_micros(16_600);
/// Passes that a picture may take to come back from the device; then whoever asked for it goes without.
const CAPTURE_PASSES: u32 = 200;
/// After a longer pause motion starts anew instead of jumping.
const LONGEST_STEP: Duration = Duration::from_millis(100);

/// Why the twin cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum ViewportError {
    /// The child window is no use.
    #[error("the twin has no window to draw into")]
    Surface(#[from] crate::native::SurfaceError),
    /// The machine refused a thread.
    #[error("the twin's thread cannot be started")]
    Thread(#[source] std::io::Error),
    /// The window has no usable handle.
    #[error("the twin's window has no handle: {0}")]
    Handle(String),
}

/// What goes to the twin's thread.
enum ToTwin<M> {
    /// A message to the guest, and when it was sent.
    Guest(M, Instant),
    Resize(Size),
    Capture(SyncSender<Picture>),
    Stop,
}

/// The host's end: sends messages, never waits.
pub struct TwinInput<M> {
    sender: SyncSender<ToTwin<M>>,
}

impl<M> Clone for TwinInput<M> {
    fn clone(&self) -> Self {
        Self {
            sender: self.sender.clone(),
        }
    }
}

impl<M: Send + 'static> TwinInput<M> {
    /// Sends a message; false when the twin is gone or too far behind to take it.
    pub fn send(&self, message: M) -> bool {
        self.try_send(message).is_ok()
    }

    /// Sends a message, or gives it back when the twin is gone or too far behind to take it.
    pub fn try_send(&self, message: M) -> Result<(), M> {
        match self.sender.try_send(ToTwin::Guest(message, now())) {
            Err(
                TrySendError::Full(ToTwin::Guest(message, _))
                | TrySendError::Disconnected(ToTwin::Guest(message, _)),
            ) => Err(message),
            _ => Ok(()),
        }
    }

    /// Tells the size of the picture.
    pub fn resize(&self, size: Size) -> bool {
        self.sender.try_send(ToTwin::Resize(size)).is_ok()
    }

    /// Asks for the picture as it stands in the window. The receiver's sender is dropped when there is none to be had.
    pub fn capture(&self) -> Receiver<Picture> {
        let (sender, picture) = sync_channel(1);
        // A twin that is gone or too far behind drops the sender: the receiver hears of it.
        let _refused = self.sender.try_send(ToTwin::Capture(sender)).is_err();
        picture
    }
}

/// A running twin. Dropping it stops the thread and waits, so that the window may go afterwards.
pub struct Twin<G: Guest> {
    input: TwinInput<G::Message>,
    stats: Arc<Mutex<FrameStats>>,
    thread: Option<JoinHandle<()>>,
}

impl<G: Guest> Twin<G> {
    /// Starts `guest` in the child window `surface`. `failed` hears about what stops it later.
    pub fn start(
        guest: G,
        surface: ChildSurface,
        size: Size,
        failed: impl Fn(ViewportError) + Send + 'static,
    ) -> Result<Self, ViewportError> {
        let (sender, messages) = sync_channel(MAX_WAITING);
        let stats = Arc::new(Mutex::new(FrameStats::default()));
        let shared = Arc::clone(&stats);
        let thread = thread::Builder::new()
            .name("twin".into())
            .spawn(move || {
                if let Err(err) = live(guest, surface, size.possible(), &messages, &shared) {
                    failed(err);
                }
            })
            .map_err(ViewportError::Thread)?;
        Ok(Self {
            input: TwinInput { sender },
            stats,
            thread: Some(thread),
        })
    }

    /// The end that messages go into.
    pub fn input(&self) -> TwinInput<G::Message> {
        self.input.clone()
    }

    /// Frame times so far.
    pub fn stats(&self) -> FrameStats {
        self.stats
            .lock()
            .map(|stats| stats.clone())
            .unwrap_or_default()
    }

    /// Where frame times are kept, for a host that outlives its borrow.
    pub fn shared_stats(&self) -> Arc<Mutex<FrameStats>> {
        Arc::clone(&self.stats)
    }
}

impl<G: Guest> Drop for Twin<G> {
    fn drop(&mut self) {
        // A full queue is drained within a frame; a twin that is gone needs no word.
        while let Err(TrySendError::Full(_)) = self.input.sender.try_send(ToTwin::Stop) {
            thread::sleep(Duration::from_millis(5));
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the twin's thread ended in a panic");
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "pacing frames is this loop's work; no rule of the city depends on it"
)]
fn now() -> Instant {
    Instant::now()
}

fn live<G: Guest>(
    mut guest: G,
    surface: ChildSurface,
    size: Size,
    messages: &Receiver<ToTwin<G::Message>>,
    stats: &Mutex<FrameStats>,
) -> Result<(), ViewportError> {
    let started = now();
    let window = WindowWrapper::new(surface);
    let handle =
        RawHandleWrapper::new(&window).map_err(|err| ViewportError::Handle(err.to_string()))?;
    let mut entity = Entity::PLACEHOLDER;
    let mut app = new_app(|app| entity = spawn_window(app, &handle, size));
    app.world_mut()
        .spawn(camera_for(RenderTarget::Window(WindowRef::Primary)));
    guest.build(&mut app);
    finish(&mut app);
    guest.resize(&mut app, size);
    let mut last = now();
    let mut wake = Wake::NextFrame;
    let mut captures = Captures::default();
    while take_messages(&mut guest, &mut app, entity, messages, wake, &mut captures) == Taken::Some
    {
        let begun = now();
        let step_time = begun.duration_since(last).min(LONGEST_STEP);
        last = begun;
        guest.begin(&mut app, step_time.as_secs_f64());
        let is_captured = captures.goes_on();
        // The guest is asked in any case, so that it takes the frame as drawn.
        let drawn = step(&mut app, |app| guest.wants_frame(app) || is_captured);
        wake = guest.end(&mut app);
        if is_captured {
            wake = Wake::NextFrame;
        }
        let ended = now();
        if let Ok(mut stats) = stats.lock() {
            stats.note_pass();
            if drawn {
                stats.note_frame(ended.duration_since(begun), ended.duration_since(started));
            }
        }
        let rest = FRAME.saturating_sub(ended.duration_since(begun));
        if !rest.is_zero() {
            thread::sleep(rest);
        }
    }
    // The surface goes before the window that it was made for.
    drop(app);
    drop(window);
    Ok(())
}

fn spawn_window(app: &mut App, handle: &RawHandleWrapper, size: Size) -> Entity {
    let window = Window {
        resolution: WindowResolution::new(size.width, size.height),
        // Waiting for the screen would stall on a covered window; the loop paces itself.
        present_mode: PresentMode::AutoNoVsync,
        ..Window::default()
    };
    let holder = RawHandleWrapperHolder(Arc::new(Mutex::new(Some(handle.clone()))));
    app.world_mut()
        .spawn((window, PrimaryWindow, handle.clone(), holder))
        .id()
}

/// Pictures that were asked for and are on their way from the device.
#[derive(Default)]
struct Captures {
    waiting: Vec<(SyncSender<Picture>, u32)>,
    done: Arc<Mutex<Vec<Picture>>>,
}

impl Captures {
    fn ask(&mut self, app: &mut App, sender: SyncSender<Picture>) {
        let done = Arc::clone(&self.done);
        app.world_mut().spawn(Screenshot::primary_window()).observe(
            move |captured: On<ScreenshotCaptured>| {
                let picture = picture_of(&captured.image);
                if let (Some(picture), Ok(mut done)) = (picture, done.lock()) {
                    done.push(picture);
                }
            },
        );
        self.waiting.push((sender, 0));
    }

    /// Hands out what has come. True while something is on its way: then frames are drawn though nothing changes.
    fn goes_on(&mut self) -> bool {
        let come = self.done.lock().map(|mut done| std::mem::take(&mut *done));
        if let Some(picture) = come.unwrap_or_default().pop() {
            for (sender, _) in self.waiting.drain(..) {
                // Whoever asked may have gone.
                let _gone = sender.try_send(picture.clone()).is_err();
            }
        }
        for (_, passes) in &mut self.waiting {
            *passes += 1;
        }
        self.waiting.retain(|(_, passes)| *passes < CAPTURE_PASSES);
        !self.waiting.is_empty()
    }
}

/// The picture in four bytes per pixel, red first; windows come blue first.
fn picture_of(image: &bevy::image::Image) -> Option<Picture> {
    let size = image.texture_descriptor.size;
    let mut rgba = image.data.clone()?;
    if rgba.len() != size.width as usize * size.height as usize * 4 {
        return None;
    }
    if matches!(
        image.texture_descriptor.format,
        TextureFormat::Bgra8Unorm | TextureFormat::Bgra8UnormSrgb
    ) {
        for pixel in rgba.chunks_exact_mut(4) {
            pixel.swap(0, 2);
        }
    }
    Some(Picture {
        width: size.width,
        height: size.height,
        rgba,
    })
}

#[derive(PartialEq, Eq)]
enum Taken {
    Some,
    Stop,
}

/// Waits as long as `wake` says, then takes everything that is there.
fn take_messages<G: Guest>(
    guest: &mut G,
    app: &mut App,
    window: Entity,
    messages: &Receiver<ToTwin<G::Message>>,
    wake: Wake,
    captures: &mut Captures,
) -> Taken {
    let first = match wake {
        Wake::NextFrame => None,
        Wake::After(time) => match messages.recv_timeout(time) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return Taken::Stop,
        },
        Wake::WhenAsked => match messages.recv() {
            Ok(message) => Some(message),
            Err(_) => return Taken::Stop,
        },
    };
    let taken = now();
    let mut longest: Option<Duration> = None;
    for message in first
        .into_iter()
        .chain(messages.try_iter().take(MAX_WAITING))
    {
        match message {
            ToTwin::Guest(message, sent) => {
                longest = longest.max(Some(taken.saturating_duration_since(sent)));
                guest.apply(app, message);
            }
            ToTwin::Resize(size) => {
                let size = size.possible();
                resize_window(app, window, size);
                guest.resize(app, size);
            }
            ToTwin::Capture(sender) => captures.ask(app, sender),
            ToTwin::Stop => return Taken::Stop,
        }
    }
    if let Some(longest) = longest {
        guest.waited(app, longest);
    }
    Taken::Some
}

fn resize_window(app: &mut App, entity: Entity, size: Size) {
    let world = app.world_mut();
    if let Some(mut window) = world.get_mut::<Window>(entity) {
        window
            .resolution
            .set_physical_resolution(size.width, size.height);
    }
    world.write_message(WindowResized {
        window: entity,
        width: size.width as f32,
        height: size.height as f32,
    });
}
