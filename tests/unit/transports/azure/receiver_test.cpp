#include "transports/azure/receiver.h"

#include "tests/support/plain_sealer.h"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postrider::azure {
namespace {

using postrider::testing::PlainSealer;
using ::testing::HasSubstr;
using ::testing::Not;
using Kind = WebhookReading::Kind;

constexpr const char* secret = "a-long-random-secret";
constexpr const char* incoming_data =
    R"({"messageId":"Incoming_1","from":"14255550123","to":"18335550100","message":"Hello","segmentCount":1})";

std::string grid_event(const std::string& type, const std::string& data) {
    return R"({"id":"e1","topic":"/t","subject":"/phonenumber/18335550100","data":)" + data +
           R"(,"eventType":")" + type + R"(","dataVersion":"1.0","eventTime":"2026-02-03T04:05:08Z"})";
}
std::string cloud_event(const std::string& type, const std::string& data) {
    return R"({"specversion":"1.0","id":"e1","type":")" + type + R"(","source":"/s","subject":"x","data":)" +
           data + "}";
}
std::string received(const std::string& data = incoming_data) {
    return grid_event("Microsoft.Communication.SMSReceived", data);
}
std::string report(const std::string& status, const std::string& details,
                   const std::string& tag = "postrider-0b8c1f7e-5a5d-4c3e-9a3f-000000000001") {
    return grid_event(
        "Microsoft.Communication.SMSDeliveryReportReceived",
        R"({"messageId":"Outgoing_1","from":"18335550100","to":"+14255550123","deliveryStatus":")" + status +
            R"(","deliveryStatusDetails":")" + details + R"(","Tag":")" + tag + "\"}");
}

struct AzureReceiverTest : ::testing::Test {
    AzureReceiverTest() {
        settings.from = "+18335550100";
        settings.webhook_secrets = {Secret(secret)};
    }
    WebhookReading read(const std::string& body, const std::string& query = std::string("key=") + secret) {
        Webhook webhook;
        webhook.request.method = "POST";
        webhook.request.body = body;
        webhook.request.query = query;
        return make_receiver(settings)->read(webhook, PlainSealer());
    }

    Settings settings;
};

TEST_F(AzureReceiverTest, ReadsATextOfEitherSchema) {
    for (const std::string& body :
         {"[" + received() + "]", cloud_event("Microsoft.Communication.SMSReceived", incoming_data)}) {
        const WebhookReading reading = read(body);
        ASSERT_EQ(reading.kind, Kind::received) << body;
        ASSERT_EQ(reading.messages.size(), 1u);
        EXPECT_EQ(reading.messages[0].provider_id, "Incoming_1");
        EXPECT_EQ(reading.messages[0].sender.reveal(), "+14255550123");
        EXPECT_EQ(reading.messages[0].recipient.reveal(), "+18335550100");
        EXPECT_EQ(reading.messages[0].text.reveal(), "Hello");
        EXPECT_TRUE(reading.names_us);
    }
}

TEST_F(AzureReceiverTest, KeepsTheWholeEventWithItsAddressesSealed) {
    const std::string metadata = boost::json::serialize(read("[" + received() + "]").messages.at(0).metadata);
    EXPECT_THAT(metadata, HasSubstr(R"-("subject":"address(/phonenumber/18335550100)")-"));
    EXPECT_THAT(metadata, HasSubstr(R"-("from":"address(14255550123)")-"));
    EXPECT_THAT(metadata, HasSubstr(R"-("message":"text(Hello)")-"));
    EXPECT_THAT(metadata, HasSubstr(R"("segmentCount":1)"));
}

TEST_F(AzureReceiverTest, ReadsAWholeBatchAndLosesNothingToWhatItCannotRead) {
    const std::string second = R"({"messageId":"Incoming_2","FROM":"12345","To":"+1","Message":"hi"})";
    const WebhookReading reading =
        read("[" + received() + "," + grid_event("Microsoft.Something.Else", "{}") + ",17," + received("{}") +
             "," + received(second) + "," + report("Delivered", "No error.") + "]");
    ASSERT_EQ(reading.kind, Kind::received);
    ASSERT_EQ(reading.messages.size(), 2u);
    EXPECT_EQ(reading.messages[1].sender.reveal(), "12345") << "a short code";
    EXPECT_EQ(reading.reports.size(), 1u);
}

