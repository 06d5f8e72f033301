#pragma once

#include "lib/dispatch/ready_conversations.h"
#include "lib/dispatch/waiting.h"
#include "lib/schedule/due_queue.h"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

namespace postrider {

struct WindowLimits {
    std::size_t whole = 10000;    ///< messages with all that is theirs: about 1 KB each
    std::size_t parked = 100000;  ///< messages of which only the place is kept: about 300 bytes each
    /// Of one conversation, so many are whole at most: only one of them goes at a time.
    std::size_t of_conversation = 32;
};

/// The due messages that a lane keeps in memory: a limited number, each conversation in order and one at
/// a time. Of what cannot go for long only the place is kept; it is parked. Pure: no clock, no I/O.
class LaneWindow {
public:
    explicit LaneWindow(const WindowLimits& limits) : limits_(limits) {}

    /// What did not fit: all from `from` on, but for what was taken in ahead of it.
    struct Overflow {
        MessageKey from;
        std::vector<Waiting> dropped;               ///< of those that were whole
        std::vector<ConversationId> conversations;  ///< of all that was dropped
    };
    /// Takes a message in, or a newer version of one that waits. When full, the latest of all give way:
    /// they must be read again later.
    std::optional<Overflow> offer(Waiting waiting);

    /// Takes the next message whose moment has come and whose conversation is free: of the conversation
    /// with the largest priority, which is that of any message in it. The conversation is busy until
    /// `put_back` or `done`.
    std::optional<Waiting> take(TimePoint now);
    /// A taken message waits again, as it now is.
    void put_back(Waiting waiting);
    /// A taken message is no more of our business.
    void done(const Waiting& waiting);

    /// When the next message can be taken; the first of all moments if it can be at once.
    std::optional<TimePoint> next_at() const;

    /// Forgets waiting messages (not taken ones), and returns those that were whole.
    std::vector<Waiting> drop_if(const std::function<bool(MessageKey key, int shard)>& unwanted);
    std::optional<Waiting> drop(MessageId id);
    /// Forgets what waits in a conversation after `key`.
    std::vector<Waiting> drop_behind(const ConversationId& conversation, MessageKey key);

    /// The places of parked messages that are next in a conversation, `limit` at most.
    std::vector<Waiting> next_parked(const ConversationId& conversation, std::size_t limit) const;

    /// Whether the row waits here as it is, or any version of it has been taken.
    bool holds(const OutgoingMessage& row) const;
    /// Messages that have been taken to be sent, or of which a claim may be in the journal.
    std::vector<MessageId> in_hand() const;

    std::size_t size() const { return whole_.size() + parked_.size() + taken_.size(); }
    bool full() const;
    /// Half of what a window holds whole is free, and some of what it holds parked.
    bool half_empty() const;
    std::size_t ahead() const { return ahead_; }
    /// What waits, in the order of their keys, until `each` returns false.
    void for_each_waiting(const std::function<bool(MessageKey key)>& each) const;
    struct Taken {
        int shard = 0;
        bool only_looked_at = false;  ///< its attempt is open: it is not for us to send; or it was parked
    };
    /// Taken messages, by their key.
    const std::map<MessageKey, Taken>& taken() const { return taken_; }

private:
    /// Media, attempts, and being declared complete are kept beside the row: its version does not tell.
    struct State {
        std::string row_version;
        int media_count = 0;
        bool ready = false;
        bool attempt_open = false;
        std::int64_t last_attempt = 0;
        bool operator==(const State&) const = default;
    };
    struct Parked {
        State state;
        ConversationId conversation{};
        RecipientId recipient{};
        int shard = 0;
        int priority = 0;
        TimePoint first_seen;
        TimePoint not_before;
    };
    struct Conversation {
        std::set<MessageKey> waiting;
        std::map<int, std::size_t> priorities;  // of those that have another than 0
        std::size_t whole = 0;
        bool busy = false;
    };

    static State state_of(const OutgoingMessage& message);
    static Waiting unpark(MessageKey key, const Parked& parked);
    static int priority_of(const Conversation& conversation);
    static void count_priority(Conversation& conversation, int priority, int by);

    void insert(Waiting waiting);
    void park(Conversation& conversation, MessageKey key);
    void park_last(Conversation& conversation);
    void park_behind(Conversation& conversation, MessageKey key);
    Waiting remove(MessageKey key);
    std::optional<MessageKey> first_that_gives_way() const;
    Overflow drop_from(MessageKey from);
    TimePoint moment_of(MessageKey key) const;
    void update_head(const ConversationId& id);

    WindowLimits limits_;
    std::map<MessageKey, Waiting> whole_;
    std::map<MessageKey, Parked> parked_;
    std::map<MessageKey, Taken> taken_;
    std::unordered_map<MessageId, MessageKey> key_of_;  // of all three
    std::unordered_map<ConversationId, Conversation, PartOfHash> conversations_;
    std::size_t ahead_ = 0;
    // Of conversations that are not busy, each in one of them:
    DueQueue<ConversationId, MessageKey, PartOfHash> heads_;
    ReadyConversations ready_;
};

}  // namespace postrider
