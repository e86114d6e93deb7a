//! Small requests of the API and the command line: parameters of a save, activations, tokens, locations, lists, routes. Each
//! check looks at every field and names every problem; parameters of a URL come as an object of texts.

use super::bodies::CheckedBody;
use super::desks::read_language;
use super::draft::{Fields, Typed};
use super::problems::{Problem, Problems};
use crate::model::access::AccessRole;
use crate::model::alert::AlertState;
use crate::model::answer::Answer;
use crate::model::ids::{OrganisationId, TravellerId, Version};
use crate::model::language::LanguageTag;
use crate::model::limits::NAME_CHARS_MAX;
use chrono::{DateTime, Utc};
use serde_json::Value;

/// A sentence or two, not a report.
const NOTE_CHARS_MAX: usize = 500;
/// `API.md`: lists have 100 entries unless asked for more, and at most 1,000.
const LIST_DEFAULT: i64 = 100;
const LIST: std::ops::RangeInclusive<i64> = 1..=1_000;
/// Codes of confirmations are few and short.
const CONFIRM_CHARS_MAX: usize = 500;
/// A radio cell in the countryside reaches some 35 km; anything coarser is a place, not a position.
const ACCURACY_M: std::ops::RangeInclusive<f64> = 0.0..=100_000.0;

/// When a saved version becomes active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At once.
    Now,
    /// Not before somebody says so.
    Draft,
    /// At that time.
    At(DateTime<Utc>),
}

/// What becomes of a version that is planned already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithPlanned {
    /// It stands in the way.
    Refuse,
    /// It stays planned.
    Keep,
    /// It becomes a draft.
    Cancel,
}

/// How settings are saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveParameters {
    /// When they become active.
    pub when: When,
    /// What the author writes to them.
    pub note: Option<String>,
    /// What becomes of a planned version.
    pub planned: WithPlanned,
    /// What the author has confirmed.
    pub confirm: Vec<String>,
}

impl Default for SaveParameters {
    fn default() -> Self {
        Self { when: When::Now, note: None, planned: WithPlanned::Refuse, confirm: Vec::new() }
    }
}

/// Checks `?activate=now|draft|TIME&note=&planned=keep|cancel&confirm=code,…`.
#[must_use]
pub fn check_save(parameters: &Value, now: DateTime<Utc>) -> CheckedBody<SaveParameters> {
    let mut found = Problems::none();
    let fields = Typed::root(parameters).fields(&["activate", "note", "planned", "confirm"], &mut found);
    let activate = fields.field("activate");
    let when = match activate.value().and_then(Value::as_str) {
        Some("now") => When::Now,
        Some("draft") => When::Draft,
        None | Some("") => When::Now,
        Some(_) => read_future(&activate, now, &mut found).map_or(When::Now, When::At),
    };
    let ways = [("keep", WithPlanned::Keep), ("cancel", WithPlanned::Cancel)];
    let planned = fields.field("planned").word(&ways, &mut found).unwrap_or(WithPlanned::Refuse);
    let note = read_note(&fields, &mut found);
    let confirm = read_codes(&fields.field("confirm"), &mut found);
    CheckedBody::new(Some(SaveParameters { when, note, planned, confirm }), found, Problems::none())
}

/// How a saved version is made active.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Activation {
    /// When; None: at once.
    pub at: Option<DateTime<Utc>>,
    /// What the author writes to it.
    pub note: Option<String>,
    /// What the author has confirmed.
    pub confirm: Vec<String>,
}

/// Checks `{"at", "note", "confirm": "code,…"}`.
#[must_use]
pub fn check_activation(document: &Value, now: DateTime<Utc>) -> CheckedBody<Activation> {
    let mut found = Problems::none();
    let fields = Typed::root(document).fields(&["at", "note", "confirm"], &mut found);
    let at = read_future(&fields.field("at"), now, &mut found);
    let note = read_note(&fields, &mut found);
    let confirm = read_codes(&fields.field("confirm"), &mut found);
    CheckedBody::new(Some(Activation { at, note, confirm }), found, Problems::none())
}

fn read_note(fields: &Fields<'_>, found: &mut Problems) -> Option<String> {
    fields.field("note").optional_text(NOTE_CHARS_MAX, found).map(str::to_owned)
}

