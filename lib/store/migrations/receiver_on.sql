-- A daemon's sessions say what they are (connection.cpp).
create trigger postrider_incoming
    after insert on {site}.simple_messaging_incomingmessage
    for each row when (current_setting('postrider.guard', true) = 'off')
    execute function postrider.announce_incoming();
