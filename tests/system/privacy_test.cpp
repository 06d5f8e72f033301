// Numbers, texts and secrets rest in the clear nowhere that Postrider writes.
#include "lib/crypto/secret_box.h"
#include "lib/process/process_tree.h"
#include "tests/support/base64.h"
#include "tests/system/system_test.h"

#include <fmt/format.h>

namespace postrider::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using namespace std::chrono_literals;

const std::string raw_key(32, 'k');

class PrivacyTest : public SystemTest {
protected:
    std::string with_key(const std::string& more = "") {
        return config("    reconcile_after: 1s\n", "encryption: { secret_key: \"" + base64(raw_key) +
                                                       "\" }\nlog: { level: debug }\n" + more);
    }
};

TEST_F(PrivacyTest, NeitherNumbersNorTextsNorSecretsAreInLogStatusOrOurTables) {
    const std::vector<std::string> numbers{"+13125557711", "+13125557722", "+13125557733", "+13125557744"};
    TwilioBehaviour slow_down = TwilioBehaviour::refuse(429, 20429, "Slow down, " + numbers[3]);
    slow_down.headers = {{"Retry-After", "1"}};
    twilio.next(slow_down);
    twilio.next(TwilioBehaviour::refuse(400, 21211,
                                        "The 'To' number " + numbers[1] + " is not a valid phone number."));
    twilio.next(TwilioBehaviour::refuse(500, 20500, "No luck with " + numbers[2]));
    twilio.next(TwilioBehaviour::lose_answer(TwilioBehaviour::Manner::garbage, true));
    DaemonProcess daemon(with_key());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        site.insert({.destination = numbers[i], .message = fmt::format("Zebra text {}", i)});
    }
    const MessageId open = site.insert({.destination = "+13125557755", .message = "Zebra text 5"});
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    // And one that is under way, so that there is an open attempt to look at.
    twilio.by_default(TwilioBehaviour::slow(3s));
    const std::size_t before = twilio.accepted_count();
    site.insert({.destination = "+13125557766", .message = "Zebra text 6"});
    ASSERT_TRUE(twilio.wait_for_accepted(before + 1, patience));
    EXPECT_TRUE(site.row(open).sent);
    ASSERT_EQ(site.number("select count(*) from postrider.attempt"), 1);
    EXPECT_THAT(site.value("select destination from postrider.attempt"), StartsWith("secret:"));

    const std::string written = daemon.log() + daemon.status().body +
                                daemon.status({{"Accept", "application/json"}}).body + site.dump_own_tables();
    for (const char* piece : {"312555", "Zebra", "imitated-token", "AC0123456789abcdef"}) {
        EXPECT_THAT(written, Not(HasSubstr(piece)));
    }
    EXPECT_THAT(written, Not(HasSubstr(base64(raw_key))));
    for (const Row& row : site.rows()) EXPECT_THAT(row.metadata.value_or(""), Not(HasSubstr("312555")));
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_THAT(daemon.log(), Not(HasSubstr("312555")));
}

TEST_F(PrivacyTest, NoSecretIsAmongTheArgumentsOfAnyProcess) {
    DaemonProcess daemon(
        with_key("jobs:\n  - { name: long, command: [sleep, '1000'], every: 1h, "
                 "environment: { TOKEN: private-job-token } }\n"));
    std::string arguments;
    EXPECT_TRUE(eventually([&] {
        arguments = contents(fmt::format("/proc/{}/cmdline", daemon.id()));
        for (const pid_t each : descendants_of(daemon.id()))
            arguments += contents(fmt::format("/proc/{}/cmdline", each));
        return arguments.find(std::string("sleep\0", 6) + "1000") != std::string::npos;
    })) << daemon.log();
    EXPECT_THAT(arguments, HasSubstr("supervise-job"));
    for (const std::string& secret :
         {std::string("private-job-token"), std::string("imitated-token"), base64(raw_key), site.url()})
        EXPECT_THAT(arguments, Not(HasSubstr(secret)));
}

TEST_F(PrivacyTest, TheRowIsEncryptedAlsoWhereOnlyTheProvidersRecordsSayWhatCameOfIt) {
    twilio.next(TwilioBehaviour::lose_answer(TwilioBehaviour::Manner::close_before, true));
    DaemonProcess daemon(
        config("    reconcile_after: 1s\n",
               "encryption: { secret_key: \"" + base64(raw_key) + "\", encrypt: [addresses, text] }\n"));
    const MessageId id = site.insert({.destination = "+13125557799", .message = "Zebra"});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    ASSERT_THAT(twilio.accepted(), SizeIs(1));
    const Row row = site.row(id);
    EXPECT_TRUE(row.ended_well());
    EXPECT_EQ(SecretBox{Secret(raw_key)}.open(row.destination), "+13125557799");
    EXPECT_EQ(SecretBox{Secret(raw_key)}.open(row.message), "Zebra");
}

