#include "lib/dispatch/admission.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

const TimePoint noon{std::chrono::seconds{1893499200}};
const Secret key{std::string(32, 'k')};

Channel channel(std::string name, bool is_default = false) {
    Channel made;
    made.name = std::move(name);
    made.is_default = is_default;
    return made;
}

OutgoingMessage row(std::string destination = "+13125550101", std::string text = "hello") {
    OutgoingMessage message;
    message.key = {noon, 1};
    message.destination = Address(std::move(destination));
    message.text = Text(std::move(text));
    message.ready = true;
    return message;
}

OutgoingMessage row_with(std::optional<std::string> metadata) {
    OutgoingMessage message = row();
    message.transmission_metadata = std::move(metadata);
    return message;
}

struct AdmissionTest : ::testing::Test {
    using Decision = std::variant<Admitted, LeftAlone>;

    Decision decide(OutgoingMessage message) {
        Admission admission(rules, privacy);
        return admission.admit(std::move(message), noon, noon);
    }
    /// The channel, or why it is left alone.
    std::string channel_of(OutgoingMessage message) {
        const Decision decision = decide(std::move(message));
        if (const auto* admitted = std::get_if<Admitted>(&decision)) return admitted->channel;
        return "left: " + std::get<LeftAlone>(decision).reason;
    }
    Waiting admit(OutgoingMessage message) {
        Decision decision = decide(std::move(message));
        EXPECT_TRUE(std::holds_alternative<Admitted>(decision));
        return std::get<Admitted>(std::move(decision)).waiting;
    }
    LeftAlone leave(OutgoingMessage message) {
        Decision decision = decide(std::move(message));
        EXPECT_TRUE(std::holds_alternative<LeftAlone>(decision));
        return std::get<LeftAlone>(std::move(decision));
    }

    AdmissionRules rules{
        .channels = {channel("sms"), channel("mail"), channel("push")}, .settle = 2s, .only_to = {}};
    Privacy privacy{key, Secret("salt")};
    const SecretBox box{key};
};

TEST_F(AdmissionTest, AMessageGoesToTheChannelItNames) {
    EXPECT_EQ(channel_of(row_with(R"({"message_channel": "mail"})")), "mail");
}

TEST_F(AdmissionTest, WithoutANameItGoesToTheDefault) {
    rules.channels[2].is_default = true;
    EXPECT_EQ(channel_of(row_with(std::nullopt)), "push");
    EXPECT_EQ(channel_of(row_with(R"({"message_channel": "no such channel"})")), "push");
    EXPECT_EQ(channel_of(row_with(R"({"message_channel": "mail"})")), "mail");
}

TEST_F(AdmissionTest, ItsPriorityIsAWholeNumberInTheMetadata) {
    EXPECT_EQ(admit(row_with(R"({"priority": 7})")).priority, 7);
    EXPECT_EQ(admit(row_with(R"({"priority": -7})")).priority, -7);
    EXPECT_EQ(admit(row_with(R"({"priority": 5000})")).priority, 1000);
    for (std::string metadata : {R"({"priority": "7"})", R"({"priority": 1.5})", R"({"priority": null})",
                                 R"({"priority": 99999999999})", R"({"other": "priority"})", "priority"}) {
        EXPECT_EQ(admit(row_with(metadata)).priority, 0) << metadata;
    }
}

TEST_F(AdmissionTest, WithoutADefaultItGoesToTheFirst) { EXPECT_EQ(channel_of(row()), "sms"); }

TEST_F(AdmissionTest, ADisabledChannelHoldsWhatNamesItAndGetsNothingElse) {
    rules.channels[0].is_default = true;
    rules.channels[0].not_served = NotServed{"sms is disabled", false, true};
    EXPECT_EQ(channel_of(row_with(R"({"message_channel": "sms"})")), "left: sms is disabled");
    EXPECT_FALSE(leave(row_with(R"({"message_channel": "sms"})")).expected);
    EXPECT_EQ(channel_of(row()), "mail");
    for (Channel& each : rules.channels) each.not_served = rules.channels[0].not_served;
    EXPECT_EQ(channel_of(row()), "left: no channel is enabled");
}

TEST_F(AdmissionTest, WhatFallsToAChannelThatTheSiteServesIsLeftToIt) {
    rules.channels[1].is_default = true;
    rules.channels[1].not_served = NotServed{"mail is left to the site", true, false};
    EXPECT_EQ(channel_of(row()), "left: mail is left to the site");
    EXPECT_TRUE(leave(row()).expected);
    EXPECT_EQ(channel_of(row_with(R"({"message_channel": "push"})")), "push");
}

TEST_F(AdmissionTest, MediaThatNobodyCouldFetchAreNoReasonToGiveUp) {
    OutgoingMessage message = row();
    message.media_count = 1;
    EXPECT_EQ(channel_of(message), "sms");
    rules.media_holds = {{"sms", "no public_url"}};
    EXPECT_EQ(channel_of(message), "left: no public_url");
    EXPECT_FALSE(leave(message).expected);
    EXPECT_EQ(channel_of(row()), "sms");
}

