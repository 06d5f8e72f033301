#include "transports/twilio/records.h"

#include "lib/async/database_clock.h"
#include "tests/support/fake_permit.h"
#include "tests/support/loop_test.h"
#include "tests/support/twilio_imitation.h"
#include "transports/twilio/twilio.h"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

namespace postrider::twilio {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using testing::TwilioBehaviour;
using testing::TwilioRequest;
using Manner = testing::TwilioBehaviour::Manner;

const std::string recipient = "+17735550123";
const std::string sender = "+13125550100";
const TimePoint noon = std::chrono::sys_days(std::chrono::year(2026) / 2 / 3) + 12h;

/// The imitation's clock.
TimePoint real_now() {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::vector<std::string> texts(const std::vector<ProviderRecord>& records) {
    std::vector<std::string> texts;
    for (const ProviderRecord& record : records) texts.push_back(record.text.reveal());
    return texts;
}

struct TwilioRecordsTest : testing::LoopTest {
    explicit TwilioRecordsTest(testing::TwilioImitationSettings with = {}) : provider(std::move(with)) {}

    Settings settings() const {
        Settings settings;
        settings.account_sid = provider.settings().account_sid;
        settings.auth_token = Secret(provider.settings().auth_token);
        settings.from = sender;
        settings.base_url = provider.base_url();
        return settings;
    }
    void use(Settings settings) { transport = make_transport(std::move(settings), *http, clock); }

    Outcome send(const std::string& text) {
        std::vector<PreparedRequest> requests(1);
        requests[0].destination = Address(recipient);
        requests[0].text = Text(text);
        return result_of(transport->send(std::move(requests), permit)).at(0);
    }

    void remember(TimePoint arrived, std::string text, std::string to = recipient,
                  std::string direction = "outbound-api") {
        TwilioRequest message;
        message.arrived = arrived;
        message.to = std::move(to);
        message.from = sender;
        message.body = std::move(text);
        message.direction = std::move(direction);
        provider.remember(std::move(message));
    }

    static Task<std::string> objection_of(Task<std::vector<ProviderRecord>> records) {
        try {
            co_await std::move(records);
        } catch (const std::runtime_error& error) {
            co_return error.what();
        }
        co_return "";
    }

    static RecordQuery around(TimePoint from, TimePoint to, std::string destination = recipient) {
        return {Address(std::move(destination)), from, to};
    }
    std::vector<ProviderRecord> records(RecordQuery query) {
        return result_of(transport->records(std::move(query)));
    }
    std::vector<ProviderRecord> records_of_noon() { return records(around(noon - 1min, noon + 5min)); }
    /// What is said against it that the records be had, without what every such text begins with.
    std::string refused(RecordQuery query) {
        const std::string what = result_of(objection_of(transport->records(std::move(query))));
        const std::string begin = "Twilio's records cannot be had: ";
        EXPECT_THAT(what, ::testing::StartsWith(begin));
        EXPECT_THAT(what, Not(HasSubstr("5550"))) << "no number";
        return what.substr(std::min(begin.size(), what.size()));
    }
    std::string refused() { return refused(around(noon - 1min, noon + 5min)); }

    /// Instead of the next list.
    void answer(std::string body, int status = 200) {
        ServerAnswer answer;
        answer.status = status;
        answer.content_type = "application/json";
        answer.body = std::move(body);
        provider.next_list(std::move(answer));
    }
    void answer_with(const std::string& message, const std::string& next = "null") {
        answer(R"({"messages":[)" + message + R"(],"next_page_uri":)" + next + "}");
    }

    testing::TwilioImitation provider;
    testing::FakePermit permit;
    DatabaseClock clock{io.get_executor()};
    std::unique_ptr<HttpClient> http = make_http_client(io.get_executor());
    std::unique_ptr<Transport> transport = make_transport(settings(), *http, clock);
};

TEST_F(TwilioRecordsTest, ShowAMessageWhoseAnswerWasLostAsItsAnswerWouldHave) {
    const TimePoint start = real_now();
    provider.next(TwilioBehaviour::lose_answer(Manner::close_before, true));
    EXPECT_EQ(send("Grüße & 50% 👋").verdict, Verdict::in_doubt);
    const Outcome answered = send("Next");
    const auto found = records(around(start, start + 1min));
    ASSERT_THAT(texts(found), ElementsAre("Grüße & 50% 👋", "Next")) << "the oldest first";
    EXPECT_EQ(found[0].provider_id, provider.accepted().at(0).sid);
    EXPECT_EQ(found[1].provider_id, answered.provider_id);
    EXPECT_EQ(boost::json::serialize(found[1].metadata), boost::json::serialize(answered.metadata));
    EXPECT_EQ(found[0].created, std::chrono::floor<std::chrono::seconds>(provider.accepted()[0].arrived));
    EXPECT_TRUE(transport->keeps_records());
}

TEST_F(TwilioRecordsTest, AreEmptyWhereNothingArrived) {
    provider.next(TwilioBehaviour::lose_answer(Manner::close_before, false));
    EXPECT_EQ(send("Hi").verdict, Verdict::in_doubt);
    const TimePoint now = real_now();
    EXPECT_THAT(records(around(now - 1min, now + 1min)), IsEmpty());
}

TEST_F(TwilioRecordsTest, AreThoseOfTheTimeAskedForBothEndsIncluded) {
    remember(noon - 62s, "too early");
    remember(noon - 60s, "first");
    remember(noon, "middle");
    remember(noon + 5min, "last");
    remember(noon + 5min + 1s, "too late");
    EXPECT_THAT(texts(records(around(noon - 60s + 700ms, noon + 5min))),
                ElementsAre("first", "middle", "last"))
        << "Twilio's dates have no fractions of a second";
}

TEST_F(TwilioRecordsTest, AreThoseOfOurOwnRequestsToThatRecipient) {
    remember(noon, "ours");
    remember(noon, "a call's", recipient, "outbound-call");
    remember(noon, "a reply", recipient, "outbound-reply");
    remember(noon, "to another", "+17735550199");
    EXPECT_THAT(texts(records_of_noon()), ElementsAre("ours"));
}

TEST_F(TwilioRecordsTest, AreAskedForByRecipientAndSenderButNotByDateOfSending) {
    records_of_noon();
    EXPECT_THAT(provider.lists(),
                ElementsAre("/2010-04-01/Accounts/" + provider.settings().account_sid +
                            "/Messages.json?To=%2B17735550123&From=%2B13125550100&PageSize=100"));
}

TEST_F(TwilioRecordsTest, AreAskedForWithoutSenderWhereAServiceChoosesIt) {
    Settings with_service = settings();
    with_service.messaging_service_sid = "MG0123456789abcdef0123456789abcdef";
    use(with_service);
    const TimePoint start = real_now();
    EXPECT_EQ(send("Hi").verdict, Verdict::sent);
    EXPECT_THAT(texts(records(around(start, start + 1min))), ElementsAre("Hi"));
    EXPECT_THAT(provider.lists().at(0), Not(HasSubstr("From=")));
}

TEST_F(TwilioRecordsTest, AreReadPageByPageDownToTheTimeAskedForAndNoFurther) {
    for (int i = 0; i < 250; ++i) remember(noon - 1h, "old");
    for (int i = 0; i < 250; ++i) remember(noon + i * 1s, std::to_string(i));
    const auto found = records_of_noon();
    ASSERT_THAT(found, SizeIs(250));
    EXPECT_EQ(found.front().text.reveal(), "0");
    EXPECT_EQ(found.back().text.reveal(), "249");
    EXPECT_THAT(provider.lists(), SizeIs(3));
}

TEST_F(TwilioRecordsTest, HaveNoTextOfAMessageOfMediaAlone) {
    const std::string rest =
        R"("sid":"MM11111111111111111111111111111111","to":"+17735550123",)"
        R"("direction":"outbound-api","date_created":"Tue, 03 Feb 2026 12:00:00 +0000"})";
    for (const char* body : {R"({"body":"",)", R"({"body":null,)"}) {
        answer_with(body + rest);
        EXPECT_THAT(texts(records_of_noon()), ElementsAre("")) << body;
    }
}

TEST_F(TwilioRecordsTest, CountAMessageOnceThatTwoPagesShow) {
    remember(noon, "Hi");
    const std::string message = R"({"sid":")" + provider.accepted().at(0).sid + R"(","to":")" + recipient +
                                R"(","body":"Hi","direction":"outbound-api",)" +
                                R"("date_created":"Tue, 03 Feb 2026 12:00:00 +0000"})";
    answer_with(message, R"("/2010-04-01/Accounts/)" + provider.settings().account_sid +
                             R"(/Messages.json?To=%2B17735550123")");
    EXPECT_THAT(records_of_noon(), SizeIs(1));
    EXPECT_THAT(provider.lists(), SizeIs(2));
}

