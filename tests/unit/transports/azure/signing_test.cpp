#include "transports/azure/signing.h"

#include "lib/crypto/base64.h"
#include "transports/azure/connection_string.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace postrider::azure {
namespace {

namespace json = boost::json;

std::string text(const json::value& of, const char* key) { return std::string(of.at(key).as_string()); }

json::value vectors() {
    std::ifstream file(POSTRIDER_SOURCE_DIR "/tests/vectors/azure_hmac.json");
    return json::parse(std::string{std::istreambuf_iterator<char>(file), {}});
}

TEST(AzureSigning, SignsAsTheOfficialClientsDo) {
    const json::value all = vectors();
    ASSERT_FALSE(all.at("cases").as_array().empty());
    for (const json::value& each : all.at("cases").as_array()) {
        SCOPED_TRACE(text(each, "id"));
        Signable request;
        request.method = text(each, "method");
        request.path_and_query = text(each, "path_and_query");
        request.date = text(each, "x_ms_date");
        request.host = text(each, "host");
        request.content_hash = content_hash(text(each, "body"));
        EXPECT_EQ(request.content_hash, text(each, "x_ms_content_sha256"));
        EXPECT_EQ(string_to_sign(request), text(each, "string_to_sign"));
        const auto key = decode_access_key(text(each, "access_key_base64"));
        ASSERT_TRUE(key);
        EXPECT_EQ(authorization(request, *key), text(each, "authorization"));
    }
}

TEST(AzureConnectionString, IsReadAsTheOfficialClientsReadIt) {
    const json::value all = vectors();
    ASSERT_FALSE(all.at("connection_strings").as_array().empty());
    for (const json::value& each : all.at("connection_strings").as_array()) {
        const auto connection = parse_connection_string(Secret(text(each, "connection_string")));
        ASSERT_EQ(connection.has_value(), each.at("valid").as_bool()) << each;
        if (!connection) continue;
        EXPECT_EQ(connection->endpoint, without_slashes(text(each, "endpoint")));
        EXPECT_EQ(to_base64(connection->access_key.reveal()), text(each, "access_key"));
    }
}

TEST(AzureConnectionString, TakesItsPartsInAnyOrderAndIgnoresOthers) {
    for (const char* sound : {"accesskey=c2VzYW1l;endpoint=https://a.example/",
                              "ENDPOINT=https://a.example//;ACCESSKEY=c2VzYW1l;",
                              "x=y;;endpoint = https://a.example ; accesskey = c2VzYW1l\n"}) {
        const auto connection = parse_connection_string(Secret(sound));
        ASSERT_TRUE(connection) << sound;
        EXPECT_EQ(connection->endpoint, "https://a.example") << sound;
        EXPECT_EQ(connection->access_key.reveal(), "sesame") << sound;
    }
}

TEST(AzureConnectionString, SaysWhatIsWrongAndRepeatsNothingOfIt) {
    for (const auto& [wrong, what] :
         {std::pair("accesskey=c2VzYW1l", "has no endpoint=…"),
          {"endpoint=https://a.example", "has no accesskey=…"},
          {"endpoint=https://a.example;accesskey=sesam", "its accesskey is not base64"},
          {"endpoint=https://a.example/sms;accesskey=c2VzYW1l",
           "its endpoint must be only scheme, host and port"},
          {"endpoint=https://a.example?x;accesskey=c2VzYW1l",
           "its endpoint must be only scheme, host and port"},
          {"endpoint=ftp://a.example;accesskey=c2VzYW1l", "its endpoint must begin with https://"}}) {
        const auto connection = parse_connection_string(Secret(wrong));
        ASSERT_FALSE(connection) << wrong;
        EXPECT_EQ(connection.error().what, what);
    }
    EXPECT_FALSE(parse_connection_string(Secret("endpoint=http://a.example;accesskey=c2VzYW1l")));
    EXPECT_TRUE(parse_connection_string(Secret("endpoint=http://127.0.0.1:80;accesskey=c2VzYW1l")));
}

}  // namespace
}  // namespace postrider::azure