TEST_F(AdmissionTest, WithAndWithoutTheChannelsPrefixItIsOneConversation) {
    rules.channels[0].prefix = "whatsapp";
    const Waiting bare = admit(row("+13125550101"));
    const Waiting prefixed = admit(row("whatsapp:+13125550101"));
    EXPECT_EQ(bare.conversation, prefixed.conversation);
    EXPECT_EQ(bare.destination, Address("+13125550101")) << "as the row has it";
}

TEST_F(AdmissionTest, HoweverANumberIsSpelledItIsOneConversation) {
    const Waiting plain = admit(row("+13125550123"));
    for (const char* spelled : {"+1 (312) 555-0123", "(312) 555-0123", "312.555.0123", "13125550123"}) {
        const Waiting same = admit(row(spelled));
        EXPECT_EQ(same.conversation, plain.conversation) << spelled;
        EXPECT_EQ(same.recipient, plain.recipient) << spelled;
        EXPECT_EQ(same.shard, plain.shard) << spelled;
        EXPECT_EQ(same.destination, Address(spelled)) << "the provider gets it as the row has it";
    }
    EXPECT_NE(admit(row("+13125550124")).conversation, plain.conversation);
    rules.channels[0].prefix = "whatsapp";
    const Waiting prefixed = admit(row("whatsapp:+1 312 555 0123"));
    EXPECT_EQ(prefixed.conversation, admit(row("+13125550123")).conversation);
}

TEST_F(AdmissionTest, ANumberWithoutACountryCodeIsReadByTheHabitsOfTheRegion) {
    rules.phone_region = "DE";
    EXPECT_EQ(admit(row("(0151) 12345678")).conversation, admit(row("+4915112345678")).conversation);
}

TEST_F(AdmissionTest, MetadataThatIsNoObjectNamesNoChannel) {
    for (std::string metadata : {"", "  ", "null", "[]", "\"mail\"", "{", "{'message_channel': 'mail'}",
                                 R"({"message_channel": null})", R"({"message_channel": ["mail"]})",
                                 R"({"other": {"message_channel": "mail"}})"}) {
        EXPECT_EQ(channel_of(row_with(metadata)), "sms") << metadata;
    }
}

TEST_F(AdmissionTest, OddMetadataStillNamesItsChannel) {
    EXPECT_EQ(channel_of(row_with(R"({"n": 1e400, "x": NaN, "message_channel": "ma\u0069l"})")), "mail");
}

TEST_F(AdmissionTest, WithoutAnyChannelItIsLeftAndAnOperatorIsTold) {
    rules.channels.clear();
    EXPECT_FALSE(leave(row()).expected);
}

TEST_F(AdmissionTest, AMessageWhoseAttemptIsOpenKeepsItsPlace) {
    OutgoingMessage message = row();
    message.attempt_open = true;
    EXPECT_TRUE(admit(message).message.attempt_open);
    message.doubt_since = TimePoint::min();
    EXPECT_TRUE(leave(std::move(message)).expected) << "in doubt for longer than order_hold";
}

TEST_F(AdmissionTest, AMessageThatHasExpiredIsRefusedBeforeItsFirstTry) {
    OutgoingMessage message = row();
    message.transmission_metadata = R"({"expires_at": "1971-01-01T00:00:00Z"})";
    EXPECT_THAT(admit(message).refusal.value_or("none"), HasSubstr("expires_at"));
    message.transmission_metadata = R"({"expires_at": "2971-01-01T00:00:00Z"})";
    EXPECT_EQ(admit(message).refusal, std::nullopt);
    message.transmission_metadata = R"({"expires_at": "soon"})";
    EXPECT_THAT(admit(message).refusal.value_or("none"), HasSubstr("no time"));
}

TEST_F(AdmissionTest, DialogsAreLeftToTheSite) {
    EXPECT_TRUE(leave(row("+13125550101", "dialog:welcome")).expected);
    EXPECT_TRUE(leave(row(box.seal("+13125550101"), box.seal("dialog:welcome"))).expected);
    EXPECT_EQ(channel_of(row("+13125550101", " dialog:welcome")), "sms");
    EXPECT_EQ(channel_of(row("+13125550101", "a dialog: no")), "sms");
}

TEST_F(AdmissionTest, ARouteWinsOverTheChannelAMessageNames) {
    rules.routes = {{"^\\+43", std::nullopt, "push"}};
    OutgoingMessage message = row_with(R"({"message_channel": "mail"})");
    message.destination = Address(" +436641 ");
    EXPECT_EQ(channel_of(std::move(message)), "push") << "and sees the destination without its white space";
    EXPECT_EQ(channel_of(row_with(R"({"message_channel": "mail"})")), "mail");
}

