//! Definitions read and written, the committed pack, colours and the tree: what a person would notice of them.

use super::{
    filter::{Columns, FieldIndex, Filter, Schema, live},
    *,
};
use crate::field::{Classing, RampId};
use std::{fs, path::PathBuf};

fn scenes() -> PathBuf {
    PathBuf::from("../../scenes/city")
}

/// The committed pack, its layers in its order.
fn city() -> (PackPlan, Vec<LayerPlan>) {
    let text = fs::read_to_string(scenes().join("pack.toml")).expect("the pack is there");
    let (pack, problems) = read_pack(&text, "pack.toml");
    assert_eq!(problems, []);
    let mut files: Vec<PathBuf> = fs::read_dir(scenes().join("layers"))
        .expect("the layers are there")
        .map(|entry| entry.expect("can be read").path())
        .collect();
    files.sort();
    let mut layers = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("can be read");
        let (read, problems) = read_layers_for(&text, &file.to_string_lossy(), &Schema::live());
        assert_eq!(problems, []);
        layers.extend(read);
    }
    let pack = pack.expect("the pack can be used");
    pack.arrange(&mut layers);
    (pack, layers)
}

#[test]
fn the_committed_pack_has_no_problems_and_names_every_layer() {
    let (pack, layers) = city();
    let ids: Vec<LayerId> = layers.iter().map(|layer| layer.id.clone()).collect();
    assert_eq!(ids, pack.layers);
    for layer in &layers {
        assert!(!layer.name.zh.is_empty() && !layer.name.en.is_empty());
        for group in &layer.group {
            assert!(pack.groups.iter().any(|(id, _)| id == group), "{group}");
        }
        let system = &layer.system;
        assert!(pack.systems.iter().any(|(id, _)| id == system), "{system}");
        Styling::compile(layer, &Schema::live()).expect("can be coloured");
    }
    let orders: Vec<i16> = layers.iter().map(|layer| layer.look.order).collect();
    assert!(orders.is_sorted_by(|upper, lower| upper > lower));
}

#[test]
fn a_written_layer_is_read_as_the_same() {
    let (_, layers) = city();
    let text: String = layers.iter().map(write_layer).collect();
    let (read, problems) = read_layers(&text, "written.toml");
    assert_eq!(problems, []);
    assert_eq!(read, layers);
}

/// A layer that uses everything that the city's do not.
fn full() -> LayerPlan {
    let look = LayerLook {
        opacity: 0.35,
        order: -3,
        stand: Stand::Through,
        gather: Gathering::Dots { dot_px: 2.5 },
        size: Size::Metres {
            m: 2.0,
            least_px: 1.0,
            most_px: 8.0,
        },
        paint: Paint::ByAttribute {
            name: "owner".to_owned(),
            palette: vec![("\"水务\"\n\u{7}\\".to_owned(), [1, 2, 255])],
            other: [0, 0, 0],
        },
        levels: vec![-0.5, 1e-7, 3e20],
        heat: HeatOf::Value { power: 3.0 },
        ..LayerLook::of(LayerKind::Contours)
    };
    let source = LayerSource::Raster {
        file: "rain/hourly.tif".to_owned(),
    };
    LayerPlan {
        name: Words::new("雨", "Rain"),
        nearest_m: 12.5,
        farthest_m: 900.0,
        rules: vec![StyleRule {
            when: Filter::parse("name ~ \"泵\" and `pipe name` = \"a\\\"b\"").expect("read"),
            paint: Paint::ByValue {
                ramp: RampId::Vik,
                from: -1.0,
                to: 1.5,
                unit: "mm".to_owned(),
            },
            label: Words::new("泵", "Pumps"),
        }],
        legend: Some(LegendPlan {
            title: Words::new("雨量", "Rain"),
            unit: "mm".to_owned(),
        }),
        shown: false,
        ..LayerPlan::new("rain", source, look)
    }
}

