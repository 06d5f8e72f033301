#include "lib/net/http_client.h"
#include "tests/support/loop_test.h"
#include "tests/support/twilio_imitation.h"

#include <boost/json.hpp>
#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
namespace json = boost::json;

constexpr const char* sound = "To=%2B17735550123&From=%2B13125550100&Body=Hi";

struct TwilioImitationTest : LoopTest {
    explicit TwilioImitationTest(TwilioImitationSettings settings = {}) : provider(std::move(settings)) {}

    HttpRequest request(const std::string& method, const std::string& path, const std::string& body) const {
        HttpRequest http;
        http.method = method;
        http.url = provider.base_url() + path;
        http.body = body;
        if (!body.empty()) http.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
        http.credentials =
            BasicCredentials{provider.settings().account_sid, Secret(provider.settings().auth_token)};
        return http;
    }
    HttpAnswer exchange(HttpRequest http) { return result_of(client->send(std::move(http), {})).answer; }
    HttpAnswer post(const std::string& body) { return exchange(request("POST", messages, body)); }
    json::object get(const std::string& path) {
        const HttpAnswer answer = exchange(request("GET", path, ""));
        EXPECT_EQ(answer.status, 200) << answer.body;
        return json::parse(answer.body).as_object();
    }
    std::vector<std::string> bodies(const json::object& page) {
        std::vector<std::string> found;
        for (const auto& message : page.at("messages").as_array()) {
            found.emplace_back(message.at("body").as_string());
        }
        return found;
    }

    TwilioImitation provider;
    const std::string messages = "/2010-04-01/Accounts/" + provider.settings().account_sid + "/Messages.json";
    std::unique_ptr<HttpClient> client = make_http_client(io.get_executor());
};

TEST_F(TwilioImitationTest, AnswersAsTwilioDoes) {
    const HttpAnswer answer = post(sound);
    EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(answer.header("content-type"), "application/json");
    EXPECT_THAT(answer.header("twilio-request-id").value_or(""), ::testing::StartsWith("RQ"));
    const json::object body = json::parse(answer.body).as_object();
    EXPECT_EQ(body.at("sid").as_string(), provider.accepted().at(0).sid);
    EXPECT_EQ(body.at("status"), "queued");
    EXPECT_EQ(body.at("num_segments"), "1");
    EXPECT_EQ(body.at("num_media"), "0");
    EXPECT_TRUE(body.at("error_code").is_null());
    EXPECT_THAT(std::string(body.at("date_created").as_string()), HasSubstr(" +0000"));
}

TEST_F(TwilioImitationTest, AServiceChoosesItsSenderLater) {
    const json::object body =
        json::parse(
            post("To=%2B17735550123&MessagingServiceSid=MG0123456789abcdef0123456789abcdef&Body=Hi").body)
            .as_object();
    EXPECT_TRUE(body.at("from").is_null());
    EXPECT_EQ(body.at("status"), "accepted");
    EXPECT_EQ(body.at("num_segments"), "0");
}

TEST_F(TwilioImitationTest, RefusesWhatTwilioRefusesWithItsCode) {
    const std::string from = "&From=%2B13125550100";
    const std::vector<std::pair<std::string, int>> cases{
        {"From=%2B13125550100&Body=Hi", 21604},
        {"To=%2B1555&Body=Hi" + from, 21211},
        {sound + std::string("&StatusCallback=https%3A%2F%2Fmy_site.example"), 21609},
        {sound + std::string("&StatusCallback=site.example"), 21609},
        {"To=+17735550123&Body=Hi" + from, 21211},  // a plus that was not encoded is a space
        {"To=17735550123&Body=Hi" + from, 21211},
        {"To=%2B15005550004&Body=Hi" + from, 21610},
        {"To=%2B15005550009&Body=Hi" + from, 21614},
        {"To=%2B17735550123&Body=Hi", 21603},
        {"To=%2B17735550123&Body=Hi&From=%2B0", 21212},
        {"To=%2B17735550123&Body=Hi&MessagingServiceSid=MG1", 21705},
        {"To=%2B17735550123" + from, 21602},
        {"To=%2B17735550123&Body=" + from, 21602},
        {"To=%2B17735550123&Body=" + std::string(1601, 'x') + from, 21617},
        {std::string(sound) + "&Text=Hi", 20001},
        {std::string(sound) + "&Body=Hi", 20001},
        {"To=%2B17735550123&Body=%C3" + from, 20001},
        {"To=%2B17735550123&Body=%zz" + from, 20001},
        {"To=%2B17735550123&Body=a b" + from, 20001},
    };
    for (const auto& [form, code] : cases) {
        const HttpAnswer answer = post(form);
        EXPECT_EQ(answer.status, 400) << form;
        EXPECT_EQ(json::parse(answer.body).at("code").as_int64(), code) << form;
    }
    EXPECT_EQ(provider.accepted_count(), 0u);
    EXPECT_EQ(provider.refused().size(), cases.size());
    EXPECT_THAT(post("To=%2B1555&Body=Hi" + from).body, HasSubstr("+1555")) << "as Twilio repeats the number";
}

