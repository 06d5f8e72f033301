// What the pages tell people to type, as far as it needs no running: tests/system runs what `postrider` has.
#include "tests/tidy/source_tree.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace postrider::tidy {
namespace {

/// Calls `see` with each match of `wanted` in a page that people read, its page and its line.
template <class See>
void in_pages(const std::regex& wanted, const See& see) {
    std::vector<std::string> pages{"README.md", "CONTRIBUTING.md"};
    for (const std::string& path : all_files()) {
        if (path.ends_with(".md")) pages.push_back(path);
    }
    for (const std::string& page : pages) {
        std::istringstream lines(read_file(page));
        int number = 0;
        for (std::string line; std::getline(lines, line);) {
            ++number;
            for (std::sregex_iterator it(line.begin(), line.end(), wanted), end; it != end; ++it)
                see(*it, page, number);
        }
    }
}

TEST(Commands, OfMakeAreTargets) {
    std::set<std::string> targets;
    const std::string makefile = read_file("Makefile");
    static const std::regex target(R"((?:^|\n)([a-z][a-z-]*):)");
    for (std::sregex_iterator it(makefile.begin(), makefile.end(), target), end; it != end; ++it)
        targets.insert(it->str(1));
    static const std::regex command(R"((?:`|^|&& )(?:sudo )?make ([a-z-]+))");
    int seen = 0;
    in_pages(command, [&](const std::smatch& found, const std::string& page, int line) {
        ++seen;
        if (!targets.contains(found.str(1))) report(page, line, "the Makefile has no " + found.str(1));
    });
    EXPECT_GT(seen, 30);
}

TEST(Commands, OfSystemdAreAboutUnitsThatAreInstalled) {
    static const std::regex command(R"(systemctl [a-z-]+ (?:--now )?'?(postrider[^`' ]*))");
    int seen = 0;
    in_pages(command, [&](const std::smatch& found, const std::string& page, int line) {
        ++seen;
        std::string unit = found.str(1);
        if (const auto at = unit.find('@'); at != std::string::npos) unit.resize(at + 1);
        if (unit.find('.') == std::string::npos) unit += ".service";
        if (read_file("systemd/" + unit).empty()) report(page, line, "there is no unit " + unit);
    });
    EXPECT_GT(seen, 10);
}

TEST(Commands, OfCtestFindTests) {
    const std::string tests = read_file("tests/CMakeLists.txt");
    static const std::regex command(R"(ctest [^`]*-R '?([a-z]+)(?:\\\|([a-z]+))?)");
    int seen = 0;
    in_pages(command, [&](const std::smatch& found, const std::string& page, int line) {
        for (std::size_t i = 1; i < found.size(); ++i) {
            if (found[i].length() == 0) continue;
            ++seen;
            if (tests.find("NAME " + found.str(i)) == std::string::npos)
                report(page, line, "no test of ctest is called " + found.str(i));
        }
    });
    EXPECT_GT(seen, 2);
}

}  // namespace
}  // namespace postrider::tidy
