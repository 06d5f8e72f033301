-- Daemons that run jobs and send nothing (`postrider run --only-jobs`): they get no shards, and nobody is to
-- take them for one that sends.
alter table postrider.daemon add column sends boolean not null default true;

create or replace function postrider.daemon_lives() returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select exists (select from postrider.daemon d join postrider.heartbeat h on h.daemon_id = d.id
                   where d.ended is null and d.sends and h.at > now() - interval '30 seconds')
$$;
