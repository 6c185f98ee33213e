//! A guest without a window: its picture is handed out. For `cim snapshot`, image tests and benchmarks.

use crate::{
    app::{camera_for, finish, new_app, step},
    guest::{Guest, Size},
};
use bevy::{
    app::App,
    asset::{Assets, Handle, RenderAssetUsages},
    camera::RenderTarget,
    ecs::{observer::On, prelude::Resource, system::ResMut},
    image::Image,
    render::{
        render_resource::{Extent3d, PollType, TextureDimension, TextureFormat, TextureUsages},
        renderer::RenderDevice,
        view::screenshot::{Screenshot, ScreenshotCaptured},
    },
};

/// Updates that a picture may take to come back from the device.
const MOST_UPDATES: u32 = 200;

/// A picture: rows from the top, four bytes per pixel, red green blue alpha in sRGB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Width, px.
    pub width: u32,
    /// Height, px.
    pub height: u32,
    /// `width × height × 4` bytes.
    pub rgba: Vec<u8>,
}

#[derive(Resource, Default)]
struct Captured(Option<Image>);

/// A guest that draws into memory, driven by its caller.
pub struct Headless<G: Guest> {
    app: App,
    guest: G,
    target: Handle<Image>,
}

impl<G: Guest> Headless<G> {
    /// Makes the app and its picture. `None` when the machine has no graphics device, not even in software.
    pub fn new(mut guest: G, size: Size) -> Option<Self> {
        let size = size.possible();
        let mut app = new_app(|_| {});
        app.init_resource::<Captured>();
        let extent = Extent3d {
            width: size.width,
            height: size.height,
            depth_or_array_layers: 1,
        };
        let mut image = Image::new_fill(
            extent,
            TextureDimension::D2,
            &[0, 0, 0, 255],
            TextureFormat::Rgba8UnormSrgb,
            RenderAssetUsages::default(),
        );
        image.texture_descriptor.usage |=
            TextureUsages::RENDER_ATTACHMENT | TextureUsages::COPY_SRC | TextureUsages::COPY_DST;
        let target = app
            .world_mut()
            .get_resource_mut::<Assets<Image>>()?
            .add(image);
        app.world_mut()
            .spawn(camera_for(RenderTarget::from(target.clone())));
        guest.build(&mut app);
        finish(&mut app);
        app.world().get_resource::<RenderDevice>()?;
        guest.resize(&mut app, size);
        Some(Self { app, guest, target })
    }

    /// Hands the guest a message.
    pub fn send(&mut self, message: G::Message) {
        self.guest.apply(&mut self.app, message);
    }

    /// Runs one frame of `seconds` and waits until it is drawn.
    pub fn frame(&mut self, seconds: f64) {
        self.guest.begin(&mut self.app, seconds);
        let guest = &mut self.guest;
        // Drawn in any case; the guest is asked so that it takes the frame as drawn.
        step(&mut self.app, |app| {
            guest.wants_frame(app);
            true
        });
        self.guest.end(&mut self.app);
        if let Some(device) = self.app.world().get_resource::<RenderDevice>()
            && let Err(err) = device.poll(PollType::wait_indefinitely())
        {
            tracing::warn!(%err, "the graphics device did not finish a frame");
        }
    }

    /// The app, for questions about what it holds.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The app, for tests that reach into it.
    pub fn app_mut(&mut self) -> &mut App {
        &mut self.app
    }

    /// The picture as it is; `None` when the device gives none back.
    pub fn picture(&mut self) -> Option<Picture> {
        self.app.world_mut().resource_mut::<Captured>().0 = None;
        self.app
            .world_mut()
            .spawn(Screenshot::image(self.target.clone()))
            .observe(
                |captured: On<ScreenshotCaptured>, mut kept: ResMut<Captured>| {
                    kept.0 = Some(captured.image.clone());
                },
            );
        for _ in 0..MOST_UPDATES {
            self.frame(0.0);
            if let Some(image) = self.app.world_mut().resource_mut::<Captured>().0.take() {
                let size = image.texture_descriptor.size;
                return Some(Picture {
                    width: size.width,
                    height: size.height,
                    rgba: image.data?,
                });
            }
        }
        None
    }
}
