#include "lib/store/host_name.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

namespace postrider {

std::string host_name() {
    char name[HOST_NAME_MAX + 1] = "";
    ::gethostname(name, sizeof name - 1);
    return name;
}

bool was_here_and_is_gone(const std::string& host, int process) {
    if (host != host_name()) return false;
    return process == ::getpid() || (::kill(process, 0) != 0 && errno == ESRCH);
}

}  // namespace postrider
