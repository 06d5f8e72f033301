#include "lib/dispatch/suppression_list.h"

#include "tests/support/clock_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;

class MemorySuppressions final : public SuppressionStore {
public:
    Task<std::optional<Reading>> read(std::int64_t known) override {
        ++reads;
        if (away) throw std::runtime_error("away");
        if (known == version) co_return std::nullopt;
        co_return Reading{version, rows};
    }
    Task<> renew(std::vector<std::pair<SuppressionRow, SuppressionRow>> before_and_after) override {
        for (const auto& [before, after] : before_and_after) {
            for (SuppressionRow& row : rows) {
                if (row.recipient == before.recipient) row = after;
            }
        }
        ++version;
        co_return;
    }

    std::vector<SuppressionRow> rows;
    std::int64_t version = 1;
    bool away = false;
    int reads = 0;
};

const Secret old_key("12345678901234567890123456789012");
const Secret new_key("abcdefghijklmnopqrstuvwxyzabcdef");

struct SuppressionListTest : ClockTest {
    ~SuppressionListTest() override { stop(); }

    Hash hash_of(const std::string& address, const Privacy& by) {
        return suppressed_recipient(by, Address(address), "US");
    }
    void start(SuppressionList& its_list) {
        group.spawn("list", its_list.run());
        settle();
    }

    MemorySuppressions store;
    Privacy privacy{std::nullopt, Secret("salt")};
    SuppressionList list{io.get_executor(), clock, store, privacy, "US"};
};

TEST_F(SuppressionListTest, KnowsAPersonHoweverTheNumberIsWrittenAndWhateverLeadsToIt) {
    const Hash hash = hash_of("+17735550123", privacy);
    EXPECT_EQ(hash_of("(773) 555-0123", privacy), hash);
    EXPECT_EQ(hash_of("whatsapp:+1 773 555 0123", privacy), hash);
    EXPECT_NE(hash_of("+17735550124", privacy), hash);
    EXPECT_EQ(hash_of("Pat@Example.org", privacy), hash_of("pat@example.ORG", privacy));
}

TEST_F(SuppressionListTest, HoldsForOneChannelOrForAll) {
    const Hash one = hash_of("+17735550123", privacy);
    const Hash other = hash_of("+17735550124", privacy);
    store.rows = {{one, "sms", "+17735550123"}, {other, "", "+17735550124"}};
    start(list);
    EXPECT_TRUE(list.contains(one, "sms"));
    EXPECT_FALSE(list.contains(one, "mail"));
    EXPECT_TRUE(list.contains(other, "mail"));
}

TEST_F(SuppressionListTest, LearnsOfChangesWithinTwoSecondsAndKeepsWhatItKnowsWhileTheDatabaseIsAway) {
    start(list);
    const Hash one = hash_of("+17735550123", privacy);
    store.rows = {{one, "sms", "+17735550123"}};
    ++store.version;
    pass(2s);
    EXPECT_TRUE(list.contains(one, "sms"));
    store.away = true;
    pass(10s);
    EXPECT_TRUE(list.contains(one, "sms"));
    store.away = false;
    store.rows.clear();
    ++store.version;
    list.look();
    settle();
    EXPECT_FALSE(list.contains(one, "sms"));
}

TEST_F(SuppressionListTest, SurvivesAChangeOfTheKey) {
    Privacy before(old_key, Secret("salt"));
    store.rows = {{hash_of("+17735550123", before), "sms", before.seal("+17735550123")},
                  {hash_of("+17735550124", privacy), "sms", "+17735550124"}};  // of before there was a key
    Privacy now(EncryptionSettings{.secret_key = new_key, .old_keys = {old_key}}, Secret("salt"));
    SuppressionList renewed(io.get_executor(), clock, store, now, "US");
    start(renewed);
    pass(5s);
    EXPECT_TRUE(renewed.contains(hash_of("+17735550123", now), "sms"));
    EXPECT_TRUE(renewed.contains(hash_of("+17735550124", now), "sms"));
    Privacy new_only(new_key, Secret("salt"));
    for (const SuppressionRow& row : store.rows) EXPECT_TRUE(new_only.open(row.address).value) << row.address;
    stop();  // before the list goes
}

}  // namespace
}  // namespace postrider::testing