#[test]
fn every_key_survives_writing_and_reading() {
    let mut plan = full();
    let sources = [
        plan.source.clone(),
        LayerSource::Feed {
            source: "buses".to_owned(),
        },
        LayerSource::Events {
            types: vec!["燃气泄漏".to_owned()],
        },
        LayerSource::City { classes: vec![] },
        LayerSource::Vehicles,
    ];
    for source in sources {
        plan.source = source;
        let text = write_layer(&plan);
        let (read, problems) = read_layers(&text, "written.toml");
        assert_eq!(problems, [], "{text}");
        assert_eq!(read, [plan.clone()], "{text}");
    }
}

#[test]
fn classes_of_areas_survive_writing_and_reading() {
    let paint = Paint::ByValue {
        ramp: RampId::Cividis,
        from: 0.0,
        to: 100.0,
        unit: "人".to_owned(),
    };
    let source = LayerSource::Grids {
        level: GridLevel::Cell,
        figure: "residents".to_owned(),
    };
    let classings = [
        Classing::Equal,
        Classing::Nice,
        Classing::Quantile,
        Classing::Jenks,
        Classing::Given(vec![35.0, 75.5]),
    ];
    for classing in classings {
        let look = LayerLook {
            paint: paint.clone(),
            classes: Some(ClassesPlan { classing, count: 4 }),
            ..LayerLook::of(LayerKind::Areas)
        };
        let mut plan = LayerPlan::new("areas", source.clone(), look);
        plan.name = Words::new("区", "Areas");
        let text = write_layer(&plan);
        let (read, problems) = read_layers(&text, "written.toml");
        assert_eq!(problems, [], "{text}");
        assert_eq!(read, [plan], "{text}");
    }
}

#[test]
fn classes_of_what_is_no_area_are_told_and_passed_over() {
    let text = GOOD.replace(
        "kind = \"points\"",
        "kind = \"points\"\nclasses = \"fisher\"",
    );
    let (layers, problems) = read_layers(&text, "x.toml");
    assert_eq!(layers.len(), 1);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].is_passed_over && problems[0].key == "look.classes");
}

const GOOD: &str = r#"
[[layer]]
id = "first"
name = { zh = "一", en = "One" }
source = "cameras"
[layer.look]
kind = "points"
"#;

const LAST: &str = r#"
[[layer]]
id = "last"
name = { zh = "末", en = "Last" }
source = "people"
[layer.look]
kind = "points"
"#;

/// Reads `broken` between two good layers, which have to be read whatever it is.
#[track_caller]
fn check_problem(broken: &str, line: u32, key: &str, reason: &str) {
    let text = format!("{GOOD}{broken}{LAST}");
    let (layers, problems) = read_layers(&text, "layers/x.toml");
    let ids: Vec<&str> = layers.iter().map(|layer| layer.id.as_str()).collect();
    assert_eq!(ids, ["first", "last"], "{problems:?}");
    let problem = problems
        .iter()
        .find(|problem| problem.key == key && problem.reason.contains(reason));
    let problem = problem.unwrap_or_else(|| panic!("{key}: {reason} is not in {problems:?}"));
    // The good layer before takes seven lines.
    assert_eq!(problem.line, 7 + line, "{problem}");
    assert_eq!(problem.file, "layers/x.toml");
    assert!(!problem.is_passed_over);
}

const HEAD: &str = r#"
[[layer]]
id = "mid"
name = { zh = "中", en = "Mid" }
"#;

