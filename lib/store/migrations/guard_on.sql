-- Our own sessions say that they are (connection.cpp); and so may whoever must write rows as they are.
-- What is a write to a row that waits, and leaves it waiting, is none of the guard's business.
create trigger postrider_guard
    before update on {site}.simple_messaging_outgoingmessage
    for each row when ((old.sent_date is not null or new.sent_date is not null)
        and current_setting('postrider.guard', true) is distinct from 'off')
    execute function postrider.guard();
