//! Reads one phone number as people type, paste and export it: accepted in E.164, or refused with one reason. Never
//! fails otherwise, never panics, and gives the same answer whatever was read before.
//!
//! The twenty rules stand here in their order; the first that applies decides. Which numbers exist at all is asked of
//! `number_plan`, behind which libphonenumber's data are. A number that is dialled wrongly is the second worst bug of
//! this house, so doubt is a refusal for a desk and a warning for a traveller.

use super::number_plan::{self, Kind, Length, Pattern, Plan};
use super::number_reading::{NumberReading, NumberRefusal, NumberRole, NumberWarning};
use super::number_text::{self, NumberText};

pub use super::number_text::split_numbers;
use crate::model::phone::PhoneNumber;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Known everywhere (rules 9 and 15).
const EMERGENCY_EVERYWHERE: [&str; 3] = ["112", "911", "999"];

/// Emergency numbers by country; unreadable data leave those that are known everywhere. A test reads them.
static EMERGENCY_BY_COUNTRY: LazyLock<BTreeMap<String, Vec<String>>> =
    LazyLock::new(|| serde_json::from_str(include_str!("data/emergency-numbers.json")).unwrap_or_default());

/// Reads a number that belongs to an organisation of `country` (ISO 3166; unknown: only numbers with a country code).
#[must_use]
pub fn read_number(typed: &str, country: &str, role: NumberRole) -> NumberReading {
    match number_text::read(typed, country).and_then(|text| read_text(text, country, role)) {
        Ok(reading) => reading,
        Err(refusal) => NumberReading::refused(refusal),
    }
}

/// Rules 9 to 20, each step in its order.
fn read_text(text: NumberText, country: &str, role: NumberRole) -> Result<NumberReading, NumberRefusal> {
    let number = locate(&text, country)?;
    refuse_what_no_network_rings(&number)?;
    let toll_free = refuse_what_costs(&number, role)?;
    let length = number.plan.length(&number.national);
    if length != Length::Possible || number.e164_digits() > 15 {
        return Err(NumberRefusal::Length);
    }
    let (number, guessed) = complete(number, &text.digits, country)?;
    if guessed && role == NumberRole::Desk {
        return Err(NumberRefusal::Ambiguous);
    }
    let phone = number.phone().ok_or(NumberRefusal::Length)?;
    let unassigned = number.kind().is_none();
    if unassigned && role == NumberRole::Desk {
        return Ok(NumberReading { if_confirmed: Some(phone), ..NumberReading::refused(NumberRefusal::Unassigned) });
    }
    let warnings = [
        (text.extension.is_some(), NumberWarning::Extension),
        (toll_free, NumberWarning::TollFree),
        (guessed, NumberWarning::PrefixGuessed),
        (unassigned, NumberWarning::Unassigned),
    ];
    let warnings = warnings.into_iter().filter(|(applies, _)| *applies).map(|(_, warning)| warning).collect();
    Ok(NumberReading { result: Ok(phone), extension: text.extension, warnings, if_confirmed: None })
}

/// The emergency numbers that are known in this country: its own, and those known everywhere.
pub fn emergency_numbers(country: &str) -> impl Iterator<Item = &str> {
    EMERGENCY_BY_COUNTRY.get(country).into_iter().flatten().map(String::as_str).chain(EMERGENCY_EVERYWHERE)
}

fn is_emergency(digits: &str, country: &str) -> bool {
    emergency_numbers(country).any(|number| number == digits)
}

/// How the country code came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// It was typed: with a plus or an exit prefix.
    Code,
    /// A national number with the trunk prefix, or of a country without one.
    Complete,
    /// A national number without the trunk prefix of its country.
    Bare,
    /// The organisation's own country code without a plus.
    PlusLost,
}

/// A number behind a country code.
#[derive(Debug)]
struct Located {
    /// The main plan of the country code.
    plan: &'static Plan,
    national: String,
    origin: Origin,
}

impl Located {
    fn kind(&self) -> Option<Kind> {
        number_plan::kind_of(self.plan.code(), &self.national).or_else(|| test_range(self.plan.code(), &self.national))
    }

    fn e164_digits(&self) -> usize {
        self.plan.code().to_string().len() + self.national.len()
    }

