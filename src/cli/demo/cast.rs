//! The people of the demo, their phones, and what the organisations save. All numbers are from ranges reserved for fiction.

use super::client::Client;
use crate::model::phone::PhoneNumber;
use crate::simulator::phones::{Phone, Reaction, Ring};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::HashMap;

/// The simulated account.
pub(super) const ACCOUNT_SID: &str = "AC0000000000000000000000000000de30";
/// Its invented secret.
pub(super) const AUTH_TOKEN: &str = "invented-auth-token-of-the-demo";
/// The organisation that the operator's operations centre serves.
pub(super) const NORTH: &str = "nordwind";
/// The organisation with its own contacts, a medical and a travel provider.
pub(super) const SOUTH: &str = "suedstern";

/// One traveller of the demo.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// The id in the API.
    pub(super) id: &'static str,
    /// Whose.
    pub(super) organisation: &'static str,
    /// The name.
    pub(super) name: &'static str,
    /// The language.
    pub(super) language: &'static str,
    /// The number.
    pub(super) phone: PhoneNumber,
    /// Are they asked by the status query?
    pub(super) asked: bool,
}

/// Everybody.
#[derive(Debug, Clone)]
pub(super) struct Cast {
    /// Travellers.
    pub(super) people: Vec<Person>,
    /// Our lines: id, organisation, number.
    pub(super) lines: Vec<(&'static str, &'static str, PhoneNumber)>,
    /// What each phone does.
    pub(super) phones: HashMap<PhoneNumber, Phone>,
    /// Who is behind a number.
    pub(super) names: HashMap<PhoneNumber, String>,
}

fn number(text: &str) -> Result<PhoneNumber> {
    PhoneNumber::from_e164(text).with_context(|| format!("{text} is no number"))
}

fn keys(after: u32, keys: &[char]) -> Phone {
    Phone::person(after, keys.iter().map(|key| Reaction::key(*key)).collect())
}

/// A desk that picks up and presses 1 where it is asked to.
fn desk(after: u32) -> Phone {
    Phone::person(after, vec![Reaction::key('1')])
}

fn travellers() -> Vec<(&'static str, &'static str, &'static str, &'static str, &'static str, bool, Phone)> {
    let said = |words: &str| Phone::person(5, vec![Reaction::words(words)]);
    let twice = Phone {
        rings: vec![Ring::Voicemail { after_seconds: 12, greeting_seconds: 9 }, Ring::Answers { after_seconds: 6 }],
        reactions: vec![Vec::new(), vec![Reaction::key('1')]],
        talk_seconds: 20,
        patience_seconds: None,
    };
    vec![
        ("anna", NORTH, "Anna Meier", "de", "+491713920010", true, keys(4, &['2'])),
        ("ben", NORTH, "Ben Carter", "en", "+447700900011", true, keys(6, &['1'])),
        ("carla", NORTH, "Carla Rossi", "en", "+447700900012", true, said("I am fine, nobody is hurt")),
        ("deniz", NORTH, "Deniz Kaya", "de", "+491713920013", true, keys(8, &['1', '2'])),
        ("emil", NORTH, "Emil Berg", "de", "+491713920014", true, keys(3, &['1', '1', '2'])),
        ("frieda", NORTH, "Frieda Wolf", "de", "+491713920015", true, twice),
        ("greta", SOUTH, "Greta Blum", "de", "+491713920021", true, said("Hilfe")),
        ("henrik", SOUTH, "Henrik Olsen", "en", "+447700900022", true, keys(4, &['3'])),
        ("iris", SOUTH, "Iris Lang", "de", "+491713920023", true, Phone::person(20, vec![Reaction::Silence, Reaction::key('3')])),
        ("jonas", SOUTH, "Jonas Roth", "de", "+491713920024", true, keys(7, &['4'])),
        ("klara", SOUTH, "Klara Vogt", "de", "+491713920025", true, keys(5, &['1'])),
        ("liam", SOUTH, "Liam Brown", "en", "+447700900026", true, Phone::person(9, Vec::new())),
        ("mara", SOUTH, "Mara Stein", "de", "+491713920027", false, said("Ich brauche Hilfe, wir werden verfolgt")),
        ("nils", NORTH, "Nils Ahrens", "de", "+491713920028", false, Phone::ringing(Ring::NoAnswer)),
    ]
}

