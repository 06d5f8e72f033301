#pragma once

#include "lib/inbound/receiver.h"

namespace postrider::testing {

/// Of somebody who has no key.
class PlainSealer final : public Sealer {
public:
    std::string address(const std::string& clear) const override { return clear; }
    std::string text(const std::string& clear) const override { return clear; }
};

}  // namespace postrider::testing
