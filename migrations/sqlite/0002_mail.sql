-- Mails about alerts: who was told when, and what became of it. No address stands here, only the recipient's place.
-- `round`: the repeat, from 0. `recipient`: the place in the order of telling, from 0.
create table alert_mails (
    alert         integer not null references alerts (row_id) on delete cascade,
    round         integer not null,
    recipient     integer not null,
    organisation  text,
    tries         integer not null,
    outcome       text not null check (outcome in ('sending', 'sent', 'failed', 'refused')),
    began_at      integer not null,
    ended_at      integer,
    primary key (alert, round, recipient)
) strict, without rowid;
create index alert_mails_organisation on alert_mails (organisation, began_at);
