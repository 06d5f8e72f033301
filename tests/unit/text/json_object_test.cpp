#include "lib/text/json_object.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace postrider {
namespace {

namespace json = boost::json;

/// `text` with `sent` set to true.
std::string with_sent(const std::string& text) {
    auto object = JsonObjectText::read(text);
    if (!object) return "(no object)";
    object->set("sent", json::value(true));
    return object->text();
}

TEST(JsonObjectText, KeepsEveryByteOfWhatIsNotTouched) {
    const std::string foreign[] = {
        R"("n": 1e400)",
        R"("n": 12345678901234567890123)",
        R"("n": 1.10)",
        R"("n": -0)",
        R"("n": NaN, "m": -Infinity)",
        R"("twice": 1, "twice": 2)",
        R"("a"   :	[ 1 ,{ "b" : [ ] } , "}" ])",
        R"("k\u0065y\"\\": "\ud83d\ude00 / \/ \u0000")",
        R"("Grüße": "你好 👩‍⚕️")",
        R"("half": "\ud800")",
        R"("\udc00": "half a key")",
        R"("": "")",
    };
    for (const std::string& members : foreign) {
        EXPECT_EQ(with_sent("{" + members + "}"), "{" + members + R"(, "sent": true})");
    }
}

TEST(JsonObjectText, AddsAKeyInTheLayoutOfTheOthers) {
    EXPECT_EQ(with_sent("{\n  \"a\": 1,\n  \"b\": {\n    \"c\": 2\n  }\n}"),
              "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": 2\n  },\n  \"sent\": true\n}");
    EXPECT_EQ(with_sent(R"({"a": 1})"), R"({"a": 1, "sent": true})");
    EXPECT_EQ(with_sent("{}"), "{\n  \"sent\": true\n}");
    EXPECT_EQ(with_sent(" \r\n { \"a\" : 1 } \t"), " \r\n { \"a\" : 1, \"sent\": true } \t");
}

TEST(JsonObjectText, ReplacesAValueAndNothingElse) {
    EXPECT_EQ(with_sent(R"({"sent" : [1, {"sent": 2}] , "b": 1e400})"), R"({"sent" : true , "b": 1e400})");
    EXPECT_EQ(with_sent(R"({"\u0073ent": null})"), R"({"\u0073ent": true})");
}

TEST(JsonObjectText, OfSeveralEqualKeysTheLastCounts) {
    const auto object = JsonObjectText::read(R"({"a": "first", "a": "last"})");
    EXPECT_EQ(object->find_string("a"), "last");
    EXPECT_EQ(with_sent(R"({"sent": 1, "sent": 2})"), R"({"sent": 1, "sent": true})");
}

TEST(JsonObjectText, SetsTheSameKeyAgain) {
    auto object = JsonObjectText::read("{}");
    object->set("a", json::value("x"));
    object->set("b", json::value(2));
    object->set("a", json::value("a much longer value than before"));
    EXPECT_EQ(object->text(), "{\n  \"a\": \"a much longer value than before\",\n  \"b\": 2\n}");
}

TEST(JsonObjectText, WhatWasSetIsFoundWhereItIs) {
    for (const char* text : {"{}", " { } ", R"({"a": 1, "b" : "two", "a": 3})", "{\n  \"z\": [1]\n}"}) {
        auto object = JsonObjectText::read(text);
        ASSERT_TRUE(object) << text;
        for (const auto& [key, value] : {std::pair{"a", "longer than before"},
                                         {"c", "new"},
                                         {"b", ""},
                                         {"a", "-"},
                                         {"Grüße \"\\", "你好"}}) {
            object->set(key, json::value(value));
            EXPECT_EQ(object->find_string(key), value) << object->text();
        }
        const auto again = JsonObjectText::read(object->text());
        ASSERT_TRUE(again) << object->text();
        for (const char* key : {"a", "b", "c", "z", "Grüße \"\\"}) {
            EXPECT_EQ(again->find(key), object->find(key)) << key << " in " << object->text();
        }
        object->erase("c");
        EXPECT_EQ(object->find("c"), std::nullopt) << object->text();
        EXPECT_EQ(object->find_string("b"), "") << object->text();
    }
}

TEST(JsonObjectText, FindsStringsDecodedAndOnlyAtTheTop) {
    const auto object = JsonObjectText::read(R"({"a": {"b": "deep"}, "c": "Gr\u00fc\u00dfe", "d": 5})");
    EXPECT_EQ(object->find_string("c"), "Grüße");
    EXPECT_EQ(object->find_string("b"), std::nullopt);
    EXPECT_EQ(object->find_string("d"), std::nullopt);
    EXPECT_EQ(object->find("d"), "5");
    EXPECT_EQ(object->find("a"), R"({"b": "deep"})");
    EXPECT_EQ(object->find("missing"), std::nullopt);
}

TEST(JsonObjectText, AStringWithoutADecodedFormIsNotFoundAsOne) {
    const auto object = JsonObjectText::read(R"({"a": "\ud800"})");
    EXPECT_EQ(object->find_string("a"), std::nullopt);
}

TEST(JsonObjectText, DepthCostsNoStack) {
    constexpr std::size_t depth = 1000000;
    const std::string deep = R"({"a": )" + std::string(depth, '[') + std::string(depth, ']') + "}";
    EXPECT_EQ(with_sent(deep), deep.substr(0, deep.size() - 1) + R"(, "sent": true})");
    EXPECT_EQ(with_sent(R"({"a": )" + std::string(depth, '[')), "(no object)");
}

