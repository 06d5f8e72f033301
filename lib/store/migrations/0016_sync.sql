-- What is added to the rows without being told to anybody (`postrider sync` without `--process`).

create or replace function postrider.announce_incoming() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if current_setting('postrider.announce', true) = 'off' then return null; end if;
    if exists (select from postrider.receiver) then
        insert into postrider.incoming_waiting (message_id) values (new.id)
            on conflict (message_id) do update set arrived = excluded.arrived;
    end if;
    perform pg_notify('postrider_incoming', new.id::text);
    return null;
end
$$;

-- A message that was sent by others, as the provider's records have it: its row is never due.
create function postrider.add_sent(destination text, message text, sent timestamp with time zone, errored boolean,
                                   metadata text, lookup_key text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if exists (select from pg_attribute a where a.attrelid = '{site}.simple_messaging_outgoingmessage'::regclass
               and a.attname = 'lookup_key' and not a.attisdropped) then
        insert into {site}.simple_messaging_outgoingmessage
            (destination, message, send_date, sent_date, errored, transmission_metadata, lookup_key)
        values ($1, $2, $3, $3, $4, $5, $6);
    else
        insert into {site}.simple_messaging_outgoingmessage
            (destination, message, send_date, sent_date, errored, transmission_metadata)
        values ($1, $2, $3, $3, $4, $5);
    end if;
end
$$;
revoke execute on function postrider.add_sent(text, text, timestamp with time zone, boolean, text, text) from public;
