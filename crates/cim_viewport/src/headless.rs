//! A guest without a window: its picture is handed out. For `cim snapshot`, image tests and benchmarks.

use crate::{
    app::{camera_for, finish, new_app, step},
    guest::{Guest, Size},
};
use bevy::{
    app::App,
    asset::{Assets, Handle, RenderAssetUsages},
    camera::RenderTarget,
    image::Image,
    render::{
        RenderApp,
        render_asset::RenderAssets,
        render_resource::{
            BufferDescriptor, BufferUsages, CommandEncoderDescriptor, Extent3d, MapMode, PollType,
            TexelCopyBufferInfo, TexelCopyBufferLayout, Texture, TextureDimension, TextureFormat,
            TextureUsages,
        },
        renderer::{RenderDevice, RenderQueue},
        texture::GpuImage,
    },
};
use std::sync::mpsc;

/// Frames after which the device has made the image that it draws into.
const MOST_FRAMES: u32 = 200;

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

    /// Draws a frame of no time and hands it out; `None` when the device gives none back.
    pub fn picture(&mut self) -> Option<Picture> {
        for _ in 0..MOST_FRAMES {
            self.frame(0.0);
            if let Some(image) = self.drawn() {
                let device = self.app.world().get_resource::<RenderDevice>()?;
                let queue = self.app.world().get_resource::<RenderQueue>()?;
                return read_back(device, queue, &image);
            }
        }
        None
    }

    /// The device's image of the picture, once there is one.
    fn drawn(&self) -> Option<Texture> {
        let render = self.app.get_sub_app(RenderApp)?.world();
        let images = render.get_resource::<RenderAssets<GpuImage>>()?;
        Some(images.get(&self.target)?.texture.clone())
    }
}

/// Copies an image of four bytes per pixel from the device.
fn read_back(device: &RenderDevice, queue: &RenderQueue, image: &Texture) -> Option<Picture> {
    let size = image.size();
    let row_bytes = size.width as usize * 4;
    let stride = RenderDevice::align_copy_bytes_per_row(row_bytes);
    let buffer = device.create_buffer(&BufferDescriptor {
        label: Some("picture"),
        size: (stride * size.height as usize) as u64,
        usage: BufferUsages::COPY_DST | BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor::default());
    let layout = TexelCopyBufferLayout {
        offset: 0,
        bytes_per_row: u32::try_from(stride).ok(),
        rows_per_image: None,
    };
    let copy = TexelCopyBufferInfo {
        buffer: &buffer,
        layout,
    };
    encoder.copy_texture_to_buffer(image.as_image_copy(), copy, size);
    queue.submit([encoder.finish()]);
    let (mapped_in, mapped) = mpsc::sync_channel(1);
    buffer.slice(..).map_async(MapMode::Read, move |result| {
        // Nobody waits any more when the device is gone.
        mapped_in.send(result).ok();
    });
    device.poll(PollType::wait_indefinitely()).ok()?;
    mapped.recv().ok()?.ok()?;
    let mut rgba = Vec::with_capacity(row_bytes * size.height as usize);
    for row in buffer.slice(..).get_mapped_range().chunks_exact(stride) {
        rgba.extend_from_slice(row.get(..row_bytes)?);
    }
    Some(Picture {
        width: size.width,
        height: size.height,
        rgba,
    })
}
