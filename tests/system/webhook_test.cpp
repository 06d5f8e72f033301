// Messages to an application's own receiver.
#include "tests/support/server_thread.h"
#include "tests/system/daemon_process.h"
#include "tests/system/system_test.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <mutex>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;

class Webhook : public SystemTest {
protected:
    std::string hook_config(const std::string& more) {
        return configuration(site.url(),
                             fmt::format("  - name: app\n    transport: webhook\n    default: true\n"
                                         "    url: {}/hook\n    secret: "
                                         "whsec_aEpfk2t4T+F6958AVNDdcrS2gYvuJKxG\n{}",
                                         receiver.url(), more));
    }
    Task<ServerAnswer> receive(ServerRequest request) {
        const std::lock_guard lock(mutex);
        ids.emplace_back(request.header("webhook-id"));
        bodies.push_back(request.body);
        ServerAnswer answer;
        if (failures > 0) answer.status = 500;
        failures -= failures > 0 ? 1 : 0;
        co_return answer;
    }
    std::vector<std::string> received() {
        const std::lock_guard lock(mutex);
        return ids;
    }

    std::mutex mutex;
    std::vector<std::string> ids;
    std::vector<std::string> bodies;
    int failures = 0;
    ServerThread receiver{[this](ServerRequest request) { return receive(std::move(request)); }};
};

TEST_F(Webhook, ThatFailsComesAgainUnderTheSameId) {
    failures = 1;
    DaemonProcess daemon(hook_config("    allow_private: true\n"));
    const MessageId id = site.insert();
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).ended_well()) << site.row(id).metadata.value_or("");
    ASSERT_EQ(received().size(), 2u);
    EXPECT_EQ(received()[0], received()[1]);
    EXPECT_THAT(site.row(id).metadata.value_or(""), HasSubstr("\"webhook_id\": \"" + received()[0]));
}

TEST_F(Webhook, GoesByPlainHttpToAnotherHostWhereThatIsAllowed) {
    // A name, as far as the configuration can see; it leads to this host.
    std::string text =
        hook_config("    allow_private: true\n    allow_http: true\n    type: visit.planned\n");
    text.replace(text.find("127.0.0.1:"), 10, "127.1:");
    DaemonProcess daemon(text);
    const MessageId id = site.insert();
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).ended_well()) << site.row(id).metadata.value_or("");
    EXPECT_THAT(bodies.at(0), HasSubstr(R"("type":"visit.planned")"));
    text.erase(text.find("    allow_http: true\n"), 21);
    const Folder folder;
    const Ran refused = postrider_with(folder.write("postrider.yaml", text), {"check-config"});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err, HasSubstr(".url: "));
}

TEST_F(Webhook, ToAPrivateAddressWaitsAndSaysWhy) {
    DaemonProcess daemon(hook_config(""));
    const MessageId id = site.insert();
    ASSERT_TRUE(daemon.wait_for_status("not public")) << daemon.log();
    EXPECT_TRUE(site.row(id).waits());
    EXPECT_TRUE(received().empty());
}

}  // namespace
}  // namespace postrider::testing
