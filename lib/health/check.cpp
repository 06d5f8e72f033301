#include "lib/health/check.h"

namespace postrider {

namespace {

int severity(Health health) {
    switch (health) {
        case Health::ok: return 0;
        case Health::warning: return 1;
        case Health::unknown: return 2;
        case Health::critical: return 3;
    }
    return 3;
}

}  // namespace

std::string_view to_string(Health health) {
    switch (health) {
        case Health::ok: return "OK";
        case Health::warning: return "WARNING";
        case Health::critical: return "CRITICAL";
        case Health::unknown: return "UNKNOWN";
    }
    return "UNKNOWN";
}

Health worse_of(Health one, Health other) { return severity(one) > severity(other) ? one : other; }

std::string full_label(const Measure& measure) {
    return measure.age.empty() ? measure.label : measure.label + "_" + measure.age;
}

}  // namespace postrider
