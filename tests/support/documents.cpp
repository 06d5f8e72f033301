#include "tests/support/documents.h"

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

namespace postrider::testing {

namespace {

namespace fs = std::filesystem;

const fs::path root = POSTRIDER_SOURCE_DIR;

std::vector<std::string> find_pages() {
    std::vector<std::string> pages{"README.md", "config/django/README.md"};
    for (const auto& entry : fs::recursive_directory_iterator(root / "docs")) {
        if (entry.path().extension() == ".md")
            pages.push_back(fs::relative(entry.path(), root).generic_string());
    }
    std::sort(pages.begin(), pages.end());
    return pages;
}

std::string without_indentation(const std::string& line, std::size_t indentation) {
    const std::size_t blanks = std::min(line.find_first_not_of(' '), line.size());
    return line.substr(std::min(blanks, indentation));
}

/// Calls `block(language, shown)` for each fenced block, and `prose(line, number)` for each line outside.
template <class Block, class Prose>
void read_page(const std::string& page, const Block& block, const Prose& prose) {
    std::ifstream stream(root / page);
    std::string language;
    std::size_t indentation = 0;
    Shown open;
    bool fenced = false;
    int number = 0;
    for (std::string line; std::getline(stream, line);) {
        ++number;
        const std::size_t at = line.find_first_not_of(' ');
        if (at != std::string::npos && line.compare(at, 3, "```") == 0) {
            if (fenced) {
                block(language, open);
            } else {
                language = line.substr(at + 3);
                indentation = at;
                open = {page, number + 1, ""};
            }
            fenced = !fenced;
        } else if (fenced) {
            open.text += without_indentation(line, indentation) + '\n';
        } else {
            prose(line, number);
        }
    }
}

/// Without `# what it is for` at its end.
std::string without_remark(const std::string& line) {
    static const std::regex remark(R"(\s+# .*$|^#.*$|\s+$)");
    return std::regex_replace(line, remark, "");
}

}  // namespace

const std::vector<std::string>& documented_pages() {
    static const std::vector<std::string> pages = find_pages();
    return pages;
}

std::vector<ShownBlock> blocks_of(const std::string& page) {
    std::vector<ShownBlock> all;
    read_page(
        page,
        [&](const std::string& language, const Shown& block) {
            all.push_back({block, language});
        },
        [](const std::string&, int) {});
    return all;
}

std::vector<Shown> shown_blocks(std::string_view language) {
    std::vector<Shown> all;
    for (const std::string& page : documented_pages()) {
        for (const ShownBlock& block : blocks_of(page)) {
            if (block.language == language) all.push_back(block);
        }
    }
    return all;
}

std::vector<Shown> shown_inline() {
    static const std::regex code(R"(`([^`]+)`)");
    static const std::regex bar(R"(\\\|)");  // as a table wants it
    std::vector<Shown> all;
    for (const std::string& page : documented_pages()) {
        read_page(
            page, [](const std::string&, const Shown&) {},
            [&](const std::string& line, int number) {
                for (std::sregex_iterator it(line.begin(), line.end(), code), end; it != end; ++it)
                    all.push_back({page, number, std::regex_replace(it->str(1), bar, "|")});
            });
    }
    return all;
}

std::vector<Shown> shown_commands(const std::vector<std::string>& programs) {
    std::vector<Shown> all;
    for (const Shown& block : shown_blocks("sh")) {
        std::istringstream lines(block.text);
        int number = block.line;
        for (std::string line; std::getline(lines, line); ++number) {
            line = without_remark(line);
            if (!line.empty()) all.push_back({block.page, number, line});
        }
    }
    static const std::regex handed_over(R"((?:=|\|)/usr/bin/(postrider [^"\n]*))");
    for (const Shown& block : shown_blocks("")) {
        for (std::sregex_iterator it(block.text.begin(), block.text.end(), handed_over), end; it != end; ++it)
            all.push_back({block.page, block.line, it->str(1)});
    }
    for (const Shown& code : shown_inline()) {
        const auto begins = [&](const std::string& program) { return code.text.starts_with(program + " "); };
        if (std::any_of(programs.begin(), programs.end(), begins)) all.push_back(code);
    }
    return all;
}

}  // namespace postrider::testing
