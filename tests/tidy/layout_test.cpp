// How files and folders look.
#include "tests/tidy/source_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace postrider::tidy {
namespace {

constexpr std::size_t lines_max = 400;

bool exists(const std::string& path) {
    return std::binary_search(all_files().begin(), all_files().end(), path);
}

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// The first lines of prose, as one line: after headings and blank lines, up to the next blank one.
std::string first_paragraph(const std::string& markdown) {
    std::istringstream stream(markdown);
    std::string paragraph;
    for (std::string line; std::getline(stream, line);) {
        if (line.empty() && !paragraph.empty()) break;
        if (!line.empty() && line[0] != '#') paragraph += line + " ";
    }
    return paragraph;
}

/// A folder with files, and one of them; lib/, transports/ and tests/ count folder by folder too.
std::map<std::string, std::string> folders() {
    std::map<std::string, std::string> found;
    for (const std::string& path : all_files()) {
        const std::string top = path.substr(0, path.find('/'));
        found.emplace(top, path);
        if (top == "lib" || top == "transports" || top == "tests") found.emplace(module_of(path), path);
    }
    return found;
}

TEST(Layout, HeadersAreGuardedByPragmaOnce) {
    for (const SourceFile& file : source_files()) {
        if (file.is_header() &&
            std::find(file.code.begin(), file.code.end(), "#pragma once") == file.code.end()) {
            report(file, 1, "a header begins with #pragma once");
        }
    }
}

TEST(Layout, AFileIsShortEnoughToBeRead) {
    for (const SourceFile& file : source_files()) {
        if (file.lines.size() > lines_max) {
            report(file, static_cast<int>(lines_max) + 1,
                   "a file has at most 400 lines: split it by concept");
        }
    }
}

TEST(Layout, EveryFolderSaysInASentenceWhatItIs) {
    static const std::regex sentence(R"(\S+ .*\S[.:!]( |$))");
    for (const auto& folder : folders()) {
        const std::string readme = folder.first + "/README.md";
        if (!exists(readme)) {
            report(folder.second, 1, readme + " is missing: one sentence on what is there");
        } else if (!std::regex_search(first_paragraph(read_file(readme)), sentence)) {
            report(readme, 1, "the first paragraph is a sentence on what is there");
        }
    }
}

TEST(Layout, FilesAreNamedAfterAConcept) {
    static const std::regex empty_name("(^|[_.-])(utils?|common|managers?|helpers?)([_.-]|$)");
    for (const std::string& path : all_files()) {
        if (std::regex_search(file_name(path), empty_name)) {
            report(path, 1, "no util, common, manager, helper: name the concept");
        }
    }
}

TEST(Layout, FilesOfTestsEndInTest) {
    static const std::regex test_macro(R"(^(TEST|TEST_F|TEST_P|TYPED_TEST)\()");
    for (const SourceFile& file : source_files()) {
        const bool kept = file.is_under("tests/unit") || file.is_under("tests/integration") ||
                          file.is_under("tests/conformance") || file.is_under("tests/system");
        if (!kept || file.path.ends_with("_test.cpp")) continue;
        for (std::size_t i = 0; i < file.code.size(); ++i) {
            if (!std::regex_search(file.code[i], test_macro)) continue;
            report(file, static_cast<int>(i) + 1, "tests stand in files that end in _test.cpp");
            break;
        }
    }
}

TEST(Layout, ASourceIncludesItsOwnHeaderFirst) {
    for (const SourceFile& file : source_files()) {
        if (file.is_header()) continue;
        const std::string own = file.path.substr(0, file.path.rfind('.')) + ".h";
        if (!exists(own)) continue;
        if (file.includes.empty() || file.includes.front().path != own) {
            const int line = file.includes.empty() ? 1 : file.includes.front().line;
            report(file, line, "its own header comes first: #include \"" + own + "\"");
        }
    }
}

}  // namespace
}  // namespace postrider::tidy
