-- The memory of assistline, first version. The same tables and columns as its PostgreSQL twin; only types differ.
-- Times are microseconds since 1970 (UTC). Ids that we make are 16 bytes. Documents are JSON text.

-- What the file is: `compat` says which programs may open it.
create table meta (
    name    text primary key,
    value   text not null
) strict, without rowid;
insert into meta (name, value) values ('compat', '1'), ('deliveries_filed_to', '0');

-- Counts up with each change of settings, lines, accounts or the operations centre, so that other processes notice.
create table generation (
    id      integer primary key check (id = 1),
    number  integer not null
) strict;
insert into generation (id, number) values (1, 0);

create table operations_centre (
    version     integer primary key,
    document    text not null,
    author      text not null,
    created_at  integer not null
) strict;

create table organisations (
    row_id      integer primary key autoincrement,
    id          text not null unique,
    created_at  integer not null
) strict;

create table settings_versions (
    organisation       text not null references organisations (id),
    version            integer not null,
    document           text not null,
    operations_centre  text,
    state              text not null check (state in ('active', 'planned', 'draft', 'past')),
    author             text not null,
    note               text,
    created_at         integer not null,
    activates_at       integer,
    activated_at       integer,
    retired_at         integer,
    primary key (organisation, version)
) strict;
create unique index settings_versions_active on settings_versions (organisation) where state = 'active';
create index settings_versions_planned on settings_versions (activates_at) where state = 'planned';
-- A version once saved never changes; only where it stands does.
create trigger settings_versions_stay before update of organisation, version, document, operations_centre, author, note, created_at
on settings_versions begin
    select raise(abort, 'a saved version never changes');
end;

-- Credentials and secrets are sealed before they come here; the key is a file beside the database, never in it.
create table accounts (
    id                text primary key,
    provider          text not null,
    region            text,
    credentials       blob not null,
    webhook_secrets   blob not null,
    api_base_url      text,
    calls_per_second  real not null,
    created_at        integer not null,
    updated_at        integer not null
) strict, without rowid;

create table lines (
    id            text primary key,
    account       text not null references accounts (id),
    number        text not null,
    organisation  text references organisations (id),
    inbound       text,
    text_line     text,
    fallback_url  text,
    created_at    integer not null,
    updated_at    integer not null,
    unique (account, number)
) strict, without rowid;

-- Row numbers stand in step tokens, so none is ever given twice.
create table travellers (
    row_id        integer primary key autoincrement,
    organisation  text not null references organisations (id),
    id            text not null,
    name          text,
    phones        text not null,
    language      text,
    email         text,
    person_key    text,
    group_names   text not null,
    valid_until   text,
    status        text,
    status_at     integer,
    newest_query  blob,
    revision      integer not null default 1,
    created_at    integer not null,
    updated_at    integer not null,
    unique (organisation, id)
) strict;

create table traveller_phones (
    organisation  text not null,
    phone         text not null,
    traveller     integer not null references travellers (row_id) on delete cascade,
    primary key (organisation, phone, traveller)
) strict, without rowid;
create index traveller_phones_traveller on traveller_phones (traveller);

create table locations (
    row_id        integer primary key autoincrement,
    organisation  text not null,
    traveller     integer not null references travellers (row_id) on delete cascade,
    latitude      real,
    longitude     real,
    accuracy_m    real,
    place         text,
    source        text not null,
    at            integer not null,
    created_at    integer not null
) strict;
create index locations_traveller on locations (traveller, at);
create index locations_organisation on locations (organisation, row_id);

create table status_queries (
    row_id           integer primary key autoincrement,
    id               blob not null unique,
    organisation     text not null references organisations (id),
    incident         text not null,
    exercise         integer not null,
    state            text not null check (state in ('running', 'paused', 'stopped', 'finished')),
    started_at       integer not null,
    started_by       text not null,
    ended_at         integer,
    idempotency_key  text,
    unique (organisation, idempotency_key)
) strict;
create index status_queries_organisation on status_queries (organisation, row_id);

-- One traveller's part in one query. `ended` has a bit for each attempt with a result; `done`: nothing more will come.
create table query_people (
    query          blob not null references status_queries (id) on delete cascade,
    traveller      integer not null references travellers (row_id) on delete cascade,
    organisation   text not null,
    status         text,
    proof          text,
    settled_at     integer,
    retry_minutes  text not null,
    placed         integer not null default 0,
    planned        integer,
    planned_at     integer,
    first_call_at  integer,
    last_call_at   integer,
    ended          integer not null default 0,
    done           integer not null default 0,
    created_at     integer not null,
    primary key (query, traveller)
) strict, without rowid;
create index query_people_planned on query_people (planned_at) where planned is not null;
create index query_people_undone on query_people (query) where not done;
create index query_people_traveller on query_people (traveller);

create table attempts (
    query        blob not null,
    traveller    integer not null,
    attempt      integer not null,
    organisation text not null,
    call         blob not null,
    phone_index  integer not null,
    result       text,
    started_at   integer not null,
    ended_at     integer,
    primary key (query, traveller, attempt),
    foreign key (query, traveller) references query_people (query, traveller) on delete cascade
) strict, without rowid;

