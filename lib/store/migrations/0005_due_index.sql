-- postrider: outside a transaction
create index concurrently if not exists postrider_outgoing_due
    on {site}.simple_messaging_outgoingmessage (send_date, id) where sent_date is null and not errored;
