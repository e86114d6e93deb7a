//! Tables of cases for the file beside this folder.

use super::*;
use crate::settings::context::Active;
use crate::settings::merge::merge;

fn phone(e164: &str) -> PhoneNumber {
    PhoneNumber::from_e164(e164).unwrap()
}

fn operator() -> OperationsCentreSettings {
    let document = json!({
        "name": "Crisis24", "former_names": ["EXOP"], "phone": "+49 30 23125110",
        "recipients": [{"name": "Operator", "email": "operator@crisis.example"}]
    });
    check_operations_centre(&document, &[], None, &[]).settings.unwrap()
}

/// The example of the design.
fn example() -> Value {
    json!({
        "name": "ACME GmbH", "country": "DE", "time_zone": "Europe/Berlin", "languages": ["de", "en"],
        "spoken_name": "ACME", "emergency_number": "first_desk",
        "assistance": {
            "mode": "own_contact",
            "own_contacts": [
                {"name": "Werkschutz", "phone": "+49 30 23125010", "must_confirm": true, "ring_seconds": 20, "hours": null}
            ],
            "last_resort_operations_centre": true
        },
        "medical_provider": {"name": "MedAssist", "phone": "+493023125020"},
        "travel_provider": null,
        "status_call": {"max_prompts": 3, "ring_seconds": 25, "retry_minutes": [0, 2, 5, 10], "speech": true, "text_first": false},
        "alerts": {"recipients": [{"name": "Duty", "email": "duty@acme.example", "phone": null, "language": "de"}], "repeat_minutes": 5},
        "retention": {"status_queries": "P13M", "alerts": "P24M", "locations": "P90D"}
    })
}

fn minimal() -> Value {
    json!({"name": "ACME GmbH", "country": "DE", "time_zone": "Europe/Berlin", "languages": ["de"]})
}

fn checked(document: &Value) -> Checked {
    let operator = operator();
    check(document, &CheckContext { operations_centre: Some(&operator), ..CheckContext::default() })
}

fn listed(problems: &[Problem]) -> Vec<(&str, &str)> {
    problems.iter().map(|problem| (problem.path.as_str(), problem.code)).collect()
}

/// The example with this patch has exactly these problems.
fn problems(patch: Value, expect: &[(&str, &str)]) {
    let document = merge(&example(), &patch);
    let checked = checked(&document);
    assert_eq!(listed(&checked.problems), expect, "{patch}");
    assert_eq!(checked.settings.is_none(), !expect.is_empty());
}

/// The example with this patch has exactly these warnings, and needs exactly this confirmed.
fn warnings(patch: Value, expect: &[(&str, &str)], confirm: &[&str]) {
    let checked = checked(&merge(&example(), &patch));
    assert_eq!(listed(&checked.problems), [], "{patch}");
    assert_eq!(listed(&checked.warnings), expect, "{patch}");
    assert_eq!(checked.needs_confirm, confirm, "{patch}");
}

/// The example is active; this patch of it has exactly these warnings, and needs exactly this confirmed.
fn changes(active: Value, patch: Value, expect: &[(&str, &str)], confirm: &[&str]) {
    let operator = operator();
    let context = CheckContext { operations_centre: Some(&operator), ..CheckContext::default() };
    let settings = check(&active, &context).settings.unwrap();
    let active = Active { document: &active, settings: &settings };
    let checked = check(&merge(active.document, &patch), &CheckContext { active: Some(active), ..context });
    assert_eq!(listed(&checked.problems), [], "{patch}");
    assert_eq!(listed(&checked.warnings), expect, "{patch}");
    assert_eq!(checked.needs_confirm, confirm, "{patch}");
}

#[test]
fn the_example_of_the_design_is_valid_without_a_word() {
    let checked = checked(&example());
    assert_eq!(listed(&checked.problems), []);
    assert_eq!(listed(&checked.warnings), []);
    let settings = checked.settings.unwrap();
    assert_eq!(settings.spoken_name, "ACME");
    assert_eq!(settings.mode, AssistanceMode::OwnContact);
    assert_eq!(settings.own_contacts[0].ring_seconds, 20);
    assert_eq!(settings.medical_provider.as_ref().map(|desk| (desk.must_confirm, desk.ring_seconds)), Some((false, 25)));
    assert_eq!(settings.operations_centre.as_ref().map(|centre| centre.former_names.clone()), Some(vec!["EXOP".to_owned()]));
    assert!(settings.last_resort);
}

