// The names by which providers know requests, on PostgreSQL.
#include "lib/store/request_names.h"

#include "tests/integration/outbox_loop_test.h"

#include <limits>

namespace postrider::testing {
namespace {

struct RequestNames : OutboxLoopTest {
    ~RequestNames() override { stop(); }

    MessageId sent_as(const std::string& provider_id) {
        const Claimed claimed = insert_and_claim("destination = 'pat@example.net'");
        AttemptResult result = sent(claimed);
        result.outcome.provider_id = provider_id;
        record({result});
        return claimed.id();
    }
    std::optional<KnownRequest> find(MessageId message, const std::string& beginning) {
        auto work = [&](pqxx::connection& connection) {
            return find_request(connection, message, beginning);
        };
        return result_of(database.run(std::ref(work)));
    }
};

TEST_F(RequestNames, AreFoundByHowTheyBeginWithWhomTheMessageWentTo) {
    const MessageId id = sent_as("m1.abc_%@example.org");
    for (const char* beginning : {"m", "m1.abc", "m1.abc_%@example.org"}) {
        const auto found = find(id, beginning);
        ASSERT_TRUE(found) << beginning;
        EXPECT_EQ(found->provider_id, "m1.abc_%@example.org");
        EXPECT_EQ(found->destination, "pat@example.net");
        EXPECT_EQ(found->channel, db.text("select channel from postrider.attempt_history"));
    }
}

TEST_F(RequestNames, WhatIsNoBeginningOrOfAnotherMessageFindsNothing) {
    const MessageId id = sent_as("m1.abc@example.org");
    for (const char* other : {"", "abc", "M1", "m1.abc@example.org.", "m1.abd", "%", "m_.abc", "'"})
        EXPECT_FALSE(find(id, other)) << other;
    EXPECT_FALSE(find(id + 1, "m1.abc"));
    EXPECT_FALSE(find(std::numeric_limits<MessageId>::max(), "m1.abc"));
}

TEST_F(RequestNames, OfAMessageThatIsGoneHaveNoDestination) {
    const MessageId id = sent_as("m1.abc@example.org");
    db.sql("delete from simple_messaging_outgoingmessage");
    const auto found = find(id, "m1.abc");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->destination, "");
}

}  // namespace
}  // namespace postrider::testing
