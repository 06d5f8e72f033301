#pragma once

#include "tests/support/azure_rules.h"
#include "tests/support/server_thread.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace postrider::testing {

/// What the imitation does with a message that keeps Azure's rules. Those that break them are always
/// refused, at once.
struct AzureBehaviour {
    enum class Manner {
        as_azure,      ///< 202, with what became of the message
        refuse,        ///< the whole request, as `refusal` says
        refuse_item,   ///< 202, with `refusal` for the message
        hang,          ///< no answer until the client or the imitation goes
        close_before,  ///< the connection closes without an answer
        close_amid,    ///< … in the middle of the 202
        garbage,       ///< bytes that are not HTTP
    };
    Manner manner = Manner::as_azure;
    /// Whether the message is accepted all the same, where the answer does not say so.
    bool accepts = true;
    /// Before it answers.
    std::chrono::milliseconds delay{0};
    AzureRefusal refusal{};
    std::vector<std::pair<std::string, std::string>> headers{};

    /// `code` empty: `message` is the whole body, as a proxy would answer.
    static AzureBehaviour refuse(int status, std::string code, std::string message);
    static AzureBehaviour refuse_item(int status, std::string message);
    static AzureBehaviour lose_answer(Manner manner, bool accepts);
};

struct AzureImitationSettings {
    std::string access_key = "aW1pdGF0ZWQta2V5";
    /// For how long a request is known that comes again.
    std::chrono::seconds window = std::chrono::minutes{5};
    std::chrono::seconds skew_max = std::chrono::minutes{15};
};

/// A strict imitation of Azure's interface for text messages, on a free port of 127.0.0.1 and a thread of
/// its own, from construction to destruction. All members: any thread.
class AzureImitation {
public:
    explicit AzureImitation(AzureImitationSettings settings = {});

    const AzureImitationSettings& settings() const { return settings_; }
    std::string url() const { return server_.url(); }
    std::string connection_string() const {
        return "endpoint=" + url() + "/;accesskey=" + settings_.access_key;
    }

    /// For the next request that has none yet; may be called several times ahead.
    void next(AzureBehaviour behaviour);
    /// For requests that no `next` was said for.
    void by_default(AzureBehaviour behaviour);

    /// Messages that were sent on, in order of arrival; a repeated request sends nothing on.
    std::vector<AzureMessage> accepted() const;
    /// All requests for a message that were signed and could be read, repeated ones too.
    std::vector<AzureMessage> requests() const;
    /// Whether so many were accepted, in all, before the time was over.
    bool wait_for_accepted(std::size_t count, std::chrono::milliseconds timeout) const;

private:
    Task<ServerAnswer> handle(ServerRequest request);
    AzureBehaviour take_behaviour();
    boost::json::object outcome_of(AzureMessage& message, const AzureBehaviour& behaviour);

    const AzureImitationSettings settings_;
    mutable std::mutex mutex_;  // guards what follows
    mutable std::condition_variable changed_;
    std::deque<AzureBehaviour> behaviours_;
    AzureBehaviour default_behaviour_;
    std::vector<AzureMessage> accepted_;
    std::vector<AzureMessage> requests_;
    std::map<std::string, AzureMessage> known_;  // by repeatabilityRequestId
    ServerThread server_;                        // last: its thread uses all of the above
};

}  // namespace postrider::testing
