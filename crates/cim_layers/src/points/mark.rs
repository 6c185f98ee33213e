//! What kind of event a pin stands for: a small picture without words, so that it says the same in every language.
//!
//! The pictures themselves are `cim_render`'s. Packs and cities name their own categories, so a word that is not known is
//! looked through for parts that are.

/// The picture in the pin of an event. It lies where other shapes have their heading; see [`super::PointState::with_mark`].
#[repr(u8)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventMark {
    /// An exclamation mark: everything else.
    #[default]
    Other = 0,
    /// A flame.
    Fire = 1,
    /// A drop: water on a road, a burst main, rain.
    Water = 2,
    /// A cloud: gas, smoke from a leak.
    Gas = 3,
    /// A car: accidents, jams, parking.
    Traffic = 4,
    /// A manhole cover.
    Cover = 5,
    /// A cracked slab: roads, bridges, buildings, facilities.
    Damage = 6,
    /// A bin.
    Waste = 7,
    /// Two people: stalls, crowds, disputes.
    People = 8,
    /// A flash: lamps and power.
    Power = 9,
}

/// Parts of category words, in English and Chinese, the more telling first.
const PARTS: &[(&str, EventMark)] = &[
    ("gas", EventMark::Gas),
    ("燃气", EventMark::Gas),
    ("fire", EventMark::Fire),
    ("火", EventMark::Fire),
    ("manhole", EventMark::Cover),
    ("cover", EventMark::Cover),
    ("井盖", EventMark::Cover),
    ("light", EventMark::Power),
    ("lamp", EventMark::Power),
    ("power", EventMark::Power),
    ("路灯", EventMark::Power),
    ("停电", EventMark::Power),
    ("water", EventMark::Water),
    ("flood", EventMark::Water),
    ("drain", EventMark::Water),
    ("storm", EventMark::Water),
    ("雨", EventMark::Water),
    ("burst", EventMark::Water),
    ("水", EventMark::Water),
    ("内涝", EventMark::Water),
    ("garbage", EventMark::Waste),
    ("waste", EventMark::Waste),
    ("litter", EventMark::Waste),
    ("muck", EventMark::Waste),
    ("垃圾", EventMark::Waste),
    ("渣土", EventMark::Waste),
    ("stall", EventMark::People),
    ("vend", EventMark::People),
    ("crowd", EventMark::People),
    ("dispute", EventMark::People),
    ("占道", EventMark::People),
    ("纠纷", EventMark::People),
    ("traffic", EventMark::Traffic),
    ("parking", EventMark::Traffic),
    ("vehicle", EventMark::Traffic),
    ("accident", EventMark::Traffic),
    ("transport", EventMark::Traffic),
    ("交通", EventMark::Traffic),
    ("停车", EventMark::Traffic),
    ("damage", EventMark::Damage),
    ("collapse", EventMark::Damage),
    ("road", EventMark::Damage),
    ("破损", EventMark::Damage),
    ("塌", EventMark::Damage),
];

impl EventMark {
    /// Every mark, in the order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::Other,
        Self::Fire,
        Self::Water,
        Self::Gas,
        Self::Traffic,
        Self::Cover,
        Self::Damage,
        Self::Waste,
        Self::People,
        Self::Power,
    ];

    /// The mark of a category word, for instance `road_damage`.
    pub fn of_category(category: &str) -> Self {
        let found = PARTS.iter().find(|(part, _)| category.contains(part));
        found.map_or(Self::Other, |(_, mark)| *mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::points::{PointState, SHAPE_EVENT};

    #[track_caller]
    fn check(mark: EventMark, categories: &[&str]) {
        for category in categories {
            assert_eq!(EventMark::of_category(category), mark, "{category}");
        }
    }

    #[test]
    fn a_category_has_the_picture_of_what_happened() {
        check(EventMark::Fire, &["fire"]);
        check(
            EventMark::Water,
            &["road_waterlogging", "road_flooding", "burst_main", "积水"],
        );
        check(EventMark::Gas, &["gas_leak", "燃气泄漏"]);
        check(
            EventMark::Traffic,
            &["traffic_accident", "traffic_jam", "illegal_parking"],
        );
        check(
            EventMark::Cover,
            &["manhole_missing", "missing_cover", "上水井盖缺失"],
        );
        check(EventMark::Damage, &["road_damage", "facility_damage"]);
        check(EventMark::Waste, &["garbage", "exposed_garbage", "muck"]);
        check(
            EventMark::People,
            &["street_stall", "street_vending", "dispute"],
        );
        check(EventMark::Power, &["light_out", "street_light"]);
        check(EventMark::Other, &["", "ufo_landing", "noise_complaint"]);
    }

    #[test]
    fn a_pin_keeps_its_mark_beside_all_else() {
        for (number, mark) in (0_u32..).zip(EventMark::ALL) {
            let state = PointState::new(SHAPE_EVENT, 4).with_tint(9).with_mark(mark);
            assert_eq!(state.packed >> 24, number);
            assert_eq!((state.shape(), state.class()), (SHAPE_EVENT, 4));
            assert!(state.is_shown() && state.tint() == 9);
        }
    }
}
