//! `ETag` and `If-Match` of settings: the tag is the version. Proxies weaken tags and hang suffixes on them (field case F33),
//! so `W/"14"` and `"14-gzip"` are version 14; anything else fits nothing.

use crate::app::save_settings::Expected;
use crate::model::ids::Version;
use axum::http::{HeaderMap, HeaderValue, header};
use serde_json::{Value, json};

/// The tag of a version.
#[must_use]
pub fn of_version(version: Version) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"0\""))
}

/// What `If-Match` expects, and how it is shown to whoever sent it.
#[must_use]
pub fn if_match(headers: &HeaderMap) -> (Expected, Value) {
    read(headers, header::IF_MATCH)
}

/// Has the reader this version already (`If-None-Match`)?
#[must_use]
pub fn is_known(headers: &HeaderMap, version: Version) -> bool {
    match read(headers, header::IF_NONE_MATCH).0 {
        Expected::Anything => false,
        expected => expected.allows(Some(version)),
    }
}

fn read(headers: &HeaderMap, name: header::HeaderName) -> (Expected, Value) {
    let lines: Vec<&str> = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default()).collect();
    if lines.is_empty() {
        return (Expected::Anything, Value::Null);
    }
    let text = lines.join(", ");
    if text.trim() == "*" {
        return (Expected::Exists, json!("*"));
    }
    let versions: Vec<Version> = text.split(',').filter_map(version_of).collect();
    let shown = match versions.as_slice() {
        [version] => json!(version),
        _ => json!(text),
    };
    (Expected::OneOf(versions), shown)
}

fn version_of(tag: &str) -> Option<Version> {
    let tag = tag.trim();
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    let inner = tag.strip_prefix('"')?.strip_suffix('"')?;
    let digits = inner.split('-').next().unwrap_or_default();
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header_lines: &[&str], active: Option<Version>, expect: bool) {
        let mut headers = HeaderMap::new();
        for line in header_lines {
            headers.append(header::IF_MATCH, HeaderValue::from_str(line).unwrap());
        }
        assert_eq!(if_match(&headers).0.allows(active), expect, "{header_lines:?} {active:?}");
    }

    #[test]
    fn a_weakened_tag_is_still_its_version() {
        check(&[], Some(14), true);
        check(&[], None, true);
        check(&["\"14\""], Some(14), true);
        check(&["W/\"14\""], Some(14), true);
        check(&["\"14-gzip\""], Some(14), true);
        check(&["W/\"14--gzip\""], Some(14), true);
        check(&["\"13\", \"14\""], Some(14), true);
        check(&["\"13\"", "\"14\""], Some(14), true);
        check(&["*"], Some(14), true);
        check(&["*"], None, false);
        for wrong in ["\"13\"", "14", "\"\"", "\"x14\"", "\"14x\"", "", "\"+14\"", "W/14", "\"99999999999\""] {
            check(&[wrong], Some(14), false);
        }
        check(&["\"14\""], None, false);
    }

    #[test]
    fn what_was_sent_is_shown() {
        let shown = |line: &str| {
            let mut headers = HeaderMap::new();
            headers.append(header::IF_MATCH, HeaderValue::from_str(line).unwrap());
            if_match(&headers).1
        };
        assert_eq!(shown("W/\"13\""), json!(13));
        assert_eq!(shown("\"12\", \"13\""), json!("\"12\", \"13\""));
        assert_eq!(shown("x"), json!("x"));
    }
}
