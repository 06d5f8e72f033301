#include "lib/spool/entry_json.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

InboxEntry whole_entry() {
    InboxEntry entry{.transport = "test",
                     .channel = "sms",
                     .event_key = "E1",
                     .received = TimePoint(std::chrono::microseconds{1234567})};
    entry.message = InboxMessage{.sender = "secret:abc",
                                 .recipient = "+2",
                                 .text = "ü \"quoted\" \n",
                                 .metadata = R"({"a": 1})",
                                 .lookup_key = "k",
                                 .media = {{"https://x.example/1", "image/png"},
                                           {"", "text/plain", "incoming_message_media/1.txt"},
                                           {"", "image/png", "", "its address is too long"}},
                                 .replies = {"one", "two"}};
    entry.report = InboxReport{.attempt_id = 9,
                               .idempotency_key = "00000000-0000-4000-8000-000000000000",
                               .rank = 5,
                               .state = DeliveryState::failed,
                               .status = "failed",
                               .reason = "code 1",
                               .metadata = "{}",
                               .acceptance = R"({"b": 2})"};
    Hash recipient{};
    recipient[0] = 255;
    recipient[15] = 1;
    entry.suppression = SuppressionChange{recipient, "sms", false, "secret:def", "stop"};
    return entry;
}

TEST(EntryJson, ComesBackAsItWas) {
    EXPECT_EQ(read_entry_json(to_json(whole_entry())), whole_entry());
    InboxEntry bare{.transport = "t", .channel = "c", .event_key = "k", .received = TimePoint()};
    EXPECT_EQ(read_entry_json(to_json(bare)), bare);
}

TEST(EntryJson, OfAVersionThatKnewNoFilesIsReadAsWell) {
    const std::string ours = to_json(whole_entry());
    std::string older = ours;
    for (const char* added : {R"(,"content_file":"")", R"(,"content_file":"incoming_message_media/1.txt")"}) {
        const auto at = older.find(added);
        ASSERT_NE(at, std::string::npos);
        older.erase(at, std::string(added).size());
    }
    const auto entry = read_entry_json(older);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->message->media.at(1).content_type, "text/plain");
    EXPECT_EQ(entry->message->media.at(1).content_file, "");
}

TEST(EntryJson, CutShortOrOfAnotherKindIsNone) {
    const std::string whole = to_json(whole_entry());
    for (std::size_t length = 0; length < whole.size(); ++length)
        EXPECT_FALSE(read_entry_json(whole.substr(0, length))) << length;
    EXPECT_FALSE(read_entry_json("[]"));
    EXPECT_FALSE(read_entry_json(R"({"transport": 1})"));
}

}  // namespace
}  // namespace postrider
