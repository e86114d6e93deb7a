//! A plan as TwiML.
//!
//! Promises, whatever the texts hold: the document is well-formed and legal, at most 64,000 bytes (error 11750), ends in a
//! next step or a hang-up, records nothing, and holds no character that XML cannot carry. Source: Twilio docs "TwiML
//! Voice: <…>"; the table in `tests/data/twilio/twiml-table.json` says what is legal.

use crate::dialect::twilio::CAPABILITIES;
use crate::dialect::{Callbacks, Reply, xml};
use crate::model::event::Direction;
use crate::model::limits::DOCUMENT_BYTES_MAX;
use crate::model::phone::PhoneNumber;
use crate::model::plan::{Listen, Plan, Spoken, Verb};
use crate::model::token::CallbackKind;

/// One `Say`: 3,000 characters for Polly, 5,000 for Google (error 13521); a longer text becomes several.
const SAY_CHARS_MAX: usize = 3_000;
/// One `Say` as Twilio encodes it for its voices (error 13521).
const SAY_ENCODED_MAX: usize = 4_500;
/// One text (error 14103), in UTF-16 units, the stricter way to count.
const MESSAGE_UNITS_MAX: usize = 1_600;
/// The end of a text that is kept when it is too long: the number stands there.
const MESSAGE_END_UNITS: usize = 200;
/// Hints of one `Gather`, and the characters of one.
const HINTS_MAX: usize = 500;
const HINT_CHARS_MAX: usize = 100;
/// All hints of one `Gather`: an eighth of a document, so that they never push out what is said.
const HINTS_BYTES_MAX: usize = 8_000;
/// `Dial timeout`, in seconds.
const RING_SECONDS: std::ops::RangeInclusive<u16> = 5..=600;
/// `Dial timeLimit`, in seconds.
const TALK_SECONDS: std::ops::RangeInclusive<u32> = 1..=86_400;

const START: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Response>"#;
const END: &str = "</Response>";
const CONTENT_TYPE: &str = "text/xml; charset=utf-8";

/// The document for a plan.
pub(super) fn render(plan: &Plan, callbacks: &Callbacks<'_>) -> Reply {
    let for_text = !plan.verbs.is_empty() && plan.verbs.iter().all(|verb| matches!(verb, Verb::Message { .. }));
    let blocks = if for_text { plan.verbs.iter().filter_map(message).collect() } else { voice(plan, callbacks) };
    Reply { status: 200, content_type: CONTENT_TYPE, body: fit(blocks) }
}

