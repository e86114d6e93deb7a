//! Every sentence there is, by name: the keys of the language files.
//!
//! Promise: a language file that lacks one of these is not taken, so whoever holds a `Sentence` has its words in every
//! language.

macro_rules! sentences {
    ($($name:ident = $key:literal,)*) => {
        /// A sentence (or two that always stand together) of the language files.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Sentence {
            $(#[doc = concat!("`", $key, "`.")] $name,)*
        }

        impl Sentence {
            /// All of them, in the order of the files.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The key in the language files and in `messages.json`.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self {
                    $(Self::$name => $key,)*
                }
            }
        }
    };
}

sentences! {
    ExerciseTraveller = "exercise.traveller",
    ExerciseDesk = "exercise.desk",
    ExerciseText = "exercise.text",
    Hello = "hello",
    HelloName = "hello.name",
    WhoOutbound = "who.outbound",
    WhoInbound = "who.inbound",
    WhoCallback = "who.callback",
    ReasonIncident = "reason.incident",
    ReasonSafety = "reason.safety",
    HelpKeyOrWord = "help.key_or_word",
    HelpKey = "help.key",
    SafeKey = "safe.key",
    MedicalKey = "medical.key",
    TravelKey = "travel.key",
    AgainUnclear = "again.unclear",
    AgainSilence = "again.silence",
    Doubt = "doubt",
    LastConnect = "last.connect",
    LastTell = "last.tell",
    GoodbyeNoted = "goodbye.noted",
    HelpAfterAll = "help.after_all",
    HelpNow = "help.now",
    GoodbyeLater = "goodbye.later",
    Goodbye = "goodbye",
    NotSaved = "not_saved",
    NotSavedAgain = "not_saved.again",
    ConnectingPerson = "connecting.person",
    ConnectingMedical = "connecting.medical",
    ConnectingTravel = "connecting.travel",
    ConnectingStay = "connecting.stay",
    NextDesk = "next_desk",
    LeadNoDesk = "lead.no_desk",
    LeadSilence = "lead.silence",
    LeadSharedPhone = "lead.shared_phone",
    NumberSay = "number.say",
    PromiseCallback = "promise.callback",
    PromiseWithheld = "promise.withheld",
    Danger = "danger",
    VoicemailCallBack = "voicemail.call_back",
    VoicemailFirst = "voicemail.first",
    VoicemailLast = "voicemail.last",
    VoicemailOnceMore = "voicemail.once_more",
    WhisperHelp = "whisper.help",
    WhisperMedical = "whisper.medical",
    WhisperTravel = "whisper.travel",
    WhisperUnclear = "whisper.unclear",
    WhisperName = "whisper.name",
    WhisperUnknown = "whisper.unknown",
    WhisperShared = "whisper.shared",
    WhisperPlace = "whisper.place",
    WhisperLanguage = "whisper.language",
    WhisperAccept = "whisper.accept",
    WhisperConnect = "whisper.connect",
    WhisperOnceMore = "whisper.once_more",
    DeskHungUp = "desk.hung_up",
    DeskNumber = "desk.number",
    DeskWithheld = "desk.withheld",
    DeskDeclined = "desk.declined",
    DeskNoKey = "desk.no_key",
    AlertIntro = "alert.intro",
    AlertHelp = "alert.help",
    AlertUnclear = "alert.unclear",
    AlertNotConnected = "alert.not_connected",
    AlertUnreached = "alert.unreached",
    AlertHungUp = "alert.hung_up",
    AlertUnknownNumber = "alert.unknown_number",
    AlertNobody = "alert.nobody",
    AlertWrote = "alert.wrote",
    AlertMore = "alert.more",
    AlertTake = "alert.take",
    AlertTakeConnect = "alert.take_connect",
    AlertTaken = "alert.taken",
    AlertTakenConnecting = "alert.taken_connecting",
    AlertAlready = "alert.already",
    AlertNoKey = "alert.no_key",
    AlertNotReached = "alert.not_reached",
    DrillIntro = "drill.intro",
    DrillConfirm = "drill.confirm",
    DrillDone = "drill.done",
    DrillNoKey = "drill.no_key",
    SafePlanLine = "safe_plan.line",
    SafePlanEnd = "safe_plan.end",
    SmsQuestion = "sms.question",
    SmsReplySafe = "sms.reply.safe",
    SmsReplyHelp = "sms.reply.help",
    SmsReplyMedical = "sms.reply.medical",
    SmsReplyTravel = "sms.reply.travel",
    SmsReplyUnclear = "sms.reply.unclear",
    SmsReplyAdded = "sms.reply.added",
    SmsReplySharedPhone = "sms.reply.shared_phone",
    SmsReplyNotSaved = "sms.reply.not_saved",
    SmsUnreached = "sms.unreached",
}

impl Sentence {
    /// Its place in [`Sentence::ALL`].
    pub(crate) const fn place(self) -> usize {
        self as usize
    }

    /// The sentence with that key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|sentence| sentence.key() == key)
    }

    /// The key of the phone that it tells the listener to press.
    #[must_use]
    pub fn phone_key(self) -> Option<char> {
        const KEYS: [(Sentence, char); 11] = [
            (Sentence::HelpKeyOrWord, '2'),
            (Sentence::HelpKey, '2'),
            (Sentence::HelpAfterAll, '2'),
            (Sentence::HelpNow, '2'),
            (Sentence::SafeKey, '1'),
            (Sentence::MedicalKey, '3'),
            (Sentence::TravelKey, '4'),
            (Sentence::WhisperAccept, '1'),
            (Sentence::DrillConfirm, '1'),
            (Sentence::AlertTake, '1'),
            (Sentence::AlertTakeConnect, '2'),
        ];
        KEYS.iter().find(|(sentence, _)| *sentence == self).map(|(_, key)| *key)
    }
}

#[cfg(test)]
mod tests {
    use super::Sentence;

    #[test]
    fn each_sentence_has_its_own_key_and_place() {
        for (place, sentence) in Sentence::ALL.iter().enumerate() {
            assert_eq!(sentence.place(), place);
            assert_eq!(Sentence::from_key(sentence.key()), Some(*sentence));
        }
        assert_eq!(Sentence::from_key("help"), None);
    }
}
