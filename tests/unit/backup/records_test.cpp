#include "lib/backup/records.h"

#include "lib/backup/backup_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postrider {
namespace {

using ::testing::HasSubstr;

const BackedUpTable media{.name = "simple_messaging_outgoingmessagemedia",
                          .model = "simple_messaging.outgoingmessagemedia",
                          .columns = {"index", "content_file", "message_id"}};

std::string refusal(const std::string& records) {
    try {
        rows_of_records(media, records);
    } catch (const BackupError& error) {
        return error.what();
    }
    return "";
}

TEST(RecordsTest, ARecordIsAsDjangoDumpsIt) {
    EXPECT_EQ(record_text("simple_messaging.outgoingmessage", "17", R"({"message": "Visit"})"),
              R"({"model": "simple_messaging.outgoingmessage", "pk": 17, "fields": {"message": "Visit"}})");
    EXPECT_EQ(record_text("postrider.retry", std::nullopt, "{}"),
              R"({"model": "postrider.retry", "pk": null, "fields": {}})");
}

TEST(RecordsTest, OfASitesTablesReferencesHaveDjangosNames) {
    EXPECT_EQ(field_name(media.name, "message_id"), "message");
    EXPECT_EQ(field_name("simple_messaging_switchboard_channel", "channel_type_id"), "channel_type");
    EXPECT_EQ(field_name("simple_messaging_outgoingmessage", "reference_id"), "reference_id");
    EXPECT_EQ(field_name("postrider.retry", "message_id"), "message_id");
}

TEST(RecordsTest, RecordsBecomeRowsWithTheNamesOfColumns) {
    const TableRows rows = rows_of_records(
        media, R"([{"model": "simple_messaging.outgoingmessagemedia", "pk": 1, "fields": {"index": 0, )"
               R"("content_file": "a\tü", "message": 17}}])");
    EXPECT_EQ(rows.count, 1);
    EXPECT_EQ(rows.json, R"([{"id":1,"index":0,"content_file":"a\tü","message_id":17}])");
}

TEST(RecordsTest, WhatIsNoListOfTheTablesRecordsIsRefused) {
    EXPECT_THAT(refusal("{"), HasSubstr("no list of records"));
    EXPECT_THAT(refusal("{}"), HasSubstr("no list of records"));
    EXPECT_THAT(refusal("[17]"), HasSubstr("something else"));
    EXPECT_THAT(refusal(R"([{"model": "auth.user", "pk": 1, "fields": {}}])"), HasSubstr("something else"));
    EXPECT_THAT(refusal(R"([{"model": "simple_messaging.outgoingmessagemedia", "fields": {}}])"),
                HasSubstr("something else"));
    EXPECT_THAT(
        refusal(R"([{"model": "simple_messaging.outgoingmessagemedia", "pk": 1, "fields": {"other": 1}}])"),
        HasSubstr("not in the manifest"));
}

}  // namespace
}  // namespace postrider
