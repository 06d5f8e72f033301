#include "daemon/run/descriptor_limit.h"

#include "lib/log/log.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace postrider {

namespace {

constexpr rlim_t wanted = 65536;

}  // namespace

std::size_t raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
    rlimit raised = limit;
    raised.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, wanted));
    if (::setrlimit(RLIMIT_NOFILE, &raised) != 0) {
        log::warn("the limit of open files cannot be raised",
                  {{"limit", limit.rlim_cur}, {"error", std::generic_category().message(errno)}});
        return limit.rlim_cur;
    }
    return raised.rlim_cur;
}

}  // namespace postrider