#[test]
fn what_is_left_out_takes_its_default() {
    let checked = checked(&minimal());
    assert_eq!(listed(&checked.warnings), []);
    let settings = checked.settings.unwrap();
    assert_eq!(settings.mode, AssistanceMode::OperationsCentre);
    assert_eq!(settings.emergency_number, EmergencyNumberChoice::FirstDesk);
    assert_eq!(settings.spoken_name, "ACME GmbH");
    assert!(settings.last_resort && settings.own_contacts.is_empty());
    assert_eq!(
        settings.status_call,
        StatusCallRules { max_prompts: 3, ring_seconds: 25, retry_minutes: vec![0, 2, 5, 10], speech: true, text_first: false }
    );
    assert_eq!((settings.alerts.repeat_minutes, settings.alerts.recipients.len()), (5, 0));
    assert_eq!(settings.retention.status_queries, "P13M");
    let mut nulls = minimal();
    for field in ["assistance", "status_call", "alerts", "retention", "spoken_name", "medical_provider", "emergency_number"] {
        nulls[field] = Value::Null;
    }
    assert_eq!(
        check(&nulls, &CheckContext { operations_centre: Some(&operator()), ..CheckContext::default() }).settings,
        Some(settings)
    );
}

#[test]
fn a_contact_must_confirm_unless_it_says_otherwise() {
    let patch = json!({"assistance": {"own_contacts": [
        {"name": "A", "phone": "+493023125011"},
        {"name": "B", "phone": "+493023125012", "must_confirm": false}
    ]}});
    let settings = checked(&merge(&example(), &patch)).settings.unwrap();
    let confirm: Vec<bool> = settings.own_contacts.iter().map(|desk| desk.must_confirm).collect();
    assert_eq!(confirm, [true, false]);
}

#[test]
fn version_1_means_the_same_as_nothing_typed() {
    let version_1 = defaults("ACME GmbH", "DE", "Europe/Berlin", &["de".to_owned()]);
    assert_eq!(checked(&version_1).settings, checked(&minimal()).settings);
    assert!(checked(&version_1).settings.is_some());
}

#[test]
fn every_problem_is_found_at_once() {
    let document = json!({
        "name": "", "country": "de", "time_zone": "Berlin", "languages": ["de", "de", "deutsch", null], "spoken_name": "x".repeat(31),
        "emergency_number": "112", "colour": "red",
        "assistance": {
            "mode": "own", "own_contacts": [
                {"phone": "112", "ring_seconds": 4, "must_confirm": "yes"},
                {"name": "B", "phone": "+49 900 1 000000", "hours": [{"days": "mo", "from": "9:00", "to": "24:01"}], "fax": 1},
                "C", null
            ],
            "last_resort_operations_centre": 1
        },
        "medical_provider": {"name": "M"}, "travel_provider": [],
        "status_call": {"max_prompts": 4, "ring_seconds": 121, "retry_minutes": [1, 1441], "speech": null, "tries": 3},
        "alerts": {"recipients": [{"name": "D"}, {"name": "E", "email": "e@", "phone": "+870 300 000 000", "language": "x"}], "repeat_minutes": 61},
        "retention": {"status_queries": "P0D", "alerts": "13 months", "locations": 90}
    });
    assert_eq!(
        listed(&checked(&document).problems),
        [
            ("colour", "unknown_field"),
            ("country", "unknown_country"),
            ("name", "missing"),
            ("spoken_name", "too_long"),
            ("time_zone", "unknown_time_zone"),
            ("languages[1]", "twice"),
            ("languages[2]", "invalid_language"),
            ("languages[3]", "missing"),
            ("emergency_number", "unknown_value"),
            ("assistance.mode", "unknown_value"),
            ("assistance.own_contacts[0].name", "missing"),
            ("assistance.own_contacts[0].phone", "emergency"),
            ("assistance.own_contacts[0].must_confirm", "wrong_type"),
            ("assistance.own_contacts[0].ring_seconds", "out_of_range"),
            ("assistance.own_contacts[1].fax", "unknown_field"),
            ("assistance.own_contacts[1].phone", "premium"),
            ("assistance.own_contacts[1].hours[0].days", "invalid_days"),
            ("assistance.own_contacts[1].hours[0].from", "invalid_time"),
            ("assistance.own_contacts[1].hours[0].to", "invalid_time"),
            ("assistance.own_contacts[2]", "wrong_type"),
            ("assistance.own_contacts[3]", "missing"),
            ("assistance.last_resort_operations_centre", "wrong_type"),
            ("medical_provider.phone", "missing"),
            ("travel_provider", "wrong_type"),
            ("status_call.tries", "unknown_field"),
            ("status_call.max_prompts", "out_of_range"),
            ("status_call.ring_seconds", "out_of_range"),
            ("status_call.retry_minutes[1]", "out_of_range"),
            ("alerts.recipients[0]", "recipient_unreachable"),
            ("alerts.recipients[1].email", "invalid_email"),
            ("alerts.recipients[1].phone", "satellite"),
            ("alerts.recipients[1].language", "invalid_language"),
            ("alerts.repeat_minutes", "out_of_range"),
            ("retention.status_queries", "invalid_period"),
            ("retention.alerts", "invalid_period"),
            ("retention.locations", "wrong_type"),
        ]
    );
}