TEST_F(AzureReceiverTest, ReadsAReportWithTheKeyOfItsRequest) {
    const DeliveryReport delivered = read("[" + report("Delivered", "No error.") + "]").reports.at(0);
    EXPECT_EQ(delivered.provider_id, "Outgoing_1");
    EXPECT_EQ(delivered.idempotency_key, "0b8c1f7e-5a5d-4c3e-9a3f-000000000001");
    EXPECT_EQ(delivered.state, DeliveryState::delivered);
    EXPECT_THAT(boost::json::serialize(delivered.metadata), HasSubstr(R"-("to":"address(+14255550123)")-"));
    for (const std::string& foreign : {std::string("msg-81"), "postrider-" + std::string(36, '-'),
                                       std::string("postrider-0b8c1f7e-5a5d-4c3e-9a3f-00000000000"),
                                       std::string("postrider-0b8c1f7e05a5d-4c3e-9a3f-000000000001")}) {
        EXPECT_FALSE(read("[" + report("Delivered", "", foreign) + "]").reports.at(0).idempotency_key)
            << foreign;
    }
}

TEST_F(AzureReceiverTest, TellsFailuresByTheFirstCodeOfFourDigits) {
    const DeliveryReport failed =
        read("[" + report("Failed", "ErrorCode: 4007. ErrorMessage: 12345 x") + "]").reports.at(0);
    EXPECT_EQ(failed.state, DeliveryState::failed);
    EXPECT_EQ(failed.reason, "Azure could not deliver it: code 4007");
    EXPECT_TRUE(failed.says_opted_out);
    EXPECT_EQ(failed.recipient->reveal(), "+14255550123");
    EXPECT_EQ(read("[" + report("Failed", "no code 12345") + "]").reports.at(0).reason,
              "Azure could not deliver it");
}

TEST_F(AzureReceiverTest, AnswersBothHandshakes) {
    const WebhookReading grid = read("[" +
                                     grid_event("Microsoft.EventGrid.SubscriptionValidationEvent",
                                                R"({"validationCode":"512d","validationUrl":"https://x"})") +
                                     "]");
    ASSERT_EQ(grid.kind, Kind::answered);
    EXPECT_EQ(grid.answer.body, R"({"validationResponse":"512d"})");
    EXPECT_EQ(grid.answer.status, 200);
    Webhook options;
    options.request.method = "OPTIONS";
    options.request.query = std::string("key=") + secret;
    options.request.headers = {{"webhook-request-origin", "eventgrid.azure.net"}};
    const WebhookReading cloud = make_receiver(settings)->read(options, PlainSealer());
    ASSERT_EQ(cloud.kind, Kind::answered);
    EXPECT_EQ(cloud.answer.headers[0].second, "eventgrid.azure.net");
}

TEST_F(AzureReceiverTest, RefusesWhoDoesNotKnowTheSecretHandshakesToo) {
    for (const std::string& query :
         {std::string(), std::string("key="), std::string("key=a-long-random-secre")})
        EXPECT_EQ(read("[" + received() + "]", query).kind, Kind::refused) << query;
    EXPECT_EQ(read("[" + grid_event("Microsoft.EventGrid.SubscriptionValidationEvent", "{}") + "]", "").kind,
              Kind::refused);
    settings.webhook_secrets.clear();
    EXPECT_EQ(read("[" + received() + "]", "key=").kind, Kind::refused);
}

TEST_F(AzureReceiverTest, LeavesToOthersWhatIsNoEvent) {
    for (const char* body : {"", "null", "[]", "{}", "[1,2]", "From=1&To=2", "{\"id\":", "\xff\xfe"})
        EXPECT_EQ(read(body).kind, Kind::not_mine) << body;
    EXPECT_EQ(read(std::string(100000, '[')).kind, Kind::not_mine);
}

}  // namespace
}  // namespace postrider::azure
