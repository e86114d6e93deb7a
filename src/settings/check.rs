//! The way from what was typed to what it means: every problem at once, each with its path; every warning; and what a
//! person must confirm first.
//!
//! Invariants: nothing here changes the document, which is kept as it was typed; settings come out only if there is no
//! problem; settings that come out have a desk for every answer.

use super::consequences::consequences;
use super::context::CheckContext;
use super::countries::is_country;
use super::desks::{DESK_FIELDS, DeskReader, RING_SECONDS, RING_SECONDS_DEFAULT, read_language};
use super::draft::{Fields, Typed};
use super::period::Period;
use super::problems::{Problem, Problems};
use super::valid::{
    AlertRules, AssistanceMode, Desk, EmergencyNumberChoice, OperationsCentre, OperationsCentreSettings, Retention, Settings,
    StatusCallRules,
};
use crate::model::language::LanguageTag;
use crate::model::limits::{CONTACTS_MAX, NAME_CHARS_MAX, SPOKEN_NAME_CHARS_MAX};
use crate::model::phone::PhoneNumber;
use chrono_tz::Tz;
use serde_json::{Value, json};

/// Bounds of API.md, and their reasons.
const PROMPTS: std::ops::RangeInclusive<u8> = 1..=3;
const PROMPTS_DEFAULT: u8 = 3;
/// A day: later than that nobody waits for a retry.
const RETRY_MINUTES: std::ops::RangeInclusive<u16> = 0..=1_440;
const RETRIES_MAX: usize = 10;
const RETRY_MINUTES_DEFAULT: [u16; 4] = [0, 2, 5, 10];
const REPEAT_MINUTES: std::ops::RangeInclusive<u16> = 1..=60;
const REPEAT_MINUTES_DEFAULT: u16 = 5;
/// As many as there are wordings, and room to spare.
const LANGUAGES_MAX: usize = 40;
/// A desk was renamed a few times at most, and each name is listened for.
const FORMER_NAMES_MAX: usize = 10;
/// Defaults of retention: the yearly report, two years of alerts, a season of positions.
const STATUS_QUERIES_DEFAULT: &str = "P13M";
const ALERTS_DEFAULT: &str = "P24M";
const LOCATIONS_DEFAULT: &str = "P90D";
/// The longest that is one: `P1200M36525D`, and a slip.
const PERIOD_CHARS_MAX: usize = 30;
/// `America/Argentina/ComodRivadavia` has 32.
const TIME_ZONE_CHARS_MAX: usize = 50;

/// What a document comes to.
#[derive(Debug, Clone)]
pub struct Checked {
    /// What it means; None exactly if there are problems.
    pub settings: Option<Settings>,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// What is worth knowing. Never blocks.
    pub warnings: Vec<Problem>,
    /// Codes of warnings without whose confirmation it must not become active (409). A draft may be kept.
    pub needs_confirm: Vec<&'static str>,
}

/// Checks a settings document. Total: any JSON has an answer.
#[must_use]
pub fn check(document: &Value, context: &CheckContext<'_>) -> Checked {
    let mut found = Problems::none();
    let fields = Typed::root(document).fields(&FIELDS, &mut found);
    let country = read_country(&fields.field("country"), &mut found);
    let mut reader = DeskReader::new(country, context.own_line_numbers);
    reader.found = found;
    let settings = read_settings(&fields, country, context, &mut reader);
    match settings.filter(|_| reader.found.is_empty()) {
        Some(settings) => {
            let (consequences, needs_confirm) = consequences(document, &settings, &reader.unassigned, context);
            let warnings = reader.warnings.into_list().into_iter().chain(consequences.into_list()).collect();
            Checked { settings: Some(settings), problems: Vec::new(), warnings, needs_confirm }
        }
        None => Checked {
            settings: None,
            problems: reader.found.into_list(),
            warnings: reader.warnings.into_list(),
            needs_confirm: Vec::new(),
        },
    }
}

const FIELDS: [&str; 12] = [
    "name",
    "country",
    "time_zone",
    "languages",
    "spoken_name",
    "emergency_number",
    "assistance",
    "medical_provider",
    "travel_provider",
    "status_call",
    "alerts",
    "retention",
];

