// Applications are told of what comes in: each once at least, in order, whatever fails.
#include "lib/async/deadline.h"
#include "tests/support/free_port.h"
#include "tests/support/server_thread.h"
#include "tests/system/inbound_test.h"

#include <boost/json/parse.hpp>
#include <signal.h>

#include <atomic>
#include <mutex>
#include <set>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
namespace json = boost::json;

constexpr const char* secret = "whsec_aEpfk2t4T+F6958AVNDdcrS2gYvuJKxG";

/// What an application got, and whether it acknowledged it.
struct Told {
    std::string webhook_id;
    json::object body;
    bool acknowledged = false;

    std::string text() const { return std::string(body.at("data").at("message").as_string()); }
    std::string sender() const { return std::string(body.at("data").at("sender").as_string()); }
};

class Forwarding : public InboundTest {
protected:
    std::string forward_config(const std::string& more = "", const std::string& top = "") {
        return inbound_config("", fmt::format("forward:\n  - name: app\n    url: {}/hook\n    secret: {}\n"
                                              "    allow_private: true\n{}{}",
                                              application.url(), secret, more, top));
    }
    Task<ServerAnswer> receive(ServerRequest request) {
        ServerAnswer answer;
        const std::lock_guard lock(mutex);
        Told one{std::string(request.header("webhook-id")), json::parse(request.body).as_object()};
        const int number = static_cast<int>(told.size());
        const int tries = ++tries_of[one.webhook_id];
        // As it fails: with a status, or without a word.
        if (tries <= failures_max && fails(number)) {
            answer.status = 500;
            if (number % 4 == 1) answer.raw = "";
        } else {
            one.acknowledged = true;
            answer.status = reply.empty() ? 204 : 200;
            answer.body = reply;
        }
        told.push_back(std::move(one));
        co_return answer;
    }
    std::vector<Told> all_told() {
        const std::lock_guard lock(mutex);
        return told;
    }
    std::vector<std::string> acknowledged_texts() {
        std::vector<std::string> texts;
        for (const Told& each : all_told()) {
            if (each.acknowledged) texts.push_back(each.text());
        }
        return texts;
    }
    bool all_forwarded() {
        return eventually([&] { return site.number("select count(*) from postrider.forward") == 0; }, 120s);
    }

    std::mutex mutex;
    std::vector<Told> told;
    std::map<std::string, int> tries_of;
    std::string reply;     // with each acknowledgement
    int failures_max = 6;  // of one webhook: else chance has one wait for minutes
    std::function<bool(int)> fails = [](int) { return false; };
    ServerThread application{[this](ServerRequest request) { return receive(std::move(request)); }};
};

TEST_F(Forwarding, AReplyAndAReportAreToldOnceThoughTheyComeTwice) {
    DaemonProcess daemon(forward_config("    events: [message.received, message.report]\n"));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const MessageId sent = site.insert();
    ASSERT_TRUE(site.wait_for_end(sent)) << daemon.log();
    const std::string provider_id = twilio.accepted().at(0).sid;
    for (int twice = 0; twice < 2; ++twice) {
        EXPECT_EQ(post(daemon, incoming(sid(1), "See you")).status, 200);
        EXPECT_EQ(post(daemon, report(provider_id, "delivered"), "/reports/sms").status / 100, 2);
    }
    ASSERT_TRUE(eventually([&] { return all_told().size() >= 2; })) << daemon.status().body;
    ASSERT_TRUE(all_forwarded());
    json::object received, reported;
    for (const Told& each : all_told())
        (each.body.at("type").as_string() == "message.report" ? reported : received) =
            each.body.at("data").as_object();
    ASSERT_THAT(all_told(), SizeIs(2));
    EXPECT_EQ(received.at("message").as_string(), "See you");
    EXPECT_EQ(received.at("sender").as_string(), person);
    EXPECT_EQ(received.at("channel").as_string(), "sms");
    EXPECT_EQ(received.at("id").as_int64(), site.number("select id from simple_messaging_incomingmessage"));
    EXPECT_EQ(reported.at("id").as_int64(), sent);
    EXPECT_EQ(reported.at("state").as_string(), "delivered");
    EXPECT_EQ(reported.at("provider_id").as_string(), provider_id);
    EXPECT_THAT(daemon.status().body, HasSubstr("OK forward app: 0 wait"));
}

TEST_F(Forwarding, AnEncryptedReplyIsToldInTheClearAndItsOutboxHoldsNothingOfIt) {
    fails = [](int number) { return number == 0; };
    DaemonProcess daemon(
        forward_config("    retry_first: 1h\n",
                       "encryption:\n  secret_key: a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=\n  encrypt: "
                       "[addresses, text]\n"));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    post(daemon, incoming(sid(1), "a private matter"));
    ASSERT_TRUE(eventually([&] { return all_told().size() == 1; })) << daemon.log();
    EXPECT_EQ(all_told()[0].text(), "a private matter");
    EXPECT_EQ(all_told()[0].sender(), person);
    EXPECT_TRUE(site.wait_for("select count(*) = 1 from postrider.forward where tries = 1"));
    const std::string tables = site.dump_all_tables();
    EXPECT_EQ(tables.find("private matter"), std::string::npos);
    EXPECT_EQ(tables.find(std::string(person).substr(1)), std::string::npos);
}

