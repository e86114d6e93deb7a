//! The numbering plans of the world: what a country code is, which numbers exist behind it, and how a number dialled at
//! home becomes the one dialled from abroad. Never fails: what no plan knows is `None`.
//!
//! The data are those of one release of libphonenumber (`data/number-plan.json`, written by `data/make_number_plan.py`),
//! and the algorithm is the one that library documents for `parse`, `isPossibleNumber`, `isValidNumber` and
//! `getNumberType`. The `phonenumber` crate is not used here: 0.3.10 loses digits of a number that begins with its own
//! country code, keeps a trunk zero behind the code, strips the reader's trunk prefix from foreign numbers, and matches
//! patterns without their end (whisperfish/rust-phonenumber#32, #68, #81), and its data are ten releases older.

use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

/// What a number is for, where a plan says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// Costs the caller extra.
    Premium,
    /// Costs the caller nothing.
    TollFree,
    /// Costs are shared between caller and callee.
    SharedCost,
    /// Telephony over the Internet.
    Voip,
    /// Follows a person, often at a high price.
    Personal,
    /// A pager.
    Pager,
    /// A number of a whole company.
    Company,
    /// A voicemail box.
    Voicemail,
    /// A landline.
    Landline,
    /// A mobile.
    Mobile,
    /// One of the last two: the plan does not tell them apart (North America).
    LandlineOrMobile,
}

impl Kind {
    /// The order in which kinds are tried; the two ordinary ones, which overlap with the others, last.
    const SPECIAL: [Self; 8] = [
        Self::Premium,
        Self::TollFree,
        Self::SharedCost,
        Self::Voip,
        Self::Personal,
        Self::Pager,
        Self::Company,
        Self::Voicemail,
    ];
}

/// A pattern of digits, compiled when it is first asked for: most plans are never used in one process.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
pub(super) struct Pattern {
    text: String,
    whole: OnceLock<Option<Regex>>,
    beginning: OnceLock<Option<Regex>>,
}

impl From<String> for Pattern {
    fn from(text: String) -> Self {
        Self { text, whole: OnceLock::new(), beginning: OnceLock::new() }
    }
}

impl Pattern {
    /// A pattern of ASCII digits.
    pub(super) fn new(text: &str) -> Self {
        text.to_owned().into()
    }

    /// A pattern that does not compile matches nothing; a test compiles them all.
    fn compile(text: &str) -> Option<Regex> {
        RegexBuilder::new(text).unicode(false).build().ok()
    }

    fn whole(&self) -> Option<&Regex> {
        self.whole.get_or_init(|| Self::compile(&format!("^(?:{})$", self.text))).as_ref()
    }

    fn beginning(&self) -> Option<&Regex> {
        self.beginning.get_or_init(|| Self::compile(&format!("^(?:{})", self.text))).as_ref()
    }

    /// Is the whole of the digits such a pattern?
    pub(super) fn is_whole(&self, digits: &str) -> bool {
        self.whole().is_some_and(|regex| regex.is_match(digits))
    }

    fn begins(&self, digits: &str) -> bool {
        self.beginning().is_some_and(|regex| regex.is_match(digits))
    }
}

#[derive(Debug, Deserialize)]
struct Shape {
    pattern: Pattern,
    #[serde(default)]
    lengths: Vec<usize>,
    #[serde(default)]
    local_lengths: Vec<usize>,
}

impl Shape {
    fn fits(&self, national: &str) -> bool {
        (self.lengths.is_empty() || self.lengths.contains(&national.len())) && self.pattern.is_whole(national)
    }
}

#[derive(Debug, Deserialize)]
struct NationalForm {
    pattern: Pattern,
    leading: Option<Pattern>,
    trunk_shown: bool,
}

/// Is a number as long as numbers of its country are?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// As long as some number of the country.
    Possible,
    /// Only without its area code, within that area.
    LocalOnly,
    /// Shorter than all.
    TooShort,
    /// Longer than all.
    TooLong,
    /// In between, but no number has this length.
    Invalid,
}

/// The numbering plan of one country, or of one network without a country.
#[derive(Debug, Deserialize)]
pub(super) struct Plan {
    region: String,
    code: u16,
    exit: Option<Pattern>,
    trunk: Option<String>,
    trunk_pattern: Option<Pattern>,
    trunk_rule: Option<(String, usize)>,
    leading: Option<Pattern>,
    general: Shape,
    #[serde(default)]
    kinds: BTreeMap<Kind, Shape>,
    #[serde(default)]
    formats: Vec<NationalForm>,
}

#[derive(Debug, Default, Deserialize)]
struct PlanFile {
    plans: Vec<Plan>,
}

