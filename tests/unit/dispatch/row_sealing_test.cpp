#include "lib/dispatch/row_sealing.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Secret key(std::string(32, 'k'));
const Secret old_key(std::string(32, 'o'));
const std::string number = "+13125550101";

struct RowSealingTest : ::testing::Test {
    SealedRow seal(PersonalValues values) { return seal_row(privacy, std::move(values)); }
    std::string opened(const std::string& stored) const { return SecretBox(key).open(stored).value_or("?"); }

    Privacy privacy{{.secret_key = key, .old_keys = {old_key}, .lookup_hash_prefix = "p"}, Secret()};
    const std::string lookup = privacy.lookup_key_of(Address(number));
};

TEST_F(RowSealingTest, AnAddressInTheClearIsEncryptedAndGetsItsLookupKey) {
    const SealedRow row = seal({" " + number, "hello", "{}", std::nullopt});
    EXPECT_TRUE(row.changed);
    EXPECT_EQ(opened(row.values.address), number);
    EXPECT_EQ(row.values.lookup_key, lookup);
    EXPECT_EQ(row.values.text, "hello");
    EXPECT_EQ(row.values.metadata, "{}");
}

TEST_F(RowSealingTest, ARowThatIsAsItShouldBeStaysSo) {
    const std::string sealed = privacy.seal(number);
    const SealedRow row = seal({sealed, privacy.seal("hello"), std::nullopt, lookup});
    EXPECT_FALSE(row.changed);
    EXPECT_EQ(row.values.address, sealed);
}

TEST_F(RowSealingTest, WhatIsUnderAnOldKeyComesUnderTheNewOne) {
    const SecretBox old(old_key);
    const SealedRow row = seal({old.seal(number), old.seal("hello"), std::nullopt, lookup});
    EXPECT_TRUE(row.changed);
    EXPECT_EQ(opened(row.values.address), number);
    EXPECT_EQ(opened(row.values.text), "hello");
}

TEST_F(RowSealingTest, TextsInTheClearAreEncryptedWhereThatIsAskedFor) {
    privacy = Privacy({.secret_key = key, .encrypt_text = true}, Secret());
    EXPECT_EQ(opened(seal({number, "hello", std::nullopt, "x"}).values.text), "hello");
}

TEST_F(RowSealingTest, TheAddressIsFoundInMetadataHoweverItIsSpeltAndAllElseStays) {
    const std::string metadata =
        R"({"From": ["+13125550101"], "WaId": "13125550101", "To": ["whatsapp:+13125550101"], "n": 1e400,)"
        R"( "Body": "call +13125550101"})";
    const std::string after = seal({number, "", metadata, "x"}).values.metadata.value();
    EXPECT_THAT(after, Not(HasSubstr("[\"+1312")));
    EXPECT_THAT(after, Not(HasSubstr("\"1312")));
    EXPECT_THAT(after, Not(HasSubstr("whatsapp:")));
    EXPECT_THAT(after, HasSubstr("1e400"));
    EXPECT_THAT(after, HasSubstr("{\"From\": [\"secret:"));
    const std::string of_whatsapp = seal({"whatsapp:" + number, "", metadata, "x"}).values.metadata.value();
    EXPECT_THAT(of_whatsapp, Not(HasSubstr("\"+1312")));
}

TEST_F(RowSealingTest, SecretsOfChannelsAreTakenOut) {
    const SealedRow row = seal({privacy.seal(number), "", R"({"root_auth_token": "x", "a": 1})", lookup});
    EXPECT_TRUE(row.changed);
    EXPECT_EQ(row.values.metadata, R"({"a": 1})");
}

TEST_F(RowSealingTest, WhatNoKeyOpensStaysAsItIsAndIsSaid) {
    const std::string foreign = SecretBox(Secret(std::string(32, 'x'))).seal(number);
    const SealedRow row = seal({foreign, "hello", std::nullopt, std::nullopt});
    EXPECT_TRUE(row.unreadable);
    EXPECT_FALSE(row.changed);
    EXPECT_EQ(row.values.lookup_key, std::nullopt);
}

TEST_F(RowSealingTest, AnAddressThatHasNoRoomStaysAsItIsAndIsSaid) {
    const std::string longest(147, 'a');
    const SealedRow row = seal({longest, "", std::nullopt, "x"});
    EXPECT_TRUE(row.too_long);
    EXPECT_EQ(row.values.address, longest);
}

TEST_F(RowSealingTest, NoKeyIsTakenForAValueAndNothingShortForAnAddress) {
    const std::string metadata = R"({"+13125550101": "x", "study": "12345"})";
    EXPECT_EQ(seal({number, "", metadata, "x"}).values.metadata, metadata);
    EXPECT_EQ(seal({"12345", "", metadata, "x"}).values.metadata, metadata);
}

TEST_F(RowSealingTest, TheMetadataOfAMessageThatIsStillToBeSentStays) {
    const std::string metadata = R"({"phone": "+13125550101", "destination": "x", "auth_token": "x"})";
    const SealedRow row = seal({number, "call {{ phone }}", metadata, "x", true});
    EXPECT_EQ(row.values.metadata, metadata);
    EXPECT_EQ(opened(row.values.address), number);
}

}  // namespace
}  // namespace postrider
