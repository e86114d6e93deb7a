//! Tables of numbers as people type them.

use super::*;

/// `expect`: plus, digits and extension, or the reason.
fn check(country: &str, typed: &str, expect: &str) {
    let text = match read(typed, country) {
        Err(refusal) => refusal.as_str().to_owned(),
        Ok(text) => {
            let extension = text.extension.map(|extension| format!(" x{extension}")).unwrap_or_default();
            format!("{}{}{extension}", if text.plus { "+" } else { "" }, text.digits)
        }
    };
    assert_eq!(text, expect, "{typed:?}");
}

#[test]
fn digits_of_every_script_are_digits() {
    check("DE", "٠١٧١ ٣٩٢٠٠١٠", "01713920010");
    check("DE", "०१७१३९२००१०", "01713920010");
    check("DE", "𝟎𝟏𝟕𝟏𝟑𝟗𝟐𝟎𝟎𝟏𝟎", "01713920010");
    check("DE", "𝟘𝟙𝟟𝟙𝟛𝟡𝟚𝟘𝟘𝟙𝟘", "01713920010");
    check("DE", "０３０／２３１２５０１０", "03023125010");
    check("DE", "030²3125010", "not_a_number");
}

#[test]
fn every_row_of_digits_counts_from_nought() {
    let digits: Vec<char> = ('\0'..=char::MAX).filter(|sign| sign.general_category() == GeneralCategory::DecimalNumber).collect();
    assert!(digits.len() >= 650);
    for row in digits.chunks(10) {
        assert_eq!(row.iter().filter_map(|digit| decimal(*digit)).collect::<String>(), "0123456789", "{row:?}");
    }
}

#[test]
fn words_that_mean_no_number() {
    for typed in ["", "  ", "\u{FEFF}", "-", "–", "N/A", "Keine", " siehe\u{A0}Notizen ", "?", ",;", "unbekannt:"] {
        check("DE", typed, "empty");
    }
}

#[test]
fn several_numbers_are_not_one() {
    for typed in [
        "0171 3920010 oder 030 23125010",
        "0171 3920010\n030 23125010",
        "0171 3920010|030 23125010",
        "0171 3920010 & 030 23125010",
        "0171 3920010; 030 23125010",
        "+49 171 3920010/+49 30 23125010",
        "0171/3920010 / 030/23125010",
        "0171 3920010 UND 030 23125010",
    ] {
        check("DE", typed, "several_numbers");
    }
    check("DE", "030/23125-010", "03023125010");
    check("DE", "0171 3920010,\n030", "not_a_number");
    check("DE", "0171\n3920010", "01713920010");
    check("DE", "030 23125010 / 11", "0302312501011");
    check("DE", "030/23125010/11", "ambiguous");
    check("DE", "Land 030 23125010", "not_a_number");
}

#[test]
fn a_cell_is_parted_into_its_numbers() {
    let check = |cell: &str, expect: &[&str]| assert_eq!(split_numbers(cell), expect, "{cell:?}");
    check("0171 3920010, 0171 3920011", &["0171 3920010", "0171 3920011"]);
    check("0171 3920010 oder 030/23125010 / 030/23125011", &["0171 3920010", "030/23125010", "030/23125011"]);
    check("tel:+49-30-23125010;ext=12", &["tel:+49-30-23125010;ext=12"]);
    check("030 23125010,,12", &["030 23125010,,12"]);
    check("0171 3920010 (abends), Zimmer 12", &["0171 3920010 (abends), Zimmer 12"]);
    check("", &[""]);
}

#[test]
fn what_spreadsheets_do() {
    check("DE", "'0171 3920010", "01713920010");
    check("DE", "`0171 3920010", "01713920010");
    check("DE", "=\"0171 3920010\"", "01713920010");
    check("DE", "=0171", "0171");
    check("DE", "=A1", "not_a_number");
    check("DE", "4,91713920010E+11", "491713920010");
    check("DE", "4.91714E+11", "rounded");
    check("DE", "5e11", "rounded");
    check("DE", "+4.91713920010E+11", "+491713920010");
    check("DE", "4.9E+99999999999999999999999", "rounded");
    check("DE", "4.9E-3", "not_a_number");
    check("DE", "491713920010,0", "491713920010");
}

#[test]
fn labels_and_remarks_go() {
    check("DE", "Tel. privat: 0171 3920010", "01713920010");
    check("DE", "TEL:+49-30-23125010", "+493023125010");
    check("DE", "T.030 23125010", "03023125010");
    check("DE", "T 030 23125010", "not_a_number");
    check("DE", "(privat) Büro 030 23125010 [nur abends]", "03023125010");
    check("DE", "Téléphone : 01 99 00 12 34", "0199001234");
    check("DE", "telefon030 23125010", "not_a_number");
    check("DE", "030 23125010 (Zimmer 4)", "not_a_number");
}

#[test]
fn extensions_are_cut_off() {
    for typed in [
        "030 23125010 ext. 12",
        "030 23125010x12",
        "030 23125010 #12",
        "030 23125010,,12#",
        "030 23125010, App. 12",
        "030 23125010;ext=12",
        "030 23125010 DW: 12",
        "030 23125010 - Kl. 12",
    ] {
        check("DE", typed, "03023125010 x12");
    }
    check("DE", "030 23125010 ext 12345678", "not_a_number");
    check("DE", "12345 ext 12", "not_a_number");
    check("DE", "030 23125010 text 12", "not_a_number");
    check("DE", "030 23125010#", "not_a_number");
}

#[test]
fn signs_that_a_number_may_have() {
    check("DE", "(+49) [30] 23125_010~", "+493023125010");
    check("DE", "+ 49 30 23125010", "+493023125010");
    check("DE", "++49 30 23125010", "not_a_number");
    check("DE", "00+49 30 23125010", "not_a_number");
    check("DE", "030*23125010", "not_a_number");
    check("DE", "030\u{0}23125010", "not_a_number");
    check("DE", "()", "not_a_number");
}

#[test]
fn brazils_sign_for_the_operator_is_a_nought() {
    check("BR", "(0xx11) 90000-0000", "011900000000");
    check("DE", "+55 0XX11 90000-0000", "+55011900000000");
    check("DE", "0xx11 90000-0000", "not_a_number");
}
