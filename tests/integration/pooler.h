#pragma once

#include "lib/process/child_process.h"

#include <memory>
#include <string>

namespace postrider::testing {

/// PgBouncer in transaction mode before the cluster's databases.
class Pooler {
public:
    static bool is_installed();

    Pooler();
    std::string url(const std::string& database, const std::string& role) const;

private:
    std::string folder_;
    std::unique_ptr<ChildProcess> process_;
};

}  // namespace postrider::testing
