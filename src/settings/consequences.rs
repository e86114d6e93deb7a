//! What a save would change for the worse: warnings, and those among them that a person must confirm first.
//!
//! What the active version already does was confirmed once and is not asked again, so that a document that was read and
//! sent back unchanged is accepted.

use super::context::{Active, CheckContext};
use super::desks::DESK_FIELDS;
use super::hours::has_holes;
use super::period::Period;
use super::problems::Problems;
use super::valid::{AssistanceMode, Desk, EmergencyNumberChoice, Settings, emergency_number};
use crate::model::phone::PhoneNumber;
use serde_json::{Map, Value};

/// The yearly report compares a month with the same month of the year before.
const YEARLY_REPORT: &str = "P13M";

/// Warnings about valid settings, and the codes that need to be confirmed before they can become active.
pub(super) fn consequences(
    document: &Value,
    settings: &Settings,
    unassigned: &[PhoneNumber],
    context: &CheckContext<'_>,
) -> (Problems, Vec<&'static str>) {
    let mut warnings = Problems::none();
    let mut confirm = Vec::new();
    let active = context.active;
    same_numbers(settings, &mut warnings);
    if settings.has_nobody_behind_own_contacts() {
        warnings.nobody_behind_own_contacts("assistance.last_resort_operations_centre");
        if !active.is_some_and(|active| active.settings.has_nobody_behind_own_contacts()) {
            confirm.push("nobody_behind_own_contacts");
        }
    }
    if has_holes(help_desks(settings).map(|desk| desk.hours.as_deref())) {
        warnings.nobody_open("assistance");
    }
    if settings.emergency_number == EmergencyNumberChoice::Line && context.organisation_line.is_none() {
        warnings.no_line_yet("emergency_number");
    }
    let operator_has_recipients = context.operations_centre.is_some_and(|operator| !operator.recipients.is_empty());
    if settings.alerts.recipients.is_empty() && !operator_has_recipients {
        warnings.nobody_hears_alerts("alerts.recipients");
    }
    let is_new = |phone: &PhoneNumber| !active.is_some_and(|active| rings(active.settings, phone));
    if unassigned.iter().any(is_new) {
        confirm.push("unassigned_number");
    }
    shorter_report(settings, &mut warnings);
    if let Some(active) = active {
        compare(document, settings, active, context.organisation_line, &mut warnings, &mut confirm);
    }
    confirm.retain(|code| !context.confirmed.iter().any(|confirmed| confirmed == code));
    (warnings, confirm)
}

/// What differs from the active version.
fn compare(
    document: &Value,
    settings: &Settings,
    active: Active<'_>,
    line: Option<&PhoneNumber>,
    warnings: &mut Problems,
    confirm: &mut Vec<&'static str>,
) {
    if emergency_number(settings, line) != emergency_number(active.settings, line) {
        warnings.emergency_number_changes("emergency_number");
        confirm.push("emergency_number_changes");
    }
    let shorter = periods(settings).into_iter().zip(periods(active.settings)).filter(|((_, new), (_, old))| {
        let both = Period::new(new).zip(Period::new(old));
        both.is_some_and(|(new, old)| new.is_ever_shorter_than(old))
    });
    for ((path, _), _) in shorter {
        warnings.retention_loses_data(path);
        if !confirm.contains(&"retention_loses_data") {
            confirm.push("retention_loses_data");
        }
    }
    for path in left_out(active.document, document) {
        warnings.field_left_out(&path);
    }
}

