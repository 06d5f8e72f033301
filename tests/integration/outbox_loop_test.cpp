#include "tests/integration/outbox_loop_test.h"

namespace postrider::testing {

MessageId OutboxLoopTest::insert(const std::string& set) {
    const auto id = db.number(
        "insert into simple_messaging_outgoingmessage (destination, message, send_date) "
        "values ('+15550100', 'hello', now() - interval '1 second') returning id");
    if (!set.empty()) change(id, set);
    return id;
}

void OutboxLoopTest::change(MessageId id, const std::string& set) {
    db.sql("update simple_messaging_outgoingmessage set " + set + " where id = $1", id);
}

bool OutboxLoopTest::run_until_one_waits() {
    return run_until([this] {
        return db.number(
                   "select count(*) from pg_stat_activity where datname = current_database() and "
                   "wait_event_type = 'Lock'") > 0;
    });
}

}  // namespace postrider::testing
