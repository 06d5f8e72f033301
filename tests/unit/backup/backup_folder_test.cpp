// A backup as it is written and read: in a folder, and as a stream.
#include "lib/backup/backup_folder.h"

#include "lib/backup/backup_error.h"
#include "lib/backup/backup_writer.h"
#include "lib/backup/bzip2.h"
#include "lib/backup/media_restore.h"
#include "lib/crypto/sealed_bytes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <functional>
#include <iterator>

namespace postrider {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Secret key(std::string(32, 'k'));

std::string content(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

struct BackupFolderTest : ::testing::Test {
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "backup-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder = name;
        root = folder / "site";
        fs::create_directories(root / "incoming_message_media");
    }
    void TearDown() override { fs::remove_all(folder); }

    /// One table with so many rows, and the files that are named.
    BackupManifest write(BackupTarget& target, int rows, const std::vector<std::string>& files = {}) {
        BackupWriter writer(target, key, "prefix");
        writer.begin_table({.name = "simple_messaging_outgoingmessage",
                            .model = "simple_messaging.outgoingmessage",
                            .columns = {"message"},
                            .sequence = rows});
        for (int i = 1; i <= rows; ++i)
            writer.add_row(std::to_string(i), fmt::format(R"({{"message": "Visit {}"}})", i));
        writer.end_table();
        for (const std::string& name : files) writer.add_file(root, name);
        BackupManifest facts;
        facts.taken = "2026-01-31T09:00:00.000000Z";
        return writer.finish(facts);
    }
    BackupFolder backup(int rows, const std::vector<std::string>& files = {}) {
        write(*make_folder_target(folder / "backups", "one"), rows, files);
        return BackupFolder(folder / "backups/one", {key});
    }
    std::string refusal(const std::function<void()>& what) {
        try {
            what();
        } catch (const BackupError& error) {
            return error.what();
        }
        return "";
    }
    /// The files of a backup with what is in them.
    std::vector<std::string> files_of(const BackupFolder& from) {
        std::vector<std::string> all;
        from.files({[&](const std::string& name, std::uint64_t size) {
                        all.push_back(fmt::format("{} {} ", name, size));
                    },
                    [&](std::string_view bytes) { all.back() += bytes; }, [] {}});
        return all;
    }

    fs::path folder;
    fs::path root;
};

TEST_F(BackupFolderTest, EveryPieceIsAFileThatTheDjangoPackagesToolsRead) {
    const BackupFolder one = backup(2);
    const fs::path file =
        folder / "backups/one/prefix_simple_messagingoutgoingmessage_000001.json-dumpdata.bz2.encrypted";
    const auto opened = open_bytes(key, content(file));
    ASSERT_TRUE(opened);
    EXPECT_EQ(bzip2_expanded(*opened, 1000),
              R"([{"model": "simple_messaging.outgoingmessage", "pk": 1, "fields": {"message": "Visit 1"}}, )"
              R"({"model": "simple_messaging.outgoingmessage", "pk": 2, "fields": {"message": "Visit 2"}}])");
    struct stat status {};
    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777u, 0600u);
}

TEST_F(BackupFolderTest, ManyRowsBecomeSeveralPieces) {
    const BackupFolder one = backup(25000);
    const BackedUpTable& table = one.manifest().tables.at(0);
    EXPECT_EQ(table.rows, 25000);
    ASSERT_EQ(table.pieces.size(), 3u);
    EXPECT_EQ(table.pieces[2].records, 5000);
    EXPECT_THAT(one.rows(table, table.pieces[2]).json, HasSubstr("Visit 25000"));
}

TEST_F(BackupFolderTest, FilesOfMessagesComeBackHoweverLargeTheyAre) {
    std::string large;
    for (int i = 0; large.size() < 9000000; ++i) large += std::to_string(i);
    std::ofstream(root / "incoming_message_media/large.bin") << large;
    std::ofstream(root / "a.txt") << "short";
    std::ofstream(root / "empty");
    const BackupFolder one =
        backup(0, {"a.txt", "empty", "incoming_message_media/large.bin", "gone.png", "../a", ""});
    EXPECT_EQ(one.manifest().files, 3);
    EXPECT_EQ(one.manifest().files_missing, 3);
    EXPECT_GE(one.manifest().media.size(), 2u);
    EXPECT_THAT(files_of(one), ElementsAre("a.txt 5 short", "empty 0 ",
                                           "incoming_message_media/large.bin " +
                                               std::to_string(large.size()) + " " + large));
    const fs::path elsewhere = folder / "media";
    check_media(one, elsewhere);
    restore_media(one, elsewhere);
    EXPECT_EQ(content(elsewhere / "incoming_message_media/large.bin"), large);
    EXPECT_EQ(content(elsewhere / "a.txt"), "short");
    check_media(one, elsewhere);  // what is the same is no trouble
    std::ofstream(elsewhere / "a.txt") << "other";
    EXPECT_THAT(refusal([&] { check_media(one, elsewhere); }),
                HasSubstr("a.txt is there with another content"));
}

