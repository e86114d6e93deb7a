//! What the engine does, one thing a file, each named by a verb phrase. Layer 4.

/// What names a delivery.
pub mod delivery;
/// What was answered and could not be stored.
pub mod missed;
/// The engine: what every use case needs.
pub mod engine;
/// Gathers what a judgement may look at.
pub mod facts;
/// What a token remembers of a call.
pub mod from_token;
/// Judges one event and makes it durable.
pub mod judge_step;
/// The safe plan.
pub mod answer_safely;
/// Stores what was answered without a memory.
pub mod catch_up;
/// A webhook's trip.
pub mod take_webhook;
/// A text has come in.
pub mod take_text;
/// Operator alerts.
pub mod tell_operator;
/// Places the status call of one attempt.
pub mod place_call;
/// Redirects a running call.
pub mod change_call;
/// The time for what a call waits for is over.
pub mod pass_deadline;
/// Puts an engine together.
pub mod open_engine;
/// Scenarios as data.
pub mod scenario;
/// Replays a scenario through the whole engine.
pub mod replay_scenario;
/// Tokens of the private listener, and what their holders may do.
pub mod tokens;
/// Saves settings.
pub mod save_settings;
/// Makes a saved version active.
pub mod activate_settings;
/// Makes an organisation.
pub mod save_organisation;
/// Sets the operations centre.
pub mod save_operations_centre;
/// Saves an account.
pub mod save_account;
/// Saves a line.
pub mod save_line;
/// Saves a traveller.
pub mod save_traveller;
/// Starts a status query.
pub mod start_status_query;
/// Pauses, resumes and stops a status query.
pub mod command_status_query;
/// Who stands how in a status query.
pub mod show_status_query;
/// Who would take a call.
pub mod preview_route;
/// A call and its steps.
pub mod show_call;
/// Takes and settles alerts.
pub mod settle_alert;
/// Positions of travellers.
pub mod add_location;
/// Answers under an `Idempotency-Key`.
pub mod remember_answer;
/// Puts away what is old.
pub mod put_away;
/// Tells what the spool holds.
pub mod tell_unrecorded;
/// Runs what is due now.
pub mod run_due_work;
