#pragma once

#include "lib/model/hash.h"

#include <string>

namespace postrider {

/// Why somebody is written to no more. The names that rows have.
namespace suppression_cause {
inline constexpr const char* stop = "stop";          ///< the person said so
inline constexpr const char* provider = "provider";  ///< the provider knows of an opt-out
inline constexpr const char* complaint = "complaint";
inline constexpr const char* by_operator = "operator";
}  // namespace suppression_cause

/// Somebody is to be written to no more, or may be again.
struct SuppressionChange {
    Hash recipient{};     ///< keyed hash of the normalised address
    std::string channel;  ///< "": all
    bool suppressed = true;
    std::string address;  ///< sealed where there is a key
    std::string cause;

    bool operator==(const SuppressionChange&) const = default;
};

}  // namespace postrider
