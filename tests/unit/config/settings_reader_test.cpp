#include "lib/config/settings_reader.h"

#include "tests/unit/config/fake_kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

enum class Colour { red, green };

/// A document and its outermost reader.
struct Read : SettingsDocument {
    explicit Read(const std::string& yaml)
        : SettingsDocument(yaml, environment_of({{"TOKEN", "hunter2"}})),
          reader(SettingsDocument::reader()) {}

    std::vector<std::string> lines() const { return lines_of(problems()); }

    SettingsReader reader;
};

TEST(SettingsReader, EachMethodReadsItsSort) {
    Read read(R"(
text: hello
port: 8080
secret: env:TOKEN
flag: yes
settle: 250ms
hold: 10m
rate: 600/min
one: single
many: [a, 2, true]
colour: green
url: https://api.example.org/v1
)");
    EXPECT_EQ(read.reader.required_text("text"), "hello");
    EXPECT_EQ(read.reader.number<std::uint16_t>("port", 1), 8080);
    EXPECT_EQ(read.reader.required_secret("secret").reveal(), "hunter2");
    EXPECT_TRUE(read.reader.flag("flag", false));
    EXPECT_EQ(read.reader.duration("settle", 2s), 250ms);
    EXPECT_EQ(read.reader.seconds("hold", 1s), 10min);
    EXPECT_EQ(read.reader.rate("rate"), (Rate{600, 60s}));
    EXPECT_THAT(read.reader.texts("one", {}), ElementsAre("single"));
    EXPECT_THAT(read.reader.texts("many", {}), ElementsAre("a", "2", "true"));
    EXPECT_EQ(
        read.reader.one_of<Colour>("colour", Colour::red, {{"red", Colour::red}, {"green", Colour::green}}),
        Colour::green);
    EXPECT_EQ(read.reader.url("url", ""), "https://api.example.org/v1");
    read.reader.finish();
    EXPECT_THAT(read.lines(), IsEmpty());
}

TEST(SettingsReader, WhatIsNotThereHasItsFallback) {
    Read read("other: 1");
    EXPECT_EQ(read.reader.text("text", "hello"), "hello");
    EXPECT_EQ(read.reader.optional_text("text"), std::nullopt);
    EXPECT_EQ(read.reader.number("port", 7), 7);
    EXPECT_EQ(read.reader.secret("secret"), std::nullopt);
    EXPECT_TRUE(read.reader.flag("flag", true));
    EXPECT_EQ(read.reader.duration("settle", 2s), 2s);
    EXPECT_EQ(read.reader.rate("rate"), std::nullopt);
    EXPECT_THAT(read.reader.texts("many", {"a"}), ElementsAre("a"));
    EXPECT_EQ(read.reader.url("url", "https://a.example"), "https://a.example");
    EXPECT_THAT(read.reader.children("channels"), IsEmpty());
    read.reader.child("listen");
    EXPECT_THAT(read.lines(), IsEmpty());
}

TEST(SettingsReader, NumbersAndBooleansAreTextAsWritten) {
    Read read("a: 0123\nb: true\nc: 1.50\nd: NO");
    EXPECT_EQ(read.reader.text("a", ""), "0123");
    EXPECT_EQ(read.reader.text("b", ""), "true");
    EXPECT_EQ(read.reader.text("c", ""), "1.50");
    EXPECT_EQ(read.reader.text("d", ""), "NO");
}

TEST(SettingsReader, ARequiredKeyIsMissedAtItsMapping) {
    Read read("a: 1\nlisten:\n  b: 1\n");
    read.reader.required_text("name");
    SettingsReader listen = read.reader.child("listen");
    listen.required_secret("token");
    listen.required_url("url");
    read.reader.child("absent").required_text("key");
    EXPECT_THAT(read.lines(), ElementsAre("1:1: name: is required", "1:1: absent.key: is required",
                                          "3:3: listen.token: is required", "3:3: listen.url: is required"));
}

TEST(SettingsReader, AKeyWithNothingAfterItIsAProblemUnlessOptional) {
    Read read("a:\nb: ~\nc: null\nd:\ne:\nf:\ng:\nh: [x, ]\ni: [~]\n");
    read.reader.text("a", "x");
    read.reader.required_text("b");
    read.reader.secret("c");
    read.reader.child("d").required_text("not_listed");
    read.reader.children("e");
    read.reader.texts("f", {});
    EXPECT_EQ(read.reader.optional_text("g"), std::nullopt);
    read.reader.texts("h", {});
    read.reader.texts("i", {});
    EXPECT_THAT(read.lines(),
                ElementsAre("1:1: a: has no value", "2:1: b: has no value", "3:1: c: has no value",
                            "4:1: d: has no value", "5:1: e: has no value", "6:1: f: has no value",
                            "9:4: i: item 1 must be text, but is empty"));
}

