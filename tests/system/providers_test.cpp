// All providers at once, each failing now and then in its own manner: what the rows say is what they have.
#include "tests/support/azure_imitation.h"
#include "tests/support/server_thread.h"
#include "tests/support/smtp_imitation.h"
#include "tests/system/daemon_process.h"
#include "tests/system/system_test.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>
#include <mutex>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;

constexpr int each = 1000;
constexpr int failures = each / 10;

/// Knows by its id what comes again, and fails one of ten.
class Receiver {
public:
    std::string url() const { return server_.url() + "/hook"; }
    std::size_t processed() const {
        const std::lock_guard lock(mutex_);
        return processed_.size();
    }
    int failed() const {
        const std::lock_guard lock(mutex_);
        return failed_;
    }

private:
    Task<ServerAnswer> receive(ServerRequest request) {
        const std::lock_guard lock(mutex_);
        ServerAnswer answer;
        if (failed_ < failures && ++received_ % 10 == 0) {
            ++failed_;
            answer.status = 500;
        } else {
            ++processed_[std::string(request.header("webhook-id"))];
        }
        co_return answer;
    }

    mutable std::mutex mutex_;
    std::map<std::string, int> processed_;
    int received_ = 0;
    int failed_ = 0;
    ServerThread server_{[this](ServerRequest request) { return receive(std::move(request)); }};
};

class Providers : public SystemTest {
protected:
    std::string config() {
        return configuration(
            site.url(),
            twilio_channel(twilio.base_url(), "    concurrency: 32\n") +
                fmt::format("  - name: azure\n    transport: azure\n    endpoint: {}\n    access_key: {}\n"
                            "    from: \"+18335550100\"\n    concurrency: 32\n",
                            azure.url(), azure.settings().access_key) +
                fmt::format("  - name: mail\n    transport: email\n    smtp_url: smtp://127.0.0.1:{}\n"
                            "    starttls: none\n    from: bot@example.org\n    concurrency: 32\n",
                            mail.port()) +
                fmt::format("  - name: hook\n    transport: webhook\n    url: {}\n    allow_private: true\n"
                            "    secret: whsec_aEpfk2t4T+F6958AVNDdcrS2gYvuJKxG\n    concurrency: 32\n",
                            receiver.url()));
    }
    void insert_for(const std::string& channel, const std::string& to) {
        std::vector<NewRow> rows;
        for (int i = 0; i < each; ++i) {
            rows.push_back({.destination = fmt::format(fmt::runtime(to), i),
                            .message = fmt::format("{} {}", channel, i),
                            .transmission_metadata = fmt::format(R"({{"message_channel": "{}"}})", channel)});
        }
        site.insert_all(rows);
    }
    long long count(const std::string& channel, const std::string& condition) {
        return site.number(fmt::format(
            "select count(*) from simple_messaging_outgoingmessage where message like '{} %' and {}", channel,
            condition));
    }

    AzureImitation azure;
    SmtpImitation mail;
    Receiver receiver;
};

TEST_F(Providers, AllAtOnceAndEachFailingInItsMannerTheManifestBalances) {
    for (int i = 0; i < failures; ++i) {
        for (int good = 0; good < 9; ++good) {
            twilio.next({});
            azure.next({});
            mail.next({});
        }
        twilio.next(TwilioBehaviour::refuse(400, 21211, "The 'To' number is not valid"));
        azure.next(AzureBehaviour::refuse_item(503, "ServiceUnavailable"));
        mail.next(SmtpBehaviour::refuse(SmtpBehaviour::Stage::rcpt, "550 5.1.1 unknown"));
    }
    DaemonProcess daemon(config());
    insert_for("sms", "+1312555{:04}");
    insert_for("azure", "+1425555{:04}");
    insert_for("mail", "p{:04}@example.net");
    insert_for("hook", "w{:04}");
    ASSERT_TRUE(eventually(
        [&] {
            return site.number(
                       "select count(*) from simple_messaging_outgoingmessage "
                       "where sent_date is null and not errored") == 0;
        },
        120s))
        << daemon.log();
    // Refused for good by Twilio and the mail server; Azure and the receiver wanted to be asked again.
    EXPECT_EQ(count("sms", "errored"), failures);
    EXPECT_EQ(count("sms", "not errored"), each - failures);
    EXPECT_EQ(twilio.accepted_count(), static_cast<std::size_t>(each - failures));
    EXPECT_EQ(count("mail", "errored"), failures);
    EXPECT_EQ(mail.accepted().size(), static_cast<std::size_t>(each - failures));
    EXPECT_EQ(count("azure", "errored"), 0);
    EXPECT_EQ(azure.accepted().size(), static_cast<std::size_t>(each));
    EXPECT_EQ(count("hook", "errored"), 0);
    EXPECT_EQ(receiver.failed(), failures);
    EXPECT_EQ(receiver.processed(), static_cast<std::size_t>(each));
    EXPECT_EQ(site.number("select count(*) from postrider.attempt"), 0) << "nothing is left open";
}

}  // namespace
}  // namespace postrider::testing
