#pragma once

#include "tests/integration/outbox_loop_test.h"
#include "tests/integration/site_object.h"

#include <functional>
#include <memory>
#include <string>

namespace postrider::testing {

/// A daemon, as OutboxLoopTest has it, and processes of a Django site beside it.
struct GuardTest : OutboxLoopTest {
    /// A process of the site.
    std::unique_ptr<pqxx::connection> site_process(const std::string& isolation = "read committed") {
        auto process = std::make_unique<pqxx::connection>(cluster().url(db.name()));
        pqxx::nontransaction(*process).exec("set default_transaction_isolation to '" + isolation + "'");
        return process;
    }
    SiteObject load(MessageId id) {
        pqxx::nontransaction session(*site);
        return SiteObject::read(session, id);
    }
    void save(const SiteObject& object) {
        pqxx::work transaction(*site);
        object.save(transaction);
        transaction.commit();
    }
    /// The words of what the database says against it; empty when it does not.
    std::string refusal(const std::function<void()>& call) {
        try {
            call();
        } catch (const std::exception& error) {  // pqxx has two families of what a server says
            return error.what();
        }
        return "";
    }
    /// The first thing that the Django package does to send a message: others keep off.
    std::string take(SiteObject& object) {
        object.sent_date = "2026-05-01 12:00:00.25+00";
        return refusal([&] { save(object); });
    }
    /// The last, when all went well.
    void finish(SiteObject& object) {
        object.sent_date = "2026-05-01 12:00:01.5+00";
        object.transmission_metadata = R"({"message_channel": null, "twilio_sid": ["SM1"]})";
        save(object);
    }
    void set_back(SiteObject& object) {
        object.sent_date.reset();
        object.errored = false;
    }
    std::string state(MessageId id) {
        return db.text("select state from postrider.messages where id = $1", id);
    }
    std::string metadata(MessageId id, const std::string& path) {
        return column(id, "transmission_metadata::jsonb #>> '" + path + "'");
    }

    std::unique_ptr<pqxx::connection> site = site_process();
};

}  // namespace postrider::testing
