//! Countries: the 249 of ISO 3166-1, and Kosovo, which telephone networks and time know as XK.

const ALPHA_2: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT \
    BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH \
    ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT \
    HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS \
    LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI \
    NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG \
    SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG \
    UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW XK";

/// Is this a country, in two capital letters?
pub(super) fn is_country(text: &str) -> bool {
    text.len() == 2 && ALPHA_2.split(' ').any(|country| country == text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::number_plan::plan_of_region;

    #[test]
    fn countries_are_two_capitals() {
        assert_eq!(ALPHA_2.split(' ').count(), 250);
        for country in ["DE", "US", "AQ", "XK", "ZW"] {
            assert!(is_country(country), "{country}");
        }
        for other in ["de", "De", "D", "DEU", "", " ", "XX", "UK", "EU", "E A", "A"] {
            assert!(!is_country(other), "{other:?}");
        }
    }

    #[test]
    fn nearly_all_have_a_numbering_plan() {
        let without: Vec<&str> = ALPHA_2.split(' ').filter(|country| plan_of_region(country).is_none()).collect();
        assert_eq!(without, ["AQ", "BV", "GS", "HM", "PN", "TF", "UM"]);
    }
}
