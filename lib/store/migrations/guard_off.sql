drop trigger if exists postrider_guard on {site}.simple_messaging_outgoingmessage;
