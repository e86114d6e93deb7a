//! What the fields of a document are called when a person reads about them: "Phone of contact 2", "Telefon von Kontakt 2".

/// The languages in which administrators are spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tongue {
    /// English.
    English,
    /// German.
    German,
}

/// A field: its name in documents, for people in English and German, and the same for one entry of a list.
struct Noun {
    name: &'static str,
    whole: [&'static str; 2],
    entry: [&'static str; 2],
}

const fn noun(name: &'static str, whole: [&'static str; 2], entry: [&'static str; 2]) -> Noun {
    Noun { name, whole, entry }
}

/// Sections of the document: "Retry plan" needs no "of status call".
const SECTIONS: [&str; 4] = ["assistance", "status_call", "alerts", "retention"];

/// Things that have fields of their own and are no list: how they stand behind "Phone".
const OWNERS: [(&str, [&str; 2]); 4] = [
    ("medical_provider", [" of the medical provider", " des medizinischen Dienstleisters"]),
    ("travel_provider", [" of the travel provider", " des Reisedienstleisters"]),
    ("incident", [" of the incident", " des Ereignisses"]),
    ("credentials", [" of the credentials", " der Zugangsdaten"]),
];

const NOUNS: [Noun; 73] = [
    noun("name", ["Name", "Name"], ["", ""]),
    noun("former_names", ["Former names", "Frühere Namen"], ["former name", "Früherer Name"]),
    noun("spoken_name", ["Spoken name", "Gesprochener Name"], ["", ""]),
    noun("country", ["Country", "Land"], ["", ""]),
    noun("time_zone", ["Time zone", "Zeitzone"], ["", ""]),
    noun("languages", ["Languages", "Sprachen"], ["language", "Sprache"]),
    noun("language", ["Language", "Sprache"], ["", ""]),
    noun("emergency_number", ["Emergency number", "Notrufnummer"], ["", ""]),
    noun("assistance", ["Assistance", "Assistance"], ["", ""]),
    noun("mode", ["Assistance mode", "Assistance-Einstellung"], ["", ""]),
    noun("own_contacts", ["Your own emergency contacts", "Ihre eigenen Notfallkontakte"], ["contact", "Kontakt"]),
    noun("last_resort_operations_centre", ["Last resort", "Letzte Instanz"], ["", ""]),
    noun("operations_centre", ["Operations centre", "Operationszentrale"], ["", ""]),
    noun("medical_provider", ["Medical provider", "Medizinischer Dienstleister"], ["", ""]),
    noun("travel_provider", ["Travel provider", "Reisedienstleister"], ["", ""]),
    noun("phone", ["Phone", "Telefon"], ["", ""]),
    noun("phones", ["Phones", "Telefone"], ["phone", "Telefon"]),
    noun("must_confirm", ["Press 1 to accept", "Annehmen mit der 1"], ["", ""]),
    noun("ring_seconds", ["Ringing time", "Klingeldauer"], ["", ""]),
    noun("hours", ["Hours", "Zeiten"], ["span", "Zeitspanne"]),
    noun("days", ["Days", "Tage"], ["", ""]),
    noun("from", ["Beginning", "Beginn"], ["", ""]),
    noun("to", ["End", "Ende"], ["", ""]),
    noun("status_call", ["Status call", "Statusanruf"], ["", ""]),
    noun("max_prompts", ["Number of prompts", "Anzahl der Ansagen"], ["", ""]),
    noun("retry_minutes", ["Retry plan", "Wiederholungsplan"], ["entry of the retry plan", "Eintrag des Wiederholungsplans"]),
    noun("speech", ["Spoken answers", "Gesprochene Antworten"], ["", ""]),
    noun("text_first", ["Text first", "Zuerst eine Textnachricht"], ["", ""]),
    noun("alerts", ["Alerts", "Alarme"], ["", ""]),
    noun("recipients", ["Recipients of alerts", "Alarmkontakte"], ["recipient", "Alarmkontakt"]),
    noun("email", ["E-mail address", "E-Mail-Adresse"], ["", ""]),
    noun("repeat_minutes", ["Repeat", "Wiederholung"], ["", ""]),
    noun("retention", ["Data retention", "Datenhaltung"], ["", ""]),
    noun("status_queries", ["Retention of status queries", "Datenhaltung der Statusabfragen"], ["", ""]),
    noun("locations", ["Retention of locations", "Datenhaltung der Standorte"], ["", ""]),
    noun("provider", ["Provider", "Anbieter"], ["", ""]),
    noun("region", ["Region", "Region"], ["", ""]),
    noun("credentials", ["Credentials", "Zugangsdaten"], ["", ""]),
    noun("webhook_secrets", ["Webhook secrets", "Webhook-Geheimnisse"], ["webhook secret", "Webhook-Geheimnis"]),
    noun("key", ["Key", "Schlüssel"], ["", ""]),
    noun("secret", ["Secret", "Geheimnis"], ["", ""]),
    noun("api_base_url", ["Address of the provider's API", "Adresse der Schnittstelle des Anbieters"], ["", ""]),
    noun("calls_per_second", ["Calls per second", "Anrufe je Sekunde"], ["", ""]),
    noun("account", ["Account", "Konto"], ["", ""]),
    noun("number", ["Number", "Rufnummer"], ["", ""]),
    noun("organisation", ["Organisation", "Organisation"], ["", ""]),
    noun("inbound", ["Incoming calls", "Eingehende Anrufe"], ["", ""]),
    noun("text_line", ["Line for texts", "Rufnummer für Textnachrichten"], ["", ""]),
    noun("fallback_url", ["Fallback address", "Ersatzadresse"], ["", ""]),
    noun("person_key", ["Personnel number", "Personalnummer"], ["", ""]),
    noun("groups", ["Groups", "Gruppen"], ["group", "Gruppe"]),
    noun("valid_until", ["Valid until", "Gültig bis"], ["", ""]),
    noun("incident", ["Incident", "Ereignis"], ["", ""]),
    noun("travellers", ["Travellers", "Reisende"], ["traveller", "Reisende Person"]),
    noun("exercise", ["Exercise", "Übung"], ["", ""]),
    noun("answer", ["Answer", "Antwort"], ["", ""]),
    noun("at", ["Time", "Zeitpunkt"], ["", ""]),
    noun("activate", ["Activation", "Aktivierung"], ["", ""]),
    noun("planned", ["What becomes of the planned version", "Was aus der geplanten Fassung wird"], ["", ""]),
    noun("note", ["Note", "Notiz"], ["", ""]),
    noun("version", ["Version", "Fassung"], ["", ""]),
    noun("limit", ["Limit", "Anzahl"], ["", ""]),
    noun("after", ["Position in the list", "Stelle in der Liste"], ["", ""]),
    noun("state", ["State", "Zustand"], ["", ""]),
    noun("traveller", ["Traveller", "Reisende Person"], ["", ""]),
    noun("latitude", ["Latitude", "Breitengrad"], ["", ""]),
    noun("longitude", ["Longitude", "Längengrad"], ["", ""]),
    noun("accuracy_m", ["Accuracy", "Genauigkeit"], ["", ""]),
    noun("place", ["Place", "Ort"], ["", ""]),
    noun("source", ["Source", "Quelle"], ["", ""]),
    noun("outcome", ["Outcome", "Ergebnis"], ["", ""]),
    noun("how", ["How it was settled", "Wie es erledigt wurde"], ["", ""]),
    noun("role", ["Role", "Rolle"], ["", ""]),
];

/// What a path is called, beginning with a capital: `assistance.own_contacts[1].phone` is "Phone of contact 2".
pub(super) fn field_name(path: &str, tongue: Tongue) -> String {
    let mut segments = path.rsplit('.').filter(|segment| !segment.is_empty());
    let Some(leaf) = segments.next() else {
        return ["The document", "Das Dokument"][tongue.place()].to_owned();
    };
    let mut name = leaf_name(leaf, path, tongue);
    for owner in segments.filter(|segment| !SECTIONS.contains(segment)) {
        name.push_str(&owner_name(owner, tongue));
    }
    name
}

impl Tongue {
    const fn place(self) -> usize {
        match self {
            Self::English => 0,
            Self::German => 1,
        }
    }
}

/// The name of a segment, and which entry it is, counted from 1 as people do.
fn parts(segment: &str) -> (&str, Option<usize>) {
    let entry = segment.strip_suffix(']').and_then(|rest| rest.rsplit_once('['));
    match entry.and_then(|(name, index)| Some((name, index.parse::<usize>().ok()?))) {
        Some((name, index)) => (name, Some(index.saturating_add(1))),
        None => (segment, None),
    }
}

fn find(name: &str) -> Option<&'static Noun> {
    NOUNS.iter().find(|noun| noun.name == name)
}

fn leaf_name(segment: &str, path: &str, tongue: Tongue) -> String {
    let (name, entry) = parts(segment);
    let Some(noun) = find(name) else { return format!("\"{segment}\"") };
    // Below `retention` the alerts are how long they are kept.
    if path == "retention.alerts" {
        return ["Retention of alerts", "Datenhaltung der Alarme"][tongue.place()].to_owned();
    }
    match entry {
        None => noun.whole[tongue.place()].to_owned(),
        Some(number) => {
            let word = noun.entry[tongue.place()];
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_uppercase().collect::<String>()).unwrap_or_default();
            format!("{first}{} {number}", letters.as_str())
        }
    }
}

