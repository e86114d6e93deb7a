//! The text of a number: cleans what people type, paste and export until only digits are left, a plus, and an extension
//! that was cut off (rules 1 to 8). Also parts a cell that holds several numbers, as an import needs it.

use super::number_reading::NumberRefusal;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Words that say that there is no number.
const NO_NUMBER: [&str; 14] =
    ["-", "--", "n/a", "na", "keine", "keins", "none", "unbekannt", "unknown", "inconnu", "aucun", "?", "tbd", "siehe notizen"];

/// Words in front of a number. Those that end in a dot need it.
const LABELS: [&str; 23] = [
    "telefon",
    "telephone",
    "téléphone",
    "phone",
    "mobil",
    "mobile",
    "handy",
    "cell",
    "fon",
    "tel",
    "festnetz",
    "privat",
    "dienstlich",
    "office",
    "work",
    "home",
    "portable",
    "bureau",
    "büro",
    "fixe",
    "p.",
    "m.",
    "t.",
];

/// What stands in front of an extension.
const EXTENSION_WORDS: [&str; 16] = [
    "ext",
    "extension",
    "x",
    "app",
    "apparat",
    "durchwahl",
    "dw",
    "poste",
    "nst",
    "int",
    "interno",
    "klappe",
    "kl",
    "#",
    ",,",
    ";ext=",
];

/// Words between two numbers in one cell.
const BETWEEN: [&str; 7] = ["oder", "or", "ou", "und", "and", "et", "bzw"];

/// What is left of a number's text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NumberText {
    /// Did it begin with a plus?
    pub(super) plus: bool,
    /// The digits, at least one.
    pub(super) digits: String,
    /// The extension, 1 to 7 digits.
    pub(super) extension: Option<String>,
}

/// Rules 1 to 8.
pub(super) fn read(typed: &str, country: &str) -> Result<NumberText, NumberRefusal> {
    let clean = clean(typed);
    if clean.is_empty() || NO_NUMBER.contains(&one_line(&clean).to_lowercase().as_str()) {
        return Err(NumberRefusal::Empty);
    }
    if split_clean(&clean).len() > 1 {
        return Err(NumberRefusal::SeveralNumbers);
    }
    let text = from_spreadsheet(&one_line(&clean))?;
    let text = without_labels(&text);
    let (text, extension) = cut_extension(&text);
    let text = brazilian(text, country);
    let (plus, digits) = only_digits(&text).ok_or(NumberRefusal::NotANumber)?;
    if has_second_extension(&text) {
        return Err(NumberRefusal::Ambiguous);
    }
    Ok(NumberText { plus, digits, extension })
}

/// Parts a cell into the numbers that it holds (rule 3); one part, the whole, where there are fewer than two.
#[must_use]
pub fn split_numbers(cell: &str) -> Vec<String> {
    split_clean(&clean(cell)).into_iter().map(one_line_trimmed).collect()
}

/// Rule 1, except that line breaks stay, for rule 3.
fn clean(typed: &str) -> String {
    let plain: String = typed.chars().filter_map(plain).collect();
    plain.trim_matches(|sign: char| sign.is_whitespace() || matches!(sign, ',' | ';' | ':')).to_owned()
}

/// One sign in its plain form; None: it goes.
fn plain(sign: char) -> Option<char> {
    let sign = match sign {
        // Full-width signs stand in the order of ASCII.
        '\u{FF01}'..='\u{FF5E}' => u32::from(sign).checked_sub(0xFEE0).and_then(char::from_u32)?,
        other => other,
    };
    let category = sign.general_category();
    if category == GeneralCategory::Format {
        return None;
    }
    if category == GeneralCategory::DecimalNumber {
        return decimal(sign);
    }
    // Dashes of other categories: swung dash, superscript, subscript and ordinary minus.
    let is_dash =
        category == GeneralCategory::DashPunctuation || matches!(sign, '\u{2053}' | '\u{207B}' | '\u{208B}' | '\u{2212}');
    let is_line_break = matches!(sign, '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    Some(match sign {
        _ if is_dash => '-',
        _ if is_line_break => '\n',
        _ if sign.is_whitespace() => ' ',
        other => other,
    })
}

/// The ASCII form of a decimal digit of any script. Unicode keeps the ten digits of a script in one row, so the value is
/// the distance from the row's beginning (rows that touch are whole tens).
fn decimal(digit: char) -> Option<char> {
    let code = u32::from(digit);
    let is_digit =
        |code: u32| char::from_u32(code).is_some_and(|sign| matches!(sign.general_category(), GeneralCategory::DecimalNumber));
    let distance = (1..=code).find(|distance| !is_digit(code - distance))?.checked_sub(1)?;
    char::from_digit(distance % 10, 10)
}

