#include "transports/email/settings.h"

#include <gmock/gmock.h>

namespace postrider::email {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct EmailSettingsTest : ::testing::Test {
    Settings read(const std::string& yaml) {
        const SettingsDocument document(yaml);
        SettingsReader reader = document.reader();
        Settings settings = read_settings(reader);
        reader.finish();
        problems.clear();
        for (const Problem& problem : document.problems()) problems += problem.what + "\n";
        return settings;
    }
    std::string problems;
};

TEST_F(EmailSettingsTest, TheShortestIsAServerAndASender) {
    const Settings settings = read("smtp_url: smtps://mail.example.org\nfrom: Bot <bot@example.org>\n");
    EXPECT_THAT(problems, IsEmpty());
    EXPECT_EQ(settings.host, "mail.example.org");
    EXPECT_EQ(settings.port, 465u);
    EXPECT_EQ(settings.security, SmtpSecurity::implicit_tls);
    EXPECT_EQ(settings.ehlo_name, "example.org");
    EXPECT_EQ(settings.from.name, "Bot");
    EXPECT_FALSE(settings.credentials);
}

TEST_F(EmailSettingsTest, SubmissionMeansStarttlsUnlessToldOtherwise) {
    EXPECT_EQ(read("smtp_url: smtp://mail.example.org\nfrom: b@x.org\n").security, SmtpSecurity::starttls);
    EXPECT_EQ(read("smtp_url: smtp://mail.example.org\nfrom: b@x.org\n").port, 587u);
    const Settings relay = read("smtp_url: smtp://127.0.0.1:25/\nstarttls: none\nfrom: b@x.org\n");
    EXPECT_EQ(relay.security, SmtpSecurity::none);
    EXPECT_EQ(relay.port, 25u);
}

TEST_F(EmailSettingsTest, APasswordNeedsTlsAndAUserName) {
    read("smtp_url: smtp://mail.example.org\nstarttls: none\nfrom: b@x.org\nusername: u\npassword: p\n");
    EXPECT_THAT(problems, HasSubstr("starttls: must be required"));
    read("smtp_url: smtp://mail.example.org\nfrom: b@x.org\npassword: p\n");
    EXPECT_THAT(problems, HasSubstr("username: is missing"));
    read("smtp_url: smtp://mail.example.org\nfrom: b@x.org\nusername: p\n");
    EXPECT_THAT(problems, HasSubstr("password: is missing"));
}

TEST_F(EmailSettingsTest, WhatIsNoServerIsToldWithoutRepeatingIt) {
    for (const char* url : {"http://x.org", "smtp://u:secretword@x.org", "smtp://x.org/path", "x.org",
                            "smtp://", "smtp://x.org?a=b", "smtp://x.org:0"}) {
        read("smtp_url: " + std::string(url) + "\nfrom: b@x.org\n");
        EXPECT_THAT(problems, HasSubstr("smtp_url: must be smtps://host")) << url;
        EXPECT_THAT(problems, ::testing::Not(HasSubstr("secretword")));
    }
}

TEST_F(EmailSettingsTest, SendersMustBeAddresses) {
    read("smtp_url: smtp://x.org\nfrom: nobody\nenvelope_sender: A <b@x.org>\nca_file: /none/such\n");
    EXPECT_THAT(problems, HasSubstr("from: is no e-mail address"));
    EXPECT_THAT(problems, HasSubstr("envelope_sender: must be an address without a name"));
    EXPECT_THAT(problems, HasSubstr("ca_file: names a file that cannot be read"));
}

}  // namespace
}  // namespace postrider::email
