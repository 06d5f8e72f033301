#pragma once

#include "lib/model/attempt.h"
#include "lib/model/private.h"
#include "lib/net/foreign_url.h"
#include "lib/net/http_client.h"
#include "lib/net/http_server.h"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider {

/// A request from outside that says it is a provider's.
struct Webhook {
    ServerRequest request;
    /// The URL that its sender may have asked for, by `listen.public_url`; empty: that is not set, so that
    /// no signature over it can be checked.
    std::string url;
    std::string client;  ///< numeric address; behind a trusted proxy, the one that the proxy saw
};

/// Protects what a person wrote or is reached by, before anything of it is kept. Without a key, values
/// come back as they are.
class Sealer {
public:
    virtual ~Sealer() = default;
    virtual std::string address(const std::string& clear) const = 0;
    virtual std::string text(const std::string& clear) const = 0;
};

/// A file that came with a message.
struct IncomingMedium {
    std::string url;  ///< at the provider; empty: it is here
    std::string content_type;
    std::string content_file{};  ///< relative to the media root; empty: it is at the provider
    std::string fault{};         ///< why it is not here and never will be; empty: it is, or is to be fetched

    bool operator==(const IncomingMedium&) const = default;
};

/// A file that came in a mail or a form, as it was before it was encoded.
struct AttachedFile {
    std::string name;  ///< as its sender wrote it: in no way to be trusted; may be empty
    std::string content_type;
    std::string bytes;
    std::string url{};  ///< what its row is to say besides; may be empty
};

/// A message from a person, as the provider tells it: in the clear, but for its metadata.
struct IncomingMessage {
    /// By which the provider knows it: the same again is the same message. Empty: it has no name, and each
    /// is another.
    std::string provider_id;
    Address sender;
    Address recipient;  ///< one of ours
    Text text;
    boost::json::object metadata;  ///< for its row; what is private in it has been sealed
    std::vector<IncomingMedium> media{};
    std::vector<AttachedFile> files{};  ///< that are to be kept here before it is
    /// Where the provider itself has told an opt-out from other texts: "STOP", "START", "HELP", or "".
    std::string opt_out_type{};
    /// A machine wrote it, or its sender has said something else since: it says nothing of being written to.
    bool says_nothing_of_opt_out = false;
    std::optional<TimePoint> received{};  ///< when; without it, now
};

/// How far a message has come.
enum class DeliveryState { under_way, delivered, failed };
/// The name that tables have.
std::string_view to_string(DeliveryState state);
/// The other way round; nullopt for what is none.
std::optional<DeliveryState> delivery_state_named(std::string_view name);

/// What a provider says of a request that it has accepted.
struct DeliveryReport {
    std::string provider_id;
    /// What it says of our attempt, where it says anything: for when the answer to the request was lost.
    std::optional<AttemptId> attempt_id{};
    std::optional<std::string> idempotency_key{};  ///< a UUID
    int rank = 0;  ///< of its status: what has a lower one comes from earlier, whenever it comes
    DeliveryState state = DeliveryState::under_way;
    std::string status;              ///< in the provider's words
    std::string reason{};            ///< of a failure, for the operator; no address, no text
    boost::json::object metadata{};  ///< keys for the message's metadata, sealed
    /// Keys that the answer to the request would have brought.
    boost::json::object acceptance{};
    /// The recipient, the report says, wants nothing more; and who that is.
    bool says_opted_out = false;
    /// The recipient has complained of it, which is no less.
    bool is_complaint = false;
    std::optional<Address> recipient{};
};

/// What a receiver makes of a webhook.
struct WebhookReading {
    enum class Kind {
        not_mine,  ///< of another provider, or another account
        refused,   ///< not proved to be the provider's: `reason`
        broken,    ///< the provider's, and not to be understood: `reason`
        answered,  ///< nothing is to be stored: `answer`
        received,  ///< messages and reports
    };
    Kind kind = Kind::not_mine;
    std::string reason{};  ///< a fixed text
    ServerAnswer answer{};
    std::vector<IncomingMessage> messages{};
    std::vector<DeliveryReport> reports{};
    bool names_us = false;  ///< the channel's own number is in it: of several channels this is the one

    static WebhookReading refused(std::string reason) {
        return {.kind = Kind::refused, .reason = std::move(reason)};
    }
    static WebhookReading broken(std::string reason) {
        return {.kind = Kind::broken, .reason = std::move(reason)};
    }
};

/// One channel's ear: reads what its provider sends, and words the answer. Knows no database and keeps no
/// state; may be called at any time.
class Receiver {
public:
    virtual ~Receiver() = default;
    /// Total: whatever bytes come, it answers; it throws nothing.
    virtual WebhookReading read(const Webhook& webhook, const Sealer& sealer) const = 0;
    /// Once all of it is stored. `replies`: the texts that its first message is to be answered with.
    virtual ServerAnswer answer(const WebhookReading& reading,
                                const std::vector<std::string>& replies) const = 0;
    /// How many characters each of the texts may have that `answer` carries; 0: it carries none.
    virtual std::size_t reply_characters_max() const { return 0; }
    /// How a file of one of its messages is asked for at `url`, with what its provider wants to know of us;
    /// nothing: files are not fetched from there. `redirected`: the answer to another such request led there.
    /// Limits are the caller's.
    virtual std::optional<HttpRequest> media_request([[maybe_unused]] const ForeignUrl& url,
                                                     [[maybe_unused]] bool redirected) const {
        return std::nullopt;
    }
};

}  // namespace postrider