TEST_F(TwilioRecordsTest, FindARecipientThatWasWrittenWithSpacesAndSigns) {
    remember(noon, "Hi");
    EXPECT_THAT(texts(records(around(noon, noon, "+1 (773) 555-0123"))), ElementsAre("Hi"));
}

TEST_F(TwilioRecordsTest, CannotBeHadOfARecipientWhomTwilioCompletes) {
    EXPECT_EQ(refused(around(noon, noon, "773 555 0123")),
              "they are kept by international number, and the destination is none");
    EXPECT_THAT(provider.lists(), IsEmpty());
}

TEST_F(TwilioRecordsTest, ARefusalIsSaidInOurOwnWords) {
    const auto refusal = [](int code) {
        return R"({"code":)" + std::to_string(code) + R"(,"message":"Not +17735550123","status":400})";
    };
    answer(refusal(20429), 429);
    EXPECT_EQ(refused(), "too many concurrent requests, code 20429");
    answer(refusal(20001), 400);
    EXPECT_EQ(refused(), "request refused, code 20001");
    answer("<html>+17735550123</html>", 503);
    EXPECT_EQ(refused(), "server error, status 503");
    answer("", 204);
    EXPECT_EQ(refused(), "an answer that makes no sense, status 204");
    Settings wrong = settings();
    wrong.auth_token = Secret("wrong");
    use(wrong);
    EXPECT_EQ(refused(), "authentication failed, code 20003");
}

