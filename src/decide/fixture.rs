//! Settings, people and facts for the tests of this folder.

use crate::decide::Facts;
use crate::model::capabilities::Capabilities;
use crate::model::ids::{QueryId, TravellerRow};
use crate::model::language::LanguageTag;
use crate::model::phone::PhoneNumber;
use crate::model::traveller::{Person, QueryPart};
use crate::settings::Settings;
use crate::settings::valid::{
    AlertRules, AssistanceMode, Desk, EmergencyNumberChoice, Hours, OperationsCentre, Retention, StatusCallRules,
};
use chrono::{DateTime, NaiveTime, Utc, Weekday};
use uuid::Uuid;

pub(super) const QUERY: QueryId = QueryId(Uuid::from_u128(7));

static ABLE: Capabilities = Capabilities {
    speech: true,
    confirm: true,
    speaks_after_key: true,
    machine_detection: true,
    change_call: true,
    texts: true,
    languages: &[],
};

pub(super) fn phone(e164: &str) -> PhoneNumber {
    PhoneNumber::from_e164(e164).expect("a test number")
}

/// A desk by the last two digits of its number, open always.
pub(super) fn desk(end: u8, must_confirm: bool) -> Desk {
    let phone = phone(&format!("+4930231251{end:02}"));
    Desk { name: format!("Desk {end}"), phone, must_confirm, ring_seconds: 25, hours: None }
}

/// Hours from `from` to `to` (24: the end of the day) on these days.
pub(super) fn span(days: &[Weekday], from: (u32, u32), to: (u32, u32)) -> Hours {
    let time = |(hour, minute)| NaiveTime::from_hms_opt(hour, minute, 0);
    Hours { days: days.to_vec(), from: time(from).expect("a time"), to: time(to) }
}

/// Own contacts 41 and 42 that must confirm, then the operations centre 10; no providers.
pub(super) fn settings() -> Settings {
    Settings {
        name: "Beispiel AG".to_owned(),
        spoken_name: "Beispiel".to_owned(),
        country: "DE".to_owned(),
        time_zone: chrono_tz::Tz::Europe__London,
        languages: ["de", "en"].into_iter().filter_map(LanguageTag::new).collect(),
        emergency_number: EmergencyNumberChoice::Line,
        mode: AssistanceMode::OwnContact,
        own_contacts: vec![desk(41, true), desk(42, true)],
        last_resort: true,
        operations_centre: Some(OperationsCentre {
            desk: Desk { name: "Crisis24".to_owned(), ..desk(10, false) },
            former_names: vec!["EXOP".to_owned()],
        }),
        medical_provider: None,
        travel_provider: None,
        status_call: StatusCallRules {
            max_prompts: 3,
            ring_seconds: 25,
            retry_minutes: vec![0, 2, 5],
            speech: true,
            text_first: false,
        },
        alerts: AlertRules { recipients: Vec::new(), repeat_minutes: 5 },
        retention: Retention { status_queries: "P13M".to_owned(), alerts: "P24M".to_owned(), locations: "P90D".to_owned() },
    }
}

/// A traveller who is asked for the first time, by attempt 1.
pub(super) fn person(row: i64) -> Person {
    let retry_minutes = settings().status_call.retry_minutes;
    Person {
        row: TravellerRow(row),
        name: Some("Anna Meier".to_owned()),
        language: LanguageTag::new("de"),
        status: None,
        query: Some(QueryPart { query: QUERY, settled: false, retry_minutes, placed: 1, planned: None, ended: Vec::new() }),
        alerts: Vec::new(),
        place: None,
        revision: 0,
    }
}

/// Facts about these people; everything works.
pub(super) fn facts<'a>(settings: &'a Settings, line: &'a PhoneNumber, people: &'a [Person], seed: u128) -> Facts<'a> {
    Facts {
        settings,
        line_number: line,
        emergency_number: line,
        people,
        query: None,
        capabilities: &ABLE,
        inbound: None,
        caller_is_ours: false,
        words_mean: None,
        durable: true,
        seed: Uuid::from_u128(seed),
    }
}

/// A moment in RFC 3339.
pub(super) fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("a time").to_utc()
}
