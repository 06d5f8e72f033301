#include "lib/config/read_config.h"

#include "tests/support/made_certificate.h"
#include "tests/unit/config/fake_kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const FakeKind loopback("loopback");
const FakeKind twilio("twilio");
const TransportKinds kinds{&loopback, &twilio};

// 32 bytes `k`
constexpr const char* key = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=";

const std::string head =
    "database: { url: 'postgresql:///site' }\nchannels: [{ name: test, transport: loopback }]\n";

ConfigResult read(const std::string& yaml) {
    return read_config(yaml, kinds, environment_of({{"TOKEN", "hunter2"}, {"KEY", key}}));
}

/// The problems of a file that is sound but for `yaml`, which begins in line 3.
std::vector<std::string> problems(const std::string& yaml) {
    const auto result = read(head + yaml);
    return result ? std::vector<std::string>{} : lines_of(result.error());
}

std::vector<std::string> warnings(const std::string& yaml) {
    const auto result = read(head + yaml);
    return result ? lines_of(result->warnings)
                  : std::vector<std::string>{"PROBLEM " + lines_of(result.error())[0]};
}

Config config(const std::string& yaml) {
    const auto result = read(head + yaml);
    EXPECT_TRUE(result) << (result ? "" : lines_of(result.error())[0]);
    return result ? result->config : Config{};
}

TEST(ReadConfig, WhatAFileLeavesOutHasItsDefault) {
    const Config read = config("");
    EXPECT_EQ(read.database.url.reveal(), "postgresql:///site");
    EXPECT_EQ(read.database.pool_size, 4u);
    EXPECT_EQ(read.database.settle, 2s);
    EXPECT_TRUE(read.database.notify);
    EXPECT_EQ(read.delivery, Delivery::live);
    EXPECT_EQ(read.lateness_max, 24h);
    EXPECT_EQ(read.listen.address, "127.0.0.1");
    EXPECT_EQ(read.listen.port, 8425);
    EXPECT_THAT(read.listen.trusted_proxies, ElementsAre("127.0.0.1"));
    EXPECT_EQ(read.encryption.secret_key, std::nullopt);
    EXPECT_FALSE(read.encryption.encrypt_text);
    EXPECT_EQ(read.phone_region, "US");
    EXPECT_EQ(read.time_zone, "UTC");
    EXPECT_THAT(read.status.allowed_hosts, ElementsAre("127.0.0.1", "::1"));
    EXPECT_EQ(read.log.level, log::Level::info);
    EXPECT_THAT(warnings(""), IsEmpty());
}

