#include "lib/async/task_group.h"
#include "lib/async/wakeup.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace postrider {
namespace {

Task<> wait_for(Wakeup& wakeup) { co_await wakeup.wait(); }

// Asio queues a cancellation that comes from outside the loop; here the task ends before its turn.
TEST(TaskGroupCancel, FromOutsideTheLoopMayComeTooLateForATask) {
    boost::asio::io_context io{1};
    Wakeup wakeup(io.get_executor());
    TaskGroup group(io.get_executor());
    group.spawn("waits", wait_for(wakeup));
    io.poll();
    ASSERT_EQ(group.size(), 1u);
    wakeup.ring();
    group.cancel();
    io.restart();
    io.poll();
    EXPECT_EQ(group.size(), 0u);
}

Task<> cancel_at_once(TaskGroup& group) {
    group.cancel();
    co_return;
}

// Asio would end the process: its own last step for such a task throws where nobody can catch.
TEST(TaskGroupCancel, ATaskThatIsCancelledAndEndsWithoutWaitingEndsAlone) {
    boost::asio::io_context io{1};
    TaskGroup group(io.get_executor());
    group.spawn("cancels itself", cancel_at_once(group));
    io.poll();
    EXPECT_EQ(group.size(), 0u);
}

}  // namespace
}  // namespace postrider
