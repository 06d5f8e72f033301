#include "lib/crypto/webhook_signature.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

#include <fstream>

namespace postrider {
namespace {

std::string member(const boost::json::value& vector, std::string_view key) {
    return std::string(vector.at(key).as_string());
}

TEST(WebhookSignatureTest, IsThatOfTheReferenceLibraries) {
    std::ifstream file(POSTRIDER_SOURCE_DIR "/tests/vectors/standard_webhooks.json");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const boost::json::value document = boost::json::parse(text);
    int cases = 0;
    for (const boost::json::value& vector : document.at("cases").as_array()) {
        const auto key = webhook_key_of(Secret(member(vector, "secret")));
        ASSERT_TRUE(key) << member(vector, "id");
        EXPECT_EQ(webhook_signature({*key}, member(vector, "webhook_id"), member(vector, "webhook_timestamp"),
                                    member(vector, "body")),
                  member(vector, "signature"))
            << member(vector, "id");
        ++cases;
    }
    EXPECT_GE(cases, 5);
}

TEST(WebhookSignatureTest, OfSeveralKeysEachSigns) {
    const Secret first(std::string(24, 'a'));
    const Secret second(std::string(24, 'b'));
    EXPECT_EQ(webhook_signature({first, second}, "msg_1", "7", "{}"),
              webhook_signature({first}, "msg_1", "7", "{}") + " " +
                  webhook_signature({second}, "msg_1", "7", "{}"));
}

TEST(WebhookSignatureTest, WhatIsNoSecretIsRefused) {
    for (const char* text : {"", "whsec_", "whsec_AAAA", "hunter2", "whsec_!!!!"}) {
        EXPECT_FALSE(webhook_key_of(Secret(text))) << text;
    }
}

}  // namespace
}  // namespace postrider
