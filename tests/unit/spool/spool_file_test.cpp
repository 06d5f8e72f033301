#include "lib/spool/spool_file.h"

#include "tests/unit/spool/spool_folder.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <optional>

namespace postrider {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct SpoolFileTest : testing::SpoolFolder {
    SpoolFile open(const std::string& identity = "ours", const std::string& former = "") const {
        return SpoolFile(folder(), {identity, former});
    }

    /// What opening it fails with; "" if it does not.
    std::string refusal(const std::string& identity = "ours") const {
        try {
            open(identity);
        } catch (const SpoolError& error) {
            return error.what();
        }
        return "";
    }
    std::vector<AttemptId> kept() const { return ids(open().read()); }

    void execute(const char* sql) const {
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open(file().c_str(), &database), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(database);
        sqlite3_close(database);
    }
    static int mode_of(const std::filesystem::path& path) {
        struct stat found {};
        EXPECT_EQ(::stat(path.c_str(), &found), 0);
        return static_cast<int>(found.st_mode & 0777);
    }
    /// Runs `work` in a process that is killed right after it.
    static void in_a_process_that_dies(const std::function<void()>& work) {
        const pid_t child = ::fork();
        if (child == 0) {
            work();
            ::kill(::getpid(), SIGKILL);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status));
    }
};

TEST_F(SpoolFileTest, WhatIsKeptIsReadInItsOrder) {
    SpoolFile spool = open();
    spool.keep({result(3), result(1)});
    spool.keep({result(2)});
    EXPECT_THAT(ids(spool.read()), ElementsAre(3, 1, 2));
}

TEST_F(SpoolFileTest, WhatIsForgottenIsGoneAndTheRestStays) {
    SpoolFile spool = open();
    spool.keep({result(1), result(2), result(3)});
    spool.forget({1, 3, 99});
    EXPECT_THAT(ids(spool.read()), ElementsAre(2));
}

TEST_F(SpoolFileTest, AResultThatComesTwiceIsKeptOnceAsItIsLast) {
    SpoolFile spool = open();
    spool.keep({result(1, "in doubt"), result(2)});
    spool.keep({result(1, "known")});
    const auto results = spool.read();
    EXPECT_THAT(ids(results), ElementsAre(1, 2));
    EXPECT_EQ(results.front().outcome.reason, "known");
}

TEST_F(SpoolFileTest, WhatIsKeptOutlivesTheProcess) {
    open().keep({result(1)});
    EXPECT_THAT(kept(), ElementsAre(1));
}

TEST_F(SpoolFileTest, WhatIsKeptOutlivesAProcessThatIsKilled) {
    in_a_process_that_dies([this] {
        auto* spool = new SpoolFile(folder(), {"ours"});  // never closed
        spool->keep({result(1), result(2)});
        spool->forget({1});
    });
    EXPECT_THAT(kept(), ElementsAre(2));
}

TEST_F(SpoolFileTest, FolderAndFileAreForNobodyElse) {
    SpoolFile spool = open();
    spool.keep({result(1)});
    EXPECT_EQ(mode_of(folder()), 0700);
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
        EXPECT_EQ(mode_of(entry.path()), 0600) << entry.path();
    }
}

TEST_F(SpoolFileTest, FoldersOnTheWayAreMade) {
    const SpoolFile spool(parent / "a" / "b" / "spool", {"ours"});
    EXPECT_TRUE(std::filesystem::exists(parent / "a" / "b" / "spool" / "spool.sqlite"));
}

TEST_F(SpoolFileTest, ASecondOneOnTheFolderIsRefused) {
    std::optional<SpoolFile> first(std::in_place, folder(), SpoolOwner{"ours"});
    EXPECT_THAT(refusal(), AllOf(HasSubstr(folder().string()), HasSubstr("another process uses this spool")));
    first.reset();
    EXPECT_EQ(refusal(), "");
}

TEST_F(SpoolFileTest, AnEmptyOneChangesHands) {
    {
        SpoolFile spool = open("ours");
        spool.keep({result(1)});
        spool.forget({1});
    }
    EXPECT_EQ(refusal("theirs"), "");
    EXPECT_EQ(refusal("ours"), "");
}

TEST_F(SpoolFileTest, OneThatHoldsResultsOfAnotherDatabaseIsRefusedWithAdvice) {
    open("theirs").keep({result(1), result(2)});
    EXPECT_THAT(refusal("ours"), AllOf(HasSubstr("holds 2 results or webhooks of another database"),
                                       HasSubstr("run Postrider on that one"), HasSubstr("spool.path")));
    EXPECT_THAT(ids(open("theirs").read()), ElementsAre(1, 2));
}

