//! Bare HTTP over a socket: requests byte for byte as a test writes them.

use crate::support::test_app::{ACCOUNT_SID, LINE, TestApp};
use assistline::simulator::document::{Element, read};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: String,
}

/// A connection.
pub(crate) struct Wire(TcpStream);

impl Wire {
    /// Connects to the public listener.
    pub(crate) async fn to(app: &TestApp) -> Self {
        Self(TcpStream::connect(app.address).await.expect("a connection"))
    }

    /// Sends these bytes.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.expect("sent");
    }

    /// Reads one answer; the connection stays.
    pub(crate) async fn read(&mut self) -> Answer {
        tokio::time::timeout(Duration::from_secs(20), self.read_one()).await.expect("an answer in time")
    }

    async fn read_one(&mut self) -> Answer {
        let mut bytes = Vec::new();
        let head = loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            let byte = self.0.read_u8().await.expect("a head");
            bytes.push(byte);
        };
        let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.and_then(|length| length.trim().parse().ok()).unwrap_or(0)];
        self.0.read_exact(&mut body).await.expect("a body");
        Answer { status, body: String::from_utf8(body).expect("text") }
    }
}

/// A whole request.
pub(crate) fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: calls.example\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}

/// The form body of these parameters.
pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

impl TestApp {
    /// A form POST, signed by the first account.
    pub(crate) async fn post(&self, target: &str, pairs: &[(&str, &str)]) -> Answer {
        self.post_with(&self.sign(target, pairs), target, pairs).await
    }

    /// A form POST with this signature.
    pub(crate) async fn post_with(&self, signature: &str, target: &str, pairs: &[(&str, &str)]) -> Answer {
        let mut wire = Wire::to(self).await;
        wire.send(&self.form_request(signature, target, pairs)).await;
        wire.read().await
    }

    /// A form POST as bytes.
    pub(crate) fn form_request(&self, signature: &str, target: &str, pairs: &[(&str, &str)]) -> Vec<u8> {
        let headers = [("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"), ("X-Twilio-Signature", signature)];
        request("POST", target, &headers, form(pairs).as_bytes())
    }

    /// The target of a URL that a document named.
    pub(crate) fn target(&self, url: &str) -> String {
        url.strip_prefix(&self.app.public_url).expect("a URL of ours").to_owned()
    }
}

/// The attribute of the first element of that name in a document.
pub(crate) fn attribute(document: &str, element: &str, name: &str) -> Option<String> {
    fn find<'e>(elements: &'e [Element], name: &str) -> Option<&'e Element> {
        elements.iter().find_map(|element| if element.name == name { Some(element) } else { find(&element.children, name) })
    }
    find(&read(document).expect("a document that Twilio would take"), element)?.attribute(name).map(str::to_owned)
}

/// The number that a document dials.
pub(crate) fn dialled(document: &str) -> Option<String> {
    let verbs = read(document).expect("a document that Twilio would take");
    verbs.iter().find(|verb| verb.name == "Dial").map(|dial| dial.children[0].text.trim().to_owned())
}

/// A call that is played by hand, webhook by webhook.
pub(crate) struct Hand<'a> {
    app: &'a TestApp,
    line: &'a str,
    to: &'a str,
    from: &'a str,
    /// The provider's id.
    pub(crate) sid: String,
}

impl TestApp {
    /// A call that somebody makes to the line of `acme`.
    pub(crate) fn call_by_hand<'a>(&'a self, number: u32, from: &'a str) -> Hand<'a> {
        self.call_to_by_hand(number, from, "berlin", LINE)
    }

    /// A call that somebody makes.
    pub(crate) fn call_to_by_hand<'a>(&'a self, number: u32, from: &'a str, line: &'a str, to: &'a str) -> Hand<'a> {
        Hand { app: self, line, to, from, sid: format!("CA{number:032x}") }
    }
}

impl Hand<'_> {
    /// The parameters of every voice webhook, and these.
    pub(crate) fn pairs<'p>(&'p self, extra: &[(&'p str, &'p str)]) -> Vec<(&'p str, &'p str)> {
        let mut pairs = vec![
            ("AccountSid", ACCOUNT_SID),
            ("ApiVersion", "2010-04-01"),
            ("CallSid", self.sid.as_str()),
            ("CallStatus", "in-progress"),
            ("Direction", "inbound"),
            ("From", self.from),
            ("To", self.to),
        ];
        pairs.extend_from_slice(extra);
        pairs
    }

    /// The target of the arrival.
    pub(crate) fn voice(&self) -> String {
        format!("/webhooks/{}/voice", self.line)
    }

    /// The call comes in.
    pub(crate) async fn arrives(&self) -> Answer {
        self.app.post(&self.voice(), &self.pairs(&[])).await
    }

    /// A step at a URL that a document named.
    pub(crate) async fn step(&self, url: &str, extra: &[(&str, &str)]) -> Answer {
        self.app.post(&self.app.target(url), &self.pairs(extra)).await
    }

    /// A key at the gather of this document.
    pub(crate) async fn presses(&self, document: &Answer, key: &str) -> Answer {
        let url = attribute(&document.body, "Gather", "action").expect("a gather");
        self.step(&url, &[("Digits", key)]).await
    }

    /// Words at the gather of this document.
    pub(crate) async fn says(&self, document: &Answer, words: &str, confidence: Option<&str>) -> Answer {
        let url = attribute(&document.body, "Gather", "action").expect("a gather");
        let mut extra = vec![("SpeechResult", words)];
        extra.extend(confidence.map(|confidence| ("Confidence", confidence)));
        self.step(&url, &extra).await
    }

    /// The forward of this document has ended.
    pub(crate) async fn dial_ends(&self, document: &Answer, status: &str, seconds: &str) -> Answer {
        let url = attribute(&document.body, "Dial", "action").expect("a dial");
        let leg = self.leg_sid(document);
        let bridged = if seconds == "0" { "false" } else { "true" };
        let extra =
            [("DialCallSid", leg.as_str()), ("DialCallStatus", status), ("DialCallDuration", seconds), ("DialBridged", bridged)];
        self.step(&url, &extra).await
    }

    /// The desk of this document has picked up and asks for its document.
    pub(crate) async fn desk_answers(&self, document: &Answer) -> Answer {
        let url = attribute(&document.body, "Number", "url").expect("a whisper");
        self.leg_step(document, &url, &[]).await
    }

    /// The desk presses a key at its document.
    pub(crate) async fn desk_presses(&self, document: &Answer, whisper: &Answer, key: &str) -> Answer {
        let url = attribute(&whisper.body, "Gather", "action").expect("a gather");
        self.leg_step(document, &url, &[("Digits", key)]).await
    }

    async fn leg_step(&self, document: &Answer, url: &str, extra: &[(&str, &str)]) -> Answer {
        let desk = dialled(&document.body).expect("a dial");
        let leg = self.leg_sid(document);
        let mut pairs = vec![
            ("AccountSid", ACCOUNT_SID),
            ("CallSid", leg.as_str()),
            ("CallStatus", "in-progress"),
            ("Direction", "outbound-dial"),
            ("From", self.to),
            ("ParentCallSid", self.sid.as_str()),
            ("To", desk.as_str()),
        ];
        pairs.extend_from_slice(extra);
        self.app.post(&self.app.target(url), &pairs).await
    }

    /// A leg's id: made from the call's and the desk's.
    fn leg_sid(&self, document: &Answer) -> String {
        let desk = dialled(&document.body).expect("a dial");
        format!("CA{}{}", &self.sid[14..], &desk[desk.len() - 12..])
    }
}
