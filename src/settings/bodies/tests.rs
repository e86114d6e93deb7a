//! Tables of cases for the file beside this folder.

use super::*;
use serde_json::json;

fn listed(problems: &[Problem]) -> Vec<(&str, &str)> {
    problems.iter().map(|problem| (problem.path.as_str(), problem.code)).collect()
}

fn problems<T>(checked: &CheckedBody<T>, expect: &[(&str, &str)]) {
    assert_eq!(listed(&checked.problems), expect);
    assert_eq!(checked.body.is_none(), !expect.is_empty());
}

const PROVIDERS: [KnownProvider<'static>; 2] = [
    KnownProvider { name: "twilio", signs: true, needed_credentials: &["account_sid", "auth_token"] },
    KnownProvider { name: "bandwidth", signs: false, needed_credentials: &[] },
];

fn account(document: &Value, has_stored: bool, expect: &[(&str, &str)]) {
    problems(&check_account(document, &PROVIDERS, has_stored), expect);
}

#[test]
fn an_account_that_cannot_check_webhooks_is_refused() {
    let document = |secrets: Value| json!({"provider": "twilio", "credentials": {"account_sid": "AC1", "auth_token": "t"}, "webhook_secrets": secrets});
    let missing = [("webhook_secrets", "webhook_secret_missing")];
    account(&document(json!(["secret"])), false, &[]);
    account(&document(json!(["old", {"key": "k1", "secret": "new"}])), false, &[]);
    account(&document(json!([])), false, &missing);
    account(&document(json!(null)), false, &missing);
    account(&document(json!({"set": true})), true, &[]);
    account(&document(json!({"set": true})), false, &[("webhook_secrets", "wrong_type")]);
    account(&document(json!([{"set": true}])), true, &[]);
    account(&document(json!([""])), false, &[("webhook_secrets[0]", "missing")]);
    account(
        &document(json!([1, {"secret": "x", "hash": 1}])),
        false,
        &[("webhook_secrets[0]", "wrong_type"), ("webhook_secrets[1].hash", "unknown_field")],
    );
    account(&document(json!(["1", "2", "3", "4", "5"])), false, &[("webhook_secrets", "too_many")]);
    account(&json!({"provider": "bandwidth"}), false, &[]);
}

#[test]
fn an_account_names_a_known_provider_and_a_pace() {
    account(&json!({"provider": "voip", "webhook_secrets": ["x"]}), false, &[("provider", "unknown_provider")]);
    account(&json!({}), false, &[("provider", "missing")]);
    account(
        &json!({"provider": "twilio", "webhook_secrets": ["x"]}),
        false,
        &[("credentials.account_sid", "missing"), ("credentials.auth_token", "missing")],
    );
    let with = |field: &str, value: Value| json!({"provider": "bandwidth", field: value});
    for (value, expect) in [(json!(1), None), (json!(0.1), None), (json!(100), None), (json!(0), Some("out_of_range"))] {
        let expect: Vec<(&str, &str)> = expect.map(|code| ("calls_per_second", code)).into_iter().collect();
        account(&with("calls_per_second", value), false, &expect);
    }
    account(&with("calls_per_second", json!("1")), false, &[("calls_per_second", "wrong_type")]);
    account(&with("credentials", json!(["x"])), false, &[("credentials", "wrong_type")]);
    account(&with("credentials", json!({"user": 1})), false, &[("credentials.user", "wrong_type")]);
}

#[test]
fn a_secret_is_never_printed() {
    let document = json!({"provider": "bandwidth", "credentials": {"password": "hush"}, "webhook_secrets": ["hush"]});
    let checked = check_account(&document, &PROVIDERS, false);
    assert!(!format!("{checked:?}").contains("hush"));
}

