// Each command as somebody types it: what it prints, and its exit code.
#include "tests/support/base64.h"
#include "tests/system/system_test.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace postrider::testing {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::chrono_literals;

class Command : public SystemTest {
protected:
    Ran run(std::vector<std::string> arguments) { return postrider_with(file, std::move(arguments)); }

    const Folder folder;
    const std::filesystem::path file = folder.write("postrider.yaml", config());
};

TEST(Help, EveryCommandHasOneAndTheMainOneListsThem) {
    const Ran main = postrider_command({"--help"});
    EXPECT_EQ(main.exit_code, 0);
    for (const char* command :
         {"run", "migrate", "check-config", "check", "send", "messages", "retry", "cancel", "channels",
          "jobs", "lookup", "encrypt", "generate-key", "demo", "version"}) {
        EXPECT_THAT(main.out, ContainsRegex(fmt::format("\n  {} ", command)));
        const Ran ran = postrider_command({command, "--help"});
        EXPECT_EQ(ran.exit_code, 0) << command;
        EXPECT_THAT(ran.out, AllOf(HasSubstr("Usage"), HasSubstr("--help"))) << command;
        EXPECT_THAT(ran.err, IsEmpty()) << command;
    }
    for (const char* below : {"show", "hold", "release", "handled"}) {
        EXPECT_THAT(postrider_command({"messages", below, "--help"}).out, HasSubstr("ID"));
    }
    for (const char* below : {"show", "run", "pause", "resume", "history"}) {
        EXPECT_THAT(postrider_command({"jobs", below, "--help"}).out, HasSubstr("NAME"));
    }
    for (const char* below : {"suspend", "resume"}) {
        EXPECT_THAT(postrider_command({"channels", below, "--help"}).out, HasSubstr("--all"));
    }
}

TEST(Help, WrongUsageIsSaidAndExitsWithTwo) {
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                      {"dance"},
                                                      {"run", "--fast"},
                                                      {"send", "--to", "+13125550101"},
                                                      {"messages", "--limit", "many"},
                                                      {"messages", "--state", "odd"},
                                                      {"messages", "show"},
                                                      {"lookup"},
                                                      {"jobs", "run"},
                                                      {"migrate", "--print", "--uninstall"}}) {
        const Ran ran = postrider_command(arguments);
        EXPECT_EQ(ran.exit_code, 2) << ::testing::PrintToString(arguments);
        EXPECT_THAT(ran.err, Not(IsEmpty())) << ::testing::PrintToString(arguments);
        EXPECT_THAT(ran.out, IsEmpty()) << ::testing::PrintToString(arguments);
    }
}

TEST(Version, SaysThatOfTheProgramAndOfItsSchema) {
    const Ran ran = postrider_command({"version"});
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_THAT(ran.out, MatchesRegex("postrider [0-9.]+ \\(database schema [0-9]+\\)\n"));
}

TEST_F(Command, CheckConfigSaysValidOrWhatIsWrongByLineAndColumn) {
    const Ran valid = run({"check-config"});
    EXPECT_EQ(valid.exit_code, 0) << valid.err;
    EXPECT_THAT(valid.out, HasSubstr("postrider.yaml: valid, 1 channel\n"));
    EXPECT_EQ(postrider_command({"check-config"}, "", {"POSTRIDER_CONFIG=" + file.string()}).exit_code, 0);

    const auto wrong = folder.write("wrong.yaml", config("    rate: fast\n", "delivery: maybe\n"));
    const Ran invalid = postrider_with(wrong, {"check-config"});
    EXPECT_EQ(invalid.exit_code, 2);
    EXPECT_THAT(invalid.err,
                AllOf(ContainsRegex("wrong.yaml:14:[0-9]+: "), ContainsRegex("wrong.yaml:15:[0-9]+: ")));
    EXPECT_THAT(invalid.out, IsEmpty());
}

