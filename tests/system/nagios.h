#pragma once

#include "lib/process/child_process.h"
#include "tests/system/folder.h"

#include <string>
#include <vector>

namespace postrider::testing {

/// Debian's Nagios, one of one's own, with the commands of config/nagios: it asks the daemon at a URL each
/// second, by our plugin, by the standard one, and by the JSON that the Django package's check scripts read.
class Nagios {
public:
    static constexpr int ok = 0;
    static constexpr int critical = 2;

    explicit Nagios(const std::string& daemon_url);

    /// Until all services have this state, as Nagios sees it.
    bool comes_to(int state) const;
    /// What Nagios has been told.
    std::string said() const;

private:
    std::string write_configuration(const std::string& daemon_url) const;
    /// Of services that have been checked.
    std::vector<int> states() const;

    Folder folder_;
    ChildProcess process_;
};

}  // namespace postrider::testing
