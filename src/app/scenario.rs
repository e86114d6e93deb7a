//! Scenarios (`replay`): whole calls as data, the engine's reaction to each event, and how the two are compared.
//!
//! Invariant: nothing here judges; it reads, translates and compares.

use crate::model::alert::{AlertKind, Severity};
use crate::model::answer::Answer;
use crate::model::effect::{Effect, TelephoneAction};
use crate::model::event::{AnsweredBy, Confidence, DialOutcome, Direction, Event, LineStatus, Speech};
use crate::model::ids::TravellerRow;
use crate::model::language::LanguageTag;
use crate::model::phone::PhoneNumber;
use crate::settings::Settings;
use crate::settings::valid::{
    AlertRules, AssistanceMode, Desk, EmergencyNumberChoice, OperationsCentre, Retention, StatusCallRules,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// One scenario.
#[derive(Debug, Clone, Deserialize)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// The organisation with all its versions.
    pub organisation: Organisation,
    /// What stands before the first step.
    pub situation: Situation,
    /// What happens, and what the engine must do.
    pub steps: Vec<Step>,
    /// What stands after the last step.
    pub end: End,
}

/// The organisation of a scenario.
#[derive(Debug, Clone, Deserialize)]
pub struct Organisation {
    /// Its name.
    pub name: String,
    /// Its ONE number, which is its line here.
    pub emergency_number: String,
    /// All versions; one is active.
    pub versions: Vec<VersionDocument>,
}

/// One settings version.
#[derive(Debug, Clone, Deserialize)]
pub struct VersionDocument {
    /// 1, 2, …
    pub version: u32,
    /// `active` or `saved`.
    pub state: VersionState,
    assistance_mode: Mode,
    contacts: Vec<Target>,
    operations_centre: Centre,
    last_resort_operations_centre: bool,
    medical_provider: Option<Target>,
    travel_provider: Option<Target>,
    languages: Vec<String>,
    max_prompts: u8,
    ring_timeout_s: u16,
    retry_plan_minutes: Vec<u16>,
    retention_days: RetentionDays,
}

/// Does a version route?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionState {
    /// It does.
    Active,
    /// It is a draft.
    Saved,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    OperationsCentre,
    OwnContact,
}

#[derive(Debug, Clone, Deserialize)]
struct Target {
    name: String,
    phone: String,
    must_confirm: bool,
}

#[derive(Debug, Clone, Deserialize)]
struct Centre {
    phone: String,
    names: Vec<String>,
    must_confirm: bool,
}

#[derive(Debug, Clone, Deserialize)]
struct RetentionDays {
    status_queries: u32,
    alerts: u32,
    locations: u32,
}

/// What stands before the first step.
#[derive(Debug, Clone, Deserialize)]
pub struct Situation {
    /// How it begins.
    pub kind: Kind,
    /// The open status query.
    pub query: Option<Query>,
    /// All travellers of the organisation.
    pub travellers: Vec<Traveller>,
}

/// How a scenario begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Attempt 1 is being placed.
    OutboundStatusCall,
    /// Somebody rings.
    InboundCall,
    /// Somebody writes.
    Sms,
}

/// The open status query.
#[derive(Debug, Clone, Deserialize)]
pub struct Query {
    /// Whose.
    pub traveller: String,
    /// Was attempt 1 made in vain, and is attempt 2 planned?
    pub retry_pending: bool,
}

/// A traveller.
#[derive(Debug, Clone, Deserialize)]
pub struct Traveller {
    /// `t-1`, …
    pub id: String,
    /// The number.
    pub phone: String,
    /// The language.
    pub language: String,
}

/// One step.
#[derive(Debug, Clone, Deserialize)]
pub struct Step {
    /// An event of the provider.
    pub provider: Option<ProviderEvent>,
    /// An event of an administrator.
    pub administrator: Option<AdministratorEvent>,
    /// What the whole event means; the engine never sees it, unless only the rules are tested.
    pub means: Option<String>,
    /// The whole reaction.
    pub engine: Vec<Action>,
}

/// What an administrator does.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AdministratorEvent {
    /// A version becomes the active one.
    SettingsActivated {
        /// Which.
        version: u32,
    },
}

