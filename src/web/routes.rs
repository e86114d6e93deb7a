//! Every route of the API on one page. The router is made from this table, and so is its document.

use crate::app::engine::App;
use crate::web::api::{
    accounts, alerts, audit, calls, lines, locations, operations_centre, organisations, route, settings, status_queries, tokens,
    travellers,
};
use axum::routing::{MethodRouter, delete, get, patch, post, put};
use std::sync::Arc;

/// A route, and what its document says of it.
pub struct ApiRoute {
    /// `GET`, `PUT`, …
    pub method: &'static str,
    /// The path below the listener.
    pub path: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// Which role it needs.
    pub role: &'static str,
    /// Parameters behind the question mark.
    pub query: &'static [&'static str],
    /// The schema of the body, where it takes one.
    pub body: Option<&'static str>,
    /// Statuses of success, and the schema of their answer.
    pub success: (&'static [u16], Option<&'static str>),
    /// Statuses of its own beside 400, 401, 403, 404, 413, 415, 422 and those of faults.
    pub also: &'static [u16],
    /// Who answers.
    pub handler: fn() -> MethodRouter<Arc<App>>,
}

const ADMIN_ALL: &str = "admin of the installation";
const ANY_ALL: &str = "any role of the installation";
const DUTY_ALL: &str = "admin or duty of the installation";
const ADMIN: &str = "admin";
const ANY: &str = "any role";
const DUTY: &str = "admin or duty";
const ONLY_DUTY: &str = "duty";
const SAVE: &[&str] = &["activate", "note", "planned", "confirm"];
const LIST: &[&str] = &["limit", "after"];
const ORG: &str = "/v1/organisations/{org}";

macro_rules! org {
    ($rest:literal) => {
        concat!("/v1/organisations/{org}", $rest)
    };
}

macro_rules! route {
    ($method:ident $path:expr, $role:expr, $summary:literal, $query:expr, $body:expr, $success:expr, $also:expr, $handler:path) => {
        ApiRoute {
            method: stringify!($method),
            path: $path,
            summary: $summary,
            role: $role,
            query: $query,
            body: $body,
            success: $success,
            also: $also,
            handler: || route!(@ $method)($handler),
        }
    };
    (@ GET) => { get };
    (@ PUT) => { put };
    (@ POST) => { post };
    (@ PATCH) => { patch };
    (@ DELETE) => { delete };
}

const OK: &[u16] = &[200];
const PUT: &[u16] = &[200, 201];
const NEW: &[u16] = &[201];

