-- Mails about alerts: who was told when, and what became of it. No address stands here, only the recipient's place.
-- `round`: the repeat, from 0. `recipient`: the place in the order of telling, from 0.
create table alert_mails (
    alert         bigint not null references alerts (row_id) on delete cascade,
    round         bigint not null,
    recipient     bigint not null,
    organisation  text,
    tries         bigint not null,
    outcome       text not null check (outcome in ('sending', 'sent', 'failed', 'refused')),
    began_at      bigint not null,
    ended_at      bigint,
    primary key (alert, round, recipient)
);
create index alert_mails_organisation on alert_mails (organisation, began_at);
