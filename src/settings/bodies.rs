//! The other documents of the API: accounts, lines, travellers, status queries, organisations. Each check looks at every
//! field and names every problem.

use super::check::{check, defaults};
use super::context::CheckContext;
use super::desks::{PHONE_CHARS_MAX, read_email, read_language, warn_of_reading};
use super::draft::Typed;
use super::number::read_number;
use super::number_reading::NumberRole;
use super::problems::{Problem, Problems, Wanted};
use super::valid::OperationsCentreSettings;
use crate::model::answer::Answer;
use crate::model::ids::{AccountId, LineId, OrganisationId, TravellerId};
use crate::model::language::LanguageTag;
use crate::model::limits::{INCIDENT_CHARS_MAX, NAME_CHARS_MAX};
use crate::model::phone::PhoneNumber;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde_json::{Map, Value};

/// Secrets and credentials: the longest known are PEM keys of 4 KiB.
const SECRET_CHARS_MAX: usize = 8_192;
/// Two are needed while one is replaced by the next; a slip more does no harm.
const SECRETS_MAX: usize = 4;
const CREDENTIALS_MAX: usize = 20;
const URL_CHARS_MAX: usize = 500;
/// Calls per second of an account: Twilio begins with 1, large customers have some dozens.
const CALLS_PER_SECOND: std::ops::RangeInclusive<f64> = 0.1..=100.0;
const CALLS_PER_SECOND_DEFAULT: f64 = 1.0;
/// Attempts take a traveller's phones in turn; more than the most attempts are never rung.
const PHONES_MAX: usize = 10;
const GROUPS_MAX: usize = 100;

/// What a body comes to.
#[derive(Debug, Clone)]
pub struct CheckedBody<T> {
    /// What it means; None exactly if there are problems.
    pub body: Option<T>,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// What is worth knowing. Never blocks.
    pub warnings: Vec<Problem>,
}

impl<T> CheckedBody<T> {
    pub(super) fn new(body: Option<T>, found: Problems, warnings: Problems) -> Self {
        Self { body: body.filter(|_| found.is_empty()), problems: found.into_list(), warnings: warnings.into_list() }
    }
}

/// What an account's document is checked against: a provider as its dialect describes it.
#[derive(Debug, Clone, Copy)]
pub struct KnownProvider<'a> {
    /// The name in the API.
    pub name: &'a str,
    /// Does it sign its webhooks? Then an account without a secret is refused.
    pub signs: bool,
    /// Credentials without which nothing works (`account_sid`).
    pub needed_credentials: &'a [&'a str],
}

/// A secret as it was typed.
#[derive(Debug, Clone)]
pub enum Secret {
    /// `{"set": true}`, as GET shows it: the one that is stored stays.
    Keep,
    /// This one.
    New(SecretString),
}

/// A webhook secret, with the name of the key where the provider has several.
#[derive(Debug, Clone)]
pub struct WebhookSecret {
    /// The name of the key.
    pub key: Option<String>,
    /// The secret.
    pub secret: Secret,
}

/// An account, as it was typed.
#[derive(Debug, Clone)]
pub struct AccountBody {
    /// The provider's name.
    pub provider: String,
    /// The provider's region.
    pub region: Option<String>,
    /// Credentials by their names.
    pub credentials: Vec<(String, Secret)>,
    /// Secrets of webhooks; None: `{"set": true}`, all that are stored stay.
    pub webhook_secrets: Option<Vec<WebhookSecret>>,
    /// Where the provider's API is, if not at its usual place.
    pub api_base_url: Option<String>,
    /// How many calls may be placed a second.
    pub calls_per_second: f64,
}

