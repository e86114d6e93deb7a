//! Office hours: how they are typed, and whether the week has holes.

use super::draft::Typed;
use super::problems::{Problems, Wanted};
use super::valid::Hours;
use chrono::{NaiveTime, Timelike, Weekday};

/// Spans of one desk: a different one for each morning, noon and evening of a fortnight, and room to spare.
const SPANS_MAX: usize = 50;
const DAY_CHARS_MAX: usize = 60;
const TIME_CHARS_MAX: usize = 20;

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Mon),
    ("tue", Weekday::Tue),
    ("wed", Weekday::Wed),
    ("thu", Weekday::Thu),
    ("fri", Weekday::Fri),
    ("sat", Weekday::Sat),
    ("sun", Weekday::Sun),
];

/// Hours as typed; null is always. None: always, or a problem was found.
pub(super) fn read_hours(typed: &Typed<'_>, found: &mut Problems) -> Option<Vec<Hours>> {
    let spans = typed.list(found)?;
    if spans.is_empty() {
        found.never_open(&typed.path);
    }
    if spans.len() > SPANS_MAX {
        found.too_many(&typed.path, SPANS_MAX);
        return None;
    }
    Some(spans.iter().filter_map(|span| read_span(span, found)).collect())
}

fn read_span(typed: &Typed<'_>, found: &mut Problems) -> Option<Hours> {
    if typed.is_left_out() {
        found.wrong_type(&typed.path, Wanted::Object);
        return None;
    }
    let fields = typed.fields(&["days", "from", "to"], found);
    typed.value().filter(|value| value.is_object())?;
    let days_typed = fields.field("days");
    let days = days_typed.needed_text(DAY_CHARS_MAX, found).map(|text| {
        let days = read_days(text);
        if days.is_none() {
            found.invalid_days(&days_typed.path);
        }
        days
    });
    let from = read_time(&fields.field("from"), false, found);
    let to = read_time(&fields.field("to"), true, found);
    let (from, to) = (from?, to?);
    Some(Hours { days: days??, from: from?, to })
}

/// `mon-fri`, `sat,sun`, `fri-mon`; each day once, in the order of the week.
fn read_days(text: &str) -> Option<Vec<Weekday>> {
    let lower = text.to_ascii_lowercase();
    let mut named = Vec::new();
    for part in lower.split(',') {
        let place = |name: &str| DAYS.iter().position(|(day, _)| *day == name.trim());
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (place(first)?, place(last)?);
        let length = (last + DAYS.len() - first) % DAYS.len();
        named.extend((first..=first + length).map(|place| place % DAYS.len()));
    }
    Some(DAYS.into_iter().enumerate().filter(|(place, _)| named.contains(place)).map(|(_, (_, day))| day).collect())
}

/// `08:00`. The inner None is `24:00`, where that is allowed. The outer None: a problem was found.
#[expect(clippy::option_option, reason = "the end of the day is a time of its own in valid::Hours")]
fn read_time(typed: &Typed<'_>, midnight_ends: bool, found: &mut Problems) -> Option<Option<NaiveTime>> {
    let text = typed.needed_text(TIME_CHARS_MAX, found)?;
    if midnight_ends && text == "24:00" {
        return Some(None);
    }
    let is_shaped = text.len() == 5 && text.bytes().enumerate().all(|(place, byte)| (place == 2) == (byte == b':'));
    let time = is_shaped.then(|| NaiveTime::parse_from_str(text, "%H:%M").ok()).flatten();
    if time.is_none() {
        found.invalid_time(&typed.path, midnight_ends);
    }
    time.map(Some)
}

const DAY_MINUTES: u32 = 24 * 60;
const WEEK_MINUTES: u32 = 7 * DAY_MINUTES;

/// Are there minutes of the week in which none of these desks is open? Each desk's hours; None is always.
pub(super) fn has_holes<'a>(desks: impl IntoIterator<Item = Option<&'a [Hours]>>) -> bool {
    let mut spans: Vec<(u32, u32)> = Vec::new();
    for hours in desks {
        let Some(hours) = hours else { return false };
        for span in hours {
            spans.extend(span.days.iter().flat_map(|day| minutes_of_week(span, *day)));
        }
    }
    spans.sort_unstable();
    let covered = spans.into_iter().try_fold(0, |covered, (begin, end)| (begin <= covered).then_some(end.max(covered)));
    covered.is_none_or(|covered| covered < WEEK_MINUTES)
}

