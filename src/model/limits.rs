//! Every bound of the house, with its reason. Units stand last in the names.

/// Body of a webhook: the largest seen is 9 KiB (speech); seven times that. API.md: public 64 KiB.
pub const WEBHOOK_BODY_BYTES_MAX: usize = 64 * 1024;
/// Body of a request to the private listener (API.md).
pub const API_BODY_BYTES_MAX: usize = 1024 * 1024;
/// A document for Twilio: 64 kB, error 11750 (reference/providers.md 2.2).
pub const DOCUMENT_BYTES_MAX: usize = 64_000;
/// Promise 3: a caller gets call control within this time, whatever is broken.
pub const ANSWER_MS_MAX: u64 = 2_000;
/// What of it the database may use before the safe plan is taken, so that the reply still leaves in time.
pub const STORE_MS_MAX: u64 = 1_500;
/// A sealed step token in a URL.
pub const TOKEN_CHARS_MAX: usize = 200;
/// How long a step token is valid: the longest talk (4 h), three times.
pub const TOKEN_HOURS_MAX: i64 = 12;
/// How long two may talk (DESIGN 5).
pub const TALK_SECONDS_MAX: u32 = 4 * 3600;
/// Whole time that a desk's whisper may take: two readings and the waits for a key.
pub const WHISPER_SECONDS_MAX: u32 = 30;
/// Added to ring and whisper before a forward's result counts as lost (DESIGN 5).
pub const FORWARD_GRACE_SECONDS: u32 = 30;
/// Added to the talk's time limit (DESIGN 5).
pub const TALK_GRACE_SECONDS: u32 = 60;
/// From a placed order to its answer or end (DESIGN 5).
pub const PLACING_SECONDS_MAX: u32 = 120;
/// The longest question (wording/messages: `question.again`); rendering leaves parts out until it fits.
pub const QUESTION_SECONDS_MAX: u32 = 25;
/// Added to the estimated length of the question and the time of the gather (DESIGN 5).
pub const ASKING_GRACE_SECONDS: u32 = 30;
/// From the end of a desk's leg to the result of its forward (DESIGN 5).
pub const LEG_RESULT_SECONDS_MAX: u32 = 30;
/// From a look at the provider that told nothing to the next one.
pub const LOOK_AGAIN_SECONDS: u32 = 30;
/// After this many such looks in a row the line counts as ended: an outage of minutes must not hide a cry for help.
pub const LOOKS_MAX: u8 = 3;
/// The last words (DESIGN 5).
pub const LAST_WORDS_SECONDS_MAX: u32 = 30;
/// How long a gather waits for the answer after the question.
pub const QUESTION_WAIT_SECONDS: u8 = 6;
/// The pause in which last words can be interrupted (DESIGN 5).
pub const LAST_PAUSE_SECONDS: u8 = 4;
/// After this many such pauses of a call the hang-up is plain (DESIGN 5).
pub const LAST_PAUSES_MAX: u8 = 3;
/// How long a desk may think about its key after each reading.
pub const WHISPER_WAIT_SECONDS: u8 = 4;
/// Own contacts of an organisation (API.md).
pub const CONTACTS_MAX: usize = 20;
/// Names (API.md).
pub const NAME_CHARS_MAX: usize = 100;
/// The organisation as it is spoken (DESIGN 4).
pub const SPOKEN_NAME_CHARS_MAX: usize = 30;
/// The text of an incident (API.md).
pub const INCIDENT_CHARS_MAX: usize = 40;
/// Keys remembered within a call: an emergency number has three digits.
pub const KEYS_KEPT: usize = 8;
/// Connecting to a provider's REST host.
pub const CARRIER_CONNECT_MS_MAX: u64 = 5_000;
/// A whole REST request: Twilio answers within a second or two; a job waits for it, no caller does.
pub const CARRIER_MS_MAX: u64 = 15_000;
/// A REST answer: a list of fifty calls is some 100 kB.
pub const CARRIER_BODY_BYTES_MAX: usize = 1024 * 1024;
/// How often a step is decided again when another step of the call or the traveller was quicker.
pub const DECISIONS_MAX: u8 = 8;
/// A whole request head: a provider sends it at once; half a header must not hold a connection.
pub const HEADER_READ_MS_MAX: u64 = 10_000;
/// After the stop: how long running answers are waited for. A step takes at most 2 s (promise 3); the process must be gone
/// 5 s after the last of them.
pub const SHUTDOWN_MS_MAX: u64 = 4_000;
/// So many refused webhooks on one line within [`REFUSED_MINUTES`] are an operator alert (promise 7).
pub const REFUSED_WEBHOOKS_MAX: usize = 10;
/// See [`REFUSED_WEBHOOKS_MAX`].
pub const REFUSED_MINUTES: i64 = 10;
/// Attempts that are placed before deadlines and jobs are looked at again.
pub const ATTEMPTS_AT_ONCE_MAX: i64 = 20;
/// Jobs that are claimed at once.
pub const JOBS_AT_ONCE_MAX: i64 = 20;
/// How long a claimed job belongs to its claimer: a REST request and its time-outs, several times over.
pub const JOB_LEASE_SECONDS: i64 = 60;
/// Mails that are on their way at once: a mail server takes some twenty connections from one sender.
pub const MAILS_AT_ONCE_MAX: usize = 20;
/// Redirects, withdrawals and look-ups that are on their way at once.
pub const ERRANDS_AT_ONCE_MAX: usize = 50;
/// How often a job is tried.
pub const JOB_TRIES_MAX: u32 = 8;
/// A mailbox that has not taken a mail after this time passes its turn to the next (field case F21).
pub const MAIL_MS_MAX: u64 = 10_000;
/// So many turns are passed on within one claim of a job, so that its lease outlasts them all.
pub const TURNS_AT_ONCE_MAX: usize = 4;
/// A mail that failed for the moment is tried again after this time, then twice as long, …
pub const MAIL_AGAIN_SECONDS: i64 = 15;
/// … and at least this often, until the next repeat.
pub const MAIL_AGAIN_SECONDS_MAX: i64 = 300;
/// While a desk talks, the alert is looked at again so soon: repeats pause, and their clock runs on.
pub const ALERT_LOOK_SECONDS: i64 = 5;
/// How long an account's orders pause after a fault of ours (credentials, credit, rights).
pub const ACCOUNT_FAULT_PAUSE_SECONDS: i64 = 60;
/// How long they pause at least after "too many"; the provider's `Retry-After` may say more.
pub const THROTTLED_PAUSE_SECONDS: i64 = 5;
/// How long they pause after an order without an answer, so that an outage does not use up everybody's attempts; twice as
/// long with each one in a row, up to [`ACCOUNT_FAULT_PAUSE_SECONDS`].
pub const UNREACHABLE_PAUSE_SECONDS: i64 = 5;
/// An order whose answer was lost is looked for after these times: a provider may be slow to show it. Not found by the last
/// look, it was never taken.
pub const LOST_ORDER_LOOKS_SECONDS: [i64; 3] = [10, 30, 60];
/// The provider's clock and ours may differ by this much.
pub const CLOCKS_APART_SECONDS: i64 = 60;
/// How long `stop` waits for orders that are on their way: a REST request, and a little.
pub const STOP_MS_MAX: u64 = 16_000;
/// How long an idle worker waits before it looks again whatever the bells say: another process may have added work.
pub const IDLE_SECONDS: i64 = 1;
/// How long a caller waits for a redirect of ours that is on its way: REST and the fetch take about a second.
pub const CHANGE_PAUSE_SECONDS: u8 = 5;