#[test]
fn no_document_at_all() {
    for document in [json!(null), json!([]), json!("x"), json!(1)] {
        let checked = checked(&document);
        assert!(checked.problems.iter().any(|problem| problem.code == "missing"), "{document}");
    }
    assert_eq!(listed(&checked(&json!([])).problems)[0], ("", "wrong_type"));
}

#[test]
fn bounds_are_inside() {
    for seconds in [5, 120] {
        problems(json!({"status_call": {"ring_seconds": seconds}}), &[]);
    }
    for seconds in [json!(4), json!(121), json!(-1), json!(u64::MAX), json!(i64::MIN)] {
        problems(json!({"status_call": {"ring_seconds": seconds}}), &[("status_call.ring_seconds", "out_of_range")]);
    }
    for seconds in [json!(25.5), json!("25"), json!(true), json!([25]), json!(1e300)] {
        problems(json!({"status_call": {"ring_seconds": seconds}}), &[("status_call.ring_seconds", "wrong_type")]);
    }
    problems(json!({"name": "ü".repeat(100)}), &[]);
    problems(json!({"name": "ü".repeat(101)}), &[("name", "too_long")]);
    let contact = |n: usize| json!({"name": format!("C{n}"), "phone": format!("+4930231251{n:02}")});
    let contacts = |n: usize| json!({"assistance": {"own_contacts": (0..n).map(contact).collect::<Vec<_>>()}});
    warnings(contacts(10), &[], &[]);
    problems(contacts(21), &[("assistance.own_contacts", "too_many")]);
    problems(contacts(0), &[("assistance.own_contacts", "no_contacts")]);
    problems(json!({"assistance": {"own_contacts": null}}), &[("assistance.own_contacts", "no_contacts")]);
    problems(json!({"assistance": {"own_contacts": {}}}), &[("assistance.own_contacts", "wrong_type")]);
}

