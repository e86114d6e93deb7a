//! The loop that runs due work: at once when the bell rings or a job is added, at its moment otherwise, and at least every
//! second of real time, because other processes and commands add work, too.

use crate::app::engine::App;
use crate::model::clock::{Busy, Clock};
use crate::model::limits;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A clock that is ahead of the wall clock by more than this was set back: somebody should know.
const LEAD_SECONDS_MAX: i64 = 5;

/// Runs until `stop`; what is running then is finished by the engine's tasks, what is left stays in the database.
pub async fn keep_time(app: Arc<App>, stop: CancellationToken) {
    let mut busy = app.clock.busy();
    let mut told_of_lead = false;
    let mut put_away_at = app.clock.now();
    match app.store.free_jobs_of_the_gone().await {
        Ok(0) => {}
        Ok(jobs) => tracing::info!(jobs, "Jobs that the last process had begun are begun again"),
        Err(error) => tracing::warn!(%error, "Jobs that the last process had begun wait until their leases are over"),
    }
    while !stop.is_cancelled() {
        let now = app.clock.now();
        tell_of_lead(&app.clock, &mut told_of_lead);
        if let Err(error) = app.settings.refresh(&app.store, now).await {
            tracing::warn!(%error, "Settings could not be read; the last known ones stay");
        }
        if now - put_away_at >= TimeDelta::hours(1) {
            put_away_at = now;
            if let Err(error) = app.put_away(now).await {
                tracing::warn!(%error, "Old deliveries and jobs could not be put away; it is tried again in an hour");
            }
        }
        let next = match app.start_due_work().await {
            Ok(next) => next,
            Err(error) => {
                tracing::warn!(%error, "Due work could not be run; it is tried again");
                Some(now + TimeDelta::seconds(limits::IDLE_SECONDS))
            }
        };
        // What is due again at once is retried a moment later: a failing job must not spin.
        let next = next.map(|next| if next <= now { now + TimeDelta::milliseconds(100) } else { next });
        busy = wait(&app, busy, next, &stop).await;
    }
}

/// Says once that the wall clock was set back.
fn tell_of_lead(clock: &Clock, told: &mut bool) {
    let lead = clock.lead();
    if lead > TimeDelta::seconds(LEAD_SECONDS_MAX) && !*told {
        *told = true;
        tracing::warn!(
            seconds = lead.num_seconds(),
            "The clock of this machine was set back: time goes on a tenth slower until it has caught up, so that nothing is late by that much"
        );
    } else if lead <= TimeDelta::zero() {
        *told = false;
    }
}

async fn wait(app: &App, busy: Busy, next: Option<DateTime<Utc>>, stop: &CancellationToken) -> Busy {
    // On a clock that its owner moves only events count; else somebody may have written beside us.
    let look_again = async {
        match &app.clock {
            Clock::Owned(_) => std::future::pending().await,
            Clock::Real | Clock::Fast { .. } => {
                tokio::time::sleep(Duration::from_secs(limits::IDLE_SECONDS.unsigned_abs())).await
            }
        }
    };
    let moment = async {
        match next {
            Some(next) => app.clock.sleep_until(busy, next).await,
            None => {
                drop(busy);
                std::future::pending().await
            }
        }
    };
    tokio::select! {
        biased;
        () = stop.cancelled() => app.clock.busy(),
        busy = app.work.heard() => busy,
        () = app.store.job_added() => app.clock.busy(),
        busy = moment => busy,
        () = look_again => app.clock.busy(),
    }
}
