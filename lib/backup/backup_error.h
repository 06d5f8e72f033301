#pragma once

#include <stdexcept>

namespace postrider {

/// A backup that cannot be made or used, and why: for an operator, without anything private.
class BackupError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace postrider