#[test]
fn retries_begin_at_once_and_rise() {
    let check = |plan: Value, expect: &[(&str, &str)]| problems(json!({"status_call": {"retry_minutes": plan}}), expect);
    let path = "status_call.retry_minutes";
    check(json!([0]), &[]);
    check(json!([0, 1, 2, 3, 4, 5, 6, 7, 8, 1440]), &[]);
    check(json!([]), &[(path, "too_few")]);
    check(json!([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), &[(path, "too_many")]);
    check(json!([1, 2]), &[(path, "first_not_zero")]);
    check(json!([0, 5, 2, 10]), &[(path, "not_rising")]);
    check(json!([0, 5, 5]), &[(path, "not_rising")]);
    check(json!([0, null]), &[("status_call.retry_minutes[1]", "missing")]);
    check(json!("0, 2"), &[(path, "wrong_type")]);
}

#[test]
fn signs_that_no_document_can_carry_are_refused() {
    for sign in ["\u{0}", "\u{8}", "\u{FFFF}", "\n"] {
        let name = format!("AC{sign}ME");
        problems(json!({"name": name}), &[("name", "control_characters")]);
        let contacts = json!([{"name": name, "phone": "+493023125010"}]);
        problems(json!({"assistance": {"own_contacts": contacts}}), &[("assistance.own_contacts[0].name", "control_characters")]);
        problems(
            json!({"medical_provider": {"phone": format!("+49302312{sign}5010")}}),
            &[("medical_provider.phone", "control_characters")],
        );
    }
    problems(json!({"name": "L’Œil <Süd> & Söhne 🚑"}), &[]);
}

#[test]
fn a_desk_is_never_one_of_our_own_lines() {
    let operator = operator();
    let lines = [phone("+493023125010"), phone("+493023125020")];
    let context = CheckContext { operations_centre: Some(&operator), own_line_numbers: &lines, ..CheckContext::default() };
    let document = merge(&example(), &json!({"alerts": {"recipients": [{"name": "D", "phone": "030 23125020"}]}}));
    assert_eq!(
        listed(&check(&document, &context).problems),
        [
            ("assistance.own_contacts[0].phone", "own_line"),
            ("medical_provider.phone", "own_line"),
            ("alerts.recipients[0].phone", "own_line"),
        ]
    );
}

#[test]
fn national_numbers_are_read_in_the_organisations_country() {
    let patch = json!({"medical_provider": {"phone": "(202) 555-0142"}, "country": "US"});
    let settings = checked(&merge(&example(), &patch)).settings.unwrap();
    assert_eq!(settings.medical_provider.map(|desk| desk.phone.e164().to_owned()).as_deref(), Some("+12025550142"));
    problems(json!({"country": "ZZ", "medical_provider": {"phone": "030 23125010"}}), &[("country", "unknown_country")]);
    problems(json!({"medical_provider": {"phone": "23125010"}}), &[("medical_provider.phone", "ambiguous")]);
    problems(json!({"medical_provider": {"phone": 493_023_125_020_u64}}), &[("medical_provider.phone", "wrong_type")]);
}

#[test]
fn the_operations_centre_must_be_there_where_it_is_relied_on() {
    let without = CheckContext::default();
    let codes = |patch: Value, context: &CheckContext<'_>| {
        let checked = check(&merge(&example(), &patch), context);
        listed(&checked.problems).iter().map(|(path, code)| format!("{path} {code}")).collect::<Vec<_>>()
    };
    let mode = json!({"assistance": {"mode": "operations_centre"}});
    let off = json!({"assistance": {"mode": "operations_centre", "operations_centre": false}});
    let last_resort_off = json!({"assistance": {"operations_centre": false}});
    assert_eq!(codes(mode.clone(), &without), ["assistance.mode operations_centre_missing"]);
    assert_eq!(codes(json!({}), &without), ["assistance.last_resort_operations_centre operations_centre_missing"]);
    let operator = operator();
    let with = CheckContext { operations_centre: Some(&operator), ..CheckContext::default() };
    assert_eq!(codes(mode, &with), [""; 0]);
    assert_eq!(codes(off, &with), ["assistance.mode operations_centre_off"]);
    assert_eq!(codes(last_resort_off, &with), ["assistance.last_resort_operations_centre operations_centre_off"]);
    // The default alone is no wish: it says only that nobody stands behind.
    let checked = check(&merge(&example(), &json!({"assistance": {"last_resort_operations_centre": null}})), &without);
    assert_eq!(listed(&checked.warnings), [("assistance.last_resort_operations_centre", "nobody_behind_own_contacts")]);
    assert!(checked.settings.is_some_and(|settings| !settings.last_resort));
}

