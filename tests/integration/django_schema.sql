-- The message tables as Django's migrations leave them. {id} and {reference} stand for the type of
-- primary keys and of what refers to them, which differ between versions of Django.
create table simple_messaging_outgoingmessage (
    id {id} not null primary key,
    destination varchar(256) not null,
    reference_id integer,
    send_date timestamp with time zone not null,
    sent_date timestamp with time zone,
    message text not null,
    errored boolean not null,
    transmission_metadata text,
    message_metadata text,
    lookup_key varchar(1024)
);
create index simple_messaging_outgoingmessage_lookup_key_5c1b7f0e
    on simple_messaging_outgoingmessage (lookup_key);
create index simple_messaging_outgoingmessage_lookup_key_5c1b7f0e_like
    on simple_messaging_outgoingmessage (lookup_key varchar_pattern_ops);

create table simple_messaging_outgoingmessagemedia (
    id {id} not null primary key,
    "index" integer not null,
    content_file varchar(100),
    content_type varchar(128) not null,
    message_id {reference} not null
);
alter table simple_messaging_outgoingmessagemedia
    add constraint simple_messaging_out_message_id_0f6a51d2_fk_simple_me foreign key (message_id)
    references simple_messaging_outgoingmessage (id) deferrable initially deferred;
create index simple_messaging_outgoingmessagemedia_message_id_0f6a51d2
    on simple_messaging_outgoingmessagemedia (message_id);

create table simple_messaging_incomingmessage (
    id {id} not null primary key,
    sender varchar(256) not null,
    recipient varchar(256) not null,
    receive_date timestamp with time zone not null,
    message text not null,
    transmission_metadata text,
    lookup_key varchar(1024)
);
create index simple_messaging_incomingmessage_lookup_key_1d9e44c8
    on simple_messaging_incomingmessage (lookup_key);

create table simple_messaging_incomingmessagemedia (
    id {id} not null primary key,
    "index" integer not null,
    content_file varchar(100),
    content_url varchar(1024),
    content_type varchar(128) not null,
    message_id {reference} not null
);
alter table simple_messaging_incomingmessagemedia
    add constraint simple_messaging_inc_message_id_7a20c3b9_fk_simple_me foreign key (message_id)
    references simple_messaging_incomingmessage (id) deferrable initially deferred;
create index simple_messaging_incomingmessagemedia_message_id_7a20c3b9
    on simple_messaging_incomingmessagemedia (message_id);

create table simple_messaging_blockedsender (
    id {id} not null primary key,
    sender varchar(256) not null,
    blocked timestamp with time zone not null,
    notes text
);

create table simple_messaging_precomposedmessage (
    id {id} not null primary key,
    message text not null,
    label varchar(256) not null,
    enabled boolean not null
);
