//! assistline: the call router for travellers in trouble.
//!
//! In one breath: `web` hears, `dialect` translates, `app` acts, `decide` judges by the `settings`, `store` remembers,
//! `outbound` speaks, `worker` keeps time. The modules stand here in reading order; each imports only what is of a lower
//! layer (`tests/it/tidy.rs` keeps it).

/// Layer 0: the nouns.
pub mod model;
/// Layer 1: the organisation's settings as a document.
pub mod settings;
/// Layer 1: all words for people.
pub mod wording;
/// Layer 2: every judgement.
pub mod decide;
/// Layer 2: how each provider speaks.
pub mod dialect;
/// Layer 3: the memory.
pub mod store;
/// Layer 3: client sockets.
pub mod outbound;
/// Layer 4: what the engine does.
pub mod app;
/// Layer 5: what is heard over HTTP.
pub mod web;
/// Layer 5: a telephony provider in the process.
pub mod simulator;
/// Layer 6: the configuration of the process.
pub mod config;
/// Layer 6: logs.
pub mod telemetry;
/// Layer 5: keeps time.
pub mod worker;
/// Layer 6: the command line.
pub mod cli;