#[test]
fn warnings_say_what_may_go_wrong() {
    let nobody = ("assistance.last_resort_operations_centre", "nobody_behind_own_contacts");
    warnings(json!({"assistance": {"last_resort_operations_centre": false}}), &[nobody], &["nobody_behind_own_contacts"]);
    warnings(json!({"medical_provider": {"phone": "+49 30 23125-010"}}), &[("medical_provider.phone", "same_number")], &[]);
    warnings(
        json!({"travel_provider": {"name": "T", "phone": "+493023125110"}}),
        &[("travel_provider.phone", "same_number")],
        &[],
    );
    warnings(json!({"medical_provider": {"phone": "0800 0000000"}}), &[("medical_provider.phone", "toll_free")], &[]);
    warnings(json!({"medical_provider": {"phone": "030 23125020 App. 7"}}), &[("medical_provider.phone", "extension")], &[]);
    warnings(json!({"emergency_number": "line"}), &[("emergency_number", "no_line_yet")], &[]);
    warnings(json!({"retention": {"status_queries": "P6M"}}), &[("retention.status_queries", "retention_below_report")], &[]);
    let unassigned = ("medical_provider.phone", "unassigned_number");
    warnings(json!({"medical_provider": {"phone": "+81 90 0000 0000"}}), &[unassigned], &["unassigned_number"]);
    let day = json!([{"name": "A", "phone": "+493023125010", "hours": [{"days": "mon-fri", "from": "08:00", "to": "18:00"}]}]);
    warnings(json!({"assistance": {"own_contacts": day}}), &[], &[]);
    let patch = json!({"assistance": {"own_contacts": day, "last_resort_operations_centre": false}});
    warnings(patch, &[nobody, ("assistance", "nobody_open")], &["nobody_behind_own_contacts"]);
}

#[test]
fn alerts_that_reach_nobody_are_warned_of() {
    let operator = OperationsCentreSettings { recipients: Vec::new(), ..operator() };
    let context = CheckContext { operations_centre: Some(&operator), ..CheckContext::default() };
    assert_eq!(listed(&check(&minimal(), &context).warnings), [("alerts.recipients", "nobody_hears_alerts")]);
    assert_eq!(listed(&check(&example(), &context).warnings), []);
}

#[test]
fn changes_for_the_worse_need_a_person() {
    changes(example(), json!({}), &[], &[]);
    changes(
        example(),
        json!({"retention": {"alerts": "P23M"}}),
        &[("retention.alerts", "retention_loses_data")],
        &["retention_loses_data"],
    );
    changes(example(), json!({"retention": {"alerts": "P3Y", "locations": "P91D"}}), &[], &[]);
    let both = json!({"retention": {"alerts": "P1D", "locations": "P1D"}});
    let lost = [("retention.alerts", "retention_loses_data"), ("retention.locations", "retention_loses_data")];
    changes(example(), both, &lost, &["retention_loses_data"]);
    let number = [("emergency_number", "emergency_number_changes")];
    changes(example(), json!({"assistance": {"mode": "operations_centre"}}), &number, &["emergency_number_changes"]);
    let contact = json!({"name": "W", "phone": "030 23125-010", "must_confirm": true, "ring_seconds": 20});
    changes(example(), json!({"assistance": {"own_contacts": [contact]}}), &[], &[]);
}

#[test]
fn what_is_active_already_was_confirmed() {
    let nobody = json!({"assistance": {"last_resort_operations_centre": false}});
    let unassigned = json!({"medical_provider": {"phone": "+81 90 0000 0000"}});
    let active = merge(&merge(&example(), &nobody), &unassigned);
    let expect = [
        ("medical_provider.phone", "unassigned_number"),
        ("assistance.last_resort_operations_centre", "nobody_behind_own_contacts"),
    ];
    changes(active.clone(), json!({}), &expect, &[]);
    changes(active, json!({"medical_provider": {"phone": "+81 90 0000 0001"}}), &expect, &["unassigned_number"]);
}

#[test]
fn confirmed_is_confirmed() {
    let document = merge(&example(), &json!({"assistance": {"last_resort_operations_centre": false}}));
    let operator = operator();
    let confirmed = ["nobody_behind_own_contacts".to_owned()];
    let context = CheckContext { operations_centre: Some(&operator), confirmed: &confirmed, ..CheckContext::default() };
    let checked = check(&document, &context);
    assert_eq!(checked.needs_confirm, [""; 0]);
    assert_eq!(checked.warnings.len(), 1);
}