/// None: a problem was found. Every field is read before the first of them can end it.
fn read_settings(
    fields: &Fields<'_>,
    country: Option<&str>,
    context: &CheckContext<'_>,
    reader: &mut DeskReader<'_>,
) -> Option<Settings> {
    let name = fields.field("name").needed_text(NAME_CHARS_MAX, &mut reader.found);
    let spoken_name = fields.field("spoken_name").optional_text(SPOKEN_NAME_CHARS_MAX, &mut reader.found);
    let time_zone = read_time_zone(&fields.field("time_zone"), &mut reader.found);
    let languages = read_languages(&fields.field("languages"), &mut reader.found);
    let choices = [("first_desk", EmergencyNumberChoice::FirstDesk), ("line", EmergencyNumberChoice::Line)];
    let emergency_number = fields.field("emergency_number").word(&choices, &mut reader.found);
    let assistance = read_assistance(&fields.field("assistance"), context.operations_centre, reader);
    let medical_provider = reader.optional_desk(&fields.field("medical_provider"), false);
    let travel_provider = reader.optional_desk(&fields.field("travel_provider"), false);
    let status_call = read_status_call(&fields.field("status_call"), &mut reader.found);
    let first_language = languages.as_ref().and_then(|list| list.first()).cloned().unwrap_or_else(LanguageTag::english);
    let alerts = read_alerts(&fields.field("alerts"), &first_language, reader);
    let retention = read_retention(&fields.field("retention"), &mut reader.found);
    let name = name?;
    Some(Settings {
        name: name.to_owned(),
        spoken_name: spoken_name.map_or_else(|| spoken_form(name), str::to_owned),
        country: country?.to_owned(),
        time_zone: time_zone?,
        languages: languages?,
        emergency_number: emergency_number.unwrap_or(EmergencyNumberChoice::FirstDesk),
        mode: assistance.mode,
        own_contacts: assistance.own_contacts,
        last_resort: assistance.last_resort,
        operations_centre: assistance.operations_centre,
        medical_provider,
        travel_provider,
        status_call,
        alerts,
        retention,
    })
}

/// The name as it is spoken: cut after the last whole word that fits.
fn spoken_form(name: &str) -> String {
    let fits = |text: &str| text.chars().count() <= SPOKEN_NAME_CHARS_MAX;
    let ends = name.char_indices().filter(|(_, sign)| sign.is_whitespace()).map(|(end, _)| end).chain([name.len()]);
    let mut beginnings = ends.filter_map(|end| name.get(..end)).map(str::trim_end).filter(|text| fits(text) && !text.is_empty());
    // One word that is longer than that has no end that fits.
    beginnings.next_back().map_or_else(|| name.chars().take(SPOKEN_NAME_CHARS_MAX).collect(), str::to_owned)
}

fn read_country<'a>(typed: &Typed<'a>, found: &mut Problems) -> Option<&'a str> {
    let text = typed.needed_text(NAME_CHARS_MAX, found)?;
    if !is_country(text) {
        found.unknown_country(&typed.path);
    }
    is_country(text).then_some(text)
}

fn read_time_zone(typed: &Typed<'_>, found: &mut Problems) -> Option<Tz> {
    let text = typed.needed_text(TIME_ZONE_CHARS_MAX, found)?;
    let zone = text.parse().ok();
    if zone.is_none() {
        found.unknown_time_zone(&typed.path);
    }
    zone
}

/// At least one, each once; the first is the default.
fn read_languages(typed: &Typed<'_>, found: &mut Problems) -> Option<Vec<LanguageTag>> {
    if typed.is_left_out() {
        found.missing(&typed.path);
    }
    let list = typed.list(found)?;
    if list.is_empty() {
        found.too_few(&typed.path, 1);
    }
    if list.len() > LANGUAGES_MAX {
        found.too_many(&typed.path, LANGUAGES_MAX);
        return None;
    }
    let mut languages = Vec::new();
    for entry in list {
        if entry.is_left_out() {
            found.missing(&entry.path);
        }
        let Some(language) = read_language(&entry, found) else { continue };
        if languages.contains(&language) {
            found.twice(&entry.path);
        }
        languages.push(language);
    }
    (!languages.is_empty()).then_some(languages)
}

struct Assistance {
    mode: AssistanceMode,
    own_contacts: Vec<Desk>,
    last_resort: bool,
    operations_centre: Option<OperationsCentre>,
}

