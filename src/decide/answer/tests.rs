//! What answers mean, by kinds.

use super::lexicon::LEXICON;
use super::{text, words};
use crate::model::answer::Answer;

#[test]
fn each_line_of_the_lexicons_can_be_read() {
    assert_eq!(LEXICON.complaints, Vec::<String>::new());
}

#[test]
fn the_lexicons_stay_small_in_memory() {
    assert!(LEXICON.bytes() < 10_000_000, "{} bytes", LEXICON.bytes());
}

fn check(said: &str, expect: Answer) {
    let understood = words(said, &["Crisis24", "EXOP"]);
    assert_eq!(understood.answer, expect, "{said}: {:?}", understood.because);
}

#[test]
fn nothing_said_is_silence_and_no_sign_is_unclear() {
    for said in ["", " ", "...", "\u{200f}\u{202e}", "\u{0}\u{7}", "👍", "-"] {
        check(said, Answer::Silence);
    }
    assert_eq!(text("?", &[]).answer, Answer::Unclear);
    assert_eq!(text("👍🆘", &[]).answer, Answer::Help);
    assert_eq!(text("🙂👍", &[]).answer, Answer::Safe);
    assert_eq!(text(" 1 ", &[]).answer, Answer::Safe);
    assert_eq!(text("1 1 2", &[]).answer, Answer::Help);
    assert_eq!(text("34", &[]).answer, Answer::Unclear);
}

/// What the phrases of a section must say, each alone.
fn expected(section: &str) -> &'static [Answer] {
    match section {
        "threat" | "cry" | "help" | "unwell" => &[Answer::Help, Answer::Medical],
        "medical" | "care" => &[Answer::Medical, Answer::Help],
        "travel" => &[Answer::Travel, Answer::Unclear, Answer::Help],
        "needless" | "no need" | "over" | "safe" | "ok" | "doing" => &[Answer::Safe],
        "chatter" | "machine" | "idiom" => &[Answer::Unclear, Answer::Safe, Answer::Travel],
        _ => &Answer::ALL,
    }
}

/// Lists the phrases of the lexicons that, said alone, do not say what their section says; for those who mend a lexicon.
#[test]
#[ignore = "a list for those who mend a lexicon, not a check"]
fn lists_phrases_that_contradict_their_section() {
    for path in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/decide/answer/lexicon")).unwrap() {
        let path = path.unwrap().path();
        let file = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.extension().is_none_or(|extension| extension != "txt") || file == "han" {
            continue;
        }
        let mut section = String::new();
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            let line = line.split('#').next().unwrap().trim();
            if let Some(name) = line.strip_prefix('[') {
                name.trim_end_matches(']').clone_into(&mut section);
                continue;
            }
            for phrase in line.split(',').map(str::trim).filter(|phrase| !phrase.contains(['{', '&', '.', '='])) {
                for said in spoken_forms(phrase) {
                    let understood = words(&said, &[]);
                    if !said.is_empty() && !expected(&section).contains(&understood.answer) {
                        println!("{file} [{section}] {said} -> {} {:?}", understood.answer.as_str(), super::patterns(&said));
                    }
                }
            }
        }
    }
}

/// A few ways to say a pattern: its first choices.
fn spoken_forms(phrase: &str) -> Vec<String> {
    let phrase = phrase.trim_end_matches(['?', '!', ' ']).replace('*', "");
    let Some((before, rest)) = phrase.split_once('(') else { return vec![phrase] };
    let Some((choices, after)) = rest.split_once(')') else { return vec![] };
    let after = after.trim_start_matches('?');
    choices.split('|').flat_map(|choice| spoken_forms(&format!("{before}{choice}{after}"))).collect()
}