impl Cast {
    /// Everybody, with their phones.
    ///
    /// # Errors
    /// A number that is none.
    pub(super) fn new() -> Result<Self> {
        let mut cast = Self { people: Vec::new(), lines: Vec::new(), phones: HashMap::new(), names: HashMap::new() };
        for (id, organisation, name, language, phone, asked, script) in travellers() {
            let phone = number(phone)?;
            cast.phones.insert(phone.clone(), script);
            cast.names.insert(phone.clone(), name.to_owned());
            cast.people.push(Person { id, organisation, name, language, phone, asked });
        }
        let desks = [
            ("+493023125110", "Crisis24 (operations centre)", desk(5)),
            // Its mailbox picks up: without the key it has not answered.
            (
                "+493023125121",
                "Werkschutz (first contact)",
                Phone {
                    rings: vec![Ring::Voicemail { after_seconds: 6, greeting_seconds: 8 }, Ring::Answers { after_seconds: 4 }],
                    ..desk(4)
                },
            ),
            ("+493023125122", "Reisesicherheit (second contact)", desk(6)),
            ("+493023125123", "Nachtdienst (new first contact)", desk(4)),
            (
                "+493023125124",
                "MedAssist (medical provider)",
                Phone { rings: vec![Ring::Answers { after_seconds: 5 }, Ring::Busy], ..desk(5) },
            ),
            ("+493023125125", "Reisebüro Kompass (travel provider)", desk(7)),
        ];
        for (phone, name, script) in desks {
            let phone = number(phone)?;
            cast.phones.insert(phone.clone(), script);
            cast.names.insert(phone, name.to_owned());
        }
        cast.lines = vec![("nord", NORTH, number("+493023125101")?), ("sued", SOUTH, number("+493023125102")?)];
        Ok(cast)
    }

    /// One of the travellers.
    ///
    /// # Errors
    /// Nobody has this id.
    pub(super) fn person(&self, id: &str) -> Result<&Person> {
        self.people.iter().find(|person| person.id == id).with_context(|| format!("nobody is called {id}"))
    }

    /// The number of an organisation's line.
    ///
    /// # Errors
    /// It has none.
    pub(super) fn line_of(&self, organisation: &str) -> Result<&PhoneNumber> {
        let line = self.lines.iter().find(|(_, owner, _)| *owner == organisation);
        line.map(|(_, _, number)| number).with_context(|| format!("{organisation} has no line"))
    }

    /// Saves everything over the config API, as an administrator would.
    ///
    /// # Errors
    /// What the API refuses.
    pub(super) async fn set_up(&self, api: &Client, provider_base: &str) -> Result<()> {
        let centre = json!({"name": "Crisis24", "former_names": ["EXOP"], "phone": "+49 30 23125110", "must_confirm": false, "ring_seconds": 20});
        api.put("/v1/operations-centre", &centre).await?;
        let account = json!({
            "provider": "twilio",
            "credentials": {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN},
            "webhook_secrets": [AUTH_TOKEN],
            "api_base_url": provider_base,
            "calls_per_second": 5,
        });
        api.put("/v1/accounts/simulated", &account).await?;
        api.put(&format!("/v1/organisations/{NORTH}/settings"), &north()).await?;
        let confirmed = format!("/v1/organisations/{SOUTH}/settings?confirm=emergency_number_changes,nobody_behind_own_contacts");
        api.put(&confirmed, &south(&["Werkschutz", "Reisesicherheit"])).await?;
        for (id, organisation, number) in &self.lines {
            let line = json!({"account": "simulated", "number": number.e164(), "organisation": organisation});
            api.put(&format!("/v1/lines/{id}"), &line).await?;
        }
        for person in &self.people {
            let path = format!("/v1/organisations/{}/travellers/{}", person.organisation, person.id);
            api.put(&path, &json!({"name": person.name, "phones": [person.phone.e164()], "language": person.language})).await?;
        }
        Ok(())
    }

