//! The asymmetric decision, shared by all languages: from what was found to one meaning and its reasons.
//!
//! Invariant: a cry for help, a threat or a bodily cause that was found and not denied never becomes safe. Doubt is unclear.

use super::hits::{Found, Heard};
use super::lexicon::{Kind, LEXICON, role, wide};
use super::token::Stop;
use crate::model::answer::{Answer, Understood};

/// A negation reaches over at most this many words.
const NEGATION_REACH: usize = 8;

/// One piece of evidence after negation was applied.
#[derive(Debug, Clone, Copy)]
struct Evidence<'a> {
    found: &'a Found,
    kind: Kind,
    negated_at: Option<usize>,
}

/// Judges what was heard.
pub(super) fn judge(heard: &Heard<'_>) -> Understood {
    let kept: Vec<&Found> = heard.found.iter().filter(|one| !is_covered(heard, one)).collect();
    let evidence: Vec<Evidence<'_>> = kept.iter().filter_map(|found| weigh(heard, found, &kept)).collect();
    let has = |kind: Kind| evidence.iter().find(|one| one.kind == kind);
    let strong = |kind: Kind| evidence.iter().find(|one| one.kind == kind && !one.found.weak);
    let decide = |answer: Answer, first: &Evidence<'_>| understood(heard, &evidence, answer, first);

    if let Some(one) = has(Kind::Machine) {
        return decide(Answer::Unclear, one);
    }
    if let Some(one) = strong(Kind::Threat) {
        return decide(Answer::Help, one);
    }
    if let Some(one) = has(Kind::Medical).or(has(Kind::Care)) {
        return decide(Answer::Medical, one);
    }
    if let Some(one) = strong(Kind::Travel) {
        return decide(Answer::Travel, one);
    }
    for kind in [Kind::Threat, Kind::Cry, Kind::Help, Kind::Unwell] {
        // Fear is past where the danger is.
        let past_fear = |one: &Evidence<'_>| kind == Kind::Cry && one.found.weak && has(Kind::Over).is_some();
        if let Some(one) = evidence.iter().find(|one| one.kind == kind && !past_fear(one)) {
            return decide(Answer::Help, one);
        }
    }
    if let Some(one) = has(Kind::Travel) {
        return decide(Answer::Travel, one);
    }
    if let Some(doubt) = doubt(heard, &evidence) {
        return doubt;
    }
    for kind in [Kind::NoNeed, Kind::Over, Kind::Safe] {
        if let Some(one) = has(kind) {
            return decide(Answer::Safe, one);
        }
    }
    if let Some(one) = has(Kind::Chatter) {
        return decide(Answer::Unclear, one);
    }
    for kind in [Kind::Ok, Kind::Doing] {
        if let Some(one) = has(kind) {
            return decide(Answer::Safe, one);
        }
    }
    Understood { answer: Answer::Unclear, because: vec!["no word says what is meant".to_owned()] }
}

/// Is something said that wins over a spoken key: an emergency number, a threat, a machine, "just a second"?
pub(super) fn outweighs_keys(heard: &Heard<'_>) -> bool {
    heard.found.iter().any(|one| match one.kind {
        Kind::Threat | Kind::Medical | Kind::Care | Kind::Cry => heard.leads(one.language),
        Kind::Chatter | Kind::Idiom => one.end() - one.start() > 1,
        Kind::Machine
        | Kind::Story
        | Kind::Past
        | Kind::Travel
        | Kind::Help
        | Kind::Unwell
        | Kind::Needless
        | Kind::NoNeed
        | Kind::Over => false,
        Kind::Safe | Kind::Ok | Kind::Doing => false,
    })
}

/// "I'm fine, but ..." with an end that is not understood: unclear, because the end may be a cry for help.
fn doubt(heard: &Heard<'_>, evidence: &[Evidence<'_>]) -> Option<Understood> {
    let last =
        evidence.iter().rev().find(|one| matches!(one.kind, Kind::NoNeed | Kind::Over | Kind::Safe | Kind::Ok | Kind::Doing))?;
    let count = heard.tokens.list.len();
    let but = (last.found.end()..count).find(|at| heard.roles(last.found.language, *at) & role::CONTRAST != 0)?;
    (count - but > DOUBT_WORDS_MIN).then(|| Understood {
        answer: Answer::Unclear,
        because: vec![reason(heard, last), format!("what follows '{}' is not understood", heard.tokens.phrase(but, but + 1))],
    })
}

/// After "but" at least this many words must follow for a doubt.
const DOUBT_WORDS_MIN: usize = 2;

/// Is a finding part of a longer one that says something of its own? Fillers within the longer one need no word of it.
fn is_covered(heard: &Heard<'_>, one: &Found) -> bool {
    heard.found.iter().any(|other| {
        let more =
            other.letters > one.letters || (other.letters == one.letters && other.kind == Kind::Idiom && one.kind != Kind::Idiom);
        more && other.kind != one.kind && may_hide(other.kind, one) && covers(heard, other, one)
    })
}

