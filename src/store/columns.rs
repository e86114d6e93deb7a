//! How the nouns of the trade stand in columns: the same on both engines.
//!
//! Ids that people choose and words are text, ids that we make are 16 bytes, times are microseconds since 1970 (UTC),
//! documents are JSON text. What cannot be read back is an error of decoding, which becomes `StoreError::Corrupt`.

use crate::model::alert::{AlertKind, AlertState, Severity};
use crate::model::answer::Answer;
use crate::model::effect::Status;
use crate::model::event::Direction;
use crate::model::ids::{AccountId, AlertId, CallId, LineId, OrganisationId, ProviderCallId, QueryId, TravellerId, TravellerRow};
use crate::model::language::LanguageTag;
use crate::model::phone::PhoneNumber;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Encode, Type};
use uuid::Uuid;

/// Lets a type of ours stand in a column as another type: how it is written, and how it is read back.
macro_rules! column {
    ($type:ty as $column:ty, $write:expr, $read:expr) => {
        impl<DB: Database> Type<DB> for $type
        where
            $column: Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <$column as Type<DB>>::type_info()
            }
            fn compatible(ty: &DB::TypeInfo) -> bool {
                <$column as Type<DB>>::compatible(ty)
            }
        }
        impl<'q, DB: Database> Encode<'q, DB> for $type
        where
            $column: Encode<'q, DB>,
        {
            fn encode_by_ref(&self, buffer: &mut <DB as Database>::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                let write: fn(&$type) -> $column = $write;
                <$column as Encode<'q, DB>>::encode(write(self), buffer)
            }
        }
        impl<'r, DB: Database> Decode<'r, DB> for $type
        where
            $column: Decode<'r, DB>,
        {
            fn decode(value: <DB as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
                let read: fn($column) -> Option<$type> = $read;
                let stored = <$column as Decode<'r, DB>>::decode(value)?;
                read(stored).ok_or_else(|| concat!("not a value of ", stringify!($type)).into())
            }
        }
    };
}

column!(OrganisationId as String, |id| id.as_str().to_owned(), |text| OrganisationId::new(&text));
column!(AccountId as String, |id| id.as_str().to_owned(), |text| AccountId::new(&text));
column!(LineId as String, |id| id.as_str().to_owned(), |text| LineId::new(&text));
column!(TravellerId as String, |id| id.as_str().to_owned(), |text| TravellerId::new(&text));
column!(ProviderCallId as String, |id| id.0.clone(), |text| Some(ProviderCallId(text)));
column!(PhoneNumber as String, |number| number.e164().to_owned(), |text| PhoneNumber::from_e164(&text));
column!(LanguageTag as String, |tag| tag.as_str().to_owned(), |text| LanguageTag::new(&text));
column!(Answer as String, |word| word.as_str().to_owned(), |text| Answer::from_word(&text));
column!(Status as String, |word| word.as_str().to_owned(), |text| Status::from_word(&text));
column!(AlertKind as String, |word| word.as_str().to_owned(), |text| AlertKind::from_word(&text));
column!(Severity as String, |word| word.as_str().to_owned(), |text| Severity::from_word(&text));
column!(AlertState as String, |word| word.as_str().to_owned(), |text| alert_state(&text));
column!(Direction as String, |word| direction_word(*word).to_owned(), |text| direction(&text));
column!(CallId as Vec<u8>, |id| id.0.as_bytes().to_vec(), |bytes| uuid(&bytes).map(CallId));
column!(QueryId as Vec<u8>, |id| id.0.as_bytes().to_vec(), |bytes| uuid(&bytes).map(QueryId));
column!(AlertId as Vec<u8>, |id| id.0.as_bytes().to_vec(), |bytes| uuid(&bytes).map(AlertId));
column!(TravellerRow as i64, |row| row.0, |number| Some(TravellerRow(number)));
column!(Micros as i64, |at| at.0.timestamp_micros(), |number| DateTime::from_timestamp_micros(number).map(Micros));

fn uuid(bytes: &[u8]) -> Option<Uuid> {
    Uuid::from_slice(bytes).ok()
}

fn alert_state(word: &str) -> Option<AlertState> {
    [AlertState::Open, AlertState::BeingAnswered, AlertState::Taken, AlertState::Settled]
        .into_iter()
        .find(|state| state.as_str() == word)
}

const fn direction_word(direction: Direction) -> &'static str {
    match direction {
        Direction::Outbound => "outbound",
        Direction::Inbound => "inbound",
    }
}

fn direction(word: &str) -> Option<Direction> {
    [Direction::Outbound, Direction::Inbound].into_iter().find(|direction| direction_word(*direction) == word)
}

/// A time as a column holds it: microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Micros(pub(crate) DateTime<Utc>);

impl From<Micros> for DateTime<Utc> {
    fn from(at: Micros) -> Self {
        at.0
    }
}

/// A time that may be missing. A type of its own, because `Option` is not ours to convert into.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MaybeMicros(pub(crate) Option<Micros>);

impl From<MaybeMicros> for Option<DateTime<Utc>> {
    fn from(at: MaybeMicros) -> Self {
        at.0.map(|at| at.0)
    }
}

/// A small number that may be missing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MaybeNumber(pub(crate) Option<i64>);

impl TryFrom<MaybeNumber> for Option<u8> {
    type Error = std::num::TryFromIntError;
    fn try_from(number: MaybeNumber) -> Result<Self, Self::Error> {
        number.0.map(u8::try_from).transpose()
    }
}

macro_rules! maybe_column {
    ($type:ty as $column:ty) => {
        impl<DB: Database> Type<DB> for $type
        where
            $column: Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <$column as Type<DB>>::type_info()
            }
            fn compatible(ty: &DB::TypeInfo) -> bool {
                <Option<$column> as Type<DB>>::compatible(ty)
            }
        }
        impl<'r, DB: Database> Decode<'r, DB> for $type
        where
            $column: Decode<'r, DB>,
        {
            fn decode(value: <DB as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
                Ok(Self(<Option<$column> as Decode<'r, DB>>::decode(value)?))
            }
        }
    };
}
maybe_column!(MaybeMicros as Micros);
maybe_column!(MaybeNumber as i64);

/// A list as JSON text.
#[derive(Debug, Clone)]
pub(crate) struct JsonList<T>(pub(crate) Vec<T>);

impl<T> From<JsonList<T>> for Vec<T> {
    fn from(list: JsonList<T>) -> Self {
        list.0
    }
}

impl<T, DB: Database> Type<DB> for JsonList<T>
where
    String: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <String as Type<DB>>::type_info()
    }
    fn compatible(ty: &DB::TypeInfo) -> bool {
        <String as Type<DB>>::compatible(ty)
    }
}

impl<'r, T: DeserializeOwned, DB: Database> Decode<'r, DB> for JsonList<T>
where
    &'r str: Decode<'r, DB>,
{
    fn decode(value: <DB as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(serde_json::from_str(<&'r str as Decode<'r, DB>>::decode(value)?)?))
    }
}

/// A value as JSON text. Our own types always have one; should that ever fail, `null` is refused when it is read.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// A time as a column holds it.
pub(crate) const fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

/// A time that may be missing, as a column holds it.
pub(crate) fn maybe_micros(at: Option<DateTime<Utc>>) -> Option<i64> {
    at.map(micros)
}
