//! Which desks take a call, in which order, and why. The one place for calls, the `route` command and the settings check.
//!
//! Invariant: only desks of the settings come out, each number once; never the traveller's own number and never one of
//! our own lines.

use crate::decide::hours::is_open;
use crate::model::answer::Answer;
use crate::model::desk::{DeskCall, DeskPosition, Role};
use crate::model::phone::PhoneNumber;
use crate::settings::Settings;
use crate::settings::valid::{AssistanceMode, Desk};
use chrono::{DateTime, Utc};

/// Numbers that are left out, by reason.
#[derive(Debug, Clone, Copy, Default)]
pub struct Excluded<'a> {
    /// The number of the caller's or called traveller's own line (rule 16).
    pub traveller: Option<&'a PhoneNumber>,
    /// Numbers that were tried in this call already (rule 16).
    pub tried: &'a [PhoneNumber],
    /// Our own lines: a call to one of them would come back to us.
    pub lines: &'a [&'a PhoneNumber],
}

/// One desk of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// The desk as it is to be called.
    pub desk: DeskCall,
    /// Why it stands here.
    pub because: Vec<String>,
}

/// Desks in calling order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Route {
    /// The desks.
    pub stops: Vec<Stop>,
    /// What holds for the whole route, and who was left out.
    pub because: Vec<String>,
}

/// The desks for an answer at a moment (rule 16), in calling order.
///
/// First the provider of the answer, then the first emergency contact and the rest of the list, then the operations centre
/// as last resort where allowed. Desks outside their hours come after all open ones, in the same order: never left out.
/// Safe is forwarded to nobody; unclear, and silence of a caller, go like help (rule 8).
#[must_use]
pub fn desks(settings: &Settings, answer: Answer, now: DateTime<Utc>, excluded: &Excluded<'_>) -> Route {
    let mut route = Route::default();
    route.because.push(why_this_order(settings, answer).to_owned());
    let mut open = Vec::new();
    let mut closed = Vec::new();
    for entry in entries(settings, answer) {
        if let Some(reason) = left_out(&entry, excluded, open.iter().chain(&closed)) {
            route.because.push(format!("{} is left out: {reason}.", entry.desk.name));
            continue;
        }
        let is_open = is_open(entry.desk.hours.as_deref(), settings.time_zone, now);
        let stop = entry.stop(is_open);
        if is_open { open.push(stop) } else { closed.push(stop) }
    }
    open.append(&mut closed);
    route.stops = open;
    route
}

/// A desk of the settings in the order of the rules, before hours and exclusions.
struct Entry<'a> {
    role: Role,
    position: DeskPosition,
    desk: &'a Desk,
    why: &'static str,
}

impl<'a> Entry<'a> {
    const fn new(role: Role, position: DeskPosition, desk: &'a Desk, why: &'static str) -> Self {
        Self { role, position, desk, why }
    }

    fn stop(&self, open: bool) -> Stop {
        let mut because = vec![self.why.to_owned()];
        if !open {
            because.push("It is outside its hours, so it comes after all desks that are open.".to_owned());
        }
        Stop { desk: self.desk.call(self.role, self.position, open), because }
    }
}

fn entries(settings: &Settings, answer: Answer) -> Vec<Entry<'_>> {
    let provider = match answer {
        Answer::Safe => return Vec::new(),
        Answer::Medical => provider(settings.medical_provider.as_ref(), Role::MedicalProvider, DeskPosition::MEDICAL),
        Answer::Travel => provider(settings.travel_provider.as_ref(), Role::TravelProvider, DeskPosition::TRAVEL),
        Answer::Help | Answer::Unclear | Answer::Silence => None,
    };
    let centre = |why| {
        let centre = settings.operations_centre.as_ref()?;
        Some(Entry::new(Role::OperationsCentre, DeskPosition::OPERATIONS_CENTRE, &centre.desk, why))
    };
    match settings.mode {
        AssistanceMode::OperationsCentre => {
            provider.into_iter().chain(centre("The operations centre is the emergency contact.")).collect()
        }
        AssistanceMode::OwnContact => {
            let last = settings.last_resort.then(|| centre("The operations centre is the last resort.")).flatten();
            provider.into_iter().chain(contacts(settings)).chain(last).collect()
        }
    }
}

fn provider(desk: Option<&Desk>, role: Role, position: DeskPosition) -> Option<Entry<'_>> {
    desk.map(|desk| Entry::new(role, position, desk, "The provider that is entered for this answer comes first."))
}

fn contacts(settings: &Settings) -> impl Iterator<Item = Entry<'_>> {
    let whys = std::iter::once("The first own contact is the emergency contact.")
        .chain(std::iter::repeat("The own contacts follow in their order."));
    let places = (DeskPosition::FIRST_CONTACT.0..).map(DeskPosition);
    let desks = settings.own_contacts.iter().zip(places).zip(whys);
    desks.map(|((desk, place), why)| Entry::new(Role::OwnContact, place, desk, why))
}

fn left_out<'s>(entry: &Entry<'_>, excluded: &Excluded<'_>, mut earlier: impl Iterator<Item = &'s Stop>) -> Option<&'static str> {
    let phone = &entry.desk.phone;
    if excluded.traveller == Some(phone) {
        Some("it is the traveller's own number")
    } else if excluded.lines.contains(&phone) {
        Some("it is one of our own lines")
    } else if excluded.tried.contains(phone) {
        Some("its number was tried in this call")
    } else if earlier.any(|stop| stop.desk.phone == *phone) {
        Some("its number stands in the list already")
    } else {
        None
    }
}

fn why_this_order(settings: &Settings, answer: Answer) -> &'static str {
    match (answer, settings.mode) {
        (Answer::Safe, _) => "Safe is forwarded to nobody.",
        (Answer::Help, AssistanceMode::OperationsCentre) => "Help goes to the operations centre.",
        (Answer::Help, AssistanceMode::OwnContact) => "Help goes to the own contacts.",
        (Answer::Medical, _) if settings.medical_provider.is_some() => "A medical case goes to the medical provider first.",
        (Answer::Medical, _) => "No medical provider is entered, so a medical case goes like help.",
        (Answer::Travel, _) if settings.travel_provider.is_some() => "A booking question goes to the travel provider first.",
        (Answer::Travel, _) => "No travel provider is entered, so a booking question goes like help.",
        (Answer::Unclear | Answer::Silence, _) => "Who is not understood is connected like help.",
    }
}

#[cfg(test)]
mod tests;
