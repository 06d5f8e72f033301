// The main job: a row as Django writes it, a provider that is strict, and what the row says afterwards.
#include "tests/system/system_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace postrider::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class Send : public SystemTest {};

TEST_F(Send, ADueRowLeavesAsOneAuthenticatedRequestAndTheRowSaysSo) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const MessageId id =
        site.insert({.destination = "+13125550123", .message = "Grüße & 50 % + 1 = 😀\nzwei"});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();

    EXPECT_THAT(twilio.refused(), IsEmpty());
    ASSERT_THAT(twilio.accepted(), SizeIs(1));
    const TwilioRequest request = twilio.accepted()[0];
    EXPECT_EQ(request.to, "+13125550123");
    EXPECT_EQ(request.from, "+13125550100");
    EXPECT_EQ(request.body, "Grüße & 50 % + 1 = 😀\nzwei");

    const Row row = site.row(id);
    EXPECT_TRUE(row.ended_well());
    EXPECT_EQ(row.destination, "+13125550123");
    EXPECT_EQ(
        site.value("select transmission_metadata::jsonb->'twilio_sid' from simple_messaging_outgoingmessage"),
        "[\"" + request.sid + "\"]");
    EXPECT_EQ(site.number("select count(*) from postrider.attempt"), 0);
    EXPECT_EQ(site.value("select verdict || ' ' || provider_id from postrider.attempt_history"),
              "sent " + request.sid);
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

TEST_F(Send, WhatTheMetadataHeldBeforeIsKeptByteForByte) {
    const std::vector<std::string> before{
        "{\n  \"message_channel\": \"sms\",\n  \"django.user\": \"ann (7)\"",
        "{\"big\":1e400 ,  \"long\": 12345678901234567890123",
        "{ \"a\": 1, \"a\" : 2,\t\"nan\": NaN, \"deep\": {\"x\": [1,2 , {}]}",
        "{\"escaped\": \"\\u00fc\\/\", \"raw\": \"ü\""};
    DaemonProcess daemon(config());
    std::vector<NewRow> rows;
    for (const std::string& each : before) rows.push_back({.transmission_metadata = each + "}"});
    const auto ids = site.insert_all(rows);
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const Row row = site.row(ids[i]);
        EXPECT_TRUE(row.ended_well());
        EXPECT_THAT(row.metadata.value_or(""), AllOf(StartsWith(before[i]), HasSubstr("\"twilio_sid\"")));
    }
    EXPECT_THAT(twilio.accepted(), SizeIs(ids.size()));
}

TEST_F(Send, MetadataThatIsNullEmptyOrNoObjectBecomesOneAndTheMessageIsSent) {
    DaemonProcess daemon(config());
    const auto ids = site.insert_all({{.transmission_metadata = std::nullopt},
                                      {.transmission_metadata = ""},
                                      {.transmission_metadata = "not JSON at \"all\""},
                                      {.transmission_metadata = "[1, 2]"},
                                      {.transmission_metadata = "{\"broken\": "}});
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    EXPECT_THAT(twilio.accepted(), SizeIs(ids.size()));
    const auto original = [&](MessageId id) {
        return site.value(
            fmt::format("select coalesce(transmission_metadata::jsonb->>'original_metadata', '-') "
                        "from simple_messaging_outgoingmessage where id = {}",
                        id));
    };
    EXPECT_EQ(original(ids[0]), "-");
    EXPECT_EQ(original(ids[1]), "-");
    EXPECT_EQ(original(ids[2]), "not JSON at \"all\"");
    EXPECT_EQ(original(ids[3]), "[1, 2]");
    EXPECT_EQ(original(ids[4]), "{\"broken\": ");
}

TEST_F(Send, ARefusedMessageEndsErroredWithTheCodeAndWithoutTheNumber) {
    const std::string number = "+13125559876";
    twilio.next(
        TwilioBehaviour::refuse(400, 21211, "The 'To' number " + number + " is not a valid phone number."));
    DaemonProcess daemon(config("", "log: { level: debug }\n"));
    const MessageId id = site.insert({.destination = number});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();

    const Row row = site.row(id);
    EXPECT_TRUE(row.errored);
    EXPECT_THAT(*row.metadata, AllOf(HasSubstr("21211"), HasSubstr("\"error\""),
                                     HasSubstr("not a valid number"), Not(HasSubstr("9876"))));
    EXPECT_THAT(site.value("select reason from postrider.attempt_history"), Not(HasSubstr("9876")));
    EXPECT_THAT(daemon.log(), AllOf(HasSubstr("message given up"), Not(HasSubstr("9876"))));
    EXPECT_THAT(daemon.status().body, Not(HasSubstr("9876")));
    EXPECT_THAT(twilio.refused(), SizeIs(1));
    EXPECT_THAT(twilio.accepted(), IsEmpty());
}

TEST_F(Send, TheNumberAsStoredGoesToTheProviderWhateverItsForm) {
    DaemonProcess daemon(config());
    const MessageId id = site.insert({.destination = "(312) 555-0142"});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).errored);  // by the provider's judgement, not by ours
    ASSERT_THAT(twilio.refused(), SizeIs(1));
    EXPECT_EQ(twilio.refused()[0].to, "(312) 555-0142");
    EXPECT_THAT(*site.row(id).metadata, HasSubstr("21211"));
}

