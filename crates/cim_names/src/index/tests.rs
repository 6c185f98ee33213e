//! Which names answer which questions, and in which order.

use super::*;
use crate::fold::fold;

const ALL: Wanted<'static> = Wanted {
    near: None,
    alarmed: &[],
    most: 50,
};

fn index_of(names: &[&str]) -> NameIndex {
    let mut index = NameIndex::default();
    for (place, name) in names.iter().enumerate() {
        let code = format!("q{place}");
        assert!(index.push(&Named {
            names: [name, ""],
            codes: [&code, ""],
            place: [117.0 + place as f64, 34.0],
        }));
    }
    index
}

fn found<'a>(names: &[&'a str], typed: &str, wanted: &Wanted<'_>) -> Vec<&'a str> {
    let query = Query::new(typed).expect("something to look for");
    let hits = index_of(names).search(&query, wanted);
    hits.iter().map(|hit| names[hit.entry as usize]).collect()
}

/// Names that every question is asked of.
const CITY: [&str; 12] = [
    "新苑小区",
    "重庆路",
    "长安街",
    "工商银行",
    "中山路行人天桥",
    "凤根花园22号楼",
    "厦门路",
    "CBD核心区A座",
    "Shanghai Tower",
    "绿地广场",
    "新",
    "云龙湖（东）水位",
];

#[track_caller]
fn check(typed: &str, expected: &[&str]) {
    assert_eq!(found(&CITY, typed, &ALL), expected, "{typed}");
}

#[test]
fn chinese_is_found_wherever_it_stands() {
    check("苑小", &["新苑小区"]);
    check("路", &["重庆路", "厦门路", "中山路行人天桥"]);
    check("月球", &[]);
}

#[test]
fn what_is_not_let_through_takes_no_room_among_the_answers() {
    let query = Query::new("路").expect("something to look for");
    let one = Wanted { most: 1, ..ALL };
    let hits = index_of(&CITY).search_where(&query, &one, |entry| entry != 1, |_| true);
    let entries: Vec<u32> = hits.iter().map(|hit| hit.entry).collect();
    assert_eq!(entries, [6], "the next best one comes in its place");
}

#[test]
fn very_many_are_answered_like_few_whatever_thread_reads_them() {
    let mut index = NameIndex::default();
    for number in 0..300_000 {
        let name = if number == 299_999 {
            "号".to_owned()
        } else {
            format!("{number}号")
        };
        let named = Named {
            names: [&name, ""],
            ..Named::default()
        };
        assert!(index.push(&named));
    }
    let query = Query::new("号").expect("something to look for");
    let twelve = Wanted { most: 12, ..ALL };
    let is_odd = |entry: u32| !entry.is_multiple_of(2);
    let entries = |hits: Vec<Hit>| -> Vec<u32> { hits.iter().map(|hit| hit.entry).collect() };
    let expected = [299_999, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21];
    let first = index.search_where(&query, &twelve, is_odd, |_| true);
    assert_eq!(entries(first), expected);
    let last = index.search_where(&query, &twelve, |_| true, is_odd);
    assert_eq!(entries(last), expected);
    let far = Query::new("299998号").expect("something to look for");
    assert_eq!(entries(index.search(&far, &twelve)), [299_998]);
}

#[test]
fn pinyin_is_found_in_full_by_initials_and_mixed() {
    for typed in [
        "xinyuan", "xyxq", "xiny", "xyuan", "XINYUAN", "新yuan", "yuanxq",
    ] {
        check(typed, &["新苑小区"]);
    }
    let xin = [
        "新",
        "新苑小区",
        "工商银行",
        "中山路行人天桥",
        "CBD核心区A座",
    ];
    check("xin", &xin);
    check("fghy22hl", &["凤根花园22号楼"]);
    check("cbdhxq", &["CBD核心区A座"]);
    check("ylhd", &["云龙湖（东）水位"]);
}

#[test]
fn a_character_answers_to_each_of_its_readings() {
    for typed in ["chongqinglu", "cql", "zhongqinglu", "zql"] {
        check(typed, &["重庆路"]);
    }
    for typed in ["changan", "zhangan", "changanjie"] {
        check(typed, &["长安街"]);
    }
    for typed in ["yinhang", "yinxing", "gsyh"] {
        check(typed, &["工商银行"]);
    }
    for typed in ["xingrentianqiao", "hangrentq", "xrtq"] {
        check(typed, &["中山路行人天桥"]);
    }
    for typed in ["xiamenlu", "shamenlu", "xml"] {
        check(typed, &["厦门路"]);
    }
    for typed in ["lvdi", "ludi", "ldgc"] {
        check(typed, &["绿地广场"]);
    }
}

#[test]
fn every_word_must_be_there_in_any_order() {
    check("tower sh", &["Shanghai Tower"]);
    check("tower harbour", &[]);
    check("22 fgh", &["凤根花园22号楼"]);
    check("xiaoqu 新", &["新苑小区"]);
}

#[test]
fn codes_are_found_by_their_beginning_and_inside() {
    check("q8", &["Shanghai Tower"]);
    check("q1", &["重庆路", "新", "云龙湖（东）水位"]);
    let mut index = NameIndex::default();
    index.push(&Named {
        names: ["井盖", ""],
        codes: ["t1", "3203110101000042"],
        place: [f64::NAN; 2],
    });
    for typed in ["32031101", "000042", "T1", "3203110101000042"] {
        let query = Query::new(typed).expect("a code");
        assert_eq!(index.search(&query, &ALL).len(), 1, "{typed}");
    }
}

