//! Phone numbers in groups: written as E.123 has it, with plain spaces, and spoken digit by digit.

use crate::model::phone::PhoneNumber;
use crate::wording::words::Words;
use phonenumber::Mode;

/// The number in the groups of its country: `+49 30 23125010`. A number whose groups are not known is written without any.
///
/// Promise: the digits are those of the number, whatever the table of groups makes of it.
#[must_use]
pub fn written(number: &PhoneNumber) -> String {
    let plain = number.e164();
    let Ok(read) = phonenumber::parse(None, plain) else { return plain.to_owned() };
    let formatted = read.format().mode(Mode::International).to_string();
    let groups: Vec<&str> = formatted.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
    // The crate loses digits of some numbers (one that begins with its own country code again).
    let same = groups.concat() == plain.trim_start_matches('+');
    if same { format!("+{}", groups.join(" ")) } else { plain.to_owned() }
}

/// The number in words: "plus four nine, three zero, two three one, two five zero, one zero".
#[must_use]
pub fn spoken(number: &PhoneNumber, words: &Words) -> String {
    let written = written(number);
    let digits_said = |group: &[char]| group.iter().map(|digit| words.digit(*digit)).collect::<Vec<_>>().join(" ");
    let mut said = Vec::new();
    for block in written.trim_start_matches('+').split(' ') {
        let digits: Vec<char> = block.chars().collect();
        let mut rest = digits.as_slice();
        for size in group_sizes(digits.len()) {
            let (group, behind) = rest.split_at(size.min(rest.len()));
            said.push(digits_said(group));
            rest = behind;
        }
    }
    format!("{} {}", words.plus(), said.join(", "))
}

/// Groups of three and two, never one digit alone: 8 are 3 3 2, 7 are 3 2 2, 4 are 2 2.
fn group_sizes(digits: usize) -> Vec<usize> {
    match digits {
        0 => Vec::new(),
        1 | 2 => vec![digits],
        4 => vec![2, 2],
        5 => vec![3, 2],
        7 => vec![3, 2, 2],
        _ => {
            let mut sizes = vec![3; digits / 3];
            match digits % 3 {
                0 => {}
                // One digit more: the last three and it become two and two.
                1 => {
                    sizes.pop();
                    sizes.extend([2, 2]);
                }
                more => sizes.push(more),
            }
            sizes
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::language::LanguageTag;
    use proptest::prelude::*;

    fn number(e164: &str) -> PhoneNumber {
        PhoneNumber::from_e164(e164).unwrap()
    }

    #[test]
    fn numbers_are_written_in_the_groups_of_their_country() {
        let check = |e164: &str, expect: &str| assert_eq!(written(&number(e164)), expect);
        check("+493023125010", "+49 30 23125010");
        check("+447700900123", "+44 7700 900123");
        check("+14155550100", "+1 415 555 0100");
        check("+33199000001", "+33 1 99 00 00 01");
        check("+353209100001", "+353 20 910 0001");
        check("+9999999999999", "+9999999999999");
    }

    #[test]
    fn numbers_are_spoken_digit_by_digit_in_groups() {
        let check = |language: &str, e164: &str, expect: &str| {
            let words = Words::of(&LanguageTag::new(language).unwrap()).unwrap();
            assert_eq!(spoken(&number(e164), words), expect);
        };
        check("en", "+493023125010", "plus four nine, three zero, two three one, two five zero, one zero");
        check("de", "+493023125010", "plus vier neun, drei null, zwei drei eins, zwei fünf null, eins null");
        check("en", "+14155550100", "plus one, four one five, five five five, zero one, zero zero");
    }

    #[test]
    fn groups_never_hold_one_digit_alone() {
        let check = |digits: usize, expect: &[usize]| assert_eq!(group_sizes(digits), expect, "{digits}");
        check(1, &[1]);
        check(3, &[3]);
        check(4, &[2, 2]);
        check(6, &[3, 3]);
        check(7, &[3, 2, 2]);
        check(8, &[3, 3, 2]);
        check(10, &[3, 3, 2, 2]);
        check(12, &[3, 3, 3, 3]);
        check(13, &[3, 3, 3, 2, 2]);
    }

    proptest! {
        #[test]
        fn no_digit_is_lost_and_none_is_added(digits in "[1-9][0-9]{6,14}") {
            let number = number(&format!("+{digits}"));
            let kept: String = written(&number).chars().filter(char::is_ascii_digit).collect();
            prop_assert_eq!(kept, digits.clone());
            let said = spoken(&number, Words::english());
            let english = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
            let heard: String = said
                .split([' ', ','])
                .filter_map(|word| english.iter().position(|digit| *digit == word))
                .map(|digit| digit.to_string())
                .collect();
            prop_assert_eq!(heard, digits);
        }
    }
}
