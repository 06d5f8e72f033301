#include "lib/schedule/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

namespace postrider {
namespace {

constexpr int many = 2000;  // more than are fetched from the operating system at once

/// xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx, y being 8, 9, a or b (RFC 4122, 4.1.1 and 4.1.3).
bool is_uuid_of_version_4(const std::string& text) {
    std::string shape = text;
    for (char& c : shape) {
        if (std::string_view("0123456789abcdef").find(c) != std::string_view::npos) c = 'x';
    }
    return shape == "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" && text[14] == '4' &&
           std::string_view("89ab").find(text[19]) != std::string_view::npos;
}

TEST(SystemRandom, MakesUuidsOfVersion4NoTwoAlike) {
    const auto random = make_system_random();
    const auto another = make_system_random();
    std::set<std::string> seen;
    for (int i = 0; i < many; ++i) {
        for (const std::string& uuid : {random->uuid(), another->uuid()}) {
            EXPECT_TRUE(is_uuid_of_version_4(uuid)) << uuid;
            EXPECT_TRUE(seen.insert(uuid).second) << uuid;
        }
    }
}

TEST(SystemRandom, SpreadsUuidsEvenly) {
    const auto random = make_system_random();
    std::set<std::string> beginnings;
    for (int i = 0; i < many; ++i) beginnings.insert(random->uuid().substr(0, 1));
    EXPECT_EQ(beginnings.size(), 16U);
}

TEST(SystemRandom, DrawsFromTheWholeUnitInterval) {
    const auto random = make_system_random();
    double least = 1;
    double most = 0;
    for (int i = 0; i < many; ++i) {
        const double drawn = random->unit();
        ASSERT_GE(drawn, 0.0);
        ASSERT_LT(drawn, 1.0);
        least = std::min(least, drawn);
        most = std::max(most, drawn);
    }
    EXPECT_LT(least, 0.05);
    EXPECT_GT(most, 0.95);
}

}  // namespace
}  // namespace postrider
