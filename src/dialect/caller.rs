//! Whose number a caller's number is: withheld ones arrive in many disguises and are nobody's (corpora rule 3).

use crate::model::phone::PhoneNumber;

/// What networks put in place of a number; spelt on a keypad it arrives as one (`+266696687` is `ANONYMOUS`).
const WITHHELD: [&str; 7] = ["anonymous", "restricted", "unknown", "unavailable", "blocked", "private", "withheld"];

/// The caller's number; None: withheld, or no phone number at all (`anonymous`, `sip:…`, `client:…`, a lost plus).
#[must_use]
pub fn caller_number(text: &str) -> Option<PhoneNumber> {
    let digits = text.strip_prefix('+')?;
    if WITHHELD.iter().any(|word| spells(digits, word)) {
        return None;
    }
    PhoneNumber::from_e164(text)
}

/// Do these digits spell the word on a keypad?
fn spells(digits: &str, word: &str) -> bool {
    digits.len() == word.len() && digits.chars().zip(word.chars()).all(|(digit, letter)| keypad(letter) == digit)
}

/// The key that carries a small letter.
const fn keypad(letter: char) -> char {
    match letter {
        'a'..='c' => '2',
        'd'..='f' => '3',
        'g'..='i' => '4',
        'j'..='l' => '5',
        'm'..='o' => '6',
        'p'..='s' => '7',
        't'..='v' => '8',
        _ => '9',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_nobodys() {
        let nobody = [
            "",
            "anonymous",
            "Restricted",
            "unknown",
            "sip:anonymous@anonymous.invalid",
            "sip:+447700900123@example.org",
            "client:desk",
            "+266696687",
            "+7378742833",
            "+8656696",
            "+86282452253",
            "+2562533",
            "+7748283",
            "+94844353",
            " 447700900123",
            "447700900123",
            "+0447700900",
            "+44 7700 900123",
            "12345",
            "+١٢٣٤٥٦٧٨٩",
        ];
        for text in nobody {
            assert_eq!(caller_number(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_that_are_somebodys() {
        for text in ["+447700900123", "+493023125010", "+12025550142", "+26669668712", "+33199001234"] {
            assert_eq!(caller_number(text).as_ref().map(PhoneNumber::e164), Some(text));
        }
    }
}
