//! Finds the known words and the patterns in a text, and tells in which languages it speaks.
//!
//! Invariant: the work is bounded by the length of the text: each word looks at a bounded number of others, each pattern is
//! tried a bounded number of times.

use super::lexicon::{
    ELEMENTS_MAX, Form, GAP_SHORT, HASH_START, Kind, LEXICON, Lexicon, Pattern, hash_on, role, shortened_at, small, wide,
    without_one_letter,
};
use super::token::{Shape, Stop, Tokens};

/// A known word at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    start: u32,
    end: u32,
    atom: u32,
}

/// A pattern that was found: the spans of its words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    /// Index of its pattern.
    pub(super) pattern: u32,
    /// What it says.
    pub(super) kind: Kind,
    /// Does it give way to travel?
    pub(super) weak: bool,
    /// Index of its language.
    pub(super) language: u8,
    /// Letters of the words that made it.
    pub(super) letters: u32,
    spans: [(u32, u32); ELEMENTS_MAX],
    count: usize,
}

impl Found {
    /// The spans of its words, in order.
    pub(super) fn spans(&self) -> &[(u32, u32)] {
        self.spans.get(..self.count).unwrap_or(&[])
    }

    /// First token.
    pub(super) fn start(&self) -> usize {
        wide(self.spans[0].0)
    }

    /// The token after the last one.
    pub(super) fn end(&self) -> usize {
        self.spans().last().map_or(0, |span| wide(span.1))
    }
}

/// Everything that was found in a text.
pub(super) struct Heard<'a> {
    /// The text.
    pub(super) tokens: &'a Tokens,
    /// The languages that it may be in: a bit mask.
    pub(super) languages: u64,
    /// How much of the text each language explains.
    scores: Vec<f32>,
    /// Roles of the words: one row a language of the lexicon that is heard.
    rows: Vec<(u8, Vec<u16>)>,
    hits: Vec<Hit>,
    starts: Vec<u32>,
    /// The patterns, by their start.
    pub(super) found: Vec<Found>,
}

/// The longest literal of a script without blanks, in signs; of others, in words.
const SIGNS_MAX: usize = 14;
const WORDS_MAX: usize = 5;

/// The longest head, tail or inside that is looked up, in letters.
const LETTERS_MAX: usize = 20;

/// How many steps the search for one pattern may take.
const STEPS_MAX: u32 = 200;

/// The most findings of one kind that are kept: more say nothing new.
const FOUND_MAX: usize = 64;

/// A language is heard if it explains at least this part of what the best one explains.
const SHARE_MIN: f32 = 0.55;
/// A language leads if it explains at least this part of what the best one explains.
const LEAD_SHARE: f32 = 0.9;
/// A word is read in another language, if that explains this many times as much of the text.
const FRIEND_SHARE: f32 = 1.3;
/// English words stand in every language.
const SHARE_ENGLISH: f32 = 0.25;

/// Listens to a text.
pub(super) fn listen(tokens: &Tokens) -> Heard<'_> {
    let lexicon = &*LEXICON;
    let mut hits = Vec::with_capacity(tokens.list.len() * 8);
    let bare = !tokens.has_marks;
    let mut unknown: Vec<usize> = Vec::new();
    for at in 0..tokens.list.len() {
        let before = hits.len();
        look_up(lexicon, tokens, at, bare, &mut hits);
        if hits.len() == before {
            unknown.push(at);
        }
    }
    let scores = scores(lexicon, tokens, &hits);
    let languages = heard_languages(lexicon, &scores);
    for at in unknown {
        repair(lexicon, tokens, at, languages, &mut hits);
    }
    hits.retain(|hit| lexicon.atom(hit.atom).is_some_and(|atom| atom.anywhere || languages & (1 << atom.language) != 0));
    hits.sort_unstable();
    hits.dedup();
    let mut heard = Heard { tokens, languages, scores, rows: Vec::new(), hits, starts: Vec::new(), found: Vec::new() };
    heard.index(lexicon);
    heard.find(lexicon);
    heard
}

