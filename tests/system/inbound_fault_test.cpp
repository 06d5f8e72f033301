// Webhooks by the thousand while their database and their daemon die.
#include "lib/net/http_client.h"
#include "tests/system/folder.h"
#include "tests/system/inbound_test.h"
#include "tests/system/tiny_disk.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <signal.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;

class InboundFault : public InboundTest {
protected:
    static constexpr int webhooks = 10000;
    static constexpr int clients = 16;
    static constexpr int tries_max = 400;

    /// Posts every `clients`th webhook from `first` on, each until it is answered with 2xx.
    void post_share(int first) {
        boost::asio::io_context io{1};
        const auto http = make_http_client(io.get_executor());
        for (int number = first; number < webhooks; number += clients) {
            const SignedWebhook made =
                sign_as_twilio(std::string(public_url) + "/incoming",
                               incoming(sid(number), "text " + std::to_string(number)), "imitated-token");
            for (int tries = 0; tries < tries_max; ++tries) {
                const int status = post_once(io, *http, made);
                if (status / 100 == 2) {
                    ++answered;
                    break;
                }
                ++put_off;
                std::this_thread::sleep_for(25ms);
            }
        }
    }
    int post_once(boost::asio::io_context& io, HttpClient& http, const SignedWebhook& made) {
        HttpRequest request;
        request.method = "POST";
        request.headers = {{"X-Twilio-Signature", made.signature},
                           {"Content-Type", "application/x-www-form-urlencoded"}};
        request.body = made.body;
        {
            const std::lock_guard lock(mutex);
            request.url = url + "/incoming";
        }
        int status = 0;
        boost::asio::co_spawn(io, http.send(std::move(request)),
                              [&](std::exception_ptr, HttpResult result) { status = result.answer.status; });
        io.restart();
        io.run();
        return status;
    }
    void set_url(const DaemonProcess& daemon) {
        const std::string now = daemon.url();
        const std::lock_guard lock(mutex);
        url = now;
    }
    bool wait_for_answered(int count) {
        return eventually([&] { return answered >= count; }, 120s);
    }

    std::mutex mutex;
    std::string url;
    std::atomic<int> answered{0};
    std::atomic<int> put_off{0};
};

TEST_F(InboundFault, EachWebhookThatWasAnsweredIsStoredExactlyOnce) {
    const Folder spool;
    const std::string settings =
        inbound_config("", "spool: { path: " + (spool.path() / "spool").string() + " }\n");
    auto daemon = std::make_unique<DaemonProcess>(settings);
    ASSERT_TRUE(daemon->wait_until_sending()) << daemon->log();
    set_url(*daemon);
    std::vector<std::thread> threads;
    for (int i = 0; i < clients; ++i) threads.emplace_back([this, i] { post_share(i); });
    EXPECT_TRUE(wait_for_answered(1500));
    {
        const ServerStopped stopped(site.server(), SIGINT);
        const int before = answered;
        EXPECT_TRUE(wait_for_answered(before + 500)) << "the spool takes them\n" << daemon->log();
    }
    EXPECT_TRUE(wait_for_answered(5000)) << daemon->log();
    daemon->kill();
    daemon = std::make_unique<DaemonProcess>(settings);
    ASSERT_TRUE(daemon->wait_until_sending()) << daemon->log();
    set_url(*daemon);
    EXPECT_TRUE(wait_for_answered(7000)) << daemon->log();
    {
        const ServerStopped stopped(site.server(), SIGQUIT);
        const int before = answered;
        EXPECT_TRUE(wait_for_answered(before + 500)) << daemon->log();
    }
    for (std::thread& each : threads) each.join();
    EXPECT_EQ(answered, webhooks);
    EXPECT_TRUE(daemon->wait_for_status("webhooks go into the database")) << daemon->status().body;
    EXPECT_EQ(incoming_rows(), webhooks);
    EXPECT_EQ(site.number("select count(distinct message) from simple_messaging_incomingmessage"), webhooks);
    RecordProperty("put_off", put_off);
}