#[derive(Debug, Default)]
struct Plans {
    list: Vec<Plan>,
    by_region: BTreeMap<String, usize>,
    /// Places in the list, the main region of the code first.
    by_code: BTreeMap<u16, Vec<usize>>,
}

/// An unreadable file is no reason to stop the process: then every number is of an unknown country. A test reads it.
static PLANS: LazyLock<Plans> = LazyLock::new(|| {
    let file: PlanFile = serde_json::from_str(include_str!("data/number-plan.json")).unwrap_or_default();
    let mut plans = Plans { list: file.plans, ..Plans::default() };
    for (place, plan) in plans.list.iter().enumerate() {
        plans.by_region.insert(plan.region.clone(), place);
        plans.by_code.entry(plan.code).or_default().push(place);
    }
    plans
});

fn plans_of_code(code: u16) -> impl Iterator<Item = &'static Plan> {
    PLANS.by_code.get(&code).into_iter().flatten().filter_map(|place| PLANS.list.get(*place))
}

/// The plan of a country (ISO 3166).
pub(super) fn plan_of_region(region: &str) -> Option<&'static Plan> {
    // Networks without a country are all called 001 in the data; nobody lives there.
    PLANS.by_region.get(region).and_then(|place| PLANS.list.get(*place)).filter(|plan| plan.region != "001")
}

/// Parts the digits behind a plus: the main plan of the country code, and the rest. No code is the beginning of another.
pub(super) fn split_code(digits: &str) -> Option<(&'static Plan, &str)> {
    (1..=3).find_map(|length| {
        let (code, rest) = digits.split_at_checked(length)?;
        (!code.starts_with('0')).then_some(())?;
        Some((plans_of_code(code.parse().ok()?).next()?, rest))
    })
}

/// What kind of number this is. None: no operator has it, as far as the data know.
pub(super) fn kind_of(code: u16, national: &str) -> Option<Kind> {
    let mut plans = plans_of_code(code).peekable();
    let first = plans.next()?;
    if plans.peek().is_none() {
        return first.kind(national);
    }
    // Regions that share a code: some are told apart by their leading digits alone, and then their own plan decides.
    std::iter::once(first).chain(plans).find_map(|plan| match &plan.leading {
        Some(leading) => leading.begins(national).then(|| plan.kind(national)),
        None => plan.kind(national).map(Some),
    })?
}

impl Plan {
    /// The country code.
    pub(super) fn code(&self) -> u16 {
        self.code
    }

    /// The region, as ISO 3166 names it.
    pub(super) fn region(&self) -> &str {
        &self.region
    }