#[test]
fn addresses_begin_with_https() {
    let check = |url: &str, expect: &[(&str, &str)], warning: bool| {
        let checked = check_account(&json!({"provider": "bandwidth", "api_base_url": url}), &PROVIDERS, false);
        assert_eq!(listed(&checked.problems), expect, "{url}");
        assert_eq!(listed(&checked.warnings).contains(&("api_base_url", "not_encrypted")), warning, "{url}");
    };
    check("https://api.provider.example/2010", &[], false);
    check("http://127.0.0.1:9000", &[], false);
    check("http://localhost/", &[], false);
    check("http://[::1]:9000", &[], false);
    check("http://127.0.0.1.evil.example", &[], true);
    check("http://provider:9000", &[], true);
    for refused in
        ["api.provider.example", "ftp://x", "https://", "https://:80", "https:///x", "https://a b", "https://u:p@x/", "HTTPS"]
    {
        check(refused, &[("api_base_url", "invalid_url")], false);
    }
}

#[test]
fn a_line_is_bound_to_what_exists() {
    let accounts = [AccountId::new("a1").unwrap()];
    let organisations = [OrganisationId::new("acme").unwrap()];
    let lines = [LineId::new("l1").unwrap()];
    let desk_numbers = [PhoneNumber::from_e164("+493023125010").unwrap()];
    let context = LineContext { accounts: &accounts, organisations: &organisations, lines: &lines, desk_numbers: &desk_numbers };
    let check = |document: Value, expect: &[(&str, &str)]| problems(&check_line(&document, &context), expect);
    let line = json!({"account": "a1", "number": "+49 30 23125100", "organisation": "acme"});
    let with = |field: &str, value: Value| crate::settings::merge(&line, &json!({ field: value }));
    check(line.clone(), &[]);
    assert_eq!(check_line(&line, &context).body.map(|body| body.inbound), Some(None));
    let medical = check_line(&with("inbound", json!("medical")), &context);
    assert_eq!(medical.body.map(|body| body.inbound), Some(Some(Answer::Medical)));
    check(with("inbound", json!("safe")), &[("inbound", "unknown_value")]);
    check(with("text_line", json!("l1")), &[]);
    check(with("text_line", json!("l2")), &[("text_line", "unknown_name")]);
    check(with("account", json!("A 1")), &[("account", "invalid_id")]);
    check(with("organisation", json!("other")), &[("organisation", "unknown_name")]);
    check(with("number", json!("030 23125100")), &[("number", "ambiguous")]);
    check(with("number", json!("+493023125010")), &[("number", "line_is_a_desk")]);
    // What the provider gave out is a fact, whatever its range.
    check(with("number", json!("+819000000000")), &[]);
    check(with("fallback_url", json!("nowhere")), &[("fallback_url", "invalid_url")]);
    check(
        json!({"name": 1}),
        &[("name", "unknown_field"), ("account", "missing"), ("number", "missing"), ("organisation", "missing")],
    );
}

#[test]
fn a_traveller_is_somebody_who_can_be_rung() {
    let check = |document: Value, expect: &[(&str, &str)], warnings: &[(&str, &str)]| {
        let checked = check_traveller(&document, "DE");
        problems(&checked, expect);
        assert_eq!(listed(&checked.warnings), warnings, "{document}");
    };
    let full = json!({
        "name": "Anna Meier", "phones": ["0171 3920010", "+81 90-0000-0000"], "language": "de_at", "email": "anna@acme.example",
        "person_key": "4711", "groups": ["sales", "sales"], "valid_until": "2026-03-31T24:00:00+02:00"
    });
    check(full.clone(), &[("valid_until", "invalid_moment")], &[("phones[1]", "unassigned")]);
    let full = crate::settings::merge(&full, &json!({"valid_until": "2026-03-31T22:00:00+02:00"}));
    let body = check_traveller(&full, "DE").body.unwrap();
    assert_eq!(body.phones[0], ("0171 3920010".to_owned(), PhoneNumber::from_e164("+491713920010").unwrap()));
    assert_eq!(body.language, LanguageTag::new("de-AT"));
    assert_eq!(body.groups, ["sales"]);
    assert_eq!(body.valid_until.map(|moment| moment.to_rfc3339()).as_deref(), Some("2026-03-31T20:00:00+00:00"));
    check(json!({"phones": ["0171 3920010"]}), &[], &[]);
    check(json!({"phones": ["1713920010"]}), &[], &[("phones[0]", "prefix_guessed")]);
    check(json!({"phones": ["0171 3920010", "+491713920010"]}), &[], &[("phones[1]", "twice")]);
    check(json!({"phones": []}), &[("phones", "too_few")], &[]);
    check(json!({}), &[("phones", "too_few")], &[]);
    check(json!({"phones": "0171 3920010"}), &[("phones", "wrong_type")], &[]);
    check(
        json!({"phones": ["112", "0800 0000000", null, 7]}),
        &[("phones[0]", "emergency"), ("phones[1]", "toll_free"), ("phones[2]", "missing"), ("phones[3]", "wrong_type")],
        &[],
    );
}