/// A span of one day as minutes from Monday 00:00; what reaches beyond Sunday continues at the beginning.
fn minutes_of_week(span: &Hours, day: Weekday) -> Vec<(u32, u32)> {
    let minute = |time: NaiveTime| time.hour() * 60 + time.minute();
    let midnight = day.num_days_from_monday() * DAY_MINUTES;
    let begin = midnight + minute(span.from);
    let end = match span.to {
        None => midnight + DAY_MINUTES,
        Some(to) if to > span.from => midnight + minute(to),
        Some(to) => midnight + DAY_MINUTES + minute(to),
    };
    if end > WEEK_MINUTES { vec![(begin, WEEK_MINUTES), (0, end - WEEK_MINUTES)] } else { vec![(begin, end)] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(document: &Value) -> Result<Option<Vec<Hours>>, Vec<(String, &'static str)>> {
        let mut found = Problems::none();
        let fields = Typed::root(document).fields(&["hours"], &mut found);
        let hours = read_hours(&fields.field("hours"), &mut found);
        let found = found.into_list();
        if found.is_empty() { Ok(hours) } else { Err(found.into_iter().map(|problem| (problem.path, problem.code)).collect()) }
    }

    fn spans(list: Value) -> Vec<Hours> {
        read(&json!({ "hours": list })).unwrap().unwrap()
    }

    #[test]
    fn days_as_people_write_them() {
        let check = |text: &str, expect: Option<&str>| {
            let days = read_days(text).map(|days| days.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
            assert_eq!(days.as_deref(), expect, "{text}");
        };
        check("mon-fri", Some("Mon Tue Wed Thu Fri"));
        check("fri", Some("Fri"));
        check("Sat, SUN", Some("Sat Sun"));
        check("fri-mon", Some("Mon Fri Sat Sun"));
        check("mon-wed,wed-thu", Some("Mon Tue Wed Thu"));
        check("mon-mon", Some("Mon"));
        for refused in ["", "monday", "mon-", "-fri", "mon,,tue", "mon–fri", "mon-fri-sun", "1-5", "daily"] {
            check(refused, None);
        }
    }

    #[test]
    fn hours_as_they_are_typed() {
        assert_eq!(read(&json!({"hours": null})), Ok(None));
        assert_eq!(read(&json!({})), Ok(None));
        let [night] = <[Hours; 1]>::try_from(spans(json!([{"days": "fri", "from": "22:00", "to": "06:00"}]))).unwrap();
        assert_eq!(night.to, NaiveTime::from_hms_opt(6, 0, 0));
        let [day] = <[Hours; 1]>::try_from(spans(json!([{"days": "sun", "from": "00:00", "to": "24:00"}]))).unwrap();
        assert_eq!((day.from, day.to), (NaiveTime::MIN, None));
    }

    #[test]
    fn every_wrong_time_is_named() {
        let check = |list: Value, expect: &[(&str, &str)]| {
            let found = read(&json!({ "hours": list })).unwrap_err();
            let found: Vec<(&str, &str)> = found.iter().map(|(path, code)| (path.as_str(), *code)).collect();
            assert_eq!(found, expect);
        };
        check(json!([]), &[("hours", "never_open")]);
        check(json!("mon-fri"), &[("hours", "wrong_type")]);
        check(json!([null, 3]), &[("hours[0]", "wrong_type"), ("hours[1]", "wrong_type")]);
        check(json!([{}]), &[("hours[0].days", "missing"), ("hours[0].from", "missing"), ("hours[0].to", "missing")]);
        check(
            json!([{"days": "mo-fr", "from": "24:00", "to": "25:00"}]),
            &[("hours[0].days", "invalid_days"), ("hours[0].from", "invalid_time"), ("hours[0].to", "invalid_time")],
        );
        for time in ["8:00", "08:00:00", "0800", "08.00", " 8:00", "+8:00", "08:60", "٠٨:٠٠", "24:01"] {
            check(json!([{"days": "mon", "from": "07:00", "to": time}]), &[("hours[0].to", "invalid_time")]);
        }
    }

    #[test]
    fn holes_of_the_week_are_seen() {
        let check = |lists: &[Value], expect: bool| {
            let desks: Vec<Vec<Hours>> = lists.iter().map(|list| spans(list.clone())).collect();
            assert_eq!(has_holes(desks.iter().map(|hours| Some(hours.as_slice()))), expect, "{lists:?}");
        };
        let all_week = json!([{"days": "mon-sun", "from": "00:00", "to": "24:00"}]);
        let day = json!([{"days": "mon-sun", "from": "08:00", "to": "18:00"}]);
        let night = json!([{"days": "mon-sun", "from": "18:00", "to": "08:00"}]);
        let weekdays = json!([{"days": "mon-fri", "from": "18:00", "to": "08:00"}]);
        check(&[all_week], false);
        check(std::slice::from_ref(&day), true);
        check(&[day.clone(), night], false);
        check(&[day, weekdays], true);
        check(&[json!([{"days": "mon-sun", "from": "08:00", "to": "08:00"}])], false);
        check(&[json!([{"days": "mon-sun", "from": "00:00", "to": "23:59"}])], true);
        check(&[], true);
        assert!(!has_holes([None]));
    }
}
