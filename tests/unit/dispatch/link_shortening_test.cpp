#include "lib/dispatch/link_shortening.h"

#include "lib/dispatch/preparer.h"
#include "tests/support/clock_test.h"
#include "tests/support/scripted_shortener.h"
#include "tests/support/scripted_transport.h"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const Secret key(std::string(32, 'k'));

struct LinkShorteningTest : testing::ClockTest {
    LinkShorteningTest() {
        auto one = std::make_unique<testing::ScriptedShortener>(io.get_executor());
        auto two = std::make_unique<testing::ScriptedShortener>(io.get_executor());
        first = one.get();
        second = two.get();
        std::vector<std::unique_ptr<LinkShortener>> services;
        services.push_back(std::move(one));
        services.push_back(std::move(two));
        links = std::make_unique<LinkShortening>(clock, std::move(services));
        preparer = std::make_unique<Preparer>(privacy, nullptr, links.get());
    }
    ~LinkShorteningTest() override { stop(); }

    static Waiting message(std::string text, std::string metadata = "{}") {
        Waiting waiting;
        waiting.destination = Address("+13125550101");
        waiting.message.key.id = 7;
        waiting.message.destination = waiting.destination;
        waiting.message.text = Text(std::move(text));
        waiting.message.transmission_metadata = std::move(metadata);
        return waiting;
    }
    Task<> keep_prepared(Waiting waiting) {
        prepared = co_await preparer->prepare(std::move(waiting), channel, transport, clock.now());
    }
    void prepare(Waiting waiting) {
        prepared.reset();
        group.spawn("prepare", keep_prepared(std::move(waiting)));
        settle();
    }
    std::string text() const { return prepared ? prepared->request.text.reveal() : "not yet"; }

    testing::ScriptedShortener* first = nullptr;
    testing::ScriptedShortener* second = nullptr;
    Privacy privacy{key, Secret("salt")};
    std::unique_ptr<LinkShortening> links;
    std::unique_ptr<Preparer> preparer;
    Channel channel;
    testing::ScriptedTransport transport{io.get_executor()};
    std::optional<Prepared> prepared;
};

TEST_F(LinkShorteningTest, ALinkIsSentShortAndTheRowSaysSo) {
    prepare(message("Go to https://x.org/long."));
    EXPECT_EQ(text(), "Go to https://s/1.");
    ASSERT_TRUE(prepared->row.message);
    EXPECT_EQ(prepared->row.message->reveal(), "Go to https://s/1.");
    EXPECT_THAT(prepared->short_links, ElementsAre(std::pair("https://x.org/long", "https://s/1")));
    EXPECT_THAT(second->asked, IsEmpty());
}