fn owner_name(segment: &str, tongue: Tongue) -> String {
    let (name, entry) = parts(segment);
    if let Some((_, words)) = OWNERS.iter().find(|(owner, _)| *owner == name) {
        return words[tongue.place()].to_owned();
    }
    match (find(name), entry) {
        (Some(noun), Some(number)) => {
            format!("{} {} {number}", [" of", " von"][tongue.place()], noun.entry[tongue.place()])
        }
        (Some(_) | None, _) => format!(" {} \"{segment}\"", ["of", "von"][tongue.place()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_called_as_people_call_them() {
        let check = |path: &str, english: &str, german: &str| {
            assert_eq!(field_name(path, Tongue::English), english);
            assert_eq!(field_name(path, Tongue::German), german);
        };
        check("", "The document", "Das Dokument");
        check("assistance.own_contacts[1].phone", "Phone of contact 2", "Telefon von Kontakt 2");
        check("assistance.own_contacts[1]", "Contact 2", "Kontakt 2");
        check("assistance.own_contacts", "Your own emergency contacts", "Ihre eigenen Notfallkontakte");
        check("medical_provider.phone", "Phone of the medical provider", "Telefon des medizinischen Dienstleisters");
        check(
            "medical_provider.hours[0].from",
            "Beginning of span 1 of the medical provider",
            "Beginn von Zeitspanne 1 des medizinischen Dienstleisters",
        );
        check("status_call.retry_minutes", "Retry plan", "Wiederholungsplan");
        check("retention.alerts", "Retention of alerts", "Datenhaltung der Alarme");
        check("alerts.recipients[0].email", "E-mail address of recipient 1", "E-Mail-Adresse von Alarmkontakt 1");
        check("colour", "\"colour\"", "\"colour\"");
        check("phones[18446744073709551615]", "Phone 18446744073709551615", "Telefon 18446744073709551615");
    }

    #[test]
    fn every_noun_stands_once() {
        for noun in &NOUNS {
            assert_eq!(NOUNS.iter().filter(|other| other.name == noun.name).count(), 1, "{}", noun.name);
        }
    }
}
