//! Settings of all organisations, lines and accounts in memory, so that a call never waits for them: an `ArcSwap` that is
//! replaced as a whole whenever the database's generation has moved. Each load also writes the last-known-good file, which
//! a start without a database reads (promise 3).

use crate::dialect::{self, AccountAccess, Dialect, WebhookSecret};
use crate::model::answer::Answer;
use crate::model::call_state::CallState;
use crate::model::ids::{AccountId, LineId, OrganisationId, Version};
use crate::model::phone::PhoneNumber;
use crate::settings::{self, CheckContext, Settings};
use crate::store::seal::Keys;
use crate::store::{Store, StoreError};
use arc_swap::ArcSwap;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// DESIGN 4: ring 25 s.
const RING_SECONDS_DEFAULT: u16 = 25;
/// How long a version that is active no more stays in memory: the longest call, many times over.
const KEEP_HOURS: i64 = 24;

/// One settings version, read and valid.
#[derive(Debug)]
pub struct ActiveSettings {
    /// Its number.
    pub version: Version,
    /// What it means.
    pub settings: Settings,
}

/// An organisation in memory.
#[derive(Debug)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// The version that routes new calls.
    pub active: Arc<ActiveSettings>,
    /// That and every version that was active within the last 24 hours.
    pub versions: BTreeMap<Version, Arc<ActiveSettings>>,
    /// The organisation's own line here: the first by id.
    pub own_line: Option<PhoneNumber>,
}

impl Organisation {
    /// The ONE emergency number that travellers are told: the first desk of the active settings, or the own line where the
    /// settings say so. It belongs to the organisation, not to a call's version (corpora, rule 1).
    #[must_use]
    pub fn emergency_number(&self) -> Option<PhoneNumber> {
        settings::emergency_number(&self.active.settings, self.own_line.as_ref())
    }
}

/// An account in memory.
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// How its provider speaks.
    pub dialect: &'static dyn Dialect,
    /// Our rights there.
    pub access: AccountAccess,
    /// What signs its webhooks.
    pub secrets: Vec<WebhookSecret>,
    /// New calls per second.
    pub calls_per_second: f64,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("id", &self.id).field("provider", &self.dialect.name()).finish_non_exhaustive()
    }
}

/// A line in memory.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its id.
    pub id: LineId,
    /// The account that it belongs to.
    pub account: Arc<Account>,
    /// Its number.
    pub number: PhoneNumber,
    /// Whose it is.
    pub organisation: Option<OrganisationId>,
    /// Does it forward at once, as this answer?
    pub inbound: Option<Answer>,
    /// Asked for when our own URL gives no answer.
    pub fallback_url: Option<String>,
}

/// Everything that routing needs.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The generation of the database that it shows; 0: none, read from the last-known-good file.
    pub generation: i64,
    /// Organisations by id.
    pub organisations: HashMap<OrganisationId, Arc<Organisation>>,
    /// Lines by id.
    pub lines: HashMap<LineId, Arc<Line>>,
    /// Accounts by id.
    pub accounts: HashMap<AccountId, Arc<Account>>,
}

impl Snapshot {
    /// The line of that account with that number: one application URL may serve many numbers.
    #[must_use]
    pub fn line_with_number(&self, account: &AccountId, number: &PhoneNumber) -> Option<&Arc<Line>> {
        self.lines.values().find(|line| line.account.id == *account && line.number == *number)
    }

    /// The line over which an organisation's status calls go: its first by id.
    #[must_use]
    pub fn line_of(&self, organisation: &OrganisationId) -> Option<&Arc<Line>> {
        let lines = self.lines.values().filter(|line| line.organisation.as_ref() == Some(organisation));
        lines.min_by(|a, b| a.id.cmp(&b.id))
    }

    /// Is it one of our own lines?
    #[must_use]
    pub fn is_own_line(&self, number: &PhoneNumber) -> bool {
        self.lines.values().any(|line| line.number == *number)
    }

    /// How long the traveller's phone may ring on this call, in seconds.
    #[must_use]
    pub fn ring_seconds(&self, state: &CallState) -> u16 {
        let settings = state.organisation.as_ref().and_then(|organisation| self.settings(organisation, state.version));
        settings.map_or(RING_SECONDS_DEFAULT, |active| active.settings.status_call.ring_seconds)
    }

    /// The settings of a version, if they are in memory.
    #[must_use]
    pub fn settings(&self, organisation: &OrganisationId, version: Version) -> Option<Arc<ActiveSettings>> {
        self.organisations.get(organisation)?.versions.get(&version).cloned()
    }
}