/// All known words that begin at a token.
fn look_up(lexicon: &Lexicon, tokens: &Tokens, at: usize, bare: bool, hits: &mut Vec<Hit>) {
    let Some(token) = tokens.list.get(at).copied() else { return };
    let word = tokens.word(token);
    let mut add = |group: u32, end: usize| {
        hits.extend(lexicon.group(group).iter().map(|atom| Hit { start: small(at), end: small(end), atom: *atom }));
    };
    let whole = hash_on(HASH_START, word);
    if token.shape == Shape::Word {
        word_forms(lexicon, word, &mut |group| add(group, at + 1));
        if bare && let Some(group) = lexicon.table.get(whole, Form::Bare) {
            add(group, at + 1);
        }
        let marked = tokens.marked(token);
        if let Some(group) = lexicon.table.get(hash_on(HASH_START, marked), Form::Marked) {
            add(group, at + 1);
        }
    } else if let Some(group) = lexicon.table.get(whole, Form::Whole) {
        add(group, at + 1);
    }
    let Some(longest) = lexicon.table.get(whole, Form::First) else { return };
    let longest = wide(longest).min(if token.shape == Shape::Sign { SIGNS_MAX } else { WORDS_MAX });
    let (mut hash, mut marked) = (whole, hash_on(HASH_START, tokens.marked(token)));
    let mut before = token.shape;
    for next in at + 1..at + longest {
        let Some(token) = tokens.list.get(next).copied() else { break };
        if token.stop >= Stop::Sentence {
            break;
        }
        if before != Shape::Sign && token.shape != Shape::Sign {
            hash = hash_on(hash, " ");
            marked = hash_on(marked, " ");
        }
        hash = hash_on(hash, tokens.word(token));
        marked = hash_on(marked, tokens.marked(token));
        before = token.shape;
        for group in [lexicon.table.get(hash, Form::Whole), lexicon.table.get(marked, Form::Marked)].into_iter().flatten() {
            add(group, next + 1);
        }
        if bare && let Some(group) = lexicon.table.get(hash, Form::Bare) {
            add(group, next + 1);
        }
    }
}

/// The groups of one word: whole, by its beginning, its end, its inside, and behind prefixed words.
fn word_forms(lexicon: &Lexicon, word: &str, add: &mut impl FnMut(u32)) {
    let mut hash = HASH_START;
    let mut letters = [0; 4];
    let mut length = 0;
    for letter in word.chars() {
        hash = hash_on(hash, letter.encode_utf8(&mut letters));
        length += 1;
        if (2..=LETTERS_MAX).contains(&length)
            && let Some(group) = lexicon.table.get(hash, Form::Head)
        {
            add(group);
        }
    }
    if let Some(group) = lexicon.table.get(hash, Form::Whole) {
        add(group);
    }
    if length >= 4 {
        for (start, _) in word.char_indices() {
            inner_forms(lexicon, word.get(start..).unwrap_or(""), add);
        }
    }
    let first = word.chars().next().unwrap_or(' ');
    if matches!(first, '\u{0590}'..='\u{06FF}') {
        for (_, prefix) in &lexicon.proclitics {
            if let Some(rest) = word.strip_prefix(prefix.as_str())
                && rest.chars().nth(1).is_some()
                && let Some(group) = lexicon.table.get(hash_on(HASH_START, rest), Form::Whole)
            {
                add(group);
            }
        }
    }
}

/// Tails and insides that begin where `rest` begins.
fn inner_forms(lexicon: &Lexicon, rest: &str, add: &mut impl FnMut(u32)) {
    let mut hash = HASH_START;
    let mut letters = [0; 4];
    for (length, letter) in (1..=LETTERS_MAX).zip(rest.chars()) {
        hash = hash_on(hash, letter.encode_utf8(&mut letters));
        if length == 3 && lexicon.table.get(hash, Form::Inner).is_none() {
            return;
        }
        if length >= 3
            && let Some(group) = lexicon.table.get(hash, Form::Inside)
        {
            add(group);
        }
    }
    if rest.chars().count() <= LETTERS_MAX
        && let Some(group) = lexicon.table.get(hash_on(HASH_START, rest), Form::Tail)
    {
        add(group);
    }
}

