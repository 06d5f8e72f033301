#include "lib/backup/bzip2.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

TEST(Bzip2Test, WhatWasCompressedComesBack) {
    std::string plain;
    for (int i = 0; i < 200000; ++i) plain += std::to_string(i);
    const std::string compressed = bzip2_compressed(plain);
    EXPECT_LT(compressed.size(), plain.size() / 2);
    EXPECT_EQ(bzip2_expanded(compressed, plain.size()), plain);
    EXPECT_EQ(bzip2_expanded(bzip2_compressed(""), 10), "");
}

TEST(Bzip2Test, WhatIsDamagedCutShortOrTooLargeIsRefused) {
    const std::string plain(5000000, 'x');
    std::string compressed = bzip2_compressed(plain);
    EXPECT_EQ(bzip2_expanded(compressed, plain.size() - 1), std::nullopt);
    EXPECT_EQ(bzip2_expanded(compressed.substr(0, compressed.size() - 1), plain.size()), std::nullopt);
    EXPECT_EQ(bzip2_expanded(compressed + "x", plain.size()), std::nullopt);
    compressed[compressed.size() / 2] ^= 1;
    EXPECT_EQ(bzip2_expanded(compressed, plain.size()), std::nullopt);
    EXPECT_EQ(bzip2_expanded("", 10), std::nullopt);
    EXPECT_EQ(bzip2_expanded("no such thing", 10), std::nullopt);
}

}  // namespace
}  // namespace postrider
