// `postrider lookup`: what a provider knows of telephone numbers.
#include "tests/system/system_test.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace postrider::testing {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct Lookup : SystemTest {
    std::string channels(const std::string& token = "imitated-token") const {
        const std::string url = fmt::format("    lookups_url: {}\n", twilio.base_url());
        return twilio_channel(twilio.base_url(), url, token) + "  - { name: test, transport: loopback }\n";
    }
    Ran lookup(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), "lookup");
        return postrider_with(file, std::move(arguments));
    }

    const Folder folder;
    // No database is there: none is needed.
    const std::filesystem::path file =
        folder.write("postrider.yaml", configuration("postgresql:///none?host=/nowhere", channels()));
};

TEST_F(Lookup, PrintsWhatIsKnownOfEachNumber) {
    const Ran ran = lookup({"+1 (312) 555-0123", "+1312", "+18005550123", "+14165550123"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_THAT(ran.out,
                AllOf(ContainsRegex("\\+13125550123 +yes +\\(312\\) 555-0123 +US +mobile +Example "
                                    "Wireless\n"),
                      ContainsRegex("\\+1312 +no: too short +- +- +- +-\n"),
                      ContainsRegex("\\+18005550123 +yes .*tollFree"), HasSubstr("unknown (code 60601)")));
    EXPECT_THAT(ran.err, IsEmpty());
}

TEST_F(Lookup, PrintsJsonAndTakesNationalNumbersOfACountry) {
    const Ran ran = lookup({"--json", "--country", "US", "312 555 0123"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    const auto rows = boost::json::parse(ran.out).as_array();
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].at("asked"), "312 555 0123");
    EXPECT_EQ(rows[0].at("valid"), true);
    EXPECT_EQ(rows[0].at("number"), "+13125550123");
    EXPECT_EQ(rows[0].at("carrier"), "Example Wireless");
    EXPECT_TRUE(rows[0].at("reason").is_null());
    EXPECT_THAT(twilio.lookups(),
                ElementsAre("/v2/PhoneNumbers/3125550123?Fields=line_type_intelligence&CountryCode=US"));
}

TEST_F(Lookup, ExitsWithOneWhereANumberCouldNotBeLookedUp) {
    folder.write("postrider.yaml", configuration("postgresql:///none?host=/nowhere", channels("wrong")));
    const Ran ran = lookup({"+13125550123"});
    EXPECT_EQ(ran.exit_code, 1);
    EXPECT_THAT(ran.out, HasSubstr("unknown: authentication failed, code 20003"));
    EXPECT_THAT(ran.err, Not(HasSubstr("555")));
    const auto rows = boost::json::parse(lookup({"--json", "+13125550123"}).out).as_array();
    EXPECT_TRUE(rows.at(0).at("valid").is_null());
}

TEST_F(Lookup, SaysWhichChannelCannotAndWhatIsWrongWithItsArguments) {
    const Ran ran = lookup({"--channel", "test", "+13125550123"});
    EXPECT_EQ(ran.exit_code, 2);
    EXPECT_THAT(ran.err, HasSubstr("channel test (loopback) cannot look numbers up"));
    EXPECT_EQ(lookup({"--channel", "sms", "+13125550123"}).exit_code, 0);
    for (const std::vector<std::string>& wrong : {std::vector<std::string>{"--country", "usa", "1"},
                                                  {"--country", "us", "1"},
                                                  {"nobody"},
                                                  {""},
                                                  {}}) {
        const Ran refused = lookup(wrong);
        EXPECT_EQ(refused.exit_code, 2) << ::testing::PrintToString(wrong);
        EXPECT_THAT(refused.err, Not(IsEmpty()));
        EXPECT_THAT(refused.out, IsEmpty());
    }
}

TEST_F(Lookup, NamesAChannelThatIsNotThere) {
    folder.write("postrider.yaml", configuration(site.url(), channels()));
    const Ran ran = lookup({"--channel", "fax", "+13125550123"});
    EXPECT_EQ(ran.exit_code, 2);
    EXPECT_THAT(ran.err, HasSubstr("there is no channel fax"));
}

}  // namespace
}  // namespace postrider::testing
