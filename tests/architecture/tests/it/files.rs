//! What every file must be: opened by a sentence about itself, short enough to read, and free of one machine's names.
//!
//! Who may use whom is in `crates.rs`.

use crate::{check, root};
use std::fs;
use std::path::PathBuf;

/// Folders that hold what is made, fetched or kept by tools.
const NOT_OURS: &[&str] = &[".git", "target", "node_modules", "dist", "test-results"];
/// Endings of files that people write.
const TEXT: &[&str] = &[
    "rs", "ts", "tsx", "mjs", "js", "css", "html", "wgsl", "sql", "toml", "md", "json", "sh",
    "yml", "yaml",
];
/// Files that tools write and that name a registry by its address.
const LOCK_FILES: &[&str] = &["Cargo.lock", "package-lock.json"];
/// More lines than this in one file need a reason.
const MOST_LINES: usize = 800;
/// Files that may be longer, with the reason.
const LONG_FILES: &[(&str, &str)] = &[];

/// Texts that must be in no file, written so that this file does not hold them either.
const FOREIGN: &[(&str, &str)] = &[
    (concat!("crates", ".io"), "a registry's host"),
    (concat!("registry", ".npmjs.org"), "a registry's host"),
    (concat!("pypi", ".org"), "a registry's host"),
    (concat!("files.", "pythonhosted"), "a registry's host"),
    (concat!("deb.", "debian.org"), "a registry's host"),
    (concat!("/", "work/"), "a path of one machine"),
    (concat!("/", "root/"), "a path of one machine"),
    (concat!("/", "home/"), "a path of one machine"),
];

/// Every file of the clone with one of these endings, by its path from the top.
fn files(endings: &[&str]) -> Vec<(String, PathBuf)> {
    let top = root();
    let mut found = Vec::new();
    let mut folders = vec![top.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)
            .expect("a folder can be read")
            .flatten()
        {
            let path = entry.path();
            let kind = entry.file_type().expect("a file has a kind");
            if kind.is_dir() && !NOT_OURS.iter().any(|name| path.ends_with(name)) {
                folders.push(path);
            } else if kind.is_file()
                && path
                    .extension()
                    .is_some_and(|ending| endings.iter().any(|e| ending == *e))
            {
                let name = path
                    .strip_prefix(&top)
                    .expect("below the top")
                    .to_string_lossy()
                    .into_owned();
                found.push((name, path));
            }
        }
    }
    found.sort();
    assert!(
        !found.is_empty(),
        "no file ends with any of {endings:?}: the rule looks at nothing"
    );
    found
}

/// True when the text of a file with this ending opens by saying what it is for.
fn opens_with_a_sentence(ending: &str, text: &str) -> bool {
    // A line for the system's loader may come first.
    let text = if text.starts_with("#!/") {
        text.split_once('\n').map_or("", |(_, rest)| rest)
    } else {
        text
    };
    let opening: &[&str] = if ending == "rs" {
        &["//! "]
    } else {
        &["/**", "// "]
    };
    opening.iter().any(|mark| text.starts_with(mark))
}

/// What in `text` belongs to one machine or to a registry.
fn foreign(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for (word, what) in FOREIGN {
            if stands_alone(line, word) {
                found.push(format!("line {number} names {what}: {word}"));
            }
        }
    }
    found
}

/// True when `word` is in `line` and, if it is a path, begins there: `../work/` and `https://host/home/` are no such paths.
fn stands_alone(line: &str, word: &str) -> bool {
    let in_a_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '}' | '~' | '*');
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        !word.starts_with('/') || !before.is_some_and(in_a_name)
    })
}

#[test]
fn every_source_file_opens_by_saying_what_it_is_for() {
    let mut wrong = Vec::new();
    for (name, path) in files(&["rs", "ts", "tsx", "wgsl"]) {
        // A test beside its file is opened by the sentence of that file.
        if name.contains(".test.ts") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("source files are text");
        if !opens_with_a_sentence(name.rsplit('.').next().unwrap_or_default(), &text) {
            wrong.push(format!("{name} does not open by saying what it is for"));
        }
    }
    check(&wrong);
}

