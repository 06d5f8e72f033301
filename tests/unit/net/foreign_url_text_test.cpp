// URLs that somebody else gave, as texts.
#include "lib/net/foreign_url.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

ForeignUrl url(std::string_view text) { return parse_foreign_url(text).value_or(ForeignUrl{}); }

TEST(ForeignUrl, IsTakenApartAndPutTogetherAgain) {
    const ForeignUrl whole = url("HTTPS://Files.Example.org:8443/a/b.png?x=1&y=%2F#top");
    EXPECT_TRUE(whole.secure);
    EXPECT_EQ(whole.host, "files.example.org");
    EXPECT_EQ(whole.port, 8443);
    EXPECT_EQ(whole.target, "/a/b.png?x=1&y=%2F");
    EXPECT_EQ(whole.text(), "https://files.example.org:8443/a/b.png?x=1&y=%2F");
    EXPECT_EQ(url("http://a.example?q").text(), "http://a.example/?q");
    EXPECT_EQ(url("https://a.example:443").text(), "https://a.example/");
    EXPECT_EQ(url("http://[::1]:80/x").text(), "http://[::1]/x");
}

TEST(ForeignUrl, WhatCouldBeReadInTwoWaysIsNone) {
    for (const char* text : {"",
                             "/",
                             "a.example",
                             "ftp://a.example/",
                             "file:///etc/passwd",
                             "javascript:alert(1)",
                             "https://",
                             "https:///etc/passwd",
                             "https://user@a.example/",
                             "https://user:pass@a.example/",
                             "https://a.example@b.example/",
                             "https://a.example\\@b.example/",
                             "https://a.example\\.b.example/",
                             "https://a.example%2eb.example/",
                             "https://a.example/ b",
                             "https://a.example/\n",
                             "https://a..example/",
                             "https://.a.example/",
                             "https://a.example./",
                             "https://a.example:0/",
                             "https://a.example:65536/",
                             "https://a.example:/",
                             "https://a.example:1x/",
                             "https://a.example:+1/",
                             "https://[::1/",
                             "https://[x]/",
                             "https://[::1%25eth0]/",
                             "https://::1/",
                             "https://\xc3\xa4.example/",
                             "https://a.example/\xc3\xa4",
                             "https://a.example/\x7f",
                             "loopback://a"})
        EXPECT_FALSE(parse_foreign_url(text)) << text;
    EXPECT_FALSE(parse_foreign_url(std::string("https://a.example/\0x", 20)));
    EXPECT_FALSE(parse_foreign_url("https://a.example/" + std::string(9000, 'a')));
    EXPECT_FALSE(parse_foreign_url("https://" + std::string(254, 'a') + "/"));
}

TEST(ForeignUrl, ARedirectLeadsWhereABrowserWouldGo) {
    const ForeignUrl from = url("https://a.example:8443/one/two?q=1");
    const auto to = [&](std::string_view location) {
        const auto there = from.resolve(location);
        return there ? there->text() : "nowhere";
    };
    EXPECT_EQ(to("http://b.example/x"), "http://b.example/x");
    EXPECT_EQ(to("//b.example/x"), "https://b.example/x");
    EXPECT_EQ(to("/x?y"), "https://a.example:8443/x?y");
    EXPECT_EQ(to("three"), "https://a.example:8443/one/three");
    EXPECT_EQ(to("?z"), "https://a.example:8443/one/two?z");
    EXPECT_EQ(to("/x?at=https://b.example"), "https://a.example:8443/x?at=https://b.example");
    for (const char* location : {"javascript:alert(1)", "ftp://b.example/", "//user@b.example/", "/a b"})
        EXPECT_EQ(to(location), "nowhere") << location;
}

TEST(ForeignUrl, AnOriginIsSchemeHostAndPort) {
    const ForeignUrl one = url("https://a.example/x");
    EXPECT_TRUE(one.has_origin_of(url("https://A.example:443/y")));
    for (const char* other : {"http://a.example:443/", "https://a.example:444/", "https://b.a.example/"})
        EXPECT_FALSE(one.has_origin_of(url(other))) << other;
}

TEST(ForeignUrl, APatternIsOneHostOrAllBelowIt) {
    EXPECT_TRUE(is_host("a.example", "a.example"));
    EXPECT_TRUE(is_host("b.a.example", "*.a.example"));
    EXPECT_FALSE(is_host("a.example", "*.a.example"));
    EXPECT_FALSE(is_host("eviL-a.example", "*.a.example"));
    EXPECT_FALSE(is_host("xa.example", "*.a.example"));
    EXPECT_FALSE(is_host("b.a.example", "a.example"));
    EXPECT_FALSE(is_host("a.example.evil.test", "*.a.example"));
}

}  // namespace
}  // namespace postrider
