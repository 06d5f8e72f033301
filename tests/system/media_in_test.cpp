// Files that come with messages: fetched once the webhook was answered, by the real daemon.
#include "tests/system/media_in_test.h"

#include "tests/system/tiny_disk.h"

#include <signal.h>

#include <atomic>
#include <fstream>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

using MediaIn = MediaInTest;

TEST_F(MediaIn, AFileIsStoredAfterTheWebhookWasAnsweredWithItsBytesAndWhereTheSiteExpectsIt) {
    std::atomic<bool> answered{false};
    ByteServer provider([&](const std::string& path, Connection& connection) {
        while (!answered && connection.pause(10ms)) {
        }
        if (path == "/Media/ME1") return connection.redirect("/cdn/1?signed=yes");
        give_gif(connection);
    });
    DaemonProcess daemon(media_config(provider));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    EXPECT_EQ(post(daemon, with_media(1, {provider.url() + "/Media/ME1"})).status, 200);
    EXPECT_EQ(waiting(), 1);
    EXPECT_EQ(media_value("content_file is null"), "t");
    answered = true;
    ASSERT_TRUE(all_ended()) << daemon.log();
    const std::string name = media_value("content_file");
    EXPECT_THAT(name, MatchesRegex("incoming_message_media/[0-9a-f]{64}\\.gif"));
    EXPECT_LE(name.size(), 100u);
    EXPECT_EQ(media_value("content_type"), "image/gif");
    EXPECT_EQ(contents(root.path() / name), gif);
    EXPECT_EQ(files().size(), 1u);
    EXPECT_THAT(provider.requests().at(0), HasSubstr("Authorization: Basic "));
    EXPECT_TRUE(daemon.wait_for_status("media of replies: 0 to be fetched; since start 1 stored"))
        << daemon.status().body;
}

TEST_F(MediaIn, AProviderThatFailsAtFirstIsAskedAgain) {
    std::atomic<int> asked{0};
    ByteServer provider([&](const std::string&, Connection& connection) {
        const int number = ++asked;
        if (number == 1) return connection.answer(404, "text/plain", "not yet");
        if (number == 2) return connection.answer(503, "text/plain", "not now");
        give_gif(connection);
    });
    DaemonProcess daemon(media_config(provider));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    post(daemon, with_media(1, {provider.url() + "/1"}));
    ASSERT_TRUE(all_ended()) << daemon.log();
    EXPECT_EQ(stored(), 1);
    EXPECT_EQ(asked, 3);
    EXPECT_EQ(errors(), "");
}

TEST_F(MediaIn, NothingInOurOwnNetworkIsReachedByAnAddressANameOrARedirect) {
    ByteServer inside([](const std::string&, Connection& connection) { give_gif(connection); });
    const std::string port = std::to_string(inside.port());
    ByteServer provider([&](const std::string& path, Connection& connection) {
        if (path == "/to-address") return connection.redirect(inside.url() + "/secret");
        if (path == "/to-name") return connection.redirect("https://localhost:" + port + "/secret");
        give_gif(connection);
    });
    // Also where an operator allows a name that leads there.
    DaemonProcess daemon(media_config(provider, "", "    media_hosts: [localhost, inside.localhost]\n"));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const std::vector<std::string> urls{inside.url() + "/secret",
                                        "http://localhost:" + port + "/secret",
                                        "https://localhost:" + port + "/secret",
                                        "https://inside.localhost:" + port + "/secret",
                                        provider.url() + "/to-address",
                                        provider.url() + "/to-name",
                                        "https://api.twilio.com@127.0.0.1:" + port + "/secret",
                                        "http://2130706433:" + port + "/secret",
                                        "http://[::ffff:127.0.0.1]:" + port + "/secret",
                                        "file:///etc/passwd"};
    EXPECT_EQ(post(daemon, with_media(1, urls)).status, 200);
    ASSERT_TRUE(eventually([&] { return failed() == static_cast<long long>(urls.size()); }))
        << daemon.log() << site.value("select string_agg(reason, '; ') from postrider.media_fetch");
    EXPECT_EQ(inside.connections(), 0u);
    EXPECT_EQ(incoming_value("message"), "look");
    const std::string said = errors();
    EXPECT_THAT(said, HasSubstr("it is at a host that files are not fetched from: http://127.0.0.1"));
    EXPECT_THAT(said, HasSubstr("its host leads to an address that is not public"));
    EXPECT_THAT(said,
                HasSubstr("it was sent on to a host that files are not fetched from: http://127.0.0.1"));
    EXPECT_EQ(site.number("select json_array_length(transmission_metadata::json -> 'media_errors') from "
                          "simple_messaging_incomingmessage"),
              static_cast<long long>(urls.size()));
    EXPECT_THAT(incoming_value("transmission_metadata"), HasSubstr("message_channel"));
    EXPECT_TRUE(files().empty());
}

/// The most memory that a process has had, in KB.
long memory_peak(const DaemonProcess& daemon) {
    std::ifstream status("/proc/" + std::to_string(daemon.id()) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
    }
    return 0;
}

