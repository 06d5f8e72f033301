#include "transports/loopback/settings.h"

#include <optional>

namespace postrider::loopback {

namespace {

std::optional<Verdict> verdict_from(std::string_view name) {
    using enum Verdict;
    for (const Verdict verdict : {sent, rejected, deferred, throttled, misconfigured, in_doubt}) {
        if (name == to_string(verdict)) return verdict;
    }
    return std::nullopt;
}

}  // namespace

Settings read_settings(SettingsReader& channel) {
    Settings settings;
    settings.delay = channel.duration("delay", settings.delay);
    settings.allow_from = channel.texts("allow_from", settings.allow_from);
    const std::vector<std::string> names = channel.texts("fail", std::vector<std::string>());
    for (const std::string& name : names) {
        if (const auto verdict = verdict_from(name)) {
            settings.fail.push_back(*verdict);
        } else {
            channel.problem("fail",
                            "may hold sent, rejected, deferred, throttled, misconfigured and in_doubt only");
        }
    }
    return settings;
}

}  // namespace postrider::loopback
