#include "lib/net/request_target.h"

namespace postrider {

RequestTarget split_target(std::string_view target) {
    const auto scheme = target.find("://");
    if (!target.starts_with('/') && scheme != std::string_view::npos) {  // a server accepts this form too
        const auto path = target.find_first_of("/?", scheme + 3);
        target = path == std::string_view::npos ? "/" : target.substr(path);
    }
    const auto mark = target.find('?');
    if (mark == std::string_view::npos) return {target, {}};
    return {mark == 0 ? "/" : target.substr(0, mark), target.substr(mark + 1)};
}

}  // namespace postrider
