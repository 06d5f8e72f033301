#include "lib/transcript/transcript_line.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

TranscriptEntry sent(const std::string& message) {
    return {.incoming = false,
            .address = "+1XXXXX50123",
            .timestamp = "2026-01-31T09:00:00-06:00",
            .message = message,
            .errored = false,
            .channel = "sms"};
}

TranscriptEntry received(const std::string& message) {
    TranscriptEntry entry = sent(message);
    entry.incoming = true;
    entry.channel.reset();
    return entry;
}

std::string tsv(const TranscriptEntry& entry) { return transcript_line(TranscriptFormat::tsv, entry); }

TEST(TranscriptLineTest, TheTableBeginsWithAByteOrderMarkAndTheNamesOfItsColumns) {
    EXPECT_EQ(transcript_head(TranscriptFormat::tsv),
              "\xef\xbb\xbfSender\tRecipient\tTimestamp\tDirection\tMessage\tError\t"
              "Simple Messaging Switchboard: Channel\r\n");
    EXPECT_EQ(transcript_head(TranscriptFormat::csv),
              "Sender,Recipient,Timestamp,Direction,Message,Error,Simple Messaging Switchboard: Channel\r\n");
    EXPECT_EQ(transcript_head(TranscriptFormat::json_lines), "");
}

TEST(TranscriptLineTest, WhatWasSentGoesFromTheSystemToThePerson) {
    EXPECT_EQ(tsv(sent("Visit at 9:00")),
              "System\t+1XXXXX50123\t2026-01-31T09:00:00-06:00\tto-recipient\tVisit at 9:00\tFalse\tsms\r\n");
    TranscriptEntry failed = sent("Visit");
    failed.errored = true;
    EXPECT_EQ(tsv(failed),
              "System\t+1XXXXX50123\t2026-01-31T09:00:00-06:00\tto-recipient\tVisit\tTrue\tsms\r\n");
}

TEST(TranscriptLineTest, WhatCameInGoesFromThePersonToTheSystem) {
    EXPECT_EQ(tsv(received("Yes")),
              "+1XXXXX50123\tSystem\t2026-01-31T09:00:00-06:00\tto-system\tYes\tFalse\tNone\r\n");
}

TEST(TranscriptLineTest, WhatWasSentIsOnOneLine) {
    EXPECT_EQ(
        tsv(sent("one\r\ntwo\nthree")),
        "System\t+1XXXXX50123\t2026-01-31T09:00:00-06:00\tto-recipient\tone  two three\tFalse\tsms\r\n");
}

TEST(TranscriptLineTest, OnlyFieldsThatNeedThemHaveQuotes) {
    EXPECT_EQ(tsv(received("one\ttwo \"three\",\nfour")),
              "+1XXXXX50123\tSystem\t2026-01-31T09:00:00-06:00\tto-system\t\"one\ttwo "
              "\"\"three\"\",\nfour\"\tFalse\tNone\r\n");
    EXPECT_EQ(transcript_line(TranscriptFormat::csv, sent("one, two")),
              "System,+1XXXXX50123,2026-01-31T09:00:00-06:00,to-recipient,\"one, two\",False,sms\r\n");
    EXPECT_EQ(tsv(sent("one, 'two'")),
              "System\t+1XXXXX50123\t2026-01-31T09:00:00-06:00\tto-recipient\tone, 'two'\tFalse\tsms\r\n");
}

TEST(TranscriptLineTest, JsonKeepsLinesAndTypes) {
    EXPECT_EQ(transcript_line(TranscriptFormat::json_lines, received("one\ntwo \"three\" Grüße")),
              R"({"sender":"+1XXXXX50123","recipient":"System","timestamp":"2026-01-31T09:00:00-06:00",)"
              R"("direction":"to-system","message":"one\ntwo \"three\" Grüße","error":false,"channel":null})"
              "\n");
}

TEST(TranscriptLineTest, TimesAreAsPythonWritesThem) {
    EXPECT_EQ(transcript_time("2026-01-31T09:00:00.000000", -6 * 3600), "2026-01-31T09:00:00-06:00");
    EXPECT_EQ(transcript_time("2026-01-31T09:00:00.120000", 0), "2026-01-31T09:00:00.120000+00:00");
    EXPECT_EQ(transcript_time("2026-01-31T09:00:00.000000", 5 * 3600 + 45 * 60), "2026-01-31T09:00:00+05:45");
    EXPECT_EQ(transcript_time("1880-01-31T09:00:00.000000", -(5 * 3600 + 50 * 60 + 36)),
              "1880-01-31T09:00:00-05:50:36");
}

}  // namespace
}  // namespace postrider
