-- Files that came with messages and are still at a provider: fetched after the webhook was answered.

-- One row for each, from the transaction that stored its message until the file is stored or has failed for
-- good. While a message has none, its files are as complete as they will be.
create table postrider.media_fetch (
    media_id bigint primary key,  -- in the site's table of the media of incoming messages
    message_id bigint not null,
    channel text not null,
    queued timestamp with time zone not null default now(),
    tries integer not null default 0,
    not_before timestamp with time zone not null default now(),
    daemon_id bigint,             -- who is at it, until not_before or its own end, whichever is first
    reason text not null default ''  -- why the last try failed
);
create index media_fetch_message on postrider.media_fetch (message_id);
create index media_fetch_due on postrider.media_fetch (not_before);

-- For receivers: whether files of a message are still to come.
create function postrider.awaits_media(id bigint) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select exists (select from postrider.media_fetch f where f.message_id = awaits_media.id)
$$;
revoke execute on function postrider.awaits_media(bigint) from public;
