// Whatever is wrong around the daemon is said in clear words, with the right exit code, and costs no message.
#include "tests/system/system_test.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>

namespace postrider::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class BadInput : public SystemTest {
protected:
    /// `run` refuses to start; what it said.
    std::string refused(const std::string& config, int exit_code = 2,
                        std::vector<std::string> environment = {}) {
        DaemonProcess daemon(config, std::move(environment));
        EXPECT_EQ(daemon.wait_for_exit(), exit_code) << daemon.log();
        return daemon.log();
    }
};

TEST_F(BadInput, AConfigurationThatCannotBeReadIsNamedByLineAndColumn) {
    EXPECT_THAT(refused("database:\n  url: [unclosed\n"), HasSubstr("postrider.yaml:3:"));
    EXPECT_THAT(refused(""), HasSubstr("the file is empty"));
    const Ran missing = postrider_command({"run", "-c", "/nonexistent/postrider.yaml"});
    EXPECT_EQ(missing.exit_code, 2);
    EXPECT_THAT(missing.err, HasSubstr("/nonexistent/postrider.yaml"));
}

TEST_F(BadInput, UnknownKeysAndMissingSecretsAreAllNamedAtOnce) {
    std::string text =
        configuration(site.url(), twilio_channel(twilio.base_url(), "    rat: 5/s\n", "env:NO_SUCH_TOKEN"),
                      "delivry: live\n");
    const std::string log = refused(text);
    EXPECT_THAT(log, AllOf(HasSubstr("postrider.yaml:14:5: "), HasSubstr("rat: is not a setting"),
                           HasSubstr("NO_SUCH_TOKEN"), HasSubstr("delivry"), Not(HasSubstr("is missing"))));
    EXPECT_THAT(
        refused(configuration(site.url(), twilio_channel(twilio.base_url(), "", "file:/nonexistent/token"))),
        HasSubstr("/nonexistent/token"));
    EXPECT_THAT(refused(configuration(site.url(), twilio_channel(twilio.base_url(), "", "credential:token"))),
                HasSubstr("token"));
}

TEST_F(BadInput, SecretsComeFromTheEnvironmentAFileOrACredential) {
    const Folder folder;
    folder.write("token", "imitated-token\n");
    const std::vector<std::pair<std::string, std::string>> sources{
        {"env:TEST_TOKEN", "TEST_TOKEN=imitated-token"},
        {"file:" + (folder.path() / "token").string(), "UNUSED=1"},
        {"credential:token", "CREDENTIALS_DIRECTORY=" + folder.path().string()}};
    for (const auto& [secret, environment] : sources) {
        DaemonProcess daemon(configuration(site.url(), twilio_channel(twilio.base_url(), "", secret)),
                             {environment});
        const MessageId id = site.insert();
        ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
        EXPECT_TRUE(site.row(id).ended_well()) << secret;
    }
}

TEST_F(BadInput, AWrongDatabasePasswordIsSaidAndTriedOnAndNeverLogged) {
    const MessageId id = site.insert();
    const std::string url = site.url(password_role) + " password=";
    DaemonProcess daemon(configuration(url + "wr0ng-password", twilio_channel(twilio.base_url())));
    ASSERT_TRUE(daemon.wait_for_log("password authentication failed", 2)) << daemon.log();
    EXPECT_TRUE(daemon.running());
    EXPECT_THAT(daemon.log(), Not(HasSubstr("\\n\"")));
    EXPECT_THAT(daemon.status().first_line(),
                AllOf(StartsWith("POSTRIDER CRITICAL"), HasSubstr("password authentication failed")));
    EXPECT_THAT(daemon.log() + daemon.status().body, Not(HasSubstr("wr0ng-password")));
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_TRUE(site.row(id).waits());

    const Ran listed = postrider_with(daemon.config_file(), {"messages"});
    EXPECT_EQ(listed.exit_code, 1);
    EXPECT_THAT(listed.err,
                AllOf(HasSubstr("password authentication failed"), Not(HasSubstr("wr0ng-password"))));

    DaemonProcess right(configuration(url + password_of_role, twilio_channel(twilio.base_url())));
    ASSERT_TRUE(site.wait_for_end(id)) << right.log();
    EXPECT_THAT(right.log(), Not(HasSubstr(password_of_role)));
}

TEST_F(BadInput, ARoleThatLacksAPrivilegeIsToldWhichAndHowToGrantIt) {
    const MessageId id = site.insert();
    site.execute("revoke update on simple_messaging_outgoingmessage from postrider_daemon");
    EXPECT_THAT(refused(config()), AllOf(HasSubstr("lacks update on simple_messaging_outgoingmessage"),
                                         HasSubstr("migrate --grant postrider_daemon")));
    site.execute("revoke all on schema postrider from postrider_daemon");
    EXPECT_THAT(refused(config()), HasSubstr("role postrider_daemon lacks usage on schema postrider"));
    EXPECT_TRUE(site.row(id).waits());
    const Ran granted =
        postrider_command({"migrate", "--grant", daemon_role, "--database", site.url(owner_role)});
    EXPECT_EQ(granted.exit_code, 0) << granted.err;
    DaemonProcess daemon(config());
    EXPECT_TRUE(site.wait_for_end(id)) << daemon.log();
}

TEST_F(BadInput, APrivilegeLostInMidRunIsCriticalAndNothingIsLost) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    site.execute("revoke select on simple_messaging_outgoingmessage from postrider_daemon");
    const MessageId id = site.insert();
    ASSERT_TRUE(daemon.wait_for_status("CRITICAL intake: cannot read due messages: "))
        << daemon.status().body;
    EXPECT_THAT(daemon.status().body, HasSubstr("permission denied"));
    site.execute("grant select on simple_messaging_outgoingmessage to postrider_daemon");
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).ended_well());
}