#[test]
fn fields_left_out_are_named() {
    let left_out = |patch: Value, expect: &[&str]| {
        let expect: Vec<(&str, &str)> = expect.iter().map(|path| (*path, "field_left_out")).collect();
        changes(example(), patch, &expect, &[]);
    };
    left_out(json!({"spoken_name": null}), &["spoken_name"]);
    left_out(json!({"status_call": {"max_prompts": null, "speech": null}}), &["status_call.max_prompts", "status_call.speech"]);
    left_out(json!({"retention": null}), &["retention.status_queries", "retention.alerts", "retention.locations"]);
    left_out(json!({"medical_provider": null}), &["medical_provider"]);
    left_out(json!({"travel_provider": null}), &[]);
    let contact = json!([{"name": "Werkschutz", "phone": "+49 30 23125010", "ring_seconds": 20}]);
    left_out(json!({"assistance": {"own_contacts": contact}}), &["assistance.own_contacts[0].must_confirm"]);
}

#[test]
fn the_spoken_name_ends_with_a_whole_word() {
    let check = |name: &str, expect: &str| assert_eq!(spoken_form(name), expect);
    check("ACME GmbH", "ACME GmbH");
    check("Beispiel Maschinenbau Aktiengesellschaft", "Beispiel Maschinenbau");
    check("Zwölf Wörter und noch eines mehr", "Zwölf Wörter und noch eines");
    check("Genau dreißig Zeichen lang ist", "Genau dreißig Zeichen lang ist");
    check("Donaudampfschifffahrtsgesellschaft mbH", "Donaudampfschifffahrtsgesellsc");
    check("A  B", "A  B");
}

#[test]
fn the_emergency_number_is_the_first_desk_or_the_line() {
    let number = |patch: Value, line: Option<&str>| {
        let settings = checked(&merge(&example(), &patch)).settings.unwrap();
        let number = crate::settings::emergency_number(&settings, line.map(phone).as_ref());
        number.map(|number| number.e164().to_owned()).unwrap_or_default()
    };
    let line = Some("+493023125100");
    assert_eq!(number(json!({}), line), "+493023125010");
    assert_eq!(number(json!({"assistance": {"mode": "operations_centre"}}), line), "+493023125110");
    assert_eq!(number(json!({"emergency_number": "line"}), line), "+493023125100");
    assert_eq!(number(json!({"emergency_number": "line"}), None), "+493023125010");
}

#[test]
fn the_operations_centre_is_a_desk_with_former_names() {
    let check = |document: Value, expect: &[(&str, &str)]| {
        let checked = check_operations_centre(&document, &[phone("+493023125100")], None, &[]);
        assert_eq!(listed(&checked.problems), expect, "{document}");
        assert_eq!(checked.settings.is_none(), !expect.is_empty());
    };
    check(json!({"name": "Crisis24", "phone": "+49 30 23125110"}), &[]);
    check(json!({"name": "Crisis24", "phone": "030 23125110"}), &[("phone", "ambiguous")]);
    check(json!({"name": "Crisis24", "phone": "+493023125100"}), &[("phone", "own_line")]);
    check(
        json!({"name": "C", "phone": "+493023125110", "former_names": ["", 1], "mode": 1}),
        &[("mode", "unknown_field"), ("former_names[0]", "missing"), ("former_names[1]", "wrong_type")],
    );
    check(json!({}), &[("name", "missing"), ("phone", "missing")]);
    assert!(!operator().centre.desk.must_confirm);
    let unassigned = json!({"name": "C", "phone": "+81 90 0000 0000"});
    let first = check_operations_centre(&unassigned, &[], None, &[]);
    assert_eq!(first.needs_confirm, ["unassigned_number"]);
    assert_eq!(check_operations_centre(&unassigned, &[], first.settings.as_ref(), &[]).needs_confirm, [""; 0]);
    assert_eq!(check_operations_centre(&unassigned, &[], None, &["unassigned_number".to_owned()]).needs_confirm, [""; 0]);
}
