#include "lib/crypto/sha256.h"

#include <boost/algorithm/hex.hpp>
#include <gtest/gtest.h>

namespace postrider {
namespace {

// https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values
TEST(Sha256, GivesTheHashesOfItsStandard) {
    EXPECT_EQ(boost::algorithm::hex_lower(sha256("")),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(boost::algorithm::hex_lower(sha256("abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace postrider