TEST_F(TwilioImitationTest, TakesChannelAddressesAndLimitsCountedInCharacters) {
    EXPECT_EQ(post("To=whatsapp%3A%2B17735550123&From=whatsapp%3A%2B13125550100&Body=Hi").status, 201);
    std::string text;
    for (int i = 0; i < 1600; ++i) text += "%E2%9C%93";
    EXPECT_EQ(post("To=%2B17735550123&From=12345&Body=" + text).status, 201);
}

TEST_F(TwilioImitationTest, KeepsOutWhoeverIsNotTheAccount) {
    HttpRequest wrong = request("POST", messages, sound);
    wrong.credentials->password = Secret("other");
    EXPECT_EQ(exchange(wrong).status, 401);
    wrong.credentials.reset();
    EXPECT_EQ(exchange(wrong).status, 401);
    EXPECT_EQ(exchange(request("POST", "/2010-04-01/Accounts/AC0/Messages.json", sound)).status, 404);
    EXPECT_EQ(exchange(request("PUT", messages, sound)).status, 405);
    HttpRequest untyped = request("POST", messages, sound);
    untyped.headers.clear();
    EXPECT_EQ(exchange(untyped).status, 415);
    EXPECT_EQ(provider.accepted_count(), 0u);
}

TEST_F(TwilioImitationTest, DoesAsItIsToldOnceOrAlways) {
    provider.next(TwilioBehaviour::refuse(500, 20500, "Internal error"));
    EXPECT_EQ(post(sound).status, 500);
    EXPECT_EQ(post(sound).status, 201);
    provider.by_default(TwilioBehaviour::refuse(429, 20429, "Too Many Requests"));
    EXPECT_EQ(post(sound).status, 429);
    EXPECT_EQ(post(sound).status, 429);
    EXPECT_TRUE(provider.wait_for_requests(4, 1s));
    EXPECT_TRUE(provider.wait_for_accepted(1, 1s));
    EXPECT_FALSE(provider.wait_for_accepted(2, 1ms));
}

TEST_F(TwilioImitationTest, ListsNewestFirstInPagesThatAreFollowedByTheirLinks) {
    for (const char* text : {"1", "2", "3", "4", "5"}) {
        post("To=%2B17735550123&From=%2B13125550100&Body=" + std::string(text));
        post("To=%2B17735550199&From=%2B13125550100&Body=other");
    }
    std::vector<std::string> listed;
    std::string path = messages + "?To=%2B17735550123&From=%2B13125550100&PageSize=2";
    for (int pages = 1;; ++pages) {
        const json::object page = get(path);
        for (std::string& body : bodies(page)) listed.push_back(std::move(body));
        if (page.at("next_page_uri").is_null()) {
            EXPECT_EQ(pages, 3);
            break;
        }
        path = page.at("next_page_uri").as_string().c_str();
        post("To=%2B17735550123&From=%2B13125550100&Body=late");  // pages do not shift
    }
    EXPECT_THAT(listed, ::testing::ElementsAre("5", "4", "3", "2", "1"));
    EXPECT_EQ(bodies(get(messages)).size(), 12u);
    EXPECT_TRUE(bodies(get(messages + "?DateSent%3E=2026-01-01")).empty());
    EXPECT_EQ(exchange(request("GET", messages + "?Since=1", "")).status, 400);
}

struct BusyTwilioTest : TwilioImitationTest {
    BusyTwilioTest() : TwilioImitationTest({.list_lag = 1h, .concurrency_max = 1}) {}
};

TEST_F(BusyTwilioTest, TheListLagsAsItIsTold) {
    EXPECT_EQ(post(sound).status, 201);
    EXPECT_TRUE(bodies(get(messages)).empty());
}

TEST_F(BusyTwilioTest, RequestsBeyondTheConcurrencyAreNotProcessed) {
    provider.next(TwilioBehaviour::lose_answer(TwilioBehaviour::Manner::hang, true));
    std::optional<HttpResult> first;
    group.spawn("first", keep(client->send(request("POST", messages, sound), {}), first));
    ASSERT_TRUE(run_until([this] { return provider.accepted_count() == 1; }));
    EXPECT_EQ(post(sound).status, 429);
    EXPECT_EQ(provider.refused().at(0).code, 20429);
    stop();
}

}  // namespace
}  // namespace postrider::testing
