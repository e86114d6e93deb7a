//! One traveller's line as the provider sees it: the URLs that orders and documents have named, and the parameters of its
//! requests (reference: Twilio, "Request parameters"; fixtures of the SDKs in `tests/data/twilio/webhooks.jsonl`).

use crate::app::replay_scenario::REPLAY_ACCOUNT_SID;
use crate::model::event::{AnsweredBy, DialOutcome, LineStatus};
use crate::simulator::document::Element;
use crate::simulator::post::parameters;

/// Names and values of a form.
pub(super) type Parameters = Vec<(String, String)>;

/// One request to be made.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Request {
    pub(super) url: String,
    pub(super) parameters: Parameters,
}

/// A desk that a document has dialled.
#[derive(Debug, Clone)]
pub(super) struct Leg {
    pub(super) desk: String,
    pub(super) sid: String,
    /// The newest `Dial action` of this desk.
    pub(super) action: String,
    /// `Number url`.
    pub(super) whisper: Option<String>,
    pub(super) whisper_fetched: bool,
    /// Where the desk's key goes; learnt from the whisper document.
    pub(super) key_url: Option<String>,
}

/// A line.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) sid: String,
    pub(super) inbound: bool,
    /// `From` and `To` of its webhooks.
    pub(super) from: String,
    pub(super) to: String,
    /// The first document.
    pub(super) url: String,
    pub(super) status_callback: String,
    pub(super) machine_callback: String,
    /// Gather actions, the newest last.
    pub(super) gathers: Vec<String>,
    /// Desks dialled, the newest last.
    pub(super) legs: Vec<Leg>,
    /// The desk that the newest document with a `Dial` dials.
    pub(super) dialling: Option<String>,
    /// How it has ended, as far as earlier events say so.
    pub(super) ended: Option<&'static str>,
    sequence: u32,
}

impl Line {
    pub(super) const fn new(sid: String, inbound: bool, from: String, to: String) -> Self {
        Self {
            sid,
            inbound,
            from,
            to,
            url: String::new(),
            status_callback: String::new(),
            machine_callback: String::new(),
            gathers: Vec::new(),
            legs: Vec::new(),
            dialling: None,
            ended: None,
            sequence: 0,
        }
    }

    pub(super) fn leg(&self, desk: &str) -> Option<&Leg> {
        self.legs.iter().rev().find(|leg| leg.desk == desk)
    }

    pub(super) fn leg_mut(&mut self, desk: &str) -> Option<&mut Leg> {
        self.legs.iter_mut().rev().find(|leg| leg.desk == desk)
    }

    /// Takes note of the URLs of a document for this line. `fresh_sid`: the id of a new leg.
    pub(super) fn learn(&mut self, verbs: &[Element], fresh_sid: impl Fn() -> String) {
        for verb in verbs {
            let action = verb.attribute("action").unwrap_or_default().to_owned();
            match verb.name.as_str() {
                "Gather" => self.gathers.push(action),
                "Dial" => {
                    for number in verb.children.iter().filter(|child| child.name == "Number") {
                        let desk = number.text.trim().to_owned();
                        let whisper = number.attribute("url").map(str::to_owned);
                        self.dialling = Some(desk.clone());
                        match self.leg_mut(&desk) {
                            Some(leg) => (leg.action, leg.whisper) = (action.clone(), whisper),
                            None => self.legs.push(Leg {
                                desk,
                                sid: fresh_sid(),
                                action: action.clone(),
                                whisper,
                                whisper_fetched: false,
                                key_url: None,
                            }),
                        }
                    }
                }
                _ => {}
            }
        }
    }

    const fn direction(&self) -> &'static str {
        if self.inbound { "inbound" } else { "outbound-api" }
    }

    /// The parameters of every voice webhook of this line.
    pub(super) fn standard(&self, status: &str) -> Parameters {
        parameters(&[
            ("AccountSid", REPLAY_ACCOUNT_SID),
            ("ApiVersion", "2010-04-01"),
            ("CallSid", &self.sid),
            ("CallStatus", status),
            ("Called", &self.to),
            ("Caller", &self.from),
            ("Direction", self.direction()),
            ("From", &self.from),
            ("To", &self.to),
        ])
    }

    /// The parameters of a step in mid-call: in progress, unless the line is known to have ended.
    pub(super) fn step(&self, extra: &[(&str, &str)]) -> Parameters {
        let mut all = self.standard(self.ended.unwrap_or("in-progress"));
        all.extend(parameters(extra));
        all
    }

    /// The parameters of a desk's leg, before the lines meet. Its caller is our line.
    pub(super) fn of_leg(&self, leg: &Leg, extra: &[(&str, &str)]) -> Parameters {
        let ours = if self.inbound { &self.to } else { &self.from };
        let mut all = parameters(&[
            ("AccountSid", REPLAY_ACCOUNT_SID),
            ("ApiVersion", "2010-04-01"),
            ("CallSid", &leg.sid),
            ("CallStatus", "in-progress"),
            ("Called", &leg.desk),
            ("Caller", ours),
            ("Direction", "outbound-dial"),
            ("From", ours),
            ("ParentCallSid", &self.sid),
            ("To", &leg.desk),
        ]);
        all.extend(parameters(extra));
        all
    }

    /// Progress of the line.
    pub(super) fn progress(&mut self, status: &str, at: chrono::DateTime<chrono::Utc>) -> Parameters {
        let mut all = self.standard(status);
        let sequence = self.sequence.to_string();
        self.sequence += 1;
        all.push(("Timestamp".to_owned(), at.to_rfc2822()));
        all.extend(parameters(&[("CallbackSource", "call-progress-events"), ("SequenceNumber", &sequence)]));
        if status == "completed" {
            all.extend(parameters(&[("CallDuration", "42"), ("Duration", "1"), ("SipResponseCode", "200")]));
        }
        all
    }

    /// Machine detection has decided.
    pub(super) fn detection(&self, by: AnsweredBy) -> Parameters {
        parameters(&[
            ("CallSid", &self.sid),
            ("AccountSid", REPLAY_ACCOUNT_SID),
            ("AnsweredBy", answered_by(by)),
            ("MachineDetectionDuration", "1980"),
        ])
    }
}

