// A provider that refuses, throttles, fails, hangs or is not there.
#include "tests/system/system_test.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

#include <map>

namespace postrider::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using namespace std::chrono_literals;

using Manner = TwilioBehaviour::Manner;

/// A port of 127.0.0.1 that is taken, and where nobody listens.
class RefusingPort {
public:
    std::uint16_t number() const { return socket_.local_endpoint().port(); }

private:
    using Tcp = boost::asio::ip::tcp;
    boost::asio::io_context io_;
    Tcp::socket socket_{io_, Tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
};

class Provider : public SystemTest {
protected:
    std::string with_token(const std::string& token) {
        return configuration(site.url(), twilio_channel(twilio.base_url(), "", token));
    }
};

TEST_F(Provider, WrongCredentialsStopTheChannelAndAReloadWithRightOnesSendsWhatWaited) {
    DaemonProcess daemon(with_token("wrong-token"));
    const auto ids = site.insert_all({{}, {.destination = "+13125550102"}});
    ASSERT_TRUE(daemon.wait_for_log("channel stopped")) << daemon.log();
    ASSERT_TRUE(daemon.wait_for_status("CRITICAL channel sms: stopped: authentication failed"))
        << daemon.status().body;
    const HttpPage page = daemon.status();
    EXPECT_EQ(page.status, 503);
    EXPECT_THAT(page.first_line(),
                AllOf(StartsWith("POSTRIDER CRITICAL - "), HasSubstr("authentication failed")));
    for (MessageId id : ids) EXPECT_TRUE(site.row(id).waits());

    ASSERT_TRUE(daemon.reload(with_token("imitated-token")));
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    for (MessageId id : ids) EXPECT_TRUE(site.row(id).ended_well());
    EXPECT_THAT(twilio.accepted(), SizeIs(2));
    EXPECT_TRUE(daemon.wait_for_status("POSTRIDER OK")) << daemon.status().body;
    EXPECT_THAT(daemon.log(), Not(HasSubstr("wrong-token")));
}

TEST_F(Provider, IsToldWhereItsReportsGoWithTheAttemptOfTheJournal) {
    DaemonProcess daemon(config("    status_callback: https://site.example.org/status?of=sms\n"));
    const MessageId id = site.insert();
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    ASSERT_THAT(twilio.accepted(), SizeIs(1));
    EXPECT_EQ(twilio.accepted()[0].status_callback,
              "https://site.example.org/status?of=sms&attempt=" +
                  site.value("select id from postrider.attempt_history"));
}

TEST_F(Provider, AskedToSlowDownItWaitsAsLongAsAskedAndSendsOnce) {
    TwilioBehaviour busy = TwilioBehaviour::refuse(429, 20429, "Too Many Requests");
    busy.headers = {{"Retry-After", "2"}};
    twilio.next(busy);
    DaemonProcess daemon(config());
    const MessageId id = site.insert();
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).ended_well());
    ASSERT_THAT(twilio.refused(), SizeIs(1));
    ASSERT_THAT(twilio.accepted(), SizeIs(1));
    EXPECT_GE(twilio.accepted()[0].arrived - twilio.refused()[0].arrived, 2s);
    EXPECT_TRUE(daemon.log_says("provider asks to slow down"));
}

TEST_F(Provider, WhatTheProviderMayHaveAcceptedIsLookedUpAndAcceptedOnce) {
    DaemonProcess daemon(config("    reconcile_after: 1s\n"));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const std::vector<TwilioBehaviour> losses{TwilioBehaviour::refuse(500, 20500, "Internal error"),
                                              TwilioBehaviour::refuse(503, 0, "<html>unavailable</html>"),
                                              TwilioBehaviour::lose_answer(Manner::close_before, true),
                                              TwilioBehaviour::lose_answer(Manner::close_amid, true),
                                              TwilioBehaviour::lose_answer(Manner::garbage, true)};
    int number = 0;
    for (const TwilioBehaviour& loss : losses) {
        twilio.next(loss);
        const MessageId id = site.insert({.destination = fmt::format("+1312555020{}", ++number)});
        ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
        EXPECT_TRUE(site.row(id).ended_well()) << number;
    }
    const MessageId last = site.insert({.message = "all is well again"});
    ASSERT_TRUE(site.wait_for_end(last)) << daemon.log();
    EXPECT_TRUE(site.row(last).ended_well());
    EXPECT_THAT(twilio.refused(), SizeIs(2));
    EXPECT_THAT(twilio.accepted(), SizeIs(6));
}

