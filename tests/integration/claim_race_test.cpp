// Daemons that claim the same rows at the same time, each on a loop and connections of its own.
#include "tests/integration/outbox_loop_test.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <latch>
#include <map>
#include <numeric>
#include <random>
#include <thread>

namespace postrider::testing {
namespace {

constexpr int daemons_count = 8;
constexpr int rows_count = 2000;
constexpr std::size_t batch_max = 100;

struct ClaimRaceTest : OutboxLoopTest {
    /// One claimer after another asks for all rows, in an order of its own; their answers.
    static Task<std::vector<Claim>> claim_all(Outbox& outbox, std::vector<ClaimRequest> requests,
                                              TimePoint now) {
        std::vector<Claim> granted;
        for (std::size_t at = 0; at < requests.size(); at += batch_max) {
            const auto begin = requests.begin() + static_cast<std::ptrdiff_t>(at);
            const auto length = static_cast<std::ptrdiff_t>(std::min(batch_max, requests.size() - at));
            std::vector<ClaimRequest> batch(begin, begin + length);
            const auto claims = co_await outbox.claim(std::move(batch), {now, now, TimePoint::min()});
            granted.insert(granted.end(), claims.begin(), claims.end());
        }
        co_return granted;
    }

    std::vector<ClaimRequest> requests_of(int claimer, const std::vector<OutgoingMessage>& messages) {
        std::vector<ClaimRequest> requests;
        for (const OutgoingMessage& message : messages) {
            requests.push_back(request(message));
            requests.back().shard = claimer;  // each is right about its shard: the index alone decides
        }
        return requests;
    }
};

TEST_F(ClaimRaceTest, EachRowIsGrantedExactlyOnce) {
    db.sql(
        "insert into simple_messaging_outgoingmessage (destination, message, send_date) "
        "select 'a', 'b', now() - interval '1 minute' from generate_series(1, $1::int)",
        rows_count);
    const auto messages = result_of(outbox->read_due({}, TimePoint::max(), rows_count));
    const TimePoint now = db.now();
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    std::vector<std::vector<ClaimRequest>> wanted;
    std::vector<DaemonId> names;
    for (int i = 0; i < daemons_count; ++i) {
        names.push_back(ledger->new_daemon());
        ledger->give_shard(i, names.back());
        wanted.push_back(requests_of(i, messages));
        std::shuffle(wanted.back().begin(), wanted.back().end(), random);
    }
    std::vector<std::vector<Claim>> granted(daemons_count);
    std::latch start(daemons_count);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < daemons_count; ++i) {
        threads.emplace_back([&, i] {
            boost::asio::io_context loop{1};
            Database own(loop.get_executor(), db.settings());
            const auto store = make_pg_outbox(
                own, [](TimePoint) {}, [&] { return names[i]; });
            auto answer = boost::asio::co_spawn(loop, claim_all(*store, std::move(wanted[i]), now),
                                                boost::asio::use_future);
            start.arrive_and_wait();
            loop.run();
            granted[i] = answer.get();
        });
    }
    for (std::thread& thread : threads) thread.join();
    std::map<MessageId, int> times;
    for (const auto& claims : granted) {
        for (const Claim& each : claims) ++times[each.message_id];
    }
    const auto twice =
        std::count_if(times.begin(), times.end(), [](const auto& each) { return each.second > 1; });
    EXPECT_EQ(twice, 0);
    EXPECT_EQ(times.size(), static_cast<std::size_t>(rows_count));
    EXPECT_EQ(ledger->open_attempts().size(), static_cast<std::size_t>(rows_count));
}

TEST_F(ClaimRaceTest, ARowIsSentOnceAlsoWhileOthersRecordAndClaimAgain) {
    db.sql(
        "insert into simple_messaging_outgoingmessage (destination, message, send_date) "
        "select 'a', 'b', now() - interval '1 minute' from generate_series(1, 300)");
    std::vector<DaemonId> names;
    for (int i = 0; i < daemons_count; ++i) {
        names.push_back(ledger->new_daemon());
        ledger->give_shard(i, names.back());
    }
    // Each reads what is due, claims it and records it as sent, until nothing is due.
    const auto work = [&](Outbox& store, int shard, std::string key_prefix) -> Task<int> {
        int count = 0;
        int key = 0;
        for (;;) {
            auto messages = co_await store.read_due({}, TimePoint::max(), 20);
            if (messages.empty()) co_return count;
            std::vector<ClaimRequest> requests;
            std::map<MessageId, OutgoingMessage> by_id;
            for (OutgoingMessage& message : messages) {
                ClaimRequest wanted;
                wanted.message_id = message.key.id;
                wanted.row_version = message.row_version;
                wanted.channel = "test";
                wanted.shard = shard;
                wanted.idempotency_key = fmt::format("{}-0000-4000-8000-{:012}", key_prefix, ++key);
                requests.push_back(std::move(wanted));
                by_id.emplace(message.key.id, std::move(message));
            }
            const TimePoint until = by_id.begin()->second.key.send_date + std::chrono::minutes{1};
            // Claimers that are wrong about their shards can deadlock with a recorder; the server
            // then undoes one of them, and it asks again.
            std::vector<Claim> claims;
            try {
                claims = co_await store.claim(std::move(requests), {until, until, TimePoint::min()});
            } catch (const pqxx::deadlock_detected&) {
                continue;
            }
            std::vector<AttemptResult> results;
            for (const Claim& each : claims) {
                AttemptResult result;
                result.attempt_id = each.attempt.id;
                result.message_id = each.message_id;
                result.row_version = by_id.at(each.message_id).row_version;
                result.transmission_metadata = by_id.at(each.message_id).transmission_metadata;
                result.outcome = Outcome::sent("id", {});
                result.disposition = Disposition::sent;
                result.ended = until;
                results.push_back(std::move(result));
            }
            count += static_cast<int>(claims.size());
            for (bool recorded = results.empty(); !recorded;) {
                try {
                    co_await store.record(results);
                    recorded = true;
                } catch (const pqxx::deadlock_detected&) {
                    continue;
                }
            }
        }
    };
    std::vector<int> sent_by(daemons_count);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < daemons_count; ++i) {
        threads.emplace_back([&, i] {
            boost::asio::io_context loop{1};
            Database own(loop.get_executor(), db.settings());
            const auto store = make_pg_outbox(
                own, [](TimePoint) {}, [&] { return names[i]; });
            auto answer = boost::asio::co_spawn(
                loop, work(*store, static_cast<int>(i), fmt::format("{:08}", i)), boost::asio::use_future);
            loop.run();
            sent_by[i] = answer.get();
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(std::accumulate(sent_by.begin(), sent_by.end(), 0), 300);
    EXPECT_EQ(db.number("select count(*) from postrider.attempt_history"), 300);
    EXPECT_EQ(db.number("select count(*) from postrider.messages where state = 'sent'"), 300);
}

}  // namespace
}  // namespace postrider::testing