#[test]
fn a_status_query_asks_somebody() {
    let german = LanguageTag::new("de").unwrap();
    let check = |document: Value, expect: &[(&str, &str)]| problems(&check_status_query(&document, &german), expect);
    let body = |document: Value| check_status_query(&document, &german).body.unwrap();
    assert_eq!(
        body(json!({"incident": "Erdbeben in Lima", "travellers": "all"})),
        StatusQueryBody {
            incident: vec![(german.clone(), "Erdbeben in Lima".to_owned())],
            travellers: Asked::All,
            exercise: false,
        }
    );
    let ids = body(json!({"incident": {"de": "Beben", "en": "Quake"}, "travellers": ["t-1", "t-1", "t-2"], "exercise": true}));
    assert_eq!(ids.incident.len(), 2);
    assert_eq!(ids.travellers, Asked::Travellers(["t-1", "t-2"].map(|id| TravellerId::new(id).unwrap()).to_vec()));
    assert_eq!(body(json!({"travellers": {"groups": ["sales"]}})).travellers, Asked::Groups(vec!["sales".to_owned()]));
    let nobody = [("travellers", "nobody_asked")];
    check(json!({}), &nobody);
    check(json!({"travellers": []}), &nobody);
    check(json!({"travellers": {}}), &nobody);
    check(json!({"travellers": {"groups": []}}), &nobody);
    check(json!({"travellers": "everybody"}), &[("travellers", "wrong_type")]);
    check(json!({"travellers": ["T 1", 2]}), &[("travellers[0]", "invalid_id"), ("travellers[1]", "wrong_type")]);
    check(json!({"incident": "x".repeat(40), "travellers": "all"}), &[]);
    check(json!({"incident": "x".repeat(41), "travellers": "all"}), &[("incident", "too_long")]);
    check(
        json!({"incident": {"deutsch": "x", "en": "", "de": "a", "DE": "b"}, "travellers": "all"}),
        &[("incident.deutsch", "invalid_language"), ("incident.en", "missing"), ("incident.DE", "twice")],
    );
    check(
        json!({"incident": 7, "travellers": "all", "exercise": "no"}),
        &[("incident", "wrong_type"), ("exercise", "wrong_type")],
    );
}

#[test]
fn an_organisation_begins_with_version_1() {
    let centre = crate::settings::check_operations_centre(&json!({"name": "C", "phone": "+493023125110"}), &[], None, &[]);
    let document = json!({"name": "ACME", "country": "DE", "time_zone": "Europe/Berlin", "languages": ["de", "en"]});
    let checked = check_organisation(&document, centre.settings.as_ref());
    problems(&checked, &[]);
    assert_eq!(checked.body, Some(defaults("ACME", "DE", "Europe/Berlin", &["de".to_owned(), "en".to_owned()])));
    problems(&check_organisation(&document, None), &[("assistance.mode", "operations_centre_missing")]);
    problems(
        &check_organisation(&json!({"name": "A", "country": "Germany", "zone": 1}), centre.settings.as_ref()),
        &[("zone", "unknown_field"), ("country", "unknown_country"), ("time_zone", "missing"), ("languages", "missing")],
    );
    problems(&check_organisation(&json!([]), centre.settings.as_ref()), &[("", "wrong_type")]);
}
