//! What the engine does, one thing a file, each named by a verb phrase. Layer 4.

/// How fast orders follow each other.
pub mod pace;
/// What was begun and is not finished.
pub mod under_way;
/// What names a delivery.
pub mod delivery;
/// The engine: what every use case needs.
pub mod engine;
/// Gathers what a judgement may look at.
pub mod facts;
/// Judges one event and makes it durable.
pub mod judge_step;
/// The safe plan.
pub mod answer_safely;
/// A webhook's trip.
pub mod take_webhook;
/// A text has come in.
pub mod take_text;
/// Operator alerts.
pub mod tell_operator;
/// Tells people about an alert.
pub mod tell_recipients;
/// Tells of help that could not be recorded.
pub mod tell_unrecorded;
/// Redirects a running call.
pub mod change_call;
/// Places the status call of one attempt.
pub mod place_call;
/// Looks for orders whose answer was lost.
pub mod find_order;
/// Pauses, resumes and stops a status query.
pub mod command_status_query;
/// The time for what a call waits for is over.
pub mod pass_deadline;
/// Puts an engine together.
pub mod open_engine;
/// Scenarios as data.
pub mod scenario;
/// Replays a scenario through the whole engine.
pub mod replay_scenario;
/// What is put away every hour.
pub mod put_away;
/// Runs what is due now.
pub mod run_due_work;
