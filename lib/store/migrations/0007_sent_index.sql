-- postrider: outside a transaction
-- A doubt asks which messages were sent about then, also by others. BRIN: it costs next to nothing.
create index concurrently if not exists postrider_outgoing_sent
    on {site}.simple_messaging_outgoingmessage using brin (sent_date);
