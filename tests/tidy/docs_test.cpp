// What the documentation says of the code is so.
#include "tests/tidy/source_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>

namespace postrider::tidy {
namespace {

std::set<std::string> names_of_tests() {
    static const std::regex test(R"(^(?:TEST|TEST_F|TEST_P)\((\w+), *(\w+))");
    std::set<std::string> names;
    for (const SourceFile& file : source_files()) {
        if (!file.is_under("tests")) continue;
        const std::string text = read_file(file.path);
        for (std::size_t begin = 0; begin < text.size();) {
            const std::size_t end = std::min(text.find('\n', begin), text.size());
            // A long name may have the line behind the comma to itself.
            const std::string two_lines =
                text.substr(begin, std::min(text.find('\n', end + 1), text.size()) - begin);
            std::smatch found;
            const std::string flat = std::regex_replace(two_lines, std::regex(R"(\s+)"), " ");
            if (std::regex_search(flat, found, test)) names.insert(found.str(1) + "." + found.str(2));
            begin = end + 1;
        }
    }
    return names;
}

/// Calls `see` with what of a page is `wanted`, and its line.
template <class See>
void each_match(const std::string& page, const std::regex& wanted, const See& see) {
    const std::string text = read_file(page);
    int line = 1;
    std::size_t counted = 0;
    for (auto it = std::sregex_iterator(text.begin(), text.end(), wanted); it != std::sregex_iterator();
         ++it) {
        const auto at = static_cast<std::size_t>(it->position());
        line += static_cast<int>(std::count(text.begin() + static_cast<std::ptrdiff_t>(counted),
                                            text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
        counted = at;
        see(it->str(1), line);
    }
}

TEST(Docs, TestsThatTheThreatModelNamesAreThere) {
    static const std::regex name(R"(`([A-Z]\w+\.[A-Z]\w+)`)");
    const std::set<std::string> tests = names_of_tests();
    int named = 0;
    each_match("docs/security.md", name, [&](const std::string& test, int line) {
        ++named;
        if (!tests.contains(test)) report("docs/security.md", line, "no test is called " + test);
    });
    EXPECT_GT(named, 40);
}

TEST(Docs, EveryMetricIsExplained) {
    const std::string page = read_file("docs/metrics.md");
    const std::string code = read_file("lib/health/metrics.cpp");
    static const std::regex name(R"-("(postrider_\w+)")-");
    int found = 0;
    for (auto it = std::sregex_iterator(code.begin(), code.end(), name); it != std::sregex_iterator(); ++it) {
        ++found;
        if (page.find("`" + it->str(1) + "`") == std::string::npos)
            report("docs/metrics.md", 1, it->str(1) + " is not explained");
    }
    EXPECT_GT(found, 8);
}

TEST(Docs, EveryMetricThatAnAlertAsksForIsThere) {
    const std::string code = read_file("lib/health/metrics.cpp") + read_file("lib/health/check_metrics.cpp");
    static const std::regex name(R"(\b(postrider_[a-z_]+?)(?:_bucket)?[\[{ )=])");
    each_match("config/prometheus/alerts.yaml", name, [&](const std::string& metric, int line) {
        if (code.find('"' + metric + '"') == std::string::npos)
            report("config/prometheus/alerts.yaml", line, "there is no " + metric);
    });
}

TEST(Docs, EveryFuzzTargetIsInTheThreatModel) {
    const std::string page = read_file("docs/security.md");
    for (const std::string& path : all_files()) {
        static const std::regex target(R"(^tests/fuzz/targets/(\w+)\.cpp$)");
        std::smatch found;
        if (std::regex_match(path, found, target) && page.find("`" + found.str(1) + "`") == std::string::npos)
            report(path, 1, "docs/security.md does not say against what this target stands");
    }
}

}  // namespace
}  // namespace postrider::tidy