TEST_F(TwilioRecordsTest, ARedirectIsNotFollowed) {
    ServerAnswer moved;
    moved.status = 302;
    moved.headers = {{"Location", provider.base_url() + "/2010-04-01/elsewhere"}};
    provider.next_list(std::move(moved));
    EXPECT_EQ(refused(), "base_url is redirected, status 302");
    EXPECT_THAT(provider.lists(), SizeIs(1));
}

TEST_F(TwilioRecordsTest, CannotBeHadWithoutAWholeAnswer) {
    for (const char* bytes :
         {"", "\x16\x03 no HTTP\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"}) {
        ServerAnswer answer;
        answer.raw = bytes;
        provider.next_list(std::move(answer));
        EXPECT_THAT(refused(), Not(IsEmpty()));
    }
    Settings nowhere = settings();
    nowhere.base_url = "http://127.0.0.1:1";
    use(nowhere);
    EXPECT_THAT(refused(), Not(IsEmpty()));
}

TEST_F(TwilioRecordsTest, CannotBeHadFromWhatIsNoList) {
    for (const char* body : {"", "{", "[]", "{}", R"({"messages":{},"next_page_uri":null})",
                             R"({"messages":[1],"next_page_uri":null})"}) {
        answer(body);
        EXPECT_EQ(refused(), "the answer cannot be read") << body;
    }
    answer(R"({"messages":[]})");
    EXPECT_EQ(refused(), "a page does not say what comes next");
}

TEST_F(TwilioRecordsTest, ARecordThatCannotBeReadIsNotPassedOver) {
    const std::string sid = R"("sid":"SM11111111111111111111111111111111")";
    const std::string date = R"("date_created":"Tue, 03 Feb 2026 12:00:00 +0000")";
    const std::string to = R"("to":"+17735550123","direction":"outbound-api")";
    answer_with("{" + sid + "," + to + R"(,"body":"Hi","date_created":"soon"})");
    EXPECT_EQ(refused(), "the date of one cannot be read");
    answer_with("{" + sid + "," + to + R"(,"body":"Hi","date_created":null})");
    EXPECT_EQ(refused(), "one has no date_created");
    answer_with("{" + sid + "," + to + "," + date + "}");
    EXPECT_EQ(refused(), "one has no body");
    answer_with("{" + to + "," + date + R"(,"body":"Hi","sid":"MG11111111111111111111111111111111"})");
    EXPECT_EQ(refused(), "one has no sound sid");
}

TEST_F(TwilioRecordsTest, NoPageIsAskedForElsewhere) {
    const std::string path = "/2010-04-01/Accounts/" + provider.settings().account_sid + "/Messages.json";
    for (const std::string& next :
         {std::string("https://other.example") + path + "?Page=1", "//other.example" + path + "?Page=1",
          "@other.example" + path + "?Page=1", ".other.example" + path + "?Page=1",
          std::string("/other?Page=1"), path + "?Page=1 HTTP/1.1", path + "?Page=\\r\\n1", std::string()}) {
        answer_with("", '"' + next + '"');
        EXPECT_EQ(refused(), "the next page is elsewhere") << next;
    }
    answer_with("", "7");
    EXPECT_EQ(refused(), "the next page is elsewhere");
    EXPECT_THAT(provider.lists(), SizeIs(9));
    answer_with("", '"' + provider.base_url() + path + R"(?PageSize=100")");
    EXPECT_THAT(records_of_noon(), IsEmpty()) << "whole, but below base_url";
}

TEST_F(TwilioRecordsTest, AreGivenUpWherePagesFollowEachOtherWithoutEnd) {
    const std::string path = "/2010-04-01/Accounts/" + provider.settings().account_sid + "/Messages.json";
    for (int i = 0; i < pages_max; ++i) answer_with("", '"' + path + R"(?PageSize=100")");
    EXPECT_EQ(refused(), "there are too many");
    EXPECT_THAT(provider.lists(), SizeIs(pages_max));
}

TEST_F(TwilioRecordsTest, AWaitForThemCanBeCancelled) {
    TaskGroup asks(io.get_executor());
    std::optional<std::vector<ProviderRecord>> found;
    asks.spawn("ask", keep(transport->records(around(noon, noon)), found));
    io.restart();
    io.poll();
    asks.cancel();
    ASSERT_TRUE(run_until([&] { return asks.size() == 0; }));
    EXPECT_FALSE(found);
    EXPECT_THAT(records(around(noon, noon)), IsEmpty());
}

struct LaggingRecordsTest : TwilioRecordsTest {
    LaggingRecordsTest() : TwilioRecordsTest({.list_lag = std::chrono::hours{1}}) {}
};

TEST_F(LaggingRecordsTest, DoNotShowWhatTwilioDoesNotListYet) {
    const TimePoint start = real_now();
    EXPECT_EQ(send("Hi").verdict, Verdict::sent);
    EXPECT_THAT(records(around(start, start + 1min)), IsEmpty());
}

}  // namespace
}  // namespace postrider::twilio
