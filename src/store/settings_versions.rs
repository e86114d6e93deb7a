//! Versions of an organisation's settings. What was saved never changes; only where a version stands does.
//!
//! Invariant: at most one version of an organisation is active (an index keeps it), and activating is one step.

use crate::model::ids::{OrganisationId, Version};
use crate::store::audit::write_entry;
use crate::store::columns::{MaybeMicros, Micros, maybe_micros, micros};
use crate::store::db::{Link, all, find, list, one, run, write_tx};
use crate::store::organisations::ensure;
use crate::store::{By, Store, StoreError, bump_generation};
use chrono::{DateTime, Utc};

/// Where a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VersionState {
    /// It routes calls.
    Active,
    /// It will, at a time.
    Planned,
    /// Kept, routes nobody.
    Draft,
    /// It was active once.
    Past,
}

impl VersionState {
    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Planned => "planned",
            Self::Draft => "draft",
            Self::Past => "past",
        }
    }
}

impl TryFrom<String> for VersionState {
    type Error = String;
    fn try_from(word: String) -> Result<Self, String> {
        [Self::Active, Self::Planned, Self::Draft, Self::Past]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| "not a state of a version".to_owned())
    }
}

/// One version.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct VersionRow {
    /// Whose.
    pub organisation: OrganisationId,
    /// 1, 2, …
    #[sqlx(try_from = "i64")]
    pub version: Version,
    /// The document as typed, JSON.
    pub document: String,
    /// The operations centre of that moment as typed, JSON; None: none was set.
    pub operations_centre: Option<String>,
    /// Where it stands.
    #[sqlx(try_from = "String")]
    pub state: VersionState,
    /// Who saved it.
    pub author: String,
    /// What they wrote to it.
    pub note: Option<String>,
    /// When it was saved.
    #[sqlx(try_from = "Micros")]
    pub created_at: DateTime<Utc>,
    /// When a planned version becomes active.
    #[sqlx(try_from = "MaybeMicros")]
    pub activates_at: Option<DateTime<Utc>>,
    /// When it became active last.
    #[sqlx(try_from = "MaybeMicros")]
    pub activated_at: Option<DateTime<Utc>>,
    /// When another took its place.
    #[sqlx(try_from = "MaybeMicros")]
    pub retired_at: Option<DateTime<Utc>>,
}

/// All columns of a version, from where the rest says.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select organisation, version, document, operations_centre, state, author, note, created_at, activates_at, \
             activated_at, retired_at from settings_versions ",
            $rest
        )
    };
}

/// What a version becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Becomes {
    /// Active at once.
    Active,
    /// Kept.
    Draft,
    /// Active at that time.
    Planned(DateTime<Utc>),
}

/// What becomes of another version that is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlannedVersions {
    /// It stands in the way: `Conflict("a planned version")`.
    Refuse,
    /// It stays planned.
    Keep,
    /// It becomes a draft.
    Cancel,
}

/// A version to be saved.
#[derive(Debug, Clone, Copy)]
pub struct NewVersion<'a> {
    /// Whose; made where it is new.
    pub organisation: &'a OrganisationId,
    /// The document as typed, JSON.
    pub document: &'a str,
    /// The operations centre in force as typed, JSON.
    pub operations_centre: Option<&'a str>,
    /// What it becomes.
    pub becomes: Becomes,
    /// What becomes of a planned one.
    pub planned: PlannedVersions,
    /// `If-Match`: one of these must be active, else `Conflict("the active version")`. Empty: no condition.
    pub expected: &'a [Version],
    /// What the author wrote to it.
    pub note: Option<&'a str>,
}

impl Store {
    /// Saves a version with the next number.
    ///
    /// # Errors
    /// `Conflict("the active version")`, `Conflict("a planned version")`, or the database's.
    pub async fn save_version(&self, version: &NewVersion<'_>, by: By<'_>) -> Result<VersionRow, StoreError> {
        write_tx!(&self.db, |link| save(link, version, by).await)
    }

