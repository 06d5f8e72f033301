// `postrider export transcripts`.
#include "lib/crypto/secret_box.h"
#include "tests/support/base64.h"
#include "tests/system/folder.h"
#include "tests/system/system_test.h"
#include "tests/system/tiny_disk.h"

#include <fmt/format.h>
#include <sys/stat.h>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
namespace fs = std::filesystem;

const std::string raw_key(32, 'k');

class TranscriptCommandTest : public SystemTest {
protected:
    fs::path file() {
        return folder.write("postrider.yaml",
                            config("", "time_zone: America/Chicago\nencryption: { secret_key: \"" +
                                           base64(raw_key) + "\" }\n"));
    }
    Ran transcripts(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"export", "transcripts"});
        return postrider_with(file(), std::move(arguments));
    }
    void say_something() {
        const std::string number = SecretBox{Secret(raw_key)}.seal("+13125557788");
        site.execute(
            "insert into simple_messaging_outgoingmessage (destination, message, send_date, sent_date, "
            "errored, "
            "transmission_metadata) values ('" +
            number +
            "', E'Coming\\non \"Monday\"?', now(), '2026-01-31 15:00Z', false, "
            "'{\"message_channel\": \"sms\"}')");
        site.execute(
            "insert into simple_messaging_incomingmessage (sender, recipient, message, receive_date, "
            "transmission_metadata) values ('+13125557788', '+15550100', 'Yes', '2026-02-01 06:30Z', '{}')");
    }

    Folder folder;
};

const std::string all_of_it =
    "\xef\xbb\xbfSender\tRecipient\tTimestamp\tDirection\tMessage\tError\tSimple Messaging Switchboard: "
    "Channel\r\n"
    "System\t+1XXXXX57788\t2026-01-31T09:00:00-06:00\tto-recipient\t\"Coming on "
    "\"\"Monday\"\"?\"\tFalse\tsms\r\n"
    "+1XXXXX57788\tSystem\t2026-02-01T00:30:00-06:00\tto-system\tYes\tFalse\tNone\r\n";

TEST_F(TranscriptCommandTest, TheWholeTableComesAsTheDjangoPackageWritesIt) {
    say_something();
    const Ran ran = transcripts({});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_EQ(ran.out, all_of_it);
    EXPECT_EQ(ran.err, "") << "no bar where there is no terminal";
}

TEST_F(TranscriptCommandTest, AFileIsItsOwnersAloneAndHoldsTheSame) {
    say_something();
    const fs::path output = folder.path() / "out.tsv";
    const Ran ran = transcripts({"--output", output.string()});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_EQ(ran.out, "");
    EXPECT_EQ(contents(output), all_of_it);
    struct stat status {};
    ASSERT_EQ(::stat(output.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777u, 0600u);
}

TEST_F(TranscriptCommandTest, DaysAndParticipantsChoose) {
    say_something();
    const auto lines = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), {"--format", "csv"});
        const Ran ran = transcripts(std::move(arguments));
        EXPECT_EQ(ran.exit_code, 0) << ran.err;
        return std::count(ran.out.begin(), ran.out.end(), '\n') - 1;
    };
    EXPECT_EQ(lines({}), 2);
    EXPECT_EQ(lines({"--to", "2026-01-31"}), 1);
    EXPECT_EQ(lines({"--from", "3000d", "--to", "2026-01-31"}), 1) << "a duration is so long ago";
    EXPECT_EQ(lines({"--from", "2026-02-01", "--to", "2026-02-01"}), 1);
    EXPECT_EQ(lines({"--participant", "(312) 555-7788"}), 2);
    const fs::path nobody = folder.write("nobody", "+13125550000\n\n");
    EXPECT_EQ(lines({"--participants", nobody.string()}), 0);
}

TEST_F(TranscriptCommandTest, WhatMakesNoSenseIsRefusedByName) {
    const auto refusal = [&](std::vector<std::string> arguments) {
        const Ran ran = transcripts(std::move(arguments));
        EXPECT_EQ(ran.exit_code, 2);
        EXPECT_EQ(ran.out, "");
        return ran.err;
    };
    EXPECT_THAT(refusal({"--from", "yesterday"}), HasSubstr("--from is not a date or time"));
    EXPECT_THAT(refusal({"--from", "2026-02-30"}), HasSubstr("--from is not a date or time"));
    EXPECT_THAT(refusal({"--from", "2026-02-02", "--to", "2026-02-01"}), HasSubstr("--from is after --to"));
    EXPECT_THAT(refusal({"--time-zone", "Chicago"}), HasSubstr("--time-zone is not a time zone"));
    EXPECT_THAT(refusal({"--participants", "/nowhere"}), HasSubstr("cannot read /nowhere"));
    EXPECT_THAT(refusal({"--participants", "/dev/null"}), HasSubstr("names nobody"));
    EXPECT_THAT(refusal({"--days", "2"}), HasSubstr("--days requires --to-folder"));
    EXPECT_THAT(refusal({"--to-folder", "x", "--output", "y"}), HasSubstr("excludes"));
    EXPECT_EQ(postrider_with(file(), {"export"}).exit_code, 2);
}

TEST_F(TranscriptCommandTest, WhatNoKeyOpensIsSaid) {
    site.execute(
        "insert into simple_messaging_incomingmessage (sender, recipient, message, receive_date) values ('" +
        SecretBox{Secret(std::string(32, 'x'))}.seal("+13125557788") + "', '+15550100', 'Yes', now())");
    const Ran ran = transcripts({"--format", "jsonl"});
    EXPECT_EQ(ran.exit_code, 1);
    EXPECT_THAT(ran.err, HasSubstr("1 of 1 messages hold something encrypted"));
    EXPECT_THAT(ran.out, StartsWith("{\"sender\":\"secret:"));
}

TEST_F(TranscriptCommandTest, OnAFullDiskNothingIsLeftAndItIsSaid) {
    site.execute(
        "insert into simple_messaging_incomingmessage (sender, recipient, message, receive_date, "
        "transmission_metadata) select '+13125557788', '+15550100', repeat('x', 1000), now(), '{}' from "
        "generate_series(1, 2000)");
    const TinyDisk disk;
    if (!disk.mounted()) GTEST_SKIP() << "needs root";
    disk.fill();
    const Ran ran = transcripts({"--output", (disk.path() / "out.tsv").string()});
    EXPECT_EQ(ran.exit_code, 1);
    EXPECT_THAT(ran.err, HasSubstr("out.tsv: No space left on device"));
    disk.empty();
    EXPECT_TRUE(fs::is_empty(disk.path()));
}

}  // namespace
}  // namespace postrider::testing
