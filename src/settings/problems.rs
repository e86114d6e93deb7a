//! Every sentence that an administrator can see about what was typed: problems and warnings, in English and German.
//!
//! One constructor a sentence. Each names the field, says what is wrong, and gives the way out. Phone numbers and secrets
//! are never repeated in them.

use super::field_names::{Tongue, field_name};
use super::number_reading::{NumberRefusal, NumberRole};
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

/// One complaint about one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where, in the document as typed: `assistance.own_contacts[1].phone`.
    pub path: String,
    /// A word for programs.
    pub code: &'static str,
    said: [Said; 2],
}

/// What is wrong, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    message: String,
    hint: String,
}

impl Problem {
    /// The field and what is wrong with it, without a full stop.
    #[must_use]
    pub fn message(&self, tongue: Tongue) -> &str {
        &self.in_tongue(tongue).message
    }

    /// The way out, without a full stop.
    #[must_use]
    pub fn hint(&self, tongue: Tongue) -> &str {
        &self.in_tongue(tongue).hint
    }

    const fn in_tongue(&self, tongue: Tongue) -> &Said {
        let [english, german] = &self.said;
        match tongue {
            Tongue::English => english,
            Tongue::German => german,
        }
    }
}

/// As the API shows it, in English: `{"path", "code", "message", "hint"}`.
impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Problem", 4)?;
        fields.serialize_field("path", &self.path)?;
        fields.serialize_field("code", self.code)?;
        fields.serialize_field("message", self.message(Tongue::English))?;
        fields.serialize_field("hint", self.hint(Tongue::English))?;
        fields.end()
    }
}

/// More complaints than a person reads are not collected.
pub const PROBLEMS_MAX: usize = 500;

/// Complaints as they are collected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// None so far.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Is there one with this code?
    #[must_use]
    pub fn has(&self, code: &str) -> bool {
        self.0.iter().any(|problem| problem.code == code)
    }

    /// The list, in the order in which they were found.
    #[must_use]
    pub fn into_list(self) -> Vec<Problem> {
        self.0
    }

    /// `said` gets the name of the field in its language: English, then German; message, then hint.
    fn add(
        &mut self,
        path: &str,
        code: &'static str,
        english: impl FnOnce(&str) -> (String, String),
        german: impl FnOnce(&str) -> (String, String),
    ) {
        if self.0.len() >= PROBLEMS_MAX {
            return;
        }
        let (message, hint) = english(&field_name(path, Tongue::English));
        let said_in_english = Said { message, hint };
        let (message, hint) = german(&field_name(path, Tongue::German));
        self.0.push(Problem { path: path.to_owned(), code, said: [said_in_english, Said { message, hint }] });
    }
}

/// What kind of value a field wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Text,
    Flag,
    WholeNumber,
    Number,
    List,
    Object,
    TextOrObject,
    TextListOrObject,
}

impl Wanted {
    const fn in_english(self) -> &'static str {
        match self {
            Self::Text => "a text in quotation marks",
            Self::Flag => "true or false",
            Self::WholeNumber => "a whole number without quotation marks",
            Self::Number => "a number without quotation marks",
            Self::List => "a list in square brackets",
            Self::Object => "an object in curly brackets",
            Self::TextOrObject => "a text, or an object in curly brackets",
            Self::TextListOrObject => "\"all\", a list of ids, or an object with groups",
        }
    }

    const fn in_german(self) -> &'static str {
        match self {
            Self::Text => "ein Text in Anführungszeichen",
            Self::Flag => "true oder false",
            Self::WholeNumber => "eine ganze Zahl ohne Anführungszeichen",
            Self::Number => "eine Zahl ohne Anführungszeichen",
            Self::List => "eine Liste in eckigen Klammern",
            Self::Object => "ein Objekt in geschweiften Klammern",
            Self::TextOrObject => "ein Text oder ein Objekt in geschweiften Klammern",
            Self::TextListOrObject => "\"all\", eine Liste von Kennungen oder ein Objekt mit Gruppen",
        }
    }
}

fn both(message: impl Into<String>, hint: impl Into<String>) -> (String, String) {
    (message.into(), hint.into())
}

/// Form: what any document can have.
impl Problems {
    pub(super) fn wrong_type(&mut self, path: &str, wanted: Wanted) {
        self.add(
            path,
            "wrong_type",
            |field| both(format!("{field} has the wrong type"), format!("It must be {}", wanted.in_english())),
            |field| both(format!("{field} hat den falschen Typ"), format!("Hier steht {}", wanted.in_german())),
        );
    }

