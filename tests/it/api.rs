//! The private listener: every resource, with good and bad input, each role and each condition.

use crate::support::office::{ADMIN, Answer, Office};
use assistline::model::alert::{AlertKind, Severity};
use assistline::model::ids::{AlertId, OrganisationId};
use assistline::store::alerts::NewAlert;
use axum::body::Body;
use axum::http::Request;
use chrono::TimeDelta;
use serde_json::{Map, Value, json};

const ACME: &str = "/v1/organisations/acme";
const SETTINGS: &str = "/v1/organisations/acme/settings";

/// Path and code of every problem.
fn problems(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let problems = answer["problems"].as_array().cloned().unwrap_or_default();
    problems.iter().map(|problem| (text(&problem["path"]), text(&problem["code"]))).collect()
}

fn problem(path: &str, code: &str) -> Vec<(String, String)> {
    vec![(path.to_owned(), code.to_owned())]
}

/// Settings with an own contact in front.
fn own_contact() -> Value {
    json!({
        "name": "ACME GmbH", "country": "DE", "time_zone": "Europe/Berlin", "languages": ["de", "en"],
        "assistance": {
            "mode": "own_contact",
            "own_contacts": [{"name": "Werkschutz", "phone": "030 23125010"}],
            "last_resort_operations_centre": true,
        },
        "medical_provider": {"name": "MedAssist", "phone": "+493023125020"},
    })
}

impl Office {
    async fn traveller(&self, id: &str, phone: &str, groups: &[&str]) {
        let body = json!({"name": "Anna Meier", "phones": [phone], "language": "de", "groups": groups});
        self.put(&format!("{ACME}/travellers/{id}"), body).await.is(201);
    }

    async fn alert(&self, kind: AlertKind, organisation: Option<&str>) -> String {
        let id = AlertId(self.app.ids.fresh());
        let alert = NewAlert {
            id,
            organisation: organisation.and_then(OrganisationId::new),
            kind,
            severity: Severity::Critical,
            travellers: Vec::new(),
            about_travel: false,
            call: None,
            query: None,
            line: None,
            once_key: None,
        };
        assert!(self.app.store.raise_alert(&alert, self.app.clock.now()).await.expect("raised"));
        id.to_string()
    }

    /// Sends a body as it is.
    async fn raw(&self, method: &str, path: &str, kind: Option<&str>, body: impl Into<Body>) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("authorization", format!("bearer {ADMIN}"));
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        self.send(request.body(body.into()).expect("a request")).await
    }
}

#[tokio::test]
async fn a_day_at_the_office() {
    let office = Office::open().await;
    let centre = json!({"name": "Crisis24", "former_names": ["EXOP"], "phone": "+493023125001"});
    let early = office.put(ACME, Office::organisation()).await.is(422);
    assert_eq!(problems(&early), problem("assistance.mode", "operations_centre_missing"));
    office.put("/v1/operations-centre", centre).await.is(201);
    office.put("/v1/accounts/main", Office::account()).await.is(201);
    let made = office.put(ACME, Office::organisation()).await.is(201);
    assert_eq!((made["version"].as_u64(), made["state"].as_str()), (Some(1), Some("active")));
    let again = office.put(ACME, Office::organisation()).await.is(200);
    assert_eq!(again["version"], 1, "the same again changes nothing");
    let line = json!({"account": "main", "number": "+493023125099", "organisation": "acme"});
    let saved = office.put("/v1/lines/berlin", line).await;
    assert_eq!(saved.header("location"), "/v1/lines/berlin");
    assert_eq!(saved.is(201)["inbound"], "ask");
    office.put("/v1/lines/berlin", office.get("/v1/lines/berlin").await.is(200)).await.is(200);
    let settings = office.get(SETTINGS).await.is(200);
    office.put(SETTINGS, settings).await.is(200);
    let anna = json!({"name": "Anna Meier", "phones": ["0171 3920001"], "language": "de", "groups": ["lagos"]});
    let saved = office.put(&format!("{ACME}/travellers/t-1"), anna).await.is(201);
    assert_eq!(saved["phones"], json!(["+491713920001"]));
    let read = office.get(&format!("{ACME}/travellers/t-1")).await.is(200);
    office.put(&format!("{ACME}/travellers/t-1"), read).await.is(200);
    let audit = office.get(&format!("{ACME}/audit?limit=1000")).await.is(200);
    let actions: Vec<&str> = audit["audit"].as_array().unwrap().iter().filter_map(|entry| entry["action"].as_str()).collect();
    for action in ["organisation.created", "settings.saved", "settings.activated", "line.put", "traveller.put", "traveller.read"]
    {
        assert!(actions.contains(&action), "{action} is missing in {actions:?}");
    }
}

#[tokio::test]
async fn nobody_gets_in_without_a_token() {
    let office = Office::open().await;
    let ask = |token: Option<&'static str>, path: &'static str| {
        let mut request = Request::builder().uri(path);
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        office.send(request.body(Body::empty()).unwrap())
    };
    for token in [None, Some("Bearer wrong"), Some("Bearer "), Some("Basic YTpi"), Some(ADMIN)] {
        for path in ["/v1/organisations", "/v1/lines", "/v1/nothing", "/v1"] {
            let answer = ask(token, path).await;
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            assert_eq!(answer.header("content-type"), "application/problem+json");
            assert_eq!(answer.is(401)["status"], 401);
        }
    }
    for path in ["/healthz", "/readyz", "/openapi.json", "/docs"] {
        assert_eq!(ask(None, path).await.status, 200, "{path}");
    }
    ask(None, "/elsewhere").await.is(404);
    office.get("/v1/nothing").await.is(404);
    office.app.store.close().await;
    assert_eq!(ask(None, "/readyz").await.status, 503);
    assert_eq!(office.get("/v1/lines").await.is(503)["title"], "The database cannot be used at the moment; try again");
}

