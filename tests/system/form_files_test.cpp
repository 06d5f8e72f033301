// Forms with files, as the Django package's test page posts them, on the real daemon.
#include "tests/system/folder.h"
#include "tests/system/system_test.h"

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class FormFiles : public SystemTest {
protected:
    std::string form_config(const std::string& more = "") {
        return configuration(
            site.url(),
            "  - name: test\n    transport: loopback\n    default: true\n    replies: { \"*\": Hi }\n",
            "media: { root: " + media.path().string() + " }\n" + more);
    }
    static std::string field(const std::string& name, const std::string& value) {
        return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
    }
    static std::string file(const std::string& name, const std::string& bytes) {
        return "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"" + name +
               "\"\r\nContent-Type: image/png\r\n\r\n" + bytes + "\r\n";
    }
    static std::string addressed(const std::string& text) {
        return field("From", "+17735550123") + field("To", "+13125550100") + field("LoopbackMessage", text);
    }
    static HttpPage post(const DaemonProcess& daemon, const std::string& body,
                         const std::string& type = "multipart/form-data; boundary=b") {
        return http_get(daemon.url() + "/incoming", {{"Content-Type", type}}, "POST", body);
    }
    long long rows() { return site.number("select count(*) from simple_messaging_incomingmessage"); }
    std::string media_value(const std::string& expression) {
        return site.value("select string_agg(" + expression +
                          ", ' ' order by id) from simple_messaging_incomingmessagemedia");
    }
    std::size_t files() const {
        std::size_t count = 0;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(media.path()))
            count += entry.is_regular_file() ? 1 : 0;
        return count;
    }

    Folder media;
};

TEST_F(FormFiles, AreKeptBelowTheMediaRootAndNamedInTheRowsOfTheirMessage) {
    DaemonProcess daemon(form_config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const std::string bytes("\x89PNG\r\n\0--b\n", 12);
    const HttpPage page =
        post(daemon, addressed(" Look ") + file("../../cat.png", bytes) + file("b.exe;", "MZ") + "--b--\r\n");
    EXPECT_EQ(page.status, 200) << page.body;
    EXPECT_EQ(page.body, R"({"responses":["Hi"]})");
    EXPECT_EQ(site.value("select sender || recipient || message from simple_messaging_incomingmessage"),
              "+17735550123+13125550100Look");
    EXPECT_EQ(site.value("select transmission_metadata::json -> 'LoopbackMessage' ->> 0 from "
                         "simple_messaging_incomingmessage"),
              " Look ");
    EXPECT_EQ(media_value("content_url || content_type || \"index\""),
              "loopback://cat.pngimage/png0 loopback://b.exe;image/png1");
    const std::string first =
        site.value("select content_file from simple_messaging_incomingmessagemedia where \"index\" = 0");
    EXPECT_THAT(first, StartsWith("incoming_message_media/"));
    EXPECT_EQ(contents(media.path() / first), bytes);
    EXPECT_EQ(files(), 2u);
    // Each is another message: the form has no name for it.
    EXPECT_EQ(post(daemon, addressed("Look") + file("cat.png", "other") + "--b--\r\n").status, 200);
    EXPECT_EQ(files(), 3u);
    EXPECT_EQ(contents(media.path() / first), bytes) << "never written over";
}

TEST_F(FormFiles, WhatIsNoSoundFormIsRefusedAndKeptNowhere) {
    DaemonProcess daemon(form_config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const std::string sound = addressed("hi") + file("a.png", "x");
    EXPECT_EQ(post(daemon, sound).status, 400) << "no end";
    EXPECT_EQ(post(daemon, sound + "--b--\r\n", "multipart/form-data").status, 400) << "no boundary";
    EXPECT_EQ(post(daemon, sound + "--b--\r\n", "multipart/form-data; boundary=c").status, 400);
    std::string many;
    for (int i = 0; i < 10000; ++i) many += field("x", "y");
    EXPECT_EQ(post(daemon, sound + many + "--b--\r\n").status, 400);
    std::string deep = "--b\r\n";
    for (int i = 0; i < 10000; ++i)
        deep += "Content-Type: multipart/mixed; boundary=d" + std::to_string(i) + "\r\n\r\n--d" +
                std::to_string(i) + "\r\n";
    EXPECT_EQ(post(daemon, sound + deep + "--b--\r\n").status, 400);
    EXPECT_EQ(post(daemon, field("LoopbackMessage", "hi") + "--b--\r\n").status, 400) << "nobody's";
    EXPECT_EQ(rows(), 0);
    EXPECT_EQ(files(), 0u);
    const std::string strange = std::string("nul \0 and \xff\xfe", 12);
    const HttpPage page = post(daemon, addressed(strange) + file(strange, strange) + "--b--\r\n");
    EXPECT_EQ(page.status, 200) << page.body;
    EXPECT_EQ(rows(), 1);
    EXPECT_EQ(files(), 1u);
}

TEST_F(FormFiles, WhereTheyCannotBeKeptTheMessageIsToComeAgain) {
    DaemonProcess daemon(form_config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const std::string form = addressed("hi") + file("a.png", "x") + "--b--\r\n";
    std::filesystem::remove_all(media.path());
    EXPECT_EQ(post(daemon, form).status, 503);
    EXPECT_EQ(rows(), 0);
    std::filesystem::create_directory(media.path());
    EXPECT_EQ(post(daemon, form).status, 200);
    EXPECT_EQ(rows(), 1);
}

TEST_F(FormFiles, OfBlockedSendersAreKeptNowhereAndStrangersAreRefused) {
    site.execute(
        "insert into simple_messaging_blockedsender (sender, blocked) values ('(773) 555-0123', now())");
    {
        DaemonProcess daemon(form_config());
        ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
        ASSERT_TRUE(eventually(
            [&] { return post(daemon, addressed("hi") + "--b--\r\n").body == R"({"responses":[]})"; }));
        const long long before = rows();
        EXPECT_EQ(post(daemon, addressed("hi") + file("a.png", "x") + "--b--\r\n").status, 200);
        EXPECT_EQ(rows(), before);
        EXPECT_EQ(files(), 0u);
    }
    std::string strangers = form_config();
    const std::string replies = "    replies";
    strangers.insert(strangers.find(replies), "    allow_from: [192.0.2.1]\n");
    DaemonProcess daemon(strangers);
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const HttpPage refused = post(daemon, addressed("hi") + file("a.png", "x") + "--b--\r\n");
    EXPECT_EQ(refused.status, 403);
    EXPECT_THAT(refused.body, HasSubstr("allow_from"));
}

}  // namespace
}  // namespace postrider::testing
