#include "transports/azure/settings.h"

#include <gmock/gmock.h>

namespace postrider::azure {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string connection = "connection_string: endpoint=https://a.example/;accesskey=c2VzYW1l\n";
const std::string endpoint = "endpoint: https://b.example\n";
const std::string key = "access_key: c2VzYW1l\n";
const std::string sender = "from: \"+18335550100\"\n";

Settings read(const std::string& yaml, std::vector<Problem>& problems) {
    const SettingsDocument document(yaml);
    SettingsReader reader = document.reader();
    Settings settings = read_settings(reader);
    reader.finish();
    problems = document.problems();
    return settings;
}

Settings sound(const std::string& yaml) {
    std::vector<Problem> problems;
    Settings settings = read(yaml, problems);
    EXPECT_THAT(problems, IsEmpty());
    return settings;
}

std::vector<Problem> problems_of(const std::string& yaml) {
    std::vector<Problem> problems;
    read(yaml, problems);
    return problems;
}

auto names(const std::string& what) { return Contains(Field(&Problem::what, HasSubstr(what))); }

TEST(AzureSettings, NeedAConnectionStringAndASender) {
    const Settings settings = sound(connection + sender);
    EXPECT_EQ(settings.endpoint, "https://a.example");
    EXPECT_EQ(settings.access_key.reveal(), "sesame");
    EXPECT_EQ(settings.from, "+18335550100");
    EXPECT_EQ(settings.api_version, "2021-03-07");
}

TEST(AzureSettings, TakeEndpointAndAccessKeyInstead) {
    const Settings settings = sound(endpoint + key + sender);
    EXPECT_EQ(settings.endpoint, "https://b.example");
    EXPECT_EQ(settings.access_key.reveal(), "sesame");
    EXPECT_THAT(problems_of(endpoint + sender), names("access_key: is missing"));
    EXPECT_THAT(problems_of(key + sender), names("endpoint: is missing"));
    EXPECT_THAT(problems_of(endpoint + sender + "access_key: sesam\n"), names("access_key: is not base64"));
    EXPECT_THAT(problems_of(key + sender + "endpoint: https://b.example/sms\n"), names("endpoint: must be"));
}

TEST(AzureSettings, RefuseToHaveItTwice) {
    const auto problems = problems_of(connection + endpoint + key + sender);
    EXPECT_THAT(problems, names("endpoint: stands in connection_string"));
    EXPECT_THAT(problems, names("access_key: stands in connection_string"));
}

TEST(AzureSettings, NameWhatIsMissingAllAtOnce) {
    const auto problems = problems_of("{}");
    EXPECT_THAT(problems, names("connection_string"));
    EXPECT_THAT(problems, names("from"));
}

TEST(AzureSettings, GoToAnotherAddressForTrials) {
    EXPECT_EQ(sound(connection + sender + "base_url: http://127.0.0.1:8080/\n").endpoint,
              "http://127.0.0.1:8080");
    EXPECT_THAT(problems_of(connection + sender + "base_url: http://c.example\n"), names("base_url"));
    EXPECT_THAT(problems_of(connection + sender + "base_url: https://c.example/x\n"), names("base_url"));
}

TEST(AzureSettings, SayWhatIsWrongWithAConnectionStringWithoutItsSecret) {
    const auto problems = problems_of("connection_string: accesskey=c2VzYW1l\n" + sender);
    EXPECT_THAT(problems, names("connection_string: has no endpoint=…"));
    EXPECT_THAT(problems, Each(Field(&Problem::what, Not(HasSubstr("c2VzYW1l")))));
}

TEST(AzureSettings, KnowTheKindsOfSender) {
    for (const char* good : {"+18335550100", "12345", "123456", "Clinic 7"}) {
        EXPECT_THAT(problems_of(connection + "from: \"" + good + "\"\n"), IsEmpty()) << good;
    }
    for (const char* bad : {"18335550100", "1234", "+0312", "+", "TooLongASender", "a@b.c", "whatsapp:+1"}) {
        EXPECT_THAT(problems_of(connection + "from: \"" + bad + "\"\n"), names("from")) << bad;
    }
}

TEST(AzureSettings, TakeAnotherVersionOfTheInterface) {
    EXPECT_EQ(sound(connection + sender + "api_version: 2026-01-23\n").api_version, "2026-01-23");
    EXPECT_EQ(sound(connection + sender + "api_version: 2025-05-29-preview.1\n").api_version,
              "2025-05-29-preview.1");
    for (const char* bad : {"2026", "2026-01-23&x=y", "2026-01-23-beta", "26-01-2023x", "\"\""}) {
        EXPECT_THAT(problems_of(connection + sender + "api_version: " + bad + "\n"), Not(IsEmpty())) << bad;
    }
}

}  // namespace
}  // namespace postrider::azure
