//! The private listener: every resource, with good and bad input, each role and each condition.

use crate::support::office::Office;
use serde_json::{Value, json};

fn paths(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let problems = answer["problems"].as_array().cloned().unwrap_or_default();
    problems.iter().map(|problem| (text(&problem["path"]), text(&problem["code"]))).collect()
}

fn path(path: &str, code: &str) -> (String, String) {
    (path.to_owned(), code.to_owned())
}

#[tokio::test]
async fn a_day_at_the_office() {
    let office = Office::open().await;
    office
        .put("/v1/operations-centre", json!({"name": "Crisis24", "former_names": ["EXOP"], "phone": "+493023125001"}))
        .await
        .is(201);
    office.put("/v1/accounts/main", Office::account()).await.is(201);
    let made = office.put("/v1/organisations/acme", Office::organisation()).await.is(201);
    assert_eq!((made["version"].as_u64(), made["state"].as_str()), (Some(1), Some("active")));
    let line = json!({"account": "main", "number": "+493023125099", "organisation": "acme"});
    office.put("/v1/lines/berlin", line).await.is(201);
    let settings = office.get("/v1/organisations/acme/settings").await.is(200);
    office.put("/v1/organisations/acme/settings", settings).await.is(200);
    let anna = json!({"name": "Anna Meier", "phones": ["0171 3920001"], "language": "de", "groups": ["lagos"]});
    let saved = office.put("/v1/organisations/acme/travellers/t-1", anna).await.is(201);
    assert_eq!(saved["phones"], json!(["+491713920001"]));
    let query =
        office.post("/v1/organisations/acme/status-queries", json!({"incident": "Flut", "travellers": "all"})).await.is(201);
    let id = query["id"].as_str().unwrap();
    let shown = office.get(&format!("/v1/organisations/acme/status-queries/{id}")).await.is(200);
    assert_eq!(shown["people"][0]["traveller"], "t-1");
    assert_eq!(shown["counts"]["waiting"], 1);
    office.get("/v1/organisations/acme/alerts").await.is(200);
    assert_eq!(
        paths(&office.put("/v1/organisations/acme/travellers/t-2", json!({"colour": 1})).await.is(422)),
        [path("colour", "unknown_field"), path("phones", "too_few")]
    );
}
