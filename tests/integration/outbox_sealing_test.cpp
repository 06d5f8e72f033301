// What a row holds of a person once its message has ended, where nobody had prepared what is to stand there.
#include "lib/crypto/lookup_key.h"
#include "lib/crypto/secret_box.h"
#include "lib/store/pg_outbox.h"
#include "tests/integration/outbox_loop_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Secret key(std::string(32, 'k'));
const Secret old_key(std::string(32, 'o'));

struct OutboxSealingTest : OutboxLoopTest {
    OutboxSealingTest() { keep_as({.secret_key = key, .lookup_hash_prefix = "p", .encrypt_text = true}); }

    void keep_as(EncryptionSettings encryption, bool lookup_keys = true) {
        outbox = make_pg_outbox(
            database, [](TimePoint) {}, [this] { return me; }, [] { return HeldRows{}; }, lookup_keys,
            std::move(encryption));
    }
    /// As it comes out of the spool, or from the provider's records.
    static AttemptResult without_row(AttemptResult result) {
        result.row_version.clear();
        result.transmission_metadata.reset();
        result.row = {};
        return result;
    }
    std::string opened(MessageId id, const std::string& name, const Secret& with = key) {
        return SecretBox(with).open(column(id, name)).value_or("not sealed: " + column(id, name));
    }
};

TEST_F(OutboxSealingTest, ByWayOfTheSpoolItIsSealedToo) {
    const Claimed claimed = insert_and_claim("destination = '+13125550123', message = 'Zebra'");
    record({without_row(sent(claimed))});
    EXPECT_EQ(opened(claimed.id(), "destination"), "+13125550123");
    EXPECT_EQ(opened(claimed.id(), "message"), "Zebra");
    EXPECT_EQ(column(claimed.id(), "lookup_key"), lookup_key("p", "+13125550123"));
    EXPECT_EQ(column(claimed.id(), "sent_date is not null"), "t");
}

TEST_F(OutboxSealingTest, SoIsWhatSomebodyWroteMeanwhile) {
    const Claimed claimed = insert_and_claim("destination = '+13125550123', message = 'Zebra'");
    change(claimed.id(), "message = 'Zebra, edited'");
    record({given_up(claimed)});
    EXPECT_EQ(opened(claimed.id(), "destination"), "+13125550123");
    EXPECT_EQ(opened(claimed.id(), "message"), "Zebra, edited");
    EXPECT_EQ(column(claimed.id(), "errored"), "t");
}

TEST_F(OutboxSealingTest, SecretsThatTheSiteLeftInItsMetadataAreTakenOut) {
    const Claimed claimed = insert_and_claim();
    change(claimed.id(), R"(transmission_metadata = '{"auth_token": "hunter2", "kept": 1}')");
    record({sent(claimed)});
    EXPECT_THAT(column(claimed.id(), "transmission_metadata"), Not(HasSubstr("hunter2")));
    EXPECT_THAT(column(claimed.id(), "transmission_metadata"), HasSubstr(R"("kept": 1)"));
}

TEST_F(OutboxSealingTest, WhatIsSealedStaysByteForByteUnlessItsKeyIsOld) {
    const SecretBox box(key);
    const SecretBox old_box(old_key);
    const std::string sealed = box.seal("+13125550123");
    const Claimed claimed = insert_and_claim("destination = '" + sealed + "', message = '" +
                                             old_box.seal("Zebra") + "', lookup_key = 'theirs'");
    keep_as({.secret_key = key, .old_keys = {old_key}, .lookup_hash_prefix = "p"});
    record({without_row(sent(claimed))});
    EXPECT_EQ(column(claimed.id(), "destination"), sealed);
    EXPECT_EQ(opened(claimed.id(), "message"), "Zebra");
    EXPECT_EQ(column(claimed.id(), "lookup_key"), "theirs");
}

TEST_F(OutboxSealingTest, TextsStayAsTheyAreUnlessTextsAreEncrypted) {
    keep_as({.secret_key = key, .lookup_hash_prefix = "p"});
    const Claimed claimed = insert_and_claim("message = 'Zebra'");
    record({without_row(sent(claimed))});
    EXPECT_EQ(column(claimed.id(), "message"), "Zebra");
    EXPECT_EQ(opened(claimed.id(), "destination"), "+15550100");
}

TEST_F(OutboxSealingTest, ATextThatIsTooLargeToBeReadStaysAsItIs) {
    const Claimed claimed = insert_and_claim();
    change(claimed.id(), "message = repeat('Zebra ', 200000)");
    record({sent(claimed)});
    EXPECT_EQ(column(claimed.id(), "length(message)"), "1200000");
    EXPECT_EQ(opened(claimed.id(), "destination"), "+15550100");
}

TEST_F(OutboxSealingTest, WithoutAKeyNothingChanges) {
    keep_as({});
    const Claimed claimed = insert_and_claim("destination = ' +13125550123 ', message = 'Zebra'");
    record({without_row(sent(claimed))});
    EXPECT_EQ(column(claimed.id(), "destination"), " +13125550123 ");
    EXPECT_EQ(column(claimed.id(), "message"), "Zebra");
    EXPECT_EQ(column(claimed.id(), "lookup_key is null"), "t");
}

TEST_F(OutboxSealingTest, ASiteWithoutLookupKeysNeedsNone) {
    keep_as({.secret_key = key}, false);
    const Claimed claimed = insert_and_claim();
    record({without_row(sent(claimed))});
    EXPECT_EQ(opened(claimed.id(), "destination"), "+15550100");
    EXPECT_EQ(column(claimed.id(), "lookup_key is null"), "t");
}

}  // namespace
}  // namespace postrider::testing
