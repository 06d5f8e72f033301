#pragma once

#include "tests/system/manifest.h"
#include "tests/system/system_test.h"

#include <fmt/format.h>

namespace postrider::testing {

/// A doubt that ends in "not accepted" takes half a minute, and one may follow another.
constexpr std::chrono::seconds doubt_patience{150};

/// A daemon, a site on a server of the test's own or the shared one, a provider; and a manifest, by which
/// every test ends: each message accepted once, in order, and recorded so.
class Fault {
public:
    explicit Fault(Server& server = shared_server()) : site(server) {}

    /// Doubts end soon, results are kept safe in this test's folder; `channel` and `more` as elsewhere.
    std::string config(const std::string& channel = "", const std::string& more = "") const {
        return config_for(site.url(), twilio.base_url(), channel, more);
    }
    std::string config_for(const std::string& database_url, const std::string& base_url,
                           const std::string& channel = "", const std::string& more = "") const {
        return configuration(
            database_url, twilio_channel(base_url, "    reconcile_after: 1s\n" + channel),
            fmt::format("spool: {{ path: \"{}\" }}\n{}", (folder.path() / spool).string(), more));
    }

    /// The folder of daemons that are configured from now on: one each, if they live at the same time.
    std::string spool = "spool";

    void put_in(const std::vector<NewRow>& rows) { manifest.insert(site, rows); }

    bool all_end() {
        return eventually(
            [this] {
                return site.value(
                           "select not exists (select from simple_messaging_outgoingmessage where sent_date "
                           "is null) and not exists (select from postrider.attempt)") == "t";
            },
            doubt_patience);
    }

    /// What was put in, against what the provider accepted and what the rows say.
    Balance balance() const { return manifest.balance(site, twilio.accepted()); }

    Folder folder;
    Site site;
    TwilioImitation twilio;
    Manifest manifest;
};

/// On the shared server.
class FaultTest : public Fault, public ::testing::Test {};

/// On a server of its own, that a test may mistreat.
struct OwnServer {
    Server server;
};
class ServerFaultTest : private OwnServer, public Fault, public ::testing::Test {
protected:
    ServerFaultTest() : Fault(OwnServer::server) {}
};

}  // namespace postrider::testing