TEST_F(MediaIn, AGigabyteIsCutAtTheLimitAndNeverInMemory) {
    std::atomic<std::size_t> sent{0};
    const std::string piece = gif + std::string(65536 - gif.size(), 'x');
    ByteServer provider([&](const std::string& path, Connection& connection) {
        connection.write("HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\n" +
                         std::string(path == "/lies" ? "Content-Length: 1073741824\r\n\r\n"
                                                     : "Connection: close\r\n\r\n"));
        for (int i = 0; i < 16384 && connection.write(piece); ++i) sent += piece.size();
    });
    DaemonProcess daemon(media_config(provider, ", fetch_megabytes_max: 2"));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const long before = memory_peak(daemon);
    post(daemon, with_media(1, {provider.url() + "/endless", provider.url() + "/lies"}));
    ASSERT_TRUE(all_ended()) << daemon.log();
    EXPECT_EQ(failed(), 2);
    EXPECT_THAT(errors(), HasSubstr("it has more than 2 MB"));
    EXPECT_LT(sent, std::size_t{100} << 20);
    EXPECT_LT(memory_peak(daemon) - before, 64 * 1024);
    EXPECT_TRUE(files().empty());
}

TEST_F(MediaIn, AByteNowAndThenHoldsAFetchNoLongerThanItsTime) {
    ByteServer provider([&](const std::string&, Connection& connection) {
        connection.write("HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\nContent-Length: 100000\r\n\r\n");
        while (connection.write("G") && connection.pause(100ms)) {
        }
    });
    DaemonProcess daemon(media_config(provider, ", fetch_timeout: 1s, fetch_expire: 0s"));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    post(daemon, with_media(1, {provider.url() + "/slow"}));
    ASSERT_TRUE(all_ended()) << daemon.log();
    EXPECT_EQ(failed(), 1);
    EXPECT_THAT(errors(), HasSubstr("Timeout was reached"));
    EXPECT_EQ(incoming_rows(), 1);
}

TEST_F(MediaIn, WhatIsNotWhatItIsSaidToBeIsNotStored) {
    ByteServer provider([&](const std::string& path, Connection& connection) {
        const std::string html = "<!DOCTYPE html><html><script>alert(1)</script></html>";
        connection.answer(200, path == "/honest" ? "text/html" : "image/jpeg", html);
    });
    DaemonProcess daemon(media_config(provider));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    post(daemon, with_media(1, {provider.url() + "/lie", provider.url() + "/honest"}, "image/jpeg"));
    ASSERT_TRUE(all_ended()) << daemon.log();
    EXPECT_EQ(failed(), 2);
    EXPECT_THAT(errors(), HasSubstr("it is said to be image/jpeg, and its bytes are text/html"));
    EXPECT_THAT(errors(), HasSubstr("files of type text/html are not taken"));
    EXPECT_TRUE(files().empty());
}

TEST_F(MediaIn, NoAddressMakesAFileOutsideItsFolder) {
    ByteServer provider([](const std::string&, Connection& connection) { give_gif(connection); });
    DaemonProcess daemon(media_config(provider, ", fetch_expire: 0s"));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const std::string at = provider.url();
    const std::vector<std::string> urls{at + "/../../../etc/passwd",
                                        at + "/%2e%2e/%2e%2e/x.php",
                                        at + "/a?name=../../x.exe",
                                        at + "/" + std::string(900, 'a') + ".gif",
                                        at + "/" + std::string(2000, 'b') + ".gif",
                                        at + std::string("/nul\0.gif", 9),
                                        at + "/%00.gif",
                                        at + "/bild-\xc3\xa4.gif",
                                        at + "/bad-\xff.gif",
                                        at + "/.htaccess"};
    EXPECT_EQ(post(daemon, with_media(1, urls)).status, 200);
    ASSERT_TRUE(all_ended()) << daemon.log();
    EXPECT_EQ(stored() + failed(), static_cast<long long>(urls.size())) << "each has its row, and its end";
    EXPECT_GE(stored(), 6);
    EXPECT_THAT(errors(), HasSubstr("its address is too long"));
    EXPECT_EQ(
        site.number("select count(*) from simple_messaging_incomingmessagemedia where content_file <> '' "
                    "and content_file !~ '^incoming_message_media/[0-9a-f]{64}[.]gif$'"),
        0);
    EXPECT_EQ(static_cast<long long>(files().size()), stored());
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(root.path()), {}), 1);
    EXPECT_EQ(incoming_rows(), 1);
}

