#pragma once

#include "lib/model/hash.h"

#include <cstdint>
#include <vector>

namespace postrider {

/// Which conversations have messages that a lane has no room for. Takes 8 MB, however many there are, and
/// errs to one side only: it may say so of a conversation that has none (a Bloom filter: of one in a
/// thousand, with two million in it). What it knows it learns when all rows are read; until then, and after
/// `forget`, of all. Pure.
class MissedConversations {
public:
    /// A message of it was turned away, or had to give way.
    void add(const ConversationId& id);
    /// Nobody knows any more what is missed.
    void forget();

    /// All rows are being read, from the first on: what is added from now on is all that is missed, once
    /// that has come to its end.
    void begin_reading();
    void end_reading();

    /// Whether there may be one that is missed before a message that was read otherwise.
    bool may_have(const ConversationId& id) const { return !known_ || all_.has(id); }
    /// The same for a message that was come to in the reading of all.
    bool may_have_read(const ConversationId& id) const { return !reading_ || read_.has(id); }
    bool known() const { return known_; }

private:
    class Filter {
    public:
        void add(const ConversationId& id);
        bool has(const ConversationId& id) const;
        void clear() { bits_.clear(); }

    private:
        std::vector<std::uint64_t> bits_;  // none, or all of them
    };

    Filter all_;
    Filter read_;
    bool known_ = false;
    bool reading_ = false;
};

}  // namespace postrider
