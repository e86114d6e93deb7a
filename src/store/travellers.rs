//! Travellers: whom we may call, how a caller is found by number, where they are, and the file that a judgement sees.
//!
//! Invariant: whatever changes a traveller's file (status, query, alerts) raises the file's revision in the same
//! transaction, so a step that judged by an older file loses.

use crate::model::alert::{AlertKind, OpenAlert};
use crate::model::answer::Answer;
use crate::model::ids::{AlertId, CallId, OrganisationId, QueryId, TravellerId, TravellerRow};
use crate::model::language::LanguageTag;
use crate::model::phone::PhoneNumber;
use crate::model::traveller::{Person, QueryPart};
use crate::store::audit::write_entry;
use crate::store::columns::{JsonList, MaybeMicros, MaybeNumber, Micros, json, maybe_micros, micros};
use crate::store::db::{Link, find, list, one, run, write_tx};
use crate::store::{By, Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};

/// How long a reported place is told to a desk.
const PLACE_HOURS_MAX: i64 = 24;
/// How many travellers one statement reads: more than ever share a phone; longer lists take several.
const PEOPLE_PER_STATEMENT: usize = 8;

/// A traveller as an administrator or an import enters them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TravellerFields {
    /// The name.
    pub name: Option<String>,
    /// Numbers in the order in which they are called.
    pub phones: Vec<PhoneNumber>,
    /// The language.
    pub language: Option<LanguageTag>,
    /// The e-mail address.
    pub email: Option<String>,
    /// What tells that two entries are one person.
    pub person_key: Option<String>,
    /// Groups.
    pub groups: Vec<String>,
    /// The last day on which they may be called, as typed.
    pub valid_until: Option<String>,
}

/// A traveller as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TravellerEntry {
    /// The row number, for tokens and judgements.
    #[sqlx(rename = "row_id")]
    pub row: TravellerRow,
    /// Whose.
    pub organisation: OrganisationId,
    /// The id that people use.
    pub id: TravellerId,
    /// The name.
    pub name: Option<String>,
    /// Numbers in the order in which they are called.
    #[sqlx(try_from = "JsonList<PhoneNumber>")]
    pub phones: Vec<PhoneNumber>,
    /// The language.
    pub language: Option<LanguageTag>,
    /// The e-mail address.
    pub email: Option<String>,
    /// What tells that two entries are one person.
    pub person_key: Option<String>,
    /// Groups.
    #[sqlx(rename = "group_names", try_from = "JsonList<String>")]
    pub groups: Vec<String>,
    /// The last day on which they may be called, as typed.
    pub valid_until: Option<String>,
    /// The status that counts (rule 29); None: unknown.
    pub status: Option<Answer>,
    /// When it came to count.
    #[sqlx(try_from = "MaybeMicros")]
    pub status_at: Option<DateTime<Utc>>,
    /// The revision of the file.
    #[sqlx(try_from = "i64")]
    pub revision: u64,
    /// When the entry was made.
    #[sqlx(try_from = "Micros")]
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    #[sqlx(try_from = "Micros")]
    pub updated_at: DateTime<Utc>,
}

/// All columns of an entry, from where the rest says.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select row_id, organisation, id, name, phones, language, email, person_key, group_names, valid_until, status, \
             status_at, revision, created_at, updated_at from travellers ",
            $rest
        )
    };
}

/// A position reported by or for a traveller.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct LocationRow {
    /// Counts up; the cursor of the list.
    pub row_id: i64,
    /// Whose.
    pub traveller: TravellerRow,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// Within how many metres.
    pub accuracy_m: Option<f64>,
    /// The place, as people say it ("Lagos").
    pub place: Option<String>,
    /// Where it comes from.
    pub source: String,
    /// When the traveller was there.
    #[sqlx(try_from = "Micros")]
    pub at: DateTime<Utc>,
}

/// A position to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewLocation<'a> {
    /// Whose.
    pub traveller: TravellerRow,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// Within how many metres.
    pub accuracy_m: Option<f64>,
    /// The place, as people say it.
    pub place: Option<&'a str>,
    /// Where it comes from.
    pub source: &'a str,
    /// When the traveller was there.
    pub at: DateTime<Utc>,
}

