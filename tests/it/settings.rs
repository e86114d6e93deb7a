//! What holds for every settings document, whatever is typed.

use assistline::model::phone::PhoneNumber;
use assistline::settings::{
    Active, CheckContext, Checked, OperationsCentreSettings, check, check_operations_centre, defaults, differences,
    emergency_number, merge, read_document,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn operator() -> OperationsCentreSettings {
    let document = json!({"name": "Crisis24", "phone": "+49 30 23125110", "recipients": [{"name": "O", "email": "o@c.example"}]});
    check_operations_centre(&document, &[], None, &[]).settings.unwrap()
}

fn lines() -> Vec<PhoneNumber> {
    ["+493023125100", "+493023125101"].map(|number| PhoneNumber::from_e164(number).unwrap()).to_vec()
}

fn checked(document: &Value, operator: Option<&OperationsCentreSettings>, active: Option<Active<'_>>) -> Checked {
    let lines = lines();
    let context = CheckContext {
        operations_centre: operator,
        own_line_numbers: &lines,
        organisation_line: lines.first(),
        active,
        confirmed: &[],
    };
    check(document, &context)
}

/// Any JSON at all.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((field_names(), inner), 0..6).prop_map(|fields| fields.into_iter().collect::<Value>()),
        ]
    })
}

fn field_names() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "name",
        "country",
        "time_zone",
        "languages",
        "assistance",
        "mode",
        "own_contacts",
        "phone",
        "hours",
        "days",
        "from",
        "to",
        "medical_provider",
        "status_call",
        "retry_minutes",
        "alerts",
        "recipients",
        "retention",
        "locations",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => any::<String>()]
}

/// Values that a field can have, good and bad.
fn desks() -> impl Strategy<Value = Value> {
    let phones = prop::sample::select(vec![
        "+493023125010",
        "030 23125011",
        "0171 3920010",
        "+44 7700 900123",
        "+81 90 0000 0000",
        "112",
        "+493023125100",
        "0800 0000000",
        "030 23125012 App. 3",
    ]);
    let hours = prop::sample::select(vec![
        json!(null),
        json!([{"days": "mon-fri", "from": "08:00", "to": "18:00"}]),
        json!([{"days": "sat,sun", "from": "22:00", "to": "06:00"}, {"days": "mon", "from": "00:00", "to": "24:00"}]),
        json!([]),
    ]);
    (phones, hours, 3..140_i64)
        .prop_map(|(phone, hours, ring)| json!({"name": "D", "phone": phone, "hours": hours, "ring_seconds": ring}))
}

/// A document that differs from the defaults here and there.
fn nearly_valid() -> impl Strategy<Value = Value> {
    let patch = prop_oneof![
        Just(json!({})),
        prop::sample::select(vec!["own_contact", "operations_centre", "nobody"])
            .prop_map(|mode| json!({"assistance": {"mode": mode}})),
        prop::collection::vec(desks(), 0..4)
            .prop_map(|list| json!({"assistance": {"mode": "own_contact", "own_contacts": list}})),
        any::<bool>().prop_map(|flag| json!({"assistance": {"last_resort_operations_centre": flag}})),
        any::<bool>().prop_map(|flag| json!({"assistance": {"operations_centre": flag}})),
        desks().prop_map(|desk| json!({"medical_provider": desk})),
        desks().prop_map(|desk| json!({"travel_provider": desk})),
        prop::sample::select(vec!["first_desk", "line"]).prop_map(|choice| json!({"emergency_number": choice})),
        prop::collection::vec(0..20_u16, 0..5).prop_map(|plan| json!({"status_call": {"retry_minutes": plan}})),
        prop::sample::select(vec!["P13M", "P6M", "P400D", "P0D"])
            .prop_map(|period| json!({"retention": {"status_queries": period}})),
        prop::sample::select(vec!["retention", "alerts", "status_call", "spoken_name"]).prop_map(|name| json!({ name: null })),
    ];
    prop::collection::vec(patch, 0..6).prop_map(|patches| {
        let version_1 = defaults("ACME GmbH", "DE", "Europe/Berlin", &["de".to_owned()]);
        patches.iter().fold(version_1, |document, patch| merge(&document, patch))
    })
}

proptest! {
    #[test]
    fn any_json_has_an_answer(document in any_json(), has_operator in any::<bool>()) {
        let operator = has_operator.then(operator);
        let checked = checked(&document, operator.as_ref(), None);
        prop_assert_eq!(checked.settings.is_some(), checked.problems.is_empty());
    }

    #[test]
    fn what_is_accepted_has_a_desk_for_every_answer(document in nearly_valid(), has_operator in any::<bool>()) {
        let operator = has_operator.then(operator);
        let checked = checked(&document, operator.as_ref(), None);
        prop_assert_eq!(checked.settings.is_some(), checked.problems.is_empty());
        if let Some(settings) = checked.settings {
            prop_assert!(settings.first_desk().is_some());
            prop_assert!(emergency_number(&settings, None).is_some());
            let lines = lines();
            for (_, _, desk) in settings.desks() {
                prop_assert!(!lines.contains(&desk.phone));
                prop_assert!((5..=120).contains(&desk.ring_seconds) && desk.hours.as_ref().is_none_or(|hours| !hours.is_empty()));
            }
            prop_assert!(!settings.last_resort || settings.operations_centre.is_some());
            prop_assert_eq!(settings.status_call.retry_minutes.first(), Some(&0));
        }
    }

    #[test]
    fn what_was_read_is_accepted_back_unchanged(document in nearly_valid()) {
        let operator = operator();
        let first = checked(&document, Some(&operator), None);
        if let Some(settings) = &first.settings {
            let sent_back = read_document(&document.to_string()).unwrap();
            prop_assert_eq!(&sent_back, &document);
            let active = Active { document: &document, settings };
            let again = checked(&sent_back, Some(&operator), Some(active));
            prop_assert_eq!(again.settings.as_ref(), first.settings.as_ref());
            prop_assert!(again.needs_confirm.is_empty());
            let codes: Vec<&str> = again.warnings.iter().map(|warning| warning.code).collect();
            prop_assert!(!codes.contains(&"field_left_out") && !codes.contains(&"retention_loses_data"));
        }
    }

    #[test]
    fn differences_are_empty_exactly_for_equal_documents(one in nearly_valid(), other in nearly_valid()) {
        prop_assert_eq!(differences(&one, &one), []);
        let found = differences(&one, &other);
        // Null and left out are the same to a document.
        let without_nulls = |document: &Value| merge(&json!({}), document);
        prop_assert_eq!(found.is_empty(), without_nulls(&one) == without_nulls(&other));
    }
}
