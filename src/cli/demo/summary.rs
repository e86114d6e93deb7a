//! What stands at the end, as the API tells it: who is safe, who was connected to whom after how many seconds, which alerts
//! are open, and how to go on.

use super::cast::Cast;
use super::client::Client;
use crate::app::engine::App;
use crate::cli::output;
use crate::model::event::Event;
use crate::model::phone::PhoneNumber;
use anyhow::Result;
use serde_json::Value;
use std::collections::HashMap;

/// Prints the summary.
///
/// # Errors
/// What the API refuses.
pub(super) async fn print(cast: &Cast, app: &App, api: &Client, queries: &[(&'static str, String)]) -> Result<()> {
    output::line("\n══ Who is safe ═════════════════════════════════════════════════════════")?;
    for (organisation, query) in queries {
        let shown = api.get(&format!("/v1/organisations/{organisation}/status-queries/{query}")).await?;
        for person in list(&shown["people"]) {
            let name = cast.people.iter().find(|known| person["traveller"] == known.id).map_or("?", |known| known.name);
            let status = person["status"].as_str().unwrap_or("unknown");
            let attempts = list(&person["attempts"]).len();
            output::line(&format!("  {name:<14} {organisation:<10} {status:<10} {attempts} attempt(s)"))?;
        }
    }
    output::line("\n══ Who was connected to whom ═══════════════════════════════════════════")?;
    for (organisation, _) in queries {
        let calls = api.get(&format!("/v1/organisations/{organisation}/calls?limit=200")).await?;
        for call in list(&calls["calls"]).into_iter().rev() {
            connected(cast, app, &call).await?;
        }
    }
    output::line("\n══ Open alerts ═════════════════════════════════════════════════════════")?;
    let mut open = 0;
    for (organisation, _) in queries {
        let alerts = api.get(&format!("/v1/organisations/{organisation}/alerts")).await?;
        for alert in list(&alerts["alerts"]) {
            if alert["state"] == "settled" {
                continue;
            }
            open += 1;
            let traveller = alert["traveller"].as_str().unwrap_or("unknown caller");
            let word = |name: &str| alert[name].as_str().unwrap_or_default().to_owned();
            output::line(&format!(
                "  {organisation:<10} {:<14} {:<9} {:<8} {traveller}",
                word("kind"),
                word("severity"),
                word("state")
            ))?;
        }
    }
    if open == 0 {
        output::line("  none")?;
    }
    output::line(
        "\nHow to go on: `assistline demo --keep` leaves all of this running, `assistline demo --xml` shows every document, \
`assistline --help` names the other commands, README.md says how to get from here to a real line.",
    )
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// How long from the cry to the human voice, from the journal.
async fn connected(cast: &Cast, app: &App, call: &Value) -> Result<()> {
    let Some(id) = call["id"].as_str().and_then(|id| uuid::Uuid::parse_str(id).ok()) else { return Ok(()) };
    let steps = app.journal.steps(crate::model::ids::CallId(id)).await?;
    let cry = steps
        .iter()
        .find(|step| step.telephone.iter().any(|action| matches!(action, crate::model::effect::TelephoneAction::Forward { .. })));
    let answered: HashMap<PhoneNumber, _> = steps
        .iter()
        .filter_map(|step| match &step.event {
            Some(Event::TargetConfirmed { phone } | Event::LegAnswered { phone }) => Some((phone.clone(), step.at)),
            _ => None,
        })
        .collect();
    let taken = steps.iter().rev().find_map(|step| match &step.event {
        Some(Event::DialResult { phone, duration_seconds: Some(seconds), .. }) if *seconds > 0 => Some((phone.clone(), *seconds)),
        _ => None,
    });
    let (Some(cry), Some((desk, talked))) = (cry, taken) else { return Ok(()) };
    let who = call["traveller"].as_str().unwrap_or_default();
    let name = cast.people.iter().find(|person| person.id == who).map_or("an unknown caller", |person| person.name);
    let desk_name = cast.names.get(&desk).cloned().unwrap_or_else(|| desk.masked());
    let waited = answered.get(&desk).map_or(0, |at| (*at - cry.at).num_seconds());
    output::line(&format!("  {name:<14} → {desk_name:<36} after {waited:>3} s, talked {talked} s"))
}
