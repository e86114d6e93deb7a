//! What settings mean. Only `check` makes one from what was typed, so whoever holds a [`Settings`] holds a valid one.

use crate::model::desk::{DeskCall, DeskPosition, Role};
use crate::model::language::LanguageTag;
use crate::model::phone::PhoneNumber;
use chrono::{NaiveTime, Weekday};
use chrono_tz::Tz;

/// Who takes help calls first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AssistanceMode {
    /// The operator's operations centre.
    OperationsCentre,
    /// The organisation's own emergency contacts, in order.
    OwnContact,
}

/// Which number travellers are told as the ONE emergency number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EmergencyNumberChoice {
    /// The number of the first desk of the settings.
    FirstDesk,
    /// The organisation's own line here.
    Line,
}

/// Office hours: a span on named days, in the organisation's time zone. `from` is inside, `to` is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// The days on which the span begins.
    pub days: Vec<Weekday>,
    /// When it begins.
    pub from: NaiveTime,
    /// When it ends; None: at the end of the day (`24:00`). At or before `from`: on the next day.
    pub to: Option<NaiveTime>,
}

/// A desk as the settings hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desk {
    /// Its name, for people.
    pub name: String,
    /// Its number.
    pub phone: PhoneNumber,
    /// Has it answered only after it pressed 1?
    pub must_confirm: bool,
    /// How long it may ring, in seconds.
    pub ring_seconds: u16,
    /// When it is open; None: always.
    pub hours: Option<Vec<Hours>>,
}

/// The operator's operations centre, set once for the installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationsCentre {
    /// The desk itself.
    pub desk: Desk,
    /// Names that it had before ("EXOP"): asked for by one of them is help (rule 13).
    pub former_names: Vec<String>,
}

/// What the operator sets once for the installation: the operations centre, and who is told of what no organisation's
/// recipient takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationsCentreSettings {
    /// The operations centre.
    pub centre: OperationsCentre,
    /// Who gets what no organisation's recipient takes, and the operator alerts.
    pub recipients: Vec<Recipient>,
}

/// How status calls are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusCallRules {
    /// How often the question is put in one call: 1 to 3.
    pub max_prompts: u8,
    /// How long the traveller's phone may ring, in seconds.
    pub ring_seconds: u16,
    /// Minutes after the traveller's first call, one entry an attempt, first 0, rising.
    pub retry_minutes: Vec<u16>,
    /// Are spoken answers understood? Else keys only.
    pub speech: bool,
    /// Is a text sent before the first call?
    pub text_first: bool,
}

/// Who is told of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: Option<String>,
    /// The phone number.
    pub phone: Option<PhoneNumber>,
    /// The language of mails and calls.
    pub language: LanguageTag,
}

/// How alerts are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRules {
    /// Who is told, in order: each repeat adds the next.
    pub recipients: Vec<Recipient>,
    /// Minutes between repeats until somebody takes the alert.
    pub repeat_minutes: u16,
}

/// How long things are kept: ISO 8601 periods as typed (`P13M`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// Status queries.
    pub status_queries: String,
    /// Alerts.
    pub alerts: String,
    /// Locations.
    pub locations: String,
}

/// The whole routing table of an organisation, valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The organisation's name.
    pub name: String,
    /// What people hear: at most 30 characters, cut after the last whole word that fits.
    pub spoken_name: String,
    /// ISO 3166 country in which national numbers are read.
    pub country: String,
    /// The organisation's time zone.
    pub time_zone: Tz,
    /// Languages, the first is the default; at least one.
    pub languages: Vec<LanguageTag>,
    /// Which number travellers are told.
    pub emergency_number: EmergencyNumberChoice,
    /// Who takes help calls first.
    pub mode: AssistanceMode,
    /// The organisation's own contacts in calling order; at least one where the mode is `OwnContact`.
    pub own_contacts: Vec<Desk>,
    /// May the operations centre be called when all own contacts failed?
    pub last_resort: bool,
    /// The operations centre; None: switched off for this organisation, or none is set.
    pub operations_centre: Option<OperationsCentre>,
    /// The desk for medical cases.
    pub medical_provider: Option<Desk>,
    /// The desk for booking questions.
    pub travel_provider: Option<Desk>,
    /// How status calls are made.
    pub status_call: StatusCallRules,
    /// How alerts are told.
    pub alerts: AlertRules,
    /// How long things are kept.
    pub retention: Retention,
}

