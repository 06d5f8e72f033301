// Messages with files: from the site's media root to the provider, which fetches them from us.
#include "tests/support/pictures.h"
#include "tests/system/system_test.h"

#include <fmt/format.h>

namespace postrider::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class Media : public SystemTest {
protected:
    Media() {
        std::filesystem::create_directories(root.path() / "outgoing_message_media");
        root.write("outgoing_message_media/a.png", "the picture");
        root.write("outgoing_message_media/b.pdf", "the paper");
    }
    std::string config_with_media(const std::string& url = public_url) const {
        std::string text = configuration(site.url(), twilio_channel(twilio.base_url()),
                                         fmt::format("media: {{ root: {} }}\n", root.path().string()));
        const std::string port = "  port: 0\n";
        return text.replace(text.find(port), port.size(), port + "  public_url: " + url + "\n");
    }
    /// As the site does: the row first, its media in later transactions.
    MessageId insert(const std::vector<std::pair<std::string, std::string>>& files,
                     const std::string& text = "look") {
        const MessageId id = site.insert({.message = text, .send_in = std::chrono::hours{1}});
        for (std::size_t i = 0; i < files.size(); ++i) {
            site.execute(fmt::format(
                "insert into simple_messaging_outgoingmessagemedia (\"index\", content_file, content_type, "
                "message_id) values ({}, '{}', '{}', {})",
                i, files[i].first, files[i].second, id));
        }
        site.execute(
            fmt::format("update simple_messaging_outgoingmessage set send_date = now() where id = {}", id));
        return id;
    }
    HttpPage fetch(const DaemonProcess& daemon, const std::string& link) const {
        EXPECT_THAT(link, StartsWith(public_url + "/media/"));
        return http_get(daemon.url() + link.substr(public_url.size()));
    }

    inline static const std::string public_url = "https://messages.example.org";
    const Folder root;
};

TEST_F(Media, ReachTheProviderAsLinksUnderWhichItFindsThem) {
    DaemonProcess daemon(config_with_media());
    const MessageId id = insert(
        {{"outgoing_message_media/a.png", "image/png"}, {"outgoing_message_media/b.pdf", "application/pdf"}});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).ended_well()) << site.row(id).metadata.value_or("");
    ASSERT_THAT(twilio.accepted(), SizeIs(1));
    const TwilioRequest request = twilio.accepted()[0];
    EXPECT_EQ(request.body, "look");
    ASSERT_THAT(request.media_urls, SizeIs(2));
    const HttpPage picture = fetch(daemon, request.media_urls[0]);
    EXPECT_EQ(picture.status, 200);
    EXPECT_EQ(picture.content_type, "image/png");
    EXPECT_EQ(picture.body, "the picture");
    EXPECT_EQ(fetch(daemon, request.media_urls[1]).body, "the paper");
    EXPECT_EQ(fetch(daemon, request.media_urls[0] + "x").status, 404);
    EXPECT_EQ(fetch(daemon, public_url + "/media/../../etc/passwd").status, 404);
    std::filesystem::remove(root.path() / "outgoing_message_media/a.png");
    EXPECT_EQ(fetch(daemon, request.media_urls[0]).status, 404);
}

TEST_F(Media, AreFoundBehindAPathThatTheProxyLeavesOrTakesOff) {
    DaemonProcess daemon(config_with_media("https://example.org/media"));
    const MessageId id = insert({{"outgoing_message_media/a.png", "image/png"}});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    const std::string link = twilio.accepted().at(0).media_urls.at(0);
    ASSERT_THAT(link, StartsWith("https://example.org/media/media/"));
    const std::string target = link.substr(std::string("https://example.org").size());
    EXPECT_EQ(http_get(daemon.url() + target).body, "the picture");
    EXPECT_EQ(http_get(daemon.url() + target.substr(std::string("/media").size())).body, "the picture");
    EXPECT_EQ(http_get(daemon.url() + "/media" + target).status, 404);
}