    pub(super) fn missing(&mut self, path: &str) {
        self.add(
            path,
            "missing",
            |field| both(format!("{field} is missing"), "Enter it"),
            |feld| both(format!("{feld} fehlt"), "Eintragen"),
        );
    }

    pub(super) fn unknown_field(&mut self, path: &str, known: &[&str]) {
        let known = known.join(", ");
        self.add(
            path,
            "unknown_field",
            |field| both(format!("{field} is no field here"), format!("Known here: {known}")),
            |feld| both(format!("{feld} ist hier kein Feld"), format!("Hier bekannt: {known}")),
        );
    }

    pub(super) fn too_long(&mut self, path: &str, characters_max: usize) {
        self.add(
            path,
            "too_long",
            |field| both(format!("{field} is longer than {characters_max} characters"), "Shorten it"),
            |feld| both(format!("{feld} ist länger als {characters_max} Zeichen"), "Kürzen"),
        );
    }

    pub(super) fn control_characters(&mut self, path: &str) {
        self.add(
            path,
            "control_characters",
            |field| both(format!("{field} holds a sign that cannot be shown or spoken"), "Type it again instead of pasting it"),
            |feld| {
                both(format!("{feld} enthält ein Zeichen, das man weder zeigen noch sprechen kann"), "Neu tippen statt einfügen")
            },
        );
    }

    pub(super) fn out_of_range(&mut self, path: &str, least: &str, most: &str) {
        self.add(
            path,
            "out_of_range",
            |field| both(format!("{field} is not between {least} and {most}"), format!("Enter {least} to {most}")),
            |feld| both(format!("{feld} liegt nicht zwischen {least} und {most}"), format!("Erlaubt ist {least} bis {most}")),
        );
    }

    pub(super) fn unknown_value(&mut self, path: &str, known: &[&str]) {
        let known = known.join(", ");
        self.add(
            path,
            "unknown_value",
            |field| both(format!("{field} has a value that is not known"), format!("Known are: {known}")),
            |feld| both(format!("{feld} hat einen unbekannten Wert"), format!("Bekannt sind: {known}")),
        );
    }

    pub(super) fn too_few(&mut self, path: &str, least: usize) {
        self.add(
            path,
            "too_few",
            |field| both(format!("{field}: too few"), format!("Enter at least {least}")),
            |feld| both(format!("{feld}: zu wenige"), format!("Mindestens {least} eintragen")),
        );
    }

    pub(super) fn too_many(&mut self, path: &str, most: usize) {
        self.add(
            path,
            "too_many",
            |field| both(format!("{field}: too many"), format!("Enter at most {most}")),
            |feld| both(format!("{feld}: zu viele"), format!("Höchstens {most} eintragen")),
        );
    }

    pub(super) fn twice(&mut self, path: &str) {
        self.add(
            path,
            "twice",
            |field| both(format!("{field} stands in the list twice"), "Take one of them away"),
            |feld| both(format!("{feld} steht zweimal in der Liste"), "Einmal entfernen"),
        );
    }
}

/// Values of their own kind.
impl Problems {
    pub(super) fn unknown_country(&mut self, path: &str) {
        self.add(
            path,
            "unknown_country",
            |field| both(format!("{field} is no country"), "Enter the two capital letters of ISO 3166, for example DE"),
            |feld| both(format!("{feld} ist kein Land"), "Die zwei Großbuchstaben nach ISO 3166 eingeben, zum Beispiel DE"),
        );
    }

    pub(super) fn unknown_time_zone(&mut self, path: &str) {
        self.add(
            path,
            "unknown_time_zone",
            |field| both(format!("{field} is not known"), "Enter region and city, for example Europe/Berlin"),
            |feld| both(format!("{feld} ist unbekannt"), "Region und Stadt eingeben, zum Beispiel Europe/Berlin"),
        );
    }

    pub(super) fn invalid_language(&mut self, path: &str) {
        self.add(
            path,
            "invalid_language",
            |field| both(format!("{field} is no language tag"), "Enter a tag of BCP 47, for example de or pt-BR"),
            |feld| both(format!("{feld} ist kein Sprachkürzel"), "Ein Kürzel nach BCP 47 eingeben, zum Beispiel de oder pt-BR"),
        );
    }

