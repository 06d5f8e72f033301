#include "lib/dispatch/routing.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace postrider {
namespace {

Route to(std::string channel, std::optional<std::string> destination,
         std::optional<std::string> message = std::nullopt) {
    return {std::move(destination), std::move(message), std::move(channel)};
}

Route leave(std::optional<std::string> destination, std::optional<std::string> message = std::nullopt) {
    return {std::move(destination), std::move(message), std::nullopt};
}

/// The channel, "left: " and why, or "".
std::string way(const std::vector<Route>& routes, std::optional<std::string_view> destination,
                std::optional<std::string_view> text) {
    const Routing routing(routes);
    const Routing::Rule* const rule = routing.first_match(destination, text);
    if (!rule) return "";
    return rule->channel.empty() ? "left: " + rule->left_reason : rule->channel;
}

TEST(Routing, TheFirstRuleThatMatchesWins) {
    const std::vector<Route> routes{to("mail", ".+@.+"), to("austria", R"(^\+43)"), to("europe", R"(^\+4)")};
    EXPECT_EQ(way(routes, "a@example.org", "Hi"), "mail");
    EXPECT_EQ(way(routes, "+436641", "Hi"), "austria");
    EXPECT_EQ(way(routes, "+4930", "Hi"), "europe");
    EXPECT_EQ(way(routes, "+1312", "Hi"), "");
    EXPECT_EQ(way({}, "+1312", "Hi"), "");
}

TEST(Routing, ARuleWithTwoPatternsWantsBoth) {
    const std::vector<Route> routes{to("sms", R"(^\+43)", "^Termin")};
    EXPECT_EQ(way(routes, "+436641", "Termin um 9:00"), "sms");
    EXPECT_EQ(way(routes, "+436641", "Hallo"), "");
    EXPECT_EQ(way(routes, "+1312", "Termin um 9:00"), "");
}

TEST(Routing, WhatARuleLeavesIsCountedByItsNumber) {
    EXPECT_EQ(way({to("mail", "@"), leave(std::nullopt, "^survey:")}, "+1312", "survey:1"),
              "left: left to the site by route 2");
}

TEST(Routing, DialogsAreLeftUnlessARuleSaysOtherwise) {
    EXPECT_EQ(way({to("mail", "@")}, "+1312", "dialog:welcome"), "left: a dialog, left to the site");
    EXPECT_EQ(way({to("sms", std::nullopt, "^dialog:w")}, "+1312", "dialog:welcome"), "sms");
}

TEST(Routing, WhatCannotBeReadMatchesNoPattern) {
    const std::vector<Route> routes{to("one", ".*", ".*"), to("two", std::nullopt, ".*"), to("three", ".*")};
    EXPECT_EQ(way(routes, "+1312", std::nullopt), "three");
    EXPECT_EQ(way(routes, std::nullopt, "Hi"), "two");
    EXPECT_EQ(way(routes, std::nullopt, std::nullopt), "");
}

TEST(Routing, APatternThatDoesNotCompileIsABug) {
    EXPECT_THROW(Routing({to("sms", "(")}), std::invalid_argument);
}

}  // namespace
}  // namespace postrider