TEST_F(Forwarding, WhatIsGivenUpIsOnTheStatusAndToldAgainUnderItsOldNameWhenAnOperatorSaysSo) {
    std::atomic<bool> failing{true};
    fails = [&](int) { return failing.load(); };
    DaemonProcess daemon(forward_config("    expire_after: 1s\n    retry_first: 1s\n"));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    post(daemon, incoming(sid(1), "See you"));
    ASSERT_TRUE(daemon.wait_for_status("1 were given up: `postrider forwards list`")) << daemon.status().body;
    const auto run = [&](std::vector<std::string> more) {
        std::vector<std::string> command{POSTRIDER_BINARY, "forwards"};
        command.insert(command.end(), more.begin(), more.end());
        command.insert(command.end(), {"-c", daemon.config_file()});
        return run_program(command);
    };
    failing = false;
    const Ran listed = run({"list", "--state", "dead", "--json"});
    ASSERT_EQ(listed.exit_code, 0) << listed.err;
    const auto row = json::parse(listed.out).as_array().at(0).as_object();
    EXPECT_FALSE(row.at("reason").as_string().empty());
    EXPECT_EQ(run({"redrive"}).exit_code, 2) << "which ones?";
    EXPECT_THAT(run({"redrive", std::to_string(row.at("id").as_int64())}).out, HasSubstr("1 will be told"));
    ASSERT_TRUE(all_forwarded()) << daemon.status().body;
    EXPECT_TRUE(all_told().back().acknowledged);
    EXPECT_EQ(all_told().front().webhook_id, all_told().back().webhook_id);
    EXPECT_EQ(run({"redrive", "999999"}).exit_code, 1);
    EXPECT_EQ(run({"discard", "--all"}).exit_code, 0);
}

TEST_F(Forwarding, WhatTheApplicationRepliesAnswersTheWebhookAndItsReplay) {
    reply = R"({"replies": ["Thanks & bye", "2"]})";
    DaemonProcess daemon(
        forward_config("    reply_within: 8s\n",
                       "encryption:\n  secret_key: a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=\n  encrypt: "
                       "[addresses, text]\n"));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    for (int twice = 0; twice < 2; ++twice) {
        const HttpPage page = post(daemon, incoming(sid(1), "See you"));
        EXPECT_EQ(page.status, 200);
        EXPECT_THAT(page.body, HasSubstr("<Message>Thanks &amp; bye</Message><Message>2</Message>"));
    }
    EXPECT_THAT(all_told(), SizeIs(1)) << "the replay was not asked again";
    EXPECT_EQ(site.number("select count(*) from simple_messaging_outgoingmessage"), 0);
    EXPECT_EQ(site.dump_all_tables().find("Thanks"), std::string::npos) << "texts rest encrypted";
    EXPECT_EQ(post(daemon, incoming(sid(2), "STOP")).body.find("<Message>"), std::string::npos);
}

TEST_F(Forwarding, WhatItRepliesTooLateIsSentAsAMessageOnce) {
    fails = [](int number) { return number == 0; };
    reply = R"({"replies": ["Thanks"]})";
    DaemonProcess daemon(forward_config("    reply_within: 100ms\n    retry_first: 1s\n"));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    EXPECT_EQ(post(daemon, incoming(sid(1), "See you")).body.find("<Message>"), std::string::npos);
    ASSERT_TRUE(eventually([&] { return twilio.accepted().size() == 1; })) << daemon.log();
    EXPECT_EQ(twilio.accepted().at(0).to, person);
    EXPECT_EQ(twilio.accepted().at(0).body, "Thanks");
    EXPECT_EQ(post(daemon, incoming(sid(1), "See you")).body.find("<Message>"), std::string::npos);
    EXPECT_EQ(site.number("select count(*) from simple_messaging_outgoingmessage"), 1);
}

TEST_F(Forwarding, AMessageIsToldAtOnceWhereItsFilesAreNotWaitedFor) {
    const Folder media;
    DaemonProcess daemon(forward_config("    wait_for_media: false\n",
                                        fmt::format("media: {{ root: {} }}\n", media.path().string())));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    Fields fields = incoming(sid(1), "look");
    fields["NumMedia"] = "1";
    fields["MediaUrl0"] = twilio.base_url() + "/nowhere";  // 404: it is asked for again for ten minutes
    fields["MediaContentType0"] = "image/gif";
    EXPECT_EQ(post(daemon, fields).status, 200);
    ASSERT_TRUE(eventually([&] { return !all_told().empty(); })) << daemon.log();
    EXPECT_EQ(all_told()[0].body.at("data").at("media").as_array().at(0).at("state"), "waiting");
}