-- Finds a call by the provider's id, and its rows of the journal. The state of a call is its newest row there.
create table calls (
    row_id            integer primary key autoincrement,
    id                blob not null unique,
    organisation      text,
    line              text not null,
    account           text not null,
    provider_call_id  text,
    direction         text not null check (direction in ('outbound', 'inbound')),
    traveller         integer,
    query             blob,
    attempt           integer not null,
    version           integer not null,
    started_at        integer not null,
    ended_at          integer,
    first_row         integer,
    last_row          integer,
    unique (account, provider_call_id)
) strict;
create index calls_organisation on calls (organisation, row_id);
create index calls_open on calls (row_id) where ended_at is null;

-- The provider's id of a leg, as it was first seen under a token of that leg.
create table call_legs (
    call              blob not null references calls (id) on delete cascade,
    leg               integer not null,
    provider_call_id  text not null,
    seen_at           integer not null,
    primary key (call, leg)
) strict, without rowid;

-- The memory of calls: append-only, one row a step. No index on call, step or delivery: the one writer keeps those of
-- the last day in memory (measured: a random key costs two thirds of the speed).
create table journal (
    row_id        integer primary key,
    call          blob not null,
    number        integer not null,
    delivery      blob,
    organisation  text,
    at            integer not null,
    kind          text not null,
    event         text,
    state         text,
    plan          text,
    telephone     text not null,
    effects       text not null,
    because       text not null
) strict;
create trigger journal_stays before update on journal begin
    select raise(abort, 'the journal is append-only');
end;

-- Deliveries older than the writer's memory, so that a repeat is known however late it comes.
create table deliveries (
    delivery    blob primary key,
    row_id      integer not null
) strict, without rowid;

-- What was recorded for whom, in the words of the trade.
create table records (
    row_id        integer primary key autoincrement,
    organisation  text,
    traveller     integer,
    status        text not null,
    call          blob not null,
    query         blob,
    attempt       integer not null,
    at            integer not null
) strict;
create index records_call on records (call);
create index records_organisation on records (organisation, row_id);

create table alerts (
    row_id           integer primary key autoincrement,
    id               blob not null unique,
    organisation     text,
    kind             text not null,
    severity         text not null,
    about_travel     integer not null,
    state            text not null check (state in ('open', 'being_answered', 'taken', 'settled')),
    call             blob,
    query            blob,
    line             text,
    once_key         text,
    raised_at        integer not null,
    taken_by         text,
    taken_at         integer,
    settled_by       text,
    settled_at       integer,
    settled_outcome  text,
    settled_how      text
) strict;
create index alerts_organisation on alerts (organisation, row_id);
create index alerts_unsettled on alerts (row_id) where state <> 'settled';
create unique index alerts_once on alerts (once_key) where state <> 'settled';

create table alert_people (
    alert         integer not null references alerts (row_id) on delete cascade,
    traveller     integer not null references travellers (row_id) on delete cascade,
    organisation  text,
    settled_at    integer,
    created_at    integer not null,
    primary key (alert, traveller)
) strict, without rowid;
create index alert_people_open on alert_people (traveller) where settled_at is null;

-- Work that waits. A key is taken once for ever (until the row is cleared away), so a repeat plans nothing twice.
create table jobs (
    row_id         integer primary key autoincrement,
    kind           text not null,
    job_key        text not null unique,
    organisation   text,
    payload        text not null,
    due_at         integer not null,
    created_at     integer not null,
    claimed_by     text,
    claimed_until  integer,
    attempts       integer not null default 0,
    done_at        integer
) strict;
create index jobs_due on jobs (due_at) where done_at is null;
create index jobs_done on jobs (done_at) where done_at is not null;

create table tokens (
    id            text primary key,
    hash          blob not null unique,
    role          text not null,
    organisation  text references organisations (id),
    name          text,
    created_at    integer not null
) strict, without rowid;

create table audit (
    row_id        integer primary key autoincrement,
    at            integer not null,
    organisation  text,
    who           text not null,
    action        text not null,
    subject       text not null,
    detail        text
) strict;
create index audit_organisation on audit (organisation, row_id);

create table idempotency (
    scope        text not null,
    idem_key     text not null,
    fingerprint  blob not null,
    answer       text not null,
    at           integer not null,
    primary key (scope, idem_key)
) strict, without rowid;
create index idempotency_at on idempotency (at);

create table texts (
    row_id               integer primary key autoincrement,
    id                   blob not null unique,
    organisation         text,
    line                 text not null,
    account              text not null,
    traveller            integer,
    phone                text not null,
    kind                 text not null,
    provider_message_id  text,
    state                text not null check (state in ('waiting', 'sent', 'failed')),
    attempts             integer not null default 0,
    created_at           integer not null,
    updated_at           integer not null
) strict;
create index texts_organisation on texts (organisation, row_id);
