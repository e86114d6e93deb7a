//! Every scenario of the corpora, on the pure functions, with the meaning of words as given.

use crate::support::world::World;
use assistline::app::scenario::{Scenario, check_words, read, same};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/corpora");

/// Plays a scenario to its end. What differs first, if anything.
fn play(scenario: &Scenario) -> Result<(), String> {
    check_words(scenario)?;
    let mut world = World::new(scenario)?;
    for (number, step) in (1..).zip(&scenario.steps) {
        let actual = world.play(step)?;
        if !same(&step.engine, &actual) {
            return Err(format!("step {number}\n  expected {:?}\n  actual   {actual:?}", step.engine));
        }
    }
    let end = world.end();
    if end == scenario.end { Ok(()) } else { Err(format!("end\n  expected {:?}\n  actual   {end:?}", scenario.end)) }
}

fn check(scenarios: &[Scenario], expect: usize) {
    let differing: Vec<String> = scenarios
        .iter()
        .filter_map(|scenario| play(scenario).err().map(|difference| format!("{}: {difference}", scenario.name)))
        .collect();
    assert!(differing.is_empty(), "{} of {} differ:\n{}", differing.len(), scenarios.len(), differing.join("\n"));
    assert_eq!(scenarios.len(), expect, "a scenario that nobody reads proves nothing");
}

#[test]
fn the_written_scenarios() {
    let folder = std::fs::read_dir(format!("{FOLDER}/scenarios")).expect("the folder");
    let texts = folder.map(|file| std::fs::read_to_string(file.expect("an entry").path()).expect("a file"));
    let scenarios: Vec<Scenario> = texts.flat_map(|text| read(&text, false).expect("a scenario")).collect();
    check(&scenarios, 49);
}

#[test]
fn the_generated_scenarios() {
    let text = std::fs::read_to_string(format!("{FOLDER}/generated.jsonl")).expect("the file");
    check(&read(&text, true).expect("scenarios"), 500);
}
