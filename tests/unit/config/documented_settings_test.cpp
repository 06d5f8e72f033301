// The YAML that README.md and docs/ show is a configuration: what is only a part of one is put into a small whole.
#include "lib/config/read_config.h"
#include "tests/support/documents.h"
#include "tests/unit/config/fake_kind.h"
#include "transports/transports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

namespace postrider {
namespace {

using ::testing::IsEmpty;
using testing::Shown;

constexpr const char* secret = "whsec_aEpfk2t4T+F6958AVNDdcrS2gYvuJKxG";

bool has_section(const std::string& text, const std::string& key) {
    return text.starts_with(key + ":") || text.find('\n' + key + ':') != std::string::npos;
}

/// With what it leaves out, and the channels that pages speak of. Its secrets lie where nobody has them here.
std::string whole(std::string text) {
    text += '\n';
    if (!has_section(text, "database")) text += "database: { url: x }\n";
    if (!has_section(text, "channels"))
        text +=
            "channels: [{ name: mail, transport: loopback }, { name: sms, transport: twilio, from: "
            "\"+15550100\", "
            "account_sid: AC00000000000000000000000000000000, auth_token: x }]\n";
    static const std::regex elsewhere(R"((credential|file):[\w/.-]+)");
    return std::regex_replace(text, elsewhere, secret);
}

std::vector<std::string> faults_of(const std::string& text) {
    const ConfigResult read = read_config(whole(text), all_transport_kinds(), environment_of({}));
    return read ? std::vector<std::string>{} : lines_of(read.error());
}

/// Where a setting that is shown by itself may belong: in place of the last @.
const std::vector<std::string> places{
    "only_to: [x]\n@",
    "database: { url: x, @ }",
    "encryption: { secret_key: a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=, @ }",
    "log: { @ }",
    "alerts: { channel: mail, to: [x], @ }",
    "routes: [{ match: { message: x }, @ }]",
    "channels: [{ name: a, transport: loopback, @ }]",
    "channels: [{ name: a, smtp_url: smtp://localhost, from: a@example.org, @ }]",
    "channels: [{ name: a, smtp_url: smtp://localhost, from: a@example.org, transport: email, @ }]",
    "channels: [{ name: a, url: https://example.org, secret: file:x, @ }]",
    "channels: [{ name: a, url: https://example.org, secret: file:x, transport: webhook, @ }]",
    "forward: [{ url: https://example.org, secret: file:x, @ }]",
    "jobs: [{ name: a, sql: select 1, @ }]",
    "jobs: [{ name: a, sql: select 1, every: 1h, @ }]",
    "jobs: [{ name: a, every: 1h, @ }]",
    "jobs: [{ name: a, every: 1h, task: sync, @ }]",
    "jobs: [{ name: a, every: 1h, task: backup, @ }]",
    "jobs: [{ name: a, every: 1h, task: backup, to_folder: /x, @ }]",
    "jobs: [{ name: a, every: 1h, task: export, @ }]",
    "jobs: [{ name: a, every: 1h, task: export, to_folder: /x, @ }]",
    "jobs: [{ name: a, every: 1h, task: media, @ }]",
    "jobs: [{ name: a, every: 1h, to_folder: /x, @ }]",
    "quicksilver: { manage: [x], @ }",
    "jobs: [@]",
    "routes: [@]",
};

/// `database.guard: false` as a file has it.
std::string without_dot(const std::string& setting) {
    std::smatch found;
    if (!std::regex_match(setting, found, std::regex(R"(([a-z_]+)\.([a-z_]+: .*))"))) return setting;
    return found.str(1) + ": { " + (found.str(1) == "database" ? "url: x, " : "") + found.str(2) + " }";
}

bool fits_somewhere(const std::string& setting) {
    const auto fits = [&](std::string place) {
        place.replace(place.rfind('@'), 1, setting);
        return faults_of(place).empty();
    };
    return std::any_of(places.begin(), places.end(), fits);
}

TEST(DocumentedSettings, InBlocksAreReadWithoutProblems) {
    int seen = 0;
    for (const Shown& block : testing::shown_blocks("yaml")) {
        if (block.text.starts_with("# prometheus.yml")) continue;
        ++seen;
        EXPECT_THAT(faults_of(block.text), IsEmpty()) << block.place();
    }
    EXPECT_GT(seen, 4);
}

TEST(DocumentedSettings, InRunningTextAreKnownSomewhere) {
    // What is cut short, or begins as JSON does, is not to be typed.
    static const std::regex setting(R"(([a-z][a-z_]*(\.[a-z_]+)?: |\{ )[^…]*)");
    int seen = 0;
    for (const Shown& code : testing::shown_inline()) {
        if (!std::regex_match(code.text, setting)) continue;
        ++seen;
        EXPECT_TRUE(fits_somewhere(without_dot(code.text))) << code.place() << ": " << code.text;
    }
    EXPECT_GT(seen, 30);
}

}  // namespace
}  // namespace postrider