/// A trip or an occupation hides no threat and no illness, however many words it has.
fn may_hide(kind: Kind, one: &Found) -> bool {
    let grave = matches!(one.kind, Kind::Medical | Kind::Care) || (one.kind == Kind::Threat && !one.weak);
    !(grave && matches!(kind, Kind::Travel | Kind::Doing | Kind::Ok))
}

/// Does each word of `inner` belong to a word of `outer`, or is a filler between its words?
fn covers(heard: &Heard<'_>, outer: &Found, inner: &Found) -> bool {
    let mut places = inner.spans().iter().flat_map(|span| wide(span.0)..wide(span.1));
    places.all(|at| {
        let within = outer.start() <= at && at < outer.end();
        within
            && (outer.spans().iter().any(|span| wide(span.0) <= at && at < wide(span.1))
                || heard.roles(inner.language, at) & role::FILLER != 0)
    })
}

/// What a finding says once the negations around it are counted; `None` if it says nothing.
fn weigh<'a>(heard: &Heard<'_>, found: &'a Found, kept: &[&Found]) -> Option<Evidence<'a>> {
    // A word for help that also cries alone can still be denied.
    let also_help =
        || kept.iter().any(|one| one.kind == Kind::Help && one.language == found.language && one.spans() == found.spans());
    let found_kind = if found.kind == Kind::Cry && also_help() { Kind::Help } else { found.kind };
    let plain = Evidence { found, kind: found_kind, negated_at: None };
    match found_kind {
        Kind::Idiom | Kind::Story | Kind::Past => return None,
        Kind::Cry | Kind::Help if is_needless(heard, found, kept) => return None,
        Kind::Help if is_asked_back(heard, found, kept) => return None,
        Kind::Threat | Kind::Medical | Kind::Care | Kind::Help if is_told(heard, found, kept) => return None,
        Kind::Safe | Kind::Ok if is_question(heard, found) => return None,
        Kind::Machine | Kind::Cry | Kind::Travel | Kind::Doing | Kind::Chatter => return Some(plain),
        Kind::Threat
        | Kind::Medical
        | Kind::Care
        | Kind::Help
        | Kind::Unwell
        | Kind::Needless
        | Kind::NoNeed
        | Kind::Over
        | Kind::Safe
        | Kind::Ok => {}
    }
    let Negations { count, place, through_need } = negations(heard, found);
    let concord = LEXICON.concord & (1 << found.language) != 0;
    let needs_need = matches!(found_kind, Kind::Help | Kind::Care);
    let negated = (if concord { count > 0 } else { count % 2 == 1 }) && (through_need || !needs_need);
    let kind = match (negated, found_kind) {
        (false, Kind::Needless) => Kind::NoNeed,
        (true, Kind::NoNeed | Kind::Needless) if concord => Kind::NoNeed,
        (false, kind) => kind,
        (true, Kind::Unwell) if holds_negation(heard, found) => Kind::Unwell,
        (true, Kind::Threat | Kind::Medical | Kind::Care | Kind::Help | Kind::Unwell) => Kind::NoNeed,
        (true, Kind::NoNeed | Kind::Needless) => Kind::Cry,
        (true, _) => Kind::Unwell,
    };
    Some(Evidence { found, kind, negated_at: if negated { place } else { None } })
}

/// Is one of the words of a finding a negation itself?
fn holds_negation(heard: &Heard<'_>, found: &Found) -> bool {
    let both = role::NEGATION | role::NEGATION_AFTER;
    let mut places = found.spans().iter().flat_map(|span| wide(span.0)..wide(span.1));
    places.any(|at| heard.roles(found.language, at) & both != 0)
}

/// Does a denied need stand right before it? "You don't have to | send anyone".
fn is_needless(heard: &Heard<'_>, found: &Found, kept: &[&Found]) -> bool {
    kept.iter().filter(|one| one.kind == Kind::Needless && one.end() <= found.start() + 1).any(|one| {
        let between = heard.tokens.list.get(one.end()..found.start() + 1).unwrap_or(&[]);
        between.len() <= NEEDLESS_REACH + 1 && between.iter().all(|token| token.stop == Stop::None)
    })
}

/// A denied need reaches over at most this many words to the cry that it denies.
const NEEDLESS_REACH: usize = 4;

/// "Help? No, I don't need any": a word for help that is only asked back and then denied.
fn is_asked_back(heard: &Heard<'_>, found: &Found, kept: &[&Found]) -> bool {
    let asked = heard.tokens.list.get(found.end()).is_some_and(|next| next.stop == Stop::Question);
    asked && kept.iter().any(|one| matches!(one.kind, Kind::NoNeed | Kind::Needless) && one.start() >= found.end())
}

/// Is it told of a film or of long ago, in the same sentence?
fn is_told(heard: &Heard<'_>, found: &Found, kept: &[&Found]) -> bool {
    let apart = |from: usize, to: usize| {
        let between = heard.tokens.list.get(from + 1..to + 1).unwrap_or(&[]);
        between.len() > 12 || between.iter().any(|token| token.stop >= Stop::Sentence)
    };
    kept.iter().filter(|one| matches!(one.kind, Kind::Story | Kind::Past)).any(|one| {
        let (from, to) = if one.start() < found.start() { (one.start(), found.start()) } else { (found.start(), one.start()) };
        !apart(from, to)
    })
}

