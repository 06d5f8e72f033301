#include "lib/text/phone_number.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using ::testing::Optional;

TEST(PhoneNumber, ANumberIsTheSameHoweverItIsSpelled) {
    for (const char* spelled : {"+13125550123", "+1 312-555-0123", "+1 (312) 555-0123", "+1.312.555.0123",
                                " +1 312 555 0123 ", "(312) 555-0123", "312/555-0123", "3125550123",
                                "13125550123", "1 312 555 0123", "011 1 3125550123"}) {
        EXPECT_THAT(e164(spelled, "US"), Optional(std::string("+13125550123"))) << spelled;
    }
}

TEST(PhoneNumber, WithoutACountryCodeItIsReadByTheHabitsOfTheRegion) {
    EXPECT_EQ(e164("(0151) 12345678", "DE"), "+4915112345678");
    EXPECT_EQ(e164("020 7946 0958", "GB"), "+442079460958");
    EXPECT_EQ(e164("06 1234 5678", "IT"), "+390612345678") << "there the zero belongs to it";
    EXPECT_EQ(e164("8 (912) 345-67-89", "RU"), "+79123456789");
    EXPECT_EQ(e164("0049 151 12345678", "FR"), "+4915112345678");
    EXPECT_EQ(e164("3125550123", "AD"), std::nullopt) << "no number there is as long";
    EXPECT_EQ(e164("780151/12345678", "DE"), std::nullopt) << "with its country code none anywhere";
}

TEST(PhoneNumber, AZeroInBracketsIsDialledWithinTheCountryOnly) {
    EXPECT_EQ(e164("+44 (0)20 7946 0958", "US"), "+442079460958");
    EXPECT_EQ(e164("+49 (0) 151 12345678", "US"), "+4915112345678");
    EXPECT_EQ(e164("+39 (0)6 1234 5678", "US"), "+390612345678");
}

TEST(PhoneNumber, DigitsOfAnyScriptAndMarksThatNobodySeesAreRead) {
    EXPECT_EQ(e164("＋１（３１２）５５５－０１２３", "US"), "+13125550123");
    EXPECT_EQ(e164("+١٣١٢٥٥٥٠١٢٣", "US"), "+13125550123");
    EXPECT_EQ(e164("\u202A+1\u00A0312\u2011555\u20110123\u202C", "US"), "+13125550123");
}

TEST(PhoneNumber, WhatIsNoneIsNotMadeOne) {
    for (const char* other : {"",
                              "+",
                              "12345",
                              "262966",
                              "911",
                              "5550123",
                              "MYBRAND",
                              "1-800-FLOWERS",
                              "312-555-0123 x5",
                              "3125550123@txt.example.org",
                              "alice@example.org",
                              "*67 312 555 0123",
                              "+1 312 555 0123,5",
                              "+1+3125550123",
                              "312+5550123",
                              "+03125550123",
                              "+1234567890123456",
                              "3125550123;ext=5",
                              "tel:+13125550123",
                              "123456789012345678901234567890",
                              "+12345"}) {
        EXPECT_EQ(e164(other, "US"), std::nullopt) << other;
    }
}

TEST(PhoneNumber, NumbersNeedNotBeInUse) {
    EXPECT_EQ(e164("+1 555 0100", "US"), "+15550100");
    EXPECT_EQ(e164("+999 1234567", "US"), "+9991234567");
    EXPECT_EQ(e164("(983) 555-0123", "US"), "+19835550123") << "of an area that came after the library";
}

TEST(PhoneNumber, AnAddressThatIsNoNumberIsComparedAsItIs) {
    for (const char* address :
         {"", "12345", "MYBRAND", "alice@example.org", "Alice <alice@example.org>", "messenger:3125550123",
          "rcs:agent", "whatsapp:", ":", "+", "+1:2", "https://example.org/+13125550123", "+4402079460958"}) {
        EXPECT_EQ(without_spelling(address, "US"), address);
    }
}

TEST(PhoneNumber, ANumberBehindAPrefixIsOneToo) {
    EXPECT_EQ(without_spelling("whatsapp:+1 (312) 555-0123", "US"), "whatsapp:+13125550123");
    EXPECT_EQ(without_spelling("tel:+1-312-555-0123", "US"), "tel:+13125550123");
}

TEST(PhoneNumber, ComparingTwiceChangesNothing) {
    for (const char* address : {"(312) 555-0123", "+1 312 555 0123", "+44 (0)20 7946 0958",
                                "whatsapp:+1 3125550123", "12345", "alice@example.org"}) {
        const std::string once = without_spelling(address, "US");
        EXPECT_EQ(without_spelling(once, "US"), once);
    }
}

TEST(PhoneNumber, AnyBytesGiveACleanAnswerAtOnce) {
    const std::string zeroes(std::size_t{1} << 20, '0');
    for (const std::string& bytes :
         {zeroes, "+" + zeroes, std::string(std::size_t{1} << 20, '('), std::string("+1 312\0 5550123", 15),
          std::string("\0", 1), std::string("+1 312 555 012\xff"), std::string("\xe2\x80"),
          std::string("+1 (312 555-0123\xc0\xaf"), std::string(100, '+'), std::string(100, '\xff')}) {
        EXPECT_EQ(e164(bytes, "US"), std::nullopt);
        EXPECT_EQ(without_spelling(bytes, "US"), bytes);
    }
    for (int first = 0; first < 256; ++first) {
        for (const char* rest : {"", "1", "+13125550123", "3125550123"}) {
            const std::string address = std::string(1, static_cast<char>(first)) + rest;
            const std::string once = without_spelling(address, "US");
            EXPECT_EQ(without_spelling(once, "US"), once) << first << rest;
        }
    }
}

TEST(PhoneNumber, RegionsAreThoseThatHaveNumbers) {
    for (const char* region : {"US", "DE", "NO", "XK"}) EXPECT_TRUE(is_phone_region(region)) << region;
    for (const char* none : {"", "us", "UK", "ZZ", "001", "USA", "U"})
        EXPECT_FALSE(is_phone_region(none)) << none;
}

}  // namespace
}  // namespace postrider
