#include "lib/config/web_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postrider {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;

std::optional<std::string> fault(const char* text) {
    return web_address_fault(text, PlainHttp::loopback_only);
}

TEST(WebAddress, HttpsGoesAnywhere) {
    for (const char* text :
         {"https://api.example.org", "https://api.example.org:8443/v1?a=b", "HTTPS://[2001:db8::1]/"}) {
        EXPECT_EQ(fault(text), std::nullopt) << text;
    }
}

TEST(WebAddress, PlainHttpStaysOnThisMachine) {
    for (const char* text :
         {"http://127.0.0.1:8080/x", "http://127.9.8.7", "http://[::1]:80", "http://LocalHost:1/"}) {
        EXPECT_EQ(fault(text), std::nullopt) << text;
    }
    for (const char* text : {"http://api.example.org", "http://10.0.0.1", "http://128.0.0.1", "http://[::2]",
                             "http://localhost.example.org", "http://127.1"}) {
        EXPECT_THAT(fault(text), Optional(HasSubstr("in the clear"))) << text;
        EXPECT_EQ(web_address_fault(text, PlainHttp::anywhere), std::nullopt) << text;
    }
}

TEST(WebAddress, WhatIsNoAddressOfAWebServiceSaysWhy) {
    EXPECT_THAT(fault(""), Optional(HasSubstr("not a URL")));
    EXPECT_THAT(fault("api.example.org"), Optional(HasSubstr("not a URL")));
    EXPECT_THAT(fault("https://a b"), Optional(HasSubstr("not a URL")));
    EXPECT_THAT(fault("ftp://api.example.org"), Optional(HasSubstr("must begin with https://")));
    EXPECT_THAT(fault("https:///path"), Optional(HasSubstr("names no host")));
    EXPECT_THAT(fault("https:path"), Optional(HasSubstr("names no host")));
    for (const char* text : {"https://a:99999", "https://a:65536", "https://a:0", "https://a:655360000000"}) {
        EXPECT_THAT(fault(text), Optional(HasSubstr("port"))) << text;
    }
    EXPECT_THAT(fault("https://api.example.org/#top"), Optional(HasSubstr("fragment")));
}

TEST(WebAddress, AHostThatOnlyBeginsLikeThisMachineIsAnother) {
    for (const char* text :
         {"http://127.0.0.1.example.org/x", "http://127.0.0.1x", "http://127.0.0.1.1:80"}) {
        EXPECT_THAT(fault(text), Optional(HasSubstr("neither a name nor an address"))) << text;
    }
}

TEST(WebAddress, APasswordInItIsRefusedAndNotRepeated) {
    EXPECT_THAT(fault("https://me:hunter2@api.example.org"), Optional(HasSubstr("user name or password")));
    EXPECT_THAT(fault("https://me:hunter2@api.example.org"), Optional(Not(HasSubstr("hunter2"))));
    EXPECT_THAT(fault("http://localhost@evil.example"), Optional(HasSubstr("user name or password")));
}

}  // namespace
}  // namespace postrider
