-- The doorbell: NOTIFY postrider_due with the earliest second (since 1970) from which to look. It
-- rings only for rows due soon: NOTIFY serialises commits, and a poll finds the others in time.
-- SECURITY DEFINER, since the site's role has no rights here; the triggers are in doorbell_on.sql.

create function postrider.ring(first timestamp with time zone) returns void
language sql set search_path = pg_catalog, pg_temp as $$
    select pg_notify('postrider_due', case when isfinite(first)
        then floor(extract(epoch from first))::bigint::text else '-infinity' end)
    where first <= now() + interval '90 seconds'
$$;

create function postrider.ring_on_insert() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform postrider.ring(min(send_date)) from inserted where sent_date is null and not errored;
    return null;
end
$$;

create function postrider.ring_on_update() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform postrider.ring(new.send_date);
    return null;
end
$$;
