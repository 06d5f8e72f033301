// Which messages an operator finds.
#include "lib/store/message_search.h"

#include "lib/crypto/secret_box.h"
#include "tests/integration/outbox_loop_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Secret key{std::string(32, 'k')};

struct MessageSearchTest : OutboxLoopTest {
    std::vector<MessageId> find(const MessageFilter& filter) {
        std::vector<MessageId> ids;
        for (const auto& row : MessageSearch(db.settings(), {.secret_key = key}, "US").find(filter))
            ids.push_back(std::stoll(std::string(row.at("id").as_string())));
        return ids;
    }
    std::vector<MessageId> find_to(const std::string& destination) {
        return find({.destination = Address(destination)});
    }
    MessageId insert_and_claim_sent() {
        const Claimed claimed = insert_and_claim();
        record({sent(claimed)});
        return claimed.message.key.id;
    }
    static std::string sealed(const std::string& clear) { return SecretBox(key).seal(clear); }
};

TEST_F(MessageSearchTest, ADestinationIsFoundHoweverItIsSpelledAndWhetherItIsEncrypted) {
    const MessageId clear = insert("destination = '(312) 555-0123'");
    const MessageId encrypted = insert("destination = '" + sealed("+13125550123") + "'");
    const MessageId keyed =
        insert("destination = '" + sealed("312-555-0123") + "', lookup_key = 'whatever the site made of it'");
    insert("destination = '+13125550124'");
    insert("destination = '" + sealed("+13125550124") + "'");
    insert("destination = '" + SecretBox(Secret(std::string(32, 'x'))).seal("+13125550123") + "'");
    for (const char* wanted : {"+13125550123", "312 555 0123", " +1 312-555-0123 "})
        EXPECT_THAT(find_to(wanted), ElementsAre(keyed, encrypted, clear)) << wanted;
    EXPECT_THAT(find_to("+13125550125"), IsEmpty());
}

TEST_F(MessageSearchTest, TheLatestComeFirstAndNoMoreThanAreWanted) {
    db.script(
        "insert into simple_messaging_outgoingmessage (destination, message) "
        "select '+1312555' || lpad((i % 2)::text, 4, '0'), 'x' from generate_series(1, 3000) i");
    const auto found = find({.destination = Address("+13125550001"), .limit = 1200});
    ASSERT_EQ(found.size(), 1200u);
    for (std::size_t i = 1; i < found.size(); ++i) ASSERT_EQ(found[i], found[i - 1] - 2) << "over pages, too";
}

TEST_F(MessageSearchTest, StatesAndChannelsAreThoseOfTheView) {
    const MessageId due = insert();
    const MessageId later = insert("send_date = now() + interval '1 hour'");
    const Claimed claimed = insert_and_claim();
    const MessageId sent_one = insert_and_claim_sent();
    EXPECT_THAT(find({.state = "due"}), ElementsAre(due));
    EXPECT_THAT(find({.state = "scheduled"}), ElementsAre(later));
    EXPECT_THAT(find({.state = "sending"}), ElementsAre(claimed.message.key.id));
    EXPECT_THAT(find({.state = "sent"}), ElementsAre(sent_one));
    EXPECT_THAT(find({.channel = "no such"}), IsEmpty());
    EXPECT_THAT(find({.channel = db.text("select channel from postrider.messages where state = 'sent'"),
                      .state = "sent"}),
                ElementsAre(sent_one));
}

TEST_F(MessageSearchTest, AnErrorCodeIsTheLastAttemptsOrAReports) {
    const Claimed claimed = insert_and_claim();
    Outcome outcome = Outcome::failed(Verdict::rejected, "why");
    outcome.metadata["provider_error_code"] = 21211;
    record({result(claimed, Disposition::given_up, std::move(outcome))});
    const MessageId reported = insert("errored = true, sent_date = now()");
    db.script(
        "insert into postrider.delivery_report (transport, provider_id, channel, rank, state, status, "
        "metadata, "
        "acceptance, reported, message_id, part, applied) values ('t', 'p', 'sms', 1, 'failed', 'no', "
        "'{\"provider_error_code\": \"30003\"}', '{}', now(), " +
        std::to_string(reported) + ", 1, true)");
    insert("errored = true, sent_date = now()");
    EXPECT_THAT(find({.error_code = "21211"}), ElementsAre(claimed.message.key.id));
    EXPECT_THAT(find({.error_code = "30003"}), ElementsAre(reported));
    EXPECT_THAT(find({.error_code = "1' or true --"}), IsEmpty());
}

TEST_F(MessageSearchTest, TimesAndIdsAreRanges) {
    const MessageId first = insert("send_date = '2030-01-01 10:00Z'");
    const MessageId second = insert("send_date = '2030-01-01 11:00Z'");
    const MessageId third = insert("send_date = '2030-01-01 12:00Z'");
    EXPECT_THAT(find({.since = "2030-01-01 11:00Z"}), ElementsAre(third, second));
    EXPECT_THAT(find({.since = "2030-01-01 11:00Z", .until = "2030-01-01 12:00Z"}), ElementsAre(second));
    EXPECT_THAT(find({.ids = {{first, first}, {third, third + 100}}}), ElementsAre(third, first));
    EXPECT_THROW(find({.since = "next blue moon"}), DatabaseSetupError);
}

}  // namespace
}  // namespace postrider::testing
