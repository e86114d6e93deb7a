//! Tables of numbers as people type them.

use super::*;

/// `expect`: the number, or the reason, and behind it extension and warnings where there are any.
fn check(country: &str, role: NumberRole, typed: &str, expect: &str) {
    let reading = read_number(typed, country, role);
    let number = match &reading.result {
        Ok(phone) => phone.e164().to_owned(),
        Err(refusal) => refusal.as_str().to_owned(),
    };
    let extension = reading.extension.map(|extension| format!(" x{extension}")).unwrap_or_default();
    let warnings: String = reading.warnings.iter().map(|warning| format!(" {}", warning.as_str())).collect();
    assert_eq!(format!("{number}{extension}{warnings}"), expect, "{typed:?} in {country} as {role:?}");
}

fn desk(country: &str, typed: &str, expect: &str) {
    check(country, NumberRole::Desk, typed, expect);
}

fn traveller(country: &str, typed: &str, expect: &str) {
    check(country, NumberRole::Traveller, typed, expect);
}

#[test]
fn the_emergency_numbers_can_be_read() {
    assert_eq!(EMERGENCY_BY_COUNTRY.len(), 239);
    assert!(emergency_numbers("DE").any(|number| number == "110"));
    assert!(emergency_numbers("nowhere").any(|number| number == "112"));
}

#[test]
fn numbers_that_other_parsers_bend_stay_straight() {
    // whisperfish/rust-phonenumber#68, #81, #32
    desk("IT", "391 000 0000", "+393910000000");
    traveller("FR", "+33 06 39 98 00 00", "+33639980000");
    traveller("CH", "003-836-4618x3001", "short_code");
    desk("DE", "+49 491 00000", "+4949100000");
}

#[test]
fn exit_prefixes_of_the_country_mean_plus() {
    desk("JP", "010 49 30 23125010", "+493023125010");
    desk("RU", "8 10 49 30 23125010", "+493023125010");
    desk("KZ", "810 49 30 23125010", "+493023125010");
    desk("CA", "011-49-30-23125010", "+493023125010");
    desk("AU", "0049 30 23125010", "+493023125010");
    desk("DE", "+0049 30 23125010", "+493023125010");
    desk("GB", "0011 49 30 23125010", "length");
}

#[test]
fn mexico_gave_up_its_mobile_prefixes() {
    traveller("MX", "044 55 0000 0000", "+525500000000");
    traveller("MX", "045 55 0000 0000", "+525500000000");
    traveller("MX", "01 55 0000 0000", "+525500000000");
    traveller("DE", "+52 1 55 0000 0000", "+525500000000");
}

#[test]
fn a_local_number_never_becomes_a_strangers() {
    desk("AT", "23125010", "ambiguous");
    traveller("DE", "4930 23125010", "+493023125010 prefix_guessed");
    desk("DE", "4930 23125010", "ambiguous");
    desk("RU", "495 000-00-00", "ambiguous");
    traveller("RU", "495 000-00-00", "+74950000000 prefix_guessed");
    traveller("RU", "74950000000", "+74950000000 prefix_guessed");
    desk("US", "202 555 0142", "+12025550142");
    desk("ES", "910 000 000", "+34910000000");
    traveller("IE", "2091 00000", "ambiguous");
}

#[test]
fn a_country_without_a_plan_reads_numbers_with_a_country_code_alone() {
    for country in ["AQ", "001", "", "de", "ZZ"] {
        desk(country, "+49 30 23125010", "+493023125010");
        desk(country, "030 23125010", "ambiguous");
        desk(country, "112", "emergency");
    }
}

#[test]
fn emergency_services_hide_behind_prefixes() {
    for typed in ["0 112", "9 112", "00112", "+0112", "+49 0112", "+49 (0)110", "(112)", "1-1-2", "１１２"] {
        desk("DE", typed, "emergency");
    }
    desk("AU", "000", "emergency");
    desk("AU", "0 000", "emergency");
    desk("AU", "+61 000", "emergency");
    desk("DE", "+61 000", "emergency");
    desk("DE", "+1 911", "emergency");
    desk("DE", "+1 911 000 0000", "emergency");
}

#[test]
fn test_ranges_count_as_in_use() {
    desk("DE", "+44 1632 960123", "+441632960123");
    desk("DE", "+353 20 9100000", "+353209100000");
    desk("DE", "+46 70 174 06 05", "+46701740605");
    desk("DE", "+61 2 5550 0000", "+61255500000");
    desk("DE", "+1 800 555 0142", "+18005550142 toll_free");
    desk("DE", "+1 999 555 0142", "+19995550142");
}

#[test]
fn a_desk_in_an_unknown_range_can_be_confirmed() {
    let reading = read_number("+81 90-0000-0000", "DE", NumberRole::Desk);
    assert_eq!(reading.result, Err(NumberRefusal::Unassigned));
    assert_eq!(reading.if_confirmed.as_ref().map(PhoneNumber::e164), Some("+819000000000"));
    assert_eq!(read_number("+49 900 1 000000", "DE", NumberRole::Desk).if_confirmed, None);
}

#[test]
fn lengths_and_codes_at_their_bounds() {
    desk("DE", "+", "not_a_number");
    desk("DE", "00", "unknown_country");
    desk("DE", "+1", "short_code");
    desk("DE", "+49", "short_code");
    desk("DE", "+0 30 23125010", "unknown_country");
    desk("DE", &format!("+49{}", "3".repeat(5000)), "length");
    desk("DE", &"0".repeat(5000), "unknown_country");
    desk("DE", "+49 164 0", "short_code");
    desk("DE", "+808 12345678", "shared_cost");
    desk("DE", "+800 1234 5678", "+80012345678 toll_free");
}
