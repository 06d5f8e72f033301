#include "transports/email/mailbox.h"

#include <gtest/gtest.h>

namespace postrider::email {
namespace {

std::string address(std::string_view text) {
    const auto mailbox = parse_mailbox(text);
    return mailbox ? mailbox->address : "fault: " + mailbox.error().what;
}

TEST(MailboxTest, AnAddressMayStandBareOrBehindAName) {
    EXPECT_EQ(address("bot@example.org"), "bot@example.org");
    EXPECT_EQ(address(" bot@example.org "), "bot@example.org");
    EXPECT_EQ(address("Study Bot <bot@example.org>"), "bot@example.org");
    EXPECT_EQ(parse_mailbox("\"Bot, Study\" <bot@example.org>")->name, "Bot, Study");
    EXPECT_EQ(parse_mailbox("Frau Müller <m@example.org>")->name, "Frau Müller");
    EXPECT_EQ(parse_mailbox("bot@example.org")->domain(), "example.org");
}

TEST(MailboxTest, AnInternationalDomainGetsItsAsciiForm) {
    EXPECT_EQ(address("pat@bücher.example"), "pat@xn--bcher-kva.example");
    EXPECT_EQ(address("pät@example.org"), "fault: is no e-mail address");
}

TEST(MailboxTest, WhatCouldBeMoreThanOneAddressIsNone) {
    for (const char* text :
         {"", "pat", "@example.org", "pat@", "pat@@example.org", "a@x.org, b@y.org", "a b@example.org",
          "pat@example..org", ".pat@example.org", "pat@-ex ample.org", "<pat@example.org", "pat@example.org>",
          "pat@example.org> <b@x.org>", "\"pat\"@example.org", "pat@[127.0.0.1]"}) {
        EXPECT_EQ(address(text), "fault: is no e-mail address") << text;
    }
    EXPECT_EQ(address(std::string(65, 'a') + "@example.org"), "fault: is no e-mail address");
    EXPECT_EQ(address("a@" + std::string(250, 'b') + ".org"), "fault: is no e-mail address");
}

TEST(MailboxTest, ControlCharactersAreRefusedAndNotCleaned) {
    EXPECT_EQ(address("b@x.org>\r\nRCPT TO:<evil@x.org"), "fault: has control characters");
    EXPECT_EQ(address("Bot\n <bot@example.org>"), "fault: has control characters");
    EXPECT_EQ(address(std::string_view("bot\0@example.org", 16)), "fault: has control characters");
}

}  // namespace
}  // namespace postrider::email
