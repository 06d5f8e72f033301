create trigger postrider_doorbell_insert
    after insert on {site}.simple_messaging_outgoingmessage
    referencing new table as inserted
    for each statement execute function postrider.ring_on_insert();

create trigger postrider_doorbell_update
    after update on {site}.simple_messaging_outgoingmessage
    for each row when (new.sent_date is null and not new.errored
        and (new.send_date is distinct from old.send_date or old.sent_date is not null or old.errored))
    execute function postrider.ring_on_update();
