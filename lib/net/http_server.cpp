#include "lib/net/http_server.h"

namespace postrider {

std::string_view ServerRequest::header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
        if (key == name) return value;
    }
    return {};
}

}  // namespace postrider
