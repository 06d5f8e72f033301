#include "transports/twilio/media.h"

#include <gmock/gmock.h>

namespace postrider::twilio {
namespace {

using ::testing::HasSubstr;

std::string objection(const std::string& type, std::uintmax_t bytes = 1) {
    return medium_objection({"", type, bytes, ""}).value_or("none");
}

TEST(TwilioMedia, TypesThatTwilioTakesAreTakenHoweverTheyAreWritten) {
    for (const char* type : {"image/jpeg", "IMAGE/PNG", "video/mp4", "audio/amr", "text/csv; charset=utf-8",
                             "text/vcard", "application/pdf", "video/H264", "audio/L24"}) {
        EXPECT_EQ(objection(type), "none") << type;
    }
}

TEST(TwilioMedia, OthersAreNamed) {
    EXPECT_EQ(objection("image/webp"), "is of type image/webp, which Twilio does not take");
    EXPECT_THAT(objection("application/octet-stream"), HasSubstr("application/octet-stream"));
    EXPECT_THAT(objection(""), HasSubstr("(none)"));
}

TEST(TwilioMedia, ImagesMayHaveFiveMegabytesAndOthersFiveHundredKilobytes) {
    EXPECT_EQ(objection("image/gif", std::uintmax_t{5} << 20), "none");
    EXPECT_THAT(objection("image/gif", (std::uintmax_t{5} << 20) + 1), HasSubstr("at most 5120"));
    EXPECT_EQ(objection("application/pdf", std::uintmax_t{500} << 10), "none");
    EXPECT_THAT(objection("application/pdf", (std::uintmax_t{500} << 10) + 1), HasSubstr("at most 500"));
    EXPECT_EQ(media_limits().files_max, 10u);
    EXPECT_EQ(media_limits().bytes_max, std::uintmax_t{5} << 20);
}

}  // namespace
}  // namespace postrider::twilio