TEST_F(BackupFolderTest, AnythingThatIsDamagedIsRefusedByName) {
    std::ofstream(root / "a.txt") << "short";
    const BackupFolder one = backup(3, {"a.txt"});
    const BackedUpTable table = one.manifest().tables.at(0);
    const fs::path rows = folder / "backups/one" / table.pieces[0].name;
    const fs::path media = folder / "backups/one" / one.manifest().media[0].name;
    for (const fs::path& file : {rows, media}) {
        const std::string sound = content(file);
        const auto read = [&] {
            file == rows ? void(one.rows(table, table.pieces[0])) : void(files_of(one));
        };
        std::string damaged = sound;
        damaged[damaged.size() / 2] ^= 1;
        std::ofstream(file, std::ios::binary) << damaged;
        EXPECT_THAT(refusal(read), HasSubstr(file.filename().string() + " is damaged"));
        std::ofstream(file, std::ios::binary) << sound.substr(1);
        EXPECT_THAT(refusal(read), HasSubstr("is damaged"));
        fs::remove(file);
        EXPECT_THAT(refusal(read), HasSubstr("is missing"));
        std::ofstream(file, std::ios::binary) << sound;
        EXPECT_EQ(refusal(read), "");
    }
}

TEST_F(BackupFolderTest, WithoutAManifestOrItsKeyItIsNoBackup) {
    const fs::path one = backup(1).path();
    EXPECT_THAT(refusal([&] { BackupFolder(one, {Secret(std::string(32, 'x'))}); }),
                HasSubstr("another key than backup.secret_key"));
    EXPECT_EQ(refusal([&] { BackupFolder(one, {Secret(std::string(32, 'x')), key}); }), "");
    fs::remove(one / "prefix_manifest.json.bz2.encrypted");
    EXPECT_THAT(refusal([&] { BackupFolder(one, {key}); }), HasSubstr("has no manifest"));
    EXPECT_THAT(refusal([&] { BackupFolder(folder / "nothing", {key}); }), HasSubstr("cannot be read"));
}

TEST_F(BackupFolderTest, AStreamUnpacksIntoTheSameFolder) {
    std::string stream;
    const auto target = make_stream_target("one", [&](std::string_view bytes) { stream += bytes; });
    std::ofstream(root / "a.txt") << "short";
    write(*target, 3, {"a.txt"});
    std::string_view rest = stream;
    const auto in = [&] {
        const std::string_view next = rest.substr(0, 10000);
        rest.remove_prefix(next.size());
        return next;
    };
    const BackupFolder one(unpack_backup(in, folder), {key});
    EXPECT_EQ(one.path(), folder / "one");
    EXPECT_EQ(one.manifest().tables.at(0).rows, 3);
    EXPECT_THAT(files_of(one), ElementsAre("a.txt 5 short"));
    fs::remove_all(folder / "one");
    rest = std::string_view(stream).substr(0, stream.size() / 2);
    EXPECT_THAT(refusal([&] { unpack_backup(in, folder); }), HasSubstr("damaged"));
    rest = "no archive at all, but words";
    EXPECT_THAT(refusal([&] { unpack_backup(in, folder); }), HasSubstr("damaged"));
    rest = "";
    EXPECT_THAT(refusal([&] { unpack_backup(in, folder); }), HasSubstr("empty"));
}

TEST_F(BackupFolderTest, AFolderThatWasNotFinishedLeavesNothing) {
    {
        const auto target = make_folder_target(folder / "backups", "one");
        target->put("piece", "bytes");
    }
    EXPECT_TRUE(fs::is_empty(folder / "backups"));
    backup(1);
    EXPECT_THAT(refusal([&] { make_folder_target(folder / "backups", "one"); }),
                HasSubstr("is there already"));
}

TEST_F(BackupFolderTest, WhatWasKilledIsTakenAwayByTheNextOneUnlessSomebodyIsAtWork) {
    const fs::path left = folder / "backups/.unfinished-one.abcdef";
    fs::create_directories(left);
    std::ofstream(left / "piece") << "half";
    fs::create_directory(folder / "backups/.snapshots");
    const auto target = make_folder_target(folder / "backups", "two");
    EXPECT_FALSE(fs::exists(left));
    EXPECT_TRUE(fs::exists(folder / "backups/.snapshots"));
    const auto beside = make_folder_target(folder / "backups", "three");
    target->put("piece", "bytes");
    target->finish();
    EXPECT_EQ(content(folder / "backups/two/piece"), "bytes");
}

TEST_F(BackupFolderTest, TheManifestKeepsAllItSays) {
    BackupManifest manifest;
    manifest.made_by = "postrider 1";
    manifest.from = "2026-01-01T00:00:00.000000Z";
    manifest.step = 14;
    manifest.tables.push_back({.name = "t",
                               .model = "m.t",
                               .columns = {"a", "b"},
                               .rows = 3,
                               .digest = 0xfedcba9876543210,
                               .sequence = 17,
                               .pieces = {{"p", 5, "ab", 3}}});
    manifest.files = 2;
    const BackupManifest read = read_manifest(to_json(manifest));
    EXPECT_EQ(to_json(read), to_json(manifest));
    EXPECT_EQ(read.tables[0].digest, 0xfedcba9876543210);
    EXPECT_FALSE(read.is_full());
    EXPECT_THAT(refusal([] { read_manifest("{}"); }), HasSubstr("cannot be read"));
    EXPECT_THAT(refusal([] { read_manifest(R"({"form": 2})"); }), HasSubstr("has form 2"));
    manifest.tables[0].pieces[0].name = "../p";
    EXPECT_THAT(refusal([&] { read_manifest(to_json(manifest)); }), HasSubstr("no file of a backup"));
}

}  // namespace
}  // namespace postrider