TEST_F(LinkShorteningTest, WhatATemplateMadeIsShortenedToo) {
    prepare(message("{{ where }}", R"({"where": "https://x.org/long"})"));
    EXPECT_EQ(text(), "https://s/1");
    EXPECT_TRUE(privacy.is_marked(Text("https://s/1"), prepared->row.rendered));
}

TEST_F(LinkShorteningTest, AShortLinkStaysAndATextWithoutLinksAsksNobody) {
    prepare(message("https://s/9 and nothing else"));
    EXPECT_EQ(text(), "https://s/9 and nothing else");
    EXPECT_FALSE(prepared->row.message);
    EXPECT_THAT(first->asked, IsEmpty());
}

TEST_F(LinkShorteningTest, TheServiceLearnsOfWhichMessageALinkIsAndNoSecrets) {
    prepare(message("https://x.org/long", R"({"study": 1, "root_auth_token": "x", "destination": "a:+1"})"));
    EXPECT_EQ(first->last_about.at("simple_messaging.OutgoingMessage").as_string(), "postrider:7");
    EXPECT_EQ(first->last_about.at("study").as_int64(), 1);
    EXPECT_EQ(first->last_about.size(), 2u);
}

TEST_F(LinkShorteningTest, ALaterTrySaysTheSame) {
    prepare(message("https://x.org/long"));
    const Waiting again = prepared->waiting;
    prepare(again);
    EXPECT_EQ(text(), "https://s/1");
    EXPECT_THAT(first->asked, SizeIs(1));
}

TEST_F(LinkShorteningTest, OfAnEncryptedTextTheLinksAreEncryptedTooAndALaterTrySaysTheSame) {
    prepare(message(SecretBox(key).seal("https://x.org/long")));
    const Waiting again = prepared->waiting;
    const std::string metadata = again.message.transmission_metadata.value_or("");
    EXPECT_THAT(metadata, HasSubstr(R"("postrider_links": "secret:)"));
    EXPECT_THAT(metadata, Not(HasSubstr("x.org")));
    EXPECT_THAT(metadata, Not(HasSubstr("url_mappings")));
    EXPECT_THAT(boost::json::serialize(prepared->links_metadata), Not(HasSubstr("x.org")));
    prepare(again);
    EXPECT_EQ(text(), "https://s/1");
    EXPECT_THAT(first->asked, SizeIs(1));
}

TEST_F(LinkShorteningTest, SoAreThoseOfAnyTextWhereTextsAreEncrypted) {
    Privacy sealing{EncryptionSettings{.secret_key = key, .encrypt_text = true}, Secret("salt")};
    preparer = std::make_unique<Preparer>(sealing, nullptr, links.get());
    prepare(message("https://x.org/long"));
    EXPECT_TRUE(prepared->links_metadata.contains("postrider_links"));
    EXPECT_FALSE(prepared->links_metadata.contains("url_mappings"));
}

TEST_F(LinkShorteningTest, OthersStandThereAsTheDjangoPackageHasThem) {
    prepare(message("https://x.org/long", R"({"postrider_links": "secret:AAAA"})"));
    EXPECT_EQ(boost::json::serialize(prepared->links_metadata),
              R"({"url_mappings":{"https://x.org/long":"https://s/1"}})");
    EXPECT_FALSE(first->last_about.contains("postrider_links"));
}

TEST_F(LinkShorteningTest, ALaterPartSaysWhatTheFirstSaidAlsoWhileNobodyCanShorten) {
    first->fails = second->fails = true;
    Waiting waiting = message("https://x.org/long");
    waiting.message.part_metadata = R"({"url_mappings": {"https://x.org/long": "https://s/1"}})";
    prepare(waiting);
    EXPECT_EQ(text(), "https://s/1");
    EXPECT_THAT(first->asked, IsEmpty());
}

TEST_F(LinkShorteningTest, AServiceThatFailsRestsAndTheNextIsAsked) {
    first->fails = true;
    prepare(message("https://x.org/a https://x.org/b"));
    EXPECT_EQ(text(), "https://s/1 https://s/2");
    EXPECT_THAT(first->asked, SizeIs(1));
    pass(LinkShortening::rest);
    prepare(message("https://x.org/c"));
    EXPECT_THAT(first->asked, SizeIs(2));
}

TEST_F(LinkShorteningTest, WhereNobodyAnswersInTimeTheLongLinkGoes) {
    first->gate.close();
    second->fails = true;
    prepare(message("https://x.org/long"));
    pass(LinkShortening::answer_max - 1ms);
    EXPECT_EQ(text(), "not yet");
    pass(1ms);
    EXPECT_EQ(text(), "https://x.org/long");
    EXPECT_FALSE(prepared->row.message);
    prepare(message("https://x.org/long"));
    EXPECT_EQ(text(), "https://x.org/long") << "both rest";
    EXPECT_THAT(first->asked, SizeIs(1));
}

TEST_F(LinkShorteningTest, AStaleSaveOfWhatWasSentIsKnownAgainAlsoWhileNobodyCanShorten) {
    prepare(message("https://x.org/long"));
    JournaledEnd end;
    end.attempt_id = 5;
    end.content_hash = prepared->content_hash;
    end.send_date = prepared->waiting.message.key.send_date;
    end.metadata = "{}";
    first->fails = second->fails = true;
    Waiting stale = message("https://x.org/long");
    stale.message.journaled_end = end;
    prepare(stale);
    EXPECT_TRUE(prepared->foregone) << "sent a second time";
    stale.message.journaled_end->metadata = R"({"url_mappings": {"https://x.org/long": "https://s/1"}})";
    prepare(stale);
    EXPECT_TRUE(prepared->foregone);
    stale.message.journaled_end->send_date += 1h;
    prepare(stale);
    EXPECT_FALSE(prepared->foregone) << "another message under an old id";
}

TEST_F(LinkShorteningTest, OnlyAMessageThatMayHaveLinksMayTakeLong) {
    EXPECT_TRUE(preparer->may_take_long(message("https://x.org/long")));
    EXPECT_TRUE(preparer->may_take_long(message("{{ where }}")));
    EXPECT_TRUE(preparer->may_take_long(message(SecretBox(key).seal("https://x.org/long"))));
    EXPECT_FALSE(preparer->may_take_long(message("hello")));
    EXPECT_FALSE(Preparer(privacy).may_take_long(message("https://x.org/long")));
}

}  // namespace
}  // namespace postrider
