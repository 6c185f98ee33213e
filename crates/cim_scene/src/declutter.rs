//! Which labels can be written without touching each other. Pure; what is a candidate and how it fades is `labels`'s.

use crate::Viewport;

/// Never more labels than this at once: more cannot be read, and each costs the renderer.
const MOST_LABELS: usize = 120;
/// Never fewer than this, however small the picture.
const LEAST_LABELS: usize = 6;
/// Labels for a picture of 1280 × 720 CSS px; others have as many per area. With about 28 names one sees the city first and
/// reads second; twice as many cover a skyline.
const LABELS_PER_CSS_PX: f64 = 28.0 / (1280.0 * 720.0);
/// The rank of roads. They take half of the labels at most, so that in a dense net of roads landmarks still have names.
const ROAD_RANK: u8 = 1;

/// The same name is written again only this far away, CSS px: a road comes in many pieces.
const SAME_NAME_APART_PX: f32 = 480.0;
/// A new label keeps this distance from others, CSS px: about one letter, so that names stand alone. One that is written already
/// only has to not touch them.
const GAP_PX: f32 = 12.0;

/// A label that could be written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candidate {
    /// Which label.
    pub(crate) index: u32,
    /// Which place along its path, and of how many; (0, 0) for one beside a point.
    pub(crate) place: (u32, u32),
    /// Equal for labels with the same text.
    pub(crate) name: u32,
    /// Lower goes first.
    pub(crate) rank: u8,
    /// True when it is written already: it keeps its place against its equals.
    pub(crate) is_shown: bool,
    /// Distance from the eye, metres.
    pub(crate) distance_m: f32,
    /// Middle of the box around the text with its halo, px.
    pub(crate) centre_px: [f32; 2],
    /// Half width and half height of that box, px.
    pub(crate) half_px: [f32; 2],
    /// First row and row after the last of its letters' boxes; none for a level text, which fills its own box.
    pub(crate) letters: (usize, usize),
}

/// An upright box on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct PixelBox {
    /// Its middle, px.
    pub(crate) centre: [f32; 2],
    /// Half its width and height, px.
    pub(crate) half: [f32; 2],
}

impl PixelBox {
    /// The box around boxes; empty at the origin for none.
    pub(crate) fn around(boxes: &[Self]) -> Self {
        let Some(first) = boxes.first() else {
            return Self::default();
        };
        let side = |axis: usize| {
            let ends = |one: &Self| {
                (
                    one.centre[axis] - one.half[axis],
                    one.centre[axis] + one.half[axis],
                )
            };
            boxes.iter().fold(ends(first), |(least, most), one| {
                let (from, to) = ends(one);
                (least.min(from), most.max(to))
            })
        };
        let (left, right) = side(0);
        let (top, bottom) = side(1);
        Self {
            centre: [f32::midpoint(left, right), f32::midpoint(top, bottom)],
            half: [(right - left) * 0.5, (bottom - top) * 0.5],
        }
    }

    /// True when less than `gap` px lie between two boxes.
    fn meets(&self, other: &Self, gap: f32) -> bool {
        let apart = |axis: usize| (other.centre[axis] - self.centre[axis]).abs();
        apart(0) < self.half[0] + other.half[0] + gap
            && apart(1) < self.half[1] + other.half[1] + gap
    }
}

/// How many labels a picture may have.
pub(crate) fn most_labels(viewport: &Viewport) -> usize {
    let css_px = viewport.width_px * viewport.height_px / (viewport.scale * viewport.scale);
    ((css_px * LABELS_PER_CSS_PX).round() as usize).clamp(LEAST_LABELS, MOST_LABELS)
}

