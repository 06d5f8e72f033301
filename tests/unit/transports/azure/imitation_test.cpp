#include "lib/crypto/base64.h"
#include "lib/net/http_client.h"
#include "lib/net/internet_date.h"
#include "tests/support/azure_imitation.h"
#include "tests/support/loop_test.h"
#include "transports/azure/signing.h"

#include <boost/algorithm/string/replace.hpp>
#include <boost/json.hpp>
#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::SizeIs;
namespace json = boost::json;

struct AzureImitationTest : LoopTest {
    TimePoint now() const { return std::chrono::time_point_cast<TimePoint::duration>(Now::now()); }

    /// One message, first sent so long ago.
    std::string body(std::chrono::seconds ago = 0s, const std::string& text = "Hi") const {
        return R"({"from":"+18335550100","smsRecipients":[{"to":"+14255550123","repeatabilityRequestId":)"
               R"("4b2f1c3e-9a7d-4f10-8c55-0c1d2e3f4a5b","repeatabilityFirstSent":")" +
               to_internet_date(now() - ago) + R"("}],"message":")" + text +
               R"(","smsSendOptions":{"enableDeliveryReport":true,"tag":"t"}})";
    }
    HttpRequest request(const std::string& body, std::chrono::seconds skew = 0s,
                        const std::string& target = "/sms?api-version=2021-03-07") const {
        HttpRequest http;
        http.method = "POST";
        http.url = provider.url() + target;
        http.body = body;
        azure::Signable signable;
        signable.method = http.method;
        signable.path_and_query = target;
        signable.date = to_internet_date(now() + skew);
        signable.host = provider.url().substr(7);
        signable.content_hash = azure::content_hash(body);
        const Secret key(from_base64(provider.settings().access_key).value());
        http.headers = {{"Content-Type", "application/json"},
                        {"x-ms-date", signable.date},
                        {"x-ms-content-sha256", signable.content_hash},
                        {"Authorization", azure::authorization(signable, key)}};
        return http;
    }
    HttpAnswer exchange(HttpRequest http) { return result_of(client->send(std::move(http), {})).answer; }
    json::object item(const std::string& body) {
        const HttpAnswer answer = exchange(request(body));
        EXPECT_EQ(answer.status, 202) << answer.body;
        return json::parse(answer.body).at("value").at(0).as_object();
    }
    std::int64_t item_status(const std::string& body) { return item(body).at("httpStatusCode").as_int64(); }

    using Now = std::chrono::system_clock;
    AzureImitation provider;
    std::unique_ptr<HttpClient> client = make_http_client(io.get_executor());
};

TEST_F(AzureImitationTest, AnswersAsAzureDoes) {
    const json::object accepted = item(body());
    EXPECT_EQ(accepted.at("to"), "+14255550123");
    EXPECT_EQ(accepted.at("httpStatusCode"), 202);
    EXPECT_EQ(accepted.at("repeatabilityResult"), "accepted");
    EXPECT_EQ(accepted.at("successful"), true);
    EXPECT_EQ(accepted.at("messageId").as_string(), provider.accepted().at(0).message_id);
}

TEST_F(AzureImitationTest, KeepsOutWhoeverDoesNotSignWhatHeSends) {
    HttpRequest other_body = request(body());
    other_body.body += " ";
    EXPECT_EQ(exchange(other_body).status, 401);
    HttpRequest other_target = request(body());
    other_target.url += "&x=y";
    EXPECT_EQ(exchange(other_target).status, 401);
    HttpRequest other_host = request(body());
    other_host.headers.emplace_back("Host", "127.0.0.1");
    EXPECT_EQ(exchange(other_host).status, 401);
    HttpRequest unsigned_one = request(body());
    unsigned_one.headers.pop_back();
    EXPECT_EQ(exchange(unsigned_one).status, 401);
    EXPECT_EQ(exchange(request(body(), 16min)).status, 401);
    EXPECT_EQ(exchange(request(body(), -16min)).status, 401);
    EXPECT_THAT(provider.requests(), IsEmpty());
    EXPECT_EQ(exchange(request(body(), -14min)).status, 202);
}

TEST_F(AzureImitationTest, RefusesWhatItCannotRead) {
    const auto with = [&](const char* old, const char* instead) {
        return boost::replace_first_copy(body(), old, instead);
    };
    for (const std::string& wrong :
         {std::string(), std::string("[]"), with("{", ""), with("+18335550100", "18335550100"),
          with("\"message\"", "\"text\""), with("\"enableDeliveryReport\":true,", ""),
          with("smsRecipients\":[", "smsRecipients\":[{},"), with("\"tag\"", "\"label\""),
          body(0s, std::string(2049, 'x')), body(0s, "\xc3")}) {
        EXPECT_EQ(exchange(request(wrong)).status, 400) << wrong;
    }
    EXPECT_EQ(exchange(request(body(), 0s, "/sms?api-version=2020-01-01")).status, 400);
    EXPECT_EQ(exchange(request(body(), 0s, "/mms?api-version=2021-03-07")).status, 404);
    HttpRequest untyped = request(body());
    untyped.headers[0].second = "text/plain";
    EXPECT_EQ(exchange(untyped).status, 415);
    EXPECT_THAT(provider.requests(), IsEmpty());
}

TEST_F(AzureImitationTest, RefusesMessagesOneByOne) {
    EXPECT_EQ(item_status(boost::replace_first_copy(body(), "+14255550123", "+1142")), 400);
    EXPECT_EQ(item_status(boost::replace_first_copy(body(), "4b2f1c3e-", "")), 400);
    EXPECT_EQ(item_status(boost::replace_first_copy(body(), " GMT", " CET")), 400);
    EXPECT_EQ(item_status(body(6min)), 412);
    EXPECT_EQ(item_status(body(-6min)), 400);
    EXPECT_THAT(provider.accepted(), IsEmpty());
    EXPECT_THAT(provider.requests(), SizeIs(5));
}

TEST_F(AzureImitationTest, KnowsARequestThatComesAgain) {
    const std::string once = body(10s);
    const json::object first = item(once);
    EXPECT_EQ(item(once), first);
    EXPECT_THAT(provider.accepted(), SizeIs(1));
    EXPECT_EQ(item_status(body(20s)), 400) << "another time";
    EXPECT_EQ(item_status(body(10s, "another text")), 400);
    EXPECT_THAT(provider.accepted(), SizeIs(1));
    EXPECT_THAT(provider.requests(), SizeIs(4));
}

TEST_F(AzureImitationTest, WhatItRefusedMayComeAgain) {
    const std::string once = body();
    provider.next(AzureBehaviour::refuse_item(503, "ServiceUnavailable"));
    EXPECT_EQ(item_status(once), 503);
    provider.next(AzureBehaviour::refuse(500, "InternalError", "Sorry"));
    EXPECT_EQ(exchange(request(once)).status, 500);
    EXPECT_EQ(item_status(once), 202);
    EXPECT_TRUE(provider.wait_for_accepted(1, 1s));
    EXPECT_FALSE(provider.wait_for_accepted(2, 1ms));
}

}  // namespace
}  // namespace postrider::testing
