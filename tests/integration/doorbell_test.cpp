#include "lib/store/doorbell.h"

#include "tests/integration/database_loop_test.h"
#include "tests/support/database_proxy.h"

#include <gmock/gmock.h>

#include <deque>
#include <thread>

namespace postrider::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct DoorbellTest : DatabaseLoopTest {
    ~DoorbellTest() override { stop(); }

    Doorbell::Hooks hooks() {
        return {[this](TimePoint from) { rings.push_back(from); },
                [this](bool works) { states.push_back(works); }, [this] { ++suspensions; }};
    }
    void start() {
        group.spawn("doorbell", doorbell->run());
        ASSERT_TRUE(run_until([&] { return !states.empty() && states.back(); }));
    }
    /// Rings that were sent before this call have been heard when it returns.
    void hear_all() {
        const TimePoint mark(std::chrono::seconds{12345});
        db.script("notify postrider_due, '12345'");
        ASSERT_TRUE(run_until([&] { return !rings.empty() && rings.back() == mark; }));
        rings.pop_back();
    }
    void insert(const std::string& send_dates) {
        db.script(
            "insert into simple_messaging_outgoingmessage (destination, message, send_date) select 'a', 'b', "
            "d from (values " +
            send_dates + ") v(d)");
    }
    /// The second at which the earliest waiting row is due.
    TimePoint earliest() {
        return TimePoint(
            std::chrono::seconds{db.number("select floor(extract(epoch from min(send_date)))::bigint "
                                           "from simple_messaging_outgoingmessage where sent_date is null")});
    }

    Database database{io.get_executor(), db.settings()};
    std::deque<TimePoint> rings;
    std::deque<bool> states;
    int suspensions = 0;
    std::unique_ptr<Doorbell> doorbell = make_doorbell(io.get_executor(), database, hooks());
};

TEST_F(DoorbellTest, ASuspensionIsHeard) {
    start();
    db.script("notify postrider_suspensions");
    ASSERT_TRUE(run_until([&] { return suspensions == 1; }));
}

TEST_F(DoorbellTest, ARowDueSoonRingsWithTheSecondItIsDue) {
    start();
    insert("(now() + interval '30 seconds')");
    hear_all();
    EXPECT_THAT(rings, ElementsAre(earliest()));
}

TEST_F(DoorbellTest, ARowDueInTheFarFutureDoesNotRing) {
    start();
    insert("(now() + interval '1 hour'), ('infinity')");
    hear_all();
    EXPECT_THAT(rings, IsEmpty());
}

TEST_F(DoorbellTest, ManyRowsInOneInsertRingOnceWithTheEarliest) {
    start();
    insert("(now() + interval '1 hour'), (now() - interval '10 seconds'), (now())");
    hear_all();
    EXPECT_THAT(rings, ElementsAre(earliest()));
}

TEST_F(DoorbellTest, ARowThatWasAlwaysDueRingsForEverything) {
    start();
    insert("('-infinity'::timestamptz)");
    hear_all();
    EXPECT_THAT(rings, ElementsAre(TimePoint::min()));
}

TEST_F(DoorbellTest, RowsThatAreSentOrErroredAlreadyDoNotRing) {
    start();
    db.script(
        "insert into simple_messaging_outgoingmessage (destination, message, sent_date, errored) values "
        "('a', 'b', now(), false), ('a', 'b', null, true)");
    hear_all();
    EXPECT_THAT(rings, IsEmpty());
}

TEST_F(DoorbellTest, AnUpdateThatBringsARowForwardRings) {
    insert("(now() + interval '1 hour')");
    start();
    db.script("update simple_messaging_outgoingmessage set send_date = now()");
    hear_all();
    EXPECT_THAT(rings, ElementsAre(earliest()));
}

TEST_F(DoorbellTest, AResetOfAnErroredRowRings) {
    insert("(now())");
    db.script("update simple_messaging_outgoingmessage set errored = true, sent_date = now()");
    start();
    db.script("update simple_messaging_outgoingmessage set errored = false, sent_date = null");
    hear_all();
    EXPECT_THAT(rings, ElementsAre(earliest()));
}

TEST_F(DoorbellTest, AnEditThatChangesNothingAboutWhenDoesNotRing) {
    insert("(now())");
    start();
    db.script(
        "update simple_messaging_outgoingmessage set message = 'other'; update "
        "simple_messaging_outgoingmessage set sent_date = now()");
    hear_all();
    EXPECT_THAT(rings, IsEmpty());
}

TEST_F(DoorbellTest, APayloadThatIsNoSecondMeansLookAtEverything) {
    start();
    db.script(
        "notify postrider_due, 'garbage'; notify postrider_due, '99999999999999'; notify postrider_due, ''; "
        "notify postrider_due, '12x'");
    hear_all();
    EXPECT_THAT(rings, ElementsAre(TimePoint::min(), TimePoint::min(), TimePoint::min(), TimePoint::min()));
}

TEST_F(DoorbellTest, WhenItsConnectionIsEndedItSaysSoAndComesBack) {
    start();
    db.sql(
        "select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%' and datname = "
        "current_database()");
    ASSERT_TRUE(run_until([&] { return states.size() >= 3; }));
    EXPECT_THAT(states, ElementsAre(true, false, true));
    insert("(now())");
    hear_all();
    EXPECT_THAT(rings, ElementsAre(earliest()));
}

TEST_F(DoorbellTest, ItsCheckWarnsUntilItWorks) {
    EXPECT_EQ(doorbell->check().health, Health::warning);
    start();
    EXPECT_EQ(doorbell->check().health, Health::ok);
}

struct DoorbellBehindProxyTest : DoorbellTest {
    ~DoorbellBehindProxyTest() override { stop(); }

    DatabaseSettings settings() {
        DatabaseSettings through = db.settings();
        through.url = Secret(proxy.url(db.name(), daemon_role));
        through.call_max = std::chrono::milliseconds{700};
        return through;
    }
    void start() {
        doorbell = make_doorbell(io.get_executor(), behind, hooks());
        DoorbellTest::start();
    }

    DatabaseProxy proxy{cluster().socket_folder()};
    Database behind{io.get_executor(), settings()};
};

TEST_F(DoorbellBehindProxyTest, ALinkThatDiesWithoutAWordIsNoticedAndDoesNotHoldUpTheLoop) {
    start();
    proxy.stall_listening_links();
    EXPECT_TRUE(run_until([&] { return states.size() >= 3; }));
    EXPECT_THAT(states, ElementsAre(true, false, true));
}

TEST_F(DoorbellBehindProxyTest, ALinkThatDiesWhileItIsMadeIsCutOffAndMadeAnew) {
    group.spawn("watch", behind.watch());
    proxy.stall_links_that_say("LISTEN");
    doorbell = make_doorbell(io.get_executor(), behind, hooks());
    group.spawn("doorbell", doorbell->run());
    ASSERT_TRUE(run_until([&] { return proxy.links_stalled() > 0; }));
    proxy.stall_no_more();
    EXPECT_TRUE(run_until([&] { return !states.empty() && states.back(); }));
}

}  // namespace
}  // namespace postrider::testing
