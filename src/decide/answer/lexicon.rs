//! The lexicons of all languages, compiled once into one table: which words are known, and which patterns they belong to.
//!
//! The files `lexicon/<language>.txt` are data that a native speaker reads and mends; `lexicon/README.md` explains them.
//! Invariant: a line that cannot be read is left out and listed in `complaints` (a test wants that list empty); nothing fails.

use super::token::{Shape, cut};
use std::collections::HashMap;
use std::sync::LazyLock;

/// The files, in the order of their names. `any` is what every language shares: signs, emoji, words of the whole world.
const FILES: &[(&str, &str)] = &[
    ("any", include_str!("lexicon/any.txt")),
    ("ar", include_str!("lexicon/ar.txt")),
    ("ca", include_str!("lexicon/ca.txt")),
    ("cs", include_str!("lexicon/cs.txt")),
    ("da", include_str!("lexicon/da.txt")),
    ("de", include_str!("lexicon/de.txt")),
    ("el", include_str!("lexicon/el.txt")),
    ("en", include_str!("lexicon/en.txt")),
    ("es", include_str!("lexicon/es.txt")),
    ("fi", include_str!("lexicon/fi.txt")),
    ("fr", include_str!("lexicon/fr.txt")),
    ("he", include_str!("lexicon/he.txt")),
    ("hi", include_str!("lexicon/hi.txt")),
    ("hu", include_str!("lexicon/hu.txt")),
    ("id", include_str!("lexicon/id.txt")),
    ("it", include_str!("lexicon/it.txt")),
    ("ja", include_str!("lexicon/ja.txt")),
    ("ko", include_str!("lexicon/ko.txt")),
    ("nb", include_str!("lexicon/nb.txt")),
    ("nl", include_str!("lexicon/nl.txt")),
    ("pl", include_str!("lexicon/pl.txt")),
    ("pt", include_str!("lexicon/pt.txt")),
    ("ro", include_str!("lexicon/ro.txt")),
    ("ru", include_str!("lexicon/ru.txt")),
    ("sk", include_str!("lexicon/sk.txt")),
    ("sv", include_str!("lexicon/sv.txt")),
    ("th", include_str!("lexicon/th.txt")),
    ("tr", include_str!("lexicon/tr.txt")),
    ("uk", include_str!("lexicon/uk.txt")),
    ("vi", include_str!("lexicon/vi.txt")),
    ("yue", include_str!("lexicon/yue.txt")),
    ("zh", include_str!("lexicon/zh.txt")),
];

/// What a pattern says when it is found. The sections of a file, in the order of their force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    /// A voicemail greeting, a network announcement or a screening robot speaks.
    Machine,
    /// Words that look like evidence and are none ("home help").
    Idiom,
    /// The clause tells a film, a game, the news.
    Story,
    /// The clause tells of long ago.
    Past,
    /// A reported threat.
    Threat,
    /// A bodily cause.
    Medical,
    /// Doctors and medicine: a bodily cause, denied only with a word of need.
    Care,
    /// A question about a trip or booking.
    Travel,
    /// A cry for help that no negation takes back.
    Cry,
    /// A word for help that a negation takes back.
    Help,
    /// Negated well-being.
    Unwell,
    /// Denied need: the cry for help that follows in the same breath is denied with it.
    Needless,
    /// Denied help, threat or injury.
    NoNeed,
    /// Danger that is over or elsewhere.
    Over,
    /// Reported well-being.
    Safe,
    /// "OK", "good": well-being, if nothing else is said.
    Ok,
    /// A peaceful occupation.
    Doing,
    /// Words to somebody else, questions about the call.
    Chatter,
}

