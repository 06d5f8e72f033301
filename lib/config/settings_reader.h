#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/config/config.h"

namespace postrider {

struct SettingsMapping;

/// Stands in for the reader of configuration files until that is here: what transports use of it.
class SettingsReader {
public:
    explicit SettingsReader(std::shared_ptr<SettingsMapping> mapping) : mapping_(std::move(mapping)) {}

    std::string required_text(std::string_view key);
    std::optional<std::string> optional_text(std::string_view key);
    std::optional<Secret> secret(std::string_view key);
    std::string url(std::string_view key, std::string_view fallback);
    std::chrono::milliseconds duration(std::string_view key, std::chrono::milliseconds fallback);
    std::vector<std::string> texts(std::string_view key, std::vector<std::string> fallback);
    void problem(std::string_view key, const std::string& what);

private:
    std::shared_ptr<SettingsMapping> mapping_;
};

/// A text in YAML, as a mapping of settings, and what has been found wrong with it so far.
class SettingsDocument {
public:
    explicit SettingsDocument(const std::string& yaml);
    SettingsReader reader() const { return SettingsReader(mapping_); }
    std::vector<Problem> problems() const;

private:
    std::shared_ptr<SettingsMapping> mapping_;
};

}  // namespace postrider
