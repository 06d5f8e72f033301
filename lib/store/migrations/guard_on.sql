-- Our own sessions say that they are (connection.cpp); and so may whoever must write rows as they are.
-- A row that waits, and goes on waiting, is nobody's business, unless it has been reset.
create trigger postrider_guard
    before update on {site}.simple_messaging_outgoingmessage
    for each row when ((old.sent_date is not null or new.sent_date is not null
            or strpos(old.transmission_metadata, '"postrider"') > 0)
        and current_setting('postrider.guard', true) is distinct from 'off')
    execute function postrider.guard();
