//! A strict judge of TwiML: is a document well-formed, and is every element, attribute, value and sequence in it legal?
//!
//! The table of what is legal is `tests/data/twilio/twiml-table.json`, derived from the types of Twilio's SDKs.

use assistline::dialect::xml::is_xml_char;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;
use std::sync::LazyLock;

static TABLE: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../data/twilio/twiml-table.json")).expect("the table is JSON"));

/// An element with everything in it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// Its name.
    pub(crate) name: String,
    /// Its attributes, in order.
    pub(crate) attributes: Vec<(String, String)>,
    /// Its elements.
    pub(crate) children: Vec<Node>,
    /// Its own text.
    pub(crate) text: String,
}

impl Node {
    /// An attribute's value.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(attribute, _)| attribute == name).map(|(_, value)| value.as_str())
    }

    fn walk<'a>(&'a self, found: &mut Vec<&'a Node>) {
        found.push(self);
        self.children.iter().for_each(|child| child.walk(found));
    }

    /// The element and all below it.
    pub(crate) fn all(&self) -> Vec<&Node> {
        let mut found = Vec::new();
        self.walk(&mut found);
        found
    }
}

/// What is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// `error` or `warning`.
    pub(crate) severity: String,
    /// The rule that it breaks.
    pub(crate) rule: String,
    /// What exactly.
    pub(crate) text: String,
}

/// The document's root, or why it is not well-formed.
pub(crate) fn read(document: &str) -> Result<Node, String> {
    if let Some(c) = document.chars().find(|c| !is_xml_char(*c)) {
        return Err(format!("XML cannot carry {c:?}"));
    }
    let mut reader = Reader::from_str(document);
    reader.config_mut().enable_all_checks(true);
    let mut open: Vec<Node> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => open.push(element(&start)?),
            Event::Empty(start) => close(element(&start)?, &mut open, &mut root)?,
            Event::End(_) => close(open.pop().ok_or("an end without a start")?, &mut open, &mut root)?,
            Event::Text(text) => characters(&text.xml10_content(), &mut open)?,
            Event::CData(text) => characters(&text.xml10_content(), &mut open)?,
            Event::GeneralRef(name) => {
                let entity = quick_xml::escape::resolve_predefined_entity(&name).map(str::to_owned);
                let character = name.resolve_char_ref().map_err(|error| error.to_string())?.filter(|c| is_xml_char(*c));
                let text = entity.or(character.map(String::from)).ok_or(format!("an unknown reference {}", &*name))?;
                characters(&text, &mut open)?;
            }
            Event::DocType(_) => return Err("a document type declaration has no place here".to_owned()),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => break,
        }
    }
    if open.is_empty() { root.ok_or("no element".to_owned()) } else { Err("an element is not closed".to_owned()) }
}

fn element(start: &BytesStart<'_>) -> Result<Node, String> {
    let name = name_of(start.name().0)?;
    let mut node = Node { name, ..Node::default() };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        if attribute.value.contains('<') {
            return Err("< within an attribute".to_owned());
        }
        let value = quick_xml::escape::unescape(&attribute.value).map_err(|error| error.to_string())?.into_owned();
        node.attributes.push((name_of(attribute.key.0)?, value));
    }
    Ok(node)
}

fn name_of(name: &str) -> Result<String, String> {
    let mut letters = name.chars();
    let first = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let fits = first && letters.all(|c| c.is_ascii_alphanumeric() || "-_.:".contains(c));
    if fits { Ok(name.to_owned()) } else { Err(format!("{name:?} is no name")) }
}

fn close(node: Node, open: &mut [Node], root: &mut Option<Node>) -> Result<(), String> {
    match (open.last_mut(), &root) {
        (Some(parent), _) => parent.children.push(node),
        (None, None) => *root = Some(node),
        (None, Some(_)) => return Err("a second root".to_owned()),
    }
    Ok(())
}

fn characters(text: &str, open: &mut [Node]) -> Result<(), String> {
    match open.last_mut() {
        Some(node) => node.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err("text outside the root".to_owned()),
    }
    Ok(())
}

/// Everything that is wrong with a document of a kind (`voice`, `messaging`) in a context (`document`, `whisper`, `inline`).
pub(crate) fn check(document: &str, kind: &str, context: &str) -> Vec<Problem> {
    let mut judge = Judge { voice: kind == "voice", problems: Vec::new() };
    judge.document(document, kind, context);
    judge.problems
}

/// Does a document hold anything that records?
pub(crate) fn records(document: &str) -> bool {
    let recording = |node: &&Node| {
        node.name == "Record"
            || node.attribute("record").is_some_and(|value| value != "do-not-record")
            || node.name == "Transcription"
    };
    read(document).is_ok_and(|root| root.all().iter().any(recording))
}

struct Judge {
    voice: bool,
    problems: Vec<Problem>,
}

impl Judge {
    fn report(&mut self, severity: &str, rule: &str, text: impl Into<String>) {
        self.problems.push(Problem { severity: severity.to_owned(), rule: rule.to_owned(), text: text.into() });
    }

    fn error(&mut self, rule: &str, text: impl Into<String>) {
        self.report("error", rule, text);
    }