#[test]
fn whole_names_come_before_beginnings_words_and_what_is_inside() {
    let names = [
        "老新苑",
        "A座新苑",
        "新苑小区",
        "xinyuan garden",
        "新苑",
        "xinyuan",
        "old xinyuan",
    ];
    let expected = [
        "xinyuan",
        "新苑",
        "xinyuan garden",
        "新苑小区",
        "old xinyuan",
        "老新苑",
        "A座新苑",
    ];
    assert_eq!(found(&names, "xinyuan", &ALL), expected);
}

#[test]
fn among_equals_what_alarms_comes_first_then_what_is_near_then_what_is_short() {
    let names = ["泵站一", "泵站二", "泵站三", "泵站前池"];
    assert_eq!(found(&names, "bz", &ALL), names);
    let near = Wanted {
        near: Some([119.001, 34.0]),
        ..ALL
    };
    assert_eq!(found(&names, "bz", &near)[0], "泵站三");
    let alarmed = Wanted {
        alarmed: &[3],
        ..near
    };
    assert_eq!(found(&names, "bz", &alarmed)[..2], ["泵站前池", "泵站三"]);
    let two = Wanted { most: 2, ..ALL };
    assert_eq!(found(&names, "bz", &two), ["泵站一", "泵站二"]);
}

#[test]
fn what_a_plain_search_for_letters_finds_is_found() {
    let mut letters: Vec<char> = "新苑路云 龙aB3（".chars().collect();
    letters.push('é');
    let mut seed = 7_u32;
    let mut draw = |end: usize| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as usize % end
    };
    let names: Vec<String> = (0..300)
        .map(|_| {
            let length = 1 + draw(9);
            (0..length).map(|_| letters[draw(letters.len())]).collect()
        })
        .collect();
    let mut index = NameIndex::default();
    for name in &names {
        index.push(&Named {
            names: [name, ""],
            ..Named::default()
        });
    }
    let wanted = Wanted { most: 300, ..ALL };
    for name in &names {
        for part in name.split_whitespace() {
            let query = Query::new(part).expect("a word");
            let hits = index.search(&query, &wanted);
            let plain = fold(part);
            for (place, other) in names.iter().enumerate() {
                let is_found = hits.iter().any(|hit| hit.entry as usize == place);
                assert!(
                    is_found || !fold(other).contains(&plain),
                    "{part} is in {other}"
                );
            }
        }
    }
}

#[test]
fn two_names_of_a_thing_both_answer_and_do_not_run_into_one() {
    let mut index = NameIndex::default();
    index.push(&Named {
        names: ["新苑", "Xin Yuan Garden"],
        codes: ["w1", ""],
        place: [117.0, 34.0],
    });
    index.push(&Named {
        names: ["新", "苑"],
        ..Named::default()
    });
    let entries = |typed: &str| -> Vec<u32> {
        let query = Query::new(typed).expect("a word");
        let hits = index.search(&query, &ALL);
        hits.iter().map(|hit| hit.entry).collect()
    };
    assert_eq!(entries("garden"), [0]);
    assert_eq!(entries("xiny"), [0]);
    assert_eq!(entries("gardenw1"), Vec::<u32>::new());
    assert_eq!((index.len(), index.is_empty()), (2, false));
}

#[test]
fn names_are_added_one_at_a_time_and_a_hundred_bytes_hold_one() {
    let mut index = index_of(&["新苑"]);
    let query = Query::new("xy").expect("a word");
    assert_eq!(index.search(&query, &ALL).len(), 1);
    let alone = index.bytes();
    for place in 0..10_000 {
        let (name, code) = (format!("新苑{place}号楼"), format!("32031101{place:012}"));
        index.push(&Named {
            names: [&name, "Xinyuan Garden Building 22"],
            codes: [&code, "w123456789"],
            place: [117.0, 34.0],
        });
    }
    index.shrink();
    let most = Wanted {
        most: 20_000,
        ..ALL
    };
    assert_eq!(index.search(&query, &most).len(), 10_001);
    let each = (index.bytes() - alone) / 10_000;
    assert!((80..120).contains(&each), "{each} bytes");
}

#[test]
fn few_of_very_many_are_the_best_of_all() {
    let (ends, middles) = (
        ["路", "大厦", "Xin tower", "（东）"],
        ["新", "x", "长", "厦门", "("],
    );
    let mut names = Vec::new();
    for n in 0..40 {
        for (end, middle) in ends.iter().zip(middles.iter().cycle().skip(n)) {
            names.push(format!("{}{middle}{end}{n}", middles[n % middles.len()]));
        }
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for typed in ["x", "xi", "新", "c", "(", "q1", "d", "t", "xin tower"] {
        let most = |most: usize| found(&names, typed, &Wanted { most, ..ALL });
        let (all, few) = (most(1_000), most(7));
        assert_eq!(few, all[..few.len()], "{typed}");
        assert_eq!(few.len(), all.len().min(7), "{typed}");
    }
}
