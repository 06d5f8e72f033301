#include "transports/twilio/history.h"

#include "lib/async/database_clock.h"
#include "tests/support/loop_test.h"
#include "tests/support/plain_sealer.h"
#include "tests/support/twilio_imitation.h"
#include "transports/twilio/twilio.h"

#include <gmock/gmock.h>

namespace postrider::twilio {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TwilioRequest;

const std::string person = "+17735550123";
const std::string ours = "+13125550100";
const TimePoint noon = std::chrono::sys_days(std::chrono::year(2026) / 2 / 3) + 12h;

struct TwilioHistoryTest : testing::LoopTest {
    Settings settings() const {
        Settings settings;
        settings.account_sid = provider.settings().account_sid;
        settings.auth_token = Secret(provider.settings().auth_token);
        settings.from = ours;
        settings.base_url = provider.base_url();
        return settings;
    }
    void comes(TimePoint when, const std::string& text, std::size_t media = 0, const std::string& to = ours) {
        TwilioRequest message;
        message.arrived = when;
        message.from = person;
        message.to = to;
        message.body = text;
        message.media_count = media;
        message.direction = "inbound";
        message.status = "received";
        provider.remember(message);
    }
    void goes(TimePoint when, const std::string& text, const std::string& status = "delivered",
              const std::string& from = ours) {
        TwilioRequest message;
        message.arrived = when;
        message.from = from;
        message.to = person;
        message.body = text;
        message.direction = "outbound-reply";
        message.status = status;
        provider.remember(message);
    }
    std::vector<PastMessage> since(TimePoint when) {
        return result_of(transport->message_history()->messages_since(when, sealer));
    }
    static std::vector<std::string> texts(const std::vector<PastMessage>& messages) {
        std::vector<std::string> all;
        for (const PastMessage& each : messages) all.push_back(each.message.text.reveal());
        return all;
    }

    testing::TwilioImitation provider;
    testing::PlainSealer sealer;
    DatabaseClock clock{io.get_executor()};
    std::unique_ptr<HttpClient> http = make_http_client(io.get_executor());
    std::unique_ptr<Transport> transport = make_transport(settings(), *http, clock);
};

TEST_F(TwilioHistoryTest, HasBothWaysOfItsNumberTheOldestFirst) {
    comes(noon, "one");
    goes(noon + 1s, "two");
    comes(noon + 2s, "to another number", 0, "+13125550999");
    goes(noon + 3s, "from another number", "delivered", "+13125550999");
    comes(noon - 1s, "before");
    const auto found = since(noon);
    EXPECT_THAT(texts(found), ElementsAre("one", "two"));
    EXPECT_TRUE(found[0].is_incoming);
    EXPECT_EQ(found[0].created, noon);
    EXPECT_EQ(found[0].message.received, noon);
    EXPECT_EQ(found[0].message.sender.reveal(), person);
    EXPECT_EQ(found[0].message.metadata.at("SmsMessageSid").as_array().at(0).as_string(),
              found[0].message.provider_id);
    EXPECT_FALSE(found[1].is_incoming);
    EXPECT_EQ(found[1].message.recipient.reveal(), person);
    EXPECT_EQ(found[1].message.metadata.at("twilio_sid").as_array().at(0).as_string(),
              found[1].message.provider_id);
    EXPECT_EQ(found[1].message.metadata.at("sync_data").at("status"), "delivered");
}

TEST_F(TwilioHistoryTest, ReadsAllPages) {
    for (int i = 0; i < 1203; ++i) comes(noon + std::chrono::seconds(i), std::to_string(i));
    const auto found = since(noon);
    ASSERT_THAT(found, SizeIs(1203));
    EXPECT_EQ(found.front().message.text.reveal(), "0");
    EXPECT_EQ(found.back().message.text.reveal(), "1202");
    EXPECT_THAT(provider.lists(), SizeIs(3));
}

TEST_F(TwilioHistoryTest, SaysWhatDidNotArriveAndLeavesOutWhatIsStillToCome) {
    goes(noon, "a", "undelivered");
    goes(noon + 1s, "b", "scheduled");
    const auto found = since(noon);
    ASSERT_THAT(texts(found), ElementsAre("a"));
    EXPECT_THAT(found[0].failure, HasSubstr("not delivered (undelivered)"));
}

TEST_F(TwilioHistoryTest, TellsWhereFilesAre) {
    comes(noon, "look", 2);
    const auto found = since(noon);
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].media_count, 2u);
    const auto media = result_of(transport->message_history()->media_of(found[0].message.provider_id));
    ASSERT_THAT(media, SizeIs(2));
    EXPECT_THAT(media[0].url, ::testing::MatchesRegex(".*/Messages/SM[0-9a-f]+/Media/ME[0-9a-f]+"));
    EXPECT_EQ(media[0].content_type, "image/gif");
}

TEST_F(TwilioHistoryTest, WhatCannotBeReadIsAnErrorWithoutNumbers) {
    ServerAnswer answer;
    answer.body = R"({"messages":[{"sid":"SM1","to":"+17735550123"}],"next_page_uri":null})";
    provider.next_list(answer);
    const auto complaint = [](Task<std::vector<PastMessage>> task) -> Task<std::string> {
        try {
            co_await std::move(task);
        } catch (const std::runtime_error& error) {
            co_return error.what();
        }
        co_return "";
    };
    EXPECT_EQ(result_of(complaint(transport->message_history()->messages_since(noon, sealer))),
              "Twilio's records cannot be had: one has no date_created");
}

}  // namespace
}  // namespace postrider::twilio
