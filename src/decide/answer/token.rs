//! Cuts a text into tokens that can be compared: folded case, width and marks, no invisible signs. Never fails.
//!
//! A token is a word of a script that writes blanks, or one single sign of a script that is written without them (Han, kana,
//! Thai) or whose blanks are unreliable in transcripts (Hangul). Texts and lexicons pass through the same door, so both sides always agree.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The longest word in bytes; anything longer is noise and is cut into pieces of this length.
const WORD_BYTES_MAX: usize = 64;

/// Elided words of French, Catalan and Italian that end in an apostrophe, beside those of one letter.
const ELIDED: [&str; 24] = [
    "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "presqu", "quelqu", "all", "dall", "dell", "nell", "sull", "coll", "un", "gli",
    "com", "dov", "cos", "quest", "quell", "nessun", "anch", "senz", "tutt",
];

/// What stands between a token and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stop {
    /// A blank or nothing.
    None,
    /// A comma or a dash.
    Comma,
    /// The end of a sentence.
    Sentence,
    /// The end of a question.
    Question,
}

/// How a token is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A word between blanks.
    Word,
    /// Digits only.
    Number,
    /// One sign of a script without reliable blanks.
    Sign,
    /// An emoji.
    Emoji,
}

/// One token: where it stands in the folded text and in the marked one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    folded: (usize, usize),
    marked: (usize, usize),
    /// What stands before it.
    pub(super) stop: Stop,
    /// How it is written.
    pub(super) shape: Shape,
}

/// A text as tokens.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    folded: String,
    marked: String,
    /// The tokens in order.
    pub(super) list: Vec<Token>,
    /// Does any Latin word carry a mark (an accent, a tone)?
    pub(super) has_marks: bool,
    /// Is the last sentence a question by its sign?
    pub(super) asks: bool,
}

impl Tokens {
    /// The folded form of a token.
    pub(super) fn word(&self, token: Token) -> &str {
        self.folded.get(token.folded.0..token.folded.1).unwrap_or("")
    }

    /// The form that keeps its marks.
    pub(super) fn marked(&self, token: Token) -> &str {
        self.marked.get(token.marked.0..token.marked.1).unwrap_or("")
    }

    /// The folded form at a place; empty beyond the end.
    pub(super) fn at(&self, index: usize) -> &str {
        self.list.get(index).map_or("", |token| self.word(*token))
    }

    /// About how many tokens make a word of the script that is written at a place: reaches are counted in words.
    pub(super) fn signs_a_word(&self, index: usize) -> usize {
        let sign = self.list.get(index).filter(|token| token.shape == Shape::Sign);
        match sign.and_then(|token| self.word(*token).chars().next()) {
            Some('\u{0E00}'..='\u{0EFF}') => 5,
            Some(_) => 2,
            None => 1,
        }
    }

    /// Adds a word that was made out of others (a repaired spelling).
    fn push(&mut self, folded: &str, marked: &str, stop: Stop, shape: Shape) {
        let start = (self.folded.len(), self.marked.len());
        self.folded.push_str(folded);
        self.marked.push_str(marked);
        self.list.push(Token { folded: (start.0, self.folded.len()), marked: (start.1, self.marked.len()), stop, shape });
    }

    /// The words `from..to` for a reason, joined as they were written.
    pub(super) fn phrase(&self, from: usize, to: usize) -> String {
        let mut phrase = String::new();
        let mut before = Shape::Sign;
        for token in self.list.iter().take(to).skip(from) {
            if !phrase.is_empty() && (token.shape != Shape::Sign || before != Shape::Sign) {
                phrase.push(' ');
            }
            phrase.push_str(self.marked(*token));
            before = token.shape;
        }
        phrase
    }
}

/// What a sign is, for cutting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Letter,
    Digit,
    Sign,
    Emoji,
    Apostrophe,
    Blank,
    Comma,
    Sentence,
    Question,
    Nothing,
}

/// Scripts that are compared sign by sign.
fn is_sign(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1100}'..='\u{11FF}' | '\u{1780}'..='\u{17FF}'
        | '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30FF}' | '\u{3130}'..='\u{318F}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}')
        && c != '・'
}

/// Pictures; joined ones are read one by one.
fn is_emoji(c: char) -> bool {
    matches!(c, '\u{203C}' | '\u{2049}' | '\u{2190}'..='\u{21FF}' | '\u{231A}'..='\u{23FF}' | '\u{25A0}'..='\u{27BF}' | '\u{2900}'..='\u{297F}'
        | '\u{2B00}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}')
}

