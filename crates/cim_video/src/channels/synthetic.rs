//! Catalogues of any size that nobody has to hand out: for tests, benches and drills. The same seed gives the same catalogue.

use cim_sync::gb28181::CatalogueItem;
use encoding_rs::GB18030;
use std::fmt::Write;

/// The divisions of the catalogue: a code of six digits and a name.
const DIVISIONS: [(&str, &str); 10] = [
    ("320302", "鼓楼区"),
    ("320303", "云龙区"),
    ("320305", "贾汪区"),
    ("320311", "泉山区"),
    ("320312", "铜山区"),
    ("320321", "丰县"),
    ("320322", "沛县"),
    ("320324", "睢宁县"),
    ("320381", "新沂市"),
    ("320382", "邳州市"),
];
/// Streets of a division.
const STREETS: u32 = 12;
/// Virtual organisations of a division's business group.
const ORGANISATIONS: u32 = 8;
const ROADS: [&str; 12] = [
    "中山", "解放", "淮海", "复兴", "和平", "建国", "黄河", "民主", "大同", "夹河", "彭城", "汉源",
];
const KINDS_OF_ROAD: [&str; 4] = ["路", "街", "大道", "巷"];
const SPOTS: [&str; 10] = [
    "路口",
    "小区北门",
    "学校门口",
    "公园",
    "地铁站",
    "商场入口",
    "人行天桥",
    "停车场",
    "菜市场",
    "河堤",
];
const MAKERS: [&str; 4] = ["海康威视", "大华", "宇视", "华为"];

/// A catalogue: channels under divisions and, beside that, under business groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Synthetic {
    /// How many channels it has, 9 999 999 at most.
    pub channels: u32,
    /// What all that is left to chance comes from.
    pub seed: u64,
}

/// How badly the packets come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disorder {
    /// True for packets in any order.
    pub is_shuffled: bool,
    /// Every so many-th packet comes twice; 0 for none.
    pub repeat_every: u32,
}

/// Numbers by chance (SplitMix64, Steele and others 2014).
#[derive(Clone, Debug)]
struct Chance(u64);

impl Chance {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u32) -> u32 {
        (self.roll() >> 32) as u32 % limit.max(1)
    }

    fn of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        let at = self.below(texts.len() as u32) as usize;
        texts.get(at).copied().unwrap_or_default()
    }
}

impl Synthetic {
    /// How many entries there are: divisions and groups first, then channels.
    pub fn entries(&self) -> u32 {
        groups() + self.channels
    }