    pub(super) fn invalid_period(&mut self, path: &str) {
        self.add(
            path,
            "invalid_period",
            |field| {
                both(
                    format!("{field} is no period"),
                    "Enter days, weeks, months or years in capitals, for example P90D, P2W, P13M or P1Y6M, at most 100 years",
                )
            },
            |feld| {
                both(
                    format!("{feld} ist kein Zeitraum"),
                    "Tage, Wochen, Monate oder Jahre in Großbuchstaben, zum Beispiel P90D, \
                        P2W, P13M oder P1Y6M, höchstens 100 Jahre",
                )
            },
        );
    }

    pub(super) fn invalid_days(&mut self, path: &str) {
        self.add(
            path,
            "invalid_days",
            |field| both(format!("{field}: no days of the week"), "Enter for example mon-fri, or sat,sun"),
            |feld| both(format!("{feld}: keine Wochentage"), "Zum Beispiel mon-fri oder sat,sun eingeben"),
        );
    }

    pub(super) fn invalid_time(&mut self, path: &str, midnight_ends: bool) {
        let latest = if midnight_ends { "24:00" } else { "23:59" };
        self.add(
            path,
            "invalid_time",
            |field| both(format!("{field} is no time of day"), format!("Enter hours and minutes, 00:00 to {latest}")),
            |feld| both(format!("{feld} ist keine Uhrzeit"), format!("Stunden und Minuten eingeben, 00:00 bis {latest}")),
        );
    }

    pub(super) fn invalid_moment(&mut self, path: &str) {
        self.add(
            path,
            "invalid_moment",
            |field| {
                both(format!("{field} is no moment"), "Enter date, time and zone (RFC 3339), for example 2026-03-31T22:00:00Z")
            },
            |feld| {
                both(
                    format!("{feld} ist kein Zeitpunkt"),
                    "Datum, Uhrzeit und Zone (RFC 3339), zum Beispiel 2026-03-31T22:00:00Z",
                )
            },
        );
    }

    pub(super) fn invalid_email(&mut self, path: &str) {
        self.add(
            path,
            "invalid_email",
            |field| both(format!("{field} is not one that mail can reach"), "Enter one address, for example duty@acme.example"),
            |feld| {
                both(
                    format!("{feld} ist für Post nicht erreichbar"),
                    "Eine einzelne Adresse eingeben, zum Beispiel duty@acme.example",
                )
            },
        );
    }

    pub(super) fn invalid_id(&mut self, path: &str) {
        self.add(
            path,
            "invalid_id",
            |field| both(format!("{field} is no id"), "An id has 1 to 40 small letters, digits and hyphens"),
            |feld| {
                both(format!("{feld} ist keine Kennung"), "Eine Kennung hat 1 bis 40 Kleinbuchstaben, Ziffern und Bindestriche")
            },
        );
    }

    pub(super) fn invalid_url(&mut self, path: &str) {
        self.add(
            path,
            "invalid_url",
            |field| both(format!("{field} is no address"), "Enter a whole address that begins with https://"),
            |feld| both(format!("{feld} ist keine Adresse"), "Eine ganze Adresse eingeben, die mit https:// beginnt"),
        );
    }

    pub(super) fn unknown_name(&mut self, path: &str) {
        self.add(
            path,
            "unknown_name",
            |field| both(format!("{field} does not exist"), "Create it first, or correct the name"),
            |feld| both(format!("{feld} gibt es nicht"), "Zuerst anlegen oder den Namen berichtigen"),
        );
    }
}

/// Numbers.
impl Problems {
    /// A number that was refused, by the reason of the rules for numbers.
    pub(super) fn refused_number(&mut self, path: &str, refusal: NumberRefusal, role: NumberRole) {
        let ([english, german], [hint_english, hint_german]) = refusal_words(refusal, role);
        self.add(
            path,
            refusal.as_str(),
            |field| both(format!("{field} {english}"), hint_english),
            |feld| both(format!("{feld} {german}"), hint_german),
        );
    }

    pub(super) fn own_line(&mut self, path: &str) {
        self.add(
            path,
            "own_line",
            |field| {
                both(format!("{field} is one of our own lines: a call would come back to itself"), "Enter the number of a person")
            },
            |feld| {
                both(
                    format!("{feld} ist eine eigene Rufnummer: Ein Anruf käme zu sich selbst zurück"),
                    "Die Nummer eines Menschen eingeben",
                )
            },
        );
    }

