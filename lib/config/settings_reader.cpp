#include "lib/config/settings_reader.h"

#include <yaml-cpp/yaml.h>

#include <cstdlib>

namespace postrider {

struct SettingsMapping {
    YAML::Node node;
    std::vector<Problem> problems;
};

std::optional<std::string> SettingsReader::optional_text(std::string_view key) {
    const YAML::Node value = mapping_->node[std::string(key)];
    return value ? std::optional(value.as<std::string>()) : std::nullopt;
}

std::string SettingsReader::required_text(std::string_view key) {
    auto value = optional_text(key);
    if (!value) problem(key, "is missing");
    return value.value_or("");
}

std::optional<Secret> SettingsReader::secret(std::string_view key) {
    auto value = optional_text(key);
    return value ? std::optional(Secret(std::move(*value))) : std::nullopt;
}

std::string SettingsReader::url(std::string_view key, std::string_view fallback) {
    return optional_text(key).value_or(std::string(fallback));
}

std::chrono::milliseconds SettingsReader::duration(std::string_view key, std::chrono::milliseconds fallback) {
    const auto value = optional_text(key);
    if (!value) return fallback;
    const long count = std::strtol(value->c_str(), nullptr, 10);
    return value->ends_with("ms") ? std::chrono::milliseconds(count) : std::chrono::seconds(count);
}

std::vector<std::string> SettingsReader::texts(std::string_view key, std::vector<std::string> fallback) {
    const YAML::Node value = mapping_->node[std::string(key)];
    return value ? value.as<std::vector<std::string>>() : fallback;
}

void SettingsReader::problem(std::string_view key, const std::string& what) {
    mapping_->problems.push_back({0, 0, std::string(key) + " " + what});
}

SettingsDocument::SettingsDocument(const std::string& yaml)
    : mapping_(std::make_shared<SettingsMapping>(SettingsMapping{YAML::Load(yaml), {}})) {}

std::vector<Problem> SettingsDocument::problems() const { return mapping_->problems; }

}  // namespace postrider
