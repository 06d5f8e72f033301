#include "lib/inbound/webhook_intake.h"

#include "tests/support/clock_test.h"
#include "tests/support/fixed_random.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Kind = WebhookReading::Kind;

class KeepingStore final : public InboxStore {
public:
    Task<std::vector<KeptEntry>> store(std::vector<InboxEntry> entries) override {
        if (away) throw std::runtime_error("away");
        if (refuses) throw EntriesRefused("a constraint");
        std::vector<KeptEntry> kept;
        for (InboxEntry& each : entries) {
            kept.push_back({new_to_us, each.message ? each.message->replies : std::vector<std::string>()});
            if (each.message && each.message->awaits_reply) kept.back().unanswered = 17;
            stored.push_back(std::move(each));
        }
        co_return kept;
    }
    void set_forwards(ForwardTargets) override {}
    Task<std::vector<std::string>> read_blocked_senders() override { co_return blocked; }
    Task<AppliedReports> apply_reports(std::size_t) override { co_return AppliedReports(); }

    std::vector<InboxEntry> stored;
    std::vector<std::string> blocked;
    bool away = false;
    bool refuses = false;
    bool new_to_us = true;
};

/// Says what it was told to.
struct ScriptedReceiver final : Receiver {
    WebhookReading read(const Webhook&, const Sealer&) const override { return reading; }
    ServerAnswer answer(const WebhookReading&, const std::vector<std::string>& replies) const override {
        ServerAnswer answer;
        answer.body = "answer:";
        for (const std::string& each : replies) answer.body += each;
        return answer;
    }
    std::size_t reply_characters_max() const override { return characters_max; }
    WebhookReading reading;
    std::size_t characters_max = 0;
};

struct WebhookIntakeTest : ClockTest {
    WebhookIntakeTest() {
        group.spawn("inbox", inbox.run());
        group.spawn("blocked", blocked.run());
        settle();
    }
    ~WebhookIntakeTest() override { stop(); }

    static WebhookReading message(const std::string& text, const std::string& from = "+17735550123") {
        WebhookReading reading{.kind = Kind::received};
        IncomingMessage message;
        message.provider_id = "P1";
        message.sender = Address(from);
        message.recipient = Address("+13125550100");
        message.text = Text(text);
        reading.messages.push_back(std::move(message));
        return reading;
    }
    /// A channel whose receiver says this of whatever comes.
    void add(const std::string& name, WebhookReading reading, bool is_default = false) {
        auto receiver = std::make_shared<ScriptedReceiver>();
        receiver->reading = std::move(reading);
        channels.push_back({.name = name,
                            .transport = "test",
                            .is_default = is_default,
                            .replies = Replies(std::map<std::string, std::string>{{"*", "reply"}}),
                            .receiver = std::move(receiver)});
        intake.set_channels(channels);
    }
    ServerAnswer answer(std::optional<std::string> channel = std::nullopt) {
        return result_of(intake.answer(Webhook{}, std::move(channel)));
    }
    /// What is counted of channel `sms`.
    std::string counted(const std::string& kind, const std::string& result) {
        const std::string text = metrics.text({});
        const std::string wanted =
            "postrider_webhooks_total{channel=\"sms\",kind=\"" + kind + "\",result=\"" + result + "\"} ";
        const auto at = text.find(wanted);
        return at == std::string::npos
                   ? "none"
                   : text.substr(at + wanted.size(), text.find('\n', at) - at - wanted.size());
    }
    std::vector<std::string> channels_of_stored() const {
        std::vector<std::string> names;
        for (const InboxEntry& each : store.stored) names.push_back(each.channel);
        return names;
    }