/// Codes with commas between them.
fn read_codes(typed: &Typed<'_>, found: &mut Problems) -> Vec<String> {
    let text = typed.optional_text(CONFIRM_CHARS_MAX, found).unwrap_or_default();
    text.split(',').map(str::trim).filter(|code| !code.is_empty()).map(str::to_owned).collect()
}

fn read_moment(typed: &Typed<'_>, found: &mut Problems) -> Option<DateTime<Utc>> {
    let text = typed.optional_text(NAME_CHARS_MAX, found)?;
    let moment = DateTime::parse_from_rfc3339(text).ok();
    if moment.is_none() {
        found.invalid_moment(&typed.path);
    }
    moment.map(|moment| moment.to_utc())
}

/// A slip in the year must not make a version active at once.
fn read_future(typed: &Typed<'_>, now: DateTime<Utc>, found: &mut Problems) -> Option<DateTime<Utc>> {
    let moment = read_moment(typed, found)?;
    if moment <= now {
        found.in_the_past(&typed.path);
    }
    Some(moment)
}

/// How an alert is settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// What came of it.
    pub outcome: String,
    /// How.
    pub how: Option<String>,
}

/// Checks `{"outcome", "how"}`.
#[must_use]
pub fn check_settlement(document: &Value) -> CheckedBody<Settlement> {
    let mut found = Problems::none();
    let fields = Typed::root(document).fields(&["outcome", "how"], &mut found);
    let outcome = fields.field("outcome").needed_text(NOTE_CHARS_MAX, &mut found).map(str::to_owned);
    let how = fields.field("how").optional_text(NOTE_CHARS_MAX, &mut found).map(str::to_owned);
    CheckedBody::new(outcome.map(|outcome| Settlement { outcome, how }), found, Problems::none())
}

/// A token to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenOrder {
    /// What it may do.
    pub role: AccessRole,
    /// For which organisation; None: the installation.
    pub organisation: Option<OrganisationId>,
    /// Who has it: the name in the audit log and on alerts.
    pub name: Option<String>,
}

/// Checks `{"role", "organisation", "name"}`.
#[must_use]
pub fn check_token(document: &Value) -> CheckedBody<TokenOrder> {
    let mut found = Problems::none();
    let fields = Typed::root(document).fields(&["role", "organisation", "name"], &mut found);
    let role = fields.field("role");
    if role.is_left_out() {
        found.missing(&role.path);
    }
    let role = role.word(&AccessRole::ALL.map(|role| (role.as_str(), role)), &mut found);
    let typed = fields.field("organisation");
    let organisation = typed.optional_text(NAME_CHARS_MAX, &mut found).and_then(|text| {
        let id = OrganisationId::new(text);
        if id.is_none() {
            found.invalid_id(&typed.path);
        }
        id
    });
    let name = fields.field("name").optional_text(NAME_CHARS_MAX, &mut found).map(str::to_owned);
    CheckedBody::new(role.map(|role| TokenOrder { role, organisation, name }), found, Problems::none())
}

/// A position, as it was reported.
#[derive(Debug, Clone, PartialEq)]
pub struct LocationBody {
    /// Whose.
    pub traveller: TravellerId,
    /// Degrees north and east.
    pub position: Option<(f64, f64)>,
    /// Within how many metres.
    pub accuracy_m: Option<f64>,
    /// The place, as people say it.
    pub place: Option<String>,
    /// Where it comes from; `api` where nothing is said.
    pub source: String,
    /// When the traveller was there; None: now.
    pub at: Option<DateTime<Utc>>,
}

