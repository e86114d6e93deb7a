//! Forms on the wire: `application/x-www-form-urlencoded` bytes to names and values, and back.
//!
//! Invariant: reading never fails; what cannot be decoded stays as it stands.

/// Names and values as bytes, decoded, in order; empty segments are skipped, a name without `=` has an empty value.
#[must_use]
pub fn decode_bytes(form: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let segments = form.split(|byte| *byte == b'&').filter(|segment| !segment.is_empty());
    segments.map(decode_pair).collect()
}

fn decode_pair(segment: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let middle = segment.iter().position(|byte| *byte == b'=');
    let (name, value) = segment.split_at(middle.unwrap_or(segment.len()));
    (decode(name), decode(value.get(1..).unwrap_or_default()))
}

fn decode(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        match (first, hex_byte(behind)) {
            (b'+', _) => bytes.push(b' '),
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            _ => bytes.push(*first),
        }
    }
    bytes
}

fn hex_byte(text: &[u8]) -> Option<u8> {
    let digit = |at: usize| text.get(at).and_then(|digit| char::from(*digit).to_digit(16));
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

/// The form body of these pairs; a plus becomes `%2B`, so that numbers keep theirs.
#[must_use]
pub fn encode(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// What a form says: text that is no UTF-8 reads as U+FFFD, U+0000 is dropped (not every database can keep it).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a form body or a query.
    #[must_use]
    pub fn read(form: &[u8]) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).replace('\0', "");
        Self(decode_bytes(form).into_iter().map(|(name, value)| (text(name), text(value))).collect())
    }

    /// The first value of that name, untrimmed.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The first value of that name, unless it is empty.
    #[must_use]
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(form: &[u8], expect: &[(&str, &str)]) {
        let expect = expect.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(Fields::read(form), Fields(expect), "{}", String::from_utf8_lossy(form));
    }

    #[test]
    fn reads_what_frameworks_read() {
        check(b"a=1&b=2", &[("a", "1"), ("b", "2")]);
        check(b"", &[]);
        check(b"&&a=&b&=c", &[("a", ""), ("b", ""), ("", "c")]);
        check(b"a=b=c", &[("a", "b=c")]);
        check(b"a+b=%2B%c3%a4+x", &[("a b", "+ä x")]);
        check(b"a=%zz%4", &[("a", "%zz%4")]);
        check(b"a=%F0%9F%86%98", &[("a", "🆘")]);
    }

    #[test]
    fn bytes_that_are_no_text_become_signs_and_zero_is_dropped() {
        check(b"Body=Hilfe%00&x=%FF%FE", &[("Body", "Hilfe"), ("x", "\u{FFFD}\u{FFFD}")]);
        check(b"Body=\xC3(", &[("Body", "\u{FFFD}(")]);
    }

    #[test]
    fn reads_like_the_crate_that_browsers_follow() {
        for form in ["a=1&a=2", "x=%e4", "%41=%5", "a=%%41", "k=v+%2b&=&==", "ä=ö", "a;b=c;d"] {
            let theirs: Vec<_> = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
            assert_eq!(Fields::read(form.as_bytes()).0, theirs, "{form}");
        }
    }

    #[test]
    fn a_plus_survives_the_way_out_and_back() {
        let form = encode(&[("To", "+447700900123"), ("Body", "a & b=c")]);
        assert_eq!(form, "To=%2B447700900123&Body=a+%26+b%3Dc");
        check(form.as_bytes(), &[("To", "+447700900123"), ("Body", "a & b=c")]);
    }
}
