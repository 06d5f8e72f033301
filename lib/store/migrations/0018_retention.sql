-- Forgetting what is older than the operator wants to keep. A daemon's role may delete no message: these
-- functions do, and only what has ended. Each call is one small batch, in the order of ids from `after` on.

-- SQL for whether nothing refers to a row of a table, which is called `alias`: a message's media first of all, and
-- whatever a site's own apps have.
create function postrider.unreferenced(target regclass, alias text) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select coalesce(string_agg(format(' and not exists (select from %s o where o.%I = %I.id)',
                                      c.conrelid::regclass, a.attname, alias), '' order by c.oid), '')
    from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    where c.contype = 'f' and c.confrelid = target and array_length(c.conkey, 1) = 1
$$;

-- SQL for whether message m has ended, nobody is to hear of it any more, and that was before $2. `kind`:
-- outgoing or incoming.
create function postrider.long_ended(kind text) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select case kind
        when 'outgoing' then
            '(m.sent_date is not null or m.errored) and coalesce(m.sent_date, m.send_date) < $2 '
            'and not exists (select from postrider.attempt a where a.message_id = m.id) '
            'and not exists (select from postrider.retry r where r.message_id = m.id) '
            'and not exists (select from postrider.forward f where f.message_id = m.id '
                'and f.event = ''message.report'' and f.dead is null)'
        when 'incoming' then
            'm.receive_date < $2 '
            'and not exists (select from postrider.media_fetch f where f.message_id = m.id) '
            'and not exists (select from postrider.incoming_waiting w where w.message_id = m.id) '
            'and not exists (select from postrider.forward f where f.message_id = m.id '
                'and f.event = ''message.received'' and f.dead is null)'
    end
$$;

create function postrider.refuse_recent(cutoff timestamp with time zone) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if cutoff is null or cutoff > now() - interval '1 day' then
        raise exception 'postrider: what is younger than a day is not forgotten'
            using errcode = 'invalid_parameter_value';
    end if;
end
$$;

create function postrider.message_table(kind text) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select '{site}.simple_messaging_' || kind || 'message' where kind in ('outgoing', 'incoming')
$$;

-- Media rows of such messages. in_use: another row names the same file.
create function postrider.expired_media(
    kind text, cutoff timestamp with time zone, after bigint, batch integer)
returns table (id bigint, content_file text, in_use boolean)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform postrider.refuse_recent(cutoff);
    return query execute format($query$
        with expired as materialized (
            select d.id::bigint as id, coalesce(d.content_file, '')::text as content_file
            from %1$smedia d join %1$s m on m.id = d.message_id
            where d.id > $1 and %2$s%3$s order by d.id limit $3),
        elsewhere as materialized (
            select o.content_file::text as content_file from (
                select 'outgoing' as kind, n.id, n.content_file from {site}.simple_messaging_outgoingmessagemedia n
                union all
                select 'incoming', n.id, n.content_file from {site}.simple_messaging_incomingmessagemedia n) o
            where o.content_file = any (array(select e.content_file from expired e where e.content_file <> ''))
              and not (o.kind = $4 and o.id in (select e.id from expired e)))
        select e.id, e.content_file, exists (select from elsewhere o where o.content_file = e.content_file)
        from expired e order by e.id$query$, postrider.message_table(kind), postrider.long_ended(kind),
        postrider.unreferenced((postrider.message_table(kind) || 'media')::regclass, 'd'))
        using after, cutoff, batch, kind;
end
$$;

-- Takes these rows away, whose files are gone.
create function postrider.forget_media(kind text, cutoff timestamp with time zone, ids bigint[]) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    gone integer;
begin
    perform postrider.refuse_recent(cutoff);
    execute format('delete from %1$smedia d using %1$s m where d.id = any ($1) and m.id = d.message_id and %2$s',
                   postrider.message_table(kind), postrider.long_ended(kind))
        using ids, cutoff;
    get diagnostics gone = row_count;
    return gone;
end
$$;

-- Takes messages away to which nothing refers any more, and that nobody is writing. With `dry_run` says only
-- which ones, and then also those that still have media.
create function postrider.forget_messages(
    kind text, cutoff timestamp with time zone, after bigint, batch integer, dry_run boolean)
returns setof bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    messages text := postrider.message_table(kind);
    ids bigint[];
begin
    perform postrider.refuse_recent(cutoff);
    execute format('select array(select m.id::bigint from %s m where m.id > $1 and %s%s order by m.id limit $3 %s)',
                   messages, postrider.long_ended(kind),
                   case when dry_run then '' else postrider.unreferenced(messages::regclass, 'm') end,
                   case when dry_run then '' else 'for update of m skip locked' end)
        into ids using after, cutoff, batch;
    if not dry_run then execute format('delete from %s m where m.id = any ($1)', messages) using ids; end if;
    return query select unnest(ids);
end
$$;

-- Attempts of messages that the row says have ended, or that are gone: as long as a message waits, its journal
-- decides, however old. Nor are doubts forgotten that nobody has seen to. Where a whole month is gone, its
-- partition goes.
create function postrider.forget_attempts(cutoff timestamp with time zone, batch integer, dry_run boolean)
returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '1s' as $$
declare
    gone bigint;
    month record;
begin
    perform postrider.refuse_recent(cutoff);
    if dry_run then
        select count(*) into gone from postrider.attempt_history h where h.closed < cutoff
        and not (h.verdict = 'in_doubt' and coalesce(h.disposition, '') = 'given_up' and h.handled is null)
        and not exists (select from postrider.attempt a where a.message_id = h.message_id)
        and not exists (select from {site}.simple_messaging_outgoingmessage m
                        where m.id = h.message_id and m.sent_date is null and not m.errored);
        return gone;
    end if;
    with old as materialized (
        select h.tableoid as part, h.ctid as place from postrider.attempt_history h where h.closed < cutoff
        and not (h.verdict = 'in_doubt' and coalesce(h.disposition, '') = 'given_up' and h.handled is null)
        and not exists (select from postrider.attempt a where a.message_id = h.message_id)
        and not exists (select from {site}.simple_messaging_outgoingmessage m
                        where m.id = h.message_id and m.sent_date is null and not m.errored)
        limit batch)
    delete from postrider.attempt_history h using old o where h.tableoid = o.part and h.ctid = o.place;
    get diagnostics gone = row_count;
    if gone > 0 then return gone; end if;
    for month in
        select c.oid::regclass as part from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'postrider.attempt_history'::regclass and c.relname ~ '^attempt_history_\d{4}_\d\d$'
          and (to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month') at time zone 'UTC' <= cutoff
    loop
        begin
            -- Locked first: what is empty then stays so.
            execute format('lock table %s in access exclusive mode', month.part);
            execute format('do $do$ begin if not exists (select from %1$s) then drop table %1$s; end if; end $do$',
                           month.part);
        exception when lock_not_available then
            null;  -- another time
        end;
    end loop;
    return 0;
end
$$;

revoke execute on function postrider.expired_media(text, timestamp with time zone, bigint, integer) from public;
revoke execute on function postrider.forget_media(text, timestamp with time zone, bigint[]) from public;
revoke execute on function postrider.forget_messages(text, timestamp with time zone, bigint, integer, boolean)
    from public;
revoke execute on function postrider.forget_attempts(timestamp with time zone, integer, boolean) from public;