/// How much of the text each language explains: a word counts the more, the fewer languages know it, and a part of a word less.
fn scores(lexicon: &Lexicon, tokens: &Tokens, hits: &[Hit]) -> Vec<f32> {
    let mut scores = vec![0.0_f32; lexicon.languages.len()];
    let mut at = 0;
    while let Some(first) = hits.get(at) {
        let (mut whole, mut part) = (0_u64, 0_u64);
        let mut count = 0;
        for hit in hits.iter().skip(at).take_while(|hit| hit.start == first.start) {
            count += 1;
            if let Some(atom) = lexicon.atom(hit.atom) {
                *(if atom.whole { &mut whole } else { &mut part }) |= 1 << atom.language;
            }
        }
        at += count;
        let known = f32::from(u8::try_from((whole | part).count_ones()).unwrap_or(1)).max(1.0);
        let short = tokens.at(wide(first.start)).chars().count() <= 2
            && tokens.list.get(wide(first.start)).is_some_and(|token| token.shape == Shape::Word);
        let share = (if short { 0.6 } else { 1.0 }) / known.powf(0.75);
        for (language, score) in scores.iter_mut().enumerate() {
            if whole & (1 << language) != 0 {
                *score += share;
            } else if part & (1 << language) != 0 {
                *score += share * PART_SHARE;
            }
        }
    }
    scores
}

/// What a part of a word counts beside a whole one.
const PART_SHARE: f32 = 0.5;

fn heard_languages(lexicon: &Lexicon, scores: &[f32]) -> u64 {
    let best = scores.iter().copied().fold(0.0_f32, f32::max);
    let mut languages = 0;
    for (language, score) in scores.iter().enumerate() {
        let tag = lexicon.languages.get(language).copied().unwrap_or("");
        let least = if tag == "en" { SHARE_ENGLISH } else { SHARE_MIN };
        if tag == "any" || (*score > 0.0 && *score >= best * least) {
            languages |= 1 << language;
        }
    }
    languages
}

/// A word that nothing knows: stretched, in leetspeak or misspelled words of cries and threats.
fn repair(lexicon: &Lexicon, tokens: &Tokens, at: usize, languages: u64, hits: &mut Vec<Hit>) {
    let Some(token) = tokens.list.get(at).copied() else { return };
    let word = tokens.word(token);
    if token.shape != Shape::Word || word.len() < 3 {
        return;
    }
    let before = hits.len();
    let mut add = |group: u32| {
        let atoms = lexicon.group(group).iter();
        let heard =
            atoms.filter(|atom| lexicon.atom(**atom).is_some_and(|atom| atom.anywhere || languages & (1 << atom.language) != 0));
        hits.extend(heard.map(|atom| Hit { start: small(at), end: small(at + 1), atom: *atom }));
    };
    for spelling in [squeezed(word, 1), squeezed(word, 2), plain_letters(word)] {
        if spelling != word {
            word_forms(lexicon, &spelling, &mut add);
        }
    }
    if hits.len() > before || word.chars().count() < 4 {
        return;
    }
    let mut add = |group: u32| {
        let atoms = lexicon.group(group).iter();
        let heard =
            atoms.filter(|atom| lexicon.atom(**atom).is_some_and(|atom| atom.anywhere || languages & (1 << atom.language) != 0));
        hits.extend(heard.map(|atom| Hit { start: small(at), end: small(at + 1), atom: *atom }));
    };
    let count = word.chars().count();
    let whole = hash_on(HASH_START, word);
    for place in 0..=count {
        if let Some(group) = lexicon.shortened.get(shortened_at(whole, place), Form::Whole) {
            add(group);
        }
    }
    if count >= SUBSTITUTE_LETTERS_MIN {
        for (place, shorter) in without_one_letter(word).enumerate() {
            if let Some(group) = lexicon.table.get(shorter, Form::Whole) {
                add(group);
            }
            // The same place: one wrong letter. The next one: two letters that changed places.
            for near in [place, place + 1] {
                if let Some(group) = lexicon.shortened.get(shortened_at(shorter, near), Form::Whole) {
                    add(group);
                }
            }
        }
    }
}

