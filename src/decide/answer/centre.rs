//! The operations centre asked for by one of its names (rule 13): "connect me to Crisis24".

use super::token::Tokens;
use crate::model::answer::{Answer, Understood};

/// A name is compared with at most this many words joined: "ex op" is EXOP.
const WORDS_MAX: usize = 5;

/// Shorter names must be heard exactly.
const LETTERS_FOR_A_SLIP: usize = 6;

/// Names of at least this many letters may carry an ending of at most that many.
const LETTERS_FOR_AN_ENDING: usize = 4;
const ENDING_LETTERS_MAX: usize = 4;

/// Help, if one of the names is said.
pub(super) fn asked_for(tokens: &Tokens, names: &[&str]) -> Option<Understood> {
    names.iter().find_map(|name| {
        let wanted = joined(&super::token::cut(name), 0, usize::MAX);
        (wanted.chars().count() >= 3 && is_said(tokens, &wanted)).then(|| Understood {
            answer: Answer::Help,
            because: vec![format!("the operations centre {name} is asked for by name")],
        })
    })
}

fn joined(tokens: &Tokens, from: usize, count: usize) -> String {
    tokens.list.iter().skip(from).take(count).map(|token| tokens.word(*token)).collect()
}

fn is_said(tokens: &Tokens, wanted: &str) -> bool {
    let letters: String = wanted.chars().take_while(|c| !c.is_ascii_digit()).collect();
    let number: String = wanted.chars().skip_while(|c| !c.is_ascii_digit()).collect();
    (0..tokens.list.len()).any(|from| {
        let mut said = String::new();
        for count in 1..=WORDS_MAX {
            let Some(token) = tokens.list.get(from + count - 1) else { return false };
            said.push_str(tokens.word(*token));
            if said.len() > wanted.len() + 24 {
                return false;
            }
            if is_close(&said, wanted)
                || (!number.is_empty()
                    && letters.chars().count() >= 4
                    && is_close(&said, &letters)
                    && counts(tokens, from + count, &number))
            {
                return true;
            }
        }
        false
    })
}

/// The same, with an ending (Finnish "`EXOPille`", Polish "`EXOPem`"), or but for one slip in a longer name.
fn is_close(said: &str, wanted: &str) -> bool {
    if said == wanted || has_ending(said, wanted) {
        return true;
    }
    let (said, wanted): (Vec<char>, Vec<char>) = (said.chars().collect(), wanted.chars().collect());
    if wanted.len() < LETTERS_FOR_A_SLIP || said.len().abs_diff(wanted.len()) > 1 {
        return false;
    }
    let same_start = said.iter().zip(&wanted).take_while(|(a, b)| a == b).count();
    let same_end = said.iter().rev().zip(wanted.iter().rev()).take_while(|(a, b)| a == b).count();
    same_start + same_end + 1 >= said.len().max(wanted.len())
}

/// Languages that inflect put endings on names too; short names would become other words.
fn has_ending(said: &str, wanted: &str) -> bool {
    let ending = said.strip_prefix(wanted).map_or(0, |ending| ending.chars().count());
    wanted.chars().count() >= LETTERS_FOR_AN_ENDING && (1..=ENDING_LETTERS_MAX).contains(&ending)
}

/// Does a number follow: in digits, or as a word that is no common one? "crisis twenty four", "crisis vierundzwanzig".
fn counts(tokens: &Tokens, from: usize, number: &str) -> bool {
    let said = joined(tokens, from, 3);
    said.starts_with(number) || super::lexicon::LEXICON.says_number(&said, number)
}
