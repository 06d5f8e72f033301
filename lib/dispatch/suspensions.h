#pragma once

#include "lib/model/suspension.h"

#include <string>
#include <vector>

namespace postrider {

/// "suspended since … until …: reason", for the status.
std::string to_text(const Suspension& suspension);

/// What holds a channel up: of several the one without an end, else the one that ends last; null
/// if none concerns it.
const Suspension* find_suspension(const std::vector<Suspension>& suspensions, const std::string& channel);

}  // namespace postrider