TEST(JsonObjectText, WhatPythonCannotReadIsNoObject) {
    for (std::string text : {"",
                             "[]",
                             "[1]",
                             "1",
                             "null",
                             "\"{}\"",
                             "{",
                             "}",
                             "{}}",
                             "{} {}",
                             "{]",
                             "hello",
                             R"({"a"})",
                             R"({"a":})",
                             R"({"a": 1,})",
                             R"({,"a": 1})",
                             R"({"a": 1 "b": 2})",
                             R"({a: 1})",
                             R"({'a': 1})",
                             R"({"a": [1,]})",
                             R"({"a": [1 2]})",
                             R"({"a": [,]})",
                             R"({"a": {"b"}})",
                             R"({"a": {1: 2}})",
                             R"({"a": [}])",
                             R"({"a": [1}})",
                             R"({"a": [1:2]})",
                             R"({"a": True})",
                             R"({"a": tru})",
                             R"({"a": truex})",
                             R"({"a": nan})",
                             R"({"a": 01})",
                             R"({"a": 1.})",
                             R"({"a": .5})",
                             R"({"a": +1})",
                             R"({"a": 1e})",
                             R"({"a": 1e+})",
                             R"({"a": -})",
                             R"({"a": 0x1})",
                             R"({"a": "\q"})",
                             R"({"a": "\u12g4"})",
                             R"({"a": "\u12)",
                             R"({"a": "b)",
                             "{\"a\": \"b\nc\"}",
                             "{\"a\": \"\\",
                             "{\"a\n:\": 1}",
                             "\xEF\xBB\xBF{}"}) {
        EXPECT_EQ(JsonObjectText::read(text), std::nullopt) << text;
    }
}

TEST(SpliceMetadata, MakesAnObjectWhereThereWasNothing) {
    const json::object keys{{"sid", "SM1"}};
    for (std::optional<std::string> nothing : {std::optional<std::string>(), std::optional<std::string>(""),
                                               std::optional<std::string>(" \n\t")}) {
        EXPECT_EQ(splice_metadata(nothing, keys), "{\n  \"sid\": \"SM1\"\n}");
    }
}

TEST(SpliceMetadata, KeepsWhatIsNoObjectUnderAKey) {
    for (std::string original : {"[1, 2]", "\"text\"", "12", "hello \"there\"\n", "{\"a\": [1,,2]}", "{"}) {
        const std::string spliced = splice_metadata(original, {{"sid", "SM1"}});
        const json::object read = json::parse(spliced).as_object();
        EXPECT_EQ(read.at("original_metadata").as_string(), original);
        EXPECT_EQ(read.at("sid").as_string(), "SM1");
    }
}

TEST(SpliceMetadata, WithoutKeysAnObjectStaysAsItIs) {
    EXPECT_EQ(splice_metadata(R"( {"a":1e400 } )", {}), R"( {"a":1e400 } )");
}

TEST(SpliceMetadata, AResultIsJsonWheneverTheOriginalWas) {
    const json::object keys{{"sid", "S\"M\\1\n"}, {"postrider", {{"attempt", 5}, {"reason", "ü"}}}};
    for (std::string original :
         {"{}", "{ }", "{\n}", R"({"a":1})", R"({ "a" : "}" })", R"({"a":{"b":[{},[],""]}})", "[]",
          "{\"a\":1}\n", R"({"sid":1,"sid":{"postrider":2}})", R"({"postrider":[],"sid":""})"}) {
        boost::system::error_code error;
        json::parse(original, error);
        ASSERT_FALSE(error) << original;
        const std::string spliced = splice_metadata(original, keys);
        const json::value read = json::parse(spliced, error);
        ASSERT_FALSE(error) << spliced;
        EXPECT_EQ(read.as_object().at("sid"), keys.at("sid")) << spliced;
        EXPECT_EQ(read.as_object().at("postrider"), keys.at("postrider")) << spliced;
    }
}

TEST(SpliceMetadata, SplicingAgainChangesNothing) {
    const json::object keys{{"sid", "SM1"}, {"n", 5}};
    const std::string once = splice_metadata("{\n  \"a\": 1\n}", keys);
    EXPECT_EQ(splice_metadata(once, keys), once);
}

std::string without(const std::string& text, const char* key) {
    auto object = JsonObjectText::read(text);
    object->erase(key);
    return object->text();
}

TEST(JsonObjectText, AKeyIsTakenAwayAndAllElseStaysByteForByte) {
    EXPECT_EQ(without(R"({"a": 1e400, "b": NaN, "c": 3})", "b"), R"({"a": 1e400, "c": 3})");
    EXPECT_EQ(without(R"({"a": 1e400, "b": NaN, "c": 3})", "a"), R"({"b": NaN, "c": 3})");
    EXPECT_EQ(without(R"({"a": 1e400, "b": NaN, "c": 3})", "c"), R"({"a": 1e400, "b": NaN})");
    EXPECT_EQ(without(R"({"a": 1})", "a"), "{}");
    EXPECT_EQ(without(R"({"a": 1, "b": 2, "a": 3})", "a"), R"({"b": 2})");
    EXPECT_EQ(without(R"({"a": {"b": 2}})", "b"), R"({"a": {"b": 2}})");
    EXPECT_EQ(without("{\n  \"a\": 1,\n  \"b\": 2\n}", "b"), "{\n  \"a\": 1\n}");
    EXPECT_EQ(without("{}", "a"), "{}");
}

}  // namespace
}  // namespace postrider