#[tokio::test]
async fn roles_do_what_they_may_and_no_more() {
    let office = Office::furnished().await;
    office.traveller("t-1", "+491713920001", &[]).await;
    let read = office.token("read", Some("acme"), "Rita").await;
    let duty = office.token("duty", Some("acme"), "Dora").await;
    let admin = office.token("admin", Some("acme"), "Adam").await;
    let beta = office.token("admin", Some("beta"), "Bea").await;
    let all_duty = office.token("duty", None, "Desk").await;
    let location = json!({"traveller": "t-1", "place": "Lagos"});
    let patch = json!({"spoken_name": "ACME"});
    let check = async |method: &str, path: &str, body: Option<&Value>, expect: [u16; 5]| {
        for (token, expect) in [&read, &duty, &admin, &beta, &all_duty].into_iter().zip(expect) {
            office.ask(token, method, path, body, &[]).await.is(expect);
        }
    };
    check("GET", SETTINGS, None, [200, 200, 200, 404, 200]).await;
    check("PATCH", SETTINGS, Some(&patch), [403, 403, 200, 404, 403]).await;
    check("PUT", ACME, Some(&Office::organisation()), [403, 403, 200, 404, 403]).await;
    check("GET", &format!("{ACME}/locations"), None, [403, 200, 403, 404, 200]).await;
    check("POST", &format!("{ACME}/locations"), Some(&location), [403, 201, 201, 404, 201]).await;
    check("POST", &format!("{ACME}/status-queries"), Some(&json!({"travellers": "all"})), [403, 201, 201, 404, 201]).await;
    check("GET", "/v1/lines", None, [403, 403, 403, 403, 403]).await;
    check("PUT", "/v1/lines/x", Some(&json!({})), [403, 403, 403, 403, 403]).await;
    check("GET", "/v1/operations-centre", None, [403, 403, 403, 403, 403]).await;
    check("POST", "/v1/tokens", Some(&json!({"role": "admin"})), [403, 403, 403, 403, 403]).await;
    check("GET", "/v1/alerts", None, [403, 403, 403, 403, 200]).await;
    check("PUT", "/v1/organisations/new", Some(&Office::organisation()), [404, 404, 404, 404, 403]).await;
    // What is foreign looks like what is not there.
    let (foreign, missing) = ("/v1/organisations/beta/settings", "/v1/organisations/nobody/settings");
    let foreign = office.ask(&admin, "GET", foreign, None, &[]).await.is(404);
    assert_eq!(foreign, office.ask(&admin, "GET", missing, None, &[]).await.is(404));
    let own = office.ask(&beta, "GET", "/v1/organisations", None, &[]).await.is(200);
    assert_eq!(own["organisations"].as_array().unwrap().len(), 1);
    assert_eq!(own["organisations"][0]["id"], "beta");
}

#[tokio::test]
async fn a_token_is_shown_once_and_can_be_taken_away() {
    let office = Office::furnished().await;
    let made = office.post("/v1/tokens", json!({"role": "duty", "organisation": "acme", "name": "Dora"})).await;
    let address = made.header("location").to_owned();
    let made = made.is(201);
    let token = made["token"].as_str().unwrap().to_owned();
    assert_eq!(address, format!("/v1/tokens/{}", made["id"].as_str().unwrap()));
    office.ask(&token, "GET", SETTINGS, None, &[]).await.is(200);
    let list = office.get("/v1/tokens").await;
    assert!(!list.text.contains(&token) && !list.text.contains("hash"), "{}", list.text);
    assert_eq!(list.is(200)["tokens"].as_array().unwrap().len(), 2);
    office.ask(ADMIN, "DELETE", &address, None, &[]).await.is(204);
    office.ask(&token, "GET", SETTINGS, None, &[]).await.is(401);
    office.ask(ADMIN, "DELETE", &address, None, &[]).await.is(404);
    let wrong = office.post("/v1/tokens", json!({"role": "duty", "organisation": "nobody"})).await.is(422);
    assert_eq!(problems(&wrong), problem("organisation", "unknown_name"));
    // A lost answer is asked for again: the same token, made once.
    let order = json!({"role": "read"});
    let key = [("idempotency-key", "k-1")];
    let first = office.ask(ADMIN, "POST", "/v1/tokens", Some(&order), &key).await.is(201);
    let second = office.ask(ADMIN, "POST", "/v1/tokens", Some(&order), &key).await;
    assert_eq!(second.header("content-type"), "application/json");
    assert_eq!(first, second.is(201));
    assert_eq!(office.get("/v1/tokens").await.is(200)["tokens"].as_array().unwrap().len(), 2);
}

/// Field case F03.
#[tokio::test]
async fn an_account_keeps_its_secrets_and_must_have_some() {
    let office = Office::open().await;
    let keys_only = json!({
        "provider": "twilio",
        "credentials": {"account_sid": "AC1", "api_key_sid": "SK1", "api_key_secret": "s"},
        "webhook_secrets": [],
    });
    let refused = office.put("/v1/accounts/a", keys_only).await.is(422);
    assert_eq!(problems(&refused), problem("webhook_secrets", "webhook_secret_missing"));
    office.put("/v1/accounts/a", Office::account()).await.is(201);
    let shown = office.get("/v1/accounts/a").await;
    assert!(!shown.text.contains("secret-token"), "{}", shown.text);
    let shown = shown.is(200);
    assert_eq!(shown["credentials"]["auth_token"], json!({"set": true}));
    assert_eq!(shown["webhook_secrets"], json!([{"set": true}]));
    let secrets = || {
        let snapshot = office.app.settings.now();
        let account = snapshot.accounts.values().next().expect("an account");
        let secrets = account.secrets.iter().map(|secret| secrecy::ExposeSecret::expose_secret(&secret.secret).to_owned());
        let token =
            account.access.credentials.get("auth_token").map(|token| secrecy::ExposeSecret::expose_secret(token).to_owned());
        (secrets.collect::<Vec<_>>(), token.unwrap_or_default())
    };
    office.put("/v1/accounts/a", shown.clone()).await.is(200);
    assert_eq!(secrets(), (vec!["secret-token".to_owned()], "secret-token".to_owned()));
    let mut rotated = shown.clone();
    rotated["webhook_secrets"] = json!([{"set": true}, {"key": "k2", "secret": "new"}]);
    office.put("/v1/accounts/a", rotated).await.is(200);
    assert_eq!(secrets().0, ["secret-token", "new"]);
    let mut one = shown.clone();
    one["webhook_secrets"] = json!([{"key": "k2", "secret": {"set": true}}]);
    one["credentials"] = json!({"set": true});
    office.put("/v1/accounts/a", one).await.is(200);
    assert_eq!(secrets(), (vec!["new".to_owned()], "secret-token".to_owned()));
    let mut unknown = shown.clone();
    unknown["webhook_secrets"] = json!([{"set": true}, {"set": true}]);
    unknown["credentials"]["other"] = json!({"set": true});
    unknown["colour"] = json!(1);
    let refused = office.put("/v1/accounts/a", unknown).await.is(422);
    assert_eq!(problems(&refused).first(), problem("colour", "unknown_field").first());
    assert!(problems(&refused).iter().any(|(path, _)| path == "webhook_secrets[1]"), "{refused}");
    office.put("/v1/accounts/A%20b", Office::account()).await.is(422);
    office.get("/v1/accounts/nobody").await.is(404);
}

