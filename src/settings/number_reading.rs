//! What reading a number can come to: taken with warnings, or refused with one reason.

use crate::model::phone::PhoneNumber;

/// Whose number it is: a desk must be certain, a traveller is better rung once too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NumberRole {
    /// Whoever a call can be forwarded to.
    Desk,
    /// Whoever may be called.
    Traveller,
}

/// Why a number is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NumberRefusal {
    /// Nothing to ring.
    Empty,
    /// Letters or signs that do not belong in a number.
    NotANumber,
    /// More than one number in one field.
    SeveralNumbers,
    /// A spreadsheet cut off digits.
    Rounded,
    /// Could be two numbers.
    Ambiguous,
    /// No such country code.
    UnknownCountry,
    /// Too short or too long for its country.
    Length,
    /// An emergency service.
    Emergency,
    /// Works only inside one network.
    ShortCode,
    /// Costs extra.
    Premium,
    /// Costs extra.
    SharedCost,
    /// Nobody's own phone.
    TollFree,
    /// Satellite: cost and fraud.
    Satellite,
    /// A network without a country: cost and fraud.
    InternationalNetwork,
    /// Looks right, but no operator uses this range.
    Unassigned,
}

impl NumberRefusal {
    /// All reasons.
    pub const ALL: [Self; 15] = [
        Self::Empty,
        Self::NotANumber,
        Self::SeveralNumbers,
        Self::Rounded,
        Self::Ambiguous,
        Self::UnknownCountry,
        Self::Length,
        Self::Emergency,
        Self::ShortCode,
        Self::Premium,
        Self::SharedCost,
        Self::TollFree,
        Self::Satellite,
        Self::InternationalNetwork,
        Self::Unassigned,
    ];

    /// The word of the API and of import reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotANumber => "not_a_number",
            Self::SeveralNumbers => "several_numbers",
            Self::Rounded => "rounded",
            Self::Ambiguous => "ambiguous",
            Self::UnknownCountry => "unknown_country",
            Self::Length => "length",
            Self::Emergency => "emergency",
            Self::ShortCode => "short_code",
            Self::Premium => "premium",
            Self::SharedCost => "shared_cost",
            Self::TollFree => "toll_free",
            Self::Satellite => "satellite",
            Self::InternationalNetwork => "international_network",
            Self::Unassigned => "unassigned",
        }
    }
}

/// What is worth knowing about a number that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NumberWarning {
    /// A plus or a trunk prefix was missing and put in.
    PrefixGuessed,
    /// An extension was cut off and is not dialled.
    Extension,
    /// A toll-free number may fail from abroad.
    TollFree,
    /// No operator uses this range as far as is known.
    Unassigned,
}

impl NumberWarning {
    /// The word of the API and of import reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PrefixGuessed => "prefix_guessed",
            Self::Extension => "extension",
            Self::TollFree => "toll_free",
            Self::Unassigned => "unassigned",
        }
    }
}

/// How a number was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberReading {
    /// The number, or why it is refused.
    pub result: Result<PhoneNumber, NumberRefusal>,
    /// The extension that was cut off, 1 to 7 digits; None for a refused number.
    pub extension: Option<String>,
    /// Warnings in the order of the rules; empty for a refused number.
    pub warnings: Vec<NumberWarning>,
    /// The number of a desk that was refused as [`NumberRefusal::Unassigned`] and for no other reason: settings take it
    /// once a person has confirmed it (`unassigned_number`).
    pub if_confirmed: Option<PhoneNumber>,
}

impl NumberReading {
    /// A refused number.
    pub(super) fn refused(refusal: NumberRefusal) -> Self {
        Self { result: Err(refusal), extension: None, warnings: Vec::new(), if_confirmed: None }
    }
}
