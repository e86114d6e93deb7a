//! The resources of the API, one file each: what is read from a request, which use case it calls, and how the outcome is
//! shown. What is shown is shared with the command line (`--json`).

/// Answers that many resources give.
pub mod answers;
/// Organisations.
pub mod organisations;
/// Settings and their versions.
pub mod settings;
/// The operations centre.
pub mod operations_centre;
/// Accounts.
pub mod accounts;
/// Lines.
pub mod lines;
/// Travellers.
pub mod travellers;
/// Positions of travellers.
pub mod locations;
/// Status queries.
pub mod status_queries;
/// Who would take a call, and whom travellers call.
pub mod route;
/// Calls.
pub mod calls;
/// Alerts.
pub mod alerts;
/// Tokens.
pub mod tokens;
/// The log of who changed and looked at what.
pub mod audit;