    /// A rule of the table about whole documents, with the severity that it has there.
    fn broken(&mut self, rule: &str, text: impl Into<String>) {
        let severity = rule_of(rule).get("severity").and_then(Value::as_str).expect("a severity").to_owned();
        self.report(&severity, rule, text);
    }

    fn document(&mut self, document: &str, kind: &str, context: &str) {
        let limits = &TABLE["contexts"][context];
        let bytes_max = limits["maxBytes"].as_u64().or(TABLE["contexts"]["document"]["maxBytes"].as_u64()).expect("a limit");
        if document.len() as u64 > bytes_max {
            self.error("size", format!("{} bytes, at most {bytes_max}", document.len()));
        }
        if limits["maxCharacters"].as_u64().is_some_and(|max| document.chars().count() as u64 > max) {
            self.error("size", "too many characters");
        }
        let root = match read(document) {
            Ok(root) => root,
            Err(error) => return self.error("well-formed", error),
        };
        let spec = &TABLE["types"][TABLE["documents"][kind].as_str().expect("a kind")];
        if spec["element"] != root.name.as_str() {
            return self.error("root", root.name);
        }
        self.element(&root, spec, &root.name);
        if self.voice {
            self.flow(&root);
        }
        self.context(&root, limits, context);
    }

    fn context(&mut self, root: &Node, limits: &Value, context: &str) {
        for place in texts(&limits["absoluteUrls"]) {
            let (element, attribute) = place.split_once('/').expect("Element/attribute");
            for node in root.all().into_iter().filter(|node| node.name == element) {
                if node.attribute(attribute).is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
                    self.error("absolute-url", place);
                }
            }
        }
        for node in &root.children {
            if texts(&limits["forbidden"]).contains(&node.name.as_str()) {
                self.error("context", format!("{} in a {context} document", node.name));
            } else if limits["verbs"].is_array() && !texts(&limits["verbs"]).contains(&node.name.as_str()) {
                self.report("warning", "context", format!("{} in a {context} document", node.name));
            }
        }
    }

    fn element(&mut self, node: &Node, spec: &Value, path: &str) {
        for (name, value) in &node.attributes {
            match spec["attributes"].get(name) {
                Some(facts) => self.attribute(node, facts, name, value),
                None => self.error("attribute", format!("{path} has no attribute {name}")),
            }
        }
        self.text(node, spec, path);
        for child in &node.children {
            let Some(kind) = spec["children"].get(&child.name).and_then(Value::as_str) else {
                self.error("nesting", format!("{} in {path}", child.name));
                continue;
            };
            if texts(&spec["undocumentedChildren"]).contains(&child.name.as_str()) {
                self.report("warning", "nesting", format!("{} in {path} is not documented", child.name));
            }
            self.element(child, &TABLE["types"][kind], &format!("{path}/{}", child.name));
        }
        match node.name.as_str() {
            "Dial" => self.dial(node),
            "Number" if !node.text.trim().is_empty() => self.address(node.text.trim()),
            "Gather" => self.gather(node),
            "Sms" => self.broken("sms-in-voice", path),
            "Message" if self.voice => self.broken("sms-in-voice", path),
            _ => {}
        }
    }

    fn text(&mut self, node: &Node, spec: &Value, path: &str) {
        let text = node.text.trim();
        let kind = spec["text"].as_str().expect("a kind of text");
        let nothing = text.is_empty() && node.children.is_empty();
        if !text.is_empty() && kind == "none" {
            self.error("text", format!("{path} holds no text"));
        }
        if nothing && kind == "required" {
            self.error("text", format!("{path} needs text"));
        }
        if nothing && spec["needsContent"] == true {
            self.report("warning", "text", format!("{path} is empty"));
        }
        if !text.is_empty() && !node.children.is_empty() && !["mixed", "none"].contains(&kind) && node.name != "Dial" {
            self.error("text", format!("{path} holds either text or elements"));
        }
        if spec["maxText"].as_u64().is_some_and(|max| text.chars().count() as u64 > max) {
            self.error("text", format!("{path} holds too long a text"));
        }
    }

    fn attribute(&mut self, node: &Node, facts: &Value, name: &str, value: &str) {
        let place = format!("{}/@{name}={value:?}", node.name);
        let fits = match facts["type"].as_str().expect("a type") {
            "boolean" => value == "true" || value == "false",
            "number" => number_fits(facts, value),
            "tokens" => {
                let mut words = value.split_whitespace().peekable();
                words.peek().is_some() && words.all(|word| texts(&facts["values"]).contains(&word))
            }
            "url" => self.url(value),
            "enum" if !texts(&facts["values"]).contains(&value) => {
                if facts["open"] == true {
                    self.report("warning", "value", place.clone());
                    true
                } else {
                    false
                }
            }
            _ => true,
        };
        let pattern = facts["pattern"].as_str().is_none_or(|pattern| fits_pattern(pattern, value));
        let long = |max: &Value, text: &str| max.as_u64().is_some_and(|max| text.chars().count() as u64 > max);
        let items: Vec<&str> = value.split(',').map(str::trim).collect();
        let crowded = facts["maxItems"].as_u64().is_some_and(|max| items.len() as u64 > max);
        if !fits
            || !pattern
            || crowded
            || long(&facts["maxLength"], value)
            || items.iter().any(|item| long(&facts["itemMaxLength"], item))
        {
            self.error("value", place);
        }
        if facts["kind"] == "address" {
            self.address(value);
        }
    }

    fn url(&mut self, url: &str) -> bool {
        if url.is_empty() || url.contains(|c: char| c.is_whitespace() || "<>\"".contains(c)) {
            return false;
        }
        let Some((scheme, rest)) = url.split_once("://") else {
            return !url.split('/').next().unwrap_or_default().contains(':');
        };
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default().rsplit('@').next().unwrap_or_default();
        if host.contains('_') {
            self.broken("url-host-underscore", url);
        }
        ["http", "https", "ws", "wss"].contains(&scheme)
    }

    fn address(&mut self, text: &str) {
        let digits = text.strip_prefix('+').unwrap_or_default();
        let e164 = (2..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
        if !e164 && !["client:", "sip:", "sips:"].iter().any(|scheme| text.starts_with(scheme)) {
            self.broken("e164", text);
        }
    }

    fn dial(&mut self, node: &Node) {
        let text = node.text.trim();
        if node.children.is_empty() == text.is_empty() {
            self.broken("dial-text-or-nouns", "Dial");
        }
        if rule_of("dial-nouns-max")["max"].as_u64().is_some_and(|max| node.children.len() as u64 > max) {
            self.broken("dial-nouns-max", format!("{} nouns", node.children.len()));
        }
        let alone = texts(&rule_of("dial-single-noun")["nouns"]);
        if node.children.len() > 1 && node.children.iter().any(|noun| alone.contains(&noun.name.as_str())) {
            self.broken("dial-single-noun", "Dial");
        }
        if node.attribute("sequential") == Some("true") && node.children.len() < 2 {
            self.broken("sequential-needs-nouns", "Dial");
        }
        if !text.is_empty() {
            self.address(text);
        }
    }

    fn gather(&mut self, node: &Node) {
        if node.attribute("action").is_none() {
            self.broken("gather-action", "Gather");
        }
        if node.children.iter().any(|child| child.name == "Play" && child.attribute("digits").is_some()) {
            self.broken("gather-no-digits-play", "Gather");
        }
        if node.attribute("speechTimeout") == Some("auto") && node.attribute("speechModel").is_some() {
            self.broken("speech-timeout-model", "Gather");
        }
    }

    /// The sequence of verbs.
    fn flow(&mut self, root: &Node) {
        if root.children.is_empty() && root.text.trim().is_empty() {
            self.broken("empty-response", "Response");
        }
        let ends = |verb: &Node| match verb.name.as_str() {
            "Redirect" | "Hangup" | "Reject" | "Leave" | "Record" => true,
            "Dial" => verb.attribute("action").is_some(),
            _ => false,
        };
        for (place, verb) in root.children.iter().enumerate() {
            if verb.name == "Dial" && verb.attribute("answerOnBridge") == Some("true") && place > 0 {
                self.broken("answer-on-bridge-first", "Dial");
            }
            if verb.name == "Reject" && place > 0 {
                self.broken("reject-first", "Reject");
            }
        }
        let last = root.children.len().saturating_sub(1);
        if root.children.iter().position(ends).is_some_and(|place| place < last) {
            self.broken("unreachable", "Response");
        }
        let silent = |verb: &Node| verb.name == "Gather" && verb.attribute("actionOnEmptyResult") != Some("true");
        if root.children.last().is_some_and(silent) {
            self.broken("gather-fallthrough", "Gather");
        }
    }
}

