//! Tables of cases for the file beside this folder.

use super::*;
use Answer::{Help, Medical, Safe, Silence, Travel, Unclear};

#[test]
fn keys_of_one_event() {
    let check = |pressed: &str, expect: Answer| assert_eq!(meaning(pressed, ""), expect, "{pressed}");
    for (pressed, expect) in [("1", Safe), ("2", Help), ("3", Medical), ("4", Travel)] {
        check(pressed, expect);
        check(&pressed.repeat(2), expect);
        check(&pressed.repeat(5), expect);
        check(&format!("#{pressed}*"), expect);
    }
    for pressed in ["22", "2#", "112", "12", "42", "911", "999", "110", "9#11", "9110", "1110", "00110"] {
        check(pressed, Help);
    }
    for pressed in ["0", "5", "9", "99", "34", "10", "119", "9111", "*", "#", "*#", "", "00"] {
        check(pressed, Unclear);
    }
}

#[test]
fn keys_of_several_events() {
    let check = |events: &[&str], expect: Answer| {
        let mut earlier = String::new();
        let mut last = Unclear;
        for pressed in events {
            last = meaning(pressed, &earlier);
            earlier = remember(&earlier, pressed);
        }
        assert_eq!(last, expect, "{events:?}");
    };
    check(&["9", "1", "1"], Help);
    check(&["1", "1", "0"], Help);
    check(&["9", "9", "9"], Help);
    check(&["1", "1", "2"], Help);
    check(&["4", "9#", "*", "11"], Help);
    check(&["0000000009", "11"], Help);
    check(&["9", "1", "1", "1"], Safe);
    check(&["9", "1", "1", "*"], Unclear);
    check(&["1", "1"], Safe);
}

#[test]
fn only_the_last_keys_are_kept() {
    assert_eq!(remember("12345678", "*9#"), "23456789");
    assert_eq!(remember("", "##"), "");
}

#[test]
fn keys_with_words() {
    let check = |keys, words, expect: Answer| assert_eq!(together(keys, words), expect, "{keys:?} {words:?}");
    check(Some(Safe), Some(Help), Help);
    check(Some(Help), Some(Medical), Help);
    check(Some(Safe), Some(Medical), Medical);
    check(Some(Medical), Some(Safe), Medical);
    check(Some(Travel), Some(Safe), Travel);
    check(Some(Safe), Some(Unclear), Safe);
    check(Some(Unclear), Some(Safe), Safe);
    check(Some(Unclear), Some(Silence), Unclear);
    check(Some(Unclear), None, Unclear);
    check(None, Some(Travel), Travel);
    check(None, Some(Silence), Silence);
    check(None, None, Silence);
}

#[test]
fn texts_of_keys_alone() {
    let check = |text: &str, expect: Option<&str>| assert_eq!(of_text(text).as_deref(), expect, "{text}");
    check("2", Some("2"));
    check(" 1 1 2\n", Some("112"));
    check("#1", Some("#1"));
    check("2\u{FE0F}\u{20E3}", Some("2"));
    check("２", Some("2"));
    check("٢", Some("2"));
    check("۲", Some("2"));
    check("२", Some("2"));
    check("2.", None);
    check("1 ok", None);
    check("", None);
    check("  ", None);
}
