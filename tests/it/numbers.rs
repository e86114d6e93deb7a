//! How numbers are read: every row of the file, in any order, and any text at all.

use assistline::settings::number::read_number;
use assistline::settings::number_reading::{NumberReading, NumberRole};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Row {
    id: String,
    typed: String,
    country: String,
    role: String,
    e164: Option<String>,
    extension: Option<String>,
    reason: Option<String>,
    warnings: Vec<String>,
}

impl Row {
    fn role(&self) -> NumberRole {
        match self.role.as_str() {
            "desk" => NumberRole::Desk,
            "traveller" => NumberRole::Traveller,
            other => panic!("{}: role {other}", self.id),
        }
    }

    fn read(&self) -> NumberReading {
        read_number(&self.typed, &self.country, self.role())
    }

    /// How the row and a reading differ.
    fn difference(&self) -> Option<String> {
        let reading = self.read();
        let e164 = reading.result.as_ref().ok().map(|phone| phone.e164().to_owned());
        let reason = reading.result.as_ref().err().map(|refusal| refusal.as_str().to_owned());
        let warnings: Vec<String> = reading.warnings.iter().map(|warning| warning.as_str().to_owned()).collect();
        let read = (&e164, &reason, &reading.extension, &warnings);
        let expected = (&self.e164, &self.reason, &self.extension, &self.warnings);
        (read != expected).then(|| format!("{} {:?}: read {read:?}, expected {expected:?}", self.id, self.typed))
    }
}

fn rows() -> Vec<Row> {
    let file = include_str!("../data/numbers/numbers.jsonl");
    file.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_row_is_read_as_it_says() {
    let rows = rows();
    assert_eq!(rows.len(), 122);
    let differences: Vec<String> = rows.iter().filter_map(Row::difference).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn the_order_of_the_rows_does_not_matter() {
    let mut rows = rows();
    rows.reverse();
    assert!(rows.iter().all(|row| row.difference().is_none()));
    // German and Italian rows in turn: nothing of one reading is left in the next.
    for (german, italian) in [("0171 3920010", "06 0000 0000"), ("+49 30 23125010", "+39 06 0000 0001")] {
        for _ in 0..3 {
            let read = |typed: &str, country: &str| read_number(typed, country, NumberRole::Desk).result.unwrap();
            assert!(read(german, "DE").e164().starts_with("+49"));
            assert!(read(italian, "IT").e164().starts_with("+3906"));
        }
    }
}

#[test]
fn a_number_with_a_plus_is_the_same_in_every_country() {
    let rows = rows();
    let mut countries: Vec<&str> = rows.iter().map(|row| row.country.as_str()).collect();
    countries.sort_unstable();
    countries.dedup();
    let with_plus = rows.iter().filter(|row| row.typed.trim_start_matches(['\'', '=', '"']).starts_with(['+', '＋']));
    let mut compared = 0;
    for row in with_plus {
        let here = row.read();
        for country in &countries {
            compared += 1;
            assert_eq!(read_number(&row.typed, country, row.role()), here, "{} in {country}", row.id);
        }
    }
    assert!(compared > 300, "{compared}");
}

/// Text that is nearly a number, so that every rule is met.
fn nearly_a_number() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "+",
        "00",
        "0",
        "(0)",
        "49",
        "1",
        "39",
        "52",
        "54",
        "55",
        "7",
        "8",
        "112",
        "911",
        " ",
        "-",
        "/",
        ".",
        ",",
        ";",
        "(",
        ")",
        "[",
        "]",
        "ext",
        "x",
        "#",
        ",,",
        ";ext=",
        "tel:",
        "Tel. ",
        "E+11",
        ".0",
        "=\"",
        "\"",
        "'",
        "0xx",
        "oder",
        "\u{202a}",
        "٣",
        "\n",
        "é",
        "\u{0}",
        "3023125010",
        "1713920010",
        "7700900123",
    ]);
    prop::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat())
}

fn countries() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["DE", "US", "GB", "IT", "FR", "RU", "AR", "BR", "MX", "JP", "AU", "IM", "KZ", "SM", "ZZ", ""])
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(typed in any::<String>(), country in countries()) {
        for role in [NumberRole::Desk, NumberRole::Traveller] {
            let reading = read_number(&typed, country, role);
            prop_assert!(reading.result.is_ok() || reading.warnings.is_empty() && reading.extension.is_none());
        }
    }

    #[test]
    fn a_desk_is_never_read_more_boldly_than_a_traveller(typed in nearly_a_number(), country in countries()) {
        let desk = read_number(&typed, country, NumberRole::Desk);
        let traveller = read_number(&typed, country, NumberRole::Traveller);
        if let (Ok(desk), Ok(traveller)) = (&desk.result, &traveller.result) {
            prop_assert_eq!(desk, traveller);
        }
    }

    #[test]
    fn what_is_accepted_is_accepted_again_in_its_stored_form(typed in nearly_a_number(), country in countries(), other in countries()) {
        if let Ok(phone) = read_number(&typed, country, NumberRole::Desk).result {
            let again = read_number(phone.e164(), other, NumberRole::Desk);
            prop_assert_eq!(again.result, Ok(phone));
        }
    }
}
