-- The site's tables of tasks as Django's migrations leave them. {id} and {reference} stand for the type of primary keys
-- and of what refers to them, which differ between versions of Django.
create table quicksilver_task (
    id {id} not null primary key,
    command varchar(4096) not null,
    arguments text,
    queue varchar(128) not null,
    repeat_interval integer not null,
    max_duration integer,
    next_run timestamp with time zone,
    postpone_alert_until timestamp with time zone
);
create index quicksilver_task_command_3f1a0b6d on quicksilver_task (command);

create table quicksilver_execution (
    id {id} not null primary key,
    started timestamp with time zone not null,
    ended timestamp with time zone,
    output text,
    status varchar(64) not null,
    total_runtime double precision,
    task_id {reference} not null
);
alter table quicksilver_execution
    add constraint quicksilver_executio_task_id_51c0d7e2_fk_quicksilv foreign key (task_id)
    references quicksilver_task (id) deferrable initially deferred;
create index quicksilver_execution_task_id_51c0d7e2 on quicksilver_execution (task_id);

create table nagios_monitor_scheduledevent (
    id {id} not null primary key,
    event_name varchar(2048) not null unique,
    last_seen timestamp with time zone,
    warning_minutes integer not null,
    error_minutes integer not null
);