    KeepingStore store;
    Privacy privacy{std::nullopt, Secret("salt")};
    FixedRandom random;
    ReplyDesk replies{io.get_executor(), clock};
    Inbox inbox{io.get_executor(), clock, store, nullptr, nullptr};
    BlockedSenders blocked{io.get_executor(), clock, store, privacy, "US"};
    std::vector<std::string> kept_for;
    bool disk_is_full = false;
    Metrics metrics;
    WebhookIntake intake{
        {clock, privacy, inbox, blocked, random, replies, "US",
         [this](std::string message, std::vector<AttachedFile> files) -> Task<std::vector<IncomingMedium>> {
             if (disk_is_full) throw std::runtime_error("no space left");
             kept_for.push_back(message);
             std::vector<IncomingMedium> kept;
             for (const AttachedFile& each : files)
                 kept.push_back({each.url, each.content_type, "kept/" + each.name});
             co_return kept;
         },
         &metrics}};
    std::vector<InboundChannel> channels;
};

TEST_F(WebhookIntakeTest, OfSeveralChannelsItIsTheLastWhoseNumberIsAddressed) {
    WebhookReading ours = message("hi");
    ours.names_us = true;
    add("first", message("hi"));
    add("default", message("hi"), true);
    add("ours", ours);
    add("ours too", ours);
    add("last", message("hi"));
    answer();
    EXPECT_THAT(channels_of_stored(), ElementsAre("ours too"));
}

TEST_F(WebhookIntakeTest, ElseTheDefaultOneElseTheFirst) {
    add("first", message("hi"));
    add("second", message("hi"));
    answer();
    add("default", message("hi"), true);
    answer();
    answer("second");
    EXPECT_THAT(channels_of_stored(), ElementsAre("first", "default", "second"));
}

TEST_F(WebhookIntakeTest, OneThatCanProveItComesBeforeOneThatRefuses) {
    add("refuses", WebhookReading::refused("no signature"), true);
    add("proves", message("hi"));
    EXPECT_EQ(answer().status, 200);
    EXPECT_THAT(channels_of_stored(), ElementsAre("proves"));
    const ServerAnswer refused = answer("refuses");
    EXPECT_EQ(refused.status, 403);
    EXPECT_TRUE(refused.refused);
    EXPECT_THAT(refused.body, HasSubstr("no signature"));
    EXPECT_EQ(answer("nobody").status, 404);
}

TEST_F(WebhookIntakeTest, WhereOnlyRefusedOnesComeTheStatusWarnsUntilOneIsProved) {
    add("sms", WebhookReading::refused("its signature is wrong"));
    EXPECT_EQ(intake.check().health, Health::ok);
    answer();
    EXPECT_EQ(intake.check().health, Health::warning);
    EXPECT_THAT(intake.check().text, HasSubstr("channel sms"));
    EXPECT_THAT(intake.check().text, HasSubstr("its signature is wrong"));
    pass(std::chrono::seconds{1});
    channels.clear();
    add("sms", message("hi"));
    answer();
    EXPECT_EQ(intake.check().health, Health::ok);
}

TEST_F(WebhookIntakeTest, ARefusalOfLongAgoWorriesNobody) {
    add("sms", WebhookReading::refused("its signature is wrong"));
    answer();
    pass(std::chrono::minutes{61});
    EXPECT_EQ(intake.check().health, Health::ok);
}

TEST_F(WebhookIntakeTest, WhatCannotBeKeptIsPutOff) {
    add("sms", message("hi"));
    store.away = true;
    const ServerAnswer later = answer();
    EXPECT_EQ(later.status, 503);
    EXPECT_FALSE(later.refused) << "it is no fault of its sender";
    EXPECT_THAT(later.headers, SizeIs(1));
}

TEST_F(WebhookIntakeTest, WhatTheDatabaseRefusesIsToldFromWhatCannotBeKeptNow) {
    add("sms", message("hi"));
    store.refuses = true;
    const WebhookIntake::Taken taken = result_of(intake.take(channels[0], message("hi")));
    EXPECT_TRUE(taken.refused);
    EXPECT_FALSE(taken.safe);
    EXPECT_EQ(answer().status, 503);
}