TEST_F(PrivacyTest, EncryptedNumberAndTextReachTheProviderInTheClearAndStayEncryptedInTheRow) {
    const SecretBox box{Secret(raw_key)};
    const std::string number = box.seal("+13125557788");
    const std::string text = box.seal("Grüße, 9:00");
    DaemonProcess daemon(with_key());
    const MessageId id = site.insert({.destination = number, .message = text});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    ASSERT_THAT(twilio.accepted(), SizeIs(1));
    EXPECT_EQ(twilio.accepted()[0].to, "+13125557788");
    EXPECT_EQ(twilio.accepted()[0].body, "Grüße, 9:00");
    const Row row = site.row(id);
    EXPECT_TRUE(row.ended_well());
    EXPECT_EQ(row.destination, number);
    EXPECT_EQ(row.message, text);
    EXPECT_THAT(daemon.log() + site.dump_own_tables() + row.metadata.value_or(""), Not(HasSubstr("312555")));
}

TEST_F(PrivacyTest, OfAThousandNumbersAndTextsNoneRestsInTheClearOnceTheyAreSent) {
    DaemonProcess daemon(config("    concurrency: 64\n", "encryption:\n  secret_key: \"" + base64(raw_key) +
                                                             "\"\n  lookup_hash_prefix: pepper\n"
                                                             "  encrypt: [addresses, text]\n"
                                                             "log: { level: debug }\n"));
    std::vector<NewRow> rows;
    for (int i = 0; i < 1000; ++i) {
        rows.push_back({.destination = fmt::format("+1312777{:04}", i),
                        .message = fmt::format("Zebra {{{{ name }}}} {}", i),
                        .transmission_metadata = R"({"name": "Quagga"})"});
    }
    site.insert_all(rows);
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    EXPECT_THAT(twilio.accepted(), SizeIs(1000));
    EXPECT_THAT(twilio.accepted()[0].body, StartsWith("Zebra Quagga "));
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    const std::string written = daemon.log() + site.dump_all_tables();
    EXPECT_THAT(written, Not(HasSubstr("1312777")));
    EXPECT_THAT(written, Not(HasSubstr("Zebra")));
    EXPECT_EQ(site.number("select count(distinct lookup_key) from simple_messaging_outgoingmessage"), 1000);
    const SecretBox box{Secret(raw_key)};
    for (const Row& row : site.rows())
        EXPECT_THAT(box.open(row.message).value_or(""), StartsWith("Zebra Quagga"));
}

TEST_F(PrivacyTest, RowsOfBeforeAreEncryptedByACommandAndBySwitchingTheKeyOnceMore) {
    site.insert({.destination = "+13125557701", .message = "Zebra", .send_in = 1h});
    const Folder folder;
    const std::string new_key(32, 'n');
    const auto file_with = [&](const std::string& keys) {
        return folder.write("postrider.yaml",
                            config("", "encryption:\n  encrypt: [addresses, text]\n" + keys));
    };
    const auto encrypt = [&](const std::filesystem::path& file) {
        return postrider_with(file, {"encrypt", "--database", site.url("postgres")});
    };
    Ran ran = encrypt(file_with("  secret_key: \"" + base64(raw_key) + "\"\n"));
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("1 of 1 rows were written"));
    EXPECT_THAT(site.dump_all_tables(), Not(HasSubstr("Zebra")));
    ran = encrypt(
        file_with("  secret_key: \"" + base64(new_key) + "\"\n  old_keys: \"" + base64(raw_key) + "\"\n"));
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    const Row row = site.rows().at(0);
    const SecretBox box{Secret(new_key)};
    EXPECT_EQ(box.open(row.destination), "+13125557701");
    EXPECT_EQ(box.open(row.message), "Zebra");
}

TEST_F(PrivacyTest, AnEncryptedAndAClearNumberAreOneConversation) {
    const SecretBox box{Secret(raw_key)};
    twilio.next(TwilioBehaviour::slow(400ms));
    site.insert_all({{.destination = box.seal("+13125557788"), .message = "first"},
                     {.destination = "+13125557788", .message = "second"},
                     {.destination = box.seal(" +13125557788 "), .message = "third"}});
    DaemonProcess daemon(with_key());
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    EXPECT_THAT(all_texts(), ElementsAre("first", "second", "third"));
}

TEST_F(PrivacyTest, AnEncryptedDialogIsLeftToTheSiteToo) {
    const SecretBox box{Secret(raw_key)};
    const MessageId dialog = site.insert({.message = box.seal("dialog:welcome")});
    DaemonProcess daemon(with_key());
    ASSERT_TRUE(daemon.wait_for_status("1 left waiting: a dialog, left to the site")) << daemon.status().body;
    EXPECT_TRUE(site.row(dialog).waits());
}

TEST_F(PrivacyTest, WithAWrongKeyNothingIsSentAndNothingIsGivenUp) {
    const SecretBox other{Secret(std::string(32, 'o'))};
    const auto ids =
        site.insert_all({{.destination = other.seal("+13125557788")}, {.message = other.seal("text")}});
    DaemonProcess daemon(with_key());
    ASSERT_TRUE(
        daemon.wait_for_status("2 left waiting: encrypted, and encryption.secret_key opens none of them"))
        << daemon.status().body;
    for (MessageId id : ids) EXPECT_TRUE(site.row(id).waits());
}

}  // namespace
}  // namespace postrider::testing
