// The man page and the completion are made of the commands: what somebody sees of them.
#include "tests/system/system_test.h"

#include <fmt/format.h>

#include <regex>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Help {
    std::vector<std::string> commands;
    std::vector<std::string> options;
};

/// What `--help` lists.
Help help_of(std::vector<std::string> command) {
    command.emplace_back("--help");
    const std::string text = postrider_command(command).out;
    static const std::regex option(R"(\n  (?:-\w,)?--([\w-]+))");
    static const std::regex below(R"(\n  ([a-z][\w-]*) )");
    Help help;
    for (std::sregex_iterator it(text.begin(), text.end(), option), end; it != end; ++it)
        help.options.push_back(it->str(1));
    const auto begin = text.find("\nSubcommands:");
    if (begin == std::string::npos) return help;
    const std::string list = text.substr(begin);
    for (std::sregex_iterator it(list.begin(), list.end(), below), end; it != end; ++it)
        help.commands.push_back(it->str(1));
    return help;
}

/// What bash proposes behind these words.
std::string completed(const std::string& script, const std::vector<std::string>& words) {
    std::string line = "postrider";
    for (const std::string& word : words) line += " '" + word + "'";
    const std::string program =
        script + fmt::format("COMP_WORDS=({}); COMP_CWORD={}; _postrider; echo \" ${{COMPREPLY[*]}} \"", line,
                             words.size());
    const Ran ran = run_program({"bash", "-euc", program});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    return ran.out;
}

TEST(Describe, ManPageAndCompletionHaveEveryCommandAndOptionThatHelpLists) {
    const std::string page = postrider_command({"describe", "man"}).out;
    const std::string script = postrider_command({"describe", "bash"}).out;
    std::vector<std::vector<std::string>> left{{}};
    int seen = 0;
    while (!left.empty()) {
        const std::vector<std::string> command = left.back();
        left.pop_back();
        const Help help = help_of(command);
        ASSERT_FALSE(help.options.empty()) << ::testing::PrintToString(command);
        std::vector<std::string> words = command;
        words.emplace_back("");
        const std::string proposed = completed(script, words);
        std::string section = page;
        if (!command.empty()) {
            ++seen;
            std::string name = command[0];
            for (std::size_t i = 1; i < command.size(); ++i) name += " " + command[i];
            const std::string heading =
                ".SS \"postrider " + std::regex_replace(name, std::regex("-"), "\\-") + "\"\n";
            const auto begin = page.find(heading);
            ASSERT_NE(begin, std::string::npos) << heading;
            section = page.substr(begin, page.find(".SS ", begin + 1) - begin);
        }
        for (const std::string& option : help.options) {
            EXPECT_THAT(proposed, HasSubstr(" --" + option + " "));
            const std::string in_roff = std::regex_replace("--" + option, std::regex("-"), "\\-");
            if (command.empty()) continue;
            EXPECT_THAT(section, HasSubstr("\\fB" + in_roff + "\\fR")) << section;
        }
        for (const std::string& below : help.commands) {
            EXPECT_THAT(proposed, HasSubstr(" " + below + " "));
            left.push_back(command);
            left.back().push_back(below);
        }
    }
    EXPECT_GT(seen, 30);
    EXPECT_THAT(completed(script, {"jobs", "hist"}), " history \n");
    EXPECT_THAT(page, Not(HasSubstr("supervise\\-job"))) << "nobody's business";
}

}  // namespace
}  // namespace postrider::testing
