#include "lib/dispatch/account_watch.h"

#include "tests/support/loop_test.h"
#include "tests/support/manual_clock.h"

#include <gmock/gmock.h>

#include <deque>
#include <stdexcept>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Its account says what the test puts in; it has nothing to say where that is empty.
struct Account final : Transport {
    explicit Account(Health health = Health::ok) : says{.name = "", .health = health, .text = "12.34 USD"} {
        says.measures = {{"balance", 12.34, "", "", ""}};
    }
    Task<std::vector<Outcome>> send(std::vector<PreparedRequest>, const Permit&) override {
        co_return std::vector<Outcome>();
    }
    std::string_view watched_of_account() const override { return what; }
    Task<Check> account_check() override {
        ++asked;
        if (hangs_by) co_await hangs_by->sleep_until(TimePoint::max());
        if (!trouble.empty()) throw std::runtime_error(trouble);
        co_return says;
    }
    std::string_view what = "balance";
    Check says;
    std::string trouble;
    Clock* hangs_by = nullptr;
    int asked = 0;
};

struct AccountWatchTest : testing::LoopTest {
    ~AccountWatchTest() override { stop(); }
    AccountWatchTest() { group.spawn("accounts", accounts.run()); }

    bool asked(const Account& of, int times) {
        return run_until([&] { return of.asked >= times; }) && settle();
    }
    bool settle() {
        io.restart();
        io.poll();
        return true;
    }
    Check check() const {
        const std::vector<Check> checks = accounts.checks();
        EXPECT_THAT(checks, SizeIs(1));
        return checks.empty() ? Check{} : checks[0];
    }

    testing::ManualClock clock{io.get_executor()};
    AccountWatch accounts{io.get_executor(), clock};
    std::shared_ptr<Account> account = std::make_shared<Account>();
};

TEST_F(AccountWatchTest, AnAccountIsAskedAtOnceAndEveryTenMinutes) {
    accounts.watch({{"sms", account}});
    ASSERT_TRUE(asked(*account, 1));
    clock.advance(10min - 1s);
    settle();
    EXPECT_EQ(account->asked, 1);
    clock.advance(1s);
    ASSERT_TRUE(asked(*account, 2));
}

TEST_F(AccountWatchTest, WhatItSaysStandsUnderTheChannelsName) {
    account->says.health = Health::critical;
    accounts.watch({{"sms", account}});
    ASSERT_TRUE(asked(*account, 1));
    EXPECT_EQ(check().name, "balance sms");
    EXPECT_EQ(check().health, Health::critical);
    EXPECT_EQ(check().text, "12.34 USD");
    EXPECT_EQ(check().measures.at(0).label, "sms_balance");
}

TEST_F(AccountWatchTest, TransportsWithoutAnAccountAreNotAsked) {
    account->what = "";
    accounts.watch({{"sms", account}, {"none", nullptr}});
    settle();
    EXPECT_THAT(accounts.checks(), IsEmpty());
    EXPECT_EQ(account->asked, 0);
}

TEST_F(AccountWatchTest, WhatCannotBeHadIsAWarningAfterAnHourAndNotBefore) {
    account->trouble = "credentials refused";
    accounts.watch({{"sms", account}});
    ASSERT_TRUE(asked(*account, 1));
    EXPECT_EQ(check().health, Health::ok);
    EXPECT_EQ(check().text, "not known yet; it cannot be had now: credentials refused");
    clock.advance(1h - 1s);
    ASSERT_TRUE(asked(*account, 2));
    EXPECT_EQ(check().health, Health::ok);
    clock.advance(1s);
    EXPECT_EQ(check().health, Health::warning);
    account->trouble.clear();
    clock.advance(10min);
    ASSERT_TRUE(asked(*account, 3));
    EXPECT_EQ(check().health, Health::ok);
    EXPECT_EQ(check().text, "12.34 USD");
}

TEST_F(AccountWatchTest, WhatWasKnownLastIsShownWithItsAgeAndWhatWasBadStaysBad) {
    account->says.health = Health::critical;
    accounts.watch({{"sms", account}});
    ASSERT_TRUE(asked(*account, 1));
    account->trouble = "server error";
    clock.advance(70min);
    ASSERT_TRUE(asked(*account, 2));
    EXPECT_EQ(check().health, Health::critical);
    EXPECT_EQ(check().text, "12.34 USD; that was 70 min ago; it cannot be had for an hour: server error");
}

TEST_F(AccountWatchTest, OneThatHangsIsLeftAfterAWhileAndTheOthersAreAsked) {
    auto hanging = std::make_shared<Account>();
    hanging->hangs_by = &clock;
    accounts.watch({{"a", hanging}, {"b", account}});
    ASSERT_TRUE(asked(*hanging, 1));
    EXPECT_EQ(account->asked, 0);
    clock.advance(30s);
    ASSERT_TRUE(asked(*account, 1));
    EXPECT_THAT(accounts.checks().at(0).text, HasSubstr("no answer in time"));
    EXPECT_EQ(accounts.checks().at(1).text, "12.34 USD");
}

TEST_F(AccountWatchTest, AReloadAsksTheNewTransportAtOnceAndKeepsWhatIsKnownMeanwhile) {
    account->says.health = Health::warning;
    accounts.watch({{"sms", account}, {"tel", std::make_shared<Account>()}});
    ASSERT_TRUE(run_until([&] { return accounts.checks().at(0).text == "12.34 USD"; }));
    auto next = std::make_shared<Account>();
    next->says.text = "99.00 USD";
    accounts.watch({{"sms", next}});
    EXPECT_EQ(check().health, Health::warning) << "not OK for a moment";
    ASSERT_TRUE(asked(*next, 1));
    EXPECT_EQ(check().health, Health::ok);
    EXPECT_EQ(check().text, "99.00 USD");
}

TEST_F(AccountWatchTest, TheAnswerOfATransportThatAReloadReplacedDoesNotCount) {
    account->hangs_by = &clock;
    accounts.watch({{"sms", account}});
    ASSERT_TRUE(asked(*account, 1));
    auto next = std::make_shared<Account>(Health::critical);
    accounts.watch({{"sms", next}});
    clock.advance(30s);  // the first one's time is over
    ASSERT_TRUE(asked(*next, 1));
    EXPECT_EQ(check().health, Health::critical);
    EXPECT_EQ(check().text, "12.34 USD");
}

}  // namespace
}  // namespace postrider
