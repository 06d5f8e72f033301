-- What applications are still to be told of what came in (`forward` of the configuration).

-- One row for each endpoint, from the transaction that stored the message or applied the report until the endpoint
-- has acknowledged it. Neither addresses nor texts: a webhook is made of the rows that it is about, when it goes.
create table postrider.forward (
    id bigint generated always as identity primary key,
    endpoint text not null,
    event text not null check (event in ('message.received', 'message.report')),
    conversation text not null,  -- within which each endpoint is told in the order of id
    message_id bigint not null,  -- of what came in; of a report, of what was sent
    report text,                 -- JSON: what the report says
    created timestamp with time zone not null default clock_timestamp(),
    tries integer not null default 0,
    not_before timestamp with time zone not null default clock_timestamp(),
    reason text not null default '',  -- why the last try failed
    daemon_id bigint,                 -- who is at it, until not_before or its own end, whichever is first
    redriven timestamp with time zone, -- an operator wanted it again
    dead timestamp with time zone     -- given up then, unless an operator wants it again
);
create index forward_order on postrider.forward (endpoint, conversation, id) where dead is null;
create index forward_due on postrider.forward (endpoint, not_before) where dead is null;

create function postrider.forget_dead_forwards() returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from postrider.forward where dead < now() - interval '90 days';
$$;
revoke execute on function postrider.forget_dead_forwards() from public;
