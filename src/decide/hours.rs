//! Is a desk open now? By the wall clock of the organisation's time zone, on both sides of a change of clocks.

use crate::settings::valid::Hours;
use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;

/// Is the moment within the hours? No hours at all: always open.
///
/// A span's `from` is inside, its `to` is not. A `to` at or before `from` ends on the next day, which still counts as the
/// named day: `fri 22:00` to `06:00` holds on Saturday at 02:00 and not on Friday at 02:00.
#[must_use]
pub fn is_open(hours: Option<&[Hours]>, zone: Tz, moment: DateTime<Utc>) -> bool {
    let local = moment.with_timezone(&zone);
    let (today, time) = (local.weekday(), local.time());
    let holds = |span: &Hours| {
        let named = |day| span.days.contains(&day);
        match span.to {
            None => named(today) && span.from <= time,
            Some(to) if span.from < to => named(today) && span.from <= time && time < to,
            Some(to) => (named(today) && span.from <= time) || (named(today.pred()) && time < to),
        }
    };
    hours.is_none_or(|spans| spans.iter().any(holds))
}

#[cfg(test)]
mod tests;
