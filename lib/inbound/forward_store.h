#pragma once

#include "lib/async/clock.h"
#include "lib/async/task.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// Whom an inbox is to keep something for, as it stores what comes in.
struct ForwardTargets {
    std::vector<std::string> received;  ///< endpoints that are told of incoming messages
    std::vector<std::string> reports;   ///< and of delivery reports
};

inline constexpr const char* event_received = "message.received";
inline constexpr const char* event_report = "message.report";

/// An incoming message as its rows have it.
struct ForwardedMessage {
    std::string sender;  ///< sealed where there is a key
    std::string recipient;
    std::string text;
    TimePoint received{};
    std::optional<std::string> metadata{};
    struct Medium {
        std::string content_type;
        std::optional<std::string> content_file{};  ///< empty: it has failed; none: it is still to come
        std::optional<std::string> content_url{};
    };
    std::vector<Medium> media{};
};

/// One thing that one endpoint is to be told, which is this daemon's to tell for now.
struct Forward {
    std::int64_t id = 0;
    std::string endpoint;
    std::string webhook_id;       ///< the same at every try
    TimePoint since{};            ///< it is to be told, or an operator wanted it again
    int tries = 0;                ///< before this one
    std::int64_t message_id = 0;  ///< of what came in; of a report, of what was sent
    /// One of the two; none: its row is gone, and there is nothing to tell any more.
    std::optional<ForwardedMessage> message{};
    std::optional<std::string> report{};  ///< its data, the text of a JSON object
};

/// What an application said to a message: nothing too.
struct ForwardReply {
    std::int64_t message_id = 0;
    std::string webhook_id;            ///< by which it was told of that
    std::string destination;           ///< the message's sender, as its row has it
    std::string channel;               ///< by which it came; may be empty
    std::vector<std::string> texts{};  ///< sealed where rows are
    /// Its webhook is answered with them, at every replay too. Else they become outgoing messages, also if they
    /// were recorded as that webhook's answer before; each once, however often this is settled.
    bool in_answer = false;
};

/// What came of some.
struct ForwardResults {
    struct Failed {
        std::int64_t id = 0;
        TimePoint not_before{};  ///< of the next try
        std::string reason;
        bool dead = false;  ///< there is none
    };
    std::vector<std::int64_t> told{};  ///< or nothing to tell: forgotten
    std::vector<Failed> failed{};
    std::vector<ForwardReply> replies{};

    bool empty() const { return told.empty() && failed.empty() && replies.empty(); }
};

struct ForwardBacklog {
    std::size_t waiting = 0;
    std::size_t dead = 0;
    TimePoint oldest{};  ///< since when the first of them waits
};

/// What endpoints are still to be told. Shared by all daemons: of each conversation, one at a time is told to one
/// endpoint, in order. Calls throw when the database is away; nothing is then known of what they were to do.
class ForwardStore {
public:
    virtual ~ForwardStore() = default;

    struct Wanted {
        std::string endpoint;
        bool waits_for_media = true;
        std::size_t limit = 1;
    };
    /// Those that may be told now, this daemon's until `until`, or until it ends.
    virtual Task<std::vector<Forward>> take(TimePoint now, TimePoint until, std::vector<Wanted> wanted) = 0;
    /// How many texts of replies the database refuses for what is in them: they are sent to nobody.
    virtual Task<std::size_t> settle(ForwardResults results) = 0;
    /// By endpoint, those that are configured no more among them.
    virtual Task<std::map<std::string, ForwardBacklog>> backlog() = 0;
};

}  // namespace postrider
