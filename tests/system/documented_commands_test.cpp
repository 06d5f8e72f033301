// Every command that README.md and docs/ show is run as it stands there: what is added to the pages is run too.
#include "tests/support/documents.h"
#include "tests/support/free_port.h"
#include "tests/system/system_test.h"

#include <fmt/format.h>

#include <map>
#include <regex>
#include <set>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// What names a command without being one that could be run: a part of it is missing. Wherever one is named, it
/// must be shown whole somewhere.
const std::map<std::string, std::string> only_names{
    {"postrider backup", "docs/backups.md has it whole"},
    {"postrider backup --to-command", "docs/backups.md has it whole"},
    {"postrider export transcripts", "docs/transcripts.md has it whole"},
    {"postrider migrate --grant", "docs/moving-a-site.md has it whole"},
    {"postrider receive", "docs/operations.md has it whole"},
    {"postrider send", "README.md has it whole"},
    {"postrider suppressions remove", "docs/operations.md has it whole"},
    {"postrider restore", "docs/backups.md has it whole"},
    {"postrider retry", "docs/operations.md has it whole"},
    {"postrider messages hold", "docs/operations.md has it whole"},
    {"postrider send --message -", "README.md has it with --to"},
};

/// Its commands build on each other: FirstHour plays it as a whole.
const std::string played = "docs/first-hour.md";

/// Options that are shown by themselves, and are none of `postrider`.
const std::map<std::string, std::string> of_others{
    {"--qs-context", "of a Django site's manage.py"},
};

std::string all_replaced(std::string text, const std::string& what, const std::string& by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
        text.replace(at, what.size(), by);
    return text;
}

/// `make` is looked at by tests/tidy, and run by whoever builds this; a database is there already.
std::vector<Shown> commands_to_run() {
    std::vector<Shown> all = shown_commands({"postrider", "curl"});
    std::erase_if(all, [](const Shown& each) {
        return each.text.starts_with("make ") || each.text.starts_with("createdb ") ||
               only_names.contains(each.text) || each.page == played;
    });
    return all;
}

std::set<std::string> pages_with_commands() {
    std::set<std::string> pages;
    for (const Shown& command : commands_to_run()) pages.insert(command.page);
    return pages;
}

class DocumentedCommands : public SystemTest, public ::testing::WithParamInterface<std::string> {
protected:
    DocumentedCommands() {
        fs::create_directory(folder.path() / "bin");
        fs::create_symlink(POSTRIDER_BINARY, folder.path() / "bin/postrider");
        folder.write("bin/ssh", "#!/bin/sh\nshift\nexec sh -c \"$*\"\n");
        fs::permissions(folder.path() / "bin/ssh", fs::perms{0755});
        fs::create_directory(folder.path() / "etc");
        folder.write("etc/backup.key", "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=\n");
        folder.write("message", mail);
        folder.write("cat.png", "no picture");
    }

    std::string settings(const std::string& database, const std::string& media) {
        std::string text = configuration(
            database,
            twilio_channel(twilio.base_url(), fmt::format("    lookups_url: {}\n", twilio.base_url())) +
                "  - { name: mail, transport: email, smtp_url: \"smtp://localhost:9\", starttls: none, "
                "from: bot@example.org }\n"
                "  - { name: test, transport: loopback }\n",
            fmt::format("encryption: {{ secret_key: \"a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=\" }}\n"
                        "backup: {{ secret_key: \"file:{0}/etc/backup.key\" }}\n"
                        "retention: {{ messages: 400d, media: 90d, journal: 400d }}\n"
                        "media: {{ root: \"{0}/{1}\" }}\n"
                        "spool: {{ path: \"{0}/spool-{1}\" }}\n"
                        "jobs: [{{ name: nudge, command: [\"true\"], every: 1h }}]\n"
                        "forward: [{{ name: app, url: \"http://127.0.0.1:9/\", secret: "
                        "whsec_aEpfk2t4T+F6958AVNDdcrS2gYvuJKxG, allow_private: true }}]\n",
                        folder.path().string(), media));
        fs::create_directories(folder.path() / media);
        return all_replaced(text, "port: 0", fmt::format("port: {}", port));
    }

    /// A shell that finds this build's `postrider` under its name, in this test's folder.
    std::vector<std::string> in_shell(const std::string& line, const fs::path& with) const {
        return {"bash", "-c",
                fmt::format("PATH={0}/bin:$PATH; cd {0}; export POSTRIDER_CONFIG={1} "
                            "original_recipient=study@example.org STATE_DIRECTORY={0}; {2}",
                            folder.path().string(), with.string(), line)};
    }
    Ran shell(const std::string& line, const fs::path& with) {
        return run_program(in_shell(line, with), mail);
    }