TEST_F(AdmissionTest, RoutesSeeWhatIsSealed) {
    rules.routes = {{"^\\+43$", "^Termin$", "push"}, {std::nullopt, "^survey:", std::nullopt}};
    EXPECT_EQ(channel_of(row(box.seal("+43"), box.seal("Termin"))), "push");
    const LeftAlone left = leave(row(box.seal("+13125550101"), box.seal("survey:1")));
    EXPECT_EQ(left.reason, "left to the site by route 2");
    EXPECT_TRUE(left.expected);
}

TEST_F(AdmissionTest, ARouteMaySendDialogs) {
    rules.routes = {{std::nullopt, "^dialog:", "push"}};
    EXPECT_EQ(channel_of(row("+13125550101", "dialog:welcome")), "push");
}

TEST_F(AdmissionTest, ARouteToNowhereIsNoReasonToGoAnotherWay) {
    rules.routes = {{std::nullopt, "hello", "gone"}};
    EXPECT_FALSE(leave(row()).expected);
}

TEST_F(AdmissionTest, NewRulesBringTheirRoutes) {
    Admission admission(rules, privacy);
    rules.routes = {{std::nullopt, "hello", std::nullopt}};
    admission.set_rules(rules);
    EXPECT_TRUE(std::holds_alternative<LeftAlone>(admission.admit(row(), noon, noon)));
}

TEST_F(AdmissionTest, WhatIsSealedIsOpened) {
    const Waiting waiting = admit(row(box.seal(" +13125550101\n"), box.seal("hello")));
    EXPECT_EQ(waiting.destination.reveal(), "+13125550101");
    EXPECT_EQ(waiting.refusal, std::nullopt);
    EXPECT_TRUE(SecretBox::is_sealed(waiting.message.destination.reveal()))
        << "the row stays as it is stored";
}

TEST_F(AdmissionTest, SealedAndPlainDestinationsAreOneConversation) {
    EXPECT_EQ(admit(row("+13125550101")).conversation, admit(row(box.seal("+13125550101"))).conversation);
}

TEST_F(AdmissionTest, WithoutAKeyWhatIsSealedIsLeftForTheOperator) {
    privacy = Privacy(std::nullopt, Secret("salt"));
    const LeftAlone left = leave(row(box.seal("+13125550101")));
    EXPECT_FALSE(left.expected);
    EXPECT_THAT(left.reason, HasSubstr("no encryption.secret_key"));
    EXPECT_EQ(channel_of(row()), "sms");
}

TEST_F(AdmissionTest, UntilTheKeyHasOpenedSomethingItIsTheKeyThatIsInQuestion) {
    const SecretBox other{Secret(std::string(32, 'x'))};
    const LeftAlone left = leave(row(other.seal("+13125550101")));
    EXPECT_FALSE(left.expected);
    EXPECT_THAT(left.reason, HasSubstr("is it the right key?"));
    admit(row(box.seal("+13125550101")));
    EXPECT_THAT(admit(row(other.seal("+13125550101"))).refusal.value_or(""), HasSubstr("damaged"));
    EXPECT_THAT(admit(row("+13125550101", "secret:damaged")).refusal.value_or(""), HasSubstr("damaged"));
}

TEST_F(AdmissionTest, WithAnAllowListNothingElseGoes) {
    rules.only_to = std::set<Address>{Address("+13125550101")};
    EXPECT_EQ(channel_of(row(" +13125550101 ")), "sms");
    EXPECT_EQ(channel_of(row(box.seal("+13125550101"))), "sms");
    EXPECT_TRUE(leave(row("+13125550102")).expected);
    rules.only_to = std::set<Address>{};
    EXPECT_TRUE(leave(row()).expected);
}

TEST_F(AdmissionTest, ANewRowSettlesUnlessItIsDeclaredComplete) {
    OutgoingMessage message = row();
    EXPECT_EQ(admit(message).not_before, noon);
    message.ready = false;
    EXPECT_EQ(admit(message).not_before, noon + 2s);
}

TEST_F(AdmissionTest, WhatIsGivenUpIsRefusedByName) {
    OutgoingMessage message = row();
    message.failed_attempts = 1;
    message.key.send_date = noon - 5h;
    EXPECT_THAT(admit(std::move(message)).refusal.value_or(""), HasSubstr("expired"));
}

TEST_F(AdmissionTest, AConversationIsADestinationOnAChannel) {
    const Waiting one = admit(row("+13125550101"));
    EXPECT_EQ(one.conversation, admit(row(" +13125550101")).conversation);
    EXPECT_NE(one.conversation, admit(row("+13125550102")).conversation);
    EXPECT_NE(one.conversation, admit(row_with(R"({"message_channel": "mail"})")).conversation);
    EXPECT_GE(one.shard, 0);
    EXPECT_LT(one.shard, 64);
}

TEST_F(AdmissionTest, WithoutOrderEachMessageIsItsOwnConversation) {
    rules.channels[0].ordering = Ordering::none;
    OutgoingMessage other = row();
    other.key.id = 2;
    EXPECT_NE(admit(row()).conversation, admit(std::move(other)).conversation);
}

}  // namespace
}  // namespace postrider
