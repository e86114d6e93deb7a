//! What changed between two documents: field by field, for people and for programs.

use serde::Serialize;
use serde_json::{Map, Value};

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Where: in the newer document, for something that was taken away in the older one.
    pub path: String,
    /// What was there; null: nothing.
    pub from: Value,
    /// What is there now; null: nothing.
    pub to: Value,
}

/// All differences, in the order of the older document, then what is new in the newer one.
#[must_use]
pub fn differences(from: &Value, to: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare("", from, to, &mut found);
    found
}

fn compare(path: &str, from: &Value, to: &Value, found: &mut Vec<Difference>) {
    match (from, to) {
        (Value::Object(from), Value::Object(to)) => compare_objects(path, from, to, found),
        (Value::Array(from), Value::Array(to)) if from.iter().chain(to).any(Value::is_object) => {
            compare_lists(path, from, to, found);
        }
        _ if from == to => {}
        _ => found.push(Difference { path: path.to_owned(), from: from.clone(), to: to.clone() }),
    }
}

fn compare_objects(path: &str, from: &Map<String, Value>, to: &Map<String, Value>, found: &mut Vec<Difference>) {
    let added = to.keys().filter(|name| !from.contains_key(*name));
    for name in from.keys().chain(added) {
        let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let value = |object: &Map<String, Value>| object.get(name).cloned().unwrap_or(Value::Null);
        compare(&inner, &value(from), &value(to), found);
    }
}

/// Entries that stay the same at both ends are left out, so that a contact taken away is one difference and not one for
/// each contact behind it.
fn compare_lists(path: &str, from: &[Value], to: &[Value], found: &mut Vec<Difference>) {
    let shorter = from.len().min(to.len());
    let same_begin = from.iter().zip(to).take_while(|(from, to)| from == to).count();
    let same_end = from.iter().rev().zip(to.iter().rev()).take(shorter - same_begin).take_while(|(from, to)| from == to).count();
    let longer = from.len().max(to.len()) - same_end;
    let middle = |list: &[Value], place: usize| list.get(..list.len() - same_end).and_then(|list| list.get(place)).cloned();
    for place in same_begin..longer {
        let (before, after) = (middle(from, place), middle(to, place));
        compare(&format!("{path}[{place}]"), &before.unwrap_or(Value::Null), &after.unwrap_or(Value::Null), found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(from: Value, to: Value, expect: &[(&str, Value, Value)]) {
        let found = differences(&from, &to);
        let found: Vec<(&str, Value, Value)> = found.iter().map(|d| (d.path.as_str(), d.from.clone(), d.to.clone())).collect();
        assert_eq!(found, expect, "{from} {to}");
    }

    #[test]
    fn fields_that_changed_came_and_went() {
        check(json!({"a": 1}), json!({"a": 1}), &[]);
        check(
            json!({"a": 1, "b": {"c": 2}}),
            json!({"b": {"c": 3}, "d": 4}),
            &[("a", json!(1), json!(null)), ("b.c", json!(2), json!(3)), ("d", json!(null), json!(4))],
        );
        check(json!({"a": null}), json!({}), &[]);
        check(json!({"desk": null}), json!({"desk": {"phone": "1"}}), &[("desk", json!(null), json!({"phone": "1"}))]);
    }

    #[test]
    fn a_contact_taken_away_is_one_difference() {
        let (a, b, c) = (json!({"name": "a"}), json!({"name": "b"}), json!({"name": "c"}));
        check(json!({"l": [a, b, c]}), json!({"l": [b, c]}), &[("l[0]", a.clone(), json!(null))]);
        check(json!({"l": [a, b]}), json!({"l": [a, b, c]}), &[("l[2]", json!(null), c.clone())]);
        check(json!({"l": [a, b]}), json!({"l": [a, c]}), &[("l[1].name", json!("b"), json!("c"))]);
        check(json!({"l": [a, a]}), json!({"l": [a]}), &[("l[1]", a.clone(), json!(null))]);
        check(json!({"l": []}), json!({"l": [a]}), &[("l[0]", json!(null), a.clone())]);
    }

    #[test]
    fn lists_of_plain_values_change_as_a_whole() {
        check(json!({"retry": [0, 2, 5]}), json!({"retry": [0, 5]}), &[("retry", json!([0, 2, 5]), json!([0, 5]))]);
    }
}
