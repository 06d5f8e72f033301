#pragma once

#include <cstddef>

namespace postrider {

/// Lets this process have as many open files and connections as it may by its hard limit (65,536 at most; most
/// systems begin with 1,024). How many it may have now.
std::size_t raise_descriptor_limit();

}  // namespace postrider