#[tokio::test]
async fn a_line_names_what_there_is_and_is_no_desk() {
    let office = Office::furnished().await;
    let line = |change: Value| {
        let mut line = json!({"account": "main", "number": "+493023125098", "organisation": "acme"});
        line.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        line
    };
    let check = async |change: Value, path: &str, code: &str| {
        let refused = office.put("/v1/lines/second", line(change)).await.is(422);
        assert_eq!(problems(&refused), problem(path, code));
    };
    check(json!({"account": "nobody"}), "account", "unknown_name").await;
    check(json!({"organisation": "nobody"}), "organisation", "unknown_name").await;
    check(json!({"number": "+493023125001"}), "number", "line_is_a_desk").await;
    check(json!({"number": "+493023125099"}), "number", "twice").await;
    check(json!({"inbound": "safe"}), "inbound", "unknown_value").await;
    office.put("/v1/lines/second", line(json!({"inbound": "help"}))).await.is(201);
    let mut settings = own_contact();
    settings["assistance"]["own_contacts"][0]["phone"] = json!("+493023125098");
    let refused = office.put(SETTINGS, settings).await.is(422);
    assert_eq!(problems(&refused), problem("assistance.own_contacts[0].phone", "own_line"));
}

/// Field cases F11 and F28.
#[tokio::test]
async fn names_that_no_document_can_carry_are_refused() {
    let office = Office::furnished().await;
    let named = |name: &str| json!({"name": name});
    office.ask(ADMIN, "PATCH", SETTINGS, Some(&named("L’Œil <Süd> & Söhne 🚑")), &[]).await.is(200);
    for sign in ["\u{0}", "\u{8}", "\u{ffff}"] {
        let refused = office.ask(ADMIN, "PATCH", SETTINGS, Some(&named(&format!("A{sign}B"))), &[]).await.is(422);
        assert_eq!(problems(&refused), problem("name", "control_characters"));
        let traveller = json!({"name": format!("A{sign}B"), "phones": ["+491713920001"]});
        let refused = office.put(&format!("{ACME}/travellers/t-1"), traveller).await.is(422);
        assert_eq!(problems(&refused), problem("name", "control_characters"));
    }
    assert!(office.get(SETTINGS).await.text.contains("L’Œil <Süd> & Söhne 🚑"));
}

/// Field case F33.
#[tokio::test]
async fn two_editors_do_not_overwrite_each_other() {
    let office = Office::furnished().await;
    let body = office.get(SETTINGS).await;
    assert_eq!(body.header("etag"), "\"1\"");
    let body = body.is(200);
    let save =
        async |tag: &str, expect: u16| office.ask(ADMIN, "PUT", SETTINGS, Some(&body), &[("if-match", tag)]).await.is(expect);
    save("\"1\"", 200).await;
    save("W/\"2\"", 200).await;
    save("\"3-gzip\"", 200).await;
    save("\"9\", \"4\"", 200).await;
    save("*", 200).await;
    let lost = save("\"5\"", 412).await;
    assert_eq!((&lost["current"], &lost["yours"]), (&json!(6), &json!(5)));
    save("6", 412).await;
    save("\"six\"", 412).await;
    assert_eq!(office.get(SETTINGS).await.header("etag"), "\"6\"");
    office.ask(ADMIN, "PATCH", SETTINGS, Some(&json!({})), &[("if-match", "\"5\"")]).await.is(412);
    office.ask(ADMIN, "GET", SETTINGS, None, &[("if-none-match", "W/\"6\"")]).await.is(304);
    office.ask(ADMIN, "GET", SETTINGS, None, &[("if-none-match", "\"5\"")]).await.is(200);
    let new = "/v1/organisations/gamma/settings";
    office.ask(ADMIN, "PUT", new, Some(&body), &[("if-match", "*")]).await.is(412);
    office.get("/v1/organisations/gamma").await.is(404);
    office.ask(ADMIN, "PUT", new, Some(&body), &[]).await.is(201);
}

#[tokio::test]
async fn drafts_route_nobody_and_planned_versions_stand_in_the_way() {
    let office = Office::furnished().await;
    let draft = office.put(&format!("{SETTINGS}?activate=draft&note=idea"), own_contact()).await.is(200);
    assert_eq!((&draft["version"], &draft["state"]), (&json!(2), &json!("draft")));
    assert_eq!(office.get(SETTINGS).await.header("etag"), "\"1\"");
    let route = office.get(&format!("{ACME}/route?answer=help")).await.is(200);
    assert_eq!(route["desks"][0]["phone"], "+493023125001");
    let route = office.get(&format!("{ACME}/route?answer=help&version=2")).await.is(200);
    assert_eq!((&route["version"], &route["desks"][0]["phone"]), (&json!(2), &json!("+493023125010")));

    let at = office.app.clock.now() + TimeDelta::hours(1);
    let at = at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let patch = json!({"spoken_name": "ACME"});
    let planned = office.ask(ADMIN, "PATCH", &format!("{SETTINGS}?activate={at}"), Some(&patch), &[]).await.is(200);
    assert_eq!((&planned["state"], &planned["activates_at"]), (&json!("planned"), &json!(at)));
    let refused = office.ask(ADMIN, "PATCH", SETTINGS, Some(&patch), &[]).await.is(409);
    assert_eq!(refused["planned"][0]["version"], 3);
    office.ask(ADMIN, "PATCH", &format!("{SETTINGS}?planned=keep"), Some(&patch), &[]).await.is(200);
    office.ask(ADMIN, "PATCH", &format!("{SETTINGS}?planned=cancel"), Some(&patch), &[]).await.is(200);
    assert_eq!(office.get(&format!("{SETTINGS}/versions/3")).await.is(200)["state"], "draft");
    for (query, path, code) in [
        ("activate=2001-01-01T00:00:00Z", "activate", "in_the_past"),
        ("activate=soon", "activate", "invalid_moment"),
        ("planned=drop", "planned", "unknown_value"),
        ("colour=red", "colour", "unknown_field"),
    ] {
        let refused = office.ask(ADMIN, "PATCH", &format!("{SETTINGS}?{query}"), Some(&patch), &[]).await.is(422);
        assert_eq!(problems(&refused), problem(path, code));
    }
    // A planned version becomes active by itself.
    let planned = office.ask(ADMIN, "PATCH", &format!("{SETTINGS}?activate={at}"), Some(&patch), &[]).await.is(200);
    office.app.clock.advance(TimeDelta::hours(2));
    office.app.run_due_work().await.unwrap();
    assert_eq!(office.get(SETTINGS).await.header("etag"), format!("\"{}\"", planned["version"]));
}

