//! Which glyphs a text needs, and where each stands on its line: by `rustybuzz`, with the faces' own kerning and joining.
//!
//! A text is cut where its direction (Unicode's bidirectional algorithm, UAX #9) or its script changes; the pieces come in the
//! order in which they are seen. A text that the bold face cannot write as a whole is written in the regular one.

use super::{FACES, GlyphKey, Weight};
use rustybuzz::{Direction, Face, Language, Script, ShapePlan, UnicodeBuffer, script};
use std::{borrow::Cow, collections::BTreeMap, ops::Range, sync::Arc};
use unicode_bidi::{BidiInfo, Level};

/// Runs kept per face; beyond, the half that was longest unused is forgotten.
const MOST_RUNS: usize = 4_096;
/// Characters of a text that are written at most.
const MOST_CHARACTERS: usize = 128;
/// Plans kept: one for each face, direction and script that occurs.
const MOST_PLANS: usize = 64;
/// Runs shaped per frame at most, so that a frame with many new names is not late. The rest comes with the next frames.
const RUNS_A_FRAME: u32 = 256;
/// 汉字 in their mainland forms, where a face has several.
const LANGUAGE: &str = "zh-hans";

/// A glyph on its line, in ems.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Letter {
    pub(crate) glyph: GlyphKey,
    /// Where its pen is, from the run's beginning.
    pub(crate) pen_em: f32,
    /// How far the pen goes on after it.
    pub(crate) advance_em: f32,
    /// From the pen on the base line to the glyph's own zero, right and down.
    pub(crate) offset_em: [f32; 2],
}

/// A text on one line.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Run {
    /// Its glyphs, from left to right.
    pub(crate) letters: Vec<Letter>,
    /// Its width, ems.
    pub(crate) width_em: f32,
}

/// A run, and when it was last asked for.
struct Kept {
    run: Arc<Run>,
    used: u64,
}

/// A plan, and what it was made for.
struct Planned {
    weight: Weight,
    direction: Direction,
    script: Option<Script>,
    plan: ShapePlan,
}

/// Shapes texts, and keeps what it has shaped.
pub(crate) struct Shaper {
    faces: [Option<Face<'static>>; 2],
    plans: Vec<Planned>,
    runs: [BTreeMap<Box<str>, Kept>; 2],
    buffer: Option<UnicodeBuffer>,
    /// Counts questions.
    clock: u64,
    /// Runs that may still be shaped in this frame.
    left: u32,
}

impl Shaper {
    pub(crate) fn new() -> Self {
        Self::with_faces(FACES)
    }