fn rule_of(id: &str) -> &'static Value {
    let rules = TABLE["rules"].as_array().expect("rules");
    rules.iter().find(|rule| rule["id"] == id).unwrap_or_else(|| panic!("the table has no rule {id}"))
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn number_fits(facts: &Value, value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let whole = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let written = whole || (facts["integer"] != true && value.parse::<f64>().is_ok());
    let bound = |name: &str| facts[name].as_f64();
    let number = value.parse::<f64>().unwrap_or(f64::NAN);
    written && bound("min").is_none_or(|min| number >= min) && bound("max").is_none_or(|max| number <= max)
}

/// The few patterns that the table has.
fn fits_pattern(pattern: &str, value: &str) -> bool {
    let all = |allowed: &str| value.chars().all(|c| c.is_ascii_digit() || allowed.contains(c));
    match pattern {
        "[0-9#*]?" => value.len() <= 1 && all("#*"),
        "[0-9#*]*" => all("#*"),
        "[0-9A-DwW#*]+" => !value.is_empty() && all("ABCDwW#*"),
        "auto|[1-9][0-9]*" => value == "auto" || (!value.is_empty() && !value.starts_with('0') && all("")),
        "BY[0-9a-fA-F]{32}" => value.len() == 34 && value.starts_with("BY") && value[2..].bytes().all(|b| b.is_ascii_hexdigit()),
        _ => panic!("teach me the pattern {pattern}"),
    }
}
