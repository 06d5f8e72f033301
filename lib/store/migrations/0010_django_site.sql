-- Beside a live Django site.
--
-- The guard: a Django site is a second sender, and saves all columns of what it has read, any time
-- later. An UPDATE of a message by anybody but us is looked at here (the trigger is in guard_on.sql):
-- - one that takes a message for sending, while we have it or have ended it, is refused; else the site's
--   own attempt goes into the journal;
-- - one by somebody who has not seen how the message ended does not undo that end. Who has seen it saves
--   the marker with it that the end left in the metadata, and may do anything: a reset, say.
-- What the guard lets pass where it is off, Preparer::find_undone_end finds before anything is sent.

-- The attempt whose end the writer of this metadata knew of: what marked_attempt() of lib/dispatch reads.
-- Our marker begins with `attempt`, also when Python has written it again, sorted or not; and it writes NaN,
-- which json refuses. Whoever used jsonb has other orders, but no NaN.
create function postrider.marked_attempt(metadata text) returns bigint
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
    attempt text;
begin
    if metadata is null or strpos(metadata, '"postrider"') = 0 then return null; end if;
    attempt := substring(metadata, '"postrider"\s*:\s*\{\s*"attempt"\s*:\s*([0-9]{1,18})[\s,}]');
    if attempt is not null then return attempt::bigint; end if;
    begin
        return (metadata::json -> 'postrider' ->> 'attempt')::bigint;
    exception when data_exception then
        return null;
    end;
end
$$;

-- `theirs` with those of `ours` that are named by `keys`, and without those named by `never`. Values stay
-- as they are written.
create function postrider.merge_metadata(theirs text, ours text, keys text[], never text[]) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
    kept text;
    rest text;
begin
    select string_agg(to_json(o.key)::text || ': ' || o.value::text, ', ') into kept
    from json_each(ours::json) o where o.key = any (keys);
    begin
        select string_agg(to_json(t.key)::text || ': ' || t.value::text, ', ') into rest
        from json_each(theirs::json) t where t.key <> all (keys || never);
    exception when data_exception then
        -- Of a key that is there twice, the last counts.
        rest := case when theirs ~ '^\s*$' then null
                     when theirs ~ '^\s*\{.*\}\s*$' then substring(theirs from '^\s*\{\s*(.*\S)\s*\}\s*$')
                     else '"original_metadata": ' || to_json(theirs)::text end;
    end;
    return '{' || concat_ws(', ', rest, kept) || '}';
exception when data_exception then
    return ours;
end
$$;

