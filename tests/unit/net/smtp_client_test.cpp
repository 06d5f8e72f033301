#include "lib/net/smtp_client.h"

#include "tests/support/loop_test.h"
#include "tests/support/smtp_imitation.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::SmtpBehaviour;
using testing::SmtpImitation;
using Stage = SmtpBehaviour::Stage;
using namespace std::chrono_literals;

struct SmtpClientTest : testing::LoopTest {
    ~SmtpClientTest() override { stop(); }

    SmtpRequest request() const {
        SmtpRequest request;
        request.host = "127.0.0.1";
        request.port = server->port();
        request.security = SmtpSecurity::none;
        request.ehlo_name = "sender.example.org";
        request.sender = "bounce@example.org";
        request.recipients = {"pat@example.net"};
        request.message = "Subject: hi\r\n\r\n.one dot\r\n..two\r\nend\r\n";
        return request;
    }
    SmtpRequest with_credentials(const char* password = "imitated-password") const {
        SmtpRequest mail = request();
        mail.credentials = BasicCredentials{"postrider", Secret(password)};
        return mail;
    }
    SmtpResult send(SmtpRequest mail, SendGate gate = {}) {
        return result_of(client->send(std::move(mail), std::move(gate)));
    }
    SmtpResult refused_at(Stage stage, std::string reply) {
        server->next(SmtpBehaviour::refuse(stage, std::move(reply)));
        return send(request());
    }

    std::unique_ptr<SmtpImitation> server = std::make_unique<SmtpImitation>();
    std::unique_ptr<SmtpClient> client = make_smtp_client(io.get_executor());
};

TEST_F(SmtpClientTest, AMessageArrivesByteForByteAndTheServersNameForItIsTold) {
    const SmtpResult result = send(request());
    EXPECT_EQ(result.exchange, Exchange::answered);
    EXPECT_EQ(result.code, 250);
    EXPECT_EQ(result.enhanced, "2.0.0");
    EXPECT_EQ(result.queue_id, "Q1");
    ASSERT_EQ(server->accepted().size(), 1u);
    const testing::Mail mail = server->accepted()[0];
    EXPECT_EQ(mail.content, request().message);
    EXPECT_EQ(mail.sender, "bounce@example.org");
    EXPECT_EQ(mail.recipients, std::vector<std::string>{"pat@example.net"});
    EXPECT_FALSE(mail.authenticated);
    EXPECT_EQ(server->protocol_faults(), 0);
}

TEST_F(SmtpClientTest, CredentialsAreUsed) {
    EXPECT_EQ(send(with_credentials()).code, 250);
    EXPECT_TRUE(server->accepted()[0].authenticated);
    EXPECT_EQ(send(with_credentials()).code, 250) << "over the same session";
    EXPECT_TRUE(server->accepted()[1].authenticated);
    EXPECT_EQ(server->sessions(), 1);
}

TEST_F(SmtpClientTest, AServerThatAsksForNoCredentialsGetsNothingFromWhoeverHasSome) {
    SmtpImitation::Settings settings;
    settings.offers_authentication = false;
    server = std::make_unique<SmtpImitation>(settings);
    const SmtpResult result = send(with_credentials());
    EXPECT_EQ(result.exchange, Exchange::not_sent);
    EXPECT_TRUE(result.no_authentication);
    EXPECT_FALSE(result.gate_refused);
    EXPECT_THAT(server->accepted(), IsEmpty());
}

TEST_F(SmtpClientTest, WrongCredentialsAreToldByTheirCode) {
    const SmtpResult result = send(with_credentials("wrong"));
    EXPECT_EQ(result.exchange, Exchange::not_sent);
    EXPECT_EQ(result.code, 535);
    EXPECT_EQ(result.enhanced, "5.7.8");
    EXPECT_EQ(result.stage, SmtpStage::session);
}

TEST_F(SmtpClientTest, ARefusalIsToldByItsCodeAtEveryStage) {
    EXPECT_EQ(refused_at(Stage::greeting, "554 5.3.2 closed").code, 554);
    EXPECT_EQ(refused_at(Stage::mail, "530 5.7.0 not you").code, 530);
    const SmtpResult rcpt = refused_at(Stage::rcpt, "550 5.1.1 no pat@example.net here");
    EXPECT_EQ(rcpt.code, 550);
    EXPECT_EQ(rcpt.enhanced, "5.1.1");
    EXPECT_EQ(rcpt.exchange, Exchange::not_sent);
    EXPECT_EQ(rcpt.stage, SmtpStage::envelope);
    EXPECT_THAT(rcpt.error, Not(HasSubstr("pat")));
    EXPECT_EQ(refused_at(Stage::data, "451 4.3.0 later").code, 451);
    EXPECT_EQ(server->quits(), 0) << "nobody waits for the answer";
    const SmtpResult end = refused_at(Stage::end, "554 5.7.1 spam");
    EXPECT_EQ(end.code, 554);
    EXPECT_EQ(end.exchange, Exchange::answered);
    EXPECT_EQ(end.stage, SmtpStage::message);
    EXPECT_THAT(server->accepted(), IsEmpty());
}

TEST_F(SmtpClientTest, AnAnswerThatIsLostAfterTheEndOfTheMessageIsUnknown) {
    server->next(SmtpBehaviour::lose_answer(true));
    EXPECT_EQ(send(request()).exchange, Exchange::unknown);
    EXPECT_EQ(server->accepted().size(), 1u);
}

