#pragma once

#include "tests/integration/test_database.h"
#include "tests/support/task_test.h"

namespace postrider::testing {

/// A loop, and a migrated database. A fixture whose members tasks refer to calls stop() when it ends.
struct DatabaseLoopTest : TaskTest {
    TestDatabase db;
};

}  // namespace postrider::testing
