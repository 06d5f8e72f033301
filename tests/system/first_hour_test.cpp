// docs/first-hour.md, typed by somebody who has never seen Postrider.
#include "tests/support/documents.h"
#include "tests/support/free_port.h"
#include "tests/system/system_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <sstream>

namespace postrider::testing {
namespace {

/// What a shell does with a block: it runs it until all that is to be seen is there.
constexpr const char* prelude = R"(
set -m
trap 'kill $(jobs -p) 2>/dev/null' EXIT
see() {  # the block, the lines that are to be seen, its place
    for _ in $(seq 60); do
        . "$1" >seen 2>&1
        missing=
        while IFS= read -r line; do grep -qE -- "$line" seen || missing=$line; done <"$2"
        [ -z "$missing" ] && return
        sleep 0.5
    done
    echo "$3: no line is like: $missing"
    cat seen
    exit 1
}
)";

/// A line of the page as a pattern: but for an id at its beginning other numbers will do, other times, and another
/// width of a table.
std::string pattern_of(const std::string& line) {
    std::size_t i = std::min(line.find_first_not_of("0123456789"), line.size());
    std::string pattern = (i > 0 ? "^ *" : "") + line.substr(0, i);
    while (i < line.size()) {
        const auto is = [&](int (*kind)(int)) {
            return i < line.size() && kind(static_cast<unsigned char>(line[i])) != 0;
        };
        if (is(std::isdigit)) {
            while (is(std::isdigit)) ++i;
            pattern += "[0-9]+";
        } else if (is(std::isspace)) {
            while (is(std::isspace)) ++i;
            pattern += " +";
        } else {
            if (std::string_view("\\^$.[]|()?*+{}").find(line[i]) != std::string_view::npos) pattern += '\\';
            pattern += line[i++];
        }
    }
    return pattern;
}

std::string patterns_of(const std::string& shown) {
    std::string patterns;
    std::istringstream lines(shown);
    for (std::string line; std::getline(lines, line);) patterns += pattern_of(line) + '\n';
    return patterns;
}

class FirstHour : public SystemTest {
protected:
    /// This test's folder, database and ports in place of the page's.
    std::string here(std::string text) const {
        for (const auto& [shown, real] : places) {
            for (std::size_t at = 0; (at = text.find(shown, at)) != std::string::npos; at += real.size())
                text.replace(at, shown.size(), real);
        }
        return text;
    }

    Folder folder;
    Site empty{shared_server(), Site::Tables::none};
    std::map<std::string, std::string> places{
        {"/tmp/postrider", folder.path().string()},
        {"postgresql:///postrider", "\"" + empty.url(owner_role) + "\""},
        {"8425", std::to_string(free_port())},
        {"9000", std::to_string(free_port())},
        {"docs/example-receiver", POSTRIDER_SOURCE_DIR "/docs/example-receiver"},
    };
};

TEST_F(FirstHour, GoesAsThePageSays) {
    std::filesystem::create_directory(folder.path() / "bin");
    std::filesystem::create_symlink(POSTRIDER_BINARY, folder.path() / "bin/postrider");
    std::string script = prelude;
    int seen = 0;
    const std::vector<ShownBlock> blocks = blocks_of("docs/first-hour.md");
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        const ShownBlock& block = blocks[i];
        if (block.language == "text") continue;
        std::string name = fmt::format("block-{}.{}", block.line, block.language);
        if (block.language == "yaml") name = "postrider.yaml";
        folder.write(name, here(block.text));
        if (block.language == "yaml") continue;
        if (block.language == "sql") {
            const std::string file = name;
            name += ".sh";
            folder.write(name, fmt::format("psql -X -q -v ON_ERROR_STOP=1 -d '{}' -f {}\n",
                                           empty.url(owner_role), file));
        }
        const bool is_shown = i + 1 < blocks.size() && blocks[i + 1].language == "text";
        folder.write(name + ".lines", is_shown ? patterns_of(here(blocks[i + 1].text)) : "");
        if (is_shown) {
            ++seen;
            script += fmt::format("see ./{0} {0}.lines {1}\n", name, block.place());
        } else {
            script += fmt::format(". ./{0} || {{ echo '{1} failed'; exit 1; }}\n", name, block.place());
        }
    }
    folder.write("script", script + "wait\n");
    const Ran ran = run_program(
        {"bash", "-c", fmt::format("cd {0}; PATH={0}/bin:$PATH; . ./script", folder.path().string())});
    EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err << contents(folder.path() / "postrider.log");
    EXPECT_GT(seen, 10);
}

}  // namespace
}  // namespace postrider::testing
