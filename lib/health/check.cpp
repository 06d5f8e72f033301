#include "lib/health/check.h"

namespace postrider {

std::string_view to_string(Health health) {
    switch (health) {
        case Health::ok: return "OK";
        case Health::warning: return "WARNING";
        case Health::critical: return "CRITICAL";
        case Health::unknown: return "UNKNOWN";
    }
    return "UNKNOWN";
}

}  // namespace postrider