    /// Makes a saved version active, or plans that. Doing so twice changes nothing.
    ///
    /// # Errors
    /// `NotFound`, or the database's.
    pub async fn activate_version(
        &self,
        organisation: &OrganisationId,
        version: Version,
        at: Option<DateTime<Utc>>,
        by: By<'_>,
    ) -> Result<VersionRow, StoreError> {
        write_tx!(&self.db, |link| {
            let row = read(link, organisation, version).await?;
            match at {
                Some(at) if row.state != VersionState::Active => plan(link, organisation, version, at).await?,
                None if row.state != VersionState::Active => activate(link, organisation, version, by.at).await?,
                Some(_) | None => return Ok(row),
            }
            let action = if at.is_some() { "settings.planned" } else { "settings.activated" };
            write_entry(link, by, Some(organisation), action, &format!("version {version}")).await?;
            read(link, organisation, version).await
        })
    }

    /// Makes planned versions active whose time has come, in the order of their times.
    ///
    /// # Errors
    /// The database's.
    pub async fn activate_due_versions(&self, now: DateTime<Utc>) -> Result<Vec<VersionRow>, StoreError> {
        let due = select!("where state = 'planned' and activates_at <= $1 order by activates_at, version");
        let waiting: Vec<VersionRow> = list!(&self.db, VersionRow, due, micros(now))?;
        if waiting.is_empty() {
            return Ok(Vec::new());
        }
        write_tx!(&self.db, |link| {
            let mut activated = Vec::new();
            for row in all!(link, VersionRow, due, micros(now))? {
                activate(link, &row.organisation, row.version, now).await?;
                let by = By { who: &row.author, at: now };
                let subject = format!("version {}", row.version);
                write_entry(link, by, Some(&row.organisation), "settings.activated", &subject).await?;
                activated.push(read(link, &row.organisation, row.version).await?);
            }
            Ok(activated)
        })
    }

    /// When the next planned version becomes active.
    ///
    /// # Errors
    /// The database's.
    pub async fn next_activation(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let next: Option<(Option<Micros>,)> =
            find!(&self.db, (Option<Micros>,), "select min(activates_at) from settings_versions where state = 'planned'")?;
        Ok(next.and_then(|(at,)| at).map(DateTime::from))
    }

    /// One version.
    ///
    /// # Errors
    /// `NotFound`, or the database's.
    pub async fn version(&self, organisation: &OrganisationId, version: Version) -> Result<VersionRow, StoreError> {
        find!(&self.db, VersionRow, select!("where organisation = $1 and version = $2"), organisation, i64::from(version))?
            .ok_or(StoreError::NotFound)
    }

    /// The active version.
    ///
    /// # Errors
    /// `NotFound`, or the database's.
    pub async fn active_version(&self, organisation: &OrganisationId) -> Result<VersionRow, StoreError> {
        find!(&self.db, VersionRow, select!("where organisation = $1 and state = 'active'"), organisation)?
            .ok_or(StoreError::NotFound)
    }

    /// Versions of an organisation, newest first, from below the cursor `before`.
    ///
    /// # Errors
    /// The database's.
    pub async fn versions(
        &self,
        organisation: &OrganisationId,
        before: Option<Version>,
        limit: i64,
    ) -> Result<Vec<VersionRow>, StoreError> {
        list!(
            &self.db,
            VersionRow,
            select!(
                "where organisation = $1 and version < $2 \
             order by version desc limit $3"
            ),
            organisation,
            before.map_or(i64::MAX, i64::from),
            limit
        )
    }

    /// Every version that is active, or was so after `since`: what calls may still be running with.
    ///
    /// # Errors
    /// The database's.
    pub async fn versions_in_use(&self, since: DateTime<Utc>) -> Result<Vec<VersionRow>, StoreError> {
        list!(
            &self.db,
            VersionRow,
            select!(
                "where state = 'active' or retired_at >= $1 \
             order by organisation, version"
            ),
            micros(since)
        )
    }
}