/// What a provider reports.
#[derive(Debug, Clone, Deserialize)]
pub struct ProviderEvent {
    /// The delivery.
    pub id: String,
    /// The call; None: a text.
    pub call: Option<String>,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What happened, in the words of the corpora.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// The call was answered, or has come in.
    CallAnswered {
        /// Who rang whom.
        direction: Direction,
        /// Who rang; None: withheld.
        caller: Option<String>,
        /// Whom.
        called: String,
    },
    /// Keys or words of the traveller, or nothing in time.
    Gathered {
        /// The keys.
        digits: Option<String>,
        /// The words.
        speech: Option<String>,
        /// How sure the recogniser was.
        confidence: Option<serde_json::Value>,
    },
    /// A forward has ended.
    DialResult {
        /// To whom.
        phone: String,
        /// How.
        result: DialOutcome,
        /// How long the two talked.
        duration_s: Option<u32>,
    },
    /// The desk pressed 1.
    TargetConfirmed {
        /// Which desk.
        phone: String,
    },
    /// The desk pressed another key.
    TargetDeclined {
        /// Which desk.
        phone: String,
    },
    /// The traveller's line.
    CallStatus {
        /// How it stands.
        status: LineStatus,
    },
    /// Machine detection.
    AnsweredBy {
        /// What it says.
        by: AnsweredBy,
    },
    /// A text.
    SmsReceived {
        /// Who wrote.
        caller: Option<String>,
        /// To which number.
        called: String,
        /// What.
        text: String,
    },
}

/// What the engine does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// The question is put.
    Prompt {
        /// What is offered.
        choices: Vec<Answer>,
        /// In which language.
        language: String,
        /// Which time in this call.
        attempt: u8,
    },
    /// The traveller is connected to a desk.
    Forward {
        /// Which desk.
        role: String,
        /// Its number.
        phone: String,
        /// How long it may ring.
        timeout_s: u16,
        /// Must it press 1?
        must_confirm: bool,
    },
    /// A fixed message.
    Say {
        /// Which.
        key: String,
    },
    /// The line is ended.
    HangUp,
    /// A text is answered.
    ReplySms {
        /// With what in it.
        contains: String,
    },
    /// A status is recorded.
    Record {
        /// Whose; None: unknown.
        traveller: Option<String>,
        /// Which.
        status: String,
    },
    /// An alert is raised.
    Alert {
        /// Its kind.
        kind: String,
        /// How urgent.
        severity: String,
    },
    /// The next attempt is planned.
    Retry {
        /// The plan's entry.
        after_minutes: u16,
    },
    /// A call from one of our own lines is refused as busy.
    Refuse,
    /// Nothing new.
    Nothing,
}

/// What stands after the last step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// By traveller.
    pub status: BTreeMap<String, String>,
    /// Kinds, each once, in the order of first raising.
    pub open_alerts: Vec<String>,
    /// Is an attempt planned and not yet placed?
    pub retry_pending: bool,
}

/// Reads a `.json` with one scenario, or a `.jsonl` with one a line.
///
/// # Errors
/// Which line cannot be read, and why.
pub fn read(text: &str, lines: bool) -> Result<Vec<Scenario>, String> {
    let one = |(number, text): (usize, &str)| serde_json::from_str(text).map_err(|error| format!("line {number}: {error}"));
    if lines {
        (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()).map(one).collect()
    } else {
        one((1, text)).map(|scenario| vec![scenario])
    }
}

/// A number as the data writes it.
///
/// # Errors
/// It is no number in E.164.
pub fn phone(text: &str) -> Result<PhoneNumber, String> {
    PhoneNumber::from_e164(text).ok_or_else(|| format!("'{text}' is no number in E.164"))
}

/// A language tag as the data writes it.
///
/// # Errors
/// It is no tag.
pub fn language(text: &str) -> Result<LanguageTag, String> {
    LanguageTag::new(text).ok_or_else(|| format!("'{text}' is no language tag"))
}

