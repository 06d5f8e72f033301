#include "lib/config/read_config.h"
#include "tests/unit/config/fake_kind.h"
#include "transports/transports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

namespace postrider {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const TransportKinds& kinds = all_transport_kinds();

const std::filesystem::path reference = std::filesystem::path(POSTRIDER_SOURCE_DIR) / "config/postrider.yaml";

struct ConfigFileTest : ::testing::Test {
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "config-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder = name;
        file = folder / "postrider.yaml";
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    void write(const std::string& content) { std::ofstream(file, std::ios::binary) << content; }

    std::filesystem::path folder;
    std::filesystem::path file;
};

TEST_F(ConfigFileTest, AFileIsReadLikeItsText) {
    write("database: { url: x }\nchannels: [{ name: a, transport: loopback }]\n");
    const auto result = load_config(file, kinds);
    ASSERT_TRUE(result);
    EXPECT_THAT(result->config.channels, SizeIs(1));
    write("database: { url: x, prot: 1 }\n");
    EXPECT_THAT(lines_of(load_config(file, kinds).error()),
                ElementsAre("1:21: database.prot: is not a setting"));
}

TEST_F(ConfigFileTest, AFileThatCannotBeReadIsNamedWithTheReason) {
    EXPECT_THAT(
        lines_of(load_config(file, kinds).error()),
        ElementsAre("0:0: cannot read the configuration: " + file.string() + ": No such file or directory"));
    EXPECT_THAT(lines_of(load_config(folder, kinds).error()),
                ElementsAre("0:0: cannot read the configuration: " + folder.string() + ": Is a directory"));
}

TEST_F(ConfigFileTest, AnEmptyFileIsAProblem) {
    write("");
    EXPECT_THAT(lines_of(load_config(file, kinds).error()),
                ElementsAre("0:0: the file is empty: it holds no settings"));
}

TEST_F(ConfigFileTest, AFileAboveOneMiBIsAProblem) {
    const std::string sound = "database: { url: x }\n#";
    write(sound + std::string(1024 * 1024 - sound.size(), ' '));
    EXPECT_TRUE(load_config(file, kinds));
    write(sound + std::string(1024 * 1024 - sound.size() + 1, ' '));
    EXPECT_THAT(lines_of(load_config(file, kinds).error()), ElementsAre(HasSubstr(": larger than 1024 KiB")));
}

TEST_F(ConfigFileTest, ABinaryFileIsAProblem) {
    write(
        std::string("\x7f"
                    "ELF\x02\x01\0\0",
                    8));
    EXPECT_THAT(lines_of(load_config(file, kinds).error()), ElementsAre(HasSubstr("not text in UTF-8")));
}

TEST(ReferenceFile, ReadsWithoutProblemsOrWarnings) {
    const auto result = load_config(reference, kinds);
    ASSERT_TRUE(result) << lines_of(result.error())[0];
    EXPECT_THAT(lines_of(result->warnings), IsEmpty());
    ASSERT_THAT(result->config.channels, SizeIs(1));
    EXPECT_TRUE(result->config.channels[0].channel.is_default);
}

/// The reference with each commented setting taken in, by the rule that its first lines give.
std::string everything() {
    std::ostringstream text;
    text << std::ifstream(reference).rdbuf();
    static const std::regex commented("^#(?=  |[a-z_])", std::regex::multiline);
    return std::regex_replace(text.str(), commented, "");
}

Environment with_credentials(const std::filesystem::path& folder) {
    for (const char* name : {"twilio", "twilio_next", "twilio_key", "bitly", "mail"})
        std::ofstream(folder / name) << "hunter2";
    for (const char* name : {"webhook", "hook", "alerts"})
        std::ofstream(folder / name) << "whsec_aEpfk2t4T+F6958AVNDdcrS2gYvuJKxG";
    std::ofstream(folder / "azure")
        << "endpoint=https://contoso.communication.azure.com/;accesskey=aHVudGVyMg==";
    std::ofstream(folder / "event_grid") << "a-secret-of-the-subscription";
    std::ofstream(folder / "backup") << "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=";
    std::ofstream(folder / "shortener") << std::string(64, 'a');
    return environment_of({{"CREDENTIALS_DIRECTORY", folder.string()}});
}

TEST_F(ConfigFileTest, EverySettingOfTheReferenceIsKnown) {
    const auto result = read_config(everything(), kinds, with_credentials(folder));
    ASSERT_FALSE(result);
    EXPECT_THAT(lines_of(result.error()),
                ElementsAre(HasSubstr(": listen.tls.certificate: cannot read"),
                            HasSubstr(": encryption.secret_key: cannot read"),
                            HasSubstr("ca_file: names a file that cannot be read")));
}

TEST_F(ConfigFileTest, TheReferenceShowsTheDefaults) {
    // Without what is refused, and what is an example and no default.
    const std::string sound = std::regex_replace(
        everything(),
        std::regex("^(  tls:|  secret_key:|  old_keys:|  lookup_hash_prefix:|  "
                   "encrypt:|    ca_file:|encryption:|backup:|retention:|routes:|  - \\{ match).*$",
                   std::regex::multiline),
        "");
    const auto result = read_config(sound, kinds, with_credentials(folder));
    ASSERT_TRUE(result) << lines_of(result.error())[0];
    const Config& shown = result->config;
    const Config defaults;
    EXPECT_EQ(shown.database.pool_size, defaults.database.pool_size);
    EXPECT_EQ(shown.database.settle, defaults.database.settle);
    EXPECT_EQ(shown.database.notify, defaults.database.notify);
    EXPECT_EQ(shown.database.guard, defaults.database.guard);
    EXPECT_EQ(shown.delivery, defaults.delivery);
    EXPECT_EQ(shown.lateness_max, defaults.lateness_max);
    EXPECT_EQ(shown.listen.address, defaults.listen.address);
    EXPECT_EQ(shown.listen.port, defaults.listen.port);
    EXPECT_EQ(shown.listen.trusted_proxies, defaults.listen.trusted_proxies);
    EXPECT_EQ(shown.listen.refusals_per_minute, defaults.listen.refusals_per_minute);
    EXPECT_EQ(shown.phone_region, defaults.phone_region);
    EXPECT_EQ(shown.time_zone, defaults.time_zone);
    EXPECT_EQ(shown.switchboard, defaults.switchboard);
    EXPECT_EQ(shown.media.root, defaults.media.root);
    EXPECT_EQ(shown.media.fetch_megabytes_max, defaults.media.fetch_megabytes_max);
    EXPECT_EQ(shown.media.fetch_timeout, defaults.media.fetch_timeout);
    EXPECT_EQ(shown.media.fetch_expire, defaults.media.fetch_expire);
    EXPECT_EQ(shown.status.allowed_hosts, defaults.status.allowed_hosts);
    EXPECT_EQ(shown.status.lag_warning, defaults.status.lag_warning);
    EXPECT_EQ(shown.status.lag_critical, defaults.status.lag_critical);
    EXPECT_EQ(shown.log.level, defaults.log.level);
    EXPECT_EQ(shown.log.format, defaults.log.format);
    const Channel& channel = shown.channels.at(0).channel;
    EXPECT_EQ(channel.rate, Channel{}.rate);
    EXPECT_EQ(channel.concurrency, Channel{}.concurrency);
    EXPECT_EQ(channel.max_attempts, Channel{}.max_attempts);
    EXPECT_EQ(channel.expire_after, Channel{}.expire_after);
    EXPECT_EQ(channel.on_doubt, Channel{}.on_doubt);
    EXPECT_EQ(channel.reconcile_after, Channel{}.reconcile_after);
    EXPECT_EQ(channel.ordering, Channel{}.ordering);
    EXPECT_EQ(channel.order_hold, Channel{}.order_hold);
}

}  // namespace
}  // namespace postrider
