// Who may include whom. Dependencies point one way: daemon → transports → lib.
#include "tests/tidy/source_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace postrider::tidy {
namespace {

using Modules = std::set<std::string>;
using Edges = std::map<std::string, Modules>;

/// What each folder of lib/ may use of the others. A new folder needs a row.
const Edges allowed_within_lib{
    {"async", {"log"}},
    {"model", {"async"}},
    {"log", {"text"}},
    {"process", {}},
    {"schedule", {"async"}},
    {"text", {}},
    {"files", {}},
    {"backup", {"crypto", "files", "model"}},
    {"transcript", {}},
    {"jobs", {"async", "health", "log", "model", "net", "process", "schedule", "text"}},
    {"quicksilver", {"async", "health", "jobs", "log", "model", "process", "schedule", "text"}},
    {"crypto", {"model", "text"}},
    {"health", {"async", "log", "model", "schedule"}},
    {"net", {"async", "crypto", "log", "model"}},
    {"mime", {"net"}},
    {"dispatch", {"async", "crypto", "health", "log", "model", "schedule", "text"}},
    {"inbound",
     {"async", "crypto", "dispatch", "health", "log", "media", "model", "net", "schedule", "text"}},
    {"store",
     {"async", "backup", "crypto", "dispatch", "health", "inbound", "jobs", "log", "model", "process",
      "quicksilver", "schedule", "text", "transcript"}},
    {"media", {"async", "crypto", "dispatch", "model", "process"}},
    {"spool", {"async", "crypto", "dispatch", "files", "inbound", "model", "text"}},
    {"config",
     {"async", "crypto", "dispatch", "health", "inbound", "jobs", "log", "model", "net", "quicksilver",
      "text"}},
};

/// Libraries that are heavy or dangerous to know about, and the one folder that does.
struct Keeper {
    std::string header;  ///< how its includes begin
    std::string folder;
};
const std::vector<Keeper> keepers{
    {"yaml-cpp/", "lib/config"},    {"pqxx/", "lib/store"},     {"libpq", "lib/store"},
    {"postgresql/", "lib/store"},   {"curl/", "lib/net"},       {"boost/beast", "lib/net"},
    {"spdlog/", "lib/log"},         {"systemd/", "daemon"},     {"unicode/", "lib/text"},
    {"re2/", "lib/text"},           {"CLI/", "daemon"},         {"date/", "lib/jobs"},
    {"sqlite3", "lib/spool"},       {"gmime/", "lib/mime"},     {"phonenumbers/", "lib/text"},
    {"openssl/hmac", "lib/crypto"}, {"openssl/ssl", "lib/net"}, {"openssl/x509", "lib/net"},
    {"boost/asio/ssl", "lib/net"},  {"webp/", "lib/media"},     {"png.h", "lib/media"},
    {"prometheus/", "lib/health"},  {"magic.h", "lib/media"},   {"archive", "lib/backup"},
    {"bzlib.h", "lib/backup"},
};

bool is_product(const SourceFile& file) {
    return file.is_under("lib") || file.is_under("transports") || file.is_under("shorteners") ||
           file.is_under("daemon");
}

/// "store" of lib/store/…
std::string lib_folder(const std::string& path) { return module_of(path).substr(std::string("lib/").size()); }

/// All that `start` uses, through others too.
Modules reachable(const Edges& uses, const std::string& start) {
    Modules seen;
    std::vector<std::string> next{start};
    while (!next.empty()) {
        const auto row = uses.find(next.back());
        next.pop_back();
        if (row == uses.end()) continue;
        for (const std::string& folder : row->second) {
            if (seen.insert(folder).second) next.push_back(folder);
        }
    }
    return seen;
}

void for_each_own_include(const std::function<void(const SourceFile&, const Include&)>& visit) {
    for (const SourceFile& file : source_files()) {
        for (const Include& include : file.includes) {
            if (include.quoted) visit(file, include);
        }
    }
}

TEST(Dependencies, OwnHeadersAreIncludedByTheirPathFromTheRoot) {
    const std::vector<std::string>& files = all_files();
    for_each_own_include([&](const SourceFile& file, const Include& include) {
        if (!std::binary_search(files.begin(), files.end(), include.path)) {
            report(file, include.line, "\"" + include.path + "\" is no path from the repository root");
        }
    });
}

TEST(Dependencies, LibKnowsNeitherDaemonNorTransportsNorTests) {
    for_each_own_include([](const SourceFile& file, const Include& include) {
        if (file.is_under("lib") && !include.path.starts_with("lib/")) {
            report(file, include.line, "lib includes only lib, not " + include.path);
        }
    });
}

TEST(Dependencies, ATransportUsesLibAndItsOwnFolderAndNoDatabase) {
    for_each_own_include([](const SourceFile& file, const Include& include) {
        if (!file.is_under("transports")) return;
        const std::string self = module_of(file.path);
        const bool lists_all = self == "transports";  // the files beside the folders name every kind
        const bool own =
            lists_all ? include.path.starts_with("transports/") : module_of(include.path) == self;
        if (!own && !include.path.starts_with("lib/")) {
            report(file, include.line,
                   "a transport includes only lib and its own folder, not " + include.path);
        }
        if (include.path.starts_with("lib/store/")) {
            report(file, include.line, "a transport never sees the database: not " + include.path);
        }
    });
}

TEST(Dependencies, AShortenerUsesLibAndItsOwnFolderAndNoDatabase) {
    for_each_own_include([](const SourceFile& file, const Include& include) {
        if (!file.is_under("shorteners")) return;
        const bool allowed = include.path.starts_with("shorteners/") || include.path.starts_with("lib/");
        if (!allowed || include.path.starts_with("lib/store/"))
            report(file, include.line,
                   "a shortener includes only lib and its own folder, not " + include.path);
    });
}

TEST(Dependencies, OnlyTestsUseTests) {
    for_each_own_include([](const SourceFile& file, const Include& include) {
        if (is_product(file) && include.path.starts_with("tests/")) {
            report(file, include.line, "the product does not use its tests: not " + include.path);
        }
    });
}

TEST(Dependencies, WithinLibFoldersUseOnlyWhatTheirRowAllows) {
    for_each_own_include([](const SourceFile& file, const Include& include) {
        if (!file.is_under("lib") || !include.path.starts_with("lib/")) return;
        const std::string from = lib_folder(file.path);
        const std::string to = lib_folder(include.path);
        const auto row = allowed_within_lib.find(from);
        if (row == allowed_within_lib.end()) {
            report(file, include.line,
                   "lib/" + from + " has no row in allowed_within_lib (tests/tidy/dependency_test.cpp)");
        } else if (from != to && !row->second.contains(to)) {
            report(file, include.line, "lib/" + from + " may not use lib/" + to);
        }
    });
}

TEST(Dependencies, FoldersOfLibFormNoLoop) {
    Edges uses;
    for_each_own_include([&](const SourceFile& file, const Include& include) {
        if (file.is_under("lib") && include.path.starts_with("lib/")) {
            uses[lib_folder(file.path)].insert(lib_folder(include.path));
        }
    });
    for_each_own_include([&](const SourceFile& file, const Include& include) {
        if (!file.is_under("lib") || !include.path.starts_with("lib/")) return;
        const std::string from = lib_folder(file.path);
        const std::string to = lib_folder(include.path);
        if (from == to) return;
        if (reachable(uses, to).contains(from)) {
            report(file, include.line,
                   "a loop: lib/" + to + " uses lib/" + from + ", perhaps through others");
        }
    });
}

TEST(Dependencies, HeavyLibrariesHaveOneKeeper) {
    for (const SourceFile& file : source_files()) {
        if (!is_product(file)) continue;
        for (const Include& include : file.includes) {
            for (const Keeper& keeper : keepers) {
                if (include.path.starts_with(keeper.header) && !file.is_under(keeper.folder)) {
                    report(file, include.line, "only " + keeper.folder + " uses " + include.path);
                }
            }
        }
    }
}

}  // namespace
}  // namespace postrider::tidy
