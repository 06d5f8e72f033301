drop trigger if exists postrider_doorbell_insert on {site}.simple_messaging_outgoingmessage;
drop trigger if exists postrider_doorbell_update on {site}.simple_messaging_outgoingmessage;
