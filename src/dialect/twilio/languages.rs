//! Which languages Twilio can speak and hear, and under which names.
//!
//! Source: the value lists of `Say language`, `Say voice` and `Gather language` in the SDKs' types (npm package twilio
//! 6.2.0), kept in `tests/data/twilio/twiml-table.json`; a test holds this table against them. Standard, WaveNet and
//! neural voices only: they read the plain text that `wording` is written for.

use crate::model::capabilities::LanguageSupport;

/// One row a language or regional variant, the variants before their language. A region without a voice of its own
/// speaks like its neighbours and is still heard with its own accent.
pub(super) static LANGUAGES: &[LanguageSupport] = &[
    row("ca", "ca-ES", "Google.ca-ES-Standard-A", "ca-ES"),
    row("cs", "cs-CZ", "Google.cs-CZ-Wavenet-A", "cs-CZ"),
    row("da", "da-DK", "Google.da-DK-Neural2-D", "da-DK"),
    row("de-AT", "de-AT", "Polly.Hannah-Neural", "de-DE"),
    row("de", "de-DE", "Google.de-DE-Neural2-A", "de-DE"),
    row("el", "el-GR", "Google.el-GR-Wavenet-A", "el-GR"),
    row("en-AU", "en-AU", "Google.en-AU-Neural2-A", "en-AU"),
    row("en-CA", "en-US", "Google.en-US-Neural2-A", "en-CA"),
    row("en-GB", "en-GB", "Google.en-GB-Neural2-A", "en-GB"),
    row("en-GH", "en-GB", "Google.en-GB-Neural2-A", "en-GH"),
    row("en-IE", "en-IE", "Polly.Niamh-Neural", "en-IE"),
    row("en-IN", "en-IN", "Google.en-IN-Neural2-A", "en-IN"),
    row("en-KE", "en-GB", "Google.en-GB-Neural2-A", "en-KE"),
    row("en-NG", "en-GB", "Google.en-GB-Neural2-A", "en-NG"),
    row("en-NZ", "en-NZ", "Polly.Aria-Neural", "en-NZ"),
    row("en-PH", "en-US", "Google.en-US-Neural2-A", "en-PH"),
    row("en-SG", "en-GB", "Google.en-GB-Neural2-A", "en-SG"),
    row("en-TZ", "en-GB", "Google.en-GB-Neural2-A", "en-TZ"),
    row("en-ZA", "en-ZA", "Polly.Ayanda-Neural", "en-ZA"),
    row("en", "en-US", "Google.en-US-Neural2-A", "en-US"),
    row("es-AR", "es-US", "Google.es-US-Neural2-A", "es-AR"),
    row("es-BO", "es-US", "Google.es-US-Neural2-A", "es-BO"),
    row("es-CL", "es-US", "Google.es-US-Neural2-A", "es-CL"),
    row("es-CO", "es-US", "Google.es-US-Neural2-A", "es-CO"),
    row("es-CR", "es-US", "Google.es-US-Neural2-A", "es-CR"),
    row("es-DO", "es-US", "Google.es-US-Neural2-A", "es-DO"),
    row("es-EC", "es-US", "Google.es-US-Neural2-A", "es-EC"),
    row("es-GT", "es-US", "Google.es-US-Neural2-A", "es-GT"),
    row("es-HN", "es-US", "Google.es-US-Neural2-A", "es-HN"),
    row("es-MX", "es-MX", "Polly.Mia-Neural", "es-MX"),
    row("es-NI", "es-US", "Google.es-US-Neural2-A", "es-NI"),
    row("es-PA", "es-US", "Google.es-US-Neural2-A", "es-PA"),
    row("es-PE", "es-US", "Google.es-US-Neural2-A", "es-PE"),
    row("es-PR", "es-US", "Google.es-US-Neural2-A", "es-PR"),
    row("es-PY", "es-US", "Google.es-US-Neural2-A", "es-PY"),
    row("es-SV", "es-US", "Google.es-US-Neural2-A", "es-SV"),
    row("es-US", "es-US", "Google.es-US-Neural2-A", "es-US"),
    row("es-UY", "es-US", "Google.es-US-Neural2-A", "es-UY"),
    row("es-VE", "es-US", "Google.es-US-Neural2-A", "es-VE"),
    row("es", "es-ES", "Google.es-ES-Neural2-A", "es-ES"),
    row("fi", "fi-FI", "Google.fi-FI-Wavenet-A", "fi-FI"),
    row("fr-BE", "fr-BE", "Polly.Isabelle-Neural", "fr-FR"),
    row("fr-CA", "fr-CA", "Google.fr-CA-Neural2-A", "fr-CA"),
    row("fr", "fr-FR", "Google.fr-FR-Neural2-A", "fr-FR"),
    row("he", "he-IL", "Google.he-IL-Wavenet-A", "he-IL"),
    row("hi", "hi-IN", "Google.hi-IN-Neural2-A", "hi-IN"),
    row("hu", "hu-HU", "Google.hu-HU-Wavenet-A", "hu-HU"),
    row("id", "id-ID", "Google.id-ID-Wavenet-A", "id-ID"),
    row("it", "it-IT", "Google.it-IT-Neural2-A", "it-IT"),
    row("ja", "ja-JP", "Google.ja-JP-Neural2-B", "ja-JP"),
    row("ko", "ko-KR", "Google.ko-KR-Neural2-A", "ko-KR"),
    row("nb", "nb-NO", "Google.nb-NO-Wavenet-A", "nb-NO"),
    row("no", "nb-NO", "Google.nb-NO-Wavenet-A", "nb-NO"),
    row("nl-BE", "nl-BE", "Google.nl-BE-Wavenet-A", "nl-BE"),
    row("nl", "nl-NL", "Google.nl-NL-Wavenet-A", "nl-NL"),
    row("pl", "pl-PL", "Google.pl-PL-Wavenet-A", "pl-PL"),
    row("pt-BR", "pt-BR", "Google.pt-BR-Neural2-A", "pt-BR"),
    row("pt", "pt-PT", "Google.pt-PT-Wavenet-A", "pt-PT"),
    row("ro", "ro-RO", "Google.ro-RO-Wavenet-A", "ro-RO"),
    row("ru", "ru-RU", "Google.ru-RU-Wavenet-A", "ru-RU"),
    row("sk", "sk-SK", "Google.sk-SK-Wavenet-A", "sk-SK"),
    row("sv", "sv-SE", "Google.sv-SE-Wavenet-A", "sv-SE"),
    row("th", "th-TH", "Google.th-TH-Neural2-C", "th-TH"),
    row("tr", "tr-TR", "Google.tr-TR-Wavenet-A", "tr-TR"),
    row("uk", "uk-UA", "Google.uk-UA-Wavenet-A", "uk-UA"),
    row("vi", "vi-VN", "Google.vi-VN-Neural2-A", "vi-VN"),
    row("yue", "yue-HK", "Google.yue-HK-Standard-A", "yue-Hant-HK"),
    row("zh-Hant-TW", "cmn-TW", "Google.cmn-TW-Wavenet-A", "cmn-Hant-TW"),
    row("zh-Hant", "cmn-TW", "Google.cmn-TW-Wavenet-A", "cmn-Hant-TW"),
    row("zh-TW", "cmn-TW", "Google.cmn-TW-Wavenet-A", "zh-TW"),
    row("zh", "cmn-CN", "Google.cmn-CN-Wavenet-A", "cmn-Hans-CN"),
    row("ar-AE", "ar-XA", "Google.ar-XA-Wavenet-A", "ar-AE"),
    row("ar-BH", "ar-XA", "Google.ar-XA-Wavenet-A", "ar-BH"),
    row("ar-DZ", "ar-XA", "Google.ar-XA-Wavenet-A", "ar-DZ"),
    row("ar-EG", "ar-XA", "Google.ar-XA-Wavenet-A", "ar-EG"),
    row("ar-IL", "ar-XA", "Google.ar-XA-Wavenet-A", "ar-IL"),
    row("ar-IQ", "ar-XA", "Google.ar-XA-Wavenet-A", "ar-IQ"),
    row("ar-JO", "ar-XA", "Google.ar-XA-Wavenet-A", "ar-JO"),
    row("ar-KW", "ar-XA", "Google.ar-XA-Wavenet-A", "ar-KW"),
    row("ar-LB", "ar-XA", "Google.ar-XA-Wavenet-A", "ar-LB"),
    row("ar-MA", "ar-XA", "Google.ar-XA-Wavenet-A", "ar-MA"),
    row("ar-OM", "ar-XA", "Google.ar-XA-Wavenet-A", "ar-OM"),
    row("ar-PS", "ar-XA", "Google.ar-XA-Wavenet-A", "ar-PS"),
    row("ar-QA", "ar-XA", "Google.ar-XA-Wavenet-A", "ar-QA"),
    row("ar-SA", "ar-XA", "Google.ar-XA-Wavenet-A", "ar-SA"),
    row("ar-TN", "ar-XA", "Google.ar-XA-Wavenet-A", "ar-TN"),
    row("ar", "ar-XA", "Google.ar-XA-Wavenet-A", "ar-AE"),
];

