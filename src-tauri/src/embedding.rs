//! The picture inside the window: a native child over the WebView, cut to the UI's viewport element.
//!
//! The WebView moves into an overlay; a drawing area with an X window of its own lies above it, where the UI says. HTML over
//! the picture shows through holes in the child's shape; the child takes no input, so every pointer, key and input method
//! stays with the UI. Everything here runs on the main thread.

use crate::desktop::Desktop;
use cim_app::wire::ViewportDto;
use cim_viewport::Size;
use gtk::prelude::*;
use std::{cell::RefCell, sync::Arc};
use tauri::WebviewWindow;

thread_local! {
    /// Toolkit objects stay on the main thread, so this is where they are kept.
    static EMBEDDING: RefCell<Option<Embedding>> = const { RefCell::new(None) };
}

struct Embedding {
    area: gtk::DrawingArea,
    overlay: gtk::Overlay,
}

/// Why the picture cannot be put into the window.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EmbeddingError {
    /// Tauri has no window of the expected kind.
    #[error("the window cannot be opened up for the twin")]
    Window(#[from] tauri::Error),
}

/// Puts the picture's child into `window`; `desktop` is told when there is a surface to draw into.
pub(crate) fn embed(window: &WebviewWindow, desktop: &Arc<Desktop>) -> Result<(), EmbeddingError> {
    let shell = window.default_vbox()?;
    let overlay = gtk::Overlay::new();
    for view in shell.children() {
        shell.remove(&view);
        overlay.add(&view);
    }
    let area = gtk::DrawingArea::new();
    area.set_halign(gtk::Align::Start);
    area.set_valign(gtk::Align::Start);
    area.set_size_request(1, 1);
    overlay.add_overlay(&area);
    overlay.set_overlay_pass_through(&area, true);
    shell.pack_start(&overlay, true, true, 0);
    let realised = Arc::clone(desktop);
    area.connect_realize(move |area| {
        let (Some(native), Some(display)) = (area.window(), gdk::Display::default()) else {
            return;
        };
        native.ensure_native();
        // Otherwise a second connection may not know the window yet.
        display.sync();
        match native.downcast::<gdkx11::X11Window>() {
            Ok(native) => realised.surface_appeared(native.xid()),
            Err(_) => realised.twin_failed("the session is not X11 or XWayland".into()),
        }
    });
    let resized = Arc::clone(desktop);
    area.connect_size_allocate(move |area, allocation| {
        let scale = area.scale_factor().max(1);
        resized.resize_twin(Size {
            width: (allocation.width() * scale).max(1).unsigned_abs(),
            height: (allocation.height() * scale).max(1).unsigned_abs(),
            scale: scale as f32,
        });
    });
    shell.show_all();
    EMBEDDING.with(|embedding| *embedding.borrow_mut() = Some(Embedding { area, overlay }));
    Ok(())
}

/// Moves the picture to the UI's viewport element and cuts out the HTML that lies above it. Main thread only.
pub(crate) fn place(viewport: &ViewportDto) {
    EMBEDDING.with(|embedding| {
        let embedding = embedding.borrow();
        let Some(Embedding { area, overlay }) = embedding.as_ref() else {
            return;
        };
        let [x, y, width, height] =
            [viewport.x, viewport.y, viewport.width, viewport.height].map(whole);
        area.set_margin_start(x.max(0));
        area.set_margin_top(y.max(0));
        area.set_size_request(width.max(1), height.max(1));
        if let Some(window) = area.window() {
            let picture = gtk::cairo::RectangleInt::new(0, 0, width.max(1), height.max(1));
            let shape = gtk::cairo::Region::create_rectangle(&picture);
            for card in &viewport.cards {
                let [x, y, width, height] = card.map(whole);
                let hole = gtk::cairo::RectangleInt::new(x, y, width.max(0), height.max(0));
                if shape.subtract_rectangle(&hole).is_err() {
                    tracing::warn!(
                        x,
                        y,
                        width,
                        height,
                        "a card above the picture has an impossible place"
                    );
                }
            }
            window.shape_combine_region(Some(&shape), 0, 0);
            window.input_shape_combine_region(&gtk::cairo::Region::create(), 0, 0);
        }
        overlay.queue_draw();
        // A WebView that was moved into another parent paints only when it is asked to.
        for child in overlay.children() {
            child.queue_draw();
        }
    });
}

fn whole(px: f64) -> i32 {
    if px.is_finite() {
        px.round().clamp(-32_768.0, 32_767.0) as i32
    } else {
        0
    }
}
