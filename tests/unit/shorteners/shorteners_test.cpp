#include "lib/crypto/ed25519.h"
#include "lib/text/json_object.h"
#include "shorteners/bitly.h"
#include "shorteners/short_link.h"
#include "shorteners/signed_shortener.h"
#include "tests/support/form_parser.h"
#include "tests/support/loop_test.h"
#include "tests/support/server_thread.h"

#include <gmock/gmock.h>

#include <mutex>

namespace postrider {
namespace {

const Secret seed(std::string(32, 's'));
const std::string link = "https://example.org/a?b=1&c=%20";

struct ShortenersTest : testing::LoopTest {
    std::optional<std::string> ask(LinkShortener& service) {
        return result_of(service.shorten(link, {{"study", 1}}));
    }
    ServerRequest request() {
        const std::lock_guard lock(mutex);
        return last;
    }

    std::mutex mutex;
    ServerRequest last;
    ServerAnswer answer;
    testing::ServerThread server{[this](ServerRequest came) -> Task<ServerAnswer> {
        const std::lock_guard lock(mutex);
        last = std::move(came);
        co_return answer;
    }};
    std::unique_ptr<HttpClient> http = make_http_client(io.get_executor());
    std::unique_ptr<LinkShortener> own = make_signed_shortener(server.url() + "/create.json", seed, *http);
    std::unique_ptr<LinkShortener> bitly = make_bitly(server.url(), Secret("token"), *http);
};

TEST_F(ShortenersTest, TheSignedOneGetsTheLinkAndItsSignatureInAForm) {
    answer.body = R"({"short_url": "https://go.example.org/abcd"})";
    EXPECT_EQ(ask(*own), "https://go.example.org/abcd");
    EXPECT_EQ(request().target, "/create.json");
    const auto fields = testing::parse_form(request().body).value();
    EXPECT_EQ(testing::field_value(fields, "url"), link);
    EXPECT_EQ(testing::field_value(fields, "signature"), ed25519_signature(seed, link));
    EXPECT_EQ(testing::field_value(fields, "client_metadata"), R"({"study":1})");
    EXPECT_TRUE(own->is_own(server.url() + "/x"));
    EXPECT_FALSE(own->is_own(link));
}

TEST_F(ShortenersTest, BitlyGetsTheLinkInJsonAndTheToken) {
    answer.status = 201;
    answer.body = R"({"link": "https://bit.ly/3xAmPlE", "id": "bit.ly/3xAmPlE"})";
    EXPECT_EQ(ask(*bitly), "https://bit.ly/3xAmPlE");
    EXPECT_EQ(request().target, "/v4/shorten");
    EXPECT_EQ(request().header("authorization"), "Bearer token");
    EXPECT_EQ(parse_json_object(request().body).at("long_url").as_string(), link);
    EXPECT_TRUE(bitly->is_own("https://bit.ly/x"));
    EXPECT_TRUE(bitly->is_own("HTTPS://BIT.LY/x"));
    EXPECT_FALSE(bitly->is_own(link));
}

TEST_F(ShortenersTest, WhatIsNoShortLinkIsNone) {
    for (const char* body : {"", "no JSON", "{}", R"({"short_url": 1})", R"({"short_url": "javascript:x"})",
                             R"({"short_url": "https://a b"})", R"({"short_url": "https://a https://b"})"}) {
        answer.body = body;
        EXPECT_EQ(ask(*own), std::nullopt) << body;
    }
    answer.body = R"({"short_url": "https://go.example.org/abcd"})";
    for (const int status : {302, 403, 429, 500}) {
        answer.status = status;
        EXPECT_EQ(ask(*own), std::nullopt) << status;
    }
}

TEST(Authority, IsHostAndPortInSmallLetters) {
    EXPECT_EQ(authority_of("HTTPS://Go.Example.org:8080/a?b"), "go.example.org:8080");
    EXPECT_EQ(authority_of("https://go.example.org"), "go.example.org");
    EXPECT_EQ(authority_of("go.example.org"), "");
}

}  // namespace
}  // namespace postrider
