// A real mail server that hands mail to `postrider receive` by its aliases, as docs/operations.md says.
#include "tests/system/postfix.h"
#include "tests/system/system_test.h"

#include <fmt/format.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;

class MailServer : public SystemTest {
protected:
    void SetUp() override {
        if (const std::string obstacle = Postfix::obstacle(); !obstacle.empty()) GTEST_SKIP() << obstacle;
        // Postfix runs the command as the user who may reach the database, and not as root.
        const std::string url = site.url();
        const std::string socket = url.substr(5, url.find(' ') - 5);
        struct stat found {};
        ASSERT_EQ(::stat(socket.c_str(), &found), 0) << socket;
        user = ::getpwuid(found.st_uid)->pw_name;
        ASSERT_EQ(::chown(media.path().c_str(), found.st_uid, found.st_gid), 0);
        std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
        postfix.emplace(
            fmt::format("default_privs = {}\nnotify_classes =\n", user),
            fmt::format(
                "study: \"|{0} receive --channel mail -c {1}\"\nbounce: \"|{0} receive --channel mail "
                "-c {1}\"\ngone: \"|exit 67\"\n",
                POSTRIDER_BINARY, (folder.path() / "postrider.yaml").string()));
        folder.write("postrider.yaml", mail_config());
    }
    std::string mail_config() {
        return configuration(
            site.url(),
            fmt::format("  - name: mail\n    transport: email\n    default: true\n    smtp_url: "
                        "smtp://localhost:{}\n    ca_file: {}\n    from: Study <study@study.example>\n"
                        "    envelope_sender: bounce@study.example\n",
                        postfix->submission_port(), postfix->ca_file().string()),
            fmt::format("media: {{ root: {} }}\n", media.path().string()));
    }
    /// Hands a mail to the server, as any other server would.
    void deliver(const std::string& id, const std::string& text) {
        const Ran ran = run_program(
            {"curl", "--silent", "--show-error",
             fmt::format("smtp://127.0.0.1:{}", postfix->submission_port()), "--mail-from", "pat@example.net",
             "--mail-rcpt", "study@study.example", "--upload-file", "-"},
            fmt::format(
                "From: Pat <pat@example.net>\r\nTo: study@study.example\r\nMessage-ID: <{}@example.net>\r\n"
                "Subject: Hi\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n{}\r\n--b\r\n"
                "Content-Type: image/png\r\nContent-Disposition: attachment\r\n\r\nPNG\r\n--b--\r\n",
                id, text));
        ASSERT_EQ(ran.exit_code, 0) << ran.err;
    }
    /// Asks it to try again what it could not deliver, until `holds`.
    bool delivers_until(const std::function<bool()>& holds) {
        for (int tries = 0; tries < 30; ++tries) {
            if (holds()) return true;
            postfix->flush();
            eventually(holds, std::chrono::seconds{1});
        }
        return holds();
    }
    /// How often it was told to come again.
    int deferrals() const {
        const std::string log = postfix->log();
        int count = 0;
        for (std::size_t at = 0; (at = log.find("status=deferred", at)) != std::string::npos; ++at) ++count;
        return count;
    }
    long long rows(const std::string& condition = "true") {
        return site.number("select count(*) from simple_messaging_incomingmessage where " + condition);
    }

    Folder folder;
    Folder media;
    std::string user;
    std::optional<Postfix> postfix;
};

TEST_F(MailServer, HandsMailOverByAnAlias) {
    deliver("1", "My knee hurts");
    ASSERT_TRUE(eventually([&] { return rows() == 1; })) << postfix->log();
    EXPECT_EQ(site.value("select sender || ' ' || recipient || ' ' || message from "
                         "simple_messaging_incomingmessage"),
              "pat@example.net study@study.example My knee hurts");
    const std::string name = site.value("select content_file from simple_messaging_incomingmessagemedia");
    EXPECT_EQ(contents(media.path() / name), "PNG");
    EXPECT_TRUE(eventually([&] {
        return postfix->log().find("status=sent (delivered to command") != std::string::npos;
    })) << postfix->log();
}

TEST_F(MailServer, KeepsMailWhileTheDatabaseIsAwayAndHandsItOverOnceAfterwards) {
    {
        const ServerStopped stopped(site.server(), SIGINT);
        deliver("1", "while it was away");
        ASSERT_TRUE(eventually([&] { return deferrals() == 1; })) << postfix->log();
        ASSERT_TRUE(delivers_until([&] { return deferrals() > 1; })) << postfix->log();
        EXPECT_THAT(postfix->log(), HasSubstr("it cannot be stored now"));
    }
    ASSERT_TRUE(delivers_until([&] { return rows() == 1; })) << postfix->log();
    ASSERT_TRUE(eventually([&] { return postfix->log().find("status=sent") != std::string::npos; }))
        << postfix->log();
    deliver("2", "after it");
    ASSERT_TRUE(eventually([&] { return rows() == 2; })) << postfix->log();
    EXPECT_EQ(rows("message like 'while%'"), 1);
    EXPECT_EQ(postfix->log().find("status=bounced"), std::string::npos) << postfix->log();
}

TEST_F(MailServer, BouncesWhatItCannotDeliverBackIntoTheMessage) {
    DaemonProcess daemon(mail_config());
    const MessageId id = site.insert({.destination = "gone@study.example"});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    ASSERT_TRUE(eventually([&] { return site.row(id).errored; }))
        << daemon.log() << postfix->log() << site.row(id).metadata.value_or("");
    EXPECT_TRUE(site.row(id).says("a mail server could not deliver it: status 5.1.1"))
        << site.row(id).metadata.value_or("");
    EXPECT_EQ(rows(), 0) << "a report is no message";
}

}  // namespace
}  // namespace postrider::testing