TEST_F(InboundFault, ADatabaseThatHangsIsNotWaitedForLongerThanAProviderWaits) {
    DaemonProcess daemon(inbound_config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const auto locked = std::make_unique<HeldTransaction>(
        site, "lock table simple_messaging_incomingmessage in access exclusive mode");
    EXPECT_EQ(post(daemon, incoming(sid(1), "first")).status, 200);
    EXPECT_EQ(post(daemon, incoming(sid(2), "second")).status, 200);
    EXPECT_TRUE(daemon.wait_for_status("wait in the spool")) << daemon.status().body;
    locked->commit();
    EXPECT_TRUE(daemon.wait_for_status("webhooks go into the database")) << daemon.status().body;
    EXPECT_EQ(site.value("select string_agg(message, ' ' order by id) from simple_messaging_incomingmessage"),
              "first second");
}

TEST_F(InboundFault, StartedWhileTheDatabaseIsAwayItTakesWebhooksAllTheSame) {
    const Folder spool;
    const std::string settings = inbound_config(
        "", "switchboard: false\nspool: { path: " + (spool.path() / "spool").string() + " }\n");
    {
        DaemonProcess before(settings);
        ASSERT_TRUE(before.wait_until_sending()) << before.log();
    }
    std::optional<DaemonProcess> daemon;
    {
        const ServerStopped stopped(site.server(), SIGINT);
        daemon.emplace(settings);
        ASSERT_TRUE(daemon->wait_until_listening()) << daemon->log();
        EXPECT_EQ(post(*daemon, incoming(sid(1), "first")).status, 200) << daemon->log();
        EXPECT_EQ(post(*daemon, incoming(sid(1), "first")).status, 200);
        EXPECT_EQ(post(*daemon, incoming(sid(2), "forged"), "/incoming", "another-token").status, 403);
        EXPECT_TRUE(daemon->status().says("wait in the spool")) << daemon->status().body;
    }
    EXPECT_TRUE(daemon->wait_for_status("webhooks go into the database")) << daemon->status().body;
    EXPECT_TRUE(eventually([&] { return incoming_rows() == 1; })) << daemon->log();
    EXPECT_EQ(post(*daemon, incoming(sid(3), "after it")).status, 200);
    EXPECT_TRUE(eventually([&] { return incoming_rows() == 2; })) << daemon->log();
    EXPECT_EQ(
        site.value("select string_agg(message, ', ' order by id) from simple_messaging_incomingmessage"),
        "first, after it");
}

TEST_F(InboundFault, WhatMayBeForAChannelThatOnlyTheDatabaseKnowsIsToComeAgain) {
    const Folder spool;
    const std::string settings =
        inbound_config("", "spool: { path: " + (spool.path() / "spool").string() + " }\n");
    {
        DaemonProcess before(settings);
        ASSERT_TRUE(before.wait_until_sending()) << before.log();
    }
    const ServerStopped stopped(site.server(), SIGINT);
    DaemonProcess daemon(settings);
    ASSERT_TRUE(daemon.wait_until_listening()) << daemon.log();
    EXPECT_EQ(post(daemon, incoming(sid(1), "ours")).status, 200) << daemon.log();
    EXPECT_EQ(post(daemon, incoming(sid(2), "whose?"), "/incoming", "another-token").status, 503);
    EXPECT_EQ(post(daemon, incoming(sid(3), "whose?"), "/incoming/of-the-site").status, 503);
}

TEST_F(InboundFault, ToldToStopWhileTheDatabaseIsAwayItKeepsWhatItHasTaken) {
    const Folder spool;
    const std::string settings =
        inbound_config("", "spool: { path: " + (spool.path() / "spool").string() + " }\n");
    {
        DaemonProcess before(settings);
        ASSERT_TRUE(before.wait_until_sending()) << before.log();
    }
    {
        const ServerStopped stopped(site.server(), SIGINT);
        DaemonProcess daemon(settings);
        ASSERT_TRUE(daemon.wait_until_listening()) << daemon.log();
        EXPECT_EQ(post(daemon, incoming(sid(1), "kept")).status, 200) << daemon.log();
        EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    }
    DaemonProcess next(settings);
    EXPECT_TRUE(eventually([&] { return incoming_rows() == 1; })) << next.log();
}

TEST_F(InboundFault, ReloadedWhileTheDatabaseIsAwayItLooksForTheOneThatItStartedWith) {
    const std::string settings = inbound_config();
    std::string other = settings;
    other.replace(other.find(site.url()), site.url().size(), "host=/nowhere dbname=other");
    std::optional<DaemonProcess> daemon;
    {
        const ServerStopped stopped(site.server(), SIGINT);
        daemon.emplace(settings);
        ASSERT_TRUE(daemon->wait_until_listening()) << daemon->log();
        ASSERT_TRUE(daemon->reload(other)) << daemon->log();
    }
    ASSERT_TRUE(daemon->wait_until_sending()) << daemon->log();
    EXPECT_TRUE(daemon->status().says("restart")) << daemon->status().body;
    EXPECT_EQ(post(*daemon, incoming(sid(1), "to the one it has")).status, 200);
    EXPECT_EQ(incoming_rows(), 1);
}

TEST_F(InboundFault, WhereNoDaemonHasFoundTheDatabaseYetWebhooksAreToComeAgain) {
    const Folder spool;
    const ServerStopped stopped(site.server(), SIGINT);
    DaemonProcess daemon(inbound_config("", "spool: { path: " + (spool.path() / "spool").string() + " }\n"));
    ASSERT_TRUE(daemon.wait_until_listening()) << daemon.log();
    EXPECT_EQ(post(daemon, incoming(sid(1), "first")).status, 503);
}

TEST_F(InboundFault, WhatComesInAsADaemonStartsIsAnsweredByItsDatabase) {
    site.execute(
        "insert into simple_messaging_blockedsender (sender, blocked) values ('+17735550123', now())");
    DaemonProcess daemon(inbound_config());
    ASSERT_TRUE(daemon.wait_until_listening()) << daemon.log();
    EXPECT_EQ(post(daemon, incoming(sid(1), "of a blocked sender")).status, 200);
    EXPECT_EQ(post(daemon, incoming(sid(2), "of another", "+17735550124")).status, 200);
    EXPECT_EQ(incoming_value("message"), "of another");
    EXPECT_EQ(incoming_rows(), 1);
}

TEST_F(InboundFault, WithTheDatabaseAwayAFullDiskIsSaidAndNotLiedAbout) {
    const TinyDisk disk;
    if (!disk.mounted()) GTEST_SKIP() << "mounting a file system of its own takes root";
    DaemonProcess daemon(inbound_config("", "spool: { path: " + (disk.path() / "spool").string() + " }\n"));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    {
        const ServerStopped stopped(site.server(), SIGINT);
        EXPECT_EQ(post(daemon, incoming(sid(1), "kept")).status, 200);
        disk.fill();
        const std::string large(300000, 'x');
        HttpPage refused;
        for (int i = 2; i < 20 && refused.status != 503; ++i) refused = post(daemon, incoming(sid(i), large));
        EXPECT_EQ(refused.status, 503);
        EXPECT_TRUE(daemon.status().says("webhooks are answered 503")) << daemon.status().body;
        disk.empty();
    }
    ASSERT_TRUE(eventually([&] { return incoming_rows("message = 'kept'") == 1; })) << daemon.log();
    EXPECT_EQ(post(daemon, incoming(sid(30), "again")).status, 200);
    // By way of the spool, while what came before is still there.
    EXPECT_TRUE(eventually([&] { return incoming_rows("message = 'again'") == 1; })) << daemon.status().body;
}

}  // namespace
}  // namespace postrider::testing
