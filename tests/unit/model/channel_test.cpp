#include "lib/model/channel.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

std::string addressed_by(const std::string& prefix, const std::string& destination) {
    Channel channel;
    channel.prefix = prefix;
    return addressed(channel, Address(destination)).reveal();
}

TEST(Addressed, WithoutAPrefixTheDestinationIsTheAddress) {
    EXPECT_EQ(addressed_by("", "+13125550101"), "+13125550101");
    EXPECT_EQ(addressed_by("", "whatsapp:+13125550101"), "whatsapp:+13125550101");
}

TEST(Addressed, APrefixTakesThePlaceOfWhateverStandsBeforeTheLastColon) {
    EXPECT_EQ(addressed_by("whatsapp", "+13125550101"), "whatsapp:+13125550101");
    EXPECT_EQ(addressed_by("whatsapp", "whatsapp:+13125550101"), "whatsapp:+13125550101");
    EXPECT_EQ(addressed_by("whatsapp", "sms:tel:+13125550101"), "whatsapp:+13125550101");
}

}  // namespace
}  // namespace postrider
