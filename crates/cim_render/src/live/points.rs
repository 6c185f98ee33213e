//! Draws the points of a layer: symbols, or dots where there are too many for symbols. Dots are left to `dots` unless two cities
//! share the picture.
//!
//! The vertex shader pulls the slot that it draws, its place and its state from the layer's buffers, in one draw without
//! instances: software Vulkan begins anew for each instance, which took most of a frame of a hundred thousand dots. There
//! is an entry point for each kind of layer, because software Vulkan compiles a shader anew for each value that a branch on a
//! uniform sees.

use super::{
    Layouts, Part,
    keep::{Pipelines, Way},
    layer,
    ramps::Scale,
    upload::{LayerBuffers, LookUniform},
};
use crate::{
    device::{Recipe, pipeline, shader},
    lettering::MARK_SLOTS,
    palette::{SYMBOL_COLOURS, linear},
};
use bytemuck::{Pod, Zeroable};
use cim_layers::layer::{Size, Stand};
use std::ops::Range;

/// At this size, CSS px, which is the layers' own default, symbols have the sizes of their shapes: 18 px across when normal and
/// near, less far away, more when severe. Other sizes are relative to it.
const OWN_PX: f32 = 22.0;
/// Larger than any symbol, CSS px.
const ANY_PX: f32 = 1e6;

/// How a layer's points are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PointLook {
    /// Seconds since the set's epoch: where things that move are.
    pub(crate) now: f32,
    /// Device pixels per CSS pixel.
    pub(crate) scale: f32,
    /// Device pixels that 1 m takes 1 m away.
    pub(crate) focal_px: f32,
    /// 0 to 1.
    pub(crate) opacity: f32,
    pub(crate) form: Form,
    pub(crate) stand: Stand,
    /// In pixels: how large a normal symbol is near the eye; what is severe is larger by as much as ever.
    pub(crate) size: Size,
    pub(crate) paint: PointPaint,
}

/// What a point becomes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Form {
    /// A shape that says what it is, how severe, and how old.
    Symbols,
    /// A disc of so many CSS pixels across.
    Dots {
        /// CSS pixels.
        px: f32,
    },
}

/// What colours a point. Whatever the paint, high, critical and not real keep their own colours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum PointPaint {
    /// The class.
    ByState,
    /// The value, on a ramp; points without a value as by state.
    ByValue(Scale),
    /// The tint, in the layer's palette; tint 0 as by state.
    ByTint,
    /// One colour, sRGB.
    Plain([u8; 3]),
}

impl PointLook {
    /// The look as the shaders read it.
    pub(crate) fn uniform(&self) -> LookUniform {
        let size = match self.size {
            Size::Pixels(px) => [px / OWN_PX, 0.0, 0.0, ANY_PX],
            Size::Metres {
                m,
                least_px,
                most_px,
            } => {
                let least = least_px.max(0.0) * 0.5;
                [0.0, m * 0.5, least, (most_px * 0.5).max(least)]
            }
        };
        let (paint, plain) = match self.paint {
            PointPaint::ByState | PointPaint::ByTint => ([0.0; 4], [0.0; 4]),
            PointPaint::ByValue(scale) => {
                let [from, per_unit, place] = scale.range();
                ([place, from, per_unit, 1.0], [0.0; 4])
            }
            PointPaint::Plain([red, green, blue]) => {
                ([0.0; 4], linear(u32::from_be_bytes([0, red, green, blue])))
            }
        };
        let radius = match self.form {
            Form::Symbols => 0.0,
            Form::Dots { px } => px.max(1.0) * 0.5,
        };
        LookUniform {
            frame: [self.now, self.scale, self.focal_px, self.opacity],
            size,
            paint,
            plain,
            dot: [
                radius,
                f32::from(u8::from(self.stand == Stand::On)),
                0.0,
                0.0,
            ],
        }
    }
}

/// `Style` of `shaders/layer.wgsl` and `shaders/wedges.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(crate) struct LiveStyle {
    colours: [[f32; 4]; SYMBOL_COLOURS.len()],
    marks: [[f32; 4]; MARK_SLOTS],
}

impl LiveStyle {
    pub(crate) fn new(marks: &[[f32; 4]; MARK_SLOTS]) -> Self {
        Self {
            colours: SYMBOL_COLOURS.map(linear),
            marks: *marks,
        }
    }
}

/// What tells pipelines apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Variant {
    is_moving: bool,
    is_dots: bool,
    is_painted: bool,
    way: Way,
}