    std::string ids(int count, const NewRow& row = {.send_in = 24h}) {
        std::string all;
        for (int i = 0; i < count; ++i) all += (i == 0 ? "" : " ") + std::to_string(site.insert(row));
        return all;
    }
    std::string given_up(int count) {
        const std::string all = ids(count);
        site.execute(
            fmt::format("set postrider.guard = off; update simple_messaging_outgoingmessage set "
                        "errored = true, sent_date = now() where id in ({})",
                        all_replaced(all, " ", ", ")));
        return all;
    }
    std::string forwards_given_up() {
        return site.value(
            "with made as (insert into postrider.forward (endpoint, event, conversation, message_id, dead) "
            "select 'app', 'message.received', 'c', n, now() from generate_series(1, 2) n returning id) "
            "select string_agg(id::text, ' ') from made");
    }

    /// Messages in the state that the command is for: `count` of them.
    std::string messages_for(const std::string& command, int count) {
        if (command.starts_with("postrider retry") || command.starts_with("postrider messages handled"))
            return given_up(count);
        const std::string all = ids(count);
        if (command.starts_with("postrider messages release")) {
            EXPECT_EQ(shell("postrider messages hold " + all, config).exit_code, 0);
        }
        return all;
    }
    /// What must have been for the command to make sense.
    void prepare(const std::string& command) {
        const auto before = [&](const std::string& first) { EXPECT_EQ(shell(first, config).exit_code, 0); };
        if (command.starts_with("postrider channels resume sms") ||
            command.starts_with("postrider channels resume NAME"))
            before("postrider channels suspend sms");
        if (command.starts_with("postrider jobs resume")) before("postrider jobs pause nudge");
        if (command.starts_with("postrider suppressions remove"))
            before("postrider suppressions add +13125550123 --all");
        if (command.starts_with("postrider forwards")) forwards_given_up();
        if (command.starts_with("postrider restore") && backup().empty())
            before("postrider backup --to-folder backups");
    }
    /// The name of the full one that was made last.
    std::string backup() const {
        std::string last;
        if (!fs::exists(folder.path() / "backups")) return last;
        for (const auto& each : fs::directory_iterator(folder.path() / "backups")) {
            const std::string name = each.path().filename().string();
            if (name.starts_with("all__")) last = std::max(last, name);
        }
        return last;
    }

    /// What changes a whole database has one of its own, where no daemon runs.
    static bool apart(const std::string& command) {
        return std::regex_search(command, std::regex("^postrider (migrate|restore|run)"));
    }
    /// The reference as it stands, but for where the database is, and with a port that is free.
    fs::path reference(const std::string& database) const {
        std::string text = contents(POSTRIDER_SOURCE_DIR "/config/postrider.yaml");
        text = all_replaced(text, "url: postgresql:///postrider\n", "url: \"" + database + "\"\n");
        return folder.write("reference.yaml",
                            all_replaced(text, "#listen:", "listen: { port: 0 }\n#listen:"));
    }

    /// Real values where the page has names for them, and folders of this test's.
    std::string with_values(std::string command, const Site& other) {
        const std::string asked = command;
        const auto put = [&](const std::string& what, const std::string& by) {
            command = all_replaced(command, what, by);
        };
        if (asked.find("17 18") != std::string::npos) put("17 18", forwards_given_up());
        if (asked.find("ID …") != std::string::npos) put("ID …", messages_for(asked, 2));
        if (asked.find(" ID") != std::string::npos) put(" ID", " " + messages_for(asked, 1));
        put("--endpoint …", "--endpoint app");
        put("--reason …", "--reason 'as it was told'");
        put("config/postrider.yaml", reference((apart(asked) ? other : site).url(owner_role)).string());
        put("NUMBER", "+13125550123");
        put("ADDRESS", "study@example.org");
        put("ROLE", daemon_role);
        put("URL", "'" + (asked.starts_with("postrider migrate") ? other : site).url(owner_role) + "'");
        put("postgresql:///new", "'" + other.url(owner_role) + "'");
        put("NAME", asked.starts_with("postrider jobs")       ? "nudge"
                    : asked.starts_with("postrider forwards") ? "app"
                                                              : "sms");
        put("/etc/postrider", (folder.path() / "etc").string());
        put("/var/backups/postrider", (folder.path() / "backups").string());
        put("all__2026-01-31T030000Z", backup());
        put("restore FOLDER", "restore " + (folder.path() / "backups" / backup()).string());
        put("FOLDER", (folder.path() / "backups").string());
        put("http://127.0.0.1:8425", fmt::format("http://127.0.0.1:{}", port));
        put("curl ", "curl --silent --fail ");
        put("@cat.png …", "@cat.png http://127.0.0.1:" + std::to_string(port) + "/incoming/test");
        return command;
    }

