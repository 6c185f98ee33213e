//! Marks become drawing operators; each is tagged with the part of the document that it belongs to.

use crate::ReportError;
use crate::font::{Fonts, Letter, width_em};
use crate::paper::Ink;
use crate::picture::{self, Pixels};
use crate::sheets::{Belongs, Frame, Mark, Shape};
use cim_model::Weight;
use krilla::Data;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Identifier, SpanTag};
use krilla::text::{Font, GlyphId, KrillaGlyph};

/// How thick boxes, ticks and frames are drawn.
const STROKE_PT: f32 = 0.9;
/// What a screen reader says for the box of a step that is done.
const TICKED: &str = "\u{2611}";
/// What a screen reader says for the box of a step that is still to do.
const OPEN: &str = "\u{2610}";
/// What a screen reader says for the dot of a list.
const DOT: &str = "\u{2022}";

/// Draws pages, and keeps which piece of a page belongs to which part.
pub(super) struct Pen {
    regular: Font,
    bold: Font,
    /// The pieces of each part, by its number.
    pub(super) leaves: Vec<Vec<Identifier>>,
    /// How many pictures could not be read.
    pub(super) unreadable_pictures: usize,
}

impl Pen {
    /// A pen for a document with so many parts.
    pub(super) fn new(fonts: &Fonts, parts: usize) -> Result<Self, ReportError> {
        Ok(Self {
            regular: embeddable(fonts, Weight::Regular)?,
            bold: embeddable(fonts, Weight::Bold)?,
            leaves: vec![Vec::new(); parts],
            unreadable_pictures: 0,
        })
    }

    /// Draws the marks of one page.
    pub(super) fn draw(&mut self, surface: &mut Surface<'_>, marks: &[Mark<'_>]) {
        // Furniture needs no piece of its own for every line.
        let stretches = marks.chunk_by(|one, next| {
            one.belongs == next.belongs && !matches!(one.belongs, Belongs::To(_))
        });
        for stretch in stretches {
            let Some(first) = stretch.first() else {
                continue;
            };
            let piece = surface.start_tagged(content_tag(first));
            if let Belongs::To(part) = first.belongs
                && let Some(leaves) = self.leaves.get_mut(part)
            {
                leaves.push(piece);
            }
            for mark in stretch {
                self.shape(surface, &mark.shape);
            }
            surface.end_tagged();
        }
    }

    fn shape(&mut self, surface: &mut Surface<'_>, shape: &Shape<'_>) {
        match shape {
            Shape::Letters {
                x_pt,
                baseline_pt,
                size_pt,
                ink,
                letters,
            } => {
                fill_with(surface, *ink);
                let from = Point::from_xy(*x_pt, *baseline_pt);
                self.letters(surface, from, *size_pt, letters);
            }
            Shape::Bar { frame, ink } => {
                fill_with(surface, *ink);
                rectangle(surface, *frame);
            }
            Shape::Dot { frame } => {
                fill_with(surface, Ink::Black);
                rectangle(surface, *frame);
            }
            Shape::Tick { frame, is_done } => {
                stroke_with(surface, Ink::Black);
                rectangle(surface, *frame);
                if *is_done {
                    let tick = [(0.2, 0.5), (0.45, 0.78), (0.85, 0.2)];
                    line(surface, *frame, &tick);
                }
            }
            Shape::Picture { frame, png } => match picture::pixels_of(png) {
                Ok(pixels) => image(surface, *frame, pixels),
                Err(_unreadable) => {
                    self.unreadable_pictures += 1;
                    stroke_with(surface, Ink::Line);
                    rectangle(surface, *frame);
                    line(surface, *frame, &[(0.0, 0.0), (1.0, 1.0)]);
                    line(surface, *frame, &[(0.0, 1.0), (1.0, 0.0)]);
                }
            },
        }
    }

    /// Letters beside each other from `from` on, each in the font that has it.
    fn letters(&self, surface: &mut Surface<'_>, from: Point, size_pt: f32, letters: &[Letter]) {
        let mut x_pt = from.x;
        for run in letters.chunk_by(|one, next| one.glyph.weight == next.glyph.weight) {
            let mut text = String::new();
            let mut glyphs = Vec::with_capacity(run.len());
            let mut font = &self.regular;
            for letter in run {
                let start = text.len();
                text.push(letter.meant);
                let id = GlyphId::new(u32::from(letter.glyph.id));
                let advance_em = letter.glyph.advance_em;
                let range = start..text.len();
                glyphs.push(KrillaGlyph::new(id, advance_em, 0.0, 0.0, 0.0, range, None));
                font = self.font(letter.glyph.weight);
            }
            let start = Point::from_xy(x_pt, from.y);
            surface.draw_glyphs(start, &glyphs, font.clone(), &text, size_pt, false);
            x_pt += width_em(run) * size_pt;
        }
    }

    fn font(&self, weight: Weight) -> &Font {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }
}

