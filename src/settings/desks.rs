//! Reads desks, people who are told of alerts, and their phone numbers.

use super::draft::{Fields, Typed};
use super::hours::read_hours;
use super::number::read_number;
use super::number_reading::{NumberReading, NumberRefusal, NumberRole, NumberWarning};
use super::problems::Problems;
use super::valid::{Desk, Recipient};
use crate::model::language::LanguageTag;
use crate::model::limits::NAME_CHARS_MAX;
use crate::model::phone::PhoneNumber;

/// How long a desk or a traveller may be rung, in seconds (API.md).
pub(super) const RING_SECONDS: std::ops::RangeInclusive<u16> = 5..=120;
/// Where nothing else is set: five rings.
pub const RING_SECONDS_DEFAULT: u16 = 25;
/// A number with every bracket and remark that people put round it.
pub(super) const PHONE_CHARS_MAX: usize = 100;
/// RFC 5321: a path has at most 256 octets with its angle brackets.
const EMAIL_CHARS_MAX: usize = 254;
/// An alert that nobody of so many takes is not told to more.
pub(super) const RECIPIENTS_MAX: usize = 20;
/// A language tag, and a slip.
const LANGUAGE_CHARS_MAX: usize = 35;

/// What desks are read with.
#[derive(Debug)]
pub(super) struct DeskReader<'a> {
    /// The country in which national numbers are read; None: it is a problem itself, and no number is blamed for it.
    pub(super) country: Option<&'a str>,
    /// No desk may be one of these.
    pub(super) own_lines: &'a [PhoneNumber],
    pub(super) found: Problems,
    pub(super) warnings: Problems,
    /// Numbers in ranges that no operator is known to use: taken, if a person confirms them.
    pub(super) unassigned: Vec<PhoneNumber>,
}

pub(super) const DESK_FIELDS: [&str; 5] = ["name", "phone", "must_confirm", "ring_seconds", "hours"];

impl<'a> DeskReader<'a> {
    pub(super) fn new(country: Option<&'a str>, own_lines: &'a [PhoneNumber]) -> Self {
        Self { country, own_lines, found: Problems::none(), warnings: Problems::none(), unassigned: Vec::new() }
    }

    /// A desk. None: a problem was found.
    pub(super) fn desk(&mut self, typed: &Typed<'_>, must_confirm: bool) -> Option<Desk> {
        let fields = self.entry(typed, &DESK_FIELDS)?;
        self.desk_fields(&fields, must_confirm)
    }

    /// A desk that may be left out: null is none.
    pub(super) fn optional_desk(&mut self, typed: &Typed<'_>, must_confirm: bool) -> Option<Desk> {
        if typed.is_left_out() { None } else { self.desk(typed, must_confirm) }
    }

    /// The fields of a desk, which may stand beside others.
    pub(super) fn desk_fields(&mut self, fields: &Fields<'_>, must_confirm: bool) -> Option<Desk> {
        let name = fields.field("name").needed_text(NAME_CHARS_MAX, &mut self.found);
        let phone = self.phone(&fields.field("phone"));
        let must_confirm = fields.field("must_confirm").flag(must_confirm, &mut self.found);
        let ring_seconds = fields.field("ring_seconds").whole(RING_SECONDS, &mut self.found);
        let hours = read_hours(&fields.field("hours"), &mut self.found);
        Some(Desk {
            name: name?.to_owned(),
            phone: phone?,
            must_confirm,
            ring_seconds: ring_seconds.unwrap_or(RING_SECONDS_DEFAULT),
            hours,
        })
    }

    /// Who is told of alerts, in order.
    pub(super) fn recipients(&mut self, typed: &Typed<'_>, language: &LanguageTag) -> Vec<Recipient> {
        let list = typed.list(&mut self.found).unwrap_or_default();
        if list.len() > RECIPIENTS_MAX {
            self.found.too_many(&typed.path, RECIPIENTS_MAX);
            return Vec::new();
        }
        list.iter().filter_map(|typed| self.recipient(typed, language)).collect()
    }

    fn recipient(&mut self, typed: &Typed<'_>, language: &LanguageTag) -> Option<Recipient> {
        let fields = self.entry(typed, &["name", "email", "phone", "language"])?;
        let name = fields.field("name").needed_text(NAME_CHARS_MAX, &mut self.found);
        let (email, phone) = (fields.field("email"), fields.field("phone"));
        if email.is_left_out() && phone.is_left_out() {
            self.found.recipient_unreachable(&typed.path);
        }
        let email = read_email(&email, &mut self.found);
        let phone = if phone.is_left_out() { None } else { self.phone(&phone) };
        let language = read_language(&fields.field("language"), &mut self.found).unwrap_or_else(|| language.clone());
        Some(Recipient { name: name?.to_owned(), email, phone, language })
    }

