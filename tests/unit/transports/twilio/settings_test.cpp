#include "transports/twilio/settings.h"

#include <gmock/gmock.h>

namespace postrider::twilio {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string account = "account_sid: AC0123456789abcdef0123456789abcdef\n";
const std::string token = "auth_token: sesame\n";
const std::string sender = "from: \"+13125550100\"\n";

std::vector<Problem> problems_of(const std::string& yaml) {
    const SettingsDocument document(yaml);
    SettingsReader reader = document.reader();
    read_settings(reader);
    return document.problems();
}

auto names(const std::string& key) { return Contains(Field(&Problem::what, HasSubstr(key))); }

TEST(TwilioSettings, NeedAnAccountCredentialsAndASender) {
    const SettingsDocument document(account + token + sender);
    SettingsReader reader = document.reader();
    const Settings settings = read_settings(reader);
    EXPECT_THAT(document.problems(), IsEmpty());
    EXPECT_EQ(settings.account_sid, "AC0123456789abcdef0123456789abcdef");
    EXPECT_EQ(settings.auth_token->reveal(), "sesame");
    EXPECT_EQ(settings.from, "+13125550100");
    EXPECT_EQ(settings.base_url, "https://api.twilio.com");
}

TEST(TwilioSettings, NameWhatIsMissingAllAtOnce) {
    const auto problems = problems_of("{}");
    EXPECT_THAT(problems, names("account_sid"));
    EXPECT_THAT(problems, names("auth_token"));
    EXPECT_THAT(problems, names("from"));
}

TEST(TwilioSettings, TakeAnApiKeyInsteadOfTheToken) {
    const std::string key = "api_key: SK0123456789abcdef0123456789abcdef\n";
    EXPECT_THAT(problems_of(account + sender + key + "api_key_secret: open\n"), IsEmpty());
    EXPECT_THAT(problems_of(account + sender + key), names("api_key_secret"));
    EXPECT_THAT(problems_of(account + sender + "api_key_secret: open\n"), names("api_key"));
    EXPECT_THAT(problems_of(account + sender + "api_key: AC01\napi_key_secret: open\n"), names("api_key"));
}

TEST(TwilioSettings, TakeAMessagingServiceInsteadOfTheSender) {
    EXPECT_THAT(problems_of(account + token + "messaging_service_sid: MG0123456789abcdef0123456789abcdef\n"),
                IsEmpty());
    EXPECT_THAT(problems_of(account + token + "messaging_service_sid: MG0\n"),
                names("messaging_service_sid"));
}

TEST(TwilioSettings, RefuseAccountsThatAreNone) {
    EXPECT_THAT(problems_of("account_sid: SK0123456789abcdef0123456789abcdef\n" + token + sender),
                names("account_sid"));
}

TEST(TwilioSettings, KnowTheKindsOfSender) {
    for (const char* good :
         {"+13125550100", "12345", "MyBrand 1", "whatsapp:+13125550100", "rcs:brand_agent"}) {
        EXPECT_THAT(problems_of(account + token + "from: \"" + good + "\"\n"), IsEmpty()) << good;
    }
    for (const char* bad :
         {"+0312", "+1312x", "+", "12", "123456789", "TooLongASender", "whatsapp:", ":x", "a@b.c"}) {
        EXPECT_THAT(problems_of(account + token + "from: \"" + bad + "\"\n"), names("from")) << bad;
    }
}

TEST(TwilioSettings, TakeAStatusCallbackThatTwilioTakes) {
    const auto problems_with = [](const std::string& url) {
        return problems_of(account + token + sender + "status_callback: \"" + url + "\"\n");
    };
    for (const char* good : {"https://site.example.org", "http://site.example.org:8080/status?a=b&c=d",
                             "https://192.0.2.1/", "https://[2001:db8::1]:8443/status"}) {
        EXPECT_THAT(problems_with(good), IsEmpty()) << good;
    }
    for (const char* bad :
         {"site.example.org/status", "/status", "ftp://site.example.org", "https://my_site.example.org",
          "https://my%5fsite.example.org", "https://-site.example.org", "https://site..example.org",
          "https://user:hunter2@site.example.org", "https://site.example.org/#status", "https://",
          "https://site.example.org/?attempt=1", "https://site.example.org/?a=b&attempt"}) {
        EXPECT_THAT(problems_with(bad), names("status_callback")) << bad;
        EXPECT_THAT(problems_with(bad), Not(names("hunter2")));
    }
}

TEST(TwilioSettings, MakeNoMmsOfTextsUnlessTheySaySo) {
    const auto send_as_mms = [](const std::string& more) {
        const SettingsDocument document(account + token + sender + more);
        SettingsReader reader = document.reader();
        return read_settings(reader).send_as_mms;
    };
    EXPECT_FALSE(send_as_mms(""));
    EXPECT_TRUE(send_as_mms("send_as_mms: true\n"));
}

TEST(TwilioSettings, TakeAmountsBelowWhichTheBalanceIsLow) {
    const SettingsDocument document(account + token + sender +
                                    "balance_warning: 20\nbalance_critical: 5.50\n");
    SettingsReader reader = document.reader();
    const Settings settings = read_settings(reader);
    EXPECT_THAT(document.problems(), IsEmpty());
    EXPECT_EQ(settings.balance_limits.warning, 20);
    EXPECT_EQ(settings.balance_limits.critical, 5.5);
    for (const char* bad : {"much", "20 USD", "1e3", "nan", "12,50"}) {
        EXPECT_THAT(problems_of(account + token + sender + "balance_warning: " + bad + "\n"),
                    names("balance_warning"));
    }
    EXPECT_THAT(problems_of(account + token + sender + "balance_warning: 5\nbalance_critical: 6\n"),
                names("balance_critical"));
}

TEST(TwilioSettings, WantTheOtherAccountThatPaysWholeWhereItsBalanceIsAskedFor) {
    const std::string channel = account + token + sender;
    const std::string limit = "balance_warning: 20\n";
    const std::string other = "balance_account_sid: AC11111111111111111111111111111111\n";
    EXPECT_THAT(problems_of(channel + limit + other + "balance_auth_token: t\n"), IsEmpty());
    EXPECT_THAT(problems_of(channel + limit + other), names("balance_auth_token"));
    EXPECT_THAT(problems_of(channel + limit + "balance_auth_token: t\n"), names("balance_account_sid"));
    EXPECT_THAT(problems_of(channel + limit + "balance_account_sid: AC1\nbalance_auth_token: t\n"),
                names("balance_account_sid"));
    EXPECT_THAT(problems_of(channel + "balance_auth_token: t\n"), IsEmpty()) << "nobody asks for it";
}

TEST(TwilioSettings, KeepTheBaseUrlWithoutSlashesAtItsEnd) {
    const SettingsDocument document(account + token + sender + "base_url: http://127.0.0.1:8080/\n");
    SettingsReader reader = document.reader();
    EXPECT_EQ(read_settings(reader).base_url, "http://127.0.0.1:8080");
}

TEST(TwilioSettings, FurtherHostsOfFilesAreNamesOfHosts) {
    const std::string sound = account + token + sender;
    const SettingsDocument document(sound + "media_hosts: [Files.example.org, \"*.example.net\"]\n");
    SettingsReader reader = document.reader();
    EXPECT_THAT(read_settings(reader).media_hosts,
                ::testing::ElementsAre("files.example.org", "*.example.net"));
    EXPECT_THAT(document.problems(), IsEmpty());
    for (const char* host : {"127.0.0.1", "https://a.example", "a.example/x", "a.example:80", "\"*.org\"",
                             "\"*\"", "\"[::1]:443\"", "\"\""})
        EXPECT_THAT(problems_of(sound + "media_hosts: [" + host + "]\n"), names("media_hosts")) << host;
}

}  // namespace
}  // namespace postrider::twilio
