//! Who may do what on the private listener.

use serde::{Deserialize, Serialize};

/// The role of a token or a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessRole {
    /// Changes everything, and reads all but words, positions and medical answers.
    Admin,
    /// Reads all; changes status queries, alerts, travellers and locations.
    Duty,
    /// Reads all but words, positions and medical answers; changes nothing.
    Read,
}

impl AccessRole {
    /// All roles.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Duty, Self::Read];

    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Duty => "duty",
            Self::Read => "read",
        }
    }

    /// The role with that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// Does it have this right?
    #[must_use]
    pub const fn has(self, right: Right) -> bool {
        match right {
            Right::Read => true,
            Right::SeePeople => matches!(self, Self::Duty),
            Right::Operate => matches!(self, Self::Admin | Self::Duty),
            Right::Administer => matches!(self, Self::Admin),
        }
    }
}

/// What a request needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// To look.
    Read,
    /// To see words, positions and medical answers.
    SeePeople,
    /// To change status queries, alerts, travellers and locations.
    Operate,
    /// To change settings and, for the installation, everything else.
    Administer,
}

impl Right {
    /// The roles that have it, for people.
    #[must_use]
    pub const fn held_by(self) -> &'static str {
        match self {
            Self::Read => "admin, duty or read",
            Self::SeePeople => "duty",
            Self::Operate => "admin or duty",
            Self::Administer => "admin",
        }
    }
}