/// Checks `{"traveller", "latitude", "longitude", "accuracy_m", "place", "source", "at"}`.
#[must_use]
pub fn check_location(document: &Value) -> CheckedBody<LocationBody> {
    let mut found = Problems::none();
    let known = ["traveller", "latitude", "longitude", "accuracy_m", "place", "source", "at"];
    let fields = Typed::root(document).fields(&known, &mut found);
    let typed = fields.field("traveller");
    let traveller = typed.needed_text(NAME_CHARS_MAX, &mut found).and_then(|text| {
        let id = TravellerId::new(text);
        if id.is_none() {
            found.invalid_id(&typed.path);
        }
        id
    });
    let (north, east) = (fields.field("latitude"), fields.field("longitude"));
    match (north.is_left_out(), east.is_left_out()) {
        (true, false) => found.missing(&north.path),
        (false, true) => found.missing(&east.path),
        (true, true) | (false, false) => {}
    }
    let is_nowhere = north.is_left_out() && east.is_left_out();
    let latitude = north.number(-90.0..=90.0, &mut found);
    let longitude = east.number(-180.0..=180.0, &mut found);
    let accuracy_m = fields.field("accuracy_m").number(ACCURACY_M, &mut found);
    let place = fields.field("place").optional_text(NAME_CHARS_MAX, &mut found).map(str::to_owned);
    if is_nowhere && place.is_none() && found.is_empty() {
        found.no_position(&fields.field("place").path);
    }
    let source = fields.field("source").optional_text(NAME_CHARS_MAX, &mut found).unwrap_or("api").to_owned();
    let at = read_moment(&fields.field("at"), &mut found);
    let position = latitude.zip(longitude);
    let body = traveller.map(|traveller| LocationBody { traveller, position, accuracy_m, place, source, at });
    CheckedBody::new(body, found, Problems::none())
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListParameters {
    /// How many entries at most.
    pub limit: i64,
    /// From behind this place.
    pub after: Option<String>,
    /// Alerts in this state only.
    pub state: Option<AlertState>,
    /// Of this traveller only.
    pub traveller: Option<TravellerId>,
}

/// Checks `?limit=&after=` and, where the list has them, `state` and `traveller`.
#[must_use]
pub fn check_list(parameters: &Value, filters: &[&str]) -> CheckedBody<ListParameters> {
    let mut found = Problems::none();
    let known: Vec<&str> = ["limit", "after"].iter().chain(filters).copied().collect();
    let fields = Typed::root(parameters).fields(&known, &mut found);
    let limit = fields.field("limit").whole(LIST, &mut found).unwrap_or(LIST_DEFAULT);
    let after = fields.field("after").optional_text(NAME_CHARS_MAX, &mut found).map(str::to_owned);
    let states = [AlertState::Open, AlertState::BeingAnswered, AlertState::Taken, AlertState::Settled];
    let filter = |name: &str| filters.contains(&name).then(|| fields.field(name));
    let state = filter("state").and_then(|typed| typed.word(&states.map(|state| (state.as_str(), state)), &mut found));
    let traveller = filter("traveller").and_then(|typed| {
        let id = TravellerId::new(typed.optional_text(NAME_CHARS_MAX, &mut found)?);
        if id.is_none() {
            found.invalid_id(&typed.path);
        }
        id
    });
    CheckedBody::new(Some(ListParameters { limit, after, state, traveller }), found, Problems::none())
}

/// Which route is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteParameters {
    /// For which answer.
    pub answer: Answer,
    /// When; None: now.
    pub at: Option<DateTime<Utc>>,
    /// The traveller's language.
    pub language: Option<LanguageTag>,
    /// By which version; None: the active one.
    pub version: Option<Version>,
}

/// Checks `?answer=&at=&language=&version=`.
#[must_use]
pub fn check_route(parameters: &Value) -> CheckedBody<RouteParameters> {
    let mut found = Problems::none();
    let fields = Typed::root(parameters).fields(&["answer", "at", "language", "version"], &mut found);
    let answer = fields.field("answer");
    if answer.is_left_out() {
        found.missing(&answer.path);
    }
    let answer = answer.word(&Answer::ALL.map(|answer| (answer.as_str(), answer)), &mut found);
    let at = read_moment(&fields.field("at"), &mut found);
    let language = read_language(&fields.field("language"), &mut found);
    let version = fields.field("version").whole(1..=Version::MAX, &mut found);
    CheckedBody::new(answer.map(|answer| RouteParameters { answer, at, language, version }), found, Problems::none())
}

/// Checks `?from=&to=`, two versions.
#[must_use]
pub fn check_diff(parameters: &Value) -> CheckedBody<(Version, Version)> {
    let mut found = Problems::none();
    let fields = Typed::root(parameters).fields(&["from", "to"], &mut found);
    let mut version = |name: &str| {
        let typed = fields.field(name);
        if typed.is_left_out() {
            found.missing(&typed.path);
        }
        typed.whole(1..=Version::MAX, &mut found)
    };
    let (from, to) = (version("from"), version("to"));
    CheckedBody::new(from.zip(to), found, Problems::none())
}

/// A request without a body that came with fields: each is named.
#[must_use]
pub fn check_nothing(document: &Value) -> CheckedBody<()> {
    let mut found = Problems::none();
    Typed::root(document).fields(&[], &mut found);
    CheckedBody::new(Some(()), found, Problems::none())
}

