#include "lib/config/read_config.h"
#include "tests/unit/config/fake_kind.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const FakeKind loopback("loopback");
const TransportKinds kinds{&loopback};

/// `routes` is the list's lines, which begin in line 5.
ConfigResult read(const std::string& routes) {
    return read_config(
        "database: { url: x }\n"
        "channels:\n"
        "  - { name: sms, transport: loopback }\n"
        "routes:\n" +
            routes,
        kinds, environment_of({}));
}

std::vector<std::string> problems(const std::string& routes) {
    const auto result = read(routes);
    return result ? std::vector<std::string>{} : lines_of(result.error());
}

TEST(ReadRoutes, AreTakenInTheirOrder) {
    const auto result = read(
        "  - { match: { destination: '.+@.+\\..+' }, leave: true }\n"
        "  - { match: { destination: '^\\+43', message: '^Termin' }, channel: sms }\n"
        "  - { match: { message: '^x' }, channel: sms, leave: false }\n");
    ASSERT_TRUE(result) << lines_of(result.error())[0];
    EXPECT_THAT(result->config.routes,
                ElementsAre(Route{R"(.+@.+\..+)", std::nullopt, std::nullopt},
                            Route{R"(^\+43)", "^Termin", "sms"}, Route{std::nullopt, "^x", "sms"}));
    EXPECT_THAT(result->warnings, IsEmpty());
}

TEST(ReadRoutes, MayBeAbsentOrEmpty) {
    EXPECT_THAT(problems("  []\n"), IsEmpty());
    const auto result = read_config("database: { url: x }", kinds, environment_of({}));
    ASSERT_TRUE(result);
    EXPECT_THAT(result->config.routes, IsEmpty());
}

TEST(ReadRoutes, AChannelThatIsNotThereIsAProblemWithItsPlace) {
    EXPECT_THAT(problems("  - { match: { message: x }, channel: smms }\nswitchboard: false\n"),
                ElementsAre("5:39: routes[0].channel: \"smms\" is not a channel (did you mean sms?) "
                            "(there are: sms)"));
}

TEST(ReadRoutes, AChannelThatIsNotInTheFileMayBeInTheSitesSwitchboard) {
    const auto result = read("  - { match: { message: x }, channel: smms }\n");
    ASSERT_TRUE(result);
    EXPECT_THAT(lines_of(result->warnings),
                ElementsAre(HasSubstr("if the site's switchboard has none of that name, its messages wait")));
}

TEST(ReadRoutes, NeedSomethingToMatch) {
    EXPECT_THAT(problems("  - { channel: sms }\n"
                         "  - { match: {}, channel: sms }\n"
                         "  - { match: x, channel: sms }\n"
                         "  - { match: { text: x }, channel: sms }\n"),
                ElementsAre(HasSubstr("5:5: routes[0].match: is required: { destination"),
                            "6:14: routes[1].match: must have destination, message, or both",
                            HasSubstr("7:14: routes[2].match: must be a mapping"),
                            HasSubstr("8:14: routes[3].match: must have destination, message, or both"),
                            HasSubstr("8:16: routes[3].match.text: is not a setting")));
}

TEST(ReadRoutes, NeedAChannelOrLeaveAndNotBoth) {
    EXPECT_THAT(problems("  - { match: { message: x } }\n"
                         "  - { match: { message: x }, channel: sms, leave: true }\n"
                         "  - { match: { message: x }, leave: false }\n"
                         "  - { match: { message: x }, channel: '' }\n"),
                ElementsAre("5:5: routes[0].channel: is required (or leave: true)",
                            "6:51: routes[1].leave: and channel exclude each other",
                            "7:37: routes[2].leave: must be true, or channel must be there",
                            "8:39: routes[3].channel: must not be empty"));
}

TEST(ReadRoutes, APatternThatDoesNotCompileIsAProblemWithPlaceAndReasonOnly) {
    const auto found = problems(
        "  - { match: { destination: '^(13125550101' }, channel: sms }\n"
        "  - { match: { message: 'a[z-a]' }, channel: sms }\n"
        "  - { match: { message: '' }, channel: sms }\n");
    EXPECT_THAT(found,
                ElementsAre("5:29: routes[0].match.destination: is not a pattern (in RE2's syntax): it has "
                            "a ( without its )",
                            HasSubstr("6:25: routes[1].match.message: is not a pattern (in RE2's syntax): it "
                                      "has a range of characters that runs backwards, at character 3"),
                            "7:25: routes[2].match.message: must not be empty"));
    EXPECT_THAT(found.at(0), Not(HasSubstr("5550")));
}

TEST(ReadRoutes, MustBeAList) {
    EXPECT_THAT(problems("  { match: { message: x }, channel: sms }\n"),
                ElementsAre(HasSubstr(": routes: must be a list")));
}

}  // namespace
}  // namespace postrider