impl ProviderEvent {
    /// The event in our words.
    ///
    /// # Errors
    /// A number that is none.
    pub fn event(&self) -> Result<Event, String> {
        Ok(match &self.what {
            What::CallAnswered { direction, caller, called } => Event::CallAnswered {
                direction: *direction,
                caller: caller.as_deref().and_then(PhoneNumber::from_e164),
                called: phone(called)?,
            },
            What::Gathered { digits, speech, confidence } => {
                let confidence = confidence.as_ref().filter(|value| !value.is_null()).map(ToString::to_string);
                let speech = speech.clone().map(|text| Speech { text, confidence: Confidence::from_wire(confidence.as_deref()) });
                Event::Gathered { digits: digits.clone(), speech }
            }
            What::DialResult { phone: desk, result, duration_s } => {
                Event::DialResult { phone: phone(desk)?, result: *result, duration_seconds: *duration_s }
            }
            What::TargetConfirmed { phone: desk } => Event::TargetConfirmed { phone: phone(desk)? },
            What::TargetDeclined { phone: desk } => Event::TargetDeclined { phone: phone(desk)? },
            What::CallStatus { status } => Event::CallStatus { status: *status },
            What::AnsweredBy { by } => Event::AnsweredBy { by: *by },
            What::SmsReceived { caller, called, text } => Event::SmsReceived {
                caller: caller.as_deref().and_then(PhoneNumber::from_e164),
                called: phone(called)?,
                text: text.clone(),
            },
        })
    }
}

impl VersionDocument {
    /// Minutes after the traveller's first call, one entry an attempt.
    #[must_use]
    pub fn retry_minutes(&self) -> &[u16] {
        &self.retry_plan_minutes
    }

    /// The document as an administrator would save it, with the operations centre beside it.
    #[must_use]
    pub fn documents(&self, organisation: &str) -> (serde_json::Value, serde_json::Value) {
        let desk = |target: &Target| json!({"name": target.name, "phone": target.phone, "must_confirm": target.must_confirm, "ring_seconds": self.ring_timeout_s});
        let document = json!({
            "name": organisation, "country": "DE", "time_zone": "Europe/Berlin", "languages": self.languages, "emergency_number": "line",
            "assistance": {
                "mode": match self.assistance_mode { Mode::OperationsCentre => "operations_centre", Mode::OwnContact => "own_contact" },
                "own_contacts": self.contacts.iter().map(desk).collect::<Vec<_>>(),
                "last_resort_operations_centre": self.last_resort_operations_centre,
            },
            "medical_provider": self.medical_provider.as_ref().map(desk),
            "travel_provider": self.travel_provider.as_ref().map(desk),
            "status_call": {"max_prompts": self.max_prompts, "ring_seconds": self.ring_timeout_s, "retry_minutes": self.retry_plan_minutes, "speech": true},
            "alerts": {"recipients": []},
            "retention": {
                "status_queries": format!("P{}D", self.retention_days.status_queries),
                "alerts": format!("P{}D", self.retention_days.alerts),
                "locations": format!("P{}D", self.retention_days.locations),
            },
        });
        let centre = &self.operations_centre;
        let (name, former) =
            centre.names.split_first().map_or(("Operations centre", &[][..]), |(name, former)| (name.as_str(), former));
        let centre = json!({"name": name, "former_names": former, "phone": centre.phone, "must_confirm": centre.must_confirm, "ring_seconds": self.ring_timeout_s});
        (document, centre)
    }

    /// The settings that the document means.
    ///
    /// # Errors
    /// A number or a language that is none.
    pub fn settings(&self, organisation: &str) -> Result<Settings, String> {
        let desk = |name: &str, number: &str, must_confirm| {
            let phone = phone(number)?;
            Ok::<_, String>(Desk { name: name.to_owned(), phone, must_confirm, ring_seconds: self.ring_timeout_s, hours: None })
        };
        let target = |target: &Target| desk(&target.name, &target.phone, target.must_confirm);
        let centre = &self.operations_centre;
        let (name, former) = centre.names.split_first().ok_or("the operations centre has no name")?;
        Ok(Settings {
            name: organisation.to_owned(),
            spoken_name: organisation.to_owned(),
            country: "DE".to_owned(),
            time_zone: chrono_tz::Tz::Europe__Berlin,
            languages: self.languages.iter().map(|tag| language(tag)).collect::<Result<_, _>>()?,
            emergency_number: EmergencyNumberChoice::Line,
            mode: match self.assistance_mode {
                Mode::OperationsCentre => AssistanceMode::OperationsCentre,
                Mode::OwnContact => AssistanceMode::OwnContact,
            },
            own_contacts: self.contacts.iter().map(target).collect::<Result<_, _>>()?,
            last_resort: self.last_resort_operations_centre,
            operations_centre: Some(OperationsCentre {
                desk: desk(name, &centre.phone, centre.must_confirm)?,
                former_names: former.to_vec(),
            }),
            medical_provider: self.medical_provider.as_ref().map(target).transpose()?,
            travel_provider: self.travel_provider.as_ref().map(target).transpose()?,
            status_call: StatusCallRules {
                max_prompts: self.max_prompts,
                ring_seconds: self.ring_timeout_s,
                retry_minutes: self.retry_plan_minutes.clone(),
                speech: true,
                text_first: false,
            },
            alerts: AlertRules { recipients: Vec::new(), repeat_minutes: 5 },
            retention: Retention {
                status_queries: format!("P{}D", self.retention_days.status_queries),
                alerts: format!("P{}D", self.retention_days.alerts),
                locations: format!("P{}D", self.retention_days.locations),
            },
        })
    }
}

