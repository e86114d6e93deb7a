//! The vectors that Twilio's SDKs signed, and the cases that they do not have.

use super::*;
use crate::dialect::vectors::{judge, read_vector};
use secrecy::SecretString;

const TOKEN: &str = "fake-twilio-auth-token-primary-0001";

fn secret(secret: &str) -> WebhookSecret {
    WebhookSecret { key: None, secret: SecretString::from(secret) }
}

fn named(key: &str, text: &str) -> WebhookSecret {
    WebhookSecret { key: Some(key.to_owned()), secret: SecretString::from(text) }
}

/// A form POST that is signed for `signed_url` and its own body.
fn signed(public_url: &str, target: &str, body: &[u8], signed_url: &str, token: &str) -> RawRequest {
    let signature = Algorithm::Sha1.sign(token, signed_url.as_bytes(), &concatenated(form::decode_bytes(body)));
    let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    RawRequest {
        method: "POST".to_owned(),
        public_url: public_url.to_owned(),
        target: target.to_owned(),
        headers: vec![header("content-type", "application/x-www-form-urlencoded"), header("x-twilio-signature", &signature)],
        body: body.to_vec(),
    }
}

#[test]
fn every_vector_comes_out_as_the_sdks_say() {
    let lines: Vec<&str> = include_str!("../../../../tests/data/twilio/webhooks.jsonl").lines().collect();
    assert_eq!(lines.len(), 80);
    for line in lines {
        let vector = read_vector(line).expect("a vector");
        let verdict = judge(&vector);
        if let Some(accept) = vector.accept {
            assert_eq!(verdict.accepted, accept, "{}: {}", vector.id, verdict.because);
        }
    }
}

#[test]
fn a_changed_byte_anywhere_is_refused() {
    for line in include_str!("../../../../tests/data/twilio/webhooks.jsonl").lines() {
        let vector = read_vector(line).expect("a vector");
        if vector.accept != Some(true) {
            continue;
        }
        let refused = |request: &RawRequest, what: &str| {
            assert!(verify(request, &vector.secrets).is_err(), "{}: {what}", vector.id);
        };
        let mut other = vector.request.clone();
        other.target.push('x');
        refused(&other, "target");
        let mut other = vector.request.clone();
        other.public_url = other.public_url.replace("router", "rooter");
        refused(&other, "host");
        let mut other = vector.request.clone();
        if let Some(last) = other.body.last_mut() {
            *last = if *last == b'7' { b'8' } else { b'7' };
            refused(&other, "body");
        }
        assert!(verify(&vector.request, &[secret("another")]).is_err(), "{}: secret", vector.id);
    }
}

#[test]
fn the_known_answer_of_the_documentation() {
    let body = "Digits=1234&To=%2B18005551212&From=%2B14158675310&Caller=%2B14158675310&CallSid=CA1234567890ABCDE";
    let request = signed(
        "https://example.com",
        "/myapp.php?foo=1&bar=2",
        body.as_bytes(),
        "https://example.com/myapp.php?foo=1&bar=2",
        "12345",
    );
    assert_eq!(request.header("x-twilio-signature"), Some("L/OH5YylLD5NRKLltdqwSvS0BnU="));
    assert_eq!(verify(&request, &[secret("12345")]), Ok(()));
}

#[test]
fn a_public_url_in_any_spelling() {
    let check = |public_url: &str, target: &str, signed_url: &str, fits: bool| {
        let request = signed(public_url, target, b"CallSid=CA1", signed_url, TOKEN);
        assert_eq!(verify(&request, &[secret(TOKEN)]).is_ok(), fits, "{public_url} {target} {signed_url}");
    };
    check("https://a.example/assist", "/webhooks/l/voice", "https://a.example/assist/webhooks/l/voice", true);
    check("https://a.example/assist", "/assist/webhooks/l/voice", "https://a.example/assist/webhooks/l/voice", true);
    check("https://a.example/assist", "/webhooks/l/voice", "https://a.example/webhooks/l/voice", false);
    check("https://a.example/assist", "/assistant/voice", "https://a.example/assistant/voice", false);
    check("https://user:p@ss@a.example:8443#rc=2", "/v", "https://a.example:8443/v", true);
    check("https://a.example:8443", "/v", "https://a.example/v", true);
    check("https://a.example", "/v", "https://a.example:443/v", true);
    check("https://a.example", "/v", "https://a.example:80/v", false);
    check("http://a.example", "/v", "http://a.example:80/v", true);
    check("http://[::1]:8080", "/v", "http://[::1]:8080/v", true);
    check("http://[::1]", "/v", "http://[::1]:80/v", true);
    check("https://a.example", "https://evil.example/v?x", "https://a.example/v?x", true);
    check("https://a.example", "https://evil.example/v?x", "https://evil.example/v?x", false);
    check("https://a.example", "/v?u=https://b.example/w", "https://a.example/v?u=https://b.example/w", true);
}

#[test]
fn the_query_counts_as_it_came_and_not_as_one_would_write_it() {
    // A framework that sorted and re-encoded the query refused every key press: bmlt-enabled/yap#1629.
    let url = "https://a.example/webhooks/l/step/t?Retry=1&AccountSid=AC1&Note=Couldn%27t+find";
    let check = |target: &str| verify(&signed("https://a.example", target, b"Digits=2", url, TOKEN), &[secret(TOKEN)]).is_ok();
    assert!(check("/webhooks/l/step/t?Retry=1&AccountSid=AC1&Note=Couldn%27t+find"));
    assert!(!check("/webhooks/l/step/t?AccountSid=AC1&Note=Couldn%27t+find&Retry=1"));
    assert!(!check("/webhooks/l/step/t?Retry=1&AccountSid=AC1&Note=Couldn%27t%20find"));
    assert!(!check("/webhooks/l/step/t?Retry=1&AccountSid=AC1&Note=Couldn't+find"));
}