TEST_F(BadInput, ATransactionPoolerIsRefusedWithAdvice) {
    if (run_program({"sh", "-c", "command -v pgbouncer"}).exit_code != 0)
        GTEST_SKIP() << "pgbouncer is not installed";
    const auto folder = site.server().postgres().socket_folder();
    // Beside PostgreSQL's socket, and as its user: pgbouncer refuses to be root.
    const std::string settings = (folder / "pgbouncer.ini").string();
    std::ofstream(folder / "pgbouncer.users") << fmt::format("\"{}\" \"\"\n", daemon_role);
    std::ofstream(settings) << fmt::format(
        "[databases]\n* = host={0}\n[pgbouncer]\nlisten_addr =\nlisten_port = 6432\nunix_socket_dir = {0}\n"
        "auth_type = trust\nauth_file = {0}/pgbouncer.users\npool_mode = transaction\n"
        "ignore_startup_parameters = extra_float_digits\n",
        folder.string());
    std::vector<std::string> command{"pgbouncer", settings};
    if (::geteuid() == 0) {
        const std::vector<std::string> user{"setpriv",  "--reuid",       "postgres", "--regid",
                                            "postgres", "--init-groups", "--"};
        command.insert(command.begin(), user.begin(), user.end());
    }
    const Folder logs;
    const auto pooler_log = logs.path() / "log";
    ChildProcess pooler(command, {.output = pooler_log, .environment = {}});
    ASSERT_TRUE(eventually([&] { return std::filesystem::exists(folder / ".s.PGSQL.6432"); }))
        << contents(pooler_log);
    const MessageId id = site.insert();
    std::string url = site.url() + " port=6432";
    EXPECT_THAT(
        refused(configuration(url, twilio_channel(twilio.base_url()))),
        AllOf(HasSubstr("leads to a connection pooler"), HasSubstr("give it the server's own address")))
        << contents(pooler_log);
    EXPECT_TRUE(site.row(id).waits());
    EXPECT_THAT(twilio.accepted(), IsEmpty());
}

TEST_F(BadInput, ATableWithAnotherColumnTypeIsRefusedByNameByRunAndMigrate) {
    site.execute(
        "drop view postrider.messages; drop trigger postrider_guard on simple_messaging_outgoingmessage");
    site.execute(
        "alter table simple_messaging_outgoingmessage alter column transmission_metadata type jsonb using "
        "null");
    EXPECT_THAT(
        refused(config()),
        HasSubstr("column simple_messaging_outgoingmessage.transmission_metadata is jsonb, not text"));
    Site fresh(shared_server(), Site::Tables::none);
    fresh.execute("create table simple_messaging_outgoingmessage (id integer primary key, destination text)");
    const Ran ran = postrider_command({"migrate", "--database", fresh.url(owner_role)});
    EXPECT_EQ(ran.exit_code, 2);
    EXPECT_THAT(ran.err, AllOf(HasSubstr("has no column send_date"), HasSubstr("nothing was changed")));
    EXPECT_EQ(fresh.value("select to_regnamespace('postrider')"), "");
}

TEST_F(BadInput, ASchemaThatIsMissingOlderOrNewerIsRefusedWithAdvice) {
    Site fresh(shared_server(), Site::Tables::none);
    const std::string fresh_config = configuration(fresh.url(), twilio_channel(twilio.base_url()));
    EXPECT_THAT(refused(fresh_config), HasSubstr("run `postrider migrate` once"));

    site.execute("insert into postrider.migration (number, name) values (9999, 'from the future')");
    EXPECT_THAT(refused(config()), HasSubstr("migrated by a newer Postrider (step 9999"));
    EXPECT_EQ(postrider_command({"migrate", "--database", site.url(owner_role)}).exit_code, 2);
    site.execute(
        "delete from postrider.migration where number in (9999, (select max(number) from postrider.migration "
        "where number < 9999))");
    EXPECT_THAT(refused(config()), HasSubstr("migrated by an older Postrider"));
}

TEST_F(BadInput, ADatabaseUrlThatIsNoneIsRefusedWithoutRepeatingIt) {
    const std::string log =
        refused(configuration("postgresql://user:s3cret-word@[broken", twilio_channel(twilio.base_url())));
    EXPECT_THAT(log, AllOf(HasSubstr("database.url"), Not(HasSubstr("s3cret-word"))));
}

TEST_F(BadInput, AnEncryptedRowWithoutAKeyWaitsAndIsNamed) {
    const MessageId id =
        site.insert({.message = "secret:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="});
    DaemonProcess daemon(config());
    ASSERT_TRUE(
        daemon.wait_for_status("1 left waiting: encrypted, and no encryption.secret_key is configured"))
        << daemon.status().body;
    EXPECT_THAT(daemon.status().first_line(), StartsWith("POSTRIDER WARNING"));
    EXPECT_TRUE(site.row(id).waits());
    EXPECT_THAT(twilio.accepted(), IsEmpty());
}

TEST_F(BadInput, WithoutAnyChannelMessagesWaitAndAreNamed) {
    const MessageId id = site.insert();
    DaemonProcess daemon("database:\n  url: \"" + site.url() + "\"\nlisten:\n  port: 0\n");
    ASSERT_TRUE(daemon.wait_for_status("1 left waiting: no channel is configured")) << daemon.log();
    EXPECT_TRUE(site.row(id).waits());
}

}  // namespace
}  // namespace postrider::testing