impl Store {
    /// Makes or changes a traveller: the entry, and is it new?
    ///
    /// # Errors
    /// `NotFound`: no such organisation. Or the database's.
    pub async fn put_traveller(
        &self,
        organisation: &OrganisationId,
        id: &TravellerId,
        fields: &TravellerFields,
        by: By<'_>,
    ) -> Result<(TravellerEntry, bool), StoreError> {
        write_tx!(&self.db, |link| {
            let put = put(link, organisation, id, fields, by).await?;
            write_entry(link, by, Some(organisation), "traveller.put", id.as_str()).await?;
            Ok(put)
        })
    }

    /// Makes or changes many travellers in one step (an import): how many are new.
    ///
    /// # Errors
    /// `NotFound`: no such organisation. Or the database's; nothing is changed then.
    pub async fn put_travellers(
        &self,
        organisation: &OrganisationId,
        travellers: &[(TravellerId, TravellerFields)],
        by: By<'_>,
    ) -> Result<usize, StoreError> {
        write_tx!(&self.db, |link| {
            let mut new = 0;
            for (id, fields) in travellers {
                new += usize::from(put(link, organisation, id, fields, by).await?.1);
            }
            let subject = format!("{} travellers", travellers.len());
            write_entry(link, by, Some(organisation), "travellers.imported", &subject).await?;
            Ok(new)
        })
    }

    /// One traveller.
    ///
    /// # Errors
    /// `NotFound`, or the database's.
    pub async fn traveller(&self, organisation: &OrganisationId, id: &TravellerId) -> Result<TravellerEntry, StoreError> {
        find!(&self.db, TravellerEntry, select!("where organisation = $1 and id = $2"), organisation, id)?
            .ok_or(StoreError::NotFound)
    }

    /// One traveller by row number, whatever the organisation: the caller compares it.
    ///
    /// # Errors
    /// `NotFound`, or the database's.
    pub async fn traveller_by_row(&self, row: TravellerRow) -> Result<TravellerEntry, StoreError> {
        find!(&self.db, TravellerEntry, select!("where row_id = $1"), row)?.ok_or(StoreError::NotFound)
    }

    /// Travellers of an organisation in the order of their ids, from behind the cursor `after`.
    ///
    /// # Errors
    /// The database's.
    pub async fn travellers(
        &self,
        organisation: &OrganisationId,
        after: Option<&TravellerId>,
        limit: i64,
    ) -> Result<Vec<TravellerEntry>, StoreError> {
        list!(
            &self.db,
            TravellerEntry,
            select!("where organisation = $1 and id > $2 order by id limit $3"),
            organisation,
            after.map_or("", TravellerId::as_str),
            limit
        )
    }

    /// Who has this number, in the order of their entry (rules 3 and 4).
    ///
    /// # Errors
    /// The database's.
    pub async fn travellers_by_phone(
        &self,
        organisation: &OrganisationId,
        phone: &PhoneNumber,
    ) -> Result<Vec<TravellerRow>, StoreError> {
        let rows: Vec<(TravellerRow,)> = list!(
            &self.db,
            (TravellerRow,),
            "select traveller from traveller_phones where organisation = $1 and phone = $2 order by traveller",
            organisation,
            phone
        )?;
        Ok(rows.into_iter().map(|(row,)| row).collect())
    }

    /// The files of these travellers as a judgement sees them, in the order asked for; an unknown row is left out.
    ///
    /// The revision is read first: whatever moves afterwards makes the step that was judged by this file lose.
    ///
    /// # Errors
    /// The database's.
    pub async fn people(&self, rows: &[TravellerRow], now: DateTime<Utc>) -> Result<Vec<Person>, StoreError> {
        let mut people = Vec::with_capacity(rows.len());
        for rows in rows.chunks(PEOPLE_PER_STATEMENT) {
            people.extend(self.some_people(rows, now).await?);
        }
        Ok(people)
    }

