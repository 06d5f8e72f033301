#include "transports/twilio/incoming_media.h"

#include <gtest/gtest.h>

namespace postrider::twilio {
namespace {

struct TwilioIncomingMediaTest : ::testing::Test {
    TwilioIncomingMediaTest() {
        settings.account_sid = "AC0123456789abcdef0123456789abcdef";
        settings.auth_token = Secret("token");
    }
    std::optional<HttpRequest> request(std::string_view url, bool redirected = false) const {
        const auto parsed = parse_foreign_url(url);
        return parsed ? incoming_media_request(*parsed, redirected, settings) : std::nullopt;
    }

    Settings settings;
};

TEST_F(TwilioIncomingMediaTest, TheAccountsCredentialsGoToTheApiOnly) {
    const auto api = request("https://api.twilio.com/2010-04-01/Accounts/AC/Messages/MM/Media/ME");
    ASSERT_TRUE(api);
    EXPECT_EQ(api->credentials->user, settings.account_sid);
    EXPECT_EQ(api->credentials->password.reveal(), "token");
    EXPECT_TRUE(api->public_addresses_only);
    for (const char* other :
         {"https://mms.twilio.com/x", "https://api.twilio.com:444/x", "https://api.twilio.com.evil.test/x"}) {
        const auto made = request(other);
        EXPECT_FALSE(made && made->credentials) << other;
    }
    settings.api_key = "SK0123456789abcdef0123456789abcdef";
    settings.api_key_secret = Secret("secret");
    EXPECT_EQ(request("https://api.twilio.com/x")->credentials->user, *settings.api_key);
}

TEST_F(TwilioIncomingMediaTest, OnlyHostsOfTwiliosAndThoseThatAreConfiguredAreAsked) {
    EXPECT_TRUE(request("https://mms.twilio.com/x"));
    for (const char* url :
         {"http://api.twilio.com/x", "https://twilio.com.evil.test/", "https://eviltwilio.com/",
          "https://files.example.org/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/",
          "https://mms.twiliocdn.com/x", "https://s3-external-1.amazonaws.com/x"})
        EXPECT_FALSE(request(url)) << url;
    for (const char* url :
         {"https://mms.twiliocdn.com/x", "https://s3-external-1.amazonaws.com/media.twiliocdn.com/x"}) {
        const auto made = request(url, true);
        ASSERT_TRUE(made) << url;
        EXPECT_FALSE(made->credentials);
        EXPECT_TRUE(made->public_addresses_only);
    }
    EXPECT_FALSE(request("https://evil.s3.amazonaws.com/x", true));
    settings.media_hosts = {"files.example.org"};
    const auto made = request("https://files.example.org/x");
    ASSERT_TRUE(made);
    EXPECT_FALSE(made->credentials);
    EXPECT_TRUE(made->public_addresses_only);
    EXPECT_FALSE(request("http://files.example.org/x"));
}

TEST_F(TwilioIncomingMediaTest, WhereAnOperatorHasPutTheApiItMayBeInOurOwnNetwork) {
    settings.base_url = "http://127.0.0.1:8080";
    const auto made = request("http://127.0.0.1:8080/x");
    ASSERT_TRUE(made);
    EXPECT_FALSE(made->public_addresses_only);
    EXPECT_TRUE(made->credentials);
    EXPECT_FALSE(request("http://127.0.0.1:8081/x"));
    EXPECT_FALSE(request("https://127.0.0.1:8080/x"));
    const auto own = request("https://api.twilio.com/x");
    ASSERT_TRUE(own);
    EXPECT_FALSE(own->credentials);
}

}  // namespace
}  // namespace postrider::twilio