/// What a decision did, in the words of the corpora: records and alerts, telephone actions, retries. `name` names a traveller.
pub fn actions(telephone: &[TelephoneAction], effects: &[Effect], name: impl Fn(TravellerRow) -> String) -> Vec<Action> {
    let (retries, files): (Vec<Action>, Vec<Action>) =
        effects.iter().filter_map(|effect| of_effect(effect, &name)).partition(|action| matches!(action, Action::Retry { .. }));
    let all: Vec<Action> = files.into_iter().chain(telephone.iter().map(of_telephone)).chain(retries).collect();
    if all.is_empty() { vec![Action::Nothing] } else { all }
}

fn of_effect(effect: &Effect, name: impl Fn(TravellerRow) -> String) -> Option<Action> {
    match effect {
        Effect::Record { traveller, status } => {
            Some(Action::Record { traveller: traveller.map(name), status: status.as_str().to_owned() })
        }
        Effect::RaiseAlert { kind, severity, .. } => {
            Some(Action::Alert { kind: kind.as_str().to_owned(), severity: severity.as_str().to_owned() })
        }
        Effect::Retry { after_minutes, .. } => Some(Action::Retry { after_minutes: *after_minutes }),
        Effect::SetStatus { .. }
        | Effect::SettleAlert { .. }
        | Effect::AlertBeingAnswered { .. }
        | Effect::AlertOpenAgain { .. }
        | Effect::SettleQuery { .. }
        | Effect::EndAttempt { .. }
        | Effect::ChangeCall
        | Effect::LookUpCall
        | Effect::CallUnknown => None,
    }
}

fn of_telephone(action: &TelephoneAction) -> Action {
    match action {
        TelephoneAction::Prompt { choices, language, ask } => {
            Action::Prompt { choices: choices.clone(), language: language.as_str().to_owned(), attempt: *ask }
        }
        TelephoneAction::Forward { desk } => Action::Forward {
            role: desk.role.as_str().to_owned(),
            phone: desk.phone.e164().to_owned(),
            timeout_s: desk.ring_seconds,
            must_confirm: desk.must_confirm,
        },
        TelephoneAction::Say { key } => Action::Say { key: key.as_str().to_owned() },
        TelephoneAction::HangUp => Action::HangUp,
        TelephoneAction::ReplyText { .. } => Action::ReplySms { contains: "emergency_number".to_owned() },
        TelephoneAction::Refuse => Action::Refuse,
    }
}

/// Is that the whole reaction? Prompts, forwards, words and hang-ups in their order, the rest in any order.
pub fn same(expected: &[Action], actual: &[Action]) -> bool {
    let ordered = |action: &&Action| {
        matches!(action, Action::Prompt { .. } | Action::Forward { .. } | Action::Say { .. } | Action::HangUp | Action::Refuse)
    };
    let (telephone, mut rest): (Vec<&Action>, Vec<&Action>) = expected.iter().partition(ordered);
    let (did, others): (Vec<&Action>, Vec<&Action>) = actual.iter().partition(ordered);
    for other in others {
        let Some(place) = rest.iter().position(|action| *action == other) else { return false };
        rest.swap_remove(place);
    }
    telephone == did && rest.is_empty()
}

/// Is every word of the data one of ours? What is misspelt would otherwise never be compared.
pub fn check_words(scenario: &Scenario) -> Result<(), String> {
    for action in scenario.steps.iter().flat_map(|step| &step.engine) {
        if let Action::Alert { kind, severity } = action {
            AlertKind::from_word(kind).ok_or_else(|| format!("no alert kind: {kind}"))?;
            Severity::from_word(severity).ok_or_else(|| format!("no severity: {severity}"))?;
        }
    }
    Ok(())
}