fn one(add: impl FnOnce(&mut Problems)) -> Vec<Problem> {
    let mut found = Problems::none();
    add(&mut found);
    found.into_list()
}

/// An id that is none.
#[must_use]
pub fn invalid_id(path: &str) -> Vec<Problem> {
    one(|found| found.invalid_id(path))
}

/// A name that nobody has.
#[must_use]
pub fn unknown_name(path: &str) -> Vec<Problem> {
    one(|found| found.unknown_name(path))
}

/// A query that would ask nobody.
#[must_use]
pub fn nobody_asked(path: &str) -> Vec<Problem> {
    one(|found| found.nobody_asked(path))
}

/// A status query of an organisation that has no line: a warning.
#[must_use]
pub fn no_line_to_call() -> Vec<Problem> {
    one(|found| found.no_line_to_call("travellers"))
}

/// A number that another line of the same account has.
#[must_use]
pub fn number_taken(path: &str) -> Vec<Problem> {
    one(|found| found.twice(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap()
    }

    fn codes<T>(checked: &CheckedBody<T>) -> Vec<(&str, &str)> {
        checked.problems.iter().map(|problem| (problem.path.as_str(), problem.code)).collect()
    }

    #[test]
    fn a_save_is_now_a_draft_or_at_a_time_to_come() {
        let check = |parameters: Value, expect: Result<When, (&str, &str)>| {
            let checked = check_save(&parameters, now());
            assert_eq!(checked.body.as_ref().map(|body| body.when), expect.ok());
            assert_eq!(codes(&checked), expect.err().into_iter().collect::<Vec<_>>(), "{parameters}");
        };
        check(json!({}), Ok(When::Now));
        check(json!({"activate": "draft"}), Ok(When::Draft));
        check(json!({"activate": "2027-01-01T00:00:00+01:00"}), Ok(When::At("2026-12-31T23:00:00Z".parse().unwrap())));
        check(json!({"activate": "2016-01-01T00:00:00Z"}), Err(("activate", "in_the_past")));
        check(json!({"activate": "tomorrow"}), Err(("activate", "invalid_moment")));
        check(json!({"planned": "drop"}), Err(("planned", "unknown_value")));
        check(json!({"activated": "now"}), Err(("activated", "unknown_field")));
    }

    #[test]
    fn confirmations_stand_between_commas() {
        let confirm = check_save(&json!({"confirm": "a, b,,"}), now()).body.unwrap().confirm;
        assert_eq!(confirm, ["a", "b"]);
    }

    #[test]
    fn a_location_says_where() {
        let check =
            |document: Value, expect: &[(&str, &str)]| assert_eq!(codes(&check_location(&document)), expect, "{document}");
        check(json!({"traveller": "t-1", "place": "Lagos"}), &[]);
        check(json!({"traveller": "t-1", "latitude": 6.45, "longitude": 3.39, "accuracy_m": 30}), &[]);
        check(json!({"traveller": "t-1"}), &[("place", "no_position")]);
        check(json!({"traveller": "t-1", "latitude": 6.45}), &[("longitude", "missing")]);
        check(json!({"traveller": "t-1", "latitude": 91, "longitude": 3.39}), &[("latitude", "out_of_range")]);
        check(json!({"traveller": "T 1", "place": "Lagos"}), &[("traveller", "invalid_id")]);
    }

    #[test]
    fn lists_have_bounds() {
        let check = |parameters: Value, expect: &[(&str, &str)]| {
            assert_eq!(codes(&check_list(&parameters, &["state"])), expect, "{parameters}");
        };
        check(json!({"limit": 1000, "after": "x", "state": "open"}), &[]);
        check(json!({"limit": 0}), &[("limit", "out_of_range")]);
        check(json!({"limit": "many"}), &[("limit", "wrong_type")]);
        check(json!({"state": "closed"}), &[("state", "unknown_value")]);
        check(json!({"traveller": "t-1"}), &[("traveller", "unknown_field")]);
    }

    #[test]
    fn a_token_has_a_role() {
        let check = |document: Value, expect: &[(&str, &str)]| assert_eq!(codes(&check_token(&document)), expect, "{document}");
        check(json!({"role": "duty", "organisation": "acme", "name": "Anna"}), &[]);
        check(json!({"organisation": "ACME"}), &[("role", "missing"), ("organisation", "invalid_id")]);
        check(json!({"role": "root"}), &[("role", "unknown_value")]);
    }
}
