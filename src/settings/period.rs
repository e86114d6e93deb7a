//! Periods of retention: ISO 8601 durations of days, weeks, months and years, as calendars count them.

use chrono::{Days, Months, NaiveDate};
use std::fmt;

/// A period: `P90D`, `P2W`, `P13M`, `P1Y6M`. Always longer than nothing, at most 100 years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period {
    months: u32,
    days: u32,
}

/// 100 years, as months and as days.
const MONTHS_MAX: u32 = 1_200;
const DAYS_MAX: u32 = 36_525;

impl Period {
    /// Reads a period. None: not one, or nothing, or with a sign, a fraction, hours, small letters or a leading zero, or
    /// longer than 100 years.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let body = text.strip_prefix('P')?;
        let (years, rest) = part(body, 'Y')?;
        let (months, rest) = part(rest, 'M')?;
        let (weeks, rest) = part(rest, 'W')?;
        let (days, rest) = part(rest, 'D')?;
        let weeks_alone = weeks.is_none() || years.is_none() && months.is_none() && days.is_none();
        let is_empty = [years, months, weeks, days].iter().all(Option::is_none);
        if !rest.is_empty() || is_empty || !weeks_alone {
            return None;
        }
        let months = years.unwrap_or(0).checked_mul(12)?.checked_add(months.unwrap_or(0))?;
        let days = weeks.unwrap_or(0).checked_mul(7)?.checked_add(days.unwrap_or(0))?;
        (months <= MONTHS_MAX && days <= DAYS_MAX).then_some(Self { months, days })
    }

    /// Months, twelve of them a year.
    #[must_use]
    pub const fn months(self) -> u32 {
        self.months
    }

    /// Days, seven of them a week.
    #[must_use]
    pub const fn days(self) -> u32 {
        self.days
    }

    /// The day on which what began on `start` is over: months first (a day that does not exist becomes the last of the
    /// month), then days. None: beyond the calendar.
    #[must_use]
    pub fn after(self, start: NaiveDate) -> Option<NaiveDate> {
        start.checked_add_months(Months::new(self.months))?.checked_add_days(Days::new(self.days.into()))
    }

    /// Would anything be deleted earlier than under `other`? `P13M` and `P395D` differ from day to day, so every day of
    /// a leap cycle is asked.
    #[must_use]
    pub fn is_ever_shorter_than(self, other: Self) -> bool {
        if self.months == other.months {
            return self.days < other.days;
        }
        let cycle = NaiveDate::from_ymd_opt(2024, 1, 1).into_iter().flat_map(|start| start.iter_days().take(1_461));
        cycle.into_iter().any(|day| self.after(day) < other.after(day))
    }
}

/// One number with its letter, if the text begins with that. None: digits that are no such number.
fn part(text: &str, letter: char) -> Option<(Option<u32>, &str)> {
    let end = text.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    match rest.strip_prefix(letter) {
        Some(rest) if !digits.is_empty() && !digits.starts_with('0') => Some((Some(digits.parse().ok()?), rest)),
        Some(_) => None,
        None => Some((None, text)),
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.months, self.days) {
            (0, days) => write!(f, "P{days}D"),
            (months, 0) => write!(f, "P{months}M"),
            (months, days) => write!(f, "P{months}M{days}D"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_as_the_standard_writes_them() {
        let check = |text: &str, expect: Option<(u32, u32)>| {
            assert_eq!(Period::new(text).map(|period| (period.months, period.days)), expect, "{text}");
        };
        check("P90D", Some((0, 90)));
        check("P2W", Some((0, 14)));
        check("P13M", Some((13, 0)));
        check("P1Y6M", Some((18, 0)));
        check("P1Y6M10D", Some((18, 10)));
        check("P1Y10D", Some((12, 10)));
        check("P100Y", Some((1200, 0)));
        check("P1200M", Some((1200, 0)));
        check("P36525D", Some((0, 36525)));
        for refused in [
            "",
            "P",
            "P0D",
            "P0M",
            "P-1D",
            "-P1D",
            "+P1D",
            "P1.5M",
            "P1,5M",
            "PT1H",
            "P1DT1H",
            "p1d",
            "P1d",
            "P01M",
            "P1W1D",
            "P1Y1W",
            "P1D1M",
            "P1M1Y",
            "P1M1M",
            "P101Y",
            "P1201M",
            "P36526D",
            "P5218W",
            "P99999999999999999999D",
            " P1D",
            "P1D ",
            "P٣D",
            "1D",
            "P1",
            "PD",
            "P1Y12",
            "P100Y1M",
        ] {
            check(refused, None);
        }
    }

    #[test]
    fn shorter_means_that_something_goes_earlier() {
        let check = |new: &str, old: &str, expect: bool| {
            let [new, old] = [new, old].map(|text| Period::new(text).unwrap());
            assert_eq!(new.is_ever_shorter_than(old), expect, "{new} than {old}");
        };
        check("P6M", "P13M", true);
        check("P13M", "P6M", false);
        check("P13M", "P13M", false);
        check("P1Y", "P12M", false);
        check("P365D", "P1Y", true);
        check("P366D", "P1Y", false);
        check("P1M", "P28D", false);
        check("P1M", "P29D", true);
        check("P1M10D", "P1M11D", true);
    }
}