/// Sorts the candidates by who goes first and keeps those that fit, `most` at most. `boxes` are those of letters; `scale` is
/// physical px per CSS px.
pub(crate) fn keep_apart(
    candidates: &mut Vec<Candidate>,
    boxes: &[PixelBox],
    scale: f32,
    most: usize,
) {
    candidates.sort_by(|a, b| {
        let first = (a.rank, !a.is_shown).cmp(&(b.rank, !b.is_shown));
        first
            .then(a.distance_m.total_cmp(&b.distance_m))
            .then((a.index, a.place).cmp(&(b.index, b.place)))
    });
    // Few are kept, so comparing with each of them is cheap, and exact: a grid's rounding would make labels flicker.
    let mut kept: Vec<Candidate> = Vec::with_capacity(most);
    let mut roads_left = most.div_ceil(2);
    for candidate in candidates.iter() {
        if kept.len() >= most {
            break;
        }
        let is_road = candidate.rank == ROAD_RANK;
        let is_taken = (is_road && roads_left == 0)
            || kept
                .iter()
                .any(|other| candidate.is_in_the_way_of(other, boxes, scale));
        if !is_taken {
            kept.push(*candidate);
            roads_left -= usize::from(is_road);
        }
    }
    *candidates = kept;
}

impl Candidate {
    /// True when this one cannot be written because `other` is.
    fn is_in_the_way_of(&self, other: &Self, boxes: &[PixelBox], scale: f32) -> bool {
        let across = (other.centre_px[0] - self.centre_px[0]).abs();
        let down = (other.centre_px[1] - self.centre_px[1]).abs();
        if other.name == self.name && across.hypot(down) < SAME_NAME_APART_PX * scale {
            return true;
        }
        let gap = if self.is_shown { 0.0 } else { GAP_PX * scale };
        let (own, others) = (self.around(), other.around());
        own.meets(&others, gap)
            && self.letters_in(boxes, &own).iter().any(|one| {
                other
                    .letters_in(boxes, &others)
                    .iter()
                    .any(|two| one.meets(two, gap))
            })
    }

    /// The box around the whole text.
    fn around(&self) -> PixelBox {
        PixelBox {
            centre: self.centre_px,
            half: self.half_px,
        }
    }

    /// The boxes of its letters, or the one around all of them.
    fn letters_in<'a>(&self, boxes: &'a [PixelBox], around: &'a PixelBox) -> &'a [PixelBox] {
        match boxes.get(self.letters.0..self.letters.1) {
            Some(letters) if !letters.is_empty() => letters,
            Some(_) | None => std::slice::from_ref(around),
        }
    }
}

/// Width of a text in em: one for each 汉字, a little more than a half for everything narrower.
pub(crate) fn width_em(text: &str) -> f32 {
    text.chars().map(letter_em).sum()
}

/// Width of a letter in em, about.
pub(crate) fn letter_em(letter: char) -> f32 {
    if is_wide(letter) { 1.0 } else { 0.55 }
}

/// True for a text of 汉字 and their like alone, which may be written from top to bottom.
pub(crate) fn is_han(text: &str) -> bool {
    text.chars().all(is_wide)
}