    pub(super) fn line_is_a_desk(&mut self, path: &str) {
        self.add(
            path,
            "line_is_a_desk",
            |field| {
                both(
                    format!("{field} is the number of a desk: a forward would come back to us"),
                    "Take it out of the settings first",
                )
            },
            |feld| {
                both(
                    format!("{feld} ist die Nummer eines Kontakts: Eine Weiterleitung käme zu uns zurück"),
                    "Zuerst aus den Einstellungen nehmen",
                )
            },
        );
    }

    pub(super) fn unassigned_number(&mut self, path: &str) {
        self.add(
            path,
            "unassigned_number",
            |field| {
                both(format!("{field} looks right, but no operator is known to use this range"), "Ring it once, then confirm it")
            },
            |feld| {
                both(
                    format!("{feld} sieht richtig aus, aber kein Betreiber ist bekannt, der diesen Bereich nutzt"),
                    "Einmal anrufen, dann bestätigen",
                )
            },
        );
    }

    pub(super) fn extension(&mut self, path: &str) {
        self.add(
            path,
            "extension",
            |field| both(format!("{field} has an extension, which is not dialled"), "Enter the direct number if there is one"),
            |feld| {
                both(
                    format!("{feld} hat eine Durchwahl, die nicht gewählt wird"),
                    "Die direkte Nummer eingeben, wenn es sie gibt",
                )
            },
        );
    }

    pub(super) fn toll_free(&mut self, path: &str) {
        self.add(
            path,
            "toll_free",
            |field| {
                both(
                    format!("{field} is toll-free and may not be reachable from abroad"),
                    "Enter an ordinary number if there is one",
                )
            },
            |feld| {
                both(
                    format!("{feld} ist gebührenfrei und aus dem Ausland vielleicht nicht erreichbar"),
                    "Besser eine gewöhnliche Nummer",
                )
            },
        );
    }

    pub(super) fn prefix_guessed(&mut self, path: &str) {
        self.add(
            path,
            "prefix_guessed",
            |field| both(format!("{field} lacked its plus or its first 0, which was put in"), "Write it with + and country code"),
            |feld| {
                both(format!("{feld} fehlte das Plus oder die erste 0, sie wurde ergänzt"), "Mit + und Landesvorwahl schreiben")
            },
        );
    }

    pub(super) fn unassigned(&mut self, path: &str) {
        self.add(
            path,
            "unassigned",
            |field| both(format!("{field} looks right, but no operator is known to use this range"), "Ask the traveller"),
            |feld| {
                both(format!("{feld} sieht richtig aus, aber kein Betreiber ist bekannt, der diesen Bereich nutzt"), "Nachfragen")
            },
        );
    }

    pub(super) fn same_number(&mut self, path: &str, other: &str) {
        let others = [field_name(other, Tongue::English), field_name(other, Tongue::German)];
        let [other_english, other_german] = others;
        self.add(
            path,
            "same_number",
            |field| {
                both(
                    format!("{field} is the same number as {}", decapitalised(&other_english)),
                    "It rings once; enter another person",
                )
            },
            |feld| {
                both(
                    format!("{feld} ist dieselbe Nummer wie {other_german}"),
                    "Sie klingelt nur einmal; jemand anderen eintragen",
                )
            },
        );
    }
}

