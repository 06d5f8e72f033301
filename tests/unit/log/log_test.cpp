#include "lib/log/log.h"

#include "lib/model/private.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <ostream>
#include <type_traits>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using log::Field;
using log::Format;
using log::format_line;
using log::Level;

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
    out << value;
};

// Nothing private has a form in the log: not as a field, a line, a formatted text or a string.
template <class T>
constexpr bool stays_private =
    !std::is_constructible_v<Field, const char*, T> && !std::is_convertible_v<T, std::string_view> &&
    !std::is_convertible_v<T, std::string> && !fmt::is_formattable<T>::value && !Printable<T>;
static_assert(stays_private<Address>);
static_assert(stays_private<Text>);
static_assert(stays_private<Secret>);
static_assert(!stays_private<std::string>, "the question must have an answer");
static_assert(!std::is_convertible_v<Address, Text>, "and none passes for another");

TEST(LogLine, IsTheEventAndItsFields) {
    EXPECT_EQ(format_line(Format::text, Level::info, "message sent", {{"message", 12}, {"channel", "sms"}}),
              "message sent message=12 channel=sms");
}

TEST(LogLine, QuotesWhatAReaderCouldNotTellApart) {
    EXPECT_EQ(
        format_line(Format::text, Level::info, "e", {{"a", "b c"}, {"d", ""}, {"e", "x=y"}, {"f", "\""}}),
        R"(e a="b c" d="" e="x=y" f="\"")");
}

TEST(LogLine, IsOneLineWhateverIsInIt) {
    std::string all;
    for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
    for (Format format : {Format::text, Format::json}) {
        const std::string line = format_line(format, Level::error, "event", {{"error", all}});
        EXPECT_TRUE(std::none_of(line.begin(), line.end(), [](unsigned char c) { return c < 0x20; })) << line;
    }
}

TEST(LogLine, InJsonIsJsonWhateverIsInIt) {
    const std::string odd[] = {"",      "\"",          "\\", "a\nb\tc",  std::string("\0", 1),
                               "Grüße", "\xFF broken", "{}", "</script>"};
    for (const std::string& value : odd) {
        const std::string line = format_line(Format::json, Level::warning, value, {{value, value}, {"n", 5}});
        boost::system::error_code error;
        const boost::json::value read = boost::json::parse(line, error);
        ASSERT_FALSE(error) << line;
        EXPECT_EQ(read.at("level").as_string(), "warning");
        EXPECT_EQ(read.at("n").as_int64(), 5);
    }
}

TEST(LogLine, NumbersAreNumbersInJsonUnlessJsonHasNone) {
    EXPECT_EQ(format_line(
                  Format::json, Level::info, "e",
                  {{"i", -5}, {"b", true}, {"t", 1500us}, {"nan", std::numeric_limits<double>::quiet_NaN()}}),
              R"({"level":"info","event":"e","i":-5,"b":true,"t":0.001500,"nan":"nan"})");
}

TEST(LogLine, AnEmptyFieldListIsFine) {
    EXPECT_EQ(format_line(Format::json, Level::debug, "e", {}), R"({"level":"debug","event":"e"})");
}

TEST(LogNames, AreReadAsTheyAreWritten) {
    EXPECT_EQ(log::level_from("warning"), Level::warning);
    EXPECT_EQ(log::level_from("WARNING"), std::nullopt);
    EXPECT_EQ(log::format_from("json"), Format::json);
    EXPECT_EQ(log::format_from("xml"), std::nullopt);
}

}  // namespace
}  // namespace postrider
