#pragma once

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

/// The due messages that a lane keeps in memory: no more than `max`, each conversation in order
/// and one at a time. Pure: no clock, no I/O.
class LaneWindow {
public:
    explicit LaneWindow(std::size_t max) : max_(max) {}

    /// Takes a message in, or a newer version of one that waits. When full, the latest of all gives
    /// way and is returned, for it must be read again later.
    std::optional<Waiting> offer(Waiting waiting);

    /// Takes the first message whose moment has come and whose conversation is free. The
    /// conversation is busy until `put_back` or `done`.
    std::optional<Waiting> take(TimePoint now);
    /// A taken message waits again, as it now is.
    void put_back(Waiting waiting);
    /// A taken message is no more of our business.
    void done(const Waiting& waiting);

    /// When the next message can be taken.
    std::optional<TimePoint> next_at() const { return heads_.next_at(); }

    /// Forgets waiting messages (not taken ones), and returns them.
    std::vector<Waiting> drop_if(const std::function<bool(const Waiting&)>& unwanted);
    std::optional<Waiting> drop(MessageId id);

    /// Whether the row waits here as it is, or any version of it has been taken.
    bool holds(const OutgoingMessage& row) const;
    /// Messages that have been taken to be sent, or of which a claim may be in the journal.
    std::vector<MessageId> in_hand() const;

    std::size_t size() const { return waiting_.size() + taken_.size(); }
    std::size_t max() const { return max_; }
    bool full() const { return size() >= max_; }
    const std::map<MessageKey, Waiting>& waiting() const { return waiting_; }
    struct Taken {
        int shard = 0;
        bool only_looked_at = false;  ///< its attempt is open: it is not for us to send
    };
    /// Taken messages, by their key.
    const std::map<MessageKey, Taken>& taken() const { return taken_; }

private:
    struct Conversation {
        std::set<MessageKey> waiting;
        bool busy = false;
    };

    void insert(Waiting waiting);
    Waiting remove(std::map<MessageKey, Waiting>::iterator it);
    void update_head(const ConversationId& id);

    std::size_t max_;
    std::map<MessageKey, Waiting> waiting_;
    std::map<MessageKey, Taken> taken_;
    std::unordered_map<MessageId, MessageKey> key_of_;  // of both
    std::map<ConversationId, Conversation> conversations_;
    DueQueue<ConversationId, MessageKey> heads_;  // of conversations that are not busy
};

}  // namespace postrider