    fn phone(&self) -> Option<PhoneNumber> {
        PhoneNumber::from_e164(&format!("+{}{}", self.plan.code(), self.national))
    }
}

/// Rules 9 to 14: finds the country code and the national number.
fn locate(text: &NumberText, country: &str) -> Result<Located, NumberRefusal> {
    let digits = text.digits.as_str();
    let forms = [Some(digits), digits.strip_prefix("00"), digits.strip_prefix('0'), digits.strip_prefix('9')];
    if forms.into_iter().flatten().any(|digits| is_emergency(digits, country)) {
        return Err(NumberRefusal::Emergency);
    }
    match abroad(digits, text.plus, country) {
        Some(digits) => behind_code(digits),
        None if digits.len() <= 6 => Err(NumberRefusal::ShortCode),
        None => at_home(digits, country),
    }
}

/// Rule 10: the digits from the country code on, where one was typed.
fn abroad<'a>(digits: &'a str, plus: bool, country: &str) -> Option<&'a str> {
    if plus {
        return Some(digits.strip_prefix("00").unwrap_or(digits));
    }
    // Australia's 0011 is the one exit prefix that begins like the 00 of all others.
    let australian = (country == "AU").then(|| digits.strip_prefix("0011")).flatten();
    let of_the_plan = || number_plan::plan_of_region(country)?.without_exit(digits);
    australian.or_else(|| digits.strip_prefix("00")).or_else(of_the_plan)
}

/// Networks that belong to no country and are not rung (rule 12).
const NETWORKS: [(&str, NumberRefusal); 8] = [
    ("870", NumberRefusal::Satellite),
    ("881", NumberRefusal::Satellite),
    ("882", NumberRefusal::Satellite),
    ("883", NumberRefusal::Satellite),
    ("878", NumberRefusal::InternationalNetwork),
    ("888", NumberRefusal::InternationalNetwork),
    ("979", NumberRefusal::Premium),
    ("808", NumberRefusal::SharedCost),
];

/// Rules 12 to 14 for digits that begin with a country code.
fn behind_code(digits: &str) -> Result<Located, NumberRefusal> {
    if let Some((_, refusal)) = NETWORKS.into_iter().find(|(code, _)| digits.starts_with(code)) {
        return Err(refusal);
    }
    let (plan, rest) = number_plan::split_code(digits).ok_or(NumberRefusal::UnknownCountry)?;
    let rest = if plan.region() == "MX" { without_mexican_prefix(rest, &["1", "044", "045", "01"]) } else { rest };
    let national = plan.without_trunk(rest).unwrap_or_else(|| rest.to_owned());
    Ok(Located { plan, national, origin: Origin::Code })
}

/// Rules 13 and 14 for a number as it is dialled at home.
fn at_home(digits: &str, country: &str) -> Result<Located, NumberRefusal> {
    let home = number_plan::plan_of_region(country).ok_or(NumberRefusal::Ambiguous)?;
    let digits = if home.region() == "MX" { without_mexican_prefix(digits, &["044", "045", "01"]) } else { digits };
    let own_code = home.without_own_code(digits);
    let has_own_code = own_code.is_some();
    // Where regions share a code, what stands behind it is read as from abroad: by the main plan.
    let plan = home.main();
    let reader = if has_own_code { plan } else { home };
    let rest = own_code.unwrap_or_else(|| digits.to_owned());
    let stripped = reader.without_trunk(&rest);
    let origin = match home.trunk() {
        None => Origin::Complete,
        // In North America the trunk prefix is the country code: with it nothing was lost.
        Some(trunk) if digits.starts_with(trunk) && (stripped.is_some() || has_own_code) => Origin::Complete,
        Some(_) if has_own_code => Origin::PlusLost,
        Some(_) => Origin::Bare,
    };
    Ok(Located { plan, national: stripped.unwrap_or(rest), origin })
}

/// Rule 13: phone books still have the prefixes that Mexico gave up in 2019.
fn without_mexican_prefix<'a>(digits: &'a str, prefixes: &[&str]) -> &'a str {
    prefixes.iter().find_map(|prefix| digits.strip_prefix(prefix).filter(|rest| rest.len() == 10)).unwrap_or(digits)
}

