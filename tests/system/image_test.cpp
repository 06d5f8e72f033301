// Texts that are `image:` and an address: from the row to the provider, which fetches the image itself.
#include "tests/system/system_test.h"

#include <fmt/format.h>

namespace postrider::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Manner = TwilioBehaviour::Manner;

struct Image : SystemTest {
    static constexpr const char* text = "image:https://pictures.example.org/a.png";

    void expect_sent_once(MessageId id) {
        EXPECT_TRUE(site.row(id).ended_well()) << site.row(id).metadata.value_or("");
        ASSERT_THAT(twilio.accepted(), SizeIs(1));
        const TwilioRequest request = twilio.accepted()[0];
        EXPECT_EQ(request.body, "");
        EXPECT_THAT(request.media_urls, ElementsAre("https://pictures.example.org/a.png"));
        EXPECT_TRUE(site.row(id).says(request.sid)) << site.row(id).metadata.value_or("");
        EXPECT_EQ(site.row(id).message, text);
    }
};

TEST_F(Image, GoesAsAMediumAndItsSidIsRecorded) {
    DaemonProcess daemon(config());
    const MessageId id = site.insert({.message = text});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    expect_sent_once(id);
}

TEST_F(Image, IsRejectedWithTheReasonWhereItHasNoAddressOfTheWeb) {
    DaemonProcess daemon(config());
    const MessageId id = site.insert({.message = "image:a.png " + std::string(4000, 'x')});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).errored);
    EXPECT_THAT(site.row(id).metadata.value_or(""), HasSubstr("image: is not followed by a URL"));
    EXPECT_THAT(twilio.accepted(), IsEmpty());
    EXPECT_THAT(twilio.refused(), IsEmpty());
}

TEST_F(Image, IsFoundInTheProvidersListWhereItsAnswerWasLostAndSentOnce) {
    twilio.next(TwilioBehaviour::lose_answer(Manner::close_before, true));
    DaemonProcess daemon(config("    reconcile_after: 1s\n"));
    const MessageId id = site.insert({.message = text});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    expect_sent_once(id);
}

TEST_F(Image, WhoseDaemonWasKilledAfterItsAcceptanceIsFoundInTheProvidersListAndSentOnce) {
    twilio.next(TwilioBehaviour::lose_answer(Manner::hang, true));
    const std::string settings = config("    reconcile_after: 1s\n");
    MessageId id = 0;
    {
        DaemonProcess daemon(settings);
        ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
        id = site.insert({.message = text});
        ASSERT_TRUE(twilio.wait_for_accepted(1, patience)) << daemon.log();
        daemon.kill();
    }
    EXPECT_TRUE(site.row(id).waits());
    DaemonProcess next(settings);
    ASSERT_TRUE(site.wait_for_end(id)) << next.log();
    expect_sent_once(id);
    EXPECT_THAT(twilio.lists(), ::testing::Not(IsEmpty()));
}

}  // namespace
}  // namespace postrider::testing