/// Checks an account. `has_stored_secrets`: does the account exist with secrets, so that `{"set": true}` means something?
#[must_use]
pub fn check_account(document: &Value, providers: &[KnownProvider<'_>], has_stored_secrets: bool) -> CheckedBody<AccountBody> {
    let (mut found, mut warnings) = (Problems::none(), Problems::none());
    let known = ["provider", "region", "credentials", "webhook_secrets", "api_base_url", "calls_per_second"];
    let fields = Typed::root(document).fields(&known, &mut found);
    let name = fields.field("provider").needed_text(NAME_CHARS_MAX, &mut found);
    let provider = name.and_then(|name| providers.iter().find(|provider| provider.name == name));
    if name.is_some() && provider.is_none() {
        let names: Vec<&str> = providers.iter().map(|provider| provider.name).collect();
        found.unknown_provider("provider", &names);
    }
    let region = fields.field("region").optional_text(NAME_CHARS_MAX, &mut found);
    let credentials = read_credentials(&fields.field("credentials"), provider, has_stored_secrets, &mut found);
    let secrets_typed = fields.field("webhook_secrets");
    let before = found.len();
    let webhook_secrets = read_webhook_secrets(&secrets_typed, has_stored_secrets, &mut found);
    let has_none = webhook_secrets.as_ref().is_some_and(Vec::is_empty) && found.len() == before;
    if has_none && provider.is_some_and(|provider| provider.signs) {
        found.webhook_secret_missing(&secrets_typed.path);
    }
    let api_base_url = read_url(&fields.field("api_base_url"), &mut found, &mut warnings);
    let calls_per_second = fields.field("calls_per_second").number(CALLS_PER_SECOND, &mut found);
    let body = name.map(|name| AccountBody {
        provider: name.to_owned(),
        region: region.map(str::to_owned),
        credentials,
        webhook_secrets,
        api_base_url,
        calls_per_second: calls_per_second.unwrap_or(CALLS_PER_SECOND_DEFAULT),
    });
    CheckedBody::new(body, found, warnings)
}

fn read_credentials(
    typed: &Typed<'_>,
    provider: Option<&KnownProvider<'_>>,
    has_stored: bool,
    found: &mut Problems,
) -> Vec<(String, Secret)> {
    if is_keep(typed.value()) && has_stored {
        return Vec::new();
    }
    if typed.value().is_some_and(|value| !value.is_object()) {
        found.wrong_type(&typed.path, Wanted::Object);
        return Vec::new();
    }
    let entries = typed.entries();
    if entries.len() > CREDENTIALS_MAX {
        found.too_many(&typed.path, CREDENTIALS_MAX);
        return Vec::new();
    }
    for needed in provider.into_iter().flat_map(|provider| provider.needed_credentials) {
        if !entries.iter().any(|(name, typed)| name == needed && !typed.is_left_out()) {
            found.missing(&format!("{}.{needed}", typed.path));
        }
    }
    let secrets = entries.into_iter().filter(|(_, typed)| !typed.is_left_out());
    secrets.filter_map(|(name, typed)| Some((name.to_owned(), read_secret(&typed, has_stored, found)?))).collect()
}

/// `{"set": true}`.
#[must_use]
pub fn is_keep(value: Option<&Value>) -> bool {
    let map = value.and_then(Value::as_object);
    map.is_some_and(|map| map.len() == 1 && map.get("set") == Some(&Value::Bool(true)))
}

fn read_secret(typed: &Typed<'_>, has_stored: bool, found: &mut Problems) -> Option<Secret> {
    if is_keep(typed.value()) && has_stored {
        return Some(Secret::Keep);
    }
    typed.needed_text(SECRET_CHARS_MAX, found).map(|secret| Secret::New(secret.into()))
}

fn read_webhook_secrets(typed: &Typed<'_>, has_stored: bool, found: &mut Problems) -> Option<Vec<WebhookSecret>> {
    if is_keep(typed.value()) && has_stored {
        return None;
    }
    let list = typed.list(found).unwrap_or_default();
    if list.len() > SECRETS_MAX {
        found.too_many(&typed.path, SECRETS_MAX);
        return Some(Vec::new());
    }
    Some(list.iter().filter_map(|entry| read_webhook_secret(entry, has_stored, found)).collect())
}

/// `"…"`, `{"set": true}` or `{"key", "secret"}`.
fn read_webhook_secret(typed: &Typed<'_>, has_stored: bool, found: &mut Problems) -> Option<WebhookSecret> {
    let is_pair = typed.value().is_some_and(Value::is_object) && !is_keep(typed.value());
    if !is_pair {
        return Some(WebhookSecret { key: None, secret: read_secret(typed, has_stored, found)? });
    }
    let fields = typed.fields(&["key", "secret"], found);
    let key = fields.field("key").optional_text(NAME_CHARS_MAX, found).map(str::to_owned);
    Some(WebhookSecret { key, secret: read_secret(&fields.field("secret"), has_stored, found)? })
}

/// An address that may be left out. Plain http is taken for tests, with a warning unless it stays on this machine.
fn read_url(typed: &Typed<'_>, found: &mut Problems, warnings: &mut Problems) -> Option<String> {
    let text = typed.optional_text(URL_CHARS_MAX, found)?;
    let (rest, is_plain) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (rest, false),
        (None, Some(rest)) => (rest, true),
        (None, None) => ("", false),
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // A user name in front of the host would be a secret in a place that is logged, and hides the real host from readers.
    if host.is_empty() || host.starts_with(':') || host.contains('@') || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        found.invalid_url(&typed.path);
        return None;
    }
    let is_here = ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|here| host.strip_prefix(here).is_some_and(|port| port.is_empty() || port.starts_with(':')));
    if is_plain && !is_here {
        warnings.not_encrypted(&typed.path);
    }
    Some(text.to_owned())
}