#[tokio::test]
async fn what_changes_for_the_worse_is_confirmed_first() {
    let office = Office::furnished().await;
    let asked = office.put(SETTINGS, own_contact()).await.is(409);
    assert_eq!(asked["confirm"], json!(["emergency_number_changes"]));
    let mut alone = own_contact();
    alone["assistance"]["last_resort_operations_centre"] = json!(false);
    alone["retention"] = json!({"locations": "P1D"});
    let asked = office.put(&format!("{SETTINGS}?confirm=emergency_number_changes"), alone.clone()).await.is(409);
    let mut codes: Vec<&str> = asked["confirm"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["nobody_behind_own_contacts", "retention_loses_data"]);
    let all = "confirm=emergency_number_changes,nobody_behind_own_contacts,retention_loses_data";
    office.put(&format!("{SETTINGS}?{all}"), alone.clone()).await.is(200);
    // What was confirmed once is not asked again, and what was read is accepted back.
    office.put(SETTINGS, office.get(SETTINGS).await.is(200)).await.is(200);
    // A draft is kept without a word, but does not slip in unconfirmed.
    office.post(&format!("{SETTINGS}/versions/1/activate"), json!({"note": "back"})).await.is(200);
    let draft = office.put(&format!("{SETTINGS}?activate=draft"), alone).await.is(200);
    let activate = format!("{SETTINGS}/versions/{}/activate", draft["version"]);
    office.post(&activate, json!({})).await.is(409);
    office.post(&format!("{activate}?{all}"), json!({})).await.is(200);
    let left_out = office.put(SETTINGS, Office::organisation()).await.is(409);
    assert!(left_out["warnings"].as_array().unwrap().iter().any(|warning| warning["code"] == "field_left_out"), "{left_out}");
}

