// Texts that are `image:` and an address.
#include "transports/twilio/request.h"

#include <gmock/gmock.h>

namespace postrider::twilio {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

PreparedRequest image(std::string text) {
    PreparedRequest request;
    request.destination = Address("+17735550123");
    request.text_is_medium = is_image(text);
    request.text = Text(std::move(text));
    return request;
}

std::string body_of(const PreparedRequest& request) {
    Settings settings;
    settings.from = "+13125550100";
    return to_http(request, settings).body;
}

std::string reason(const PreparedRequest& request) {
    const auto objected = objection(request);
    if (!objected) return "none";
    EXPECT_EQ(objected->verdict, Verdict::rejected);
    return objected->reason;
}

TEST(TwilioImage, GoesAsAMediumWithoutText) {
    const PreparedRequest request = image("image:https://x.example/a.png?b=1");
    EXPECT_EQ(reason(request), "none");
    EXPECT_THAT(body_of(request), EndsWith("&MediaUrl=https%3A%2F%2Fx.example%2Fa.png%3Fb%3D1"));
    EXPECT_THAT(body_of(request), Not(HasSubstr("Body")));
}

TEST(TwilioImage, GoesBeforeTheFilesOfItsMessageWhereThereIsRoom) {
    PreparedRequest request = image("image: https://x.example/a.png\n");
    request.media.resize(9);
    for (MediaFile& medium : request.media) medium.url = "https://m.example/b";
    EXPECT_EQ(reason(request), "none");
    EXPECT_THAT(body_of(request), HasSubstr("&MediaUrl=https%3A%2F%2Fx.example%2Fa.png&MediaUrl=https%3A%2F"
                                            "%2Fm.example%2Fb&"));
    request.media.resize(10);
    EXPECT_THAT(reason(request), HasSubstr("ten files"));
}

TEST(TwilioImage, IsRejectedWhereNoAddressOfTheWebFollows) {
    for (const char* text :
         {"image:", "image: ", "image:a.png", "image:/a.png", "image:ftp://x.example/a.png", "image:https://",
          "image:https:///a.png", "image:https://x.example/a b.png", "image:https://x.example/a.png see?",
          "image:file:///etc/passwd", "image:https://x.example/gr\xc3\xbc\xc3\x9f.png"}) {
        EXPECT_THAT(reason(image(text)), HasSubstr("not followed by a URL")) << text;
    }
}

TEST(TwilioImage, HasAnAddressOf1600CharactersAtMost) {
    const std::string start = "https://x.example/";
    const std::string address = start + std::string(1600 - start.size(), 'a');
    EXPECT_EQ(reason(image("image:" + address)), "none");
    EXPECT_THAT(reason(image("image:" + address + "a")), HasSubstr("longer than 1600"));
}

TEST(TwilioImage, IsWhatBeginsSoAndNoPartOfALongerText) {
    EXPECT_FALSE(is_image("an image: of a cat"));
    EXPECT_FALSE(is_image("Image:https://x.example/a.png"));
    PreparedRequest part = image("image:https://x.example/a.png");
    part.text_is_medium = false;
    EXPECT_EQ(reason(part), "none");
    EXPECT_THAT(body_of(part), EndsWith("&Body=image%3Ahttps%3A%2F%2Fx.example%2Fa.png"));
}

}  // namespace
}  // namespace postrider::twilio