fn read_assistance(typed: &Typed<'_>, operator: Option<&OperationsCentreSettings>, reader: &mut DeskReader<'_>) -> Assistance {
    let known = ["mode", "own_contacts", "last_resort_operations_centre", "operations_centre"];
    let fields = typed.fields(&known, &mut reader.found);
    let modes = [("operations_centre", AssistanceMode::OperationsCentre), ("own_contact", AssistanceMode::OwnContact)];
    let mode_typed = fields.field("mode");
    let mode = mode_typed.word(&modes, &mut reader.found).unwrap_or(AssistanceMode::OperationsCentre);
    let own_contacts = read_contacts(&fields.field("own_contacts"), mode, reader);
    let switched_on = fields.field("operations_centre").flag(true, &mut reader.found);
    let operations_centre = operator.filter(|_| switched_on).map(|operator| operator.centre.clone());
    let last_resort_typed = fields.field("last_resort_operations_centre");
    let last_resort = last_resort_typed.flag(true, &mut reader.found);
    // Who relies on the operations centre: the mode, or a last resort that was asked for. One that is only the default
    // does not stop an installation without an operations centre; the warning says that nobody stands behind.
    let relied_on_by = match mode {
        AssistanceMode::OperationsCentre => Some(mode_typed.path),
        AssistanceMode::OwnContact if last_resort && !last_resort_typed.is_left_out() => Some(last_resort_typed.path),
        AssistanceMode::OwnContact => None,
    };
    if let Some(path) = relied_on_by.filter(|_| operations_centre.is_none()) {
        match operator {
            Some(_) => reader.found.operations_centre_off(&path),
            None => reader.found.operations_centre_missing(&path),
        }
    }
    let last_resort = last_resort && operations_centre.is_some();
    Assistance { mode, own_contacts, last_resort, operations_centre }
}

fn read_contacts(typed: &Typed<'_>, mode: AssistanceMode, reader: &mut DeskReader<'_>) -> Vec<Desk> {
    let list = typed.list(&mut reader.found);
    let is_wrong_type = list.is_none() && !typed.is_left_out();
    let list = list.unwrap_or_default();
    if mode == AssistanceMode::OwnContact && list.is_empty() && !is_wrong_type {
        reader.found.no_contacts(&typed.path);
    }
    if list.len() > CONTACTS_MAX {
        reader.found.too_many(&typed.path, CONTACTS_MAX);
        return Vec::new();
    }
    list.iter().filter_map(|desk| reader.desk(desk, true)).collect()
}

fn read_status_call(typed: &Typed<'_>, found: &mut Problems) -> StatusCallRules {
    let fields = typed.fields(&["max_prompts", "ring_seconds", "retry_minutes", "speech", "text_first"], found);
    StatusCallRules {
        max_prompts: fields.field("max_prompts").whole(PROMPTS, found).unwrap_or(PROMPTS_DEFAULT),
        ring_seconds: fields.field("ring_seconds").whole(RING_SECONDS, found).unwrap_or(RING_SECONDS_DEFAULT),
        retry_minutes: read_retries(&fields.field("retry_minutes"), found).unwrap_or_else(|| RETRY_MINUTES_DEFAULT.to_vec()),
        speech: fields.field("speech").flag(true, found),
        text_first: fields.field("text_first").flag(false, found),
    }
}

/// One entry an attempt, the first at once, each later than the one before.
fn read_retries(typed: &Typed<'_>, found: &mut Problems) -> Option<Vec<u16>> {
    let list = typed.list(found)?;
    if list.is_empty() {
        found.too_few(&typed.path, 1);
    }
    if list.len() > RETRIES_MAX {
        found.too_many(&typed.path, RETRIES_MAX);
        return None;
    }
    let before = found.len();
    let mut minutes: Vec<u16> = Vec::new();
    for entry in &list {
        if entry.is_left_out() {
            found.missing(&entry.path);
        }
        minutes.extend(entry.whole(RETRY_MINUTES, found));
    }
    if found.len() > before {
        return None;
    }
    if minutes.first().is_some_and(|first| *first != 0) {
        found.first_not_at_once(&typed.path);
    }
    let falls = minutes.windows(2).find_map(|pair| match pair {
        [earlier, later] if later <= earlier => Some((*earlier, *later)),
        _ => None,
    });
    if let Some((earlier, later)) = falls {
        found.not_rising(&typed.path, earlier.into(), later.into());
    }
    Some(minutes)
}

fn read_alerts(typed: &Typed<'_>, language: &LanguageTag, reader: &mut DeskReader<'_>) -> AlertRules {
    let fields = typed.fields(&["recipients", "repeat_minutes"], &mut reader.found);
    let recipients = reader.recipients(&fields.field("recipients"), language);
    let repeat_minutes = fields.field("repeat_minutes").whole(REPEAT_MINUTES, &mut reader.found);
    AlertRules { recipients, repeat_minutes: repeat_minutes.unwrap_or(REPEAT_MINUTES_DEFAULT) }
}