#[test]
fn headers_that_a_client_sets_do_not_choose_the_url() {
    let mut request = signed("https://a.example", "/v", b"", "https://evil.example/v", TOKEN);
    for name in ["host", "x-forwarded-host", "x-original-host"] {
        request.headers.push((name.to_owned(), b"evil.example".to_vec()));
    }
    assert!(verify(&request, &[secret(TOKEN)]).is_err());
}

#[test]
fn without_a_secret_nothing_is_believed() {
    let request = signed("https://a.example", "/v", b"", "https://a.example/v", "");
    assert_eq!(verify(&request, &[]), Err(WebhookError::NoSecret));
    assert_eq!(verify(&request, &[secret("")]), Err(WebhookError::NoSecret), "anybody can sign with an empty secret");
}

#[test]
fn each_of_two_secrets_fits_and_a_foreign_one_does_not() {
    // Callbacks checked with the other account's secret: grafana-cold-storage/oncall#2083.
    let request =
        signed("https://a.example", "/webhooks/b/status/t", b"CallSid=CA1", "https://a.example/webhooks/b/status/t", "second");
    assert_eq!(verify(&request, &[secret("first"), secret("second")]), Ok(()));
    assert!(verify(&request, &[secret("first")]).is_err());
}

#[test]
fn a_shared_key_signs_only_under_its_name() {
    let sign = |settings: &str, algorithm: Algorithm, text: &str| {
        let mut request = signed("https://a.example", "/v", b"", "https://a.example/v", text);
        let signature = algorithm.sign(text, b"https://a.example/v", b"");
        request.headers = vec![("x-twilio-signature".to_owned(), signature.into_bytes())];
        if !settings.is_empty() {
            request.headers.push(("x-twilio-webhooks-signature-settings".to_owned(), settings.as_bytes().to_vec()));
        }
        request
    };
    let held = [secret(TOKEN), named("k1", "one"), named("k2", "two")];
    let check = |settings: &str, algorithm: Algorithm, text: &str, fits: bool| {
        assert_eq!(verify(&sign(settings, algorithm, text), &held).is_ok(), fits, "{settings} {text}");
    };
    check("key=k1,algorithm=HMAC_SHA256", Algorithm::Sha256, "one", true);
    check("key=k2, algorithm=HMAC_SHA256", Algorithm::Sha256, "two", true);
    check("key=k2,algorithm=HMAC_SHA256", Algorithm::Sha256, "one", false);
    check("key=k1", Algorithm::Sha1, "one", true);
    check("key=k1,algorithm=HMAC_SHA1", Algorithm::Sha256, "one", false);
    check("key=k1,algorithm=hmac_sha256", Algorithm::Sha256, "one", false);
    check("key=k1,algorithm=NONE", Algorithm::Sha1, "one", false);
    check("", Algorithm::Sha1, "one", false);
    check("", Algorithm::Sha1, TOKEN, true);
    check("", Algorithm::Sha256, TOKEN, false);
    let only_named = [named("k1", "one")];
    let unnamed = verify(&sign("", Algorithm::Sha1, "one"), &only_named);
    assert_eq!(unnamed, Err(WebhookError::BadSignature("it is made with a key that the account does not hold")));
}

#[test]
fn bytes_that_are_no_text_and_zero_bytes_are_signed_as_they_came_or_as_the_sdks_read_them() {
    let url = "https://a.example/v";
    for body in [&b"Body=%00Hilfe"[..], b"Body=%FF%E4", b"Body=\xE4"] {
        assert_eq!(verify(&signed("https://a.example", "/v", body, url, TOKEN), &[secret(TOKEN)]), Ok(()));
    }
    let mut read_first = signed("https://a.example", "/v", "Body=\u{FFFD}".as_bytes(), url, TOKEN);
    read_first.body = b"Body=%FF".to_vec();
    assert_eq!(verify(&read_first, &[secret(TOKEN)]), Ok(()));
}

#[test]
fn a_signature_of_any_bytes_is_only_wrong() {
    for value in [&b"\xFF\xFE"[..], b"=", b"L/OH5YylLD5NRKLltdqwSvS0BnU= ", "Ä".as_bytes()] {
        let mut request = signed("https://a.example", "/v", b"", "https://a.example/v", TOKEN);
        request.headers = vec![("x-twilio-signature".to_owned(), value.to_vec())];
        assert!(matches!(verify(&request, &[secret(TOKEN)]), Err(WebhookError::BadSignature(_))));
        request.headers = vec![("x-twilio-webhooks-signature-settings".to_owned(), value.to_vec())];
        assert_eq!(verify(&request, &[secret(TOKEN)]), Err(WebhookError::Unsigned));
    }
}

#[test]
fn a_form_that_calls_itself_json_is_refused() {
    let mut request = signed("https://a.example", "/v", b"Digits=1", "https://a.example/v", TOKEN);
    request.headers.retain(|(name, _)| name != "content-type");
    request.headers.push(("content-type".to_owned(), b"Application/JSON; charset=utf-8".to_vec()));
    assert!(verify(&request, &[secret(TOKEN)]).is_err());
}
