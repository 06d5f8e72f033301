#pragma once

#include <memory>
#include <string>

namespace postrider {

/// Where chance comes from, so that a test can own it.
class Random {
public:
    virtual ~Random() = default;
    /// Evenly in [0, 1).
    virtual double unit() = 0;
    /// A random UUID (RFC 4122, version 4), in lower case.
    virtual std::string uuid() = 0;
};

std::unique_ptr<Random> make_system_random();

}  // namespace postrider
