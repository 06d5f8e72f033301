// Each setting that the program reads is in the reference, and a test of more than its reading has it.
#include "tests/tidy/source_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace postrider::tidy {
namespace {

/// Readers of settings, and what a configuration must have for what they read to have any effect.
const std::map<std::string, std::string> readers{
    {"lib/config/read_alerts.cpp", "alerts:"},
    {"lib/config/read_channels.cpp", ""},
    {"lib/config/read_forward.cpp", "forward:"},
    {"lib/config/read_jobs.cpp", "jobs:"},
    {"lib/config/read_listen.cpp", ""},
    {"lib/config/read_quicksilver.cpp", "quicksilver:"},
    {"lib/config/read_routes.cpp", "routes:"},
    {"lib/config/read_sections.cpp", ""},
    {"lib/config/webhook_endpoint.cpp", ""},
    {"transports/azure/settings.cpp", "transport: azure"},
    {"transports/email/settings.cpp", "transport: email"},
    {"transports/loopback/settings.cpp", "transport: loopback"},
    {"transports/twilio/settings.cpp", ""},
    {"transports/webhook/settings.cpp", "transport: webhook"},
};

struct Setting {
    std::string reader;
    std::string key;
    int line = 0;
};

/// What a reader asks for by name.
std::vector<Setting> settings() {
    static const std::regex asked(
        R"-(\b(?:text|required_text|optional_text|secret|required_secret|secrets|sourced_text|flag|number|duration|seconds|rate|texts|one_of|url|required_url|child|children|has|read)(?:<[^>(]*>)?\(\s*"([a-z_]+)"|\bread_(?!name)\w+\(\w+,\s*"([a-z_]+)")-");
    std::vector<Setting> all;
    for (const auto& [reader, section] : readers) {
        const std::string code = read_file(reader);
        std::set<std::string> seen;
        for (std::sregex_iterator it(code.begin(), code.end(), asked), end; it != end; ++it) {
            const std::string key = it->str(1) + it->str(2);
            const auto line = std::count(code.begin(), code.begin() + it->position(), '\n') + 1;
            if (seen.insert(key).second) all.push_back({reader, key, static_cast<int>(line)});
        }
    }
    return all;
}

/// What stands before a colon, as the keys of a mapping do; in a string of C++ too, where a line end is \n.
std::set<std::string> keys_in(std::string text) {
    for (std::size_t at = 0; (at = text.find("\\n", at)) != std::string::npos;) text.replace(at, 2, "\n ");
    const auto in_key = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
    std::set<std::string> keys;
    for (std::size_t colon = 0; (colon = text.find(':', colon + 1)) != std::string::npos;) {
        std::size_t begin = colon;
        while (begin > 0 && in_key(text[begin - 1])) --begin;
        if (begin < colon && (begin == 0 || text[begin - 1] != '.'))
            keys.insert(text.substr(begin, colon - begin));
    }
    return keys;
}

TEST(Settings, EveryReaderIsLookedAt) {
    for (const SourceFile& file : source_files()) {
        const bool may_read = file.is_under("transports") || file.is_under("lib/config");
        if (!may_read || file.is_header() || readers.contains(file.path)) continue;
        for (std::size_t i = 0; i < file.code.size(); ++i) {
            for (const char* reading : {"channel.text(\"", "channel.flag(\"", "channel.secret(\"",
                                        "section.text(\"", "section.flag(\"", "file.child(\""}) {
                if (file.code[i].find(reading) != std::string::npos)
                    report(file, static_cast<int>(i) + 1, "this test does not know this reader of settings");
            }
        }
    }
}

TEST(Settings, AreAllInTheReference) {
    const std::string reference = read_file("config/postrider.yaml");
    const std::set<std::string> explained = keys_in(reference);
    const auto all = settings();
    EXPECT_GT(all.size(), 140u);
    for (const Setting& each : all) {
        // One of two ways may be told of in words, since only one can be shown.
        if (!explained.contains(each.key) && reference.find('"' + each.key + '"') == std::string::npos)
            report(each.reader, each.line, "config/postrider.yaml does not explain " + each.key);
    }
}

TEST(Settings, AreEachInAConfigurationThatATestOfTheDaemonRunsWith) {
    struct Run {
        std::string text;
        std::set<std::string> keys;
    };
    std::vector<Run> tests;
    for (const SourceFile& file : source_files()) {
        if (!file.is_under("tests/system")) continue;
        std::string text = read_file(file.path);
        const std::string own_header = std::filesystem::path(file.path).replace_extension(".h").string();
        if (!file.is_header()) text += read_file(own_header);  // empty where there is none
        text = without_comments(text);
        std::set<std::string> keys = keys_in(text);
        tests.push_back({std::move(text), std::move(keys)});
    }
    for (const Setting& each : settings()) {
        const std::string& section = readers.at(each.reader);
        const auto runs_with = [&](const Run& test) {
            return test.keys.contains(each.key) && test.text.find(section) != std::string::npos;
        };
        if (std::none_of(tests.begin(), tests.end(), runs_with))
            report(each.reader, each.line, "no test runs with " + each.key + " and sees what follows");
    }
}

}  // namespace
}  // namespace postrider::tidy
