#include "lib/text/pattern.h"

#include <gmock/gmock.h>

#include <chrono>

namespace postrider {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

bool found(const std::string& pattern, std::string_view text) {
    const auto compiled = Pattern::compile(pattern);
    EXPECT_TRUE(compiled) << pattern << ": " << compiled.error().what;
    return compiled && compiled->found_in(text);
}

std::string fault(const std::string& pattern) {
    const auto compiled = Pattern::compile(pattern);
    return compiled ? "" : compiled.error().what;
}

TEST(Pattern, IsLookedForAnywhereInTheText) {
    EXPECT_TRUE(found("b+", "abbc"));
    EXPECT_FALSE(found("b+", "ac"));
    EXPECT_TRUE(found(R"(.+@.+\..+)", "someone@example.org"));
    EXPECT_FALSE(found(R"(.+@.+\..+)", "+13125550101"));
}

TEST(Pattern, IsTiedToTheTextsEndsBySigns) {
    EXPECT_TRUE(found("^dialog:", "dialog:welcome"));
    EXPECT_FALSE(found("^dialog:", "a dialog: no"));
    EXPECT_FALSE(found("^dialog:", "a\ndialog:no"));
    EXPECT_TRUE(found("^yes$", "yes"));
    EXPECT_FALSE(found("^yes$", "yes\n"));
}

TEST(Pattern, MindsCaseUnlessToldOtherwise) {
    EXPECT_FALSE(found("stop", "STOP"));
    EXPECT_TRUE(found("(?i)stop", "STOP"));
}

TEST(Pattern, CountsCharactersAndNotBytes) {
    EXPECT_TRUE(found("^.$", "ü"));
    EXPECT_TRUE(found(R"(^\p{Greek}+$)", "αβγ"));
}

TEST(Pattern, ThatDoesNotCompileIsRefusedWithReasonAndPlace) {
    EXPECT_EQ(fault("^(43"), "a ( without its )");
    EXPECT_EQ(fault("ü[z-a]"), "a range of characters that runs backwards, at character 3");
    EXPECT_EQ(fault("ab**"), "a repetition of a repetition, at character 3");
    EXPECT_EQ(fault("+43"), "a repetition (*, +, ?) of nothing, at character 1");
    EXPECT_EQ(fault(R"(a\q)"), "an unknown escape (a \\ before what needs none?), at character 2");
    EXPECT_EQ(fault("a\\"), "a \\ at the end");
    EXPECT_THAT(fault("(?=a)b"), HasSubstr("no looking ahead"));
    EXPECT_THAT(fault("(a{1000}){1000}"), Not(::testing::IsEmpty()));
    EXPECT_EQ(fault("\xFF"), "what is not UTF-8");
}

TEST(Pattern, FaultsDoNotRepeatIt) { EXPECT_THAT(fault("(13125550101"), Not(HasSubstr("5550"))); }

TEST(Pattern, TakesTimeLinearInTheText) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(found("(a|aa)+(a|aa)+$", std::string(100000, 'a') + "b"));
    // Backtracking would take longer than anybody waits.
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

}  // namespace
}  // namespace postrider