#[test]
fn a_file_without_an_opening_is_seen() {
    assert!(opens_with_a_sentence(
        "rs",
        "//! What the person has picked.\n"
    ));
    assert!(opens_with_a_sentence(
        "ts",
        "#!/usr/bin/env node\n// Takes pictures.\n"
    ));
    assert!(!opens_with_a_sentence("rs", "use std::fs;\n"));
    assert!(!opens_with_a_sentence("rs", "// Not for rustdoc.\n"));
    assert!(!opens_with_a_sentence("tsx", "import { x } from './x';\n"));
}

#[test]
fn no_file_is_too_long_to_read() {
    let mut wrong = Vec::new();
    for (name, path) in files(&["rs", "ts", "tsx"]) {
        let lines = fs::read_to_string(&path)
            .expect("source files are text")
            .lines()
            .count();
        let has_a_reason = LONG_FILES.iter().any(|(long, _)| *long == name);
        if lines > MOST_LINES && !has_a_reason && !name.starts_with("ui/src/generated/") {
            wrong.push(format!(
                "{name} has {lines} lines: split it, or give the reason in LONG_FILES"
            ));
        }
    }
    check(&wrong);
}

#[test]
fn no_file_names_one_machine_or_a_registry() {
    let mut wrong = Vec::new();
    for (name, path) in files(TEXT) {
        if LOCK_FILES.iter().any(|lock| name.ends_with(lock)) {
            continue;
        }
        // Data may be in any encoding; what is no text names nothing.
        let text =
            String::from_utf8_lossy(&fs::read(&path).expect("a file can be read")).into_owned();
        wrong.extend(
            foreign(&text)
                .into_iter()
                .map(|what| format!("{name}: {what}")),
        );
    }
    check(&wrong);
}

#[test]
fn a_path_of_one_machine_is_seen() {
    let own = concat!("let city = \"/", "work/main/tiles\";");
    assert_eq!(foreign(own).len(), 1);
    assert!(foreign(concat!("../shared", "/", "work/notes")).is_empty());
    assert!(foreign(concat!("https://example.org", "/", "home/page")).is_empty());
}

#[test]
fn every_shader_is_named_after_the_module_that_uses_it() {
    let modules = files(&["rs"]);
    let mut wrong = Vec::new();
    for (name, path) in files(&["wgsl"]) {
        let stem = path
            .file_stem()
            .expect("a file has a name")
            .to_string_lossy()
            .into_owned();
        let (file, folder) = (format!("/{stem}.rs"), format!("/{stem}/mod.rs"));
        let is_module = |module: &str| {
            module.starts_with("crates/cim_render/src/")
                && (module.ends_with(&file) || module.ends_with(&folder))
        };
        if !name.starts_with("shaders/") {
            wrong.push(format!("{name} is a shader outside shaders/"));
        }
        if !modules.iter().any(|(module, _)| is_module(module)) {
            wrong.push(format!("{name} is named after no module of cim_render"));
        }
    }
    check(&wrong);
}

/// The compiler's word for the folder of the crate that it compiles, asked for in a way that stays in the program.
const BUILT_IN_FOLDER: &str = concat!("env!(\"CARGO_", "MANIFEST_DIR\")");
/// Files that ask at run time first and only fall back to it.
const ASK_AT_RUN_TIME: &[&str] = &[
    "xtask/src/places.rs",
    "tests/journeys/src/place.rs",
    "tests/architecture/tests/it/main.rs",
];

#[test]
fn no_program_remembers_the_folder_that_it_was_built_in() {
    // Clones share their built programs, so the folder may be another one's, or gone: a test would skip what it is for.
    let wrong: Vec<String> = files(&["rs"])
        .into_iter()
        .filter(|(name, _)| !ASK_AT_RUN_TIME.contains(&name.as_str()))
        .filter(|(_, path)| {
            fs::read_to_string(path).is_ok_and(|text| text.contains(BUILT_IN_FOLDER))
        })
        .map(|(name, _)| {
            format!("{name}: tests run in their crate's folder, so name files from there")
        })
        .collect();
    check(&wrong);
}
