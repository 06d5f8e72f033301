// What must not be written in the code.
#include "tests/tidy/source_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <string>
#include <vector>

namespace postrider::tidy {
namespace {

/// A file of lib/ that may name a provider, and why.
struct Exception {
    std::string path;
    std::string reason;
};
const std::vector<Exception> may_name_providers{};

TEST(Wording, LibNamesNoProvider) {
    static const std::regex provider("twilio|azure", std::regex::icase);
    for (const SourceFile& file : source_files()) {
        const auto excepted = [&](const Exception& exception) { return exception.path == file.path; };
        if (!file.is_under("lib") ||
            std::any_of(may_name_providers.begin(), may_name_providers.end(), excepted)) {
            continue;
        }
        for (std::size_t i = 0; i < file.code.size(); ++i) {
            if (std::regex_search(file.code[i], provider)) {
                report(file, static_cast<int>(i) + 1, "lib names no provider: that belongs to transports/");
            }
        }
    }
}

TEST(Wording, EveryTaskHasAnOwner) {
    static const std::regex detached(R"(\bdetached(_t)?\b)");
    for (const SourceFile& file : source_files()) {
        if (!file.is_under("lib") && !file.is_under("transports") && !file.is_under("daemon")) continue;
        for (std::size_t i = 0; i < file.code.size(); ++i) {
            if (std::regex_search(without_strings(file.code[i]), detached)) {
                report(file, static_cast<int>(i) + 1, "nothing is detached: spawn it in a TaskGroup");
            }
        }
    }
}

}  // namespace
}  // namespace postrider::tidy