#[test]
fn one_broken_layer_never_takes_the_others() {
    let with = |rest: &str| format!("{HEAD}{rest}");
    let look = "source = \"cameras\"\n[layer.look]\nkind = \"points\"\n";
    check_problem(&with("source = \"cameras\"\n"), 2, "look", "is missing");
    check_problem(
        &with("source = \"camera\"\n[layer.look]\nkind = \"points\"\n"),
        5,
        "source",
        "did you mean `cameras`",
    );
    check_problem(
        &with("source = \"cameras\"\n[layer.look]\nkind = \"pionts\"\n"),
        7,
        "look.kind",
        "did you mean `points`",
    );
    check_problem(
        &with(&format!("filter = 'value > '\n{look}")),
        5,
        "filter",
        "column 9",
    );
    check_problem(
        &with(&format!("{look}opacity = 2\n")),
        8,
        "look.opacity",
        "out of bounds",
    );
    check_problem(
        &with(&format!(
            "{look}paint = {{ by = \"value\", from = 3, to = 1 }}\n"
        )),
        8,
        "look.paint.from",
        "less than",
    );
    check_problem(
        &with(&format!("{look}classes = {{ method = \"jenks\" }}\n")),
        8,
        "look.classes",
        "unknown",
    );
    check_problem(
        &with(
            "source = { of = \"raster\", file = \"../secret\" }\n[layer.look]\nkind = \"heat\"\n",
        ),
        5,
        "source.file",
        "within the pack",
    );
    check_problem(
        &with(&look.replace("mid", "first")).replace("mid", "first"),
        3,
        "id",
        "same id",
    );
}

#[test]
fn what_is_no_toml_takes_only_its_own_layer() {
    check_problem(&format!("{HEAD}source = = 3\n"), 5, "", "not TOML");
    check_problem(&format!("{HEAD}id = \"twice\"\n"), 5, "", "duplicate");
    let text = format!("{GOOD}{HEAD}source = [[[\n");
    let (layers, problems) = read_layers(&text, "x.toml");
    assert_eq!(layers.len(), 1);
    assert!(
        problems.iter().all(|problem| problem.layer == "mid"),
        "{problems:?}"
    );
    let (layers, problems) = read_layers(&"[".repeat(100_000), "x.toml");
    assert!(layers.is_empty() && !problems.is_empty());
    let (layers, problems) = read_layers(&" ".repeat(MOST_FILE_BYTES + 1), "x.toml");
    assert!(layers.is_empty());
    assert!(problems[0].reason.contains("at most"));
}

#[test]
fn an_unknown_key_is_told_and_passed_over() {
    let text = GOOD.replace("kind = \"points\"", "kind = \"points\"\nopacty = 0.5");
    let (layers, problems) = read_layers(&text, "x.toml");
    assert_eq!(layers.len(), 1);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].is_passed_over);
    assert_eq!(
        problems[0].to_string(),
        "x.toml:8: layer first: look.opacty: `opacty` is unknown; did you mean `opacity`?"
    );
}

#[test]
fn a_rule_that_changes_nothing_is_told_and_passed_over() {
    let text = format!("{GOOD}[[layer.rule]]\nwhen = 'late'\nsize = {{ px = 30 }}\n");
    let (layers, problems) = read_layers(&text, "x.toml");
    assert_eq!(layers[0].rules, []);
    let told: Vec<(u32, &str)> = problems
        .iter()
        .map(|problem| (problem.line, problem.key.as_str()))
        .collect();
    assert_eq!(told, [(8, "rule[0].paint"), (10, "rule[0].size")]);
    assert!(problems.iter().all(|problem| problem.is_passed_over));
}

#[test]
fn the_order_of_a_layer_counts_where_the_pack_does_not_name_it() {
    let pack = PackPlan {
        layers: ["b", "a"].map(LayerId::new).to_vec(),
        ..PackPlan::default()
    };
    let plan = |(id, order): (&str, i16)| {
        let mut plan = LayerPlan::new(id, LayerSource::Cameras, LayerLook::of(LayerKind::Points));
        plan.look.order = order;
        plan
    };
    let named = [("a", 9), ("c", 0), ("d", 5), ("b", -9), ("e", 0), ("f", -1)];
    let mut layers: Vec<LayerPlan> = named.into_iter().map(plan).collect();
    pack.arrange(&mut layers);
    let ids: String = layers.iter().map(|layer| layer.id.as_str()).collect();
    assert_eq!(ids, "badcef");
    assert!(layers.is_sorted_by_key(|layer| std::cmp::Reverse(layer.look.order)));
}

#[test]
fn a_file_may_be_a_single_layer() {
    let text = GOOD
        .replace("[[layer]]\n", "")
        .replace("[layer.look]", "[look]");
    let (layers, problems) = read_layers(&text, "x.toml");
    assert_eq!(problems, []);
    assert_eq!(layers[0].id, LayerId::new("first"));
    assert_eq!(layers[0].look, LayerLook::of(LayerKind::Points));
}

