//! Desks: whoever a call can be forwarded to ("target" in the corpora).

use crate::model::phone::PhoneNumber;
use serde::{Deserialize, Serialize};

/// Which desk of the settings this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The operator's 24/7 desk.
    OperationsCentre,
    /// One of the organisation's own emergency contacts.
    OwnContact,
    /// The desk for medical cases.
    MedicalProvider,
    /// The desk for booking questions.
    TravelProvider,
}

impl Role {
    /// The word of the API and the corpora.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OperationsCentre => "operations_centre",
            Self::OwnContact => "own_contact",
            Self::MedicalProvider => "medical_provider",
            Self::TravelProvider => "travel_provider",
        }
    }
}

/// A desk's place in the settings document; also its bit in the step token's mask of desks tried.
/// 0 medical provider, 1 travel provider, 2 operations centre, 3 to 22 own contacts in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeskPosition(pub u8);

impl DeskPosition {
    /// The medical provider.
    pub const MEDICAL: Self = Self(0);
    /// The travel provider.
    pub const TRAVEL: Self = Self(1);
    /// The operations centre.
    pub const OPERATIONS_CENTRE: Self = Self(2);
    /// The first own contact; the others follow.
    pub const FIRST_CONTACT: Self = Self(3);
}

/// One stop of a forward: a desk as it is to be called now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskCall {
    /// Which desk.
    pub role: Role,
    /// Its place in the settings document.
    pub position: DeskPosition,
    /// Its name, for people.
    pub name: String,
    /// Its number.
    pub phone: PhoneNumber,
    /// Must it press 1 before it counts as having answered?
    pub must_confirm: bool,
    /// How long it may ring, in seconds.
    pub ring_seconds: u16,
    /// Is it within its hours?
    pub open: bool,
}