    /// The entry `n`, from 0.
    #[expect(
        clippy::expect_used,
        reason = "the generator writes no value that an entry refuses"
    )]
    pub fn item(&self, n: u32) -> CatalogueItem {
        let fields = self.fields(n);
        let pairs = fields.iter().map(|(name, value)| (*name, value.as_str()));
        CatalogueItem::from_pairs(pairs).expect("values are short, and the identity comes first")
    }

    /// The identity of channel `n`, from 0.
    pub fn channel_id(n: u32) -> String {
        let street = n % STREETS + 1;
        let (division, _) = division_of(n / STREETS);
        // The last digit of the network makes room for more than a million of one division.
        format!(
            "{division}{street:02}0013{}{}{:06}",
            1 + n % 2,
            n / 1_000_000 % 10,
            n % 1_000_000
        )
    }

    /// Packets of `per_packet` entries as one device sends them, in GB18030.
    pub fn packets(self, per_packet: u32, disorder: Disorder) -> impl Iterator<Item = Vec<u8>> {
        let per_packet = per_packet.max(1);
        let count = self.entries().div_ceil(per_packet);
        let mut order: Vec<u32> = (0..count).collect();
        if disorder.repeat_every > 0 {
            order.extend((0..count).step_by(disorder.repeat_every as usize));
        }
        if disorder.is_shuffled {
            let mut chance = Chance(self.seed ^ 0x5eed);
            for last in (1..order.len()).rev() {
                order.swap(last, chance.below(last as u32 + 1) as usize);
            }
        }
        order
            .into_iter()
            .map(move |number| self.packet(number, per_packet))
    }

    fn packet(self, number: u32, per_packet: u32) -> Vec<u8> {
        let from = number * per_packet;
        let to = (from + per_packet).min(self.entries());
        let mut text = format!(
            "<?xml version=\"1.0\" encoding=\"GB2312\"?>\r\n<Response>\r\n<CmdType>Catalog</CmdType>\r\n<SN>17</SN>\r\n\
            <DeviceID>32030000002000000001</DeviceID>\r\n<SumNum>{}</SumNum>\r\n<DeviceList Num=\"{}\">\r\n",
            self.entries(),
            to - from
        );
        for n in from..to {
            text.push_str("<Item>\r\n");
            for (name, value) in self.fields(n) {
                let written = write!(text, "<{name}>{value}</{name}>\r\n");
                debug_assert!(written.is_ok(), "a String takes everything");
            }
            text.push_str("</Item>\r\n");
        }
        text.push_str("</DeviceList>\r\n</Response>\r\n");
        GB18030.encode(&text).0.into_owned()
    }

    fn fields(self, n: u32) -> Vec<(&'static str, String)> {
        match n.checked_sub(groups()) {
            Some(channel) => self.channel(channel),
            None => group(n),
        }
    }

    fn channel(self, n: u32) -> Vec<(&'static str, String)> {
        let mut chance = Chance(self.seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ u64::from(n));
        let (division, division_name) = division_of(n / STREETS);
        let road = format!("{}{}", chance.of(&ROADS), chance.of(&KINDS_OF_ROAD));
        let number = chance.below(900) + 1;
        let spot = chance.of(&SPOTS);
        let organisation = chance.below(ORGANISATIONS);
        let [lon, lat] = [chance.below(1_000_000), chance.below(800_000)].map(f64::from);
        let status = if chance.below(100) < 93 { "ON" } else { "OFF" };
        vec![
            ("DeviceID", Self::channel_id(n)),
            ("Name", format!("{road}{number}号{spot}{}", n % 97)),
            ("Manufacturer", chance.of(&MAKERS).to_owned()),
            ("Model", format!("IPC-{}", 100 + chance.below(40))),
            ("Owner", format!("{division_name}公安分局")),
            ("CivilCode", division.to_owned()),
            (
                "Address",
                format!("江苏省徐州市{division_name}{road}{number}号"),
            ),
            ("Parental", "0".to_owned()),
            ("ParentID", organisation_id(division, organisation)),
            ("SafetyWay", "0".to_owned()),
            ("RegisterWay", "1".to_owned()),
            ("Secrecy", u8::from(chance.below(200) == 0).to_string()),
            ("Status", status.to_owned()),
            ("Longitude", format!("{:.6}", 116.8 + lon / 1e6)),
            ("Latitude", format!("{:.6}", 33.8 + lat / 1e6)),
            ("PTZType", (1 + chance.below(4)).to_string()),
            ("RoomType", (1 + chance.below(2)).to_string()),
            ("UseType", (1 + chance.below(3)).to_string()),
            ("DirectionType", (1 + chance.below(8)).to_string()),
            ("Resolution", "5/6".to_owned()),
            ("PointType", (1 + chance.below(3)).to_string()),
        ]
    }
}

/// How many divisions and groups come before the channels.
fn groups() -> u32 {
    DIVISIONS.len() as u32 * (2 + ORGANISATIONS)
}

fn division_of(n: u32) -> (&'static str, &'static str) {
    let at = n as usize % DIVISIONS.len();
    DIVISIONS.get(at).copied().unwrap_or_default()
}

fn business_group_id(division: &str) -> String {
    format!("{division}00002150000001")
}

fn organisation_id(division: &str, n: u32) -> String {
    format!("{division}00002160{n:06}")
}

/// A division, its business group, or a virtual organisation in it.
fn group(n: u32) -> Vec<(&'static str, String)> {
    let (division, name) = division_of(n);
    match n / DIVISIONS.len() as u32 {
        0 => vec![("DeviceID", division.to_owned()), ("Name", name.to_owned())],
        1 => vec![
            ("DeviceID", business_group_id(division)),
            ("Name", format!("{name}公共视频")),
            ("ParentID", "32030000002000000001".to_owned()),
        ],
        row => vec![
            ("DeviceID", organisation_id(division, row - 2)),
            ("Name", format!("{name}第{}网格", row - 1)),
            ("ParentID", business_group_id(division)),
            ("BusinessGroupID", business_group_id(division)),
        ],
    }
}