TEST_F(WebhookIntakeTest, FilesAreKeptBeforeTheirRowsUnderTheNameThatTheMessageHas) {
    WebhookReading with_file = message("look");
    with_file.messages[0].provider_id.clear();
    with_file.messages[0].files.push_back({"cat.png", "image/png", "bytes", "loopback://cat.png"});
    add("sms", with_file);
    EXPECT_EQ(answer().status, 200);
    ASSERT_THAT(kept_for, SizeIs(1));
    EXPECT_EQ(store.stored.at(0).event_key, kept_for[0]);
    EXPECT_THAT(store.stored[0].message->media,
                ElementsAre(IncomingMedium{"loopback://cat.png", "image/png", "kept/cat.png"}));
    disk_is_full = true;
    EXPECT_EQ(answer().status, 503);
    EXPECT_THAT(store.stored, SizeIs(1));
}

TEST_F(WebhookIntakeTest, OfMessagesThatWillHaveNoRowNoFileIsKept) {
    WebhookReading with_file = message("look", std::string(300, '7'));
    with_file.messages[0].files.push_back({"cat.png", "image/png", "bytes"});
    add("sms", with_file);
    EXPECT_EQ(answer().status, 400);
    EXPECT_THAT(kept_for, SizeIs(0));
}

TEST_F(WebhookIntakeTest, WhoSaysStopIsSuppressedAndHasNoGeneralAnswer) {
    add("sms", message("Stop. Thank you"));
    EXPECT_EQ(answer().body, "answer:");
    ASSERT_TRUE(store.stored.at(0).suppression);
    const SuppressionChange& stop = *store.stored[0].suppression;
    EXPECT_TRUE(stop.suppressed);
    EXPECT_EQ(stop.channel, "sms");
    add("again", message("START"));
    answer("again");
    EXPECT_FALSE(store.stored.at(1).suppression->suppressed);
    EXPECT_EQ(store.stored[1].suppression->recipient, stop.recipient);
}

TEST_F(WebhookIntakeTest, WhereOptOutIsOffTheApplicationSeesToIt) {
    add("sms", message("STOP"));
    channels[0].opt_out = OptOutScope::off;
    intake.set_channels(channels);
    EXPECT_EQ(answer().body, "answer:reply");
    EXPECT_FALSE(store.stored.at(0).suppression);
    channels[0].opt_out = OptOutScope::all;
    intake.set_channels(channels);
    answer();
    EXPECT_EQ(store.stored.at(1).suppression->channel, "");
}

TEST_F(WebhookIntakeTest, BlockedSendersAreKnownHoweverTheyAreWritten) {
    store.blocked = {" (773) 555-0123 "};
    pass(std::chrono::seconds{3});
    add("sms", message("let me in"));
    EXPECT_EQ(answer().body, "answer:");
    EXPECT_TRUE(store.stored.empty());
}

TEST_F(WebhookIntakeTest, AnAddressWithoutRoomInItsRowIsRefusedInWords) {
    add("sms", message("hi", std::string(300, '7')));
    EXPECT_EQ(answer().status, 400);
    EXPECT_TRUE(store.stored.empty());
}

TEST_F(WebhookIntakeTest, WhatHasNoNameOfItsOwnGetsOne) {
    WebhookReading nameless = message("hi");
    nameless.messages[0].provider_id.clear();
    add("sms", nameless);
    answer();
    EXPECT_FALSE(store.stored.at(0).event_key.empty());
}

TEST_F(WebhookIntakeTest, AFileWhoseAddressFitsInNoRowKeepsItsPlaceAndSaysWhyItIsNotThere) {
    WebhookReading reading = message("look");
    reading.messages[0].media = {{"https://x.example/" + std::string(1100, 'a'), "image/png"},
                                 {"https://x.example/b", std::string(200, 'x')}};
    add("sms", reading);
    EXPECT_EQ(answer().status, 200);
    ASSERT_THAT(store.stored, SizeIs(1));
    const InboxMessage& row = *store.stored[0].message;
    EXPECT_THAT(row.media, ElementsAre(IncomingMedium{"", "image/png", "", "its address is too long"},
                                       IncomingMedium{"https://x.example/b", "application/octet-stream"}));
    EXPECT_THAT(row.metadata, HasSubstr(R"("media_errors":[{"index":0,"error":"its address is too long"}])"));
}

