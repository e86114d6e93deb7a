//! Documents for plans of every kind; `tests/it/dialect.rs` holds them against the table of what is legal.

use super::*;
use crate::model::ids::CallId;
use crate::model::language::LanguageTag;
use crate::model::token::StepToken;
use chrono::DateTime;
use uuid::Uuid;

fn token(kind: CallbackKind, direction: Direction) -> StepToken {
    StepToken {
        call: CallId(Uuid::from_u128(1)),
        step: 3,
        leg: 1,
        kind,
        direction,
        traveller: None,
        language: LanguageTag::english(),
        ask: 1,
        heard: false,
        keys: String::new(),
        answer: None,
        tried: 0,
        version: 1,
        issued_at: DateTime::UNIX_EPOCH,
    }
}

fn document(verbs: Vec<Verb>) -> String {
    let seal = |token: &StepToken| format!("{:?}", token.kind);
    let callbacks = Callbacks { public_url: "https://a.example/x?a=1&b", line: "l", seal: &seal };
    let reply = render(&Plan::new(verbs), &callbacks);
    assert_eq!((reply.status, reply.content_type), (200, "text/xml; charset=utf-8"));
    let body = reply.body.strip_prefix(START).and_then(|body| body.strip_suffix(END)).expect("whole");
    body.to_owned()
}

fn spoken(text: &str, language: &str) -> Spoken {
    Spoken { text: text.to_owned(), language: LanguageTag::new(language).expect("a tag") }
}

fn say_verb(text: &str) -> Verb {
    Verb::Say(spoken(text, "de"))
}

fn gather_verb(listen: Option<Listen>, report_silence: bool, kind: CallbackKind) -> Verb {
    let then = token(kind, Direction::Outbound);
    Verb::Gather { say: vec![spoken("Hallo", "de")], listen, wait_seconds: 6, report_silence, then }
}

fn dial_verb(direction: Direction, ring_seconds: u16, whisper: bool) -> Verb {
    Verb::Dial {
        phone: PhoneNumber::from_e164("+493023125010").expect("a number"),
        caller_id: PhoneNumber::from_e164("+12025550142").expect("a number"),
        ring_seconds,
        time_limit_seconds: 14_400,
        whisper: whisper.then(|| token(CallbackKind::Whisper, direction)),
        leg_status: token(CallbackKind::LegStatus, direction),
        then: token(CallbackKind::DialResult, direction),
    }
}

const HALLO: &str = r#"<Say language="de-DE" voice="Google.de-DE-Neural2-A">Hallo</Say>"#;

#[test]
fn a_question_by_key_and_word() {
    let hints = ["help", "", "a,b", "  I'm\nsafe ", "\u{7}"].map(str::to_owned).to_vec();
    let listen = Listen { language: LanguageTag::new("de-AT").expect("a tag"), hints };
    let expect = r#"<Gather input="dtmf speech" action="https://a.example/x?a=1&amp;b/webhooks/l/step/Question" method="POST" timeout="6" numDigits="1" finishOnKey="" actionOnEmptyResult="true" language="de-DE" speechTimeout="auto" profanityFilter="false" hints="help,a b,I&apos;m safe">"#;
    assert_eq!(document(vec![gather_verb(Some(listen), true, CallbackKind::Question)]), format!("{expect}{HALLO}</Gather>"));
}

#[test]
fn last_words_can_be_interrupted_and_then_the_line_ends() {
    let expect = r#"<Gather input="dtmf" action="https://a.example/x?a=1&amp;b/webhooks/l/step/LastWords" method="POST" timeout="6" numDigits="1" finishOnKey="">"#;
    let plan = vec![gather_verb(None, false, CallbackKind::LastWords), Verb::Hangup];
    assert_eq!(document(plan), format!("{expect}{HALLO}</Gather><Hangup/>"));
    let dead_end = vec![gather_verb(None, false, CallbackKind::LastWords)];
    assert_eq!(document(dead_end), format!("{expect}{HALLO}</Gather><Hangup/>"));
}

