//! The rules of the house, as tests: layers, promises on top of files, no leftovers, no real phone numbers.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The layers (README, "The house"): a file imports only smaller numbers, and in its own folder only what stands above it.
const LAYERS: [(&str, u8); 14] = [
    ("model", 0),
    ("settings", 1),
    ("wording", 1),
    ("decide", 2),
    ("dialect", 2),
    ("store", 3),
    ("outbound", 3),
    ("app", 4),
    ("worker", 5),
    ("web", 5),
    ("simulator", 5),
    ("config", 6),
    ("telemetry", 6),
    ("cli", 6),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &Path, ending: &str, out: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, ending, out);
        } else if path.to_string_lossy().ends_with(ending) {
            out.push(path);
        }
    }
    out.sort();
}

fn sources() -> Vec<(String, String)> {
    let mut paths = Vec::new();
    files_below(&root().join("src"), ".rs", &mut paths);
    paths
        .iter()
        .map(|path| (path.strip_prefix(root()).unwrap().display().to_string(), fs::read_to_string(path).unwrap()))
        .collect()
}

fn layer_of(module: &str) -> Option<u8> {
    LAYERS.iter().find(|(name, _)| *name == module).map(|(_, layer)| *layer)
}

/// The start of the process is one layer of three: commands read the configuration and set up logs.
fn is_start(imported: &str, importer: &str) -> bool {
    ["config", "telemetry"].contains(&imported) && importer == "cli"
}

/// Every `crate::a::b` of a text, as (a, b).
fn imports(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        // `$crate::` in a macro names its own file.
        if text[..at].ends_with('$') {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        let first = word(rest);
        let second = rest[first.len()..].strip_prefix("::").map(word).unwrap_or_default();
        found.push((first, second));
    }
    found
}

/// The modules that a `mod.rs` lists, in order.
fn listed(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("mod.rs")).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix("pub mod ").or_else(|| line.trim().strip_prefix("mod ")));
    lines.filter_map(|rest| rest.strip_suffix(';')).map(str::to_owned).collect()
}

#[test]
fn imports_go_down() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let parts: Vec<&str> = path.trim_end_matches(".rs").split('/').skip(1).collect();
        let Some(layer) = layer_of(parts[0]) else { continue };
        let order = listed(&root().join("src").join(parts[0]));
        let place = |name: &str| order.iter().position(|listed| listed == name);
        // Tests beside the code may look wherever they like.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        if parts.last() == Some(&"tests") {
            continue;
        }
        for (module, inner) in imports(code) {
            if module == parts[0] {
                let own = parts.get(1).copied().unwrap_or("mod");
                if own != "mod" && inner != own && place(&inner) > place(own) {
                    wrong.push(format!("{path} imports {module}::{inner}, which stands below it in {}/mod.rs", parts[0]));
                }
            } else if layer_of(&module)
                .is_some_and(|imported| imported > layer || imported == layer && !is_start(&module, parts[0]))
            {
                wrong.push(format!("{path} (layer {layer}) imports {module}"));
            }
        }
    }
    assert!(wrong.is_empty(), "imports that do not go down:\n{}", wrong.join("\n"));
}

#[test]
fn every_file_opens_with_its_promise() {
    let silent: Vec<String> = sources().into_iter().filter(|(_, text)| !text.starts_with("//!")).map(|(path, _)| path).collect();
    assert!(silent.is_empty(), "no //! on top: {silent:?}");
}

#[test]
fn nothing_unfinished_is_left() {
    // Spelt in two parts, so that this file does not find itself.
    let marks = [
        ["FIX", "ME"].concat(),
        ["TO", "DO"].concat(),
        ["X", "XX:"].concat(),
        ["todo", "!("].concat(),
        ["unimplemented", "!("].concat(),
    ];
    for (path, text) in sources() {
        for mark in &marks {
            // Spanish, Portuguese and Italian say "todo" and "TODO"; word lists are data, not code.
            assert!(!text.contains(mark.as_str()) || path.contains("/lexicon/"), "{path} holds {mark}");
        }
    }
}

#[test]
fn no_document_records() {
    for (path, text) in sources() {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        assert!(!code.contains("\"Record\"") && !code.contains("<Record"), "{path}: nothing is recorded (promise 10)");
    }
}

#[test]
fn both_engines_have_the_same_migrations() {
    let names = |engine: &str| {
        let mut paths = Vec::new();
        files_below(&root().join("migrations").join(engine), ".sql", &mut paths);
        paths.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect::<Vec<_>>()
    };
    let sqlite = names("sqlite");
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, names("postgres"));
}

#[test]
fn the_map_in_the_readme_is_the_tree() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for (module, layer) in LAYERS {
        let folder = root().join("src").join(module);
        if folder.is_dir() || folder.with_extension("rs").is_file() {
            let named = readme.lines().any(|line| line.trim_start().starts_with(module) && line.contains(&format!(" {layer} ")));
            assert!(named, "README's map does not name {module} with its layer {layer}");
        }
    }
    for entry in fs::read_dir(root().join("src")).unwrap().map(Result::unwrap) {
        let name = entry.file_name().to_string_lossy().trim_end_matches(".rs").to_owned();
        assert!(["main", "lib"].contains(&name.as_str()) || layer_of(&name).is_some(), "src/{name} has no layer");
    }
}

/// Beginnings of numbers that belong to nobody (tests/data/README.md says where they come from).
const TEST_RANGES: &[&str] = &[
    "+493023125",
    "+494066969",
    "+496990009",
    "+498999998",
    "+492214710",
    "+4917139200",
    "+447700900",
    "+442079460",
    "+441632960",
    "+3319900",
    "+33639980",
    "+6149157",
    "+6125550",
    "+6135550",
    "+6175550",
    "+6185550",
    "+35320",
    "+4670174",
    "+1415555",
    "+1202555",
    "+1212555",
    "+1800555",
    "+14158675310",
    "+18005551212",
    // Words on the keypad that stand for a withheld number, and what is no number at all.
    "+26669668712",
    "+7378742833",
    "+86282452253",
    "+0447700900",
    "+99999",
    "+80012345678",
];

#[test]
fn no_real_phone_number_is_in_fixtures_or_code() {
    let mut paths = Vec::new();
    for folder in ["src", "twiml-fixtures"] {
        for ending in [".rs", ".json", ".http", ".xml"] {
            files_below(&root().join(folder), ending, &mut paths);
        }
    }
    let mut strange: BTreeMap<String, String> = BTreeMap::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        for (at, _) in text.match_indices('+').chain(text.match_indices("%2B")) {
            let rest = text[at..].trim_start_matches("%2B").trim_start_matches('+');
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            let number = format!("+{digits}");
            let full = (10..=15).contains(&digits.len());
            let fiction = number.starts_with("+1") && number.get(5..8) == Some("555") || digits.ends_with("0000");
            if full && !fiction && !TEST_RANGES.iter().any(|range| number.starts_with(range)) {
                strange.insert(number, path.display().to_string());
            }
        }
    }
    assert!(strange.is_empty(), "numbers outside the test ranges: {strange:#?}");
}
