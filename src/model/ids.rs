//! Identifiers. Those that people choose are slugs; those that we make are UUIDs.

use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// Is this an id as the API wants it: `[a-z0-9-]{1,40}`?
#[must_use]
pub fn is_slug(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

macro_rules! slug {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);
        impl $name {
            /// The id, if the text is one.
            #[must_use]
            pub fn new(text: &str) -> Option<Self> {
                is_slug(text).then(|| Self(text.into()))
            }
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                Self::new(&text).ok_or_else(|| "an id is 1 to 40 of a-z, 0-9 and -".to_owned())
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.into()
            }
        }
    };
}

slug!(
    /// An organisation: a customer.
    OrganisationId
);
slug!(
    /// An account: one contract with a provider.
    AccountId
);
slug!(
    /// A line: one of our numbers at one account.
    LineId
);
slug!(
    /// A traveller, as the API names them within their organisation.
    TravellerId
);

macro_rules! made {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0.as_hyphenated())
            }
        }
    };
}

made!(
    /// One call of ours, outbound or inbound. For a text: the message.
    CallId
);
made!(
    /// One status query.
    QueryId
);
made!(
    /// One alert.
    AlertId
);

/// A traveller's row number: what the step token carries instead of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TravellerRow(pub i64);

/// A settings version of one organisation: 1, 2, ...
pub type Version = u32;

/// The provider's own id of a call, a leg or a message (`CallSid` at Twilio).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProviderCallId(pub String);

/// Where fresh ids come from: random ones, or a row of numbers that a test can foretell.
#[derive(Debug, Clone)]
pub enum IdSource {
    /// UUIDs of version 7.
    Random,
    /// 1, 2, 3, … as UUIDs; shared by clones.
    Counted(std::sync::Arc<std::sync::atomic::AtomicU64>),
}

impl IdSource {
    /// Ids that count up from 1.
    #[must_use]
    pub fn counted() -> Self {
        Self::Counted(std::sync::Arc::default())
    }

    /// A fresh id.
    #[must_use]
    pub fn fresh(&self) -> Uuid {
        match self {
            Self::Random => Uuid::now_v7(),
            Self::Counted(last) => Uuid::from_u128(u128::from(last.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) + 1),
        }
    }
}