TEST(CheckConfig, TheReferenceFileIsValid) {
    const Ran ran = postrider_with(std::filesystem::path(POSTRIDER_SOURCE_DIR "/config/postrider.yaml"),
                                   {"check-config"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
}

TEST_F(Command, MigratePrintsPlansAppliesAgainAndUninstalls) {
    const Ran printed = postrider_command({"migrate", "--print"});
    EXPECT_EQ(printed.exit_code, 0);
    EXPECT_THAT(printed.out,
                AllOf(HasSubstr("create table postrider.attempt"), HasSubstr("postrider_outgoing_due")));

    Site fresh(shared_server(), Site::Tables::none);
    const std::vector<std::string> owner{"--database", fresh.url(owner_role)};
    const auto migrate = [&](std::vector<std::string> more) {
        more.insert(more.begin(), "migrate");
        more.insert(more.end(), owner.begin(), owner.end());
        return postrider_command(more);
    };
    const Ran planned = migrate({"--dry-run"});
    EXPECT_EQ(planned.exit_code, 0) << planned.err;
    EXPECT_THAT(planned.out, AllOf(HasSubstr("would apply"), HasSubstr("nothing was changed")));
    EXPECT_EQ(fresh.value("select to_regnamespace('postrider')"), "");

    const Ran applied = migrate({"--grant", daemon_role});
    EXPECT_EQ(applied.exit_code, 0) << applied.err;
    EXPECT_THAT(applied.out, HasSubstr("done: the message tables are in schema public"));
    EXPECT_THAT(migrate({}).out, HasSubstr("is up to date"));
    fresh.execute(
        "insert into simple_messaging_outgoingmessage (destination, message) values ('+13125550101', 'x')");
    EXPECT_EQ(migrate({"--grant", "no_such_role"}).exit_code, 2);

    const Ran uninstalled = migrate({"--uninstall"});
    EXPECT_EQ(uninstalled.exit_code, 0) << uninstalled.err;
    EXPECT_EQ(fresh.value("select to_regnamespace('postrider')"), "");
    EXPECT_EQ(fresh.number("select count(*) from simple_messaging_outgoingmessage"), 1);
    EXPECT_THAT(migrate({"--uninstall"}).out, HasSubstr("nothing to do"));
}

TEST_F(Command, UninstallIsRefusedWhileADaemonRuns) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const Ran ran = postrider_command({"migrate", "--uninstall", "--database", site.url(owner_role)});
    EXPECT_EQ(ran.exit_code, 2);
    EXPECT_THAT(ran.err, HasSubstr("a daemon is running on this database"));
    EXPECT_TRUE(daemon.running());
}

TEST_F(Command, ADatabaseWhoseUrlIsPrivateIsNamedLikeASecret) {
    const Ran ran =
        postrider_command({"migrate", "--database", "env:OWNER"}, "", {"OWNER=" + site.url(owner_role)});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("up to date"));
    for (const char* command : {"migrate", "encrypt"}) {
        const Ran missing = run({command, "--database", "env:NOT_THERE"});
        EXPECT_EQ(missing.exit_code, 2) << command;
        EXPECT_THAT(missing.err, HasSubstr("--database: ")) << command;
    }
}

TEST_F(Command, TwoMigratesAtOnceBothSucceed) {
    Site fresh(shared_server(), Site::Tables::none);
    const std::vector<std::string> command{POSTRIDER_BINARY, "migrate", "--database", fresh.url(owner_role)};
    const auto output = folder.path() / "migrations";
    ChildProcess one(command, {.output = output, .environment = {}});
    ChildProcess two(command, {.output = output, .environment = {}});
    EXPECT_EQ(one.wait(), 0) << contents(output);
    EXPECT_EQ(two.wait(), 0) << contents(output);
}

TEST_F(Command, SendPrintsTheIdAndTheMessageLeaves) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const Ran sent = run({"send", "--to", "+13125550123", "--message", "from the command line"});
    ASSERT_EQ(sent.exit_code, 0) << sent.err;
    const MessageId id = std::stoll(sent.out);
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    const Ran from_stdin = postrider_command(
        {"send", "--to", "+13125550124", "--message", "-", "-c", file.string()}, "line one\nline two");
    ASSERT_EQ(from_stdin.exit_code, 0) << from_stdin.err;
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    EXPECT_THAT(all_texts(), ::testing::ElementsAre("from the command line", "line one\nline two"));
}

