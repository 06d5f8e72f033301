#include "lib/crypto/ed25519.h"

#include <boost/algorithm/hex.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace postrider {
namespace {

TEST(Ed25519, SignsAsTheDjangoPackageDoes) {
    std::ifstream file(POSTRIDER_SOURCE_DIR "/tests/vectors/url_shortener.json");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto cases = boost::json::parse(text).at("cases").as_array();
    ASSERT_FALSE(cases.empty());
    for (const auto& each : cases) {
        const Secret seed(boost::algorithm::unhex(std::string(each.at("signing_key_hex").as_string())));
        EXPECT_EQ(ed25519_signature(seed, each.at("url").as_string()), each.at("signature_hex").as_string());
    }
}

TEST(Ed25519, AKeyOfAnotherLengthIsRefused) {
    EXPECT_THROW(ed25519_signature(Secret("short"), "x"), std::invalid_argument);
}

}  // namespace
}  // namespace postrider
