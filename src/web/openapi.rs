//! The API's document (`/openapi.json`, OpenAPI 3.1), made from the table of routes, and a page that shows it (`/docs`).

use crate::web::routes::{ApiRoute, ROUTES};
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// The schemas of bodies and answers.
static SCHEMAS: &str = include_str!("schemas.json");

/// The document.
#[must_use]
pub fn document() -> Value {
    let mut paths = Map::new();
    for route in ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(route.method.to_ascii_lowercase(), operation(route));
        }
    }
    let schemas: Value = serde_json::from_str(SCHEMAS).unwrap_or_default();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "assistline",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The call router for travellers in trouble. Times are RFC 3339 in UTC, ids are 1 to 40 of a-z, 0-9 and -, errors are application/problem+json. A POST takes Idempotency-Key.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas,
        },
    })
}

fn operation(route: &ApiRoute) -> Value {
    let mut operation = json!({
        "summary": route.summary,
        "description": format!("Role: {}.", route.role),
        "parameters": parameters(route),
        "responses": responses(route),
    });
    if let Some(schema) = route.body {
        let content = json!({"application/json": {"schema": reference(schema)}});
        operation["requestBody"] = json!({"required": true, "content": content});
    }
    operation
}

fn reference(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

fn parameters(route: &ApiRoute) -> Vec<Value> {
    let in_path = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path.map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}));
    let numbers = ["limit", "version", "from", "to"];
    let in_query = route.query.iter().map(|name| {
        let kind = if numbers.contains(name) { "integer" } else { "string" };
        json!({"name": name, "in": "query", "schema": {"type": kind}})
    });
    let headers: &[&str] = match (route.method, route.also.contains(&412)) {
        ("POST", _) => &["Idempotency-Key"],
        (_, true) => &["If-Match"],
        _ => &[],
    };
    let in_header = headers.iter().map(|name| json!({"name": name, "in": "header", "schema": {"type": "string"}}));
    in_path.chain(in_query).chain(in_header).collect()
}

/// Statuses that a route can answer with, beside its own: refusals that all share.
fn shared(route: &ApiRoute) -> Vec<u16> {
    let mut statuses = vec![401, 403, 404];
    let has_input = route.body.is_some() || !route.query.is_empty() || matches!(route.method, "POST" | "PUT");
    if has_input {
        statuses.extend([400, 422]);
    }
    if route.body.is_some() || route.method == "POST" {
        statuses.extend([413, 415]);
    }
    statuses.push(503);
    statuses
}

fn responses(route: &ApiRoute) -> Value {
    let (success, schema) = route.success;
    let mut responses = Map::new();
    for status in success {
        let mut answer = json!({"description": if *status == 201 { "Made" } else { "Done" }});
        if let Some(schema) = schema {
            answer["content"] = json!({"application/json": {"schema": reference(schema)}});
        }
        responses.insert(status.to_string(), answer);
    }
    for status in shared(route).iter().chain(route.also) {
        let answer = if *status == 304 {
            json!({"description": "Not modified"})
        } else {
            json!({
                "description": description(*status),
                "content": {"application/problem+json": {"schema": reference("Problem")}},
            })
        };
        responses.insert(status.to_string(), answer);
    }
    Value::Object(responses)
}

const fn description(status: u16) -> &'static str {
    match status {
        400 => "Not JSON, or a field twice",
        401 => "No token",
        403 => "The role is too low",
        404 => "No such thing, or another organisation's",
        409 => "Something stands in the way; the fields say what",
        412 => "Another version is active",
        413 => "Larger than 1 MiB",
        415 => "Not JSON",
        422 => "Everything that is wrong, each with its path",
        503 => "The database cannot be used at the moment",
        _ => "See the title",
    }
}

/// The page.
#[must_use]
pub fn page() -> String {
    let mut rows = String::new();
    for route in ROUTES {
        let row = format!(
            "<tr><td><code>{}</code></td><td><code>{}</code></td><td>{}</td><td>{}</td></tr>\n",
            route.method,
            escaped(route.path),
            escaped(route.summary),
            escaped(route.role)
        );
        rows.push_str(&row);
    }
    let mut errors = String::new();
    for (status, code) in ERRORS {
        let told = writeln!(errors, "<dt id=\"{code}\"><code>{status} {code}</code></dt><dd>{}</dd>", description(*status));
        debug_assert!(told.is_ok());
    }
    PAGE.replace("{rows}", &rows).replace("{errors}", &errors)
}

/// Statuses and the words at the end of a problem's `type`.
const ERRORS: &[(u16, &str)] = &[
    (400, "unreadable"),
    (401, "no_token"),
    (403, "role_too_low"),
    (404, "not_found"),
    (409, "conflict"),
    (412, "version_moved"),
    (413, "too_large"),
    (415, "not_json"),
    (422, "invalid"),
    (503, "unavailable"),
];

const PAGE: &str = "<!doctype html>
<html lang=\"en\"><head><meta charset=\"utf-8\"><title>assistline: the API</title>
<meta name=\"viewport\" content=\"width=device-width\">
<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ccc;padding:.3rem .6rem;text-align:left;vertical-align:top}
code{font-size:.9em}</style></head><body>
<h1>assistline: the API</h1>
<p>Send <code>Authorization: Bearer TOKEN</code>; <code>assistline token create</code> makes one. The document for programs is
<a href=\"/openapi.json\">openapi.json</a>.</p>
<table><thead><tr><th>Method</th><th>Path</th><th>What it does</th><th>Role</th></tr></thead><tbody>
{rows}</tbody></table>
<h2>Errors</h2><p>Errors are <code>application/problem+json</code>; <code>type</code> ends in one of these words.</p>
<dl>{errors}</dl></body></html>
";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