impl Variant {
    fn of(layer: &LayerBuffers, look: &PointLook, way: Way) -> Self {
        Self {
            is_moving: layer.is_moving,
            is_dots: matches!(look.form, Form::Dots { .. }),
            is_painted: look.paint != PointPaint::ByState,
            way,
        }
    }

    fn vertex(self) -> &'static str {
        match (self.is_moving, self.is_painted, self.is_dots) {
            (false, false, false) => "standing_symbol",
            (false, true, false) => "standing_painted_symbol",
            (true, false, false) => "moving_symbol",
            (true, true, false) => "moving_painted_symbol",
            (false, false, true) => "standing_dot",
            (false, true, true) => "standing_painted_dot",
            (true, false, true) => "moving_dot",
            (true, true, true) => "moving_painted_dot",
        }
    }

    fn fragment(self) -> &'static str {
        match (self.is_dots, self.way) {
            (false, Way::Hidden) => "behind_fragment",
            (false, Way::Front | Way::Over) => "fragment",
            (true, Way::Hidden) => "behind_dot_fragment",
            (true, Way::Front | Way::Over) => "dot_fragment",
        }
    }
}

/// Pipelines of points, made when a layer first needs them.
pub(crate) struct PointsPass {
    module: wgpu::ShaderModule,
    pipelines: Pipelines<Variant>,
}

impl PointsPass {
    pub(crate) fn new(device: &wgpu::Device) -> Self {
        Self {
            module: shader(device, "points", layer::POINTS),
            pipelines: Pipelines::default(),
        }
    }

    /// Makes what is missing to draw a layer into a picture of `format`.
    pub(crate) fn prepare(
        &mut self,
        device: &wgpu::Device,
        format: wgpu::TextureFormat,
        layouts: &Layouts,
        layer: &LayerBuffers,
    ) {
        self.pipelines.aim(format);
        let Some(look) = &layer.look else { return };
        let module = &self.module;
        for way in Way::all_of(look.stand) {
            let variant = Variant::of(layer, look, *way);
            self.pipelines.need(variant, |variant| {
                make(device, module, format, layouts, variant)
            });
        }
    }

    /// Draws one part of a layer; the groups are set.
    pub(crate) fn draw(
        &self,
        pass: &mut wgpu::RenderPass<'_>,
        layer: &LayerBuffers,
        look: &PointLook,
        part: Part,
    ) {
        let Some((way, points)) = share(layer.quiet, layer.points, look, part) else {
            return;
        };
        let variant = Variant::of(layer, look, way);
        let Some(pipeline) = self.pipelines.get(variant) else {
            return;
        };
        if points.is_empty() {
            return;
        }
        let corners = if variant.is_dots { 3 } else { 6 };
        pass.set_pipeline(pipeline);
        pass.draw(points.start * corners..points.end * corners, 0..1);
    }
}

/// Which of the drawn points belong to a part, and how they meet the depth.
fn share(quiet: u32, points: u32, look: &PointLook, part: Part) -> Option<(Way, Range<u32>)> {
    let is_on = look.stand == Stand::On;
    let way = if is_on { Way::Front } else { Way::Over };
    match part {
        // Of dots only what matters shows through walls: a hidden dot that is normal tells nothing and costs as much.
        Part::Behind if is_on => Some((
            Way::Hidden,
            match look.form {
                Form::Symbols => 0..points,
                Form::Dots { .. } => quiet..points,
            },
        )),
        Part::Behind => None,
        Part::Quiet => Some((way, 0..quiet)),
        Part::Loud => Some((way, quiet..points)),
    }
}

