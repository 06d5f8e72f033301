#pragma once

#include "lib/health/check.h"

#include <chrono>
#include <string>

namespace postrider {

/// How the certificate that we serve is: WARNING in its last 14 days, or when `trouble` says why another was
/// not taken; CRITICAL once it has expired.
Check certificate_check(std::chrono::sys_seconds expires, const std::string& trouble,
                        std::chrono::sys_seconds now);

}  // namespace postrider