TEST_F(Media, ThatTwilioDoesNotTakeAreConvertedOnWhateverHostItAsks) {
    Picture picture = Picture::plain(40, 30, 0x20c040ff);
    picture.pixels[3] = 0;  // the first is transparent
    root.write("outgoing_message_media/c.webp", lossless_webp(picture));
    std::string link;
    {
        DaemonProcess daemon(config_with_media());
        const MessageId id = insert({{"outgoing_message_media/c.webp", "image/webp"}});
        ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
        EXPECT_TRUE(site.row(id).ended_well()) << site.row(id).metadata.value_or("");
        ASSERT_THAT(twilio.accepted(), SizeIs(1));
        ASSERT_THAT(twilio.accepted()[0].media_urls, SizeIs(1));
        link = twilio.accepted()[0].media_urls[0];
        EXPECT_EQ(fetch(daemon, link).status, 200);
    }
    DaemonProcess other(config_with_media());  // which has not seen the message
    ASSERT_TRUE(other.wait_until_sending()) << other.log();
    const HttpPage page = fetch(other, link);
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.content_type, "image/png");
    const auto shown = read_png(page.body);
    ASSERT_TRUE(shown);
    EXPECT_EQ(shown->width, 40);
    EXPECT_EQ(shown->at(0, 0) & 0xff, 0u);
    EXPECT_EQ(shown->at(39, 29), 0x20c040ffu);
    std::filesystem::remove(root.path() / "outgoing_message_media/c.webp");
    EXPECT_EQ(fetch(other, link).status, 404);
}

TEST_F(Media, AsLargeAsTheyMayBeAreConvertedWithinWhatTwilioTakes) {
    root.write("outgoing_message_media/c.webp", lossy_webp(Picture::noise(1500, 1500)));
    DaemonProcess daemon(config_with_media());
    const MessageId id = insert({{"outgoing_message_media/c.webp", "image/webp"}});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).ended_well()) << site.row(id).metadata.value_or("");
    ASSERT_THAT(twilio.accepted(), SizeIs(1));
    const HttpPage page = fetch(daemon, twilio.accepted()[0].media_urls.at(0));
    const auto shown = read_png(page.body);
    ASSERT_TRUE(shown);
    EXPECT_LE(page.body.size(), std::size_t{5} << 20);
    EXPECT_GT(shown->width, 900);
    EXPECT_LT(shown->width, 1500);
}

TEST_F(Media, ThatCannotBeConvertedAreRejectedWithTheReasonAndTheDaemonGoesOn) {
    const std::string image = lossless_webp(Picture::noise(40, 30));
    root.write("outgoing_message_media/cut.webp", image.substr(0, image.size() / 2));
    root.write("outgoing_message_media/bomb.webp", webp_of_size(16384, 16384));
    root.write("outgoing_message_media/large.webp", image);
    std::filesystem::resize_file(root.path() / "outgoing_message_media/large.webp", std::uintmax_t{99} << 20);
    DaemonProcess daemon(config_with_media());
    const std::vector<std::pair<MessageId, std::string>> expected{
        {insert({{"outgoing_message_media/cut.webp", "image/webp"}}), "it is damaged or cut off"},
        {insert({{"outgoing_message_media/bomb.webp", "image/webp"}}), "it has 16384 x 16384 pixels"},
        {insert({{"outgoing_message_media/large.webp", "image/webp"}}), "it has 99 MB, and at most 25"},
        {insert({{"outgoing_message_media/a.png", "image/webp"}}), "it is no WebP image"}};
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    for (const auto& [id, reason] : expected) {
        EXPECT_TRUE(site.row(id).errored);
        EXPECT_THAT(site.row(id).metadata.value_or(""),
                    HasSubstr("medium 1 is of type image/webp, which Twilio does not take, and it cannot be "
                              "converted: " +
                              reason));
    }
    EXPECT_THAT(twilio.accepted(), IsEmpty());
}