TEST_F(Provider, AlsoWithOnDoubtResendItsRecordsAreAskedFirst) {
    twilio.next(TwilioBehaviour::lose_answer(Manner::close_before, true));
    DaemonProcess daemon(config("    on_doubt: resend\n"));
    const MessageId id = site.insert();
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).ended_well());
    EXPECT_THAT(twilio.accepted(), SizeIs(1));
}

TEST_F(Provider, ReusedConnectionsThatDieBringNoMessageTwice) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    std::vector<NewRow> rows;
    for (int i = 0; i < 40; ++i) {
        rows.push_back(
            {.destination = fmt::format("+131255503{:02}", i), .message = fmt::format("message {}", i)});
        twilio.next(i % 4 == 3 ? TwilioBehaviour::lose_answer(Manner::close_before, true)
                               : TwilioBehaviour());
    }
    site.insert_all(rows);
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    std::map<std::string, int> times;
    for (const std::string& text : all_texts()) ++times[text];
    for (const auto& [text, count] : times) EXPECT_EQ(count, 1) << text;
    EXPECT_EQ(times.size(), 40u);
    EXPECT_EQ(site.number("select count(*) from simple_messaging_outgoingmessage where errored"), 0);
}

TEST_F(Provider, WhereNobodyListensTheMessageIsTriedAgainUntilSomebodyDoes) {
    const RefusingPort port;
    const std::string refusing = fmt::format("http://127.0.0.1:{}", port.number());
    DaemonProcess daemon(configuration(site.url(), twilio_channel(refusing)));
    const MessageId id = site.insert();
    ASSERT_TRUE(daemon.wait_for_log("message waits for another try")) << daemon.log();
    EXPECT_TRUE(site.row(id).waits());
    ASSERT_TRUE(daemon.reload(config()));
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).ended_well());
    EXPECT_THAT(twilio.accepted(), SizeIs(1));
    EXPECT_GE(site.number("select count(*) from postrider.attempt_history where verdict = 'deferred'"), 1);
}

TEST_F(Provider, OneThatHangsCostsTheMessageADoubtAfterItsTimeOutAndHoldsUpNobodyElse) {
    TwilioBehaviour hang;
    hang.manner = Manner::hang;
    hang.accepts = false;
    twilio.next(hang);
    DaemonProcess daemon(config("    reconcile_after: 1s\n"));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const MessageId stuck = site.insert();
    ASSERT_TRUE(twilio.wait_for_requests(1, patience));
    const MessageId other = site.insert({.destination = "+13125550102", .message = "another conversation"});
    const MessageId next = site.insert({.message = "the same conversation"});
    ASSERT_TRUE(site.wait_for_end(other)) << daemon.log();
    EXPECT_TRUE(site.row(other).ended_well());
    EXPECT_TRUE(site.row(stuck).waits());
    ASSERT_TRUE(site.wait_for_end(stuck)) << daemon.log();
    EXPECT_TRUE(site.row(stuck).ended_well());
    ASSERT_TRUE(site.wait_for_end(next)) << daemon.log();
    EXPECT_THAT(all_texts(),
                ElementsAre("another conversation", site.row(stuck).message, "the same conversation"));
    EXPECT_THAT(twilio.refused(), SizeIs(1));
}

}  // namespace
}  // namespace postrider::testing