impl Settings {
    /// Settings for a call to a number that belongs to no organisation: no desk, nothing is ever asked or dialled by them.
    #[must_use]
    pub fn of_nobody() -> Self {
        Self {
            name: String::new(),
            spoken_name: String::new(),
            country: String::new(),
            time_zone: Tz::UTC,
            languages: vec![LanguageTag::english()],
            emergency_number: EmergencyNumberChoice::Line,
            mode: AssistanceMode::OperationsCentre,
            own_contacts: Vec::new(),
            last_resort: false,
            operations_centre: None,
            medical_provider: None,
            travel_provider: None,
            status_call: StatusCallRules {
                max_prompts: 1,
                ring_seconds: 25,
                retry_minutes: vec![0],
                speech: false,
                text_first: false,
            },
            alerts: AlertRules { recipients: Vec::new(), repeat_minutes: 5 },
            retention: Retention { status_queries: String::new(), alerts: String::new(), locations: String::new() },
        }
    }

    /// The desk that a call for help reaches first. Settings that `check` made always have one.
    #[must_use]
    pub fn first_desk(&self) -> Option<&Desk> {
        match self.mode {
            AssistanceMode::OperationsCentre => self.operations_centre.as_ref().map(|centre| &centre.desk),
            AssistanceMode::OwnContact => self.own_contacts.first(),
        }
    }

    /// Does a call that no own contact takes end without anybody behind them?
    #[must_use]
    pub fn has_nobody_behind_own_contacts(&self) -> bool {
        let has_last_resort = self.last_resort && self.operations_centre.is_some();
        self.mode == AssistanceMode::OwnContact && !has_last_resort
    }

    /// Every desk with its role and place, in the order of the places.
    #[must_use]
    pub fn desks(&self) -> Vec<(Role, DeskPosition, &Desk)> {
        let medical = self.medical_provider.iter().map(|desk| (Role::MedicalProvider, DeskPosition::MEDICAL, desk));
        let travel = self.travel_provider.iter().map(|desk| (Role::TravelProvider, DeskPosition::TRAVEL, desk));
        let centre =
            self.operations_centre.iter().map(|centre| (Role::OperationsCentre, DeskPosition::OPERATIONS_CENTRE, &centre.desk));
        let places = (DeskPosition::FIRST_CONTACT.0..).map(DeskPosition);
        let contacts = places.zip(&self.own_contacts).map(|(place, desk)| (Role::OwnContact, place, desk));
        medical.chain(travel).chain(centre).chain(contacts).collect()
    }
}

impl Desk {
    /// This desk as a stop of a forward.
    #[must_use]
    pub fn call(&self, role: Role, position: DeskPosition, open: bool) -> DeskCall {
        DeskCall {
            role,
            position,
            name: self.name.clone(),
            phone: self.phone.clone(),
            must_confirm: self.must_confirm,
            ring_seconds: self.ring_seconds,
            open,
        }
    }
}

/// The ONE emergency number that travellers are told: the first desk's, or the organisation's own line here where it
/// chose so. As long as it has no line, the first desk's is told: a number that answers is better than none.
#[must_use]
pub fn emergency_number(settings: &Settings, line: Option<&PhoneNumber>) -> Option<PhoneNumber> {
    let line = match settings.emergency_number {
        EmergencyNumberChoice::FirstDesk => None,
        EmergencyNumberChoice::Line => line,
    };
    line.or_else(|| settings.first_desk().map(|desk| &desk.phone)).cloned()
}