/// The reply where nothing waits for a document, and the one to a text that gets no answer.
pub(super) fn acknowledge() -> Reply {
    Reply { status: 200, content_type: CONTENT_TYPE, body: r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#.to_owned() }
}

/// A top-level element: its start and end, and what is spoken within (or, without a start, in its place).
#[derive(Debug, Default)]
struct Block {
    open: String,
    spoken: Vec<String>,
    close: String,
}

impl Block {
    fn fixed(xml: String) -> Self {
        Self { open: xml, ..Self::default() }
    }

    fn fixed_len(&self) -> usize {
        self.open.len() + self.close.len()
    }

    const fn is_spoken_only(&self) -> bool {
        self.open.is_empty()
    }
}

/// The verbs up to the first after which nothing runs, with a hang-up where the caller would be left alone.
fn voice(plan: &Plan, callbacks: &Callbacks<'_>) -> Vec<Block> {
    let for_desk = plan.verbs.iter().any(is_for_desk);
    let mut blocks = Vec::new();
    let mut goes_on = false;
    for verb in &plan.verbs {
        if matches!(verb, Verb::Connect) {
            return blocks;
        }
        let Some(block) = block(verb, blocks.is_empty(), for_desk, callbacks) else {
            continue;
        };
        blocks.push(block);
        if matches!(verb, Verb::Dial { .. } | Verb::Redirect { .. } | Verb::Reject | Verb::Hangup) {
            return blocks;
        }
        goes_on = matches!(verb, Verb::Gather { report_silence: true, .. });
    }
    if !goes_on {
        blocks.push(hangup());
    }
    blocks
}

/// One verb; None: nothing that could be heard.
fn block(verb: &Verb, first: bool, for_desk: bool, callbacks: &Callbacks<'_>) -> Option<Block> {
    match verb {
        Verb::Say(spoken) => Some(Block { spoken: say(spoken), ..Block::default() }).filter(|block| !block.spoken.is_empty()),
        Verb::Play { url } => play(url),
        // In a desk's document only Say, Play, Gather and Hangup are documented.
        Verb::Pause { .. } if for_desk => None,
        Verb::Pause { seconds: 0 } | Verb::Connect | Verb::Message { .. } => None,
        Verb::Pause { seconds } => Some(Block::fixed(xml::empty("Pause", &[("length", &seconds.to_string())]))),
        Verb::Gather { say, listen, wait_seconds, report_silence, then } => {
            Some(gather(say, listen.as_ref(), (*wait_seconds, *report_silence), &callbacks.url(then)))
        }
        Verb::Dial { phone, caller_id, ring_seconds, time_limit_seconds, whisper, leg_status, then } => {
            let whisper = whisper.as_ref().map(|token| callbacks.url(token));
            let number = number(phone, whisper.as_deref(), &callbacks.url(leg_status));
            let unanswered = first && then.direction == Direction::Inbound;
            Some(dial(&number, caller_id, (*ring_seconds, *time_limit_seconds), unanswered, &callbacks.url(then)))
        }
        Verb::Redirect { to } => Some(Block::fixed(xml::element("Redirect", &[("method", "POST")], &callbacks.url(to)))),
        // Behind another verb the call is answered, and can only be ended.
        Verb::Reject if first => Some(Block::fixed(xml::empty("Reject", &[("reason", "busy")]))),
        Verb::Reject | Verb::Hangup => Some(hangup()),
    }
}

/// Does the verb belong to a document for a desk, which is run before the lines meet?
fn is_for_desk(verb: &Verb) -> bool {
    match verb {
        Verb::Gather { then, .. } => then.kind == CallbackKind::WhisperKey,
        Verb::Connect => true,
        Verb::Say(_)
        | Verb::Play { .. }
        | Verb::Pause { .. }
        | Verb::Dial { .. }
        | Verb::Redirect { .. }
        | Verb::Reject
        | Verb::Hangup
        | Verb::Message { .. } => false,
    }
}

fn hangup() -> Block {
    Block::fixed(xml::empty("Hangup", &[]))
}

/// A recorded file; None: no web address, which would end the call.
fn play(url: &str) -> Option<Block> {
    let web = url.starts_with("https://") || url.starts_with("http://");
    web.then(|| Block::fixed(xml::element("Play", &[], &url_text(url))))
}

/// A URL without the characters that cannot stand in one.
fn url_text(url: &str) -> String {
    let mut text = String::with_capacity(url.len());
    for byte in url.bytes() {
        if byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"') {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// The `Say` elements of a text, none for an empty one (error 13520).
fn say(spoken: &Spoken) -> Vec<String> {
    let text = one_line(&spoken.text);
    let attributes: Vec<(&str, &str)> = match CAPABILITIES.language(&spoken.language).and_then(|row| row.voice) {
        Some((language, voice)) => vec![("language", language), ("voice", voice)],
        None => Vec::new(),
    };
    pieces(&text).into_iter().map(|piece| xml::element("Say", &attributes, piece)).collect()
}

/// The text on one line with single blanks, without what cannot be spoken or carried.
fn one_line(text: &str) -> String {
    let printable: String = text.chars().filter(is_printable).collect();
    printable.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// White space, or a sign that XML can carry and people can read.
fn is_printable(c: &char) -> bool {
    c.is_whitespace() || (!c.is_control() && xml::is_xml_char(*c))
}

/// The text in pieces that one `Say` can hold, cut behind a sentence where there is one, else between words.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let held = held_by_one_say(rest);
        let fitting = rest.get(..held).unwrap_or(rest);
        let cut = if held == rest.len() { held } else { last_cut(fitting).unwrap_or(held) };
        let (piece, behind) = rest.split_at(cut);
        pieces.push(piece.trim());
        rest = behind.trim_start();
    }
    pieces
}

/// How many bytes from the start one `Say` can hold: at least one character.
fn held_by_one_say(text: &str) -> usize {
    let (mut encoded, mut end) = (0, 0);
    for (count, (at, c)) in text.char_indices().enumerate() {
        encoded += if c.is_ascii_alphanumeric() || c == ' ' { 1 } else { 3 * c.len_utf8() };
        if count > 0 && (count >= SAY_CHARS_MAX || encoded > SAY_ENCODED_MAX) {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

/// Behind the last sentence, else behind the last word.
fn last_cut(text: &str) -> Option<usize> {
    let sentence = text.rfind(". ").map(|at| at + 1);
    let other = text.rfind(['。', '．', '।', '؟']).and_then(|at| Some(at + text.get(at..)?.chars().next()?.len_utf8()));
    sentence.max(other).or_else(|| text.rfind(' ')).filter(|at| *at > 0)
}

/// A question: one key, or words. `finishOnKey=""`: `#` is a key as well. No `speechModel`: each knows other languages,
/// and a wrong one makes the whole gather fail. No profanity filter: what it masks may be the cry for help.
fn gather(spoken: &[Spoken], listen: Option<&Listen>, (wait_seconds, report_silence): (u8, bool), action: &str) -> Block {
    let timeout = wait_seconds.max(1).to_string();
    let heard = listen.and_then(|listen| Some((CAPABILITIES.language(&listen.language)?.recogniser?, hints(listen))));
    let input = if heard.is_some() { "dtmf speech" } else { "dtmf" };
    let mut attributes = vec![("input", input), ("action", action), ("method", "POST"), ("timeout", &timeout)];
    attributes.extend([("numDigits", "1"), ("finishOnKey", "")]);
    if report_silence {
        attributes.push(("actionOnEmptyResult", "true"));
    }
    if let Some((recogniser, hints)) = &heard {
        attributes.extend([("language", *recogniser), ("speechTimeout", "auto"), ("profanityFilter", "false")]);
        if !hints.is_empty() {
            attributes.push(("hints", hints));
        }
    }
    let (open, close) = xml::tags("Gather", &attributes);
    Block { open, spoken: spoken.iter().flat_map(say).collect(), close }
}

/// Likely words, separated by commas, so that none of them may hold one.
fn hints(listen: &Listen) -> String {
    let (mut hints, mut bytes) = (String::new(), 0);
    for hint in listen.hints.iter().take(HINTS_MAX) {
        let hint: String = one_line(&hint.replace(',', " ")).chars().take(HINT_CHARS_MAX).collect();
        let hint = hint.trim();
        if hint.is_empty() {
            continue;
        }
        // Signs of markup take up to six bytes.
        bytes += 1 + hint.len() + 5 * hint.matches(['<', '>', '&', '"', '\'']).count();
        if bytes > HINTS_BYTES_MAX {
            break;
        }
        if !hints.is_empty() {
            hints.push(',');
        }
        hints.push_str(hint);
    }
    hints
}

/// A forward. `answerOnBridge` lets the caller hear the desk ring, and works only where the call is not answered yet.
fn dial(number: &str, caller_id: &PhoneNumber, (ring, talk): (u16, u32), unanswered: bool, action: &str) -> Block {
    let timeout = ring.clamp(*RING_SECONDS.start(), *RING_SECONDS.end()).to_string();
    let time_limit = talk.clamp(*TALK_SECONDS.start(), *TALK_SECONDS.end()).to_string();
    let mut attributes = vec![("action", action), ("method", "POST"), ("timeout", &timeout), ("timeLimit", &time_limit)];
    attributes.push(("callerId", caller_id.e164()));
    if unanswered {
        attributes.push(("answerOnBridge", "true"));
    }
    let (open, close) = xml::tags("Dial", &attributes);
    Block::fixed(format!("{open}{number}{close}"))
}

/// The desk within a forward: its own document before the lines meet, and its progress.
fn number(phone: &PhoneNumber, whisper: Option<&str>, status: &str) -> String {
    let mut attributes = Vec::new();
    if let Some(whisper) = whisper {
        attributes.extend([("url", whisper), ("method", "POST")]);
    }
    attributes.extend([("statusCallback", status), ("statusCallbackMethod", "POST")]);
    attributes.push(("statusCallbackEvent", "initiated ringing answered completed"));
    xml::element("Number", &attributes, phone.e164())
}

/// A reply to a text; None for one without words, and for every other verb.
fn message(verb: &Verb) -> Option<Block> {
    let Verb::Message { text } = verb else {
        return None;
    };
    let text = message_text(text);
    (!text.is_empty()).then(|| Block::fixed(xml::element("Message", &[], &text)))
}

/// A text as Twilio takes it: line breaks kept, too long a one shortened in the middle, because its end is the number.
pub(super) fn message_text(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let blank = |c: char| if c.is_control() && c != '\n' { ' ' } else { c };
    let text: String = text.chars().filter(is_printable).map(blank).collect();
    let text = text.trim();
    if text.encode_utf16().count() <= MESSAGE_UNITS_MAX {
        return text.to_owned();
    }
    let start = taken(text.chars(), MESSAGE_UNITS_MAX - MESSAGE_END_UNITS - 1);
    let end: Vec<char> = taken(text.chars().rev(), MESSAGE_END_UNITS).chars().rev().collect();
    format!("{start}…{}", end.into_iter().collect::<String>())
}

/// As many characters as fit into so many UTF-16 units.
fn taken(chars: impl Iterator<Item = char>, units_max: usize) -> String {
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units <= units_max
    };
    chars.take_while(fits).collect()
}

/// The whole document. What does not fit is left out, never the end: of what is spoken the question keeps its words
/// longest; in plans that nobody writes, verbs before the last one go as well.
fn fit(blocks: Vec<Block>) -> String {
    let mut room = DOCUMENT_BYTES_MAX - START.len() - END.len();
    let last = blocks.len().saturating_sub(1);
    let end_len = blocks.last().map_or(0, Block::fixed_len);
    room = room.saturating_sub(end_len);
    let mut kept = Vec::new();
    for (place, block) in blocks.into_iter().enumerate() {
        if place == last {
            kept.push(block);
        } else if block.fixed_len() <= room {
            room -= block.fixed_len();
            kept.push(block);
        }
    }
    for spoken_only in [false, true] {
        for block in kept.iter_mut().filter(|block| block.is_spoken_only() == spoken_only) {
            block.spoken.retain(|piece| {
                let fits = piece.len() <= room;
                room -= if fits { piece.len() } else { 0 };
                fits
            });
        }
    }
    let parts =
        kept.iter().flat_map(|block| std::iter::once(&block.open).chain(&block.spoken).chain(std::iter::once(&block.close)));
    let mut document = String::from(START);
    parts.for_each(|part| document.push_str(part));
    document.push_str(END);
    document
}

#[cfg(test)]
mod tests;