    /// The plan that speaks for the country code: its own, or that of the largest of the regions that share it.
    pub(super) fn main(&'static self) -> &'static Self {
        plans_of_code(self.code).next().unwrap_or(self)
    }

    /// What is dialled at home in front of a number of another area: 0 in Germany, 8 in Russia.
    pub(super) fn trunk(&self) -> Option<&str> {
        self.trunk.as_deref()
    }

    /// How many lengths the country's landlines have.
    pub(super) fn landline_lengths(&self) -> usize {
        self.kinds.get(&Kind::Landline).map_or(0, |shape| shape.lengths.len())
    }

    /// What is left behind the country's exit prefix: the digits from the country code on. None: no exit prefix.
    pub(super) fn without_exit<'a>(&self, digits: &'a str) -> Option<&'a str> {
        let end = self.exit.as_ref()?.beginning()?.find(digits)?.end();
        // A 0 never begins a country code: then the digits were a number at home.
        digits.get(end..).filter(|rest| !rest.is_empty() && !rest.starts_with('0'))
    }

    /// Is it as long as numbers of this country are?
    pub(super) fn length(&self, national: &str) -> Length {
        let length = national.len();
        let (Some(shortest), Some(longest)) = (self.general.lengths.first(), self.general.lengths.last()) else {
            return Length::Invalid;
        };
        match length {
            _ if self.general.local_lengths.contains(&length) => Length::LocalOnly,
            _ if length < *shortest => Length::TooShort,
            _ if length > *longest => Length::TooLong,
            _ if self.general.lengths.contains(&length) => Length::Possible,
            _ => Length::Invalid,
        }
    }

    /// The national number: trunk prefix and carrier code gone, Argentina's 15 turned into its 9. None: nothing to take
    /// away, the digits are the national number already.
    pub(super) fn without_trunk(&self, digits: &str) -> Option<String> {
        let stripped = self.strip(digits)?;
        match self.length(&stripped) {
            Length::Possible | Length::TooLong => Some(stripped),
            // What was taken for a prefix is part of a short or local number.
            Length::TooShort | Length::LocalOnly | Length::Invalid => None,
        }
    }

    /// The rest behind the plan's own country code, if the digits cannot be a national number but the rest can:
    /// somebody left out the plus.
    pub(super) fn without_own_code(&self, digits: &str) -> Option<String> {
        let rest = digits.strip_prefix(&self.code.to_string())?;
        let rest = self.strip(rest).unwrap_or_else(|| rest.to_owned());
        let general = &self.general.pattern;
        let meant = !general.is_whole(digits) && general.is_whole(&rest) || self.length(digits) == Length::TooLong;
        meant.then_some(rest)
    }

    /// Does the form in which people at home write this number show the trunk prefix?
    pub(super) fn shows_trunk(&self, national: &str) -> bool {
        let form = self
            .formats
            .iter()
            .find(|form| form.leading.as_ref().is_none_or(|leading| leading.begins(national)) && form.pattern.is_whole(national));
        form.is_some_and(|form| form.trunk_shown)
    }

    fn strip(&self, digits: &str) -> Option<String> {
        let pattern = self.trunk_pattern.as_ref()?.beginning()?;
        let found = pattern.captures(digits)?;
        let end = found.get(0)?.end();
        let last_group = pattern.captures_len().checked_sub(1).filter(|group| *group > 0);
        let rest = digits.get(end..)?;
        let stripped = match &self.trunk_rule {
            Some((literal, group)) if last_group.is_some_and(|last| found.get(last).is_some()) => {
                format!("{literal}{}{rest}", found.get(*group).map_or("", |kept| kept.as_str()))
            }
            _ => rest.to_owned(),
        };
        // A number that is one already stays as it is, if it were none without the prefix (Russia's 800…).
        let general = &self.general.pattern;
        let spoiled = general.is_whole(digits) && !general.is_whole(&stripped);
        (!spoiled && end > 0).then_some(stripped)
    }

    fn kind(&self, national: &str) -> Option<Kind> {
        let fits = |kind: Kind| self.kinds.get(&kind).is_some_and(|shape| shape.fits(national));
        if !self.general.fits(national) {
            return None;
        }
        Kind::SPECIAL.into_iter().find(|kind| fits(*kind)).or_else(|| match (fits(Kind::Landline), fits(Kind::Mobile)) {
            (true, true) => Some(Kind::LandlineOrMobile),
            (true, false) => Some(Kind::Landline),
            (false, true) => Some(Kind::Mobile),
            (false, false) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_of_the_data_compiles() {
        assert!(PLANS.list.len() > 240, "{} plans", PLANS.list.len());
        for plan in &PLANS.list {
            let shapes = std::iter::once(&plan.general).chain(plan.kinds.values()).map(|shape| &shape.pattern);
            let forms = plan.formats.iter().flat_map(|form| std::iter::once(&form.pattern).chain(&form.leading));
            let prefixes = plan.exit.iter().chain(&plan.trunk_pattern).chain(&plan.leading);
            for pattern in shapes.chain(forms).chain(prefixes) {
                assert!(Pattern::compile(&pattern.text).is_some(), "{}: {}", plan.region, pattern.text);
            }
            assert!(plan.general.lengths.is_sorted() && !plan.general.lengths.is_empty(), "{}", plan.region);
        }
    }

    #[test]
    fn no_country_code_begins_another() {
        let codes: Vec<String> = PLANS.by_code.keys().map(u16::to_string).collect();
        for code in &codes {
            assert!(!codes.iter().any(|other| other != code && other.starts_with(code.as_str())), "{code}");
        }
    }

    #[test]
    fn the_trunk_prefix_goes_where_it_is_one() {
        let check = |region: &str, digits: &str, expect: Option<&str>| {
            let plan = plan_of_region(region).unwrap();
            assert_eq!(plan.without_trunk(digits).as_deref(), expect, "{region} {digits}");
        };
        check("DE", "03023125010", Some("3023125010"));
        check("IT", "0600000000", None);
        check("RU", "8005553535", None);
        check("RU", "84950000000", Some("4950000000"));
        check("AR", "0111500000000", Some("91100000000"));
        check("BR", "01511900000001", Some("11900000001"));
        check("HU", "0610000000", Some("10000000"));
        check("DE", "0112", None);
    }

    #[test]
    fn kinds_as_the_data_have_them() {
        let check =
            |code: u16, national: &str, expect: Option<Kind>| assert_eq!(kind_of(code, national), expect, "{code} {national}");
        check(49, "3023125010", Some(Kind::Landline));
        check(49, "1713920010", Some(Kind::Mobile));
        check(1, "2025550142", Some(Kind::LandlineOrMobile));
        check(1, "4165550145", Some(Kind::LandlineOrMobile));
        check(44, "7000000000", Some(Kind::Personal));
        check(44, "7700900123", None);
        check(979, "100000000", Some(Kind::Premium));
    }
}