fn sort_of(c: char) -> Sort {
    match c {
        'a'..='z' => Sort::Letter,
        '0'..='9' => Sort::Digit,
        ' ' | '\t' | '-' | '_' | '/' | '\\' | '+' | '‐' | '‑' | '&' | '~' | '・' | '=' => Sort::Blank,
        '\'' | '’' | 'ʼ' | '‘' | '`' | '´' | '′' | '׳' | 'ʻ' => Sort::Apostrophe,
        ',' | '،' | '、' | '–' | '—' | '(' | ')' | '[' | ']' | '"' | '«' | '»' | '„' | '“' | '”' | '|' | '*' => {
            Sort::Comma
        }
        '.' | '!' | ';' | ':' | '\n' | '\r' | '…' | '。' | '！' | '¡' | '؛' | '।' => Sort::Sentence,
        '?' | '？' | '؟' | '¿' => Sort::Question,
        '@' | '€' | '$' => Sort::Letter,
        c if is_emoji(c) => Sort::Emoji,
        c if is_sign(c) => Sort::Sign,
        c if is_combining_mark(c) => Sort::Letter,
        c if c.is_alphabetic() => Sort::Letter,
        c if c.is_numeric() => Sort::Digit,
        c if c.is_whitespace() => Sort::Blank,
        '·' => Sort::Nothing,
        c if c.is_control() || is_invisible(c) => Sort::Nothing,
        _ => Sort::Comma,
    }
}

/// Direction marks, joiners, variation selectors: they may stand within a word and mean nothing.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFC}' | '\u{E0000}'..='\u{E01EF}')
}

/// One letter, folded: appended to `folded` without its marks and to `marked` with them.
fn fold(c: char, folded: &mut String, marked: &mut String, has_marks: &mut bool) {
    if c.is_ascii() {
        folded.push(c);
        marked.push(c);
        return;
    }
    let same = |c: char, folded: &mut String, marked: &mut String| {
        folded.push(c);
        marked.push(c);
    };
    match c {
        'ß' => same_str("ss", folded, marked),
        'æ' => fold_to("ae", 'æ', folded, marked, has_marks),
        'œ' => fold_to("oe", 'œ', folded, marked, has_marks),
        'ø' => fold_to("o", 'ø', folded, marked, has_marks),
        'ł' => fold_to("l", 'ł', folded, marked, has_marks),
        'đ' | 'ð' => fold_to("d", 'đ', folded, marked, has_marks),
        'þ' => fold_to("th", 'þ', folded, marked, has_marks),
        'ı' => same('i', folded, marked),
        'ς' => same('σ', folded, marked),
        'ё' => same('е', folded, marked),
        'й' | 'ї' | 'ґ' | 'ў' => same(c, folded, marked),
        'أ' | 'إ' | 'آ' | 'ٱ' => same('ا', folded, marked),
        'ى' | 'ی' | 'ئ' => same('ي', folded, marked),
        'ة' => same('ه', folded, marked),
        'ک' => same('ك', folded, marked),
        'ؤ' => same('و', folded, marked),
        'گ' | 'ڨ' => same('ق', folded, marked),
        '\u{0640}' | '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{0591}'..='\u{05BD}' | '\u{05BF}'..='\u{05C7}' => {}
        '\u{093C}' => {}
        '\u{0901}' => same('\u{0902}', folded, marked),
        '\u{0660}'..='\u{0669}' | '\u{06F0}'..='\u{06F9}' | '\u{0966}'..='\u{096F}' => same(digit_of(c), folded, marked),
        '\u{30A1}'..='\u{30F6}' => {
            let hiragana = char::from_u32(u32::from(c) - 0x60).unwrap_or(c);
            same(hiragana, folded, marked);
        }
        '\u{00C0}'..='\u{024F}' | '\u{0370}'..='\u{03FF}' | '\u{1E00}'..='\u{1FFF}' | '\u{0300}'..='\u{036F}' => {
            unicode_normalization::char::decompose_canonical(c, |part| {
                if matches!(part, '\u{0300}'..='\u{036F}') {
                    *has_marks = true;
                } else if part == 'ı' {
                    folded.push('i');
                } else {
                    folded.push(part);
                }
            });
            marked.push(c);
        }
        '\u{0929}' | '\u{0931}' | '\u{0934}' | '\u{0958}'..='\u{095F}' => {
            unicode_normalization::char::decompose_canonical(c, |part| {
                if part != '\u{093C}' {
                    folded.push(part);
                    marked.push(part);
                }
            });
        }
        _ => same(c, folded, marked),
    }
}

fn same_str(letters: &str, folded: &mut String, marked: &mut String) {
    folded.push_str(letters);
    marked.push_str(letters);
}

fn fold_to(letters: &str, original: char, folded: &mut String, marked: &mut String, has_marks: &mut bool) {
    folded.push_str(letters);
    marked.push(original);
    *has_marks = true;
}

fn digit_of(c: char) -> char {
    let value = match u32::from(c) {
        code @ 0x0660..=0x0669 => code - 0x0660,
        code @ 0x06F0..=0x06F9 => code - 0x06F0,
        code => code.saturating_sub(0x0966),
    };
    char::from_digit(value, 10).unwrap_or(c)
}

/// Collects one word until it ends.
#[derive(Default)]
struct Word {
    folded: String,
    marked: String,
    digits_only: bool,
    apostrophe: Option<usize>,
}

impl Word {
    fn is_empty(&self) -> bool {
        self.folded.is_empty()
    }

