#include "tests/tidy/source_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <utility>

namespace postrider::tidy {

namespace fs = std::filesystem;

namespace {

const fs::path root = POSTRIDER_SOURCE_DIR;

/// Where a literal that begins at `start` ends; `start` is just after its opening quote.
std::size_t end_of_literal(std::string_view text, std::size_t start, char quote) {
    for (std::size_t i = start; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == quote || text[i] == '\n') {
            return i + 1;
        }
    }
    return text.size();
}

/// The same for R"delimiter(…)delimiter".
std::size_t end_of_raw_string(std::string_view text, std::size_t start) {
    const std::size_t bracket = text.find('(', start);
    if (bracket == std::string_view::npos) return text.size();
    const std::string closing = ")" + std::string(text.substr(start, bracket - start)) + "\"";
    const std::size_t end = text.find(closing, bracket);
    return end == std::string_view::npos ? text.size() : end + closing.size();
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::vector<std::string> split_lines(std::string_view text) {
    std::vector<std::string> lines;
    std::istringstream stream{std::string(text)};
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

std::vector<std::string> list_files() {
    static constexpr std::array ours{"cmake",   "config",     "daemon",  "docs",  "lib",
                                     "scripts", "shorteners", "systemd", "tests", "transports"};
    std::vector<std::string> files;
    for (const char* folder : ours) {
        if (!fs::exists(root / folder)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            if (entry.is_regular_file()) files.push_back(fs::relative(entry.path(), root).generic_string());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::vector<SourceFile> read_sources() {
    std::vector<SourceFile> sources;
    for (const std::string& path : all_files()) {
        if (path.ends_with(".h") || path.ends_with(".cpp")) {
            sources.push_back(parse_source(path, read_file(path)));
        }
    }
    return sources;
}

}  // namespace

bool SourceFile::is_under(std::string_view folder) const {
    return path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/';
}

std::string without_comments(std::string_view text) {
    std::string code(text);
    const auto blank = [&code](std::size_t from, std::size_t to) {
        for (; from < to; ++from) {
            if (code[from] != '\n') code[from] = ' ';
        }
    };
    std::size_t i = 0;
    while (i < text.size()) {
        const char before = i == 0 ? ' ' : text[i - 1];
        if (text.substr(i, 2) == "//") {
            const std::size_t end = std::min(text.find('\n', i), text.size());
            blank(i, end);
            i = end;
        } else if (text.substr(i, 2) == "/*") {
            const std::size_t closing = text.find("*/", i + 2);
            const std::size_t end = closing == std::string_view::npos ? text.size() : closing + 2;
            blank(i, end);
            i = end;
        } else if (text[i] == '"') {
            i = before == 'R' ? end_of_raw_string(text, i + 1) : end_of_literal(text, i + 1, '"');
        } else if (text[i] == '\'' && !is_word(before)) {  // after a digit it only groups: 1'000
            i = end_of_literal(text, i + 1, '\'');
        } else {
            ++i;
        }
    }
    return code;
}

std::string without_strings(std::string_view line) {
    static const std::regex string_literal(R"re("(\\.|[^"\\])*")re");
    return std::regex_replace(std::string(line), string_literal, "\"\"");
}

SourceFile parse_source(std::string path, std::string_view text) {
    static const std::regex include_line(R"re(^\s*#\s*include\s*(["<])([^">]+)[">])re");
    SourceFile file;
    file.path = std::move(path);
    file.lines = split_lines(text);
    file.code = split_lines(without_comments(text));
    for (std::size_t i = 0; i < file.code.size(); ++i) {
        std::smatch match;
        if (!std::regex_search(file.code[i], match, include_line)) continue;
        file.includes.push_back({match[2].str(), match[1].str() == "\"", static_cast<int>(i) + 1});
    }
    return file;
}

const std::vector<std::string>& all_files() {
    static const std::vector<std::string> files = list_files();
    return files;
}

const std::vector<SourceFile>& source_files() {
    static const std::vector<SourceFile> sources = read_sources();
    return sources;
}

std::string read_file(const std::string& path) {
    std::ifstream stream(root / path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::string module_of(std::string_view path) {
    const std::size_t first = path.find('/');
    const std::size_t second = first == std::string_view::npos ? first : path.find('/', first + 1);
    return std::string(path.substr(0, second == std::string_view::npos ? first : second));
}

void report(const SourceFile& file, int line, const std::string& rule) { report(file.path, line, rule); }

void report(const std::string& path, int line, const std::string& rule) {
    ADD_FAILURE_AT(path.c_str(), line) << rule;
}

}  // namespace postrider::tidy
