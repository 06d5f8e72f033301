#include "lib/net/http_client.h"

namespace postrider {

std::optional<std::string> HttpAnswer::header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
        if (key == name) return value;
    }
    return std::nullopt;
}

}  // namespace postrider