/// A line, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineBody {
    /// The account that has it.
    pub account: AccountId,
    /// Its number.
    pub number: PhoneNumber,
    /// The organisation that it belongs to.
    pub organisation: OrganisationId,
    /// None: callers are asked. Else calls are forwarded at once, as this answer.
    pub inbound: Option<Answer>,
    /// The line that texts are sent from, if this one cannot.
    pub text_line: Option<LineId>,
    /// Where the provider turns if we do not answer.
    pub fallback_url: Option<String>,
}

/// What a line is checked against.
#[derive(Debug, Clone, Copy, Default)]
pub struct LineContext<'a> {
    /// The accounts that exist.
    pub accounts: &'a [AccountId],
    /// The organisations that exist.
    pub organisations: &'a [OrganisationId],
    /// The lines that exist.
    pub lines: &'a [LineId],
    /// The numbers of all desks of all active versions: a line with one of them would call itself.
    pub desk_numbers: &'a [PhoneNumber],
}

/// Checks a line.
#[must_use]
pub fn check_line(document: &Value, context: &LineContext<'_>) -> CheckedBody<LineBody> {
    let (mut found, mut warnings) = (Problems::none(), Problems::none());
    let known = ["account", "number", "organisation", "inbound", "text_line", "fallback_url"];
    let fields = Typed::root(document).fields(&known, &mut found);
    let account = read_id(&fields.field("account"), AccountId::new, context.accounts, &mut found);
    let number = read_line_number(&fields.field("number"), context.desk_numbers, &mut found);
    let organisation = read_id(&fields.field("organisation"), OrganisationId::new, context.organisations, &mut found);
    let ways =
        [("ask", None), ("help", Some(Answer::Help)), ("medical", Some(Answer::Medical)), ("travel", Some(Answer::Travel))];
    let inbound = fields.field("inbound").word(&ways, &mut found).flatten();
    let text_line = fields.field("text_line");
    let text_line = if text_line.is_left_out() { None } else { read_id(&text_line, LineId::new, context.lines, &mut found) };
    let fallback_url = read_url(&fields.field("fallback_url"), &mut found, &mut warnings);
    let body = account.zip(number).zip(organisation).map(|((account, number), organisation)| LineBody {
        account,
        number,
        organisation,
        inbound,
        text_line,
        fallback_url,
    });
    CheckedBody::new(body, found, warnings)
}

/// The id of something that exists.
fn read_id<T: PartialEq>(typed: &Typed<'_>, new: impl Fn(&str) -> Option<T>, known: &[T], found: &mut Problems) -> Option<T> {
    let text = typed.needed_text(NAME_CHARS_MAX, found)?;
    let id = new(text);
    match &id {
        None => found.invalid_id(&typed.path),
        Some(id) if !known.contains(id) => found.unknown_name(&typed.path),
        Some(_) => {}
    }
    id
}

/// The number of a line is a fact of the provider: exactly in E.164 it is taken whatever its range is.
fn read_line_number(typed: &Typed<'_>, desk_numbers: &[PhoneNumber], found: &mut Problems) -> Option<PhoneNumber> {
    let text = typed.needed_text(PHONE_CHARS_MAX, found)?;
    let number = match PhoneNumber::from_e164(text) {
        Some(number) => number,
        None => {
            let reading = read_number(text, "", NumberRole::Desk);
            match (reading.result, reading.if_confirmed) {
                (Ok(number), _) | (Err(_), Some(number)) => number,
                (Err(refusal), None) => {
                    found.refused_number(&typed.path, refusal, NumberRole::Desk);
                    return None;
                }
            }
        }
    };
    if desk_numbers.contains(&number) {
        found.line_is_a_desk(&typed.path);
    }
    Some(number)
}