impl Kind {
    const SECTIONS: [(&'static str, Self); 18] = [
        ("machine", Self::Machine),
        ("idiom", Self::Idiom),
        ("story", Self::Story),
        ("past", Self::Past),
        ("threat", Self::Threat),
        ("medical", Self::Medical),
        ("care", Self::Care),
        ("travel", Self::Travel),
        ("cry", Self::Cry),
        ("help", Self::Help),
        ("unwell", Self::Unwell),
        ("needless", Self::Needless),
        ("no need", Self::NoNeed),
        ("over", Self::Over),
        ("safe", Self::Safe),
        ("ok", Self::Ok),
        ("doing", Self::Doing),
        ("chatter", Self::Chatter),
    ];
}

/// Roles of a word beside patterns, as bits.
pub(super) mod role {
    /// Negates what follows.
    pub(in crate::decide::answer) const NEGATION: u16 = 1;
    /// Negates what stands before.
    pub(in crate::decide::answer) const NEGATION_AFTER: u16 = 2;
    /// A negation reaches through it.
    pub(in crate::decide::answer) const BRIDGE: u16 = 4;
    /// Means nothing, may stand anywhere.
    pub(in crate::decide::answer) const FILLER: u16 = 8;
    /// A new thought begins.
    pub(in crate::decide::answer) const BUT: u16 = 16;
    /// Spoken keys.
    pub(in crate::decide::answer) const ONE: u16 = 32;
    pub(in crate::decide::answer) const TWO: u16 = 64;
    pub(in crate::decide::answer) const THREE: u16 = 128;
    pub(in crate::decide::answer) const FOUR: u16 = 256;
    /// Another number.
    pub(in crate::decide::answer) const NUMBER: u16 = 512;
    /// May stand beside a spoken key ("press", "number").
    pub(in crate::decide::answer) const KEY_WORD: u16 = 1024;
    /// Takes back what was said before ("sorry, I meant").
    pub(in crate::decide::answer) const CORRECTION: u16 = 2048;
    /// Something else than well-being comes ("but").
    pub(in crate::decide::answer) const CONTRAST: u16 = 4096;
    /// A need or a wish: help is denied only through one.
    pub(in crate::decide::answer) const NEED: u16 = 8192;
    /// Any spoken key.
    pub(in crate::decide::answer) const KEYS: u16 = ONE | TWO | THREE | FOUR | NUMBER;

    pub(super) const SECTIONS: [(&str, u16); 14] = [
        ("negation", NEGATION),
        ("negation after", NEGATION_AFTER),
        ("bridge", BRIDGE),
        ("fillers", FILLER),
        ("but", BUT),
        ("contrast", CONTRAST),
        ("need", NEED),
        ("one", ONE),
        ("two", TWO),
        ("three", THREE),
        ("four", FOUR),
        ("other numbers", NUMBER),
        ("key words", KEY_WORD),
        ("correction", CORRECTION),
    ];
}

/// How a literal is looked up; mixed into its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Form {
    /// The whole token or tokens.
    Whole,
    /// The beginning of a word.
    Head,
    /// The end of a word.
    Tail,
    /// Anywhere within a word.
    Inside,
    /// The whole token, with its marks.
    Marked,
    /// The whole token of a language whose marks matter, in a text that was written without any.
    Bare,
    /// The first token of a literal: the value is the greatest number of tokens.
    First,
    /// The first three letters of a tail or an inside: only its presence counts.
    Inner,
}

impl Form {
    /// The salt of the form.
    pub(super) const fn salt(self) -> u64 {
        match self {
            Self::Whole => 0,
            Self::Head => 0x9E37_79B9_7F4A_7C15,
            Self::Tail => 0xC2B2_AE3D_27D4_EB4F,
            Self::Inside => 0x1656_67B1_9E37_79F9,
            Self::Marked => 0x27D4_EB2F_1656_67C5,
            Self::Bare => 0x8538_ECB5_BD45_6EA3,
            Self::First => 0x2545_F491_4F6C_DD1D,
            Self::Inner => 0xD6E8_FEB8_6659_FD93,
        }
    }
}

/// FNV-1a over bytes, so that beginnings of a word cost nothing extra.
pub(super) const HASH_START: u64 = 0xcbf2_9ce4_8422_2325;

/// The hash after one more piece.
pub(super) fn hash_on(mut hash: u64, piece: &str) -> u64 {
    for byte in piece.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash
}

/// A hash table from 64-bit hashes to 32-bit values: open addressing, half full, read-only after it was built.
#[derive(Debug, Default)]
pub(super) struct Table {
    slots: Vec<(u64, u32)>,
    shift: u32,
}

impl Table {
    fn build(entries: &HashMap<u64, u32>) -> Self {
        let size = (entries.len() * 2).next_power_of_two().max(16);
        let mut table = Self { slots: vec![(0, u32::MAX); size], shift: 64 - size.trailing_zeros() };
        for (hash, value) in entries {
            let mut at = table.home(*hash);
            while let Some(slot) = table.slots.get_mut(at) {
                if slot.1 == u32::MAX {
                    *slot = (*hash, *value);
                    break;
                }
                at = (at + 1) % size;
            }
        }
        table
    }

