-- What applications call. SECURITY DEFINER, because a caller needs no rights on our tables; who may
-- execute them is granted by `migrate` (whoever may insert messages) and `migrate --grant ROLE`.

create function postrider.enqueue(
    destination text,
    message text,
    send_date timestamp with time zone default now(),
    channel text default null,
    metadata jsonb default '{}',
    idempotency_key text default null) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    hashed bytea;
    made bigint;
begin
    if coalesce(btrim(enqueue.destination), '') = '' then
        raise exception 'postrider.enqueue: destination is empty' using errcode = 'invalid_parameter_value';
    elsif length(enqueue.destination) > 256 then
        raise exception 'postrider.enqueue: destination has % characters, over 256', length(enqueue.destination)
            using errcode = 'invalid_parameter_value';
    elsif enqueue.message is null then
        raise exception 'postrider.enqueue: message is null' using errcode = 'invalid_parameter_value';
    elsif jsonb_typeof(coalesce(metadata, '{}')) <> 'object' then
        raise exception 'postrider.enqueue: metadata is not a JSON object'
            using errcode = 'invalid_parameter_value';
    end if;
    if idempotency_key is not null then
        hashed := sha256(convert_to(idempotency_key, 'UTF8'));
        -- Two callers with one key take turns; the second finds what the first made.
        perform pg_advisory_xact_lock(hashtextextended(encode(hashed, 'hex'), 1349481332));
        select e.message_id into made
        from postrider.enqueued e left join {site}.simple_messaging_outgoingmessage m on m.id = e.message_id
        where e.key_hash = hashed and e.enqueued > now() - interval '30 days'
          and m.errored is not true;
        if found then return made; end if;
    end if;
    insert into {site}.simple_messaging_outgoingmessage
        (destination, message, send_date, errored, transmission_metadata)
    values (enqueue.destination, enqueue.message, coalesce(enqueue.send_date, now()), false,
            (coalesce(metadata, '{}') || case when channel is null then '{}'::jsonb
                else jsonb_build_object('message_channel', channel) end)::text)
    returning id into made;
    -- An id can come back after a sequence reset or a restore: it is a new message then.
    insert into postrider.ready_message (message_id) values (made)
        on conflict (message_id) do update set declared = now();
    if hashed is not null then
        insert into postrider.enqueued as e (key_hash, message_id) values (hashed, made)
            on conflict on constraint enqueued_pkey
            do update set message_id = excluded.message_id, enqueued = now();
    end if;
    return made;
end
$$;

create function postrider.ready(variadic ids bigint[]) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    declared integer;
    first timestamp with time zone;
begin
    insert into postrider.ready_message (message_id)
        select m.id from {site}.simple_messaging_outgoingmessage m
        where m.id = any (ids) and m.sent_date is null and not m.errored
        on conflict (message_id) do nothing;
    get diagnostics declared = row_count;
    select min(m.send_date) into first from {site}.simple_messaging_outgoingmessage m
        where m.id = any (ids) and m.sent_date is null and not m.errored;
    perform postrider.ring(first);
    return declared;
end
$$;

revoke execute on function postrider.enqueue(text, text, timestamp with time zone, text, jsonb, text) from public;
revoke execute on function postrider.ready(bigint[]) from public;
revoke execute on function postrider.maintain() from public;

-- A text key of metadata that may be NULL, empty, no JSON or no object.
create function postrider.metadata_text(metadata text, key text) returns text
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return metadata::jsonb ->> key;
exception when others then
    return null;
end
$$;

-- One row for each outgoing message: what became of it, or what it waits for.
create view postrider.messages as
select m.id,
       case when open.id is not null then 'sending'
            when m.errored then 'errored'
            when m.sent_date is not null then 'sent'
            when m.send_date <= now() then 'due'
            else 'scheduled' end as state,
       coalesce(open.channel, last.channel,
                postrider.metadata_text(m.transmission_metadata, 'message_channel')) as channel,
       m.send_date,
       m.sent_date,
       case when m.sent_date is not null and not m.errored and isfinite(m.send_date)
            then m.sent_date - m.send_date end as lag,
       (select count(*) from postrider.attempt_history h where h.message_id = m.id)
           + (case when open.id is null then 0 else 1 end) as attempts,
       r.not_before as retry_at,
       case when m.errored then postrider.metadata_text(m.transmission_metadata, 'error')
            when m.send_date = 'infinity' then 'never due: send_date is infinity'
            when m.sent_date is null then r.reason end as reason,
       last.provider_id
from {site}.simple_messaging_outgoingmessage m
left join postrider.attempt open on open.message_id = m.id and open.part = 1
left join postrider.retry r on r.message_id = m.id
left join lateral (
    select h.channel, nullif(h.provider_id, '') as provider_id from postrider.attempt_history h
    where h.message_id = m.id order by h.closed desc limit 1) last on true;
comment on view postrider.messages is
    'id, state (scheduled, due, sending, sent, errored), channel, send_date, sent_date, lag, attempts, retry_at, reason, provider_id';