/// The result of a `Gather`: keys, words, or empty `Digits`.
pub(super) fn gathered(digits: Option<&str>, speech: Option<&str>, confidence: Option<&serde_json::Value>) -> Parameters {
    let mut all = Vec::new();
    match (digits, speech) {
        (None, None) => all.push(("Digits".to_owned(), String::new())),
        (digits, speech) => {
            all.extend(digits.map(|keys| ("Digits".to_owned(), keys.to_owned())));
            all.extend(speech.map(|words| ("SpeechResult".to_owned(), words.to_owned())));
        }
    }
    let confidence = confidence.filter(|value| !value.is_null());
    let confidence = confidence.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    all.extend(confidence.map(|value| ("Confidence".to_owned(), value)));
    all
}

/// The end of a forward. A duration that is unknown leaves its fields out; of a forward that was never answered Twilio
/// knows that nobody talked.
pub(super) fn dial_ended(leg: &Leg, result: DialOutcome, duration_seconds: Option<u32>) -> Parameters {
    let status = match result {
        DialOutcome::Completed => "completed",
        DialOutcome::Busy => "busy",
        DialOutcome::NoAnswer => "no-answer",
        DialOutcome::Failed => "failed",
        DialOutcome::Canceled => "canceled",
    };
    let mut all = parameters(&[("DialCallStatus", status), ("DialCallSid", &leg.sid)]);
    if let Some(seconds) = duration_seconds {
        all.extend(parameters(&[("DialBridged", if seconds > 0 { "true" } else { "false" })]));
        if result == DialOutcome::Completed {
            all.extend(parameters(&[("DialCallDuration", &seconds.to_string())]));
        }
    }
    all
}

/// `CallStatus` of the traveller's line.
pub(super) const fn call_status(status: LineStatus) -> &'static str {
    match status {
        LineStatus::Initiated => "initiated",
        LineStatus::Ringing => "ringing",
        LineStatus::InProgress => "in-progress",
        LineStatus::Completed => "completed",
        LineStatus::Busy => "busy",
        LineStatus::NoAnswer => "no-answer",
        LineStatus::Failed => "failed",
    }
}

const fn answered_by(by: AnsweredBy) -> &'static str {
    match by {
        AnsweredBy::Human => "human",
        AnsweredBy::MachineStart => "machine_start",
        AnsweredBy::MachineEndBeep => "machine_end_beep",
        AnsweredBy::Fax => "fax",
        AnsweredBy::Unknown => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leg() -> Leg {
        Leg {
            desk: "+493023125010".to_owned(),
            sid: "CA2".to_owned(),
            action: String::new(),
            whisper: None,
            whisper_fetched: false,
            key_url: None,
        }
    }

    fn form(parameters: &Parameters) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
    }

    #[test]
    fn what_is_gathered_is_written_as_twilio_writes_it() {
        let number = serde_json::json!(0.84);
        for (digits, speech, confidence, expect) in [
            (None, None, None, "Digits="),
            (Some("2"), None, None, "Digits=2"),
            (Some("*0#"), None, None, "Digits=*0%23"),
            (None, Some("Hilfe"), Some(&number), "SpeechResult=Hilfe&Confidence=0.84"),
            (Some("1"), Some("ok"), Some(&serde_json::Value::Null), "Digits=1&SpeechResult=ok"),
        ] {
            assert_eq!(form(&gathered(digits, speech, confidence)), expect);
        }
    }

    #[test]
    fn the_end_of_a_forward_says_whether_the_two_talked() {
        for (result, seconds, expect) in [
            (DialOutcome::Completed, Some(7), "DialCallStatus=completed&DialCallSid=CA2&DialBridged=true&DialCallDuration=7"),
            (DialOutcome::Completed, Some(0), "DialCallStatus=completed&DialCallSid=CA2&DialBridged=false&DialCallDuration=0"),
            (DialOutcome::Completed, None, "DialCallStatus=completed&DialCallSid=CA2"),
            (DialOutcome::NoAnswer, Some(0), "DialCallStatus=no-answer&DialCallSid=CA2&DialBridged=false"),
        ] {
            assert_eq!(form(&dial_ended(&leg(), result, seconds)), expect);
        }
    }
}