    fn home(&self, hash: u64) -> usize {
        usize::try_from(hash.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> self.shift).unwrap_or(0)
    }

    /// The value of a hash.
    pub(super) fn get(&self, hash: u64, form: Form) -> Option<u32> {
        let hash = hash ^ form.salt();
        let mut at = self.home(hash);
        loop {
            let slot = self.slots.get(at)?;
            if slot.1 == u32::MAX {
                return None;
            }
            if slot.0 == hash {
                return Some(slot.1);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    fn bytes(&self) -> usize {
        self.slots.len() * size_of::<(u64, u32)>()
    }
}

/// A known word of one language.
#[derive(Debug, Clone)]
pub(super) struct Atom {
    /// Index of its language.
    pub(super) language: u8,
    /// What it is beside patterns.
    pub(super) roles: u16,
    /// Is it part of a pattern that is heard in every language?
    pub(super) anywhere: bool,
    /// Is it a whole word, and not only a part of one?
    pub(super) whole: bool,
    /// Its sets: a range of `Lexicon::atom_sets`.
    sets: (u32, u32),
}

/// One element of a pattern.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element {
    /// Which words it may be.
    pub(super) set: u32,
    /// How many words may stand before it.
    pub(super) gap: u8,
}

/// A pattern: elements in order.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    /// Index of its language.
    pub(super) language: u8,
    /// What it says.
    pub(super) kind: Kind,
    /// Does it give way to a question about travel?
    pub(super) weak: bool,
    /// Is it heard in the middle of another language?
    pub(super) anywhere: bool,
    /// Its line in the file.
    pub(super) line: u32,
    /// Its elements: a range of `Lexicon::elements`.
    elements: (u32, u32),
}

/// All languages, compiled.
#[derive(Debug)]
pub(super) struct Lexicon {
    /// Tags of the languages.
    pub(super) languages: Vec<&'static str>,
    /// Bit mask of the languages in which two negations make one.
    pub(super) concord: u64,
    /// Prefixed words of the languages that write them together (Arabic and Hebrew).
    pub(super) proclitics: Vec<(u8, String)>,
    /// Numbers that names of operations centres carry, and how they are spoken.
    numbers: Vec<(String, String)>,
    /// Hash to group of atoms.
    pub(super) table: Table,
    /// Words with one letter left out, to the group of the whole word: misspelled cries for help.
    pub(super) shortened: Table,
    groups: Vec<(u32, u32)>,
    group_atoms: Vec<u32>,
    /// The atoms.
    pub(super) atoms: Vec<Atom>,
    atom_sets: Vec<u32>,
    set_anchors: Vec<(u32, u32)>,
    anchors: Vec<(u32, u8)>,
    /// The patterns.
    pub(super) patterns: Vec<Pattern>,
    elements: Vec<Element>,
    /// Lines that could not be read.
    pub(super) complaints: Vec<String>,
}

/// The lexicon of this program.
pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::read(FILES));

fn range<T>(list: &[T], (from, to): (u32, u32)) -> &[T] {
    let (from, to) = (usize::try_from(from).unwrap_or(0), usize::try_from(to).unwrap_or(0));
    list.get(from..to).unwrap_or(&[])
}