/// All of them, in reading order.
#[rustfmt::skip]
pub static ROUTES: &[ApiRoute] = &[
    route!(GET "/v1/operations-centre", ADMIN_ALL, "The operations centre of the installation", &[], None, (OK, Some("OperationsCentre")), &[], operations_centre::get),
    route!(PUT "/v1/operations-centre", ADMIN_ALL, "Set it; every organisation that uses it gets a new version", &["confirm"], Some("OperationsCentre"), (PUT, Some("OperationsCentreSaved")), &[409], operations_centre::put),
    route!(GET "/v1/accounts", ADMIN_ALL, "All accounts", &[], None, (OK, Some("Accounts")), &[], accounts::list),
    route!(GET "/v1/accounts/{account}", ADMIN_ALL, "An account, without its secrets", &[], None, (OK, Some("Account")), &[], accounts::get),
    route!(PUT "/v1/accounts/{account}", ADMIN_ALL, "Make or change an account; {\"set\": true} keeps a secret", &[], Some("Account"), (PUT, Some("AccountSaved")), &[], accounts::put),
    route!(GET "/v1/lines", ADMIN_ALL, "All lines", &[], None, (OK, Some("Lines")), &[], lines::list),
    route!(GET "/v1/lines/{line}", ADMIN_ALL, "A line", &[], None, (OK, Some("Line")), &[], lines::get),
    route!(PUT "/v1/lines/{line}", ADMIN_ALL, "Make or change a line", &[], Some("Line"), (PUT, Some("LineSaved")), &[409], lines::put),
    route!(GET "/v1/tokens", ADMIN_ALL, "All tokens, not what they are", &[], None, (OK, Some("Tokens")), &[], tokens::list),
    route!(POST "/v1/tokens", ADMIN_ALL, "Make a token; it is shown once", &[], Some("TokenOrder"), (NEW, Some("TokenMade")), &[], tokens::create),
    route!(DELETE "/v1/tokens/{token}", ADMIN_ALL, "Take a token away", &[], None, (&[204], None), &[], tokens::remove),
    route!(GET "/v1/alerts", ANY_ALL, "Alerts of all organisations, and the operator's", &["state", "limit", "after"], None, (OK, Some("Alerts")), &[], alerts::list_all),
    route!(GET "/v1/alerts/{alert}", ANY_ALL, "An alert", &[], None, (OK, Some("Alert")), &[], alerts::get_any),
    route!(POST "/v1/alerts/{alert}/take", DUTY_ALL, "Take an alert", &[], None, (OK, Some("Alert")), &[409], alerts::take_any),
    route!(POST "/v1/alerts/{alert}/settle", DUTY_ALL, "Settle an alert", &[], Some("Settlement"), (OK, Some("Alert")), &[409], alerts::settle_any),
    route!(GET "/v1/organisations", ANY, "The organisations that the token may see", LIST, None, (OK, Some("Organisations")), &[], organisations::list),
    route!(GET ORG, ANY, "An organisation", &[], None, (OK, Some("Organisation")), &[], organisations::get),
    route!(PUT ORG, ADMIN, "Make an organisation with default settings, or change its four fields", SAVE, Some("NewOrganisation"), (PUT, Some("OrganisationSaved")), &[409], organisations::put),
    route!(GET org!("/settings"), ANY, "The active settings, as typed", &[], None, (OK, Some("Settings")), &[304], settings::get),
    route!(PUT org!("/settings"), ADMIN, "Save a version of the settings", SAVE, Some("Settings"), (PUT, Some("SettingsSaved")), &[409, 412], settings::put),
    route!(PATCH org!("/settings"), ADMIN, "Save a version: a JSON merge patch of the active one", SAVE, Some("Settings"), (OK, Some("SettingsSaved")), &[409, 412], settings::patch),
    route!(GET org!("/settings/versions"), ANY, "Versions, newest first", LIST, None, (OK, Some("Versions")), &[], settings::versions),
    route!(GET org!("/settings/versions/diff"), ANY, "What changed between two versions", &["from", "to"], None, (OK, Some("Diff")), &[], settings::diff),
    route!(GET org!("/settings/versions/{version}"), ANY, "A version with its settings", &[], None, (OK, Some("VersionWhole")), &[], settings::version),
    route!(POST org!("/settings/versions/{version}/activate"), ADMIN, "Make a version active, at once or at a time", &["confirm"], Some("Activation"), (OK, Some("SettingsSaved")), &[409], settings::activate),
    route!(GET org!("/route"), ANY, "Who takes a call with this answer, and why", &["answer", "at", "language", "version"], None, (OK, Some("Route")), &[], route::preview),
    route!(GET org!("/emergency-contact"), ANY, "Whom travellers call, as JSON or text/vcard", &[], None, (OK, Some("EmergencyContact")), &[], route::emergency_contact),
    route!(GET org!("/travellers"), ANY, "Travellers", LIST, None, (OK, Some("Travellers")), &[], travellers::list),
    route!(GET org!("/travellers/{traveller}"), ANY, "A traveller", &[], None, (OK, Some("Traveller")), &[], travellers::get),
    route!(PUT org!("/travellers/{traveller}"), DUTY, "Make or change a traveller", &[], Some("Traveller"), (PUT, Some("TravellerSaved")), &[], travellers::put),
    route!(GET org!("/locations"), ONLY_DUTY, "Positions, newest entry first", &["traveller", "limit", "after"], None, (OK, Some("Locations")), &[], locations::list),
    route!(POST org!("/locations"), DUTY, "Report a position", &[], Some("Location"), (NEW, Some("Location")), &[], locations::post),
    route!(GET org!("/status-queries"), ANY, "Status queries, newest first", LIST, None, (OK, Some("StatusQueries")), &[], status_queries::list),
    route!(POST org!("/status-queries"), DUTY, "Start a status query", &[], Some("StatusQueryOrder"), (NEW, Some("StatusQueryStarted")), &[409], status_queries::start),
    route!(GET org!("/status-queries/{query}"), ANY, "A status query with its people", &[], None, (OK, Some("StatusQueryWhole")), &[], status_queries::get),
    route!(POST org!("/status-queries/{query}/pause"), DUTY, "No call begins until it is resumed", &[], None, (OK, Some("StatusQuery")), &[409], status_queries::pause),
    route!(POST org!("/status-queries/{query}/resume"), DUTY, "Calls begin again", &[], None, (OK, Some("StatusQuery")), &[409], status_queries::resume),
    route!(POST org!("/status-queries/{query}/stop"), DUTY, "No phone begins to ring any more", &[], None, (OK, Some("StatusQuery")), &[409], status_queries::stop),
    route!(GET org!("/calls"), ANY, "Calls, newest first", LIST, None, (OK, Some("Calls")), &[], calls::list),
    route!(GET org!("/calls/{call}"), ANY, "A call with its legs and steps", &[], None, (OK, Some("CallWhole")), &[], calls::get),
    route!(GET org!("/alerts"), ANY, "Alerts, newest first", &["state", "limit", "after"], None, (OK, Some("Alerts")), &[], alerts::list),
    route!(GET org!("/alerts/{alert}"), ANY, "An alert", &[], None, (OK, Some("Alert")), &[], alerts::get),
    route!(POST org!("/alerts/{alert}/take"), DUTY, "Take an alert", &[], None, (OK, Some("Alert")), &[409], alerts::take),
    route!(POST org!("/alerts/{alert}/settle"), DUTY, "Settle an alert", &[], Some("Settlement"), (OK, Some("Alert")), &[409], alerts::settle),
    route!(GET org!("/audit"), ANY, "Who changed and looked at what, newest first", LIST, None, (OK, Some("Audit")), &[], audit::list),
];