fn decapitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// For each reason: what is wrong (behind the name of the field), and the way out; English, then German.
fn refusal_words(refusal: NumberRefusal, role: NumberRole) -> ([&'static str; 2], [&'static str; 2]) {
    const COUNTRY_CODE: [&str; 2] = ["Write it with + and country code", "Mit + und Landesvorwahl schreiben"];
    const ORDINARY: [&str; 2] = ["Enter an ordinary landline or mobile", "Eine gewöhnliche Festnetz- oder Mobilnummer eingeben"];
    match refusal {
        NumberRefusal::Empty => {
            (["is empty: nothing to ring", "ist leer: nichts zum Anrufen"], ["Enter a number", "Eine Nummer eingeben"])
        }
        NumberRefusal::NotANumber => (
            [
                "holds letters or signs that do not belong in a number",
                "enthält Buchstaben oder Zeichen, die nicht in eine Nummer gehören",
            ],
            ["Enter digits, with + and country code", "Ziffern eingeben, mit + und Landesvorwahl"],
        ),
        NumberRefusal::SeveralNumbers => (
            ["holds more than one number", "enthält mehr als eine Nummer"],
            ["Enter one; add the other as an entry of its own", "Eine eingeben; die andere als eigenen Eintrag"],
        ),
        NumberRefusal::Rounded => (
            ["was cut off by a spreadsheet", "wurde von einer Tabelle gerundet"],
            ["Enter it again as text", "Noch einmal als Text eingeben"],
        ),
        NumberRefusal::Ambiguous => (["could be two different numbers", "könnte zwei verschiedene Nummern sein"], COUNTRY_CODE),
        NumberRefusal::UnknownCountry => {
            (["begins with no known country code", "beginnt mit keiner bekannten Landesvorwahl"], COUNTRY_CODE)
        }
        NumberRefusal::Length => (
            ["is too short or too long for its country", "ist zu kurz oder zu lang für das Land"],
            ["Enter all digits, with + and country code", "Alle Ziffern eingeben, mit + und Landesvorwahl"],
        ),
        NumberRefusal::Emergency => (
            ["is an emergency service, which is never rung", "ist ein Notruf, der nie angerufen wird"],
            [
                "Enter the number of a person or a desk of your own",
                "Die Nummer eines Menschen oder einer eigenen Stelle eingeben",
            ],
        ),
        NumberRefusal::ShortCode => (
            ["is a short number, which works only inside one network", "ist eine Kurzwahl, die nur in einem Netz gilt"],
            ["Enter the full number", "Die vollständige Nummer eingeben"],
        ),
        NumberRefusal::Premium | NumberRefusal::SharedCost => {
            (["costs extra and is not rung", "kostet extra und wird nicht angerufen"], ORDINARY)
        }
        NumberRefusal::TollFree => match role {
            NumberRole::Traveller => {
                (["is toll-free, so nobody's own phone", "ist gebührenfrei, also kein eigenes Telefon"], ORDINARY)
            }
            NumberRole::Desk => (["is toll-free", "ist gebührenfrei"], ORDINARY),
        },
        NumberRefusal::Satellite => {
            (["is a satellite number, which is not rung (cost, fraud)", "ist eine Satellitennummer (Kosten, Betrug)"], ORDINARY)
        }
        NumberRefusal::InternationalNetwork => {
            (["belongs to no country and is not rung (cost, fraud)", "gehört zu keinem Land (Kosten, Betrug)"], ORDINARY)
        }
        NumberRefusal::Unassigned => (
            ["looks right, but no operator is known to use this range", "sieht richtig aus, aber niemand nutzt diesen Bereich"],
            ["Check every digit", "Jede Ziffer prüfen"],
        ),
    }
}

/// Settings.
impl Problems {
    pub(super) fn no_contacts(&mut self, path: &str) {
        self.add(
            path,
            "no_contacts",
            |_| {
                both(
                    "Your own emergency contact takes the calls, but there is none",
                    "Enter at least one contact, or choose the operations centre",
                )
            },
            |_| {
                both(
                    "Ihr eigener Notfallkontakt soll Anrufe annehmen, aber es gibt keinen",
                    "Einen Kontakt eintragen oder die Operationszentrale wählen",
                )
            },
        );
    }

    pub(super) fn operations_centre_missing(&mut self, path: &str) {
        self.add(
            path,
            "operations_centre_missing",
            |_| {
                both(
                    "The operations centre shall take calls, but none is set for this installation",
                    "Set it first, or enter your own emergency contacts and switch the last resort off",
                )
            },
            |_| {
                both(
                    "Die Operationszentrale soll Anrufe annehmen, aber hier ist keine eingerichtet",
                    "Zuerst einrichten, oder eigene Notfallkontakte eintragen und die letzte Instanz abschalten",
                )
            },
        );
    }

    pub(super) fn operations_centre_off(&mut self, path: &str) {
        self.add(
            path,
            "operations_centre_off",
            |_| {
                both(
                    "The operations centre shall take calls, but it is switched off for this organisation",
                    "Switch it on, or enter your own emergency contacts and switch the last resort off",
                )
            },
            |_| {
                both(
                    "Die Operationszentrale soll Anrufe annehmen, ist aber für diese Organisation abgeschaltet",
                    "Einschalten, oder eigene Notfallkontakte eintragen und die letzte Instanz abschalten",
                )
            },
        );
    }

