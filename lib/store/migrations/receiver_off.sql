drop trigger if exists postrider_incoming on {site}.simple_messaging_incomingmessage;