    /// An entry that must be an object: null is none.
    fn entry<'t>(&mut self, typed: &Typed<'t>, known: &[&str]) -> Option<Fields<'t>> {
        let fields = typed.fields(known, &mut self.found);
        if typed.is_left_out() {
            self.found.missing(&typed.path);
        }
        typed.value()?.is_object().then_some(fields)
    }

    /// A number that may be dialled by this organisation.
    fn phone(&mut self, typed: &Typed<'_>) -> Option<PhoneNumber> {
        let text = typed.needed_text(PHONE_CHARS_MAX, &mut self.found)?;
        let reading = read_number(text, self.country.unwrap_or_default(), NumberRole::Desk);
        warn_of_reading(&reading, &typed.path, &mut self.warnings);
        let phone = match (reading.result, reading.if_confirmed) {
            (Ok(phone), _) => phone,
            (Err(NumberRefusal::Unassigned), Some(phone)) => {
                self.warnings.unassigned_number(&typed.path);
                self.unassigned.push(phone.clone());
                phone
            }
            // Without a country every national number is ambiguous; the country is the problem.
            (Err(NumberRefusal::Ambiguous), _) if self.country.is_none() => return None,
            (Err(refusal), _) => {
                self.found.refused_number(&typed.path, refusal, NumberRole::Desk);
                return None;
            }
        };
        if self.own_lines.contains(&phone) {
            self.found.own_line(&typed.path);
        }
        Some(phone)
    }
}

/// The warnings of a number, as sentences.
pub(super) fn warn_of_reading(reading: &NumberReading, path: &str, warnings: &mut Problems) {
    for warning in &reading.warnings {
        match warning {
            NumberWarning::Extension => warnings.extension(path),
            NumberWarning::TollFree => warnings.toll_free(path),
            NumberWarning::PrefixGuessed => warnings.prefix_guessed(path),
            NumberWarning::Unassigned => warnings.unassigned(path),
        }
    }
}

/// A language that may be left out.
pub(super) fn read_language(typed: &Typed<'_>, found: &mut Problems) -> Option<LanguageTag> {
    let text = typed.optional_text(LANGUAGE_CHARS_MAX, found)?;
    let language = LanguageTag::new(text);
    if language.is_none() {
        found.invalid_language(&typed.path);
    }
    language
}

/// An e-mail address that may be left out.
pub(super) fn read_email(typed: &Typed<'_>, found: &mut Problems) -> Option<String> {
    let text = typed.optional_text(EMAIL_CHARS_MAX, found)?;
    if !is_email(text) {
        found.invalid_email(&typed.path);
    }
    is_email(text).then(|| text.to_owned())
}

/// Is this one plain address (RFC 5321) of a host with a dot? Quoted names and comments are not taken: nobody has them,
/// and mail servers differ in what they make of them. Names beyond ASCII need a server that says so, which few do.
fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.split_once('@') else { return false };
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    let in_host = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let names = local.split('.').all(|part| !part.is_empty() && part.bytes().all(in_name));
    let hosts = host.split('.').all(|part| {
        (1..=63).contains(&part.len()) && part.bytes().all(in_host) && !part.starts_with('-') && !part.ends_with('-')
    });
    let ends_in_letters =
        host.rsplit_once('.').is_some_and(|(_, last)| last.len() >= 2 && !last.bytes().all(|b| b.is_ascii_digit()));
    local.len() <= 64 && names && hosts && ends_in_letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_mail_can_reach() {
        for address in ["duty@acme.example", "a.b+c@sub.acme.example", "o'neill@acme.example", "x@xn--mnchen-3ya.example"] {
            assert!(is_email(address), "{address}");
        }
        for refused in [
            "",
            "duty",
            "@acme.example",
            "duty@",
            "duty@acme",
            "a@b@acme.example",
            "a b@acme.example",
            ".a@acme.example",
            "a.@acme.example",
            "a..b@acme.example",
            "a@-acme.example",
            "a@acme-.example",
            "a@acme..example",
            "a@127.0.0.1",
            "Duty <duty@acme.example>",
            "a@acme.example,b@acme.example",
            "\"a b\"@acme.example",
            "a@münchen.example",
        ] {
            assert!(!is_email(refused), "{refused}");
        }
        assert!(!is_email(&format!("{}@acme.example", "a".repeat(65))));
    }
}