    pub(super) fn never_open(&mut self, path: &str) {
        self.add(
            path,
            "never_open",
            |field| both(format!("{field}: an empty list would mean never"), "Enter null for always, or at least one span"),
            |feld| {
                both(format!("{feld}: eine leere Liste hieße nie"), "null für immer eingeben, oder mindestens eine Zeitspanne")
            },
        );
    }

    pub(super) fn first_not_at_once(&mut self, path: &str) {
        self.add(
            path,
            "first_not_zero",
            |field| both(format!("{field} must begin with 0: the first call is made at once"), "Enter for example 0, 2, 5, 10"),
            |feld| both(format!("{feld} muss mit 0 beginnen: Der erste Anruf kommt sofort"), "Zum Beispiel 0, 2, 5, 10 eingeben"),
        );
    }

    pub(super) fn not_rising(&mut self, path: &str, earlier: u64, later: u64) {
        self.add(
            path,
            "not_rising",
            |field| {
                both(
                    format!("{field} must rise from attempt to attempt: {later} comes after {earlier}"),
                    "Enter for example 0, 2, 5, 10",
                )
            },
            |feld| {
                both(
                    format!("{feld} muss von Versuch zu Versuch steigen: {later} kommt nach {earlier}"),
                    "Zum Beispiel 0, 2, 5, 10 eingeben",
                )
            },
        );
    }

    pub(super) fn recipient_unreachable(&mut self, path: &str) {
        self.add(
            path,
            "recipient_unreachable",
            |field| both(format!("{field} has neither e-mail address nor phone"), "Enter at least one of them"),
            |feld| both(format!("{feld} hat weder E-Mail-Adresse noch Telefon"), "Mindestens eines davon eintragen"),
        );
    }
}

/// Warnings of a save.
impl Problems {
    pub(super) fn field_left_out(&mut self, path: &str) {
        self.add(
            path,
            "field_left_out",
            |field| {
                both(
                    format!("{field} was left out: the active version sets it, this one takes the default"),
                    "Enter it to keep it",
                )
            },
            |feld| {
                both(
                    format!("{feld} fehlt: Die aktive Version legt es fest, diese nimmt den Standard"),
                    "Eintragen, damit es bleibt",
                )
            },
        );
    }

    pub(super) fn nobody_behind_own_contacts(&mut self, path: &str) {
        self.add(
            path,
            "nobody_behind_own_contacts",
            |_| {
                both(
                    "Nobody stands behind your own contacts: a cry for help that none of \
                them takes ends with a promise to call back",
                    "Switch the last resort on, or confirm",
                )
            },
            |_| {
                both(
                    "Hinter Ihren eigenen Kontakten steht niemand: Nimmt keiner ab, endet \
                ein Hilferuf mit dem Versprechen zurückzurufen",
                    "Die letzte Instanz einschalten oder bestätigen",
                )
            },
        );
    }

    pub(super) fn emergency_number_changes(&mut self, path: &str) {
        self.add(
            path,
            "emergency_number_changes",
            |_| {
                both(
                    "The ONE emergency number changes: travellers who saved the old one \
                reach it no longer by these settings",
                    "Tell your travellers, then confirm",
                )
            },
            |_| {
                both(
                    "Die EINE Notrufnummer ändert sich: Wer die alte gespeichert hat, wird \
                nicht mehr nach diesen Einstellungen verbunden",
                    "Reisende informieren, dann bestätigen",
                )
            },
        );
    }

    pub(super) fn no_line_yet(&mut self, path: &str) {
        self.add(
            path,
            "no_line_yet",
            |_| {
                both(
                    "The emergency number shall be your line here, but there is none yet: \
                until then travellers are told the first desk",
                    "Add a line",
                )
            },
            |_| {
                both(
                    "Notrufnummer soll Ihre Rufnummer hier sein, aber es gibt noch keine: \
                Bis dahin wird der erste Kontakt genannt",
                    "Eine Rufnummer einrichten",
                )
            },
        );
    }

    pub(super) fn retention_loses_data(&mut self, path: &str) {
        self.add(
            path,
            "retention_loses_data",
            |field| {
                both(format!("{field} becomes shorter: older records are deleted for good"), "Export what you need, then confirm")
            },
            |feld| {
                both(format!("{feld} wird kürzer: Ältere Daten werden endgültig gelöscht"), "Benötigtes sichern, dann bestätigen")
            },
        );
    }

