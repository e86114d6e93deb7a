//! Signs webhooks as Twilio does: HMAC-SHA1 over the URL and the sorted parameters, base64 (reference: Twilio, "Webhooks
//! security"). The simulator's own code; the dialect checks with other code.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use std::collections::BTreeMap;

/// The signature of a form POST to `url` with these parameters.
#[must_use]
pub fn sign(url: &str, parameters: &[(String, String)], auth_token: &str) -> String {
    // Sorted by name; of one name the values are sorted and equal ones are signed once, as the SDKs do.
    let mut sorted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in parameters {
        sorted.entry(name).or_default().push(value);
    }
    let mut text = url.to_owned();
    for (name, values) in &mut sorted {
        values.sort_unstable();
        values.dedup();
        for value in values {
            text.push_str(name);
            text.push_str(value);
        }
    }
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()) else { return String::new() };
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_answer_of_the_documentation() {
        let parameters = [
            ("Digits", "1234"),
            ("To", "+18005551212"),
            ("From", "+14158675310"),
            ("Caller", "+14158675310"),
            ("CallSid", "CA1234567890ABCDE"),
        ];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(sign("https://example.com/myapp.php?foo=1&bar=2", &parameters, "12345"), "L/OH5YylLD5NRKLltdqwSvS0BnU=");
    }
}
