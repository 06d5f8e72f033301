#include "lib/crypto/secret_box.h"

#include <boost/algorithm/hex.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>
#include <sodium/utils.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace postrider {
namespace {

namespace json = boost::json;

std::string from_base64(std::string_view text) {
    std::string raw(text.size(), '\0');
    std::size_t size = 0;
    sodium_base642bin(reinterpret_cast<unsigned char*>(raw.data()), raw.size(), text.data(), text.size(),
                      nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL);
    raw.resize(size);
    return raw;
}

json::array vectors() {
    std::ifstream file(POSTRIDER_SOURCE_DIR "/tests/vectors/secretbox.json");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return json::parse(text).at("cases").as_array();
}

std::string member(const json::value& vector, std::string_view key) {
    return std::string(vector.at(key).as_string());
}

SecretBox box_of(const json::value& vector) {
    return SecretBox(Secret(from_base64(member(vector, "key_base64"))));
}

TEST(SecretBox, SealsAndOpensAsTheDjangoPackageDoes) {
    int cases = 0;
    for (const json::value& vector : vectors()) {
        if (member(vector, "expect") != "ok") continue;
        const std::string plain = member(vector, "plaintext");
        const std::string nonce = boost::algorithm::unhex(member(vector, "nonce_hex"));
        EXPECT_EQ(box_of(vector).seal(plain, nonce), member(vector, "stored")) << member(vector, "id");
        EXPECT_EQ(box_of(vector).open(member(vector, "stored")), plain) << member(vector, "id");
        ++cases;
    }
    EXPECT_GE(cases, 9);
}

TEST(SecretBox, OpensNothingThatIsDamagedOrUnderAnotherKey) {
    int cases = 0;
    for (const json::value& vector : vectors()) {
        if (member(vector, "expect") != "error") continue;
        EXPECT_EQ(box_of(vector).open(member(vector, "stored")), std::nullopt) << member(vector, "id");
        ++cases;
    }
    EXPECT_GE(cases, 7);
}

struct SealedTest : ::testing::Test {
    const SecretBox box{Secret(std::string(32, 'k'))};
};

TEST_F(SealedTest, NoNonceComesTwice) { EXPECT_NE(box.seal("same"), box.seal("same")); }

TEST_F(SealedTest, WhatIsSealedCanBeOpenedAndIsMarked) {
    const std::string sealed = box.seal("Grüße");
    EXPECT_TRUE(SecretBox::is_sealed(sealed));
    EXPECT_EQ(box.open(sealed), "Grüße");
}

TEST_F(SealedTest, PlainTextIsNotSealed) {
    EXPECT_FALSE(SecretBox::is_sealed("+13125550101"));
    EXPECT_EQ(box.open("+13125550101"), std::nullopt);
}

TEST_F(SealedTest, NoBytesBehindTheValueAreLetPass) {
    const std::string sealed = box.seal("hello");
    for (std::string tail : {"=", "A", "AAAA", " ", "\n"}) EXPECT_EQ(box.open(sealed + tail), std::nullopt);
}

TEST_F(SealedTest, ContentThatIsNotUtf8IsNotGivenOut) {
    EXPECT_EQ(box.open(box.seal("\xFF\xFE")), std::nullopt);
}

TEST(SecretBoxKey, HasThirtyTwoBytes) {
    for (std::size_t size : {0, 31, 33, 44}) {
        EXPECT_THROW(SecretBox(Secret(std::string(size, 'k'))), std::invalid_argument) << size;
    }
}

TEST(SecretBoxKey, AGeneratedOneIsFreshAndFits) {
    const Secret key = generate_secret_key();
    EXPECT_NE(key, generate_secret_key());
    EXPECT_NO_THROW(SecretBox(Secret(from_base64(key.reveal()))));
}

}  // namespace
}  // namespace postrider