TEST_F(MediaIn, ADaemonThatIsKilledBetweenFileAndRowLeavesOneFileAndOneRow) {
    ByteServer provider([](const std::string&, Connection& connection) { give_gif(connection); });
    const std::string config = media_config(provider);
    site.execute(
        "create function hold() returns trigger language plpgsql as $$ begin "
        "perform pg_advisory_xact_lock(42); return new; end $$; create trigger hold before update on "
        "simple_messaging_incomingmessagemedia for each row execute function hold()");
    {
        const HeldTransaction held(site, "select pg_advisory_xact_lock(42)");
        DaemonProcess first(config);
        ASSERT_TRUE(first.wait_until_sending()) << first.log();
        EXPECT_EQ(post(first, with_media(1, {provider.url() + "/1"})).status, 200);
        ASSERT_TRUE(
            site.wait_for("select count(*) > 0 from pg_locks where locktype = 'advisory' and not "
                          "granted"))
            << first.log();
        EXPECT_EQ(files().size(), 1u);
        first.kill();
    }
    EXPECT_EQ(waiting(), 1);
    DaemonProcess second(config);
    ASSERT_TRUE(all_ended()) << second.log();
    EXPECT_EQ(stored(), 1);
    EXPECT_EQ(files().size(), 1u);
    EXPECT_EQ(contents(root.path() / media_value("content_file")), gif);
}

TEST_F(MediaIn, TwoDaemonsFetchEachFileOnce) {
    ByteServer provider([](const std::string&, Connection& connection) { give_gif(connection); });
    const std::string config = media_config(provider);
    DaemonProcess one(config);
    DaemonProcess other(config);
    ASSERT_TRUE(one.wait_until_sending()) << one.log();
    ASSERT_TRUE(other.wait_until_sending()) << other.log();
    constexpr int messages = 20;
    for (int i = 0; i < messages; ++i) {
        std::vector<std::string> urls;
        for (int j = 0; j < 5; ++j) urls.push_back(provider.url() + "/" + std::to_string(i * 5 + j));
        post(i % 2 == 0 ? one : other, with_media(i, urls));
    }
    ASSERT_TRUE(all_ended()) << one.log();
    EXPECT_EQ(stored(), messages * 5);
    EXPECT_EQ(provider.requests().size(), std::size_t{messages * 5});
    EXPECT_EQ(files().size(), std::size_t{messages * 5});
}

TEST_F(MediaIn, WhatCameWhileTheDatabaseWasAwayHasItsFilesToo) {
    ByteServer provider([](const std::string&, Connection& connection) { give_gif(connection); });
    DaemonProcess daemon(media_config(provider));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    {
        const ServerStopped away(site.server(), SIGQUIT);
        EXPECT_EQ(post(daemon, with_media(1, {provider.url() + "/1"})).status, 200);
    }
    ASSERT_TRUE(eventually([&] { return incoming_rows() == 1; })) << daemon.log();
    ASSERT_TRUE(all_ended()) << daemon.log();
    EXPECT_EQ(stored(), 1);
}

TEST_F(MediaIn, OnAFullDiskFilesWaitTheStatusSaysSoAndNothingIsLost) {
    const TinyDisk disk;
    if (!disk.mounted()) GTEST_SKIP() << "no disk can be mounted here";
    const std::string large = gif + std::string(1 << 20, '\1');
    ByteServer provider(
        [&](const std::string&, Connection& connection) { connection.answer(200, "image/gif", large); });
    std::string config = media_config(provider, ", fetch_expire: 0s");
    config.replace(config.find(root.path().string()), root.path().string().size(), disk.path().string());
    disk.fill();
    DaemonProcess daemon(config);
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    EXPECT_EQ(post(daemon, with_media(1, {provider.url() + "/1"})).status, 200);
    EXPECT_TRUE(daemon.wait_for_status("they cannot be kept here: ")) << daemon.status().body;
    EXPECT_EQ(failed(), 0);
    disk.empty();
    ASSERT_TRUE(all_ended()) << daemon.log();
    EXPECT_EQ(stored(), 1);
    EXPECT_EQ(contents(disk.path() / media_value("content_file")), large);
}

TEST_F(MediaIn, RowsOfBeforeAndWhatIsNoFileOfAProviderAreLeftAlone) {
    ByteServer provider([](const std::string&, Connection& connection) { give_gif(connection); });
    site.execute(
        "with m as (insert into simple_messaging_incomingmessage (sender, recipient, receive_date, message) "
        "values ('+1', '+2', now() - interval '1 year', 'old') returning id) insert into "
        "simple_messaging_incomingmessagemedia (message_id, \"index\", content_url, content_type) select id, "
        "0, "
        "u, 'image/gif' from m, unnest(array['" +
        provider.url() + "/old', 'loopback://a.gif']) u");
    DaemonProcess daemon(media_config(provider));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    post(daemon, with_media(1, {provider.url() + "/new", "loopback://b.gif"}));
    ASSERT_TRUE(eventually([&] { return stored() == 1 && waiting() == 0; })) << daemon.log();
    EXPECT_EQ(provider.requests_of("/old"), 0u);
    EXPECT_EQ(
        site.number("select count(*) from simple_messaging_incomingmessagemedia where content_file is null"),
        3);
    EXPECT_FALSE(daemon.log_says("imitated-token"));
}

}  // namespace
}  // namespace postrider::testing