TEST_F(Command, SendWithTheSameKeyMakesNoSecondMessage) {
    const std::vector<std::string> command{"send",
                                           "--to",
                                           "+13125550123",
                                           "--message",
                                           "once",
                                           "--channel",
                                           "sms",
                                           "--idempotency-key",
                                           "order 17",
                                           "--at",
                                           "2040-02-03 09:00-06"};
    const Ran first = run(command);
    const Ran second = run(command);
    ASSERT_EQ(first.exit_code, 0) << first.err;
    EXPECT_EQ(second.exit_code, 0) << second.err;
    EXPECT_EQ(first.out, second.out);
    EXPECT_EQ(site.number("select count(*) from simple_messaging_outgoingmessage"), 1);
    EXPECT_EQ(site.value("select send_date at time zone 'UTC' from simple_messaging_outgoingmessage"),
              "2040-02-03 15:00:00");
    EXPECT_EQ(site.value("select transmission_metadata::jsonb->>'message_channel' from "
                         "simple_messaging_outgoingmessage"),
              "sms");
    EXPECT_EQ(run({"send", "--to", "+13125550123", "--message", "x", "--at", "next blue moon"}).exit_code, 2);
    EXPECT_EQ(run({"send", "--to", "", "--message", "x"}).exit_code, 2);
}

TEST_F(Command, MessagesListsThemAsATableAndAsJsonAndShowsAttempts) {
    twilio.next(TwilioBehaviour::refuse(400, 21610, "Attempt to send to unsubscribed recipient"));
    const MessageId refused = site.insert();
    DaemonProcess daemon(config());
    ASSERT_TRUE(site.wait_for_end(refused)) << daemon.log();
    const MessageId scheduled = site.insert({.send_in = 24h});

    const Ran table = run({"messages"});
    EXPECT_EQ(table.exit_code, 0) << table.err;
    EXPECT_THAT(table.out, AllOf(HasSubstr("errored"), HasSubstr("scheduled"), HasSubstr("opted out")));
    const Ran listed = run({"messages", "--json"});
    const auto rows = boost::json::parse(listed.out).as_array();
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].at("state").as_string(), "scheduled");
    EXPECT_EQ(rows[1].at("state").as_string(), "errored");
    EXPECT_EQ(boost::json::parse(run({"messages", "--json", "--state", "errored"}).out).as_array().size(),
              1u);
    EXPECT_EQ(boost::json::parse(run({"messages", "--json", "--channel", "other"}).out).as_array().size(),
              0u);
    EXPECT_EQ(boost::json::parse(run({"messages", "--json", "--limit", "1"}).out).as_array().size(), 1u);

    const Ran shown = run({"messages", "show", std::to_string(refused)});
    EXPECT_EQ(shown.exit_code, 0) << shown.err;
    EXPECT_THAT(shown.out, AllOf(HasSubstr("rejected"), HasSubstr("21610"), Not(HasSubstr("+1312"))));
    const Ran json = run({"messages", "show", "--json", std::to_string(scheduled), "999999"});
    EXPECT_EQ(json.exit_code, 1);
    EXPECT_THAT(json.err, HasSubstr("there is no message 999999"));
    EXPECT_EQ(boost::json::parse(json.out).as_array().size(), 1u);
}

TEST_F(Command, ChannelsListsThemWithWhatTheySent) {
    site.insert();
    DaemonProcess daemon(config());
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    const Ran table = run({"channels"});
    EXPECT_EQ(table.exit_code, 0) << table.err;
    EXPECT_THAT(table.out, AllOf(HasSubstr("sms"), HasSubstr("twilio"), Not(HasSubstr("imitated-token"))));
    const auto rows = boost::json::parse(run({"channels", "--json"}).out).as_array();
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].at("name").as_string(), "sms");
    EXPECT_EQ(rows[0].at("sent").as_string(), "1");
}

