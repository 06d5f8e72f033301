#pragma once

#include "lib/config/config.h"
#include "lib/config/settings_reader.h"
#include "lib/config/transport_kind.h"

#include <gmock/gmock.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace postrider {

/// A kind with a setting of each sort; what it makes is no transport.
class FakeKind : public TransportKind {
public:
    explicit FakeKind(std::string name) : name_(std::move(name)) {}

    std::string_view name() const override { return name_; }
    std::chrono::seconds expire_after() const override { return std::chrono::hours{72}; }
    ChannelMakers read_settings(SettingsReader& channel) const override {
        channel.text("from", "");
        channel.text("account_sid", "");
        channel.secret("auth_token");
        channel.url("base_url", "https://api.example.org");
        return [](const TransportParts&) { return nullptr; };
    }

private:
    std::string name_;
};

/// Variables of an environment that is not the process's.
inline Environment environment_of(std::map<std::string, std::string> variables) {
    return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
    };
}

/// `12:3: what`, as an operator meets a problem.
inline std::vector<std::string> lines_of(const std::vector<Problem>& problems) {
    std::vector<std::string> lines;
    for (const Problem& problem : problems) {
        lines.push_back(std::to_string(problem.line) + ":" + std::to_string(problem.column) + ": " +
                        problem.what);
    }
    return lines;
}

}  // namespace postrider