#[test]
fn a_filter_for_other_fields_is_refused_where_fields_are_known() {
    let text = GOOD.replace("[layer.look]", "filter = 'valeu > 3'\n[layer.look]");
    assert_eq!(read_layers(&text, "x.toml").0.len(), 1);
    let (layers, problems) = read_layers_for(&text, "x.toml", &Schema::live());
    assert!(layers.is_empty());
    assert_eq!((problems[0].line, problems[0].key.as_str()), (6, "filter"));
    assert!(problems[0].reason.contains("did you mean `value`"));
}

#[test]
fn a_pack_that_cannot_be_used_says_why() {
    let text = "id = \"City\"\nversion = \"1\"\ncrs = \"4490\"\narea_deg = [118, 34, 117]\n";
    let (pack, problems) = read_pack(text, "pack.toml");
    assert_eq!(pack, None);
    let lines: Vec<u32> = problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [4, 1, 3]);
}

#[test]
fn a_layer_is_found_again_in_its_file() {
    let text = format!("{GOOD}{LAST}");
    assert_eq!(line_of_layer(&text, &LayerId::new("last")), Some(9));
    assert_eq!(line_of_layer(&text, &LayerId::new("none")), None);
}

fn ids(found: &[LayerId]) -> Vec<&str> {
    found.iter().map(LayerId::as_str).collect()
}

/// Layers a (in g/h), b (in g), c (at the root), uppermost first.
fn small_tree() -> LayerTree {
    let pack = PackPlan {
        groups: vec![("g".to_owned(), Words::new("感知", "Sensing"))],
        ..PackPlan::default()
    };
    let plan = |id: &str, group: &[&str], order: i16| {
        let mut plan = LayerPlan::new(id, LayerSource::Cameras, LayerLook::of(LayerKind::Points));
        plan.group = group.iter().map(|group| (*group).to_owned()).collect();
        plan.look.order = order;
        plan.name = Words::new(&format!("层{id}"), &format!("Layer {id}"));
        plan
    };
    let plans = vec![
        plan("c", &[], 1),
        plan("b", &["g"], 2),
        plan("a", &["g", "h"], 3),
    ];
    LayerTree::new(plans, &[pack])
}

fn order(tree: &LayerTree) -> String {
    tree.plans().map(|plan| plan.id.as_str()).collect()
}

#[test]
fn branches_roll_up_counts_and_say_how_much_is_on() {
    let mut tree = small_tree();
    let count = LayerCount {
        all: 10,
        shown: 7,
        by_class: [3, 0, 0, 0, 4, 0],
        late: 2,
        missing: 1,
    };
    assert!(tree.set_count(&LayerId::new("a"), count));
    assert!(tree.set_count(&LayerId::new("b"), count));
    assert!(tree.set_shown(&LayerId::new("b"), false));
    let rows = tree.rows(TreeBy::Kind);
    let seen: Vec<(u16, &str, HowShown, u32)> = rows
        .iter()
        .map(|row| (row.depth, row.name.en.as_str(), row.shown, row.count.shown))
        .collect();
    assert_eq!(
        seen,
        [
            (0, "Sensing", HowShown::Some, 14),
            (1, "h", HowShown::All, 7),
            (2, "Layer a", HowShown::All, 7),
            (1, "Layer b", HowShown::None, 7),
            (0, "Layer c", HowShown::All, 0),
        ]
    );
    assert_eq!(rows[0].count.by_class, [6, 0, 0, 0, 8, 0]);
    assert_eq!(
        tree.set_branch_shown(TreeBy::Kind, &["g".to_owned()], false),
        2
    );
    assert_eq!(tree.rows(TreeBy::Kind)[0].shown, HowShown::None);
}

