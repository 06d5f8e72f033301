-- What applications reply at once to incoming messages (`reply_within` of the configuration).

alter table postrider.inbound
    -- The message's row, if its webhook may be answered with what an application says to it.
    add column message_id bigint,
    -- JSON: the texts that it said in time, sealed where rows are; null: it has said nothing yet.
    add column application_replies text;
create index inbound_unanswered on postrider.inbound (message_id)
    where message_id is not null and application_replies is null;
