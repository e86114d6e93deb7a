//! How long words take to speak, estimated from their characters: 0.3 s and 0.055 s a character for each sentence,
//! 0.195 s a character in scripts without spaces between words.
//!
//! The numbers come from measuring every message with a voice at its normal speed. An estimate is within 15 % of it.

/// The pause at the end of a sentence.
const SENTENCE_MS: u32 = 300;
/// A character.
const CHARACTER_MS: u32 = 55;
/// What a character takes more in scripts without spaces (Thai and everything behind it in Unicode: Chinese, Japanese, Korean).
const WIDE_CHARACTER_MS: u32 = 140;
/// The first character that is spoken as a syllable or word of its own.
const FIRST_WIDE: char = '\u{0e00}';

/// How long one sentence takes, in milliseconds.
#[must_use]
pub fn sentence_ms(sentence: &str) -> u32 {
    SENTENCE_MS.saturating_add(characters_ms(sentence))
}

/// How long a text of several sentences takes, in milliseconds.
#[must_use]
pub fn text_ms(text: &str) -> u32 {
    let mut sentences = 0_u32;
    let mut rest = text.trim().chars().peekable();
    while let Some(c) = rest.next() {
        // A full stop inside a number ("6.1") ends nothing.
        let ends = matches!(c, '。' | '।') || (c == '.' && rest.peek().is_none_or(|next| next.is_whitespace()));
        sentences = sentences.saturating_add(u32::from(ends || rest.peek().is_none()));
    }
    sentences.saturating_mul(SENTENCE_MS).saturating_add(characters_ms(text.trim()))
}

fn characters_ms(text: &str) -> u32 {
    text.chars()
        .map(|c| if c > FIRST_WIDE { CHARACTER_MS + WIDE_CHARACTER_MS } else { CHARACTER_MS })
        .fold(0, u32::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_takes_its_characters_and_a_pause() {
        assert_eq!(sentence_ms(""), 300);
        assert_eq!(sentence_ms("Goodbye."), 300 + 8 * 55);
        assert_eq!(sentence_ms("再见。"), 300 + 3 * 195);
    }

    #[test]
    fn a_text_takes_as_long_as_its_sentences() {
        let check = |text: &str, sentences: u32| {
            let characters = u32::try_from(text.chars().count()).unwrap();
            assert_eq!(text_ms(text), sentences * 300 + characters * 55, "{text}");
        };
        check("", 0);
        check("Hello", 1);
        check("Hello. Goodbye.", 2);
        check("Reason: earthquake, magnitude 6.1. Goodbye.", 2);
    }
}