#[test]
fn a_dragged_layer_goes_above_the_one_it_was_dropped_on() {
    let mut tree = small_tree();
    let [a, b, c] = ["a", "b", "c"].map(LayerId::new);
    assert_eq!(order(&tree), "abc");
    assert!(tree.move_before(&c, Some(&a)));
    assert_eq!(order(&tree), "cab");
    assert!(tree.move_before(&c, Some(&b)));
    assert_eq!(order(&tree), "acb");
    assert!(tree.move_before(&a, None));
    assert_eq!(order(&tree), "cba");
    let revision = tree.revision();
    assert!(!tree.move_before(&a, Some(&a)));
    assert!(!tree.move_before(&LayerId::new("x"), None));
    assert_eq!(tree.revision(), revision);
    let orders: Vec<i16> = tree.plans().map(|plan| plan.look.order).collect();
    assert_eq!(orders, [3, 2, 1]);
}

#[test]
fn a_saved_set_brings_everything_back() {
    let mut tree = small_tree();
    let [a, c] = ["a", "c"].map(LayerId::new);
    tree.set_filter(&a, Some(Filter::parse("late").expect("read")));
    tree.set_opacity(&a, 0.25);
    tree.set_shown(&c, false);
    let set = tree.save("夜班");
    let before: Vec<LayerPlan> = tree.plans().cloned().collect();
    let mut other = before[0].clone();
    other.look.stand = Stand::Through;
    other.look.gather = Gathering::Dots { dot_px: 5.0 };
    other.look.paint = Paint::Plain([1, 2, 3]);
    other.look.size = Size::Pixels(40.0);
    tree.put(other);
    tree.set_filter(&a, None);
    tree.set_opacity(&a, 7.0);
    assert_eq!(tree.plan(&a).map(|plan| plan.look.opacity), Some(1.0));
    tree.move_before(&c, Some(&a));
    tree.set_shown(&c, true);
    assert_eq!(tree.apply(&set), []);
    assert_eq!(tree.plans().cloned().collect::<Vec<_>>(), before);

    // A set that does not know the style leaves it.
    let mut older = set.clone();
    older.layers[0].gather = None;
    let mut other = before[0].clone();
    other.look.gather = Gathering::Each;
    tree.put(other);
    assert_eq!(tree.apply(&older), []);
    assert_eq!(
        tree.plan(&a).map(|plan| plan.look.gather),
        Some(Gathering::Each)
    );
    assert_eq!(tree.apply(&set), []);

    // A layer that came later is off and lowest; one that went is named.
    let mut newer = before[1].clone();
    newer.id = LayerId::new("z");
    tree.put(newer);
    tree.remove(&a);
    assert_eq!(order(&tree), "zbc");
    assert_eq!(tree.apply(&set), [a]);
    assert_eq!(order(&tree), "bcz");
    assert_eq!(
        tree.plan(&LayerId::new("z")).map(|plan| plan.shown),
        Some(false)
    );
}

#[test]
fn a_paint_or_a_size_alone_is_written_and_read_as_the_same() {
    let rain = full();
    let paints = [
        Paint::ByState,
        Paint::Plain([0x8a, 0, 255]),
        rain.look.paint.clone(),
        rain.rules[0].paint.clone(),
    ];
    for paint in paints {
        let text = write_paint(&paint);
        assert_eq!(read_paint(&text), Some(paint), "{text}");
    }
    for size in [Size::Pixels(22.5), rain.look.size] {
        let text = write_size(size);
        assert_eq!(read_size(&text), Some(size), "{text}");
    }
    for broken in [
        "",
        "\"colour\"",
        "{ by = \"value\", ramp = \"rainbow\", from = 0, to = 1 }",
        "{ by = \"value\", ramp = \"vik\", from = 2, to = 1 }",
        "{ by = \"attribute\", name = \"owner\", palette = [[\"PE\", \"blue\"]] }",
    ] {
        assert_eq!(read_paint(broken), None, "{broken}");
    }
    assert_eq!(read_size("{ px = 100000 }"), None);
}