#[test]
fn a_language_that_is_not_heard_leaves_the_keys() {
    let listen = Listen { language: LanguageTag::new("xx").expect("a tag"), hints: vec!["help".to_owned()] };
    let question = document(vec![gather_verb(Some(listen), true, CallbackKind::Question)]);
    assert!(question.contains(r#"input="dtmf""#) && !question.contains("language=\"xx"), "{question}");
    assert_eq!(document(vec![Verb::Say(spoken("?", "xx"))]), "<Say>?</Say><Hangup/>");
}

#[test]
fn a_forward_is_the_last_verb_and_rings_within_bounds() {
    let start = r#"<Dial action="https://a.example/x?a=1&amp;b/webhooks/l/step/DialResult" method="POST" timeout="25" timeLimit="14400" callerId="+12025550142">"#;
    let number = r#"<Number url="https://a.example/x?a=1&amp;b/webhooks/l/step/Whisper" method="POST" statusCallback="https://a.example/x?a=1&amp;b/webhooks/l/status/LegStatus" statusCallbackMethod="POST" statusCallbackEvent="initiated ringing answered completed">+493023125010</Number></Dial>"#;
    let plan = vec![say_verb("Hallo"), dial_verb(Direction::Outbound, 25, true), Verb::Hangup];
    assert_eq!(document(plan), format!("{HALLO}{start}{number}"));
    assert!(document(vec![dial_verb(Direction::Outbound, 0, false)]).contains(r#"timeout="5""#));
    assert!(document(vec![dial_verb(Direction::Outbound, 9_999, false)]).contains(r#"timeout="600""#));
    assert!(!document(vec![dial_verb(Direction::Outbound, 25, false)]).contains("<Number url"));
}

#[test]
fn the_caller_hears_it_ring_only_where_the_call_is_not_answered_yet() {
    let bridged = |plan| document(plan).contains(r#"answerOnBridge="true""#);
    assert!(bridged(vec![dial_verb(Direction::Inbound, 25, true)]));
    assert!(bridged(vec![say_verb(" "), dial_verb(Direction::Inbound, 25, true)]), "an empty text is no verb");
    assert!(!bridged(vec![say_verb("Hallo"), dial_verb(Direction::Inbound, 25, true)]));
    assert!(!bridged(vec![dial_verb(Direction::Outbound, 25, true)]));
}

#[test]
fn a_desk_is_asked_and_then_the_lines_meet_or_its_leg_ends() {
    let asked = document(vec![Verb::Pause { seconds: 1 }, gather_verb(None, false, CallbackKind::WhisperKey), say_verb("Hallo")]);
    assert!(asked.ends_with(&format!("</Gather>{HALLO}<Hangup/>")), "{asked}");
    assert!(!asked.contains("Pause"), "not documented before the lines meet");
    assert_eq!(document(vec![say_verb("Hallo"), Verb::Connect, Verb::Hangup]), HALLO);
    assert_eq!(document(vec![Verb::Connect]), "");
}

#[test]
fn nobody_is_left_in_silence() {
    assert_eq!(document(Vec::new()), "<Hangup/>");
    assert_eq!(document(vec![say_verb("\u{0}")]), "<Hangup/>");
    assert_eq!(document(vec![Verb::Pause { seconds: 0 }]), "<Hangup/>");
    assert_eq!(document(vec![Verb::Pause { seconds: 3 }]), r#"<Pause length="3"/><Hangup/>"#);
    assert_eq!(document(vec![Verb::Play { url: "ftp://a.example".to_owned() }]), "<Hangup/>");
    let play = Verb::Play { url: "https://a.example/ä b?x=1&y=\"".to_owned() };
    assert_eq!(document(vec![play]), "<Play>https://a.example/%C3%A4%20b?x=1&amp;y=%22</Play><Hangup/>");
    let redirect = document(vec![Verb::Redirect { to: token(CallbackKind::Redirect, Direction::Outbound) }, Verb::Hangup]);
    assert_eq!(redirect, r#"<Redirect method="POST">https://a.example/x?a=1&amp;b/webhooks/l/step/Redirect</Redirect>"#);
}

#[test]
fn a_call_is_refused_as_busy_only_before_it_is_answered() {
    assert_eq!(document(vec![Verb::Reject, Verb::Hangup]), r#"<Reject reason="busy"/>"#);
    assert_eq!(document(vec![say_verb("Hallo"), Verb::Reject]), format!("{HALLO}<Hangup/>"));
}

#[test]
fn texts_keep_what_xml_can_carry() {
    // A typographic apostrophe killed a call, emoji made a builder fail: instedd/verboice#779, plivo/plivo-node#47.
    let said = document(vec![say_verb("L’Œil <Süd> & Söhne 🚑\u{8}\u{FFFF}:\tAnna\r\n  Meier\u{B}")]);
    assert!(said.contains(">L’Œil &lt;Süd&gt; &amp; Söhne 🚑: Anna Meier</Say>"), "{said}");
}

#[test]
fn a_reply_to_a_text_is_a_document_of_its_own() {
    let message = |text: &str| Verb::Message { text: text.to_owned() };
    assert_eq!(
        document(vec![message("ACME\r\n\u{200E}+49 30 & <1>\u{7}")]),
        "<Message>ACME\n\u{200E}+49 30 &amp; &lt;1&gt;</Message>"
    );
    assert_eq!(document(vec![message("a"), message(" "), message("b")]), "<Message>a</Message><Message>b</Message>");
    assert_eq!(document(vec![message(" ")]), "", "no reply");
    assert_eq!(document(vec![say_verb("Hallo"), message("a")]), format!("{HALLO}<Hangup/>"), "no texts on a voice line");
    assert_eq!(acknowledge().body, r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#);
}

#[test]
fn too_long_a_text_keeps_its_beginning_and_the_number_at_its_end() {
    let text = message_text(&format!("ACME: {}\n+49 30 23125010", "🆘".repeat(1_500)));
    assert_eq!(text.encode_utf16().count(), 1_599);
    assert!(text.starts_with("ACME: 🆘") && text.ends_with("🆘\n+49 30 23125010") && text.contains('…'));
    assert_eq!(message_text(&"x".repeat(1_600)).len(), 1_600);
}

#[test]
fn long_speech_is_said_in_pieces_and_loses_no_word() {
    for sentence in ["Bitte bleiben Sie ruhig. ", "请保持冷静。", "Пожалуйста сохраняйте спокойствие. ", "x"]
    {
        let text = sentence.repeat(10_000 / sentence.len());
        let pieces = pieces(text.trim());
        assert!(pieces.len() > 1, "{sentence}");
        assert_eq!(pieces.concat().replace(' ', ""), text.replace(' ', ""));
        for piece in pieces {
            let encoded: usize = form_urlencoded::byte_serialize(piece.as_bytes()).map(str::len).sum();
            assert!(piece.chars().count() <= SAY_CHARS_MAX && encoded <= SAY_ENCODED_MAX && !piece.is_empty(), "{encoded}");
            assert!(sentence == "x" || piece.ends_with(['.', '。']), "cut within a sentence");
        }
    }
}

#[test]
fn too_much_is_left_out_and_never_the_end() {
    let long = "Wir rufen Sie an. ".repeat(2_000);
    let listen = Listen { language: LanguageTag::english(), hints: vec!["&".repeat(200); 700] };
    let mut plan: Vec<Verb> = (0..5).map(|_| say_verb(&long)).collect();
    plan.push(gather_verb(Some(listen.clone()), false, CallbackKind::LastWords));
    plan.push(dial_verb(Direction::Outbound, 25, true));
    let body = document(plan);
    assert!(body.len() <= DOCUMENT_BYTES_MAX - START.len() - END.len() && body.len() > 40_000);
    assert!(body.contains(&format!("{HALLO}</Gather>")), "the question keeps its words");
    assert!(body.ends_with("</Number></Dial>"));
    let many: Vec<Verb> = (0..500).map(|_| gather_verb(Some(listen.clone()), true, CallbackKind::Question)).collect();
    assert!(document(many).ends_with("</Gather>"));
}
