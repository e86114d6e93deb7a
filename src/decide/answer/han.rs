//! Traditional Chinese signs as their simplified ones, from `lexicon/han.txt`: one line a pair, traditional first.

use std::sync::LazyLock;

/// The pairs, sorted by the traditional sign.
static PAIRS: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let mut pairs: Vec<(char, char)> = include_str!("lexicon/han.txt").split_whitespace().filter_map(pair_of).collect();
    pairs.sort_unstable();
    pairs
});

fn pair_of(word: &str) -> Option<(char, char)> {
    let mut signs = word.chars();
    Some((signs.next()?, signs.next()?))
}

/// The simplified sign, or the sign itself.
pub(super) fn simplified(sign: char) -> char {
    match PAIRS.binary_search_by_key(&sign, |pair| pair.0) {
        Ok(found) => PAIRS.get(found).map_or(sign, |pair| pair.1),
        Err(_) => sign,
    }
}