#[test]
fn layers_are_found_by_either_language_and_their_groups() {
    let (pack, layers) = city();
    let tree = LayerTree::new(layers, &[pack]);
    let found = |text: &str| tree.search(text);
    assert_eq!(ids(&found("燃气"))[0], "sensors-gas");
    assert_eq!(ids(&found("gas pipes")), ["pipes-gas"]);
    assert!(ids(&found("UNDERGROUND")).contains(&"pipes-heat"));
    assert!(found("no such thing").is_empty());
    assert_eq!(found("").len(), tree.plans().len());
    let rows = tree.rows(TreeBy::System);
    let layers = rows.iter().filter(|row| row.layer.is_some()).count();
    assert_eq!(layers, tree.plans().len());
    assert!(
        rows.iter()
            .any(|row| row.layer.is_none() && row.name.zh == "城市生命线")
    );
}

/// Rows with values and owners.
struct Rows(Vec<(f32, &'static str)>);

impl Columns for Rows {
    fn numbers(&self, field: FieldIndex, first: u32, into: &mut [f32]) {
        for (place, value) in into.iter_mut().enumerate() {
            let row = self.0.get(first as usize + place);
            let known = row.filter(|_| field == live::VALUE);
            *value = known.map_or(f32::NAN, |(value, _)| *value);
        }
    }

    fn text(&self, field: FieldIndex, row: u32) -> Option<&str> {
        let row = self.0.get(row as usize).filter(|_| field == live::OWNER);
        row.map(|(_, owner)| *owner)
    }
}

#[test]
fn the_first_rule_that_takes_a_row_colours_it() {
    let mut plan = full();
    plan.rules = vec![
        StyleRule {
            when: Filter::parse("value > 10").expect("read"),
            paint: Paint::Plain([9, 9, 9]),
            label: Words::new("高", "High"),
        },
        StyleRule {
            when: Filter::parse("value > 5").expect("read"),
            paint: Paint::ByValue {
                ramp: RampId::Batlow,
                from: 0.0,
                to: 16.0,
                unit: String::new(),
            },
            label: Words::default(),
        },
    ];
    plan.look.paint = Paint::ByAttribute {
        name: "owner".to_owned(),
        palette: vec![
            ("水务".to_owned(), [1, 1, 1]),
            ("燃气".to_owned(), [2, 2, 2]),
        ],
        other: [3, 3, 3],
    };
    let styling = Styling::compile(&plan, &Schema::live()).expect("can be coloured");
    // 150 rows, so that blocks are crossed; the same three again and again.
    let three = [(20.0, "水务"), (8.5, "水务"), (f32::NAN, "燃气")];
    let rows = Rows((0..150).map(|row| three[row % 3]).collect());
    let mut tints = vec![77; 151];
    styling.tints(&rows, 0..150, &mut tints);
    assert_eq!(tints[150], 77);
    let colour = |row: usize| styling.palette()[tints[row] as usize];
    for row in 0..150 {
        let expected = match row % 3 {
            0 => [9, 9, 9],
            // 8.5 of 16 lies in the ninth of sixteen steps.
            1 => RampId::Batlow.srgb8(8.5 / 16.0),
            _ => [2, 2, 2],
        };
        assert_eq!(colour(row), expected, "row {row}");
    }
    let step = styling.keys().iter().find(|key| key.tint == tints[1]);
    assert_eq!(
        step.map(|key| key.of.clone()),
        Some(StyleOf::Values([8.0, 9.0]))
    );
}

#[test]
fn a_paint_that_cannot_be_is_refused_with_its_place() {
    let mut plan = full();
    plan.look.paint = Paint::ByAttribute {
        name: "depth".to_owned(),
        palette: Vec::new(),
        other: [0; 3],
    };
    let error = Styling::compile(&plan, &Schema::live()).expect_err("no such field");
    assert!(error.to_string().contains("depth"));
    plan.look.paint = Paint::ByState;
    let error = Styling::compile(&plan, &Schema::live()).expect_err("no pipe name");
    assert!(error.to_string().starts_with("rule 1: column"), "{error}");
    plan.rules.clear();
    assert!(
        Styling::compile(&plan, &Schema::live())
            .expect("plain")
            .is_by_state()
    );
}