/// What is read from the database or the last-known-good file: documents as saved, secrets sealed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Saved {
    format: u8,
    saved_at: DateTime<Utc>,
    generation: i64,
    versions: Vec<SavedVersion>,
    accounts: Vec<SavedAccount>,
    lines: Vec<SavedLine>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct SavedVersion {
    organisation: OrganisationId,
    version: Version,
    active: bool,
    document: String,
    operations_centre: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct SavedAccount {
    id: AccountId,
    provider: String,
    region: Option<String>,
    /// Sealed, hex.
    credentials: String,
    /// Sealed, hex.
    webhook_secrets: String,
    api_base_url: Option<String>,
    calls_per_second: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct SavedLine {
    id: LineId,
    account: AccountId,
    number: PhoneNumber,
    organisation: Option<OrganisationId>,
    inbound: Option<Answer>,
    fallback_url: Option<String>,
}

/// The secrets of an account as they are sealed: `credentials` by name, and what signs webhooks.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SealedSecret {
    /// The key's name, where the provider has named keys.
    pub key: Option<String>,
    /// The secret.
    pub secret: String,
}

/// The memory of settings: readers take the newest snapshot without waiting.
#[derive(Debug)]
pub struct SettingsMemory {
    current: ArcSwap<Snapshot>,
    keys: Keys,
    last_known_good: Option<PathBuf>,
}

impl SettingsMemory {
    /// An empty memory; [`SettingsMemory::refresh`] fills it. `state_dir`: where the last-known-good file lies, if anywhere.
    #[must_use]
    pub fn new(keys: Keys, state_dir: Option<&Path>) -> Self {
        let last_known_good = state_dir.map(|folder| folder.join("last-known-good.json"));
        Self { current: ArcSwap::default(), keys, last_known_good }
    }

    /// The newest snapshot.
    #[must_use]
    pub fn now(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Reads the database if its generation has moved. True: it had.
    ///
    /// # Errors
    /// The database's; the snapshot in memory stays.
    pub async fn refresh(&self, store: &Store, now: DateTime<Utc>) -> Result<bool, StoreError> {
        // The generation is read first: a change in between makes the next look read again, never the opposite.
        let generation = store.generation().await?;
        if generation == self.current.load().generation && generation != 0 {
            return Ok(false);
        }
        let saved = read_database(store, generation, now).await?;
        self.current.store(Arc::new(understand(&saved, &self.keys)));
        self.write_last_known_good(&saved);
        Ok(true)
    }

    /// Takes the last-known-good file, where nothing better is there. False: there is none that can be read.
    pub fn take_last_known_good(&self) -> bool {
        let Some(text) = self.last_known_good.as_ref().and_then(|path| std::fs::read_to_string(path).ok()) else { return false };
        let Ok(mut saved) = serde_json::from_str::<Saved>(&text) else {
            tracing::error!("The last-known-good file cannot be read");
            return false;
        };
        saved.generation = 0;
        self.current.store(Arc::new(understand(&saved, &self.keys)));
        true
    }

    fn write_last_known_good(&self, saved: &Saved) {
        let Some(path) = &self.last_known_good else { return };
        let written = serde_json::to_vec_pretty(saved).map_err(std::io::Error::other).and_then(|text| {
            // Written beside and renamed: a reader never sees half a file.
            let beside = path.with_extension("json.new");
            std::fs::write(&beside, text)?;
            std::fs::File::open(&beside)?.sync_all()?;
            std::fs::rename(&beside, path)
        });
        if let Err(error) = written {
            tracing::error!(%error, "The last-known-good file could not be written; a start without a database would lack the newest settings");
        }
    }
}

async fn read_database(store: &Store, generation: i64, now: DateTime<Utc>) -> Result<Saved, StoreError> {
    let versions = store.versions_in_use(now - TimeDelta::hours(KEEP_HOURS)).await?;
    let versions = versions.into_iter().map(|row| SavedVersion {
        organisation: row.organisation,
        version: row.version,
        active: row.state == crate::store::settings_versions::VersionState::Active,
        document: row.document,
        operations_centre: row.operations_centre,
    });
    let accounts = store.accounts().await?.into_iter().map(|row| SavedAccount {
        id: row.id,
        provider: row.provider,
        region: row.region,
        credentials: hex::encode(row.credentials),
        webhook_secrets: hex::encode(row.webhook_secrets),
        api_base_url: row.api_base_url,
        calls_per_second: row.calls_per_second,
    });
    let lines = store.lines().await?.into_iter().map(|row| SavedLine {
        id: row.id,
        account: row.account,
        number: row.number,
        organisation: row.organisation,
        inbound: row.inbound,
        fallback_url: row.fallback_url,
    });
    Ok(Saved {
        format: 1,
        saved_at: now,
        generation,
        versions: versions.collect(),
        accounts: accounts.collect(),
        lines: lines.collect(),
    })
}

/// Reads a saved version. None: it was valid when it was saved, and this program cannot read it any more.
#[must_use]
pub fn read_version(document: &str, operations_centre: Option<&str>) -> Option<Settings> {
    let document = serde_json::from_str(document).ok()?;
    let centre = operations_centre.and_then(|text| serde_json::from_str(text).ok());
    let centre = centre.as_ref().and_then(|value| settings::check_operations_centre(value, &[], None, &[]).settings);
    settings::check(&document, &CheckContext { operations_centre: centre.as_ref(), ..CheckContext::default() }).settings
}

fn understand(saved: &Saved, keys: &Keys) -> Snapshot {
    let accounts = saved.accounts.iter().filter_map(|account| open_account(account, keys));
    let accounts: HashMap<AccountId, Arc<Account>> = accounts.map(|account| (account.id.clone(), Arc::new(account))).collect();
    let mut lines = HashMap::new();
    let mut own_lines: BTreeMap<&OrganisationId, (&LineId, &PhoneNumber)> = BTreeMap::new();
    for line in &saved.lines {
        let Some(account) = accounts.get(&line.account) else { continue };
        if let Some(organisation) = &line.organisation {
            let first = own_lines.entry(organisation).or_insert((&line.id, &line.number));
            if line.id < *first.0 {
                *first = (&line.id, &line.number);
            }
        }
        let known = Line {
            id: line.id.clone(),
            account: Arc::clone(account),
            number: line.number.clone(),
            organisation: line.organisation.clone(),
            inbound: line.inbound,
            fallback_url: line.fallback_url.clone(),
        };
        lines.insert(line.id.clone(), Arc::new(known));
    }
    let mut versions: HashMap<&OrganisationId, (Option<Version>, BTreeMap<Version, Arc<ActiveSettings>>)> = HashMap::new();
    for saved in &saved.versions {
        let Some(settings) = read_version(&saved.document, saved.operations_centre.as_deref()) else {
            tracing::error!(organisation = %saved.organisation, version = saved.version, "A saved settings version cannot be read");
            continue;
        };
        let entry = versions.entry(&saved.organisation).or_default();
        entry.1.insert(saved.version, Arc::new(ActiveSettings { version: saved.version, settings }));
        if saved.active {
            entry.0 = Some(saved.version);
        }
    }
    let organisations = versions.into_iter().filter_map(|(id, (active, versions))| {
        let active = Arc::clone(versions.get(&active?)?);
        let own_line = own_lines.get(id).map(|(_, number)| (*number).clone());
        Some((id.clone(), Arc::new(Organisation { id: id.clone(), active, versions, own_line })))
    });
    Snapshot { generation: saved.generation, organisations: organisations.collect(), lines, accounts }
}

fn open_account(saved: &SavedAccount, keys: &Keys) -> Option<Account> {
    let Some(dialect) = dialect::by_name(&saved.provider) else {
        tracing::error!(account = %saved.id, "An account names a provider that this program does not speak");
        return None;
    };
    let open = |sealed: &str| keys.open_secret(&hex::decode(sealed).ok()?, saved.id.as_str());
    // Without its secrets an account stays known: its webhooks get 503, so that the provider's fallback takes the call.
    let credentials: BTreeMap<String, String> =
        open(&saved.credentials).and_then(|plain| serde_json::from_slice(&plain).ok()).unwrap_or_default();
    let secrets: Option<Vec<SealedSecret>> = open(&saved.webhook_secrets).and_then(|plain| serde_json::from_slice(&plain).ok());
    if secrets.is_none() {
        tracing::error!(account = %saved.id, "The secrets of an account cannot be opened: is it the right secret key file?");
    }
    let secrets =
        secrets.unwrap_or_default().into_iter().map(|sealed| WebhookSecret { key: sealed.key, secret: sealed.secret.into() });
    Some(Account {
        id: saved.id.clone(),
        dialect,
        access: AccountAccess {
            credentials: credentials.into_iter().map(|(name, secret)| (name, SecretString::from(secret))).collect(),
            api_base_url: saved.api_base_url.clone(),
            region: saved.region.clone(),
        },
        secrets: secrets.collect(),
        calls_per_second: saved.calls_per_second,
    })
}