    /// The new first contact of the second organisation, saved while its calls run.
    ///
    /// # Errors
    /// What the API refuses.
    pub(super) async fn change_settings(&self, api: &Client) -> Result<Value> {
        let path = format!(
            "/v1/organisations/{SOUTH}/settings?note=night+shift&confirm=emergency_number_changes,nobody_behind_own_contacts"
        );
        api.put(&path, &south(&["Nachtdienst", "Reisesicherheit"])).await
    }

    /// Starts a status query in both organisations. Their ids, with the organisation.
    ///
    /// # Errors
    /// What the API refuses.
    pub(super) async fn start_queries(&self, api: &Client) -> Result<Vec<(&'static str, String)>> {
        let mut queries = Vec::new();
        for organisation in [NORTH, SOUTH] {
            let asked: Vec<&str> = self
                .people
                .iter()
                .filter(|person| person.asked && person.organisation == organisation)
                .map(|person| person.id)
                .collect();
            let body =
                json!({"incident": {"de": "Unruhen in der Innenstadt", "en": "unrest in the city centre"}, "travellers": asked});
            let started = api.post(&format!("/v1/organisations/{organisation}/status-queries"), &body).await?;
            let id = started["id"].as_str().context("the status query has no id")?.to_owned();
            queries.push((organisation, id));
        }
        Ok(queries)
    }
}

fn status_call() -> Value {
    json!({"max_prompts": 3, "ring_seconds": 25, "retry_minutes": [0, 1], "speech": true, "text_first": false})
}

fn north() -> Value {
    json!({
        "name": "Nordwind Logistik GmbH", "spoken_name": "Nordwind", "country": "DE", "time_zone": "Europe/Berlin", "languages": ["de", "en"],
        "emergency_number": "line",
        "assistance": {"mode": "operations_centre", "own_contacts": [], "last_resort_operations_centre": true},
        "medical_provider": null, "travel_provider": null,
        "status_call": status_call(),
        "alerts": {"recipients": [{"name": "Duty officer", "email": "duty@nordwind.example", "phone": null, "language": "de"}], "repeat_minutes": 5},
        "retention": {"status_queries": "P13M", "alerts": "P24M", "locations": "P90D"},
    })
}

fn south(contacts: &[&str]) -> Value {
    let contact = |name: &&str| {
        let phone = match *name {
            "Werkschutz" => "+49 30 23125121",
            "Reisesicherheit" => "+49 30 23125122",
            _ => "+49 30 23125123",
        };
        json!({"name": name, "phone": phone, "must_confirm": true, "ring_seconds": 20})
    };
    json!({
        "name": "Südstern Maschinenbau AG", "spoken_name": "Südstern", "country": "DE", "time_zone": "Europe/Berlin", "languages": ["de", "en"],
        "emergency_number": "line",
        "assistance": {
            "mode": "own_contact", "own_contacts": contacts.iter().map(contact).collect::<Vec<_>>(), "last_resort_operations_centre": true,
        },
        "medical_provider": {"name": "MedAssist", "phone": "+49 30 23125124", "ring_seconds": 20},
        "travel_provider": {"name": "Reisebüro Kompass", "phone": "+49 30 23125125", "ring_seconds": 20},
        "status_call": status_call(),
        "alerts": {"recipients": [{"name": "Duty officer", "email": "duty@suedstern.example", "phone": null, "language": "de"}], "repeat_minutes": 5},
        "retention": {"status_queries": "P13M", "alerts": "P24M", "locations": "P90D"},
    })
}
