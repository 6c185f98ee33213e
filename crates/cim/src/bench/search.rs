//! `cim bench search`: how long a question takes over a million names, against a plain `contains` over the same texts.
//!
//! The names are made up as cities make them: houses of estates, devices at roads, cameras, each with a code. The peer is what
//! one would write first: every text of a thing in one string, in lower case, with its pinyin in full and by initials, and a
//! loop. It knows one reading of a character and no mixture of full syllables and initials, and puts nothing in order.

use super::{at_most, figure::Figure, quantile};
use crate::{
    Failure,
    dice::Dice,
    host::{end_progress, instant, progress},
};
use cim_names::{NameIndex, Named, Query, Wanted, fold, readings};
use serde_json::json;
use std::time::Duration;

const MEASURE: &str = "search";
/// Each question is asked so often, of both in turns.
const ROUNDS: usize = 9;
/// Answers that are given, and that the peer stops to collect at.
const MOST: usize = 50;
/// Where somebody looks, so that distances are reckoned too.
const NEAR: [f64; 2] = [117.185, 34.245];
/// A code is of this division.
const DIVISION: u32 = 320_302;

const ESTATES: [(&str, &str); 16] = [
    ("凤根", "Fenggen"),
    ("新苑", "Xinyuan"),
    ("云龙", "Yunlong"),
    ("彭城", "Pengcheng"),
    ("金辉", "Jinhui"),
    ("月墨", "Yuemo"),
    ("荷坊", "Hefang"),
    ("长安", "Chang'an"),
    ("重华", "Chonghua"),
    ("绿地", "Lvdi"),
    ("铜山", "Tongshan"),
    ("泉河", "Quanhe"),
    ("翡翠", "Feicui"),
    ("书香", "Shuxiang"),
    ("锦绣", "Jinxiu"),
    ("南湖", "Nanhu"),
];
const GROUNDS: [(&str, &str); 8] = [
    ("花园", "Garden"),
    ("小区", "Residential Quarter"),
    ("雅苑", "Court"),
    ("广场", "Plaza"),
    ("家园", "Homes"),
    ("新村", "New Village"),
    ("公馆", "Mansion"),
    ("世家", "Estate"),
];
const ROADS: [&str; 16] = [
    "解放南路",
    "中山北路",
    "淮海东路",
    "和平路",
    "建国西路",
    "黄河南路",
    "重庆路",
    "长安大街",
    "厦门路",
    "民主北路",
    "复兴南路",
    "二环西路",
    "湖滨路",
    "三胞大道",
    "汉源大道",
    "迎宾大道",
];
const SPOTS: [&str; 12] = [
    "路灯",
    "雨水井",
    "污水井",
    "燃气阀门井",
    "人行天桥",
    "泵站前池",
    "下穿通道水位",
    "空气质量国控点",
    "工商银行门口",
    "公交站台",
    "信号机",
    "停车场入口",
];

/// What is typed: Chinese, pinyin in every shape, English, digits, what is nowhere, and the one letter that is everywhere.
const TYPED: [&str; 18] = [
    "新苑",
    "重庆路人行天桥",
    "路",
    "xinyuan",
    "xy",
    "xiny",
    "xyhy2",
    "chongqinglu",
    "cqlrxtq",
    "changan",
    "yinhangmenkou",
    "garden 22",
    "fenggen",
    "3203020300",
    "zsbl ludeng",
    "yuliangzhan",
    "lu",
    "x",
];

/// Measures the search by name.
pub(super) struct SearchBench {
    /// How many names there are.
    pub(super) count: u32,
    pub(super) json: bool,
}

/// What is known of one thing.
struct Thing {
    name: String,
    other: String,
    code: String,
    id: String,
    place: [f64; 2],
}

/// What one question took, milliseconds: the medians of both.
struct Asked {
    typed: &'static str,
    ours: f64,
    peers: f64,
    answers: usize,
}

impl SearchBench {
    pub(super) fn run(&self) -> Result<bool, Failure> {
        let figures = self.measure()?;
        for figure in &figures {
            figure.tell(self.json);
        }
        Ok(figures.iter().all(Figure::holds))
    }

    /// All figures: one for each question, then those of all together.
    pub(super) fn measure(&self) -> Result<Vec<Figure>, Failure> {
        progress(&format!("making up {} names", self.count));
        let (mut index, mut plain) = (NameIndex::default(), Vec::new());
        let mut dice = Dice::new(7);
        let mut built = Duration::ZERO;
        for number in 0..self.count {
            let thing = Thing::new(&mut dice, number);
            let begun = instant();
            let is_taken = index.push(&thing.named());
            built += begun.elapsed();
            if !is_taken {
                return Err(format!("the index is full at {number} names").into());
            }
            plain.push(thing.plain());
        }
        index.shrink();
        let mut asked = Vec::new();
        for typed in TYPED {
            progress(&format!("asking for {typed}"));
            asked.push(ask(typed, &index, &plain)?);
        }
        end_progress();
        Ok(self.figures(&index, built, &asked))
    }

