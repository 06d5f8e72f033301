#pragma once

#include <string>
#include <vector>

namespace postrider {

/// As `exec` and `posix_spawn` take arguments and environments: pointers into `strings`, and a null at the end.
inline std::vector<char*> argument_list(std::vector<std::string>& strings) {
    std::vector<char*> pointers;
    pointers.reserve(strings.size() + 1);
    for (std::string& each : strings) pointers.push_back(each.data());
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace postrider