    /// One that writes with these faces, regular and bold.
    fn with_faces(faces: [&'static [u8]; 2]) -> Self {
        Self {
            faces: faces.map(|face| Face::from_slice(face, 0)),
            plans: Vec::new(),
            runs: [BTreeMap::new(), BTreeMap::new()],
            buffer: None,
            clock: 0,
            left: RUNS_A_FRAME,
        }
    }

    /// Begins a layout: as many runs as a frame may shape can be shaped again.
    pub(crate) fn begin(&mut self) {
        self.left = RUNS_A_FRAME;
    }

    /// A text on one line; `None` when it has to wait for the next frame.
    pub(crate) fn run(&mut self, text: &str, weight: Weight) -> Option<Arc<Run>> {
        self.clock += 1;
        if let Some(kept) = self.runs.get_mut(weight as usize)?.get_mut(text) {
            kept.used = self.clock;
            return Some(Arc::clone(&kept.run));
        }
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        let run = Arc::new(self.shape(text, weight));
        let kept = Kept {
            run: Arc::clone(&run),
            used: self.clock,
        };
        let runs = self.runs.get_mut(weight as usize)?;
        if runs.len() >= MOST_RUNS {
            forget_half(runs);
        }
        runs.insert(text.into(), kept);
        Some(run)
    }

    fn shape(&mut self, text: &str, weight: Weight) -> Run {
        let text = writable(text);
        let weight = if self.can_write(&text, weight) {
            weight
        } else {
            Weight::Regular
        };
        let mut run = Run::default();
        let bidi = BidiInfo::new(&text, None);
        for paragraph in &bidi.paragraphs {
            let (levels, pieces) = bidi.visual_runs(paragraph, paragraph.range.clone());
            for piece in pieces {
                let is_backward = levels.get(piece.start).is_some_and(Level::is_rtl);
                let mut scripts = self.scripts_of(&text, piece);
                let direction = if is_backward {
                    scripts.reverse();
                    Direction::RightToLeft
                } else {
                    Direction::LeftToRight
                };
                for stretch in scripts.into_iter().filter_map(|range| text.get(range)) {
                    self.shape_piece(stretch, weight, direction, &mut run);
                }
            }
        }
        run
    }

    /// True when a face has every character of a text.
    fn can_write(&self, text: &str, weight: Weight) -> bool {
        let face = self.faces.get(weight as usize).and_then(Option::as_ref);
        face.is_some_and(|face| {
            text.chars()
                .all(|character| face.glyph_index(character).is_some())
        })
    }

    /// Stretches of one script each. What all scripts share, such as digits, goes with what is before it.
    fn scripts_of(&mut self, text: &str, piece: Range<usize>) -> Vec<Range<usize>> {
        let mut probe = self.buffer.take().unwrap_or_default();
        let mut stretches: Vec<Range<usize>> = Vec::new();
        let mut current = script::UNKNOWN;
        let start = piece.start;
        for (at, character) in text.get(piece).unwrap_or_default().char_indices() {
            let at = start + at;
            probe.add(character, 0);
            probe.guess_segment_properties();
            let own = probe.script();
            probe.clear();
            let is_other = own != script::UNKNOWN && current != script::UNKNOWN && own != current;
            if own != script::UNKNOWN {
                current = own;
            }
            let end = at + character.len_utf8();
            match stretches.last_mut() {
                Some(stretch) if !is_other => stretch.end = end,
                Some(_) | None => stretches.push(at..end),
            }
        }
        self.buffer = Some(probe);
        stretches
    }

    /// Shapes a piece of one direction and script, and adds it to a run.
    fn shape_piece(&mut self, text: &str, weight: Weight, direction: Direction, run: &mut Run) {
        let mut buffer = self.buffer.take().unwrap_or_default();
        buffer.push_str(text);
        buffer.set_direction(direction);
        buffer.guess_segment_properties();
        let language = LANGUAGE.parse::<Language>().ok();
        if let Some(language) = &language {
            buffer.set_language(language.clone());
        }
        let own = buffer.script();
        let script = (own != script::UNKNOWN).then_some(own);
        let Some(face) = self.faces.get(weight as usize).and_then(Option::as_ref) else {
            buffer.clear();
            self.buffer = Some(buffer);
            return;
        };
        let is_wanted = |planned: &Planned| {
            planned.weight == weight && planned.direction == direction && planned.script == script
        };
        let row = if let Some(row) = self.plans.iter().position(is_wanted) {
            row
        } else {
            if self.plans.len() >= MOST_PLANS {
                self.plans.clear();
            }
            self.plans.push(Planned {
                weight,
                direction,
                script,
                plan: ShapePlan::new(face, direction, script, language.as_ref(), &[]),
            });
            self.plans.len() - 1
        };
        let shaped = match self.plans.get(row) {
            Some(planned) => rustybuzz::shape_with_plan(face, &planned.plan, buffer),
            None => rustybuzz::shape(face, &[], buffer),
        };
        let em = face.units_per_em().max(1) as f32;
        for (info, position) in shaped.glyph_infos().iter().zip(shaped.glyph_positions()) {
            let advance_em = position.x_advance as f32 / em;
            run.letters.push(Letter {
                glyph: GlyphKey {
                    weight,
                    id: u16::try_from(info.glyph_id).unwrap_or_default(),
                },
                pen_em: run.width_em,
                advance_em,
                offset_em: [
                    position.x_offset as f32 / em,
                    -position.y_offset as f32 / em,
                ],
            });
            run.width_em += advance_em;
        }
        self.buffer = Some(shaped.clear());
    }
}

/// A text as it can be written on one line: not too long, and without line breaks and other control characters.
fn writable(text: &str) -> Cow<'_, str> {
    let end = text
        .char_indices()
        .nth(MOST_CHARACTERS)
        .map_or(text.len(), |(at, _)| at);
    let text = text.get(..end).unwrap_or(text);
    // U+2029 separates paragraphs as a line break does.
    let is_break = |character: char| character.is_control() || character == '\u{2029}';
    if text.contains(is_break) {
        Cow::Owned(text.replace(is_break, " "))
    } else {
        Cow::Borrowed(text)
    }
}

/// Forgets the runs that were longest unused.
fn forget_half(runs: &mut BTreeMap<Box<str>, Kept>) {
    let mut times: Vec<u64> = runs.values().map(|kept| kept.used).collect();
    let middle = times.len() / 2;
    if middle < times.len() {
        let (_, since, _) = times.select_nth_unstable(middle);
        let since = *since;
        runs.retain(|_, kept| kept.used >= since);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shaped(text: &str, weight: Weight) -> Arc<Run> {
        Shaper::new().run(text, weight).expect("a frame has room")
    }

    fn ids(run: &Run) -> Vec<u16> {
        run.letters.iter().map(|letter| letter.glyph.id).collect()
    }

    #[test]
    fn a_text_is_as_wide_as_its_advances() {
        for text in [
            "南京路",
            "G15 沈海高速",
            "Tower AVA 88",
            "（解放大道）",
            "",
            "a\nb",
        ] {
            let run = shaped(text, Weight::Regular);
            let sum: f32 = run.letters.iter().map(|letter| letter.advance_em).sum();
            assert!((run.width_em - sum).abs() < 1e-4, "{text:?}");
            assert_eq!(run.letters.len(), text.chars().count(), "{text:?}");
            let mut pen = 0.0;
            for letter in &run.letters {
                assert!((letter.pen_em - pen).abs() < 1e-4, "{text:?}");
                pen += letter.advance_em;
            }
        }
        assert!((shaped("南京路", Weight::Regular).width_em - 3.0).abs() < 0.02);
    }

    #[test]
    fn mixed_text_has_a_glyph_for_every_character() {
        let run = shaped("1号线 Line 1 · 陆家嘴", Weight::Regular);
        assert_eq!(run.letters.len(), 16);
        assert!(ids(&run).iter().all(|id| *id != 0), "{:?}", ids(&run));
    }

    #[test]
    fn districts_are_bold_unless_a_letter_is_missing() {
        let weight_of = |text: &str| shaped(text, Weight::Bold).letters[0].glyph.weight;
        assert_eq!(weight_of("浦东新区"), Weight::Bold);
        let face = Face::from_slice(FACES[1], 0).expect("the bold face");
        let missing = ('\u{4e00}'..='\u{9fa5}')
            .find(|character| face.glyph_index(*character).is_none())
            .expect("the bold face has the common characters only");
        assert_eq!(weight_of(&format!("浦东{missing}")), Weight::Regular);
    }

    #[test]
    fn text_that_runs_from_right_to_left_is_turned() {
        // Neither face has Hebrew letters; what can be seen is where the digits and the 汉字 come.
        let digits = ids(&shaped("12", Weight::Regular));
        let han = ids(&shaped("路", Weight::Regular));
        let run = ids(&shaped("路שלום12", Weight::Regular));
        assert_eq!(run[..1], han[..], "the text begins at the left");
        assert_eq!(run[1..3], digits[..], "digits after Hebrew come before it");
        assert_eq!(run.len(), 7);
    }

    /// The regular face with a kerning table of one pair.
    fn kerned(first: char, second: char, by: i16) -> &'static [u8] {
        let face = Face::from_slice(FACES[0], 0).expect("a face");
        let glyph = |character| face.glyph_index(character).expect("a glyph").0;
        let mut table: Vec<u8> = Vec::new();
        // `kern` version 0 with one table of format 0, horizontal; lengths and search fields for one pair.
        for word in [0, 1, 0, 20, 1, 1, 6, 0, 0, glyph(first), glyph(second)] {
            table.extend(word.to_be_bytes());
        }
        table.extend(by.to_be_bytes());
        let count = u16::from_be_bytes([FACES[0][4], FACES[0][5]]);
        let (head, rest) = FACES[0].split_at(12 + usize::from(count) * 16);
        let mut bytes = head[..4].to_vec();
        bytes.extend((count + 1).to_be_bytes());
        bytes.extend(&head[6..12]);
        let mut records: Vec<[u8; 16]> = head[12..]
            .chunks_exact(16)
            .map(|record| {
                let mut moved = <[u8; 16]>::try_from(record).expect("16 bytes");
                let offset = u32::from_be_bytes(moved[8..12].try_into().expect("4 bytes")) + 16;
                moved[8..12].copy_from_slice(&offset.to_be_bytes());
                moved
            })
            .collect();
        let mut own = [0_u8; 16];
        own[..4].copy_from_slice(b"kern");
        let at = (FACES[0].len() + 16) as u32;
        own[8..12].copy_from_slice(&at.to_be_bytes());
        own[12..].copy_from_slice(&(table.len() as u32).to_be_bytes());
        records.push(own);
        records.sort_unstable();
        bytes.extend(records.iter().flatten());
        bytes.extend(rest);
        bytes.extend(table);
        Box::leak(bytes.into_boxed_slice())
    }

    #[test]
    fn a_pair_that_the_face_kerns_moves_together() {
        let mut shaper = Shaper::with_faces([kerned('A', 'V', -80), FACES[1]]);
        let width = |shaper: &mut Shaper, text: &str| {
            shaper.run(text, Weight::Regular).expect("room").width_em
        };
        let apart = width(&mut shaper, "A") + width(&mut shaper, "V");
        let together = width(&mut shaper, "AV");
        assert!(
            (apart - together - 0.08).abs() < 1e-4,
            "{apart} and {together}"
        );
        let other_way = width(&mut shaper, "VA");
        assert!((apart - other_way).abs() < 1e-4);
    }

    #[test]
    fn runs_are_kept_up_to_a_limit() {
        let mut shaper = Shaper::new();
        for number in 0..MOST_RUNS + 10 {
            shaper.begin();
            assert!(shaper.run(&number.to_string(), Weight::Regular).is_some());
        }
        let kept = shaper.runs[0].len();
        assert!(kept <= MOST_RUNS && kept > MOST_RUNS / 4, "{kept} runs");
        assert!(shaper.runs[0].contains_key((MOST_RUNS + 9).to_string().as_str()));
        assert!(!shaper.runs[0].contains_key("0"));
    }

    #[test]
    fn a_frame_shapes_a_few_runs_and_the_next_one_more() {
        let mut shaper = Shaper::new();
        let made = (0..400)
            .filter(|number| shaper.run(&number.to_string(), Weight::Regular).is_some())
            .count();
        assert_eq!(made, RUNS_A_FRAME as usize);
        shaper.begin();
        assert!(shaper.run("399", Weight::Regular).is_some());
    }

    #[test]
    fn endless_text_is_cut_off() {
        let run = shaped(&"路".repeat(10_000), Weight::Regular);
        assert_eq!(run.letters.len(), MOST_CHARACTERS);
    }
}