/// Lengths of our own data fit into 32 bits.
pub(super) fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The way back.
pub(super) fn wide(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl Lexicon {
    /// The atoms of a group.
    pub(super) fn group(&self, group: u32) -> &[u32] {
        self.groups.get(wide(group)).map_or(&[], |group| range(&self.group_atoms, *group))
    }

    /// An atom.
    pub(super) fn atom(&self, atom: u32) -> Option<&Atom> {
        self.atoms.get(wide(atom))
    }

    /// The sets of an atom, sorted.
    pub(super) fn sets(&self, atom: u32) -> &[u32] {
        self.atom(atom).map_or(&[], |atom| range(&self.atom_sets, atom.sets))
    }

    /// The patterns that are tried where a word of this set is found, with the place of the set in them.
    pub(super) fn anchored(&self, set: u32) -> &[(u32, u8)] {
        self.set_anchors.get(wide(set)).map_or(&[], |anchors| range(&self.anchors, *anchors))
    }

    /// Does what was said begin with this number, spoken in any language? Both without blanks.
    pub(super) fn says_number(&self, said: &str, number: &str) -> bool {
        self.numbers.iter().any(|(digits, spoken)| digits == number && said.starts_with(spoken.as_str()))
    }

    /// The elements of a pattern.
    pub(super) fn elements(&self, pattern: &Pattern) -> &[Element] {
        range(&self.elements, pattern.elements)
    }

    /// Memory of the tables in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.table.bytes()
            + self.shortened.bytes()
            + self.groups.len() * 8
            + self.group_atoms.len() * 4
            + self.atoms.len() * size_of::<Atom>()
            + self.atom_sets.len() * 4
            + self.set_anchors.len() * 8
            + self.anchors.len() * size_of::<(u32, u8)>()
            + self.patterns.len() * size_of::<Pattern>()
            + self.elements.len() * size_of::<Element>()
    }

    fn read(files: &[(&'static str, &str)]) -> Self {
        let mut reader = Reader::default();
        for (index, (tag, text)) in files.iter().enumerate() {
            reader.file(u8::try_from(index).unwrap_or(u8::MAX), tag, text);
        }
        reader.compile(files.iter().map(|file| file.0).collect())
    }
}

/// Words with marks of at most this many letters mean something else without them ("dör", "mål", "bolą").
const SHORT_MARKED_LETTERS: usize = 4;

/// What an element may be in a file, and how far before it the last one may stand.
#[derive(Debug, Clone)]
struct RawElement {
    choices: Vec<Vec<Vec<u32>>>,
    gap: u8,
    optional: bool,
    /// Either order with the element before it.
    either_order: bool,
}

#[derive(Debug)]
struct RawPattern {
    language: u8,
    kind: Kind,
    weak: bool,
    anywhere: bool,
    line: u32,
    elements: Vec<(Vec<u32>, u8)>,
}

/// The gap of `..`, of `...` and of `&`, in words.
pub(super) const GAP_SHORT: u8 = 3;
const GAP_LONG: u8 = 8;
const GAP_EITHER: u8 = 4;

/// A word that is heard in every language has at least this many letters (two in scripts that need no more are not marked).
const ANYWHERE_LETTERS_MIN: usize = 5;

/// Reads the files.
#[derive(Default)]
struct Reader {
    atoms: Vec<Atom>,
    atom_letters: Vec<usize>,
    literals: HashMap<(u8, Form, String), u32>,
    hashes: HashMap<u64, Vec<u32>>,
    firsts: HashMap<u64, u32>,
    patterns: Vec<RawPattern>,
    concord: u64,
    strict: u64,
    /// Short words with marks, and what stands for them where the marks were left out: it has their roles, but no patterns.
    shadows: HashMap<u32, u32>,
    proclitics: Vec<(u8, String)>,
    numbers: Vec<(String, String)>,
    complaints: Vec<String>,
    line: u32,
    repairable: Vec<(String, u32)>,
}

/// What a section's lines are.
#[derive(Clone, Copy)]
enum Section {
    None,
    About,
    Sets,
    Common,
    Proclitics,
    Numbers,
    Role(u16),
    Kind(Kind),
}

fn section_named(name: &str) -> Option<Section> {
    let kinds = Kind::SECTIONS.iter().find(|section| section.0 == name).map(|section| Section::Kind(section.1));
    let roles = || role::SECTIONS.iter().find(|section| section.0 == name).map(|section| Section::Role(section.1));
    let others = || match name {
        "about" => Some(Section::About),
        "sets" => Some(Section::Sets),
        "common" => Some(Section::Common),
        "prefixes" => Some(Section::Proclitics),
        "numbers in names" => Some(Section::Numbers),
        _ => None,
    };
    kinds.or_else(roles).or_else(others)
}

impl Reader {
    fn file(&mut self, language: u8, tag: &str, text: &str) {
        let mut section = Section::None;
        let mut sets: HashMap<String, Vec<u32>> = HashMap::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or("").trim();
            if line.is_empty() {
                continue;
            }
            self.line = small(number + 1);
            let result = if let Section::Kind(kind) = section
                && !line.starts_with('[')
            {
                for pattern in line.split(',').map(str::trim).filter(|pattern| !pattern.is_empty()) {
                    if let Err(problem) = self.pattern(language, kind, pattern, &sets) {
                        self.complaints.push(format!("{tag}.txt:{}: {problem}: {pattern}", number + 1));
                    }
                }
                Ok(())
            } else if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section_named(name).map(|found| section = found).ok_or("no such section")
            } else {
                self.line(language, section, line, &mut sets)
            };
            if let Err(problem) = result {
                self.complaints.push(format!("{tag}.txt:{}: {problem}: {line}", number + 1));
            }
        }
    }

    fn line(
        &mut self,
        language: u8,
        section: Section,
        line: &str,
        sets: &mut HashMap<String, Vec<u32>>,
    ) -> Result<(), &'static str> {
        match section {
            Section::None | Section::Kind(_) => Err("a line before the first section"),
            Section::About => {
                match line {
                    "negation = concord" => self.concord |= 1 << language,
                    "marks = strict" => self.strict |= 1 << language,
                    _ => {}
                }
                Ok(())
            }
            Section::Sets => {
                let (name, words) = line.split_once('=').ok_or("a set is {name} = words")?;
                let mut atoms = Vec::new();
                for word in words.split(',') {
                    match self.words(language, word, sets) {
                        Ok(found) => atoms.extend(found),
                        Err(problem) => self.complaints.push(format!("line {}: {problem}: {word}", self.line)),
                    }
                }
                sets.entry(name.trim().to_owned()).or_default().extend(atoms);
                Ok(())
            }
            Section::Common => self.words(language, line, sets).map(|_| ()),
            Section::Proclitics => {
                self.proclitics.extend(line.split(',').map(|word| (language, word.trim().to_owned())));
                Ok(())
            }
            Section::Numbers => {
                let (digits, spoken) = line.split_once('=').ok_or("a number is digits = words")?;
                self.numbers.extend(spoken.split(',').map(|words| {
                    let tokens = cut(words);
                    (digits.trim().to_owned(), tokens.list.iter().map(|token| tokens.word(*token)).collect())
                }));
                Ok(())
            }
            Section::Role(bit) => {
                for atom in self.words(language, line, sets)? {
                    for atom in [Some(atom), self.shadows.get(&atom).copied()].into_iter().flatten() {
                        if let Some(atom) = self.atoms.get_mut(wide(atom)) {
                            atom.roles |= bit;
                        }
                    }
                }
                Ok(())
            }
        }
    }

    /// The atoms of a list of words, separated by commas; `{name}` is a set that stands above.
    fn words(&mut self, language: u8, words: &str, sets: &HashMap<String, Vec<u32>>) -> Result<Vec<u32>, &'static str> {
        let mut atoms = Vec::new();
        for word in words.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            if word.starts_with('{') {
                atoms.extend(sets.get(word).ok_or("no such set")?);
            } else {
                atoms.push(self.literal(language, word)?);
            }
        }
        Ok(atoms)
    }

    /// One literal as an atom.
    fn literal(&mut self, language: u8, word: &str) -> Result<u32, &'static str> {
        let (bare, head, tail) = (word.trim_matches('*'), word.ends_with('*'), word.starts_with('*'));
        let form = match (head, tail) {
            (false, false) => Form::Whole,
            (true, false) => Form::Head,
            (false, true) => Form::Tail,
            (true, true) => Form::Inside,
        };
        let tokens = cut(bare);
        let first = tokens.list.first().copied().ok_or("a word without a letter")?;
        let signs = first.shape == Shape::Sign;
        let form = if signs { Form::Whole } else { form };
        if tokens.list.len() > 1 && form != Form::Whole {
            return Err("only one word may carry a star");
        }
        if form != Form::Whole && tokens.word(first).chars().count() < if form == Form::Head { 2 } else { 3 } {
            return Err("too short for a star");
        }
        let key = (language, form, bare.to_lowercase());
        if let Some(atom) = self.literals.get(&key) {
            return Ok(*atom);
        }
        let atom = small(self.atoms.len());
        self.add_atom(language, form, bare);
        self.literals.insert(key, atom);
        if form == Form::Whole && tokens.list.len() == 1 && tokens.has_marks && bare.chars().count() <= SHORT_MARKED_LETTERS {
            let shadow = small(self.atoms.len());
            self.add_atom(language, form, bare);
            self.shadows.insert(atom, shadow);
            self.enter(bare, Form::Whole, shadow);
            self.hashes.entry(hash_on(HASH_START, tokens.marked(first)) ^ Form::Marked.salt()).or_default().push(atom);
        } else if self.strict & (1 << language) == 0 || signs {
            for spelling in spellings(bare) {
                self.enter(&spelling, form, atom);
            }
        } else {
            self.enter_marked(bare, atom);
        }
        Ok(atom)
    }

    fn add_atom(&mut self, language: u8, form: Form, bare: &str) {
        self.atoms.push(Atom { language, roles: 0, anywhere: false, whole: form == Form::Whole, sets: (0, 0) });
        self.atom_letters.push(bare.chars().count());
    }

    fn enter(&mut self, spelling: &str, form: Form, atom: u32) {
        let tokens = cut(spelling);
        let Some(first) = tokens.list.first() else { return };
        let mut hash = HASH_START;
        let mut before = Shape::Sign;
        for (place, token) in tokens.list.iter().enumerate() {
            if place > 0 && before != Shape::Sign && token.shape != Shape::Sign {
                hash = hash_on(hash, " ");
            }
            hash = hash_on(hash, tokens.word(*token));
            before = token.shape;
        }
        self.hashes.entry(hash ^ form.salt()).or_default().push(atom);
        let word = tokens.word(*first);
        if form == Form::Whole && (tokens.list.len() > 1 || first.shape == Shape::Sign) {
            let entry = self.firsts.entry(hash_on(HASH_START, word) ^ Form::First.salt()).or_default();
            *entry = (*entry).max(small(tokens.list.len()));
        }
        if matches!(form, Form::Tail | Form::Inside) {
            let three: String = word.chars().take(3).collect();
            self.firsts.insert(hash_on(HASH_START, &three) ^ Form::Inner.salt(), 0);
        }
        if tokens.list.len() == 1
            && matches!(form, Form::Whole | Form::Head)
            && word.chars().count() >= 5
            && first.shape == Shape::Word
        {
            self.repairable.push((word.to_owned(), atom));
        }
    }

    /// A word of a language whose marks matter: with them, and without for texts that have none at all.
    fn enter_marked(&mut self, bare: &str, atom: u32) {
        let tokens = cut(bare);
        let Some(first) = tokens.list.first() else { return };
        let (mut marked, mut folded) = (HASH_START, HASH_START);
        for (place, token) in tokens.list.iter().enumerate() {
            let blank = if place > 0 { " " } else { "" };
            marked = hash_on(hash_on(marked, blank), tokens.marked(*token));
            folded = hash_on(hash_on(folded, blank), tokens.word(*token));
        }
        self.hashes.entry(marked ^ Form::Marked.salt()).or_default().push(atom);
        self.hashes.entry(folded ^ Form::Bare.salt()).or_default().push(atom);
        if tokens.list.len() > 1 {
            let entry = self.firsts.entry(hash_on(HASH_START, tokens.word(*first)) ^ Form::First.salt()).or_default();
            *entry = (*entry).max(small(tokens.list.len()));
        }
    }

    /// One pattern of a section.
    fn pattern(&mut self, language: u8, kind: Kind, text: &str, sets: &HashMap<String, Vec<u32>>) -> Result<(), &'static str> {
        let (mut weak, mut anywhere, mut gap, mut either_order) = (false, false, 0, false);
        let mut elements: Vec<RawElement> = Vec::new();
        for piece in pieces(text) {
            match piece.as_str() {
                "?" => weak = true,
                "!" => anywhere = true,
                ".." => gap = GAP_SHORT,
                "..." => gap = GAP_LONG,
                "&" => (gap, either_order) = (GAP_EITHER, true),
                _ => {
                    let (word, optional) = piece.strip_suffix('?').map_or((piece.as_str(), false), |word| (word, true));
                    let words = word.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(word);
                    let choices = self.choices(language, words, sets)?;
                    elements.push(RawElement { choices, gap, optional, either_order });
                    (gap, either_order) = (0, false);
                }
            }
        }
        if elements.iter().all(|element| element.optional) {
            return Err("a pattern without a word that must be there");
        }
        if elements.first().is_some_and(|first| first.optional) && elements.get(1).is_some_and(|next| next.gap > 0) {
            return Err("a word that may be missing before a gap at the beginning");
        }
        // A stem or a short word means something else in some other language.
        anywhere &= !text.contains('*') && text.chars().filter(|c| c.is_alphabetic()).count() >= ANYWHERE_LETTERS_MIN;
        for elements in variants(&elements) {
            if elements.len() > ELEMENTS_MAX {
                return Err("too many words in one pattern");
            }
            self.patterns.push(RawPattern { language, kind, weak, anywhere, line: self.line, elements });
        }
        Ok(())
    }

    /// What may stand in one place of a pattern: one set of words, and beside it sequences of words of which some carry a star.
    fn choices(
        &mut self,
        language: u8,
        words: &str,
        sets: &HashMap<String, Vec<u32>>,
    ) -> Result<Vec<Vec<Vec<u32>>>, &'static str> {
        let is_sequence = |word: &&str| word.contains('*') && word.trim().contains([' ', '-', '\'']);
        let plain: Vec<&str> = words.split('|').filter(|word| !is_sequence(word)).collect();
        let mut choices = Vec::new();
        if !plain.is_empty() {
            choices.push(vec![self.words(language, &plain.join(","), sets)?]);
        }
        for sequence in words.split('|').filter(is_sequence) {
            let each = sequence.split([' ', '-', '\'']).filter(|word| !word.is_empty());
            choices.push(each.map(|word| self.words(language, word, sets)).collect::<Result<_, _>>()?);
        }
        Ok(choices)
    }

    fn compile(mut self, languages: Vec<&'static str>) -> Lexicon {
        let mut set_ids: HashMap<Vec<u32>, u32> = HashMap::new();
        let mut atom_sets: Vec<Vec<u32>> = vec![Vec::new(); self.atoms.len()];
        let mut set_costs: Vec<usize> = Vec::new();
        let mut elements = Vec::new();
        let mut patterns = Vec::new();
        let mut anchors: Vec<Vec<(u32, u8)>> = Vec::new();
        let mut repair = vec![false; self.atoms.len()];
        for raw in &self.patterns {
            let from = small(elements.len());
            let mut best = (usize::MAX, 0, 0);
            for (place, (atoms, gap)) in raw.elements.iter().enumerate() {
                let mut key = atoms.clone();
                key.sort_unstable();
                key.dedup();
                let fresh = small(set_ids.len());
                let set = *set_ids.entry(key.clone()).or_insert(fresh);
                if set == fresh {
                    key.iter().for_each(|atom| {
                        if let Some(sets) = atom_sets.get_mut(wide(*atom)) {
                            sets.push(set);
                        }
                    });
                    set_costs.push(key.iter().map(|atom| self.cost(*atom)).sum());
                    anchors.push(Vec::new());
                }
                if raw.anywhere || matches!(raw.kind, Kind::Threat | Kind::Medical | Kind::Care | Kind::Cry | Kind::Help) {
                    for atom in &key {
                        if let Some(entry) = self.atoms.get_mut(wide(*atom)) {
                            entry.anywhere |= raw.anywhere;
                        }
                        if let Some(entry) = repair.get_mut(wide(*atom)) {
                            *entry = true;
                        }
                    }
                }
                elements.push(Element { set, gap: *gap });
                let cost = set_costs.get(wide(set)).copied().unwrap_or(usize::MAX);
                if cost < best.0 {
                    best = (cost, set, place);
                }
            }
            if let Some(list) = anchors.get_mut(wide(best.1)) {
                list.push((small(patterns.len()), u8::try_from(best.2).unwrap_or(0)));
            }
            let elements = (from, small(elements.len()));
            patterns.push(Pattern {
                language: raw.language,
                kind: raw.kind,
                weak: raw.weak,
                anywhere: raw.anywhere,
                line: raw.line,
                elements,
            });
        }
        let (set_anchors, anchors) = flatten(&anchors);
        let (sets, atom_sets) = flatten(&atom_sets);
        for (atom, sets) in self.atoms.iter_mut().zip(sets) {
            atom.sets = sets;
        }
        let shortened = self.shortened(&repair);
        let mut groups: Vec<(u32, u32)> = Vec::new();
        let mut group_atoms: Vec<u32> = Vec::new();
        let mut enter = |atoms: &mut Vec<u32>| {
            atoms.sort_unstable();
            atoms.dedup();
            let from = small(group_atoms.len());
            group_atoms.extend(atoms.iter());
            groups.push((from, small(group_atoms.len())));
            small(groups.len() - 1)
        };
        let mut entries: HashMap<u64, u32> = self.hashes.iter_mut().map(|(hash, atoms)| (*hash, enter(atoms))).collect();
        let shortened = shortened.into_iter().map(|(hash, mut atoms)| (hash, enter(&mut atoms))).collect();
        entries.extend(&self.firsts);
        Lexicon {
            languages,
            concord: self.concord,
            proclitics: self.proclitics,
            numbers: self.numbers,
            table: Table::build(&entries),
            shortened: Table::build(&shortened),
            groups,
            group_atoms,
            atoms: self.atoms,
            atom_sets,
            set_anchors,
            anchors,
            patterns,
            elements,
            complaints: self.complaints,
        }
    }

    /// How often a word will be met, roughly: short words and words with a role are everywhere.
    fn cost(&self, atom: u32) -> usize {
        let letters = self.atom_letters.get(wide(atom)).copied().unwrap_or(1);
        let roles = self.atoms.get(wide(atom)).map_or(0, |atom| atom.roles);
        if roles & (role::BRIDGE | role::FILLER | role::NEGATION | role::BUT) != 0 {
            400
        } else {
            match letters {
                0..=2 => 100,
                3 => 30,
                4 => 8,
                5 => 3,
                _ => 1,
            }
        }
    }

    /// Words of cries and threats with one letter left out.
    fn shortened(&self, repair: &[bool]) -> HashMap<u64, Vec<u32>> {
        let mut shortened: HashMap<u64, Vec<u32>> = HashMap::new();
        for (word, atom) in &self.repairable {
            if repair.get(wide(*atom)).copied().unwrap_or(false) {
                for (place, shorter) in without_one_letter(word).enumerate() {
                    shortened.entry(shortened_at(shorter, place)).or_default().push(*atom);
                }
            }
        }
        shortened
    }
}

