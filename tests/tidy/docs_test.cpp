// What the documentation says of the code is so.
#include "tests/tidy/source_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

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

TEST(Docs, EveryMetricThatTheDashboardDrawsIsExplained) {
    const std::string page = read_file("docs/metrics.md");
    static const std::regex name(R"(\b(postrider_[a-z_]+?)(?:_bucket)?[\[{ )\"])");
    int drawn = 0;
    each_match("config/prometheus/dashboard.json", name, [&](const std::string& metric, int line) {
        ++drawn;
        if (page.find('`' + metric + '`') == std::string::npos)
            report("config/prometheus/dashboard.json", line, metric + " is not explained in docs/metrics.md");
    });
    EXPECT_GT(drawn, 15);
}

/// A row of docs/status.md, or what the program says: an id, how bad, and the words.
struct Said {
    std::string id;
    std::string health;
    std::string words;
};

/// Of what is between quotes, one piece behind the other.
std::string joined_literals(const std::string& code) {
    static const std::regex literal(R"-("((?:[^"\\]|\\.)*)")-");
    std::string text;
    for (auto it = std::sregex_iterator(code.begin(), code.end(), literal); it != std::sregex_iterator();
         ++it)
        text += it->str(1);
    return text;
}

std::vector<Said> said_by_the_program() {
    const std::string code = read_file("lib/health/status_messages.h");
    static const std::regex message(
        R"-(StatusMessage\s+\w+\{\s*"([a-z_.]+)",\s*Health::(\w+),\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\})-");
    std::vector<Said> all;
    for (auto it = std::sregex_iterator(code.begin(), code.end(), message); it != std::sregex_iterator();
         ++it) {
        std::string health = it->str(2);
        for (char& c : health) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        all.push_back({it->str(1), health,
                       std::regex_replace(joined_literals(it->str(3)), std::regex(R"(\{[^}]*\})"), "…")});
    }
    return all;
}

TEST(Docs, EveryStatusMessageIsExplained) {
    std::map<std::string, Said> rows;
    static const std::regex row(R"(\n(\| `[a-z_]+\.[a-z_]+` \|[^\n]*))");
    static const std::regex cells(R"(\| `([^`]+)` \| (\w+) \| (.+) \| (.+) \| (.+) \|)");
    each_match("docs/status.md", row, [&](const std::string& line, int at) {
        std::smatch found;
        if (!std::regex_match(line, found, cells))
            return report("docs/status.md", at + 1, "a row has five cells, none empty: " + line);
        if (!rows.emplace(found.str(1), Said{found.str(1), found.str(2), found.str(3)}).second)
            report("docs/status.md", at + 1, found.str(1) + " is there twice");
    });
    const std::vector<Said> said = said_by_the_program();
    EXPECT_GT(said.size(), 90u);
    for (const Said& each : said) {
        const auto found = rows.find(each.id);
        if (found == rows.end()) {
            report("docs/status.md", 1, each.id + " is not explained");
            continue;
        }
        EXPECT_EQ(found->second.health, each.health) << "of " << each.id << " in docs/status.md";
        EXPECT_EQ(found->second.words, each.words) << "of " << each.id << " in docs/status.md";
        rows.erase(found);
    }
    for (const auto& [id, each] : rows) report("docs/status.md", 1, "the program does not say " + id);
}

TEST(Docs, ChecksSayNothingThatHasNoRow) {
    // Else docs/status.md could not be complete: whatever a check says goes through say().
    static const std::regex by_hand(
        R"(\b[Cc]heck(->|\.)(text|health) *\+?=[^=]|\bCheck *\{[^}]*\.(text|health) *=|\.health *= *Health::)");
    for (const SourceFile& file : source_files()) {
        if (file.is_under("tests") || file.path == "lib/health/status_messages.cpp") continue;
        for (std::size_t i = 0; i < file.code.size(); ++i) {
            const bool may = file.code[i].find("heck") != std::string::npos ||
                             file.code[i].find("health") != std::string::npos;
            if (may && std::regex_search(file.code[i], by_hand))
                report(file, static_cast<int>(i) + 1,
                       "a check says it by say() of lib/health/status_messages.h");
        }
    }
}

TEST(Docs, EveryStatusMessageIsSaid) {
    const std::string catalogue = read_file("lib/health/status_messages.h");
    static const std::regex name(R"(StatusMessage\s+(\w+)\{)");
    std::string code;
    for (const SourceFile& file : source_files()) {
        if (file.is_under("tests") || file.path == "lib/health/status_messages.h") continue;
        for (const std::string& line : file.code) code += line + '\n';
    }
    for (auto it = std::sregex_iterator(catalogue.begin(), catalogue.end(), name);
         it != std::sregex_iterator(); ++it) {
        if (code.find("status::" + it->str(1)) == std::string::npos)
            report("lib/health/status_messages.h", 1, "nobody says " + it->str(1));
    }
}

/// As GitHub names a heading.
std::string anchor_of(const std::string& heading) {
    std::string anchor;
    for (const char c : heading) {
        if (c == ' ') anchor += '-';
        if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_')
            anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return anchor;
}

TEST(Docs, LinksLeadToFilesAndHeadingsThatAreThere) {
    static const std::regex link(R"(\]\(([^)#: ]*)(?:#([^) ]*))?\))");
    static const std::regex heading(R"((?:^|\n)#+ ([^\n]*))");
    std::vector<std::string> pages{"README.md", "CONTRIBUTING.md", "CHANGELOG.md"};
    for (const std::string& path : all_files()) {
        if (path.ends_with(".md")) pages.push_back(path);
    }
    for (const std::string& page : pages) {
        const std::string text = read_file(page);
        for (auto it = std::sregex_iterator(text.begin(), text.end(), link); it != std::sregex_iterator();
             ++it) {
            const std::string folder = page.substr(0, page.rfind('/') + 1);
            const auto target =
                it->str(1).empty() ? std::filesystem::path(page) : std::filesystem::path(folder + it->str(1));
            const std::string path = target.lexically_normal().generic_string();
            const auto line =
                static_cast<int>(std::count(text.begin(), text.begin() + it->position(), '\n')) + 1;
            const bool folder_of_ours = !read_file(path + "/README.md").empty();
            const std::string there = folder_of_ours ? "" : read_file(path);
            if (there.empty() && !folder_of_ours) report(page, line, "there is no " + path);
            if (there.empty() || it->str(2).empty()) continue;
            std::set<std::string> anchors;
            for (auto at = std::sregex_iterator(there.begin(), there.end(), heading);
                 at != std::sregex_iterator(); ++at)
                anchors.insert(anchor_of(at->str(1)));
            if (!anchors.contains(it->str(2))) report(page, line, path + " has no heading " + it->str(2));
        }
    }
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
