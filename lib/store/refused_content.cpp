#include "lib/store/refused_content.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace postrider {

bool blames_content(const std::string& sqlstate) {
    constexpr std::array<std::string_view, 10> classes{"09", "21", "22", "23", "27",
                                                       "38", "39", "44", "54", "P0"};
    return std::find(classes.begin(), classes.end(), sqlstate.substr(0, 2)) != classes.end();
}

}  // namespace postrider
