//! Phone numbers in E.164. They print masked everywhere: a number in a log is a leak (promise 10).

use serde::{Deserialize, Serialize};
use std::fmt;

/// A phone number in E.164: `+`, then 7 to 15 digits, the first of them not 0.
///
/// `Display` and `Debug` mask it; [`PhoneNumber::e164`] is the only way to the digits.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(Box<str>);

impl PhoneNumber {
    /// Reads exactly E.164, as providers send and want it. Anything typed by people goes through `settings::number`.
    #[must_use]
    pub fn from_e164(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?;
        let fits = (7..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| Self(text.into()))
    }

    /// The number in full, for dialling and for those who may see it.
    #[must_use]
    pub fn e164(&self) -> &str {
        &self.0
    }

    /// The number with all but its country's beginning and its last two digits hidden: `+49…10`.
    #[must_use]
    pub fn masked(&self) -> String {
        let end = self.0.len().saturating_sub(2);
        format!("{}…{}", self.0.get(..3).unwrap_or("+"), self.0.get(end..).unwrap_or(""))
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({})", self.masked())
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::from_e164(&text).ok_or_else(|| "not a number in E.164".to_owned())
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0.into()
    }
}