    async fn some_people(&self, rows: &[TravellerRow], now: DateTime<Utc>) -> Result<Vec<Person>, StoreError> {
        let since = micros(now - TimeDelta::hours(PLACE_HOURS_MAX));
        let [a, b, c, d, e, f, g, h] = padded(rows);
        let files: Vec<FileRow> = list!(
            &self.db,
            FileRow,
            "select t.row_id, t.name, t.language, t.status, t.revision, q.query, q.settled_at, q.retry_minutes, q.placed, \
             q.planned, q.ended, (select l.place from locations l where l.traveller = t.row_id and l.at > $9 \
             and l.place is not null order by l.at desc, l.row_id desc limit 1) as place \
             from travellers t left join query_people q on q.query = t.newest_query and q.traveller = t.row_id \
             where t.row_id in ($1, $2, $3, $4, $5, $6, $7, $8)",
            a,
            b,
            c,
            d,
            e,
            f,
            g,
            h,
            since
        )?;
        let alerts: Vec<AlertOfPerson> = list!(
            &self.db,
            AlertOfPerson,
            "select p.traveller, a.id, a.kind, a.about_travel, a.call from alert_people p join alerts a on a.row_id = p.alert \
             where p.traveller in ($1, $2, $3, $4, $5, $6, $7, $8) and p.settled_at is null order by a.row_id",
            a,
            b,
            c,
            d,
            e,
            f,
            g,
            h
        )?;
        let mut people = Vec::with_capacity(rows.len());
        for row in rows {
            if let Some(file) = files.iter().find(|file| file.row_id == *row) {
                people.push(file.person(&alerts)?);
            }
        }
        Ok(people)
    }

    /// Stores a position.
    ///
    /// # Errors
    /// `NotFound`: no such traveller. Or the database's.
    pub async fn add_location(
        &self,
        organisation: &OrganisationId,
        location: &NewLocation<'_>,
        by: By<'_>,
    ) -> Result<(), StoreError> {
        write_tx!(&self.db, |link| {
            let added = run!(
                link,
                "insert into locations (organisation, traveller, latitude, longitude, accuracy_m, place, source, at, created_at) \
                 select organisation, row_id, $3, $4, $5, $6, $7, $8, $9 from travellers where organisation = $1 and row_id = $2",
                organisation,
                location.traveller,
                location.latitude,
                location.longitude,
                location.accuracy_m,
                location.place,
                location.source,
                micros(location.at),
                micros(by.at)
            )?;
            if added == 0 { Err(StoreError::NotFound) } else { Ok(()) }
        })
    }

