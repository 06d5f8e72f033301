#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// What an application says to a message as it acknowledges it.
struct ApplicationReply {
    std::vector<std::string> texts{};
    std::string fault{};  ///< why it cannot be used: a fixed text, for the operator

    bool operator==(const ApplicationReply&) const = default;
};

/// Of a JSON object `{"replies": ["…", …]}`, at most ten texts that are not empty. What is none, or has no such key,
/// says nothing; many applications acknowledge with something else. Total: whatever bytes come.
ApplicationReply read_application_reply(std::string_view body);

}  // namespace postrider