TEST_F(SmtpClientTest, AServerThatDoesNotAnswerTheEndOfTheMessageInTimeIsUnknown) {
    SmtpBehaviour hangs;
    hangs.hangs = true;
    server->next(hangs);
    SmtpRequest mail = request();
    mail.timeout = 300ms;
    EXPECT_EQ(send(std::move(mail)).exchange, Exchange::unknown);
}

TEST_F(SmtpClientTest, AServerThatGoesBeforeTheMessageHasGotNothing) {
    for (const Stage stage : {Stage::greeting, Stage::mail, Stage::rcpt, Stage::data}) {
        SmtpBehaviour closes;
        closes.stage = stage;
        closes.closes = true;
        server->next(closes);
        EXPECT_EQ(send(request()).exchange, Exchange::not_sent) << static_cast<int>(stage);
    }
}

TEST_F(SmtpClientTest, TheGateIsAskedOnceAndWhenTheServerWaitsForTheMessage) {
    int asked = 0;
    std::size_t tried = 0;
    SendGate gate = [&] {
        ++asked;
        tried = server->tried();
        return false;
    };
    const SmtpResult result = send(request(), gate);
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(tried, 1u);
    EXPECT_TRUE(result.gate_refused);
    EXPECT_EQ(result.exchange, Exchange::not_sent);
    EXPECT_THAT(server->accepted(), IsEmpty());
    EXPECT_EQ(send(request()).code, 250) << "and the next message goes";
}

TEST_F(SmtpClientTest, ASessionThatHasCarriedAllItMayIsFollowedByAnother) {
    SmtpClientLimits limits;
    limits.session_messages_max = 2;
    client = make_smtp_client(io.get_executor(), limits);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(send(request()).code, 250);
    EXPECT_EQ(server->sessions(), 3);
}

TEST_F(SmtpClientTest, AnAddressThatWouldBeACommandGoesNowhere) {
    SmtpRequest mail = request();
    mail.recipients = {"b@x.org>\r\nRCPT TO:<evil@x.org"};
    const SmtpResult result = send(std::move(mail));
    EXPECT_EQ(result.exchange, Exchange::not_sent);
    EXPECT_EQ(server->sessions(), 0);
}

TEST_F(SmtpClientTest, WithoutTlsOnOfferNothingIsSentToWhoeverMustHaveIt) {
    SmtpRequest mail = with_credentials();
    mail.security = SmtpSecurity::starttls;
    const SmtpResult result = send(std::move(mail));
    EXPECT_EQ(result.exchange, Exchange::not_sent);
    EXPECT_TRUE(result.no_tls);
    EXPECT_EQ(server->tried(), 0u);
}

TEST_F(SmtpClientTest, ASessionWithoutTlsIsNoneForWhoeverMustHaveIt) {
    EXPECT_EQ(send(request()).code, 250);
    SmtpRequest mail = request();
    mail.security = SmtpSecurity::starttls;
    EXPECT_TRUE(send(std::move(mail)).no_tls);
    EXPECT_EQ(server->accepted().size(), 1u);
}

TEST_F(SmtpClientTest, ASessionServesNoOtherCredentials) {
    EXPECT_EQ(send(with_credentials()).code, 250);
    EXPECT_EQ(send(request()).code, 250);
    EXPECT_FALSE(server->accepted().at(1).authenticated);
}

TEST_F(SmtpClientTest, WhatIsCancelledBeforeTheServerWaitsForItIsNeitherAskedForNorSent) {
    SmtpBehaviour holds;
    holds.stage = Stage::data;
    holds.holds = true;
    server->next(holds);
    int asked = 0;
    SendGate gate = [&asked] { return ++asked > 0; };
    std::optional<SmtpResult> result;
    group.spawn("send", keep(client->send(request(), gate), result));
    ASSERT_TRUE(run_until([&] { return server->tried() == 1; }));
    stop();
    server->release();
    ASSERT_TRUE(run_until([&] { return server->open_sessions() == 0; }));
    EXPECT_EQ(asked, 0);
    EXPECT_FALSE(result);
    EXPECT_THAT(server->accepted(), IsEmpty());
}

TEST_F(SmtpClientTest, CancelledItLeavesNothingRunning) {
    SmtpBehaviour hangs;
    hangs.hangs = true;
    server->by_default(hangs);
    std::optional<SmtpResult> result;
    group.spawn("send", keep(client->send(request()), result));
    ASSERT_TRUE(run_until([&] { return server->tried() == 1; }));
    stop();
    EXPECT_FALSE(result);
}

TEST_F(SmtpClientTest, WhileAServerTakesItsTimeTheLoopGoesOn) {
    SmtpBehaviour hangs;
    hangs.hangs = true;
    server->next(hangs);
    std::optional<SmtpResult> result;
    group.spawn("send", keep(client->send(request()), result));
    ASSERT_TRUE(run_until([&] { return server->accepted().size() == 1; }));
    EXPECT_EQ(send(request()).code, 250);
    EXPECT_FALSE(result);
}

TEST_F(SmtpClientTest, AServerThatIsNotThereIsNotSent) {
    SmtpRequest mail = request();
    server.reset();
    const SmtpResult result = send(std::move(mail));
    EXPECT_EQ(result.exchange, Exchange::not_sent);
    EXPECT_EQ(result.code, 0);
    EXPECT_EQ(result.stage, SmtpStage::session);
}

}  // namespace
}  // namespace postrider
