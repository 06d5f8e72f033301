create schema if not exists postrider;
comment on schema postrider is 'Postrider: journal of attempts, daemons, and the functions that applications call';
create table if not exists postrider.migration (
    number integer primary key,
    name text not null,
    applied timestamp with time zone not null default now()
);