#[tokio::test]
async fn versions_are_listed_compared_and_activated_again() {
    let office = Office::furnished().await;
    for number in 2..=5 {
        let patch = json!({"alerts": {"repeat_minutes": number}});
        office.ask(ADMIN, "PATCH", &format!("{SETTINGS}?note=n{number}"), Some(&patch), &[]).await.is(200);
    }
    let first = office.get(&format!("{SETTINGS}/versions?limit=2")).await.is(200);
    let numbers = |page: &Value| {
        page["versions"].as_array().unwrap().iter().map(|row| row["version"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&first), [5, 4]);
    assert_eq!(
        (&first["versions"][0]["note"], &first["versions"][0]["author"]),
        (&json!("n5"), &json!("ASSISTLINE_ADMIN_TOKEN"))
    );
    let second = office.get(&format!("{SETTINGS}/versions?limit=3&after={}", first["next"].as_str().unwrap())).await.is(200);
    assert_eq!((numbers(&second), &second["next"]), (vec![3, 2, 1], &Value::Null));
    let diff = office.get(&format!("{SETTINGS}/versions/diff?from=2&to=4")).await.is(200);
    assert_eq!(diff["differences"], json!([{"path": "alerts.repeat_minutes", "from": 2, "to": 4}]));
    office.get(&format!("{SETTINGS}/versions/diff?from=2&to=44")).await.is(404);
    assert_eq!(problems(&office.get(&format!("{SETTINGS}/versions/diff?from=2")).await.is(422)), problem("to", "missing"));
    let back = office.post(&format!("{SETTINGS}/versions/2/activate"), json!({})).await;
    assert_eq!(back.header("etag"), "\"2\"");
    assert_eq!(back.is(200)["state"], "active");
    assert_eq!(office.get(&format!("{SETTINGS}/versions/5")).await.is(200)["state"], "past");
    office.post(&format!("{SETTINGS}/versions/2/activate"), json!({})).await.is(200);
    office.post(&format!("{SETTINGS}/versions/99/activate"), json!({})).await.is(404);
    for (query, path) in
        [("limit=0", "limit"), ("limit=1001", "limit"), ("limit=x", "limit"), ("after=x", "after"), ("sort=1", "sort")]
    {
        let refused = office.get(&format!("{SETTINGS}/versions?{query}")).await.is(422);
        assert_eq!(problems(&refused)[0].0, path);
    }
}

#[tokio::test]
async fn a_new_operations_centre_reaches_everybody_who_uses_it() {
    let office = Office::furnished().await;
    let beta = "/v1/organisations/beta/settings";
    let switched_off = json!({
        "name": "Beta SA", "country": "FR", "time_zone": "Europe/Paris", "languages": ["fr"],
        "assistance": {
            "mode": "own_contact", "operations_centre": false,
            "own_contacts": [{"name": "Garde", "phone": "+33199001234"}], "last_resort_operations_centre": false,
        },
    });
    let confirm = "confirm=emergency_number_changes,nobody_behind_own_contacts";
    office.put(&format!("{beta}?{confirm}"), switched_off).await.is(200);
    let at = (office.app.clock.now() + TimeDelta::hours(1)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    office.ask(ADMIN, "PATCH", &format!("{SETTINGS}?activate={at}"), Some(&json!({"spoken_name": "A"})), &[]).await.is(200);
    let changed = office.put("/v1/operations-centre", json!({"name": "Crisis24", "phone": "+493023125002"})).await.is(200);
    let versions: Vec<(&str, u64, &str)> = changed["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["organisation"].as_str().unwrap(), row["version"].as_u64().unwrap(), row["state"].as_str().unwrap()))
        .collect();
    assert_eq!(versions, [("acme", 3, "active"), ("acme", 4, "planned")], "beta does not use it");
    assert_eq!(office.get(&format!("{SETTINGS}/versions/2")).await.is(200)["state"], "draft", "the outdated plan");
    let help = async || office.get(&format!("{ACME}/route?answer=help")).await.is(200)["desks"][0]["phone"].clone();
    assert_eq!(help().await, "+493023125002");
    // An old version does not bring the old number back.
    let back = office.post(&format!("{SETTINGS}/versions/1/activate"), json!({})).await.is(200);
    assert_eq!((&back["version"], &back["state"]), (&json!(5), &json!("active")));
    assert_eq!(help().await, "+493023125002");
    // The same again changes nothing.
    let same = office.put("/v1/operations-centre", json!({"name": "Crisis24", "phone": "+493023125002"})).await.is(200);
    assert_eq!(same["versions"], json!([]));
    let read = office.get("/v1/operations-centre").await.is(200);
    assert_eq!(office.put("/v1/operations-centre", read).await.is(200)["versions"], json!([]));
    let refused = office.put("/v1/operations-centre", json!({"name": "C", "phone": "112", "colour": 1})).await.is(422);
    assert_eq!(problems(&refused), [problem("colour", "unknown_field"), problem("phone", "emergency")].concat());
}

#[tokio::test]
async fn a_merge_patch_changes_what_it_names() {
    let office = Office::furnished().await;
    let patch = json!({"status_call": {"max_prompts": 2}, "spoken_name": "ACME"});
    let saved = office.ask(ADMIN, "PATCH", SETTINGS, Some(&patch), &[]).await.is(200);
    assert_eq!(saved["settings"]["status_call"]["max_prompts"], 2);
    assert_eq!(saved["settings"]["status_call"]["retry_minutes"], json!([0, 2, 5, 10]));
    let saved = office.raw("PATCH", SETTINGS, Some("application/merge-patch+json"), r#"{"spoken_name": null}"#).await.is(200);
    assert!(saved["settings"].get("spoken_name").is_none());
    let refused = office.ask(ADMIN, "PATCH", SETTINGS, Some(&json!({"assistance": {"mode": "own_contact"}})), &[]).await.is(422);
    assert_eq!(problems(&refused), problem("assistance.own_contacts", "no_contacts"));
    let refused = office.ask(ADMIN, "PATCH", SETTINGS, Some(&json!([])), &[]).await.is(422);
    assert_eq!(problems(&refused).first(), problem("", "wrong_type").first());
    office.ask(ADMIN, "PATCH", "/v1/organisations/nobody/settings", Some(&json!({})), &[]).await.is(404);
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_named() {
    let office = Office::furnished().await;
    let put = async |kind: Option<&str>, body: &'static str| office.raw("PUT", SETTINGS, kind, body).await;
    let json = Some("application/json; charset=utf-8");
    let twice = put(json, r#"{"name": "A", "assistance": {"mode": "x", "mode": "y"}}"#).await.is(400);
    assert_eq!(twice["title"], "the field assistance.mode stands there twice");
    assert_eq!(put(json, "{").await.is(400)["title"], "not JSON: line 1, column 1");
    put(json, "\u{feff}{}").await.is(400);
    put(Some("text/plain"), "{}").await.is(415);
    put(Some("application/x-www-form-urlencoded"), "a=b").await.is(415);
    put(None, "{}").await.is(422);
    let not_utf8 = office.raw("PUT", SETTINGS, json, vec![b'"', 0xff, b'"']).await.is(400);
    assert!(not_utf8["title"].as_str().unwrap().starts_with("not UTF-8"));
    let large = format!(r#"{{"name": "{}"}}"#, "x".repeat(1024 * 1024));
    office.raw("PUT", SETTINGS, json, large).await.is(413);
    let wrong = office.raw("DELETE", SETTINGS, None, "").await;
    assert_eq!(wrong.header("content-type"), "application/problem+json");
    let allow = wrong.header("allow").to_owned();
    wrong.is(405);
    assert!(["GET", "PUT", "PATCH"].iter().all(|method| allow.contains(method)), "{allow}");
    office.get(&format!("{ACME}/route?answer=help&answer=safe")).await.is(400);
    // Every problem at once, each with its path.
    let many =
        json!({"name": "", "country": "XX", "time_zone": "Mars", "languages": [], "colour": 1, "assistance": {"mode": "none"}});
    let many = problems(&office.put(SETTINGS, many).await.is(422));
    for path in ["colour", "name", "country", "time_zone", "languages", "assistance.mode"] {
        assert!(many.iter().any(|(found, _)| found == path), "{path} is missing in {many:?}");
    }
}

#[tokio::test]
async fn a_route_says_who_and_why() {
    let office = Office::furnished().await;
    office.put(&format!("{SETTINGS}?confirm=emergency_number_changes"), own_contact()).await.is(200);
    let route = office.get(&format!("{ACME}/route?answer=medical&language=en-GB&at=2026-12-24T23:00:00%2B01:00")).await.is(200);
    let desks: Vec<(&str, &str)> = route["desks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|desk| (desk["role"].as_str().unwrap(), desk["phone"].as_str().unwrap()))
        .collect();
    assert_eq!(
        desks,
        [("medical_provider", "+493023125020"), ("own_contact", "+493023125010"), ("operations_centre", "+493023125001")]
    );
    assert_eq!(route["at"], "2026-12-24T22:00:00Z");
    assert_eq!((&route["emergency_number"], &route["caller_id"]), (&json!("+493023125010"), &json!("+493023125099")));
    assert_eq!(route["desks"][1]["must_confirm"], true);
    assert_eq!(office.get(&format!("{ACME}/route?answer=safe")).await.is(200)["desks"], json!([]));
    for (query, path, code) in [
        ("", "answer", "missing"),
        ("answer=none", "answer", "unknown_value"),
        ("answer=help&at=noon", "at", "invalid_moment"),
        ("answer=help&version=0", "version", "out_of_range"),
        ("answer=help&language=german", "language", "invalid_language"),
    ] {
        let refused = office.get(&format!("{ACME}/route?{query}")).await.is(422);
        assert_eq!(problems(&refused), problem(path, code), "{query}");
    }
    office.get(&format!("{ACME}/route?answer=help&version=77")).await.is(404);
    let contact = office.get(&format!("{ACME}/emergency-contact")).await.is(200);
    let expect =
        json!({"organisation": "acme", "name": "Werkschutz", "phone": "+493023125010", "tel": "tel:+493023125010", "version": 2});
    assert_eq!(contact, expect);
    let card = office.ask(ADMIN, "GET", &format!("{ACME}/emergency-contact"), None, &[("accept", "text/vcard")]).await;
    assert!(card.header("content-type").starts_with("text/vcard"));
    assert!(card.text.contains("TEL;TYPE=WORK,VOICE,PREF:+493023125010\r\n"), "{}", card.text);
    office
        .ask(
            ADMIN,
            "PATCH",
            &format!("{SETTINGS}?confirm=emergency_number_changes"),
            Some(&json!({"emergency_number": "line"})),
            &[],
        )
        .await
        .is(200);
    let contact = office.get(&format!("{ACME}/emergency-contact")).await.is(200);
    assert_eq!((&contact["name"], &contact["phone"]), (&json!("ACME GmbH"), &json!("+493023125099")));
}

#[tokio::test]
async fn travellers_are_listed_page_by_page() {
    let office = Office::furnished().await;
    for number in 1..=5 {
        office.traveller(&format!("t-{number}"), &format!("+4917139200{number:02}"), &[]).await;
    }
    let mut seen = Vec::new();
    let mut next = String::new();
    loop {
        let page = office.get(&format!("{ACME}/travellers?limit=2{next}")).await.is(200);
        seen.extend(page["travellers"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next"].as_str() else { break };
        next = format!("&after={cursor}");
    }
    assert_eq!(seen, ["t-1", "t-2", "t-3", "t-4", "t-5"]);
    let refused = office.put(&format!("{ACME}/travellers/t-9"), json!({"colour": 1})).await.is(422);
    assert_eq!(problems(&refused), [problem("colour", "unknown_field"), problem("phones", "too_few")].concat());
    office.put(&format!("{ACME}/travellers/T%209"), json!({"phones": ["+491713920009"]})).await.is(422);
    office.get(&format!("{ACME}/travellers/t-9")).await.is(404);
    office.put("/v1/organisations/nobody/travellers/t-1", json!({"phones": ["+491713920009"]})).await.is(404);
}

#[tokio::test]
async fn positions_are_for_the_duty_officer() {
    let office = Office::furnished().await;
    office.traveller("t-1", "+491713920001", &[]).await;
    office.traveller("t-2", "+491713920002", &[]).await;
    let duty = office.token("duty", Some("acme"), "Dora").await;
    let path = format!("{ACME}/locations");
    let at = "2026-09-21T10:00:00Z";
    let lagos = json!({"traveller": "t-1", "latitude": 6.45, "longitude": 3.39, "accuracy_m": 30, "place": "Lagos", "source": "app", "at": at});
    assert_eq!(
        office.post(&path, lagos.clone()).await.is(201),
        json!({"traveller": "t-1", "latitude": 6.45, "longitude": 3.39, "accuracy_m": 30.0, "place": "Lagos", "source": "app", "at": at})
    );
    office.post(&path, json!({"traveller": "t-2", "place": "Abuja"})).await.is(201);
    let list = office.ask(&duty, "GET", &path, None, &[]).await.is(200);
    assert_eq!(list["locations"].as_array().unwrap().len(), 2);
    assert_eq!(list["locations"][0]["place"], "Abuja");
    let own = office.ask(&duty, "GET", &format!("{path}?traveller=t-1"), None, &[]).await.is(200);
    assert_eq!((own["locations"].as_array().unwrap().len(), &own["locations"][0]["at"]), (1, &json!(at)));
    assert_eq!(
        problems(&office.post(&path, json!({"traveller": "t-9", "place": "x"})).await.is(422)),
        problem("traveller", "unknown_name")
    );
    assert_eq!(problems(&office.post(&path, json!({"traveller": "t-1"})).await.is(422)), problem("place", "no_position"));
    let refused = office.ask(&duty, "GET", &format!("{path}?traveller=t-9"), None, &[]).await.is(422);
    assert_eq!(problems(&refused), problem("traveller", "unknown_name"));
}

#[tokio::test]
async fn a_status_query_asks_whom_it_should() {
    let office = Office::furnished().await;
    office.traveller("t-1", "+491713920001", &["lagos"]).await;
    office.traveller("t-2", "+491713920002", &["lagos", "abuja"]).await;
    let gone = json!({"phones": ["+491713920003"], "groups": ["lagos"], "valid_until": "2020-01-01T00:00:00Z"});
    office.put(&format!("{ACME}/travellers/t-3"), gone).await.is(201);
    let path = format!("{ACME}/status-queries");
    let check = async |body: Value, expect: Result<usize, (&str, &str)>| {
        let answer = office.post(&path, body).await;
        match expect {
            Ok(people) => {
                let address = answer.header("location").to_owned();
                let made = answer.is(201);
                assert_eq!(made["counts"]["all"], people);
                let whole = office.get(&address).await.is(200);
                assert_eq!(whole["people"].as_array().unwrap().len(), people);
                assert_eq!(whole["people"][0]["status"], Value::Null);
            }
            Err((at, code)) => assert_eq!(problems(&answer.is(422)), problem(at, code)),
        }
    };
    check(json!({"travellers": "all"}), Ok(2)).await;
    check(json!({"travellers": {"groups": ["lagos"]}}), Ok(2)).await;
    check(json!({"travellers": {"groups": ["abuja"]}, "incident": {"de": "Flut", "en": "Flood"}, "exercise": true}), Ok(1)).await;
    check(json!({"travellers": ["t-3", "t-1", "t-3"]}), Ok(2)).await;
    check(json!({"travellers": {"groups": ["paris"]}}), Err(("travellers", "nobody_asked"))).await;
    check(json!({"travellers": []}), Err(("travellers", "nobody_asked"))).await;
    check(json!({}), Err(("travellers", "nobody_asked"))).await;
    check(json!({"travellers": ["t-1", "t-9"]}), Err(("travellers[1]", "unknown_name"))).await;
    check(json!({"travellers": "all", "incident": "x".repeat(41)}), Err(("incident", "too_long"))).await;
    check(json!({"travellers": "all", "colour": 1}), Err(("colour", "unknown_field"))).await;
    office.post("/v1/organisations/beta/status-queries", json!({"travellers": "all"})).await.is(422);
    let list = office.get(&format!("{path}?limit=3")).await.is(200);
    assert_eq!(list["status_queries"].as_array().unwrap().len(), 3);
    assert!(list["next"].is_string());
}

#[tokio::test]
async fn a_status_query_is_started_once_however_often_it_is_asked_for() {
    let office = Office::furnished().await;
    office.traveller("t-1", "+491713920001", &[]).await;
    let path = format!("{ACME}/status-queries");
    let order = json!({"incident": "Flut", "travellers": "all"});
    let key = [("idempotency-key", "flood-1")];
    let first = office.ask(ADMIN, "POST", &path, Some(&order), &key).await;
    let address = first.header("location").to_owned();
    let first = first.is(201);
    let again = office.ask(ADMIN, "POST", &path, Some(&order), &key).await;
    assert_eq!(again.header("location"), address);
    assert_eq!(again.is(201), first);
    office.ask(ADMIN, "POST", &path, Some(&json!({"travellers": "all"})), &key).await.is(422);
    office.ask(ADMIN, "POST", &path, Some(&order), &[("idempotency-key", "")]).await.is(400);
    // Another token's keys are its own.
    let duty = office.token("duty", Some("acme"), "Dora").await;
    assert_ne!(office.ask(&duty, "POST", &path, Some(&order), &key).await.is(201)["id"], first["id"]);
    assert_eq!(office.get(&path).await.is(200)["status_queries"].as_array().unwrap().len(), 2);
    // A refusal is not remembered.
    let late = [("idempotency-key", "late")];
    let group = json!({"travellers": {"groups": ["new"]}});
    office.ask(ADMIN, "POST", &path, Some(&group), &late).await.is(422);
    office.traveller("t-2", "+491713920002", &["new"]).await;
    office.ask(ADMIN, "POST", &path, Some(&group), &late).await.is(201);
}

#[tokio::test]
async fn a_status_query_is_paused_resumed_and_stopped() {
    let office = Office::furnished().await;
    office.traveller("t-1", "+491713920001", &[]).await;
    let made = office.post(&format!("{ACME}/status-queries"), json!({"travellers": "all"})).await;
    let address = made.header("location").to_owned();
    let command =
        async |verb: &str, expect: u16| office.post(&format!("{address}/{verb}"), json!({})).await.is(expect)["state"].clone();
    assert_eq!(command("pause", 200).await, "paused");
    assert_eq!(command("pause", 200).await, "paused");
    assert_eq!(command("resume", 200).await, "running");
    assert_eq!(command("stop", 200).await, "stopped");
    assert_eq!(command("stop", 200).await, "stopped");
    command("resume", 409).await;
    assert_eq!(
        problems(&office.post(&format!("{address}/stop"), json!({"now": true})).await.is(422)),
        problem("now", "unknown_field")
    );
    let id = address.rsplit('/').next().unwrap();
    office.get(&format!("/v1/organisations/beta/status-queries/{id}")).await.is(404);
    office.post(&format!("/v1/organisations/beta/status-queries/{id}/stop"), json!({})).await.is(404);
    office.get(&format!("{ACME}/status-queries/nonsense")).await.is(404);
}

#[tokio::test]
async fn whoever_takes_an_alert_first_has_it() {
    let office = Office::furnished().await;
    let anna = office.token("duty", Some("acme"), "Anna").await;
    let ben = office.token("duty", Some("acme"), "Ben").await;
    let read = office.token("read", Some("acme"), "Rita").await;
    let id = office.alert(AlertKind::Medical, Some("acme")).await;
    let path = format!("{ACME}/alerts/{id}");
    let seen = async |token: &str| office.ask(token, "GET", &path, None, &[]).await.is(200)["kind"].clone();
    assert_eq!((seen(&anna).await, seen(&read).await, seen(ADMIN).await), (json!("medical"), json!("help"), json!("help")));
    let take = async |token: &str, expect: u16| office.ask(token, "POST", &format!("{path}/take"), None, &[]).await.is(expect);
    take(&read, 403).await;
    let taken = take(&anna, 200).await;
    assert_eq!((&taken["state"], &taken["taken_by"]), (&json!("taken"), &json!("Anna")));
    assert_eq!(take(&anna, 200).await["taken_at"], taken["taken_at"]);
    assert_eq!(take(&ben, 409).await["taken_by"], "Anna");
    let settle =
        async |body: Value, expect: u16| office.ask(&ben, "POST", &format!("{path}/settle"), Some(&body), &[]).await.is(expect);
    assert_eq!(problems(&settle(json!({"how": "phone"}), 422).await), problem("outcome", "missing"));
    let settled = settle(json!({"outcome": "in hospital, well cared for", "how": "rang back"}), 200).await;
    assert_eq!(
        (&settled["state"], &settled["settled_by"], &settled["taken_by"]),
        (&json!("settled"), &json!("Ben"), &json!("Anna"))
    );
    let late = take(&anna, 409).await;
    assert_eq!(late["alert"], settled, "unchanged");
    settle(json!({"outcome": "other"}), 409).await;
    office.get(&format!("/v1/organisations/beta/alerts/{id}")).await.is(404);
}

#[tokio::test]
async fn the_installation_sees_all_alerts_and_an_organisation_its_own() {
    let office = Office::furnished().await;
    office.alert(AlertKind::Help, Some("acme")).await;
    office.alert(AlertKind::Medical, Some("beta")).await;
    let own = office.alert(AlertKind::WebhooksRefused, None).await;
    let kinds = |page: &Value| {
        page["alerts"].as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&office.get("/v1/alerts").await.is(200)), ["webhooks_refused", "help", "help"]);
    assert_eq!(kinds(&office.get(&format!("{ACME}/alerts?state=open")).await.is(200)), ["help"]);
    office.post(&format!("/v1/alerts/{own}/take"), json!({})).await.is(200);
    office.post(&format!("/v1/alerts/{own}/settle"), json!({"outcome": "rotated"})).await.is(200);
    assert_eq!(kinds(&office.get("/v1/alerts?state=settled").await.is(200)), ["webhooks_refused"]);
    assert_eq!(office.get(&format!("/v1/alerts/{own}")).await.is(200)["organisation"], Value::Null);
    office.get(&format!("{ACME}/alerts/{own}")).await.is(404);
    assert_eq!(problems(&office.get("/v1/alerts?state=closed").await.is(422)), problem("state", "unknown_value"));
}

/// Is the value what the schema says? Where not, and why.
fn differs(value: &Value, schema: &Value, schemas: &Value, at: &str) -> Option<String> {
    if let Some(name) = schema["$ref"].as_str() {
        return differs(value, &schemas[name.rsplit('/').next().unwrap_or_default()], schemas, at);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let found: Vec<String> = any.iter().filter_map(|schema| differs(value, schema, schemas, at)).collect();
        return (found.len() == any.len()).then(|| found.join(" / "));
    }
    if let Some(words) = schema["enum"].as_array() {
        return (!words.contains(value)).then(|| format!("{at}: {value} is none of {words:?}"));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => vec![kind],
    };
    let is_number = kind == "integer" && kinds.contains(&"number");
    if !is_number && !kinds.contains(&kind) {
        return Some(format!("{at}: {kind} instead of {kinds:?}"));
    }
    if let Some(items) = value.as_array() {
        return items
            .iter()
            .enumerate()
            .find_map(|(place, item)| differs(item, &schema["items"], schemas, &format!("{at}[{place}]")));
    }
    let none = Map::new();
    let fields = value.as_object()?;
    let known = schema["properties"].as_object().unwrap_or(&none);
    let missing =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).find(|name| !fields.contains_key(*name));
    if let Some(missing) = missing {
        return Some(format!("{at}.{missing} is missing"));
    }
    fields.iter().find_map(|(name, value)| match known.get(name) {
        Some(schema) => differs(value, schema, schemas, &format!("{at}.{name}")),
        None if schema["additionalProperties"] == false => Some(format!("{at}.{name} is not in the document")),
        None => None,
    })
}

/// What each route is asked, so that it succeeds, and which of its answers are expected. `{call}` and the like are filled in.
fn good_request(method: &str, path: &str) -> (&'static str, Option<Value>) {
    let traveller = json!({"name": "Anna", "phones": ["+491713920001"], "language": "de"});
    match (method, path.rsplit('/').next().unwrap_or_default()) {
        ("PUT", "operations-centre") => (
            "",
            Some(
                json!({"name": "Crisis24", "phone": "+493023125001", "recipients": [{"name": "Night", "email": "night@example.org"}]}),
            ),
        ),
        ("PUT", "{account}") => ("", Some(Office::account())),
        ("PUT", "{line}") => ("", Some(json!({"account": "main", "number": "+493023125099", "organisation": "acme"}))),
        ("PUT", "{org}") => ("", Some(Office::organisation())),
        ("PUT", "settings") => ("?confirm=emergency_number_changes", Some(own_contact())),
        ("PATCH", "settings") => ("", Some(json!({"spoken_name": "ACME"}))),
        ("PUT", "{traveller}") => ("", Some(traveller)),
        ("POST", "tokens") => ("", Some(json!({"role": "read", "name": "R"}))),
        ("POST", "locations") => ("", Some(json!({"traveller": "t-1", "place": "Lagos"}))),
        ("POST", "status-queries") => ("", Some(json!({"incident": "Flut", "travellers": "all"}))),
        ("POST", "settle") => ("", Some(json!({"outcome": "well"}))),
        ("POST", _) => ("", Some(json!({}))),
        ("GET", "diff") => ("?from=1&to=2", None),
        ("GET", "route") => ("?answer=help", None),
        _ => ("", None),
    }
}

#[tokio::test]
async fn every_route_answers_what_the_document_says() {
    let office = Office::furnished().await;
    // Calls are ordered at a port where nobody listens: they are claimed, and stay so.
    let mut account = Office::account();
    account["api_base_url"] = json!("http://127.0.0.1:1");
    office.put("/v1/accounts/main", account).await.is(200);
    office.traveller("t-1", "+491713920001", &[]).await;
    office.put(&format!("{SETTINGS}?confirm=emergency_number_changes"), own_contact()).await.is(200);
    let duty = office.token("duty", Some("acme"), "Dora").await;
    let token = office.post("/v1/tokens", json!({"role": "read"})).await.is(201)["id"].as_str().unwrap().to_owned();
    let query = office.post(&format!("{ACME}/status-queries"), json!({"travellers": "all"})).await.is(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    office.app.run_due_work().await.expect("an attempt is claimed");
    let calls = office.get(&format!("{ACME}/calls")).await.is(200);
    let call = calls["calls"][0]["id"].as_str().expect("a call").to_owned();
    assert_eq!(calls["calls"][0]["state"], "placing");
    let document = office.get("/openapi.json").await.is(200);
    let schemas = &document["components"]["schemas"];
    let mut asked = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        // Removal and stop come last of their resource.
        for (method, operation) in operations.as_object().unwrap() {
            let method = method.to_uppercase();
            let alert = office.alert(AlertKind::Help, Some("acme")).await;
            let fill = [
                ("{org}", "acme"),
                ("{account}", "main"),
                ("{line}", "berlin"),
                ("{traveller}", "t-1"),
                ("{version}", "2"),
                ("{token}", &token),
                ("{query}", &query),
                ("{call}", &call),
                ("{alert}", &alert),
            ];
            let filled = fill.iter().fold(path.clone(), |path, (name, value)| path.replace(name, value));
            let (parameters, body) = good_request(&method, path);
            let who = if method == "GET" && filled.ends_with("/locations") { &duty } else { ADMIN };
            let answer = office.ask(who, &method, &format!("{filled}{parameters}"), body.as_ref(), &[]).await;
            let status = answer.status;
            assert!(status.is_success(), "{method} {filled}: {status} {}", answer.text);
            let response = &operation["responses"][status.as_str()];
            assert!(response.is_object(), "{method} {path}: {status} is not in the document");
            let schema = &response["content"]["application/json"]["schema"];
            if schema.is_object() {
                let body = answer.is(status.as_u16());
                assert_eq!(differs(&body, schema, schemas, ""), None, "{method} {path}");
            }
            if let Some(body) = body.filter(|body| body.as_object().is_some_and(|fields| !fields.is_empty())) {
                let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
                if method != "PATCH" {
                    assert_eq!(differs(&body, schema, schemas, ""), None, "the body of {method} {path}");
                }
            }
            // Refusals are in the document as well.
            let refused = office.ask("nobody", &method, &filled, None, &[]).await;
            assert!(operation["responses"][refused.status.as_str()].is_object(), "{method} {path}: {}", refused.status);
            let foreign =
                office.ask(ADMIN, &method, &filled.replace("/acme", "/nobody"), Some(&json!({"nonsense": 1})), &[]).await;
            let known = operation["responses"][foreign.status.as_str()].is_object();
            assert!(known, "{method} {path}: {} {}", foreign.status, foreign.text);
            if !foreign.status.is_success() {
                let status = foreign.status.as_u16();
                let body = foreign.is(status);
                assert_eq!(differs(&body, &schemas["Problem"], schemas, ""), None);
                assert_eq!(body["status"], status);
            }
            asked += 1;
        }
    }
    assert!(asked > 40, "{asked}");
    let page = office.get("/docs").await;
    assert!(document["paths"].as_object().unwrap().keys().all(|path| page.text.contains(path.as_str())));
}

#[tokio::test]
async fn a_call_shows_its_steps() {
    let office = Office::furnished().await;
    let mut account = Office::account();
    account["api_base_url"] = json!("http://127.0.0.1:1");
    office.put("/v1/accounts/main", account).await.is(200);
    office.traveller("t-1", "+491713920001", &[]).await;
    let query = office.post(&format!("{ACME}/status-queries"), json!({"travellers": "all"})).await.is(201);
    office.app.run_due_work().await.expect("an attempt is claimed");
    let list = office.get(&format!("{ACME}/calls")).await.is(200);
    let id = list["calls"][0]["id"].as_str().unwrap();
    let call = office.get(&format!("{ACME}/calls/{id}")).await.is(200);
    assert_eq!((&call["traveller"], &call["query"], &call["attempt"]), (&json!("t-1"), &query["id"], &json!(1)));
    assert_eq!((&call["direction"], &call["line"], &call["settings_version"]), (&json!("outbound"), &json!("berlin"), &json!(1)));
    assert_eq!(call["steps"][0]["event"]["event"], "claimed");
    assert_eq!(call["legs"], json!([]));
    let whole = office.get(&format!("{ACME}/status-queries/{}", query["id"].as_str().unwrap())).await.is(200);
    assert_eq!(whole["people"][0]["attempts"][0]["call"], call["id"]);
    office.get(&format!("/v1/organisations/beta/calls/{id}")).await.is(404);
}
