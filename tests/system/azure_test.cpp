// Azure, which keeps no records but knows a request that comes again within five minutes.
#include "tests/support/azure_imitation.h"
#include "tests/system/daemon_process.h"
#include "tests/system/eventually.h"
#include "tests/system/site.h"
#include "tests/system/system_test.h"

#include <fmt/format.h>

#include <algorithm>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

/// A dead daemon's request can reach its provider for 25 s; until then nothing is concluded from silence.
constexpr std::chrono::seconds doubt_end_patience{120};

class AzureSystemTest : public ::testing::Test {
protected:
    std::string config() const {
        return configuration(
            site.url(),
            fmt::format("  - name: sms\n    transport: azure\n    default: true\n    from: \"+18335550100\"\n"
                        "    connection_string: {}\n",
                        azure.connection_string()));
    }

    /// A daemon dies between the provider's acceptance of a message and the record of it.
    MessageId accept_and_kill() {
        azure.next(AzureBehaviour::lose_answer(AzureBehaviour::Manner::hang, true));
        DaemonProcess daemon(config());
        EXPECT_TRUE(daemon.wait_until_sending()) << daemon.log();
        const MessageId id = site.insert({.destination = "+14255550123"});
        EXPECT_TRUE(azure.wait_for_accepted(1, patience)) << daemon.log();
        daemon.kill();
        EXPECT_EQ(site.number("select count(*) from postrider.attempt"), 1);
        return id;
    }

    Site site;
    AzureImitation azure;
};

TEST_F(AzureSystemTest, AMessageIsSentAndItsRowHasTheProvidersId) {
    DaemonProcess daemon(config());
    const MessageId id = site.insert({.destination = "+14255550123", .message = "Visit \"A\" at 9:00 👋"});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    const Row row = site.row(id);
    EXPECT_TRUE(row.ended_well()) << row.metadata.value_or("");
    ASSERT_THAT(azure.accepted(), SizeIs(1));
    const AzureMessage message = azure.accepted()[0];
    EXPECT_EQ(message.to, "+14255550123");
    EXPECT_EQ(message.from, "+18335550100");
    EXPECT_EQ(message.text, "Visit \"A\" at 9:00 👋");
    EXPECT_TRUE(row.says("\"azure_message_id\": \"" + message.message_id + "\""));
    EXPECT_TRUE(row.says("\"azure_successful\": true"));
    EXPECT_EQ(site.value("select provider_id from postrider.attempt_history"), message.message_id);
    EXPECT_EQ(site.value("select 'postrider-' || idempotency_key from postrider.attempt_history"),
              message.tag);
    EXPECT_THAT(daemon.log(), Not(HasSubstr(azure.settings().access_key)));
}

TEST_F(AzureSystemTest, ARefusedMessageEndsErroredWithoutTheProvidersWords) {
    azure.next(AzureBehaviour::refuse_item(400, "Invalid To phone number format: +14255550123"));
    DaemonProcess daemon(config());
    const MessageId id = site.insert({.destination = "+14255550123"});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    const Row row = site.row(id);
    EXPECT_TRUE(row.errored);
    EXPECT_TRUE(row.says("message refused, status 400"));
    EXPECT_FALSE(row.says("phone number format"));
    EXPECT_THAT(azure.accepted(), IsEmpty());
}

TEST_F(AzureSystemTest, AMessageWhoseAnswerIsLostIsRepeatedUnderItsKeyAndSentOnce) {
    azure.next(AzureBehaviour::refuse(503, "", "<html>unavailable</html>"));
    azure.next(AzureBehaviour::lose_answer(AzureBehaviour::Manner::close_before, true));
    DaemonProcess daemon(config());
    const MessageId id = site.insert({.destination = "+14255550123"});
    const auto ended = [&] { return site.row(id).sent; };
    ASSERT_TRUE(eventually(ended, doubt_end_patience)) << daemon.log();
    EXPECT_TRUE(site.row(id).ended_well()) << site.row(id).metadata.value_or("");
    ASSERT_THAT(azure.accepted(), SizeIs(1));
    ASSERT_THAT(azure.requests(), SizeIs(3));
    for (const AzureMessage& request : azure.requests()) {
        EXPECT_EQ(request.body, azure.accepted()[0].body);
    }
}

TEST_F(AzureSystemTest, KilledAfterEachOfTwoPartsItSendsEachOnceInOrder) {
    std::string text;
    for (int i = 0; text.size() < 3000; ++i) text += fmt::format("Sentence number {} of them. ", i);
    const MessageId id = site.insert({.destination = "+14255550123", .message = text});
    for (std::size_t part = 1; part <= 2; ++part) {
        // The part before is repeated under its key first, which sends nothing on.
        if (part > 1) azure.next(AzureBehaviour());
        azure.next(AzureBehaviour::lose_answer(AzureBehaviour::Manner::hang, true));
        DaemonProcess daemon(config());
        ASSERT_TRUE(azure.wait_for_accepted(part, doubt_end_patience)) << daemon.log();
        daemon.kill();
        EXPECT_EQ(site.number("select part from postrider.attempt"), static_cast<long long>(part));
    }
    DaemonProcess last(config());
    ASSERT_TRUE(site.wait_for_end(id)) << last.log();
    EXPECT_TRUE(site.row(id).ended_well()) << site.row(id).metadata.value_or("");
    std::string arrived;
    ASSERT_THAT(azure.accepted(), SizeIs(2));
    for (const AzureMessage& part : azure.accepted()) arrived += part.text;
    EXPECT_EQ(std::count(arrived.begin(), arrived.end(), '.'), std::count(text.begin(), text.end(), '.'));
    EXPECT_LT(arrived.find("Sentence number 0 "), arrived.find("Sentence number 99 "));
}

TEST_F(AzureSystemTest, KilledAfterAcceptanceItRepeatsTheRequestUnderItsKeyAndSendsOnce) {
    const MessageId id = accept_and_kill();
    DaemonProcess next(config());
    ASSERT_TRUE(site.wait_for_end(id)) << next.log();
    EXPECT_TRUE(site.row(id).ended_well()) << site.row(id).metadata.value_or("");
    ASSERT_THAT(azure.accepted(), SizeIs(1));
    ASSERT_THAT(azure.requests(), SizeIs(2));
    EXPECT_EQ(azure.requests()[0].request_id, azure.requests()[1].request_id);
    EXPECT_EQ(azure.requests()[0].body, azure.requests()[1].body);
    EXPECT_TRUE(site.row(id).says(azure.accepted()[0].message_id));
}

TEST_F(AzureSystemTest, WhatTheProviderKnowsNoMoreIsNotRepeatedButEndsInDoubt) {
    const MessageId id = accept_and_kill();
    site.execute(
        "update postrider.attempt set first_sent = first_sent - interval '6 minutes', "
        "claimed = claimed - interval '6 minutes'");
    DaemonProcess next(config());
    const auto ended = [&] { return site.row(id).sent; };
    ASSERT_TRUE(eventually(ended, doubt_end_patience)) << next.log();
    const Row row = site.row(id);
    EXPECT_TRUE(row.errored);
    EXPECT_TRUE(row.says("in doubt")) << row.metadata.value_or("");
    EXPECT_THAT(azure.requests(), SizeIs(1));
    // It is over: what comes next goes as if nothing had been.
    const MessageId later = site.insert({.destination = "+14255550123", .message = "later"});
    ASSERT_TRUE(site.wait_for_end(later)) << next.log();
    EXPECT_TRUE(site.row(later).ended_well());
    EXPECT_THAT(azure.requests(), SizeIs(2));
}

}  // namespace
}  // namespace postrider::testing