    /// What comes to an end only when it is told to.
    void run_for_a_while(const std::string& command, const fs::path& with) {
        const Folder own;
        const fs::path log = own.path() / "log";
        ChildProcess process(in_shell("exec " + command, with), {.output = log, .environment = {}});
        EXPECT_TRUE(eventually([&] { return contents(log).find("postrider starts") != std::string::npos; }))
            << contents(log);
        process.signal(SIGTERM);
        EXPECT_EQ(process.wait_for(patience).value_or(-1), 0) << contents(log);
    }

    void run(const std::string& shown) {
        const bool empty = shown.starts_with("postrider restore");
        const Site other(shared_server(), empty ? Site::Tables::none : Site::Tables::migrated);
        const int own_port = port;
        if (apart(shown)) port = free_port();
        const fs::path with =
            apart(shown)
                ? folder.write("other.yaml", settings(other.url(owner_role), empty ? "restored" : "media"))
                : config;
        port = own_port;
        prepare(shown);
        const std::string command = with_values(shown, other);
        if (shown.starts_with("postrider run")) return run_for_a_while(command, with);
        const Ran ran = shell(command, with);
        // This site has troubles, made for the other commands.
        const int worst = shown == "postrider check" ? 1 : 0;
        EXPECT_TRUE(ran.exit_code >= 0 && ran.exit_code <= worst)
            << command << "\nexit code " << ran.exit_code << '\n'
            << ran.out << ran.err;
    }

    const std::string mail =
        "From: pat@example.net\nTo: study@example.org\nMessage-ID: <1@x>\nSubject: Hello\n\nHello\n";
    const Folder folder;
    int port = free_port();
    const fs::path config = folder.write("postrider.yaml", settings(site.url(owner_role), "media"));
    DaemonProcess daemon{contents(config)};
};

TEST_P(DocumentedCommands, CanBeRunAsTheyStandThere) {
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    std::set<std::string> done;
    for (const Shown& command : commands_to_run()) {
        if (command.page != GetParam()) continue;
        if (!done.insert(command.text).second) continue;
        SCOPED_TRACE(command.place() + ": " + command.text);
        run(command.text);
    }
}

std::string name_of_page(const ::testing::TestParamInfo<std::string>& page) {
    return std::regex_replace(page.param, std::regex("[^A-Za-z0-9]"), "_");
}
INSTANTIATE_TEST_SUITE_P(Pages, DocumentedCommands, ::testing::ValuesIn(pages_with_commands()), name_of_page);

TEST(DocumentedNames, AreOfCommandsThatAreThereAndNotWhole) {
    std::set<std::string> shown;
    for (const Shown& command : shown_commands({"postrider"})) shown.insert(command.text);
    for (const auto& [text, reason] : only_names) {
        SCOPED_TRACE(text);
        EXPECT_TRUE(shown.contains(text)) << "no page has it any more";
        const Ran whole = run_program({"bash", "-c", std::string(POSTRIDER_BINARY) + text.substr(9)});
        EXPECT_EQ(whole.exit_code, 2) << "it is complete: let it be run";
        static const std::regex words(R"(^postrider((?: [a-z][a-z-]*)+)((?: --[a-z-]+)?))");
        std::smatch found;
        ASSERT_TRUE(std::regex_search(text, found, words));
        const Ran help = run_program({"bash", "-c", POSTRIDER_BINARY + found.str(1) + " --help"});
        EXPECT_EQ(help.exit_code, 0) << help.err;
        const std::string option = found.str(2);
        EXPECT_TRUE(option.empty() || help.out.find(option.substr(1)) != std::string::npos);
    }
}

TEST(DocumentedNames, OfOptionsAreThoseOfTheProgram) {
    const std::string page = all_replaced(postrider_command({"describe", "man"}).out, "\\-", "-");
    int seen = 0;
    for (const Shown& code : shown_inline()) {
        static const std::regex option(R"(^(--[a-z][a-z-]+))");
        std::smatch found;
        if (!std::regex_search(code.text, found, option) || of_others.contains(found.str(1))) continue;
        ++seen;
        EXPECT_NE(page.find("\\fB" + found.str(1) + "\\fR"), std::string::npos)
            << code.place() << ": no command has " << found.str(1);
    }
    EXPECT_GT(seen, 20);
}

}  // namespace
}  // namespace postrider::testing