fn read_retention(typed: &Typed<'_>, found: &mut Problems) -> Retention {
    let fields = typed.fields(&["status_queries", "alerts", "locations"], found);
    let mut period = |name: &str, default: &str| read_period(&fields.field(name), found).unwrap_or_else(|| default.to_owned());
    Retention {
        status_queries: period("status_queries", STATUS_QUERIES_DEFAULT),
        alerts: period("alerts", ALERTS_DEFAULT),
        locations: period("locations", LOCATIONS_DEFAULT),
    }
}

fn read_period(typed: &Typed<'_>, found: &mut Problems) -> Option<String> {
    if typed.is_left_out() {
        return None;
    }
    let text = typed.needed_text(PERIOD_CHARS_MAX, found)?;
    if Period::new(text).is_none() {
        found.invalid_period(&typed.path);
    }
    Some(text.to_owned())
}

/// What the document of the operations centre comes to.
#[derive(Debug, Clone)]
pub struct CheckedOperationsCentre {
    /// What it means; None exactly if there are problems.
    pub settings: Option<OperationsCentreSettings>,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// What is worth knowing. Never blocks.
    pub warnings: Vec<Problem>,
    /// Codes without whose confirmation it must not be kept (409).
    pub needs_confirm: Vec<&'static str>,
}

/// Checks the document of the operations centre. Its numbers need a country code: it belongs to no country. `active` is
/// what is set now: what it rings was confirmed before.
#[must_use]
pub fn check_operations_centre(
    document: &Value,
    own_line_numbers: &[PhoneNumber],
    active: Option<&OperationsCentreSettings>,
    confirmed: &[String],
) -> CheckedOperationsCentre {
    let mut reader = DeskReader::new(Some(""), own_line_numbers);
    let known: Vec<&str> = DESK_FIELDS.into_iter().chain(["former_names", "recipients"]).collect();
    let fields = Typed::root(document).fields(&known, &mut reader.found);
    let desk = reader.desk_fields(&fields, false);
    let former_names = read_names(&fields.field("former_names"), &mut reader.found);
    let recipients = reader.recipients(&fields.field("recipients"), &LanguageTag::english());
    let settings = desk
        .filter(|_| reader.found.is_empty())
        .map(|desk| OperationsCentreSettings { centre: OperationsCentre { desk, former_names }, recipients });
    let rings = |active: &OperationsCentreSettings, phone: &PhoneNumber| {
        let recipients = active.recipients.iter().filter_map(|recipient| recipient.phone.as_ref());
        recipients.chain([&active.centre.desk.phone]).any(|other| other == phone)
    };
    let is_new = |phone: &PhoneNumber| !active.is_some_and(|active| rings(active, phone));
    let is_confirmed = confirmed.iter().any(|code| code == "unassigned_number");
    let needs_confirm = settings.is_some() && !is_confirmed && reader.unassigned.iter().any(is_new);
    CheckedOperationsCentre {
        settings,
        problems: reader.found.into_list(),
        warnings: reader.warnings.into_list(),
        needs_confirm: if needs_confirm { vec!["unassigned_number"] } else { Vec::new() },
    }
}

fn read_names(typed: &Typed<'_>, found: &mut Problems) -> Vec<String> {
    let list = typed.list(found).unwrap_or_default();
    if list.len() > FORMER_NAMES_MAX {
        found.too_many(&typed.path, FORMER_NAMES_MAX);
        return Vec::new();
    }
    list.iter().filter_map(|name| name.needed_text(NAME_CHARS_MAX, found).map(str::to_owned)).collect()
}

/// The document of version 1: everything that can be set, with its default, so that whoever reads it knows what there is.
#[must_use]
pub fn defaults(name: &str, country: &str, time_zone: &str, languages: &[String]) -> Value {
    json!({
        "name": name,
        "country": country,
        "time_zone": time_zone,
        "languages": languages,
        "spoken_name": null,
        "emergency_number": "first_desk",
        "assistance": {
            "mode": "operations_centre",
            "own_contacts": [],
            "last_resort_operations_centre": true,
        },
        "medical_provider": null,
        "travel_provider": null,
        "status_call": {
            "max_prompts": PROMPTS_DEFAULT,
            "ring_seconds": RING_SECONDS_DEFAULT,
            "retry_minutes": RETRY_MINUTES_DEFAULT,
            "speech": true,
            "text_first": false,
        },
        "alerts": { "recipients": [], "repeat_minutes": REPEAT_MINUTES_DEFAULT },
        "retention": {
            "status_queries": STATUS_QUERIES_DEFAULT,
            "alerts": ALERTS_DEFAULT,
            "locations": LOCATIONS_DEFAULT,
        },
    })
}

#[cfg(test)]
mod tests;