    /// Positions of an organisation, newest entry first, from below the cursor `before`; of one traveller where named.
    ///
    /// # Errors
    /// The database's.
    pub async fn locations(
        &self,
        organisation: &OrganisationId,
        traveller: Option<TravellerRow>,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<LocationRow>, StoreError> {
        list!(
            &self.db,
            LocationRow,
            "select row_id, traveller, latitude, longitude, accuracy_m, place, source, at from locations \
             where organisation = $1 and ($2 is null or traveller = $2) and row_id < $3 order by row_id desc limit $4",
            organisation,
            traveller,
            before.unwrap_or(i64::MAX),
            limit
        )
    }
}

/// Eight row numbers; places that are not needed hold one that no traveller has.
fn padded(rows: &[TravellerRow]) -> [i64; PEOPLE_PER_STATEMENT] {
    let mut numbers = [-1; PEOPLE_PER_STATEMENT];
    for (place, row) in numbers.iter_mut().zip(rows) {
        *place = row.0;
    }
    numbers
}

#[derive(sqlx::FromRow)]
struct FileRow {
    row_id: TravellerRow,
    name: Option<String>,
    language: Option<LanguageTag>,
    status: Option<Answer>,
    #[sqlx(try_from = "i64")]
    revision: u64,
    query: Option<QueryId>,
    #[sqlx(try_from = "MaybeMicros")]
    settled_at: Option<DateTime<Utc>>,
    retry_minutes: Option<String>,
    #[sqlx(try_from = "MaybeNumber")]
    placed: Option<u8>,
    #[sqlx(try_from = "MaybeNumber")]
    planned: Option<u8>,
    ended: Option<i64>,
    place: Option<String>,
}

#[derive(sqlx::FromRow)]
struct AlertOfPerson {
    traveller: TravellerRow,
    id: AlertId,
    kind: AlertKind,
    about_travel: bool,
    call: Option<CallId>,
}

impl FileRow {
    fn person(&self, alerts: &[AlertOfPerson]) -> Result<Person, StoreError> {
        let query = match (self.query, &self.retry_minutes) {
            (Some(query), Some(minutes)) => Some(QueryPart {
                query,
                settled: self.settled_at.is_some(),
                retry_minutes: serde_json::from_str(minutes)?,
                placed: self.placed.unwrap_or(0),
                planned: self.planned,
                ended: attempts_of_mask(self.ended.unwrap_or(0)),
            }),
            _ => None,
        };
        let own = alerts.iter().filter(|alert| alert.traveller == self.row_id);
        Ok(Person {
            row: self.row_id,
            name: self.name.clone(),
            language: self.language.clone(),
            status: self.status,
            query,
            alerts: own.filter_map(AlertOfPerson::open_alert).collect(),
            place: self.place.clone(),
            revision: self.revision,
        })
    }
}

impl AlertOfPerson {
    fn open_alert(&self) -> Option<OpenAlert> {
        Some(OpenAlert { id: self.id, kind: self.kind, about_travel: self.about_travel, call: self.call? })
    }
}

/// The attempts that have their bit in a mask of `query_people.ended`.
pub(crate) fn attempts_of_mask(mask: i64) -> Vec<u8> {
    (1..=62).filter(|attempt| mask & (1_i64 << attempt) != 0).collect()
}

async fn put(
    link: &mut Link<'_>,
    organisation: &OrganisationId,
    id: &TravellerId,
    fields: &TravellerFields,
    by: By<'_>,
) -> Result<(TravellerEntry, bool), StoreError> {
    let known: Option<(i64,)> = one!(link, (i64,), "select count(*) from organisations where id = $1", organisation)?;
    if known.is_none_or(|(count,)| count == 0) {
        return Err(StoreError::NotFound);
    }
    let entry: Option<TravellerEntry> = one!(
        link,
        TravellerEntry,
        "insert into travellers (organisation, id, name, phones, language, email, person_key, group_names, valid_until, \
         created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) \
         on conflict (organisation, id) do update set name = excluded.name, phones = excluded.phones, \
         language = excluded.language, email = excluded.email, person_key = excluded.person_key, \
         group_names = excluded.group_names, valid_until = excluded.valid_until, updated_at = excluded.updated_at, \
         revision = travellers.revision + 1 \
         returning row_id, organisation, id, name, phones, language, email, person_key, group_names, valid_until, status, \
         status_at, revision, created_at, updated_at",
        organisation,
        id,
        &fields.name,
        json(&fields.phones),
        &fields.language,
        &fields.email,
        &fields.person_key,
        json(&fields.groups),
        &fields.valid_until,
        micros(by.at)
    )?;
    let entry = entry.ok_or(StoreError::Corrupt)?;
    run!(link, "delete from traveller_phones where traveller = $1", entry.row)?;
    for phone in &fields.phones {
        run!(
            link,
            "insert into traveller_phones (organisation, phone, traveller) values ($1, $2, $3) on conflict do nothing",
            organisation,
            phone,
            entry.row
        )?;
    }
    let new = entry.revision == 1;
    Ok((entry, new))
}

/// Raises the revision of a traveller's file without changing anything else about it.
pub(crate) async fn bump(link: &mut Link<'_>, traveller: TravellerRow) -> Result<(), StoreError> {
    run!(link, "update travellers set revision = revision + 1 where row_id = $1", traveller).map(drop)
}

/// What a step does to a traveller's file, if its revision is still the one that was seen: was it?
pub(crate) async fn change_file(
    link: &mut Link<'_>,
    traveller: TravellerRow,
    seen: Option<u64>,
    status: Option<Answer>,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let seen = seen.map(i64::try_from).transpose()?;
    let changed = run!(
        link,
        "update travellers set revision = revision + 1, status = coalesce($3, status), \
         status_at = coalesce($4, status_at) where row_id = $1 and ($2 is null or revision = $2)",
        traveller,
        seen,
        status,
        maybe_micros(status.map(|_| at))
    )?;
    Ok(changed > 0)
}