fn is_wide(letter: char) -> bool {
    letter >= '\u{2e80}'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(index: u32, rank: u8, x: f32, distance_m: f32) -> Candidate {
        Candidate {
            index,
            place: (0, 0),
            name: index,
            rank,
            is_shown: false,
            distance_m,
            centre_px: [x, 300.0],
            half_px: [40.0, 10.0],
            letters: (0, 0),
        }
    }

    #[track_caller]
    fn check_kept(mut candidates: Vec<Candidate>, expected: &[u32]) {
        keep_apart(&mut candidates, &[], 1.0, MOST_LABELS);
        let kept: Vec<u32> = candidates.iter().map(|candidate| candidate.index).collect();
        assert_eq!(kept, expected);
    }

    #[test]
    fn a_district_goes_before_a_nearer_road() {
        check_kept(
            vec![candidate(0, 1, 400.0, 100.0), candidate(1, 0, 420.0, 900.0)],
            &[1],
        );
    }

    #[test]
    fn among_equals_the_nearer_one_is_written() {
        check_kept(
            vec![candidate(0, 2, 400.0, 500.0), candidate(1, 2, 420.0, 100.0)],
            &[1],
        );
    }

    #[test]
    fn a_written_label_keeps_its_place_against_its_equals() {
        let written = Candidate {
            is_shown: true,
            ..candidate(0, 2, 400.0, 500.0)
        };
        check_kept(vec![written, candidate(1, 2, 420.0, 100.0)], &[0]);
        check_kept(vec![written, candidate(1, 0, 420.0, 100.0)], &[1]);
    }

    #[test]
    fn labels_side_by_side_are_both_written() {
        check_kept(
            vec![candidate(0, 2, 400.0, 1.0), candidate(1, 2, 500.0, 2.0)],
            &[0, 1],
        );
    }

    #[test]
    fn the_same_name_is_written_once_nearby() {
        let again = Candidate {
            name: 0,
            ..candidate(1, 1, 600.0, 2.0)
        };
        let far = Candidate {
            name: 0,
            ..candidate(2, 1, 1000.0, 3.0)
        };
        check_kept(vec![candidate(0, 1, 400.0, 1.0), again, far], &[0, 2]);
    }

    #[test]
    fn a_crowd_is_cut_off() {
        let mut crowd: Vec<Candidate> = (0..5_000)
            .map(|index| Candidate {
                centre_px: [(index % 100) as f32 * 12.0, (index / 100) as f32 * 14.0],
                half_px: [2.0, 2.0],
                ..candidate(index, 3, 0.0, 1.0)
            })
            .collect();
        keep_apart(&mut crowd, &[], 1.0, 28);
        assert_eq!(crowd.len(), 28);
    }

    #[test]
    fn roads_leave_half_of_the_names_to_others() {
        let names = (0..40).map(|index| candidate(index, 1, index as f32 * 100.0, 1.0));
        let towers = (40..80).map(|index| Candidate {
            centre_px: [(index - 40) as f32 * 100.0, 500.0],
            ..candidate(index, 3, 0.0, 1.0)
        });
        let mut all: Vec<Candidate> = names.chain(towers).collect();
        keep_apart(&mut all, &[], 1.0, 20);
        let roads = all.iter().filter(|one| one.rank == ROAD_RANK).count();
        assert_eq!((all.len(), roads), (20, 10));
    }

    #[test]
    fn larger_pictures_have_more_names_and_sharper_ones_do_not() {
        let most = |width, height, scale| most_labels(&Viewport::new(width, height, scale));
        assert_eq!(most(1280, 720, 1.0), 28);
        assert_eq!(most(2560, 1440, 2.0), 28);
        assert_eq!(most(1920, 1080, 1.0), 63);
        assert_eq!(most(7680, 2160, 1.0), MOST_LABELS);
        assert_eq!(most(64, 64, 1.0), LEAST_LABELS);
    }

    #[test]
    fn a_written_label_may_come_closer_than_a_new_one() {
        let near = candidate(1, 2, 482.0, 2.0);
        check_kept(vec![candidate(0, 2, 400.0, 1.0), near], &[0]);
        let written = Candidate {
            is_shown: true,
            ..candidate(0, 2, 400.0, 1.0)
        };
        check_kept(
            vec![
                written,
                Candidate {
                    is_shown: true,
                    ..near
                },
            ],
            &[0, 1],
        );
    }

    #[test]
    fn a_name_fits_into_the_bend_of_another() {
        // Two names along crossing roads: their boxes overlap, their letters only where they cross.
        let letters = |rising: f32, x: f32| {
            (0..5).map(move |step| PixelBox {
                centre: [x + step as f32 * 20.0, 300.0 + rising * step as f32 * 20.0],
                half: [9.0, 9.0],
            })
        };
        let boxes: Vec<PixelBox> = letters(1.0, 400.0)
            .chain(letters(1.0, 460.0))
            .chain(letters(-1.0, 400.0))
            .collect();
        let name = |index: u32, letters: (usize, usize)| {
            let around = PixelBox::around(&boxes[letters.0..letters.1]);
            Candidate {
                centre_px: around.centre,
                half_px: around.half,
                letters,
                ..candidate(index, 1, 0.0, index as f32)
            }
        };
        let kept = |names: Vec<Candidate>| {
            let mut names = names;
            keep_apart(&mut names, &boxes, 1.0, MOST_LABELS);
            names.iter().map(|name| name.index).collect::<Vec<u32>>()
        };
        assert_eq!(kept(vec![name(0, (0, 5)), name(1, (5, 10))]), [0, 1]);
        assert_eq!(kept(vec![name(0, (0, 5)), name(2, (10, 15))]), [0]);
    }

    #[test]
    fn hanzi_are_wider_than_letters() {
        assert!((width_em("陆家嘴") - 3.0).abs() < 1e-6);
        assert!((width_em("ab") - 1.1).abs() < 1e-6);
    }
}