/// A traveller, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TravellerBody {
    /// The name; None: unknown, and still rung.
    pub name: Option<String>,
    /// Numbers in the order in which attempts take them, each once, as typed and as dialled.
    pub phones: Vec<(String, PhoneNumber)>,
    /// The language.
    pub language: Option<LanguageTag>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The personnel number, or whatever the organisation knows the person by.
    pub person_key: Option<String>,
    /// Groups.
    pub groups: Vec<String>,
    /// When the traveller is deleted.
    pub valid_until: Option<DateTime<Utc>>,
}

/// Checks a traveller of an organisation in this country.
#[must_use]
pub fn check_traveller(document: &Value, country: &str) -> CheckedBody<TravellerBody> {
    let (mut found, mut warnings) = (Problems::none(), Problems::none());
    let known = ["name", "phones", "language", "email", "person_key", "groups", "valid_until"];
    let fields = Typed::root(document).fields(&known, &mut found);
    let body = TravellerBody {
        name: fields.field("name").optional_text(NAME_CHARS_MAX, &mut found).map(str::to_owned),
        phones: read_phones(&fields.field("phones"), country, &mut found, &mut warnings),
        language: read_language(&fields.field("language"), &mut found),
        email: read_email(&fields.field("email"), &mut found),
        person_key: fields.field("person_key").optional_text(NAME_CHARS_MAX, &mut found).map(str::to_owned),
        groups: read_groups(&fields.field("groups"), &mut found),
        valid_until: read_moment(&fields.field("valid_until"), &mut found),
    };
    CheckedBody::new(Some(body), found, warnings)
}

fn read_phones(typed: &Typed<'_>, country: &str, found: &mut Problems, warnings: &mut Problems) -> Vec<(String, PhoneNumber)> {
    let list = typed.list(found);
    if list.as_ref().is_some_and(Vec::is_empty) || typed.is_left_out() {
        found.too_few(&typed.path, 1);
    }
    let list = list.unwrap_or_default();
    if list.len() > PHONES_MAX {
        found.too_many(&typed.path, PHONES_MAX);
        return Vec::new();
    }
    let mut phones: Vec<(String, PhoneNumber)> = Vec::new();
    for entry in list {
        let Some(text) = entry.needed_text(PHONE_CHARS_MAX, found) else { continue };
        let reading = read_number(text, country, NumberRole::Traveller);
        warn_of_reading(&reading, &entry.path, warnings);
        match reading.result {
            Err(refusal) => found.refused_number(&entry.path, refusal, NumberRole::Traveller),
            Ok(phone) if phones.iter().any(|(_, other)| *other == phone) => warnings.twice(&entry.path),
            Ok(phone) => phones.push((text.to_owned(), phone)),
        }
    }
    phones
}

fn read_groups(typed: &Typed<'_>, found: &mut Problems) -> Vec<String> {
    let list = typed.list(found).unwrap_or_default();
    if list.len() > GROUPS_MAX {
        found.too_many(&typed.path, GROUPS_MAX);
        return Vec::new();
    }
    let mut groups: Vec<String> = Vec::new();
    for entry in list {
        let Some(name) = entry.needed_text(NAME_CHARS_MAX, found) else { continue };
        if !groups.iter().any(|other| other == name) {
            groups.push(name.to_owned());
        }
    }
    groups
}

fn read_moment(typed: &Typed<'_>, found: &mut Problems) -> Option<DateTime<Utc>> {
    let text = typed.optional_text(NAME_CHARS_MAX, found)?;
    let moment = DateTime::parse_from_rfc3339(text).ok();
    if moment.is_none() {
        found.invalid_moment(&typed.path);
    }
    moment.map(|moment| moment.to_utc())
}

/// Who is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Everybody.
    All,
    /// These, each once.
    Travellers(Vec<TravellerId>),
    /// Whoever is in one of these groups.
    Groups(Vec<String>),
}

/// A status query, as it was ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusQueryBody {
    /// The incident, language by language; empty: none is named.
    pub incident: Vec<(LanguageTag, String)>,
    /// Who is asked.
    pub travellers: Asked,
    /// Is it an exercise?
    pub exercise: bool,
}