/// An application may reply to what comes by channel "sms".
struct WebhookReplyTest : WebhookIntakeTest {
    WebhookReplyTest() { replies.set_patience(std::chrono::seconds{5}); }
    ~WebhookReplyTest() override { stop(); }

    void comes(const std::string& text, std::size_t characters_max = 1600) {
        auto receiver = std::make_shared<ScriptedReceiver>();
        receiver->reading = message(text);
        receiver->characters_max = characters_max;
        channels.push_back({.name = "sms",
                            .transport = "test",
                            .replies = Replies(std::map<std::string, std::string>{{"hi", "by keyword,"}}),
                            .receiver = std::move(receiver)});
        intake.set_channels(channels);
        group.spawn("webhook", keep(intake.answer(Webhook{}, std::nullopt), answered));
        settle();
    }
    std::optional<ServerAnswer> answered;
};

TEST_F(WebhookReplyTest, ItWaitsForWhatTheApplicationSaysAfterWhatItsKeywordIsAnsweredWith) {
    comes("hi");
    ASSERT_FALSE(answered);
    EXPECT_TRUE(replies.claim(17, 5));
    EXPECT_TRUE(replies.hand(17, {"said", "twice"}));
    settle();
    ASSERT_TRUE(answered);
    EXPECT_EQ(answered->body, "answer:by keyword,saidtwice");
    EXPECT_FALSE(replies.hand(17, {"again"}));
}

TEST_F(WebhookReplyTest, WhatCameTooLateIsNotInItsAnswer) {
    comes("hi");
    pass(std::chrono::seconds{5});
    ASSERT_TRUE(answered);
    EXPECT_EQ(answered->body, "answer:by keyword,");
}

TEST_F(WebhookReplyTest, WhatIsSealedIsOpenedForTheAnswer) {
    EncryptionSettings settings;
    settings.secret_key = Secret(std::string(32, 'k'));
    settings.encrypt_text = true;
    privacy = Privacy(settings, Secret("salt"));
    comes("hello");
    replies.claim(17, 5);
    replies.hand(17, {privacy.seal("said")});
    settle();
    ASSERT_TRUE(answered);
    EXPECT_EQ(answered->body, "answer:said");
}

TEST_F(WebhookReplyTest, AReplayThatHearsNothingFindsWhatWasSaidElsewhere) {
    store.new_to_us = false;
    comes("hi");
    ASSERT_FALSE(answered);
    pass(std::chrono::seconds{5});
    ASSERT_TRUE(answered);
    EXPECT_THAT(store.stored, SizeIs(2)) << "looked up again";
}

TEST_F(WebhookReplyTest, WhereNoAnswerCarriesTextsItDoesNotWait) {
    comes("hello", 0);
    EXPECT_TRUE(answered);
}

TEST_F(WebhookReplyTest, WhoSaysStopIsNotWaitedFor) {
    comes("STOP");
    EXPECT_TRUE(answered);
}

TEST_F(WebhookIntakeTest, WhatBecameOfEachIsCounted) {
    add("sms", message("hi"));
    EXPECT_EQ(counted("message", "stored"), "0") << "an alert on an increase needs what it increased from";
    answer("sms");
    store.new_to_us = false;
    answer("sms");
    answer("sms");
    store.away = true;
    answer("sms");
    EXPECT_EQ(counted("message", "stored"), "1");
    EXPECT_EQ(counted("message", "duplicate"), "2");
    EXPECT_EQ(counted("message", "put_off"), "1");
}

TEST_F(WebhookIntakeTest, WhatIsRefusedOrNotUnderstoodIsCountedToo) {
    add("sms", WebhookReading{.kind = Kind::refused, .reason = "its signature is wrong"});
    answer("sms");
    EXPECT_EQ(counted("unknown", "refused"), "1");
    channels.clear();
    add("sms", WebhookReading{.kind = Kind::broken, .reason = "no form"});
    answer("sms");
    EXPECT_EQ(counted("unknown", "broken"), "1");
}

}  // namespace
}  // namespace postrider::testing
