//! The loop that runs due work: at once when the bell rings, at its moment otherwise, and at least every second of real
//! time, because other processes and commands add work, too.

use crate::app::engine::App;
use crate::model::clock::Clock;
use crate::model::limits;
use crate::store::StoreError;
use chrono::TimeDelta;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Runs until `stop`; what is running then is finished, what is left stays in the database.
pub async fn keep_time(app: Arc<App>, stop: CancellationToken) {
    let mut busy = app.clock.busy();
    let mut put_away_at = app.clock.now();
    while !stop.is_cancelled() {
        let now = app.clock.now();
        if let Err(error) = app.settings.refresh(&app.store, now).await {
            tracing::warn!(%error, "Settings could not be read; the last known ones stay");
        }
        if now >= put_away_at {
            put_away_at = now + TimeDelta::hours(1);
            if let Err(error) = app.put_away(now).await {
                tracing::warn!(%error, "Old deliveries and jobs could not be put away; it is tried again in an hour");
            }
        }
        // In a task of its own: an error of ours in one piece of work must not stop the time for all others.
        let work = {
            let app = Arc::clone(&app);
            app.tasks.clone().spawn(async move { app.run_due_work().await })
        };
        let next = match work.await.unwrap_or(Err(StoreError::Corrupt)) {
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

async fn wait(
    app: &App,
    busy: crate::model::clock::Busy,
    next: Option<chrono::DateTime<chrono::Utc>>,
    stop: &CancellationToken,
) -> crate::model::clock::Busy {
    // On a clock that its owner moves only events count; else somebody may have written beside us.
    let look_again = async {
        match &app.clock {
            Clock::Owned(_) => std::future::pending().await,
            Clock::Real | Clock::Fast(_) => tokio::time::sleep(Duration::from_secs(limits::IDLE_SECONDS.unsigned_abs())).await,
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
        busy = moment => busy,
        () = look_again => app.clock.busy(),
    }
}