TEST(SettingsReader, AWrongTypeIsAProblemAtTheValue) {
    Read read(
        "text: [a]\nport: {a: 1}\nsecret: [hunter2]\nlisten: here\nchannels: {a: 1}\nitems: [1, [2]]\nlist: "
        "[[a]]\n");
    read.reader.text("text", "");
    read.reader.number("port", 1);
    read.reader.secret("secret");
    read.reader.child("listen");
    read.reader.children("channels");
    read.reader.children("items");
    read.reader.texts("list", {});
    EXPECT_THAT(
        read.lines(),
        ElementsAre("1:7: text: must be one value, not a list", "2:7: port: must be one value, not a mapping",
                    "3:9: secret: must be one value, not a list",
                    "4:9: listen: must be a mapping, with a line \"key: value\" for each setting",
                    "5:11: channels: must be a list, with a line \"- …\" for each item",
                    "6:9: items[0]: must be a mapping, with a line \"key: value\" for each setting",
                    "6:12: items[1]: must be a mapping, with a line \"key: value\" for each setting",
                    "7:7: list: item 1 must be text, but is a list"));
}

TEST(SettingsReader, ValuesOutOfFormOrRangeAreProblemsAtTheValue) {
    Read read(R"(port: 70000
size: eight
flag: perhaps
settle: 2 fortnights
long: 2h
part: 1500ms
rate: 10/fortnight
colour: blue
url: http://api.example.org
)");
    EXPECT_EQ(read.reader.number<std::uint16_t>("port", 1), 1);
    read.reader.number("size", 1, 1, 64);
    read.reader.flag("flag", true);
    EXPECT_EQ(read.reader.duration("settle", 2s), 2s);
    EXPECT_EQ(read.reader.duration("long", 1s, 0s, 1h), 1s);
    EXPECT_EQ(read.reader.seconds("part", 7s), 7s);
    read.reader.rate("rate");
    read.reader.one_of<Colour>("colour", Colour::red, {{"red", Colour::red}, {"green", Colour::green}});
    EXPECT_EQ(read.reader.url("url", "https://a.example"), "https://a.example");
    EXPECT_THAT(
        read.lines(),
        ElementsAre(
            "1:7: port: 70000 is not between 0 and 65535", "2:7: size: \"eight\" is not a whole number",
            "3:7: flag: \"perhaps\" is neither true nor false",
            "4:9: settle: \"2 fortnights\" is not a duration (like 250ms, 2s, 10m, 24h, 5d)",
            "5:7: long: 2h is not between 0s and 1h", "6:7: part: 1500ms is not a whole number of seconds",
            "7:7: rate: \"10/fortnight\" is not a rate (like 10/s, 600/min)",
            "8:9: colour: \"blue\" is not one of red, green",
            "9:6: url: must begin with https://: over plain http, credentials would travel in the "
            "clear (http is for 127.0.0.1, ::1 and localhost only)"));
}

TEST(SettingsReader, NoneIsARateWithoutLimit) {
    Read read("rate: none");
    EXPECT_EQ(read.reader.rate("rate"), std::nullopt);
    EXPECT_THAT(read.lines(), IsEmpty());
}

TEST(SettingsReader, PathsNameEveryLevel) {
    Read read("channels:\n  - name: a\n  - limits: {rate: fast}\n");
    SettingsReader limits = read.reader.children("channels").at(1).child("limits");
    limits.rate("rate");
    limits.problem("burst", "is not possible");
    limits.warning("rate", "is generous");
    EXPECT_THAT(read.lines(),
                ElementsAre("3:13: channels[1].limits.burst: is not possible",
                            "3:20: channels[1].limits.rate: \"fast\" is not a rate (like 10/s, 600/min)"));
    EXPECT_THAT(lines_of(read.warnings()), ElementsAre("3:20: channels[1].limits.rate: is generous"));
}

TEST(SettingsReader, AnUnknownKeyComesWithWhatItMayHaveMeant) {
    Read read("prot: 1\ncolour: red\nlisten:\n  Public-URL: x\n");
    read.reader.number("port", 1);
    read.reader.child("listen").text("public_url", "");
    read.reader.finish();
    EXPECT_THAT(
        read.lines(),
        ElementsAre("1:1: prot: is not a setting (did you mean port?)", "2:1: colour: is not a setting",
                    "4:3: listen.Public-URL: is not a setting (did you mean public_url?)"));
}

TEST(SettingsReader, AKeyThatIsGivenAlreadyIsNotSuggested) {
    Read read("port: 1\nprot: 2\n");
    read.reader.number("port", 1);
    read.reader.finish();
    EXPECT_THAT(read.lines(), ElementsAre("2:1: prot: is not a setting"));
}

TEST(SettingsReader, WhatNobodyCanJudgeIsAccepted) {
    Read read("other: {a: 1}\nrest: 1\n");
    read.reader.child("other").accept_rest();
    read.reader.finish();
    EXPECT_THAT(read.lines(), ElementsAre("2:1: rest: is not a setting"));
}

