#pragma once

#include "tests/support/server_thread.h"
#include "tests/support/twilio_documents.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace postrider::testing {

/// What the imitation does with a request that keeps Twilio's rules. Those that break them are always
/// refused, at once.
struct TwilioBehaviour {
    enum class Manner {
        as_twilio,     ///< 201
        refuse,        ///< as `refusal` says
        hang,          ///< no answer until the client or the imitation goes
        close_before,  ///< the connection closes without an answer
        close_amid,    ///< … in the middle of the 201
        garbage,       ///< bytes that are not HTTP
    };
    Manner manner = Manner::as_twilio;
    /// Whether the message is accepted all the same, where the answer does not say so.
    bool accepts = true;
    /// Between accepting and answering.
    std::chrono::milliseconds delay{0};
    TwilioRefusal refusal;
    std::vector<std::pair<std::string, std::string>> headers;

    /// `code` 0: `message` is the whole body, as a proxy would answer.
    static TwilioBehaviour refuse(int status, int code, std::string message);
    static TwilioBehaviour lose_answer(Manner manner, bool accepts);
    static TwilioBehaviour slow(std::chrono::milliseconds delay);
};

struct TwilioImitationSettings {
    std::string account_sid = "AC0123456789abcdef0123456789abcdef";
    /// The auth token goes with the account sid, the API key with its secret.
    std::string auth_token = "imitated-token";
    std::string api_key = "SK0123456789abcdef0123456789abcdef";
    std::string api_key_secret = "imitated-secret";
    /// An account above it, of which it tells the balance only.
    std::string root_account_sid = "AC00000000000000000000000000000001";
    std::string root_auth_token = "imitated-root-token";
    /// How long a message takes to show in the list.
    std::chrono::milliseconds list_lag{0};
    /// More requests at once than this are answered 429, code 20429.
    std::size_t concurrency_max = SIZE_MAX;
};

/// A strict imitation of Twilio's Messages API, creating and listing messages, of its balance, and of Lookup v2, on a free port
/// of 127.0.0.1 and a thread of its own, from construction to destruction. All members: any thread.
class TwilioImitation {
public:
    explicit TwilioImitation(TwilioImitationSettings settings = {});

    const TwilioImitationSettings& settings() const { return settings_; }
    std::string base_url() const { return server_.url(); }

    /// For the next request that has none yet; may be called several times ahead.
    void next(TwilioBehaviour behaviour);
    /// For requests that no `next` was said for.
    void by_default(TwilioBehaviour behaviour);

    /// Puts a message among the records, by its `arrived` and under a sid of its own, as if it had come
    /// then (or, by its `direction`, gone another way).
    void remember(TwilioRequest message);
    /// The answer to the next GET that has none yet, instead of the list.
    void next_list(ServerAnswer answer);
    /// The same for a file of a message.
    void next_file(ServerAnswer answer);
    std::vector<std::string> lists() const;  ///< the targets of all GETs of the list so far
    /// What Balance.json says, of the account and of `root_account_sid`.
    void set_balance(std::string amount);
    std::vector<std::string> balances() const;  ///< the paths of all GETs of it so far
    std::vector<std::string> lookups() const;   ///< the targets of all GETs of numbers so far

    std::vector<TwilioRequest> accepted() const;  ///< in order of arrival
    std::vector<TwilioRequest> refused() const;
    std::size_t accepted_count() const;
    /// Whether so many were accepted, in all, before the time was over.
    bool wait_for_accepted(std::size_t count, std::chrono::milliseconds timeout) const;
    /// The same for POSTs of any kind.
    bool wait_for_requests(std::size_t count, std::chrono::milliseconds timeout) const;

private:
    Task<ServerAnswer> handle(ServerRequest request);
    Task<ServerAnswer> create(ServerRequest request);
    ServerAnswer list(const ServerRequest& request);
    /// The list of a message's files, or one of them: each begins as a GIF does.
    ServerAnswer media(const ServerRequest& request);
    ServerAnswer look_up(const ServerRequest& request);
    ServerAnswer balance(const ServerRequest& request);
    bool authorized(std::string_view authorization) const;
    TwilioBehaviour take_behaviour();
    TwilioRequest record(const FormFields& fields, bool accepts, int code);

    const TwilioImitationSettings settings_;
    const std::uint64_t sid_prefix_;  // so that two imitations never give the same sid
    std::uint64_t requests_ = 0;      // on the server's thread
    mutable std::mutex mutex_;        // guards what follows
    mutable std::condition_variable changed_;
    std::deque<TwilioBehaviour> behaviours_;
    TwilioBehaviour default_behaviour_;
    std::vector<TwilioRequest> accepted_;
    std::vector<TwilioRequest> refused_;
    std::vector<std::string> lists_;
    std::vector<std::string> lookups_;
    std::string balance_ = "100.00";
    std::vector<std::string> balances_;
    std::deque<ServerAnswer> list_answers_;
    std::deque<ServerAnswer> file_answers_;
    std::size_t in_flight_ = 0;  // used by the server's thread only
    ServerThread server_;        // last: its thread uses all of the above
};

}  // namespace postrider::testing