TEST(ReadConfig, WhatAFileSaysIsTaken) {
    const auto result = read(R"(
database: { url: env:TOKEN, pool_size: 8, settle: 0s, notify: false, guard: false }
delivery: only
only_to: ["+15550100"]
lateness_max: 2d
listen: { address: "[::]", port: 0, public_url: https://messages.example.org/x, trusted_proxies: [10.0.0.1, "::1"] }
encryption: { secret_key: env:KEY, lookup_hash_prefix: salt, encrypt: [addresses, text] }
phone_region: DE
time_zone: America/Chicago
channels: [{ name: test, transport: loopback }]
switchboard: false
routes: []
status: { allowed_hosts: 10.0.0.2, lag_warning: 1s, lag_critical: 1s }
log: { level: debug, format: json }
)");
    ASSERT_TRUE(result) << lines_of(result.error())[0];
    const Config& read = result->config;
    EXPECT_EQ(read.database.url.reveal(), "hunter2");
    EXPECT_EQ(read.database.pool_size, 8u);
    EXPECT_EQ(read.database.settle, 0s);
    EXPECT_FALSE(read.database.notify);
    EXPECT_FALSE(read.database.guard);
    EXPECT_EQ(read.delivery, Delivery::only);
    EXPECT_THAT(read.only_to, ElementsAre(Address("+15550100")));
    EXPECT_EQ(read.lateness_max, 48h);
    EXPECT_EQ(read.listen.address, "::");
    EXPECT_EQ(read.listen.port, 0);
    EXPECT_EQ(read.listen.public_url, "https://messages.example.org/x");
    EXPECT_THAT(read.listen.trusted_proxies, ElementsAre("10.0.0.1", "::1"));
    EXPECT_EQ(read.encryption.secret_key, Secret(std::string(32, 'k')));
    EXPECT_EQ(read.encryption.lookup_hash_prefix, "salt");
    EXPECT_TRUE(read.encryption.encrypt_text);
    EXPECT_EQ(read.phone_region, "DE");
    EXPECT_EQ(read.time_zone, "America/Chicago");
    EXPECT_FALSE(read.switchboard);
    EXPECT_THAT(read.status.allowed_hosts, ElementsAre("10.0.0.2"));
    EXPECT_EQ(read.status.lag_critical, 1s);
    EXPECT_EQ(read.log.level, log::Level::debug);
    EXPECT_EQ(read.log.format, log::Format::json);
    EXPECT_THAT(lines_of(result->warnings), IsEmpty());
}

TEST(ReadConfig, AllProblemsComeAtOnceInOrderOfLine) {
    const auto result = read(R"(database:
  url: env:NONE
  pool_size: 65
  settle: 61m
lisen:
  port: 1
channels:
  - transport: loopback
    rate: 10/fortnight
    conccurrency: 2
  - { name: b, transport: loopback, default: perhaps }
time_zone: Mars/Base
)");
    ASSERT_FALSE(result);
    EXPECT_THAT(lines_of(result.error()),
                ElementsAre("2:8: database.url: the environment variable NONE is not set",
                            "3:14: database.pool_size: 65 is not between 1 and 64",
                            "4:11: database.settle: 61m is not between 0s and 1h",
                            "5:1: lisen: is not a setting (did you mean listen?)",
                            "8:5: channels[0].name: is required",
                            "9:11: channels[0].rate: \"10/fortnight\" is not a rate (like 10/s, 600/min)",
                            "10:5: channels[0].conccurrency: is not a setting (did you mean concurrency?)",
                            "11:46: channels[1].default: \"perhaps\" is neither true nor false",
                            "12:12: time_zone: \"Mars/Base\" is not a time zone in /usr/share/zoneinfo (like "
                            "America/Chicago; the package is tzdata)"));
}

TEST(ReadConfig, TheDatabaseIsRequired) {
    EXPECT_THAT(lines_of(read("channels: []").error()), ElementsAre("1:1: database.url: is required"));
    EXPECT_THAT(lines_of(read("log: {}\ndatabase: { notify: true }").error()),
                ElementsAre("2:11: database.url: is required"));
}

TEST(ReadConfig, AFileThatIsNoMappingHasOneProblem) {
    EXPECT_THAT(lines_of(read("").error()), ElementsAre("0:0: the file is empty: it holds no settings"));
    EXPECT_THAT(lines_of(read("hello").error()), ElementsAre(HasSubstr("1:1: the file must be a mapping")));
    EXPECT_THAT(lines_of(read("a: [1\nb: 2\n").error()), ElementsAre(HasSubstr("not YAML: ")));
    EXPECT_THAT(lines_of(read("log: {}\n---\nlog: {}\n").error()),
                ElementsAre(HasSubstr("2:1: the settings end here: a second document")));
}

TEST(ReadConfig, DeliveryToSomeOnlyNeedsTheirList) {
    EXPECT_THAT(problems("delivery: only"),
                ElementsAre(HasSubstr("3:11: delivery: with \"delivery: only\"")));
    EXPECT_THAT(problems("delivery: only\nonly_to: []"), ElementsAre(HasSubstr("4:10: only_to: with")));
    EXPECT_THAT(problems("delivery: only\nonly_to: ['']"), ElementsAre(HasSubstr("empty address")));
    EXPECT_THAT(warnings("only_to: ['+15550100']"),
                ElementsAre("3:10: only_to: has no effect unless delivery is only"));
    EXPECT_THAT(problems("delivery: dead"),
                ElementsAre("3:11: delivery: \"dead\" is not one of live, hold, only"));
    EXPECT_EQ(config("delivery: hold").delivery, Delivery::hold);
}

TEST(ReadConfig, ListenAddressesAreNumeric) {
    EXPECT_EQ(config("listen: { address: '[::1]' }").listen.address, "::1");
    EXPECT_EQ(config("listen: { address: 0.0.0.0 }").listen.address, "0.0.0.0");
    EXPECT_THAT(problems("listen: { address: localhost }"),
                ElementsAre(HasSubstr("3:20: listen.address: \"localhost\" is not a numeric address")));
    EXPECT_THAT(problems("listen: { address: '[::1' }"), ElementsAre(HasSubstr("not a numeric address")));
    EXPECT_THAT(problems("listen: { port: 65536 }"),
                ElementsAre("3:17: listen.port: 65536 is not between 0 and 65535"));
    EXPECT_THAT(problems("listen: { trusted_proxies: [proxy] }"),
                ElementsAre(HasSubstr("\"proxy\" is not a numeric address")));
    EXPECT_THAT(problems("status: { allowed_hosts: [10.0.0.0/8] }"),
                ElementsAre(HasSubstr("status.allowed_hosts: ")));
}

TEST(ReadConfig, ThePublicUrlIsAWebAddress) {
    EXPECT_THAT(problems("listen: { public_url: messages }"),
                ElementsAre(HasSubstr("3:23: listen.public_url: is not a URL")));
    EXPECT_THAT(problems("listen: { public_url: 'https://a.example/?b' }"), ElementsAre(HasSubstr("query")));
    EXPECT_THAT(warnings("listen: { public_url: 'http://a.example' }"),
                ElementsAre(HasSubstr("in the clear")));
    EXPECT_THAT(warnings("listen: { public_url: 'http://127.0.0.1:1/x' }"), IsEmpty());
}

TEST(ReadConfig, TheKeyIsTheBase64OfExactly32Bytes) {
    const std::string prefix = "encryption: { lookup_hash_prefix: p, secret_key: ";
    EXPECT_EQ(config(prefix + key + " }").encryption.secret_key, Secret(std::string(32, 'k')));
    for (const char* bad : {"hunter2", "'a2s='", "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s",
                            "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tr",
                            "_2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="}) {
        EXPECT_THAT(
            problems(prefix + bad + " }"),
            ElementsAre(
                "3:50: encryption.secret_key: must be the base64 of exactly 32 bytes (44 characters)"))
            << bad;
    }
    EXPECT_THAT(problems("encryption: { secret_key: }"), ElementsAre(HasSubstr("has no value")));
}

TEST(ReadConfig, AKeyWithoutALookupPrefixIsWarnedOf) {
    EXPECT_THAT(
        warnings("encryption: { secret_key: env:KEY }"),
        ElementsAre(HasSubstr("3:27: encryption.secret_key: lookup keys without a prefix can be searched")));
    EXPECT_THAT(warnings("encryption: { secret_key: env:KEY, lookup_hash_prefix: '' }"),
                ElementsAre(HasSubstr("brute force")));
    EXPECT_THAT(warnings("encryption: { secret_key: env:KEY, lookup_hash_prefix: p }"), IsEmpty());
    EXPECT_EQ(config("encryption: { secret_key: env:KEY, lookup_hash_prefix: env:TOKEN }")
                  .encryption.lookup_hash_prefix,
              "hunter2");
}

TEST(ReadConfig, WhatIsEncryptedNeedsAKeyAndTheAddresses) {
    EXPECT_THAT(problems("encryption: { encrypt: [addresses, text] }"),
                ElementsAre(HasSubstr("needs encryption.secret_key")));
    EXPECT_THAT(warnings("encryption: { encrypt: [addresses] }"),
                ElementsAre(HasSubstr("has no effect without")));
    EXPECT_THAT(problems("encryption: { encrypt: [text] }"), ElementsAre(HasSubstr("must hold addresses")));
    EXPECT_THAT(problems("encryption: { encrypt: [names] }"),
                ElementsAre(HasSubstr("\"names\" is not one of")));
    const std::string keyed = "encryption: { secret_key: env:KEY, lookup_hash_prefix: p, encrypt: ";
    EXPECT_FALSE(config(keyed + "addresses }").encryption.encrypt_text);
    EXPECT_TRUE(config(keyed + "'addresses, text' }").encryption.encrypt_text);
}

TEST(ReadConfig, ARegionIsOneThatHasTelephoneNumbers) {
    EXPECT_EQ(config("phone_region: NO").phone_region, "NO");
    for (const char* bad : {"us", "USA", "''", "U1", "UK", "ZZ", "001"}) {
        EXPECT_THAT(problems(std::string("phone_region: ") + bad),
                    ElementsAre(HasSubstr("3:15: phone_region: ")))
            << bad;
    }
}

TEST(ReadConfig, ATimeZoneIsOneOfTheSystems) {
    EXPECT_EQ(config("time_zone: Europe/Berlin").time_zone, "Europe/Berlin");
    EXPECT_EQ(config("time_zone: Etc/GMT+5").time_zone, "Etc/GMT+5");
    for (const char* bad : {"Europe", "Europe/", "/etc/hostname", "../zoneinfo/UTC", "Europe/../UTC",
                            "zone.tab", "''", "leapseconds"}) {
        EXPECT_THAT(problems(std::string("time_zone: ") + bad), ElementsAre(HasSubstr("3:12: time_zone: ")))
            << bad;
    }
}

TEST(ReadConfig, AWarningOfLagComesBeforeTheAlarm) {
    EXPECT_THAT(problems("status: { lag_warning: 6m }"),
                ElementsAre("3:24: status.lag_warning: lag_warning must not be longer than lag_critical"));
    EXPECT_THAT(problems("status: { lag_critical: 1s }"),
                ElementsAre(HasSubstr("3:25: status.lag_critical: ")));
}

TEST(ReadConfig, TheSpoolIsAFolderByItsWholePath) {
    EXPECT_EQ(config("").spool.path, "");
    EXPECT_EQ(config("spool: { path: /srv/spool }").spool.path, "/srv/spool");
    for (const char* bad : {"spool", "./spool", "''"}) {
        EXPECT_THAT(problems(std::string("spool: { path: ") + bad + " }"),
                    ElementsAre(HasSubstr("3:16: spool.path: ")))
            << bad;
    }
    EXPECT_THAT(problems("spool: /x"), ElementsAre(HasSubstr("3:8: spool: must be a mapping")));
}

TEST(ReadConfig, RetentionKeepsForEverWhatHasNoRule) {
    EXPECT_TRUE(config("retention: {}").retention.empty());
    const RetentionRules rules = config("retention: { messages: 400d, journal: 30d }").retention;
    EXPECT_EQ(rules.messages, std::chrono::days{400});
    EXPECT_EQ(rules.media, std::nullopt);
    EXPECT_EQ(rules.journal, std::chrono::days{30});
    EXPECT_THAT(problems("retention: { messages: 1d, journal: 29d, texts: 3d }"),
                ElementsAre(HasSubstr("retention.messages: "), HasSubstr("retention.journal: "),
                            HasSubstr("retention.texts: is not a setting")));
}

TEST(ReadConfig, BackupsHaveKeysOfTheirOwn) {
    const std::string base64 = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=";
    const BackupConfig backup =
        config("backup: { secret_key: " + base64 + ", old_keys: [" + base64 + "] }").backup;
    EXPECT_EQ(backup.secret_key, Secret(std::string(32, 'k')));
    EXPECT_EQ(backup.old_keys.size(), 1u);
    EXPECT_THAT(problems("backup: { secret_key: short }"),
                ElementsAre(HasSubstr("must be the base64 of exactly 32")));
}

TEST(ReadConfig, TheMediaRootIsAFolderByItsWholePath) {
    EXPECT_EQ(config("").media.root, "/var/lib/postrider/media");
    EXPECT_EQ(config("media: { root: /srv/media }").media.root, "/srv/media");
    EXPECT_THAT(problems("media: { root: media }"), ElementsAre(HasSubstr("3:16: media.root: ")));
    EXPECT_THAT(problems("media: { rot: x }"),
                ElementsAre("3:10: media.rot: is not a setting (did you mean root?)"));
}

TEST(ReadConfig, ShortenersHaveTheirKeys) {
    const std::string signing_key(64, '6');
    const Config read =
        config("shorten_links: { create_url: 'https://go.example.org/create.json', signing_key: '" +
               signing_key + "', bitly_token: env:TOKEN }");
    EXPECT_EQ(read.shorten_links.signing_key, Secret(std::string(32, 'f')));
    EXPECT_EQ(read.shorten_links.bitly_token, Secret("hunter2"));
    EXPECT_THAT(problems("shorten_links: { create_url: 'https://go.example.org/create.json' }"),
                ElementsAre(HasSubstr("needs signing_key")));
    EXPECT_THAT(problems("shorten_links: { signing_key: hunter3, create_url: 'https://go.example.org/c' }"),
                ElementsAre(AllOf(HasSubstr("64 hexadecimal digits"), Not(HasSubstr("hunter3")))));
}

TEST(ReadConfig, OldKeysAreKeysAndNeedANewOne) {
    EXPECT_THAT(config("encryption: { lookup_hash_prefix: p, secret_key: env:KEY, old_keys: [env:KEY] }")
                    .encryption.old_keys,
                ElementsAre(Secret(std::string(32, 'k'))));
    EXPECT_THAT(
        problems("encryption: { lookup_hash_prefix: p, secret_key: env:KEY, old_keys: [hunter2] }"),
        ElementsAre(AllOf(HasSubstr("encryption.old_keys: must be the base64"), Not(HasSubstr("hunter2")))));
    EXPECT_THAT(problems("encryption: { old_keys: [env:KEY] }"),
                ElementsAre(HasSubstr("needs encryption.secret_key")));
}

TEST(ReadConfig, TheListenersCertificateAndKeyAreFilesThatFit) {
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("read_config_test." + std::to_string(::getpid()));
    std::filesystem::create_directory(folder);
    const CertificateFiles files = testing::make_certificate(folder, "a", "a");
    const CertificateFiles other = testing::make_certificate(folder, "b", "b");
    const auto tls = [](const std::string& certificate, const std::string& key_file) {
        return "listen: { tls: { certificate: " + certificate + ", key: " + key_file + " } }";
    };
    EXPECT_EQ(config("").listen.tls, std::nullopt);
    EXPECT_EQ(config(tls(files.certificate, files.key)).listen.tls, files);
    EXPECT_THAT(problems(tls(files.certificate, other.key)),
                ElementsAre(AllOf(StartsWith("3:" + std::to_string(38 + files.certificate.size()) + ": "),
                                  HasSubstr(": listen.tls.key: "), HasSubstr("does not fit"))));
    EXPECT_THAT(problems(tls(folder / "none", files.key)),
                ElementsAre(AllOf(StartsWith("3:31: listen.tls.certificate: cannot read "),
                                  HasSubstr("No such file"))));
    EXPECT_THAT(
        problems("listen: { tls: { certificate: a.crt } }"),
        ElementsAre("3:16: listen.tls.key: is required", StartsWith("3:31: listen.tls.certificate: ")));
    EXPECT_THAT(problems("listen: { tls: yes }"),
                ElementsAre(StartsWith("3:16: listen.tls: must be a mapping")));
    std::filesystem::remove_all(folder);
}

TEST(ReadConfig, RefusalsOfAnAddressAreLimited) {
    EXPECT_EQ(config("").listen.refusals_per_minute, 30u);
    EXPECT_EQ(config("listen: { refusals_per_minute: 0 }").listen.refusals_per_minute, 0u);
    EXPECT_THAT(problems("listen: { refusals_per_minute: -1 }"),
                ElementsAre(StartsWith("3:32: listen.refusals_per_minute: ")));
}

}  // namespace
}  // namespace postrider
