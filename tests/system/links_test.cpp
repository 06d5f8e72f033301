// Links that are made short on their way, by a service of the site's.
#include "lib/text/json_object.h"
#include "tests/support/form_parser.h"
#include "tests/support/server_thread.h"
#include "tests/system/system_test.h"

#include <fmt/format.h>

#include <atomic>

namespace postrider::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Links : public SystemTest {
protected:
    std::string config_with_links() {
        return config("", fmt::format("shorten_links:\n  create_url: {}/create.json\n  signing_key: \"{}\"\n",
                                      service.url(), std::string(64, 'a')));
    }

    std::atomic<bool> works = true;
    ServerThread service{[this](ServerRequest request) -> Task<ServerAnswer> {
        ServerAnswer answer;
        if (!works) {
            answer.status = 500;
            co_return answer;
        }
        const auto fields = parse_form(request.body).value();
        // As short as the link is long: the same link, the same answer.
        answer.body =
            fmt::format(R"({{"short_url": "https://go.example.org/{}"}})", field_value(fields, "url").size());
        co_return answer;
    }};
};

TEST_F(Links, LeaveShortAndTheRowSaysWhichTheyWere) {
    DaemonProcess daemon(config_with_links());
    const MessageId id = site.insert({.message = "Survey: https://example.org/survey?id=12."});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_THAT(all_texts(), ElementsAre("Survey: https://go.example.org/32."));
    EXPECT_EQ(site.row(id).message, "Survey: https://go.example.org/32.");
    EXPECT_EQ(
        site.value(fmt::format("select transmission_metadata::jsonb -> 'url_mappings' ->> "
                               "'https://example.org/survey?id=12' from simple_messaging_outgoingmessage "
                               "where id = {}",
                               id)),
        "https://go.example.org/32");
}

TEST_F(Links, AreMadeShortByBitlyWithItsToken) {
    std::string token;
    ServerThread bitly{[&](ServerRequest request) -> Task<ServerAnswer> {
        token = request.header("authorization");
        ServerAnswer answer;
        answer.status = 201;
        answer.body = R"({"link": "https://bit.ly/3xAmPlE", "id": "bit.ly/3xAmPlE"})";
        co_return answer;
    }};
    DaemonProcess daemon(
        config("", fmt::format("shorten_links: {{ bitly_token: t0ken, bitly_url: \"{}\" }}\n", bitly.url())));
    const MessageId id = site.insert({.message = "Survey: https://example.org/survey?id=12"});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_THAT(all_texts(), ElementsAre("Survey: https://bit.ly/3xAmPlE"));
    EXPECT_EQ(token, "Bearer t0ken");
}

TEST_F(Links, LeaveLongWhereNobodyMakesThemShort) {
    works = false;
    DaemonProcess daemon(config_with_links());
    const MessageId id = site.insert({.message = "https://example.org/survey"});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_THAT(all_texts(), ElementsAre("https://example.org/survey"));
    EXPECT_THAT(daemon.log(), HasSubstr("a link could not be shortened"));
    EXPECT_THAT(daemon.log(), ::testing::Not(HasSubstr("example.org")));
}

TEST_F(Links, AreNoReasonForAnyOtherMessageToWait) {
    // The service answers only once the other message has arrived.
    ServerThread slow{[this](ServerRequest) -> Task<ServerAnswer> {
        twilio.wait_for_accepted(1, patience);
        ServerAnswer answer;
        answer.body = R"({"short_url": "https://go.example.org/1"})";
        co_return answer;
    }};
    DaemonProcess daemon(config("    concurrency: 2\n",
                                fmt::format("shorten_links:\n  create_url: {}/c\n  signing_key: \"{}\"\n",
                                            slow.url(), std::string(64, 'a'))));
    site.insert_all({{.destination = "+13125550101", .message = "https://example.org/survey"},
                     {.destination = "+13125550102", .message = "hello"}});
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    EXPECT_EQ(all_texts().at(0), "hello");
}

}  // namespace
}  // namespace postrider::testing