const fn row(tag: &'static str, say: &'static str, voice: &'static str, hear: &'static str) -> LanguageSupport {
    LanguageSupport { tag, voice: Some((say, voice)), recogniser: Some(hear) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::language::LanguageTag;
    use serde_json::Value;

    /// The languages that the product has words in.
    const OURS: [&str; 32] = [
        "ar", "ca", "cs", "da", "de", "el", "en", "es", "fi", "fr", "he", "hi", "hu", "id", "it", "ja", "ko", "nb", "nl", "no",
        "pl", "pt", "pt-BR", "ro", "ru", "sk", "sv", "th", "tr", "uk", "vi", "zh",
    ];

    fn values(table: &Value, path: &str) -> Vec<String> {
        let values = table.pointer(path).and_then(Value::as_array).expect(path);
        values.iter().map(|value| value.as_str().expect("text").to_owned()).collect()
    }

    #[test]
    fn every_name_is_one_that_twilio_lists() {
        let table: Value = serde_json::from_str(include_str!("../../../tests/data/twilio/twiml-table.json")).expect("json");
        let says = values(&table, "/types/voice~1Say/attributes/language/values");
        let voices = values(&table, "/types/voice~1Say/attributes/voice/values");
        let hears = values(&table, "/types/voice~1Gather/attributes/language/values");
        for row in LANGUAGES {
            let (say, voice) = row.voice.expect("spoken");
            assert!(says.iter().any(|known| known == say), "{}: {say}", row.tag);
            assert!(voices.iter().any(|known| known == voice), "{}: {voice}", row.tag);
            let google = voice.strip_prefix("Google.");
            assert!(google.is_none_or(|voice| voice.starts_with(say)), "{}: {voice} does not speak {say}", row.tag);
            let hear = row.recogniser.expect("heard");
            assert!(hears.iter().any(|known| known == hear), "{}: {hear}", row.tag);
        }
    }

    #[test]
    fn every_language_of_ours_is_spoken_and_heard() {
        for tag in OURS.into_iter().chain(["yue"]) {
            assert!(LANGUAGES.iter().any(|row| row.tag == tag), "{tag}");
        }
    }

    #[test]
    fn tags_are_written_as_we_write_them_once_each_and_variants_come_first() {
        for (place, row) in LANGUAGES.iter().enumerate() {
            let tag = LanguageTag::new(row.tag).expect(row.tag);
            assert_eq!(tag.as_str(), row.tag);
            assert!(LANGUAGES.iter().skip(place + 1).all(|other| other.tag != row.tag), "{} twice", row.tag);
            let primary = LANGUAGES.iter().position(|other| other.tag == tag.primary()).expect(row.tag);
            assert!(place <= primary, "{} behind its language", row.tag);
        }
    }
}