fn embeddable(fonts: &Fonts, weight: Weight) -> Result<Font, ReportError> {
    Font::new(Data::from(fonts.bytes(weight)), 0)
        .ok_or_else(|| ReportError::Pdf(format!("the font for {weight:?} cannot be embedded")))
}

fn content_tag(mark: &Mark<'_>) -> ContentTag<'static> {
    let furniture = |kind| ContentTag::Artifact(Artifact::with_kind(kind));
    let said =
        |words: &'static str| ContentTag::Span(SpanTag::empty().with_actual_text(Some(words)));
    match (mark.belongs, &mark.shape) {
        (Belongs::Layout, _) => furniture(ArtifactType::Layout),
        (Belongs::Header, _) => furniture(ArtifactType::Header),
        (Belongs::Footer, _) => furniture(ArtifactType::Footer),
        (Belongs::To(_), Shape::Letters { .. }) => ContentTag::Span(SpanTag::empty()),
        (Belongs::To(_), Shape::Tick { is_done: true, .. }) => said(TICKED),
        (Belongs::To(_), Shape::Tick { is_done: false, .. }) => said(OPEN),
        (Belongs::To(_), Shape::Dot { .. }) => said(DOT),
        (Belongs::To(_), Shape::Bar { .. } | Shape::Picture { .. }) => ContentTag::Other,
    }
}

fn fill_with(surface: &mut Surface<'_>, ink: Ink) {
    surface.set_stroke(None);
    surface.set_fill(Some(Fill {
        paint: colour(ink).into(),
        ..Fill::default()
    }));
}

fn stroke_with(surface: &mut Surface<'_>, ink: Ink) {
    surface.set_fill(None);
    surface.set_stroke(Some(Stroke {
        paint: colour(ink).into(),
        width: STROKE_PT,
        ..Stroke::default()
    }));
}

fn colour(ink: Ink) -> rgb::Color {
    let [red, green, blue] = ink.rgb();
    rgb::Color::new(red, green, blue)
}

fn rectangle(surface: &mut Surface<'_>, frame: Frame) {
    let ((left, top), (width, height)) = (frame.corner, frame.size);
    let Some(rect) = Rect::from_xywh(left, top, width, height) else {
        return;
    };
    let mut path = PathBuilder::new();
    path.push_rect(rect);
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

/// A line through points of `frame`, whose corners are (0, 0) and (1, 1).
fn line(surface: &mut Surface<'_>, frame: Frame, points: &[(f32, f32)]) {
    let place = |point: &(f32, f32)| {
        let x = frame.corner.0 + frame.size.0 * point.0;
        let y = frame.corner.1 + frame.size.1 * point.1;
        (x, y)
    };
    let mut path = PathBuilder::new();
    for (number, point) in points.iter().enumerate() {
        let (x, y) = place(point);
        if number == 0 {
            path.move_to(x, y);
        } else {
            path.line_to(x, y);
        }
    }
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

fn image(surface: &mut Surface<'_>, frame: Frame, pixels: Pixels) {
    let (columns, rows) = pixels.size;
    let Some(size) = Size::from_wh(frame.size.0, frame.size.1) else {
        return;
    };
    surface.push_transform(&Transform::from_translate(frame.corner.0, frame.corner.1));
    surface.draw_image(Image::from_rgba8(pixels.rgba, columns, rows), size);
    surface.pop();
}
