#include "lib/config/sections.h"
#include "lib/config/wording.h"
#include "lib/crypto/base64.h"
#include "lib/text/phone_number.h"

#include <sodium/utils.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace postrider {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t secret_key_size = 32;
constexpr const char* key_form = "must be the base64 of exactly 32 bytes (44 characters)";
constexpr const char* zone_folder = "/usr/share/zoneinfo";

std::string read_folder(SettingsReader& section, std::string_view key, const std::string& fallback) {
    std::string path = section.text(key, fallback);
    if (!section.has(key) || is_whole_path(section, key, path, "the whole path of a folder")) return path;
    return fallback;
}

std::optional<Secret> decode_key(const Secret& base64) {
    std::optional<Secret> key = secret_from_base64(base64.reveal());
    if (key && key->reveal().size() != secret_key_size) key.reset();
    return key;
}

std::optional<Secret> decode_hex_key(const Secret& hex) {
    std::string bytes(secret_key_size, '\0');
    std::size_t size = 0;
    const std::string& text = hex.reveal();
    const int failed = sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                                      text.data(), text.size(), nullptr, &size, nullptr);
    Secret key(std::move(bytes));
    if (failed != 0 || size != secret_key_size) return std::nullopt;
    return key;
}

std::optional<Secret> read_secret_key(SettingsReader& encryption) {
    const auto base64 = encryption.secret("secret_key");
    if (!base64) return std::nullopt;
    auto key = decode_key(*base64);
    if (!key) encryption.problem("secret_key", key_form);
    return key;
}

std::vector<Secret> read_old_keys(SettingsReader& encryption) {
    std::vector<Secret> keys;
    for (const Secret& base64 : encryption.secrets("old_keys")) {
        if (auto key = decode_key(base64)) {
            keys.push_back(std::move(*key));
        } else {
            encryption.problem("old_keys", key_form);
        }
    }
    return keys;
}

/// `addresses, text` without the brackets of a list is a single text to YAML, and means the same.
std::vector<std::string> split_at_commas(const std::vector<std::string>& texts) {
    std::vector<std::string> result;
    for (const std::string& text : texts) {
        std::istringstream items(text);
        for (std::string item; std::getline(items >> std::ws, item, ',');) result.push_back(item);
    }
    return result;
}

/// Whether texts are to be encrypted, addresses being so in any case.
bool read_encrypt(SettingsReader& encryption) {
    bool addresses = false;
    bool text = false;
    for (const std::string& what : split_at_commas(encryption.texts("encrypt", {"addresses"}))) {
        if (what == "addresses") {
            addresses = true;
        } else if (what == "text") {
            text = true;
        } else {
            encryption.problem("encrypt", shown(what) + " is not one of addresses, text");
            return text;
        }
    }
    if (!addresses)
        encryption.problem("encrypt", "must hold addresses: with a key they are always encrypted");
    return text;
}

/// A name such as `America/Chicago`: no dots, so that no path leads out of the folder.
bool is_zone_name(std::string_view name) {
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '+' || c == '-' || c == '/';
    });
    return plain && !name.empty() && name.front() != '/' && name.back() != '/';
}

bool zone_exists(const std::string& name) {
    if (name == "UTC") return true;  // needs no file
    const std::filesystem::path file = std::filesystem::path(zone_folder) / name;
    std::error_code error;
    if (!is_zone_name(name) || !std::filesystem::is_regular_file(file, error)) return false;
    std::array<char, 4> magic{};  // the folder holds lists too
    std::ifstream(file, std::ios::binary).read(magic.data(), magic.size());
    return std::string_view(magic.data(), magic.size()) == "TZif";
}

}  // namespace

bool is_whole_path(SettingsReader& section, std::string_view key, std::string_view path,
                   std::string_view what) {
    if (path.starts_with('/')) return true;
    section.problem(key, shown(path) + " is not " + std::string(what) + ": it begins with /");
    return false;
}

DatabaseConfig read_database(SettingsReader& file) {
    DatabaseConfig database;
    SettingsReader section = file.child("database");
    database.url = section.required_secret("url");
    database.pool_size = section.number("pool_size", database.pool_size, 1, 64);
    database.settle = section.duration("settle", database.settle, 0s, 1h);
    database.notify = section.flag("notify", database.notify);
    database.guard = section.flag("guard", database.guard);
    return database;
}

void read_delivery(SettingsReader& file, Config& config) {
    config.delivery =
        file.one_of<Delivery>("delivery", config.delivery,
                              {{"live", Delivery::live}, {"hold", Delivery::hold}, {"only", Delivery::only}});
    for (std::string& address : file.texts("only_to", {})) {
        if (address.empty()) file.problem("only_to", "must not hold an empty address");
        config.only_to.emplace_back(std::move(address));
    }
    if (config.delivery == Delivery::only && config.only_to.empty()) {
        file.problem(file.has("only_to") ? "only_to" : "delivery",
                     "with \"delivery: only\", only_to must list who may get messages");
    }
    if (config.delivery != Delivery::only && !config.only_to.empty()) {
        file.warning("only_to", "has no effect unless delivery is only");
    }
    config.lateness_max = file.duration("lateness_max", config.lateness_max);
}