create function postrider.refuse_site(message bigint, why text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    -- postrider.guard() knows the first words again.
    raise exception 'Postrider has message %: %', message, why
        using errcode = 'integrity_constraint_violation', hint = 'Nothing is lost, and nothing is to be done.';
end
$$;

-- The site's own attempt at a message that waits, begun and ended in one: what it comes to is the
-- site's business, and it does not tell us when it is over. The unique index decides, also where the
-- site's transaction sees less than there is. The row is locked by the caller's UPDATE.
create function postrider.take_for_site(
    message bigint, due timestamp with time zone, known_end bigint, taken_at timestamp with time zone)
returns bigint language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '500ms' as $$
declare
    taken bigint;
begin
    -- Looked for first: on a conflict we would wait for whoever is ending that attempt, and he for the
    -- row. Where our snapshot does not show it, the time-out ends that before anybody finds a deadlock.
    if exists (select from postrider.attempt a where a.message_id = message) then
        perform postrider.refuse_site(message, 'it is being sent, or in doubt');
    end if;
    begin
        insert into postrider.attempt (message_id, channel, shard, conversation, daemon_id, idempotency_key,
                                       first_sent, content_hash, destination, send_date)
        values (message, '', 0, '', 0, '00000000-0000-0000-0000-000000000000', taken_at, '', '', due)
        returning id into taken;
    exception when unique_violation or lock_not_available then
        perform postrider.refuse_site(message, 'it is being sent, or in doubt');
    end;
    if current_setting('transaction_isolation') <> 'read committed' then
        -- What has been tried since our snapshot is not seen, but the index knows: a serialization failure.
        insert into postrider.retry (message_id, failed_attempts, not_before, reason)
            values (message, 0, clock_timestamp(), '') on conflict do nothing;
    end if;
    if exists (select from postrider.retry t where t.message_id = message and t.idempotency_key is not null) then
        perform postrider.refuse_site(message, 'its provider may have it, and is asked once more');
    elsif exists (select from postrider.retry t where t.message_id = message and t.next_part > 1)
          or exists (select from postrider.attempt_history h
                     where h.message_id = message and h.disposition = 'next_part' and h.send_date = due
                       and h.id > coalesce((select max(s.id) from postrider.attempt_history s
                                            where s.message_id = message and s.disposition = 'sent'), 0)) then
        perform postrider.refuse_site(message, 'parts of it have been sent');
    elsif (select h.id from postrider.attempt_history h
           where h.message_id = message and h.disposition in ('sent', 'given_up') and h.send_date = due
           order by h.id desc limit 1) <> coalesce(known_end, 0) then
        perform postrider.refuse_site(message, 'it has been sent, or given up');
    end if;
    delete from postrider.retry t where t.message_id = message;
    with site as (delete from postrider.attempt a where a.message_id = message returning a.*)
    insert into postrider.attempt_history (
        id, message_id, part, parts, channel, daemon_id, idempotency_key, first_sent, content_hash, claimed,
        closed, verdict, reason, provider_id, conversation, send_date, disposition)
    select id, message_id, part, parts, channel, daemon_id, idempotency_key, first_sent, content_hash, claimed,
           clock_timestamp(), 'site', 'taken by the site itself', '', conversation, send_date, 'sent'
    from site;
    return taken;
end
$$;

create function postrider.guard() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    known bigint := postrider.marked_attempt(old.transmission_metadata);
    knows boolean;
    taken bigint;
    -- What transmit() of the Django package does first. (An errored row may be sent so, too.)
    takes boolean := new.sent_date is not null and new.sent_date is distinct from old.sent_date
        and (not new.errored or (old.errored and old.sent_date is null));
    -- And what it does when it was refused, or has failed.
    fails boolean := new.sent_date is distinct from old.sent_date and new.sent_date is not null
        and new.errored and not takes;
    ending record;
begin
    if old.sent_date is null then
        if takes then
            -- A copy from when the site had taken it before; that has failed, and was reset.
            if exists (select from postrider.attempt_history h where h.message_id = new.id and h.id = known
                       and h.verdict = 'site' and h.first_sent = new.sent_date) then
                return old;
            end if;
            taken := postrider.take_for_site(new.id, old.send_date, known, new.sent_date);
            new.transmission_metadata := postrider.merge_metadata(new.transmission_metadata,
                json_build_object('postrider', json_build_object('attempt', taken, 'outcome', 'site'))::text,
                array['postrider'], '{}');
        elsif fails and (known is not null  -- an old copy, saved over a reset
                         or strpos(new.transmission_metadata, 'Postrider has message ') > 0
                         or exists (select from postrider.attempt a where a.message_id = new.id)
                         or exists (select from postrider.retry t where t.message_id = new.id)) then
            return old;
        elsif known is distinct from postrider.marked_attempt(new.transmission_metadata) and known is not null then
            -- An old copy, saved over a reset: without the marker that would pass for undone.
            new.transmission_metadata := postrider.merge_metadata(
                new.transmission_metadata, old.transmission_metadata, array['postrider'], '{}');
        end if;
        return new;
    end if;
    if known is null then return new; end if;
    knows := postrider.marked_attempt(new.transmission_metadata) is not distinct from known;
    -- Of what the site has taken the marker is there before the end: a copy may know the one only.
    if knows and not (old.errored and not new.errored
                    and new.sent_date is not distinct from old.sent_date) then
        return new;
    end if;
    select h.verdict, h.metadata into ending from postrider.attempt_history h
        where h.message_id = new.id and h.id = known;
    if not found then return new; end if;  -- of the row that this one was copied from
    if knows and ending.verdict <> 'site' then return new; end if;
    -- Its own, while it goes on; an old copy of an earlier end is older than that.
    if ending.verdict = 'site' and new.sent_date >= old.sent_date and not knows then
        new.transmission_metadata := postrider.merge_metadata(
            new.transmission_metadata, old.transmission_metadata, array['postrider'], '{}');
        if new.errored <> old.errored then
            update postrider.attempt_history h set disposition = case when new.errored then 'given_up' else 'sent' end
                where h.message_id = new.id and h.id = known;
        end if;
        return new;
    end if;
    if takes then perform postrider.refuse_site(new.id, 'it has been sent, or given up'); end if;
    if fails then return old; end if;
    new.sent_date := old.sent_date;
    new.errored := old.errored;
    if old.destination like 'secret:%' and new.destination not like 'secret:%' then
        new.destination := old.destination;
    end if;
    -- What was said in place of a template has a mark.
    if (old.message like 'secret:%' and new.message not like 'secret:%')
       or strpos(old.transmission_metadata, '"rendered"') > 0 then
        new.message := old.message;
    end if;
    if to_jsonb(new) ->> 'lookup_key' is null and to_jsonb(old) ->> 'lookup_key' is not null then
        new := jsonb_populate_record(new, jsonb_build_object('lookup_key', to_jsonb(old) -> 'lookup_key'));
    end if;
    new.transmission_metadata := postrider.merge_metadata(
        new.transmission_metadata, old.transmission_metadata,
        array(select json_object_keys(ending.metadata::json)) || array['postrider', 'original_metadata'],
        -- What the Django package leaves there, and we have taken away.
        array(select k from unnest(array['auth_token', 'root_auth_token', 'connection_string', 'destination']) k
              where strpos(old.transmission_metadata, '"' || k || '"') = 0));
    return new;
end
$$;

revoke execute on function postrider.refuse_site(bigint, text) from public;
revoke execute on function postrider.take_for_site(bigint, timestamp with time zone, bigint, timestamp with time zone)
    from public;

-- The receiver (config/django/postrider_site): what a daemon has stored waits here until the site's apps
-- have had it. What the site's own views store has been shown to the apps by them.
create table postrider.incoming_waiting (
    message_id bigint primary key,
    arrived timestamp with time zone not null default clock_timestamp()
);
-- One row, once there has been a receiver: before that, nothing waits for any.
create table postrider.receiver (
    one boolean primary key default true check (one),
    since timestamp with time zone not null default now(),
    seen timestamp with time zone not null default now()
);

create function postrider.announce_incoming() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if exists (select from postrider.receiver) then
        insert into postrider.incoming_waiting (message_id) values (new.id)
            on conflict (message_id) do update set arrived = excluded.arrived;
        perform pg_notify('postrider_incoming', new.id::text);
    end if;
    return null;
end
$$;

-- A receiver is there. Returns the messages that wait for it, the first that came first.
create function postrider.receive() returns setof bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into postrider.receiver (one) values (true) on conflict (one) do update set seen = now();
    return query select w.message_id from postrider.incoming_waiting w order by w.arrived, w.message_id;
end
$$;

-- The apps have had it, if the caller's transaction commits. False: somebody else was first.
create function postrider.received(id bigint) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    delete from postrider.incoming_waiting w where w.message_id = received.id;
    return found;
end
$$;

-- No receiver any more: what still waits is forgotten.
create function postrider.stop_receiving() returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from postrider.receiver;
    delete from postrider.incoming_waiting;
$$;

create function postrider.daemon_lives() returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select exists (select from postrider.daemon d join postrider.heartbeat h on h.daemon_id = d.id
                   where d.ended is null and h.at > now() - interval '30 seconds')
$$;

revoke execute on function postrider.receive() from public;
revoke execute on function postrider.received(bigint) from public;
revoke execute on function postrider.stop_receiving() from public;
revoke execute on function postrider.daemon_lives() from public;
