// The commands about who is written to no more, and whose messages are not wanted.
#include "tests/system/inbound_test.h"

#include <boost/json/parse.hpp>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Suppressions : public InboundTest {
protected:
    Ran run(std::vector<std::string> arguments) { return postrider_with(file, std::move(arguments)); }

    const Folder folder;
    const std::string settings =
        inbound_config("", "encryption:\n  secret_key: QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=\n");
    const std::filesystem::path file = folder.write("postrider.yaml", settings);
};

TEST_F(Suppressions, AnOperatorAddsListsExportsAndRemovesThem) {
    EXPECT_EQ(run({"suppressions", "add", "(773) 555-0123", "--all", "--note", "by phone, \"today\""}).out,
              "suppressed: nothing more is sent there\n");
    EXPECT_EQ(run({"suppressions", "add", person, "--all"}).out, "it was suppressed already\n");
    run({"suppressions", "add", "pat@example.org", "--channel", "sms", "--note", "a, b"});
    const Ran listed = run({"suppressions"});
    EXPECT_THAT(listed.out, HasSubstr(person));
    EXPECT_THAT(listed.out, HasSubstr("(all)"));
    EXPECT_THAT(listed.out, HasSubstr("operator"));
    const auto rows = boost::json::parse(run({"suppressions", "list", "--json"}).out).as_array();
    EXPECT_EQ(rows.size(), 2u);
    EXPECT_THAT(run({"suppressions", "export"}).out, HasSubstr("pat@example.org,sms,operator,"));
    EXPECT_THAT(run({"suppressions", "export"}).out, HasSubstr(",\"a, b\"\r\n"));
    EXPECT_THAT(site.dump_all_tables(), Not(HasSubstr("7735550123")));
    EXPECT_EQ(run({"suppressions", "remove", "+1 773 555 0123"}).exit_code, 0);
    EXPECT_EQ(run({"suppressions", "remove", "+1 773 555 0123"}).exit_code, 1);
    EXPECT_EQ(run({"suppressions", "add", person}).exit_code, 2) << "of which channel?";
    EXPECT_EQ(run({"suppressions", "add", person, "--channel", "nobody"}).exit_code, 2);
}

TEST_F(Suppressions, WhomAnOperatorSuppressedGetsNothingAndNoStartUndoesIt) {
    run({"suppressions", "add", person, "--all"});
    DaemonProcess daemon(settings);
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    post(daemon, incoming(sid(1), "START"));
    const MessageId id = site.insert({.destination = person});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).says("its recipient has opted out")) << site.row(id).metadata.value_or("");
    EXPECT_TRUE(twilio.accepted().empty());
}

TEST_F(Suppressions, BlockedSendersAreListedBlockedAndUnblocked) {
    EXPECT_EQ(run({"suppressions", "block", person, "--note", "spam"}).out,
              "blocked: what comes from there is stored no more\n");
    EXPECT_EQ(run({"suppressions", "block", "773-555-0123"}).out, "it was blocked already\n");
    EXPECT_THAT(run({"suppressions", "blocked"}).out, HasSubstr(person));
    EXPECT_EQ(site.number("select count(*) from simple_messaging_blockedsender where sender like 'secret:%'"),
              1);
    EXPECT_EQ(run({"suppressions", "unblock", "(773) 555-0123"}).out, "no longer blocked\n");
    EXPECT_EQ(run({"suppressions", "unblock", person}).exit_code, 1);
}

}  // namespace
}  // namespace postrider::testing