fn periods(settings: &Settings) -> [(&'static str, &str); 3] {
    let retention = &settings.retention;
    [
        ("retention.status_queries", &retention.status_queries),
        ("retention.alerts", &retention.alerts),
        ("retention.locations", &retention.locations),
    ]
}

fn shorter_report(settings: &Settings, warnings: &mut Problems) {
    let kept = Period::new(&settings.retention.status_queries).zip(Period::new(YEARLY_REPORT));
    if kept.is_some_and(|(kept, needed)| kept.is_ever_shorter_than(needed)) {
        warnings.retention_below_report("retention.status_queries");
    }
}

/// Every desk that a call for help can reach.
fn help_desks(settings: &Settings) -> impl Iterator<Item = &Desk> {
    let is_first = settings.mode == AssistanceMode::OperationsCentre;
    let contacts = settings.own_contacts.iter().filter(move |_| !is_first);
    let centre = settings.operations_centre.iter().filter(move |_| is_first || settings.last_resort);
    contacts.chain(centre.map(|centre| &centre.desk))
}

/// Is this number dialled by these settings?
fn rings(settings: &Settings, phone: &PhoneNumber) -> bool {
    let desks = settings.desks().into_iter().map(|(_, _, desk)| &desk.phone);
    desks.chain(settings.alerts.recipients.iter().filter_map(|recipient| recipient.phone.as_ref())).any(|other| other == phone)
}

/// The same number at two desks: it rings only once.
fn same_numbers(settings: &Settings, warnings: &mut Problems) {
    let contacts =
        settings.own_contacts.iter().enumerate().map(|(place, desk)| (format!("assistance.own_contacts[{place}]"), desk));
    let centre = settings.operations_centre.iter().map(|centre| ("assistance.operations_centre".to_owned(), &centre.desk));
    let medical = settings.medical_provider.iter().map(|desk| ("medical_provider".to_owned(), desk));
    let travel = settings.travel_provider.iter().map(|desk| ("travel_provider".to_owned(), desk));
    let mut seen: Vec<(String, &Desk)> = Vec::new();
    for (path, desk) in centre.chain(contacts).chain(medical).chain(travel) {
        if let Some((other, _)) = seen.iter().find(|(_, other)| other.phone == desk.phone) {
            warnings.same_number(&format!("{path}.phone"), other);
        }
        seen.push((path, desk));
    }
}

/// The paths of all fields that the active document sets and the new one leaves out. Sections are looked into, and so are
/// desks that are still there; contacts are the same if their phone is typed alike.
fn left_out(active: &Value, new: &Value) -> Vec<String> {
    let (Some(active), Some(new)) = (active.as_object(), new.as_object()) else { return Vec::new() };
    let empty = Map::new();
    let mut paths = Vec::new();
    for (name, before) in active.iter().filter(|(_, value)| is_set(value)) {
        let after = new.get(name);
        let is_section = ["assistance", "status_call", "alerts", "retention"].contains(&name.as_str());
        match (before.as_object(), after.map(Value::as_object)) {
            (Some(before), None) if is_section => paths.extend(missing_fields(name, before, &empty)),
            (Some(before), Some(Some(after))) => paths.extend(missing_fields(name, before, after)),
            (_, None) => paths.push(name.clone()),
            (_, Some(_)) => {}
        }
    }
    paths.extend(contact_fields_left_out(active, new));
    paths
}

fn is_set(value: &Value) -> bool {
    !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty())
}

fn missing_fields(path: &str, before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<String> {
    let missing = before.iter().filter(|(name, value)| is_set(value) && !after.contains_key(*name));
    missing.map(|(name, _)| format!("{path}.{name}")).collect()
}

fn contact_fields_left_out(active: &Map<String, Value>, new: &Map<String, Value>) -> Vec<String> {
    let contacts = |document: &Map<String, Value>| -> Vec<Map<String, Value>> {
        let list = document.get("assistance").and_then(|section| section.get("own_contacts")).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(|contact| contact.as_object().cloned()).collect()
    };
    let before = contacts(active);
    let mut paths = Vec::new();
    for (place, after) in contacts(new).iter().enumerate() {
        let same = before.iter().find(|before| before.get("phone").is_some_and(|phone| after.get("phone") == Some(phone)));
        let missing = same.map(|before| missing_fields(&format!("assistance.own_contacts[{place}]"), before, after));
        paths.extend(missing.unwrap_or_default());
    }
    paths.retain(|path| path.rsplit('.').next().is_some_and(|field| DESK_FIELDS.contains(&field)));
    paths
}
