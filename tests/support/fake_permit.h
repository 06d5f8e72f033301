#pragma once

#include "lib/dispatch/transport.h"

namespace postrider::testing {

/// Grants as told, and counts how often it was asked.
struct FakePermit final : Permit {
    bool granted() const override {
        ++asked;
        return grants;
    }

    bool grants = true;
    mutable int asked = 0;
};

}  // namespace postrider::testing