fn make(
    device: &wgpu::Device,
    module: &wgpu::ShaderModule,
    format: wgpu::TextureFormat,
    layouts: &Layouts,
    variant: Variant,
) -> wgpu::RenderPipeline {
    pipeline(
        device,
        &Recipe {
            label: variant.vertex(),
            layouts: &[&layouts.view, &layouts.layer, &layouts.shared],
            shader: module,
            vertex: variant.vertex(),
            fragment: Some(variant.fragment()),
            buffers: &[],
            topology: wgpu::PrimitiveTopology::TriangleList,
            depth: variant.way.depth(),
            format,
            blend: Some(wgpu::BlendState::ALPHA_BLENDING),
            samples: 1,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(stand: Stand, form: Form) -> PointLook {
        PointLook {
            now: 12.0,
            scale: 2.0,
            focal_px: 900.0,
            opacity: 0.5,
            form,
            stand,
            size: Size::Pixels(OWN_PX),
            paint: PointPaint::ByState,
        }
    }

    fn near(one: f32, other: f32) -> bool {
        (one - other).abs() < 1e-6
    }

    #[test]
    fn a_symbol_of_the_usual_size_has_its_own() {
        let uniform = look(Stand::On, Form::Symbols).uniform();
        assert!(near(uniform.size[0], 1.0) && near(uniform.size[1], 0.0));
        assert!(near(uniform.frame[3], 0.5) && near(uniform.frame[1], 2.0));
    }

    #[test]
    fn a_size_in_metres_stays_within_its_pixels() {
        let sized = PointLook {
            size: Size::Metres {
                m: 4.0,
                least_px: 6.0,
                most_px: 2.0,
            },
            ..look(Stand::On, Form::Symbols)
        };
        let [share, half_m, least, most] = sized.uniform().size;
        assert!(near(share, 0.0) && near(half_m, 2.0));
        assert!(
            near(least, 3.0) && near(most, 3.0),
            "the least wins over a lesser most"
        );
    }

    #[test]
    fn a_value_is_painted_by_its_scale() {
        let by_value = PointLook {
            paint: PointPaint::ByValue(Scale {
                from: 10.0,
                to: 5.0,
                ..Scale::default()
            }),
            ..look(Stand::On, Form::Symbols)
        };
        let [_, from, per_unit, weight] = by_value.uniform().paint;
        assert!(near(from, 10.0) && near(per_unit, -0.2) && near(weight, 1.0));
        let [_, _, _, weight] = look(Stand::On, Form::Symbols).uniform().paint;
        assert!(near(weight, 0.0), "the state's colour has no scale");
    }

    #[test]
    fn only_dots_that_stand_on_the_city_are_hidden_by_it() {
        let dot = |stand| look(stand, Form::Dots { px: 5.0 }).uniform().dot;
        let [radius, is_tested, ..] = dot(Stand::On);
        assert!(near(radius, 2.5) && near(is_tested, 1.0));
        for stand in [Stand::Above, Stand::Through] {
            let [_, is_tested, ..] = dot(stand);
            assert!(near(is_tested, 0.0));
        }
    }

    #[test]
    fn one_colour_is_written_as_linear_light() {
        let plain = PointLook {
            paint: PointPaint::Plain([255, 128, 0]),
            ..look(Stand::On, Form::Symbols)
        };
        let [red, green, blue, weight] = plain.uniform().plain;
        assert!(
            near(red, 1.0) && (green - 0.2159).abs() < 1e-3 && near(blue, 0.0) && near(weight, 1.0)
        );
    }

    #[test]
    fn quiet_and_loud_share_the_points_and_only_what_stands_on_the_city_has_a_behind() {
        let on = look(Stand::On, Form::Symbols);
        assert_eq!(share(3, 8, &on, Part::Quiet), Some((Way::Front, 0..3)));
        assert_eq!(share(3, 8, &on, Part::Loud), Some((Way::Front, 3..8)));
        assert_eq!(share(3, 8, &on, Part::Behind), Some((Way::Hidden, 0..8)));
        let dots = look(Stand::On, Form::Dots { px: 3.0 });
        assert_eq!(share(3, 8, &dots, Part::Behind), Some((Way::Hidden, 3..8)));
        for stand in [Stand::Above, Stand::Through] {
            let free = look(stand, Form::Symbols);
            assert_eq!(share(3, 8, &free, Part::Behind), None);
            assert_eq!(share(3, 8, &free, Part::Loud), Some((Way::Over, 3..8)));
        }
    }

    #[test]
    fn every_variant_names_entry_points_of_the_shader() {
        for bits in 0..8_u32 {
            for way in [Way::Front, Way::Hidden, Way::Over] {
                let variant = Variant {
                    is_moving: bits & 1 != 0,
                    is_dots: bits & 2 != 0,
                    is_painted: bits & 4 != 0,
                    way,
                };
                for name in [variant.vertex(), variant.fragment()] {
                    let start = format!("\nfn {name}(");
                    assert!(layer::POINTS.contains(&start), "{name}");
                }
            }
        }
    }

    #[test]
    fn the_style_is_laid_out_as_the_shaders_read_it() {
        assert_eq!(size_of::<LiveStyle>(), (9 + 24 + 10) * 16);
    }
}
