#pragma once

#include "tests/support/loop_test.h"
#include "tests/support/manual_clock.h"

namespace postrider::testing {

/// A test that owns time: nothing in it waits for the wall clock.
struct ClockTest : LoopTest {
    ~ClockTest() override { stop(); }

    /// Runs all that can happen without time passing.
    void settle() {
        io.restart();
        io.poll();
    }

    /// Lets `span` pass, moment by moment, so that whoever sleeps wakes when it said.
    void pass(std::chrono::microseconds span) {
        const TimePoint end = clock.now() + span;
        settle();
        for (auto next = clock.next_at(); next && *next <= end; next = clock.next_at()) {
            clock.advance_to(std::max(*next, clock.now()));
            settle();
        }
        clock.advance_to(end);
        settle();
    }

    ManualClock clock{io.get_executor()};
};

}  // namespace postrider::testing