TEST_F(Media, TheProcessThatConvertsThemLimitsItselfBeforeItReads) {
    // What does not fit into the pipe has been read when all is written.
    const Ran ran = run_program({"sh", "-c", R"(cd "$1" && mkfifo input && exec 3<>input
"$2" convert-image image/png 1000 <input >/dev/null 3>&- & head -c 300000 /dev/zero >input
cat /proc/$!/limits; exec 3>&-; wait $!; echo "status $?")",
                                 "sh", root.path().string(), POSTRIDER_BINARY});
    EXPECT_THAT(ran.out, ContainsRegex("Max cpu time +10 +10 "));
    EXPECT_THAT(ran.out, ContainsRegex("Max core file size +0 +0 "));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    EXPECT_THAT(ran.out, ContainsRegex("Max address space +629145600 "));
#endif
    EXPECT_THAT(ran.out, HasSubstr("status 3"));
}

TEST_F(Media, MoreThanTenGoOneByOneAndTheTextLast) {
    DaemonProcess daemon(config_with_media());
    const MessageId id = insert(
        std::vector<std::pair<std::string, std::string>>(12, {"outgoing_message_media/a.png", "image/png"}));
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).ended_well()) << site.row(id).metadata.value_or("");
    const auto requests = twilio.accepted();
    ASSERT_THAT(requests, SizeIs(13));
    for (std::size_t i = 0; i < 12; ++i) {
        EXPECT_EQ(requests[i].body, "");
        EXPECT_THAT(requests[i].media_urls, SizeIs(1));
    }
    EXPECT_EQ(requests[12].body, "look");
    EXPECT_THAT(requests[12].media_urls, IsEmpty());
    EXPECT_EQ(
        site.number(fmt::format("select jsonb_array_length(transmission_metadata::jsonb -> 'twilio_sid') "
                                "from simple_messaging_outgoingmessage where id = {}",
                                id)),
        13);
}

TEST_F(Media, ThatCannotBeSentAreRejectedWithTheReasonAndNothingLeaves) {
    root.write("outgoing_message_media/large.png", "x");
    std::filesystem::resize_file(root.path() / "outgoing_message_media/large.png", std::uintmax_t{300} << 20);
    DaemonProcess daemon(config_with_media());
    const std::vector<std::pair<MessageId, std::string>> expected{
        {insert({{"../../etc/passwd", "image/png"}}), "medium 1: its name leads out of the media root"},
        {insert({{"outgoing_message_media/none.png", "image/png"}}), "medium 1: its file is missing"},
        {insert({{"outgoing_message_media/large.png", "image/png"}}),
         "medium 1: its file is too large: 300 MB"},
        {insert(
             {{"outgoing_message_media/a.png", "image/png"}, {"outgoing_message_media/a.png", "image/webp"}}),
         "medium 2 is of type image/webp, which Twilio does not take"}};
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    for (const auto& [id, reason] : expected) {
        EXPECT_TRUE(site.row(id).errored);
        EXPECT_THAT(site.row(id).metadata.value_or(""), HasSubstr(reason));
    }
    EXPECT_THAT(twilio.accepted(), IsEmpty());
}

TEST_F(Media, WaitWhereNoProviderCouldFetchThem) {
    DaemonProcess daemon(config());
    const MessageId id = insert({{"outgoing_message_media/a.png", "image/png"}});
    EXPECT_TRUE(daemon.wait_for_status("it has media, and listen.public_url is not set"))
        << daemon.status().body;
    EXPECT_TRUE(site.row(id).waits());
    ASSERT_TRUE(daemon.reload(config_with_media()));
    EXPECT_TRUE(daemon.wait_for_status("they take effect at a restart")) << daemon.status().body;
    EXPECT_TRUE(site.row(id).waits()) << "its links would lead nowhere yet";
    EXPECT_THAT(twilio.accepted(), IsEmpty());
}

}  // namespace
}  // namespace postrider::testing
