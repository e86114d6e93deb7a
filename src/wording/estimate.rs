//! How long words take to speak, estimated from their characters: 0.3 s for a sentence and 0.055 s a character, more where
//! a character is more than a letter: a syllable, a word, or a consonant with a vowel that is not written.
//!
//! The numbers come from measuring sentences of every language file with a voice at its normal speed.

/// The pause at the end of a sentence.
const SENTENCE_MS: u32 = 300;
/// A letter.
const LETTER_MS: u32 = 55;

/// Scripts whose characters take longer than a letter: first and last character, milliseconds a character.
const SCRIPTS: [(char, char, u32); 8] = [
    // Hebrew and Arabic leave most vowels out.
    ('\u{590}', '\u{5ff}', 75),
    ('\u{600}', '\u{6ff}', 95),
    // Scripts of India write vowels onto consonants.
    ('\u{900}', '\u{d7f}', 70),
    // Thai has no spaces, and writes its vowels and tones as characters of their own.
    ('\u{e00}', '\u{e7f}', 105),
    // Kana are short syllables.
    ('\u{3040}', '\u{30ff}', 130),
    // Chinese signs, full-width ones included.
    ('\u{2e80}', '\u{9fff}', 195),
    // Korean syllables.
    ('\u{ac00}', '\u{d7af}', 145),
    ('\u{f900}', '\u{ffef}', 195),
];

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
    let character_ms = |c: char| {
        let script = SCRIPTS.iter().find(|(first, last, _)| (*first..=*last).contains(&c));
        script.map_or(LETTER_MS, |(_, _, milliseconds)| *milliseconds)
    };
    text.chars().map(character_ms).fold(0, u32::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_takes_its_characters_and_a_pause() {
        assert_eq!(sentence_ms(""), 300);
        assert_eq!(sentence_ms("Goodbye."), 300 + 8 * 55);
        assert_eq!(sentence_ms("再见。"), 300 + 3 * 195);
        // Letters with accents are letters, wherever they stand in the table of characters.
        assert_eq!(sentence_ms("Nếu quý vị"), 300 + 10 * 55);
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
