#pragma once

#include "lib/inbound/receiver.h"

#include <string>

namespace postrider::testing {

/// Shows what it was given.
class PlainSealer final : public Sealer {
public:
    std::string address(const std::string& clear) const override { return "address(" + clear + ")"; }
    std::string text(const std::string& clear) const override { return "text(" + clear + ")"; }
};

}  // namespace postrider::testing
