//! Turns what a traveller said or wrote into an answer, and says why. Never fails: doubt is unclear.
//!
//! A text is cut into tokens (`token`), known words and patterns of all languages are found in it (`hits`, from the files of
//! `lexicon`), and one decision shared by all languages weighs them (`judge`). A cry for help wins over everything that says
//! safe; whatever was asked in which language, all languages are listened to.

/// The names of the operations centre.
mod centre;
/// Traditional and simplified Chinese.
mod han;
/// Known words and patterns in a text.
mod hits;
/// From evidence to a meaning.
mod judge;
/// The files of words, compiled.
mod lexicon;
/// Spoken keys and emergency numbers.
mod spoken_keys;
#[cfg(test)]
mod tests;
/// Texts as tokens.
mod token;

use crate::model::answer::{Answer, Understood};

/// What words mean that were spoken (rules 8 to 14). Without a letter or digit they are silence.
///
/// `centre_names` are the names that the operations centre of the organisation answers to: asking for it is a cry for help.
#[must_use]
pub fn words(text: &str, centre_names: &[&str]) -> Understood {
    let tokens = token::cut(text);
    if !has_words(&tokens) {
        return Understood { answer: Answer::Silence, because: vec!["nothing was said".to_owned()] };
    }
    meaning(&tokens, centre_names)
}

/// What a text message means (rules 12 and 14). A text of only keys counts as keys, one of only signs as what they show.
#[must_use]
pub fn text(text: &str, centre_names: &[&str]) -> Understood {
    let tokens = token::cut(text);
    if let Some(understood) = spoken_keys::typed(text) {
        return understood;
    }
    if !has_words(&tokens) {
        return signs(text);
    }
    meaning(&tokens, centre_names)
}

/// Is there a letter or a digit?
fn has_words(tokens: &token::Tokens) -> bool {
    let is_word =
        |token: &token::Token| token.shape != token::Shape::Emoji && tokens.word(*token).chars().any(char::is_alphanumeric);
    tokens.list.iter().any(is_word)
}

/// The patterns that were found in a text, with file and line: for those who mend a lexicon.
#[must_use]
pub fn patterns(text: &str) -> Vec<String> {
    let tokens = token::cut(text);
    judge::patterns(&hits::listen(&tokens))
}

/// What the words mean, once there are any.
fn meaning(tokens: &token::Tokens, centre_names: &[&str]) -> Understood {
    let heard = hits::listen(tokens);
    let understood = match spoken_keys::spoken(&heard).filter(|_| !judge::outweighs_keys(&heard)) {
        Some(key) => return key,
        None => judge::judge(&heard),
    };
    match understood.answer {
        Answer::Help | Answer::Medical => understood,
        Answer::Safe | Answer::Travel | Answer::Unclear | Answer::Silence => {
            centre::asked_for(tokens, centre_names).unwrap_or(understood)
        }
    }
}

/// A text without a letter or digit: the signs that say something (rule 12).
fn signs(text: &str) -> Understood {
    let table = [(['🆘', '🚨', '🆘'], Answer::Help), (['🚑', '🏥', '🚑'], Answer::Medical), (['👍', '👌', '✅'], Answer::Safe)];
    for (signs, answer) in table {
        if let Some(sign) = text.chars().find(|c| signs.contains(c)) {
            return Understood { answer, because: vec![format!("the sign {sign} says {}", answer.as_str())] };
        }
    }
    Understood { answer: Answer::Unclear, because: vec!["no sign says what is meant".to_owned()] }
}