TEST_F(Forwarding, WhatIsNotAcknowledgedWithinTimeoutComesAgain) {
    ServerThread slow{[this](ServerRequest request) -> Task<ServerAnswer> {
        const bool first = all_told().empty();
        ServerAnswer answer = co_await receive(std::move(request));
        if (first) co_await sleep_for(patience);
        co_return answer;
    }};
    DaemonProcess daemon(inbound_config(
        "",
        fmt::format(
            "forward: [{{ url: \"{}\", secret: {}, allow_private: true, timeout: 1s, retry_first: 1s }}]\n",
            slow.url(), secret)));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    post(daemon, incoming(sid(1), "See you"));
    // By default it would be waited for longer than the test has patience.
    ASSERT_TRUE(eventually([&] { return all_told().size() >= 2; }, 14s)) << daemon.status().body;
}

TEST_F(Forwarding, AReloadAddsAnEndpoint) {
    DaemonProcess daemon(inbound_config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    post(daemon, incoming(sid(1), "before"));
    ASSERT_TRUE(daemon.reload(forward_config()));
    post(daemon, incoming(sid(2), "after"));
    ASSERT_TRUE(eventually([&] { return !all_told().empty(); })) << daemon.log();
    EXPECT_THAT(acknowledged_texts(), ElementsAre("after"));
}

TEST_F(Forwarding, TheExampleOfTheDocumentationTakesThemAndRefusesStrangers) {
    Folder folder;
    const std::uint16_t port = free_port();
    const std::string file = (folder.path() / "told").string();
    const ChildProcess example({"python3", POSTRIDER_SOURCE_DIR "/docs/example-receiver/receiver.py",
                                std::to_string(port), secret, file});
    const std::string url = fmt::format("http://127.0.0.1:{}/", port);
    ASSERT_TRUE(eventually([&] { return http_get(url, {}, "POST", "{}").status == 401; }));
    DaemonProcess daemon(inbound_config(
        "", fmt::format("forward: [{{ url: \"{}\", secret: {}, allow_private: true }}]\n", url, secret)));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    post(daemon, incoming(sid(1), "caf\u00e9"));
    ASSERT_TRUE(eventually([&] { return !contents(file).empty(); })) << daemon.status().body;
    EXPECT_EQ(json::parse(contents(file)).at("data").at("message").as_string(), "caf\u00e9");
}

/// 5,000 of 500 people, while the application fails half the time, PostgreSQL restarts and the daemon is killed.
TEST_F(Forwarding, EachIsAcknowledgedUnderOneNameAndInOrderWhateverFails) {
    constexpr int people = 500;
    constexpr int each = 10;
    fails = [](int number) { return number % 2 == 1; };
    const std::string settings = forward_config("    concurrency: 64\n    retry_first: 100ms\n");
    auto daemon = std::make_unique<DaemonProcess>(settings);
    ASSERT_TRUE(daemon->wait_until_sending()) << daemon->log();
    std::map<std::string, std::vector<std::string>> said;
    int stops = 0;
    for (int number = 0; number < people * each; ++number) {
        const std::string sender = fmt::format("+1773555{:04}", number % people);
        const std::string text = fmt::format("text {}", number);
        said[sender].push_back(text);
        // Until it is answered, as a provider does.
        ASSERT_TRUE(eventually(
            [&] { return post(*daemon, incoming(sid(number), text, sender)).status == 200; }, 60s));
        if (number == 1500 || number == 3000) {
            const ServerStopped stopped(site.server(), ++stops == 1 ? SIGINT : SIGQUIT);
        }
        if (number == 4000) {
            daemon->kill();
            daemon = std::make_unique<DaemonProcess>(settings);
            ASSERT_TRUE(daemon->wait_until_sending()) << daemon->log();
        }
    }
    ASSERT_TRUE(all_forwarded()) << daemon->status().body;
    std::map<std::string, std::vector<std::string>> first;  // by sender, each when it was acknowledged first
    std::map<std::string, std::string> name_of;
    std::set<std::string> acknowledged;
    for (const Told& one : all_told()) {
        const auto [known, is_new] = name_of.emplace(one.text(), one.webhook_id);
        EXPECT_EQ(known->second, one.webhook_id) << one.text() << " has two names";
        if (one.acknowledged && acknowledged.insert(one.text()).second)
            first[one.sender()].push_back(one.text());
    }
    EXPECT_EQ(acknowledged.size(), static_cast<std::size_t>(people * each));
    EXPECT_EQ(first, said) << "in order, and none left out";
    RecordProperty("told", static_cast<int>(all_told().size()));
}

}  // namespace
}  // namespace postrider::testing