TEST(SettingsReader, ADuplicateKeyIsAProblemAtTheSecond) {
    Read read("a: 1\nb: {c: 1, c: 2}\na: 3\n");
    EXPECT_EQ(read.reader.text("a", ""), "1");
    read.reader.child("b").text("c", "");
    read.reader.finish();
    EXPECT_THAT(read.lines(), ElementsAre("2:11: b.c: given twice (first in line 2)",
                                          "3:1: a: given twice (first in line 1)"));
}

TEST(SettingsReader, AKeyMustBePlainText) {
    Read read("[a, b]: 1\n");
    EXPECT_THAT(read.lines(), ElementsAre("1:1: ?: a key must be plain text"));
}

TEST(SettingsReader, NoProblemRepeatsASecret) {
    // What a comma, a colon or a slip of the keys makes of a secret, too.
    for (const char* yaml :
         {"token: [hunter2]", "token: {hunter2: 1}", "{token: a,hunter2}", "{token:hunter2}",
          "{ token: x, hunter2, hunter2 }", "token: env:hunter-2!", "token: \"credential:hunter2/x\"",
          "token: file:hunter2", "token: \"hunter2", "token: hunter2: x", "token: 'a' hunter2",
          "token: &hunter2", "token: \"hunter2\\q\"", "token: *hunter2", "token: !hunter2", "token: %hunter2",
          "token: @hunter2", "token: |hunter2"}) {
        Read read(yaml);
        read.reader.secret("token");
        read.reader.finish();
        EXPECT_THAT(read.lines(), ::testing::Each(Not(HasSubstr("unter")))) << yaml;
        EXPECT_THAT(read.lines(), Not(IsEmpty())) << yaml;
    }
}

TEST(SettingsReader, TextInASecretsFormsMayBeEmpty) {
    Read read("a: \"\"\nb: env:TOKEN\nc: env:NONE\n");
    EXPECT_EQ(read.reader.sourced_text("a", "x"), "");
    EXPECT_EQ(read.reader.sourced_text("b", "x"), "hunter2");
    EXPECT_EQ(read.reader.sourced_text("d", "x"), "x");
    EXPECT_EQ(read.reader.sourced_text("c", "x"), "x");
    EXPECT_THAT(read.lines(), ElementsAre("3:4: c: the environment variable NONE is not set"));
}

TEST(SettingsReader, AnAliasIsReadLikeWhatItStandsFor) {
    Read read("a: &rate 10/s\nb: *rate\n");
    EXPECT_EQ(read.reader.rate("b"), (Rate{10, 1s}));
    EXPECT_THAT(read.lines(), IsEmpty());
}

TEST(SettingsReader, WhatIsNoMappingHasNothingMissing) {
    for (const char* yaml : {"", "# nothing\n", "~", "just text", "- a\n- b\n", "a: [", "a: 1\n---\nb: 2\n",
                             ",a: 1", "]", "a: 1\n...\nb: 2\n"}) {
        Read read(yaml);
        EXPECT_FALSE(read.readable()) << yaml;
        read.reader.required_text("name");
        read.reader.finish();
        EXPECT_EQ(read.problems().size(), 1u) << yaml;
    }
}

TEST(SettingsReader, BrokenYamlSaysWhere) {
    EXPECT_THAT(Read("a: 1\nb: [1, 2\n").lines(),
                ElementsAre(AllOf(HasSubstr("3:1: "), HasSubstr("not YAML: "))));
    EXPECT_THAT(Read("a: 1\n\tb: 2\n").lines(), ElementsAre(AllOf(HasSubstr("2:"), HasSubstr("not YAML: "))));
    EXPECT_THAT(Read("a: b: c\n").lines(), ElementsAre(HasSubstr("1:5: not YAML: ")));
    EXPECT_THAT(Read(std::string(100'000, '[')).lines(), ElementsAre(HasSubstr("not YAML: ")));
}

TEST(SettingsReader, WhatIsNotTextIsReportedAndNotDroppedInSilence) {
    EXPECT_THAT(Read("a: 1\nb: \x04\nc: 3\n").lines(),
                ElementsAre("2:4: not text in UTF-8: there is another byte here"));
    EXPECT_THAT(Read("é: \"pass\xe9word\"\n").lines(), ElementsAre(HasSubstr("1:9: not text in UTF-8")));
    EXPECT_THAT(Read("a: \xc3").lines(), ElementsAre(HasSubstr("1:4: not text in UTF-8")));
    EXPECT_THAT(Read("\xef\xbb\xbf"
                     "a: é€😀\n")
                    .lines(),
                IsEmpty());
    EXPECT_THAT(Read(std::string("\xff\xfe"
                                 "a\0:\0",
                                 6))
                    .lines(),
                ElementsAre(HasSubstr("not text in UTF-8")));
}

}  // namespace
}  // namespace postrider
