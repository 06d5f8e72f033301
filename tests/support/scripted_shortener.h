#pragma once

#include "lib/dispatch/link_shortener.h"
#include "tests/support/gate.h"

#include <string>
#include <utility>
#include <vector>

namespace postrider::testing {

/// A service that does as it is told: answers `https://s/N`, counting.
class ScriptedShortener final : public LinkShortener {
public:
    explicit ScriptedShortener(Executor executor) : gate(std::move(executor)) {}

    std::string name() const override { return "scripted"; }
    bool is_own(const std::string& link) const override { return link.starts_with("https://s/"); }
    Task<std::optional<std::string>> shorten(std::string link, boost::json::object about) override {
        asked.push_back(link);
        last_about = std::move(about);
        co_await gate.pass();
        if (fails) co_return std::nullopt;
        co_return "https://s/" + std::to_string(asked.size());
    }

    Gate gate;  ///< where answers wait
    bool fails = false;
    std::vector<std::string> asked;
    boost::json::object last_about;
};

}  // namespace postrider::testing