/// Saves a version on an open write.
pub(crate) async fn save(link: &mut Link<'_>, new: &NewVersion<'_>, by: By<'_>) -> Result<VersionRow, StoreError> {
    let organisation = new.organisation;
    ensure(link, organisation, by).await?;
    if !new.expected.is_empty() {
        let active = active_number(link, organisation).await?;
        if !active.is_some_and(|active| new.expected.contains(&active)) {
            return Err(StoreError::Conflict("the active version"));
        }
    }
    settle_planned(link, organisation, new.planned).await?;
    let newest: Option<(i64,)> =
        one!(link, (i64,), "select coalesce(max(version), 0) from settings_versions where organisation = $1", organisation)?;
    let number = newest.map_or(1, |(version,)| version + 1);
    let activates_at = match new.becomes {
        Becomes::Planned(at) => Some(at),
        Becomes::Active | Becomes::Draft => None,
    };
    run!(
        link,
        "insert into settings_versions (organisation, version, document, operations_centre, state, author, note, created_at, \
         activates_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        organisation,
        number,
        new.document,
        new.operations_centre,
        if activates_at.is_some() { "planned" } else { "draft" },
        by.who,
        new.note,
        micros(by.at),
        maybe_micros(activates_at)
    )?;
    let version = Version::try_from(number)?;
    write_entry(link, by, Some(organisation), "settings.saved", &format!("version {version}")).await?;
    if new.becomes == Becomes::Active {
        activate(link, organisation, version, by.at).await?;
        write_entry(link, by, Some(organisation), "settings.activated", &format!("version {version}")).await?;
    }
    read(link, organisation, version).await
}

async fn active_number(link: &mut Link<'_>, organisation: &OrganisationId) -> Result<Option<Version>, StoreError> {
    let active: Option<(i64,)> =
        one!(link, (i64,), "select version from settings_versions where organisation = $1 and state = 'active'", organisation)?;
    Ok(active.map(|(version,)| Version::try_from(version)).transpose()?)
}

async fn settle_planned(link: &mut Link<'_>, organisation: &OrganisationId, planned: PlannedVersions) -> Result<(), StoreError> {
    match planned {
        PlannedVersions::Keep => Ok(()),
        PlannedVersions::Cancel => run!(
            link,
            "update settings_versions set state = 'draft', activates_at = null where organisation = $1 and state = 'planned'",
            organisation
        )
        .map(drop),
        PlannedVersions::Refuse => {
            let waiting: Option<(i64,)> = one!(
                link,
                (i64,),
                "select count(*) from settings_versions where organisation = $1 and state = 'planned'",
                organisation
            )?;
            if waiting.is_some_and(|(count,)| count > 0) {
                return Err(StoreError::Conflict("a planned version"));
            }
            Ok(())
        }
    }
}

async fn activate(
    link: &mut Link<'_>,
    organisation: &OrganisationId,
    version: Version,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    run!(
        link,
        "update settings_versions set state = 'past', retired_at = $2 where organisation = $1 and state = 'active'",
        organisation,
        micros(at)
    )?;
    run!(
        link,
        "update settings_versions set state = 'active', activated_at = $3, activates_at = null, retired_at = null \
         where organisation = $1 and version = $2",
        organisation,
        i64::from(version),
        micros(at)
    )?;
    bump_generation(link).await
}

async fn plan(link: &mut Link<'_>, organisation: &OrganisationId, version: Version, at: DateTime<Utc>) -> Result<(), StoreError> {
    run!(
        link,
        "update settings_versions set state = 'planned', activates_at = $3 where organisation = $1 and version = $2",
        organisation,
        i64::from(version),
        micros(at)
    )
    .map(drop)
}

async fn read(link: &mut Link<'_>, organisation: &OrganisationId, version: Version) -> Result<VersionRow, StoreError> {
    one!(link, VersionRow, select!("where organisation = $1 and version = $2"), organisation, i64::from(version))?
        .ok_or(StoreError::NotFound)
}
