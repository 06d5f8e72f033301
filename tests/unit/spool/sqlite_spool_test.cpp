#include "lib/spool/sqlite_spool.h"

#include "tests/support/loop_test.h"
#include "tests/unit/spool/spool_folder.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Its own loop: the folder is another fixture's.
struct SqliteSpoolTest : testing::SpoolFolder {
    struct Loop : testing::LoopTest {
        void TestBody() override {}
    };

    Task<bool> keep(std::vector<AttemptResult> results) {
        co_await spool->keep(std::move(results));
        co_return true;
    }
    Task<bool> forget(std::vector<AttemptId> attempts) {
        co_await spool->forget(std::move(attempts));
        co_return true;
    }
    Task<> keep_and_note(AttemptId id) {
        std::vector<AttemptResult> results;
        results.push_back(result(id));
        co_await spool->keep(std::move(results));
        noted.push_back(id);
    }
    Task<bool> keep_expecting_an_error(AttemptResult refused) {
        std::vector<AttemptResult> results;
        results.push_back(std::move(refused));
        try {
            co_await spool->keep(std::move(results));
        } catch (const SpoolError& caught) {
            error = caught.what();
        }
        co_return true;
    }
    std::vector<AttemptId> read() { return ids(loop.result_of(spool->read())); }

    Loop loop;
    std::unique_ptr<ResultSpool> spool = open_sqlite_spool(folder(), {"ours"});
    std::vector<AttemptId> noted;
    std::string error;
};

TEST_F(SqliteSpoolTest, KeepsReadsAndForgets) {
    loop.result_of(keep({result(1), result(2)}));
    EXPECT_THAT(read(), ElementsAre(1, 2));
    loop.result_of(forget({1}));
    EXPECT_THAT(read(), ElementsAre(2));
}

TEST_F(SqliteSpoolTest, CallsAreDoneInTheirOrder) {
    for (AttemptId id = 1; id <= 20; ++id) loop.group.spawn("keep", keep_and_note(id));
    EXPECT_TRUE(loop.run_until([this] { return noted.size() == 20; }));
    EXPECT_TRUE(std::is_sorted(noted.begin(), noted.end()));
}

TEST_F(SqliteSpoolTest, ACallerThatIsCancelledHasItsResultsKeptAllTheSame) {
    TaskGroup cut(loop.io.get_executor());
    cut.spawn("keep", keep_and_note(1));
    loop.io.restart();
    loop.io.run_one();
    cut.cancel();
    ASSERT_TRUE(loop.run_until([&] { return cut.size() == 0; }));
    EXPECT_THAT(read(), ElementsAre(1));
}

TEST_F(SqliteSpoolTest, WhatTheDiskRefusesReachesTheCaller) {
    {
        const testing::FullDisk full;
        loop.result_of(keep_expecting_an_error(result(1, std::string(100000, 'r'))));
    }
    EXPECT_THAT(error, HasSubstr("spool"));
    loop.result_of(keep({result(2)}));
    EXPECT_THAT(read(), ElementsAre(2));
}

}  // namespace
}  // namespace postrider