fn one_line(text: &str) -> String {
    text.replace('\n', " ")
}

fn one_line_trimmed(text: &str) -> String {
    one_line(text).trim().to_owned()
}

fn count_digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// Seven digits are a number, fewer are a remark.
const NUMBER_DIGITS_MIN: usize = 7;

/// Rule 3.
fn split_clean(text: &str) -> Vec<&str> {
    let parts = split_at(text, &separators(text));
    let numbers = longer(parts);
    let parts: Vec<&str> = if numbers.len() > 1 { numbers } else { vec![text] };
    parts.into_iter().flat_map(split_at_slash).collect()
}

fn longer(parts: Vec<&str>) -> Vec<&str> {
    parts.into_iter().filter(|part| count_digits(part) >= NUMBER_DIGITS_MIN).collect()
}

/// Where a text may be parted: beginning and end of each separator.
fn separators(text: &str) -> Vec<(usize, usize)> {
    let signs = text.char_indices().filter(|(at, sign)| match sign {
        '\n' | '|' | '&' => true,
        ';' => !begins_with_word(text.get(at + 1..).unwrap_or_default(), "ext="),
        // Two commas are a pause before an extension.
        ',' => !text.get(..*at).unwrap_or_default().ends_with(',') && !text.get(at + 1..).unwrap_or_default().starts_with(','),
        _ => false,
    });
    let mut found: Vec<(usize, usize)> = signs.map(|(at, sign)| (at, at + sign.len_utf8())).collect();
    let mut before = None;
    for (at, sign) in text.char_indices() {
        let after_letter = before.is_some_and(char::is_alphabetic);
        before = Some(sign);
        let rest = text.get(at..).unwrap_or_default();
        let word = BETWEEN.into_iter().find(|word| {
            let behind = rest.get(word.len()..).and_then(|rest| rest.chars().next());
            begins_with_word(rest, word) && !behind.is_some_and(char::is_alphabetic)
        });
        if let Some(word) = word.filter(|_| !after_letter) {
            found.push((at, at + word.len()));
        }
    }
    found.sort_unstable();
    found
}

/// Compares without regard to the case of ASCII letters.
fn begins_with_word(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(word))
}

fn split_at<'a>(text: &'a str, separators: &[(usize, usize)]) -> Vec<&'a str> {
    let begins = std::iter::once(0).chain(separators.iter().map(|(_, end)| *end));
    let ends = separators.iter().map(|(begin, _)| *begin).chain(std::iter::once(text.len()));
    begins.zip(ends).filter_map(|(begin, end)| text.get(begin..end)).collect()
}

/// A slash parts two numbers only where the second looks like the beginning of one; `030/23125010` is a single number.
fn split_at_slash(text: &str) -> Vec<&str> {
    let parting = text.match_indices('/').find_map(|(at, _)| {
        let (first, second) = (text.get(..at)?, text.get(at + 1..)?.trim_start());
        let digits = count_digits(second);
        let begins = second.trim_start_matches(['(', '[']).starts_with(['+', '0']) || digits >= 10;
        (count_digits(first) >= NUMBER_DIGITS_MIN && digits >= NUMBER_DIGITS_MIN && begins).then_some((first, second))
    });
    match parting {
        Some((first, second)) => std::iter::once(first).chain(split_at_slash(second)).collect(),
        None => vec![text],
    }
}

/// Rule 4: what spreadsheets put round a number, and what they take away from it.
fn from_spreadsheet(text: &str) -> Result<String, NumberRefusal> {
    let text = text.strip_prefix(['\'', '`', '’']).unwrap_or(text).trim();
    let formula = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    let text = formula.map_or(text, str::trim);
    let is_number = |rest: &&str| rest.starts_with(|sign: char| sign == '+' || sign.is_ascii_digit());
    let text = text.strip_prefix('=').filter(is_number).unwrap_or(text);
    if let Some(digits) = from_scientific(text) {
        return digits.ok_or(NumberRefusal::Rounded);
    }
    let text = text.strip_suffix(".0").or_else(|| text.strip_suffix(",0")).unwrap_or(text);
    Ok(text.to_owned())
}

/// `4.91713920010E+11` as digits. None: not such a form; `Some(None)`: digits are lost.
fn from_scientific(text: &str) -> Option<Option<String>> {
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E'])?;
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    let are_digits = [whole, exponent].iter().all(|part| !part.is_empty())
        && [whole, fraction, exponent].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    are_digits.then(|| {
        let places = exponent.parse::<usize>().ok()?;
        (fraction.len() == places).then(|| format!("{}{whole}{fraction}", if unsigned.len() < text.len() { "+" } else { "" }))
    })
}