/// The greatest number of elements of a pattern.
pub(super) const ELEMENTS_MAX: usize = 8;

/// Hashes of a word with each of its letters left out.
pub(super) fn without_one_letter(word: &str) -> impl Iterator<Item = u64> + '_ {
    word.char_indices().map(move |(at, letter)| {
        let hash = hash_on(HASH_START, word.get(..at).unwrap_or(""));
        hash_on(hash, word.get(at + letter.len_utf8()..).unwrap_or(""))
    })
}

/// The key of a word that lost the letter at a place.
pub(super) fn shortened_at(hash: u64, place: usize) -> u64 {
    hash ^ u64::from(small(place)).wrapping_mul(0x9FB2_1C65_1E98_DF25)
}

fn flatten<T: Copy>(lists: &[Vec<T>]) -> (Vec<(u32, u32)>, Vec<T>) {
    let mut all = Vec::new();
    let ranges = lists.iter().map(|list| {
        let from = small(all.len());
        all.extend(list.iter().copied());
        (from, small(all.len()))
    });
    (ranges.collect(), all)
}

/// A word as it is and as people write it without its marks: "ü" as "ue", "å" as "aa".
fn spellings(word: &str) -> Vec<String> {
    let word = word.to_lowercase();
    let mut spellings = vec![word.clone()];
    if word.contains(['ä', 'ö', 'ü', 'å', 'ø']) {
        let wide = word.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue").replace('å', "aa").replace('ø', "oe");
        spellings.push(wide);
    }
    spellings
}

