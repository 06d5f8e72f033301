#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postrider::tidy {

/// `#include "path"` or `#include <path>`.
struct Include {
    std::string path;
    bool quoted = false;
    int line = 0;
};

struct SourceFile {
    std::string path;                ///< from the repository root
    std::vector<std::string> lines;  ///< as written
    std::vector<std::string> code;   ///< without comments, as many as `lines`
    std::vector<Include> includes;

    bool is_header() const { return path.ends_with(".h"); }
    bool is_under(std::string_view folder) const;
};

/// The same text with comments blanked out; what looks like one inside a string stays.
std::string without_comments(std::string_view text);

/// The same code with what is between double quotes blanked out.
std::string without_strings(std::string_view line);

SourceFile parse_source(std::string path, std::string_view text);

/// Our C++: every .h and .cpp of lib, transports, daemon and tests; read once.
const std::vector<SourceFile>& source_files();

/// Paths from the repository root of all files of ours, of whatever kind, in order.
const std::vector<std::string>& all_files();

/// The whole text of a file, empty if there is none.
std::string read_file(const std::string& path);

/// `lib/async` of `lib/async/task.h`; `daemon` of `daemon/main.cpp`; `transports` of `transports/all.h`.
std::string module_of(std::string_view path);

/// Fails the running test at that line of that file, so that an editor can jump there.
void report(const SourceFile& file, int line, const std::string& rule);
void report(const std::string& path, int line, const std::string& rule);

}  // namespace postrider::tidy
