// `postrider retention`.
#include "tests/system/folder.h"
#include "tests/system/system_test.h"

#include <filesystem>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class RetentionCommandTest : public SystemTest {
protected:
    Ran forget(const std::string& rules, std::vector<std::string> arguments = {}) {
        arguments.insert(arguments.begin(), "retention");
        return postrider_with(
            folder.write("postrider.yaml",
                         config("", "media: { root: " + (folder.path() / "media").string() + " }\n" + rules)),
            std::move(arguments));
    }
    Folder folder;
};

TEST_F(RetentionCommandTest, OldMessagesAndTheirFilesGoOnceARuleSaysSo) {
    fs::create_directories(folder.path() / "media/in");
    const fs::path file = folder.write("media/in/a.png", "picture");
    site.execute(
        "insert into simple_messaging_incomingmessage (sender, recipient, message, receive_date, "
        "transmission_metadata) values ('+13125550101', '+15550100', 'Yes', now() - interval '11 days', "
        "'{}'); "
        "insert into simple_messaging_incomingmessagemedia (\"index\", content_file, content_type, "
        "message_id) values "
        "(0, 'in/a.png', 'image/png', 1)");
    EXPECT_THAT(forget("").err, HasSubstr("there are no rules"));
    const std::string rules = "retention: { messages: 10d }\n";
    const Ran dry = forget(rules, {"--dry-run"});
    EXPECT_EQ(dry.exit_code, 0) << dry.err;
    EXPECT_THAT(dry.out,
                HasSubstr("would be forgotten: 0 outgoing and 1 incoming messages, 1 media with 1 files"));
    fs::rename(folder.path() / "media", folder.path() / "elsewhere");
    EXPECT_THAT(forget(rules).err, HasSubstr("cannot be read here"));
    fs::rename(folder.path() / "elsewhere", folder.path() / "media");
    EXPECT_EQ(site.number("select count(*) from simple_messaging_incomingmessagemedia"), 1);
    const Ran ran = forget(rules, {"--json"});
    EXPECT_EQ(ran.out, "{\"outgoing\":0,\"incoming\":1,\"media\":1,\"files\":1,\"attempts\":0}\n") << ran.err;
    EXPECT_FALSE(fs::exists(file));
    EXPECT_EQ(site.number("select count(*) from simple_messaging_incomingmessage"), 0);
}

TEST_F(RetentionCommandTest, AJobDoesIt) {
    site.insert({.send_in = std::chrono::hours{24}});
    site.execute(
        "update simple_messaging_outgoingmessage set sent_date = now() - interval '11 days', send_date = "
        "now() - "
        "interval '11 days'");
    DaemonProcess daemon(
        config("", "media: { root: " + folder.path().string() +
                       " }\nretention: { messages: 10d }\njobs: [{ name: forget, task: retention, "
                       "every: 1s }]\n"));
    EXPECT_TRUE(site.wait_for("select count(*) = 0 from simple_messaging_outgoingmessage")) << daemon.log();
}

}  // namespace
}  // namespace postrider::testing