/// Cuts a pattern at blanks that stand outside of parentheses.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut depth = 0_usize;
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if c.is_whitespace() && depth == 0 {
            if !piece.is_empty() {
                pieces.push(std::mem::take(&mut piece));
            }
        } else {
            piece.push(c);
        }
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

/// A pattern with each optional element in and out, and each free order both ways.
fn variants(elements: &[RawElement]) -> Vec<Vec<(Vec<u32>, u8)>> {
    let mut variants: Vec<Vec<(Vec<u32>, u8)>> = vec![Vec::new()];
    for element in elements {
        let mut next = Vec::new();
        for variant in variants {
            if element.optional {
                next.push(variant.clone());
            }
            let gap = if variant.is_empty() { 0 } else { element.gap };
            for choice in &element.choices {
                if element.either_order && !variant.is_empty() {
                    next.push(joined(choice, 0, &variant, gap));
                }
                let mut straight = variant.clone();
                straight
                    .extend(choice.iter().enumerate().map(|(place, atoms)| (atoms.clone(), if place == 0 { gap } else { 0 })));
                next.push(straight);
            }
        }
        variants = next;
    }
    variants.retain(|variant| !variant.is_empty());
    variants
}

/// A choice, and after a gap the elements that stood before it.
fn joined(choice: &[Vec<u32>], first_gap: u8, rest: &[(Vec<u32>, u8)], gap: u8) -> Vec<(Vec<u32>, u8)> {
    let mut all: Vec<(Vec<u32>, u8)> = choice.iter().map(|atoms| (atoms.clone(), first_gap)).collect();
    all.extend(rest.iter().enumerate().map(|(place, (atoms, inner))| (atoms.clone(), if place == 0 { gap } else { *inner })));
    all
}