/// "Am I safe?", "all good?": asked, not said.
fn is_question(heard: &Heard<'_>, found: &Found) -> bool {
    let next = heard.tokens.list.iter().skip(found.end()).map(|token| token.stop).find(|stop| *stop != Stop::None);
    match next {
        Some(stop) => stop == Stop::Question,
        None => heard.tokens.asks,
    }
}

/// The negations that govern a finding.
struct Negations {
    count: usize,
    /// Where the first of them stands.
    place: Option<usize>,
    /// Does a word of need stand between?
    through_need: bool,
}

/// Walks from a finding to both sides, through the words that a negation reaches through.
fn negations(heard: &Heard<'_>, found: &Found) -> Negations {
    let language = found.language;
    let mut all = Negations { count: 0, place: None, through_need: false };
    let mut at = found.start();
    let mut need = false;
    for _ in 0..NEGATION_REACH {
        let edge = heard.tokens.list.get(at).map_or(Stop::Sentence, |token| token.stop);
        let Some(before) = at.checked_sub(1).filter(|_| edge == Stop::None) else { break };
        let roles = heard.roles(language, before);
        need |= roles & role::NEED != 0;
        if roles & role::NEGATION != 0 {
            all.count += 1;
            all.place = all.place.or(Some(before));
            all.through_need |= need;
        } else if roles & (role::BRIDGE | role::FILLER) == 0 {
            break;
        }
        at = before;
    }
    need = false;
    for at in found.end()..found.end() + NEGATION_REACH {
        if heard.tokens.list.get(at).is_none_or(|token| token.stop != Stop::None) {
            break;
        }
        let roles = heard.roles(language, at);
        need |= roles & role::NEED != 0;
        if roles & role::NEGATION_AFTER != 0 {
            if matches!(found.kind, Kind::Needless | Kind::NoNeed) {
                break;
            }
            all.count += 1;
            all.place = all.place.or(Some(at));
            all.through_need |= need || following_need(heard, language, at);
        } else if roles & (role::BRIDGE | role::FILLER) == 0 {
            break;
        }
    }
    all
}

/// "Hilfe ist nicht nötig": the need stands right behind the negation.
fn following_need(heard: &Heard<'_>, language: u8, at: usize) -> bool {
    (at + 1..at + 3).any(|next| heard.roles(language, next) & role::NEED != 0)
}

/// The answer with its reasons: what decided, then what else was weighed.
fn understood(heard: &Heard<'_>, evidence: &[Evidence<'_>], answer: Answer, first: &Evidence<'_>) -> Understood {
    let mut because = vec![reason(heard, first)];
    for one in evidence {
        let next = reason(heard, one);
        if because.len() < REASONS_MAX && !because.contains(&next) {
            because.push(next);
        }
    }
    Understood { answer, because }
}

/// As many reasons as a duty officer reads at a glance.
const REASONS_MAX: usize = 5;

/// One clause: the words, and what they say.
fn reason(heard: &Heard<'_>, evidence: &Evidence<'_>) -> String {
    let mut words = String::new();
    let mut last = None;
    for (from, to) in evidence.found.spans() {
        let (from, to) = (wide(*from), wide(*to));
        match last {
            Some(end) if end < from => words.push_str(" … "),
            Some(_) => words.push(' '),
            None => {}
        }
        words.push_str(&heard.tokens.phrase(from, to));
        last = Some(to);
    }
    let says = match evidence.found.kind {
        Kind::Machine => "is said by a machine",
        Kind::Idiom => "is only a manner of speaking",
        Kind::Story | Kind::Past => "tells of something else",
        Kind::Threat => "reports a threat",
        Kind::Medical | Kind::Care => "names a bodily cause",
        Kind::Travel => "asks about a trip",
        Kind::Cry | Kind::Help => "asks for help",
        Kind::Unwell => "denies well-being",
        Kind::NoNeed | Kind::Needless => "denies help or harm",
        Kind::Over => "says that the danger is over or elsewhere",
        Kind::Safe | Kind::Ok => "says safe",
        Kind::Doing => "tells of a peaceful occupation",
        Kind::Chatter => "is not meant for us",
    };
    match evidence.negated_at {
        Some(at) => format!("'{}' negates '{words}'", heard.tokens.phrase(at, at + 1)),
        None => format!("'{words}' {says}"),
    }
}

/// Each pattern that was found, with its file and line: for those who mend a lexicon.
pub(super) fn patterns(heard: &Heard<'_>) -> Vec<String> {
    let name = |found: &Found| {
        let tag = LEXICON.languages.get(usize::from(found.language)).copied().unwrap_or("");
        let line = LEXICON.patterns.get(wide(found.pattern)).map_or(0, |pattern| pattern.line);
        format!("{:?} {tag}:{line} '{}'", found.kind, heard.tokens.phrase(found.start(), found.end()))
    };
    heard.found.iter().map(name).collect()
}
