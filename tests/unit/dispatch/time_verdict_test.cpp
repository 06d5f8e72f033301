#include "lib/dispatch/time_verdict.h"

#include <gmock/gmock.h>

#include <limits>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using Kind = TimeVerdict::Kind;
using ::testing::StartsWith;

const TimePoint noon{std::chrono::seconds{1893499200}};

struct Row {
    const char* what;
    TimeFacts facts;
    Kind kind;
    TimePoint not_before;
    const char* reason;
};

TEST(JudgeTime, SaysWhenAMessageMayGoAndWhatItWaitsFor) {
    TimeFacts due;
    due.send_date = noon;
    due.first_seen = noon - 1h;
    due.settle = 2s;
    due.expire_after = 4h;
    const auto with = [&due](auto change) {
        TimeFacts facts = due;
        change(facts);
        return facts;
    };
    const Row table[] = {
        {"due later", due, Kind::go, noon, "its send date"},
        {"just inserted", with([](auto& f) { f.first_seen = noon; }), Kind::go, noon + 2s, "settling"},
        {"settled before it is due", with([](auto& f) { f.first_seen = noon - 2s; }), Kind::go, noon,
         "its send date"},
        {"declared complete", with([](auto& f) { f.first_seen = noon, f.ready = true; }), Kind::go, noon,
         "its send date"},
        {"failed once", with([](auto& f) { f.failed_attempts = 1, f.retry_at = noon + 7s; }), Kind::go,
         noon + 7s, "its next try"},
        {"failed, then postponed", with([](auto& f) { f.failed_attempts = 1, f.retry_at = noon - 7s; }),
         Kind::go, noon, "its send date"},
        {"paused without having failed", with([](auto& f) { f.retry_at = noon + 7s; }), Kind::go, noon + 7s,
         "its next try"},
        {"no limit to the tries", with([](auto& f) { f.failed_attempts = 1000; }), Kind::go, noon,
         "its send date"},
        {"one try left", with([](auto& f) { f.failed_attempts = 2, f.attempts_max = 3; }), Kind::go, noon,
         "its send date"},
        {"no try left", with([](auto& f) { f.failed_attempts = 3, f.attempts_max = 3; }), Kind::give_up, noon,
         "given up after 3 tries"},
        {"a limit beyond what counts",
         with([](auto& f) { f.failed_attempts = 3, f.attempts_max = std::numeric_limits<unsigned>::max(); }),
         Kind::go, noon, "its send date"},
        {"late, but never tried", with([](auto& f) { f.send_date = noon - 48h; }), Kind::go, noon - 1h + 2s,
         "settling"},
        {"failed until a moment before it expires",
         with([](auto& f) { f.send_date = noon - 4h + 1us, f.failed_attempts = 1; }), Kind::go,
         noon - 1h + 2s, "settling"},
        {"expired", with([](auto& f) { f.send_date = noon - 4h, f.failed_attempts = 1; }), Kind::give_up,
         noon, "expired: not accepted by the provider within 14400 s"},
        {"due since -infinity", with([](auto& f) { f.send_date = TimePoint::min(); }), Kind::go,
         noon - 1h + 2s, "settling"},
        {"due at the end of time",
         with([](auto& f) { f.send_date = TimePoint::max(), f.failed_attempts = 1; }), Kind::go,
         TimePoint::max(), "its send date"},
    };
    for (const Row& row : table) {
        const TimeVerdict verdict = judge_time(row.facts, noon);
        EXPECT_EQ(verdict.kind, row.kind) << row.what;
        EXPECT_EQ(verdict.not_before, row.not_before) << row.what;
        EXPECT_THAT(verdict.reason, StartsWith(row.reason)) << row.what;
    }
}

}  // namespace
}  // namespace postrider