    pub(super) fn retention_below_report(&mut self, path: &str) {
        self.add(
            path,
            "retention_below_report",
            |field| both(format!("{field} is too short for the yearly report"), "The report needs 13 months, P13M"),
            |feld| both(format!("{feld} ist zu kurz für den Jahresbericht"), "Der Bericht braucht 13 Monate, P13M"),
        );
    }

    pub(super) fn nobody_hears_alerts(&mut self, path: &str) {
        self.add(
            path,
            "nobody_hears_alerts",
            |_| {
                both(
                    "Alerts reach nobody: neither this organisation nor the operations centre has recipients",
                    "Enter at least one",
                )
            },
            |_| {
                both(
                    "Alarme erreichen niemanden: Weder hier noch bei der Operationszentrale steht ein Alarmkontakt",
                    "Mindestens einen eintragen",
                )
            },
        );
    }

    pub(super) fn nobody_open(&mut self, path: &str) {
        self.add(
            path,
            "nobody_open",
            |_| {
                both(
                    "There are hours in the week when no desk for help is open; calls still ring there, one after the other",
                    "Add a desk that is open then",
                )
            },
            |_| {
                both(
                    "In manchen Stunden der Woche hat kein Kontakt geöffnet; angerufen wird dann trotzdem der Reihe nach",
                    "Einen Kontakt für diese Stunden eintragen",
                )
            },
        );
    }
}

/// Accounts, lines, travellers and status queries.
impl Problems {
    pub(super) fn unknown_provider(&mut self, path: &str, known: &[&str]) {
        let known = known.join(", ");
        self.add(
            path,
            "unknown_provider",
            |field| both(format!("{field} is not known"), format!("Known are: {known}")),
            |feld| both(format!("{feld} ist unbekannt"), format!("Bekannt sind: {known}")),
        );
    }

    pub(super) fn webhook_secret_missing(&mut self, path: &str) {
        self.add(
            path,
            "webhook_secret_missing",
            |_| {
                both(
                    "This provider signs its webhooks, and without the secret nobody could \
                tell them from forged ones",
                    "Enter the secret that the provider signs with (Twilio: the auth token)",
                )
            },
            |_| {
                both(
                    "Dieser Anbieter signiert seine Webhooks; ohne das Geheimnis wären sie \
                von gefälschten nicht zu unterscheiden",
                    "Das Geheimnis eintragen, mit dem der Anbieter signiert (Twilio: das \
                Auth Token)",
                )
            },
        );
    }

    pub(super) fn not_encrypted(&mut self, path: &str) {
        self.add(
            path,
            "not_encrypted",
            |field| {
                both(format!("{field} is not encrypted: credentials could be read on the way"), "Use https:// outside of tests")
            },
            |feld| {
                both(
                    format!("{feld} ist unverschlüsselt: Zugangsdaten wären unterwegs lesbar"),
                    "Außer in Tests https:// verwenden",
                )
            },
        );
    }

    pub(super) fn in_the_past(&mut self, path: &str) {
        self.add(
            path,
            "in_the_past",
            |name| (format!("{name} lies in the past"), "Give a time that is still to come, or \"now\"".to_owned()),
            |name| (format!("{name} liegt in der Vergangenheit"), "Einen späteren Zeitpunkt angeben, oder \"now\"".to_owned()),
        );
    }

    pub(super) fn no_position(&mut self, path: &str) {
        self.add(
            path,
            "no_position",
            |_| both("Nothing says where the traveller is", "Give latitude and longitude, or a place"),
            |_| both("Nichts sagt, wo die reisende Person ist", "Breiten- und Längengrad angeben, oder einen Ort"),
        );
    }

    pub(super) fn no_line_to_call(&mut self, path: &str) {
        self.add(
            path,
            "no_line_to_call",
            |_| {
                both(
                    "No call can be placed: the organisation has no line",
                    "Enter a line for it; calls begin as soon as there is one",
                )
            },
            |_| {
                both(
                    "Es kann niemand angerufen werden: Die Organisation hat keine Rufnummer",
                    "Eine Rufnummer eintragen; Anrufe beginnen, sobald es eine gibt",
                )
            },
        );
    }