/// Shorter words are too easily another word with one letter changed.
const SUBSTITUTE_LETTERS_MIN: usize = 7;

/// Runs of three and more equal letters as `keep` letters: "heeeelp".
fn squeezed(word: &str, keep: usize) -> String {
    let mut out = String::new();
    let mut letters = word.chars().peekable();
    while let Some(letter) = letters.next() {
        let mut run = 1;
        while letters.next_if_eq(&letter).is_some() {
            run += 1;
        }
        let times = if run >= 3 { keep } else { run };
        out.extend(std::iter::repeat_n(letter, times));
    }
    out
}

/// Digits and signs that stand for letters: "h3lp".
fn plain_letters(word: &str) -> String {
    if !word.chars().any(char::is_alphabetic) {
        return word.to_owned();
    }
    word.chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | '!' => 'i',
            '3' | '€' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' => 't',
            _ => c,
        })
        .collect()
}

impl Heard<'_> {
    /// Where the hits of a token begin, and the roles of the words.
    fn index(&mut self, lexicon: &Lexicon) {
        let count = self.tokens.list.len();
        self.starts = vec![0; count + 2];
        for hit in &self.hits {
            if let Some(start) = self.starts.get_mut(wide(hit.start) + 1) {
                *start += 1;
            }
        }
        let mut sum = 0;
        for start in &mut self.starts {
            sum += *start;
            *start = sum;
        }
        let heard = (0_u8..64).filter(|language| self.languages & (1 << language) != 0);
        self.rows = heard.map(|language| (language, vec![0; count])).collect();
        for hit in &self.hits {
            let Some(atom) = lexicon.atom(hit.atom).filter(|atom| atom.roles != 0) else { continue };
            let Some(row) = self.rows.iter_mut().find(|row| row.0 == atom.language) else { continue };
            for roles in row.1.iter_mut().take(wide(hit.end)).skip(wide(hit.start)) {
                *roles |= atom.roles;
            }
        }
        self.join_negations(lexicon);
    }

    /// A negation of several words ("slet ikke") counts once: at its last word, the others are only passed through.
    fn join_negations(&mut self, lexicon: &Lexicon) {
        for hit in self.hits.iter().filter(|hit| hit.end > hit.start + 1) {
            for bit in [role::NEGATION, role::NEGATION_AFTER] {
                let Some(atom) = lexicon.atom(hit.atom).filter(|atom| atom.roles & bit != 0) else { continue };
                let Some(row) = self.rows.iter_mut().find(|row| row.0 == atom.language) else { continue };
                for (place, roles) in row.1.iter_mut().enumerate().take(wide(hit.end)).skip(wide(hit.start)) {
                    let last = place + 1 == wide(hit.end);
                    *roles = if last { *roles } else { *roles & !bit | role::BRIDGE };
                }
            }
        }
    }

    /// The hits that begin at a token.
    fn hits_at(&self, at: usize) -> &[Hit] {
        let (Some(from), Some(to)) = (self.starts.get(at), self.starts.get(at + 1)) else { return &[] };
        self.hits.get(wide(*from)..wide(*to)).unwrap_or(&[])
    }

    /// The roles of the word at a place in a language.
    pub(super) fn roles(&self, language: u8, at: usize) -> u16 {
        self.rows.iter().find(|row| row.0 == language).and_then(|row| row.1.get(at)).copied().unwrap_or(0)
    }

    /// Is the language among those that explain the most?
    pub(super) fn leads(&self, language: u8) -> bool {
        let best = self.scores.iter().copied().fold(0.0_f32, f32::max);
        self.scores.get(usize::from(language)).is_some_and(|score| *score >= best * LEAD_SHARE)
    }

    /// Is each word of a finding a word of a language that explains the text much better? Then it is a false friend.
    fn is_false_friend(&self, lexicon: &Lexicon, found: &Found) -> bool {
        let score = |language: u8| self.scores.get(usize::from(language)).copied().unwrap_or(0.0);
        let own = score(found.language);
        let mut places = found.spans().iter().flat_map(|span| wide(span.0)..wide(span.1));
        let is_any = lexicon.languages.get(usize::from(found.language)).is_some_and(|tag| *tag == "any");
        !is_any
            && places.all(|at| {
                self.hits_at(at)
                    .iter()
                    .filter_map(|hit| lexicon.atom(hit.atom))
                    .any(|atom| atom.whole && atom.language != found.language && score(atom.language) > own * FRIEND_SHARE)
            })
    }

    /// Tries each pattern where its rarest word stands.
    fn find(&mut self, lexicon: &Lexicon) {
        let mut found: Vec<Found> = Vec::new();
        let mut counts = [0_usize; 18];
        for hit in &self.hits {
            for set in lexicon.sets(hit.atom) {
                for (index, place) in lexicon.anchored(*set) {
                    let Some(pattern) = lexicon.patterns.get(wide(*index)) else { continue };
                    if !pattern.anywhere && self.languages & (1 << pattern.language) == 0 {
                        continue;
                    }
                    let kind = pattern.kind;
                    let Some(count) = counts.get_mut(order(kind)).filter(|count| **count < FOUND_MAX) else { continue };
                    let one = self.try_pattern(lexicon, *index, pattern, usize::from(*place), *hit);
                    if let Some(one) = one.filter(|one| !self.is_false_friend(lexicon, one)) {
                        *count += 1;
                        found.push(one);
                    }
                }
            }
        }
        found.sort_unstable_by_key(|one| (one.start(), one.end(), one.pattern));
        found.dedup_by(|a, b| a.pattern == b.pattern && a.spans() == b.spans());
        self.found = found;
    }

    fn try_pattern(&self, lexicon: &Lexicon, index: u32, pattern: &Pattern, place: usize, hit: Hit) -> Option<Found> {
        let elements = lexicon.elements(pattern);
        let mut spans = [(0, 0); ELEMENTS_MAX];
        *spans.get_mut(place)? = (hit.start, hit.end);
        let mut steps = STEPS_MAX;
        // Backwards: the word before must end where this one begins, so each candidate start is looked at.
        let mut search =
            Search { heard: self, lexicon, language: pattern.language, elements, spans: &mut spans, steps: &mut steps };
        if !search.backward(place) || !search.forward(place) {
            return None;
        }
        let mut found = Found {
            pattern: index,
            kind: pattern.kind,
            weak: pattern.weak,
            language: pattern.language,
            letters: 0,
            spans,
            count: elements.len(),
        };
        let letters: usize =
            found.spans().iter().flat_map(|span| wide(span.0)..wide(span.1)).map(|at| self.tokens.at(at).len()).sum();
        found.letters = small(letters);
        Some(found)
    }
}