TEST_F(Command, AGeneratedKeyIsAcceptedAndEachIsAnother) {
    const Ran ran = postrider_command({"generate-key"});
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_THAT(ran.out, MatchesRegex("[A-Za-z0-9+/]+=\n"));
    EXPECT_EQ(ran.out.size(), 45u);
    EXPECT_NE(ran.out, postrider_command({"generate-key"}).out);
    folder.write("key", ran.out);
    const auto with_key =
        folder.write("key.yaml", config("", fmt::format("encryption: {{ secret_key: \"file:{}\" }}\n",
                                                        (folder.path() / "key").string())));
    const Ran checked = postrider_with(with_key, {"check-config"});
    EXPECT_EQ(checked.exit_code, 0) << checked.err;
}

TEST_F(Command, CheckFollowsNagios) {
    const auto check = [](const std::string& url) {
        return postrider_command({"check", "--url", url + "/status"});
    };
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    ASSERT_TRUE(daemon.wait_for_status("POSTRIDER OK")) << daemon.status().body;
    const Ran ok = check(daemon.url());
    EXPECT_EQ(ok.exit_code, 0);
    EXPECT_THAT(ok.out, StartsWith("POSTRIDER OK - "));

    ASSERT_TRUE(daemon.reload("nonsense"));
    const Ran warning = check(daemon.url());
    EXPECT_EQ(warning.exit_code, 1);
    EXPECT_THAT(warning.out, StartsWith("POSTRIDER WARNING - configuration: "));

    site.execute("revoke select on simple_messaging_outgoingmessage from postrider_daemon");
    site.insert();
    ASSERT_TRUE(daemon.wait_for_status("POSTRIDER CRITICAL"));
    const Ran critical = check(daemon.url());
    EXPECT_EQ(critical.exit_code, 2);
    EXPECT_THAT(critical.out, StartsWith("POSTRIDER CRITICAL - "));

    EXPECT_EQ(check(twilio.base_url()).exit_code, 3) << "somebody else answers";
    const std::string url = daemon.url();
    daemon.stop();
    const Ran gone = check(url);
    EXPECT_EQ(gone.exit_code, 2);
    EXPECT_THAT(gone.out, StartsWith("POSTRIDER CRITICAL - no answer from " + url));
    const auto wrong = folder.write("wrong.yaml", "nonsense");
    EXPECT_EQ(postrider_with(wrong, {"check"}).exit_code, 3);
}

TEST_F(Command, CheckFindsTheConfiguredDaemon) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    ASSERT_TRUE(daemon.wait_for_status("POSTRIDER OK"));
    std::string text = config();
    text.replace(text.find("port: 0"), 7, "port: " + daemon.url().substr(daemon.url().rfind(':') + 1));
    const Ran ran = postrider_with(folder.write("listen.yaml", text), {"check"});
    EXPECT_EQ(ran.exit_code, 0) << ran.out;
}

TEST(Demo, ShowsSixMessagesArrivingAndLeavesNothingBehind) {
    const Folder temporary;
    std::filesystem::permissions(temporary.path(),
                                 std::filesystem::perms{0755});  // the server's user looks in
    const Ran ran = postrider_command({"demo"}, "", {"TMPDIR=" + temporary.path().string()});
    EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
    int lags = 0;
    for (auto at = ran.out.find(" ms after its time"); at != std::string::npos;
         at = ran.out.find(" ms after its time", at + 1)) {
        ++lags;
    }
    EXPECT_EQ(lags, 6) << ran.out;
    EXPECT_TRUE(std::filesystem::is_empty(temporary.path()));
    // Nobody runs with that folder in its command line any more.
    EXPECT_EQ(run_program({"pgrep", "-f", temporary.path().string()}).out, "");
}

}  // namespace
}  // namespace postrider::testing