/// Rule 5. Labels and remarks may stand in any order: both go until neither is left.
fn without_labels(text: &str) -> String {
    let mut text = text.to_owned();
    loop {
        let shorter = without_remark(&without_label(text.trim()));
        if shorter == text {
            return text;
        }
        text = shorter;
    }
}

fn without_label(text: &str) -> String {
    let lower = text.to_lowercase();
    let rest = LABELS.into_iter().filter_map(|label| {
        // Lower case has other lengths in some scripts; the label's own letters keep theirs.
        let rest = lower.strip_prefix(label)?;
        let begins = label.ends_with('.') || rest.starts_with([' ', '.', ':']);
        begins.then(|| text.chars().skip(label.chars().count()).collect::<String>())
    });
    let rest = rest.min_by_key(String::len);
    rest.map_or_else(|| text.to_owned(), |rest| rest.trim_start_matches([' ', '.', ':']).to_owned())
}

/// The text without its first bracket that holds letters but no digit.
fn without_remark(text: &str) -> String {
    let brackets = text.match_indices(['(', '[']).filter_map(|(begin, bracket)| {
        let close = if bracket == "(" { ')' } else { ']' };
        let end = begin + text.get(begin..)?.find(close)?;
        Some((begin, end))
    });
    let is_remark = |(begin, end): &(usize, usize)| {
        let inner = text.get(*begin..*end).unwrap_or_default();
        inner.chars().any(char::is_alphabetic) && count_digits(inner) == 0
    };
    match brackets.into_iter().find(is_remark) {
        Some((begin, end)) => {
            let (before, after) = (text.get(..begin).unwrap_or_default(), text.get(end + 1..).unwrap_or_default());
            format!("{} {}", before.trim_end(), after.trim_start()).trim().to_owned()
        }
        None => text.to_owned(),
    }
}

/// Rule 6: the number, and the extension behind it.
fn cut_extension(text: &str) -> (String, Option<String>) {
    let whole = text.trim_end().trim_end_matches('#').trim_end();
    let digits_begin = whole.trim_end_matches(|sign: char| sign.is_ascii_digit()).len();
    let (before, extension) = whole.split_at(digits_begin);
    let before = before.trim_end_matches([' ', '.', ':']);
    let number = EXTENSION_WORDS.into_iter().filter_map(|word| {
        let at = before.len().checked_sub(word.len())?;
        let number = before.get(..at)?;
        let is_word = before.get(at..)?.eq_ignore_ascii_case(word) && !number.ends_with(char::is_alphabetic);
        (is_word && count_digits(number) >= 6).then_some(number)
    });
    match number.min_by_key(|number| number.len()) {
        Some(number) if (1..=7).contains(&extension.len()) => {
            let number = number.trim_end_matches([' ', ',', ';', ':', '.', '-']);
            (number.to_owned(), Some(extension.to_owned()))
        }
        Some(_) | None => (text.to_owned(), None),
    }
}

/// Rule 7's exception: Brazilians write `0xx` for "0 and the code of your operator".
fn brazilian(text: String, country: &str) -> String {
    let start = text.trim_start_matches(['(', '[', ' ']);
    let is_brazilian = country == "BR" || start.starts_with("+55") || start.starts_with("0055");
    let at = text.to_ascii_lowercase().find("0xx").filter(|_| is_brazilian);
    match at {
        Some(at) => format!("{}0{}", text.get(..at).unwrap_or_default(), text.get(at + 3..).unwrap_or_default()),
        None => text,
    }
}

/// Rule 7: the plus and the digits. None: something else is in it, or no digit.
fn only_digits(text: &str) -> Option<(bool, String)> {
    let start = text.trim_start_matches(['(', '[', ' ']);
    let (plus, rest) = match start.strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, start),
    };
    let allowed = |sign: char| sign.is_ascii_digit() || matches!(sign, ' ' | '(' | ')' | '[' | ']' | '.' | '/' | '-' | '_' | '~');
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    (rest.chars().all(allowed) && !digits.is_empty()).then_some((plus, digits))
}

/// Rule 8: `030/23125010/11` is two extensions, or one long number.
fn has_second_extension(text: &str) -> bool {
    let behind = text.rsplit_once('/').map_or(0, |(_, behind)| count_digits(behind));
    text.matches('/').count() >= 2 && (1..=3).contains(&behind)
}

#[cfg(test)]
mod tests;