/// Place of a kind in a table of counts.
fn order(kind: Kind) -> usize {
    match kind {
        Kind::Machine => 0,
        Kind::Idiom => 1,
        Kind::Story => 2,
        Kind::Past => 3,
        Kind::Threat => 4,
        Kind::Medical => 5,
        Kind::Travel => 6,
        Kind::Cry => 7,
        Kind::Help => 8,
        Kind::Unwell => 9,
        Kind::NoNeed => 10,
        Kind::Over => 11,
        Kind::Safe => 12,
        Kind::Ok => 13,
        Kind::Doing => 14,
        Kind::Chatter => 15,
        Kind::Needless => 16,
        Kind::Care => 17,
    }
}

/// The search for the other words of one pattern.
struct Search<'a> {
    heard: &'a Heard<'a>,
    lexicon: &'a Lexicon,
    language: u8,
    elements: &'a [super::lexicon::Element],
    spans: &'a mut [(u32, u32); ELEMENTS_MAX],
    steps: &'a mut u32,
}

impl Search<'_> {
    fn step(&mut self) -> bool {
        *self.steps = self.steps.saturating_sub(1);
        *self.steps > 0
    }

    /// May a pattern reach over the edge before this token? Not over the end of a sentence, with a short gap not over a
    /// comma, and with any gap not over a new thought.
    fn passes(&self, at: usize, gap: u8) -> bool {
        let stop = self.heard.tokens.list.get(at).map_or(Stop::Sentence, |token| token.stop);
        let last = if gap == GAP_SHORT { Stop::None } else { Stop::Comma };
        stop <= last && !(gap > 0 && self.heard.roles(self.language, at) & role::BUT != 0)
    }

    fn is_filler(&self, at: usize) -> bool {
        self.heard.roles(self.language, at) & role::FILLER != 0
    }

    /// Signs are shorter than words.
    fn reach(&self, at: usize, gap: u8) -> usize {
        let gap = usize::from(gap);
        let signs = self.heard.tokens.list.get(at).is_some_and(|token| token.shape == Shape::Sign);
        if signs { gap * 2 } else { gap }
    }

    fn fits(&self, hit: Hit, set: u32) -> bool {
        self.lexicon.sets(hit.atom).binary_search(&set).is_ok()
    }

    fn forward(&mut self, place: usize) -> bool {
        let Some(element) = self.elements.get(place + 1).copied() else { return true };
        let Some(from) = self.spans.get(place).map(|span| wide(span.1)) else { return false };
        let mut left = self.reach(from, element.gap);
        let mut at = from;
        let mut fillers = 0;
        while self.step() && at < self.heard.tokens.list.len() && self.passes(at, element.gap) {
            for index in 0..self.heard.hits_at(at).len() {
                let Some(hit) = self.heard.hits_at(at).get(index).copied() else { break };
                if self.fits(hit, element.set) {
                    if let Some(span) = self.spans.get_mut(place + 1) {
                        *span = (hit.start, hit.end);
                    }
                    if self.forward(place + 1) {
                        return true;
                    }
                }
            }
            if left > 0 {
                left -= 1;
            } else if self.is_filler(at) && fillers < 3 {
                fillers += 1;
            } else {
                return false;
            }
            at += 1;
        }
        false
    }

    fn backward(&mut self, place: usize) -> bool {
        let Some(previous) = place.checked_sub(1) else { return true };
        let (Some(element), Some(wanted)) = (self.elements.get(place).copied(), self.elements.get(previous).copied()) else {
            return false;
        };
        let Some(mut end) = self.spans.get(place).map(|span| wide(span.0)) else { return false };
        let mut left = self.reach(end, element.gap);
        let mut fillers = 0;
        while self.step() && end > 0 && self.passes(end, element.gap) {
            let longest = if self.heard.tokens.list.get(end - 1).is_some_and(|token| token.shape == Shape::Sign) {
                SIGNS_MAX
            } else {
                WORDS_MAX
            };
            for start in (end.saturating_sub(longest)..end).rev() {
                for index in 0..self.heard.hits_at(start).len() {
                    let Some(hit) = self.heard.hits_at(start).get(index).copied() else { break };
                    if wide(hit.end) == end && self.fits(hit, wanted.set) {
                        if let Some(span) = self.spans.get_mut(previous) {
                            *span = (hit.start, hit.end);
                        }
                        if self.backward(previous) {
                            return true;
                        }
                    }
                }
            }
            end -= 1;
            if left > 0 {
                left -= 1;
            } else if self.is_filler(end) && fillers < 3 {
                fillers += 1;
            } else {
                return false;
            }
        }
        false
    }
}
