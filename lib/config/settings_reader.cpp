#include "lib/config/settings_reader.h"

#include "lib/config/quantity.h"
#include "lib/config/settings_mapping.h"
#include "lib/config/wording.h"

#include <algorithm>

namespace postrider {
namespace {

std::string kind_of(const YAML::Node& node) {
    if (node.IsSequence()) return "a list";
    return node.IsMap() ? "a mapping" : "empty";
}

template <class T>
std::string between(T min, T max) {
    return "between " + std::to_string(min) + " and " + std::to_string(max);
}

}  // namespace

SettingsReader::SettingsReader(std::shared_ptr<SettingsMapping> mapping) : mapping_(std::move(mapping)) {}

bool SettingsReader::has(std::string_view key) const { return mapping_->find(key) != nullptr; }

std::vector<std::string> SettingsReader::keys() const {
    std::vector<std::string> keys;
    for (const auto& entry : mapping_->entries()) keys.push_back(entry.key);
    return keys;
}

/// The scalar of `key` as written; nothing when absent, and when it is something else, which is reported.
std::optional<std::string> SettingsReader::scalar(std::string_view key) {
    const auto* entry = mapping_->ask(key);
    if (entry == nullptr) return std::nullopt;
    if (entry->value.IsScalar()) return entry->value.Scalar();
    mapping_->report(key,
                     entry->empty() ? "has no value" : "must be one value, not " + kind_of(entry->value));
    return std::nullopt;
}

std::string SettingsReader::text(std::string_view key, std::string_view fallback) {
    return scalar(key).value_or(std::string(fallback));
}

std::string SettingsReader::required_text(std::string_view key) {
    require(key);
    const auto value = scalar(key);
    if (value && value->empty()) problem(key, "must not be empty");
    return value.value_or("");
}

std::optional<std::string> SettingsReader::optional_text(std::string_view key) {
    const auto* entry = mapping_->ask(key);
    if (entry != nullptr && entry->empty()) return std::nullopt;
    return scalar(key);
}

std::optional<Secret> SettingsReader::secret(std::string_view key) {
    const auto setting = scalar(key);
    if (!setting) return std::nullopt;
    auto secret = read_secret(*setting, mapping_->findings().environment);
    if (secret) return std::move(*secret);
    problem(key, secret.error().what);
    return std::nullopt;
}

Secret SettingsReader::required_secret(std::string_view key) {
    require(key);
    return secret(key).value_or(Secret{});
}

std::vector<Secret> SettingsReader::secrets(std::string_view key) {
    std::vector<Secret> result;
    for (const std::string& setting : texts(key, {})) {
        auto secret = read_secret(setting, mapping_->findings().environment);
        if (secret) {
            result.push_back(std::move(*secret));
        } else {
            problem(key, secret.error().what);
        }
    }
    return result;
}

std::string SettingsReader::sourced_text(std::string_view key, std::string_view fallback) {
    const auto* entry = mapping_->ask(key);
    const bool blank = entry != nullptr && entry->value.IsScalar() && entry->value.Scalar().empty();
    if (entry == nullptr || blank) return std::string(blank ? "" : fallback);
    const auto secret = this->secret(key);
    return secret ? secret->reveal() : std::string(fallback);
}

bool SettingsReader::flag(std::string_view key, bool fallback) {
    const auto value = scalar(key);
    if (!value) return fallback;
    const auto flag = parse_flag(*value);
    if (!flag) problem(key, shown(*value) + " is neither true nor false");
    return flag.value_or(fallback);
}

std::optional<std::int64_t> SettingsReader::integer(std::string_view key, std::int64_t min,
                                                    std::int64_t max) {
    const auto value = scalar(key);
    if (!value) return std::nullopt;
    const auto number = parse_integer(*value);
    if (!number) {
        problem(key, shown(*value) + " is not a whole number");
    } else if (*number < min || *number > max) {
        problem(key, *value + " is not " + between(min, max));
    } else {
        return number;
    }
    return std::nullopt;
}

SettingsReader::Milliseconds SettingsReader::duration(std::string_view key, Milliseconds fallback,
                                                      Milliseconds min, Milliseconds max) {
    const auto value = scalar(key);
    if (!value) return fallback;
    const auto duration = parse_duration(*value);
    if (!duration) {
        problem(key, shown(*value) + " is not a duration (like 250ms, 2s, 10m, 24h, 5d)");
    } else if (*duration < min || *duration > max) {
        problem(key, *value + " is not between " + format_duration(min) + " and " + format_duration(max));
    } else {
        return *duration;
    }
    return fallback;
}

SettingsReader::Seconds SettingsReader::seconds(std::string_view key, Seconds fallback, Seconds min,
                                                Seconds max) {
    const Milliseconds value = duration(key, fallback, min, max);
    const Seconds whole = std::chrono::floor<Seconds>(value);
    if (whole == value) return whole;
    problem(key, format_duration(value) + " is not a whole number of seconds");
    return fallback;
}

std::optional<Rate> SettingsReader::rate(std::string_view key) {
    const auto value = scalar(key);
    if (!value || *value == "none") return std::nullopt;
    const auto rate = parse_rate(*value);
    if (!rate) problem(key, shown(*value) + " is not a rate (like 10/s, 600/min)");
    return rate;
}

std::vector<std::string> SettingsReader::texts(std::string_view key, std::vector<std::string> fallback) {
    const auto* entry = mapping_->ask(key);
    if (entry == nullptr) return fallback;
    if (!entry->value.IsSequence()) {
        const auto one = scalar(key);
        return one ? std::vector<std::string>{*one} : fallback;
    }
    std::vector<std::string> result;
    for (const auto& item : entry->value) {
        if (item.IsScalar()) {
            result.push_back(item.Scalar());
        } else {
            problem(key,
                    "item " + std::to_string(result.size() + 1) + " must be text, but is " + kind_of(item));
            return fallback;
        }
    }
    return result;
}

std::optional<std::size_t> SettingsReader::choice_of(std::string_view key,
                                                     const std::vector<std::string>& names) {
    const auto value = scalar(key);
    if (!value) return std::nullopt;
    const auto found = std::find(names.begin(), names.end(), *value);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    problem(key, shown(*value) + " is not one of " + listed(names));
    return std::nullopt;
}

std::string SettingsReader::url(std::string_view key, std::string_view fallback, PlainHttp plain_http) {
    const auto value = scalar(key);
    if (!value) return std::string(fallback);
    const auto fault = web_address_fault(*value, plain_http);
    if (!fault) return *value;
    problem(key, *fault);
    return std::string(fallback);
}

std::string SettingsReader::required_url(std::string_view key, PlainHttp plain_http) {
    require(key);
    return url(key, "", plain_http);
}

SettingsReader SettingsReader::child(std::string_view key) {
    const auto* entry = mapping_->ask(key);
    auto child = mapping_->add_child(std::string(key), mapping_->at());
    if (entry != nullptr) child->load(entry->value, entry->at());
    return SettingsReader(std::move(child));
}

std::vector<SettingsReader> SettingsReader::children(std::string_view key) {
    std::vector<SettingsReader> result;
    const auto* entry = mapping_->ask(key);
    if (entry == nullptr) return result;
    if (!entry->value.IsSequence()) {
        problem(key, entry->empty() ? "has no value" : "must be a list, with a line \"- …\" for each item");
        return result;
    }
    for (const auto& item : entry->value) {
        const std::string name = std::string(key) + "[" + std::to_string(result.size()) + "]";
        // An item of which nothing is there has no place of its own.
        const Place at = item.IsNull() ? entry->at() : Place::of(item.Mark());
        auto child = mapping_->add_child(name, at);
        child->load(item, at);
        result.emplace_back(std::move(child));
    }
    return result;
}

void SettingsReader::problem(std::string_view key, const std::string& what) { mapping_->report(key, what); }

void SettingsReader::warning(std::string_view key, const std::string& what) { mapping_->warn(key, what); }

std::size_t SettingsReader::problem_count() const { return mapping_->findings().problems.size(); }

void SettingsReader::accept_rest() { mapping_->accept_rest(); }

void SettingsReader::finish() { mapping_->finish(); }

void SettingsReader::require(std::string_view key) {
    if (mapping_->ask(key) == nullptr) mapping_->report_missing(key);
}

}  // namespace postrider