EncryptionSettings read_encryption(SettingsReader& file) {
    EncryptionSettings encryption;
    SettingsReader section = file.child("encryption");
    const std::size_t problems_before = section.problem_count();
    encryption.secret_key = read_secret_key(section);
    encryption.old_keys = read_old_keys(section);
    encryption.lookup_hash_prefix = section.sourced_text("lookup_hash_prefix", "");
    encryption.encrypt_text = read_encrypt(section);
    if (section.problem_count() != problems_before) return encryption;
    if (encryption.secret_key) {
        if (encryption.lookup_hash_prefix.empty()) {
            section.warning(section.has("lookup_hash_prefix") ? "lookup_hash_prefix" : "secret_key",
                            "lookup keys without a prefix can be searched by brute force: set "
                            "lookup_hash_prefix, unless the site that shares the database has none");
        }
    } else if (!encryption.old_keys.empty()) {
        section.problem("old_keys", "needs encryption.secret_key: what is written now needs a key too");
    } else if (encryption.encrypt_text) {
        section.problem("encrypt", "needs encryption.secret_key: without a key nothing is encrypted");
    } else if (section.has("encrypt") || !encryption.lookup_hash_prefix.empty()) {
        section.warning(section.has("encrypt") ? "encrypt" : "lookup_hash_prefix",
                        "has no effect without encryption.secret_key: nothing is encrypted");
    }
    return encryption;
}

void read_place(SettingsReader& file, Config& config) {
    const std::string region = file.text("phone_region", config.phone_region);
    if (is_phone_region(region)) {
        config.phone_region = region;
    } else {
        file.problem("phone_region", shown(region) + " is no country's code: two capital letters, like US");
    }
    const std::string zone = file.text("time_zone", config.time_zone);
    if (zone_exists(zone)) {
        config.time_zone = zone;
    } else {
        file.problem("time_zone", shown(zone) + " is not a time zone in " + zone_folder +
                                      " (like America/Chicago; the package is tzdata)");
    }
}

bool read_switchboard(SettingsReader& file) { return file.flag("switchboard", Config{}.switchboard); }

LinksConfig read_links(SettingsReader& file) {
    LinksConfig links;
    SettingsReader section = file.child("shorten_links");
    links.create_url = section.url("create_url", links.create_url);
    if (const auto hex = section.secret("signing_key")) {
        links.signing_key = decode_hex_key(*hex);
        if (!links.signing_key) section.problem("signing_key", "must be 64 hexadecimal digits");
    }
    links.bitly_token = section.secret("bitly_token");
    links.bitly_url = section.url("bitly_url", links.bitly_url);
    if (section.has("signing_key") != section.has("create_url")) {
        const bool key = section.has("signing_key");
        section.problem(key ? "signing_key" : "create_url",
                        std::string("needs ") + (key ? "create_url" : "signing_key") + " beside it");
    }
    while (links.bitly_url.ends_with('/')) links.bitly_url.pop_back();
    return links;
}

MediaConfig read_media(SettingsReader& file) {
    MediaConfig media;
    SettingsReader section = file.child("media");
    media.root = read_folder(section, "root", media.root);
    media.fetch_megabytes_max = section.number("fetch_megabytes_max", media.fetch_megabytes_max, 1, 100);
    media.fetch_timeout = section.duration("fetch_timeout", media.fetch_timeout, 1s, 10min);
    media.fetch_expire =
        section.duration("fetch_expire", media.fetch_expire, 0s, std::chrono::hours{24 * 30});
    return media;
}

SpoolConfig read_spool(SettingsReader& file) {
    SpoolConfig spool;
    SettingsReader section = file.child("spool");
    spool.path = read_folder(section, "path", spool.path);
    return spool;
}

BackupConfig read_backup(SettingsReader& file) {
    BackupConfig backup;
    SettingsReader section = file.child("backup");
    backup.secret_key = read_secret_key(section);
    backup.old_keys = read_old_keys(section);
    return backup;
}

RetentionRules read_retention(SettingsReader& file) {
    RetentionRules rules;
    SettingsReader section = file.child("retention");
    const auto read = [&](const char* key, std::chrono::hours min) -> std::optional<std::chrono::hours> {
        if (!section.has(key)) return std::nullopt;
        return std::chrono::ceil<std::chrono::hours>(
            section.duration(key, SettingsReader::duration_max, min));
    };
    rules.messages = read("messages", std::chrono::days{2});
    rules.media = read("media", std::chrono::days{2});
    rules.journal = read("journal", std::chrono::days{30});
    return rules;
}

StatusConfig read_status(SettingsReader& file) {
    StatusConfig status;
    SettingsReader section = file.child("status");
    status.allowed_hosts = read_addresses(section, "allowed_hosts", status.allowed_hosts);
    status.lag_warning = section.duration("lag_warning", status.lag_warning, 1ms);
    status.lag_critical = section.duration("lag_critical", status.lag_critical, 1ms);
    if (status.lag_warning > status.lag_critical) {
        section.problem(section.has("lag_warning") ? "lag_warning" : "lag_critical",
                        "lag_warning must not be longer than lag_critical");
    }
    return status;
}

LogConfig read_log(SettingsReader& file) {
    LogConfig log;
    SettingsReader section = file.child("log");
    log.level = section.one_of<log::Level>("level", log.level,
                                           {{"debug", log::Level::debug},
                                            {"info", log::Level::info},
                                            {"warning", log::Level::warning},
                                            {"error", log::Level::error}});
    log.format = section.one_of<log::Format>("format", log.format,
                                             {{"text", log::Format::text}, {"json", log::Format::json}});
    return log;
}

}  // namespace postrider
