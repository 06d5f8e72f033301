#include "lib/crypto/lookup_key.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace postrider {
namespace {

TEST(LookupKey, IsThatOfTheDjangoPackage) {
    std::ifstream file(POSTRIDER_SOURCE_DIR "/tests/vectors/lookup_key.json");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto cases = boost::json::parse(text).at("cases").as_array();
    ASSERT_FALSE(cases.empty());
    for (const auto& each : cases) {
        EXPECT_EQ(lookup_key(each.at("prefix").as_string(), each.at("destination").as_string()),
                  each.at("lookup_key").as_string());
    }
}

}  // namespace
}  // namespace postrider