    pub(super) fn nobody_asked(&mut self, path: &str) {
        self.add(
            path,
            "nobody_asked",
            |_| both("The status query asks nobody", "Name travellers or groups, or enter \"all\""),
            |_| both("Die Statusabfrage fragt niemanden", "Reisende oder Gruppen nennen, oder \"all\" eintragen"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every sentence once.
    fn all() -> Vec<Problem> {
        let mut said = Problems::none();
        let path = "assistance.own_contacts[1].phone";
        said.wrong_type(path, Wanted::Text);
        said.missing(path);
        said.unknown_field(path, &["name"]);
        said.too_long(path, 100);
        said.control_characters(path);
        said.out_of_range(path, "5", "120");
        said.unknown_value(path, &["first_desk"]);
        said.too_few(path, 1);
        said.too_many(path, 20);
        said.twice(path);
        said.unknown_country(path);
        said.unknown_time_zone(path);
        said.invalid_language(path);
        said.invalid_period(path);
        said.invalid_days(path);
        said.invalid_time(path, true);
        said.invalid_moment(path);
        said.invalid_email(path);
        said.invalid_id(path);
        said.invalid_url(path);
        said.unknown_name(path);
        for refusal in NumberRefusal::ALL {
            said.refused_number(path, refusal, NumberRole::Desk);
            said.refused_number(path, refusal, NumberRole::Traveller);
        }
        said.own_line(path);
        said.line_is_a_desk(path);
        said.unassigned_number(path);
        said.extension(path);
        said.toll_free(path);
        said.prefix_guessed(path);
        said.unassigned(path);
        said.same_number(path, "medical_provider.phone");
        said.no_contacts(path);
        said.operations_centre_missing(path);
        said.operations_centre_off(path);
        said.never_open(path);
        said.first_not_at_once(path);
        said.not_rising(path, 5, 2);
        said.recipient_unreachable(path);
        said.field_left_out(path);
        said.nobody_behind_own_contacts(path);
        said.emergency_number_changes(path);
        said.no_line_yet(path);
        said.retention_loses_data(path);
        said.retention_below_report(path);
        said.nobody_hears_alerts(path);
        said.nobody_open(path);
        said.unknown_provider(path, &["twilio"]);
        said.webhook_secret_missing(path);
        said.not_encrypted(path);
        said.in_the_past(path);
        said.no_position(path);
        said.no_line_to_call(path);
        said.nobody_asked(path);
        said.into_list()
    }

    #[test]
    fn sentences_are_short_and_without_full_stop_or_blame() {
        for problem in all() {
            for tongue in [Tongue::English, Tongue::German] {
                for sentence in [problem.message(tongue), problem.hint(tongue)] {
                    assert!((4..=170).contains(&sentence.chars().count()), "{}: {sentence}", problem.code);
                    assert!(!sentence.ends_with('.') && !sentence.contains('\n'), "{}: {sentence}", problem.code);
                    let blame = ["invalid", "wrong number", "oops", "please", "sorry", "bitte", "ungültig", "leider"];
                    let lower = sentence.to_lowercase();
                    assert!(!blame.iter().any(|word| lower.contains(word)), "{}: {sentence}", problem.code);
                    assert!(
                        sentence.starts_with(|sign: char| sign.is_uppercase() || sign == 'n'),
                        "{}: {sentence}",
                        problem.code
                    );
                }
            }
            assert_ne!(problem.message(Tongue::English), problem.message(Tongue::German), "{}", problem.code);
        }
    }

    #[test]
    fn a_problem_names_the_field_as_people_call_it() {
        let mut problems = Problems::none();
        problems.refused_number("assistance.own_contacts[1].phone", NumberRefusal::Length, NumberRole::Desk);
        let list = problems.into_list();
        assert_eq!(list[0].message(Tongue::English), "Phone of contact 2 is too short or too long for its country");
        assert_eq!(list[0].message(Tongue::German), "Telefon von Kontakt 2 ist zu kurz oder zu lang für das Land");
        assert_eq!(
            serde_json::to_value(&list[0]).unwrap(),
            serde_json::json!({
                "path": "assistance.own_contacts[1].phone", "code": "length",
                "message": "Phone of contact 2 is too short or too long for its country",
                "hint": "Enter all digits, with + and country code"
            })
        );
    }

    #[test]
    fn nobody_reads_more_than_so_many() {
        let mut problems = Problems::none();
        (0..PROBLEMS_MAX * 2).for_each(|_| problems.missing("name"));
        assert_eq!(problems.len(), PROBLEMS_MAX);
    }
}