/// Checks a status query. A plain text of an incident is in the organisation's first language.
#[must_use]
pub fn check_status_query(document: &Value, first_language: &LanguageTag) -> CheckedBody<StatusQueryBody> {
    let mut found = Problems::none();
    let fields = Typed::root(document).fields(&["incident", "travellers", "exercise"], &mut found);
    let incident = read_incident(&fields.field("incident"), first_language, &mut found);
    let travellers = read_asked(&fields.field("travellers"), &mut found);
    let exercise = fields.field("exercise").flag(false, &mut found);
    let body = travellers.map(|travellers| StatusQueryBody { incident, travellers, exercise });
    CheckedBody::new(body, found, Problems::none())
}

fn read_incident(typed: &Typed<'_>, first_language: &LanguageTag, found: &mut Problems) -> Vec<(LanguageTag, String)> {
    match typed.value() {
        None => Vec::new(),
        Some(Value::String(_)) => {
            let text = typed.optional_text(INCIDENT_CHARS_MAX, found);
            text.map(|text| (first_language.clone(), text.to_owned())).into_iter().collect()
        }
        Some(Value::Object(_)) => {
            let mut incident: Vec<(LanguageTag, String)> = Vec::new();
            for (name, entry) in typed.entries() {
                let language = LanguageTag::new(name);
                match &language {
                    None => found.invalid_language(&entry.path),
                    Some(language) if incident.iter().any(|(other, _)| other == language) => found.twice(&entry.path),
                    Some(_) => {}
                }
                let text = entry.needed_text(INCIDENT_CHARS_MAX, found).map(str::to_owned);
                incident.extend(language.zip(text));
            }
            incident
        }
        Some(_) => {
            found.wrong_type(&typed.path, Wanted::TextOrObject);
            Vec::new()
        }
    }
}

fn read_asked(typed: &Typed<'_>, found: &mut Problems) -> Option<Asked> {
    let asked = match typed.value() {
        Some(Value::String(word)) if word == "all" => return Some(Asked::All),
        Some(Value::Array(_)) => {
            let mut ids: Vec<TravellerId> = Vec::new();
            for entry in typed.list(found)? {
                let Some(text) = entry.needed_text(NAME_CHARS_MAX, found) else { continue };
                match TravellerId::new(text) {
                    None => found.invalid_id(&entry.path),
                    Some(id) if ids.contains(&id) => {}
                    Some(id) => ids.push(id),
                }
            }
            Asked::Travellers(ids)
        }
        Some(Value::Object(_)) => {
            let fields = typed.fields(&["groups"], found);
            Asked::Groups(read_groups(&fields.field("groups"), found))
        }
        None => Asked::Travellers(Vec::new()),
        Some(_) => {
            found.wrong_type(&typed.path, Wanted::TextListOrObject);
            return None;
        }
    };
    let is_nobody = match &asked {
        Asked::All => false,
        Asked::Travellers(ids) => ids.is_empty(),
        Asked::Groups(groups) => groups.is_empty(),
    };
    if is_nobody && found.is_empty() {
        found.nobody_asked(&typed.path);
    }
    Some(asked)
}

/// Checks what makes an organisation; what it means is the document of its version 1.
#[must_use]
pub fn check_organisation(document: &Value, operations_centre: Option<&OperationsCentreSettings>) -> CheckedBody<Value> {
    let mut found = Problems::none();
    let fields = Typed::root(document).fields(&["name", "country", "time_zone", "languages"], &mut found);
    let text = |name: &str| fields.field(name).value().cloned().unwrap_or(Value::Null);
    let version_1 = with_fields(&defaults("", "", "", &[]), ["name", "country", "time_zone", "languages"].map(|n| (n, text(n))));
    let checked = check(&version_1, &CheckContext { operations_centre, ..CheckContext::default() });
    let mut problems = found.into_list();
    if document.is_object() {
        problems.extend(checked.problems);
    }
    let body = checked.settings.filter(|_| problems.is_empty()).map(|_| version_1);
    CheckedBody { body, problems, warnings: checked.warnings }
}

fn with_fields<const N: usize>(document: &Value, fields: [(&str, Value); N]) -> Value {
    let mut map: Map<String, Value> = document.as_object().cloned().unwrap_or_default();
    map.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    Value::Object(map)
}

#[cfg(test)]
mod tests;
