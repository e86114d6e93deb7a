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
    assert!(LEXICON.bytes() < 16_000_000, "{} bytes", LEXICON.bytes());
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