    fn clear(&mut self) {
        self.folded.clear();
        self.marked.clear();
        self.apostrophe = None;
        self.digits_only = true;
    }
}

/// Is what stands before an apostrophe a word of its own ("d'", "qu'"), and not half of an English one ("don't", "I'm")?
fn is_elided(before: &str, after: &str) -> bool {
    let english =
        matches!(before, "i" | "he" | "we" | "it" | "o") && matches!(after, "m" | "ve" | "ll" | "d" | "s" | "re" | "clock");
    // Ukrainian "п'ять" and Hebrew "צ'ק" are one word.
    let one_letter = before.chars().count() == 1 && before.chars().all(|letter| letter < '\u{0370}');
    !english && !after.is_empty() && (one_letter || ELIDED.contains(&before))
}

/// Builds the list.
struct Cutter {
    tokens: Tokens,
    word: Word,
    stop: Stop,
}

impl Cutter {
    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let shape = if self.word.digits_only { Shape::Number } else { Shape::Word };
        let folded = std::mem::take(&mut self.word.folded);
        let marked = std::mem::take(&mut self.word.marked);
        match self.word.apostrophe {
            Some(cut) if is_elided(folded.get(..cut).unwrap_or(""), folded.get(cut..).unwrap_or("")) => {
                // The elided word is short and of plain letters, so the cut is the same in both forms unless it carries a mark.
                let cut_marked = if marked.is_char_boundary(cut) { cut } else { 0 };
                self.tokens.push(folded.get(..cut).unwrap_or(""), marked.get(..cut_marked).unwrap_or(""), self.stop, shape);
                self.tokens.push(folded.get(cut..).unwrap_or(""), marked.get(cut_marked..).unwrap_or(""), Stop::None, shape);
            }
            Some(_) | None => self.tokens.push(&folded, &marked, self.stop, shape),
        }
        self.stop = Stop::None;
        self.word.clear();
        self.word.folded = folded;
        self.word.folded.clear();
        self.word.marked = marked;
        self.word.marked.clear();
    }

    fn letter(&mut self, c: char, is_digit: bool) {
        if self.word.folded.len() >= WORD_BYTES_MAX {
            self.end_word();
        }
        self.word.digits_only = (self.word.is_empty() || self.word.digits_only) && is_digit;
        let mut has_marks = false;
        fold(c, &mut self.word.folded, &mut self.word.marked, &mut has_marks);
        self.tokens.has_marks |= has_marks;
    }

    fn single(&mut self, c: char, shape: Shape) {
        self.end_word();
        let mut has_marks = false;
        let (mut folded, mut marked) = (String::new(), String::new());
        fold(simple_han(c), &mut folded, &mut marked, &mut has_marks);
        self.tokens.push(&folded, &marked, self.stop, shape);
        self.stop = Stop::None;
    }

    fn take(&mut self, c: char) {
        let sort = sort_of(c);
        if !matches!(sort, Sort::Nothing | Sort::Blank | Sort::Sentence | Sort::Question | Sort::Comma) {
            self.tokens.asks = false;
        }
        match sort {
            Sort::Letter => self.letter(c, false),
            Sort::Digit => self.letter(c, true),
            Sort::Sign => self.single(c, Shape::Sign),
            Sort::Emoji => self.single(c, Shape::Emoji),
            Sort::Apostrophe => {
                if !self.word.is_empty() && self.word.apostrophe.is_none() {
                    self.word.apostrophe = Some(self.word.folded.len());
                }
            }
            Sort::Nothing => {}
            Sort::Blank => self.end_word(),
            Sort::Comma => self.pause(Stop::Comma),
            Sort::Sentence => self.pause(Stop::Sentence),
            Sort::Question => {
                self.pause(Stop::Question);
                self.tokens.asks = true;
            }
        }
    }

    fn pause(&mut self, stop: Stop) {
        self.end_word();
        self.stop = self.stop.max(stop);
    }
}

/// Traditional signs as simplified ones, where a lexicon of either script would miss the other.
fn simple_han(c: char) -> char {
    if matches!(c, '\u{4E00}'..='\u{9FFF}') { super::han::simplified(c) } else { c }
}

/// Cuts a text.
pub(super) fn cut(text: &str) -> Tokens {
    let tokens = Tokens {
        folded: String::with_capacity(text.len() + 8),
        marked: String::with_capacity(text.len() + 8),
        list: Vec::with_capacity(text.len() / 5 + 4),
        has_marks: false,
        asks: false,
    };
    let mut cutter = Cutter { tokens, word: Word { digits_only: true, ..Word::default() }, stop: Stop::None };
    if text.is_ascii() {
        text.bytes().for_each(|byte| cutter.take(char::from(byte.to_ascii_lowercase())));
    } else {
        // Lower case first decomposes some letters (İ), so the composition comes after it.
        text.nfkc().flat_map(char::to_lowercase).nfc().for_each(|c| cutter.take(c));
    }
    cutter.end_word();
    cutter.tokens
}