TEST_F(SpoolFileTest, OneThatAnEarlierVersionBoundByItsFormerIdentityIsTakenOverWithItsResults) {
    open("ours, as it was").keep({result(1), result(2)});
    EXPECT_THAT(ids(open("ours", "ours, as it was").read()), ElementsAre(1, 2));
    EXPECT_THAT(kept(), ElementsAre(1, 2));
    EXPECT_THAT(refusal("ours, as it was"), HasSubstr("another database")) << "bound anew";
}

TEST_F(SpoolFileTest, AFileThatIsNoDatabaseIsRefusedAndLeftAsItIs) {
    std::filesystem::create_directory(folder());
    std::ofstream(file()) << std::string(5000, 'x');
    EXPECT_THAT(refusal(), AllOf(HasSubstr("spool.sqlite is damaged"), HasSubstr("move the file away")));
    EXPECT_EQ(std::filesystem::file_size(file()), 5000u);
}

TEST_F(SpoolFileTest, ADamagedFileIsRefusedAndLeftAsItIs) {
    {
        SpoolFile spool = open();
        for (AttemptId id = 1; id <= 200; ++id) spool.keep({result(id, std::string(200, 'r'))});
    }
    const auto size = std::filesystem::file_size(file());
    std::fstream(file(), std::ios::in | std::ios::out | std::ios::binary).seekp(9000)
        << std::string(9000, 'x');
    EXPECT_THAT(refusal(), HasSubstr("spool.sqlite is damaged"));
    EXPECT_EQ(std::filesystem::file_size(file()), size);
}

TEST_F(SpoolFileTest, AResultThatCannotBeReadIsKnownAtTheOpening) {
    open().keep({result(1)});
    execute("update result set content = '{}'");
    EXPECT_THAT(refusal(), AllOf(HasSubstr("is damaged"), HasSubstr("attempt 1")));
}

TEST_F(SpoolFileTest, OneOfANewerVersionIsRefused) {
    open().keep({result(1)});
    execute("pragma user_version = 3");
    EXPECT_THAT(refusal(), HasSubstr("newer Postrider"));
}

TEST_F(SpoolFileTest, AFolderThatCannotBeMadeIsNamed) {
    std::ofstream(parent / "file") << "x";
    try {
        const SpoolFile spool(parent / "file" / "spool", {"ours"});
        FAIL() << "there can be no folder in a file";
    } catch (const SpoolError& error) {
        EXPECT_THAT(error.what(), HasSubstr((parent / "file").string()));
    }
}

TEST_F(SpoolFileTest, AFullDiskIsAnErrorThatCostsNothingKeptAndPasses) {
    SpoolFile spool = open();
    spool.keep({result(1)});
    {
        const testing::FullDisk full;
        EXPECT_THROW(spool.keep({result(2, std::string(100000, 'r'))}), SpoolError);
    }
    EXPECT_THAT(ids(spool.read()), ElementsAre(1));
    spool.keep({result(3)});
    EXPECT_THAT(ids(spool.read()), ElementsAre(1, 3));
}

TEST_F(SpoolFileTest, SomebodyElseCanLookHowMuchItHolds) {
    EXPECT_EQ(look_into_spool(folder()), SpoolContent{}) << "there is none";
    EXPECT_FALSE(std::filesystem::exists(folder())) << "and none was made";
    {
        SpoolFile spool = open();
        EXPECT_EQ(look_into_spool(folder()), SpoolContent{});
        spool.keep({result(1), result(2)});
        spool.keep_entries({InboxEntry{}});
        EXPECT_EQ(look_into_spool(folder()), (SpoolContent{2, 1})) << "beside the process that has it";
    }
    EXPECT_EQ(look_into_spool(folder()), (SpoolContent{2, 1})) << "and after it";
    std::filesystem::remove_all(folder());
    std::filesystem::create_directory(folder());
    std::ofstream(file()) << "this is no spool, though its name says so";
    EXPECT_THROW(look_into_spool(folder()), SpoolError);
}

TEST_F(SpoolFileTest, NothingOfTheRowsMetadataReachesTheDisk) {
    SpoolFile spool = open();
    AttemptResult private_one = result(1);
    private_one.transmission_metadata = "a private note";
    spool.keep({private_one});
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
        std::ifstream in(entry.path(), std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(in)), {});
        EXPECT_EQ(bytes.find("private note"), std::string::npos) << entry.path();
    }
}

}  // namespace
}  // namespace postrider