    fn figures(&self, index: &NameIndex, built: Duration, asked: &[Asked]) -> Vec<Figure> {
        let mut figures: Vec<Figure> = asked
            .iter()
            .map(|asked| Figure {
                measure: MEASURE,
                name: format!("{} in {} names", asked.typed, self.count),
                value: asked.ours,
                unit: "ms",
                peer: Some(("contains".into(), asked.peers)),
                notes: vec![("answers", json!(asked.answers))],
                ..Figure::default()
            })
            .collect();
        let slowest = asked.iter().map(|asked| asked.ours).fold(0.0, f64::max);
        let mut worst = at_most(
            MEASURE,
            format!("the slowest of {} questions", asked.len()),
            slowest,
            100.0,
            30.0,
        );
        worst.unit = "ms";
        figures.push(worst);
        let sorted = |of: fn(&Asked) -> f64| {
            let mut times: Vec<f64> = asked.iter().map(of).collect();
            times.sort_by(f64::total_cmp);
            times
        };
        figures.push(Figure {
            measure: MEASURE,
            name: "the question in the middle".into(),
            value: quantile(&sorted(|asked| asked.ours), 0.5),
            unit: "ms",
            peer: Some((
                "contains".into(),
                quantile(&sorted(|asked| asked.peers), 0.5),
            )),
            must: Some(1.0),
            goal: Some(0.25),
            ..Figure::default()
        });
        figures.push(Figure {
            measure: MEASURE,
            name: "a name in the index".into(),
            value: index.bytes() as f64 / f64::from(self.count),
            unit: "B",
            notes: vec![("built_ms", json!(built.as_millis() as u64))],
            ..Figure::default()
        });
        figures
    }
}

/// Asks both, in turns.
fn ask(typed: &'static str, index: &NameIndex, plain: &[String]) -> Result<Asked, Failure> {
    let wanted = Wanted {
        near: Some(NEAR),
        alarmed: &[],
        most: MOST,
    };
    let (mut ours, mut peers) = (Vec::new(), Vec::new());
    let (mut answers, mut of_peer) = (0, 0);
    for _ in 0..ROUNDS {
        let begun = instant();
        // What is typed is taken apart for every keystroke.
        let query = Query::new(typed).ok_or("nothing is asked for")?;
        answers = index.search(&query, &wanted).len();
        ours.push(begun.elapsed().as_secs_f64() * 1e3);
        let begun = instant();
        of_peer = contains(typed, plain).len();
        peers.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    if answers < of_peer {
        return Err(format!("{typed}: {answers} answers, a plain search has {of_peer}").into());
    }
    ours.sort_by(f64::total_cmp);
    peers.sort_by(f64::total_cmp);
    Ok(Asked {
        typed,
        ours: quantile(&ours, 0.5),
        peers: quantile(&peers, 0.5),
        answers,
    })
}

/// The peer: reads every text, and keeps the first answers. It does not stop at them: which are the best is not known before.
fn contains(typed: &str, plain: &[String]) -> Vec<usize> {
    let folded = fold(typed);
    let words: Vec<&str> = folded.split_whitespace().collect();
    let mut found = Vec::new();
    for (place, text) in plain.iter().enumerate() {
        if words.iter().all(|word| text.contains(word)) && found.len() < MOST {
            found.push(place);
        }
    }
    found
}

impl Thing {
    fn new(dice: &mut Dice, number: u32) -> Self {
        let mut one = |end: usize| dice.below(end as u64) as usize;
        let (name, other) = if number.is_multiple_of(2) {
            let (zh, en) = ESTATES[one(ESTATES.len())];
            let (ground_zh, ground_en) = GROUNDS[one(GROUNDS.len())];
            let house = 1 + one(400);
            (
                format!("{zh}{ground_zh}{house}号楼"),
                format!("{en} {ground_en} Building {house}"),
            )
        } else {
            let (road, spot) = (ROADS[one(ROADS.len())], SPOTS[one(SPOTS.len())]);
            let pole = one(2_000);
            (format!("{road}{spot}{pole:03}"), String::new())
        };
        let place = [
            NEAR[0] + one(100_000) as f64 / 1e5,
            NEAR[1] + one(100_000) as f64 / 1e5,
        ];
        Self {
            name,
            other,
            code: format!("{DIVISION}{:02}{number:012}", 1 + one(6)),
            id: format!("w{}", 100_000_000 + number),
            place,
        }
    }

    fn named(&self) -> Named<'_> {
        Named {
            names: [&self.name, &self.other],
            codes: [&self.code, &self.id],
            place: self.place,
        }
    }

    /// Everything that it is found by in one text, as the peer has it.
    fn plain(&self) -> String {
        let (mut full, mut initials) = (String::new(), String::new());
        for letter in self.name.chars() {
            let usual = readings(letter).into_iter().next();
            let usual = usual.unwrap_or_else(|| letter.to_string());
            initials.extend(usual.chars().next());
            full.push_str(&usual);
        }
        fold(&format!(
            "{}\n{}\n{}\n{}\n{full}\n{initials}",
            self.name, self.other, self.code, self.id
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_names_answer_both_and_every_question_but_one_has_an_answer() {
        let (mut index, mut plain) = (NameIndex::default(), Vec::new());
        let mut dice = Dice::new(7);
        for number in 0..20_000 {
            let thing = Thing::new(&mut dice, number);
            assert!(index.push(&thing.named()));
            plain.push(thing.plain());
        }
        for typed in TYPED {
            let asked = ask(typed, &index, &plain).expect(typed);
            assert_eq!(asked.answers == 0, typed == "yuliangzhan", "{typed}");
        }
    }
}