TEST_F(Send, ALongTextGoesInParts) {
    std::string text;
    for (int i = 0; text.size() < 4000; ++i) text += fmt::format("Sentence number {}. ", i);
    text += "The end.";
    DaemonProcess daemon(config());
    const MessageId id = site.insert({.message = text});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    std::string arrived;
    for (const std::string& part : all_texts()) arrived += part + " ";
    EXPECT_EQ(arrived, text + " ");
    EXPECT_EQ(site.number("select jsonb_array_length(transmission_metadata::jsonb -> 'twilio_sid') from "
                          "simple_messaging_outgoingmessage"),
              static_cast<long long>(twilio.accepted_count()));
}

TEST_F(Send, ALongTextWithAllThatIsHardToCutArrivesWholeAndInOrder) {
    std::string text;
    for (int i = 0; i < 60; ++i)
        text += fmt::format("Sentence {} with a family 👨‍👩‍👧 and an e\u0301 in it. ", i);
    text += "https://example.org/" + std::string(300, 'x') + " ";
    for (int i = 0; i < 1200; ++i) text += static_cast<char>('a' + i % 26);
    DaemonProcess daemon(config());
    const MessageId id = site.insert({.message = text});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    const auto without_space = [](std::string_view from) {
        std::string rest;
        std::copy_if(from.begin(), from.end(), std::back_inserter(rest), [](char c) { return c != ' '; });
        return rest;
    };
    std::string joined;
    for (const std::string& part : all_texts()) joined += part;
    EXPECT_GT(twilio.accepted_count(), 2u);
    EXPECT_EQ(without_space(joined), without_space(text));
    bool link_is_whole = false;
    for (const std::string& part : all_texts())
        link_is_whole |= part.find("https://example.org/" + std::string(300, 'x')) != std::string::npos;
    EXPECT_TRUE(link_is_whole);
}

TEST_F(Send, WhatCannotBeSentEndsErroredWithTheReasonAndReachesNobody) {
    DaemonProcess daemon(config());
    const MessageId template_text = site.insert({.message = "Hello {{ name|uper }}"});
    const MessageId empty = site.insert({.message = ""});
    const MessageId nobody = site.insert({.destination = ""});
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    for (const auto& [id, reason] : {std::pair{template_text, "unknown filter 'uper'"},
                                     {empty, "empty"},
                                     {nobody, "destination is empty"}}) {
        EXPECT_TRUE(site.row(id).errored) << reason;
        EXPECT_THAT(*site.row(id).metadata, AllOf(HasSubstr("\"error\""), HasSubstr(reason)));
    }
    EXPECT_THAT(twilio.accepted(), IsEmpty());
    EXPECT_THAT(twilio.refused(), IsEmpty());
}

TEST_F(Send, ATemplateIsFilledWithTheKeysOfItsMetadata) {
    DaemonProcess daemon(config());
    const MessageId id =
        site.insert({.message = "Hi {{ name }}, at {{ visit.time }}", .send_in = std::chrono::hours{1}});
    site.execute(fmt::format(
        "update simple_messaging_outgoingmessage set transmission_metadata = "
        "'{{\"name\": \"Jane\", \"visit\": {{\"time\": \"9:00\"}}}}', send_date = now() where id = {}",
        id));
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_THAT(all_texts(), ElementsAre("Hi Jane, at 9:00"));
}

TEST_F(Send, ARouteLeavesAMessageToTheSiteUntilAReloadSaysOtherwise) {
    DaemonProcess daemon(config("", "routes:\n  - { match: { message: '^survey:' }, leave: true }\n"));
    const MessageId left = site.insert({.message = "survey:one"});
    const MessageId after = site.insert({.destination = "+13125550102"});
    ASSERT_TRUE(site.wait_for_end(after)) << daemon.log();
    EXPECT_TRUE(daemon.wait_for_status("1 left waiting: left to the site by route 1"))
        << daemon.status().body;
    EXPECT_TRUE(site.row(left).waits());
    ASSERT_TRUE(
        daemon.reload(config("", "routes:\n  - { match: { destination: '^\\+1' }, channel: sms }\n")));
    ASSERT_TRUE(site.wait_for_end(left)) << daemon.log();
    EXPECT_THAT(all_texts(), ElementsAre("Visit at 9:00", "survey:one"));
}

TEST_F(Send, ADialogIsLeftToTheSite) {
    DaemonProcess daemon(config());
    const MessageId dialog = site.insert({.message = "dialog:welcome"});
    const MessageId after = site.insert({.destination = "+13125550102"});
    ASSERT_TRUE(site.wait_for_end(after)) << daemon.log();
    EXPECT_TRUE(daemon.wait_for_status("1 left waiting: a dialog, left to the site")) << daemon.status().body;
    EXPECT_TRUE(daemon.wait_for_status("POSTRIDER OK")) << daemon.status().body;
    EXPECT_TRUE(site.row(dialog).waits());
    EXPECT_THAT(all_texts(), ElementsAre("Visit at 9:00"));
}

}  // namespace
}  // namespace postrider::testing