/// Rules 15 and 16.
fn refuse_what_no_network_rings(number: &Located) -> Result<(), NumberRefusal> {
    let (plan, national) = (number.plan, number.national.as_str());
    // Behind the code of North America a switch may stop listening after 911.
    let calls_911 = plan.code() == 1 && national.starts_with("911");
    let without_trunk = plan.trunk().and_then(|trunk| national.strip_prefix(trunk)).unwrap_or(national);
    if calls_911 || is_emergency(national, plan.region()) || is_emergency(without_trunk, plan.region()) {
        return Err(NumberRefusal::Emergency);
    }
    let is_in_use = number.kind().is_some() && number.phone().is_some();
    if national.len() <= 6 && !is_in_use { Err(NumberRefusal::ShortCode) } else { Ok(()) }
}

/// Rule 17. True: a toll-free number, taken with a warning.
fn refuse_what_costs(number: &Located, role: NumberRole) -> Result<bool, NumberRefusal> {
    let Some(kind) = number.kind() else { return Ok(false) };
    match kind {
        Kind::Premium | Kind::Personal => Err(NumberRefusal::Premium),
        Kind::SharedCost => Err(NumberRefusal::SharedCost),
        Kind::TollFree if role == NumberRole::Traveller => Err(NumberRefusal::TollFree),
        Kind::TollFree => Ok(true),
        Kind::Voip | Kind::Pager | Kind::Company | Kind::Voicemail => Ok(false),
        Kind::Landline | Kind::Mobile | Kind::LandlineOrMobile => Ok(false),
    }
}

/// Rule 19: the number with what was lost in front of it, and whether that is a guess.
fn complete(number: Located, digits: &str, country: &str) -> Result<(Located, bool), NumberRefusal> {
    let kind = number.kind();
    match (number.origin, kind) {
        (Origin::Code | Origin::Complete, _) => return Ok((number, false)),
        (Origin::PlusLost, Some(_)) => return Ok((number, true)),
        (Origin::PlusLost, None) => return Err(NumberRefusal::Ambiguous),
        (Origin::Bare, _) => {}
    }
    let home = number_plan::plan_of_region(country).ok_or(NumberRefusal::Ambiguous)?;
    // Where landlines have many lengths, a local number without its area code looks like another town's.
    let is_clear = kind.is_some_and(|kind| kind == Kind::Mobile || home.landline_lengths() < 4);
    if is_clear {
        let guessed = number.plan.shows_trunk(&number.national);
        return Ok((number, guessed));
    }
    let with_plus = digits.starts_with(&home.code().to_string()).then(|| behind_code(digits).ok()).flatten();
    with_plus.filter(|number| number.kind().is_some()).map(|number| (number, true)).ok_or(NumberRefusal::Ambiguous)
}

/// Ranges that are kept for tests and films: they count as in use, whatever the plan says. Behind each country code.
static TEST_RANGES: LazyLock<[(u16, Kind, Pattern); 11]> = LazyLock::new(|| {
    [
        (1, Kind::LandlineOrMobile, Pattern::new(r"[2-9]\d\d55501\d\d")),
        (33, Kind::Landline, Pattern::new(r"19900\d{4}")),
        (33, Kind::Mobile, Pattern::new(r"63998\d{4}")),
        (44, Kind::Landline, Pattern::new(r"(?:2079460|1632960)\d{3}")),
        (44, Kind::Mobile, Pattern::new(r"7700900\d{3}")),
        (46, Kind::Mobile, Pattern::new(r"7017406(?:0[5-9]|[1-9]\d)")),
        (49, Kind::Landline, Pattern::new(r"(?:3023125|4066969|6990009|8999998|2214710)\d{3}")),
        (49, Kind::Mobile, Pattern::new(r"17139200\d\d")),
        (61, Kind::Landline, Pattern::new(r"[2378]5550\d{4}")),
        (61, Kind::Mobile, Pattern::new(r"491570\d{3}")),
        (353, Kind::Landline, Pattern::new(r"2091\d{5}")),
    ]
});

fn test_range(code: u16, national: &str) -> Option<Kind> {
    TEST_RANGES.iter().find(|(its, _, range)| *its == code && range.is_whole(national)).map(|(_, kind, _)| *kind)
}

#[cfg(test)]
mod tests;
